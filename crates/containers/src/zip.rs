//! Zip, in every reading that some loader has of it.
//!
//! Python's `zipfile` takes the last end record and shifts all offsets by what lies in front; miniz in `torch.load`
//! takes the offsets as they are and ignores checksums and encryption marks; stream readers follow local headers;
//! scanners trust whichever their library trusts. The walk takes the union: the entries of every central directory
//! that any end record leads to, what the local headers say where they differ, and local headers that no directory
//! lists. The sections cited are those of PKWARE's APPNOTE 6.3.10.

mod compare;
mod content;
mod end;
mod gaps;
mod headers;

use chainwright_core::bytes::{ByteSource, Cursor};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use std::collections::BTreeSet;

use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::member::Views;
use crate::names;

use end::{Directory, Ends};
use headers::{Central, LOCAL_MAGIC, Local};

/// A stretch of the file that a listed member takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extent {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Bytes behind `end` that may be a data descriptor.
    pub(crate) slack: u64,
}

/// What a duplicate is compared by.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) checksum: u32,
    pub(crate) size: u64,
    pub(crate) at: u64,
}

/// What the walk over the directories has gathered.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) extents: Vec<Extent>,
    pub(crate) listed: Vec<Listed>,
    /// Stretches that hold directories and end records.
    pub(crate) structure: Vec<Extent>,
    /// Directories by place and shift.
    visited: BTreeSet<(u64, u64)>,
    /// Where entries of directories begin.
    entries_at: BTreeSet<u64>,
    known: BTreeSet<(u64, u16, u64, Vec<u8>)>,
    /// Local headers that were listed as members of their own, because the directory tells another story.
    told_locally: BTreeSet<u64>,
}

/// Whether any zip reader takes the bytes: local header in front, or a directory that an end record leads to.
pub(crate) fn is_zip(source: &dyn ByteSource, head: &[u8]) -> bool {
    let is_spanned = head.starts_with(b"PK\x07\x08") || head.starts_with(b"PK00");
    if head.starts_with(&LOCAL_MAGIC) || (is_spanned && head.get(4..8) == Some(&LOCAL_MAGIC)) {
        return true;
    }
    let Ok(ends) = Ends::find(source) else {
        return false;
    };
    ends.records.iter().any(|record| {
        let directories = ends.directories(source, record);
        // An end record alone is an empty zip, but 22 bytes somewhere in another file are chance or a remnant.
        let is_alone = record.at == 0;
        directories
            .iter()
            .any(|directory| is_alone || !directory.is_empty())
    })
}

/// Lists the members.
pub(crate) fn open(collector: &mut Collector<'_>) {
    let mut walked = Walked::default();
    let ends = match Ends::find(collector.source.as_ref()) {
        Ok(ends) => ends,
        Err(error) => {
            collector.unreadable(0, &error);
            return;
        }
    };
    walk_directories(collector, &ends, &mut walked);
    walked.extents.sort();
    compare::overlaps(collector, &walked);
    compare::collisions(collector, &walked);
    gaps::search(collector, &ends, &walked);
    compare::checksums(collector);
    compare::bomb(collector);
}

fn walk_directories(collector: &mut Collector<'_>, ends: &Ends, walked: &mut Walked) {
    let source = collector.source.clone();
    let mut has_primary = false;
    let mut starts: Vec<u64> = Vec::new();
    for record in &ends.records {
        let is_inside = |extent: &Extent| (extent.start..extent.end).contains(&record.at);
        if walked.extents.iter().any(is_inside) {
            continue;
        }
        let directories = ends.directories(source.as_ref(), record);
        if directories.is_empty() {
            continue;
        }
        if has_primary && directories.iter().any(|found| !found.is_empty()) {
            collector.anomaly(
                AnomalyKind::SeveralDirectories,
                record.at,
                "",
                "another end record leads to a directory of its own",
            );
        } else {
            end::report(collector, ends, record, &directories);
        }
        has_primary = true;
        for directory in &directories {
            if walked.visited.insert((directory.at, directory.shift)) {
                walk_directory(collector, directory, walked);
            }
        }
        starts.extend(directories.iter().map(|directory| directory.at));
        walked.structure.push(Extent {
            start: record.at,
            end: record.at.saturating_add(22),
            slack: 0,
        });
        walked
            .structure
            .extend(record.zip64.iter().map(|zip64| Extent {
                start: zip64.at,
                end: record.at,
                slack: 0,
            }));
    }
    if !has_primary {
        collector.problem(Problem::new(
            ProblemKind::Truncated,
            Place::Whole,
            "the zip has no central directory",
        ));
        collector.anomaly(
            AnomalyKind::NoCentralDirectory,
            0,
            "",
            "only readers that follow local headers see the members",
        );
    }
    starts.sort_unstable();
    starts.dedup();
    if starts.len() > 1
        && collector
            .facts
            .anomalies
            .iter()
            .all(|known| known.kind != AnomalyKind::SeveralDirectories)
    {
        collector.anomaly(
            AnomalyKind::SeveralDirectories,
            starts.first().copied().unwrap_or_default(),
            "",
            "one end record leads to different directories, depending on how offsets are read",
        );
    }
}

fn walk_directory(collector: &mut Collector<'_>, directory: &Directory, walked: &mut Walked) {
    let source = collector.source.clone();
    let mut cursor = Cursor::at(source.as_ref(), directory.at);
    let mut entries: u64 = 0;
    while cursor.position() < directory.end && !collector.is_full() {
        let at = cursor.position();
        if collector.budget.check_time().is_err() {
            break;
        }
        let central = match Central::read(&mut cursor) {
            Ok(Some(central)) => central,
            Ok(None) => {
                cursor.seek_to(at);
                break;
            }
            Err(error) => {
                collector.unreadable(at, &error);
                break;
            }
        };
        if !walked.entries_at.insert(at) {
            // Another directory overlaps this one: from here on they are the same.
            return;
        }
        entries = entries.saturating_add(1);
        let key = (
            central.header_at,
            central.method,
            central.packed,
            central.name.clone(),
        );
        if walked.known.insert(key) {
            if !collector.may_enter(at) {
                break;
            }
            entry(collector, &central, directory, walked);
        }
    }
    let length = cursor.position().saturating_sub(directory.at);
    walked.structure.push(Extent {
        start: directory.at,
        end: cursor.position(),
        slack: 0,
    });
    let is_cut = collector.is_full();
    // The plain field holds the count modulo 65536 in files of writers without zip64.
    let is_counted = directory.entries == entries || directory.entries == entries & 0xffff;
    if !is_cut && (!is_counted || (directory.size != length && entries > 0)) {
        let detail = format!(
            "announced {} entries in {} bytes, found {entries} in {length}",
            directory.entries, directory.size
        );
        collector.anomaly(AnomalyKind::EntryCountMismatch, directory.at, "", detail);
    }
}

/// One entry of a central directory, together with its local header.
fn entry(
    collector: &mut Collector<'_>,
    central: &Central,
    directory: &Directory,
    walked: &mut Walked,
) {
    let name = names::text(central.loader_name());
    compare::central_alone(collector, central, &name);
    let shifted = central.header_at.checked_add(directory.shift);
    let candidates = [shifted, (directory.shift != 0).then_some(central.header_at)];
    let mut found = Vec::new();
    for at in candidates.into_iter().flatten() {
        match Local::read(collector.source.as_ref(), at, central.name.len()) {
            Ok(Some(local)) => found.push(local),
            Ok(None) => {}
            Err(error) => collector.unreadable(at, &error),
        }
    }
    let at = shifted.unwrap_or(central.header_at);
    if found.is_empty() {
        collector.problem(Problem::new(
            ProblemKind::Malformed,
            Place::Byte(at),
            "the directory points to something that is no local header",
        ));
        let detail = format!("announced at byte {at}");
        collector.anomaly(AnomalyKind::MissingLocalHeader, central.at, &name, detail);
        content::listed_only(collector, central, at);
        return;
    }
    for (index, local) in found.iter().enumerate() {
        let is_other = index > 0;
        if is_other && local.name != central.name {
            // By chance or by design another header lies at the unshifted place; the search through gaps sees it.
            continue;
        }
        if is_other {
            collector.anomaly(
                AnomalyKind::SeveralDirectories,
                central.at,
                &name,
                "the member lies at two places, depending on how offsets are read",
            );
        }
        with_local(collector, central, local, &name, walked);
    }
}

fn with_local(
    collector: &mut Collector<'_>,
    central: &Central,
    local: &Local,
    name: &str,
    walked: &mut Walked,
) {
    let size = collector.source.size();
    let end = local.data_at.saturating_add(central.packed);
    if end > size {
        let place = Place::Byte(local.at);
        let detail = format!(
            "member {} reaches behind the end of the file",
            names::quoted(&central.name)
        );
        collector.problem(Problem::new(ProblemKind::Truncated, place, detail));
    }
    walked.extents.push(Extent {
        start: local.at,
        end: end.min(size),
        slack: if central.has_descriptor() || local.has_descriptor() {
            24
        } else {
            0
        },
    });
    walked.listed.push(Listed {
        name: name.to_owned(),
        checksum: central.checksum,
        size: central.unpacked,
        at: local.at,
    });
    let differs = compare::headers(collector, central, local, name);
    let views = Views {
        central: true,
        local: !differs,
        carved: false,
    };
    content::member(collector, &central.as_listed(local), views);
    if differs && walked.told_locally.insert(local.at) && collector.may_enter(local.at) {
        let views = Views {
            central: false,
            local: true,
            carved: false,
        };
        content::member(collector, &local.as_listed(central), views);
    }
}
