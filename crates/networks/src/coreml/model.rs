//! The `Model` message: pipelines of models, networks with their layers, custom classes and linked files.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind, PartContent,
};
use chainwright_core::text::visible;

use super::{BELIEVABLE_VERSION, TEXT};
use crate::code_text::{is_address, is_code, is_library};
use crate::path;
use crate::wire::{Message, Value, Wire};

/// Pipelines inside pipelines that nobody builds.
const DEEP: u32 = 16;
/// Bytes of a metadata value or parameter that are read.
const LONG_TEXT: usize = 64 * 1024;
/// The layer of a neural network that the app implements.
const CUSTOM_LAYER: u32 = 500;

/// What a walk through a model knows and finds.
pub(super) struct Walk<'w, 'a> {
    pub(super) wire: &'w Wire<'a>,
    pub(super) facts: ModelFacts,
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut walk = Walk {
        wire: &wire,
        facts: ModelFacts::new(ModelFormat::CoreMl),
    };
    walk.model(wire.whole(), 0);
    let mut facts = walk.facts;
    facts.problems.extend(wire.into_problems());
    facts
}

impl Walk<'_, '_> {
    fn model(&mut self, model: Message, level: u32) {
        if level == DEEP {
            let detail = "are nested deeper than anybody builds them";
            let place = model.place();
            self.hazard(
                ModelHazardKind::ResourceExhaustion,
                Effect::OnLoad,
                place,
                "pipelines",
                detail,
            );
        }
        let wire = self.wire;
        let mut types = 0_u32;
        for field in wire.fields(model) {
            if field.number >= 200 {
                types = types.saturating_add(1);
            }
            match (field.number, field.value) {
                (1, Value::Varint(version)) => self.version(version, field.offset, level),
                (2, Value::Bytes(description)) => self.description(description, level),
                (200 | 201, Value::Bytes(wrapped)) => {
                    for inner in wire.fields(wrapped) {
                        if let (1, Value::Bytes(pipeline)) = (inner.number, inner.value) {
                            self.pipeline(pipeline, level);
                        }
                    }
                }
                (202, Value::Bytes(pipeline)) => self.pipeline(pipeline, level),
                (303 | 403 | 500, Value::Bytes(network)) => self.network(network),
                (502, Value::Bytes(program)) => self.program(program),
                (555, Value::Bytes(custom)) => self.custom(custom, "model"),
                (556, Value::Bytes(linked)) => self.linked(linked),
                (3000, Value::Bytes(serialised)) => self.serialised(serialised),
                _ => {}
            }
        }
        if types > 1 {
            let detail = "is of more than one type; readers keep the last";
            let place = model.place();
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                place,
                "model",
                detail,
            );
        }
    }

    fn version(&mut self, version: u64, offset: u64, level: u32) {
        if level == 0 {
            self.facts.version = version.to_string();
        }
        if version >= BELIEVABLE_VERSION {
            let subject = format!("specificationVersion {version}");
            let detail = "is a version of the format that does not exist";
            let place = Place::Byte(offset);
            self.hazard(
                ModelHazardKind::Malformed,
                Effect::OnLoad,
                place,
                &subject,
                detail,
            );
        }
    }

    fn description(&mut self, description: Message, level: u32) {
        let wire = self.wire;
        for field in wire.fields(description) {
            let (100, Value::Bytes(metadata)) = (field.number, field.value) else {
                continue;
            };
            for entry in wire.fields(metadata) {
                if let (100, Value::Bytes(entry)) = (entry.number, entry.value) {
                    self.metadata(entry, level);
                }
            }
        }
    }

    fn metadata(&mut self, entry: Message, level: u32) {
        let (key, value) = self.entry(entry);
        let Some(Value::Bytes(value)) = value else {
            return;
        };
        let text = self.wire.text(value, LONG_TEXT);
        if key == "com.github.apple.coremltools.version" && level == 0 {
            self.facts.producer = format!("coremltools {}", visible(&text, 100));
        } else if is_code(&text) {
            let detail = "is metadata that holds code; programs that evaluate metadata run it";
            let place = value.place();
            self.hazard(
                ModelHazardKind::EmbeddedCode,
                Effect::Conditional,
                place,
                &key,
                detail,
            );
        }
    }

    /// The key of a map entry and the value as it is on the wire.
    pub(super) fn entry(&self, entry: Message) -> (String, Option<Value>) {
        let wire = self.wire;
        let mut key = String::new();
        let mut value = None;
        for field in wire.fields(entry) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = wire.text(text, TEXT),
                (2, found) => value = Some(found),
                _ => {}
            }
        }
        (key, value)
    }

    fn pipeline(&mut self, pipeline: Message, level: u32) {
        let wire = self.wire;
        for field in wire.fields(pipeline) {
            if let (1, Value::Bytes(model)) = (field.number, field.value) {
                self.model(model, level.saturating_add(1));
            }
        }
    }

    fn network(&mut self, network: Message) {
        let wire = self.wire;
        for field in wire.fields(network) {
            if let (1, Value::Bytes(layer)) = (field.number, field.value) {
                self.layer(layer);
            }
        }
    }

    fn layer(&mut self, layer: Message) {
        let wire = self.wire;
        self.facts.operators = self.facts.operators.saturating_add(1);
        for field in wire.fields(layer) {
            match (field.number, field.value) {
                (CUSTOM_LAYER, Value::Bytes(custom)) => self.custom(custom, "layer"),
                // Branches and loops hold networks of their own.
                (605, Value::Bytes(branch)) => self.nested(branch, &[1, 2]),
                (615, Value::Bytes(body)) => self.nested(body, &[3, 4]),
                _ => {}
            }
        }
    }

    fn nested(&mut self, holder: Message, numbers: &[u32]) {
        let wire = self.wire;
        for field in wire.fields(holder) {
            if let Value::Bytes(network) = field.value
                && numbers.contains(&field.number)
            {
                self.network(network);
            }
        }
    }

    /// A class of the app; its parameters go to code that the model's author may know well.
    fn custom(&mut self, custom: Message, what: &str) {
        let wire = self.wire;
        let mut class = String::new();
        for field in wire.fields(custom) {
            match (field.number, field.value) {
                (10, Value::Bytes(text)) => class = wire.text(text, TEXT),
                (30, Value::Bytes(parameter)) => self.parameter(parameter),
                _ => {}
            }
        }
        let is_name = class
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '.' | '$'));
        let (kind, detail) = if is_name {
            (
                ModelHazardKind::CustomOperator,
                format!("is a custom {what} whose class the app must bring"),
            )
        } else {
            (
                ModelHazardKind::UnknownCallable,
                format!("is a custom {what} whose class is no name of a class"),
            )
        };
        let place = custom.place();
        self.hazard(kind, Effect::OnLoad, place, &class, &detail);
    }

    fn parameter(&mut self, parameter: Message) {
        let (key, value) = self.entry(parameter);
        let wire = self.wire;
        let Some(Value::Bytes(value)) = value else {
            return;
        };
        for field in wire.fields(value) {
            let (20 | 60, Value::Bytes(text)) = (field.number, field.value) else {
                continue;
            };
            let content = wire.text(text, LONG_TEXT);
            let (kind, detail) = if is_library(&content) {
                (
                    ModelHazardKind::NativeLibrary,
                    "gives a custom class the path of a library",
                )
            } else if is_address(&content) {
                (
                    ModelHazardKind::NetworkUse,
                    "gives a custom class an address of the network",
                )
            } else if is_code(&content) {
                (
                    ModelHazardKind::EmbeddedCode,
                    "gives a custom class text that is code",
                )
            } else {
                continue;
            };
            self.hazard(kind, Effect::OnUse, text.place(), &key, detail);
        }
    }

    /// A model in another file, looked for along a list of folders.
    fn linked(&mut self, linked: Message) {
        let wire = self.wire;
        for field in wire.fields(linked) {
            let (1, Value::Bytes(file)) = (field.number, field.value) else {
                continue;
            };
            for part in wire.fields(file) {
                let (1 | 2, Value::Bytes(parameter)) = (part.number, part.value) else {
                    continue;
                };
                let text = wire
                    .fields(parameter)
                    .find(|value| value.number == 1)
                    .and_then(|value| value.message())
                    .map(|value| wire.text(value, TEXT));
                for name in text.iter().flat_map(|text| linked_names(text, part.number)) {
                    let place = parameter.place();
                    path::judge(
                        &mut self.facts,
                        name,
                        &place,
                        Effect::OnLoad,
                        "LinkedModel.proto",
                    );
                }
            }
        }
    }

    /// A model of a type that only Apple's frameworks know, as bytes.
    fn serialised(&mut self, serialised: Message) {
        let wire = self.wire;
        let mut name = String::from("model");
        for field in wire.fields(serialised) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => name = wire.text(text, TEXT),
                (2, Value::Bytes(content)) if !content.is_empty() => {
                    let stretch = PartContent::Stretch {
                        offset: content.start,
                        length: content.length(),
                    };
                    self.facts.part(&name, stretch);
                }
                _ => {}
            }
        }
        let detail = "is a serialised model of a type that is not public";
        let place = serialised.place();
        self.hazard(
            ModelHazardKind::CustomOperator,
            Effect::OnLoad,
            place,
            &name,
            detail,
        );
    }

    pub(super) fn hazard(
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

/// The file name, or the folders of a search path, which colons part.
fn linked_names(text: &str, number: u32) -> Vec<&str> {
    match number {
        2 if !text.contains("://") => text.split(':').filter(|name| !name.is_empty()).collect(),
        _ => vec![text],
    }
}
