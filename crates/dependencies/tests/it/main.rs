//! Every kind of file against broken, cut and random input, and the reader of TOML against the crate `toml`.

#![expect(clippy::unwrap_used, reason = "tests may fail loudly")]

mod corpus;
mod documents;
mod hostile;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_dependencies::{ManifestFacts, ManifestKind, read, recognise};
use chainwright_testkit::dependencies::seeds;

fn budget() -> Budget {
    Budget::untimed(Limits::default())
}

fn facts(kind: ManifestKind, text: &str) -> ManifestFacts {
    read(kind, text.as_bytes(), &budget())
}

#[test]
fn every_seed_is_recognised_and_says_something_without_problems() {
    for seed in seeds() {
        let Some(kind) = recognise(seed.path, seed.text.as_bytes()) else {
            panic!("{} is not recognised", seed.path)
        };
        let facts = facts(kind, &seed.text);
        assert!(
            facts.problems.is_empty(),
            "{}: {:?}",
            seed.path,
            facts.problems
        );
        let says = !facts.packages.is_empty()
            || !facts.indexes.is_empty()
            || !facts.files.is_empty()
            || facts.origin.is_some()
            || !facts.settings.is_empty();
        assert!(says, "{}", seed.path);
        for edge in &facts.edges {
            assert!(usize::try_from(edge.from.max(edge.to)).unwrap() < facts.packages.len());
        }
        let text = serde_json::to_string(&facts).unwrap();
        let back: ManifestFacts = serde_json::from_str(&text).unwrap();
        assert_eq!(back, facts, "{}", seed.path);
    }
}
