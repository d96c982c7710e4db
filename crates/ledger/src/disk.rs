//! The few things that a folder of files needs of the system, so that tests can take them away.
//!
//! A crash test is only worth something if it can lose what was not flushed, so [`crate::Directory`] reaches the disk
//! through this trait and through nothing else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What can be done with files.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// The whole of a file; nothing if there is none.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Writes a file without flushing it, replacing what is there.
    ///
    /// # Errors
    ///
    /// If the system refuses; part of it may be there then.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Flushes a file or the names in a folder.
    ///
    /// # Errors
    ///
    /// If the system refuses; nothing is known to be durable then.
    fn flush(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name, replacing what has it.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes a folder; its parent is there. That it exists already is no error, but is told.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn make_folder(&self, path: &Path) -> io::Result<bool>;

    /// Removes a folder with all that is in it, if it is there.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// The names in a folder and whether each is a folder; none if there is no such folder.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn names(&self, path: &Path) -> io::Result<Vec<(String, bool)>>;

    /// Waits until nobody else holds this file, and holds it. It is let go when the answer is dropped.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>>;
}

/// The disk of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

/// `None` where there is nothing.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl Disk for SystemDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create(path)?.write_all(bytes)
    }

    fn flush(&self, path: &Path) -> io::Result<()> {
        match File::open(path)?.sync_all() {
            // Some systems cannot flush folders, and need not.
            Err(_) if cfg!(windows) && path.is_dir() => Ok(()),
            done => done,
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn make_folder(&self, path: &Path) -> io::Result<bool> {
        match fs::create_dir(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        if_there(fs::remove_dir_all(path)).map(|_| ())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        if_there(fs::remove_file(path)).map(|_| ())
    }

    fn names(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let Some(entries) = if_there(fs::read_dir(path))? else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            names.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
        }
        Ok(names)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        file.lock()?;
        Ok(Box::new(file))
    }
}

/// All files below a folder, by their paths from there with `/` between the parts.
pub(crate) fn walk(disk: &dyn Disk, top: &Path, below: &str) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open: Vec<(PathBuf, String)> = vec![(top.join(below), below.to_owned())];
    while let Some((folder, name)) = open.pop() {
        for (part, is_folder) in disk.names(&folder)? {
            let inner = if name.is_empty() {
                part.clone()
            } else {
                format!("{name}/{part}")
            };
            if is_folder {
                open.push((folder.join(&part), inner));
            } else {
                found.push(inner);
            }
        }
    }
    Ok(found)
}
