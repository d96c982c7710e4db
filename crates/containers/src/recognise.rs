//! Which container readers would take the bytes. Names and extensions play no part.
//!
//! Called for every file, so it looks at the first pages and at the last 64 KiB, where zip keeps its directory.

use chainwright_core::bytes::{ByteSource, read_range};
use flate2::{Decompress, FlushDecompress, Status};

use crate::decode::MOST_DICTIONARY;
use crate::fields::{array_at, u16_at, u32_at, u64_at};
use crate::kind::ContainerKind;
use crate::{tar, zip};

const HEAD: usize = 4096;

/// Which container readers recognise the bytes; several may, as in a polyglot. Sorted by kind.
#[must_use]
pub fn recognise(source: &dyn ByteSource) -> Vec<ContainerKind> {
    let Ok(head) = read_range(source, 0, HEAD) else {
        return Vec::new();
    };
    let mut kinds = Vec::new();
    if zip::is_zip(source, &head) {
        kinds.push(ContainerKind::Zip);
    }
    if tar::is_tar(&head) {
        kinds.push(ContainerKind::Tar);
    }
    let is_whole = source.size() <= crate::fields::offset(head.len());
    kinds.extend(by_magic(&head, is_whole));
    kinds
}

fn by_magic(head: &[u8], is_whole: bool) -> Option<ContainerKind> {
    let magics: [(&[u8], ContainerKind); 8] = [
        (b"7z\xbc\xaf\x27\x1c", ContainerKind::SevenZip),
        (b"Rar!\x1a\x07", ContainerKind::Rar),
        (b"\x1f\x8b\x08", ContainerKind::Gzip),
        (b"\xfd7zXZ\0", ContainerKind::Xz),
        (b"\x28\xb5\x2f\xfd", ContainerKind::Zstd),
        (b"\x04\x22\x4d\x18", ContainerKind::Lz4Frame),
        (b"\x02\x21\x4c\x18", ContainerKind::Lz4Frame),
        (b"ZF0x", ContainerKind::JoblibZ),
    ];
    let exact = magics.iter().find(|(magic, _)| head.starts_with(magic));
    if let Some((_, kind)) = exact {
        return Some(*kind);
    }
    if is_bzip2(head) {
        Some(ContainerKind::Bzip2)
    } else if is_skippable_zstd(head) {
        Some(ContainerKind::Zstd)
    } else if is_zlib(head, is_whole) {
        Some(ContainerKind::Zlib)
    } else if is_lzma_alone(head) {
        Some(ContainerKind::LzmaAlone)
    } else {
        None
    }
}

/// A level digit and the magic number of a block or of the end.
fn is_bzip2(head: &[u8]) -> bool {
    if !head.starts_with(b"BZh") {
        return false;
    }
    let level = head
        .get(3)
        .is_some_and(|level| (b'1'..=b'9').contains(level));
    let block = head.get(4..10);
    level
        && (block == Some(b"\x31\x41\x59\x26\x53\x59".as_slice())
            || block == Some(b"\x17\x72\x45\x38\x50\x90".as_slice()))
}

/// Whether a zstandard frame follows the skippable frame at the start, as far as the head shows.
fn is_skippable_zstd(head: &[u8]) -> bool {
    let is_skippable = head.get(1..4) == Some(b"\x2a\x4d\x18".as_slice())
        && head.first().is_some_and(|byte| byte >> 4 == 5);
    if !is_skippable {
        return false;
    }
    let behind = usize::try_from(u32_at(head, 4))
        .ok()
        .and_then(|size| size.checked_add(8))
        .and_then(|at| array_at::<4>(head, at));
    behind.is_none_or(|magic| magic == [0x28, 0xb5, 0x2f, 0xfd] || magic.get(1..) == head.get(1..4))
}

/// RFC 1950 section 2.2, and the first bytes must inflate: two bytes alone match one text in a thousand.
fn is_zlib(head: &[u8], is_whole: bool) -> bool {
    let (Some(&method), Some(&flags)) = (head.first(), head.get(1)) else {
        return false;
    };
    let check = u16::from_be_bytes([method, flags]);
    let is_header = method & 15 == 8 && method >> 4 <= 7 && check % 31 == 0 && flags & 32 == 0;
    if !is_header {
        return false;
    }
    let mut out = vec![0; 8192];
    // Without the wrapper, so that a wrong checksum behind the content doesn't matter.
    let mut inflate = Decompress::new(false);
    let body = head.get(2..).unwrap_or_default();
    match inflate.decompress(body, &mut out, FlushDecompress::None) {
        Ok(Status::StreamEnd) => true,
        // Random bytes run into an invalid code sooner or later.
        Ok(Status::Ok | Status::BufError) => inflate.total_out() >= 16 || !is_whole,
        Err(_) => {
            let is_pickle = out.first() == Some(&0x80)
                && out
                    .get(1)
                    .is_some_and(|protocol| (2..=5).contains(protocol));
            inflate.total_out() >= 4 && is_pickle
        }
    }
}

/// The properties that liblzma writes, a dictionary size it accepts, and the zero that starts every range coder.
fn is_lzma_alone(head: &[u8]) -> bool {
    let Some(size) = u64_at(head, 5) else {
        return false;
    };
    let dictionary = u32_at(head, 1);
    let is_step = dictionary.count_ones() == 1
        || (dictionary.count_ones() == 2 && (dictionary & (dictionary >> 1)) != 0)
        || dictionary == u32::MAX;
    let has_plausible_size = size == u64::MAX || (size > 0 && size < 1 << 40);
    // `]` and two zeros are what joblib looks for; other properties are legal and rare.
    head.first() == Some(&0x5d)
        && u16_at(head, 1) == 0
        && is_step
        && u64::from(dictionary) <= MOST_DICTIONARY.saturating_mul(32)
        && has_plausible_size
        && head.get(13) == Some(&0)
}
