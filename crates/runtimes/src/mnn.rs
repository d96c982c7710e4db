//! MNN: flatbuffers without an identifier, so that only the shape of the root table tells them.
//!
//! Operators compute, save for `Plugin`, which the application registers by name, and `Extra`, which carries the
//! operator of another engine. Weights may lie in a file beside the model that an operator names.
//!
//! Source: `schema/default/MNN.fbs` of alibaba/MNN.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::facts::{bad_index, close_flat};
use crate::flat::{Flat, Table};

const PLUGIN: i32 = 256;
const EXTRA: i32 = 512;

/// Reads a network.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Other);
    facts.producer = "MNN".to_owned();
    let flat = Flat::new(bytes, bytes.size(), budget);
    if let Some(root) = flat.root() {
        let tensors = i64::try_from(root.count(7, 4)).unwrap_or(i64::MAX);
        for operator in root.tables(3).flatten() {
            judge(operator, tensors, &mut facts);
        }
        for subgraph in root.tables(10).flatten() {
            let tensors = i64::try_from(subgraph.count(3, 4)).unwrap_or(i64::MAX);
            for operator in subgraph.tables(4).flatten() {
                judge(operator, tensors, &mut facts);
            }
        }
    }
    close_flat(&flat, &mut facts, "CWE-125");
    facts
}

fn judge(operator: Table<'_>, tensors: i64, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    for list in [0, 4] {
        for index in operator.i32s(list).map(i64::from) {
            // -1 stands for an input that is left out; networks without names number freely.
            if index < -1 || tensors > 0 && index >= tensors {
                bad_index(facts, operator.start(), "tensor", index, "CWE-129");
            }
        }
    }
    if let Some(path) = operator.text(7) {
        let place = Place::Byte(operator.start());
        crate::paths::side_file(facts, &path, Effect::OnLoad, &place);
    }
    let kind = operator.i32(5);
    if kind == PLUGIN || kind == EXTRA {
        let name = operator
            .table(2)
            .and_then(|inner| inner.text(0))
            .unwrap_or_default();
        facts.hazard(ModelHazard::new(
            Kind::CustomOperator,
            Effect::OnUse,
            Place::Byte(operator.start()),
            &name,
            "an operator that the application has to register",
            "",
        ));
    }
}
