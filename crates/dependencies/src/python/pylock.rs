//! `pylock.toml` (PEP 751, "File format").

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_toml};
use crate::facts::{Artifact, Declared, Pinning, Source};
use crate::graph::relate_by_need;
use crate::hash;
use crate::sink::{MAX_ARTIFACTS, Names, Sink, cut, line, package, without_password};

use super::url::is_commit;

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.text_of("lock-version").unwrap_or_default();
    sink.facts.format = version.to_owned();
    for key in ["requires-python", "created-by"] {
        if let Some(node) = root.get(key) {
            sink.setting(key, node.text().unwrap_or_default(), line(node.line));
        }
    }
    let mut names = Names::default();
    let mut nodes = Vec::new();
    for node in root.list_of("packages") {
        let name = node.text_of("name").unwrap_or_default();
        if name.is_empty() {
            sink.malformed(line(node.line), "a package without a name");
        }
        let Some(index) = sink.declare(entry(name, node)) else {
            break;
        };
        if let Some(declared) = sink.facts.packages.last() {
            names.add(&declared.package, index);
        }
        nodes.push((index, node));
    }
    let mut edges = Vec::new();
    for (from, node) in nodes {
        for need in node.list_of("dependencies") {
            let name = need.text_of("name").unwrap_or_default();
            let name = package(Ecosystem::PyPi, name, None).name;
            for to in names.some(&name, need.text_of("version")) {
                sink.edge(from, to);
                edges.push((from, to));
            }
        }
        if sink.is_full() {
            return;
        }
    }
    // The edges are optional; without any nothing follows from them.
    if !edges.is_empty() {
        relate_by_need(&edges, sink);
    }
}

fn entry(name: &str, node: &Node<'_>) -> Declared {
    let version = node.text_of("version");
    let package = package(Ecosystem::PyPi, name, version);
    let requirement = match version {
        Some(version) => format!("{name}=={version}"),
        None => name.to_owned(),
    };
    let mut declared = Declared::new(package, requirement, line(node.line));
    let files = node.get("sdist").into_iter().chain(node.list_of("wheels"));
    declared.artifacts = files.take(MAX_ARTIFACTS).flat_map(artifacts).collect();
    declared.pinning = match (declared.is_hashed(), version) {
        (true, _) => Pinning::Hash,
        (false, Some(_)) => Pinning::Exact,
        (false, None) => Pinning::Open,
    };
    declared.marker = node.text_of("marker").map(cut);
    if let Some(index) = node.text_of("index") {
        declared.source = Source::Registry(without_password(&cut(index)));
    }
    point(node, &mut declared);
    declared
}

/// A file has a table of digests, of which all must fit.
fn artifacts(file: &Node<'_>) -> Vec<Artifact> {
    let location = ["url", "path", "name"]
        .into_iter()
        .find_map(|key| file.text_of(key))
        .unwrap_or_default();
    let digests = file.map_of("hashes").iter().take(16);
    let digests = digests.filter_map(|(algorithm, digest)| hash::hash(algorithm, digest.text()?));
    hash::of_file(location, digests)
}

fn point(node: &Node<'_>, declared: &mut Declared) {
    if let Some(vcs) = node.get("vcs") {
        let commit = vcs.text_of("commit-id");
        declared.pinning = Pinning::Vcs {
            commit: commit.is_some_and(is_commit),
        };
        let url = vcs
            .text_of("url")
            .or(vcs.text_of("path"))
            .unwrap_or_default();
        declared.source = Source::Vcs {
            system: cut(vcs.text_of("type").unwrap_or("git")),
            url: without_password(&cut(url)),
            reference: vcs.text_of("requested-revision").map(cut),
            commit: commit.map(cut),
            subdirectory: vcs.text_of("subdirectory").map(cut),
        };
    } else if let Some(folder) = node.get("directory") {
        declared.source = Source::Path(cut(folder.text_of("path").unwrap_or_default()));
        declared.pinning = match folder.is_true("editable") {
            true => Pinning::Editable,
            false => Pinning::Path,
        };
    } else if let Some(archive) = node.get("archive") {
        declared.artifacts = artifacts(archive);
        match archive.text_of("url") {
            Some(url) => {
                declared.source = Source::Url(without_password(&cut(url)));
                declared.pinning = Pinning::Url;
            }
            None => {
                let path = archive.text_of("path").unwrap_or_default();
                declared.source = Source::Path(cut(path));
                declared.pinning = Pinning::Path;
            }
        }
    }
}
