//! Changes every seed of the corpus many times, reads each change, and says how long the slowest took.
//!
//! `cargo run --release -p chainwright-analysis --example mutate -- [MUTATIONS]` (10,000 if not given); the peak
//! memory is what `/usr/bin/time -v` says of it.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for people at a terminal that takes the time; the crate stays pure"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, inspect, weights};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_testkit::corpus;

/// The largest seed; mutations of larger ones only repeat what smaller ones show.
const LARGEST: usize = 64 * 1024;

fn read(name: &str, bytes: Vec<u8>) -> Duration {
    let begun = Instant::now();
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
    assert!(!found.is_empty());
    begun.elapsed()
}

fn main() {
    let mutations: u32 = std::env::args()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(10_000);
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut classes: Vec<&str> = Vec::new();
    let (mut seeds, mut reads) = (0_u32, 0_u64);
    for case in corpus::all() {
        let subject = case.files.iter().find(|(name, _)| *name == case.subject);
        let Some((name, seed)) = subject.filter(|(_, bytes)| bytes.len() <= LARGEST) else {
            continue;
        };
        if classes.contains(&case.class) || seed.is_empty() {
            continue;
        }
        classes.push(case.class);
        seeds += 1;
        let mut worst = Duration::ZERO;
        for end in 0..seed.len() {
            worst = worst.max(read(name, seed[..end].to_vec()));
            reads += 1;
        }
        for _ in 0..mutations {
            let mut bytes = seed.clone();
            for _ in 0..=random(8) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] ^= 1 << random(8),
                    1 => bytes[at] = [0, 0xff, 0x7f, 0x80][random(4)],
                    2 => bytes[at] = random(256) as u8,
                    _ => {
                        let piece = bytes[at..bytes.len().min(at + 8)].to_vec();
                        let to = random(bytes.len());
                        bytes.splice(to..to, piece);
                    }
                }
            }
            worst = worst.max(read(name, bytes));
            reads += 1;
        }
        slowest.push((worst, format!("{}/{}", case.class, case.name)));
    }
    slowest.sort_by(|left, right| right.cmp(left));
    println!("{seeds} seeds, {reads} reads, no panic; the slowest:");
    for (time, name) in slowest.iter().take(5) {
        println!("  {:>8.1} ms  {name}", time.as_secs_f64() * 1000.0);
    }
}
