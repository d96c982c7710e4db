//! TensorFlow's formats: every kind over the same bytes, and whatever recognition says.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_networks::{Kind, read, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let budget = Budget::untimed(Limits {
        text_bytes: 1 << 20,
        ..Limits::default()
    });
    let shared: SharedBytes = Arc::new(data.to_vec());
    let kinds = [
        Kind::SavedModel,
        Kind::GraphDef,
        Kind::MetaGraph,
        Kind::KerasMetadata,
        Kind::Checkpoint,
    ];
    for kind in recognise(data, &[], "saved_model.pb")
        .into_iter()
        .chain(kinds)
    {
        let _ = read(kind, &shared, &budget);
    }
});
