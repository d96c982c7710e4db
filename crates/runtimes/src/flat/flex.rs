//! Flexbuffers, as far as TensorFlow Lite writes the options of its custom operators with them: a list or map of
//! short values.
//!
//! Only what is asked for is decoded: texts and bytes at the top level. Everything is checked against the slice.
//!
//! Source: `include/flatbuffers/flexbuffers.h` of google/flatbuffers.

use chainwright_core::fields::{narrow, u16_le, u32_le, u64_le, wide};

/// Values that are looked at.
const VALUES: u64 = 256;

const KEY: u8 = 4;
const STRING: u8 = 5;
const MAP: u8 = 9;
const VECTOR: u8 = 10;
const BLOB: u8 = 25;

/// The texts and byte strings in the root list or map, in order; none if the root is anything else.
pub(crate) fn texts(bytes: &[u8]) -> Vec<&[u8]> {
    read(bytes).unwrap_or_default()
}

fn read(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let width_of_root = u64::from(*bytes.last()?);
    let packed = *bytes.get(bytes.len().checked_sub(2)?)?;
    let slot = wide(bytes.len())
        .checked_sub(2)?
        .checked_sub(width_of_root)?;
    let root = follow(bytes, slot, width_of_root)?;
    let width = 1_u64 << (packed & 3);
    match packed >> 2 {
        VECTOR | MAP => list(bytes, root, width),
        STRING | BLOB => Some(vec![sized(bytes, root, width)?]),
        _ => None,
    }
}

fn list(bytes: &[u8], start: u64, width: u64) -> Option<Vec<&[u8]>> {
    let count = number(bytes, start.checked_sub(width)?, width)?.min(VALUES);
    let stated = number(bytes, start.checked_sub(width)?, width)?;
    let types = start.checked_add(stated.checked_mul(width)?)?;
    let mut found = Vec::new();
    for index in 0..count {
        let packed = *bytes.get(narrow(types.checked_add(index)?))?;
        let slot = start.checked_add(index.checked_mul(width)?)?;
        let inner_width = 1_u64 << (packed & 3);
        let value = match packed >> 2 {
            STRING | BLOB => {
                follow(bytes, slot, width).and_then(|at| sized(bytes, at, inner_width))
            }
            KEY => follow(bytes, slot, width).and_then(|at| terminated(bytes, at)),
            _ => None,
        };
        found.extend(value);
    }
    Some(found)
}

fn sized(bytes: &[u8], at: u64, width: u64) -> Option<&[u8]> {
    let length = number(bytes, at.checked_sub(width)?, width)?;
    bytes.get(narrow(at)..narrow(at.checked_add(length)?))
}

fn terminated(bytes: &[u8], at: u64) -> Option<&[u8]> {
    let rest = bytes.get(narrow(at)..)?;
    let end = memchr::memchr(0, rest)?;
    rest.get(..end)
}

fn follow(bytes: &[u8], slot: u64, width: u64) -> Option<u64> {
    slot.checked_sub(number(bytes, slot, width)?)
}

fn number(bytes: &[u8], at: u64, width: u64) -> Option<u64> {
    let at = narrow(at);
    match width {
        1 => bytes.get(at).copied().map(u64::from),
        2 => u16_le(bytes, at).map(u64::from),
        4 => u32_le(bytes, at).map(u64::from),
        8 => u64_le(bytes, at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_texts_is_read_and_damage_is_not_followed() {
        // ["ab", <3 bytes>] as the reference builder writes it.
        let written = [
            2, b'a', b'b', 0, 3, 1, 2, 3, 2, 8, 5, 0x14, 0x64, 4, 0x28, 1,
        ];
        assert_eq!(texts(&written), [b"ab".as_slice(), &[1, 2, 3]]);
        for end in 0..written.len() {
            for value in [0, 0x7f, 0xff] {
                let mut damaged = written;
                damaged[end] = value;
                assert!(texts(&damaged).len() <= 2);
                assert!(texts(&written[..end]).len() <= 2);
            }
        }
    }
}
