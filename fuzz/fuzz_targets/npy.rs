//! The NumPy header.

#![no_main]

use chainwright_core::budget::Budget;
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
    let _ = chainwright_formats::npy::read(&data.to_vec(), &limits(), &Budget::untimed(limits()));
});
