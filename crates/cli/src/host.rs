//! What this machine is wired to: the files of assistants in the home of every user that can be read.
//!
//! Only the paths of the table of clients and their folders of skills, plugins and rules are looked at, never a whole
//! home. Homes of Windows are found from its Linux subsystem, and the other way round.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use chainwright_agents::clients::{Base, CLIENTS, ConfigFile, HOME_FILES, HOME_FOLDERS, Os};

/// Which homes are looked at.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Homes {
    /// Look at the assistants of this machine, in the home of every user that can be read: only their settings, skills,
    /// plugins and rules, never a whole home.
    #[arg(long)]
    host: bool,

    /// Look at the assistants of the user whose home is FOLDER; may be repeated.
    #[arg(long, value_name = "FOLDER")]
    home: Vec<PathBuf>,
}

impl Homes {
    /// The targets that were named, and the files of assistants in the homes that were asked for.
    pub(crate) fn with(&self, named: &[String]) -> anyhow::Result<Vec<String>> {
        let mut targets = named.to_vec();
        if self.host || !self.home.is_empty() {
            let mut homes: BTreeSet<PathBuf> = self.home.iter().cloned().collect();
            if self.host {
                homes.extend(every_home());
            }
            targets.extend(files(&homes, self.host));
            if targets.is_empty() {
                bail!("no assistant is configured there");
            }
        }
        Ok(targets)
    }
}

/// Every file and folder of an assistant that is there.
fn files(homes: &BTreeSet<PathBuf>, and_system: bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    for home in homes {
        let files = CLIENTS.iter().flat_map(|entry| entry.files);
        let own = files.flat_map(|file| below(home, file));
        let others = HOME_FILES.iter().chain(HOME_FOLDERS);
        found.extend(own.chain(others.map(|path| home.join(path))));
    }
    let system = CLIENTS.iter().flat_map(|entry| entry.files);
    let system = system.filter(|file| and_system && file.base == Base::System);
    found.extend(system.map(|file| PathBuf::from(file.path)));
    let present = found.into_iter().filter(|path| path.exists());
    present
        .map(|path| path.to_string_lossy().into_owned())
        .collect()
}

/// Where a file of a client can lie below a home, whichever system the home belongs to.
fn below(home: &Path, file: &ConfigFile) -> Vec<PathBuf> {
    let on = |os| file.os.is_none_or(|only| only == os);
    let mut paths = Vec::new();
    match file.base {
        Base::Home => paths.push(home.join(file.path)),
        Base::Config => {
            if on(Os::Linux) {
                paths.push(home.join(".config").join(file.path));
            }
            if on(Os::Mac) {
                paths.push(home.join("Library/Application Support").join(file.path));
            }
            if on(Os::Windows) {
                paths.push(home.join("AppData/Roaming").join(file.path));
            }
        }
        Base::LocalAppData => paths.push(home.join("AppData/Local").join(file.path)),
        Base::System | Base::Project => {}
    }
    paths
}

/// The homes of this machine: the user's own, and those beside it that can be listed.
fn every_home() -> BTreeSet<PathBuf> {
    let mut homes = BTreeSet::new();
    for variable in ["HOME", "USERPROFILE"] {
        let path = std::env::var_os(variable).filter(|path| !path.is_empty());
        homes.extend(path.map(PathBuf::from));
    }
    homes.insert(PathBuf::from("/root"));
    for folder in ["/home", "/Users", "/mnt/c/Users", "C:/Users"] {
        homes.extend(folders_in(Path::new(folder)));
    }
    if cfg!(windows) {
        for system in folders_in(Path::new("//wsl.localhost")) {
            homes.extend(folders_in(&system.join("home")));
            homes.insert(system.join("root"));
        }
    }
    homes.retain(|home| home.is_dir());
    homes
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.is_dir()).take(1_000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_looked_for_where_each_system_keeps_it() {
        let home = Path::new("/home/ada");
        let entry = CLIENTS
            .iter()
            .find(|entry| entry.id == "claude-desktop")
            .unwrap();
        let paths: Vec<PathBuf> = entry
            .files
            .iter()
            .flat_map(|file| below(home, file))
            .collect();
        for tail in [
            ".config/Claude/claude_desktop_config.json",
            "Library/Application Support/Claude/claude_desktop_config.json",
            "AppData/Roaming/Claude/claude_desktop_config.json",
            "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
        ] {
            assert!(paths.contains(&home.join(tail)), "{tail}");
        }
    }
}
