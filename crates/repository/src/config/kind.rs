//! Tells what a document is: by its name, and by the keys it has whatever its name.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

use crate::document::{Node, Value};

/// The kinds of configuration documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DocumentKind {
    /// `config.json` of a transformers-like model, or a component of a pipeline.
    ModelConfig,
    /// `generation_config.json`.
    GenerationConfig,
    /// `tokenizer_config.json`.
    TokenizerConfig,
    /// `tokenizer.json`.
    Tokenizer,
    /// A template in a file of its own.
    ChatTemplate,
    /// `processor_config.json`, `preprocessor_config.json`.
    ProcessorConfig,
    /// `adapter_config.json` of PEFT.
    AdapterConfig,
    /// `*.index.json` of sharded weights.
    ShardIndex,
    /// `model_index.json` of diffusers.
    PipelineIndex,
    /// `modules.json` of sentence-transformers.
    SentenceModules,
    /// A configuration from which objects are built: Hydra, Lightning, NeMo, torchtune.
    Instantiation,
    /// `MLmodel` of MLflow.
    MlflowModel,
    /// `dataset_infos.json`.
    DatasetInfos,
    /// Any other JSON or YAML that carries a key of interest.
    Settings,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Json,
    Yaml,
    Jinja,
}

/// Without any of these in its text, a file that is known by no name is a table of data. A key may be written with
/// escapes, so they count as well.
const MARKS_OF_INTEREST: &[&str] = &[
    "auto_map",
    "trust_remote_code",
    "trust-remote-code",
    "custom_generate",
    "custom-generate",
    "custom_pipeline",
    "model_file",
    "kernel_config",
    "kernel_mapping",
    "_target_",
    "_component_",
    "class_path",
    "target",
    "activation_f",
    "tokenizer_class",
    "plugin",
    "worker_cls",
    "worker-cls",
    "extension_cls",
    "extension-cls",
    "scheduler_cls",
    "scheduler-cls",
    "middleware",
    "logits_processors",
    "logits-processors",
    "user_dir",
    "user-dir",
    "user_module",
    "_implementation",
    "architectures",
    "model_type",
    "added_tokens",
    "special_tokens",
    "pre_tokenizer",
    "normalizer",
    "processor",
    "feature_extractor",
    "peft_type",
    "base_model_name",
    "weight_map",
    "_class_name",
    "\"idx\"",
    "flavors",
    "template",
    "doc_to",
    "prompt",
    "{%",
    "eos_token",
    "mediatype",
    "artifacttype",
    "manifestversion",
    "entry_points",
    "channels",
    "build_dependencies",
    "python_packages",
    "docker_env",
    "bentoml",
    "\\u0",
    "\\x",
    "!!",
    "!<",
    "%tag",
    "!function",
    "!python",
    "python/",
];

static INTEREST: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(MARKS_OF_INTEREST)
        .ok()
});

/// Whether the text may be more than data: one cheap pass before anything is parsed.
pub(super) fn may_matter(text: &str) -> bool {
    INTEREST
        .as_ref()
        .is_none_or(|interest| interest.is_match(text))
}

/// How the text is written, if it may be a configuration at all.
pub(super) fn syntax(file_name: &str, text: &str) -> Option<Syntax> {
    let name = file_name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let start = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .next();
    match extension {
        "jinja" | "jinja2" | "j2" => Some(Syntax::Jinja),
        "yaml" | "yml" => Some(Syntax::Yaml),
        "json" | "jsonc" | "json5" => Some(Syntax::Json),
        "py" | "md" | "txt" | "jsonl" | "csv" | "tsv" | "ipynb" | "rst" | "html" | "toml" => None,
        _ if matches!(
            name.as_str(),
            "mlmodel" | "mlproject" | "kitfile" | ".kitfile"
        ) =>
        {
            Some(Syntax::Yaml)
        }
        _ if matches!(start, Some('{' | '[')) => Some(Syntax::Json),
        _ if looks_like_yaml(text) => Some(Syntax::Yaml),
        _ => None,
    }
}

/// The syntax of a text that is read as `kind`.
pub(super) fn syntax_of(kind: DocumentKind, text: &str) -> Syntax {
    let start = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .next();
    let is_json = matches!(start, Some('{' | '['))
        && !text.trim_start().starts_with("{%")
        && !text.trim_start().starts_with("{{")
        && !text.trim_start().starts_with("{#")
        && !text.trim_start().starts_with("{-");
    match kind {
        DocumentKind::ChatTemplate if !is_json => Syntax::Jinja,
        _ if is_json => Syntax::Json,
        DocumentKind::Instantiation | DocumentKind::MlflowModel | DocumentKind::Settings => {
            Syntax::Yaml
        }
        _ => Syntax::Json,
    }
}

fn looks_like_yaml(text: &str) -> bool {
    const MARKS: [&str; 6] = [
        "_target_:",
        "!!python/",
        "tag:yaml.org,2002:python/",
        "class_path:",
        "_component_:",
        "loader_module:",
    ];
    MARKS.iter().any(|mark| text.contains(mark))
        && text
            .lines()
            .take(400)
            .any(|line| line.trim_end().ends_with(':') || line.contains(": "))
}

/// The last part of a path, in lower case.
pub(super) fn base_name(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.to_ascii_lowercase()
}

/// The kind that a file of this name is read as.
pub(super) fn by_name(file_name: &str) -> Option<DocumentKind> {
    let name = base_name(file_name);
    Some(match name.as_str() {
        "config.json" | "params.json" => DocumentKind::ModelConfig,
        "generation_config.json" => DocumentKind::GenerationConfig,
        "tokenizer_config.json" => DocumentKind::TokenizerConfig,
        "tokenizer.json" => DocumentKind::Tokenizer,
        "chat_template.json" => DocumentKind::ChatTemplate,
        "processor_config.json"
        | "preprocessor_config.json"
        | "video_preprocessor_config.json"
        | "feature_extractor_config.json" => DocumentKind::ProcessorConfig,
        "adapter_config.json" => DocumentKind::AdapterConfig,
        "model_index.json" => DocumentKind::PipelineIndex,
        "modules.json" => DocumentKind::SentenceModules,
        "mlmodel" => DocumentKind::MlflowModel,
        "dataset_infos.json" | "dataset_info.json" => DocumentKind::DatasetInfos,
        "model_config.yaml" | "hparams.yaml" => DocumentKind::Instantiation,
        "special_tokens_map.json"
        | "added_tokens.json"
        | "vocab.json"
        | "mlproject"
        | "kitfile"
        | ".kitfile"
        | "bentofile.yaml"
        | "cog.yaml"
        | "conda.yaml"
        | "python_env.yaml"
        | "environment.yml"
        | "environment.yaml" => DocumentKind::Settings,
        _ if name.ends_with(".index.json") => DocumentKind::ShardIndex,
        _ => return None,
    })
}

/// Every kind that the keys at the top speak for.
pub(super) fn by_content(root: &Node) -> Vec<DocumentKind> {
    let has = |key: &str| root.get(key).is_some();
    let has_map = |key: &str| root.get(key).is_some_and(Node::is_map);
    let mut kinds = Vec::new();
    let mut add = |condition: bool, kind| {
        if condition {
            kinds.push(kind);
        }
    };
    add(
        has("architectures")
            || (has("model_type") && !has("_class_name"))
            || (has_map("auto_map") && !has("tokenizer_class") && !has("processor_class"))
            || has("_attn_implementation_internal"),
        DocumentKind::ModelConfig,
    );
    add(
        has("custom_generate")
            || (has("eos_token_id") && !has("model_type") && !has("architectures")),
        DocumentKind::GenerationConfig,
    );
    add(
        has("tokenizer_class") || has("added_tokens_decoder") || has("extra_special_tokens"),
        DocumentKind::TokenizerConfig,
    );
    add(
        has_map("model") && (has("pre_tokenizer") || has("normalizer") || has("added_tokens")),
        DocumentKind::Tokenizer,
    );
    add(
        has("image_processor_type")
            || has("feature_extractor_type")
            || has("processor_class") && !has("tokenizer_class"),
        DocumentKind::ProcessorConfig,
    );
    add(
        has("peft_type") || (has("base_model_name_or_path") && has("target_modules")),
        DocumentKind::AdapterConfig,
    );
    add(has_map("weight_map"), DocumentKind::ShardIndex);
    add(is_pipeline(root), DocumentKind::PipelineIndex);
    add(is_module_list(root), DocumentKind::SentenceModules);
    add(
        has_map("flavors") && (has("artifact_path") || has("mlflow_version") || has("model_uuid")),
        DocumentKind::MlflowModel,
    );
    kinds
}

fn is_pipeline(root: &Node) -> bool {
    let names_class = root.get("_class_name").is_some();
    let has_component = root.entries().iter().any(|(key, node)| {
        !key.starts_with('_')
            && matches!(node.items(), [library, class] if is_name(library) && is_name(class))
    });
    names_class
        && (has_component
            || matches!(
                root.get("_class_name").map(|n| &n.value),
                Some(Value::List(_))
            ))
}

const fn is_name(node: &Node) -> bool {
    matches!(node.value, Value::Text(_) | Value::Null)
}

fn is_module_list(root: &Node) -> bool {
    let items = root.items();
    !items.is_empty()
        && items.iter().all(|item| {
            item.text_of("type").is_some()
                && (item.get("path").is_some() || item.get("idx").is_some())
        })
}
