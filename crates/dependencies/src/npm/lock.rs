//! `package-lock.json` and `npm-shrinkwrap.json`, lock file versions 1, 2 and 3.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_json};
use crate::facts::{Declared, Pinning, Project, Scope, Source};
use crate::graph::{Wants, relate_by_need};
use crate::hash;
use crate::sink::{Sink, cut, line, package};

use super::manifest::{TABLES, licence};
use super::spec;

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("lockfileVersion").unwrap_or("1");
    sink.facts.format = version.to_owned();
    if let Some(name) = root.text_of("name") {
        sink.facts.project = Some(Project {
            package: package(Ecosystem::Npm, name, root.text_of("version")),
            licence: None,
            place: line(1),
        });
    }
    // Version 2 holds both; npm 7 and later look at `packages` alone.
    if let Some(packages) = root.get("packages") {
        Tree::default().read(packages, sink);
    } else {
        let mut old = Old::default();
        old.level(root.map_of("dependencies"), "", sink);
        old.link(sink);
    }
}

/// Packages by their path in `node_modules`.
#[derive(Default)]
struct Tree<'n> {
    by_path: HashMap<&'n str, u32>,
    nodes: Vec<(u32, &'n str, &'n Node<'n>)>,
    /// Links in `node_modules` lead to members of the workspace.
    links: HashMap<&'n str, &'n str>,
    wants: Wants,
    edges: Vec<(u32, u32)>,
}

impl<'n> Tree<'n> {
    fn read(mut self, packages: &'n Node<'n>, sink: &mut Sink<'_>) {
        let members: Vec<&str> = packages
            .entries()
            .iter()
            .filter(|(_, node)| node.is_true("link"))
            .filter_map(|(_, node)| node.text_of("resolved"))
            .collect();
        let members: std::collections::HashSet<&str> = members.into_iter().collect();
        for (path, node) in packages.entries() {
            if node.is_true("link") {
                let target = node.text_of("resolved").unwrap_or_default();
                self.links.insert(path, target);
                continue;
            }
            let Some(index) = sink.declare(entry(path, node)) else {
                return;
            };
            if path.is_empty() || members.contains(&**path) {
                self.wants.roots.insert(index);
            }
            if path.is_empty() {
                root_project(node, sink);
            }
            if self.by_path.insert(path, index).is_some() {
                sink.malformed(line(node.line), format!("`{path}` is locked twice"));
            }
            self.nodes.push((index, path, node));
        }
        self.link(sink);
    }

    fn link(mut self, sink: &mut Sink<'_>) {
        for (from, path, node) in std::mem::take(&mut self.nodes) {
            let is_root = self.wants.roots.contains(&from);
            for (table, scope) in TABLES {
                if table == "devDependencies" && !is_root {
                    continue;
                }
                for (name, _) in node.map_of(table) {
                    let Some(to) = self.resolve(path, name) else {
                        continue;
                    };
                    sink.edge(from, to);
                    self.edges.push((from, to));
                    if is_root {
                        let group = (scope == Scope::Development).then_some("dev");
                        self.wants.ask(to, scope, group);
                    }
                }
            }
            if sink.is_full() {
                return;
            }
        }
        let flags: Vec<Scope> = sink.facts.packages.iter().map(|d| d.scope).collect();
        self.wants.apply(&self.edges, sink);
        // npm's own flags know better than our walk, which stops at peers that are missing.
        for (declared, flag) in sink.facts.packages.iter_mut().zip(flags) {
            declared.scope = flag;
        }
    }

    /// Node's resolution: the folder's own `node_modules`, then those of the folders around it.
    fn resolve(&self, path: &str, name: &str) -> Option<u32> {
        let mut folder = path;
        // LIMIT: real trees nest some ten levels.
        for _ in 0..64 {
            let candidate = match folder {
                "" => format!("node_modules/{name}"),
                _ => format!("{folder}/node_modules/{name}"),
            };
            let target = self.links.get(candidate.as_str()).copied();
            let found = self.by_path.get(target.unwrap_or(&candidate));
            if let Some(index) = found {
                return Some(*index);
            }
            if folder.is_empty() {
                return None;
            }
            folder = match folder.rfind("node_modules/") {
                Some(0) => "",
                Some(at) => folder.get(..at)?.trim_end_matches('/'),
                None => folder.rsplit_once('/').map_or("", |(outer, _)| outer),
            };
        }
        None
    }
}

fn root_project(node: &Node<'_>, sink: &mut Sink<'_>) {
    let name = node.text_of("name").map(str::to_owned);
    let known = sink.facts.project.take();
    let name = name.or(known.as_ref().map(|project| project.package.name.clone()));
    sink.facts.project = name.map(|name| Project {
        package: package(Ecosystem::Npm, &name, node.text_of("version")),
        licence: licence(node),
        place: line(node.line),
    });
}

fn entry(path: &str, node: &Node<'_>) -> Declared {
    let folder = path
        .rsplit_once("node_modules/")
        .map_or(path, |(_, name)| name);
    let name = node.text_of("name").unwrap_or(folder);
    let version = node.text_of("version");
    let mut declared = locked(name, version, node);
    if let Some(location) = node.text_of("resolved") {
        spec::resolved(&mut declared, location, node.text_of("integrity"));
        spec::foreign_tarball(&mut declared, location);
    } else if !path.contains("node_modules/") {
        declared.source = Source::Workspace;
        declared.pinning = Pinning::Path;
        declared.artifacts = hash::with_integrity("", node.text_of("integrity"));
    } else if let Some(integrity) = node.text_of("integrity") {
        spec::resolved(&mut declared, "", Some(integrity));
    }
    declared.licence = licence(node);
    declared.marker = platform(node);
    declared.has_install_script = node.is_true("hasInstallScript");
    if node.is_true("inBundle") || node.is_true("bundled") {
        declared.groups.push("bundled".to_owned());
    }
    declared
}

fn locked(name: &str, version: Option<&str>, node: &Node<'_>) -> Declared {
    let package = package(Ecosystem::Npm, name, version);
    let requirement = format!("{name}@{}", version.unwrap_or_default());
    let mut declared = Declared::new(package, requirement, line(node.line));
    declared.pinning = Pinning::Exact;
    declared.scope = if node.is_true("dev") || node.is_true("devOptional") {
        Scope::Development
    } else if node.is_true("optional") {
        Scope::Optional
    } else if node.is_true("peer") {
        Scope::Peer
    } else {
        Scope::Runtime
    };
    declared
}

/// `os` and `cpu` as a condition.
fn platform(node: &Node<'_>) -> Option<String> {
    let parts: Vec<String> = ["os", "cpu", "libc"]
        .into_iter()
        .map(|key| (key, node.texts_of(key)))
        .filter(|(_, list)| !list.is_empty())
        .map(|(key, list)| format!("{key}={}", list.join(",")))
        .collect();
    (!parts.is_empty()).then(|| cut(&parts.join(" ")))
}

/// Version 1: packages within packages.
#[derive(Default)]
struct Old<'n> {
    /// Path of names, each behind a `/`, to the package.
    by_path: HashMap<String, u32>,
    requires: Vec<(u32, String, &'n Node<'n>)>,
}

impl<'n> Old<'n> {
    /// Depth is bounded by the document's.
    fn level(
        &mut self,
        entries: &'n [(std::borrow::Cow<'n, str>, Node<'n>)],
        above: &str,
        sink: &mut Sink<'_>,
    ) {
        for (name, node) in entries {
            let version = node.text_of("version").unwrap_or_default();
            let (real, version) = match version.strip_prefix("npm:") {
                Some(alias) => spec::split_at_version(alias),
                None => (&**name, Some(version)),
            };
            let version = version.unwrap_or_default();
            let is_version = spec::exact(version).is_some();
            let mut declared = locked(real, is_version.then_some(version), node);
            let location = node.text_of("resolved").unwrap_or_default();
            let location = if is_version { location } else { version };
            spec::resolved(&mut declared, location, node.text_of("integrity"));
            if location.contains("://") {
                spec::foreign_tarball(&mut declared, location);
            }
            if node.is_true("bundled") {
                declared.groups.push("bundled".to_owned());
            }
            let Some(index) = sink.declare(declared) else {
                return;
            };
            let path = format!("{above}/{name}");
            self.level(node.map_of("dependencies"), &path, sink);
            self.requires.push((index, path.clone(), node));
            self.by_path.insert(path, index);
        }
    }

    fn link(self, sink: &mut Sink<'_>) {
        let mut edges = Vec::new();
        for (from, path, node) in &self.requires {
            for (name, _) in node.map_of("requires") {
                if let Some(to) = self.resolve(path, name) {
                    sink.edge(*from, to);
                    edges.push((*from, to));
                }
            }
            if sink.is_full() {
                return;
            }
        }
        relate_by_need(&edges, sink);
    }

    fn resolve(&self, path: &str, name: &str) -> Option<u32> {
        let mut folder = path;
        for _ in 0..128 {
            if let Some(index) = self.by_path.get(&format!("{folder}/{name}")) {
                return Some(*index);
            }
            folder = folder.rsplit_once('/')?.0;
        }
        None
    }
}
