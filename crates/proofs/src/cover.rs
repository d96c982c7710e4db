//! A model signature against the files of the tree: which of them are what was signed, which are not, and what a loader may
//! take that nobody signed.
//!
//! The digests are those that the scan made in its pass over the bytes. Files are read again only for signatures over
//! BLAKE2b or stretches, and then through [`Rehash`].

use std::collections::BTreeSet;

use chainwright_analysis::Inspected;
use chainwright_core::proof::{LeftOut, Mismatch, Omission};
use chainwright_core::text::visible;
use chainwright_oms::{
    Difference, Digest, Exclusion, Exclusions, Hash, Left, Loads, Manifest, Method, Piece, Present,
    PresentFile, SINGLE_FILE, compare, loads,
};

use crate::tree::{Files, pointer, prefix};

/// Hashes a file of the tree, named as reports name it, in another way than the scan did.
pub(crate) type Rehash<'a> = &'a dyn Fn(&str, Hash, Method) -> Option<Vec<Piece>>;

/// LIMIT: differences of one signature that are kept.
const MOST: usize = 1000;

/// What a signature covers here.
#[derive(Debug, Default)]
pub(crate) struct Cover {
    /// The folder or file; `None` if nothing that is signed lies here.
    pub(crate) about: Option<String>,
    /// Whether the signature speaks of one file alone.
    pub(crate) is_single: bool,
    /// Indexes of artifacts that are what was signed.
    pub(crate) matching: Vec<usize>,
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Cover {
    /// Whether everything that is signed is here as it was signed.
    pub(crate) fn is_whole(&self) -> bool {
        self.about.is_some() && self.mismatches.is_empty()
    }
}

/// Holds a manifest against the tree. `at` is the path of the signature, `None` if it lies outside of every target.
pub(crate) fn cover(
    files: &Files<'_>,
    manifest: &Manifest,
    at: &str,
    is_outside: bool,
    rehash: Rehash<'_>,
) -> Cover {
    if let Some(single) = single(files, manifest, at, is_outside) {
        return of_one(files, manifest, &single, rehash);
    }
    match folder(files, manifest, at, is_outside) {
        Some(folder) => of_folder(files, manifest, &folder, at, rehash),
        None => Cover::default(),
    }
}

/// The path of the file, if the signature is over a single one.
fn single(files: &Files<'_>, manifest: &Manifest, at: &str, is_outside: bool) -> Option<String> {
    let mut paths: Vec<&str> = manifest.paths().collect();
    paths.dedup();
    let [only] = paths.as_slice() else {
        return None;
    };
    let beside = at
        .strip_suffix(".sig")
        .filter(|path| files.at(path).is_some());
    let named = |path: &&str| {
        *only == SINGLE_FILE || path.rsplit('/').next() == Some(*only) || manifest.model == **path
    };
    if let Some(path) = beside.filter(|path| named(path)) {
        return Some(path.to_owned());
    }
    if *only != SINGLE_FILE {
        return None;
    }
    // `.` says nothing of the name, the subject may.
    let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    let by_subject = format!("{}{}", prefix(folder), manifest.model);
    if !is_outside && files.at(&by_subject).is_some() {
        return Some(by_subject);
    }
    let of_root = files.roots().iter().find(|root| root.is_file);
    of_root.map(|root| root.shown.clone())
}

/// The folder below which most of the signed names lie; the nearest of equals.
fn folder(files: &Files<'_>, manifest: &Manifest, at: &str, is_outside: bool) -> Option<String> {
    let names: BTreeSet<&str> = manifest.paths().collect();
    let near = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folders: Vec<String> = if is_outside {
        let folders = files.roots().iter().filter(|root| !root.is_file);
        folders.map(|root| root.shown.clone()).collect()
    } else {
        files.upwards(near)
    };
    let mut best: Option<(usize, String)> = None;
    for folder in folders {
        let prefix = prefix(&folder);
        let found = names
            .iter()
            .filter(|name| files.at(&format!("{prefix}{name}")).is_some());
        let found = found.count();
        if found > best.as_ref().map_or(0, |(count, _)| *count) {
            best = Some((found, folder));
        }
    }
    best.map(|(_, folder)| folder)
}

fn of_one(files: &Files<'_>, manifest: &Manifest, path: &str, rehash: Rehash<'_>) -> Cover {
    let mut cover = Cover {
        about: Some(path.to_owned()),
        is_single: true,
        ..Cover::default()
    };
    let Some((index, artifact)) = files.at(path) else {
        return cover;
    };
    let name = manifest.paths().next().unwrap_or(SINGLE_FILE).to_owned();
    let mut present = Present::default();
    put(&mut present, name, artifact, None, manifest, rehash);
    let found = compare(manifest, &present, true);
    note(&mut cover, manifest, &found.differences);
    if cover.mismatches.is_empty() && present.others.is_empty() {
        cover.matching.push(index);
    }
    cover
}

fn of_folder(
    files: &Files<'_>,
    manifest: &Manifest,
    folder: &str,
    at: &str,
    rehash: Rehash<'_>,
) -> Cover {
    let own = at.strip_prefix(&prefix(folder)).map(str::to_owned);
    let exclusions = Exclusions::new(&manifest.serialization.ignore_paths, own);
    let signed: BTreeSet<&str> = manifest.paths().collect();
    let mut present = Present::default();
    for (name, _, artifact) in files.below(folder) {
        let excluded = exclusions.of(name);
        if signed.contains(name) {
            put(
                &mut present,
                name.to_owned(),
                artifact,
                excluded,
                manifest,
                rehash,
            );
        } else {
            present.files.push(PresentFile {
                name: name.to_owned(),
                size: artifact.size,
                pieces: Vec::new(),
                is_executable: false,
                excluded,
            });
        }
    }
    let found = compare(manifest, &present, false);
    let mut cover = Cover {
        about: Some(folder.to_owned()),
        ..Cover::default()
    };
    note(&mut cover, manifest, &found.differences);
    let mut wrong: BTreeSet<&str> = found
        .differences
        .iter()
        .filter_map(|each| name_of(manifest, each))
        .collect();
    wrong.extend(present.others.iter().map(|(name, _)| name.as_str()));
    let matching = files
        .below(folder)
        .filter(|(name, _, _)| signed.contains(name) && !wrong.contains(name));
    cover.matching = matching.map(|(_, index, _)| index).collect();
    cover
}

/// A file as it lies there, with the digests that the signature speaks of.
fn put(
    present: &mut Present,
    name: String,
    artifact: &Inspected,
    excluded: Option<Exclusion>,
    manifest: &Manifest,
    rehash: Rehash<'_>,
) {
    let unread = |reason: &str| Left::Unreadable {
        reason: reason.to_owned(),
    };
    if pointer(artifact).is_some() {
        present.others.push((name, unread("not fetched")));
        return;
    }
    let serialization = &manifest.serialization;
    let whole = |digest| {
        vec![Piece {
            start: 0,
            end: artifact.size,
            digest,
        }]
    };
    let pieces = match (serialization.method, serialization.hash, artifact.digests) {
        (Method::Files, Hash::Sha256, Some(digests)) => {
            Some(whole(Digest::Sha256(digests.sha256.0)))
        }
        (Method::Files, Hash::Blake3, Some(digests)) => {
            Some(whole(Digest::Blake3(digests.blake3.0)))
        }
        (Method::Files, Hash::Sha256 | Hash::Blake3, None) => None,
        (method, hash, _) => rehash(artifact.location.path(), hash, method),
    };
    match pieces {
        Some(pieces) => present.files.push(PresentFile {
            name,
            size: artifact.size,
            pieces,
            is_executable: false,
            excluded,
        }),
        None => present.others.push((name, unread("not hashed"))),
    }
}

/// The path that is not what was signed.
fn name_of<'a>(manifest: &Manifest, difference: &'a Difference) -> Option<&'a str> {
    match difference {
        Difference::Changed { name, .. } => Some(manifest.path_of(name)),
        Difference::Length { name, .. } | Difference::Missing { name } => Some(name),
        Difference::Renamed { present, .. } => Some(present),
        _ => None,
    }
}

fn note(cover: &mut Cover, manifest: &Manifest, differences: &[Difference]) {
    for difference in differences {
        let mismatch = |path: &str, detail: String, is_missing| Mismatch {
            path: path.to_owned(),
            detail,
            is_missing,
        };
        match difference {
            Difference::Changed {
                name,
                signed,
                present,
            } => {
                // A stretch of a file is told by the file.
                let name = manifest.path_of(name);
                let detail = format!("signed as {signed}, it is {present}");
                cover.mismatches.push(mismatch(name, detail, false));
            }
            Difference::Length {
                name,
                signed,
                present,
            } => {
                let detail = format!("signed with {signed} bytes, it has {present}");
                cover.mismatches.push(mismatch(name, detail, false));
            }
            Difference::Missing { name } => {
                cover
                    .mismatches
                    .push(mismatch(name, "signed, and not here".to_owned(), true));
            }
            Difference::Renamed { signed, present } => {
                let detail = format!("here only as `{}`", visible(present, 200));
                cover.mismatches.push(mismatch(signed, detail, false));
            }
            Difference::Unsigned { name, .. } => {
                left_out(cover, name, Omission::Unlisted, loads(name, false));
            }
            Difference::Excluded { name, by, loads } => {
                let by = match by {
                    Exclusion::Ignored => Omission::Ignored,
                    Exclusion::Always => Omission::Git,
                    Exclusion::Signature => continue,
                };
                left_out(cover, name, by, *loads);
            }
            _ => {}
        }
    }
    cover.mismatches.sort();
    cover
        .mismatches
        .dedup_by(|left, right| left.path == right.path);
    cover
        .mismatches
        .sort_by(|left, right| (left.is_missing, &left.path).cmp(&(right.is_missing, &right.path)));
    cover.mismatches.truncate(MOST);
    cover.left_out.sort();
    cover.left_out.truncate(MOST);
}

fn left_out(cover: &mut Cover, path: &str, by: Omission, loads: Option<Loads>) {
    if let Some(loads) = loads {
        cover.left_out.push(LeftOut {
            path: path.to_owned(),
            by,
            is_code: loads == Loads::Code,
        });
    }
}
