//! Installed files that are not what their records say.
//!
//! A file is altered if a record names its digest and what lies there has another. Honest files differ as well, and these
//! are not told: a file that another record names with just this digest (two packages that bring one path, conda's own
//! record of a file into which it has written its folder), and everything that belongs to the package manager of the
//! system, which changes what it packs after the record was written.
//!
//! Only digests that are at hand are compared: those of whole files that were hashed, and those of files in layers.

use std::collections::BTreeMap;

use chainwright_core::digest::Sha256;
use chainwright_core::location::Place;
use chainwright_dependencies::{InstalledFile, ManifestFacts, ManifestKind};
use serde::{Deserialize, Serialize};

use super::owners::{Owners, base_of, spot_in_image, spot_of};
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
    /// One of several native libraries that all became smaller and of which nothing else changed, as `strip` leaves them.
    Stripped,
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
pub(crate) struct Content {
    pub(crate) sha256: Sha256,
    pub(crate) size: u64,
    pub(crate) layer: Option<usize>,
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
    let contents: BTreeMap<&str, Content> = artifacts
        .iter()
        .filter(|artifact| artifact.location.members().is_empty())
        .filter_map(|artifact| {
            let content = Content {
                sha256: artifact.digests?.sha256,
                size: artifact.size,
                layer: None,
            };
            Some((artifact.location.path(), content))
        })
        .collect();
    let mut found: Vec<(usize, Vec<AlteredFile>)> = Vec::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        if is_record(&artifact) {
            let at = |spot: &str| contents.get(spot).copied();
            let altered = of_record(artifact, artifact.location.path(), owners, &at);
            found.push((index, altered));
        }
    }
    put(artifacts, found);
}

/// The altered files of the running file system of an image, by the location of the record.
///
/// `members` are the records with their paths, `at` tells what lies at a path in the end.
pub(crate) fn in_image(
    members: &[(&Inspected, &str)],
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content>,
) -> Vec<(String, Vec<AlteredFile>)> {
    let mut found = Vec::new();
    for (artifact, path) in members {
        let spot = spot_in_image(path);
        if records(artifact).next().is_none() || owners.is_of_system(&spot) {
            continue;
        }
        let in_tree = |spot: &str| at(spot.trim_start_matches('\0'));
        let altered = of_record(artifact, &spot, owners, &in_tree);
        if !altered.is_empty() {
            found.push((artifact.location.to_string(), altered));
        }
    }
    found
}

/// Adds what was found to the facts of the records.
fn put(artifacts: &mut [Inspected], found: Vec<(usize, Vec<AlteredFile>)>) {
    for (index, altered) in found {
        if let Some(artifact) = artifacts.get_mut(index).filter(|_| !altered.is_empty()) {
            artifact.facts.push(Facts::Altered(altered));
        }
    }
}

fn of_record(
    record: &Inspected,
    spot: &str,
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content>,
) -> Vec<AlteredFile> {
    let Some(base) = base_of(spot) else {
        return Vec::new();
    };
    let mut altered = Vec::new();
    let mut shrunk: usize = 0;
    for file in records(record).flat_map(|manifest| &manifest.files) {
        let Some((content, is_shrunk)) = differs(base, file, owners, at) else {
            continue;
        };
        shrunk = shrunk.saturating_add(usize::from(is_shrunk));
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
    if shrunk < STRIPPED || altered.iter().any(|file| file.how == Alteration::Changed) {
        for file in &mut altered {
            file.how = Alteration::Changed;
        }
    }
    altered
}

/// What lies at a file's path if it is not the file, and whether it is a native library that became smaller.
fn differs(
    base: &str,
    file: &InstalledFile,
    owners: &Owners,
    at: &dyn Fn(&str) -> Option<Content>,
) -> Option<(Content, bool)> {
    let hash = file
        .hash
        .as_ref()
        .filter(|hash| hash.algorithm == "sha256")?;
    let spot = spot_of(base, file)?;
    let content = at(&spot)?;
    let is_same = content.sha256.to_string() == hash.digest;
    if is_same || owners.is_claimed_as(&spot, content.sha256) || owners.is_of_system(&spot) {
        return None;
    }
    let name = spot.rsplit('/').next().unwrap_or_default();
    let is_native = name.ends_with(".so") || name.contains(".so.");
    let is_smaller = file.size.is_some_and(|size| content.size < size);
    Some((content, is_native && is_smaller))
}
