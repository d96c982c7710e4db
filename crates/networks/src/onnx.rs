//! ONNX: operators, side files, sizes and functions of a `ModelProto`, wherever they stand.
//!
//! An ONNX model runs what its operators are, reads the files that its tensors name, and is as large as its tensors
//! claim. Tensors stand in initializers, in attributes of nodes, in subgraphs, in functions and in graphs for
//! training; all of them are walked alike. Values are not looked at, and neither are shapes that only inference
//! gives.
//!
//! Sources: `onnx/onnx.in.proto`, `onnx/external_data_helper.py`, `docs/ExternalData.md`; ONNX Runtime
//! `core/framework/tensorprotoutils.*` and `contrib_ops/`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind, PartContent,
};

use crate::Kind;
use crate::code_text::is_code;
use crate::wire::{Ending, Field, Head, Message, Value, Wire};

mod external;
mod functions;
mod graph;
mod operators;
mod shapes;
pub(crate) mod table;
mod tensor;

use functions::Functions;

/// Bytes of a name or path that are read.
const TEXT: usize = 4096;
/// Bytes of a metadata value that are read.
const METADATA: usize = 64 * 1024;
/// The shortest unknown field that is worth a word.
const STRAY: u64 = 64;
/// The highest version of the format that is believable; it is 14 for opset 28.
const BELIEVABLE_VERSION: i64 = 100;

/// Fields of `ModelProto` that are numbers, and those that have a length.
const MODEL_NUMBERS: &[u32] = &[1, 5];
const MODEL_STRETCHES: &[u32] = &[2, 3, 4, 6, 7, 8, 14, 20, 25, 26];
/// Fields of `GraphProto`; all have a length.
const GRAPH_STRETCHES: &[u32] = &[1, 2, 5, 10, 11, 12, 13, 14, 15, 16];

/// What a walk through a model knows and finds.
struct Walk<'w, 'a> {
    wire: &'w Wire<'a>,
    facts: ModelFacts,
    functions: Functions,
    standard_version: i64,
}

pub(crate) fn recognise(head: &[u8], is_whole: bool, name: &str) -> Vec<Kind> {
    let head = Head(head);
    let wire = Wire::over_head(&head);
    let mut has_version = false;
    let mut has_opset = false;
    let mut has_graph = false;
    let mut count = 0_usize;
    let mut strangers = 0_usize;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(64) {
        count = count.saturating_add(1);
        match field.value {
            Value::Varint(_) if MODEL_NUMBERS.contains(&field.number) => {
                has_version |= field.number == 1;
            }
            Value::Bytes(inside) if MODEL_STRETCHES.contains(&field.number) => match field.number {
                7 => has_graph |= is_graph(&wire, inside),
                8 => has_opset |= is_opset(&wire, inside),
                _ => {}
            },
            Value::Varint(_) | Value::Bytes(_) if field.number <= 100 => return Vec::new(),
            _ => strangers = strangers.saturating_add(1),
        }
    }
    let is_clean = match fields.ending() {
        Ending::Open | Ending::Whole => true,
        Ending::Truncated => !is_whole,
        Ending::Broken | Ending::Stopped => false,
    };
    let is_named = name.to_ascii_lowercase().ends_with(".onnx");
    // A model cut short, or one whose graph lies behind the head, is known by its name.
    let is_model = has_graph || (has_opset && has_version);
    let is_likely = is_named && is_clean && count > 0 && (has_version || strangers > 0);
    if is_model && (is_clean || has_graph) || is_likely {
        vec![Kind::Onnx]
    } else {
        Vec::new()
    }
}

fn is_graph(wire: &Wire<'_>, graph: Message) -> bool {
    let mut evidence = 0_usize;
    for field in wire.fields(graph).take(16) {
        let Some(inside) = field.message() else {
            return false;
        };
        if !GRAPH_STRETCHES.contains(&field.number) {
            return false;
        }
        match field.number {
            1 if is_node(wire, inside) => evidence = evidence.saturating_add(2),
            1 => return false,
            11 | 12 if is_value(wire, inside) => evidence = evidence.saturating_add(1),
            _ => {}
        }
    }
    evidence >= 2
}

/// A node names its operator; one that is cut by the end of the head has at least a readable name of a value.
fn is_node(wire: &Wire<'_>, node: Message) -> bool {
    let mut has_operator = false;
    let mut has_name = false;
    for field in wire.fields(node).take(64) {
        let Some(inside) = field.message() else {
            return false;
        };
        match field.number {
            4 => has_operator = is_readable(wire, inside),
            1..=3 => has_name |= is_readable(wire, inside),
            5..=10 => {}
            _ => return false,
        }
    }
    has_operator || (has_name && node.end == wire.source().size())
}

fn is_readable(wire: &Wire<'_>, name: Message) -> bool {
    let name = wire.bytes(name, 128);
    !name.is_empty() && name.iter().all(|byte| *byte >= b' ' && *byte != 0x7f)
}

fn is_value(wire: &Wire<'_>, value: Message) -> bool {
    let first = wire.fields(value).next().filter(|field| field.number == 1);
    first
        .and_then(|field| field.message())
        .is_some_and(|name| is_readable(wire, name))
}

fn is_opset(wire: &Wire<'_>, opset: Message) -> bool {
    let mut has_version = false;
    for field in wire.fields(opset) {
        match (field.number, field.value) {
            (1, Value::Bytes(_)) => {}
            (2, Value::Varint(version)) => has_version = version < 10_000,
            _ => return false,
        }
    }
    has_version
}

pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut walk = Walk {
        wire: &wire,
        facts: ModelFacts::new(ModelFormat::Onnx),
        functions: Functions::default(),
        standard_version: 0,
    };
    walk.imports();
    walk.model();
    walk.functions.judge(&mut walk.facts);
    let mut facts = walk.facts;
    facts.problems.extend(wire.into_problems());
    facts
}

impl Walk<'_, '_> {
    /// What has to be known before operators can be judged: imported versions and the model's own functions.
    fn imports(&mut self) {
        let wire = self.wire;
        for field in wire.fields(wire.whole()) {
            match (field.number, field.value) {
                (8, Value::Bytes(opset)) => self.opset(opset),
                (25, Value::Bytes(function)) => self.functions.declare(wire, function),
                _ => {}
            }
        }
    }

    fn opset(&mut self, opset: Message) {
        let wire = self.wire;
        let mut domain = String::new();
        let mut version = 0;
        for field in wire.fields(opset) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => domain = wire.text(text, TEXT),
                (2, Value::Varint(number)) => version = number.cast_signed(),
                _ => {}
            }
        }
        if domain.is_empty() || domain == "ai.onnx" {
            self.standard_version = self.standard_version.max(version);
        }
    }

    fn model(&mut self) {
        let wire = self.wire;
        let mut graphs = 0_u32;
        let mut producer = String::new();
        for field in wire.fields(wire.whole()) {
            match (field.number, field.value) {
                (1, Value::Varint(version)) => self.version(version.cast_signed(), field),
                (2, Value::Bytes(text)) => producer = wire.text(text, 200),
                (3, Value::Bytes(text)) => {
                    producer = format!("{producer} {}", wire.text(text, 200));
                }
                (7, Value::Bytes(graph)) => {
                    graphs = graphs.saturating_add(1);
                    self.graph(graph, 0);
                }
                (14, Value::Bytes(entry)) => self.metadata(entry),
                (20, Value::Bytes(training)) => self.training(training),
                (25, Value::Bytes(function)) => self.function(function),
                (number, Value::Bytes(stray)) if !MODEL_STRETCHES.contains(&number) => {
                    self.stray(number, stray);
                }
                _ => {}
            }
        }
        self.facts.producer = chainwright_core::text::visible(producer.trim(), 200);
        if graphs > 1 {
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                Place::Whole,
                "graph",
                "stands there more than once; readers merge them or take the last",
                "",
            );
        }
    }

    fn version(&mut self, version: i64, field: Field) {
        self.facts.version = version.to_string();
        if !(0..=BELIEVABLE_VERSION).contains(&version) {
            let detail = "is a version of the format that does not exist";
            let place = Place::Byte(field.offset);
            let subject = format!("ir_version {version}");
            self.hazard(
                ModelHazardKind::Malformed,
                Effect::OnLoad,
                place,
                &subject,
                detail,
                "",
            );
        }
    }

    /// A field that no version of the format has: every reader passes over it, so anything can ride along.
    fn stray(&mut self, number: u32, stray: Message) {
        if stray.length() < STRAY {
            return;
        }
        let subject = format!("field {number}");
        let detail = "is a field of the model that no version of the format has";
        let place = stray.place();
        self.hazard(
            ModelHazardKind::StrayData,
            Effect::OnLoad,
            place,
            &subject,
            detail,
            "",
        );
        let content = PartContent::Stretch {
            offset: stray.start,
            length: stray.length(),
        };
        self.facts.part(&subject, content);
    }

    /// Values that some programs evaluate as Python: class names of detectors are the known case.
    fn metadata(&mut self, entry: Message) {
        let wire = self.wire;
        let mut key = String::new();
        for field in wire.fields(entry) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = wire.text(text, TEXT),
                (2, Value::Bytes(text)) if is_code(&wire.text(text, METADATA)) => self.hazard(
                    ModelHazardKind::EmbeddedCode,
                    Effect::Conditional,
                    text.place(),
                    &key,
                    "is metadata that holds code; programs that evaluate metadata run it",
                    "",
                ),
                _ => {}
            }
        }
    }

    fn training(&mut self, training: Message) {
        let wire = self.wire;
        for field in wire.fields(training) {
            if let (1 | 2, Value::Bytes(graph)) = (field.number, field.value) {
                self.graph(graph, 0);
            }
        }
    }

    fn hazard(
        &mut self,
        kind: ModelHazardKind,
        effect: Effect,
        place: Place,
        subject: &str,
        detail: &str,
        reference: &str,
    ) {
        self.facts.hazard(ModelHazard::new(
            kind, effect, place, subject, detail, reference,
        ));
    }
}
