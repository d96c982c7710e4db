//! Weight files as lists of tensors, and the conversion of what was read. The file itself lies beside it under every
//! name, so that formats with side files find something.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_tensors::{Beside, Options, Sink, convert, open_beside};
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

struct Itself(SharedBytes);

impl Beside for Itself {
    fn open(&self, _path: &str) -> Result<SharedBytes, String> {
        Ok(self.0.clone())
    }
}

fuzz_target!(|data: &[u8]| {
    let bytes: SharedBytes = Arc::new(data.to_vec());
    let budget = Budget::untimed(limits());
    let opened = open_beside(&bytes, "model.index", &Itself(bytes.clone()), &budget);
    let wanted = opened.tensors.iter().fold(0_u64, |sum, tensor| sum.saturating_add(tensor.length));
    if wanted < 16 << 20 {
        let _ = convert(&opened, &Nowhere, &Options::default(), &budget);
    }
});
