//! Keys that lead a loader to code, wherever they stand.
//!
//! Every document is searched at every depth: loaders pass nested maps on to other loaders, so the kind of the
//! outer document says little about who will read a key. A key that is harmless by itself is judged by its value.

use chainwright_core::location::Place;

use super::facts::{DocumentFacts, ReferenceKind};
use super::kind::DocumentKind;
use crate::callable::{Callable, is_indirect, judge};
use crate::document::{Document, Node, Visit, walk};
use crate::hazard::{CodeMechanism, CodeOrigin, HazardKind};
use crate::path::{self, Escape};

/// LIMIT: larger maps are not searched for neighbours of a key, since each of their keys would search them.
pub(super) const FEW_ENTRIES: usize = 512;

/// Whether any document of the stream carries a key, a tag or a template of interest.
pub(super) fn has_interest(document: &Document) -> bool {
    let mut facts = DocumentFacts::new(DocumentKind::Settings);
    document
        .roots
        .iter()
        .for_each(|root| read(root, &mut facts));
    !facts.hazards.is_empty() || !facts.templates.is_empty() || !facts.references.is_empty()
}

/// Reads every key of interest.
pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    walk(root, &mut |visit| {
        read_tag(visit, facts);
        read_key(visit, facts);
        read_template(visit, facts);
    });
}

fn read_key(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let key = visit.key.to_ascii_lowercase().replace('-', "_");
    match key.as_str() {
        "auto_map" => auto_map(visit, facts),
        "trust_remote_code" => trust_remote_code(visit, facts),
        "custom_generate" => code_text(visit, CodeMechanism::CustomGenerate, facts),
        "custom_pipeline" => code_text(visit, CodeMechanism::CustomPipeline, facts),
        "custom_pipelines" => custom_pipelines(visit, facts),
        "model_file" => model_file(visit, facts),
        "kernel_config" | "kernel_mapping" => kernel_mapping(visit, facts),
        "_target_" | "__target__" | "_component_" | "class_path" | "_class_path_" => {
            callable(visit, CodeMechanism::Instantiation, facts);
        }
        "target" if has_arguments(visit.parent) => {
            callable(visit, CodeMechanism::Instantiation, facts);
        }
        // NeMo builds what these name as well (CVE-2025-23304, CVE-2025-33245, CVE-2026-24157).
        "target" | "cls" | "cls_" | "nemo_target"
            if facts.kind == DocumentKind::Instantiation
                && visit.node.text().is_some_and(is_dotted) =>
        {
            callable(visit, CodeMechanism::Instantiation, facts);
        }
        "activation_function"
        | "activation_fn"
        | "sbert_ce_default_activation_function"
        | "default_activation_function" => named_class(visit, facts),
        "tokenizer_class" if visit.node.text().is_some_and(|text| text.contains('.')) => {
            named_class(visit, facts);
        }
        "tool_parser_plugin"
        | "reasoning_parser_plugin"
        | "worker_extension_cls"
        | "worker_cls"
        | "scheduler_cls"
        | "middleware"
        | "logits_processors"
        | "user_dir"
        | "user_module"
        | "plugin_path" => plugin(visit, facts),
        _ if key.ends_with("attn_implementation")
            || key.ends_with("_implementation_internal")
            || key.ends_with("experts_implementation") =>
        {
            kernels(visit, facts);
        }
        _ => {}
    }
}

/// `{"AutoModel": "module.Class"}`, with lists for slow and fast tokenizers.
fn auto_map(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let is_nested = visit.pointer.matches('/').count() > 1;
    let mechanism = if is_nested {
        CodeMechanism::NestedAutoMap
    } else {
        CodeMechanism::AutoMap
    };
    if !visit.node.is_map() {
        return;
    }
    walk(visit.node, &mut |inner| {
        if let Some(text) = inner.node.text() {
            let pointer = format!("{}{}", visit.pointer, inner.pointer);
            runs_code(
                mechanism,
                code_origin(text),
                &pointer,
                inner.node,
                text,
                facts,
            );
        }
    });
}

fn trust_remote_code(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let is_on = visit.node.is_true()
        || visit
            .node
            .scalar()
            .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1");
    if !is_on {
        return;
    }
    let kind = match facts.kind {
        DocumentKind::ModelConfig
        | DocumentKind::GenerationConfig
        | DocumentKind::TokenizerConfig
        | DocumentKind::ProcessorConfig
        | DocumentKind::AdapterConfig
        | DocumentKind::PipelineIndex
        | DocumentKind::SentenceModules => HazardKind::RemoteCodeFlag,
        DocumentKind::Tokenizer
        | DocumentKind::ChatTemplate
        | DocumentKind::ShardIndex
        | DocumentKind::Instantiation
        | DocumentKind::MlflowModel
        | DocumentKind::DatasetInfos
        | DocumentKind::Settings => HazardKind::RemoteCodeSetting,
    };
    facts.hazard(kind, visit, "true");
}

fn code_text(visit: &Visit<'_>, mechanism: CodeMechanism, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text().filter(|text| !text.trim().is_empty()) else {
        return;
    };
    let origin = match path::escape(text) {
        Some(Escape::Traversal | Escape::Absolute | Escape::Url) => CodeOrigin::Outside {
            path: text.to_owned(),
        },
        None if text.contains("--") => code_origin(text),
        None if is_repository(text) => CodeOrigin::Remote {
            repository: text.to_owned(),
        },
        None => CodeOrigin::Local {
            file: text.to_owned(),
        },
    };
    runs_code(mechanism, origin, visit.pointer, visit.node, text, facts);
}

/// `{"my-task": {"impl": "module.Class"}}`.
fn custom_pipelines(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    for (task, entry) in visit.node.entries() {
        if let Some(text) = entry.text_of("impl") {
            let pointer = format!("{}/{task}/impl", visit.pointer);
            let origin = code_origin(text);
            runs_code(
                CodeMechanism::CustomPipeline,
                origin,
                &pointer,
                entry,
                text,
                facts,
            );
        }
    }
}

fn model_file(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text() else {
        return;
    };
    let outside = path::escape(text).is_some();
    if !outside && !text.trim().to_ascii_lowercase().ends_with(".py") {
        return;
    }
    let origin = if outside {
        CodeOrigin::Outside {
            path: text.to_owned(),
        }
    } else {
        CodeOrigin::Local {
            file: text.to_owned(),
        }
    };
    runs_code(
        CodeMechanism::ModelFile,
        origin,
        visit.pointer,
        visit.node,
        text,
        facts,
    );
}

/// The implementation of attention: a known word, a repository, or a map of these for each part of the model.
fn kernels(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    walk(visit.node, &mut |inner| {
        if let Some(text) = inner.node.text() {
            let pointer = format!("{}{}", visit.pointer, inner.pointer);
            kernel(text, &pointer, inner.node, facts);
        }
    });
}

fn kernel_mapping(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    walk(visit.node, &mut |inner| {
        if let Some(text) = inner.node.text().filter(|text| text.contains('/')) {
            let pointer = format!("{}{}", visit.pointer, inner.pointer);
            kernel(text, &pointer, inner.node, facts);
        }
    });
}

fn kernel(text: &str, pointer: &str, node: &Node, facts: &mut DocumentFacts) {
    let name = text.trim();
    let name = name.rsplit_once('|').map_or(name, |(_, name)| name);
    let origin = if path::escape(name).is_some() || name.starts_with("./") {
        CodeOrigin::Outside {
            path: text.to_owned(),
        }
    } else if name.contains('/') {
        let repository = name.split([':', '@']).next().unwrap_or(name).to_owned();
        if repository.starts_with("kernels-community/") {
            CodeOrigin::HubCollection { repository }
        } else {
            CodeOrigin::Remote { repository }
        }
    } else {
        return;
    };
    runs_code(CodeMechanism::Kernel, origin, pointer, node, text, facts);
}

/// A dotted name that is imported and called. Known names are silent.
fn callable(visit: &Visit<'_>, mechanism: CodeMechanism, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text().filter(|text| !text.trim().is_empty()) else {
        return;
    };
    if let Some(origin) = argument_origin(text, visit.parent).or_else(|| callable_origin(text)) {
        runs_code(mechanism, origin, visit.pointer, visit.node, text, facts);
    }
}

/// What a function that calls its argument is given beside it, when that is dangerous.
fn argument_origin(name: &str, parent: Option<&Node>) -> Option<CodeOrigin> {
    if !is_indirect(name) {
        return None;
    }
    let parent = parent.filter(|parent| parent.entries().len() <= FEW_ENTRIES)?;
    let arguments = parent.get("_args_").map_or(&[][..], Node::items);
    ["path", "func", "function", "config"]
        .iter()
        .filter_map(|key| parent.text_of(key))
        .chain(arguments.iter().filter_map(Node::text))
        .filter_map(callable_origin)
        .find(|origin| matches!(origin, CodeOrigin::Dangerous { .. }))
}

/// Where a dotted name leads, unless it is known.
pub(super) fn callable_origin(text: &str) -> Option<CodeOrigin> {
    let name = text.trim();
    match judge(name) {
        Callable::Known => None,
        Callable::Dangerous => Some(CodeOrigin::Dangerous {
            callable: name.to_owned(),
        }),
        Callable::Unknown if path::escape(name).is_some() => Some(CodeOrigin::Outside {
            path: name.to_owned(),
        }),
        Callable::Unknown => Some(CodeOrigin::Unknown {
            callable: name.to_owned(),
        }),
    }
}

/// Whether a text is a dotted name and no sentence, path or address.
fn is_dotted(text: &str) -> bool {
    let is_name =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    text.contains('.')
        && text.split('.').all(is_name)
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the map beside a bare `target` looks like one that an object is built from (latent-diffusion style).
fn has_arguments(parent: Option<&Node>) -> bool {
    parent.is_some_and(|parent| {
        if parent.entries().len() > FEW_ENTRIES {
            return true;
        }
        let named = parent
            .text_of("target")
            .is_some_and(|target| target.contains('.') || judge(target) == Callable::Dangerous);
        let arguments = ["params", "init_args", "kwargs", "args"]
            .iter()
            .any(|key| parent.get(key).is_some());
        named && arguments
    })
}

/// A class that is imported by its dotted name: an activation, a tokenizer.
fn named_class(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text() else {
        return;
    };
    let is_dotted = text.contains('.') || text.contains("--");
    if !is_dotted && judge(text) != Callable::Dangerous {
        return;
    }
    if let Some(origin) = module_origin(text) {
        runs_code(
            CodeMechanism::NamedClass,
            origin,
            visit.pointer,
            visit.node,
            text,
            facts,
        );
    }
}

/// Where a class leads that is looked for beside the configuration first and among installed packages then.
pub(super) fn module_origin(text: &str) -> Option<CodeOrigin> {
    let origin = callable_origin(text)?;
    let is_unknown = matches!(origin, CodeOrigin::Unknown { .. });
    let is_plain = text.matches('.').count() <= 1;
    if is_unknown && (text.contains("--") || is_plain) {
        return Some(code_origin(text));
    }
    Some(origin)
}

fn plugin(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text().filter(|text| !text.trim().is_empty()) else {
        return;
    };
    let is_path = text.contains('/') || text.contains('\\') || text.ends_with(".py");
    if !is_path && !text.contains('.') {
        return;
    }
    let origin = if is_path && path::escape(text).is_none() {
        Some(CodeOrigin::Local {
            file: text.to_owned(),
        })
    } else {
        callable_origin(text)
    };
    if let Some(origin) = origin {
        runs_code(
            CodeMechanism::Plugin,
            origin,
            visit.pointer,
            visit.node,
            text,
            facts,
        );
    }
}

/// Where `module.Class` or `org/name--module.Class` leads.
pub(super) fn code_origin(reference: &str) -> CodeOrigin {
    let reference = reference.trim();
    let (repository, class) = match reference.split_once("--") {
        Some((repository, class)) => (Some(repository), class),
        None => (None, reference),
    };
    let leaves = |text: &str| path::escape(text).is_some();
    if leaves(reference) || leaves(class) || repository.is_some_and(leaves) {
        return CodeOrigin::Outside {
            path: reference.to_owned(),
        };
    }
    match repository {
        Some(repository) => CodeOrigin::Remote {
            repository: repository.to_owned(),
        },
        None => {
            let module = class.rsplit_once('.').map_or(class, |(module, _)| module);
            CodeOrigin::Local {
                file: format!("{}.py", module.replace('.', "/")),
            }
        }
    }
}

/// Whether a text has the shape of a repository on a hub: `org/name`.
pub(crate) fn is_repository(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let text = text.split('@').next().unwrap_or(text);
    text.split_once('/').is_some_and(|(organisation, name)| {
        !organisation.is_empty()
            && !name.is_empty()
            && !organisation.starts_with('.')
            && organisation.chars().all(allowed)
            && name.chars().all(allowed)
            && !name.ends_with(".py")
    })
}

/// Records code that loading runs, and the repository or file it comes from.
pub(super) fn runs_code(
    mechanism: CodeMechanism,
    origin: CodeOrigin,
    pointer: &str,
    node: &Node,
    value: &str,
    facts: &mut DocumentFacts,
) {
    match &origin {
        CodeOrigin::Remote { repository } | CodeOrigin::HubCollection { repository } => {
            let (name, revision) = match repository.split_once('@') {
                Some((name, revision)) => (name, Some(revision)),
                None => (repository.as_str(), None),
            };
            facts.reference(ReferenceKind::Code, name, revision, pointer);
        }
        CodeOrigin::Local { file } => facts.reference(ReferenceKind::File, file, None, pointer),
        CodeOrigin::Unknown { .. } | CodeOrigin::Dangerous { .. } | CodeOrigin::Outside { .. } => {}
    }
    let origin = clipped(origin);
    facts.hazard_at(
        HazardKind::RunsCode { mechanism, origin },
        pointer,
        node,
        value,
    );
}

fn clipped(origin: CodeOrigin) -> CodeOrigin {
    use crate::bounded::quote;
    match origin {
        CodeOrigin::Local { file } => CodeOrigin::Local { file: quote(&file) },
        CodeOrigin::Remote { repository } => CodeOrigin::Remote {
            repository: quote(&repository),
        },
        CodeOrigin::HubCollection { repository } => CodeOrigin::HubCollection {
            repository: quote(&repository),
        },
        CodeOrigin::Unknown { callable } => CodeOrigin::Unknown {
            callable: quote(&callable),
        },
        CodeOrigin::Dangerous { callable } => CodeOrigin::Dangerous {
            callable: quote(&callable),
        },
        CodeOrigin::Outside { path } => CodeOrigin::Outside { path: quote(&path) },
    }
}

/// Python tags as PyYAML writes them, and those of other languages' loaders.
fn read_tag(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let Some(tag) = visit.node.tag.as_deref() else {
        return;
    };
    if let Some(call) = tag.strip_prefix("python/") {
        let (form, name) = call.split_once(':').unwrap_or((call, ""));
        let is_object = form.starts_with("object") || matches!(form, "name" | "module");
        if is_object && !is_plain_object(name) {
            let dangerous = judge(name) == Callable::Dangerous;
            let callable = crate::bounded::quote(name);
            facts.hazard(
                HazardKind::UnsafeYamlTag {
                    callable,
                    dangerous,
                },
                visit,
                tag,
            );
        }
        return;
    }
    let name = tag.trim_start_matches('!');
    let is_foreign = [
        "java.", "javax.", "com.", "org.", "sun.", "ruby/", "js/", "perl/", "php/",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix));
    if is_foreign {
        let callable = crate::bounded::quote(name);
        facts.hazard(
            HazardKind::UnsafeYamlTag {
                callable,
                dangerous: true,
            },
            visit,
            tag,
        );
    } else if name == "function" {
        // lm-evaluation-harness imports `file.function` beside the task.
        if let Some(text) = visit.node.text() {
            let origin = code_origin(text);
            runs_code(
                CodeMechanism::Plugin,
                origin,
                visit.pointer,
                visit.node,
                text,
                facts,
            );
        }
    }
}

/// Objects that training tools save and that do nothing when built.
fn is_plain_object(name: &str) -> bool {
    matches!(
        name,
        "argparse.Namespace"
            | "collections.OrderedDict"
            | "collections.defaultdict"
            | "numpy.core.multiarray.scalar"
            | "numpy._core.multiarray.scalar"
            | "numpy.dtype"
            | "pathlib.PosixPath"
            | "pathlib._local.PosixPath"
            | "pathlib.WindowsPath"
            | "torch.device"
            | "torch.Size"
            | "pytorch_lightning.utilities.parsing.AttributeDict"
            | "lightning.fabric.utilities.data.AttributeDict"
            | "lightning_fabric.utilities.data.AttributeDict"
            | "easydict.EasyDict"
            | "omegaconf.dictconfig.DictConfig"
            | "types.SimpleNamespace"
            | "builtins.set"
            | "builtins.complex"
    )
}

/// Jinja, by its key or by its look.
fn read_template(visit: &Visit<'_>, facts: &mut DocumentFacts) {
    let Some(text) = visit.node.text() else {
        return;
    };
    let is_block = text.contains("{%") && text.contains("%}");
    let is_expression = text.contains("{{") && text.contains("}}");
    let is_named = visit.pointer.contains("chat_template") && !matches!(visit.key, "name");
    let speaks_of_templates = ["template", "doc_to", "prompt"]
        .iter()
        .any(|word| visit.key.contains(word));
    if !(is_named || is_block || (is_expression && speaks_of_templates)) {
        return;
    }
    // A list of named templates: `[{"name": …, "template": …}]`.
    let name = visit
        .parent
        .filter(|parent| visit.key == "template" && parent.entries().len() <= FEW_ENTRIES)
        .and_then(|parent| parent.text_of("name"))
        .unwrap_or(visit.key);
    facts.template(name, text, Place::Pointer(visit.pointer.to_owned()));
}
