//! Core ML: models, pipelines and programs in protobuf, the manifest of a package, and compiled programs as text.
//!
//! Core ML runs no code from a model file: custom models and layers name a class that the app must have. What a file
//! can do is name other files (linked models, blobs of weights, items of a package), nest without end, and ask an
//! app's own class for more than it should. Compiled models (`coremldata.bin`, Espresso) have no public layout and
//! are not read.
//!
//! Source: `mlmodel/format/*.proto` and `modelpackage/` of coremltools.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

use crate::Kind;
use crate::wire::{Ending, Head, Value, Wire};

mod manifest;
mod model;
mod program;

/// Bytes of a name or path that are read.
const TEXT: usize = 4096;

/// Fields of `Model` that say which type of model it is.
const TYPES: &[u32] = &[
    200, 201, 202, 300, 301, 302, 303, 304, 400, 401, 402, 403, 404, 500, 501, 502, 555, 556, 560,
    600, 601, 602, 603, 604, 606, 607, 609, 610, 900, 2000, 2001, 2002, 2003, 2004, 2005, 2006,
    3000,
];

/// The highest version of the specification that is believable; it is 10 for the systems of 2025.
const BELIEVABLE_VERSION: u64 = 1000;

pub(crate) fn recognise(head: &[u8], is_whole: bool, name: &str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if is_model(head, is_whole, name) {
        kinds.push(Kind::CoreMl);
    }
    if manifest::is_manifest(head) {
        kinds.push(Kind::CoreMlManifest);
    }
    if program::is_text(head) {
        kinds.push(Kind::CoreMlProgramText);
    }
    kinds
}

fn is_model(head: &[u8], is_whole: bool, name: &str) -> bool {
    let head = Head(head);
    let wire = Wire::over_head(&head);
    let mut has_version = false;
    let mut has_description = false;
    let mut has_type = false;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(16) {
        match (field.number, field.value) {
            (1, Value::Varint(version)) => has_version = version < BELIEVABLE_VERSION,
            (2, Value::Bytes(_)) => has_description = true,
            (10, Value::Varint(_)) => {}
            (number, Value::Bytes(_)) if TYPES.contains(&number) => has_type = true,
            (number, _) if number < 200 => return false,
            _ => {}
        }
    }
    let is_clean = match fields.ending() {
        Ending::Open | Ending::Whole => true,
        Ending::Truncated => !is_whole,
        Ending::Broken | Ending::Stopped => false,
    };
    let is_named = name.to_ascii_lowercase().ends_with(".mlmodel");
    // The description alone can be longer than the head.
    let has_shape = has_version && has_description;
    (is_clean || has_type) && ((has_type && has_shape) || (is_named && (has_shape || has_type)))
}

pub(crate) fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::CoreMlManifest => manifest::read(bytes, budget),
        Kind::CoreMlProgramText => program::read_text(bytes, budget),
        _ => model::read(bytes, budget),
    }
}
