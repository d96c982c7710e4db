//! LZMA in its wrappers, with the dictionary bounded before it is allocated.

use std::io::{self, Read};

use lzma_rust2::{Lzma2Reader, LzmaReader, XzReader};

use super::{Decoder, Feed, MOST_DICTIONARY, broken, too_large};
use crate::fields::{array_at, u16_at, u32_at};

/// `MOST_DICTIONARY` in the unit of the crate, with room for the probability model.
fn memory_limit_kib() -> u32 {
    u32::try_from(MOST_DICTIONARY / 1024)
        .unwrap_or(u32::MAX)
        .saturating_add(16 * 1024)
}

pub(super) fn xz(feed: Feed) -> Decoder {
    Box::new(XzReader::new_mem_limit(feed, true, memory_limit_kib()))
}

pub(super) fn alone(mut feed: Feed) -> io::Result<Decoder> {
    let mut header = [0; 13];
    feed.read_exact(&mut header)?;
    let size = array_at(&header, 5).map_or(u64::MAX, u64::from_le_bytes);
    raw(Box::new(feed), &header, size)
}

/// APPNOTE 5.8.8: version, size of the properties, properties, raw stream.
pub(super) fn zip_member(mut feed: Feed) -> io::Result<Decoder> {
    let mut header = [0; 4];
    feed.read_exact(&mut header)?;
    let size = usize::from(u16_at(&header, 2));
    if !(5..=64).contains(&size) {
        return Err(broken("lzma properties of an impossible size"));
    }
    let mut properties = vec![0; size];
    feed.read_exact(&mut properties)?;
    raw(Box::new(feed), &properties, u64::MAX)
}

/// A raw stream; `size` is `u64::MAX` when only an end mark or the end of the bytes ends it.
pub(super) fn raw(packed: Decoder, properties: &[u8], size: u64) -> io::Result<Decoder> {
    let Some(&bits) = properties.first().filter(|_| properties.len() >= 5) else {
        return Err(broken("lzma properties are missing"));
    };
    let dictionary = bounded(u64::from(u32_at(properties, 1)), size)?;
    let mut reader = LzmaReader::new_with_props(packed, size, bits, dictionary, None)?;
    reader.set_defer_errors(true);
    Ok(Box::new(reader))
}

pub(super) fn raw2(packed: Decoder, properties: &[u8]) -> io::Result<Decoder> {
    let bits = properties.first().copied().map_or(u32::MAX, u32::from);
    let size = match bits {
        0..=39 => (2 | u64::from(bits & 1)) << (bits / 2).saturating_add(11),
        40 => u64::from(u32::MAX),
        _ => return Err(broken("lzma2 properties are wrong")),
    };
    let dictionary = bounded(size, u64::MAX)?;
    Ok(Box::new(Lzma2Reader::new(packed, dictionary, None)))
}

/// A dictionary never needs to be larger than what comes out.
fn bounded(dictionary: u64, size: u64) -> io::Result<u32> {
    let needed = dictionary.min(size.max(4096));
    if needed > MOST_DICTIONARY {
        return Err(too_large(dictionary));
    }
    u32::try_from(needed).map_err(|_| too_large(dictionary))
}
