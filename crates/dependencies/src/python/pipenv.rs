//! `Pipfile` and `Pipfile.lock`.

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_json, parse_toml};
use crate::facts::{Declared, IndexRole, Pinning, Relation, Scope, Source};
use crate::hash;
use crate::sink::{Sink, cut, line, package, without_password};

use super::pep508;
use super::pyproject::pdm_source;
use super::url::{self, is_commit};

/// Tables of a Pipfile that hold no packages.
const OTHER: [&str; 5] = ["source", "requires", "scripts", "pipenv", "pip"];

/// Reads `Pipfile`.
pub(crate) fn read_manifest(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let searches_all = root
        .get("pipenv")
        .is_some_and(|settings| settings.is_true("install_search_all_sources"));
    sources(root.list_of("source"), searches_all, sink);
    if let Some(python) = root.get("requires") {
        let version = python.text_of("python_full_version");
        let version = version.or(python.text_of("python_version"));
        sink.setting(
            "requires-python",
            version.unwrap_or_default(),
            line(python.line),
        );
    }
    for (category, table) in root.entries() {
        if OTHER.contains(&&**category) {
            continue;
        }
        let (scope, group) = scope_of(category, "packages", "dev-packages");
        for (name, node) in table.entries() {
            let mut declared = asked(name, node);
            declared.scope = scope;
            declared.groups.extend(group.map(cut));
            declared.relation = Relation::Direct;
            if sink.declare(declared).is_none() {
                return;
            }
        }
    }
}

/// Since Pipenv 2022.3.23 every source but the first is asked only for packages that name it, unless told otherwise.
fn sources(list: &[Node<'_>], searches_all: bool, sink: &mut Sink<'_>) {
    for (at, source) in list.iter().enumerate() {
        pdm_source(source, sink);
        let index = sink.facts.indexes.iter_mut().rev();
        let index = index
            .into_iter()
            .find(|index| index.role != IndexRole::TrustedHost);
        if let Some(index) = index {
            index.role = match (at, searches_all) {
                (0, _) => IndexRole::Primary,
                (_, true) => IndexRole::Extra,
                (_, false) => IndexRole::Explicit,
            };
        }
    }
}

fn scope_of<'c>(category: &'c str, main: &str, dev: &str) -> (Scope, Option<&'c str>) {
    match category {
        _ if category == main => (Scope::Runtime, None),
        _ if category == dev => (Scope::Development, Some("dev")),
        _ => (Scope::Optional, Some(category)),
    }
}

fn asked(name: &str, node: &Node<'_>) -> Declared {
    let version = node.text().or(node.text_of("version")).unwrap_or("*");
    let version = if version == "*" { "" } else { version };
    let place = line(node.line);
    let mut declared = pep508::declare(&format!("{name}{version}"), place.clone())
        .unwrap_or_else(|| Declared::new(package(Ecosystem::PyPi, name, None), version, place));
    point(node, &mut declared);
    declared
}

fn point(node: &Node<'_>, declared: &mut Declared) {
    declared.marker = node.text_of("markers").map(cut);
    declared.extras = node.texts_of("extras").into_iter().map(cut).collect();
    if let Some(system) = ["git", "hg", "svn", "bzr"]
        .into_iter()
        .find(|system| node.text_of(system).is_some())
    {
        let reference = node.text_of("ref");
        let commit = reference.filter(|text| is_commit(text));
        declared.pinning = Pinning::Vcs {
            commit: commit.is_some(),
        };
        declared.source = Source::Vcs {
            system: system.to_owned(),
            url: without_password(&cut(node.text_of(system).unwrap_or_default())),
            reference: reference.map(cut),
            commit: commit.map(cut),
            subdirectory: node.text_of("subdirectory").map(cut),
        };
    } else if let Some(path) = node.text_of("path") {
        declared.source = Source::Path(cut(path));
        declared.pinning = match node.is_true("editable") {
            true => Pinning::Editable,
            false => Pinning::Path,
        };
    } else if let Some(file) = node.text_of("file").or(node.text_of("uri")) {
        let reference = url::read(file);
        declared.source = reference.source;
        declared.pinning = reference.pinning;
        declared.artifacts.extend(reference.artifacts);
    } else if let Some(index) = node.text_of("index") {
        declared.source = Source::Registry(cut(index));
    }
}

/// Reads `Pipfile.lock`.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let format = root.at(&["_meta", "pipfile-spec"]).and_then(Node::scalar);
    sink.facts.format = format.unwrap_or_default().to_owned();
    if let Some(meta) = root.get("_meta") {
        sources(meta.list_of("sources"), false, sink);
    }
    for (category, table) in root.entries() {
        if category == "_meta" {
            continue;
        }
        let (scope, group) = scope_of(category, "default", "develop");
        for (name, node) in table.entries() {
            let mut declared = asked(name, node);
            declared.scope = scope;
            declared.groups.extend(group.map(cut));
            let hashes = node.texts_of("hashes").into_iter().filter_map(hash::named);
            declared.artifacts.extend(hash::of_file("", hashes));
            if declared.pinning == Pinning::Exact && declared.is_hashed() {
                declared.pinning = Pinning::Hash;
            }
            if sink.declare(declared).is_none() {
                return;
            }
        }
    }
}
