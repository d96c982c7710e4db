//! Keras and HDF5 over the labelled corpus, over damage, and over what real libraries write.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests state what they expect"
)]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_keras::{Kind, read, recognise};

mod config;
mod corpus;
mod damage;
mod hdf5;

/// Facts of content under every kind that it is recognised as.
fn facts(name: &str, content: &[u8]) -> Vec<ModelFacts> {
    let bytes: SharedBytes = Arc::new(content.to_vec());
    let head = &content[..content.len().min(64 * 1024)];
    let tail = if content.len() > head.len() {
        &content[content.len() - head.len()..]
    } else {
        &[]
    };
    let kinds = recognise(head, tail, name);
    kinds
        .into_iter()
        .map(|kind| read(kind, &bytes, &Budget::untimed(Limits::default())))
        .collect()
}

/// Facts of one kind, whatever is recognised.
fn read_as(kind: Kind, content: &[u8]) -> ModelFacts {
    let bytes: SharedBytes = Arc::new(content.to_vec());
    read(kind, &bytes, &Budget::untimed(Limits::default()))
}

/// How bad the worst hazard is: 0 info, 1 low, 2 medium, 3 high, 4 critical; as the rules derive it.
fn severity(facts: &ModelFacts) -> u8 {
    use ModelHazardKind as K;
    let of = |kind: ModelHazardKind, effect: Effect| {
        let base: u8 = match kind {
            K::EmbeddedCode
            | K::DangerousCallable
            | K::ProcessStart
            | K::NativeLibrary
            | K::FileWrite
            | K::NetworkUse
            | K::InterpreterCallback
            | K::PathEscape => 3,
            K::CustomOperator | K::StrayData => 1,
            _ => 2,
        };
        match (kind, effect) {
            (K::EmbeddedCode | K::DangerousCallable, Effect::OnLoad) => 4,
            (_, Effect::Conditional) => base - 1,
            _ => base,
        }
    };
    facts
        .hazards
        .iter()
        .map(|hazard| of(hazard.kind, hazard.effect))
        .max()
        .unwrap_or(0)
}
