//! `yarn.lock`: the format of yarn 1, which is its own, and that of yarn 2 and later ("berry"), which is YAML.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_yaml};
use crate::facts::{Declared, Hash, Pinning, Scope, Source};
use crate::graph::{Wants, relate_by_need};
use crate::hash;
use crate::sink::{Sink, cut, line, number, package};

use super::spec;

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    match memchr::memmem::find(text.as_bytes(), b"__metadata:") {
        Some(_) => read_berry(text, sink),
        None => read_classic(text, sink),
    }
}

/// What needs what, by the text with which it asks.
#[derive(Default)]
struct Graph {
    by_descriptor: HashMap<String, u32>,
    needs: Vec<(u32, String)>,
}

impl Graph {
    fn resolve(&self, sink: &mut Sink<'_>) -> Vec<(u32, u32)> {
        let mut edges = Vec::new();
        for (from, descriptor) in &self.needs {
            if let Some(to) = self.by_descriptor.get(descriptor) {
                sink.edge(*from, *to);
                edges.push((*from, *to));
            }
        }
        edges
    }
}

/// One entry of yarn 1 while its lines come in.
struct Entry {
    descriptors: Vec<String>,
    line: u32,
    version: String,
    resolved: String,
    integrity: String,
    needs: Vec<String>,
}

fn read_classic(text: &str, sink: &mut Sink<'_>) {
    "1".clone_into(&mut sink.facts.format);
    let mut graph = Graph::default();
    let mut entry: Option<Entry> = None;
    let mut in_needs = false;
    for (at, content) in text.lines().enumerate() {
        let body = content.trim();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let indent = content.len().saturating_sub(content.trim_start().len());
        if indent == 0 {
            if !finish(entry.take(), &mut graph, sink) || sink.is_full() {
                return;
            }
            entry = Some(begin(body, number(at)));
            in_needs = false;
            continue;
        }
        let Some(entry) = &mut entry else {
            sink.malformed(line(number(at)), "a field before the first entry");
            continue;
        };
        let (key, value) = pair(body);
        if indent > 2 {
            if in_needs && entry.needs.len() < 10_000 {
                entry.needs.push(format!("{key}@{value}"));
            }
            continue;
        }
        in_needs = matches!(key, "dependencies:" | "optionalDependencies:");
        match key {
            "version" => entry.version = cut(value),
            "resolved" => entry.resolved = cut(value),
            "integrity" => entry.integrity = cut(value),
            _ => {}
        }
    }
    finish(entry, &mut graph, sink);
    let edges = graph.resolve(sink);
    relate_by_need(&edges, sink);
}

fn begin(body: &str, line: u32) -> Entry {
    let descriptors = body.trim_end_matches(':').split(", ");
    Entry {
        descriptors: descriptors
            .take(1_000)
            .map(|text| cut(text.trim_matches('"')))
            .collect(),
        line,
        version: String::new(),
        resolved: String::new(),
        integrity: String::new(),
        needs: Vec::new(),
    }
}

/// `key value`, either of which may be quoted.
fn pair(body: &str) -> (&str, &str) {
    let split = match body.strip_prefix('"') {
        Some(rest) => rest.split_once('"'),
        None => body.split_once(' '),
    };
    let (key, value) = split.unwrap_or((body, ""));
    (key, value.trim().trim_matches('"'))
}

fn finish(entry: Option<Entry>, graph: &mut Graph, sink: &mut Sink<'_>) -> bool {
    let Some(entry) = entry else { return true };
    let descriptor = entry.descriptors.first().map_or("", String::as_str);
    let (alias, range) = spec::split_at_version(descriptor);
    let range = range.unwrap_or_default();
    let name = match range.strip_prefix("npm:") {
        Some(real) => spec::split_at_version(real).0,
        None => alias,
    };
    if entry.version.is_empty() {
        let detail = format!("`{descriptor}` has no version");
        sink.malformed(line(entry.line), detail);
    }
    let package = package(Ecosystem::Npm, name, Some(&entry.version));
    let requirement = format!("{name}@{}", entry.version);
    let mut declared = Declared::new(package, requirement, line(entry.line));
    declared.pinning = Pinning::Exact;
    let integrity = (!entry.integrity.is_empty()).then_some(entry.integrity.as_str());
    if !entry.resolved.is_empty() {
        spec::resolved(&mut declared, &entry.resolved, integrity);
    }
    let (source, pinning) = spec::resolve(range);
    if !matches!(pinning, Pinning::Exact | Pinning::Bounded | Pinning::Open)
        && matches!(declared.source, Source::Default)
    {
        // The tarball of a repository or URL that the project names.
        (declared.source, declared.pinning) = (source, pinning);
        if let Source::Vcs { commit, .. } = &mut declared.source {
            *commit = commit_in(&entry.resolved);
            declared.pinning = Pinning::Vcs {
                commit: commit.is_some(),
            };
        }
    }
    if declared.source == Source::Default {
        spec::foreign_tarball(&mut declared, &entry.resolved);
    }
    let Some(index) = sink.declare(declared) else {
        return false;
    };
    for descriptor in entry.descriptors {
        graph.by_descriptor.insert(descriptor, index);
    }
    let needs = entry.needs.into_iter().map(|need| (index, need));
    graph.needs.extend(needs);
    true
}

/// The commit in the address of a tarball (`codeload.github.com/o/r/tar.gz/COMMIT`).
fn commit_in(location: &str) -> Option<String> {
    let mut parts = location.split(['/', '#', '=', '@']);
    parts
        .find(|part| crate::python::url::is_commit(part))
        .map(str::to_owned)
}

fn read_berry(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.at(&["__metadata", "version"]).and_then(Node::scalar);
    sink.facts.format = version.unwrap_or_default().to_owned();
    let mut graph = Graph::default();
    let mut wants = Wants::default();
    let mut asked = Vec::new();
    for (key, node) in root.entries() {
        if key == "__metadata" {
            continue;
        }
        let (declared, is_member) = berry_entry(key, node);
        let Some(index) = sink.declare(declared) else {
            return;
        };
        if is_member {
            wants.roots.insert(index);
        }
        for descriptor in key.split(", ") {
            graph.by_descriptor.insert(descriptor.to_owned(), index);
        }
        for (name, range) in node.map_of("dependencies") {
            let range = range.scalar().unwrap_or_default();
            // Up to version 6 the protocol of a registry is left out here.
            let full = match range.contains(':') {
                true => format!("{name}@{range}"),
                false => format!("{name}@npm:{range}"),
            };
            if is_member {
                asked.push(full.clone());
            }
            graph.needs.push((index, full));
        }
        if sink.is_full() {
            return;
        }
    }
    let edges = graph.resolve(sink);
    for descriptor in asked {
        if let Some(to) = graph.by_descriptor.get(&descriptor) {
            wants.ask(*to, Scope::Runtime, None);
        }
    }
    wants.apply(&edges, sink);
}

fn berry_entry(key: &str, node: &Node<'_>) -> (Declared, bool) {
    let resolution = node.text_of("resolution").unwrap_or(key);
    let (name, reference) = spec::split_at_version(resolution);
    let reference = reference.unwrap_or_default();
    let version = node
        .scalar_of("version")
        .filter(|v| *v != "0.0.0-use.local");
    let package = package(Ecosystem::Npm, name, version);
    let requirement = format!("{name}@{}", version.unwrap_or_default());
    let mut declared = Declared::new(package, requirement, line(node.line));
    declared.pinning = Pinning::Exact;
    declared.marker = node.text_of("conditions").map(cut);
    let is_member = reference.starts_with("workspace:");
    let registry = reference.strip_prefix("npm:");
    if registry.is_none() && !reference.starts_with("patch:") {
        (declared.source, declared.pinning) = spec::resolve(reference);
    }
    // The tarball may lie elsewhere than in the registry.
    let archive = registry.and_then(|text| text.split_once("::__archiveUrl="));
    if let Some((_, url)) = archive {
        let url = crate::python::url::decode_percent(url);
        declared.artifacts = hash::plain(&url, None);
        if !spec::is_registry_tarball(&url, name) {
            declared.source = Source::Url(url);
            declared.pinning = Pinning::Url;
        }
    }
    // The digest is that of an archive which yarn packs anew, behind the version of its way to pack.
    let checksum = node.scalar_of("checksum");
    if let Some(digest) = checksum.map(|text| text.rsplit('/').next().unwrap_or(text)) {
        declared.artifacts.extend(hash::plain(
            "",
            Some(Hash {
                algorithm: "yarn-zip".to_owned(),
                digest: cut(digest),
            }),
        ));
        if declared.pinning == Pinning::Exact {
            declared.pinning = Pinning::Hash;
        }
    }
    (declared, is_member)
}
