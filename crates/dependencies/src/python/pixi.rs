//! pixi: `pixi.toml`, its table in `pyproject.toml`, and `pixi.lock` of versions 4 to 6.

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_toml, parse_yaml};
use crate::facts::{Declared, IndexRole, Pinning, Project, Relation, Scope, Source};
use crate::graph::relate_by_need;
use crate::hash;
use crate::sink::{Names, Sink, cut, line, package};

use super::url::{self, is_commit};
use super::{conda, pep508};

/// Reads `pixi.toml`.
pub(crate) fn read_manifest(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    read_table(&parsed.root, sink);
}

/// Reads `[tool.pixi]`, or all of `pixi.toml`.
pub(crate) fn read_table(table: &Node<'_>, sink: &mut Sink<'_>) {
    let about = table.get("workspace").or(table.get("project"));
    if let Some(about) = about {
        if let Some(name) = about
            .text_of("name")
            .filter(|_| sink.facts.project.is_none())
        {
            sink.facts.project = Some(Project {
                package: package(Ecosystem::Conda, name, about.text_of("version")),
                licence: about.text_of("license").map(cut),
                place: line(about.line),
            });
        }
        channels(about, sink);
        if let Some(priority) = about.text_of("channel-priority") {
            sink.setting("channel-priority", priority, line(about.line));
        }
    }
    feature(table, None, sink);
    for (name, node) in table.map_of("feature") {
        channels(node, sink);
        feature(node, Some(name), sink);
    }
}

fn channels(table: &Node<'_>, sink: &mut Sink<'_>) {
    for node in table.list_of("channels") {
        let channel = node.text().or(node.text_of("channel")).unwrap_or_default();
        sink.index(IndexRole::Channel, channel, line(node.line));
    }
}

fn feature(table: &Node<'_>, name: Option<&str>, sink: &mut Sink<'_>) {
    let scope = match name {
        Some(_) => Scope::Optional,
        None => Scope::Runtime,
    };
    let targets = table
        .map_of("target")
        .iter()
        .map(|(target, node)| (Some(&**target), node));
    for (target, node) in std::iter::once((None, table)).chain(targets) {
        for (key, scope) in [
            ("dependencies", scope),
            ("host-dependencies", Scope::Build),
            ("build-dependencies", Scope::Build),
        ] {
            for (package, spec) in node.map_of(key) {
                let declared = conda_package(package, spec);
                add(declared, scope, name, target, sink);
            }
        }
        for (package, spec) in node.map_of("pypi-dependencies") {
            let declared = pypi_package(package, spec);
            add(declared, scope, name, target, sink);
        }
    }
    if let Some(options) = table.get("pypi-options") {
        for (key, role) in [
            ("index-url", IndexRole::Primary),
            ("extra-index-urls", IndexRole::Fallback),
        ] {
            for url in options.texts_of(key) {
                sink.index(role, url, line(options.line));
            }
        }
        for node in options.list_of("find-links") {
            let place = node
                .text_of("url")
                .or(node.text_of("path"))
                .unwrap_or_default();
            sink.index(IndexRole::FindLinks, place, line(node.line));
        }
        if let Some(strategy) = options.text_of("index-strategy") {
            sink.setting("index-strategy", strategy, line(options.line));
        }
    }
}

fn add(
    declared: Option<Declared>,
    scope: Scope,
    group: Option<&str>,
    target: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let Some(mut declared) = declared else { return };
    declared.scope = scope;
    declared.relation = Relation::Direct;
    declared.groups.extend(group.map(cut));
    declared.marker = target.map(cut);
    sink.declare(declared);
}

fn conda_package(name: &str, node: &Node<'_>) -> Option<Declared> {
    let version = node.text().or(node.text_of("version")).unwrap_or("*");
    let mut declared = conda::match_spec(&format!("{name} {version}"), line(node.line))?;
    if let Some(channel) = node.text_of("channel") {
        declared.source = Source::Registry(cut(channel));
    }
    place(node, &mut declared);
    Some(declared)
}

fn pypi_package(name: &str, node: &Node<'_>) -> Option<Declared> {
    let version = node.text().or(node.text_of("version")).unwrap_or("*");
    let version = if version == "*" { "" } else { version };
    let is_bare = version.starts_with(|first: char| first.is_ascii_digit());
    let operator = if is_bare { "==" } else { "" };
    let text = format!("{name}{operator}{version}");
    let mut declared = pep508::declare(&text, line(node.line))?;
    declared.extras = node.texts_of("extras").into_iter().map(cut).collect();
    if let Some(index) = node.text_of("index") {
        declared.source = Source::Registry(cut(index));
    }
    place(node, &mut declared);
    Some(declared)
}

fn place(node: &Node<'_>, declared: &mut Declared) {
    if let Some(address) = node.text_of("git") {
        let commit = node.text_of("rev").filter(|rev| is_commit(rev));
        let reference = ["rev", "tag", "branch"]
            .into_iter()
            .find_map(|key| node.text_of(key));
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
        let reference = url::read(address);
        declared.source = reference.source;
        declared.pinning = reference.pinning;
        declared.artifacts = reference.artifacts;
    }
}

/// Reads `pixi.lock`.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("version").unwrap_or_default();
    sink.facts.format = version.to_owned();
    for (_, environment) in root.map_of("environments") {
        for node in environment.list_of("channels") {
            let url = node.text_of("url").or(node.text()).unwrap_or_default();
            let is_known = sink.facts.indexes.iter().any(|index| index.url == url);
            if !is_known {
                sink.index(IndexRole::Channel, url, line(node.line));
            }
        }
        for node in environment.list_of("indexes") {
            let url = node.text().unwrap_or_default();
            let is_known = sink.facts.indexes.iter().any(|index| index.url == url);
            if !is_known {
                sink.index(IndexRole::Fallback, url, line(node.line));
            }
        }
    }
    let mut names = Names::default();
    let mut nodes = Vec::new();
    for node in root.list_of("packages") {
        let Some(declared) = locked(node) else {
            sink.malformed(line(node.line), "a package without a name");
            continue;
        };
        let key = key(declared.package.ecosystem, &declared.package.name);
        let Some(index) = sink.declare(declared) else {
            break;
        };
        names.add(&package(Ecosystem::Generic, &key, None), index);
        nodes.push((index, node));
    }
    link(&nodes, &names, sink);
}

fn key(ecosystem: Ecosystem, name: &str) -> String {
    format!("{}\n{name}", ecosystem.purl_type())
}

/// Platforms are not told apart here: an edge leads to the package of the same platform where it names one.
fn link(nodes: &[(u32, &Node<'_>)], names: &Names, sink: &mut Sink<'_>) {
    let mut edges = Vec::new();
    for (from, node) in nodes {
        let conda = node.texts_of("depends").into_iter();
        let conda = conda.filter_map(|text| {
            let name = text.split_whitespace().next()?;
            Some(key(
                Ecosystem::Conda,
                &package(Ecosystem::Conda, name, None).name,
            ))
        });
        let pypi = node.texts_of("requires_dist").into_iter();
        let pypi = pypi.filter_map(|text| {
            let need = pep508::parse(text)?;
            Some(key(
                Ecosystem::PyPi,
                &package(Ecosystem::PyPi, need.name, None).name,
            ))
        });
        let marker = |index: u32| {
            let declared = sink.facts.packages.get(usize::try_from(index).ok()?)?;
            declared.marker.clone()
        };
        let mine = marker(*from);
        let mut found = Vec::new();
        for wanted in conda.chain(pypi) {
            let all = names.some(&package(Ecosystem::Generic, &wanted, None).name, None);
            found.extend(all.into_iter().filter(|to| {
                let theirs = marker(*to);
                mine == theirs
                    || mine.is_none()
                    || [&mine, &theirs]
                        .iter()
                        .any(|m| m.as_deref() == Some("noarch"))
                    || theirs.is_none()
            }));
        }
        for to in found {
            sink.edge(*from, to);
            edges.push((*from, to));
        }
        if sink.is_full() {
            return;
        }
    }
    relate_by_need(&edges, sink);
}

fn locked(node: &Node<'_>) -> Option<Declared> {
    let kind = node.text_of("kind");
    let conda_url = node
        .text_of("conda")
        .or(node.text_of("url").filter(|_| kind == Some("conda")));
    let mut declared = if let Some(url) = conda_url {
        conda::from_url(url, line(node.line)).or_else(|| {
            let name = node.text_of("name")?;
            let package = package(Ecosystem::Conda, name, node.scalar_of("version"));
            let mut declared = Declared::new(package, name, line(node.line));
            declared.source = Source::Path(cut(url));
            declared.pinning = Pinning::Path;
            Some(declared)
        })?
    } else {
        let url = ["pypi", "url", "path"]
            .into_iter()
            .find_map(|key| node.text_of(key));
        pypi_locked(node, url?)?
    };
    let location = declared.artifacts.first().map(|file| file.location.clone());
    let location = location.unwrap_or_default();
    let mut digests = ["sha256", "md5"]
        .into_iter()
        .filter_map(|key| hash::hash(key, node.scalar_of(key)?))
        .peekable();
    if digests.peek().is_some() {
        declared.artifacts = hash::of_file(&location, digests);
        if declared.pinning == Pinning::Exact {
            declared.pinning = Pinning::Hash;
        }
    }
    declared.licence = node.text_of("license").map(cut);
    Some(declared)
}

fn pypi_locked(node: &Node<'_>, address: &str) -> Option<Declared> {
    let reference = url::read(address);
    let name = node.text_of("name").or(reference.name.as_deref())?;
    let version = node.scalar_of("version").or(reference.version.as_deref());
    let package = package(Ecosystem::PyPi, name, version);
    let requirement = format!("{name}=={}", version.unwrap_or_default());
    let mut declared = Declared::new(package, requirement, line(node.line));
    let is_index = address.contains("files.pythonhosted.org/") || address.contains("/packages/");
    declared.artifacts = reference.artifacts;
    (declared.source, declared.pinning) = match reference.pinning {
        Pinning::Url if is_index => (Source::Default, Pinning::Exact),
        pinning => (reference.source, pinning),
    };
    if node.is_true("editable") {
        declared.pinning = Pinning::Editable;
    }
    Some(declared)
}
