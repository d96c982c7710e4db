//! Boosters, PMML, skops, R, Torch7, MessagePack, Orbax and spaCy: the first byte chooses the format.

#![no_main]

use std::sync::Arc;

use chainwright_classical::{Kind, read, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

const KINDS: [Kind; 16] = [
    Kind::XgboostBinary,
    Kind::XgboostJson,
    Kind::XgboostUbjson,
    Kind::LightGbm,
    Kind::CatBoostBinary,
    Kind::CatBoostJson,
    Kind::Pmml,
    Kind::Skops,
    Kind::RData,
    Kind::Torch7,
    Kind::Msgpack,
    Kind::OrbaxMetadata,
    Kind::OcdbtManifest,
    Kind::JaxExport,
    Kind::SpacyConfig,
    Kind::SpacyMeta,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let budget = Budget::untimed(Limits::default());
    let shared: SharedBytes = Arc::new(bytes.to_vec());
    if let Some(kind) = KINDS.get(usize::from(*choice) % KINDS.len()) {
        let _ = read(*kind, &shared, &budget);
    }
    for kind in recognise(bytes, &[], "model") {
        let _ = read(kind, &shared, &budget);
    }
});
