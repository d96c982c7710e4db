//! A log in a folder, laid out as HTTP serves it.
//!
//! `.state/head` is the truth: the newest checkpoint, flushed before `checkpoint` shows it to anybody. Were it the other
//! way round, a reader could see a checkpoint that a power cut takes back, and the log would go on differently.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::disk::{Disk, SystemDisk, walk};
use crate::storage::{Batch, Storage, StorageError, Turn};

/// Where the folder keeps what readers do not need.
const STATE: &str = ".state";

/// How many flushed folders are remembered.
const MOST_DURABLE: usize = 4096;

/// A log in a folder.
#[derive(Debug)]
pub struct Directory<D = SystemDisk> {
    folder: PathBuf,
    disk: D,
    /// Folders whose names this process has flushed. Those that another one made may be lost with the power.
    durable: Mutex<BTreeSet<PathBuf>>,
}

impl Directory {
    /// The log in a folder, which need not exist before the first turn.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self::on(SystemDisk, folder)
    }
}

impl<D: Disk> Directory<D> {
    /// The log in a folder on this disk.
    pub fn on(disk: D, folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            disk,
            durable: Mutex::default(),
        }
    }

    fn head(&self) -> PathBuf {
        self.folder.join(STATE).join("head")
    }

    fn published(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }

    fn get(&self, path: &Path) -> Result<Option<Vec<u8>>, StorageError> {
        self.disk.read(path).map_err(failed("read", path))
    }

    /// Makes a folder and those it lies in, and remembers which names have to be flushed.
    fn make(&self, folder: &Path, dirty: &mut BTreeSet<PathBuf>) -> Result<(), StorageError> {
        let mut missing = Vec::new();
        let mut at = folder;
        // The folder is made from the first ancestor that is there.
        loop {
            match self.disk.make_folder(at) {
                Ok(made) => {
                    if made {
                        dirty.extend(at.parent().map(Path::to_owned));
                    }
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    missing.push(at);
                    let parent = at.parent().filter(|parent| !parent.as_os_str().is_empty());
                    at = parent.ok_or_else(|| failed("make", folder)(error))?;
                }
                Err(error) => return Err(failed("make", at)(error)),
            }
        }
        for folder in missing.into_iter().rev() {
            self.disk
                .make_folder(folder)
                .map_err(failed("make", folder))?;
            dirty.extend(folder.parent().map(Path::to_owned));
        }
        Ok(())
    }

    /// Replaces a file so that whoever looks sees the old or the new one, and flushes it.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = self.folder.join(STATE).join(format!("{name}.new"));
        self.disk
            .write(&temporary, bytes)
            .map_err(failed("write", &temporary))?;
        self.flush(&temporary)?;
        self.disk
            .rename(&temporary, path)
            .map_err(failed("replace", path))?;
        self.flush(path.parent().unwrap_or(&self.folder))
    }

    fn flush(&self, path: &Path) -> Result<(), StorageError> {
        self.disk.flush(path).map_err(failed("flush", path))
    }

    fn write_objects(&self, batch: &Batch) -> Result<(), StorageError> {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        for folder in &batch.unclaimed {
            let folder = self.folder.join(folder);
            durable.remove(&folder);
            self.disk
                .remove_folder(&folder)
                .map_err(failed("clear", &folder))?;
        }
        let (mut folders, mut dirty) = (BTreeSet::new(), BTreeSet::new());
        for (path, bytes) in &batch.objects {
            let path = self.folder.join(path);
            let folder = path.parent().unwrap_or(&self.folder).to_owned();
            if !folders.contains(&folder) && !durable.contains(&folder) {
                self.make(&folder, &mut dirty)?;
                let above = folder.ancestors().skip(1);
                dirty.extend(
                    above
                        .take_while(|above| above.starts_with(&self.folder))
                        .map(Path::to_owned),
                );
            }
            folders.insert(folder);
            self.disk
                .write(&path, bytes)
                .map_err(failed("write", &path))?;
        }
        // Everything is on its way before the first wait.
        for (path, _) in &batch.objects {
            self.flush(&self.folder.join(path))?;
        }
        for folder in folders.union(&dirty) {
            self.flush(folder)?;
        }
        if durable.len() > MOST_DURABLE {
            durable.clear();
        }
        durable.append(&mut folders);
        Ok(())
    }
}

/// A function that says what failed.
fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
    move |source| StorageError::Io {
        action,
        path: path.to_string_lossy().into_owned(),
        source,
    }
}

impl<D: Disk> Storage for Directory<D> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.get(&self.folder.join(path))
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError> {
        self.get(&self.published())
    }

    fn turn(&self) -> Result<Box<dyn Turn + '_>, StorageError> {
        let mut dirty = BTreeSet::new();
        self.make(&self.folder.join(STATE), &mut dirty)?;
        for folder in dirty {
            // The name of a relative folder lies in the current one.
            let shown = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                &folder
            };
            self.flush(shown)?;
        }
        let lock = self.folder.join(STATE).join("lock");
        let held = self.disk.lock(&lock).map_err(failed("lock", &lock))?;
        let head = self.get(&self.head())?;
        let published = self.get(&self.published())?;
        match (&head, &published) {
            (Some(head), published) if published.as_ref() != Some(head) => {
                self.replace(&self.published(), head)?;
            }
            // A copy made by a web client, or with hidden files left out, has everything but this.
            (None, Some(published)) => self.replace(&self.head(), published)?,
            _ => {}
        }
        Ok(Box::new(DirectoryTurn {
            directory: self,
            head: head.or(published),
            _held: held,
        }))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found =
            walk(&self.disk, &self.folder, folder).map_err(failed("list", &self.folder))?;
        found.retain(|path| {
            path.starts_with(prefix) && !path.starts_with(STATE) && path != "checkpoint"
        });
        Ok(found)
    }
}

struct DirectoryTurn<'a, D> {
    directory: &'a Directory<D>,
    head: Option<Vec<u8>>,
    /// The lock is let go when the turn ends.
    _held: Box<dyn Send + Sync>,
}

impl<D: Disk> Turn for DirectoryTurn<'_, D> {
    fn head(&self) -> Option<&[u8]> {
        self.head.as_deref()
    }

    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StorageError> {
        let directory = self.directory;
        directory.write_objects(batch)?;
        directory.replace(&directory.head(), &batch.checkpoint)?;
        directory.replace(&directory.published(), &batch.checkpoint)?;
        for folder in &batch.replaced {
            // What is left over takes space and does no harm.
            let folder = directory.folder.join(folder);
            let mut durable = directory
                .durable
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            durable.remove(&folder);
            let _ = directory.disk.remove_folder(&folder);
        }
        Ok(())
    }
}
