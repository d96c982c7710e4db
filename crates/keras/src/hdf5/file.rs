//! The file as addresses see it: the superblock, and bounded reads at an address.
//!
//! Source: HDF5 File Format Specification 3.0, II.A "Disk Format: Level 0A - Format Signature and Superblock".

use std::cell::Cell;

use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, wide};

use crate::data::Fields;

/// The signature of every HDF5 file.
pub(super) const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// The largest single structure that is read into memory.
const BLOCK_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads of one file. Structures may point at each other at will; this bounds the whole of it.
const READS: u64 = 3_000_000;
/// Bytes that are read of one file's metadata.
const READ_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What the superblock says.
#[derive(Debug, Clone)]
pub(super) struct Superblock {
    pub(super) version: u8,
    /// Where the superblock lies; addresses count from here.
    pub(super) base: u64,
    /// Where the file says that it ends, counted from its start.
    pub(super) end: u64,
    /// The address of the root group's object header.
    pub(super) root: u64,
}

/// Reads at addresses.
#[derive(Debug, Clone)]
pub(super) struct File {
    bytes: SharedBytes,
    reads: Cell<u64>,
    read_bytes: Cell<u64>,
    pub(super) superblock: Superblock,
    /// Bytes of an address.
    pub(super) offsets: usize,
    /// Bytes of a length.
    pub(super) lengths: usize,
}

/// Where a superblock may lie: at 0, 512 and every doubling of it.
pub(super) fn places(size: u64) -> impl Iterator<Item = u64> {
    std::iter::once(0)
        .chain((9..63).map(|shift: u32| 1_u64.checked_shl(shift).unwrap_or(u64::MAX)))
        .take_while(move |&place| place < size)
}

impl File {
    /// Finds the first superblock; what is wrong with it comes as a text.
    pub(super) fn open(bytes: &SharedBytes) -> Result<Self, &'static str> {
        for place in places(bytes.size()) {
            let head = read_range(bytes.as_ref(), place, 256).map_err(|_| "unreadable")?;
            if head.starts_with(SIGNATURE) {
                return parse(bytes, place, &head).ok_or("the superblock is broken");
            }
        }
        Err("no HDF5 signature")
    }

    pub(super) fn size(&self) -> u64 {
        self.bytes.size()
    }

    /// The place in the file of an address.
    pub(super) const fn place(&self, address: u64) -> u64 {
        self.superblock.base.saturating_add(address)
    }

    /// Whether an address points to something.
    pub(super) fn is_defined(&self, address: u64) -> bool {
        let bits = u32::try_from(self.offsets.saturating_mul(8)).unwrap_or(64);
        address != u64::MAX
            && 1_u64
                .checked_shl(bits)
                .is_none_or(|top| address != top.wrapping_sub(1))
    }

    /// At most `length` bytes at an address; fewer at the end of the file, none if it lies outside.
    pub(super) fn at(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        if !self.is_defined(address) {
            return None;
        }
        let place = self.superblock.base.checked_add(address)?;
        if place >= self.size() || self.is_exhausted() {
            return None;
        }
        self.reads.set(self.reads.get().saturating_add(1));
        let available = length
            .min(self.size().saturating_sub(place))
            .min(BLOCK_LIMIT);
        self.read_bytes
            .set(self.read_bytes.get().saturating_add(available));
        read_range(self.bytes.as_ref(), place, narrow(length.min(BLOCK_LIMIT))).ok()
    }

    /// Whether the bounds on reading were reached.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.reads.get() >= READS || self.read_bytes.get() >= READ_BYTES
    }

    /// Exactly `length` bytes at an address, if the file holds them and they are not too many.
    pub(super) fn exactly(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        self.at(address, length)
            .filter(|found| wide(found.len()) == length)
    }

    pub(super) fn address(&self, fields: &mut Fields<'_>) -> Option<u64> {
        fields.number(self.offsets)
    }

    pub(super) fn length(&self, fields: &mut Fields<'_>) -> Option<u64> {
        fields.number(self.lengths)
    }
}

fn parse(bytes: &SharedBytes, base: u64, head: &[u8]) -> Option<File> {
    let mut fields = Fields::new(head.get(8..)?);
    let version = fields.byte()?;
    let (offsets, lengths, end, root);
    match version {
        0 | 1 => {
            fields.skip(4)?;
            offsets = usize::from(fields.byte()?);
            lengths = usize::from(fields.byte()?);
            fields.skip(if version == 0 { 9 } else { 13 })?;
            valid(offsets, lengths)?;
            fields.skip(offsets.checked_mul(2)?)?;
            end = fields.number(offsets)?;
            fields.skip(offsets.checked_mul(2)?)?;
            root = fields.number(offsets)?;
        }
        2 | 3 => {
            offsets = usize::from(fields.byte()?);
            lengths = usize::from(fields.byte()?);
            valid(offsets, lengths)?;
            fields.skip(1_usize.checked_add(offsets.checked_mul(2)?)?)?;
            end = fields.number(offsets)?;
            root = fields.number(offsets)?;
        }
        _ => return None,
    }
    let superblock = Superblock {
        version,
        base,
        end,
        root,
    };
    Some(File {
        bytes: SharedBytes::clone(bytes),
        reads: Cell::new(0),
        read_bytes: Cell::new(0),
        superblock,
        offsets,
        lengths,
    })
}

fn valid(offsets: usize, lengths: usize) -> Option<()> {
    let sizes = [2, 4, 8, 16, 32];
    (sizes.contains(&offsets) && sizes.contains(&lengths)).then_some(())
}
