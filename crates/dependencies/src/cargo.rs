//! `Cargo.lock` of every version, and what `Cargo.toml` asks for (The Cargo Book, "The Manifest Format").

use std::collections::HashMap;

use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};

use crate::document::{Node, parse_toml};
use crate::facts::{Declared, IndexRole, Pinning, Project, Relation, Scope, ScriptHook, Source};
use crate::graph::Wants;
use crate::hash;
use crate::python::url::is_commit;
use crate::sink::{Names, Sink, cut, line, package};

/// Reads a lock file.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    sink.facts.format = root.scalar_of("version").unwrap_or("1").to_owned();
    // Version 1 keeps the checksums apart.
    let apart: HashMap<&str, &str> = root
        .map_of("metadata")
        .iter()
        .filter_map(|(key, node)| Some((key.strip_prefix("checksum ")?, node.text()?)))
        .collect();
    let mut nodes = Vec::new();
    let mut names = Names::default();
    for node in root.list_of("package").iter().chain(root.get("root")) {
        let Some(index) = lock_package(node, &apart, sink) else {
            break;
        };
        if let Some(declared) = sink.facts.packages.last() {
            names.add(&declared.package, index);
        }
        nodes.push((index, node));
    }
    link(&nodes, &names, sink);
}

fn lock_package(node: &Node<'_>, apart: &HashMap<&str, &str>, sink: &mut Sink<'_>) -> Option<u32> {
    let name = node.text_of("name").unwrap_or_default();
    let version = node.text_of("version");
    if name.is_empty() || version.is_none() {
        sink.malformed(line(node.line), "a package without a name or version");
    }
    let package = package(Ecosystem::Cargo, name, version);
    let mut declared = Declared::new(package, String::new(), line(node.line));
    declared.requirement = format!("{name}={}", version.unwrap_or_default());
    let source = node.text_of("source");
    let full = format!(
        "{name} {} ({})",
        version.unwrap_or_default(),
        source.unwrap_or_default()
    );
    let checksum = node
        .text_of("checksum")
        .or(apart.get(full.as_str()).copied());
    let checksum = checksum.filter(|text| *text != "<none>");
    declared.artifacts = hash::plain("", checksum.and_then(|digest| hash::hash("sha256", digest)));
    declared.pinning = if checksum.is_some() {
        Pinning::Hash
    } else {
        Pinning::Exact
    };
    match source {
        None => {
            declared.source = Source::Workspace;
            declared.pinning = Pinning::Path;
        }
        Some(text) => {
            if let Some(git) = text.strip_prefix("git+") {
                declared.source = git_source(git);
                declared.pinning = vcs_pinning(&declared.source);
            } else {
                let url = text.strip_prefix("registry+").unwrap_or(text);
                declared.source = Source::Registry(cut(url));
            }
        }
    }
    sink.declare(declared)
}

/// `https://host/repository?branch=x#commit`.
fn git_source(text: &str) -> Source {
    let (rest, commit) = text.split_once('#').unwrap_or((text, ""));
    let (url, query) = rest.split_once('?').unwrap_or((rest, ""));
    let reference = query.split('&').find_map(|pair| pair.split_once('='));
    Source::Vcs {
        system: "git".to_owned(),
        url: cut(url),
        reference: reference.map(|(_, value)| cut(value)),
        commit: (!commit.is_empty()).then(|| cut(commit)),
        subdirectory: None,
    }
}

fn vcs_pinning(source: &Source) -> Pinning {
    let commit = match source {
        Source::Vcs { commit, .. } => commit.as_deref().is_some_and(is_commit),
        _ => false,
    };
    Pinning::Vcs { commit }
}

/// Packages without a source are the workspace; those that they ask for are direct.
fn link(nodes: &[(u32, &Node<'_>)], names: &Names, sink: &mut Sink<'_>) {
    let mut edges = Vec::new();
    let mut wants = Wants::default();
    for (from, node) in nodes {
        let is_root = node.text_of("source").is_none();
        if is_root {
            wants.roots.insert(*from);
        }
        for dependency in node.texts_of("dependencies") {
            let mut words = dependency.split(' ');
            let name = words.next().unwrap_or_default();
            for to in names.some(name, words.next()) {
                sink.edge(*from, to);
                edges.push((*from, to));
                if is_root {
                    wants.ask(to, Scope::Runtime, None);
                }
            }
        }
        if sink.is_full() {
            return;
        }
    }
    wants.apply(&edges, sink);
}

/// Reads a manifest.
pub(crate) fn read_manifest(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    if let Some(about) = root.get("package") {
        let name = about.text_of("name").unwrap_or_default();
        sink.facts.project = Some(Project {
            package: package(Ecosystem::Cargo, name, about.text_of("version")),
            licence: about.text_of("license").map(cut),
            place: line(about.line),
        });
        if let Some(build) = about.text_of("build") {
            sink.script(ScriptHook::Build, "build", build, line(about.line));
        }
    }
    tables(&root, None, sink);
    for (target, node) in root.map_of("target") {
        tables(node, Some(target), sink);
    }
    if let Some(workspace) = root.get("workspace") {
        tables(workspace, None, sink);
    }
    for (registry, node) in root.map_of("patch") {
        let group = format!("patch.{registry}");
        dependencies(node, Scope::Constraint, Some(&group), None, sink);
    }
    for (_, node) in root.map_of("replace") {
        let place = line(node.line);
        sink.setting("replace", node.text_of("git").unwrap_or("path"), place);
    }
    for (name, node) in root.map_of("registries") {
        let url = node.text_of("index").unwrap_or_default();
        sink.named_index(IndexRole::Explicit, Some(name), url, None, line(node.line));
    }
}

fn tables(root: &Node<'_>, target: Option<&str>, sink: &mut Sink<'_>) {
    for (key, scope, group) in [
        ("dependencies", Scope::Runtime, None),
        ("dev-dependencies", Scope::Development, Some("dev")),
        ("dev_dependencies", Scope::Development, Some("dev")),
        ("build-dependencies", Scope::Build, Some("build")),
        ("build_dependencies", Scope::Build, Some("build")),
    ] {
        if let Some(node) = root.get(key) {
            dependencies(node, scope, group, target, sink);
        }
    }
}

fn dependencies(
    table: &Node<'_>,
    scope: Scope,
    group: Option<&str>,
    target: Option<&str>,
    sink: &mut Sink<'_>,
) {
    for (key, node) in table.entries() {
        if node.is_true("workspace") {
            // The version stands in the manifest of the workspace.
            continue;
        }
        let name = node.text_of("package").unwrap_or(key);
        let text = node.text().or(node.text_of("version")).unwrap_or("*");
        let mut declared = requirement(name, text, line(node.line));
        declared.marker = target.map(str::to_owned);
        declared.groups.extend(group.map(str::to_owned));
        declared.scope = if node.is_true("optional") {
            Scope::Optional
        } else {
            scope
        };
        declared.extras = node
            .texts_of("features")
            .iter()
            .map(|text| cut(text))
            .collect();
        declared.relation = Relation::Direct;
        if let Some(url) = node.text_of("git") {
            let reference = ["rev", "tag", "branch"]
                .iter()
                .find_map(|key| node.text_of(key));
            let rev = node.text_of("rev").filter(|rev| is_commit(rev));
            declared.source = Source::Vcs {
                system: "git".to_owned(),
                url: cut(url),
                reference: reference.map(cut),
                commit: rev.map(cut),
                subdirectory: None,
            };
            declared.pinning = Pinning::Vcs {
                commit: rev.is_some(),
            };
        } else if let Some(path) = node.text_of("path") {
            declared.source = Source::Path(cut(path));
            declared.pinning = Pinning::Path;
        } else if let Some(registry) = node.text_of("registry") {
            declared.source = Source::Registry(cut(registry));
        }
        if sink.declare(declared).is_none() {
            return;
        }
    }
}

/// A requirement of cargo: `1.2` means `^1.2`, which has an upper end.
pub(crate) fn requirement(name: &str, text: &str, place: Place) -> Declared {
    let text = text.trim();
    let exact = text
        .strip_prefix('=')
        .map(str::trim)
        .filter(|version| !version.contains([',', '*']) && version.split('.').count() > 2);
    let has_end = |part: &str| {
        let part = part.trim();
        !part.starts_with('>') && part != "*" && !part.is_empty()
    };
    let package: Package = package(Ecosystem::Cargo, name, exact);
    let mut declared = Declared::new(package, format!("{name} {text}"), place);
    declared.pinning = if exact.is_some() {
        Pinning::Exact
    } else if text.split(',').any(has_end) {
        Pinning::Bounded
    } else {
        Pinning::Open
    };
    declared
}
