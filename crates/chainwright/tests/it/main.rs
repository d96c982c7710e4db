//! The program as its users run it: outputs, exit codes, and what it does when things go wrong.

mod attest;
mod blobs;
mod bom;
mod cache;
mod convert;
mod demo;
mod egress;
mod exchange;
mod identity;
mod inventory;
mod log;
mod policy;
mod quarantine;
mod registries;
mod robust;
mod rules;
mod signing;
mod vet;
mod vouched;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chainwright_testkit::{archive, example};

/// A private folder with its own cache; nothing of the user's is read or written.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(&path, bytes).expect("writable");
        path
    }

    /// The example supply chain, with its one hostile folder.
    fn example(&self) -> PathBuf {
        example::write(self.folder.path()).expect("writable")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chainwright"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("CHAINWRIGHT_CACHE_DIR", self.path(".cache"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run(self
            .command()
            .args(arguments)
            .output()
            .expect("the program starts"))
    }
}

/// What a run printed and how it ended.
struct Run(Output);

impl Run {
    fn code(&self) -> Option<i32> {
        self.0.status.code()
    }

    fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.0.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.err()))
    }
}

/// A pickle that would call `posix.system('echo chainwright')`, as `torch.save` packs it.
fn hostile_checkpoint() -> Vec<u8> {
    archive::torch_zip(
        "archive",
        b"\x80\x02cposix\nsystem\nX\x10\x00\x00\x00echo chainwright\x85R.",
    )
    .build()
}

/// The names of the entries of a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("readable folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
