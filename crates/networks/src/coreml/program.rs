//! ML programs: operators of the intermediate language and the blobs of weights they name, in protobuf and as text.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use super::TEXT;
use super::model::Walk;
use crate::path;
use crate::wire::{Message, Value};

/// What stands for the folder of the model in names of blobs.
const MODEL_FOLDER: &str = "@model_path/";
/// How the text form writes the name of a blob.
const BLOB: &str = "BLOBFILE(";

impl Walk<'_, '_> {
    pub(super) fn program(&mut self, program: Message) {
        let wire = self.wire;
        for field in wire.fields(program) {
            match (field.number, field.value) {
                (2, Value::Bytes(entry)) => {
                    if let (_, Some(Value::Bytes(function))) = self.entry(entry) {
                        self.function(function);
                    }
                }
                (4, Value::Bytes(entry)) => self.attribute(entry),
                _ => {}
            }
        }
    }

    fn function(&mut self, function: Message) {
        let wire = self.wire;
        for field in wire.fields(function) {
            match (field.number, field.value) {
                (3, Value::Bytes(entry)) => {
                    if let (_, Some(Value::Bytes(block))) = self.entry(entry) {
                        self.block(block);
                    }
                }
                (4, Value::Bytes(entry)) => self.attribute(entry),
                _ => {}
            }
        }
    }

    fn block(&mut self, block: Message) {
        let wire = self.wire;
        for field in wire.fields(block) {
            match (field.number, field.value) {
                (3, Value::Bytes(operation)) => self.operation(operation),
                (4, Value::Bytes(entry)) => self.attribute(entry),
                _ => {}
            }
        }
    }

    fn operation(&mut self, operation: Message) {
        let wire = self.wire;
        self.facts.operators = self.facts.operators.saturating_add(1);
        for field in wire.fields(operation) {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) => self.operator(name),
                (2, Value::Bytes(entry)) => self.argument(entry),
                (4, Value::Bytes(block)) => self.block(block),
                (5, Value::Bytes(entry)) => self.attribute(entry),
                _ => {}
            }
        }
    }

    fn operator(&mut self, name: Message) {
        let name_text = self.wire.text(name, TEXT);
        if matches!(
            name_text.as_str(),
            "custom_layer" | "custom" | "external_call"
        ) {
            let detail = "is an operator that the app must bring";
            let place = name.place();
            self.hazard(
                ModelHazardKind::CustomOperator,
                Effect::OnLoad,
                place,
                &name_text,
                detail,
            );
        }
    }

    fn argument(&mut self, entry: Message) {
        let wire = self.wire;
        let (_, Some(Value::Bytes(argument))) = self.entry(entry) else {
            return;
        };
        for field in wire.fields(argument) {
            let (1, Value::Bytes(binding)) = (field.number, field.value) else {
                continue;
            };
            for part in wire.fields(binding) {
                if let (2, Value::Bytes(value)) = (part.number, part.value) {
                    self.value(value);
                }
            }
        }
    }

    fn attribute(&mut self, entry: Message) {
        if let (_, Some(Value::Bytes(value))) = self.entry(entry) {
            self.value(value);
        }
    }

    /// A value in the file or in a blob beside it; lists and dictionaries hold further ones.
    fn value(&mut self, value: Message) {
        let wire = self.wire;
        for field in wire.fields(value) {
            match (field.number, field.value) {
                (3, Value::Bytes(immediate)) => self.immediate(immediate),
                (5, Value::Bytes(blob)) => {
                    for part in wire.fields(blob) {
                        if let (1, Value::Bytes(name)) = (part.number, part.value) {
                            let name_text = wire.text(name, TEXT);
                            judge_blob(&mut self.facts, &name_text, &name.place());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn immediate(&mut self, immediate: Message) {
        let wire = self.wire;
        for field in wire.fields(immediate) {
            let (2..=4, Value::Bytes(collection)) = (field.number, field.value) else {
                continue;
            };
            for item in wire.fields(collection) {
                let (1, Value::Bytes(inner)) = (item.number, item.value) else {
                    continue;
                };
                if field.number == 4 {
                    for side in wire.fields(inner) {
                        if let (1 | 2, Value::Bytes(value)) = (side.number, side.value) {
                            self.value(value);
                        }
                    }
                } else {
                    self.value(inner);
                }
            }
        }
    }
}

fn judge_blob(facts: &mut ModelFacts, name: &str, place: &Place) {
    let inside = name.strip_prefix(MODEL_FOLDER).unwrap_or(name);
    path::judge(facts, inside, place, Effect::OnLoad, "MIL.proto");
}

/// Whether a file is a compiled program as text.
pub(super) fn is_text(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    head.starts_with(b"program(")
        && head
            .get(..64.min(head.len()))
            .is_some_and(|start| start.contains(&b')'))
}

pub(super) fn read_text(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::CoreMl);
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        let detail = "the program is longer than a text that is read as a whole";
        facts.problem(ProblemKind::LimitReached, Place::Byte(limit), detail);
    }
    let raw = match read_range(bytes.as_ref(), 0, narrow(limit)) {
        Ok(raw) => raw,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string());
            return facts;
        }
    };
    let text = String::from_utf8_lossy(&raw);
    let start = text.trim_start();
    let version = start
        .strip_prefix("program(")
        .and_then(|rest| rest.split_once(')'));
    facts.version = version.map_or_else(String::new, |(version, _)| {
        chainwright_core::text::visible(version, 20)
    });
    for (index, rest) in text.split(BLOB).skip(1).enumerate() {
        if index.is_multiple_of(4096) && budget.check_time().is_err() {
            facts.problem(ProblemKind::LimitReached, Place::Whole, "time is up");
            break;
        }
        let name = rest.split('"').nth(1).unwrap_or_default();
        let place = Place::Key(format!("blob {index}"));
        judge_blob(&mut facts, name, &place);
    }
    facts
}
