//! Installed modules of JavaScript: every folder of `node_modules` that holds a `package.json` with a version.
//!
//! Lock files name most of them already, with their place in the tree, so a module is listed here only if no lock file of
//! its project names it with just this version: projects without a lock, modules of images that were installed globally,
//! modules that a package brought along, and what lies there otherwise than the lock says. Folders named `node_modules`
//! deep inside a package are test data and hold no modules.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Location;
use chainwright_core::package::Package;
use chainwright_dependencies::{ManifestFacts, ManifestKind, Relation, Scope};

use super::Named;
use crate::facts::Inspected;

const FOLDER: &str = "node_modules/";

/// The packages that lock files name, by the folder of the project.
#[derive(Debug, Default)]
pub(crate) struct Locks(BTreeMap<String, BTreeSet<(String, String)>>);

impl Locks {
    /// Learns what a lock file names.
    pub(crate) fn learn(&mut self, artifact: &Inspected, manifest: &ManifestFacts) {
        let is_lock = matches!(
            manifest.kind,
            ManifestKind::NpmLock
                | ManifestKind::PnpmLock
                | ManifestKind::YarnLock
                | ManifestKind::BunLock
        );
        if !is_lock {
            return;
        }
        let path = path_of(&artifact.location);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // npm leaves its record in the folder of the modules itself.
        let project = folder.strip_suffix("node_modules").unwrap_or(folder);
        let named = manifest
            .packages
            .iter()
            .filter_map(|each| versioned(&each.package));
        let project = project.trim_end_matches('/').to_owned();
        self.0.entry(project).or_default().extend(named);
    }

    /// The module that a `package.json` describes, if it is an installed one that no lock file names.
    pub(crate) fn module(&self, artifact: &Inspected, manifest: &ManifestFacts) -> Option<Named> {
        let project = manifest.project.as_ref()?;
        let path = path_of(&artifact.location);
        if manifest.kind != ManifestKind::PackageJson || !is_module(&path) {
            return None;
        }
        let version = versioned(&project.package)?;
        let is_locked = path.match_indices(FOLDER).any(|(at, _)| {
            let around = path.get(..at).unwrap_or_default().trim_end_matches('/');
            self.0
                .get(around)
                .is_some_and(|named| named.contains(&version))
        });
        (!is_locked).then(|| Named {
            filed_as: project.package.clone(),
            package: project.package.clone(),
            place: project.place.clone(),
            relation: Relation::Unknown,
            scope: Scope::Runtime,
        })
    }
}

fn versioned(package: &Package) -> Option<(String, String)> {
    Some((package.name.clone(), package.version.clone()?))
}

/// The path in the file system that the artifact belongs to; layers of an image share one.
fn path_of(location: &Location) -> String {
    match location.members() {
        [] => location.path().to_owned(),
        members => {
            let inner = members.last().map_or("", String::as_str);
            format!(
                "\0{}",
                inner.trim_start_matches("./").trim_start_matches('/')
            )
        }
    }
}

/// Whether the path is `…/node_modules/NAME/package.json`, not deep inside another module.
pub(crate) fn is_module(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("/package.json") else {
        return false;
    };
    let Some(at) = folder.rfind(FOLDER) else {
        return false;
    };
    let (before, name) = folder.split_at(at);
    let name = name.strip_prefix(FOLDER).unwrap_or_default();
    let is_begun = before.is_empty() || before.ends_with(['/', '\0']);
    let between = before.rfind(FOLDER).map(|outer| {
        let inside = before.get(outer..).unwrap_or_default();
        inside.strip_prefix(FOLDER).unwrap_or_default()
    });
    // pnpm keeps every module of every version in a folder of its own.
    let is_nested = between.is_none_or(|between| {
        is_name(between.trim_end_matches('/')) || between.starts_with(".pnpm/")
    });
    is_begun && is_name(name) && is_nested
}

/// `NAME` or `@SCOPE/NAME`.
fn is_name(name: &str) -> bool {
    let plain = |name: &str| !name.is_empty() && !name.contains('/') && !name.starts_with('.');
    match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| plain(scope) && plain(name)),
        None => plain(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::Systems;
    use crate::{Artifact, ownership};
    use chainwright_core::budget::Budget;
    use chainwright_core::limits::Limits;
    use std::sync::Arc;

    #[test]
    fn modules_lie_directly_in_their_folder() {
        let cases = [
            ("node_modules/a/package.json", true),
            ("app/node_modules/@s/a/package.json", true),
            ("\0node_modules/a/package.json", true),
            ("app/node_modules/a/node_modules/b/package.json", true),
            ("app/node_modules/@s/a/node_modules/@t/b/package.json", true),
            (
                "app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json",
                true,
            ),
            ("app/node_modules/a/lib/package.json", false),
            ("app/node_modules/a/test/node_modules/b/package.json", false),
            ("app/node_modules/@s/package.json", false),
            ("app/node_modules/.bin/package.json", false),
            ("my_node_modules/a/package.json", false),
            ("app/package.json", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_module(path), expected, "{path}");
        }
    }

    /// What is listed of a folder, as name, version and path.
    fn listed(files: &[(&str, &str)]) -> Vec<String> {
        let budget = Budget::untimed(Limits::default());
        let read = |(name, text): &(&str, &str)| {
            let artifact = Artifact {
                location: Location::file(*name),
                bytes: Arc::new(text.as_bytes().to_vec()),
            };
            crate::inspect(&artifact, None, &budget)
        };
        let mut artifacts: Vec<Inspected> = files.iter().flat_map(read).collect();
        ownership::settle(&mut artifacts);
        let systems = Systems::of(&artifacts);
        let shown = |artifact: &Inspected| -> Vec<String> {
            let named = systems.named(artifact).into_iter();
            let path = artifact.location.path().to_owned();
            named
                .map(|each| format!("{} in {path}", each.package))
                .collect()
        };
        artifacts.iter().flat_map(shown).collect()
    }

    const A: &str = r#"{"name": "a", "version": "1.2.0", "dependencies": {"b": "^1"}}"#;
    const B: &str = r#"{"name": "@s/b", "version": "0.1.0-rc.1"}"#;

    #[test]
    fn modules_without_a_lock_are_listed_with_their_version() {
        let found = listed(&[
            ("srv/node_modules/a/package.json", A),
            ("srv/node_modules/a/node_modules/@s/b/package.json", B),
            ("srv/node_modules/a/test/package.json", A),
            ("srv/node_modules/c/package.json", r#"{"name": "c"}"#),
        ]);
        assert_eq!(
            found,
            [
                "a@1.2.0 in srv/node_modules/a/package.json",
                "@s/b@0.1.0-rc.1 in srv/node_modules/a/node_modules/@s/b/package.json"
            ]
        );
    }

    #[test]
    fn modules_that_a_lock_names_are_listed_once() {
        let lock = r#"{"lockfileVersion": 3, "packages": {"": {},
            "node_modules/a": {"version": "1.2.0"}, "node_modules/@s/b": {"version": "0.1.0"}}}"#;
        for place in [
            "srv/package-lock.json",
            "srv/node_modules/.package-lock.json",
        ] {
            let found = listed(&[
                (place, lock),
                ("srv/node_modules/a/package.json", A),
                ("srv/node_modules/@s/b/package.json", B),
                ("other/node_modules/a/package.json", A),
            ]);
            assert_eq!(
                found,
                [
                    format!("a@1.2.0 in {place}"),
                    format!("@s/b@0.1.0 in {place}"),
                    "@s/b@0.1.0-rc.1 in srv/node_modules/@s/b/package.json".to_owned(),
                    "a@1.2.0 in other/node_modules/a/package.json".to_owned(),
                ]
            );
        }
    }
}
