//! The right edge of a log: the tiles that are not full yet, which is all that a writer has to know.

use chainwright_transparency::tile::{self, Level, Tile, Tiles, WIDTH, hashes_at, levels};
use chainwright_transparency::tree::{self, Frontier, Nodes as _};
use chainwright_transparency::{Checkpoint, Hash, VerifierKey, bundle};

use crate::error::LedgerError;
use crate::log::{NewEntry, StoredTiles, read_bundle};
use crate::storage::{Batch, Storage};

/// The right edge after one checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// The checkpoint, as it is kept.
    pub(crate) note: Vec<u8>,
    origin: String,
    frontier: Frontier,
    /// The hashes of the last tile of each level, if it is not full.
    hashes: Vec<Vec<Hash>>,
    /// The entries of the last bundle, if it is not full.
    bundle: Vec<u8>,
}

impl Edge {
    /// Reads the edge and checks that it leads to the root that was signed.
    pub(crate) fn load(
        storage: &dyn Storage,
        note: &[u8],
        key: &VerifierKey,
    ) -> Result<Self, LedgerError> {
        let (checkpoint, ..) = Checkpoint::open(note, key)?;
        let size = checkpoint.size;
        let stored = StoredTiles(storage);
        let tiles = Tiles::new(&stored, size);
        let frontier = Frontier::load(&tiles, size)?;
        if frontier.root() != checkpoint.root {
            return Err(LedgerError::Root { size });
        }
        let mut hashes = Vec::new();
        for level in levels(size) {
            let last = partial(level, size)
                .map(|tile| tiles.tile(tile))
                .transpose()?;
            hashes.push(last.unwrap_or_default());
        }
        let mut bundle = Vec::new();
        if let Some(tile) = partial(Level::Entries, size) {
            bundle = read_bundle(storage, tile)?;
            let entries = bundle::entries(&bundle, tile.width)
                .map_err(|source| LedgerError::Bundle { tile, source })?;
            for (place, entry) in (tile.index.saturating_mul(WIDTH.into())..).zip(entries) {
                if tiles.node(0, place)? != Hash::of_leaf(entry) {
                    return Err(LedgerError::Entry(place));
                }
            }
        }
        Ok(Self {
            note: note.to_vec(),
            origin: checkpoint.origin,
            frontier,
            hashes,
            bundle,
        })
    }

    /// How many entries there are.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over them.
    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Whether the log went on from a checkpoint that was seen of it.
    pub(crate) fn follows(
        &self,
        storage: &dyn Storage,
        seen: &Checkpoint,
    ) -> Result<(), LedgerError> {
        let (size, root) = (self.size(), self.root());
        let (origin, remembered) = (self.origin.clone(), seen.size);
        if seen.size > size {
            return Err(LedgerError::RolledBack {
                origin,
                remembered,
                found: size,
            });
        }
        let stored = StoredTiles(storage);
        let proof = tree::prove_consistency(&Tiles::new(&stored, size), seen.size, size)?;
        tree::check_consistency(seen.size, &seen.root, size, &root, &proof).map_err(|_| {
            LedgerError::Equivocated {
                origin,
                remembered,
                found: size,
            }
        })
    }

    /// The edge after these entries, and what has to be written for it. The checkpoint is left to the caller.
    pub(crate) fn grow(self, entries: &[NewEntry]) -> Result<(Self, Batch), LedgerError> {
        let before = self.size();
        let mut growing = Growing {
            edge: self,
            batch: Batch::default(),
            before,
        };
        for entry in entries {
            growing.push(entry)?;
        }
        growing.finish();
        Ok((growing.edge, growing.batch))
    }
}

/// The tile at the end of a level, if it is not full.
fn partial(level: Level, size: u64) -> Option<Tile> {
    let count = hashes_at(level, size);
    Tile::in_tree(level, count / u64::from(WIDTH), size)
}

struct Growing {
    edge: Edge,
    batch: Batch,
    /// The size of the log before the batch.
    before: u64,
}

impl Growing {
    fn push(&mut self, entry: &NewEntry) -> Result<(), LedgerError> {
        let place = self.edge.size();
        bundle::push(&mut self.edge.bundle, &entry.bytes)
            .map_err(|_| LedgerError::TooLong(entry.bytes.len()))?;
        let leaf = Hash::of_leaf(&entry.bytes);
        self.edge.frontier.push(leaf);
        if let Some(beside) = &entry.beside {
            self.batch.objects.push(beside.clone());
        }
        let index = place / u64::from(WIDTH);
        if place % u64::from(WIDTH) == u64::from(WIDTH) - 1 {
            let bytes = std::mem::take(&mut self.edge.bundle);
            self.full(Level::Entries, index, bytes);
        }
        let (mut carried, mut index) = (leaf, index);
        for level in 0_u8.. {
            let hashes = self.edge.level(level);
            hashes.push(carried);
            let Some(above) = tile::over_full(hashes) else {
                break;
            };
            let bytes = join(&std::mem::take(hashes));
            self.full(Level::Hashes(level), index, bytes);
            (carried, index) = (above, index / u64::from(WIDTH));
        }
        Ok(())
    }

    /// A tile that became full.
    fn full(&mut self, level: Level, index: u64, bytes: Vec<u8>) {
        let tile = Tile {
            level,
            index,
            width: WIDTH,
        };
        self.batch.replaced.push(tile.partials());
        self.batch.objects.push((tile.to_string(), bytes));
    }

    /// The tiles that are not full, where they changed.
    fn finish(&mut self) {
        let size = self.edge.size();
        if let Some(tile) = partial(Level::Entries, size) {
            let bytes = self.edge.bundle.clone();
            self.part(tile, bytes);
        }
        for level in levels(size) {
            let Level::Hashes(number) = level else {
                continue;
            };
            if hashes_at(level, size) == hashes_at(level, self.before) {
                continue;
            }
            if let Some(tile) = partial(level, size) {
                let bytes = join(self.edge.level(number));
                self.part(tile, bytes);
            }
        }
    }

    fn part(&mut self, tile: Tile, bytes: Vec<u8>) {
        let start = tile.index.saturating_mul(u64::from(WIDTH));
        // No checkpoint reached this tile yet, so whatever lies there is left over from a crash.
        if hashes_at(tile.level, self.before) <= start {
            self.batch.unclaimed.push(tile.partials());
        }
        self.batch.objects.push((tile.to_string(), bytes));
    }
}

impl Edge {
    /// The last hashes of a level, which may be about to begin.
    fn level(&mut self, level: u8) -> &mut Vec<Hash> {
        let level = usize::from(level);
        if self.hashes.len() <= level {
            self.hashes.resize(level + 1, Vec::new());
        }
        &mut self.hashes[level]
    }
}

fn join(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
