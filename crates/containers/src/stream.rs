//! Formats that compress one stream: gzip, bzip2, xz, lzma, zlib, lz4, zstandard.
//!
//! They hold one member. Its name is the one stored in a gzip header, else empty: what a loader calls it depends on
//! the name of the file.

use crate::collector::Collector;
use crate::decode::Codec;
use crate::digester::Made;
use crate::fields::length;
use crate::kind::ContainerKind;
use crate::member::{Entry, Member, Views};
use crate::names;
use crate::unpacked::{Packed, Unpacked};

/// joblib's `ZF` header: the mark and a length in hexadecimal, padded to 19 characters.
const JOBLIB_HEADER: usize = 21;

pub(crate) fn open(collector: &mut Collector<'_>) {
    if !collector.may_enter(0) {
        return;
    }
    let header = collector.read(0, 8192);
    let (start, codec) = match collector.facts.kind {
        ContainerKind::Gzip => (0, Codec::Gzip),
        ContainerKind::Bzip2 => (0, Codec::Bzip2),
        ContainerKind::Xz => (0, Codec::Xz),
        ContainerKind::LzmaAlone => (0, Codec::LzmaAlone),
        ContainerKind::Zlib => (0, Codec::Zlib),
        ContainerKind::JoblibZ => (joblib_body(&header), Codec::Zlib),
        ContainerKind::Lz4Frame => (0, Codec::Lz4),
        ContainerKind::Zstd => (0, Codec::Zstd),
        ContainerKind::Zip | ContainerKind::Tar | ContainerKind::SevenZip | ContainerKind::Rar => {
            return;
        }
    };
    let raw_name = match collector.facts.kind {
        ContainerKind::Gzip => gzip_name(&header),
        _ => Vec::new(),
    };
    let packed = Packed {
        source: collector.source.clone(),
        start,
        length: collector.source.size().saturating_sub(start),
        codec,
        declared: None,
        checksum: None,
    };
    collector.facts.packed_bytes = packed.length;
    let unpacked = Unpacked::new(packed, collector.budget, &collector.sessions);
    collector.member(Member {
        name: names::text(&raw_name),
        raw_name,
        entry: Entry::File,
        size: 0,
        bytes: Some(unpacked.shared()),
        views: Views {
            central: true,
            ..Views::default()
        },
        encrypted: false,
        stored: false,
        offset: start,
        mode: None,
        hazards: Vec::new(),
        unpacked: Some(unpacked),
        digests: Made::default(),
    });
}

/// The name in a gzip header (RFC 1952 section 2.3.1); empty if there is none.
fn gzip_name(header: &[u8]) -> Vec<u8> {
    let flags = header.get(3).copied().unwrap_or_default();
    let mut at: usize = 10;
    if flags & 4 != 0 {
        let extra = usize::from(crate::fields::u16_at(header, at));
        at = at.saturating_add(2).saturating_add(extra);
    }
    if flags & 8 == 0 {
        return Vec::new();
    }
    let rest = header.get(at..).unwrap_or_default();
    let end = memchr::memchr(0, rest).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().to_vec()
}

/// Where the zlib stream begins: right behind the header, or one byte later in files of 64-bit Windows.
fn joblib_body(header: &[u8]) -> u64 {
    let is_padded = header.get(JOBLIB_HEADER) != Some(&0x78);
    let skipped = usize::from(is_padded).saturating_add(JOBLIB_HEADER);
    crate::fields::offset(skipped.min(length(u64::MAX)))
}
