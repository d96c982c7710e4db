//! Containers of the corpus and of the builders, opened as the engine opens them.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod corpus;
mod hostile;
mod reading;
mod zip;

use std::sync::Arc;

use chainwright_containers::{AnomalyKind, ContainerFacts, Effect, Opened, open, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, SharedBytes, read_range};
use chainwright_core::limits::Limits;

/// Limits under which hostile tests stay quick.
fn tight() -> Limits {
    Limits {
        members: 5_000,
        unpacked_bytes: 64 * 1024 * 1024,
        member_bytes: 1024 * 1024,
        ..Limits::default()
    }
}

fn shared(bytes: &[u8]) -> SharedBytes {
    Arc::new(bytes.to_vec())
}

/// Everything that was seen in a container and in what it contains.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    facts: Vec<ContainerFacts>,
    /// Innermost names with what could be read.
    contents: Vec<(String, Vec<u8>)>,
    late: Vec<AnomalyKind>,
    broken: usize,
}

impl Seen {
    fn kinds(&self) -> Vec<AnomalyKind> {
        let early = self.facts.iter().flat_map(|facts| &facts.anomalies);
        let mut kinds: Vec<_> = early.map(|anomaly| anomaly.kind).collect();
        kinds.extend(&self.late);
        kinds.sort();
        kinds.dedup();
        kinds
    }

    fn is_differential(&self) -> bool {
        self.kinds()
            .iter()
            .any(|kind| kind.effect() == Effect::Differential)
    }

    fn holds(&self, needle: &[u8]) -> bool {
        self.contents
            .iter()
            .any(|(_, content)| content.windows(needle.len()).any(|window| window == needle))
    }
}

/// Opens, reads, and goes into what is a container again.
fn look(bytes: &[u8], limits: Limits) -> Seen {
    let budget = Budget::untimed(limits);
    let mut seen = Seen::default();
    look_into(&shared(bytes), "", &budget, 0, &mut seen);
    seen
}

fn look_into(source: &SharedBytes, name: &str, budget: &Budget, depth: u32, seen: &mut Seen) {
    let content = read_range(source.as_ref(), 0, 1024 * 1024).unwrap_or_default();
    seen.contents.push((name.to_owned(), content));
    if depth > budget.limits().depth {
        return;
    }
    for kind in recognise(source.as_ref()) {
        let Opened { members, facts } = open(source, kind, budget);
        seen.facts.push(facts);
        for member in members {
            if let Some(bytes) = &member.bytes {
                look_into(bytes, &member.name, budget, depth + 1, seen);
                drain(bytes.as_ref());
            }
            let late = member.anomalies_after_reading();
            seen.late.extend(late.iter().map(|anomaly| anomaly.kind));
            seen.broken += usize::from(member.problem_after_reading().is_some());
        }
    }
}

/// Reads to the end or to the first error.
fn drain(source: &dyn ByteSource) -> u64 {
    let mut buffer = vec![0; 64 * 1024];
    let mut at = 0;
    while let Ok(count @ 1..) = source.read_at(at, &mut buffer) {
        at += count as u64;
    }
    at
}
