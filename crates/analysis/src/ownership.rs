//! Which files a package manager has put where they lie, and what is still judged in them.
//!
//! Code that came with a package is judged by its package: by advisories about its version, and by its record, which
//! tells whether a file was changed. Line by line it is not: an operating system and a library are full of things that
//! only an application must not do. What stays is told at [`Owner`]. Files that no record lists are judged in full,
//! whatever folder they lie in; so are hooks that the interpreter runs by themselves.
//!
//! Records are claims. Whoever can write into an image can write a record as well, so nothing that is certain is
//! left out: model files that act, credentials of an unmistakable form, and code that attacks on import.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_code::Behaviour;
use chainwright_core::location::Location;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_dependencies::ManifestKind;
use chainwright_formats::signature::{self, Signature};
use chainwright_images::Database;
use chainwright_images::layer::normal;
use chainwright_pickle::{PickleFacts, Tier};
use chainwright_repository::secrets::Certainty;
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Inspected};
use crate::images::key;

/// Modules of Python's own library, of all versions from 2.7 to 3.14.
const LIBRARY: &str = include_str!("ownership/library.txt");

/// Stands before paths in layers of images; no path of a file has it.
const IMAGE: &str = "\0";

/// Credentials that publishers have put into their packages on purpose, for tests against their own services: the
/// package, and the credential as it is shown.
const PUBLISHED: [(&str, &str); 1] = [("transformers", "hf_9…LL")];

/// Who has put a file where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// The package manager of the operating system. Model files and embedded pickles are judged, and credentials in
    /// configuration.
    System,
    /// The interpreter, whose own library it is; judged like a file of the system.
    Interpreter,
    /// The installed Python package of this name. Code that certainly attacks when it is imported is judged as well,
    /// and credentials of an unmistakable form.
    Package(String),
}

/// Says at every installed file who owns it, and takes off what is judged by the package.
///
/// Members of layers of which nothing is left are dropped.
pub fn settle(artifacts: &mut Vec<Inspected>) {
    let owners = Owners::of(artifacts);
    if owners.is_empty() {
        return;
    }
    artifacts.retain_mut(|artifact| {
        let Some(owner) = owners.owner(artifact) else {
            return true;
        };
        reduce(artifact, &owner);
        let is_spent = artifact.facts.is_empty() && artifact.problems.is_empty();
        if is_spent && !artifact.location.members().is_empty() {
            return false;
        }
        artifact.facts.push(Facts::InstalledBy(owner));
        true
    });
}

/// Takes off what is judged by the package.
fn reduce(artifact: &mut Inspected, owner: &Owner) {
    let is_settings = ["etc/", "var/"].iter().any(|folder| {
        let path = artifact.location.innermost().trim_start_matches("./");
        path.starts_with(folder)
    });
    let is_pickle = signature::expected_for(&artifact.location.extension())
        .is_some_and(|kinds| kinds.contains(&Signature::Pickle));
    let is_array = matches!(artifact.location.extension().as_str(), "npy" | "npz");
    let mut facts = std::mem::take(&mut artifact.facts);
    facts.retain_mut(|facts| match facts {
        Facts::Shell(_)
        | Facts::JavaScript(_)
        | Facts::HiddenText(_)
        | Facts::Template(_)
        | Facts::Config(_)
        | Facts::Card(_)
        | Facts::Licence(_)
        | Facts::Mismatch(_)
        | Facts::Embedded(_)
        | Facts::Container(_)
        | Facts::ContainerContent(_) => false,
        Facts::Python(python) => {
            python.behaviours.retain(attacks_on_import);
            matches!(owner, Owner::Package(_)) && !python.behaviours.is_empty()
        }
        Facts::Secrets(hits) => {
            hits.retain(|hit| hit.certainty == Certainty::High && !is_published(owner, &hit.shown));
            !hits.is_empty() && (is_settings || matches!(owner, Owner::Package(_)))
        }
        Facts::Manifest(manifest) => manifest.kind.is_installed(),
        Facts::Pickle(pickle) => {
            (is_pickle || is_binary(pickle)) && pickle.worst() == Tier::Dangerous
        }
        // Arrays of test data are no weights, and their numbers follow no distribution.
        Facts::Weights(_) => !is_array,
        _ => true,
    });
    artifact.facts = facts;
}

fn is_published(owner: &Owner, shown: &str) -> bool {
    let of_package = |known: &(&str, &str)| {
        matches!(owner, Owner::Package(package) if package == known.0) && shown == known.1
    };
    PUBLISHED.iter().any(of_package)
}

fn attacks_on_import(behaviour: &Behaviour) -> bool {
    behaviour.at_import()
        && behaviour.severity() == Severity::Critical
        && behaviour.confidence == Confidence::High
}

/// Licences and lists of files read as pickles of the oldest protocol now and then.
fn is_binary(pickle: &PickleFacts) -> bool {
    pickle.streams.iter().any(|stream| stream.protocol >= 2)
}

/// Everything that records claim.
#[derive(Debug, Default)]
struct Owners {
    /// Locations of layers.
    layers: BTreeSet<String>,
    /// Where file systems begin, and whether their databases list files.
    roots: BTreeMap<String, bool>,
    /// Files that databases of the system list.
    system: BTreeSet<String>,
    /// Files that Python packages list, with their packages and the digests that they should have.
    packages: BTreeMap<String, Claim>,
    /// Folders of Python's own library.
    libraries: BTreeSet<String>,
}

#[derive(Debug)]
struct Claim {
    package: String,
    sha256: Option<String>,
}

impl Owners {
    fn of(artifacts: &[Inspected]) -> Self {
        let mut owners = Self {
            layers: artifacts
                .iter()
                .filter(|artifact| {
                    artifact
                        .facts
                        .iter()
                        .any(|facts| matches!(facts, Facts::Layer(_)))
                })
                .map(|artifact| key(&artifact.location.to_string()))
                .collect(),
            ..Self::default()
        };
        for artifact in artifacts {
            let Some(spot) = owners.spots(&artifact.location).pop() else {
                continue;
            };
            for facts in &artifact.facts {
                owners.learn(artifact, &spot, facts);
            }
        }
        owners
    }

    fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.packages.is_empty() && self.libraries.is_empty()
    }

    fn learn(&mut self, artifact: &Inspected, spot: &str, facts: &Facts) {
        match facts {
            Facts::Installed(installed) => {
                let bare = spot.trim_start_matches(IMAGE);
                let Some(root) = Database::root_of(bare) else {
                    return;
                };
                let before = spot
                    .len()
                    .saturating_sub(bare.len())
                    .saturating_add(root.len());
                let root = spot.get(..before).unwrap_or_default().to_owned();
                let files = installed
                    .files
                    .iter()
                    .map(|file| format!("{root}{}", merged(file)));
                self.system.extend(files);
                *self.roots.entry(root).or_default() |= !installed.files.is_empty();
            }
            Facts::OsRelease(_) if spot.starts_with(IMAGE) => {
                self.roots.entry(IMAGE.to_owned()).or_default();
            }
            Facts::Manifest(manifest) if manifest.kind == ManifestKind::Record => {
                let Some(base) = parent(spot).and_then(parent) else {
                    return;
                };
                let package = package_of(artifact.location.folder());
                for file in &manifest.files {
                    let Some(path) = joined(base, &file.path) else {
                        continue;
                    };
                    let hash = file.hash.as_ref();
                    let hash = hash.filter(|hash| hash.algorithm == "sha256");
                    let claim = Claim {
                        package: package.clone(),
                        sha256: hash.map(|hash| hash.digest.clone()),
                    };
                    self.packages.insert(path, claim);
                }
            }
            Facts::Python(_) => {
                let library = spot
                    .strip_suffix("/os.py")
                    .filter(|folder| is_library(folder));
                self.libraries
                    .extend(library.map(|folder| format!("{folder}/")));
            }
            _ => {}
        }
    }

    /// The place of an artifact and of everything that it lies in, outermost first. Layers of images share one tree.
    fn spots(&self, location: &Location) -> Vec<String> {
        let mut around = location.path().to_owned();
        let mut spots = vec![around.clone()];
        for member in location.members() {
            let spot = if self.layers.contains(&key(&around)) {
                format!("{IMAGE}{}", normal(member).unwrap_or_default())
            } else {
                format!("{around}!/{}", member.trim_start_matches("./"))
            };
            spots.push(spot);
            around = format!("{around}!/{member}");
        }
        spots
    }

    fn owner(&self, artifact: &Inspected) -> Option<Owner> {
        let is_file = artifact.location.members().is_empty();
        self.spots(&artifact.location).iter().find_map(|spot| {
            self.package(spot, artifact, is_file)
                .or_else(|| self.system(spot))
                .or_else(|| self.interpreter(spot))
        })
    }

    /// A file that was changed is no longer the package's, as far as its digest is known.
    fn package(&self, spot: &str, artifact: &Inspected, is_file: bool) -> Option<Owner> {
        let claim = self
            .packages
            .get(spot)
            .or_else(|| self.packages.get(&source_of(spot)?))?;
        let is_same = |digest: &String| {
            let known = artifact.digests.filter(|_| is_file);
            known.is_none_or(|known| known.sha256.to_string() == *digest)
        };
        let is_compiled = !self.packages.contains_key(spot);
        let is_its = is_compiled || claim.sha256.as_ref().is_none_or(is_same);
        (is_its && !runs_by_itself(spot)).then(|| Owner::Package(claim.package.clone()))
    }

    fn system(&self, spot: &str) -> Option<Owner> {
        self.roots.iter().find_map(|(root, has_lists)| {
            let path = merged(spot.strip_prefix(root.as_str())?);
            let is_listed = || self.system.contains(&format!("{root}{path}"));
            let is_its = is_made_by_system(&path)
                || if *has_lists {
                    is_listed()
                        || source_of(spot).is_some_and(|source| {
                            let source =
                                merged(source.strip_prefix(root.as_str()).unwrap_or_default());
                            self.system.contains(&format!("{root}{source}"))
                        })
                } else {
                    is_system_folder(&path) && !runs_by_itself(&path)
                };
            is_its.then_some(Owner::System)
        })
    }

    fn interpreter(&self, spot: &str) -> Option<Owner> {
        let rest = self
            .libraries
            .iter()
            .find_map(|library| spot.strip_prefix(library.as_str()))?;
        let first = rest.split('/').next().unwrap_or_default();
        let module = first.split('.').next().unwrap_or_default();
        let is_module = first == "__pycache__"
            || first.starts_with("config-3.")
            || first.starts_with("_sysconfigdata")
            || LIBRARY
                .split_ascii_whitespace()
                .any(|known| known == module);
        is_module.then_some(Owner::Interpreter)
    }
}

/// Hooks that the interpreter runs without being asked; whoever owns them, they are read.
fn runs_by_itself(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("sitecustomize.")
        || name.starts_with("usercustomize.")
        || name.ends_with(".pth")
}

/// `…/lib/python3.11`.
fn is_library(folder: &str) -> bool {
    let mut parts = folder.rsplit('/');
    let version = parts.next().and_then(|name| name.strip_prefix("python"));
    let is_version = |version: &str| {
        !version.is_empty()
            && version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    version.is_some_and(|version| is_version(version.trim_end_matches('t')))
        && matches!(parts.next(), Some("lib" | "lib64"))
}

/// The source of a compiled module: `a/x.py` of `a/__pycache__/x.cpython-311.pyc`.
fn source_of(spot: &str) -> Option<String> {
    let (folder, name) = spot.rsplit_once("/__pycache__/")?;
    let stem = name.split('.').next()?;
    name.ends_with(".pyc")
        .then(|| format!("{folder}/{stem}.py"))
}

/// Files that the tools of the system write themselves, so that no package lists them.
fn is_made_by_system(path: &str) -> bool {
    const FOLDERS: [&str; 9] = [
        "var/lib/dpkg/",
        "var/lib/apt/",
        "var/lib/rpm/",
        "var/lib/dnf/",
        "var/cache/",
        "usr/lib/apk/",
        "usr/lib/sysimage/",
        "usr/lib/locale/",
        "usr/share/mime/",
    ];
    FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Folders that belong to the distribution; only where no database says which files do.
fn is_system_folder(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("usr/") else {
        return path.starts_with("etc/") || path.starts_with("var/lib/");
    };
    let folder = rest.split('/').next().unwrap_or_default();
    matches!(
        folder,
        "bin" | "sbin" | "share" | "libexec" | "include" | "games"
    ) || folder.starts_with("lib")
}

/// Distributions have moved `bin`, `sbin` and `lib` below `usr`; their databases name both places.
fn merged(path: &str) -> String {
    let folder = path.split('/').next().unwrap_or_default();
    let has_moved = matches!(
        folder,
        "bin" | "sbin" | "lib" | "lib32" | "lib64" | "libx32"
    );
    if has_moved {
        format!("usr/{path}")
    } else {
        path.to_owned()
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// `requests` of `…/requests-2.31.0.dist-info`.
fn package_of(folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let name = name.strip_suffix(".dist-info").unwrap_or(name);
    name.split('-').next().unwrap_or(name).to_owned()
}

/// A path of a record, seen from the folder that holds the package.
fn joined(base: &str, path: &str) -> Option<String> {
    if let Some(absolute) = path.strip_prefix('/') {
        return base
            .starts_with(IMAGE)
            .then(|| format!("{IMAGE}{absolute}"));
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Artifact;
    use chainwright_core::budget::Budget;
    use chainwright_core::limits::Limits;
    use chainwright_testkit::archive::{TarEntry, tar};
    use std::sync::Arc;

    /// Code that is alarming in an application.
    const ALARMING: &str =
        "import os\nclass A:\n    def __init__(self, x):\n        os.system(x)\n        eval(x)\n";

    fn inspected(files: &[(&str, &[u8])]) -> Vec<Inspected> {
        let budget = Budget::untimed(Limits::default());
        let read = |(name, bytes): &(&str, &[u8])| {
            let artifact = Artifact {
                location: Location::file(*name),
                bytes: Arc::new(bytes.to_vec()),
            };
            crate::inspect(&artifact, None, &budget)
        };
        files.iter().flat_map(read).collect()
    }

    /// The files whose code is still judged.
    fn judged(mut artifacts: Vec<Inspected>) -> Vec<String> {
        settle(&mut artifacts);
        let has_code = |artifact: &&Inspected| {
            artifact.facts.iter().any(|facts| match facts {
                Facts::Python(python) => !python.behaviours.is_empty(),
                _ => false,
            })
        };
        let judged = artifacts.iter().filter(has_code);
        judged
            .map(|artifact| artifact.location.innermost().to_owned())
            .collect()
    }

    #[test]
    fn code_of_a_package_is_judged_by_its_record() {
        let code = ALARMING.as_bytes();
        let record =
            b"p/__init__.py,,\np/../p/other.py,,\n../outside.py,,\np-1.0.dist-info/RECORD,,\n";
        let found = judged(inspected(&[
            ("v/site-packages/p-1.0.dist-info/RECORD", record),
            ("v/site-packages/p/__init__.py", code),
            ("v/site-packages/p/other.py", code),
            ("v/site-packages/p/stranger.py", code),
            ("v/outside.py", code),
            ("v/app.py", code),
        ]));
        assert_eq!(found, ["v/site-packages/p/stranger.py", "v/app.py"]);
    }

    #[test]
    fn hooks_that_run_by_themselves_are_judged_whoever_owns_them() {
        let found = judged(inspected(&[
            ("s/p-1.0.dist-info/RECORD", b"sitecustomize.py,,\nx.pth,,\n"),
            ("s/sitecustomize.py", ALARMING.as_bytes()),
            ("s/x.pth", b"import os; os.system('echo inert')\n"),
        ]));
        assert_eq!(found, ["s/sitecustomize.py", "s/x.pth"]);
    }

    #[test]
    fn the_library_of_the_interpreter_is_its_own_modules() {
        let code = ALARMING.as_bytes();
        let found = judged(inspected(&[
            ("usr/local/lib/python3.11/os.py", b"import sys\n"),
            ("usr/local/lib/python3.11/antigravity.py", code),
            ("usr/local/lib/python3.11/idlelib/run.py", code),
            ("usr/local/lib/python3.11/stranger.py", code),
            ("usr/local/lib/python3.11/sitecustomize.py", code),
            ("usr/local/lib/python3.11/site-packages/app.py", code),
        ]));
        assert_eq!(
            found,
            [
                "usr/local/lib/python3.11/stranger.py",
                "usr/local/lib/python3.11/sitecustomize.py",
                "usr/local/lib/python3.11/site-packages/app.py"
            ]
        );
    }

    #[test]
    fn files_of_a_layer_belong_to_the_system_if_its_database_lists_them() {
        let name = format!("blobs/sha256/{}", "ab".repeat(32));
        let list = "/.\n/usr/bin\n/bin/tool.py\n/usr/share/doc/demo.py\n";
        let layer = tar(&[
            TarEntry::file("./usr/bin/tool.py", ALARMING),
            TarEntry::file("./usr/share/doc/demo.py", ALARMING),
            TarEntry::file("./usr/bin/stranger.py", ALARMING),
            TarEntry::file("./opt/app.py", ALARMING),
            TarEntry::file("./var/lib/dpkg/info/tool.list", list),
        ]);
        let found = judged(inspected(&[(&name, &layer)]));
        assert_eq!(found, ["./usr/bin/stranger.py", "./opt/app.py"]);
    }

    #[test]
    fn where_no_database_lists_files_the_folders_of_the_distribution_are_its_own() {
        let name = format!("blobs/sha256/{}", "ab".repeat(32));
        let layer = tar(&[
            TarEntry::file("usr/lib/x/tool.py", ALARMING),
            TarEntry::file("usr/local/bin/own.py", ALARMING),
            TarEntry::file("srv/app.py", ALARMING),
            TarEntry::file("etc/os-release", "ID=inert\n"),
        ]);
        let found = judged(inspected(&[(&name, &layer)]));
        assert_eq!(found, ["usr/local/bin/own.py", "srv/app.py"]);
    }

    #[test]
    fn a_folder_without_records_is_judged_in_full() {
        let found = judged(inspected(&[("usr/bin/tool.py", ALARMING.as_bytes())]));
        assert_eq!(found, ["usr/bin/tool.py"]);
    }
}
