//! The bytes of a zip that no directory accounts for, and members that hide in them.

use chainwright_core::bytes::Window;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use memchr::memmem;
use std::sync::Arc;

use super::end::Ends;
use super::headers::{Described, ENCRYPTED, LOCAL_MAGIC, Local};
use super::{Extent, Walked, content};
use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::digester::Made;
use crate::fields::{array_at, length, offset};
use crate::member::{Entry, Member, Views};

const PIECE: usize = 64 * 1024;
/// LIMIT: gaps that are searched; an honest archive has none.
const MOST_GAPS: usize = 10_000;
/// Shorter remnants are padding or broken descriptors, and hold no payload worth a name.
const SHORTEST_REPORTED: u64 = 16;
/// LIMIT: how many bytes are searched for the ends of stored members without sizes, all together.
const MOST_DESCRIPTOR_SEARCH: u64 = 256 * 1024 * 1024;

/// LIMIT: magic numbers without a header behind them; chance makes one in four gigabytes.
const MOST_FALSE_MARKS: u32 = 10_000;

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
    let gaps = find(collector.source.size(), ends, walked);
    let mut search = Search {
        collector,
        piece: Vec::new(),
        piece_start: 0,
        descriptor_bytes: MOST_DESCRIPTOR_SEARCH,
        false_marks: 0,
    };
    for gap in gaps {
        if search.collector.is_full() || search.collector.budget.check_time().is_err() {
            return;
        }
        search.gap(gap);
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

/// A walk through gaps, which keeps the piece it looks at.
struct Search<'a, 'b> {
    collector: &'a mut Collector<'b>,
    piece: Vec<u8>,
    piece_start: u64,
    /// How many bytes may still be searched for data descriptors.
    descriptor_bytes: u64,
    false_marks: u32,
}

impl Search<'_, '_> {
    fn gap(&mut self, gap: Gap) {
        let mut at = gap.start;
        let mut reached = gap.start;
        while let Some(found) = self.next_magic(at, gap.end) {
            let Some(local) = self.local(found) else {
                at = found.saturating_add(4);
                self.false_marks = self.false_marks.saturating_add(1);
                if self.false_marks > MOST_FALSE_MARKS {
                    self.report_false_marks(found);
                    return;
                }
                continue;
            };
            if !self.collector.may_enter(found) {
                return;
            }
            self.data(Gap {
                start: reached,
                end: found,
                ..gap
            });
            // A stream reader is here when nothing but a split marker lies in front.
            let is_streamed = found.saturating_sub(reached) <= 4 && gap.place != GapPlace::Comment;
            let end = self.unlisted(&local, gap, is_streamed);
            at = end.search.max(found.saturating_add(30));
            reached = end.data;
        }
        let is_untouched = reached == gap.start;
        let place = if is_untouched || gap.place != GapPlace::Before {
            gap.place
        } else {
            GapPlace::Between
        };
        self.data(Gap {
            start: reached,
            place,
            ..gap
        });
    }

    fn report_false_marks(&mut self, at: u64) {
        self.collector.problem(Problem::new(
            ProblemKind::LimitReached,
            Place::Byte(at),
            "too many marks of zip headers outside of members",
        ));
    }

    fn local(&mut self, at: u64) -> Option<Local> {
        let head = self.collector.read(at, 30);
        if !Local::looks_plausible(&head) {
            return None;
        }
        match Local::read(self.collector.source.as_ref(), at, 64) {
            Ok(local) => local,
            Err(error) => {
                self.collector.unreadable(at, &error);
                None
            }
        }
    }

    /// Adds a member that no directory lists.
    fn unlisted(&mut self, local: &Local, gap: Gap, is_streamed: bool) -> MemberEnd {
        let is_deferred = local.has_deferred_sizes();
        let room = gap.end.saturating_sub(local.data_at);
        let stored_size = if is_deferred && local.method == 0 {
            self.descriptor_distance(local, gap.end)
        } else {
            None
        };
        let packed = match stored_size {
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
            is_size_known: !is_deferred,
            checksum: Some(local.checksum).filter(|_| !is_deferred),
            data_at: local.data_at,
            header_at: local.at,
            mode: None,
        };
        let name = crate::names::text(&local.name);
        let detail = "a local header that the directory doesn't list";
        let kind = AnomalyKind::UnlistedMember;
        self.collector.anomaly(kind, local.at, &name, detail);
        let views = Views {
            central: false,
            local: is_streamed,
            carved: true,
        };
        content::member(self.collector, &described, views);
        let slack = if local.has_descriptor() { 24 } else { 0 };
        let end = local.data_at.saturating_add(packed);
        let data = end.saturating_add(slack).min(gap.end);
        let search = if is_deferred && stored_size.is_none() {
            local.data_at
        } else {
            end
        };
        MemberEnd {
            search: search.min(gap.end),
            data,
        }
    }

    /// The size of a stored member that ends in a data descriptor (APPNOTE 4.3.9), found as libarchive finds it.
    fn descriptor_distance(&mut self, local: &Local, end: u64) -> Option<u64> {
        let mut at = local.data_at;
        while at < end && self.descriptor_bytes > 0 {
            let wanted = length(end.saturating_sub(at)).min(PIECE);
            let piece = self.collector.read(at, wanted);
            self.descriptor_bytes = self.descriptor_bytes.saturating_sub(offset(piece.len()));
            for place in memmem::find_iter(&piece, b"PK\x07\x08") {
                let distance = at
                    .saturating_add(offset(place))
                    .saturating_sub(local.data_at);
                let size = place
                    .checked_add(8)
                    .and_then(|place| array_at(&piece, place));
                if size.map(u32::from_le_bytes).map(u64::from) == Some(distance) {
                    return Some(distance);
                }
            }
            if piece.len() < PIECE {
                return None;
            }
            // Pieces overlap, so that no descriptor is cut in two.
            at = at.saturating_add(offset(PIECE.saturating_sub(24)));
        }
        None
    }

    /// The next local magic number in `at..end`.
    fn next_magic(&mut self, mut at: u64, end: u64) -> Option<u64> {
        while at.saturating_add(4) <= end {
            let held = at.checked_sub(self.piece_start).map(length);
            let ahead = held
                .and_then(|held| self.piece.get(held..))
                .unwrap_or_default();
            let ahead = ahead.get(..length(end.saturating_sub(at)).min(ahead.len()));
            let ahead = ahead.unwrap_or_default();
            if let Some(place) = memmem::find(ahead, &LOCAL_MAGIC) {
                return Some(at.saturating_add(offset(place)));
            }
            // The last three bytes may begin a magic number.
            at = at.saturating_add(offset(ahead.len().saturating_sub(3)));
            if at.saturating_add(4) > end || !self.load(at) {
                return None;
            }
        }
        None
    }

    /// Holds the piece at an offset; `false` when no magic number fits into what is there.
    fn load(&mut self, at: u64) -> bool {
        if self.collector.budget.check_time().is_err() {
            return false;
        }
        self.piece = self.collector.read(at, PIECE);
        self.piece_start = at;
        self.piece.len() >= 4
    }

    /// Reports bytes that belong to nothing and makes them a member, so that somebody looks at them.
    fn data(&mut self, gap: Gap) {
        let kind = match gap.place {
            GapPlace::Before => AnomalyKind::DataBeforeFirstMember,
            GapPlace::Between => AnomalyKind::DataBetweenMembers,
            GapPlace::After => AnomalyKind::TrailingData,
            GapPlace::Comment => return,
        };
        let size = gap.end.saturating_sub(gap.start);
        if size < SHORTEST_REPORTED || is_signing_block(self.collector, gap) {
            return;
        }
        let Some(at) = self.first_set_byte(gap) else {
            return;
        };
        let detail = format!("{size} bytes that belong to no member");
        self.collector.anomaly(kind, at, "", detail);
        // What lies in front is seen by whoever looks at the file itself.
        if gap.place != GapPlace::Before && self.collector.may_enter(at) {
            self.collector.member(remnant(self.collector, at, gap.end));
        }
    }

    fn first_set_byte(&mut self, gap: Gap) -> Option<u64> {
        let mut at = gap.start;
        while at < gap.end && self.collector.budget.check_time().is_ok() {
            let wanted = length(gap.end.saturating_sub(at)).min(PIECE);
            let piece = self.collector.read(at, wanted);
            if let Some(first) = piece.iter().position(|byte| *byte != 0) {
                return Some(at.saturating_add(offset(first)));
            }
            if piece.len() < wanted {
                return None;
            }
            at = at.saturating_add(offset(wanted));
        }
        None
    }
}

/// Where to go on behind a member.
struct MemberEnd {
    /// For further headers.
    search: u64,
    /// For bytes that belong to nothing.
    data: u64,
}

fn remnant(collector: &Collector<'_>, at: u64, end: u64) -> Member {
    let window = Window::new(collector.source.clone(), at, end.saturating_sub(at));
    Member {
        name: format!("unlisted@{at}"),
        raw_name: Vec::new(),
        entry: Entry::File,
        size: end.saturating_sub(at),
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
        digests: Made::default(),
    }
}

/// Android's signature scheme 2 puts a block in front of the directory.
fn is_signing_block(collector: &mut Collector<'_>, gap: Gap) -> bool {
    let magic = b"APK Sig Block 42";
    let at = gap.end.saturating_sub(offset(magic.len()));
    gap.place == GapPlace::Between && collector.read(at, magic.len()) == magic
}
