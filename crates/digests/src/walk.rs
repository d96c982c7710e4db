//! Lists a model: every regular file under its name, and everything that is no regular file.
//!
//! Links are never followed unless asked; asked, a link to a file stands for the file, and a link to a folder inside the
//! model is entered under its own name. A link to a folder outside is not entered, and one to a folder above itself is a
//! cycle. What the caller hides is listed, so that it can be told, but nothing in it is followed.

use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use chainwright_oms::Left;

use crate::stamp::{Stamp, is_executable};

/// What symbolic links stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Nothing: each is told.
    Refuse,
    /// What they lead to; those that lead out are told as well.
    Follow,
}

/// How to walk.
#[derive(Clone, Copy)]
pub struct Walking<'a> {
    /// What links stand for.
    pub links: Links,
    /// Names that no signature covers; folders are asked for before they are entered.
    pub hidden: &'a dyn Fn(&str) -> bool,
    /// Entries that are listed at most.
    pub limit: u64,
    /// The name of a model that is one file.
    pub single: &'a str,
}

impl std::fmt::Debug for Walking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walking")
            .field("links", &self.links)
            .field("limit", &self.limit)
            .field("single", &self.single)
            .finish_non_exhaustive()
    }
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path below the model, with `/`.
    pub name: String,
    /// How it is opened.
    pub path: PathBuf,
    /// What the file system says about it.
    pub stamp: Stamp,
    /// Whether it may be run.
    pub is_executable: bool,
    /// Whether no signature covers it.
    pub is_hidden: bool,
}

/// What lies in a model.
#[derive(Debug, Default)]
pub struct Tree {
    /// Regular files, sorted by name.
    pub files: Vec<Found>,
    /// Everything else that is not hidden, sorted by name.
    pub others: Vec<(String, Left)>,
}

/// A model cannot be listed at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// There is nothing there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Neither a file nor a folder.
    #[error("`{}` is neither a file nor a folder", .0.display())]
    NotAFile(PathBuf),
    /// The system refuses.
    #[error("cannot read `{}`", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// More than anybody should list.
    #[error("`{}` holds more than {limit} files and folders", .path.display())]
    TooMany {
        /// The path.
        path: PathBuf,
        /// How many were allowed.
        limit: u64,
    },
}

/// Lists what lies below `root`, or the file that it is.
///
/// # Errors
/// When `root` itself cannot be read, or holds too much; trouble below it is part of the result.
pub fn walk(root: &Path, walking: &Walking<'_>) -> Result<Tree, WalkError> {
    let unreadable = |source| WalkError::Unreadable {
        path: root.to_owned(),
        source,
    };
    let metadata = fs::metadata(root).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => WalkError::Missing(root.to_owned()),
        _ => unreadable(source),
    })?;
    if metadata.is_file() {
        let found = found(walking.single.to_owned(), root.to_owned(), &metadata, false);
        return Ok(Tree {
            files: vec![found],
            others: Vec::new(),
        });
    }
    if !metadata.is_dir() {
        return Err(WalkError::NotAFile(root.to_owned()));
    }
    let top = fs::canonicalize(root).map_err(unreadable)?;
    fs::read_dir(root).map_err(unreadable)?;
    let mut walker = Walker {
        walking,
        root,
        top,
        tree: Tree::default(),
        folders: Vec::new(),
        seen: 0,
    };
    walker.run(&metadata)?;
    let mut tree = walker.tree;
    tree.files.sort_by(|left, right| left.name.cmp(&right.name));
    tree.others.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(tree)
}

/// A folder that was entered, with the one that it was entered from.
struct Folder {
    name: String,
    path: PathBuf,
    device: u64,
    inode: u64,
    parent: Option<usize>,
    is_hidden: bool,
}

struct Walker<'a> {
    walking: &'a Walking<'a>,
    root: &'a Path,
    top: PathBuf,
    tree: Tree,
    folders: Vec<Folder>,
    seen: u64,
}

impl Walker<'_> {
    fn run(&mut self, metadata: &Metadata) -> Result<(), WalkError> {
        self.enter(String::new(), self.root.to_owned(), metadata, None, false);
        let mut next = 0;
        while next < self.folders.len() {
            self.list(next)?;
            next += 1;
        }
        Ok(())
    }

    fn enter(
        &mut self,
        name: String,
        path: PathBuf,
        metadata: &Metadata,
        parent: Option<usize>,
        is_hidden: bool,
    ) {
        let stamp = Stamp::of(metadata);
        self.folders.push(Folder {
            name,
            path,
            device: stamp.device,
            inode: stamp.inode,
            parent,
            is_hidden,
        });
    }

    fn list(&mut self, index: usize) -> Result<(), WalkError> {
        let Some(folder) = self.folders.get(index) else {
            return Ok(());
        };
        let (folder_name, is_hidden) = (folder.name.clone(), folder.is_hidden);
        let entries = match fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                self.tell_error(folder_name, &error, is_hidden);
                return Ok(());
            }
        };
        let mut is_empty = true;
        for entry in entries {
            is_empty = false;
            self.seen += 1;
            if self.seen > self.walking.limit {
                return Err(WalkError::TooMany {
                    path: self.root.to_owned(),
                    limit: self.walking.limit,
                });
            }
            match entry {
                Ok(entry) => self.visit(index, &folder_name, &entry, is_hidden),
                Err(error) => self.tell_error(folder_name.clone(), &error, is_hidden),
            }
        }
        if is_empty && !is_hidden && !folder_name.is_empty() {
            self.tell(folder_name, Left::EmptyFolder);
        }
        Ok(())
    }

    fn visit(&mut self, parent: usize, folder: &str, entry: &fs::DirEntry, is_hidden: bool) {
        let file_name = entry.file_name();
        let shown = file_name.to_string_lossy();
        let name = if folder.is_empty() {
            shown.clone().into_owned()
        } else {
            format!("{folder}/{shown}")
        };
        let is_hidden = is_hidden || (self.walking.hidden)(&name);
        if file_name.to_str().is_none() && !is_hidden {
            return self.tell(name, Left::NotUtf8);
        }
        let metadata = entry.file_type().and_then(|kind| {
            let metadata = entry.metadata()?;
            Ok((kind, metadata))
        });
        match metadata {
            Err(error) => self.tell_error(name, &error, is_hidden),
            Ok((kind, metadata)) if kind.is_dir() => {
                self.enter(name, entry.path(), &metadata, Some(parent), is_hidden);
            }
            Ok((kind, metadata)) if kind.is_file() || is_hidden => {
                let found = found(name, entry.path(), &metadata, is_hidden);
                self.tree.files.push(found);
            }
            Ok((kind, _)) => self.visit_odd(parent, name, &entry.path(), kind),
        }
    }

    /// A link, or something that is neither file nor folder.
    fn visit_odd(&mut self, parent: usize, name: String, path: &Path, kind: FileType) {
        if !kind.is_symlink() {
            return self.tell(name, Left::Special);
        }
        let to = fs::read_link(path).map_or_else(
            |_| String::new(),
            |target| target.to_string_lossy().into_owned(),
        );
        if self.walking.links == Links::Refuse {
            return self.tell(name, Left::Link { to });
        }
        let (Ok(metadata), Ok(real)) = (fs::metadata(path), fs::canonicalize(path)) else {
            return self.tell(name, Left::BrokenLink { to });
        };
        let is_inside = real.starts_with(&self.top);
        if metadata.is_file() {
            if !is_inside {
                self.tell(name.clone(), Left::LinkOut { to });
            }
            let found = found(name, path.to_owned(), &metadata, false);
            self.tree.files.push(found);
        } else if !metadata.is_dir() {
            self.tell(name, Left::Special);
        } else if self.is_above(parent, &metadata) || self.top.starts_with(&real) {
            self.tell(name, Left::Cycle { to });
        } else if is_inside {
            self.enter(name, path.to_owned(), &metadata, Some(parent), false);
        } else {
            self.tell(name, Left::FolderOut { to });
        }
    }

    /// Whether a folder is the one that is listed, or one that it was entered from.
    fn is_above(&self, from: usize, metadata: &Metadata) -> bool {
        let stamp = Stamp::of(metadata);
        let mut next = Some(from);
        while let Some(folder) = next.and_then(|index| self.folders.get(index)) {
            if (folder.device, folder.inode) == (stamp.device, stamp.inode) {
                return true;
            }
            next = folder.parent;
        }
        false
    }

    fn tell(&mut self, name: String, left: Left) {
        self.tree.others.push((name, left));
    }

    fn tell_error(&mut self, name: String, error: &io::Error, is_hidden: bool) {
        if !is_hidden {
            let reason = error.to_string();
            self.tell(name, Left::Unreadable { reason });
        }
    }
}

fn found(name: String, path: PathBuf, metadata: &Metadata, is_hidden: bool) -> Found {
    Found {
        name,
        path,
        stamp: Stamp::of(metadata),
        is_executable: metadata.is_file() && is_executable(metadata),
        is_hidden,
    }
}
