//! Everything that a scan does with one file.

#![no_main]

use std::sync::Arc;

use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, inspect};
use chainwright_core::budget::Budget;
use chainwright_core::location::Location;
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

fn limits() -> Limits {
    Limits {
        unpacked_bytes: 16 << 20,
        members: 1_000,
        ..Limits::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let artifact = Artifact { location: Location::file("model.bin"), bytes: Arc::new(data.to_vec()) };
    let mut pass = Pass::default();
    pass.update(data);
    let _ = inspect(&artifact, Some(pass.finish()), &Budget::untimed(limits()));
});
