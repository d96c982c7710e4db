//! `bun.lock`, the text lock file of Bun 1.2 and later.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_json, plain_json};
use crate::facts::{Declared, Pinning, Project, Scope, Source};
use crate::graph::Wants;
use crate::hash;
use crate::sink::{Sink, cut, line, package};

use super::manifest::TABLES;
use super::spec;

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let text = plain_json(text);
    let parsed = parse_json(&text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("lockfileVersion").unwrap_or_default();
    sink.facts.format = version.to_owned();
    if let Some(member) = root.at(&["workspaces", ""]) {
        sink.facts.project = member.text_of("name").map(|name| Project {
            package: package(Ecosystem::Npm, name, member.text_of("version")),
            licence: None,
            place: line(member.line),
        });
    }
    for name in root.texts_of("trustedDependencies") {
        sink.setting("trusted-dependency", name, line(1));
    }
    let mut by_path: HashMap<&str, u32> = HashMap::new();
    let mut nodes = Vec::new();
    let mut wants = Wants::default();
    for (path, node) in root.map_of("packages") {
        let (declared, about) = entry(node);
        let is_member = declared.source == Source::Workspace;
        let Some(index) = sink.declare(declared) else {
            return;
        };
        if is_member {
            wants.roots.insert(index);
        }
        by_path.insert(path, index);
        nodes.push((index, &**path, about));
    }
    for (_, member) in root.map_of("workspaces") {
        let path = member.text_of("name").unwrap_or_default();
        for (table, scope) in TABLES {
            for (name, _) in member.map_of(table) {
                let group = (scope == Scope::Development).then_some("dev");
                if let Some(to) = resolve(&by_path, path, name) {
                    wants.ask(to, scope, group);
                }
            }
        }
    }
    let mut edges = Vec::new();
    for (from, path, about) in nodes {
        for (table, _) in TABLES {
            let entries = about.map_or(&[][..], |about| about.map_of(table));
            for (name, _) in entries {
                if let Some(to) = resolve(&by_path, path, name) {
                    sink.edge(from, to);
                    edges.push((from, to));
                }
            }
        }
        if sink.is_full() {
            return;
        }
    }
    wants.apply(&edges, sink);
}

/// `["name@version", "registry", {…}, "sha512-…"]`; repositories and paths leave parts out.
fn entry<'n, 'a>(node: &'n Node<'a>) -> (Declared, Option<&'n Node<'a>>) {
    let mut texts = node.items().iter().filter_map(Node::text);
    let about = node.items().iter().find(|item| !item.entries().is_empty());
    let (name, reference) = spec::split_at_version(texts.next().unwrap_or_default());
    let reference = reference.unwrap_or_default();
    let version = spec::exact(reference);
    let package = package(Ecosystem::Npm, name, version);
    let mut declared = Declared::new(package, format!("{name}@{reference}"), line(node.line));
    (declared.source, declared.pinning) = spec::resolve(reference);
    if version.is_some()
        && let Some(registry) = texts.next().filter(|text| !text.is_empty())
    {
        declared.source = Source::Registry(cut(registry));
    }
    let integrity = node.items().iter().rev().find_map(Node::text);
    let integrity = integrity.filter(|text| text.starts_with("sha"));
    declared.artifacts = hash::with_integrity("", integrity);
    if declared.pinning == Pinning::Exact && declared.is_hashed() {
        declared.pinning = Pinning::Hash;
    }
    let platform = |key| {
        let texts = about?.texts_of(key);
        (!texts.is_empty()).then(|| format!("{key}={}", texts.join(",")))
    };
    let parts: Vec<String> = ["os", "cpu", "libc"]
        .into_iter()
        .filter_map(platform)
        .collect();
    declared.marker = (!parts.is_empty()).then(|| cut(&parts.join(" ")));
    (declared, about)
}

/// The nearest package of a name: below this one, below its parents, at the top.
fn resolve(by_path: &HashMap<&str, u32>, path: &str, name: &str) -> Option<u32> {
    let mut folder = path;
    // LIMIT: real trees nest some ten levels.
    for _ in 0..64 {
        if folder.is_empty() {
            return by_path.get(name).copied();
        }
        if let Some(index) = by_path.get(format!("{folder}/{name}").as_str()) {
            return Some(*index);
        }
        folder = folder.rsplit_once('/').map_or("", |(outer, _)| outer);
    }
    None
}
