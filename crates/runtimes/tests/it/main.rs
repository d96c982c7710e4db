//! The corpus of this crate's formats, damage to it, and what is recognised.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_runtimes::{Kind, read, recognise};

mod corpus;
mod hostile;

const EDGE: usize = 64 * 1024;

fn kinds(name: &str, bytes: &[u8]) -> Vec<Kind> {
    let head = &bytes[..bytes.len().min(EDGE)];
    let tail = match bytes.len() > EDGE {
        true => &bytes[bytes.len() - EDGE..],
        false => &[],
    };
    recognise(head, tail, name.rsplit('/').next().unwrap_or(name))
}

/// What every parser that recognises the bytes says.
fn look(name: &str, bytes: &[u8]) -> Vec<ModelFacts> {
    let source: SharedBytes = Arc::new(bytes.to_vec());
    kinds(name, bytes)
        .into_iter()
        .map(|kind| read(kind, &source, &Budget::untimed(Limits::default())))
        .collect()
}

/// Whether rules put a hazard at medium or above.
fn is_medium(hazard: &ModelHazard) -> bool {
    use ModelHazardKind as K;
    let steps = match hazard.kind {
        K::EmbeddedCode
        | K::DangerousCallable
        | K::ProcessStart
        | K::NativeLibrary
        | K::FileWrite
        | K::NetworkUse
        | K::InterpreterCallback
        | K::PathEscape => 2,
        K::FileRead
        | K::PathAbsolute
        | K::ExternalEntity
        | K::SizeLie
        | K::OutOfBounds
        | K::Ambiguous
        | K::TextRewriting
        | K::ResourceExhaustion
        | K::EntityExpansion
        | K::ProtectionOff
        | K::Malformed
        | K::UnknownCallable => 1,
        K::CustomOperator | K::StrayData => 0,
    };
    steps > usize::from(hazard.effect == Effect::Conditional)
}

fn reasons(name: &str, bytes: &[u8]) -> Vec<String> {
    look(name, bytes)
        .iter()
        .flat_map(|facts| &facts.hazards)
        .filter(|hazard| is_medium(hazard))
        .map(|hazard| format!("{:?} {}", hazard.kind, hazard.subject))
        .collect()
}
