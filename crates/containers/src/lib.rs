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
mod fields;
mod hazard;
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
    match kind {
        ContainerKind::Zip => zip::open(&mut collector),
        ContainerKind::Tar => tar::open(&mut collector),
        ContainerKind::SevenZip => sevenz::open(&mut collector),
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
        | ContainerKind::Zstd => stream::open(&mut collector),
    }
    collector.finish()
}
