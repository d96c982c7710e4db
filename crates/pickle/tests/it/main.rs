//! The machine and the policy against the labelled corpus, hostile sizes, and random bytes.

#![expect(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic in a test is a failed test"
)]

mod calls;
mod corpus;
mod hostile;
mod layout;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_pickle::{Flavour, PickleFacts, scan};

/// Scans bytes as a plain pickle within the default limits.
fn facts(bytes: &[u8]) -> PickleFacts {
    scan(
        &bytes.to_vec(),
        Flavour::Plain,
        &Budget::untimed(Limits::default()),
    )
}

/// Assembles a recipe and scans it.
fn facts_of(recipe: &str) -> PickleFacts {
    facts(&chainwright_testkit::pickle::from_recipe(recipe).expect("a recipe"))
}

/// The uses above safe, one on each line, worst first.
fn uses(facts: &PickleFacts) -> String {
    facts
        .uses
        .iter()
        .map(|it| {
            format!(
                "{:?} {:?} {}.{}{} {:?}\n",
                it.tier, it.kind, it.module, it.name, it.arguments, it.reason
            )
        })
        .collect()
}
