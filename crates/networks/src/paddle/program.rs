//! `ProgramDesc`: blocks of operators with their attributes, and the shapes of variables.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};

use super::TEXT;
use super::operators::{Doing, judge};
use crate::code_text::{is_address, is_code, is_library};
use crate::path;
use crate::wire::{Message, Value, Wire};

/// Attributes that name a file.
const FILES: &[&str] = &["file_path", "filename", "dirname", "model_dir", "dir"];
/// Attributes that name an endpoint.
const ENDPOINTS: &[&str] = &[
    "endpoint",
    "endpoints",
    "epmap",
    "trainers",
    "other_endpoints",
];

struct Walk<'w, 'a> {
    wire: &'w Wire<'a>,
    facts: ModelFacts,
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut walk = Walk {
        wire: &wire,
        facts: ModelFacts::new(ModelFormat::Paddle),
    };
    walk.program();
    let mut facts = walk.facts;
    facts.problems.extend(wire.into_problems());
    facts
}

impl Walk<'_, '_> {
    fn program(&mut self) {
        let wire = self.wire;
        for field in wire.fields(wire.whole()) {
            match (field.number, field.value) {
                (1, Value::Bytes(block)) => self.block(block),
                (4, Value::Bytes(version)) => {
                    let number = wire.fields(version).find_map(|field| field.varint());
                    self.facts.version =
                        number.map_or_else(String::new, |number| number.to_string());
                }
                _ => {}
            }
        }
    }

    fn block(&mut self, block: Message) {
        let wire = self.wire;
        for field in wire.fields(block) {
            match (field.number, field.value) {
                (3, Value::Bytes(variable)) => self.variable(variable),
                (4, Value::Bytes(operator)) => self.operator(operator),
                _ => {}
            }
        }
    }

    /// Sizes of stored variables; those of others may be unknown (-1).
    fn variable(&mut self, variable: Message) {
        let wire = self.wire;
        let mut is_stored = false;
        let mut product = Some(1_u64);
        for field in wire.fields(variable) {
            match (field.number, field.value) {
                (3, Value::Varint(flag)) => is_stored = flag != 0,
                (2, Value::Bytes(kind)) => {
                    let tensor = wire
                        .fields(kind)
                        .filter(|field| matches!(field.number, 2..=4))
                        .find_map(|field| field.message());
                    if let Some(tensor) = tensor {
                        product = self.elements(tensor);
                    }
                }
                _ => {}
            }
        }
        if is_stored {
            match product {
                Some(count) => {
                    self.facts.parameters = self.facts.parameters.saturating_add(count);
                }
                None => self.hazard(
                    ModelHazardKind::SizeLie,
                    Effect::OnLoad,
                    variable.place(),
                    "dims",
                    "is a stored variable whose sizes cannot be multiplied",
                ),
            }
        }
    }

    /// Elements of a `LoDTensorDesc` (or of the `TensorDesc` itself); unknown sizes count as one.
    fn elements(&self, tensor: Message) -> Option<u64> {
        let wire = self.wire;
        let inner = wire.fields(tensor).find(|field| field.number == 1)?;
        let description = match inner.value {
            Value::Bytes(description) => description,
            _ => tensor,
        };
        wire.fields(description)
            .filter(|field| field.number == 2)
            .flat_map(|field| wire.numbers(field.value))
            .try_fold(1_u64, |product, size| {
                let size = size.cast_signed().max(1).cast_unsigned();
                product
                    .checked_mul(size)
                    .filter(|product| i64::try_from(*product).is_ok())
            })
    }

    fn operator(&mut self, operator: Message) {
        let wire = self.wire;
        self.facts.operators = self.facts.operators.saturating_add(1);
        let name = wire
            .fields(operator)
            .filter(|field| field.number == 3)
            .last()
            .and_then(|field| field.message())
            .map(|name| wire.text(name, TEXT))
            .unwrap_or_default();
        let doing = judge(&name, wire.catalogue()).filter(|_| !wire.touches_cut(operator));
        if let Some(Doing {
            kind,
            effect,
            detail,
        }) = doing
        {
            self.hazard(kind, effect, operator.place(), &name, detail);
        }
        for field in wire.fields(operator) {
            if let (4, Value::Bytes(attribute)) = (field.number, field.value) {
                self.attribute(attribute, &name, doing.is_some());
            }
        }
    }

    fn attribute(&mut self, attribute: Message, operator: &str, is_doubtful: bool) {
        let wire = self.wire;
        let mut name = String::new();
        for field in wire.fields(attribute) {
            let Value::Bytes(value) = field.value else {
                continue;
            };
            match field.number {
                1 => name = wire.text(value, TEXT),
                5 | 8 => {
                    let text = wire.text(value, TEXT);
                    judge_text(
                        &mut self.facts,
                        operator,
                        &name,
                        &text,
                        is_doubtful,
                        &value.place(),
                    );
                }
                _ => {}
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
    ) {
        self.facts
            .hazard(ModelHazard::new(kind, effect, place, subject, detail, ""));
    }
}

/// Judges a text of an operator: names of files always, the rest only where the operator is doubtful already.
pub(super) fn judge_text(
    facts: &mut ModelFacts,
    operator: &str,
    name: &str,
    text: &str,
    is_doubtful: bool,
    place: &Place,
) {
    if text.is_empty() {
        return;
    }
    let mut note = |kind, detail: &str| {
        let subject = format!("{operator} {name} {text}");
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnUse,
            place.clone(),
            &subject,
            detail,
            "",
        ));
    };
    if FILES.contains(&name) {
        path::judge(facts, text, place, Effect::OnUse, operator);
    } else if ENDPOINTS.contains(&name) && text.contains(':') {
        note(ModelHazardKind::NetworkUse, "names an endpoint");
    } else if is_doubtful && is_library(text) {
        note(
            ModelHazardKind::NativeLibrary,
            "gets the path of a native library",
        );
    } else if is_doubtful && is_address(text) {
        note(
            ModelHazardKind::NetworkUse,
            "gets an address of the network",
        );
    } else if is_doubtful && is_code(text) {
        note(ModelHazardKind::EmbeddedCode, "gets text that is code");
    }
}
