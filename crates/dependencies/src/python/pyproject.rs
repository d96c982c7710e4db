//! `pyproject.toml`: what the standard tables ask for (PEP 518, 621, 735), and what Poetry, PDM, uv, Hatch, Flit,
//! setuptools and pixi add.

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_toml};
use crate::facts::{IncludeKind, IndexRole, Project, Relation, Scope, ScriptHook};
use crate::sink::{Sink, cut, line, package};

use super::{pep508, pixi, poetry, uv};

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    project(&root, sink);
    build_system(&root, sink);
    for (group, list) in root.map_of("dependency-groups") {
        requirements(list.items(), Scope::Development, Some(group), sink);
    }
    let Some(tool) = root.get("tool") else { return };
    if let Some(table) = tool.get("poetry") {
        poetry::read_table(table, sink);
    }
    if let Some(table) = tool.get("uv") {
        uv::read_table(table, sink);
    }
    if let Some(table) = tool.get("pdm") {
        pdm(table, sink);
    }
    if let Some(table) = tool.get("hatch") {
        hatch(table, sink);
    }
    if let Some(table) = tool.get("setuptools") {
        setuptools(table, sink);
    }
    if let Some(table) = tool.at(&["flit", "metadata"]) {
        requirements(table.list_of("requires"), Scope::Runtime, None, sink);
        let dev = table.list_of("dev-requires");
        requirements(dev, Scope::Development, Some("dev"), sink);
        for (extra, list) in table.map_of("requires-extra") {
            requirements(list.items(), Scope::Optional, Some(extra), sink);
        }
    }
    if let Some(table) = tool.get("pixi") {
        pixi::read_table(table, sink);
    }
}

fn project(root: &Node<'_>, sink: &mut Sink<'_>) {
    let Some(table) = root.get("project") else {
        return;
    };
    let licence = table.text_of("license");
    let licence = licence.or_else(|| table.at(&["license", "text"]).and_then(Node::text));
    let name = table.text_of("name").unwrap_or_default();
    sink.facts.project = Some(Project {
        package: package(Ecosystem::PyPi, name, table.text_of("version")),
        licence: licence.map(cut),
        place: line(table.line),
    });
    if let Some(python) = table.text_of("requires-python") {
        sink.setting("requires-python", python, line(table.line));
    }
    requirements(table.list_of("dependencies"), Scope::Runtime, None, sink);
    for (extra, list) in table.map_of("optional-dependencies") {
        requirements(list.items(), Scope::Optional, Some(extra), sink);
    }
    for field in table.list_of("dynamic") {
        if let Some(name @ ("dependencies" | "optional-dependencies")) = field.text() {
            let reason = "made by the build backend";
            sink.unresolved(name, reason, line(field.line));
        }
    }
}

fn build_system(root: &Node<'_>, sink: &mut Sink<'_>) {
    let Some(table) = root.get("build-system") else {
        return;
    };
    requirements(table.list_of("requires"), Scope::Build, None, sink);
    let backend = table.text_of("build-backend").unwrap_or_default();
    for path in table.texts_of("backend-path") {
        let command = format!("{backend} in {path}");
        let place = line(table.line);
        sink.script(ScriptHook::Build, "build-backend", &command, place);
    }
    if !backend.is_empty() {
        sink.setting("build-backend", backend, line(table.line));
    }
}

/// A list of requirements; tables in it refer to other groups of the same file.
pub(crate) fn requirements(
    list: &[Node<'_>],
    scope: Scope,
    group: Option<&str>,
    sink: &mut Sink<'_>,
) {
    for node in list {
        let Some(text) = node.text() else { continue };
        let place = line(node.line);
        let declared = match text.strip_prefix("-e ") {
            // PDM lists editables so.
            Some(editable) => Some(super::requirements::editable(editable.trim(), place)),
            None => pep508::declare(text, place),
        };
        let Some(mut declared) = declared else {
            sink.malformed(line(node.line), format!("`{text}` is no requirement"));
            continue;
        };
        declared.scope = scope;
        declared.relation = match scope {
            Scope::Constraint => Relation::Unknown,
            _ => Relation::Direct,
        };
        declared.groups.extend(group.map(cut));
        if sink.declare(declared).is_none() {
            return;
        }
    }
}

fn pdm(table: &Node<'_>, sink: &mut Sink<'_>) {
    for (group, list) in table.map_of("dev-dependencies") {
        requirements(list.items(), Scope::Development, Some(group), sink);
    }
    for source in table.list_of("source") {
        pdm_source(source, sink);
    }
    for (name, node) in table.map_of("resolution").iter().flat_map(|(key, node)| {
        let is_overrides = key == "overrides";
        node.entries().iter().filter(move |_| is_overrides)
    }) {
        let version = node.text().unwrap_or_default();
        let is_bare = version.starts_with(|first: char| first.is_ascii_digit());
        let text = match version {
            _ if is_bare => format!("{name}=={version}"),
            _ if version.contains("://") => format!("{name} @ {version}"),
            _ => format!("{name}{version}"),
        };
        let declared = pep508::declare(&text, line(node.line));
        if let Some(mut declared) = declared {
            declared.scope = Scope::Constraint;
            sink.declare(declared);
        }
    }
    if let Some(hook) = table.at(&["build", "custom-hook"]).and_then(Node::text) {
        sink.script(ScriptHook::Build, "custom-hook", hook, line(table.line));
    }
}

/// A source of PDM or Pipenv.
pub(crate) fn pdm_source(source: &Node<'_>, sink: &mut Sink<'_>) {
    let name = source.text_of("name");
    let place = line(source.line);
    let url = source.text_of("url").unwrap_or_default();
    let is_first = sink.facts.indexes.is_empty() || name == Some("pypi");
    let role = match source.text_of("type") {
        Some("find_links") => IndexRole::FindLinks,
        _ if is_first => IndexRole::Primary,
        _ if !source.list_of("include_packages").is_empty() => IndexRole::Explicit,
        _ => IndexRole::Extra,
    };
    sink.named_index(role, name, url, None, place.clone());
    let verify = source.get("verify_ssl");
    if verify.is_some() && !source.is_true("verify_ssl") {
        sink.index(IndexRole::TrustedHost, url, place);
    }
}

fn hatch(table: &Node<'_>, sink: &mut Sink<'_>) {
    for (name, env) in table.map_of("envs") {
        for key in ["dependencies", "extra-dependencies"] {
            requirements(env.list_of(key), Scope::Development, Some(name), sink);
        }
    }
    let targets = table.at(&["build", "targets"]);
    let targets = targets.map_or(&[][..], Node::entries).iter();
    let places = targets
        .filter_map(|(_, target)| target.get("hooks"))
        .chain(table.at(&["build", "hooks"]))
        .chain(table.at(&["metadata", "hooks"]));
    for hooks in places {
        if let Some(custom) = hooks.get("custom") {
            let path = custom.text_of("path").unwrap_or("hatch_build.py");
            sink.script(ScriptHook::Build, "hatch hook", path, line(custom.line));
        }
        for (name, hook) in hooks.entries() {
            requirements(hook.list_of("dependencies"), Scope::Build, Some(name), sink);
        }
    }
}

fn setuptools(table: &Node<'_>, sink: &mut Sink<'_>) {
    let Some(dynamic) = table.get("dynamic") else {
        return;
    };
    for file in dynamic
        .get("dependencies")
        .map(|node| node.texts_of("file"))
        .unwrap_or_default()
    {
        sink.include(IncludeKind::Requirements, file, line(dynamic.line));
    }
    for (_, node) in dynamic.map_of("optional-dependencies") {
        for file in node.texts_of("file") {
            sink.include(IncludeKind::Requirements, file, line(node.line));
        }
    }
}
