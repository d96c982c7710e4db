//! A log as objects in a bucket, for services that can only put one object at a time, on a condition.
//!
//! There is no lock. A writer first puts its whole batch aside under the hash of its contents, then replaces the head on
//! the condition that it is still the one it started from, and only then puts the objects where readers look. What is
//! put there is decided by the chain of heads, so a writer that was slow, or dead, can do no harm: whoever comes next
//! finishes its batch from what was put aside. (The order is that of Sunlight, a log for Certificate Transparency.)

use sha2::{Digest as _, Sha256};

use crate::entry::hex;
use crate::storage::{Batch, Storage, StorageError, Turn};

const HEAD: &str = ".state/head";
const CHECKPOINT: &str = "checkpoint";

/// How often publishing is tried again after another writer was faster.
const TRIES: u32 = 50;

/// What a service for objects can do.
pub trait Bucket: Send + Sync + std::fmt::Debug {
    /// An object and a word for its version; nothing if there is none.
    ///
    /// # Errors
    ///
    /// If the service cannot say.
    fn get(&self, path: &str) -> Result<Option<(Vec<u8>, String)>, StorageError>;

    /// Puts an object if the condition holds.
    ///
    /// # Errors
    ///
    /// If the condition does not hold, or the service refuses.
    fn put(&self, path: &str, bytes: &[u8], condition: &Condition) -> Result<(), PutError>;

    /// Removes an object, if it is there.
    ///
    /// # Errors
    ///
    /// If the service refuses.
    fn remove(&self, path: &str) -> Result<(), StorageError>;

    /// The paths of all objects whose path begins with this.
    ///
    /// # Errors
    ///
    /// If the service cannot say.
    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}

/// When an object is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// In any case.
    Always,
    /// If there is none at its path.
    IfAbsent,
    /// If the one at its path has this version.
    IfVersion(String),
}

/// Why an object was not put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PutError {
    /// The condition does not hold.
    #[error("the object has changed")]
    Changed,
    /// The service refuses.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A log in a bucket.
#[derive(Debug)]
pub struct Objects<B> {
    bucket: B,
}

/// The head: the newest checkpoint, and where its batch was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    staged: String,
    note: Vec<u8>,
}

impl Head {
    fn write(&self) -> Vec<u8> {
        [self.staged.as_bytes(), b"\n", &self.note].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let staged = String::from_utf8(bytes.get(..end)?.to_vec()).ok()?;
        let note = bytes.get(end + 1..)?.to_vec();
        let is_staged = staged.strip_prefix(".state/staged/").is_some_and(|name| {
            name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        is_staged.then_some(Self { staged, note })
    }
}

impl<B: Bucket> Objects<B> {
    /// The log in this bucket.
    pub fn new(bucket: B) -> Self {
        Self { bucket }
    }

    fn head(&self) -> Result<Option<(Head, String)>, StorageError> {
        let Some((bytes, version)) = self.bucket.get(HEAD)? else {
            return Ok(None);
        };
        let head = Head::read(&bytes).ok_or_else(|| damaged(HEAD))?;
        Ok(Some((head, version)))
    }

    /// Puts the objects of a head where readers look, and then its checkpoint, unless that was done.
    fn publish(&self, head: &Head) -> Result<(), StorageError> {
        for _ in 0..TRIES {
            let shown = self.bucket.get(CHECKPOINT)?;
            if shown.as_ref().is_some_and(|(bytes, _)| *bytes == head.note) {
                return Ok(());
            }
            // The version was asked for before: if the head moves on from here, the condition below fails.
            if self.head()?.is_none_or(|(now, _)| now != *head) {
                return Ok(());
            }
            let Some((staged, _)) = self.bucket.get(&head.staged)? else {
                // Another writer published the batch and cleared it away in the meantime.
                continue;
            };
            let batch = unpack(&staged).ok_or_else(|| damaged(&head.staged))?;
            for (path, bytes) in &batch.objects {
                self.put(path, bytes)?;
            }
            let condition = shown.map_or(Condition::IfAbsent, |(_, version)| {
                Condition::IfVersion(version)
            });
            match self.bucket.put(CHECKPOINT, &head.note, &condition) {
                Ok(()) => {
                    self.clear(head, &batch);
                    return Ok(());
                }
                Err(PutError::Changed) => {}
                Err(PutError::Storage(error)) => return Err(error),
            }
        }
        Err(damaged(&head.staged))
    }

    /// What is left over takes space and does no harm.
    fn clear(&self, head: &Head, batch: &Batch) {
        for folder in &batch.replaced {
            for path in self.bucket.list(&format!("{folder}/")).unwrap_or_default() {
                let _ = self.bucket.remove(&path);
            }
        }
        let _ = self.bucket.remove(&head.staged);
    }

    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match self.bucket.put(path, bytes, &Condition::Always) {
            Ok(()) => Ok(()),
            Err(PutError::Changed) => Err(StorageError::Conflict),
            Err(PutError::Storage(error)) => Err(error),
        }
    }
}

fn damaged(path: &str) -> StorageError {
    StorageError::Damaged {
        path: path.to_owned(),
        what: "it is not what a writer leaves",
    }
}

/// A batch as bytes: replaced folders, then objects, each part after its length in eight bytes.
fn pack(batch: &Batch) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut part = |bytes: &[u8]| {
        packed.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        packed.extend_from_slice(bytes);
    };
    part(batch.replaced.join("\n").as_bytes());
    for (path, bytes) in &batch.objects {
        part(path.as_bytes());
        part(bytes);
    }
    // Two batches are never the same object, even if they hold the same.
    part(&batch.checkpoint);
    packed
}

fn unpack(packed: &[u8]) -> Option<Batch> {
    let mut parts = Vec::new();
    let mut rest = packed;
    while !rest.is_empty() {
        let (length, more) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (part, more) = more.split_at_checked(length)?;
        parts.push(part);
        rest = more;
    }
    let (replaced, parts) = parts.split_first()?;
    let (checkpoint, parts) = parts.split_last()?;
    let replaced = std::str::from_utf8(replaced).ok()?;
    let (objects, []) = parts.as_chunks::<2>() else {
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some(Batch {
        objects: objects
            .iter()
            .map(|[path, bytes]| Some((text(path)?, bytes.to_vec())))
            .collect::<Option<_>>()?,
        checkpoint: checkpoint.to_vec(),
        unclaimed: Vec::new(),
        replaced: replaced.lines().map(str::to_owned).collect(),
    })
}

impl<B: Bucket> Storage for Objects<B> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.bucket.get(path)?.map(|(bytes, _)| bytes))
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError> {
        self.read(CHECKPOINT)
    }

    fn turn(&self) -> Result<Box<dyn Turn + '_>, StorageError> {
        let head = self.head()?;
        if let Some((head, _)) = &head {
            self.publish(head)?;
        }
        Ok(Box::new(ObjectsTurn {
            storage: self,
            head,
        }))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let mut found = self.bucket.list(prefix)?;
        found.retain(|path| !path.starts_with(".state/") && path != CHECKPOINT);
        Ok(found)
    }
}

struct ObjectsTurn<'a, B> {
    storage: &'a Objects<B>,
    head: Option<(Head, String)>,
}

impl<B: Bucket> Turn for ObjectsTurn<'_, B> {
    fn head(&self) -> Option<&[u8]> {
        self.head.as_ref().map(|(head, _)| head.note.as_slice())
    }

    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StorageError> {
        let packed = pack(batch);
        let head = Head {
            staged: format!(".state/staged/{}", hex(&Sha256::digest(&packed))),
            note: batch.checkpoint.clone(),
        };
        self.storage.put(&head.staged, &packed)?;
        let condition = self.head.map_or(Condition::IfAbsent, |(_, version)| {
            Condition::IfVersion(version)
        });
        match self.storage.bucket.put(HEAD, &head.write(), &condition) {
            Ok(()) => self.storage.publish(&head),
            Err(PutError::Changed) => {
                let _ = self.storage.bucket.remove(&head.staged);
                Err(StorageError::Conflict)
            }
            Err(PutError::Storage(error)) => Err(error),
        }
    }
}
