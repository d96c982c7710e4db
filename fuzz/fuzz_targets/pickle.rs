//! The symbolic pickle machine, as every loader reads.

#![no_main]

use chainwright_core::budget::Budget;
use chainwright_pickle::Flavour;
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
    for flavour in [Flavour::Plain, Flavour::Joblib, Flavour::TorchLegacy, Flavour::TorchZip] {
        let _ = chainwright_pickle::scan(&data.to_vec(), flavour, &Budget::untimed(limits()));
    }
});
