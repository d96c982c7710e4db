//! `config.json` and `generation_config.json`: what the model says it is.

use super::facts::{DeclaredSizes, Details, DocumentFacts, ModelDetails, ReferenceKind, texts};
use super::kind::DocumentKind;
use crate::bounded::quote;
use crate::document::{Node, Value, Visit, walk};
use crate::path;

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    if facts.kind == DocumentKind::ModelConfig {
        let text = |key: &str| root.text_of(key).map(quote);
        facts.details = Details::Model(ModelDetails {
            architectures: texts(root.get("architectures")),
            model_type: text("model_type"),
            dtype: text("torch_dtype").or_else(|| text("dtype")),
            quantization: root
                .get("quantization_config")
                .and_then(|node| node.text_of("quant_method"))
                .map(quote),
            name_or_path: text("_name_or_path"),
            transformers_version: text("transformers_version"),
            vocab_size: root.get("vocab_size").and_then(Node::integer),
            sizes: sizes(root),
        });
    }
    if let Some(name) = root.text_of("_name_or_path")
        && super::keys::is_repository(name)
        && path::escape(name).is_none()
    {
        facts.reference(ReferenceKind::BaseModel, name, None, "/_name_or_path");
    }
}

/// LIMIT: numbers of one configuration.
const MAX_NUMBERS: usize = 1024;
/// LIMIT: lists and objects of one configuration.
const MAX_LISTS: usize = 256;

/// The numbers of a configuration, without the tables of labels.
fn sizes(root: &Node) -> DeclaredSizes {
    let mut sizes = DeclaredSizes {
        has_code: root.get("auto_map").is_some(),
        ..DeclaredSizes::default()
    };
    walk(root, &mut |visit| {
        let is_label = |part: &str| matches!(part, "label2id" | "id2label");
        if !visit.pointer.split('/').any(is_label) {
            size(visit, &mut sizes);
        }
    });
    sizes
}

fn size(visit: &Visit<'_>, sizes: &mut DeclaredSizes) {
    let length = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let pointer = || quote(visit.pointer);
    let is_kept = match &visit.node.value {
        Value::Number(_) => match visit.node.integer() {
            Some(number) if sizes.numbers.len() < MAX_NUMBERS => {
                sizes.numbers.push((pointer(), number));
                true
            }
            number => number.is_none(),
        },
        Value::List(items) if sizes.lists.len() < MAX_LISTS => {
            sizes.lists.push((pointer(), length(items.len())));
            true
        }
        // One letter for each layer: `hybrid_override_pattern`.
        Value::Text(text) if visit.key.contains("pattern") && sizes.lists.len() < MAX_LISTS => {
            sizes.lists.push((pointer(), length(text.chars().count())));
            true
        }
        Value::Map(_) if visit.pointer.is_empty() => true,
        Value::Map(_) if sizes.objects.len() < MAX_LISTS => {
            sizes.objects.push(pointer());
            true
        }
        Value::List(_) | Value::Map(_) | Value::Skipped => false,
        Value::Text(_) | Value::Null | Value::Bool(_) => true,
    };
    if !is_kept {
        sizes.left_out = sizes.left_out.saturating_add(1);
    }
}
