//! `package.json`.

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_json};
use crate::facts::{Declared, Project, Relation, Scope, ScriptHook};
use crate::sink::{Sink, cut, line, package};

use super::spec;

/// The tables of dependencies, and what each is for.
pub(crate) const TABLES: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
    ("peerDependencies", Scope::Peer),
];

/// Scripts that npm runs unasked when the package is installed from a registry, and with it when installed from a
/// repository or folder (npm documentation, "scripts", "Life Cycle Operation Order").
const HOOKS: [(&str, ScriptHook); 8] = [
    ("preinstall", ScriptHook::Install),
    ("install", ScriptHook::Install),
    ("postinstall", ScriptHook::Install),
    ("preprepare", ScriptHook::Build),
    ("prepare", ScriptHook::Build),
    ("postprepare", ScriptHook::Build),
    ("prepublish", ScriptHook::Build),
    ("prepack", ScriptHook::Build),
];

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    if let Some(name) = root.text_of("name") {
        sink.facts.project = Some(Project {
            package: package(Ecosystem::Npm, name, root.text_of("version")),
            licence: licence(&root),
            place: line(root.get("name").map_or(1, |node| node.line)),
        });
    }
    for (table, scope) in TABLES {
        dependencies(&root, table, scope, sink);
    }
    overrides(root.get("overrides"), sink);
    overrides(root.get("resolutions"), sink);
    overrides(root.at(&["pnpm", "overrides"]), sink);
    for (name, hook) in HOOKS {
        if let Some(node) = root.at(&["scripts", name]) {
            let command = node.text().unwrap_or_default();
            sink.script(hook, name, command, line(node.line));
        }
    }
    // npm builds such packages with node-gyp when no install script says otherwise.
    if root.is_true("gypfile") {
        let place = line(root.get("gypfile").map_or(1, |node| node.line));
        sink.script(ScriptHook::Install, "gypfile", "node-gyp rebuild", place);
    }
    for name in root.texts_of("bundleDependencies") {
        sink.setting("bundled", name, line(1));
    }
}

/// `license` as text, as an object, or as the list of old.
pub(crate) fn licence(node: &Node<'_>) -> Option<String> {
    let one = node
        .text_of("license")
        .or_else(|| node.at(&["license", "type"]).and_then(Node::text));
    let list = node
        .list_of("licenses")
        .iter()
        .filter_map(|n| n.text_of("type").or(n.text()));
    let list: Vec<&str> = list.collect();
    let joined = (!list.is_empty()).then(|| list.join(" OR "));
    one.map(cut).or(joined.as_deref().map(cut))
}

fn dependencies(root: &Node<'_>, table: &str, scope: Scope, sink: &mut Sink<'_>) {
    let optional_peers = root.get("peerDependenciesMeta");
    for (name, node) in root.map_of(table) {
        let Some(text) = node.text() else { continue };
        let is_bound = text.starts_with("catalog:");
        let mut declared = spec::declare(name, text, line(node.line));
        declared.scope = scope;
        declared.relation = Relation::Direct;
        let meta = optional_peers.and_then(|meta| meta.get(name));
        if scope == Scope::Peer && meta.is_some_and(|meta| meta.is_true("optional")) {
            declared.groups.push("optional".to_owned());
        }
        if is_bound {
            sink.unresolved(
                &declared.requirement,
                "stands in the catalog",
                line(node.line),
            );
        }
        if sink.declare(declared).is_none() {
            return;
        }
    }
}

/// Versions forced upon others; nested tables narrow where they count.
fn overrides(node: Option<&Node<'_>>, sink: &mut Sink<'_>) {
    let mut waiting: Vec<(&str, &Node<'_>)> = node
        .map_or(&[][..], Node::entries)
        .iter()
        .map(|(name, node)| (&**name, node))
        .collect();
    waiting.reverse();
    while let Some((key, node)) = waiting.pop() {
        waiting.extend(node.entries().iter().map(|(name, inner)| match &**name {
            "." => (key, inner),
            name => (name, inner),
        }));
        let Some(text) = node.text() else { continue };
        // `parent/**/name`, `parent>name` and `name@range`.
        let key = key.rsplit('>').next().unwrap_or(key);
        let start = key.rfind("**/").map_or(0, |at| at.saturating_add(3));
        let (name, _) = spec::split_at_version(key.get(start..).unwrap_or(key));
        let mut declared: Declared = spec::declare(name, text, line(node.line));
        declared.scope = Scope::Constraint;
        if sink.declare(declared).is_none() {
            return;
        }
    }
}
