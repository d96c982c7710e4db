//! The formats of inference runtimes.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

const EDGE: usize = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let head = &data[..data.len().min(EDGE)];
    let tail = if data.len() > EDGE {
        &data[data.len() - EDGE..]
    } else {
        &[]
    };
    let source: SharedBytes = Arc::new(data.to_vec());
    for name in ["model.mnn", "config.pbtxt", ".args"] {
        for kind in chainwright_runtimes::recognise(head, tail, name) {
            let _ = chainwright_runtimes::read(kind, &source, &Budget::untimed(Limits::default()));
        }
    }
});
