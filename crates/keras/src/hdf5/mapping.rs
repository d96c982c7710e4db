//! The source files of a virtual dataset, from its block in the global heap.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.i "Virtual storage", VIII.B "Dataspace selections".

use std::collections::BTreeSet;

use chainwright_core::fields::narrow;

use super::file::File;
use super::heap;
use crate::data::Fields;

/// Source files that are kept of one dataset.
const SOURCES: usize = 64;
/// Mappings of one dataset that are read.
const MAPPINGS: u64 = 100_000;

/// What a virtual dataset maps.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// The distinct file names; `.` is the file itself.
    pub(super) files: BTreeSet<Vec<u8>>,
    /// There is more that was not understood.
    pub(super) partial: bool,
}

/// Reads the mapping of a virtual dataset.
pub(super) fn sources(file: &File, address: u64, object: u64) -> Sources {
    let mut found = Sources::default();
    found.partial = !file.is_defined(address)
        || heap::global(file, address, object)
            .and_then(|block| read(file, &block, &mut found.files))
            .is_none();
    found
}

fn read(file: &File, block: &[u8], found: &mut BTreeSet<Vec<u8>>) -> Option<()> {
    let mut fields = Fields::new(block);
    let version = fields.byte()?;
    let entries = file.length(&mut fields)?;
    for index in 0..entries.min(MAPPINGS) {
        // Version 1 (HDF5 2.0) may refer to the name of an earlier entry instead of repeating it.
        let flags = if version == 0 { 0 } else { fields.byte()? };
        let name = match flags & 5 {
            0 => fields.text()?.to_vec(),
            1 if index > 0 => {
                file.length(&mut fields)?;
                Vec::new()
            }
            4 => b".".to_vec(),
            _ => return None,
        };
        if found.len() < SOURCES && !name.is_empty() {
            found.insert(name);
        }
        if flags & 2 == 0 {
            fields.text()?;
        } else {
            file.length(&mut fields)?;
        }
        selection(&mut fields)?;
        selection(&mut fields)?;
    }
    (entries <= MAPPINGS).then_some(())
}

/// Skips a serialised selection.
fn selection(fields: &mut Fields<'_>) -> Option<()> {
    let kind = fields.word()?;
    let version = fields.word()?;
    match (kind, version) {
        (0 | 3, _) => fields.skip(8),
        (1 | 2, 1) => {
            fields.skip(4)?;
            let length = fields.word()?;
            fields.skip(narrow(u64::from(length)))
        }
        (2, 2) => {
            fields.skip(5)?;
            let rank = usize::try_from(fields.word()?).ok()?;
            fields.skip(rank.checked_mul(32)?)
        }
        (2, 3) => {
            let flags = fields.byte()?;
            let width = usize::from(fields.byte()?);
            let rank = usize::try_from(fields.word()?).ok()?;
            let numbers = if flags & 1 != 0 {
                rank.checked_mul(4)?
            } else {
                let blocks = usize::try_from(fields.number(width)?).ok()?;
                rank.checked_mul(2)?.checked_mul(blocks)?
            };
            fields.skip(numbers.checked_mul(width)?)
        }
        (1, 2) => {
            let width = usize::from(fields.byte()?);
            let rank = usize::try_from(fields.word()?).ok()?;
            let points = usize::try_from(fields.number(width)?).ok()?;
            fields.skip(rank.checked_mul(points)?.checked_mul(width)?)
        }
        _ => None,
    }
}
