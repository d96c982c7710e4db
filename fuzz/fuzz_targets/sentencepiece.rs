//! SentencePiece models and their compiled rules.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = chainwright_formats::sentencepiece::recognise(data, "tokenizer.model");
    let bytes: SharedBytes = Arc::new(data.to_vec());
    let budget = Budget::untimed(Limits::default());
    let _ = chainwright_formats::sentencepiece::read(&bytes, &budget);
});
