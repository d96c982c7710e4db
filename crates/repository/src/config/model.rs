//! `config.json` and `generation_config.json`: what the model says it is.

use super::facts::{Details, DocumentFacts, ModelDetails, ReferenceKind, texts};
use super::kind::DocumentKind;
use crate::bounded::quote;
use crate::document::Node;
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
        });
    }
    if let Some(name) = root.text_of("_name_or_path")
        && super::keys::is_repository(name)
        && path::escape(name).is_none()
    {
        facts.reference(ReferenceKind::BaseModel, name, None, "/_name_or_path");
    }
}
