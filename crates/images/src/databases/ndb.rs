//! The package database of SUSE's rpm: pages of slots that lead to blobs.
//!
//! Source: rpm `lib/backend/ndb/rpmpkg.c`: a header of `RpmP`, version 0, generation and the number of slot pages;
//! slots of `Slot`, package index, block offset and block count; blobs begin with `BlbS`, package index, generation
//! and length, in blocks of 16 bytes. Numbers are little-endian.

use chainwright_core::fields::{narrow, u32_le};

/// Bytes of a page of slots.
const PAGE: usize = 4096;

/// Bytes of a slot, and of a block.
const UNIT: usize = 16;

/// Slot pages that are read: room for half a million packages.
const MOST_PAGES: u32 = 2_048;

/// The blobs of a database; `None` if it is none.
pub(super) fn blobs(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    if bytes.get(..4) != Some(b"RpmP") || u32_le(bytes, 4) != Some(0) {
        return None;
    }
    let pages = u32_le(bytes, 12)?.min(MOST_PAGES);
    let end = narrow(u64::from(pages)).checked_mul(PAGE)?;
    // The header takes the room of the first two slots.
    let slots = bytes.get(UNIT.checked_mul(2)?..end.min(bytes.len()))?;
    let blobs = slots
        .chunks_exact(UNIT)
        .filter(|slot| slot.starts_with(b"Slot"))
        .filter_map(|slot| blob(bytes, slot))
        .collect();
    Some(blobs)
}

fn blob<'a>(bytes: &'a [u8], slot: &[u8]) -> Option<&'a [u8]> {
    let index = u32_le(slot, 4)?;
    if index == 0 {
        return None;
    }
    let start = narrow(u32_le(slot, 8)?.into()).checked_mul(UNIT)?;
    let head = bytes.get(start..start.checked_add(UNIT)?)?;
    if !head.starts_with(b"BlbS") || u32_le(head, 4) != Some(index) {
        return None;
    }
    let length = narrow(u32_le(head, 12)?.into());
    let begin = start.checked_add(UNIT)?;
    bytes.get(begin..begin.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(blob: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(b"RpmP");
        for word in [0_u32, 1, 1, 2, 0, 0, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(b"Slot");
        for word in [1_u32, 256, 2] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.resize(PAGE, 0);
        bytes.extend(b"BlbS");
        for word in [1, 1, u32::try_from(blob.len()).expect("small")] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(blob);
        bytes
    }

    #[test]
    fn a_slot_leads_to_its_blob() {
        let bytes = database(b"header");
        assert_eq!(blobs(&bytes), Some(vec![&b"header"[..]]));
    }

    #[test]
    fn lies_about_lengths_give_nothing() {
        let whole = database(b"header");
        for end in 0..whole.len() {
            let found = blobs(&whole[..end]).unwrap_or_default();
            assert!(found.is_empty(), "cut at {end}");
        }
    }
}
