//! Recipes that build, pack or serve a model: Kitfile, MLproject, `bentofile.yaml`, `cog.yaml`, Ollama's Modelfile.
//!
//! They are written to run commands, so a command is no news; one that downloads and runs something in one go is, and so
//! are files from outside the folder and packages from elsewhere. What the commands call is judged where it is code.
//!
//! Source: KitOps `pkg/artifact/kitfile.go`; MLflow 3 `projects/_project_spec.py`; BentoML and Cog build options;
//! Ollama `docs/modelfile.md` and `parser/parser.go`.

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;

use super::facts::{DocumentFacts, ReferenceKind};
use super::index::file_name;
use super::packages;
use crate::card;
use crate::document::{Node, walk};
use crate::hazard::{Hazard, HazardKind};
use crate::path::{self, Escape};

/// Keys under which a recipe gives commands.
const COMMANDS: [&str; 7] = [
    "command",
    "run",
    "setup_script",
    "pre_install",
    "post_install",
    "entrypoint",
    "commands",
];

/// Folders of the machine that no project needs inside its container.
const PRIVATE: [&str; 9] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/etc",
    "/root",
    "/proc",
    "/boot",
    "/.ssh",
    "/.aws",
    "/.config/gcloud",
];

/// Whether the document is a recipe or an environment.
pub(super) fn is_recipe(root: &Node) -> bool {
    let has = |key: &str| root.get(key).is_some();
    is_kitfile(root)
        || has("entry_points")
        || has("channels") && has("dependencies")
        || has("build_dependencies")
        || has("service") && (has("include") || has("python") || has("docker"))
        || has("build") && (has("predict") || has("train") || has("image"))
}

fn is_kitfile(root: &Node) -> bool {
    let parts = ["model", "package", "code", "datasets", "docs", "prompts"];
    root.get("manifestVersion").is_some() && parts.iter().any(|key| root.get(key).is_some())
}

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    if is_kitfile(root) {
        kitfile(root, facts);
    }
    packages::read_environment(root, facts);
    for (section, key) in [("build", "python_packages"), ("python", "packages")] {
        let list = root.get(section).and_then(|node| node.get(key));
        packages::read_items(list, &format!("/{section}/{key}"), facts);
    }
    for key in ["index_url", "extra_index_url", "find_links", "trusted_host"] {
        let node = root.get("python").and_then(|node| node.get(key));
        packages::read_index(node, &format!("/python/{key}"), facts);
    }
    for key in ["conda_env", "python_env"] {
        if let Some(node) = root.get(key)
            && let Some(text) = node.text()
        {
            file_name(text, &format!("/{key}"), node, facts);
        }
    }
    volumes(root, facts);
    walk(root, &mut |visit| {
        if COMMANDS.contains(&visit.key)
            && let Some(text) = visit.node.text()
        {
            let place = Place::Pointer(visit.pointer.to_owned());
            command(text, &place, visit.node.line, facts);
        }
    });
}

/// `model.path`, `model.parts[].path`, and the paths of code, datasets, documents and prompts. The path of a model may
/// also be the name of another ModelKit.
fn kitfile(root: &Node, facts: &mut DocumentFacts) {
    walk(root, &mut |visit| {
        if visit.key != "path" {
            return;
        }
        let Some(text) = visit.node.text() else {
            return;
        };
        if !file_name(text, visit.pointer, visit.node, facts) && text.contains(':') {
            facts.reference(ReferenceKind::Model, text, None, visit.pointer);
        }
    });
}

/// `docker_env.volumes` of an MLproject.
fn volumes(root: &Node, facts: &mut DocumentFacts) {
    let volumes = root.get("docker_env").and_then(|node| node.get("volumes"));
    for node in volumes.map_or(&[][..], Node::items) {
        let Some(text) = node.text() else { continue };
        let outside = text.split(':').next().unwrap_or(text).trim_end_matches('/');
        let home = outside.replace(['~'], "");
        let is_private = outside.is_empty()
            || PRIVATE
                .iter()
                .any(|folder| outside == *folder || home.ends_with(folder));
        if is_private {
            facts.hazard_at(HazardKind::AbsolutePath, "/docker_env/volumes", node, text);
        }
    }
}

/// What a command or a text for a model would be reported for in a card.
fn command(text: &str, place: &Place, line: u32, facts: &mut DocumentFacts) {
    let fenced = format!("```sh\n{text}\n```\n");
    for hazard in &card::read(&fenced, &Limits::default()).hazards {
        if matches!(
            hazard.kind,
            HazardKind::DownloadAndRun { .. } | HazardKind::SystemProtectionOff
        ) {
            let hazard = Hazard::new(hazard.kind.clone(), place.clone(), line, &hazard.value);
            facts.hazards.push(hazard);
        }
    }
}

/// Whether the text is a Modelfile: `FROM`, and an instruction that no Dockerfile has.
pub(super) fn is_modelfile(file_name: &str, text: &str) -> bool {
    const LINES: usize = 2000;
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let starts = |words: &[&str]| {
        text.lines().take(LINES).any(|line| {
            let word = line.split_whitespace().next().unwrap_or_default();
            words.iter().any(|known| word.eq_ignore_ascii_case(known))
        })
    };
    let is_named =
        name == "modelfile" || name.starts_with("modelfile.") || name.ends_with(".modelfile");
    let has_from = starts(&["from"]);
    let has_own = starts(&["parameter", "template", "system", "adapter", "message"]);
    let is_dockerfile = starts(&["run", "copy", "cmd", "entrypoint", "workdir", "env"]);
    let is_open = !name.contains('.') && !is_dockerfile && name.len() < 40;
    has_from && (is_named || has_own && is_open)
}

/// Ollama's Modelfile.
pub(super) fn read_modelfile(text: &str, facts: &mut DocumentFacts) {
    let mut number = 0_u32;
    for line in text.lines() {
        number = number.saturating_add(1);
        let Some((word, rest)) = line.trim().split_once(char::is_whitespace) else {
            continue;
        };
        let value = rest.trim().trim_matches('"');
        match word.to_ascii_uppercase().as_str() {
            "FROM" | "ADAPTER" => source(value, number, facts),
            "PARAMETER" => parameter(value, number, facts),
            _ => {}
        }
    }
    // The texts for the model are read as prose is: for orders that are hidden or meant for an agent.
    for hazard in &card::read(text, &Limits::default()).hazards {
        facts.hazards.push(hazard.clone());
    }
}

/// A model, a file of weights, or a folder of them. People build with files of their own machine, so a path is only news
/// when it is none of weights.
fn source(value: &str, line: u32, facts: &mut DocumentFacts) {
    let place = Place::Line { line, column: 1 };
    let lower = value.to_ascii_lowercase();
    let is_weights = [".gguf", ".bin", ".safetensors", ".ggml"]
        .iter()
        .any(|extension| lower.ends_with(extension));
    let name = lower.rsplit('/').next().unwrap_or_default();
    let is_folder = !name.contains('.') && !PRIVATE.iter().any(|folder| value.starts_with(folder));
    let kind = match path::escape(value) {
        Some(Escape::Url)
            if !lower.contains("://hf.co/") && !lower.contains("://huggingface.co/") =>
        {
            HazardKind::UrlReference
        }
        Some(Escape::Traversal) if !is_weights && !is_folder => HazardKind::PathTraversal,
        Some(Escape::Absolute) if !is_weights && !is_folder => HazardKind::AbsolutePath,
        Some(_) => return,
        None => {
            if !value.starts_with('.') && !is_weights {
                let pointer = format!("/line/{line}");
                facts.reference(ReferenceKind::BaseModel, value, None, &pointer);
            }
            return;
        }
    };
    facts.hazards.push(Hazard::new(kind, place, line, value));
}

fn parameter(value: &str, line: u32, facts: &mut DocumentFacts) {
    const MOST: f64 = 1e9;
    let Some((_, number)) = value.split_once(char::is_whitespace) else {
        return;
    };
    if number
        .trim()
        .parse::<f64>()
        .is_ok_and(|number| number > MOST)
        && !value.starts_with("seed")
    {
        let place = Place::Line { line, column: 1 };
        let kind = HazardKind::UnreasonableSize;
        facts.hazards.push(Hazard::new(kind, place, line, value));
    }
}
