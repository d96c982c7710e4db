//! Every container reader, and the content of every member.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
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
    let source: SharedBytes = Arc::new(data.to_vec());
    let budget = Budget::untimed(limits());
    for kind in chainwright_containers::recognise(source.as_ref()) {
        for member in chainwright_containers::open(&source, kind, &budget).members {
            if let Some(bytes) = &member.bytes {
                let _ = read_range(bytes.as_ref(), 0, 1 << 20);
            }
        }
    }
});
