//! TensorFlow: SavedModels, graphs, checkpoints, and what Keras and TensorFlow.js put beside them.
//!
//! A graph is a program. TensorFlow's own documentation says so, and its operators read and write files, talk to
//! networks and call into Python; a scanner that knows only their names either calls every SavedModel hostile (they
//! all write checkpoints) or misses what matters. Here the operands are followed: which file, chosen by whom, and
//! whether it happens on loading. Weights are not looked at, and nothing that a file names is opened.
//!
//! Sources: the schemas in `tensorflow/core/{framework,protobuf}`, the loaders in `tensorflow/python/saved_model` and
//! `tensorflow/cc/saved_model`, and the definitions of the operators themselves.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat};

use crate::Kind;
use crate::wire::Wire;

mod checkpoint;
mod graph;
mod javascript;
mod json;
mod judge;
mod keras;
mod ops;
mod paths;
mod prototext;
mod reach;
mod recognise;
mod saved;
mod schema;
mod snappy;
mod state;
pub(crate) mod table;
mod tensor;
mod values;

#[cfg(test)]
mod tests;

pub(crate) fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    recognise::recognise(head, tail, name)
}

pub(crate) fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let source = bytes.as_ref();
    match (kind, prototext::opening(kind, source)) {
        (Kind::Checkpoint, Some(_)) => state::read(source, budget),
        (Kind::Checkpoint, None) => checkpoint::read(source, budget),
        (Kind::Fingerprint, _) => {
            let mut facts = ModelFacts::new(ModelFormat::Other);
            "tensorflow".clone_into(&mut facts.producer);
            facts
        }
        (_, Some('{')) => javascript::read(source, budget),
        (kind, Some(_)) => {
            let (binary, problems) = prototext::transcode(kind, source, budget);
            let wire = Wire::new(&binary, budget);
            let mut facts = read_binary(kind, &wire, false, budget);
            // Offsets of the binary form say nothing about the text.
            let of_wire = wire.into_problems().into_iter();
            for problem in problems.into_iter().chain(of_wire) {
                facts.problem(problem.kind, Place::Whole, problem.detail);
            }
            facts
        }
        (kind, None) => {
            let wire = Wire::new(source, budget);
            let mut facts = read_binary(kind, &wire, true, budget);
            for problem in wire.into_problems() {
                facts.problem(problem.kind, problem.place, problem.detail);
            }
            facts
        }
    }
}

fn read_binary(kind: Kind, wire: &Wire<'_>, is_file: bool, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(format(kind));
    match kind {
        Kind::MetaGraph => {
            let purpose = judge::Purpose::Training;
            saved::read_meta(wire, wire.whole(), purpose, is_file, budget, &mut facts);
        }
        Kind::GraphDef => saved::read_graph(wire, is_file, budget, &mut facts),
        Kind::KerasMetadata => keras::read(wire, is_file, &mut facts),
        _ => saved::read(wire, is_file, budget, &mut facts),
    }
    facts
}

const fn format(kind: Kind) -> ModelFormat {
    match kind {
        Kind::GraphDef => ModelFormat::GraphDef,
        Kind::MetaGraph => ModelFormat::MetaGraph,
        Kind::KerasMetadata => ModelFormat::KerasMetadata,
        Kind::Checkpoint => ModelFormat::TensorFlowCheckpoint,
        _ => ModelFormat::SavedModel,
    }
}
