//! uv: its table in `pyproject.toml` and `uv.toml`, and `uv.lock`.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_toml};
use crate::facts::{Artifact, Declared, IndexRole, Pinning, Project, Scope, Source};
use crate::graph::Wants;
use crate::hash;
use crate::sink::{Names, Sink, cut, line, package};

use super::pyproject::requirements;
use super::url::is_commit;

/// Settings that change what is accepted.
const SETTINGS: [&str; 16] = [
    "index-strategy",
    "no-index",
    "exclude-newer",
    "prerelease",
    "resolution",
    "require-hashes",
    "verify-hashes",
    "no-verify-hashes",
    "no-binary",
    "no-build",
    "only-binary",
    "no-build-isolation",
    "native-tls",
    "no-sources",
    "torch-backend",
    "fork-strategy",
];

/// Reads `[tool.uv]`, or all of `uv.toml`.
pub(crate) fn read_table(table: &Node<'_>, sink: &mut Sink<'_>) {
    let dev = table.list_of("dev-dependencies");
    requirements(dev, Scope::Development, Some("dev"), sink);
    for (key, scope) in [
        ("constraint-dependencies", Scope::Constraint),
        ("override-dependencies", Scope::Constraint),
        ("build-constraint-dependencies", Scope::Constraint),
    ] {
        requirements(table.list_of(key), scope, Some(key), sink);
    }
    indexes(table, sink);
    if let Some(pip) = table.get("pip") {
        indexes(pip, sink);
    }
    apply_sources(table, sink);
}

fn indexes(table: &Node<'_>, sink: &mut Sink<'_>) {
    for node in table.list_of("index") {
        let name = node.text_of("name");
        let url = node.text_of("url").unwrap_or_default();
        let role = if node.is_true("explicit") {
            IndexRole::Explicit
        } else if node.text_of("format") == Some("flat") {
            IndexRole::FindLinks
        } else if node.is_true("default") {
            IndexRole::Primary
        } else {
            IndexRole::Fallback
        };
        sink.named_index(role, name, url, None, line(node.line));
    }
    for (key, role) in [
        ("index-url", IndexRole::Primary),
        ("extra-index-url", IndexRole::Fallback),
        ("find-links", IndexRole::FindLinks),
        ("allow-insecure-host", IndexRole::TrustedHost),
        ("trusted-host", IndexRole::TrustedHost),
    ] {
        let place = table.get(key).map_or(1, |node| node.line);
        for url in table.texts_of(key) {
            sink.index(role, url, line(place));
        }
    }
    for key in SETTINGS {
        let Some(node) = table.get(key) else { continue };
        let texts = table.texts_of(key);
        let value = match table.is_true(key) {
            true => "true".to_owned(),
            false => texts.join(","),
        };
        if !value.is_empty() {
            sink.setting(key, &value, line(node.line));
        }
    }
    // Equal footing is asked for by a strategy; with it the order of indexes protects nothing.
    if table
        .text_of("index-strategy")
        .is_some_and(|s| s.starts_with("unsafe"))
    {
        for index in &mut sink.facts.indexes {
            if index.role == IndexRole::Fallback {
                index.role = IndexRole::Extra;
            }
        }
    }
}

/// `[tool.uv.sources]` says where the requirements of the project come from.
fn apply_sources(table: &Node<'_>, sink: &mut Sink<'_>) {
    let sources: HashMap<String, &Node<'_>> = table
        .map_of("sources")
        .iter()
        .map(|(name, node)| (package(Ecosystem::PyPi, name, None).name, node))
        .collect();
    for declared in &mut sink.facts.packages {
        let Some(node) = sources.get(&declared.package.name) else {
            continue;
        };
        // Of several, each for a marker, the first speaks for all.
        let node = node.items().first().unwrap_or(node);
        if let Some(index) = node.text_of("index") {
            declared.source = Source::Registry(cut(index));
        } else if node.is_true("workspace") {
            declared.source = Source::Workspace;
            declared.pinning = Pinning::Editable;
        } else if let Some(address) = node.text_of("git") {
            let reference = ["rev", "tag", "branch"]
                .into_iter()
                .find_map(|key| node.text_of(key));
            let commit = node.text_of("rev").filter(|rev| is_commit(rev));
            declared.pinning = Pinning::Vcs {
                commit: commit.is_some(),
            };
            declared.source = Source::Vcs {
                system: "git".to_owned(),
                url: cut(address),
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
        } else if let Some(address) = node.text_of("url") {
            let reference = super::url::read(address);
            declared.source = reference.source;
            declared.pinning = reference.pinning;
            declared.artifacts = reference.artifacts;
        }
    }
}

/// Reads `uv.lock`.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("version").unwrap_or_default();
    let revision = root.scalar_of("revision");
    sink.facts.format = match revision {
        Some(revision) => format!("{version}.{revision}"),
        None => version.to_owned(),
    };
    if let Some(python) = root.text_of("requires-python") {
        sink.setting("requires-python", python, line(1));
    }
    for (key, node) in root.map_of("options") {
        if let Some(value) = node.scalar() {
            sink.setting(key, value, line(node.line));
        }
    }
    let members: Vec<&str> = root
        .get("manifest")
        .map(|node| node.texts_of("members"))
        .unwrap_or_default();
    let mut lock = Lock::default();
    for node in root.list_of("package") {
        if !lock.package(node, &members, sink) {
            break;
        }
    }
    lock.link(&root, sink);
}

#[derive(Default)]
struct Lock<'n> {
    names: Names,
    nodes: Vec<(u32, &'n Node<'n>)>,
    wants: Wants,
}

impl<'n> Lock<'n> {
    fn package(&mut self, node: &'n Node<'n>, members: &[&str], sink: &mut Sink<'_>) -> bool {
        let name = node.text_of("name").unwrap_or_default();
        let version = node.text_of("version");
        if name.is_empty() {
            sink.malformed(line(node.line), "a package without a name");
        }
        let package = package(Ecosystem::PyPi, name, version);
        let requirement = match version {
            Some(version) => format!("{name}=={version}"),
            None => name.to_owned(),
        };
        let mut declared = Declared::new(package, requirement, line(node.line));
        declared.artifacts = artifacts(node);
        declared.pinning = match (version, declared.is_hashed()) {
            (None, _) => Pinning::Open,
            (Some(_), true) => Pinning::Hash,
            (Some(_), false) => Pinning::Exact,
        };
        let markers = node.texts_of("resolution-markers");
        declared.marker = (!markers.is_empty()).then(|| cut(&markers.join(" or ")));
        let is_member = members.contains(&name) || (members.is_empty() && is_project(node));
        if let Some(source) = node.get("source") {
            point(source, &mut declared);
        }
        if is_member {
            declared.source = Source::Workspace;
        }
        let project = is_member.then(|| Project {
            package: declared.package.clone(),
            licence: None,
            place: declared.place.clone(),
        });
        let Some(index) = sink.declare(declared) else {
            return false;
        };
        if is_member {
            self.wants.roots.insert(index);
            let project = project.filter(|_| sink.facts.project.is_none());
            sink.facts.project = project.or(sink.facts.project.take());
        }
        if let Some(declared) = sink.facts.packages.last() {
            self.names.add(&declared.package, index);
        }
        self.nodes.push((index, node));
        true
    }

    fn link(&mut self, root: &Node<'_>, sink: &mut Sink<'_>) {
        let mut edges = Vec::new();
        for (from, node) in std::mem::take(&mut self.nodes) {
            let main = node.list_of("dependencies");
            self.follow(from, main, (Scope::Runtime, None), &mut edges, sink);
            for (extra, list) in node.map_of("optional-dependencies") {
                let why = (Scope::Optional, Some(&**extra));
                self.follow(from, list.items(), why, &mut edges, sink);
            }
            for (group, list) in node.map_of("dev-dependencies") {
                let why = (Scope::Development, Some(&**group));
                self.follow(from, list.items(), why, &mut edges, sink);
            }
            if sink.is_full() {
                return;
            }
        }
        // A script has no project; what it asks for stands in the manifest.
        if let Some(manifest) = root.get("manifest").filter(|_| self.wants.roots.is_empty()) {
            for node in manifest.list_of("requirements") {
                for to in self.find(node) {
                    self.wants.ask(to, Scope::Runtime, None);
                }
            }
        }
        self.wants.apply(&edges, sink);
    }

    fn find(&self, node: &Node<'_>) -> Vec<u32> {
        let name = node.text_of("name").unwrap_or_default();
        let version = node.text_of("version");
        // uv writes names in their normal form.
        let found = self.names.some(name, version);
        if !found.is_empty() {
            return found;
        }
        self.names
            .some(&package(Ecosystem::PyPi, name, None).name, version)
    }

    fn follow(
        &mut self,
        from: u32,
        list: &[Node<'_>],
        (scope, group): (Scope, Option<&str>),
        edges: &mut Vec<(u32, u32)>,
        sink: &mut Sink<'_>,
    ) {
        for node in list {
            for to in self.find(node) {
                sink.edge(from, to);
                edges.push((from, to));
                if self.wants.roots.contains(&from) {
                    self.wants.ask(to, scope, group);
                }
            }
        }
    }
}

/// The project itself, in a lock without a list of members.
fn is_project(node: &Node<'_>) -> bool {
    let Some(source) = node.get("source") else {
        return false;
    };
    let at = |key| source.text_of(key);
    at("virtual").is_some() || at("editable") == Some(".") || at("directory") == Some(".")
}

fn artifacts<'n>(node: &'n Node<'n>) -> Vec<Artifact> {
    let files = node.get("sdist").into_iter().chain(node.list_of("wheels"));
    hash::listed(files, &["url", "path", "filename"])
}

fn point(source: &Node<'_>, declared: &mut Declared) {
    if let Some(address) = source.text_of("registry") {
        declared.source = Source::Registry(cut(address));
    } else if let Some(address) = source.text_of("git") {
        let (rest, commit) = address.split_once('#').unwrap_or((address, ""));
        let (url, query) = rest.split_once('?').unwrap_or((rest, ""));
        let value = |wanted: &[&str]| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .into_iter()
                .find(|(key, _)| wanted.contains(key))
                .map(|(_, value)| cut(value))
        };
        declared.pinning = Pinning::Vcs {
            commit: is_commit(commit),
        };
        declared.source = Source::Vcs {
            system: "git".to_owned(),
            url: cut(url),
            reference: value(&["rev", "tag", "branch"]),
            commit: (!commit.is_empty()).then(|| cut(commit)),
            subdirectory: value(&["subdirectory"]),
        };
    } else if let Some(address) = source.text_of("url") {
        declared.source = Source::Url(cut(address));
        declared.pinning = Pinning::Url;
    } else if let Some(path) = source.text_of("editable") {
        declared.source = Source::Path(cut(path));
        declared.pinning = Pinning::Editable;
    } else if let Some(path) = ["path", "directory", "virtual"]
        .into_iter()
        .find_map(|key| source.text_of(key))
    {
        declared.source = Source::Path(cut(path));
        declared.pinning = Pinning::Path;
    }
}
