//! What reading costs: `scan_cost TARGET…` reads everything as `scan` does, without rules, and prints how many artifacts and
//! facts came of it, and a digest of all of them, by which two builds can be compared.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chainwright_core::limits::Limits;
use chainwright_engine::{Request, Silent, Target, collect};
use chainwright_sources::Exclude;

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let targets = std::env::args().skip(1).map(|written| Target {
        path: PathBuf::from(&written),
        written,
    });
    let request = Request {
        targets: targets.collect(),
        limits: Limits::default(),
        hash: true,
        weights: true,
        cache: None,
        trusted_bases: Vec::new(),
        advisories: None,
        verifying: None,
        internal_prefixes: Vec::new(),
        exclude: Exclude::default(),
        threads: None,
    };
    let raw = collect(&request, &Silent, &Arc::new(AtomicBool::new(false)))?;
    let facts: usize = raw.artifacts.iter().map(|each| each.facts.len()).sum();
    let mut digest = blake3::Hasher::new();
    let mut written = String::new();
    for artifact in &raw.artifacts {
        written.clear();
        write!(written, "{artifact:?}")?;
        digest.update(written.as_bytes());
        if std::env::var_os("FACTS").is_some() {
            println!("{written}");
        }
    }
    let digest = digest.finalize().to_hex();
    println!("{} artifacts, {facts} facts, {digest}", raw.artifacts.len());
    Ok(())
}
