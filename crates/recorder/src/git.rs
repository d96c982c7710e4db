//! The state of the repository that a run works in.
//!
//! Asks the `git` program, with everything switched off that a repository could make it run.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use chainwright_provenance::{Descriptor, Digests};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Answers longer than this are not used, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The source that a run works from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The address of `origin`, without credentials.
    pub remote: Option<String>,
    /// The branch or tag, in full.
    pub reference: Option<String>,
    /// The commit that is checked out.
    pub commit: String,
    /// The SHA-256 of what differs from the commit, as `git diff` writes it; `None` if nothing does.
    pub changes: Option<String>,
}

impl State {
    /// The state of the repository around a folder; `None` without one, or without `git`.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let commit = ask(folder, &["rev-parse", "--verify", "HEAD"])?;
        let reference = ask(folder, &["symbolic-ref", "--quiet", "HEAD"]).or_else(|| {
            ask(folder, &["describe", "--exact-match", "--tags", "HEAD"])
                .map(|tag| format!("refs/tags/{tag}"))
        });
        Some(Self {
            remote: ask(folder, &["remote", "get-url", "origin"]).map(|url| without_user(&url)),
            reference,
            changes: changes(folder)?,
            commit,
        })
    }

    /// The state as something that a build used.
    #[must_use]
    pub fn as_dependency(&self, folder: &str) -> Descriptor {
        let digests = Digests::default().and("gitCommit", &self.commit);
        let mut source = match &self.remote {
            Some(remote) => {
                let reference = self.reference.as_deref();
                let at = reference.map_or_else(String::new, |reference| format!("@{reference}"));
                Descriptor::of_uri(format!("git+{remote}{at}"))
            }
            None => Descriptor::named(folder),
        }
        .with(digests);
        if let Some(changes) = &self.changes {
            let note = Value::from(format!("sha256:{changes}"));
            source.annotations.insert("uncommitted".to_owned(), note);
        }
        source
    }
}

/// `git` where a repository cannot make it run anything.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .args(["-c", "core.pager=cat", "-c", "diff.external="])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn ask(folder: &Path, words: &[&str]) -> Option<String> {
    let mut child = git(folder)
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut answer = String::new();
    let read = child
        .stdout
        .take()?
        .take(LONGEST)
        .read_to_string(&mut answer);
    let is_good = child.wait().ok()?.success() && read.is_ok();
    let answer = answer.trim().to_owned();
    (is_good && !answer.is_empty()).then_some(answer)
}

/// What differs from the commit, as one digest; `None` inside if nothing does.
fn changes(folder: &Path) -> Option<Option<String>> {
    let words = ["diff", "--no-ext-diff", "--no-textconv", "--binary", "HEAD"];
    let mut child = git(folder)
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut hasher = Hasher::default();
    io::copy(&mut child.stdout.take()?, &mut hasher).ok()?;
    child.wait().ok()?.success().then(|| hasher.finish())
}

/// Hashes what is written to it.
#[derive(Default)]
struct Hasher {
    state: Sha256,
    bytes: u64,
}

impl Hasher {
    fn finish(self) -> Option<String> {
        let digest = self.state.finalize();
        (self.bytes > 0).then(|| digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.state.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An address without the user and password in it; `git@host:path` keeps its user, which is no secret.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) if scheme != "ssh" => format!("{scheme}://{}", &rest[at + 1..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_an_address_are_left_out() {
        for (url, expected) in [
            (
                "https://user:pass@github.com/acme/bot",
                "https://github.com/acme/bot",
            ),
            ("https://github.com/acme/b@t", "https://github.com/acme/b@t"),
            (
                "ssh://git@github.com/acme/bot",
                "ssh://git@github.com/acme/bot",
            ),
            ("git@github.com:acme/bot", "git@github.com:acme/bot"),
        ] {
            assert_eq!(without_user(url), expected);
        }
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
    fn a_clone_tells_its_commit_and_whether_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let run = |words: &[&str]| {
            let named = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            let mut command = git(folder.path());
            let status = command
                .args(named)
                .args(words)
                .stdout(Stdio::null())
                .status();
            status.is_ok_and(|status| status.success())
        };
        if !run(&["init", "--quiet", "--initial-branch=main"]) {
            eprintln!("skipped: there is no git");
            return;
        }
        assert_eq!(State::of(folder.path()), None);
        std::fs::write(folder.path().join("train.py"), "print()\n").unwrap();
        assert!(run(&["add", "train.py"]) && run(&["commit", "--quiet", "-m", "a"]));
        assert!(run(&[
            "remote",
            "add",
            "origin",
            "https://user:pass@example.com/acme/bot"
        ]));
        let clean = State::of(folder.path()).unwrap();
        assert_eq!(clean.changes, None);
        assert_eq!(
            clean.remote.as_deref(),
            Some("https://example.com/acme/bot")
        );
        assert_eq!(clean.reference.as_deref(), Some("refs/heads/main"));
        assert_eq!(clean.commit.len(), 40);
        std::fs::write(folder.path().join("train.py"), "exit()\n").unwrap();
        let changed = State::of(folder.path()).unwrap();
        let written = changed.as_dependency("bot").write();
        assert_eq!(
            written["uri"],
            "git+https://example.com/acme/bot@refs/heads/main"
        );
        assert!(
            written["annotations"]["uncommitted"]
                .as_str()
                .unwrap()
                .starts_with("sha256:")
        );
    }
}
