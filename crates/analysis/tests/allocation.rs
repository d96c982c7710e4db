//! No parser takes more than 64 MB beyond what its file holds, whatever sizes the file states.
//!
//! An allocator that counts (`peak_alloc`) watches every file of the labelled corpus, and changes of one seed of each class:
//! sizes that lie (all bits set, the largest signed number, the numbers beside a power of two) in place of two, four
//! and eight bytes at spread places, and the first half of the file alone. This binary holds one test, so nothing else
//! allocates meanwhile; the peak counts from before the file is handed over.

#![expect(
    clippy::print_stderr,
    reason = "the measured peak is for people to read"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, inspect, weights};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_testkit::corpus;
use peak_alloc::PeakAlloc;

#[global_allocator]
static COUNTING: PeakAlloc = PeakAlloc;

/// What a parser may take beyond the file itself.
const ALLOWED: usize = 64 << 20;
/// The largest seed that is changed; larger ones only repeat what smaller ones show.
const LARGEST: usize = 64 * 1024;
/// Places of a seed at which each lie is told.
const PLACES: usize = 24;

/// Sizes that no file holds, as their bytes.
const LIES: &[&[u8]] = &[
    &[0xff; 8],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    &[0, 0, 0, 0, 1, 0, 0, 0],
    &[0xff; 4],
    &[0xff, 0xff, 0xff, 0x7f],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0, 0, 0, 0x40],
    &[0xff; 2],
    b"99999999",
];

/// How far memory rose above what was in use before the file was there.
fn risen(name: &str, bytes: Vec<u8>) -> usize {
    let before = COUNTING.current_usage() - bytes.len();
    COUNTING.reset_peak_usage();
    let limits = Limits::default().for_file(bytes.len() as u64);
    let budget = Budget::untimed(limits);
    let artifact = Artifact {
        location: Location::file(name),
        bytes: Arc::new(bytes),
    };
    let places = weights::places(&artifact.bytes, &budget);
    let mut pass = Pass::with_weights(places, artifact.bytes.size());
    pass.update(artifact.bytes.as_slice().unwrap_or_default());
    let found = inspect(&artifact, Some(pass.finish()), &budget);
    assert!(!found.is_empty(), "{name}");
    COUNTING.peak_usage().saturating_sub(before)
}

/// The seed with lies in it, and its first half.
fn changed(seed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = (seed.len() / PLACES).max(1);
    let places = (0..seed.len()).step_by(step);
    let lied = places.flat_map(move |at| {
        LIES.iter().filter_map(move |lie| {
            let mut bytes = seed.to_vec();
            bytes.get_mut(at..at + lie.len())?.copy_from_slice(lie);
            Some(bytes)
        })
    });
    lied.chain([seed[..seed.len() / 2].to_vec()])
}

#[test]
fn no_parser_takes_much_more_memory_than_its_file_holds() {
    let mut classes = BTreeSet::new();
    let (mut files, mut changes, mut highest) = (0_u32, 0_u32, (0, String::new()));
    let mut wrong = Vec::new();
    let mut check = |name: &str, case: &str, bytes: Vec<u8>| {
        let size = bytes.len();
        let beyond = risen(name, bytes).saturating_sub(size);
        if beyond > ALLOWED {
            wrong.push(format!("{case}: {beyond} bytes beyond {size}"));
        }
        if beyond > highest.0 {
            highest = (beyond, case.to_owned());
        }
    };
    let cases = corpus::all();
    for case in &cases {
        let told = format!("{}/{}", case.class, case.name);
        for (name, bytes) in &case.files {
            check(name, &told, bytes.clone());
            files += 1;
        }
        let subject = case.files.iter().find(|(name, _)| *name == case.subject);
        let Some((name, seed)) = subject.filter(|(_, bytes)| bytes.len() <= LARGEST) else {
            continue;
        };
        if seed.is_empty() || !classes.insert(case.class) {
            continue;
        }
        for bytes in changed(seed) {
            check(name, &told, bytes);
            changes += 1;
        }
    }
    eprintln!(
        "{files} files, {changes} changes of {} seeds; at most {} bytes beyond the file: {}",
        classes.len(),
        highest.0,
        highest.1
    );
    assert!(files >= 3_000 && changes >= 10_000, "{files} {changes}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
