//! Hostile bytes through the whole analysis: whatever is cut off or changed, it ends and says the same twice.

mod images;

use std::sync::Arc;

use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, Inspected, inspect};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_testkit::corpus;

fn look(name: &str, bytes: &[u8]) -> Vec<Inspected> {
    let limits = Limits::default().for_file(bytes.len() as u64);
    let artifact = Artifact {
        location: Location::file(name),
        bytes: Arc::new(bytes.to_vec()),
    };
    let mut pass = Pass::default();
    pass.update(bytes);
    inspect(&artifact, Some(pass.finish()), &Budget::untimed(limits))
}

/// One small seed of every class of the corpus.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<(&str, String, Vec<u8>)> = Vec::new();
    for case in corpus::all() {
        let is_known = seeds.iter().any(|(class, _, _)| *class == case.class);
        let subject = case
            .files
            .into_iter()
            .find(|(name, _)| *name == case.subject);
        if let Some((name, bytes)) = subject.filter(|(_, bytes)| !is_known && bytes.len() < 4096) {
            seeds.push((case.class, name, bytes));
        }
    }
    seeds
        .into_iter()
        .map(|(_, name, bytes)| (name, bytes))
        .collect()
}

#[test]
fn every_seed_may_end_anywhere() {
    let seeds = seeds();
    assert!(seeds.len() > 30, "{} seeds", seeds.len());
    for (name, bytes) in seeds {
        for end in 0..bytes.len() {
            let inspected = look(&name, &bytes[..end]);
            assert!(!inspected.is_empty(), "{name} cut at {end}");
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_facts_after_any_change() {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).expect("fits")
    };
    for (name, seed) in seeds() {
        for _ in 0..40 {
            let mut bytes = seed.clone();
            for _ in 0..=random(4) {
                if let Some(byte) = bytes.get_mut(random(seed.len())) {
                    *byte = u8::try_from(random(256)).expect("a byte");
                }
            }
            assert_eq!(look(&name, &bytes), look(&name, &bytes), "{name}");
        }
    }
}

#[test]
fn facts_survive_the_cache() {
    for (name, bytes) in seeds() {
        let facts = look(&name, &bytes);
        let stored = postcard::to_stdvec(&facts).expect("storable");
        assert_eq!(
            postcard::from_bytes::<Vec<Inspected>>(&stored).expect("readable"),
            facts,
            "{name}"
        );
    }
}
