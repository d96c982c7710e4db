//! Snappy as the blocks of LevelDB's tables use it: raw, without frames.
//!
//! Source: <https://github.com/google/snappy/blob/main/format_description.txt>.

use super::tensor::varint;
use chainwright_core::fields::narrow;

/// Unpacks at most `most` bytes; `None` for what is no snappy or longer.
pub(super) fn unpack(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let (length, mut at) = varint(packed, 0)?;
    let length = narrow(length);
    if length > most {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    while out.len() < length {
        let tag = *packed.get(at)?;
        at = at.checked_add(1)?;
        let upper = usize::from(tag >> 2);
        if tag & 3 == 0 {
            let (count, next) = literal(packed, upper, at)?;
            let end = next.checked_add(count)?;
            out.extend_from_slice(packed.get(next..end)?);
            at = end;
        } else {
            let (count, offset, next) = copy(packed, tag, at)?;
            let start = out.len().checked_sub(offset).filter(|_| offset > 0)?;
            for index in start..start.checked_add(count)? {
                out.push(*out.get(index)?);
            }
            at = next;
        }
    }
    (out.len() == length).then_some(out)
}

/// The length of a literal, and where it begins.
fn literal(packed: &[u8], upper: usize, at: usize) -> Option<(usize, usize)> {
    let Some(extra) = upper.checked_sub(59).filter(|extra| *extra > 0) else {
        return Some((upper.checked_add(1)?, at));
    };
    let end = at.checked_add(extra)?;
    let bytes = packed.get(at..end)?.iter().rev();
    let count = bytes.fold(0_usize, |value, byte| {
        value.wrapping_shl(8) | usize::from(*byte)
    });
    Some((count.checked_add(1)?, end))
}

/// The length and the offset of a copy, and the position behind it.
fn copy(packed: &[u8], tag: u8, at: usize) -> Option<(usize, usize, usize)> {
    let byte = |index: usize| {
        packed
            .get(at.checked_add(index)?)
            .map(|byte| usize::from(*byte))
    };
    let upper = usize::from(tag >> 2);
    match tag & 3 {
        1 => {
            let offset = usize::from(tag >> 5).wrapping_shl(8) | byte(0)?;
            Some(((upper & 7).checked_add(4)?, offset, at.checked_add(1)?))
        }
        2 => {
            let offset = byte(0)? | byte(1)?.wrapping_shl(8);
            Some((upper.checked_add(1)?, offset, at.checked_add(2)?))
        }
        _ => {
            let low = byte(0)? | byte(1)?.wrapping_shl(8);
            let high = byte(2)? | byte(3)?.wrapping_shl(8);
            Some((
                upper.checked_add(1)?,
                low | high.wrapping_shl(16),
                at.checked_add(4)?,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_copies_are_unpacked() {
        let packed = [10, 0b0000_1000, b'a', b'b', b'c', 0b0000_1101, 3];
        assert_eq!(
            unpack(&packed, 100).as_deref(),
            Some(b"abcabcabca".as_slice())
        );
        assert_eq!(unpack(&packed, 9), None);
        assert_eq!(
            unpack(&[5, 0b0000_0001, 9], 100),
            None,
            "an offset before the beginning"
        );
        assert_eq!(unpack(&[0xff, 0xff, 0xff, 0x7f], usize::MAX), None);
        assert_eq!(
            unpack(&[2, 0xf0, 1, b'x', b'y'], 100).as_deref(),
            Some(b"xy".as_slice())
        );
    }
}
