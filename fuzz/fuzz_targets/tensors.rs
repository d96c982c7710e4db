//! Weight files as lists of tensors, and the conversion of what was read.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_tensors::{Options, Sink, convert, open};
use libfuzzer_sys::fuzz_target;

fn limits() -> Limits {
    Limits {
        unpacked_bytes: 16 << 20,
        members: 1_000,
        ..Limits::default()
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let bytes: SharedBytes = Arc::new(data.to_vec());
    let budget = Budget::untimed(limits());
    let opened = open(&bytes, &budget);
    let wanted = opened.tensors.iter().fold(0_u64, |sum, tensor| sum.saturating_add(tensor.length));
    if wanted < 16 << 20 {
        let _ = convert(&opened, &Nowhere, &Options::default(), &budget);
    }
});
