//! `pnpm-lock.yaml`, lock file versions 5 to 9. Variants of a package that differ in their peers are one package.

use std::collections::HashMap;

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_yaml};
use crate::facts::{Declared, Pinning, Scope, Source};
use crate::graph::Wants;
use crate::hash;
use crate::python::url::is_commit;
use crate::sink::{Sink, cut, line, package};

use super::manifest::TABLES;
use super::spec;

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("lockfileVersion").unwrap_or_default();
    sink.facts.format = version.to_owned();
    let is_old = version.starts_with('5') || version.starts_with("3") || version.starts_with('4');
    let mut lock = Lock {
        is_old,
        ..Lock::default()
    };
    for (key, node) in root.map_of("packages") {
        if !lock.package(key, node, sink) {
            return;
        }
    }
    let members = root.map_of("importers");
    if members.is_empty() {
        lock.member(&root);
    }
    for (_, member) in members {
        lock.member(member);
    }
    // Version 9 keeps what needs what apart from what is what.
    let snapshots = match root.map_of("snapshots") {
        [] => root.map_of("packages"),
        snapshots => snapshots,
    };
    for (key, node) in snapshots {
        lock.follow(key, node, sink);
        if sink.is_full() {
            return;
        }
    }
    lock.wants.apply(&lock.edges, sink);
}

#[derive(Default)]
struct Lock {
    is_old: bool,
    by_key: HashMap<String, u32>,
    by_version: HashMap<(String, Option<String>), u32>,
    wants: Wants,
    edges: Vec<(u32, u32)>,
}

impl Lock {
    fn package(&mut self, key: &str, node: &Node<'_>, sink: &mut Sink<'_>) -> bool {
        let declared = self.entry(key, node);
        let identity = (
            declared.package.name.clone(),
            declared.package.version.clone(),
        );
        let index = match self.by_version.get(&identity) {
            Some(index) => *index,
            None => match sink.declare(declared) {
                Some(index) => index,
                None => return false,
            },
        };
        self.by_version.insert(identity, index);
        self.by_key.insert(key.to_owned(), index);
        self.by_key.insert(without_peers(key).to_owned(), index);
        true
    }

    fn entry(&self, key: &str, node: &Node<'_>) -> Declared {
        let (registry, path) = match key.split_once('/') {
            Some((host, path)) if host.contains('.') && !host.contains('@') => (host, path),
            Some(("", path)) => ("", path),
            _ => ("", key),
        };
        let path = without_peers(path);
        let (name, version) = match self.is_old {
            true => path
                .rsplit_once('/')
                .map_or((path, None), |(name, version)| {
                    (name, version.split('_').next())
                }),
            false => spec::split_at_version(path),
        };
        let name = node.text_of("name").unwrap_or(name);
        let version = node.scalar_of("version").or(version);
        let is_version = version.is_some_and(|version| spec::exact(version).is_some());
        let package = package(Ecosystem::Npm, name, version.filter(|_| is_version));
        let requirement = format!("{name}@{}", version.unwrap_or_default());
        let mut declared = Declared::new(package, requirement, line(node.line));
        declared.pinning = Pinning::Exact;
        if !registry.is_empty() {
            declared.source = Source::Registry(cut(registry));
        }
        if let Some(resolution) = node.get("resolution") {
            point(resolution, &mut declared);
        }
        declared.has_install_script = node.is_true("requiresBuild");
        let platform: Vec<String> = ["os", "cpu", "libc"]
            .into_iter()
            .filter(|key| node.get(key).is_some())
            .map(|key| format!("{key}={}", node.texts_of(key).join(",")))
            .collect();
        declared.marker = (!platform.is_empty()).then(|| cut(&platform.join(" ")));
        declared
    }

    /// A member of the workspace: what it asks for is direct.
    fn member(&mut self, member: &Node<'_>) {
        for (table, scope) in TABLES {
            for (name, node) in member.map_of(table) {
                let version = node.scalar().or(node.scalar_of("version"));
                let found = version.and_then(|version| self.find(name, version));
                let group = (scope == Scope::Development).then_some("dev");
                if let Some(to) = found {
                    self.wants.ask(to, scope, group);
                }
            }
        }
    }

    fn follow(&mut self, key: &str, node: &Node<'_>, sink: &mut Sink<'_>) {
        let known = self.by_key.get(key).or(self.by_key.get(without_peers(key)));
        let Some(from) = known.copied() else {
            return;
        };
        for table in ["dependencies", "optionalDependencies"] {
            for (name, node) in node.map_of(table) {
                let found = node.scalar().and_then(|version| self.find(name, version));
                if let Some(to) = found {
                    sink.edge(from, to);
                    self.edges.push((from, to));
                }
            }
        }
    }

    /// What `name: version` means: a version, or for aliases and repositories the whole key.
    fn find(&self, name: &str, version: &str) -> Option<u32> {
        let bare = without_peers(version);
        [version, bare].into_iter().find_map(|version| {
            [
                format!("{name}@{version}"),
                format!("/{name}@{version}"),
                format!("/{name}/{version}"),
                version.to_owned(),
            ]
            .iter()
            .find_map(|key| self.by_key.get(key).copied())
        })
    }
}

/// `1.0.0(peer@2.0.0)` without what stands in parentheses.
fn without_peers(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}

fn point(resolution: &Node<'_>, declared: &mut Declared) {
    let integrity = resolution.text_of("integrity");
    declared.artifacts = hash::with_integrity("", integrity);
    if let Some(repository) = resolution.text_of("repo") {
        let commit = resolution.text_of("commit").filter(|text| is_commit(text));
        declared.pinning = Pinning::Vcs {
            commit: commit.is_some(),
        };
        declared.source = Source::Vcs {
            system: "git".to_owned(),
            url: cut(repository),
            reference: None,
            commit: commit.map(cut),
            subdirectory: resolution.text_of("path").map(cut),
        };
    } else if let Some(tarball) = resolution.text_of("tarball") {
        declared.artifacts = hash::with_integrity(tarball, integrity);
        if let Some(path) = tarball.strip_prefix("file:") {
            declared.source = Source::Path(cut(path));
            declared.pinning = Pinning::Path;
        } else if !spec::is_registry_tarball(tarball, &declared.package.name) {
            declared.source = Source::Url(cut(tarball));
            declared.pinning = Pinning::Url;
        }
    } else if let Some(folder) = resolution.text_of("directory") {
        declared.source = Source::Path(cut(folder));
        declared.pinning = Pinning::Path;
    }
    if declared.pinning == Pinning::Exact && declared.is_hashed() {
        declared.pinning = Pinning::Hash;
    }
}
