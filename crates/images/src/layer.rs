//! Layers, and what their stack leaves over.
//!
//! Source: OCI image specification 1.1, `layer.md`: a file named `.wh.NAME` deletes `NAME` of the layers below, and
//! `.wh..wh..opq` deletes everything that the layers below have put into its folder.

use std::collections::BTreeMap;
use std::ops::Bound;

use chainwright_core::digest::Sha256;
use serde::{Deserialize, Serialize};

use crate::databases::sums::Sum;

/// Marks a deletion.
const WHITEOUT: &str = ".wh.";

/// Marks a folder that hides what lies below it.
const OPAQUE: &str = ".wh..wh..opq";

/// Entries of one layer that are kept; the largest public images have some 300,000.
const MOST_ENTRIES: usize = 1_000_000;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    /// Content.
    File,
    /// A folder.
    Directory,
    /// A symbolic link and where it points.
    Symlink(String),
    /// A hard link and the path of the file it shares.
    Hardlink(String),
    /// A device, pipe or socket.
    Special,
    /// Deletes the entry of the same path below.
    Whiteout,
    /// Deletes everything below the entry of the same path.
    OpaqueWhiteout,
}

/// An entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerEntry {
    /// The path without leading `/` or `./`; for whiteouts that of what they delete.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its size in bytes.
    pub size: u64,
    /// Unix permission bits.
    pub mode: u32,
    /// The digest of its content, where a record of a package may name it.
    pub sha256: Option<Sha256>,
    /// Its digests as the package managers of systems make them, where one may own it.
    pub sums: Vec<Sum>,
    /// What is known of it if it is a program or a native library and was digested.
    pub native: Option<Native>,
}

/// A program or a native library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Native {
    /// Whether it is a library of a package without symbols and debug sections.
    pub is_stripped: bool,
}

impl LayerEntry {
    /// An entry as an archive names it; `None` for the root itself and for paths that leave it.
    #[must_use]
    pub fn new(name: &str, kind: EntryKind, size: u64, mode: u32) -> Option<Self> {
        let path = normal(name)?;
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", &path));
        if last == OPAQUE {
            return Some(Self {
                path: folder.to_owned(),
                kind: EntryKind::OpaqueWhiteout,
                size: 0,
                mode,
                sha256: None,
                sums: Vec::new(),
                native: None,
            });
        }
        // Other names with the doubled mark belong to the storage driver and delete nothing.
        if let Some(deleted) = last.strip_prefix(WHITEOUT)
            && !deleted.starts_with(WHITEOUT)
            && !deleted.is_empty()
        {
            let path = if folder.is_empty() {
                deleted.to_owned()
            } else {
                format!("{folder}/{deleted}")
            };
            return Some(Self {
                path,
                kind: EntryKind::Whiteout,
                size: 0,
                mode,
                sha256: None,
                sums: Vec::new(),
                native: None,
            });
        }
        Some(Self {
            path,
            kind,
            size,
            mode,
            sha256: None,
            sums: Vec::new(),
            native: None,
        })
    }

    /// Whether running the file gives its owner's rights (set-user-ID or set-group-ID).
    #[must_use]
    pub fn changes_identity(&self) -> bool {
        self.kind == EntryKind::File && self.mode & 0o6000 != 0 && self.mode & 0o111 != 0
    }
}

/// A path as the stack knows it: relative, without `.` and empty parts. `None` if it is empty or leaves the root.
#[must_use]
pub fn normal(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// What a layer holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// The entries, in the order of the archive.
    pub entries: Vec<LayerEntry>,
    /// Entries beyond the limit.
    pub left_out: u64,
}

impl LayerFacts {
    /// Adds an entry.
    pub fn push(&mut self, entry: LayerEntry) {
        if self.entries.len() < MOST_ENTRIES {
            self.entries.push(entry);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

/// What became of an entry on the way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is part of the running file system.
    Present,
    /// A layer put something else in its place.
    Replaced {
        /// The number of that layer, the lowest being 0.
        by: usize,
    },
    /// A layer deleted it.
    Deleted {
        /// The number of that layer.
        by: usize,
    },
}

/// The file system that a stack of layers leaves over.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// The layer of each path that is there.
    present: BTreeMap<String, usize>,
    /// What happened to an entry of a layer that is no longer there.
    lost: BTreeMap<(usize, String), Fate>,
}

impl Stack {
    /// Puts layers upon each other, the lowest first.
    #[must_use]
    pub fn of<'a>(layers: impl IntoIterator<Item = &'a LayerFacts>) -> Self {
        let mut stack = Self::default();
        for (number, layer) in layers.into_iter().enumerate() {
            stack.apply(number, layer);
        }
        stack
    }

    /// What became of the entry that this layer has at a path; `None` if it has none there.
    #[must_use]
    pub fn fate(&self, layer: usize, path: &str) -> Option<Fate> {
        if self.present.get(path) == Some(&layer) {
            return Some(Fate::Present);
        }
        self.lost.get(&(layer, path.to_owned())).copied()
    }

    /// Every path that is left, with the layer that it comes from.
    pub fn present(&self) -> impl Iterator<Item = (&str, usize)> {
        self.present
            .iter()
            .map(|(path, layer)| (path.as_str(), *layer))
    }

    /// The layer from which a path comes, if it is there.
    #[must_use]
    pub fn layer_of(&self, path: &str) -> Option<usize> {
        self.present.get(path).copied()
    }

    fn apply(&mut self, number: usize, layer: &LayerFacts) {
        // Whiteouts speak of the layers below, wherever they stand in the archive.
        for entry in &layer.entries {
            match entry.kind {
                EntryKind::Whiteout => {
                    self.lose(&entry.path, number, Fate::Deleted { by: number });
                    self.lose_below(&entry.path, number, Fate::Deleted { by: number });
                }
                EntryKind::OpaqueWhiteout => {
                    self.lose_below(&entry.path, number, Fate::Deleted { by: number });
                }
                EntryKind::File
                | EntryKind::Directory
                | EntryKind::Symlink(_)
                | EntryKind::Hardlink(_)
                | EntryKind::Special => {}
            }
        }
        // What is no folder hides what lay below it. This comes before anything of the layer is there, so that the same
        // path again and again finds nothing left to look through.
        for entry in &layer.entries {
            match entry.kind {
                EntryKind::Whiteout | EntryKind::OpaqueWhiteout | EntryKind::Directory => {}
                EntryKind::File
                | EntryKind::Symlink(_)
                | EntryKind::Hardlink(_)
                | EntryKind::Special => {
                    self.lose_below(&entry.path, number, Fate::Replaced { by: number });
                }
            }
        }
        for entry in &layer.entries {
            if matches!(entry.kind, EntryKind::Whiteout | EntryKind::OpaqueWhiteout) {
                continue;
            }
            self.lose(&entry.path, number, Fate::Replaced { by: number });
            self.present.insert(entry.path.clone(), number);
        }
    }

    fn lose(&mut self, path: &str, by: usize, fate: Fate) {
        if let Some(layer) = self.present.get(path).copied()
            && layer != by
        {
            self.present.remove(path);
            self.lost.insert((layer, path.to_owned()), fate);
        }
    }

    fn lose_below(&mut self, folder: &str, by: usize, fate: Fate) {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let below: Vec<(String, usize)> = self
            .present
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter(|(_, layer)| **layer != by)
            .map(|(path, layer)| (path.clone(), *layer))
            .collect();
        for (path, layer) in below {
            self.present.remove(&path);
            self.lost.insert((layer, path), fate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(names: &[&str]) -> LayerFacts {
        let mut facts = LayerFacts::default();
        for name in names {
            let kind = if name.ends_with('/') {
                EntryKind::Directory
            } else {
                EntryKind::File
            };
            facts.entries.extend(LayerEntry::new(name, kind, 1, 0o644));
        }
        facts
    }

    fn left(layers: &[&[&str]]) -> Vec<String> {
        let layers: Vec<LayerFacts> = layers.iter().map(|names| layer(names)).collect();
        Stack::of(&layers)
            .present()
            .map(|(path, number)| format!("{path}@{number}"))
            .collect()
    }

    #[test]
    fn stacks_leave_over_what_the_specification_says() {
        let cases: [(&[&[&str]], &[&str]); 9] = [
            (&[&["a", "b"], &["b"]], &["a@0", "b@1"]),
            (&[&["a", "b"], &[".wh.a"]], &["b@0"]),
            (&[&["d/", "d/a", "da"], &[".wh.d"]], &["da@0"]),
            (
                &[&["d/", "d/a"], &["d/.wh..wh..opq", "d/b"]],
                &["d@0", "d/b@1"],
            ),
            (&[&["d/a"], &["d/b", "d/.wh..wh..opq"]], &["d/b@1"]),
            (&[&["d/", "d/a"], &["d"]], &["d@1"]),
            (&[&["d/", "d/a"], &["d/"]], &["d@1", "d/a@0"]),
            (&[&["./usr/x", "/usr/y"], &["usr/.wh.x"]], &["usr/y@0"]),
            (
                &[&["a"], &[".wh..wh.plnk", "../../a"]],
                &[".wh..wh.plnk@1", "a@0"],
            ),
        ];
        for (layers, expected) in cases {
            assert_eq!(left(layers), expected, "{layers:?}");
        }
    }

    #[test]
    fn what_is_gone_says_who_took_it_away() {
        let layers = [
            layer(&["secret", "kept", "changed"]),
            layer(&["changed"]),
            layer(&[".wh.secret"]),
        ];
        let stack = Stack::of(&layers);
        assert_eq!(stack.fate(0, "secret"), Some(Fate::Deleted { by: 2 }));
        assert_eq!(stack.fate(0, "changed"), Some(Fate::Replaced { by: 1 }));
        assert_eq!(stack.fate(1, "changed"), Some(Fate::Present));
        assert_eq!(stack.fate(0, "kept"), Some(Fate::Present));
        assert_eq!(stack.fate(1, "kept"), None);
    }

    #[test]
    fn a_file_deleted_and_written_again_is_told_apart_by_its_layer() {
        let layers = [layer(&["a"]), layer(&[".wh.a"]), layer(&["a"])];
        let stack = Stack::of(&layers);
        assert_eq!(stack.fate(0, "a"), Some(Fate::Deleted { by: 1 }));
        assert_eq!(stack.fate(2, "a"), Some(Fate::Present));
    }

    #[test]
    fn only_executable_files_change_identity() {
        let entry = |mode| LayerEntry::new("usr/bin/x", EntryKind::File, 1, mode).expect("a path");
        assert!(entry(0o4755).changes_identity());
        assert!(entry(0o2711).changes_identity());
        assert!(!entry(0o4644).changes_identity());
        assert!(!entry(0o755).changes_identity());
    }
}
