//! `pdm.lock`, lock file versions 3 and 4. A package with extras stands there twice: with them and without.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;
use chainwright_packages::python::Specifiers;

use crate::document::{Node, parse_toml};
use crate::facts::{Declared, Pinning, Scope, Source};
use crate::graph::relate_by_need;
use crate::hash;
use crate::sink::{Names, Sink, cut, line, package};

use super::pep508;
use super::url::{self, is_commit};

/// Reads the file.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let metadata = root.get("metadata");
    let version = metadata.and_then(|node| node.text_of("lock_version"));
    sink.facts.format = version.unwrap_or_default().to_owned();
    // Up to lock version 4.0 the files stand in a table by name and version.
    let apart = metadata.map_or(&[][..], |node| node.map_of("files"));
    let apart: HashMap<&str, &[Node<'_>]> = apart
        .iter()
        .map(|(name, list)| (&**name, list.items()))
        .collect();
    let mut names = Names::default();
    let mut nodes = Vec::new();
    for node in root.list_of("package") {
        let Some(index) = sink.declare(entry(node, &apart)) else {
            break;
        };
        if let Some(declared) = sink.facts.packages.last() {
            names.add(&declared.package, index);
        }
        nodes.push((index, node));
    }
    let mut edges = Vec::new();
    for (from, node) in nodes {
        for text in node.texts_of("dependencies") {
            let Some(need) = pep508::parse(text) else {
                continue;
            };
            let name = package(Ecosystem::PyPi, need.name, None).name;
            let version = need.specifiers().and_then(Specifiers::pinned);
            let mut found = names.some(&name, version);
            if found.is_empty() {
                found = names.some(&name, None);
            }
            for to in found.into_iter().filter(|to| *to != from) {
                sink.edge(from, to);
                edges.push((from, to));
            }
        }
        if sink.is_full() {
            return;
        }
    }
    relate_by_need(&edges, sink);
}

fn entry(node: &Node<'_>, apart: &HashMap<&str, &[Node<'_>]>) -> Declared {
    let name = node.text_of("name").unwrap_or_default();
    let version = node.text_of("version");
    let key = format!("{name} {}", version.unwrap_or_default());
    let files = match node.list_of("files") {
        [] => apart.get(key.as_str()).copied().unwrap_or_default(),
        files => files,
    };
    let package = package(Ecosystem::PyPi, name, version);
    let requirement = format!("{name}=={}", version.unwrap_or_default());
    let mut declared = Declared::new(package, requirement, line(node.line));
    declared.artifacts = hash::listed(files, &["url", "file"]);
    declared.pinning = match declared.is_hashed() {
        true => Pinning::Hash,
        false => Pinning::Exact,
    };
    declared.extras = node.texts_of("extras").into_iter().map(cut).collect();
    declared.groups = node.texts_of("groups").into_iter().map(cut).collect();
    declared.marker = node.text_of("marker").map(cut);
    let is_main = declared.groups.is_empty() || declared.groups.iter().any(|g| g == "default");
    if !is_main {
        declared.scope = Scope::Development;
    }
    if let Some(address) = node.text_of("git") {
        let commit = node.text_of("revision");
        declared.pinning = Pinning::Vcs {
            commit: commit.is_some_and(is_commit),
        };
        declared.source = Source::Vcs {
            system: "git".to_owned(),
            url: cut(address),
            reference: node.text_of("ref").map(cut),
            commit: commit.map(cut),
            subdirectory: node.text_of("subdirectory").map(cut),
        };
    } else if let Some(address) = node.text_of("url") {
        declared.source = url::read(address).source;
        declared.pinning = Pinning::Url;
    } else if let Some(path) = node.text_of("path") {
        declared.source = Source::Path(cut(path));
        declared.pinning = match node.is_true("editable") {
            true => Pinning::Editable,
            false => Pinning::Path,
        };
    }
    declared
}
