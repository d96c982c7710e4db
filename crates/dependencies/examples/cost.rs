//! Prints what reading each file named on the command line costs: the best of fifty readings, in milliseconds of CPU
//! time where Linux tells it, otherwise of the wall clock. `docs/performance.md` quotes it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measurements, not part of the library"
)]

use std::time::{Duration, Instant};

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_dependencies::{read, recognise};

const READINGS: usize = 50;

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
        let mut best = Duration::MAX;
        let mut packages = 0;
        for _ in 0..READINGS {
            let clock = Clock::start();
            let facts = read(kind, &bytes, &Budget::untimed(Limits::default()));
            best = best.min(clock.elapsed());
            packages = facts.packages.len();
        }
        let (size, best) = (bytes.len(), best.as_secs_f64() * 1e3);
        println!("{path}: {kind:?}, {size} bytes, {packages} packages, {best:.2} ms");
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
