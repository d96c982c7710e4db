//! Bytes assembled from the lowest bits of elements, and what they turn out to be.
//!
//! A payload of `k` bits to an element is read back as a stream of bits, `k` from each element, either lowest bit
//! first into the lowest bit of a byte or highest first into the highest. Text must be long and varied, and a program
//! or archive must show more than its magic, since all short patterns occur by chance. Nothing is unpacked.

use serde::{Deserialize, Serialize};

use chainwright_core::text::visible;

/// What assembled bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Content {
    /// ASCII text.
    Text,
    /// An ELF program.
    Elf,
    /// A Windows program.
    Pe,
    /// A Mach-O program.
    MachO,
    /// A script with an interpreter line.
    Script,
    /// A pickle.
    Pickle,
    /// A zip, gzip, bzip2, xz or 7z archive.
    Archive,
    /// A document or an image.
    Document,
}

/// Which bits come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Order {
    /// The lowest bit of an element into the lowest free bit of a byte.
    LowFirst,
    /// The highest used bit of an element into the highest free bit of a byte.
    HighFirst,
}

/// Something that was recognised in low bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// What it is.
    pub content: Content,
    /// How many bits of each element carry it.
    pub bits: u8,
    /// Which bits come first.
    pub order: Order,
    /// The element that carries its first byte, or comes a little before.
    pub element: u64,
    /// The first characters of text, made visible.
    pub sample: String,
}

impl Hidden {
    /// Something that fills whole elements of this many bytes from the first one on.
    pub(super) const fn whole(content: Content, width: usize) -> Self {
        Self {
            content,
            bits: width.saturating_mul(8) as u8,
            order: Order::LowFirst,
            element: 0,
            sample: String::new(),
        }
    }
}

/// Characters of text that are shown.
const SHOWN: usize = 60;
/// Printable characters in a row that chance does not give.
const RUN: usize = 64;
/// Different characters that real text has in so many.
const VARIETY: usize = 10;
/// Bytes of the head of a tensor that are assembled.
const HEAD: usize = 256;
/// A head may begin with a length or a key of so many bytes.
const PREFIX: usize = 32;

/// The lowest 24 bits of every element.
pub(super) fn low_bits(bytes: &[u8], width: usize) -> Vec<u32> {
    bytes
        .chunks_exact(width.max(1))
        .map(|raw| {
            let byte = |index: usize| u32::from(raw.get(index).copied().unwrap_or(0));
            byte(0) | (byte(1) << 8) | (byte(2) << 16)
        })
        .collect()
}

/// Looks for something that starts with the first elements of a tensor. `first` is the index of the first element.
pub(super) fn head(elements: &[u32], mantissa: u32, first: u64) -> Option<Hidden> {
    for bits in widths(mantissa) {
        let needed = HEAD.saturating_mul(8).div_ceil(bits as usize);
        let part = elements.get(..needed).unwrap_or(elements);
        for order in [Order::LowFirst, Order::HighFirst] {
            let bytes = assemble(part, bits, order);
            let found = (0..PREFIX.min(bytes.len()))
                .find_map(|at| magic(bytes.get(at..).unwrap_or_default(), at == 0));
            if let Some(content) = found {
                return Some(hidden(content, bits, order, first, &bytes));
            }
            if let Some(text) = text(&bytes) {
                return Some(hidden(Content::Text, bits, order, first, text));
            }
        }
    }
    None
}

/// Looks for text and programs anywhere in the low bits of a block.
pub(super) fn anywhere(elements: &[u32], mantissa: u32, first: u64) -> Option<Hidden> {
    for bits in widths(mantissa) {
        // Whole bytes start only at every so many elements; which ones, is not known.
        let period = 8_u32.wrapping_shr(bits.trailing_zeros().min(3));
        for skip in 0..period {
            let part = elements.get(skip as usize..).unwrap_or_default();
            for order in [Order::LowFirst, Order::HighFirst] {
                let bytes = assemble(part, bits, order);
                let (content, start) = match (text(&bytes), find_magic(&bytes)) {
                    (_, Some((content, start))) => (content, start),
                    (Some(text), None) => {
                        let start = (text.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
                        (Content::Text, start)
                    }
                    (None, None) => continue,
                };
                let element = start
                    .saturating_mul(8)
                    .checked_div(bits as usize)
                    .unwrap_or(0);
                let element = first
                    .saturating_add(u64::from(skip))
                    .saturating_add(element as u64);
                let shown = bytes.get(start..).unwrap_or_default();
                return Some(hidden(content, bits, order, element, shown));
            }
        }
    }
    None
}

/// Text or a program in plain bytes.
pub(super) fn plain(bytes: &[u8]) -> Option<Content> {
    magic(bytes, true).or_else(|| text(bytes).map(|_| Content::Text))
}

fn hidden(content: Content, bits: u32, order: Order, element: u64, bytes: &[u8]) -> Hidden {
    let sample = match content {
        Content::Text | Content::Script => {
            let printable = bytes.iter().take_while(|byte| is_text(**byte));
            let text: String = printable
                .take(SHOWN)
                .map(|byte| char::from(*byte))
                .collect();
            visible(&text, SHOWN)
        }
        _ => String::new(),
    };
    Hidden {
        content,
        bits: bits as u8,
        order,
        element,
        sample,
    }
}

/// How many bits of an element may carry a payload.
fn widths(mantissa: u32) -> impl Iterator<Item = u32> {
    [1, 2, 4, 8, 16, 24, 3, 5, 6, 7, 10, 12]
        .into_iter()
        .filter(move |bits| match mantissa {
            // Replacing whole bytes is done whatever they mean.
            0..=10 => *bits <= 8,
            _ => true,
        })
}

fn assemble(elements: &[u32], bits: u32, order: Order) -> Vec<u8> {
    let mask = 1_u32.wrapping_shl(bits).wrapping_sub(1);
    let mut bytes = Vec::with_capacity(elements.len().saturating_mul(bits as usize) / 8);
    let (mut held, mut count) = (0_u64, 0_u32);
    for element in elements {
        let value = u64::from(element & mask);
        match order {
            Order::LowFirst => held |= value.wrapping_shl(count),
            Order::HighFirst => held = held.wrapping_shl(bits) | value,
        }
        count = count.wrapping_add(bits);
        while count >= 8 {
            count = count.wrapping_sub(8);
            match order {
                Order::LowFirst => {
                    bytes.push(held as u8);
                    held >>= 8;
                }
                Order::HighFirst => bytes.push(held.wrapping_shr(count) as u8),
            }
        }
    }
    bytes
}

/// The first long and varied run of text.
fn text(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    while rest.len() >= RUN {
        let run = rest.iter().take_while(|byte| is_text(**byte)).count();
        let (candidate, behind) = rest.split_at(run);
        if run >= RUN && is_varied(candidate) {
            return Some(candidate);
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    None
}

const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)
}

/// Whether no few characters make up a run.
fn is_varied(run: &[u8]) -> bool {
    let mut counts = [0_u32; 256];
    for byte in run {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.wrapping_add(1);
        }
    }
    let different = counts.iter().filter(|count| **count > 0).count();
    let most = counts.iter().copied().max().unwrap_or(0);
    let words = run
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\n'))
        .count();
    different >= VARIETY
        && u64::from(most).saturating_mul(10) <= (run.len() as u64).saturating_mul(4)
        && words.saturating_mul(10) >= run.len().saturating_mul(6)
}

fn find_magic(bytes: &[u8]) -> Option<(Content, usize)> {
    bytes.iter().enumerate().find_map(|(at, byte)| {
        matches!(
            byte,
            0x7f | b'M' | b'P' | 0xcf | 0xce | b'#' | 0x80 | b'7' | 0xfd | b'%' | b'B'
        )
        .then(|| magic(bytes.get(at..).unwrap_or_default(), false))
        .flatten()
        .map(|content| (content, at))
    })
}

/// What starts here, by a magic and the fields behind it; shorter magics count only at the very start.
fn magic(bytes: &[u8], at_start: bool) -> Option<Content> {
    match bytes {
        [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..] => Some(Content::Elf),
        [b'M', b'Z', ..] if is_pe(bytes) => Some(Content::Pe),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, 7 | 12, 0, 0, 0 | 1, ..] => Some(Content::MachO),
        [b'P', b'K', 3, 4, 10..=63, 0, ..] => Some(Content::Archive),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] | [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            Some(Content::Archive)
        }
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Content::Archive),
        [0x1f, 0x8b, 8, 0 | 8, _, _, _, _, 0 | 2 | 4, 0 | 3 | 255, ..] if at_start => {
            Some(Content::Archive)
        }
        [b'#', b'!', b'/' | b' ', rest @ ..] if rest.len() >= 16 => rest
            .iter()
            .take(16)
            .all(|byte| is_text(*byte))
            .then_some(Content::Script),
        [0x80, 4 | 5, 0x95, _, _, _, 0, 0, 0, 0, 0, ..] => Some(Content::Pickle),
        [0x80, 2 | 3, b'c', rest @ ..] => {
            let name = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
                .count();
            (name >= 2 && rest.get(name) == Some(&b'\n')).then_some(Content::Pickle)
        }
        [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..]
        | [0x89, b'P', b'N', b'G', 13, 10, 26, 10, ..] => Some(Content::Document),
        _ => None,
    }
}

fn is_pe(bytes: &[u8]) -> bool {
    let Some([a, b, c, d]) = bytes.get(0x3c..).and_then(<[u8]>::first_chunk::<4>) else {
        return false;
    };
    let offset = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    bytes
        .get(offset..)
        .is_some_and(|rest| rest.starts_with(b"PE\0\0"))
        || bytes
            .get(..0x80)
            .is_some_and(|stub| stub.windows(12).any(|part| part == b"This program"))
}
