//! The `.git` folder of a target, and files below it: regular ones only, and never through a link.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// A folder that nothing is opened outside of.
#[derive(Debug)]
pub(crate) struct GitFolder {
    root: PathBuf,
}

/// What stands where a history is looked for.
pub(crate) enum Found {
    /// A folder of a repository.
    Folder(GitFolder),
    /// Something that leads elsewhere.
    Elsewhere,
    /// Nothing.
    Nothing,
}

/// Looks for the `.git` folder of a target.
pub(crate) fn find(target: &Path) -> Found {
    let root = target.join(".git");
    match fs::symlink_metadata(&root) {
        Ok(metadata) if metadata.is_dir() => Found::Folder(GitFolder { root }),
        Ok(_) => Found::Elsewhere,
        Err(_) => Found::Nothing,
    }
}

impl GitFolder {
    /// The path below the folder, if it is plain: no way up, no root, and no link on the way.
    fn path(&self, below: &str) -> Option<PathBuf> {
        let mut path = self.root.clone();
        for part in Path::new(below).components() {
            let Component::Normal(part) = part else {
                return None;
            };
            path.push(part);
            if fs::symlink_metadata(&path).ok()?.file_type().is_symlink() {
                return None;
            }
        }
        Some(path)
    }

    /// Opens a regular file.
    pub(crate) fn open(&self, below: &str) -> Option<(File, u64)> {
        let path = self.path(below)?;
        // A pipe would block; it is refused before it is opened.
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        metadata.is_file().then_some((file, metadata.len()))
    }

    /// The content of a file of at most `most` bytes.
    pub(crate) fn read(&self, below: &str, most: u64) -> Option<Vec<u8>> {
        let (file, size) = self.open(below)?;
        if size > most {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The text of a file of at most `most` bytes.
    pub(crate) fn text(&self, below: &str, most: u64) -> Option<String> {
        let bytes = self.read(below, most)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether there is anything of this name.
    pub(crate) fn has(&self, below: &str) -> bool {
        fs::symlink_metadata(self.root.join(below)).is_ok()
    }

    /// The names in a folder that are UTF-8, sorted, at most `most`; whether it is a folder stands beside each.
    pub(crate) fn list(&self, below: &str, most: usize) -> Vec<(String, bool)> {
        let Some(path) = self.path(below) else {
            return Vec::new();
        };
        let Ok(entries) = fs::read_dir(path) else {
            return Vec::new();
        };
        let named = entries.flatten().filter_map(|entry| {
            let kind = entry.file_type().ok()?;
            let name = entry.file_name().into_string().ok()?;
            (!kind.is_symlink()).then(|| (name, kind.is_dir()))
        });
        let mut names: Vec<_> = named.take(most).collect();
        names.sort();
        names
    }
}
