//! conda: `environment.yml`, `conda-lock.yml`, explicit lists, the records of an installed environment, `.condarc`.

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_json, parse_yaml};
use crate::facts::{
    Artifact, Declared, IndexRole, InstalledFile, Pinning, Project, Relation, Scope, Source,
};
use crate::graph::relate_by_need;
use crate::hash;
use crate::sink::{Names, Sink, cut, line, number, package, without_password};

use super::requirements::read_one_line;
use super::url::decode_percent;

/// Reads `environment.yml`.
pub(crate) fn read_environment(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    channels(&root, "channels", sink);
    for node in root.list_of("dependencies") {
        if sink.is_full() {
            return;
        }
        if let Some(spec) = node.scalar() {
            match match_spec(spec, line(node.line)) {
                Some(mut declared) => {
                    declared.relation = Relation::Direct;
                    sink.declare(declared);
                }
                None => sink.malformed(line(node.line), format!("`{spec}` is no conda package")),
            }
        }
        for item in node.list_of("pip") {
            if let Some(text) = item.text() {
                read_one_line(text, item.line, sink);
            }
        }
    }
}

fn channels(root: &Node<'_>, key: &str, sink: &mut Sink<'_>) {
    for node in root.list_of(key) {
        let channel = node.text().or(node.text_of("url")).unwrap_or_default();
        sink.index(IndexRole::Channel, channel, line(node.line));
    }
}

/// `channel::name version build`, `name=1.2=build`, `name>=1,<2`, `name[version='1.2']` (conda's `MatchSpec`).
///
/// `name=1.2.3` means that version or one that begins so; with three parts it is taken for that version, as whoever
/// writes it does.
pub(crate) fn match_spec(spec: &str, place: Place) -> Option<Declared> {
    let spec = spec.split('#').next().unwrap_or_default().trim();
    let (channel, rest) = match spec.split_once("::") {
        Some((channel, rest)) => (Some(channel.trim()), rest),
        None => (None, spec),
    };
    let (rest, brackets) = rest.split_once('[').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*');
    let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    let (name, clauses) = rest.split_at_checked(end)?;
    if name.is_empty() || name.starts_with('-') {
        return None;
    }
    let bracketed = brackets.split(',').find_map(|part| {
        let version = part.trim().strip_prefix("version=")?;
        Some(version.trim_end_matches(']').trim_matches(['\'', '"']))
    });
    let clauses = bracketed.unwrap_or(clauses).trim();
    let (version, pinning) = conda_version(clauses);
    let mut declared = Declared::new(package(Ecosystem::Conda, name, version), spec, place);
    declared.requirement = cut(spec);
    declared.pinning = pinning;
    if let Some(channel) = channel {
        declared.source = Source::Registry(cut(channel));
    }
    Some(declared)
}

fn conda_version(clauses: &str) -> (Option<&str>, Pinning) {
    if clauses.is_empty() || clauses == "*" {
        return (None, Pinning::Open);
    }
    if clauses.contains(['|', ',', '<', '>', '!', '~']) {
        let is_bounded = |part: &str| {
            part.split(',').any(|clause| {
                let clause = clause.trim();
                clause.starts_with(['<', '~', '='])
                    || clause.starts_with(|c: char| c.is_ascii_digit())
            })
        };
        return match clauses.split('|').all(is_bounded) {
            true => (None, Pinning::Bounded),
            false => (None, Pinning::Open),
        };
    }
    let is_strict = clauses.starts_with("==");
    let bare = clauses.trim_start_matches('=').trim();
    let mut parts = bare.split(['=', ' ']).filter(|part| !part.is_empty());
    let version = parts.next().unwrap_or_default();
    let has_build = parts.next().is_some();
    if version.contains('*') {
        return (None, Pinning::Bounded);
    }
    let is_whole = version.split('.').count() > 2;
    match is_strict || has_build || is_whole || !clauses.starts_with('=') {
        true => (Some(version), Pinning::Exact),
        false => (None, Pinning::Bounded),
    }
}

/// Reads `conda-lock.yml` of version 1. Packages of different platforms are told apart by their marker.
pub(crate) fn read_lock(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let version = root.scalar_of("version").unwrap_or_default();
    sink.facts.format = version.to_owned();
    if let Some(metadata) = root.get("metadata") {
        channels(metadata, "channels", sink);
    }
    let mut names = Names::default();
    let mut nodes = Vec::new();
    for node in root.list_of("package") {
        let declared = locked(node);
        let key = on_platform(&declared.package.name, node.text_of("platform"));
        let Some(index) = sink.declare(declared) else {
            break;
        };
        names.add(&package(Ecosystem::Generic, &key, None), index);
        nodes.push((index, node));
    }
    let mut edges = Vec::new();
    for (from, node) in nodes {
        for (name, _) in node.map_of("dependencies") {
            let ecosystem = ecosystem_of(node);
            let name = package(ecosystem, name, None).name;
            let key = on_platform(&name, node.text_of("platform"));
            for to in names.some(&package(Ecosystem::Generic, &key, None).name, None) {
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

fn on_platform(name: &str, platform: Option<&str>) -> String {
    format!("{}\n{name}", platform.unwrap_or_default())
}

fn ecosystem_of(node: &Node<'_>) -> Ecosystem {
    match node.text_of("manager") {
        Some("pip") => Ecosystem::PyPi,
        _ => Ecosystem::Conda,
    }
}

fn locked(node: &Node<'_>) -> Declared {
    let name = node.scalar_of("name").unwrap_or_default();
    let version = node.scalar_of("version");
    let package = package(ecosystem_of(node), name, version);
    let requirement = format!("{name}=={}", version.unwrap_or_default());
    let mut declared = Declared::new(package, requirement, line(node.line));
    let url = node.text_of("url").unwrap_or_default();
    declared.artifacts = digests(node.get("hash"), url);
    declared.pinning = match declared.is_hashed() {
        true => Pinning::Hash,
        false => Pinning::Exact,
    };
    declared.source = channel_of(url);
    declared.marker = node.text_of("platform").map(cut);
    let category = node.text_of("category").unwrap_or("main");
    if category != "main" {
        declared.groups.push(cut(category));
        declared.scope = match category {
            "dev" => Scope::Development,
            _ => Scope::Optional,
        };
    } else if node.is_true("optional") {
        declared.scope = Scope::Optional;
    }
    declared
}

fn digests(table: Option<&Node<'_>>, url: &str) -> Vec<Artifact> {
    let table = table.map_or(&[][..], Node::entries).iter().take(8);
    let listed: Vec<Artifact> = table
        .filter_map(|(algorithm, digest)| hash::hash(algorithm, digest.scalar()?))
        .map(|hash| Artifact {
            location: without_password(&cut(url)),
            hash: Some(hash),
        })
        .collect();
    match listed.is_empty() {
        true => hash::plain(&without_password(url), None),
        false => listed,
    }
}

/// The channel of a package's URL: what stands before platform and file.
fn channel_of(url: &str) -> Source {
    let is_conda = url.ends_with(".conda") || url.ends_with(".tar.bz2");
    let channel = url
        .rsplit_once('/')
        .and_then(|(rest, _)| rest.rsplit_once('/'));
    match channel {
        Some((channel, _)) if is_conda => Source::Registry(without_password(&cut(channel))),
        _ => Source::Default,
    }
}

/// Name, version and build of a conda package, from its file name.
pub(crate) fn from_file_name(file: &str) -> Option<(&str, &str, &str)> {
    let stem = file
        .strip_suffix(".conda")
        .or_else(|| file.strip_suffix(".tar.bz2"))?;
    let (rest, build) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name, version, build))
}

/// A package of conda by its URL, with the digest behind `#`.
pub(crate) fn from_url(text: &str, place: Place) -> Option<Declared> {
    let (url, digest) = text.split_once('#').unwrap_or((text, ""));
    let decoded = decode_percent(url);
    let (rest, file) = decoded.rsplit_once('/')?;
    let (name, version, _) = from_file_name(file)?;
    let package = package(Ecosystem::Conda, name, Some(version));
    let mut declared = Declared::new(package, format!("{name}=={version}"), place);
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    let hash = match digest.len() {
        32 => hash::hash("md5", digest),
        64 => hash::hash("sha256", digest),
        _ => None,
    };
    declared.artifacts = hash::plain(&without_password(url), hash);
    declared.pinning = match declared.is_hashed() {
        true => Pinning::Hash,
        false => Pinning::Exact,
    };
    declared.source = channel_of(url);
    declared.marker = rest.rsplit('/').next().map(cut);
    Some(declared)
}

/// Reads what `conda list --explicit` and `conda list --export` print.
pub(crate) fn read_list(text: &str, sink: &mut Sink<'_>) {
    "explicit".clone_into(&mut sink.facts.format);
    for (at, content) in text.lines().enumerate() {
        let place = line(number(at));
        let content = content.trim();
        if sink.is_full() {
            return;
        }
        if let Some(comment) = content.strip_prefix('#') {
            // conda-lock lists the packages of pip so.
            if let Some(requirement) = comment.trim().strip_prefix("pip ") {
                read_one_line(requirement, number(at), sink);
            }
            continue;
        }
        if content.is_empty() || content == "@EXPLICIT" {
            continue;
        }
        let declared = match content.contains("://") {
            true => from_url(content, place.clone()),
            false => match_spec(content, place.clone()),
        };
        match declared {
            Some(declared) => {
                sink.declare(declared);
            }
            None => sink.malformed(place, format!("`{content}` is no conda package")),
        }
    }
}

/// Reads a record in `conda-meta`.
pub(crate) fn read_record(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_json(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    let Some(name) = root.text_of("name") else {
        // `history` and `pixi` keep other files there.
        return;
    };
    let project = package(Ecosystem::Conda, name, root.scalar_of("version"));
    sink.facts.project = Some(Project {
        package: project,
        licence: root.text_of("license").map(cut),
        place: line(1),
    });
    let url = root.text_of("url").unwrap_or_default();
    let hashes = ["sha256", "md5"]
        .into_iter()
        .filter_map(|key| hash::hash(key, root.text_of(key)?));
    sink.facts.origin = Some(crate::facts::Origin {
        source: channel_of(url),
        pinning: Pinning::Exact,
        hashes: hashes.collect(),
    });
    for node in root.list_of("depends") {
        let declared = node
            .text()
            .and_then(|spec| match_spec(spec, line(node.line)));
        if let Some(mut declared) = declared {
            declared.relation = Relation::Direct;
            sink.declare(declared);
        }
    }
    installed_files(&root, sink);
}

/// The files of an installed package, from the folder that holds `conda-meta`: `paths_data` with digests, or the older
/// plain list. Where the installer has put the environment's own path into a file, the record has the digest of the result.
fn installed_files(root: &Node<'_>, sink: &mut Sink<'_>) {
    let paths = root
        .get("paths_data")
        .map_or(&[][..], |data| data.list_of("paths"));
    for node in paths {
        let digest = node
            .text_of("sha256_in_prefix")
            .or_else(|| node.text_of("sha256"));
        let file = InstalledFile {
            path: cut(node.text_of("_path").unwrap_or_default()),
            hash: digest.and_then(|digest| hash::hash("sha256", digest)),
            size: node
                .scalar_of("size_in_bytes")
                .and_then(|size| size.parse().ok()),
            place: line(node.line),
        };
        if !sink.file(file) {
            return;
        }
    }
    if paths.is_empty() {
        for node in root.list_of("files") {
            let file = InstalledFile {
                path: cut(node.text().unwrap_or_default()),
                hash: None,
                size: None,
                place: line(node.line),
            };
            if !sink.file(file) {
                return;
            }
        }
    }
}

/// Reads `.condarc`.
pub(crate) fn read_condarc(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    for key in ["channels", "default_channels", "custom_multichannels"] {
        channels(&root, key, sink);
    }
    for (name, node) in root.map_of("custom_channels") {
        let url = node.text().unwrap_or_default();
        sink.named_index(IndexRole::Channel, Some(name), url, None, line(node.line));
    }
    for key in [
        "channel_priority",
        "ssl_verify",
        "safety_checks",
        "extra_safety_checks",
    ] {
        let Some(node) = root.get(key) else { continue };
        let value = match node.scalar() {
            Some(text) => text.to_owned(),
            None => root.is_true(key).to_string(),
        };
        sink.setting(key, &value, line(node.line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn match_specs_tell_version_and_pinning() {
        for (spec, name, version, pinning) in [
            ("numpy", "numpy", None, Pinning::Open),
            ("numpy=1.26", "numpy", None, Pinning::Bounded),
            ("numpy=1.26.4", "numpy", Some("1.26.4"), Pinning::Exact),
            ("numpy==1.26", "numpy", Some("1.26"), Pinning::Exact),
            (
                "numpy=1.26.4=py310_0",
                "numpy",
                Some("1.26.4"),
                Pinning::Exact,
            ),
            ("conda-forge::numpy 1.26.*", "numpy", None, Pinning::Bounded),
            ("numpy>=1.2,<2", "numpy", None, Pinning::Bounded),
            ("numpy >=1.2", "numpy", None, Pinning::Open),
            (
                "numpy[version='1.26.4']",
                "numpy",
                Some("1.26.4"),
                Pinning::Exact,
            ),
            (
                "_libgcc_mutex=0.1=main",
                "_libgcc_mutex",
                Some("0.1"),
                Pinning::Exact,
            ),
        ] {
            let declared = match_spec(spec, Place::Whole).unwrap();
            assert_eq!(declared.package.name, name, "{spec}");
            assert_eq!(declared.package.version.as_deref(), version, "{spec}");
            assert_eq!(declared.pinning, pinning, "{spec}");
        }
    }
}
