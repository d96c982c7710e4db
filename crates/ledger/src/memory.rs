//! What was seen of logs: the last checkpoint of each, outside of the log itself.
//!
//! A log that was put back to an older state looks right to everyone who has not seen the newer one, so somebody has to
//! remember. The same memory serves a reader, the writer of a log (which must not go on from an older state), and a
//! witness, whose whole task this is.

use std::path::{Path, PathBuf};

use chainwright_transparency::tree;
use chainwright_transparency::{Checkpoint, Hash, Note, VerifierKey};
use sha2::{Digest as _, Sha256};

use crate::disk::{Disk, SystemDisk};
use crate::entry::hex;
use crate::error::LedgerError;
use crate::storage::StorageError;

/// A folder with what was seen.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
}

/// What was seen of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// What the checkpoint said.
    pub checkpoint: Checkpoint,
    /// The checkpoint as it was signed.
    pub note: Note,
    /// The key that is trusted for the log.
    pub key: VerifierKey,
}

/// What a checkpoint is to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nothing was known of this log.
    First,
    /// The same tree.
    Same,
    /// The log grew.
    Grown {
        /// From this size.
        from: u64,
    },
}

impl Memory {
    /// What is remembered in a folder, which need not exist.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// What is known of a log.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn recall(&self, origin: &str) -> Result<Option<Remembered>, LedgerError> {
        self.recall_in(&self.place(origin))
    }

    fn recall_in(&self, place: &Path) -> Result<Option<Remembered>, LedgerError> {
        let file = place.join("seen");
        let Some(bytes) = SystemDisk.read(&file).map_err(failed("read", &file))? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| LedgerError::Remembered)?;
        let (key, note) = text.split_once('\n').ok_or(LedgerError::Remembered)?;
        let key: VerifierKey = key.parse().map_err(|_| LedgerError::Remembered)?;
        let note = Note::parse(note.as_bytes())?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Some(Remembered {
            checkpoint,
            note,
            key,
        }))
    }

    /// Everything that is known, in the order of the origins.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn all(&self) -> Result<Vec<Remembered>, LedgerError> {
        let names = SystemDisk
            .names(&self.folder)
            .map_err(failed("list", &self.folder))?;
        let mut all = Vec::new();
        for (name, is_folder) in names {
            if is_folder {
                all.extend(self.recall_in(&self.folder.join(name))?);
            }
        }
        all.sort_by(|a, b| a.checkpoint.origin.cmp(&b.checkpoint.origin));
        Ok(all)
    }

    /// Compares a checkpoint, whose signature was verified with this key, with what was seen, and remembers it if it
    /// follows. `prove` gives the hashes from the remembered size to the new one. If the log misbehaved, both
    /// checkpoints are kept as evidence.
    ///
    /// # Errors
    ///
    /// If it does not follow, or the memory cannot be written.
    pub fn see(
        &self,
        note: &Note,
        key: &VerifierKey,
        prove: &dyn Fn(&Checkpoint) -> Result<Vec<Hash>, LedgerError>,
    ) -> Result<Seen, LedgerError> {
        let new = Checkpoint::parse(note.text())?;
        self.update(&new.origin, |known| {
            let seen = match known {
                None => Seen::First,
                Some(known) => match follows(&known.checkpoint, &new, prove) {
                    Ok(seen) => seen,
                    Err(error) => {
                        if error.is_misbehaviour() {
                            self.keep_evidence(&new.origin, &[&known.note, note])?;
                        }
                        return Err(error);
                    }
                },
            };
            Ok((seen, note.clone(), key.clone()))
        })
    }

    /// Remembers whatever a function makes of what is known, while nobody else can. What it gives is durable when this
    /// returns.
    ///
    /// # Errors
    ///
    /// Those of the function, and if the memory cannot be written.
    pub fn update<T, E: From<LedgerError>>(
        &self,
        origin: &str,
        decide: impl FnOnce(Option<&Remembered>) -> Result<(T, Note, VerifierKey), E>,
    ) -> Result<T, E> {
        let place = self.place(origin);
        let _held = self.hold(&place)?;
        let known = self.recall_in(&place)?;
        let (answer, note, key) = decide(known.as_ref())?;
        write(&place, "seen", format!("{key}\n{note}").as_bytes()).map_err(LedgerError::from)?;
        Ok(answer)
    }

    /// Keeps notes that contradict each other, and says where.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn keep_evidence(&self, origin: &str, notes: &[&Note]) -> Result<PathBuf, LedgerError> {
        let texts: Vec<String> = notes.iter().map(ToString::to_string).collect();
        let whole = texts.join("\n");
        let name = hex(&Sha256::digest(&whole)[..8]);
        let place = self.place(origin).join(format!("evidence-{name}"));
        make(&place)?;
        for (number, text) in (1..).zip(&texts) {
            write(&place, &format!("{number}.note"), text.as_bytes())?;
        }
        Ok(place)
    }

    /// The folders with evidence against a log.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn evidence(&self, origin: &str) -> Result<Vec<PathBuf>, LedgerError> {
        let place = self.place(origin);
        let names = SystemDisk.names(&place).map_err(failed("list", &place))?;
        let mut found: Vec<PathBuf> = names
            .into_iter()
            .filter(|(name, _)| name.starts_with("evidence-"))
            .map(|(name, _)| place.join(name))
            .collect();
        found.sort();
        Ok(found)
    }

    /// Origins may be anything, so folders are named by their hashes.
    fn place(&self, origin: &str) -> PathBuf {
        self.folder.join(hex(&Sha256::digest(origin)))
    }

    fn hold(&self, place: &Path) -> Result<Box<dyn Send + Sync>, LedgerError> {
        make(place)?;
        let lock = place.join("lock");
        Ok(SystemDisk.lock(&lock).map_err(failed("lock", &lock))?)
    }
}

/// Whether a checkpoint follows from one that was seen.
fn follows(
    old: &Checkpoint,
    new: &Checkpoint,
    prove: &dyn Fn(&Checkpoint) -> Result<Vec<Hash>, LedgerError>,
) -> Result<Seen, LedgerError> {
    let (origin, remembered, found) = (new.origin.clone(), old.size, new.size);
    if found < remembered {
        return Err(LedgerError::RolledBack {
            origin,
            remembered,
            found,
        });
    }
    let equivocated = LedgerError::Equivocated {
        origin,
        remembered,
        found,
    };
    if found == remembered {
        return if old.root == new.root {
            Ok(Seen::Same)
        } else {
            Err(equivocated)
        };
    }
    let proof = if remembered == 0 {
        Vec::new()
    } else {
        prove(old)?
    };
    tree::check_consistency(remembered, &old.root, found, &new.root, &proof)
        .map_err(|_| equivocated)?;
    Ok(Seen::Grown { from: remembered })
}

fn make(folder: &Path) -> Result<(), StorageError> {
    std::fs::create_dir_all(folder).map_err(failed("make", folder))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
    let (temporary, path) = (folder.join(format!("{name}.new")), folder.join(name));
    SystemDisk
        .write(&temporary, bytes)
        .map_err(failed("write", &temporary))?;
    SystemDisk
        .flush(&temporary)
        .map_err(failed("flush", &temporary))?;
    SystemDisk
        .rename(&temporary, &path)
        .map_err(failed("replace", &path))?;
    SystemDisk.flush(folder).map_err(failed("flush", folder))
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StorageError {
    move |source| StorageError::Io {
        action,
        path: path.to_string_lossy().into_owned(),
        source,
    }
}
