//! Poetry: its table in `pyproject.toml`, and `poetry.lock` of versions 1 and 2.

use std::collections::HashMap;

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_toml};
use crate::facts::{Declared, IndexRole, Pinning, Project, Relation, Scope, ScriptHook, Source};
use crate::graph::relate_by_need;
use crate::hash;
use crate::sink::{Names, Sink, cut, line, package};

use super::pep508;
use super::url::{self, is_commit};

/// Reads `[tool.poetry]`.
pub(crate) fn read_table(table: &Node<'_>, sink: &mut Sink<'_>) {
    if let Some(name) = table.text_of("name")
        && sink.facts.project.is_none()
    {
        sink.facts.project = Some(Project {
            package: package(Ecosystem::PyPi, name, table.text_of("version")),
            licence: table.text_of("license").map(cut),
            place: line(table.line),
        });
    }
    requirements(table.get("dependencies"), Scope::Runtime, None, sink);
    let dev = table.get("dev-dependencies");
    requirements(dev, Scope::Development, Some("dev"), sink);
    for (group, node) in table.map_of("group") {
        let list = node.get("dependencies");
        requirements(list, Scope::Development, Some(group), sink);
    }
    for source in table.list_of("source") {
        index(source, sink);
    }
    let build = table.get("build");
    let script = build.and_then(|node| node.text().or(node.text_of("script")));
    if let (Some(node), Some(script)) = (build, script) {
        sink.script(ScriptHook::Build, "build", script, line(node.line));
    }
}

/// Priorities as of Poetry 1.8 and 2.0; a source that names none is primary.
fn index(source: &Node<'_>, sink: &mut Sink<'_>) {
    let role = match source.text_of("priority") {
        _ if source.is_true("secondary") => IndexRole::Extra,
        Some("supplemental" | "secondary") => IndexRole::Fallback,
        Some("explicit") => IndexRole::Explicit,
        // Sources of equal priority are all searched, and the best version wins.
        _ if sink
            .facts
            .indexes
            .iter()
            .any(|index| index.role == IndexRole::Primary) =>
        {
            IndexRole::Extra
        }
        _ => IndexRole::Primary,
    };
    let name = source.text_of("name");
    // `PyPI` may be listed by name alone.
    let url = source.text_of("url").unwrap_or("https://pypi.org/simple/");
    sink.named_index(role, name, url, None, line(source.line));
}

fn requirements(table: Option<&Node<'_>>, scope: Scope, group: Option<&str>, sink: &mut Sink<'_>) {
    for (name, node) in table.map_or(&[][..], Node::entries) {
        if name == "python" {
            if let Some(python) = node.text() {
                sink.setting("requires-python", python, line(node.line));
            }
            continue;
        }
        let alternatives = match node.items() {
            [] => std::slice::from_ref(node),
            items => items,
        };
        for alternative in alternatives {
            let mut declared = requirement(name, alternative);
            declared.groups.extend(group.map(cut));
            declared.scope = match alternative.is_true("optional") {
                true => Scope::Optional,
                false => scope,
            };
            if sink.declare(declared).is_none() {
                return;
            }
        }
    }
}

fn requirement(name: &str, node: &Node<'_>) -> Declared {
    let text = node.text().or(node.text_of("version")).unwrap_or_default();
    let mut declared = constraint(name, text, line(node.line));
    declared.relation = Relation::Direct;
    declared.marker = node.text_of("markers").map(cut);
    declared.extras = node.texts_of("extras").into_iter().map(cut).collect();
    if let Some(repository) = node.text_of("git") {
        let reference = ["rev", "tag", "branch"]
            .into_iter()
            .find_map(|key| node.text_of(key));
        let commit = node.text_of("rev").filter(|rev| is_commit(rev));
        declared.source = Source::Vcs {
            system: "git".to_owned(),
            url: cut(repository),
            reference: reference.map(cut),
            commit: commit.map(cut),
            subdirectory: node.text_of("subdirectory").map(cut),
        };
        declared.pinning = Pinning::Vcs {
            commit: commit.is_some(),
        };
    } else if let Some(path) = node.text_of("path").or(node.text_of("file")) {
        declared.source = Source::Path(cut(path));
        declared.pinning = match node.is_true("develop") {
            true => Pinning::Editable,
            false => Pinning::Path,
        };
    } else if let Some(archive) = node.text_of("url") {
        let reference = url::read(archive);
        declared.source = reference.source;
        declared.pinning = reference.pinning;
        declared.artifacts = reference.artifacts;
        declared.package.version = reference.version;
    } else if let Some(source) = node.text_of("source") {
        declared.source = Source::Registry(cut(source));
    }
    declared
}

/// A constraint of Poetry: PEP 440 with `^`, `~`, `||`, and a bare version that means exactly this one.
pub(crate) fn constraint(name: &str, text: &str, place: Place) -> Declared {
    let text = text.trim();
    let exact = exact(text);
    let package = package(Ecosystem::PyPi, name, exact.as_deref());
    let mut declared = Declared::new(package, format!("{name} {text}").trim().to_owned(), place);
    declared.pinning = if exact.is_some() {
        Pinning::Exact
    } else {
        loosest(text)
    };
    declared
}

fn exact(text: &str) -> Option<String> {
    if text.contains('|') {
        return None;
    }
    let is_bare = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_digit()) && !part.contains(['*', ' ', ','])
    };
    match is_bare(text) {
        true => Some(text.to_owned()),
        false => pep508::exact_version(text),
    }
}

fn loosest(text: &str) -> Pinning {
    let is_bounded = |part: &str| {
        let part = part.trim();
        let mut clauses = part.split([',', ' ']).map(str::trim);
        clauses.any(|clause| {
            clause.starts_with(['^', '~', '<'])
                || clause.starts_with("==")
                || clause.starts_with(|first: char| first.is_ascii_digit())
        })
    };
    let mut parts = text.split("||").flat_map(|part| part.split('|'));
    match !text.is_empty() && parts.all(is_bounded) {
        true => Pinning::Bounded,
        false => Pinning::Open,
    }
}

/// Reads `poetry.lock`.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_toml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let metadata = root.get("metadata");
    let version = metadata.and_then(|node| node.text_of("lock-version"));
    sink.facts.format = version.unwrap_or_default().to_owned();
    if let Some(python) = metadata.and_then(|node| node.text_of("python-versions")) {
        sink.setting("requires-python", python, line(1));
    }
    // Up to lock version 1.1 the files stand in a table by package name.
    let apart = metadata.map_or(&[][..], |node| node.map_of("files"));
    let apart: HashMap<&str, &[Node<'_>]> = apart
        .iter()
        .map(|(name, list)| (&**name, list.items()))
        .collect();
    let mut names = Names::default();
    let mut nodes = Vec::new();
    for node in root.list_of("package") {
        let Some(index) = locked(node, &apart, sink) else {
            break;
        };
        if let Some(declared) = sink.facts.packages.last() {
            names.add(&declared.package, index);
        }
        nodes.push((index, node));
    }
    let mut edges = Vec::new();
    for (from, node) in nodes {
        for (name, _) in node.map_of("dependencies") {
            let name = package(Ecosystem::PyPi, name, None).name;
            for to in names.some(&name, None) {
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

fn locked(node: &Node<'_>, apart: &HashMap<&str, &[Node<'_>]>, sink: &mut Sink<'_>) -> Option<u32> {
    let name = node.text_of("name").unwrap_or_default();
    let version = node.text_of("version");
    if name.is_empty() || version.is_none() {
        sink.malformed(line(node.line), "a package without a name or version");
    }
    let requirement = format!("{name}=={}", version.unwrap_or_default());
    let package = package(Ecosystem::PyPi, name, version);
    let mut declared = Declared::new(package, requirement, line(node.line));
    let files = match node.list_of("files") {
        [] => apart.get(name).copied().unwrap_or_default(),
        files => files,
    };
    declared.artifacts = hash::listed(files, &["url", "file"]);
    declared.pinning = match declared.is_hashed() {
        true => Pinning::Hash,
        false => Pinning::Exact,
    };
    declared.groups = node.texts_of("groups").into_iter().map(cut).collect();
    declared.marker = locked_marker(node);
    let is_main = declared.groups.is_empty() || declared.groups.iter().any(|g| g == "main");
    declared.scope = if node.text_of("category") == Some("dev") || !is_main {
        Scope::Development
    } else if node.is_true("optional") {
        Scope::Optional
    } else {
        Scope::Runtime
    };
    if let Some(source) = node.get("source") {
        locked_source(node, source, &mut declared);
    }
    sink.declare(declared)
}

/// One marker, or one for each group; a group without one needs the package everywhere.
fn locked_marker(node: &Node<'_>) -> Option<String> {
    if let Some(marker) = node.text_of("markers") {
        return Some(cut(marker));
    }
    let table = node.map_of("markers");
    let has_one = |group: &&str| table.iter().any(|(name, _)| name == group);
    if table.is_empty() || !node.texts_of("groups").iter().all(has_one) {
        return None;
    }
    let mut markers: Vec<&str> = table.iter().filter_map(|(_, node)| node.text()).collect();
    markers.sort_unstable();
    markers.dedup();
    match markers.as_slice() {
        [] => None,
        [only] => Some(cut(only)),
        several => Some(cut(&format!("({})", several.join(") or (")))),
    }
}

fn locked_source(node: &Node<'_>, source: &Node<'_>, declared: &mut Declared) {
    let address = cut(source.text_of("url").unwrap_or_default());
    match source.text_of("type") {
        Some("git") => {
            let commit = source.text_of("resolved_reference");
            declared.pinning = Pinning::Vcs {
                commit: commit.is_some_and(is_commit),
            };
            declared.source = Source::Vcs {
                system: "git".to_owned(),
                url: address,
                reference: source.text_of("reference").map(cut),
                commit: commit.map(cut),
                subdirectory: source.text_of("subdirectory").map(cut),
            };
        }
        Some("url") => {
            declared.pinning = Pinning::Url;
            declared.source = Source::Url(address);
        }
        Some("directory" | "file") => {
            declared.pinning = match node.is_true("develop") {
                true => Pinning::Editable,
                false => Pinning::Path,
            };
            declared.source = Source::Path(address);
        }
        _ => declared.source = Source::Registry(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_of_poetry_tell_their_pinning() {
        for (text, pinning) in [
            ("1.2.3", Pinning::Exact),
            ("==1.2.3", Pinning::Exact),
            ("^1.2", Pinning::Bounded),
            ("~1.2", Pinning::Bounded),
            ("1.*", Pinning::Bounded),
            (">=1,<2", Pinning::Bounded),
            ("^1 || ^2", Pinning::Bounded),
            ("^1 || >=3", Pinning::Open),
            ("*", Pinning::Open),
            ("", Pinning::Open),
            (">=1", Pinning::Open),
        ] {
            assert_eq!(
                constraint("a", text, Place::Whole).pinning,
                pinning,
                "{text}"
            );
        }
    }

    #[test]
    fn markers_of_several_groups_are_alternatives() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"main\", \"dev\"]\n\
                    markers = {main = \"os_name == 'nt' and x\", dev = \"sys_platform == 'win32'\"}\n\
                    [[package]]\nname = \"b\"\nversion = \"1\"\ngroups = [\"main\", \"dev\"]\n\
                    markers = {dev = \"os_name == 'nt'\"}\n\
                    [[package]]\nname = \"c\"\nversion = \"1\"\ngroups = [\"main\", \"dev\"]\n\
                    markers = {main = \"os_name == 'nt'\", dev = \"os_name == 'nt'\"}\n\
                    [[package]]\nname = \"d\"\nversion = \"1\"\ngroups = [\"main\"]\n\
                    markers = \"os_name == 'nt'\"\n[metadata]\nlock-version = \"2.1\"\n";
        let budget =
            chainwright_core::budget::Budget::untimed(chainwright_core::limits::Limits::default());
        let facts = crate::read(crate::ManifestKind::PoetryLock, text.as_bytes(), &budget);
        let markers: Vec<Option<&str>> =
            facts.packages.iter().map(|d| d.marker.as_deref()).collect();
        assert_eq!(
            markers,
            [
                Some("(os_name == 'nt' and x) or (sys_platform == 'win32')"),
                None,
                Some("os_name == 'nt'"),
                Some("os_name == 'nt'"),
            ]
        );
    }
}
