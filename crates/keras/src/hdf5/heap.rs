//! Heaps: where names, variable-length values and dense storage lie.
//!
//! Source: HDF5 File Format Specification 3.0, III.C "Local Heap", III.D "Global Heap", III.G "Fractal Heap".

use chainwright_core::fields::{narrow, wide};

use super::file::File;
use super::tree;
use crate::data::Fields;

/// Direct blocks of one fractal heap that are remembered.
const DIRECT_BLOCKS: usize = 65_536;
/// A text in a local heap that is read.
const TEXT_LIMIT: usize = 65_536;
/// Objects looked through in one global heap collection.
const COLLECTION_OBJECTS: usize = 65_536;

/// A local heap: the names of an old group, the file names of external storage.
#[derive(Debug, Clone)]
pub(super) struct LocalHeap {
    data: Vec<u8>,
}

impl LocalHeap {
    pub(super) fn open(file: &File, address: u64) -> Option<Self> {
        let head = file.at(address, 64)?;
        let mut fields = Fields::new(&head);
        if fields.take(4)? != b"HEAP" {
            return None;
        }
        fields.skip(4)?;
        let length = file.length(&mut fields)?;
        file.length(&mut fields)?;
        let data = file.address(&mut fields)?;
        Some(Self {
            data: file.at(data, length)?,
        })
    }

    /// The zero-terminated text at an offset.
    pub(super) fn text(&self, offset: u64) -> Option<&[u8]> {
        let rest = self.data.get(narrow(offset)..)?;
        let end = rest.iter().take(TEXT_LIMIT).position(|&byte| byte == 0)?;
        rest.get(..end)
    }
}

/// The object with an index in the global heap collection at an address.
pub(super) fn global(file: &File, address: u64, index: u64) -> Option<Vec<u8>> {
    let (at, length) = global_place(file, address, index)?;
    file.exactly(at, length)
}

/// Address and length of an object in a global heap collection.
pub(super) fn global_place(file: &File, address: u64, index: u64) -> Option<(u64, u64)> {
    let head = file.at(address, 64)?;
    let mut fields = Fields::new(&head);
    if fields.take(4)? != b"GCOL" {
        return None;
    }
    fields.skip(4)?;
    let size = file.length(&mut fields)?;
    let end = address.checked_add(size)?;
    let frame = 8_usize.checked_add(file.lengths)?;
    let mut at = address.checked_add(wide(fields.position()))?;
    for _ in 0..COLLECTION_OBJECTS {
        if at >= end {
            return None;
        }
        let entry = file.exactly(at, wide(frame))?;
        let mut fields = Fields::new(&entry);
        let found = u64::from(fields.short()?);
        fields.skip(6)?;
        let length = file.length(&mut fields)?;
        if found == 0 {
            return None;
        }
        let content = at.checked_add(wide(frame))?;
        if found == index {
            return Some((content, length));
        }
        at = content.checked_add(length.checked_next_multiple_of(8)?)?;
    }
    None
}

struct DirectBlock {
    /// Where its bytes begin in the address space of the heap.
    offset: u64,
    length: u64,
    address: u64,
}

/// A fractal heap: dense links and attributes.
pub(super) struct FractalHeap {
    blocks: Vec<DirectBlock>,
    /// Its blocks are compressed, or there are more than are remembered.
    pub(super) partial: bool,
    identifier: usize,
    offset_width: usize,
    length_width: usize,
    huge: u64,
    extended_tiny: bool,
}

struct Shape {
    header: u64,
    width: u64,
    start: u64,
    largest_direct: u64,
    offset_width: usize,
}

/// Bytes that hold every number up to a limit (`H5VM_limit_enc_size`).
pub(super) fn encoded_width(limit: u64) -> usize {
    let log = limit.checked_ilog2().unwrap_or(0);
    narrow(u64::from(log / 8)).saturating_add(1)
}

impl FractalHeap {
    pub(super) fn open(file: &File, address: u64) -> Option<Self> {
        let head = file.at(address, 512)?;
        let mut fields = Fields::new(&head);
        if fields.take(4)? != b"FRHP" {
            return None;
        }
        fields.skip(1)?;
        let identifier = usize::from(fields.short()?);
        let filters = fields.short()?;
        fields.skip(1)?;
        let largest_managed = u64::from(fields.word()?);
        file.length(&mut fields)?;
        let huge = file.address(&mut fields)?;
        file.length(&mut fields)?;
        file.address(&mut fields)?;
        fields.skip(file.lengths.checked_mul(8)?)?;
        let width = u64::from(fields.short()?);
        let start = file.length(&mut fields)?;
        let largest_direct = file.length(&mut fields)?;
        let bits = usize::from(fields.short()?);
        fields.skip(2)?;
        let root = file.address(&mut fields)?;
        let rows = u64::from(fields.short()?);
        if width == 0 || start == 0 || largest_direct < start {
            return None;
        }
        let shape = Shape {
            header: address,
            width,
            start,
            largest_direct,
            offset_width: bits.div_ceil(8),
        };
        let mut heap = Self {
            blocks: Vec::new(),
            partial: filters != 0,
            identifier,
            offset_width: shape.offset_width,
            length_width: encoded_width(largest_direct).min(encoded_width(largest_managed)),
            huge,
            extended_tiny: identifier > 18,
        };
        if !heap.partial {
            heap.collect(file, &shape, root, rows);
        }
        Some(heap)
    }

    fn collect(&mut self, file: &File, shape: &Shape, root: u64, rows: u64) {
        if !file.is_defined(root) {
            return;
        }
        if rows == 0 {
            self.blocks.push(DirectBlock {
                offset: 0,
                length: shape.start,
                address: root,
            });
            return;
        }
        // Indirect blocks wait on a stack; a block inside itself has a smaller size each time, so this ends.
        let mut waiting = vec![(root, rows, 0_u64)];
        while let Some((address, rows, offset)) = waiting.pop() {
            if self.blocks.len() >= DIRECT_BLOCKS || waiting.len() >= DIRECT_BLOCKS {
                self.partial = true;
                return;
            }
            if self
                .indirect(file, shape, address, rows, offset, &mut waiting)
                .is_none()
            {
                self.partial = true;
            }
        }
        self.blocks.sort_by_key(|block| block.offset);
    }

    fn indirect(
        &mut self,
        file: &File,
        shape: &Shape,
        address: u64,
        rows: u64,
        offset: u64,
        waiting: &mut Vec<(u64, u64, u64)>,
    ) -> Option<()> {
        let entries = rows.checked_mul(shape.width)?;
        let frame = wide(
            5_usize
                .checked_add(file.offsets)?
                .checked_add(shape.offset_width)?,
        );
        let length = entries
            .checked_mul(wide(file.offsets))?
            .checked_add(frame)?;
        let data = file.at(address, length)?;
        let mut fields = Fields::new(&data);
        if fields.take(4)? != b"FHIB" {
            return None;
        }
        fields.skip(1)?;
        if file.address(&mut fields)? != shape.header {
            return None;
        }
        fields.skip(shape.offset_width)?;
        let mut next = offset;
        for row in 0..rows {
            let doublings = u32::try_from(row.saturating_sub(1)).ok()?;
            let size = shape.start.checked_mul(1_u64.checked_shl(doublings)?)?;
            for _ in 0..shape.width {
                let child = file.address(&mut fields)?;
                if file.is_defined(child) {
                    if size <= shape.largest_direct {
                        self.blocks.push(DirectBlock {
                            offset: next,
                            length: size,
                            address: child,
                        });
                    } else {
                        let first = shape.start.checked_mul(shape.width)?;
                        let rows = size.checked_ilog2()?.checked_sub(first.checked_ilog2()?)?;
                        waiting.push((child, u64::from(rows).checked_add(1)?, next));
                    }
                }
                next = next.checked_add(size)?;
            }
        }
        Some(())
    }

    /// The object behind a heap identifier.
    pub(super) fn object(&self, file: &File, identifier: &[u8]) -> Option<(u64, Vec<u8>)> {
        let mut fields = Fields::new(identifier);
        let flags = fields.byte()?;
        match (flags >> 4) & 3 {
            0 => {
                let offset = fields.number(self.offset_width)?;
                let length = fields.number(self.length_width)?;
                let after = self.blocks.partition_point(|block| block.offset <= offset);
                let block = self.blocks.get(after.checked_sub(1)?)?;
                let inside = offset.checked_sub(block.offset)?;
                if inside.checked_add(length)? > block.length {
                    return None;
                }
                let address = block.address.checked_add(inside)?;
                Some((address, file.exactly(address, length)?))
            }
            1 => self.huge(file, fields),
            2 => {
                let mut length = usize::from(flags & 15);
                if self.extended_tiny {
                    length = length.checked_shl(8)? | usize::from(fields.byte()?);
                }
                let content = fields.take(length.checked_add(1)?)?;
                Some((u64::MAX, content.to_vec()))
            }
            _ => None,
        }
    }

    /// A huge object lies by itself; its address is in the identifier if that is long enough, otherwise in a tree.
    fn huge(&self, file: &File, mut fields: Fields<'_>) -> Option<(u64, Vec<u8>)> {
        let direct = file.offsets.checked_add(file.lengths)?.checked_add(1)?;
        if self.identifier >= direct {
            let address = file.address(&mut fields)?;
            let length = file.length(&mut fields)?;
            return Some((address, file.exactly(address, length)?));
        }
        let width = self.identifier.saturating_sub(1).min(file.lengths);
        let wanted = fields.number(width)?;
        let mut found = None;
        tree::second(file, self.huge, &mut |record| {
            let mut fields = Fields::new(record);
            let address = file.address(&mut fields)?;
            let length = file.length(&mut fields)?;
            if file.length(&mut fields)? == wanted {
                found = Some((address, length));
            }
            Some(())
        });
        let (address, length) = found?;
        Some((address, file.exactly(address, length)?))
    }
}
