//! TensorFlow Lite (LiteRT) models: `TFL3` flatbuffers.
//!
//! Builtin operators only compute. What reaches further are custom operators, above all those of the Flex delegate,
//! which run any TensorFlow kernel: reading and writing files, calling Python. The rest are numbers that the
//! interpreter once trusted: indices without a target, buffers outside the file, shapes that overflow, subgraphs
//! that call themselves. Weights are not read, and associated files that are zipped behind the model (that is how
//! metadata works) are opened by the walker of archives.
//!
//! Sources: `tensorflow/compiler/mlir/lite/schema/schema.fbs`; `delegates/flex/kernel.cc` for how a Flex operator
//! finds the kernel it runs; the advisories that are cited with each hazard.

use std::collections::BTreeSet;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;

use crate::facts::{bad_index, close_flat, on_load, outside};
use crate::flat::{Flat, Table, Vector};
use crate::paths::side_file;

mod calls;
mod operators;
mod tensors;

/// Invalid indices: GHSA-cvpc-8phh-8f45.
const INDEX: &str = "CVE-2020-15211";
/// Builtin operators that the schema of TensorFlow Lite 2.21 numbers, rounded up for later ones.
const BUILTINS: i32 = 300;
const CUSTOM: i32 = 32;
const DELEGATE: i32 = 51;

/// What the whole model shares.
struct Model<'a> {
    codes: Vec<operators::Code>,
    buffers: u64,
    buffer_list: Option<Vector<'a>>,
    subgraphs: u64,
    external_buffers: BTreeSet<u32>,
}

/// Reads a TensorFlow Lite model.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TfLite);
    let flat = Flat::new(bytes, bytes.size(), budget);
    if let Some(root) = flat.root() {
        model(&flat, root, &mut facts);
    }
    close_flat(&flat, &mut facts, "CWE-125");
    facts
}

fn model<'a>(flat: &'a Flat<'a>, root: Table<'a>, facts: &mut ModelFacts) {
    facts.version = root.u32(0).to_string();
    if root.u32(0) != 3 {
        let detail = format!("schema version {}", root.u32(0));
        facts.problem(ProblemKind::Unsupported, Place::Byte(root.start()), detail);
    }
    facts.producer = root
        .text(3)
        .map(|text| chainwright_core::text::visible(&text, 80))
        .unwrap_or_default();
    let shared = Model {
        codes: operators::codes(root, facts),
        buffers: root.count(4, 4),
        buffer_list: root.vector(4, 4),
        subgraphs: root.count(2, 4),
        external_buffers: external_buffers(root, facts),
    };
    buffers(flat, root, facts);
    let mut edges = calls::Calls::default();
    for (index, subgraph) in root.tables(2).flatten().enumerate() {
        read_subgraph(flat, &shared, index, subgraph, &mut edges, facts);
    }
    edges.check(facts);
    metadata(flat, root, &shared, facts);
    signatures(root, &shared, facts);
}

/// Buffers of large models lie outside the flatbuffer: offsets 0 and 1 mean that this one does not.
fn buffers(flat: &Flat<'_>, root: Table<'_>, facts: &mut ModelFacts) {
    for (index, buffer) in root.tables(4).flatten().enumerate() {
        let (offset, size) = (buffer.u64(1), buffer.u64(2));
        let is_inside = offset <= 1
            || offset
                .checked_add(size)
                .is_some_and(|end| end <= flat.size());
        if !is_inside {
            outside(
                facts,
                buffer.start(),
                &format!("buffer {index} at {offset}+{size}"),
                "a buffer reaches beyond the end of the file",
                "CWE-125",
            );
        }
        // Touching the list checks its length.
        buffer.vector(0, 1);
    }
}

/// External buffers live in files of their own; returns their identifiers.
fn external_buffers(root: Table<'_>, facts: &mut ModelFacts) -> BTreeSet<u32> {
    for group in root.tables(8).flatten() {
        if let Some(name) = group.text(0) {
            side_file(facts, &name, Effect::OnLoad, &Place::Byte(group.start()));
        }
    }
    let groups = root.count(8, 4);
    let mut known = BTreeSet::new();
    for buffer in root.tables(9).flatten() {
        known.insert(buffer.u32(0));
        if u64::from(buffer.u32(1)) >= groups {
            let group = i64::from(buffer.u32(1));
            bad_index(facts, buffer.start(), "external buffer group", group, INDEX);
        }
        if buffer.u64(2).checked_add(buffer.u64(3)).is_none() {
            let detail = "offset and size of an external buffer overflow";
            outside(facts, buffer.start(), "external buffer", detail, "CWE-190");
        }
    }
    known
}

fn read_subgraph<'a>(
    flat: &'a Flat<'a>,
    model: &Model<'a>,
    index: usize,
    subgraph: Table<'a>,
    edges: &mut calls::Calls,
    facts: &mut ModelFacts,
) {
    let tensors = tensors::read(flat, model, subgraph, facts);
    let count = i64::try_from(tensors.len()).unwrap_or(i64::MAX);
    let inputs: BTreeSet<i32> = subgraph.i32s(1).collect();
    for (what, list) in [("subgraph input", 1), ("subgraph output", 2)] {
        for each in subgraph.i32s(list) {
            // -1 stands for an output that is left out.
            if i64::from(each) >= count || each < -1 || (each == -1 && list == 1) {
                bad_index(facts, subgraph.start(), what, i64::from(each), INDEX);
            }
        }
    }
    for operator in subgraph.tables(3).flatten() {
        facts.operators = facts.operators.saturating_add(1);
        indices(operator, count, facts);
        edges.add(index, operator, model.subgraphs, facts);
        let code = usize::try_from(operator.u32(0)).ok();
        match code.and_then(|code| model.codes.get(code)) {
            Some(code) => operators::judge(flat, code, operator, &inputs, &tensors, facts),
            None => {
                let code = i64::from(operator.u32(0));
                bad_index(facts, operator.start(), "operator code", code, INDEX);
            }
        }
    }
}

/// The tensors that an operator names exist; -1 stands for an optional one that is left out.
fn indices(operator: Table<'_>, count: i64, facts: &mut ModelFacts) {
    for (what, list) in [
        ("input tensor", 1),
        ("output tensor", 2),
        ("intermediate", 8),
    ] {
        for index in operator.i32s(list).map(i64::from) {
            if index >= count || index < -1 {
                bad_index(facts, operator.start(), what, index, INDEX);
            }
        }
    }
}

fn metadata(flat: &Flat<'_>, root: Table<'_>, model: &Model<'_>, facts: &mut ModelFacts) {
    for index in root.i32s(5) {
        if u64::try_from(index).map_or(true, |index| index >= model.buffers) {
            bad_index(
                facts,
                root.start(),
                "metadata buffer",
                i64::from(index),
                INDEX,
            );
        }
    }
    for entry in root.tables(6).flatten() {
        let index = u64::from(entry.u32(1));
        if index >= model.buffers {
            let shown = i64::from(entry.u32(1));
            bad_index(facts, entry.start(), "metadata buffer", shown, INDEX);
            continue;
        }
        if entry.text(0).as_deref() == Some("TFLITE_METADATA")
            && let Some(data) = model.buffer(index).and_then(|buffer| buffer.vector(0, 1))
        {
            let head = flat
                .bytes(data.first, data.count.min(8))
                .unwrap_or_default();
            if head.get(4..8) != Some(b"M001") {
                let detail = "the metadata of the model are not of the kind that is documented";
                facts.problem(ProblemKind::Malformed, Place::Byte(data.first), detail);
            }
        }
    }
}

impl<'a> Model<'a> {
    /// A buffer by its number.
    fn buffer(&self, index: u64) -> Option<Table<'a>> {
        self.buffer_list?.table(index)
    }
}

fn signatures(root: Table<'_>, model: &Model<'_>, facts: &mut ModelFacts) {
    for signature in root.tables(7).flatten() {
        let index = u64::from(signature.u32(4));
        if index >= model.subgraphs {
            let shown = i64::from(signature.u32(4));
            bad_index(
                facts,
                signature.start(),
                "signature's subgraph",
                shown,
                INDEX,
            );
        }
    }
}

/// Notes an operator that the interpreter does not bring along.
fn needs_operator(facts: &mut ModelFacts, at: u64, name: &str, detail: &str) {
    facts.hazard(ModelHazard::new(
        Kind::CustomOperator,
        Effect::OnUse,
        Place::Byte(at),
        name,
        detail,
        "",
    ));
}

fn malformed(facts: &mut ModelFacts, at: u64, subject: &str, detail: &str) {
    on_load(facts, Kind::Malformed, at, subject, detail, "");
}
