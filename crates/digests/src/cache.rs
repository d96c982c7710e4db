//! Digests of files that the file system says are unchanged, kept in the user's cache folder.
//!
//! A file is known again by device, inode, size, and the times of its last change to the nanosecond. That trusts the file
//! system and whoever may write to its device or set the clock: a program cannot set the time of change itself. One file for each
//! model; replaced as a whole; one that is broken or of another version is ignored. Files that changed within the last
//! two seconds are not kept, since a second change could carry the same time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chainwright_oms::{Digest, Hash, Method, Piece};
use serde::{Deserialize, Serialize};

use crate::read::{Plan, ranges};
use crate::stamp::Stamp;

/// Models that are remembered; the oldest go first.
const KEPT: usize = 256;

/// Says what follows; any other is ignored.
const VERSION: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    stamp: Stamp,
    hash: u8,
    /// Bytes of a stretch; 0 for whole files.
    shard_size: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    version: u8,
    /// The digests of all stretches of a file, one after the other.
    digests: BTreeMap<Key, Vec<u8>>,
}

/// The digests of one model.
#[derive(Debug)]
pub struct Cache {
    file: PathBuf,
    old: Content,
    new: Content,
}

impl Cache {
    /// Opens what is known about `model` in `folder`; nothing if that is missing or broken.
    #[must_use]
    pub fn open(folder: &Path, model: &Path) -> Self {
        let model = fs::canonicalize(model).unwrap_or_else(|_| model.to_owned());
        let name = blake3::hash(model.as_os_str().as_encoded_bytes()).to_hex();
        let file = folder.join(format!("{}.digests", name.get(..32).unwrap_or(&name)));
        Self {
            old: read(&file).unwrap_or_default(),
            file,
            new: Content {
                version: VERSION,
                digests: BTreeMap::new(),
            },
        }
    }

    /// Forgets what was known, so that everything is read again and remembered anew.
    pub fn forget(&mut self) {
        self.old = Content::default();
    }

    pub(crate) fn get(&self, stamp: &Stamp, plan: Plan) -> Option<Vec<Piece>> {
        let bytes = self.old.digests.get(&key(stamp, plan))?;
        let ranges = ranges(stamp.size, plan.method);
        if bytes.len() != ranges.len().checked_mul(plan.hash.length())? {
            return None;
        }
        let digests = bytes.chunks_exact(plan.hash.length());
        ranges
            .into_iter()
            .zip(digests)
            .map(|((start, end), bytes)| {
                let digest = Digest::from_bytes(plan.hash, bytes)?;
                Some(Piece { start, end, digest })
            })
            .collect()
    }

    pub(crate) fn keep(&mut self, stamp: &Stamp, plan: Plan, pieces: &[Piece], now: SystemTime) {
        if stamp.is_fresh(now) {
            return;
        }
        let bytes = pieces.iter().flat_map(|piece| piece.digest.as_bytes());
        let bytes = bytes.copied().collect();
        self.new.digests.insert(key(stamp, plan), bytes);
    }

    /// Writes what is known now, if it is not what was known before.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(self) -> io::Result<()> {
        if self.new.digests == self.old.digests || self.new.digests.is_empty() {
            return Ok(());
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let body = postcard::to_stdvec(&self.new).map_err(io::Error::other)?;
        // Temporary files can be read and written by their owner alone, and stay so.
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(blake3::hash(&body).as_bytes())?;
        temporary.write_all(&body)?;
        temporary.persist(&self.file)?;
        prune(folder)
    }
}

const fn key(stamp: &Stamp, plan: Plan) -> Key {
    Key {
        stamp: *stamp,
        hash: match plan.hash {
            Hash::Sha256 => 0,
            Hash::Blake2b => 1,
            Hash::Blake3 => 2,
        },
        shard_size: match plan.method {
            Method::Files => 0,
            Method::Shards(size) => size,
        },
    }
}

fn read(file: &Path) -> Option<Content> {
    let bytes = fs::read(file).ok()?;
    let (digest, body) = bytes.split_at_checked(32)?;
    if blake3::hash(body).as_bytes() != digest {
        return None;
    }
    let content: Content = postcard::from_bytes(body).ok()?;
    (content.version == VERSION).then_some(content)
}

/// Removes what was not written for the longest time.
fn prune(folder: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "digests")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    files
        .iter()
        .take(surplus)
        .try_for_each(|(_, path)| fs::remove_file(path))
}
