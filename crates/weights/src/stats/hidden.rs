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

/// The lowest 32 bits of every element.
pub(super) fn low_bits(bytes: &[u8], width: usize) -> Vec<u32> {
    bytes
        .chunks_exact(width.max(1))
        .map(|raw| {
            let byte = |index: usize| u32::from(raw.get(index).copied().unwrap_or(0));
            byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)
        })
        .collect()
}

/// Whether text in the low bits of these elements can be nothing but planted. Numbers that lie close together, or that
/// rise or fall steadily, spell text as well; then the bits above vary little, the bytes go one way, or the bits of
/// a byte have no place of their own among the elements.
fn is_planted(elements: &[u32], bits: u32, text: &[u8]) -> bool {
    let mut above: Vec<u32> = elements
        .iter()
        .map(|element| element.wrapping_shr(bits))
        .collect();
    above.sort_unstable();
    above.dedup();
    let steps = text
        .windows(2)
        .filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    let count = text.len().saturating_sub(1).max(1) as f32;
    let rising = steps.clone().filter(|(first, second)| second > first);
    let rising = rising.count() as f32 / count;
    let small = steps.filter(|(first, second)| first.abs_diff(*second) <= 2);
    let small = small.count() as f32 / count;
    let enough = if bits >= 24 { 4 } else { 16 };
    above.len() >= enough
        && (0.2..0.8).contains(&rising)
        && small < 0.5
        && (bits.is_multiple_of(8) || rhythm(elements, bits) > 60.0)
}

/// The strongest rhythm of eight elements in the lowest bits: chi-square with 7 degrees of freedom.
fn rhythm(elements: &[u32], bits: u32) -> f32 {
    let (groups, _) = elements.as_chunks::<8>();
    let lanes = groups.len() as f32;
    let mut strongest = 0.0_f32;
    for bit in 0..bits {
        let mut ones = [0.0_f32; 8];
        for group in groups {
            for (sum, element) in ones.iter_mut().zip(group) {
                *sum += (element.wrapping_shr(bit) & 1) as f32;
            }
        }
        let rate = ones.iter().sum::<f32>() / (8.0 * lanes).max(1.0);
        let scale = (lanes * rate * (1.0 - rate)).max(0.25);
        let squares = ones.iter().map(|sum| (sum - rate * lanes).powi(2) / scale);
        strongest = strongest.max(squares.sum());
    }
    strongest
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
            if let Some((text, _)) = text(&bytes)
                && is_planted(part, bits, text)
            {
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
                let planted = |(text, start): (&[u8], usize)| {
                    let place = |byte: usize| byte.saturating_mul(8).checked_div(bits as usize);
                    let from = place(start)?;
                    let to = place(start.saturating_add(text.len()))?.min(part.len());
                    is_planted(part.get(from..to)?, bits, text).then_some((Content::Text, start))
                };
                let found = find_magic(&bytes).or_else(|| text(&bytes).and_then(planted));
                let Some((content, start)) = found else {
                    continue;
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

/// The first long and varied run of text, and where it starts.
fn text(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut rest = bytes;
    while rest.len() >= RUN {
        let run = rest.iter().take_while(|byte| is_text(**byte)).count();
        let (candidate, behind) = rest.split_at(run);
        if run >= RUN && is_varied(candidate) {
            return Some((candidate, bytes.len().saturating_sub(rest.len())));
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
        [
            b'P',
            b'K',
            3,
            4,
            10..=63,
            0,
            _,
            0 | 8,
            0 | 8 | 12 | 14 | 93,
            0,
            ..,
        ] => Some(Content::Archive),
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
        [0x80, 4 | 5, 0x95, _, _, _, 0, 0, 0, 0, 0, first, rest @ ..] => {
            let starts = match first {
                0x8c => rest
                    .split_first()
                    .is_some_and(|(length, text)| is_name(text, usize::from(*length))),
                b'}' | b']' | b'(' | b')' => rest.first() == Some(&0x94),
                _ => false,
            };
            starts.then_some(Content::Pickle)
        }
        [0x80, 2 | 3, b'c', rest @ ..] => {
            let mut lines = rest.split(|byte| *byte == b'\n');
            let named = |line: Option<&[u8]>| line.is_some_and(|line| is_name(line, line.len()));
            (named(lines.next()) && named(lines.next())).then_some(Content::Pickle)
        }
        [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', ..]
        | [0x89, b'P', b'N', b'G', 13, 10, 26, 10, ..] => Some(Content::Document),
        _ => None,
    }
}

/// Whether so many bytes are a name of Python.
fn is_name(bytes: &[u8], length: usize) -> bool {
    (3..64).contains(&length)
        && bytes.get(..length).is_some_and(|name| {
            name.iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        })
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
