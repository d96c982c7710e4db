//! The bytes of a zip member, as one of its headers describes it.

use chainwright_core::bytes::{SharedBytes, Window};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use std::sync::Arc;

use super::headers::{Central, Described};
use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::decode::Codec;
use crate::digester::Made;
use crate::fields::{length, offset};
use crate::member::{Entry, Member, Views};
use crate::names;
use crate::unpacked::{self, Packed, Unpacked};

/// LIMIT: of a member marked as encrypted, this much is decoded to see whether the mark is true.
const TRIAL: usize = 4096;
/// LIMIT: a link target.
const LONGEST_TARGET: u64 = 4096;
/// LIMIT: the checksum of a stored member is taken while listing up to this size: small pickles, not weights.
const CHECKED_STORED: u64 = 256 * 1024;

/// LIMIT: see above, for all members together; overlapping ones would multiply the work.
const MOST_CHECKED: u64 = 32 * 1024 * 1024;

/// LIMIT: how often each byte of the file may be read as part of a member, on average.
const MOST_SHARED: u64 = 16;
const SMALL_OVERLAP: u64 = 16 * 1024 * 1024;

const TYPE_BITS: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;

/// Adds a member.
pub(super) fn member(collector: &mut Collector<'_>, described: &Described, views: Views) {
    let name = names::text(&described.raw_name);
    let is_folder = name.ends_with('/');
    let is_stored = described.method == 0;
    let mut packed = Packed {
        source: collector.source.clone(),
        start: described.data_at,
        length: described.packed,
        codec: Codec::Stored,
        declared: Some(described.unpacked).filter(|_| described.is_size_known),
        checksum: described.checksum,
    };
    let is_empty = is_folder && described.unpacked == 0 && described.packed <= 2;
    let codec = codec(described.method);
    let is_readable = !is_empty
        && is_affordable(collector, described)
        && codec.is_some()
        && is_decodable(collector, described, &mut packed, &name);
    let entry = entry(described, is_readable.then_some(&packed), is_folder);
    let (bytes, unpacked): (Option<SharedBytes>, _) = match codec {
        _ if !is_readable => (None, None),
        Some(Codec::Stored) => {
            // The two sizes of a stored member are equal unless somebody lies; readers take either.
            let size = described.packed.max(described.unpacked);
            let window = Window::new(collector.source.clone(), described.data_at, size);
            check_stored(collector, described, &name);
            (Some(Arc::new(window)), None)
        }
        _ => {
            let unpacked = Unpacked::new(packed, collector.budget, &collector.sessions);
            (Some(unpacked.shared()), Some(unpacked))
        }
    };
    if codec.is_none() && !is_empty {
        report_method(collector, described, &name);
    }
    collector.member(Member {
        name,
        raw_name: described.raw_name.clone(),
        entry,
        size: described.unpacked,
        bytes,
        views,
        encrypted: described.is_encrypted,
        stored: is_stored,
        offset: described.header_at,
        mode: described.mode.map(|mode| mode & 0o7777),
        hazards: Vec::new(),
        unpacked,
        digests: Made::default(),
    });
}

/// A member whose local header is missing: no loader reads its content, but its name is in the list.
pub(super) fn listed_only(collector: &mut Collector<'_>, central: &Central, at: u64) {
    let name = names::text(&central.name);
    let entry = if name.ends_with('/') {
        Entry::Directory
    } else {
        Entry::File
    };
    collector.member(Member {
        name,
        raw_name: central.name.clone(),
        entry,
        size: central.unpacked,
        bytes: None,
        views: Views {
            central: true,
            local: false,
            carved: false,
        },
        encrypted: central.flags & super::headers::ENCRYPTED != 0,
        stored: central.method == 0,
        offset: at,
        mode: None,
        hazards: Vec::new(),
        unpacked: None,
        digests: Made::default(),
    });
}

/// APPNOTE 4.4.5.
const fn codec(method: u16) -> Option<Codec> {
    match method {
        0 => Some(Codec::Stored),
        8 => Some(Codec::Deflate),
        12 => Some(Codec::Bzip2),
        14 => Some(Codec::ZipLzma),
        20 | 93 => Some(Codec::Zstd),
        95 => Some(Codec::Xz),
        _ => None,
    }
}

fn report_method(collector: &mut Collector<'_>, described: &Described, name: &str) {
    let place = Place::Byte(described.header_at);
    if described.method == 99 {
        let detail = format!("{} is encrypted", names::quoted(&described.raw_name));
        collector.problem(Problem::new(ProblemKind::Encrypted, place, detail));
        return;
    }
    let detail = format!("compression method {}", described.method);
    // Deflate64, the shrink family and PPMd are real, though no Python loader reads them.
    if !matches!(described.method, 1..=7 | 9 | 10 | 16 | 18 | 19 | 94 | 96..=98) {
        collector.anomaly(
            AnomalyKind::UnknownMethod,
            described.header_at,
            name,
            detail.clone(),
        );
    }
    let detail = format!(
        "{detail} of {} is not read",
        names::quoted(&described.raw_name)
    );
    collector.problem(Problem::new(ProblemKind::Unsupported, place, detail));
}

/// Whether the members together take no more of the file than honest ones could, some lies about sizes aside.
///
/// Overlapping members and members of unknown length would otherwise multiply the work of whoever reads them.
fn is_affordable(collector: &mut Collector<'_>, described: &Described) -> bool {
    let packed = collector
        .facts
        .packed_bytes
        .saturating_add(described.packed);
    collector.facts.packed_bytes = packed;
    let most = collector.source.size().saturating_mul(MOST_SHARED);
    if packed <= most.saturating_add(SMALL_OVERLAP) {
        return true;
    }
    collector.problem(Problem::new(
        ProblemKind::LimitReached,
        Place::Whole,
        "members overlap too often; not all of them were read",
    ));
    false
}

/// Fills in how the content is packed, and sees through a false encryption mark (CVE-2025-1945).
fn is_decodable(
    collector: &mut Collector<'_>,
    described: &Described,
    packed: &mut Packed,
    name: &str,
) -> bool {
    let Some(codec) = codec(described.method) else {
        return false;
    };
    packed.codec = codec;
    if !described.is_encrypted || described.packed == 0 {
        return true;
    }
    if is_plain(collector, described, packed) {
        let detail = "marked as encrypted, and it is not: loaders that ignore the mark load it";
        collector.anomaly(
            AnomalyKind::FalseEncryptionFlag,
            described.header_at,
            name,
            detail,
        );
        return true;
    }
    collector.problem(Problem::new(
        ProblemKind::Encrypted,
        Place::Byte(described.header_at),
        format!("{} is encrypted", names::quoted(&described.raw_name)),
    ));
    false
}

/// Encryption puts twelve bytes in front and makes noise of the rest.
fn is_plain(collector: &Collector<'_>, described: &Described, packed: &Packed) -> bool {
    if described.method == 0 {
        return described.packed == described.unpacked;
    }
    let wanted = TRIAL.min(length(described.unpacked).max(1));
    let start = unpacked::peek(packed, wanted);
    let is_affordable = collector.budget.unpack(offset(start.len())).is_ok();
    is_affordable && start.len() == wanted
}

fn entry(described: &Described, packed: Option<&Packed>, is_folder: bool) -> Entry {
    let is_link = described
        .mode
        .is_some_and(|mode| mode & TYPE_BITS == SYMLINK);
    match packed {
        Some(packed) if is_link && described.unpacked <= LONGEST_TARGET => Entry::Symlink {
            target: names::text(&unpacked::peek(packed, length(described.unpacked))),
        },
        _ if is_folder => Entry::Directory,
        _ => Entry::File,
    }
}

fn check_stored(collector: &mut Collector<'_>, described: &Described, name: &str) {
    let is_cheap = described.packed <= CHECKED_STORED && described.packed == described.unpacked;
    let Some(expected) = described.checksum.filter(|_| is_cheap) else {
        return;
    };
    collector.checked_bytes = collector.checked_bytes.saturating_add(described.packed);
    if collector.checked_bytes > MOST_CHECKED {
        return;
    }
    let content = collector.read(described.data_at, length(described.packed));
    let mut checksum = flate2::Crc::new();
    checksum.update(&content);
    if offset(content.len()) != described.packed {
        return;
    }
    collector.checksums = collector.checksums.saturating_add(1);
    if checksum.sum() != expected {
        collector
            .wrong_checksums
            .push((described.header_at, name.to_owned()));
    }
}
