//! Undoes the filters of a chunk: deflate, shuffle, LZF and checksums. What else there is, is refused by name.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.l "Filter Pipeline"; `H5Zshuffle.c`, `H5Zfletcher32.c`;
//! `lzf_filter.c` of h5py and the format of LibLZF.

use std::io::Read as _;

use chainwright_core::bytes::ReadError;
use chainwright_core::fields::narrow;
use chainwright_keras::hdf5::Filter;

const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const FLETCHER: u16 = 3;
const LZF: u16 = 32_000;

/// Filters that are known by name only.
const NAMES: &[(u16, &str)] = &[
    (4, "szip"),
    (5, "n-bit"),
    (6, "scale-offset"),
    (307, "bzip2"),
    (32_001, "Blosc"),
    (32_004, "LZ4"),
    (32_008, "bitshuffle"),
    (32_013, "ZFP"),
    (32_015, "Zstandard"),
    (32_026, "Blosc2"),
];

/// Why these filters cannot be undone.
pub(super) fn unfit(filters: &[Filter]) -> Option<String> {
    let strange = filters
        .iter()
        .find(|filter| !matches!(filter.id, DEFLATE | SHUFFLE | FLETCHER | LZF))?;
    let known = NAMES.iter().find(|(id, _)| *id == strange.id);
    Some(match known {
        Some((_, name)) => format!("it is compressed with {name}, which is not undone"),
        None => format!("it went through the unknown filter {}", strange.id),
    })
}

/// The bytes before the filters were applied; never more than twice `expected` and a little.
pub(super) fn undo(
    mut bytes: Vec<u8>,
    filters: &[Filter],
    skipped: u32,
    element: usize,
    expected: usize,
) -> Result<Vec<u8>, ReadError> {
    let most = expected.saturating_mul(2).saturating_add(4096);
    for (index, filter) in filters.iter().enumerate().rev() {
        let bit = u32::try_from(index)
            .ok()
            .and_then(|at| 1_u32.checked_shl(at));
        if bit.is_some_and(|bit| skipped & bit != 0) {
            continue;
        }
        bytes = match filter.id {
            DEFLATE => inflate(&bytes, most)?,
            SHUFFLE => {
                let width = filter.values.first().map(|width| narrow(u64::from(*width)));
                unshuffle(bytes, width.unwrap_or(element))
            }
            FLETCHER => {
                let length = bytes.len().checked_sub(4).ok_or_else(corrupt)?;
                bytes.truncate(length);
                bytes
            }
            LZF => unpack(&bytes, most).ok_or_else(corrupt)?,
            _ => return Err(corrupt()),
        };
    }
    Ok(bytes)
}

pub(super) fn corrupt() -> ReadError {
    ReadError::Corrupt("a chunk of an HDF5 dataset".to_owned())
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, ReadError> {
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::ZlibDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|error| ReadError::Corrupt(error.to_string()))?;
    if out.len() > most {
        return Err(corrupt());
    }
    Ok(out)
}

/// Byte 0 of every element, byte 1 of every element, and so on; what does not fill an element follows as it is.
fn unshuffle(bytes: Vec<u8>, width: usize) -> Vec<u8> {
    let count = bytes.len().checked_div(width).unwrap_or(0);
    if width <= 1 || count <= 1 {
        return bytes;
    }
    let mut out = bytes.clone();
    let whole = count.saturating_mul(width);
    for (plane, from) in bytes.chunks_exact(count).take(width).enumerate() {
        let to = out.get_mut(plane..whole).unwrap_or_default();
        for (to, from) in to.iter_mut().step_by(width).zip(from) {
            *to = *from;
        }
    }
    out
}

/// LZF: literals and copies of what was already written.
fn unpack(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    let mut bytes = packed.iter();
    while let Some(&control) = bytes.next() {
        let control = usize::from(control);
        if control < 32 {
            let (literal, rest) = bytes.as_slice().split_at_checked(control.checked_add(1)?)?;
            out.extend_from_slice(literal);
            bytes = rest.iter();
        } else {
            let mut length = control >> 5;
            if length == 7 {
                length = length.checked_add(usize::from(*bytes.next()?))?;
            }
            let low = usize::from(*bytes.next()?);
            let back = ((control & 31) << 8 | low).checked_add(1)?;
            let start = out.len().checked_sub(back)?;
            for index in start..start.checked_add(length)?.checked_add(2)? {
                out.push(*out.get(index)?);
            }
        }
        if out.len() > most {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_bytes_are_put_back() {
        let shuffled = vec![1, 3, 5, 2, 4, 6, 9];
        assert_eq!(unshuffle(shuffled, 2), [1, 2, 3, 4, 5, 6, 9]);
        assert_eq!(unshuffle(vec![1, 2, 3], 1), [1, 2, 3]);
        assert_eq!(unshuffle(vec![1, 2, 3], 0), [1, 2, 3]);
        assert_eq!(unshuffle(vec![1, 2, 3], 8), [1, 2, 3]);
    }

    #[test]
    fn literals_and_copies_are_unpacked() {
        let packed = [2, b'a', b'b', b'c', 0x80, 2];
        assert_eq!(
            unpack(&packed, 100).as_deref(),
            Some(b"abcabcabc".as_slice())
        );
        assert_eq!(unpack(&packed, 8), None, "too long");
        assert_eq!(unpack(&[0x20, 0], 100), None, "before the beginning");
        assert_eq!(unpack(&[5, b'a'], 100), None, "cut");
    }
}
