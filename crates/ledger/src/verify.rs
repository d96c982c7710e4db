//! Recomputes a whole log: every entry, every tile, the root, and every older root that was seen.

use std::collections::BTreeMap;

use chainwright_transparency::tile::{Level, Tile, WIDTH, hashes_at, over_full};
use chainwright_transparency::tree::Frontier;
use chainwright_transparency::{Checkpoint, Hash, bundle};

use crate::entry::Entry;
use crate::error::LedgerError;
use crate::log::{Reader, read_bundle};
use crate::storage::StorageError;

/// How many faults are told one by one.
const MOST_FAULTS: usize = 100;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// How many entries were read.
    pub entries: u64,
    /// How many of them this program wrote.
    pub ours: u64,
    /// How many tiles, of entries and of hashes, were compared.
    pub tiles: u64,
    /// Objects that no checkpoint covers: what a crash leaves, or partial tiles of older sizes.
    pub leftovers: u64,
    /// Objects that do not belong to a log.
    pub strangers: Vec<String>,
    /// The sizes whose roots were compared with what was seen.
    pub compared: Vec<u64>,
    /// What is wrong, the first of it.
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub fault_count: u64,
}

/// Something that is not as the checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A tile is not there.
    #[error("`{0}` is missing")]
    Missing(Tile),
    /// A bundle cannot be read.
    #[error("`{0}` is damaged")]
    Damaged(Tile),
    /// A tile has other hashes than the entries have.
    #[error("`{tile}` has another hash at {place} than follows from the entries")]
    Hash {
        /// Which tile.
        tile: Tile,
        /// The first place within it.
        place: usize,
    },
    /// Something that an entry names is missing or changed.
    #[error("`{0}` is missing or not what entry {1} names")]
    Beside(String, u64),
    /// The entries lead to another root.
    #[error("the entries lead to another root than the one that was signed for {0} entries")]
    Root(u64),
    /// The entries led to another root when the log was seen before.
    #[error("the log had another root at {0} entries when it was seen before")]
    OldRoot(u64),
    /// The log was larger.
    #[error("the log had {0} entries when it was seen before")]
    RolledBack(u64),
}

impl Audit {
    fn fault(&mut self, fault: Fault) {
        self.fault_count += 1;
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    /// Whether all is as it was signed and seen.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.fault_count == 0
    }
}

impl Reader<'_> {
    /// Reads everything and compares it with the checkpoint and with those that were seen before.
    ///
    /// # Errors
    ///
    /// If the storage cannot be read. What is wrong with the log is in the answer.
    pub fn audit(&self, seen: &[Checkpoint]) -> Result<Audit, LedgerError> {
        let checkpoint = self.checkpoint();
        let mut run = Run {
            reader: self,
            audit: Audit::default(),
            frontier: Frontier::default(),
            levels: Vec::new(),
            roots: BTreeMap::new(),
        };
        for seen in seen {
            if seen.size > checkpoint.size {
                run.audit.fault(Fault::RolledBack(seen.size));
            } else {
                run.roots.entry(seen.size).or_default().push(seen.root);
            }
        }
        run.compare_old_roots();
        for index in 0..checkpoint.size.div_ceil(WIDTH.into()) {
            if let Some(tile) = Tile::in_tree(Level::Entries, index, checkpoint.size)
                && !run.bundle(tile)?
            {
                // Without these entries nothing after them can be computed.
                run.stragglers()?;
                return Ok(run.audit);
            }
        }
        run.partial_tiles()?;
        if run.frontier.root() != checkpoint.root {
            run.audit.fault(Fault::Root(checkpoint.size));
        }
        run.stragglers()?;
        Ok(run.audit)
    }
}

struct Run<'a> {
    reader: &'a Reader<'a>,
    audit: Audit,
    frontier: Frontier,
    /// The hashes of the tile that is being filled, for each level.
    levels: Vec<Vec<Hash>>,
    /// The roots that were seen, by size.
    roots: BTreeMap<u64, Vec<Hash>>,
}

impl Run<'_> {
    /// Takes the entries of a bundle; false if they cannot be had.
    fn bundle(&mut self, tile: Tile) -> Result<bool, LedgerError> {
        let bytes = match read_bundle(self.reader.storage(), tile) {
            Ok(bytes) => bytes,
            Err(LedgerError::Missing(tile)) => {
                self.audit.fault(Fault::Missing(tile));
                return Ok(false);
            }
            Err(LedgerError::Bundle { tile, .. }) => {
                self.audit.fault(Fault::Damaged(tile));
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let Ok(entries) = bundle::entries(&bytes, tile.width) else {
            self.audit.fault(Fault::Damaged(tile));
            return Ok(false);
        };
        self.audit.tiles += 1;
        for entry in entries {
            self.entry(entry)?;
        }
        Ok(true)
    }

    fn entry(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        let index = self.frontier.size();
        self.audit.entries += 1;
        if let Some(entry) = Entry::read(bytes) {
            self.audit.ours += 1;
            self.beside(&entry, index)?;
        }
        let leaf = Hash::of_leaf(bytes);
        self.frontier.push(leaf);
        self.compare_old_roots();
        let (mut carried, mut index) = (leaf, index);
        for level in 0_u8..8 {
            let place = usize::from(level);
            if self.levels.len() <= place {
                self.levels.push(Vec::new());
            }
            self.levels[place].push(carried);
            let Some(above) = over_full(&self.levels[place]) else {
                break;
            };
            index /= u64::from(WIDTH);
            let hashes = std::mem::take(&mut self.levels[place]);
            self.compare(
                Tile {
                    level: Level::Hashes(level),
                    index,
                    width: WIDTH,
                },
                &hashes,
            )?;
            carried = above;
        }
        Ok(())
    }

    fn beside(&mut self, entry: &Entry, index: u64) -> Result<(), LedgerError> {
        let Some(path) = &entry.beside else {
            return Ok(());
        };
        // The path came from an entry; only the one form is followed.
        let there = match path.strip_prefix(BESIDE) {
            Some(digest) if is_beside(path) => {
                let bytes = self.reader.storage().read(path)?;
                bytes.is_some_and(|bytes| digest == sha256(&bytes))
            }
            _ => false,
        };
        if !there {
            self.audit.fault(Fault::Beside(path.clone(), index));
        }
        Ok(())
    }

    fn compare_old_roots(&mut self) {
        let size = self.frontier.size();
        let Some(roots) = self.roots.remove(&size) else {
            return;
        };
        self.audit.compared.push(size);
        let root = self.frontier.root();
        if roots.iter().any(|seen| *seen != root) {
            self.audit.fault(Fault::OldRoot(size));
        }
    }

    /// Compares a stored tile with the hashes that it should hold.
    fn compare(&mut self, tile: Tile, hashes: &[Hash]) -> Result<(), LedgerError> {
        let storage = self.reader.storage();
        let mut stored = storage.read(&tile.to_string())?;
        if stored.is_none() && !tile.is_full() {
            stored = storage.read(&tile.full().to_string())?;
        }
        let Some(stored) = stored else {
            self.audit.fault(Fault::Missing(tile));
            return Ok(());
        };
        self.audit.tiles += 1;
        let differs = hashes
            .iter()
            .zip(
                stored
                    .chunks(Hash::LEN)
                    .map(Some)
                    .chain(std::iter::repeat(None)),
            )
            .position(|(hash, stored)| stored != Some(&hash.0[..]));
        if let Some(place) = differs {
            self.audit.fault(Fault::Hash { tile, place });
        } else if stored.len() != hashes.len() * Hash::LEN {
            self.audit.fault(Fault::Damaged(tile));
        }
        Ok(())
    }

    fn partial_tiles(&mut self) -> Result<(), LedgerError> {
        let size = self.frontier.size();
        for (level, hashes) in (0_u8..).zip(std::mem::take(&mut self.levels)) {
            let level = Level::Hashes(level);
            let index = hashes_at(level, size) / u64::from(WIDTH);
            if let Some(tile) = Tile::in_tree(level, index, size) {
                self.compare(tile, &hashes)?;
            }
        }
        Ok(())
    }

    /// Counts what lies around.
    fn stragglers(&mut self) -> Result<(), StorageError> {
        let size = self.reader.checkpoint().size;
        for path in self.reader.storage().list("")? {
            match path.parse::<Tile>() {
                Ok(tile) if Tile::in_tree(tile.level, tile.index, size) == Some(tile) => {}
                Ok(_) => self.audit.leftovers += 1,
                Err(_) if is_beside(&path) => {}
                Err(_) if self.audit.strangers.len() < MOST_FAULTS => {
                    self.audit.strangers.push(path)
                }
                Err(_) => {}
            }
        }
        self.audit.strangers.sort();
        Ok(())
    }
}

const BESIDE: &str = "beside/";

fn is_beside(path: &str) -> bool {
    path.strip_prefix(BESIDE).is_some_and(|name| {
        name.len() == 64
            && name
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    crate::entry::hex(&Sha256::digest(bytes))
}
