//! The bytes of a zip that no directory accounts for, and members that hide in them.

use chainwright_core::bytes::Window;
use memchr::memmem;
use std::sync::Arc;

use super::end::Ends;
use super::headers::{Described, ENCRYPTED, LOCAL_MAGIC, Local};
use super::{Extent, Walked, content};
use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::fields::{length, offset};
use crate::member::{Entry, Member, Views};

const PIECE: usize = 256 * 1024;
/// LIMIT: gaps that are searched; an honest archive has none.
const MOST_GAPS: usize = 10_000;
/// Shorter remnants are padding or broken descriptors, and hold no payload worth a name.
const SHORTEST_REPORTED: u64 = 16;
/// LIMIT: how far the end of a stored member without sizes is searched.
const MOST_STORED_SEARCH: u64 = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    start: u64,
    end: u64,
    place: GapPlace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GapPlace {
    Before,
    Between,
    Comment,
    After,
}

/// Searches all gaps.
pub(super) fn search(collector: &mut Collector<'_>, ends: &Ends, walked: &Walked) {
    for gap in find(collector.source.size(), ends, walked) {
        if collector.is_full() || collector.budget.check_time().is_err() {
            return;
        }
        search_gap(collector, gap);
    }
}

fn find(size: u64, ends: &Ends, walked: &Walked) -> Vec<Gap> {
    let mut taken: Vec<Extent> = walked
        .extents
        .iter()
        .chain(&walked.structure)
        .copied()
        .collect();
    taken.sort();
    let has_directory = !walked.structure.is_empty();
    let last_end = ends
        .records
        .first()
        .map(|record| (record.at.saturating_add(22), record.comment));
    let mut gaps = Vec::new();
    let (mut reached, mut slack) = (0_u64, 0_u64);
    let closing = Extent {
        start: size,
        end: size,
        slack: 0,
    };
    for extent in taken.iter().chain([&closing]) {
        // A descriptor is at most 24 bytes; a gap begins behind it.
        let start = if extent.start.saturating_sub(reached) <= slack {
            extent.start
        } else {
            reached
        };
        if extent.start > start && gaps.len() < MOST_GAPS {
            let place = match last_end {
                Some((end, _)) if has_directory && start >= end => GapPlace::After,
                _ if start == 0 => GapPlace::Before,
                _ => GapPlace::Between,
            };
            split_comment(
                &mut gaps,
                Gap {
                    start,
                    end: extent.start,
                    place,
                },
                last_end,
            );
        }
        if extent.end > reached {
            reached = extent.end;
            slack = extent.slack;
        }
    }
    gaps
}

/// What follows the last end record is its comment first, then trailing data.
fn split_comment(gaps: &mut Vec<Gap>, gap: Gap, last_end: Option<(u64, u64)>) {
    let Some((end, comment)) = last_end.filter(|_| gap.place == GapPlace::After) else {
        gaps.push(gap);
        return;
    };
    let comment_end = end.saturating_add(comment).clamp(gap.start, gap.end);
    let parts = [
        Gap {
            end: comment_end,
            place: GapPlace::Comment,
            ..gap
        },
        Gap {
            start: comment_end,
            ..gap
        },
    ];
    gaps.extend(parts.into_iter().filter(|part| part.end > part.start));
}

fn search_gap(collector: &mut Collector<'_>, gap: Gap) {
    let mut at = gap.start;
    let mut stream_at = gap.start;
    let mut has_member = false;
    while let Some(found) = next_magic(collector, at, gap.end) {
        let local = match Local::read(collector.source.as_ref(), found, 64) {
            Ok(local) => local.filter(Local::is_plausible),
            Err(error) => {
                collector.unreadable(found, &error);
                None
            }
        };
        let Some(local) = local else {
            at = found.saturating_add(4);
            continue;
        };
        if !collector.may_enter(found) {
            return;
        }
        has_member = true;
        // A stream reader is here when nothing but a split marker lies in front.
        let is_streamed = found.saturating_sub(stream_at) <= 4 && gap.place != GapPlace::Comment;
        let end = unlisted(collector, &local, gap, is_streamed);
        stream_at = end;
        at = end.max(found.saturating_add(30));
    }
    if !has_member {
        report_data(collector, gap);
    }
}

/// Adds a member that no directory lists; returns where the next header may be.
fn unlisted(collector: &mut Collector<'_>, local: &Local, gap: Gap, is_streamed: bool) -> u64 {
    let is_deferred = local.has_deferred_sizes();
    let room = gap.end.saturating_sub(local.data_at);
    let stored_end = if is_deferred && local.method == 0 {
        descriptor_end(collector, local, gap.end)
    } else {
        None
    };
    let packed = match stored_end {
        Some(size) => size,
        None if is_deferred => room,
        None => local.packed,
    };
    let described = Described {
        raw_name: local.name.clone(),
        method: local.method,
        is_encrypted: local.flags & ENCRYPTED != 0,
        packed,
        unpacked: if is_deferred { packed } else { local.unpacked },
        checksum: Some(local.checksum).filter(|_| !is_deferred),
        data_at: local.data_at,
        header_at: local.at,
        mode: None,
    };
    let name = crate::names::text(&local.name);
    let detail = "a local header that the directory doesn't list";
    collector.anomaly(AnomalyKind::UnlistedMember, local.at, &name, detail);
    let views = Views {
        central: false,
        local: is_streamed,
        carved: true,
    };
    content::member(collector, &described, views);
    if is_deferred && stored_end.is_none() {
        return local.data_at;
    }
    local.data_at.saturating_add(packed).min(gap.end)
}

/// The size of a stored member that ends in a data descriptor (APPNOTE 4.3.9), found as libarchive finds it.
fn descriptor_end(collector: &mut Collector<'_>, local: &Local, end: u64) -> Option<u64> {
    let stop = end.min(local.data_at.saturating_add(MOST_STORED_SEARCH));
    let mut at = local.data_at;
    while at < stop {
        let wanted = length(stop.saturating_sub(at)).min(PIECE);
        let piece = collector.read(at, wanted);
        for place in memmem::find_iter(&piece, b"PK\x07\x08") {
            let distance = at
                .saturating_add(offset(place))
                .saturating_sub(local.data_at);
            let size = place
                .checked_add(8)
                .and_then(|place| crate::fields::array_at(&piece, place));
            if size.map(u32::from_le_bytes).map(u64::from) == Some(distance) {
                return Some(distance);
            }
        }
        if piece.len() < 32 {
            return None;
        }
        // Overlap, so that no descriptor is cut in two.
        at = at.saturating_add(offset(piece.len().saturating_sub(24)));
        if offset(piece.len()) >= stop.saturating_sub(at) && piece.len() < PIECE {
            return None;
        }
    }
    None
}

/// The next local magic number in `at..end`.
fn next_magic(collector: &mut Collector<'_>, mut at: u64, end: u64) -> Option<u64> {
    while at < end {
        if collector.budget.check_time().is_err() {
            return None;
        }
        let wanted = length(end.saturating_sub(at)).min(PIECE);
        let piece = collector.read(at, wanted);
        if let Some(place) = memmem::find(&piece, &LOCAL_MAGIC) {
            return Some(at.saturating_add(offset(place)));
        }
        if piece.len() <= 3 || piece.len() < wanted {
            return None;
        }
        let step = if offset(piece.len()) == end.saturating_sub(at) {
            piece.len()
        } else {
            piece.len().saturating_sub(3)
        };
        at = at.saturating_add(offset(step));
    }
    None
}

fn report_data(collector: &mut Collector<'_>, gap: Gap) {
    let size = gap.end.saturating_sub(gap.start);
    let start = collector.read(gap.start, length(size).min(PIECE));
    let Some(first) = start.iter().position(|byte| *byte != 0) else {
        return;
    };
    let kind = match gap.place {
        GapPlace::Before => AnomalyKind::DataBeforeFirstMember,
        GapPlace::Between => AnomalyKind::DataBetweenMembers,
        GapPlace::After => AnomalyKind::TrailingData,
        GapPlace::Comment => return,
    };
    if size < SHORTEST_REPORTED || is_signing_block(collector, gap) {
        return;
    }
    let at = gap.start.saturating_add(offset(first));
    collector.anomaly(
        kind,
        at,
        "",
        format!("{size} bytes that belong to no member"),
    );
    if gap.place == GapPlace::Before || !collector.may_enter(at) {
        // What lies in front is seen by whoever looks at the file itself.
        return;
    }
    let window = Window::new(collector.source.clone(), at, gap.end.saturating_sub(at));
    let name = format!("unlisted@{at}");
    collector.member(Member {
        raw_name: Vec::new(),
        name,
        entry: Entry::File,
        size: gap.end.saturating_sub(at),
        bytes: Some(Arc::new(window)),
        views: Views {
            central: false,
            local: false,
            carved: true,
        },
        encrypted: false,
        stored: true,
        offset: at,
        mode: None,
        hazards: Vec::new(),
        unpacked: None,
    });
}

/// Android's signature scheme 2 puts a block in front of the directory.
fn is_signing_block(collector: &mut Collector<'_>, gap: Gap) -> bool {
    let magic = b"APK Sig Block 42";
    let at = gap.end.saturating_sub(offset(magic.len()));
    gap.place == GapPlace::Between && collector.read(at, magic.len()) == magic
}
