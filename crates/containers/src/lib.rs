//! Containers as the victim's loader reads them: archives, compression, and every view of a lying zip.
//!
//! Loaders disagree about broken containers: one trusts the central directory, another the local headers, a third
//! the last of two directories. Attackers hide between these readings, so this crate yields the union of all of
//! them and says where they differ. It decides nothing: an [`Anomaly`] is a fact, a rule makes a finding of it.
//!
//! It knows no files, extracts nothing to disk, and doesn't look into members; a nested archive is a member whose
//! bytes can be opened again. Member bytes are lazy: stored members are windows into the archive, compressed ones
//! are decompressed as they are read, within the [`Budget`](chainwright_core::budget::Budget).

mod anomaly;
mod collector;
mod decode;
mod digester;
mod fields;
mod hazard;
mod held;
mod kind;
mod member;
mod names;
mod recognise;
mod sevenz;
mod stream;
mod tar;
mod unpacked;
mod zip;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

pub use anomaly::{Anomaly, AnomalyKind, Effect};
pub use digester::{Digester, Made, Wanted};
pub use hazard::PathHazard;
pub use kind::ContainerKind;
pub use member::{ContainerFacts, Entry, Member, MemberHazard, Opened, Views};
pub use recognise::recognise;

use collector::Collector;

/// Lists the members of a container in every reading that some loader has of it.
///
/// Broken input gives problems and anomalies in the facts, never an error. Nothing is decompressed beyond what the
/// listing needs.
#[must_use]
pub fn open(source: &SharedBytes, kind: ContainerKind, budget: &Budget) -> Opened {
    let mut collector = Collector::new(source, kind, budget);
    walk(&mut collector, None);
    collector.finish()
}

/// Lists the members like [`open`] and shows each to `look`, so that compressed archives are decompressed once.
///
/// A tape archive shows a member as soon as its header was read; other formats show all of them behind the listing.
/// The members of the answer have lost their content.
#[must_use]
pub fn visit(
    source: &SharedBytes,
    kind: ContainerKind,
    budget: &Budget,
    look: &mut dyn FnMut(&Member),
) -> Opened {
    if kind == ContainerKind::Tar {
        let mut collector = Collector::new(source, kind, budget);
        walk(&mut collector, Some(look));
        return collector.finish();
    }
    let mut opened = open(source, kind, budget);
    for member in &mut opened.members {
        if let Err(exhausted) = budget.check_time() {
            let detail = exhausted.to_string();
            let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
            opened.facts.problems.push(problem);
            break;
        }
        look(member);
        member.forget();
    }
    opened
}

/// Visits the members of a tape archive like [`visit`], and digests, as `digests` says, those that are too large
/// to be held in memory on the way, so that nobody has to go back for it ([`Member::digests`]).
#[must_use]
pub fn visit_tar_with_digests(
    source: &SharedBytes,
    budget: &Budget,
    digests: &dyn Fn(&str) -> Wanted,
    look: &mut dyn FnMut(&Member),
) -> Opened {
    let mut collector = Collector::new(source, ContainerKind::Tar, budget);
    collector.digests = Some(digests);
    walk(&mut collector, Some(look));
    collector.finish()
}

/// Whether the beginning of the content is that of a tape archive.
#[must_use]
pub fn is_tar(head: &[u8]) -> bool {
    tar::is_tar(head)
}

fn walk(collector: &mut Collector<'_>, look: Option<tar::Look<'_>>) {
    match collector.facts.kind {
        ContainerKind::Zip => zip::open(collector),
        ContainerKind::Tar => tar::open(collector, look),
        ContainerKind::SevenZip => sevenz::open(collector),
        ContainerKind::Rar => collector.problem(Problem::new(
            ProblemKind::Unsupported,
            Place::Whole,
            "rar archives are recognised but not read",
        )),
        ContainerKind::Gzip
        | ContainerKind::Bzip2
        | ContainerKind::Xz
        | ContainerKind::LzmaAlone
        | ContainerKind::Zlib
        | ContainerKind::JoblibZ
        | ContainerKind::Lz4Frame
        | ContainerKind::Zstd => stream::open(collector),
    }
}
