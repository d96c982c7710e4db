//! Names of one's own packages, and which index may answer for them.
//!
//! Whether a stranger has taken such a name cannot be told without asking an index; whether one could can be told from
//! the files. Go's modules are named by where they lie and conda's channels are asked in order, so both are left out.

use std::collections::BTreeMap;

use chainwright_core::package::Ecosystem;
use chainwright_dependencies::{
    Declared, Index, IndexRole, ManifestFacts, ManifestKind, Relation, Source,
};
use chainwright_packages::name::comparable;

use crate::facts::{Facts, Inspected, InternalName, Route};

/// Hosts that serve packages of everybody.
const PUBLIC: [&str; 21] = [
    "pypi.org",
    "pypi.python.org",
    "test.pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "registry.npmjs.com",
    "registry.yarnpkg.com",
    "registry.npmmirror.com",
    "index.crates.io",
    "static.crates.io",
    "crates.io",
    "github.com/rust-lang/crates.io-index",
    "pypi.tuna.tsinghua.edu.cn",
    "mirrors.tuna.tsinghua.edu.cn",
    "mirrors.aliyun.com",
    "mirrors.bfsu.edu.cn",
    "mirrors.ustc.edu.cn",
    "pypi.mirrors.ustc.edu.cn",
    "mirrors.cloud.tencent.com",
    "repo.huaweicloud.com",
    "pypi.douban.com",
];

/// Adds to the facts of files the names that begin with one of the prefixes and that a public or second index could
/// answer.
pub fn note(prefixes: &[String], artifacts: &mut [Inspected]) {
    if prefixes.is_empty() {
        return;
    }
    let settings = Settings::of(artifacts);
    let mut found: BTreeMap<usize, Vec<InternalName>> = BTreeMap::new();
    for (at, artifact) in artifacts.iter().enumerate() {
        for manifest in manifests(artifact).filter(|manifest| !manifest.kind.is_installed()) {
            let around = settings.around(&artifact.location.surroundings());
            let names = manifest.packages.iter().filter_map(|declared| {
                is_internal(declared, prefixes).then_some(())?;
                Some(InternalName {
                    package: declared.package.clone(),
                    place: declared.place.clone(),
                    route: route(declared, manifest, &around)?,
                })
            });
            found.entry(at).or_default().extend(names);
        }
    }
    for (at, names) in found {
        if let Some(artifact) = artifacts.get_mut(at).filter(|_| !names.is_empty()) {
            artifact.facts.push(Facts::Internal(names));
        }
    }
}

fn manifests(artifact: &Inspected) -> impl Iterator<Item = &ManifestFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Manifest(manifest) => Some(manifest.as_ref()),
        _ => None,
    })
}

fn is_internal(declared: &Declared, prefixes: &[String]) -> bool {
    let ecosystem = declared.package.ecosystem;
    if !matches!(
        ecosystem,
        Ecosystem::PyPi | Ecosystem::Npm | Ecosystem::Cargo
    ) || declared.relation == Relation::Root
    {
        return false;
    }
    let name = comparable(ecosystem, &declared.package.name);
    prefixes.iter().any(|prefix| {
        // A separator at the end stays one: `acme-` is not `acme`.
        let is_open = prefix.ends_with(['-', '_', '.']);
        let bare = comparable(ecosystem, prefix.trim_end_matches(['-', '_', '.']));
        let rest = name.strip_prefix(bare.as_str());
        rest.is_some_and(|rest| !is_open || rest.starts_with(['-', '_', '.']))
    })
}

/// Configuration of package managers, by folder.
struct Settings<'a>(BTreeMap<String, Vec<&'a ManifestFacts>>);

impl<'a> Settings<'a> {
    fn of(artifacts: &'a [Inspected]) -> Self {
        let mut settings: BTreeMap<String, Vec<&ManifestFacts>> = BTreeMap::new();
        for artifact in artifacts {
            let folder = artifact.location.surroundings();
            let here = manifests(artifact).filter(|manifest| configures(manifest.kind).is_some());
            settings.entry(folder).or_default().extend(here);
        }
        Self(settings)
    }

    /// The configuration of a folder and of those above it.
    fn around(&self, folder: &str) -> Vec<&'a ManifestFacts> {
        let mut found = Vec::new();
        let mut folder = folder.trim_end_matches('/');
        loop {
            found.extend(self.0.get(folder).into_iter().flatten());
            match folder.rsplit_once('/') {
                Some((above, _)) => folder = above,
                None if folder.is_empty() => return found,
                None => folder = "",
            }
        }
    }
}

/// The ecosystem whose packages a file says where to look for.
const fn configures(kind: ManifestKind) -> Option<Ecosystem> {
    match kind {
        ManifestKind::PipConf
        | ManifestKind::UvToml
        | ManifestKind::Pyproject
        | ManifestKind::Pipfile => Some(Ecosystem::PyPi),
        ManifestKind::Npmrc | ManifestKind::Yarnrc => Some(Ecosystem::Npm),
        _ => None,
    }
}

/// Which index may answer, if it is not one's own alone.
fn route(
    declared: &Declared,
    manifest: &ManifestFacts,
    around: &[&ManifestFacts],
) -> Option<Route> {
    let ecosystem = declared.package.ecosystem;
    let of_files = around
        .iter()
        .filter(|file| configures(file.kind) == Some(ecosystem))
        .flat_map(|file| &file.indexes);
    let indexes: Vec<&Index> = manifest.indexes.iter().chain(of_files).collect();
    match &declared.source {
        Source::Registry(written) => {
            let named = indexes
                .iter()
                .find(|index| index.name.as_ref() == Some(written));
            let url = named.map_or(written.as_str(), |index| &index.url);
            let is_public = is_public(url) || url.eq_ignore_ascii_case("pypi");
            is_public.then(|| Route::Public(url.to_owned()))
        }
        Source::Default => by_default(declared, manifest.kind, &indexes),
        Source::Url(_) | Source::Vcs { .. } | Source::Path(_) | Source::Workspace => None,
    }
}

fn by_default(declared: &Declared, kind: ManifestKind, indexes: &[&Index]) -> Option<Route> {
    let from = declared.artifacts.iter().map(|file| file.location.as_str());
    let mut from = from.filter(|location| location.contains("://"));
    if kind.is_lock()
        && let Some(first) = from.next()
    {
        return is_public(first).then(|| Route::Public(first.to_owned()));
    }
    // Digests let nothing else in, wherever it comes from.
    if declared.is_hashed() {
        return None;
    }
    let name = declared.package.name.as_str();
    let scope = name.split_once('/').map_or("", |(scope, _)| scope);
    let of = |role: IndexRole| indexes.iter().filter(move |index| index.role == role);
    let mut scoped = of(IndexRole::Scoped).filter(|index| {
        index
            .only_for
            .as_deref()
            .is_some_and(|only| only == scope || only == name)
    });
    if let Some(own) = scoped.next() {
        return is_public(&own.url).then(|| Route::Public(own.url.clone()));
    }
    if let Some(second) = of(IndexRole::Extra).next() {
        return Some(Route::Second(second.url.clone()));
    }
    match of(IndexRole::Primary).next() {
        Some(own) if !is_public(&own.url) => None,
        Some(public) => Some(Route::Public(public.url.clone())),
        None => Some(
            match of(IndexRole::Fallback).find(|index| !is_public(&index.url)) {
                Some(other) => Route::InTurn(other.url.clone()),
                None => Route::Default,
            },
        ),
    }
}

fn is_public(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = match rest.find(['/', '?', '#']) {
        Some(end) => rest
            .get(..end)
            .and_then(|host| host.rsplit_once('@'))
            .map_or(rest, |(user, _)| {
                rest.get(user.len().saturating_add(1)..).unwrap_or(rest)
            }),
        None => rest.rsplit_once('@').map_or(rest, |(_, host)| host),
    };
    PUBLIC.iter().any(|host| {
        rest.strip_prefix(host)
            .is_some_and(|behind| behind.is_empty() || behind.starts_with(['/', ':', '?', '#']))
    })
}

#[cfg(test)]
mod tests {
    use chainwright_core::budget::Budget;
    use chainwright_core::limits::Limits;
    use chainwright_core::location::Location;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Vec<Inspected> {
        files
            .iter()
            .map(|(path, text)| {
                let budget = Budget::untimed(Limits::default());
                let kind = chainwright_dependencies::recognise(path, text.as_bytes()).unwrap();
                let facts = chainwright_dependencies::read(kind, text.as_bytes(), &budget);
                Inspected {
                    location: Location::file((*path).to_owned()),
                    size: 0,
                    digests: None,
                    outer: None,
                    formats: Vec::new(),
                    facts: vec![Facts::Manifest(Box::new(facts))],
                    problems: Vec::new(),
                }
            })
            .collect()
    }

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let mut artifacts = tree(files);
        note(&["acme-".to_owned(), "@acme/".to_owned()], &mut artifacts);
        let facts = artifacts.iter().flat_map(|artifact| &artifact.facts);
        let names = facts.filter_map(|facts| match facts {
            Facts::Internal(names) => Some(names),
            _ => None,
        });
        names
            .flatten()
            .map(|name| format!("{} {:?}", name.package.name, name.route))
            .collect()
    }

    #[test]
    fn the_route_of_a_name_follows_files_and_configuration() {
        let one = "Acme_Core==1.0\nacmeish==1\n";
        let extra = "--extra-index-url https://pip.acme.example/simple\nacme-core==1.0\n";
        for (files, expected) in [
            (vec![("requirements.txt", one)], vec!["acme-core Default"]),
            (
                vec![("requirements.txt", extra)],
                vec!["acme-core Second(\"https://pip.acme.example/simple\")"],
            ),
            (
                vec![
                    ("a/b/requirements.txt", one),
                    (
                        "pip.conf",
                        "[global]\nindex-url = https://pip.acme.example/simple\n",
                    ),
                ],
                vec![],
            ),
            (
                vec![(
                    "requirements.txt",
                    "acme-core @ https://pip.acme.example/a.whl\n./acme-x\n",
                )],
                vec![],
            ),
            (
                vec![(
                    "package.json",
                    "{\"dependencies\": {\"@acme/ui\": \"^1.0.0\", \"@acmes/ui\": \"1.0.0\"}}",
                )],
                vec!["@acme/ui Default"],
            ),
            (
                vec![
                    (
                        "package.json",
                        "{\"dependencies\": {\"@acme/ui\": \"^1.0.0\"}}",
                    ),
                    (".npmrc", "@acme:registry=https://npm.acme.example/\n"),
                ],
                vec![],
            ),
        ] {
            assert_eq!(said(&files), expected, "{files:?}");
        }
    }

    #[test]
    fn hosts_are_compared_whole() {
        for (url, expected) in [
            ("https://pypi.org/simple", true),
            ("https://user:****@pypi.org/simple", true),
            ("https://pypi.org.acme.example/simple", false),
            ("https://acme.example/pypi.org/simple", false),
            (
                "registry+https://github.com/rust-lang/crates.io-index",
                true,
            ),
            ("https://pypi.org@acme.example/simple", false),
        ] {
            assert_eq!(is_public(url), expected, "{url}");
        }
    }
}
