//! What records claim: which path belongs to whom, and with which content.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::digest::Sha256;
use chainwright_core::location::Location;
use chainwright_dependencies::{InstalledFile, ManifestFacts, ManifestKind};
use chainwright_images::layer::normal;
use chainwright_images::{Database, EntryKind, InstalledFacts, Sum};

use super::Owner;
use crate::facts::{Facts, Inspected};
use crate::images::key;
use crate::layers::Known;

/// Modules of Python's own library, of all versions from 2.7 to 3.14.
const LIBRARY: &str = include_str!("library.txt");

/// Stands before paths in layers of images; no path of a file has it.
const IMAGE: &str = "\0";

/// LIMIT: claims on one path that are kept; a handful of packages bring the same `tests/__init__.py`.
const MOST_CLAIMS: usize = 32;

/// Everything that records claim.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// Locations of layers, with the digests of their files.
    layers: BTreeMap<String, BTreeMap<String, Known>>,
    /// Where file systems begin, and whether their databases list files.
    roots: BTreeMap<String, bool>,
    /// Files that databases of the system list.
    system: BTreeSet<String>,
    /// The digests of such files, as far as databases record them: every one that does.
    sums: BTreeMap<String, Vec<Sum>>,
    /// Files that lie elsewhere because others have taken their place.
    diverted: BTreeSet<String>,
    /// Files that packages list: every package that does, with the digest that the file should have.
    packages: BTreeMap<String, Vec<Claim>>,
    /// Folders of installed JavaScript packages, which record no files.
    folders: BTreeMap<String, String>,
    /// Folders of Python's own library.
    libraries: BTreeSet<String>,
    /// Whether one layer is all that is known, so that lists may lie in others.
    is_one_layer: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Claim {
    package: String,
    sha256: Option<String>,
}

impl Owners {
    /// Learns from everything that was read.
    pub(crate) fn of(artifacts: &[Inspected]) -> Self {
        let mut owners = Self::default();
        for artifact in artifacts {
            for facts in &artifact.facts {
                let Facts::Layer(layer) = facts else { continue };
                let known = layer.entries.iter().filter_map(|entry| {
                    let known = Known {
                        sha256: entry.sha256,
                        sums: entry.sums.clone(),
                        native: entry.native,
                    };
                    known.is_made().then(|| (entry.path.clone(), known))
                });
                let location = key(&artifact.location.to_string());
                owners.layers.insert(location, known.collect());
                let files = layer.entries.iter();
                for entry in files.filter(|entry| entry.kind == EntryKind::File) {
                    owners.learn_path(&format!("{IMAGE}{}", entry.path));
                }
            }
        }
        for artifact in artifacts {
            let Some((spot, _)) = owners.spots(&artifact.location).pop() else {
                continue;
            };
            owners.learn_path(&spot);
            for facts in &artifact.facts {
                owners.learn(artifact, &spot, facts);
            }
        }
        owners
    }

    /// Nothing yet, of one layer that is being read.
    pub(crate) fn of_layer() -> Self {
        Self {
            is_one_layer: true,
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roots.is_empty()
            && self.packages.is_empty()
            && self.libraries.is_empty()
            && self.folders.is_empty()
    }

    /// Learns from a file of the layer that is being read; the paths that a record has claimed.
    pub(crate) fn learn_member(&mut self, path: &str, artifact: &Inspected) -> Vec<String> {
        let spot = format!("{IMAGE}{path}");
        let claimed = artifact
            .facts
            .iter()
            .flat_map(|facts| self.learn(artifact, &spot, facts));
        claimed
            .filter_map(|spot| spot.strip_prefix(IMAGE).map(str::to_owned))
            .collect()
    }

    /// Learns what the name of a file in a layer tells, whatever is in it.
    pub(crate) fn learn_member_path(&mut self, path: &str) {
        self.learn_path(&format!("{IMAGE}{path}"));
    }

    fn learn_path(&mut self, spot: &str) {
        let library = spot
            .strip_suffix("/os.py")
            .filter(|folder| is_library(folder));
        if let Some(folder) = library {
            self.libraries.insert(format!("{folder}/"));
        }
        if let Some(folder) = spot.strip_suffix("/package.json")
            && let Some(name) = module_of(folder)
        {
            self.folders.insert(format!("{folder}/"), name.to_owned());
        }
    }

    /// The spots that one artifact claims for packages.
    fn learn(&mut self, artifact: &Inspected, spot: &str, facts: &Facts) -> Vec<String> {
        match facts {
            Facts::Installed(installed) => self.learn_system(installed, spot),
            Facts::OsRelease(_) if spot.starts_with(IMAGE) => {
                self.roots.entry(IMAGE.to_owned()).or_default();
            }
            Facts::Manifest(manifest) => return self.learn_manifest(artifact, spot, manifest),
            _ => {}
        }
        Vec::new()
    }

    fn learn_system(&mut self, installed: &InstalledFacts, spot: &str) {
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
        for each in &installed.sums {
            let spot = format!("{root}{}", merged(&each.path));
            let sums = self.sums.entry(spot).or_default();
            if sums.len() < MOST_CLAIMS && !sums.contains(&each.sum) {
                sums.push(each.sum);
            }
        }
        let diverted = installed.diverted.iter();
        self.diverted
            .extend(diverted.map(|file| format!("{root}{}", merged(file))));
        *self.roots.entry(root).or_default() |= !installed.files.is_empty();
    }

    fn learn_manifest(
        &mut self,
        artifact: &Inspected,
        spot: &str,
        manifest: &ManifestFacts,
    ) -> Vec<String> {
        let is_record = matches!(
            manifest.kind,
            ManifestKind::Record | ManifestKind::EggFiles | ManifestKind::CondaMeta
        );
        let Some(base) = base_of(spot).filter(|_| is_record) else {
            return Vec::new();
        };
        let package = match &manifest.project {
            Some(project) => project.package.name.clone(),
            None => package_of(artifact.location.folder()),
        };
        let mut claimed = Vec::new();
        for file in &manifest.files {
            let Some(path) = spot_of(base, file) else {
                continue;
            };
            let hash = file.hash.as_ref();
            let hash = hash.filter(|hash| hash.algorithm == "sha256");
            let claim = Claim {
                package: package.clone(),
                sha256: hash.map(|hash| hash.digest.clone()),
            };
            let claims = self.packages.entry(path.clone()).or_default();
            if claims.len() < MOST_CLAIMS && !claims.contains(&claim) {
                claims.push(claim);
            }
            claimed.push(path);
        }
        claimed
    }

    /// The place of an artifact and of everything that it lies in, outermost first, with what is known of the content.
    /// Layers of images share one tree.
    fn spots(&self, location: &Location) -> Vec<(String, Option<&Known>)> {
        let mut around = location.path().to_owned();
        let mut spots = vec![(around.clone(), None)];
        for member in location.members() {
            let spot = match self.layers.get(&key(&around)) {
                Some(known) => {
                    let path = normal(member).unwrap_or_default();
                    let known = known.get(&path);
                    (format!("{IMAGE}{path}"), known)
                }
                None => {
                    let inner = member.trim_start_matches("./");
                    (format!("{around}!/{inner}"), None)
                }
            };
            spots.push(spot);
            around = format!("{around}!/{member}");
        }
        spots
    }

    /// Who owns an artifact, or what it lies in.
    pub(crate) fn owner(&self, artifact: &Inspected) -> Option<Owner> {
        let of_file = artifact.digests.map(|digests| digests.sha256);
        let is_file = artifact.location.members().is_empty();
        let spots = self.spots(&artifact.location);
        spots.iter().find_map(|(spot, known)| {
            let in_layer = known.and_then(|known| known.sha256);
            let sums = known.map_or(&[][..], |known| &known.sums);
            self.owner_at(spot, in_layer.or(of_file.filter(|_| is_file)), sums)
        })
    }

    /// Who owns a file of the layer that is being read.
    pub(crate) fn owner_of_member(&self, path: &str, known: &Known) -> Option<Owner> {
        self.owner_at(&format!("{IMAGE}{path}"), known.sha256, &known.sums)
    }

    fn owner_at(&self, spot: &str, digest: Option<Sha256>, sums: &[Sum]) -> Option<Owner> {
        self.package(spot, digest)
            .or_else(|| {
                let owner = self.system(spot);
                owner.filter(|_| !self.is_changed(spot, sums))
            })
            .or_else(|| self.interpreter(spot))
            .or_else(|| self.module(spot))
    }

    /// A file that was changed is no longer the package's, as far as its digest is known.
    fn package(&self, spot: &str, digest: Option<Sha256>) -> Option<Owner> {
        if runs_by_itself(spot) {
            return None;
        }
        let own = self.packages.get(spot);
        let (claims, digest) = match own {
            Some(claims) => (claims, digest.map(|digest| digest.to_string())),
            None => (self.packages.get(&source_of(spot)?)?, None),
        };
        let has_digests = claims.iter().any(|claim| claim.sha256.is_some());
        let claim = match &digest {
            Some(known) if has_digests => {
                let fits = |claim: &&Claim| claim.sha256.as_ref() == Some(known);
                claims.iter().find(fits)?
            }
            _ => claims.first()?,
        };
        Some(Owner::Package(claim.package.clone()))
    }

    /// Whether a database of the system lists a file.
    pub(crate) fn is_of_system(&self, spot: &str) -> bool {
        self.roots.keys().any(|root| {
            spot.strip_prefix(root.as_str())
                .is_some_and(|path| self.system.contains(&format!("{root}{}", merged(path))))
        })
    }

    /// Whether databases of the system record digests of a file, and none is one of these. Links and files that were put
    /// aside are not told.
    pub(crate) fn is_changed(&self, spot: &str, sums: &[Sum]) -> bool {
        let differs = |recorded: &Vec<Sum>| !recorded.iter().any(|sum| sums.contains(sum));
        !sums.is_empty()
            && self.roots.keys().any(|root| {
                spot.strip_prefix(root.as_str()).is_some_and(|path| {
                    let path = format!("{root}{}", merged(path));
                    !self.diverted.contains(&path) && self.sums.get(&path).is_some_and(differs)
                })
            })
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
                    !self.is_one_layer && is_system_folder(&path) && !runs_by_itself(&path)
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

    /// A file of an installed JavaScript package lies in its folder.
    fn module(&self, spot: &str) -> Option<Owner> {
        let at = spot.rfind("node_modules/")?;
        let inner = spot.get(at..)?.strip_prefix("node_modules/")?;
        let parts = if inner.starts_with('@') { 2 } else { 1 };
        let length = inner
            .match_indices('/')
            .nth(parts - 1)
            .map(|(at, _)| at.saturating_add(1))?;
        let end = spot
            .len()
            .saturating_sub(inner.len())
            .saturating_add(length);
        let name = self.folders.get(spot.get(..end)?)?;
        Some(Owner::Package(name.clone()))
    }

    /// What is known of a file of an image that some record claims: `None` if none does, or none with a digest.
    pub(crate) fn is_claimed_as(&self, spot: &str, digest: Sha256) -> bool {
        let digest = digest.to_string();
        self.packages.get(spot).is_some_and(|claims| {
            claims
                .iter()
                .any(|claim| claim.sha256.as_ref() == Some(&digest))
        })
    }
}

/// The spot of a path in the file system of an image.
pub(crate) fn spot_in_image(path: &str) -> String {
    format!("{IMAGE}{path}")
}

/// The spot that a row of a record means, the record's folder lying in `base`.
pub(crate) fn spot_of(base: &str, file: &InstalledFile) -> Option<String> {
    if let Some(inside) = base.strip_prefix(IMAGE) {
        let path = file.path_from(inside)?;
        return Some(spot_in_image(path.trim_start_matches('/')));
    }
    // Outside of images nobody knows where the root of an absolute path would be.
    (!file.path.starts_with('/'))
        .then(|| file.path_from(base))
        .flatten()
}

/// `NAME` or `@SCOPE/NAME` of a folder `…/node_modules/NAME`.
fn module_of(folder: &str) -> Option<&str> {
    let (_, name) = folder.rsplit_once("node_modules/")?;
    let is_module = match name.strip_prefix('@') {
        Some(scoped) => scoped.matches('/').count() == 1,
        None => !name.contains('/'),
    };
    (is_module && !name.is_empty()).then_some(name)
}

/// Hooks that the interpreter runs without being asked; whoever owns them, they are read.
pub(crate) fn runs_by_itself(path: &str) -> bool {
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
pub(crate) fn merged(path: &str) -> String {
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

/// The folder that the paths of a record begin in: the one around the record's own.
pub(crate) fn base_of(record: &str) -> Option<&str> {
    let (folder, _) = record.rsplit_once('/')?;
    let top = if folder.starts_with(IMAGE) { IMAGE } else { "" };
    Some(folder.rsplit_once('/').map_or(top, |(base, _)| base))
}

/// `requests` of `…/requests-2.31.0.dist-info`.
fn package_of(folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let name = name.strip_suffix(".dist-info").unwrap_or(name);
    name.split('-').next().unwrap_or(name).to_owned()
}
