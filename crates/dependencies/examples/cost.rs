//! Prints what reading each file named on the command line costs: the mean of a hundred readings, in milliseconds of
//! CPU time where Linux tells it, otherwise of the wall clock. `docs/performance.md` quotes it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measurements, not part of the library"
)]

use std::time::{Duration, Instant};

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_dependencies::{read, recognise};

const READINGS: u32 = 100;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            println!("{path}: unreadable");
            continue;
        };
        let Some(kind) = recognise(&path, &bytes) else {
            println!("{path}: unknown");
            continue;
        };
        let mut packages = 0;
        let clock = Clock::start();
        for _ in 0..READINGS {
            let facts = read(kind, &bytes, &Budget::untimed(Limits::default()));
            packages = facts.packages.len();
        }
        let each = clock.elapsed().as_secs_f64() * 1e3 / f64::from(READINGS);
        println!(
            "{path}: {kind:?}, {} bytes, {packages} packages, {each:.2} ms",
            bytes.len()
        );
    }
}

/// Time that this thread was on a processor; a busy machine does not lengthen it.
struct Clock {
    wall: Instant,
    cpu: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Self {
            cpu: on_cpu(),
            wall: Instant::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        match (self.cpu, on_cpu()) {
            (Some(before), Some(after)) => Duration::from_nanos(after.saturating_sub(before)),
            _ => self.wall.elapsed(),
        }
    }
}

fn on_cpu() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
