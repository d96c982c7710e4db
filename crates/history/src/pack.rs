//! Packs: many objects in one file, with an index beside it.
//!
//! Source: git, `Documentation/gitformat-pack.adoc`. Indexes of version 2 are read; git writes no others since 2007.

use std::fs::File;

use flate2::{Decompress, FlushDecompress, Status};

use crate::id::ObjectId;
use crate::objects::Kind;
use crate::store::{Ledger, Trouble};

/// LIMIT: bytes of one index.
pub(crate) const MAX_INDEX: u64 = 512 << 20;
/// Bytes that are read at a time.
const STEP: usize = 16 * 1024;

/// One pack with its index.
#[derive(Debug)]
pub(crate) struct Pack {
    file: File,
    size: u64,
    index: Vec<u8>,
    count: usize,
}

/// How an object lies in a pack.
pub(crate) enum Stored {
    /// Whole.
    Whole(Kind),
    /// As a delta against the object at this offset.
    OffsetDelta(u64),
    /// As a delta against the object of this name.
    NamedDelta(ObjectId),
}

/// The head of an object in a pack.
pub(crate) struct Head {
    pub(crate) stored: Stored,
    /// Bytes after decompression: of the object, or of the delta.
    pub(crate) size: u64,
    /// Where the compressed bytes begin.
    pub(crate) at: u64,
}

impl Pack {
    pub(crate) fn new(file: File, size: u64, index: Vec<u8>) -> Result<Self, Trouble> {
        let bad = Trouble::Broken("an index of a pack is of no known form");
        if index.get(..8) != Some(&[0xff, b't', b'O', b'c', 0, 0, 0, 2]) {
            return Err(bad);
        }
        let mut pack = Self {
            file,
            size,
            index,
            count: 0,
        };
        let count = pack.number(8, 255).ok_or(bad)?;
        pack.count = usize::try_from(count).map_err(|_| Trouble::TooLarge)?;
        let least = pack.count.saturating_mul(28).saturating_add(8 + 1024 + 40);
        if pack.index.len() < least {
            return Err(Trouble::Broken("an index of a pack is cut"));
        }
        Ok(pack)
    }

    /// The number at place `place` of a table of four-byte numbers.
    fn number(&self, table: usize, place: usize) -> Option<u32> {
        let at = place.checked_mul(4)?.checked_add(table)?;
        let bytes = self.index.get(at..at.checked_add(4)?)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    }

    fn name(&self, place: usize) -> Option<ObjectId> {
        let at = place.checked_mul(20)?.checked_add(8 + 1024)?;
        ObjectId::take(self.index.get(at..)?)
    }

    /// Where an object lies.
    pub(crate) fn find(&self, id: &ObjectId) -> Option<u64> {
        let first = usize::from(*id.0.first()?);
        let before = first.checked_sub(1).and_then(|each| self.number(8, each));
        let mut low = usize::try_from(before.unwrap_or(0)).ok()?;
        let mut high = usize::try_from(self.number(8, first)?)
            .ok()?
            .min(self.count);
        while low < high {
            let middle = low.checked_add(high.checked_sub(low)? / 2)?;
            match self.name(middle)?.cmp(id) {
                std::cmp::Ordering::Less => low = middle.checked_add(1)?,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.offset(middle),
            }
        }
        None
    }

    fn offset(&self, place: usize) -> Option<u64> {
        let offsets = self.count.checked_mul(24)?.checked_add(8 + 1024)?;
        let offset = self.number(offsets, place)?;
        if offset & 0x8000_0000 == 0 {
            return Some(u64::from(offset));
        }
        let large = offsets.checked_add(self.count.checked_mul(4)?)?;
        let at = usize::try_from(offset & 0x7fff_ffff).ok()?;
        let at = at.checked_mul(8)?.checked_add(large)?;
        let bytes = self.index.get(at..at.checked_add(8)?)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }

    /// Reads the head of the object at an offset.
    pub(crate) fn head(&self, offset: u64) -> Result<Head, Trouble> {
        let cut = Trouble::Broken("a pack ends early");
        let mut buffer = [0; 64];
        let filled = self.read(offset, &mut buffer)?;
        let bytes = buffer.get(..filled).unwrap_or_default();
        let mut at = 1;
        let first = *bytes.first().ok_or(cut)?;
        let mut size = u64::from(first & 0x0f);
        let mut shift = 4_u32;
        let mut more = first & 0x80 != 0;
        while more {
            let byte = *bytes.get(at).ok_or(cut)?;
            at = at.saturating_add(1);
            if shift > 56 {
                return Err(Trouble::Broken("an object gives a size of too many digits"));
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift = shift.saturating_add(7);
            more = byte & 0x80 != 0;
        }
        let stored = match first >> 4 & 7 {
            1 => Stored::Whole(Kind::Commit),
            2 => Stored::Whole(Kind::Tree),
            3 => Stored::Whole(Kind::Blob),
            4 => Stored::Whole(Kind::Tag),
            6 => Stored::OffsetDelta(base_offset(bytes, &mut at, offset)?),
            7 => {
                let id = ObjectId::take(bytes.get(at..).unwrap_or_default()).ok_or(cut)?;
                at = at.saturating_add(20);
                Stored::NamedDelta(id)
            }
            _ => return Err(Trouble::Broken("a pack holds an object of no known kind")),
        };
        let at = offset.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        Ok(Head { stored, size, at })
    }

    /// The decompressed bytes behind a head.
    pub(crate) fn inflate(&self, head: &Head, ledger: &mut Ledger) -> Result<Vec<u8>, Trouble> {
        let mut at = head.at;
        let mut chunk = [0; STEP];
        let next = |into: &mut Vec<u8>| {
            let filled = self.read(at, &mut chunk)?;
            at = at.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            into.extend_from_slice(chunk.get(..filled).unwrap_or_default());
            Ok(())
        };
        inflate(next, head.size, ledger)
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Trouble> {
        if offset >= self.size {
            return Ok(0);
        }
        read_at(&self.file, buffer, offset).map_err(|_| Trouble::Broken("a pack cannot be read"))
    }
}

/// Decompresses exactly `size` bytes of what `next` brings.
pub(crate) fn inflate(
    mut next: impl FnMut(&mut Vec<u8>) -> Result<(), Trouble>,
    size: u64,
    ledger: &mut Ledger,
) -> Result<Vec<u8>, Trouble> {
    ledger.spend(size)?;
    let wanted = usize::try_from(size).map_err(|_| Trouble::TooLarge)?;
    let mut out = Vec::new();
    let mut waiting = Vec::new();
    let mut stream = Decompress::new(true);
    loop {
        if waiting.is_empty() {
            next(&mut waiting)?;
            if waiting.is_empty() {
                return Err(Trouble::Broken("compressed bytes end early"));
            }
        }
        // The buffer grows with what comes, not with what the head says.
        out.reserve(wanted.saturating_sub(out.len()).clamp(1, STEP));
        let (read, made) = (stream.total_in(), stream.total_out());
        let status = stream
            .decompress_vec(&waiting, &mut out, FlushDecompress::None)
            .map_err(|_| Trouble::Broken("compressed bytes are broken"))?;
        let taken = usize::try_from(stream.total_in().saturating_sub(read)).unwrap_or(usize::MAX);
        waiting.drain(..taken.min(waiting.len()));
        if out.len() > wanted {
            return Err(Trouble::Broken("an object is longer than it says"));
        }
        if status == Status::StreamEnd {
            let is_whole = out.len() == wanted;
            return if is_whole {
                Ok(out)
            } else {
                Err(Trouble::Broken("an object is shorter than it says"))
            };
        }
        let is_stuck = taken == 0 && stream.total_out() == made;
        if is_stuck && out.len() < out.capacity() && !waiting.is_empty() {
            return Err(Trouble::Broken("compressed bytes are broken"));
        }
    }
}

/// How far back the base of a delta lies.
fn base_offset(bytes: &[u8], at: &mut usize, offset: u64) -> Result<u64, Trouble> {
    let bad = Trouble::Broken("a delta names no base");
    let mut back = 0_u64;
    for step in 0..10 {
        let byte = *bytes.get(*at).ok_or(bad)?;
        *at = at.saturating_add(1);
        if step > 0 {
            back = back.checked_add(1).ok_or(bad)?;
        }
        back = back.checked_mul(128).ok_or(bad)?;
        back |= u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return match offset.checked_sub(back) {
                Some(base) if back > 0 => Ok(base),
                _ => Err(bad),
            };
        }
    }
    Err(bad)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
