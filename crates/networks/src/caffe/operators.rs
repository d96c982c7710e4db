//! Caffe2's `NetDef`: operators, their arguments, and networks inside arguments.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind, PartContent};

use super::TEXT;
use super::layer::note;
use crate::code_text::{is_code, is_library, names_process, names_python};
use crate::wire::{Message, Value, Wire};

/// Operators of Caffe2 and Detectron that reach nothing outside the network: those registered in the sources of Caffe2
/// as PyTorch carried them last, without the ones below and without those of tests.
static PLAIN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../data/caffe2_plain.txt")
        .lines()
        .collect()
});

/// What operators do beyond arithmetic.
const DOINGS: &[(&str, ModelHazardKind, &str)] = &[
    (
        "Checkpoint",
        ModelHazardKind::FileWrite,
        "writes blobs to a database that the network names",
    ),
    (
        "CreateCommonWorld",
        ModelHazardKind::NetworkUse,
        "connects to other machines",
    ),
    (
        "CreateTextFileReader",
        ModelHazardKind::FileRead,
        "reads a file that the network names",
    ),
    (
        "CloneCommonWorld",
        ModelHazardKind::NetworkUse,
        "connects to other machines",
    ),
    (
        "SendTensor",
        ModelHazardKind::NetworkUse,
        "sends a tensor to another machine",
    ),
    (
        "ReceiveTensor",
        ModelHazardKind::NetworkUse,
        "takes a tensor from another machine",
    ),
    (
        "CreateDB",
        ModelHazardKind::FileRead,
        "opens a database that the network names",
    ),
    (
        "DBExists",
        ModelHazardKind::FileRead,
        "asks for a database that the network names",
    ),
    (
        "FileStoreHandlerCreate",
        ModelHazardKind::FileWrite,
        "keeps a store in a folder that the network names",
    ),
    (
        "FileStoreHandlerCreateOp",
        ModelHazardKind::FileWrite,
        "keeps a store in a folder that the network names",
    ),
    (
        "Load",
        ModelHazardKind::FileRead,
        "reads blobs from a database that the network names",
    ),
    (
        "Python",
        ModelHazardKind::InterpreterCallback,
        "calls a Python function",
    ),
    (
        "PythonDLPack",
        ModelHazardKind::InterpreterCallback,
        "calls a Python function",
    ),
    (
        "PythonDLPackGradient",
        ModelHazardKind::InterpreterCallback,
        "calls a Python function",
    ),
    (
        "PythonGradient",
        ModelHazardKind::InterpreterCallback,
        "calls a Python function",
    ),
    (
        "RedisStoreHandlerCreate",
        ModelHazardKind::NetworkUse,
        "connects to a server that the network names",
    ),
    (
        "Save",
        ModelHazardKind::FileWrite,
        "writes blobs to a database that the network names",
    ),
    (
        "Snapshot",
        ModelHazardKind::FileWrite,
        "writes blobs to a database that the network names",
    ),
    (
        "StoreSet",
        ModelHazardKind::NetworkUse,
        "sends a value to a store",
    ),
];

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut facts = ModelFacts::new(ModelFormat::Caffe);
    net(&wire, wire.whole(), &mut facts);
    facts.problems.extend(wire.into_problems());
    facts
}

fn net(wire: &Wire<'_>, net: Message, facts: &mut ModelFacts) {
    for field in wire.fields(net) {
        match (field.number, field.value) {
            (2, Value::Bytes(inside)) => operator(wire, inside, facts),
            (6, Value::Bytes(inside)) => argument(wire, inside, "net", false, facts),
            _ => {}
        }
    }
}

fn operator(wire: &Wire<'_>, operator: Message, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    let name = wire
        .fields(operator)
        .filter(|field| field.number == 4)
        .last()
        .and_then(|field| field.message())
        .map(|name| wire.text(name, TEXT))
        .unwrap_or_default();
    let is_doubtful =
        !wire.touches_cut(operator) && judge(&name, &operator.place(), wire.catalogue(), facts);
    for field in wire.fields(operator) {
        if let (5, Value::Bytes(inside)) = (field.number, field.value) {
            argument(wire, inside, &name, is_doubtful, facts);
        }
    }
}

/// Judges an operator by its name; whether there is anything to say.
pub(super) fn judge(
    name: &str,
    place: &Place,
    catalogue: Catalogue,
    facts: &mut ModelFacts,
) -> bool {
    if PLAIN.contains(name) || name.is_empty() {
        return false;
    }
    let (kind, detail) = known(name)
        .filter(|(kind, _)| catalogue.has_part("caffe2", family(*kind)))
        .unwrap_or((
            ModelHazardKind::UnknownCallable,
            "is an operator whose effect is not known",
        ));
    note(facts, kind, Effect::OnUse, place, name, detail);
    true
}

fn known(name: &str) -> Option<(ModelHazardKind, &'static str)> {
    let listed = DOINGS.iter().find(|(known, _, _)| *known == name);
    if let Some((_, kind, detail)) = listed {
        return Some((*kind, detail));
    }
    let kind = if names_python(name) {
        ModelHazardKind::InterpreterCallback
    } else if names_process(name) {
        ModelHazardKind::DangerousCallable
    } else {
        return None;
    };
    Some((kind, "is an operator named after running something"))
}

const fn family(kind: ModelHazardKind) -> &'static str {
    match kind {
        ModelHazardKind::FileRead => "read",
        ModelHazardKind::FileWrite => "write",
        ModelHazardKind::NetworkUse => "network",
        ModelHazardKind::InterpreterCallback => "python",
        _ => "process",
    }
}

fn argument(
    wire: &Wire<'_>,
    argument: Message,
    operator: &str,
    is_doubtful: bool,
    facts: &mut ModelFacts,
) {
    let mut name = String::new();
    for field in wire.fields(argument) {
        let Value::Bytes(inside) = field.value else {
            continue;
        };
        match field.number {
            1 => name = wire.text(inside, TEXT),
            4 | 7 if matches!(name.as_str(), "onnx_model" | "serialized_engine") => {
                let content = PartContent::Stretch {
                    offset: inside.start,
                    length: inside.length(),
                };
                facts.part(&name, content);
            }
            4 | 7 if is_doubtful || name == "db" => {
                let text = wire.text(inside, TEXT);
                judge_argument(&name, &text, operator, &inside.place(), facts);
            }
            8 | 9 => net(wire, inside, facts),
            _ => {}
        }
    }
}

/// Judges a text that a doubtful operator gets.
pub(super) fn judge_argument(
    name: &str,
    text: &str,
    operator: &str,
    place: &Place,
    facts: &mut ModelFacts,
) {
    if name == "db" || name == "path" {
        facts.side_file(text, place.clone());
    }
    if is_library(text) {
        let detail = "gets the path of a native library";
        note(
            facts,
            ModelHazardKind::NativeLibrary,
            Effect::OnUse,
            place,
            operator,
            detail,
        );
    } else if is_code(text) {
        let detail = "gets text that is code";
        note(
            facts,
            ModelHazardKind::EmbeddedCode,
            Effect::OnUse,
            place,
            operator,
            detail,
        );
    }
}
