//! One tar header block.

use super::BLOCK;
use crate::fields::array_at;

/// What a type flag means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    Hardlink,
    Special,
    Sparse,
    PaxNext,
    PaxGlobal,
    LongName,
    LongLink,
    /// A type of a vendor; read as a file, as POSIX wants it.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checksum {
    Right,
    Wrong,
}

#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) mode: u32,
    pub(super) size: u64,
    pub(super) kind: Kind,
    pub(super) checksum: Checksum,
    /// Old GNU sparse files: whether blocks with further maps follow.
    pub(super) is_continued: bool,
    has_size: bool,
}

impl Header {
    /// Reads a block; `None` when the bytes are too few.
    pub(super) fn parse(block: &[u8]) -> Option<Self> {
        let block: [u8; BLOCK] = array_at(block, 0)?;
        let field =
            |at: usize, length: usize| block.get(at..at.saturating_add(length)).unwrap_or_default();
        let is_ustar = field(257, 5) == b"ustar";
        let is_gnu = field(257, 8) == b"ustar  \0";
        let mut name = until_nul(field(0, 100));
        if is_ustar && !is_gnu {
            let prefix = until_nul(field(345, 155));
            if !prefix.is_empty() {
                name = [prefix, b"/".to_vec(), name].concat();
            }
        }
        let size = number(field(124, 12));
        Some(Self {
            name,
            link: until_nul(field(157, 100)),
            mode: number(field(100, 8))
                .and_then(|mode| u32::try_from(mode & 0o7777).ok())
                .unwrap_or_default(),
            size: size.unwrap_or_default(),
            kind: kind(*block.get(156)?),
            is_continued: block.get(156) == Some(&b'S') && block.get(482) != Some(&0),
            checksum: checksum(&block),
            has_size: size.is_some(),
        })
    }

    /// Whether the fields make sense, checksum aside.
    pub(super) const fn is_plausible(&self) -> bool {
        self.has_size
            && (!self.name.is_empty() || matches!(self.kind, Kind::PaxGlobal | Kind::PaxNext))
    }
}

fn kind(flag: u8) -> Kind {
    match flag {
        0 | b'0' | b'7' => Kind::File,
        b'1' => Kind::Hardlink,
        b'2' => Kind::Symlink,
        b'3' | b'4' | b'6' => Kind::Special,
        b'5' | b'D' => Kind::Directory,
        b'S' => Kind::Sparse,
        b'x' | b'X' => Kind::PaxNext,
        b'g' => Kind::PaxGlobal,
        b'L' => Kind::LongName,
        b'K' => Kind::LongLink,
        _ => Kind::Other,
    }
}

fn until_nul(field: &[u8]) -> Vec<u8> {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    field.get(..end).unwrap_or_default().to_vec()
}

/// Octal digits, or base-256 when the first bit is set (GNU). `None` for negative and unreadable numbers.
fn number(field: &[u8]) -> Option<u64> {
    let first = *field.first()?;
    if first & 0x80 != 0 {
        if first != 0x80 {
            return None;
        }
        return field.iter().skip(1).try_fold(0_u64, |value, byte| {
            value.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let digits = field
        .iter()
        .skip_while(|byte| **byte == b' ')
        .take_while(|byte| !matches!(**byte, 0 | b' '));
    digits.copied().try_fold(0_u64, |value, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 8)?;
        value.checked_mul(8)?.checked_add(u64::from(digit))
    })
}

/// The sum of all bytes with the field itself as spaces; old writers summed signed bytes, and both are accepted.
fn checksum(block: &[u8; BLOCK]) -> Checksum {
    let stored = number(block.get(148..156).unwrap_or_default());
    let bytes = || {
        block.iter().enumerate().map(|(at, byte)| {
            if (148..156).contains(&at) {
                b' '
            } else {
                *byte
            }
        })
    };
    let unsigned: u64 = bytes().map(u64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    let is_right =
        stored == Some(unsigned) || (stored.is_some() && stored == u64::try_from(signed).ok());
    if is_right {
        Checksum::Right
    } else {
        Checksum::Wrong
    }
}
