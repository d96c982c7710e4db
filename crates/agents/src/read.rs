//! Reads a file of a known kind into a bundle.
//!
//! One module for each family of surfaces. What all of them need (texts of keys, places, dotted keys) is here. Broken
//! input gives what could be understood, with problems.

mod api;
mod container;
mod editor;
mod environment;
mod extension;
mod hooks;
mod models;
mod package;
mod prose;
mod servers;
mod settings;

pub use environment::effect as effect_of;

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_repository::document::{Node, Value};

use crate::document::{self, Format};
use crate::facts::{
    Bundle, Domain, DomainRole, Grant, GrantKind, Identity, IdentityKind, Pin, Reference,
    ReferenceKind, Surface,
};
use crate::launch::quoted;
use crate::recognise::Recognised;
use crate::value::{cut, cut_command, scheme_and_host};

/// LIMIT: entries of one list of facts.
const MAX_ENTRIES: usize = 2_000;
/// LIMIT: bytes of a file that are read; the largest honest ones are descriptions of interfaces.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Reads a file that was recognised.
#[must_use]
pub fn read(found: Recognised, text: &str, budget: &Budget) -> Bundle {
    let mut bundle = Bundle::new(found.surface, found.client, found.scope);
    let limit =
        usize::try_from(budget.limits().text_bytes).map_or(MAX_BYTES, |most| most.min(MAX_BYTES));
    if text.len() > limit {
        let detail = "too large to be read as configuration of an assistant; it was not judged";
        bundle.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            detail,
        ));
        return bundle;
    }
    if let Err(error) = budget.check_time() {
        bundle.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            error.to_string(),
        ));
        return bundle;
    }
    if found.format == Format::Lines {
        environment::read(text, &mut bundle);
        return bundle;
    }
    let mut document = document::parse(found.format, text);
    bundle.problems.append(&mut document.problems);
    if found.format == Format::FrontMatter {
        // Prose is judged by others; a missing or broken head is nothing to report.
        bundle
            .problems
            .retain(|problem| problem.kind.leaves_incomplete());
        let empty = Node::new(Value::Null, 1);
        prose::read(document.roots.first().unwrap_or(&empty), text, &mut bundle);
        return bundle;
    }
    for root in document.roots.iter().take(4) {
        read_root(found, root, &mut bundle);
    }
    bundle
}

fn read_root(found: Recognised, root: &Node, bundle: &mut Bundle) {
    match found.surface {
        Surface::ClientServers | Surface::ClientSettings => {
            servers::read(root, found.key, bundle);
            settings::read(root, bundle);
            hooks::read(root, bundle);
            models::read(root, bundle);
        }
        Surface::EditorSettings => editor::read_settings(root, found.key, bundle),
        Surface::EditorTasks => editor::read_tasks(root, bundle),
        Surface::EditorLaunch => {}
        Surface::EditorExtensions => editor::read_extensions(root, bundle),
        Surface::Devcontainer => container::read(root, bundle),
        Surface::RegistryEntry => package::read_registry_entry(root, bundle),
        Surface::Plugin => {
            package::read_plugin(root, bundle);
            servers::read(root, found.key, bundle);
            hooks::read(root, bundle);
        }
        Surface::Marketplace => package::read_marketplace(root, bundle),
        Surface::DesktopExtension => package::read_desktop_extension(root, bundle),
        Surface::OpenApi => api::read_openapi(root, bundle),
        Surface::WebPlugin => api::read_web_plugin(root, bundle),
        Surface::AgentCard => api::read_agent_card(root, bundle),
        Surface::EditorExtension => extension::read_editor(root, bundle),
        Surface::BrowserExtension => extension::read_browser(root, bundle),
        Surface::Command => prose::read_command(root, bundle),
        Surface::Skill
        | Surface::SubAgent
        | Surface::Rules
        | Surface::Memory
        | Surface::Environment
        | Surface::GitConfig => {}
    }
}

/// The place of a value.
pub(crate) const fn place(node: &Node) -> Place {
    Place::Line {
        line: node.line,
        column: 1,
    }
}

/// The value of a key with dots: as one key, or as keys inside each other.
pub(crate) fn lookup<'n>(root: &'n Node, key: &str) -> Option<&'n Node> {
    if let Some(found) = root.get(key) {
        return Some(found);
    }
    let mut at = 0;
    while let Some(dot) = key.get(at..).and_then(|rest| rest.find('.')) {
        let end = at.saturating_add(dot);
        let (front, rest) = (key.get(..end)?, key.get(end.saturating_add(1)..)?);
        if let Some(found) = root.get(front).and_then(|inner| lookup(inner, rest)) {
            return Some(found);
        }
        at = end.saturating_add(1);
    }
    None
}

/// The text of the first of several keys that has one.
pub(crate) fn text_of<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n str> {
    keys.iter()
        .find_map(|key| node.get(key).and_then(Node::scalar))
}

/// The first of several keys that is there.
pub(crate) fn first_of<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    keys.iter().find_map(|key| node.get(key))
}

/// A list of texts, or one text alone.
pub(crate) fn texts(node: &Node) -> Vec<&str> {
    match node.scalar() {
        Some(text) => vec![text],
        None => node
            .items()
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(Node::scalar)
            .collect(),
    }
}

/// A command: one text, or a list of words.
pub(crate) fn command_text(node: &Node) -> String {
    match node.scalar() {
        Some(text) => text.to_owned(),
        None => {
            let words: Vec<String> = texts(node).into_iter().map(quoted).collect();
            words.join(" ")
        }
    }
}

impl Bundle {
    fn grant(&mut self, kind: GrantKind, written: impl AsRef<str>, node: &Node) {
        if self.grants.len() < MAX_ENTRIES {
            self.grants.push(Grant {
                kind,
                written: cut_command(written.as_ref()),
                place: place(node),
            });
        }
    }

    fn refer(&mut self, kind: ReferenceKind, target: &str, pin: Pin, node: &Node) {
        if self.references.len() < MAX_ENTRIES {
            self.references.push(Reference {
                kind,
                target: cut(target),
                pin,
                place: place(node),
            });
        }
    }

    fn identify(&mut self, kind: IdentityKind, node: Option<&Node>) {
        let Some(node) = node else { return };
        let text = node
            .scalar()
            .or_else(|| text_of(node, &["name", "url", "organization", "email"]));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.identities.push(Identity {
                kind,
                text: cut(text),
                place: place(node),
            });
        }
    }

    fn domain(&mut self, role: DomainRole, node: Option<&Node>) {
        let Some((node, text)) = node.and_then(|node| Some((node, node.scalar()?))) else {
            return;
        };
        let found = match text.split_once('@').filter(|_| !text.contains("://")) {
            Some((_, host)) => Some(("mailto".to_owned(), host.trim().to_ascii_lowercase())),
            None => scheme_and_host(text),
        };
        if let Some((scheme, host)) = found
            && self.domains.len() < MAX_ENTRIES
        {
            self.domains.push(Domain {
                role,
                host,
                scheme,
                place: place(node),
            });
        }
    }

    fn title(&mut self, root: &Node, name: &[&str]) {
        self.name = text_of(root, name).map(cut);
        self.version = text_of(root, &["version"]).map(cut);
        self.description = text_of(root, &["description", "summary"]).map(cut);
    }
}
