//! Tiles (c2sp.org/tlog-tiles): where the hashes of a tree are kept, 256 side by side.
//!
//! A log is a handful of files that any static server can give out. This module knows their names and their contents;
//! [`Tiles`] answers for the hashes of a tree from them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::hash::Hash;
use crate::tree::Nodes;

/// How many hashes or entries a full tile holds.
pub const WIDTH: u16 = 256;

/// The same, for dividing.
const PLACES: u64 = 256;

/// How many tiles a [`Tiles`] keeps at hand.
const KEPT: usize = 1024;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Hashes; each of level 1 and above covers a full tile of the level below.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// One tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub level: Level,
    /// Its place within its level.
    pub index: u64,
    /// How many hashes or entries it holds, from 1 to 256.
    pub width: u16,
}

/// Why a tile is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The path is none of a tile.
    #[error("this is not the path of a tile")]
    Path,
    /// It has another length.
    #[error("tile `{tile}` has {found} bytes")]
    Length {
        /// The tile.
        tile: Tile,
        /// The bytes it has.
        found: usize,
    },
}

impl Tile {
    /// The tile with this place in a tree of `size` leaves; nothing if it has none there.
    #[must_use]
    pub fn in_tree(level: Level, index: u64, size: u64) -> Option<Self> {
        let hashes = hashes_at(level, size);
        let start = index.checked_mul(u64::from(WIDTH))?;
        let width = hashes.checked_sub(start)?.min(u64::from(WIDTH));
        let width = u16::try_from(width).ok().filter(|width| *width > 0)?;
        Some(Self {
            level,
            index,
            width,
        })
    }

    /// Whether it is full and so will never change.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// The full tile of the same place.
    #[must_use]
    pub fn full(&self) -> Self {
        Self {
            width: WIDTH,
            ..*self
        }
    }

    /// The folder of the partial tiles of the same place.
    #[must_use]
    pub fn partials(&self) -> String {
        format!("{}.p", self.full())
    }
}

/// How many hashes, or entries, a level has in a tree of `size` leaves.
#[must_use]
pub fn hashes_at(level: Level, size: u64) -> u64 {
    let shift = match level {
        Level::Entries => 0,
        Level::Hashes(level) => u32::from(level).saturating_mul(8),
    };
    size.checked_shr(shift).unwrap_or(0)
}

/// All levels of hashes that a tree of `size` leaves has.
pub fn levels(size: u64) -> impl Iterator<Item = Level> {
    (0..8)
        .map(Level::Hashes)
        .take_while(move |level| hashes_at(*level, size) > 0)
}

impl fmt::Display for Tile {
    /// The path below the prefix of the log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Hashes(level) => write!(out, "tile/{level}/")?,
            Level::Entries => out.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let groups = digits.len().div_ceil(3);
        let padded = format!("{digits:0>width$}", width = groups.saturating_mul(3));
        let mut rest = padded.as_str();
        while let Some((group, more)) = rest.split_at_checked(3) {
            if more.is_empty() {
                out.write_str(group)?;
                break;
            }
            write!(out, "x{group}/")?;
            rest = more;
        }
        if self.is_full() {
            Ok(())
        } else {
            write!(out, ".p/{}", self.width)
        }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let tile = read(path).ok_or(TileError::Path)?;
        // A path is what its tile is called, and nothing else.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(TileError::Path)
        }
    }
}

fn read(path: &str) -> Option<Tile> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match level {
        "entries" => Level::Entries,
        level => Level::Hashes(level.parse().ok().filter(|level| *level < 64)?),
    };
    let (place, width) = match rest.split_once(".p/") {
        Some((place, width)) => (place, width.parse().ok()?),
        None => (rest, WIDTH),
    };
    if width == 0 || (width >= WIDTH && place.len() < rest.len()) {
        return None;
    }
    let mut index = 0_u64;
    for group in place.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        index = index
            .checked_mul(1000)?
            .checked_add(digits.parse::<u16>().ok()?.into())?;
    }
    Some(Tile {
        level,
        index,
        width,
    })
}

/// The hashes of a tile of hashes.
///
/// # Errors
///
/// If the bytes are not as many as the tile needs.
pub fn hashes(tile: Tile, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    let needed = usize::from(tile.width).saturating_mul(Hash::LEN);
    if bytes.len() != needed {
        return Err(TileError::Length {
            tile,
            found: bytes.len(),
        });
    }
    Ok(bytes
        .chunks_exact(Hash::LEN)
        .filter_map(Hash::from_slice)
        .collect())
}

/// Where tiles come from.
pub trait Fetch {
    /// What can go wrong.
    type Error: From<TileError>;

    /// The bytes of a tile of hashes.
    ///
    /// # Errors
    ///
    /// If they cannot be had.
    fn fetch(&self, tile: Tile) -> Result<Vec<u8>, Self::Error>;
}

/// The hashes of a tree of one size, from its tiles. What the tiles say is not checked: proofs made from them have to
/// be.
#[derive(Debug)]
pub struct Tiles<'a, F> {
    from: &'a F,
    size: u64,
    kept: RefCell<BTreeMap<Tile, Vec<Hash>>>,
}

impl<'a, F: Fetch> Tiles<'a, F> {
    /// The tiles of a tree of `size` leaves.
    pub fn new(from: &'a F, size: u64) -> Self {
        Self {
            from,
            size,
            kept: RefCell::default(),
        }
    }

    /// The hashes of one tile.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    pub fn tile(&self, tile: Tile) -> Result<Vec<Hash>, F::Error> {
        if let Some(kept) = self.kept.borrow().get(&tile) {
            return Ok(kept.clone());
        }
        let hashes = hashes(tile, &self.from.fetch(tile)?)?;
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.pop_first();
        }
        kept.insert(tile, hashes.clone());
        Ok(hashes)
    }
}

impl<F: Fetch> Nodes for Tiles<'_, F> {
    type Error = F::Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, F::Error> {
        let (tiled, inside) = (level / 8, level % 8);
        let place = Level::Hashes(tiled);
        // Eight levels lie within a tile: the node is the root of 2^inside of its hashes.
        let first = index.checked_shl(inside.into()).ok_or(TileError::Path)?;
        let tile = Tile::in_tree(place, first / PLACES, self.size).ok_or(TileError::Path)?;
        let hashes = self.tile(tile)?;
        let start = usize::try_from(first % PLACES).map_err(|_| TileError::Path)?;
        let count = 1_usize.checked_shl(inside.into()).unwrap_or(0);
        let part = hashes
            .get(start..start.saturating_add(count))
            .ok_or(TileError::Path)?;
        Ok(fold(part.to_vec()))
    }
}

/// The root over a power of two of hashes.
fn fold(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = pairs(&hashes);
    }
    hashes.pop().unwrap_or_else(Hash::of_nothing)
}

fn pairs(hashes: &[Hash]) -> Vec<Hash> {
    let (pairs, _) = hashes.as_chunks::<2>();
    pairs
        .iter()
        .map(|[left, right]| Hash::of_node(left, right))
        .collect()
}

/// The hash over a full tile, which the level above holds.
#[must_use]
pub fn over_full(hashes: &[Hash]) -> Option<Hash> {
    (hashes.len() == usize::from(WIDTH)).then(|| fold(hashes.to_vec()))
}

#[cfg(test)]
mod tests;
