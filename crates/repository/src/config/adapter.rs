//! `adapter_config.json`: which base model, found where, and what PEFT imports for it.

use super::facts::{AdapterDetails, Details, DocumentFacts, ReferenceKind, texts};
use super::keys::{callable_origin, runs_code};
use crate::bounded::quote;
use crate::document::Node;
use crate::hazard::{CodeMechanism, CodeOrigin, HazardKind};
use crate::path::{self, Escape};
use crate::pattern;

/// Keys whose text PEFT matches as a regular expression against the names of layers.
const PATTERN_KEYS: [&str; 4] = [
    "target_modules",
    "exclude_modules",
    "layers_pattern",
    "target_parameters",
];

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    let text = |key: &str| root.text_of(key).map(quote);
    facts.details = Details::Adapter(AdapterDetails {
        peft_type: text("peft_type"),
        base_model: text("base_model_name_or_path"),
        revision: text("revision"),
        task_type: text("task_type"),
        rank: root.get("r").and_then(Node::integer),
        alpha: root.get("lora_alpha").and_then(Node::scalar).map(quote),
        target_modules: texts(root.get("target_modules")),
        modules_to_save: texts(root.get("modules_to_save")),
    });
    base(root, facts);
    imports(root, facts);
    patterns(root, facts);
}

fn base(root: &Node, facts: &mut DocumentFacts) {
    const POINTER: &str = "/base_model_name_or_path";
    let Some(node) = root.get("base_model_name_or_path") else {
        return;
    };
    let Some(name) = node.text().filter(|name| !name.trim().is_empty()) else {
        return;
    };
    let revision = root.text_of("revision");
    let is_local = name.starts_with("./") || name.matches('/').count() > 1 || name.contains('\\');
    match path::escape(name) {
        Some(Escape::Url) => facts.hazard_at(HazardKind::BaseIsUrl, POINTER, node, name),
        Some(Escape::Traversal | Escape::Absolute) => {
            facts.hazard_at(HazardKind::BaseIsLocalPath, POINTER, node, name);
        }
        None if is_local => facts.hazard_at(HazardKind::BaseIsLocalPath, POINTER, node, name),
        None => {
            facts.reference(ReferenceKind::BaseModel, name, revision, POINTER);
            if revision.is_none() {
                facts.hazard_at(HazardKind::BaseRevisionMissing, POINTER, node, name);
            }
        }
    }
}

/// PEFT imports `auto_mapping.parent_library` and takes `base_model_class` from it; `megatron_core` likewise.
fn imports(root: &Node, facts: &mut DocumentFacts) {
    if let Some(mapping) = root.get("auto_mapping")
        && let Some(node) = mapping.get("parent_library")
        && let Some(library) = node.text()
    {
        let class = mapping.text_of("base_model_class").unwrap_or_default();
        let pointer = "/auto_mapping/parent_library";
        import(library, class, pointer, node, facts);
    }
    if let Some(node) = root.get("megatron_core")
        && let Some(library) = node.text()
    {
        import(library, "", "/megatron_core", node, facts);
    }
}

fn import(library: &str, class: &str, pointer: &str, node: &Node, facts: &mut DocumentFacts) {
    // Code that transformers fetched from the base model's repository, and the script that trained the adapter.
    let is_usual = library == "__main__"
        || library.starts_with("transformers_modules.")
        || library == "peft"
        || library == "transformers"
        || library == "diffusers"
        || library == "torch"
        || library == "megatron.core";
    let class_is_plain = class
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_');
    let origin = if is_usual && class_is_plain && !class.starts_with("__") {
        return;
    } else if class_is_plain && !class.starts_with("__") {
        callable_origin(library)
    } else {
        Some(CodeOrigin::Dangerous {
            callable: format!("{library}.{class}"),
        })
    };
    if let Some(origin) = origin {
        let value = format!("{library}.{class}");
        let value = value.trim_end_matches('.');
        runs_code(
            CodeMechanism::AdapterImport,
            origin,
            pointer,
            node,
            value,
            facts,
        );
    }
}

fn patterns(root: &Node, facts: &mut DocumentFacts) {
    for key in PATTERN_KEYS {
        if let Some(node) = root.get(key)
            && let Some(text) = node.text()
            && is_costly(text)
        {
            facts.hazard_at(
                HazardKind::RegexBacktracking,
                &format!("/{key}"),
                node,
                text,
            );
        }
    }
    for key in ["rank_pattern", "alpha_pattern"] {
        let Some(node) = root.get(key) else { continue };
        for (text, _) in node.entries() {
            if is_costly(text) {
                facts.hazard_at(
                    HazardKind::RegexBacktracking,
                    &format!("/{key}"),
                    node,
                    text,
                );
            }
        }
    }
}

/// Names of layers are short: only exponential growth hurts there.
fn is_costly(text: &str) -> bool {
    pattern::growth(text) == Some(pattern::Growth::Exponential)
}
