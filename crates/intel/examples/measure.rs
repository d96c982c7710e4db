//! Measures opening a store and matching pins against it: `measure STORE PINS`, pins as `name==version` lines.
//!
//! Times of a first question in a fresh process, and of the same question again. `measure STORE PINS SOURCE…` builds the
//! store first.

#![expect(clippy::print_stdout, reason = "a measuring program talks to its user")]

use std::path::Path;
use std::time::Instant;

use chainwright_core::package::{Ecosystem, Package};
use chainwright_intel::{Store, Update, update};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(store), Some(pins)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measure STORE PINS".into());
    };
    let from: Vec<String> = arguments.collect();
    if !from.is_empty() {
        let start = Instant::now();
        let options = Update {
            from: &from,
            now: 20_779 * 86_400,
            key: None,
            signature: None,
            popular: Ecosystem::PyPi,
            allow_older: false,
            download: None,
        };
        let changes = update(Path::new(&store), &options)?;
        println!("{} added in {:?}", changes.added, start.elapsed());
    }
    let pins: Vec<Package> = std::fs::read_to_string(pins)?
        .lines()
        .filter_map(|line| line.split_once("=="))
        .map(|(name, version)| Package::new(Ecosystem::PyPi, name, Some(version)))
        .collect();
    let start = Instant::now();
    let store = Store::open(Path::new(&store))?;
    let opened = start.elapsed();
    let start = Instant::now();
    let answer = store.matches(&pins)?;
    let cold = start.elapsed();
    let rounds = 50;
    let start = Instant::now();
    for _ in 0..rounds {
        assert_eq!(store.matches(&pins)?.findings.len(), pins.len());
    }
    let warm = start.elapsed() / rounds;
    let matches: usize = answer
        .findings
        .iter()
        .map(|findings| findings.matches.len())
        .sum();
    println!(
        "{} pins, {matches} matches: open {opened:?}, first {cold:?}, again {warm:?}",
        pins.len()
    );
    Ok(())
}
