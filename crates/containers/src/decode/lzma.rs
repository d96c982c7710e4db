//! LZMA in its wrappers, with the dictionary bounded before it is allocated.
//!
//! The push decompressors of the crate are used, not its readers: those lose what they made in the call that fails,
//! and one of them never returns from some broken chunks.

use std::io::{self, Read};

use lzma_rust2::{Action, Lzma2Stream, LzmaStream, Result, Status, StreamResult, XzStream};

use super::pull::{Input, Pull, Push, Pushed};
use super::{Decoder, Feed, MOST_DICTIONARY, broken, too_large};
use crate::fields::{array_at, u16_at, u32_at};

/// `MOST_DICTIONARY` in the unit of the crate, with room for the probability model.
fn memory_limit_kib() -> u32 {
    u32::try_from(MOST_DICTIONARY / 1024)
        .unwrap_or(u32::MAX)
        .saturating_add(16 * 1024)
}

pub(super) fn xz(input: Input) -> Decoder {
    let stream = XzStream::new_mem_limit(true, memory_limit_kib());
    Box::new(Pull::new(stream, input))
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
pub(super) fn raw(input: Input, properties: &[u8], size: u64) -> io::Result<Decoder> {
    let Some(&bits) = properties.first().filter(|_| properties.len() >= 5) else {
        return Err(broken("lzma properties are missing"));
    };
    let dictionary = bounded(u64::from(u32_at(properties, 1)), size)?;
    let stream = LzmaStream::new_with_props(size, bits, dictionary, None)?;
    Ok(Box::new(Pull::new(stream, input)))
}

pub(super) fn raw2(input: Input, properties: &[u8]) -> io::Result<Decoder> {
    let bits = properties.first().copied().map_or(u32::MAX, u32::from);
    let size = match bits {
        0..=39 => (2 | u64::from(bits & 1)) << (bits / 2).saturating_add(11),
        40 => u64::from(u32::MAX),
        _ => return Err(broken("lzma2 properties are wrong")),
    };
    let dictionary = bounded(size, u64::MAX)?;
    Ok(Box::new(Pull::new(Lzma2Stream::new(dictionary), input)))
}

/// A dictionary never needs to be larger than what comes out.
fn bounded(dictionary: u64, size: u64) -> io::Result<u32> {
    let needed = dictionary.min(size.max(4096));
    if needed > MOST_DICTIONARY {
        return Err(too_large(dictionary));
    }
    u32::try_from(needed).map_err(|_| too_large(dictionary))
}

const fn action(input: &[u8]) -> Action {
    if input.is_empty() {
        Action::Finish
    } else {
        Action::Run
    }
}

fn has_ended(result: Result<StreamResult>) -> io::Result<bool> {
    result.map(|result| result.status == Status::StreamEnd)
}

impl Push for XzStream {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let before = (self.total_in(), self.total_out());
        let result = self.process(input, output, action(input));
        Pushed::between(
            before,
            (self.total_in(), self.total_out()),
            has_ended(result),
        )
    }
}

impl Push for Lzma2Stream {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let before = (self.total_in(), self.total_out());
        let result = self.process(input, output, action(input));
        Pushed::between(
            before,
            (self.total_in(), self.total_out()),
            has_ended(result),
        )
    }
}

impl Push for LzmaStream {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let before = (self.total_in(), self.total_out());
        let result = self.process(input, output, action(input));
        Pushed::between(
            before,
            (self.total_in(), self.total_out()),
            has_ended(result),
        )
    }
}
