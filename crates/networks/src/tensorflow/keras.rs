//! Keras' configurations of layers inside TensorFlow's files: `keras_metadata.pb` (`SavedMetadata`), and user objects
//! of a SavedModel before that.
//!
//! Whether a layer carries code is answered here; everything else in a configuration is handed out as `config.json`
//! parts, many layers in one, for whoever reads Keras.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind, PartContent};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::json::{self, Event, Outcome};
use crate::wire::{Message, Wire};

/// Bytes of one configuration that is read.
const CONFIG: usize = 16 << 20;
/// Bytes of configurations that are handed out together.
const BATCH: usize = 512 << 10;
const REFERENCE: &str = "CVE-2024-3660";

/// Reads `keras_metadata.pb`.
pub(super) fn read(wire: &Wire<'_>, is_file: bool, facts: &mut ModelFacts) {
    let mut batch = String::new();
    for field in wire.fields(wire.whole()).filter(|each| each.number == 1) {
        let Some(object) = field.message() else {
            continue;
        };
        facts.operators = facts.operators.saturating_add(1);
        let mut identifier = String::new();
        for part in wire.fields(object) {
            match (part.number, part.message()) {
                (4, Some(text)) => identifier = wire.text(text, 1024),
                (5, Some(metadata)) => {
                    let outcome = judge_layer(wire, metadata, &identifier, facts);
                    hand_out(wire, metadata, is_file, outcome, &mut batch, facts);
                }
                _ => {}
            }
        }
    }
    flush(&mut batch, facts);
}

fn hand_out(
    wire: &Wire<'_>,
    metadata: Message,
    is_file: bool,
    outcome: Outcome,
    batch: &mut String,
    facts: &mut ModelFacts,
) {
    let length = usize::try_from(metadata.length()).unwrap_or(usize::MAX);
    if length <= BATCH && outcome == Outcome::Whole {
        if batch.len().saturating_add(length) > BATCH {
            flush(batch, facts);
        }
        if !batch.is_empty() {
            batch.push(',');
        }
        batch.push_str(&wire.text(metadata, length));
        return;
    }
    let content = if is_file {
        PartContent::Stretch {
            offset: metadata.start,
            length: metadata.length(),
        }
    } else {
        PartContent::Decoded(wire.bytes(metadata, 1 << 20))
    };
    facts.part("config.json", content);
}

fn flush(batch: &mut String, facts: &mut ModelFacts) {
    if batch.is_empty() {
        return;
    }
    let layers = std::mem::take(batch);
    let whole = format!(
        "{{\"class_name\": \"Sequential\", \"config\": {{\"name\": \"keras_metadata\", \"layers\": [{layers}]}}}}"
    );
    facts.part("config.json", PartContent::Decoded(whole.into_bytes()));
}

/// Judges the configuration of one layer.
pub(super) fn judge_layer(
    wire: &Wire<'_>,
    metadata: Message,
    identifier: &str,
    facts: &mut ModelFacts,
) -> Outcome {
    let text = wire.text(metadata, CONFIG);
    if metadata.length() > u64::try_from(CONFIG).unwrap_or(u64::MAX) {
        let detail = "a configuration is longer than what is read";
        facts.problem(ProblemKind::LimitReached, metadata.place(), detail);
    }
    let mut code = None;
    let mut is_lambda = false;
    let mut name = String::new();
    let outcome = json::walk(&text, |levels, _, event| {
        let Event::Text(value) = event else {
            return;
        };
        let keys = || levels.iter().rev().map(|level| level.key.as_str());
        match keys().next().unwrap_or_default() {
            "class_name" if value == "Lambda" || value.ends_with(">Lambda") => is_lambda = true,
            "class_name" if value == "__lambda__" => code = Some("a serialised function"),
            "function_type" | "output_shape_type" | "mask_type" if value == "lambda" => {
                code = Some("a function as bytecode");
            }
            "name" if name.is_empty() => name = value,
            "" if value.len() > 40 && looks_like_bytecode(&value) => {
                code = Some("a function as bytecode");
            }
            _ => {}
        }
    });
    let place = Place::Key(visible(&format!("{identifier} {name}"), 200));
    if let Some(what) = code {
        let detail =
            format!("the configuration of a layer holds {what} that Keras revives on loading");
        let kind = ModelHazardKind::EmbeddedCode;
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place,
            "Lambda",
            detail,
            REFERENCE,
        ));
    } else if is_lambda {
        let detail = "a layer that calls a function by its name";
        let kind = ModelHazardKind::UnknownCallable;
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place,
            "Lambda",
            detail,
            REFERENCE,
        ));
    } else if outcome == Outcome::Deep {
        let detail = "a configuration is nested deeper than any reader allows";
        let kind = ModelHazardKind::ResourceExhaustion;
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place,
            identifier,
            detail,
            "",
        ));
    }
    outcome
}

/// Base64 of a marshalled code object: it begins with the byte `0xe3` or `0x63`, with the flag of references or without.
fn looks_like_bytecode(text: &str) -> bool {
    let is_code =
        text.starts_with("4wEAAA") || text.starts_with("4wIAAA") || text.starts_with("4wMAAA");
    is_code
        || text.starts_with("4wAAAA")
        || text.starts_with("YwEAAA")
        || text.starts_with("YwAAAA")
}
