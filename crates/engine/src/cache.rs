//! Facts of unchanged files, kept in the user's cache folder.
//!
//! One file for each scanned target holds, for each path, what the system said about the file and the facts;
//! facts are also found again by content digest and name, so that a touched or moved file is not parsed again.
//! The cache is private to one build of the program: any other build, format or limit starts afresh. It is
//! replaced as a whole, so that a crash leaves the old one, and a broken one is ignored.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chainwright_analysis::Inspected;
use chainwright_core::digest::Blake3;
use chainwright_sources::Stamp;
use serde::{Deserialize, Serialize};

/// Files of the cache folder that are kept; the oldest go first.
const KEPT_TARGETS: usize = 64;

/// A change this close to the start of a run could be followed by another with the same time stamp.
const RACY_NANOSECONDS: u128 = 50_000_000;

/// What facts depend on besides the bytes: anything else makes the cached ones worthless.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CacheKey {
    /// Names the build of the program.
    pub build: String,
    /// Names the limits and switches that facts depend on.
    pub settings: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    size: u64,
    modified: u128,
    changed: i128,
    inode: u64,
    facts: Vec<Inspected>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    key: Option<CacheKey>,
    entries: BTreeMap<String, Entry>,
}

/// The cached facts of one target, as they were when the run began.
#[derive(Debug)]
pub struct Cache {
    file: PathBuf,
    key: CacheKey,
    content: Content,
    by_digest: BTreeMap<(Blake3, String), String>,
    started: SystemTime,
    changed: bool,
}

impl Cache {
    /// Opens the cache of `target` in `folder`; one that is missing, broken or of another build is empty.
    #[must_use]
    pub fn open(folder: &Path, target: &Path, key: CacheKey, started: SystemTime) -> Self {
        let canonical = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let name = blake3::hash(canonical.as_os_str().as_encoded_bytes()).to_hex();
        let file = folder.join(format!("{}.facts", name.get(..32).unwrap_or(&name)));
        let content = read(&file, &key).unwrap_or_default();
        let by_digest = content.entries.iter().filter_map(by_digest).collect();
        Self {
            file,
            key,
            content,
            by_digest,
            started,
            changed: false,
        }
    }

    /// The facts of a file whose stamp is unchanged.
    #[must_use]
    pub fn unchanged(&self, name: &str, stamp: &Stamp, shown: &str) -> Option<Vec<Inspected>> {
        let entry = self.content.entries.get(name)?;
        let same = entry.size == stamp.size
            && entry.modified == stamp.modified
            && entry.changed == stamp.changed
            && entry.inode == stamp.inode;
        same.then(|| relocated(&entry.facts, shown))
    }

    /// The facts of a file with this content and the same file name.
    #[must_use]
    pub fn with_digest(&self, digest: Blake3, shown: &str) -> Option<Vec<Inspected>> {
        let file_name = shown.rsplit('/').next().unwrap_or_default().to_owned();
        let name = self.by_digest.get(&(digest, file_name))?;
        Some(relocated(&self.content.entries.get(name)?.facts, shown))
    }

    /// Replaces the cached facts by those of this run.
    pub fn replace<'a>(&mut self, files: impl Iterator<Item = (String, Stamp, &'a [Inspected])>) {
        let racy = self
            .started
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |age| age.as_nanos());
        let safe = racy.saturating_sub(RACY_NANOSECONDS);
        let entries: BTreeMap<String, Entry> = files
            .filter(|(_, stamp, _)| stamp.modified < safe)
            .filter(|(_, _, facts)| facts.iter().all(Inspected::is_repeatable))
            .map(|(name, stamp, facts)| {
                let Stamp {
                    size,
                    modified,
                    changed,
                    inode,
                } = stamp;
                (
                    name,
                    Entry {
                        size,
                        modified,
                        changed,
                        inode,
                        facts: facts.to_vec(),
                    },
                )
            })
            .collect();
        self.changed = entries != self.content.entries;
        self.content = Content {
            key: Some(self.key.clone()),
            entries,
        };
    }

    /// Writes the cache if anything in it changed; the old one stays whole if anything goes wrong.
    ///
    /// # Errors
    /// When the cache folder cannot be written.
    pub fn save(&self) -> io::Result<()> {
        if !self.changed {
            return Ok(());
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let body = postcard::to_stdvec(&self.content).map_err(io::Error::other)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(blake3::hash(&body).as_bytes())?;
        temporary.write_all(&body)?;
        temporary.persist(&self.file)?;
        prune(folder)
    }
}

fn by_digest((name, entry): (&String, &Entry)) -> Option<((Blake3, String), String)> {
    let digests = entry.facts.first()?.digests?;
    let file_name = name.rsplit('/').next().unwrap_or_default().to_owned();
    Some(((digests.blake3, file_name), name.clone()))
}

fn relocated(facts: &[Inspected], shown: &str) -> Vec<Inspected> {
    facts
        .iter()
        .map(|inspected| inspected.relocated(shown))
        .collect()
}

fn read(file: &Path, key: &CacheKey) -> Option<Content> {
    let bytes = fs::read(file).ok()?;
    let (digest, body) = bytes.split_at_checked(32)?;
    if blake3::hash(body).as_bytes() != digest {
        return None;
    }
    let content: Content = postcard::from_bytes(body).ok()?;
    (content.key.as_ref() == Some(key)).then_some(content)
}

/// Removes the files of targets that have not been scanned for the longest time.
fn prune(folder: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "facts")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT_TARGETS);
    files
        .iter()
        .take(surplus)
        .try_for_each(|(_, path)| fs::remove_file(path))
}
