//! Which models an assistant asks, and where.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, lookup, place, text_of};
use crate::facts::{Bundle, Endpoint, EndpointKind};
use crate::value::{address, cut, is_reference};

/// Keys that name a model by themselves, with those beside it that name its provider.
const NAMED: &[(&str, &str)] = &[
    ("model", "model_provider"),
    ("model.name", ""),
    ("GOOSE_MODEL", "GOOSE_PROVIDER"),
    ("small_model", ""),
    ("weak-model", ""),
    ("editor-model", ""),
    ("agent.default_model.model", "agent.default_model.provider"),
    (
        "assistant.default_model.model",
        "assistant.default_model.provider",
    ),
];

/// Keys that hold an address of a model.
const ADDRESSES: &[&str] = &[
    "openai-api-base",
    "chatgpt_base_url",
    "openai_base_url",
    "github.copilot.advanced.debug.overrideProxyUrl",
    "github.copilot.advanced.debug.overrideCAPIUrl",
    "github.copilot.advanced.debug.overrideProxyURL",
    "OPENAI_HOST",
    "ANTHROPIC_HOST",
    "OLLAMA_HOST",
    "github.copilot.chat.byok.ollamaEndpoint",
    "telemetry.otlpEndpoint",
];

pub(super) fn read(root: &Node, bundle: &mut Bundle) {
    for (key, provider) in NAMED {
        if let Some((node, model)) = lookup(root, key).and_then(|node| Some((node, node.text()?))) {
            let provider = (!provider.is_empty())
                .then(|| lookup(root, provider)?.text())
                .flatten();
            let provider = provider.or_else(|| model.split_once('/').map(|(provider, _)| provider));
            add(bundle, provider, Some(model), None, None, node);
        }
    }
    for key in ADDRESSES {
        if let Some((node, url)) = lookup(root, key).and_then(|node| Some((node, node.text()?))) {
            add(bundle, None, None, Some(url), None, node);
        }
    }
    for key in [
        "models",
        "customModels",
        "custom_models",
        "tabAutocompleteModel",
    ] {
        let Some(list) = lookup(root, key) else {
            continue;
        };
        let one = list.get("model").is_some().then_some(list);
        for node in list.items().iter().chain(one).take(MAX_ENTRIES) {
            let model = text_of(node, &["model", "name", "id"]);
            if model.is_some() {
                entry(bundle, text_of(node, &["provider"]), model, node);
            }
        }
    }
    for key in [
        "model_providers",
        "language_models",
        "provider",
        "providers",
    ] {
        for (name, node) in lookup(root, key)
            .map_or(&[][..], Node::entries)
            .iter()
            .take(MAX_ENTRIES)
        {
            if node.is_map() {
                let inner = node.get("options").unwrap_or(node);
                entry(bundle, Some(name), None, inner);
            }
        }
    }
}

fn entry(bundle: &mut Bundle, provider: Option<&str>, model: Option<&str>, node: &Node) {
    let url = text_of(
        node,
        &[
            "apiBase", "api_base", "base_url", "baseUrl", "baseURL", "api_url", "endpoint",
        ],
    );
    let key = text_of(node, &["env_key", "apiKey", "api_key", "apiKeyEnv"]);
    let credential = key.map(|key| {
        if is_reference(key)
            || key
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
        {
            cut(key)
        } else {
            "a literal key".to_owned()
        }
    });
    add(bundle, provider, model, url, credential, node);
}

fn add(
    bundle: &mut Bundle,
    provider: Option<&str>,
    model: Option<&str>,
    url: Option<&str>,
    credential: Option<String>,
    node: &Node,
) {
    if bundle.endpoints.len() >= MAX_ENTRIES {
        return;
    }
    bundle.endpoints.push(Endpoint {
        kind: EndpointKind::Model,
        provider: provider.map(cut),
        model: model.map(cut),
        url: url.map(|url| cut(&address(url))),
        credential,
        place: place(node),
    });
}
