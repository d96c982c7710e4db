//! Prints the facts about each file named on the command line, one JSON object a line, for comparison with other
//! readers (`tests/dependencies`). `KIND=path` chooses the kind; otherwise the name does.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measurements, not part of the library"
)]

use std::time::Instant;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_dependencies::{ManifestKind, read, recognise};

fn main() {
    for argument in std::env::args().skip(1) {
        let (kind, path) = match argument.split_once('=') {
            Some((kind, path)) => (serde_json::from_str(&format!("\"{kind}\"")).ok(), path),
            None => (None, argument.as_str()),
        };
        let Ok(bytes) = std::fs::read(path) else {
            println!("{{\"path\": {path:?}, \"error\": \"unreadable\"}}");
            continue;
        };
        let kind: Option<ManifestKind> = kind.or_else(|| recognise(path, &bytes));
        let Some(kind) = kind else {
            println!("{{\"path\": {path:?}, \"error\": \"unknown\"}}");
            continue;
        };
        let start = Instant::now();
        let facts = read(kind, &bytes, &Budget::untimed(Limits::default()));
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let facts = serde_json::to_string(&facts).unwrap_or_default();
        println!("{{\"path\": {path:?}, \"milliseconds\": {milliseconds:.3}, \"facts\": {facts}}}");
    }
}
