//! Code that lies in a configuration: Lambda layers in every form that Keras wrote them, and pickled modules.

use chainwright_core::model::{Effect, ModelHazardKind, PartContent};

use super::advisory::{self, Advisory};
use super::judge::Judge;
use super::value::Value;
use super::{Origin, bytecode, names};

/// The largest part that is decoded.
const PART: usize = 1024 * 1024;

/// The keys of a Lambda layer that hold functions, with the one that says of which type.
const FUNCTIONS: [(&str, &str); 3] = [
    ("function", "function_type"),
    ("output_shape", "output_shape_type"),
    ("mask", "mask_type"),
];

/// A `__lambda__` object of Keras 3 and of Keras 2's newer format.
pub(super) fn lambda(map: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let config = map.get("config").unwrap_or(map);
    let code = config
        .get("code")
        .or_else(|| config.get("value"))
        .and_then(first_text)
        .or_else(|| first_text(config))
        .unwrap_or_default();
    let (effect, advisory) = match judge.origin {
        Origin::Text => (Effect::Conditional, advisory::LAMBDA_V3),
        Origin::Hdf5(_) => (Effect::OnLoad, advisory::LAMBDA_HDF5),
    };
    embedded(code, pointer, effect, advisory, judge);
}

/// A Lambda layer.
pub(super) fn lambda_layer(config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    for (key, kind) in FUNCTIONS {
        let Some(function) = config.get(key) else {
            continue;
        };
        let kind = config.get(kind).and_then(Value::text).unwrap_or_default();
        let below = format!("{pointer}/config/{key}");
        match function {
            // Objects are judged by the walk, by their own class.
            Value::Map(_)
                if function.get("class_name").and_then(Value::text) != Some("__tuple__") => {}
            Value::Text(name) if kind == "lambda" || bytecode::is_encoded_code(name) => {
                embedded(name, &below, Effect::OnLoad, advisory::LAMBDA_LEGACY, judge);
            }
            Value::Text(name) if kind != "raw" && !name.is_empty() && !names::is_legacy(name) => {
                by_name(name, &below, judge)
            }
            Value::List(_) | Value::Map(_) => {
                if let Some(code) =
                    first_text(function).filter(|_| kind == "lambda" || key == "function")
                {
                    embedded(code, &below, Effect::OnLoad, advisory::LAMBDA_LEGACY, judge);
                }
            }
            _ => {}
        }
        module(config, key, &below, judge);
    }
}

/// The module whose names the function of a Keras 2 Lambda layer sees.
fn module(config: &Value, key: &str, pointer: &str, judge: &mut Judge<'_>) {
    let key = if key == "function" {
        "module".to_owned()
    } else {
        format!("{key}_module")
    };
    let Some(module) = config.get(&key).and_then(Value::text) else {
        return;
    };
    if names::gadget(module, "", judge.catalogue).is_some() && !names::is_family(module) {
        let subject = format!("{module} for a Lambda layer");
        judge.report(
            ModelHazardKind::UnknownCallable,
            Effect::OnLoad,
            pointer,
            &subject,
            advisory::IMPORT,
        );
    }
}

/// A function that is named: looked up among what the user registers.
fn by_name(name: &str, pointer: &str, judge: &mut Judge<'_>) {
    if name.contains(['.', ':']) && !name.contains('>') {
        return super::judge::dotted(name, pointer, judge);
    }
    let detail = "a function that the user has to provide";
    judge.note(
        ModelHazardKind::CustomOperator,
        Effect::OnLoad,
        pointer,
        name,
        detail,
    );
}

/// The first text of `[code, defaults, closure]`, in its forms as a list, a tuple object or the text itself.
fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::List(items) => items.first().and_then(Value::text),
        Value::Map(_) => value
            .get("items")
            .and_then(Value::list)?
            .first()
            .and_then(Value::text),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Bytecode as base64, or, as Keras' own fallback has it, as raw characters.
fn embedded(code: &str, pointer: &str, effect: Effect, advisory: Advisory, judge: &mut Judge<'_>) {
    let decoded = bytecode::base64(code)
        .filter(|bytes| bytecode::is_code(bytes))
        .unwrap_or_else(|| {
            code.chars()
                .map(|each| u8::try_from(u32::from(each)).unwrap_or(b'?'))
                .collect()
        });
    report(&decoded, pointer, effect, advisory, judge);
}

fn report(
    decoded: &[u8],
    pointer: &str,
    effect: Effect,
    advisory: Advisory,
    judge: &mut Judge<'_>,
) {
    let names = bytecode::names(decoded);
    let telling = bytecode::telling(&names);
    let mut shown: Vec<&str> = telling.clone();
    shown.extend(
        names
            .iter()
            .map(String::as_str)
            .filter(|name| name.len() < 32 && !telling.contains(name))
            .take(8),
    );
    let subject = if shown.is_empty() {
        "bytecode".to_owned()
    } else {
        format!("bytecode with {}", shown.join(", "))
    };
    judge.report(
        ModelHazardKind::EmbeddedCode,
        effect,
        pointer,
        &subject,
        advisory,
    );
    if !telling.is_empty() {
        let subject = telling.join(", ");
        judge.report(
            ModelHazardKind::DangerousCallable,
            effect,
            pointer,
            &subject,
            advisory,
        );
    }
    part(&format!("{pointer}/lambda.marshal"), decoded, judge);
}

fn part(name: &str, bytes: &[u8], judge: &mut Judge<'_>) {
    let kept = bytes.get(..PART.min(bytes.len())).unwrap_or_default();
    let is_known = judge
        .facts
        .parts
        .iter()
        .any(|part| part.content == PartContent::Decoded(kept.to_vec()));
    if !is_known {
        judge.facts.part(
            name.trim_start_matches('/'),
            PartContent::Decoded(kept.to_vec()),
        );
    }
}

/// A text anywhere that is bytecode; what a Lambda layer holds was seen already.
pub(super) fn hidden(text: &str, pointer: &str, judge: &mut Judge<'_>) {
    if !bytecode::is_encoded_code(text) {
        return;
    }
    let Some(decoded) = bytecode::base64(text).filter(|decoded| bytecode::is_code(decoded)) else {
        return;
    };
    let is_known = judge.facts.parts.iter().any(|part| match &part.content {
        PartContent::Decoded(bytes) => decoded.starts_with(bytes),
        PartContent::Stretch { .. } => false,
    });
    if !is_known {
        report(
            &decoded,
            pointer,
            Effect::OnLoad,
            advisory::LAMBDA_LEGACY,
            judge,
        );
    }
}

/// `TorchModuleWrapper`: a PyTorch module that was pickled into the text.
pub(super) fn torch_module(config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let module = match config.get("module") {
        Some(Value::Text(text)) => Some(text.as_str()),
        Some(map) => map
            .get("config")
            .and_then(|inner| inner.get("value"))
            .and_then(Value::text),
        None => None,
    };
    let Some(module) = module else {
        return;
    };
    let effect = match judge.origin {
        Origin::Text => Effect::Conditional,
        Origin::Hdf5(_) => Effect::OnLoad,
    };
    judge.report(
        ModelHazardKind::EmbeddedCode,
        effect,
        pointer,
        "TorchModuleWrapper",
        advisory::TORCH,
    );
    if let Some(decoded) = bytecode::base64(module) {
        part(&format!("{pointer}/module.pt"), &decoded, judge);
    }
}
