//! Installed files that are not what their records say.
//!
//! A file is altered if a record names its digest and what lies there has another. Honest files differ as well, and these
//! are not told: a file that another record names with just this digest (two packages that bring one path, conda's own
//! record of a file into which it has written its folder), and everything that belongs to the package manager of the
//! system, which changes what it packs after the record was written. Those files are compared with the digests of the
//! system's own database, as far as they are programs and libraries in layers of an image.
//!
//! Only digests that are at hand are compared: those of whole files that were hashed, and those of files in layers.

use std::collections::BTreeMap;

use chainwright_core::digest::Sha256;
use chainwright_core::location::Place;
use chainwright_dependencies::{InstalledFile, ManifestFacts, ManifestKind};
use chainwright_images::Sum;
use chainwright_images::layer::Native;
use serde::{Deserialize, Serialize};

use super::owners::{Owners, base_of, merged, spot_in_image, spot_of};
use crate::facts::{Facts, Inspected};

/// Altered files that are kept of one record.
const MOST: usize = 1_000;

/// From how many shrunken libraries on a build step has stripped them.
const STRIPPED: usize = 3;

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alteration {
    /// Its content is another.
    Changed,
    /// A native library that became smaller, as `strip` leaves it, while nothing else of the package changed: one of several,
    /// or one in the layer of its record that has no symbols and no debug sections.
    Stripped,
    /// A program or native library of the system.
    SystemBinary,
    /// A script or module of the system.
    SystemText,
}

/// A file that is not what its record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlteredFile {
    /// Its path, as the record writes it.
    pub path: String,
    /// Where the record names it.
    pub place: Place,
    /// How it differs.
    pub how: Alteration,
    /// The layer that holds the altered file, the lowest being 0, if it is not the one of the record.
    pub layer: Option<usize>,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) sha256: Option<Sha256>,
    pub(crate) size: u64,
    pub(crate) layer: Option<usize>,
    pub(crate) sums: &'a [Sum],
    pub(crate) native: Option<Native>,
}

/// A record of an image: the artifact, its path, its layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded<'a> {
    pub(crate) artifact: &'a Inspected,
    pub(crate) path: &'a str,
    pub(crate) layer: usize,
}

fn records(artifact: &Inspected) -> impl Iterator<Item = &ManifestFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Manifest(manifest) if manifest.kind == ManifestKind::Record => {
            Some(manifest.as_ref())
        }
        _ => None,
    })
}

/// Says at every record in a folder which files are altered.
pub(crate) fn note_in_folders(artifacts: &mut [Inspected], owners: &Owners) {
    let is_record = |artifact: &&Inspected| {
        artifact.location.members().is_empty() && records(artifact).next().is_some()
    };
    if !artifacts.iter().any(|artifact| is_record(&artifact)) {
        return;
    }
    let contents: BTreeMap<&str, Content<'_>> = artifacts
        .iter()
        .filter(|artifact| artifact.location.members().is_empty())
        .filter_map(|artifact| {
            let content = Content {
                sha256: Some(artifact.digests?.sha256),
                size: artifact.size,
                layer: None,
                sums: &[],
                native: native_of(artifact),
            };
            Some((artifact.location.path(), content))
        })
        .collect();
    let mut found: Vec<(usize, Vec<AlteredFile>)> = Vec::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        if is_record(&artifact) {
            let at = |spot: &str| contents.get(spot).copied();
            let altered = of_record(artifact, artifact.location.path(), None, owners, &at);
            found.push((index, altered));
        }
    }
    put(artifacts, found);
}

/// The altered files of the running file system of an image, by the location of the record.
///
/// `members` are what was kept of the files, `at` tells what lies at a path in the end.
pub(crate) fn in_image<'a>(
    members: &[Recorded<'_>],
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content<'a>>,
) -> Vec<(String, Vec<AlteredFile>)> {
    let mut found = Vec::new();
    for Recorded {
        artifact,
        path,
        layer,
    } in members.iter().copied()
    {
        let of_system = of_database(artifact, owners, at);
        if !of_system.is_empty() {
            found.push((artifact.location.to_string(), of_system));
        }
        let spot = spot_in_image(path);
        if records(artifact).next().is_none() || owners.is_of_system(&spot) {
            continue;
        }
        let in_tree = |spot: &str| at(spot.trim_start_matches('\0'));
        let altered = of_record(artifact, &spot, Some(layer), owners, &in_tree);
        if !altered.is_empty() {
            found.push((artifact.location.to_string(), altered));
        }
    }
    found
}

/// The altered files of the packages that a database of the system lists.
fn of_database<'a>(
    artifact: &Inspected,
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content<'a>>,
) -> Vec<AlteredFile> {
    let mut altered = Vec::new();
    let installed = artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Installed(installed) => Some(installed),
        _ => None,
    });
    for file in installed.flat_map(|installed| &installed.sums) {
        let Some(content) = at(&file.path).or_else(|| at(&merged(&file.path))) else {
            continue;
        };
        let spot = spot_in_image(&file.path);
        // Installers of Python packages replace what the system has brought, and record that.
        let is_claimed = |sha256| owners.is_claimed_as(&spot, sha256);
        let is_changed = owners.is_changed(&spot, content.sums);
        if altered.len() < MOST && is_changed && !content.sha256.is_some_and(is_claimed) {
            altered.push(AlteredFile {
                path: file.path.clone(),
                place: Place::Whole,
                how: match content.native {
                    Some(_) => Alteration::SystemBinary,
                    None => Alteration::SystemText,
                },
                layer: content.layer,
            });
        }
    }
    altered
}

/// What is known of a native library in a folder.
fn native_of(artifact: &Inspected) -> Option<Native> {
    let is_stripped = |facts: &Facts| matches!(facts, Facts::StrippedLibrary);
    let is_stripped = artifact.facts.iter().any(is_stripped);
    is_stripped.then_some(Native { is_stripped })
}

/// Adds what was found to the facts of the records.
fn put(artifacts: &mut [Inspected], found: Vec<(usize, Vec<AlteredFile>)>) {
    for (index, altered) in found {
        if let Some(artifact) = artifacts.get_mut(index).filter(|_| !altered.is_empty()) {
            artifact.facts.push(Facts::Altered(altered));
        }
    }
}

/// `layer` is the one of the record: whoever strips does so in the step that installs, because later it would make the
/// image larger.
fn of_record<'a>(
    record: &Inspected,
    spot: &str,
    layer: Option<usize>,
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content<'a>>,
) -> Vec<AlteredFile> {
    let Some(base) = base_of(spot) else {
        return Vec::new();
    };
    let mut altered = Vec::new();
    let mut shrunk: usize = 0;
    let mut bare: usize = 0;
    for file in records(record).flat_map(|manifest| &manifest.files) {
        let Some((content, is_shrunk)) = differs(base, file, owners, at) else {
            continue;
        };
        shrunk = shrunk.saturating_add(usize::from(is_shrunk));
        let is_bare = content.native.is_some_and(|native| native.is_stripped);
        let is_bare = is_shrunk && is_bare && content.layer == layer;
        bare = bare.saturating_add(usize::from(is_bare));
        let is_known = |known: &AlteredFile| known.path == file.path;
        if altered.len() < MOST && !altered.last().is_some_and(is_known) {
            altered.push(AlteredFile {
                path: file.path.clone(),
                place: file.place.clone(),
                how: if is_shrunk {
                    Alteration::Stripped
                } else {
                    Alteration::Changed
                },
                layer: content.layer,
            });
        }
    }
    let is_stripped = shrunk >= STRIPPED || bare == shrunk;
    if !is_stripped || altered.iter().any(|file| file.how == Alteration::Changed) {
        for file in &mut altered {
            file.how = Alteration::Changed;
        }
    }
    altered
}

/// What lies at a file's path if it is not the file, and whether it is a native library that became smaller.
fn differs<'a>(
    base: &str,
    file: &InstalledFile,
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content<'a>>,
) -> Option<(Content<'a>, bool)> {
    let hash = file
        .hash
        .as_ref()
        .filter(|hash| hash.algorithm == "sha256")?;
    let spot = spot_of(base, file)?;
    let content = at(&spot)?;
    let sha256 = content.sha256?;
    let is_same = sha256.to_string() == hash.digest;
    if is_same || owners.is_claimed_as(&spot, sha256) || owners.is_of_system(&spot) {
        return None;
    }
    let name = spot.rsplit('/').next().unwrap_or_default();
    let is_native = name.ends_with(".so") || name.contains(".so.");
    let is_smaller = file.size.is_some_and(|size| content.size < size);
    Some((content, is_native && is_smaller))
}
