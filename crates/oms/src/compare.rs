//! How what lies on the disk differs from what is signed.
//!
//! Every difference has a [`Weight`]: most refuse the model, some are told and refuse it only when the caller is strict,
//! and some mean that nobody can say. Names of the manifest are compared byte for byte, as the specification wants; a
//! name that differs only in case or Unicode form is pointed out, never accepted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::content::{Loads, loads};
use crate::exclude::Exclusion;
use crate::hash::Digest;
use crate::manifest::{Manifest, Method, Order};
use crate::name::{split_shard, twin_key};

/// A stretch of a file and its digest; the whole file if files are not cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset behind the last byte.
    pub end: u64,
    /// What the stretch hashes to.
    pub digest: Digest,
}

/// A regular file of the model, or what a link stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentFile {
    /// Its path below the model, with `/`.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it hashes to, in order; nothing for a file that is not signed and was not read.
    pub pieces: Vec<Piece>,
    /// Whether the file system says that it may be run.
    pub is_executable: bool,
    /// Why no signature covers it, if none does.
    pub excluded: Option<Exclusion>,
}

/// What else lies in a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Left {
    /// A folder with nothing in it.
    EmptyFolder,
    /// A symbolic link where links are not part of the model.
    Link {
        /// Where it leads, as written in it.
        to: String,
    },
    /// A link to a file outside of the model, which was read in its place.
    LinkOut {
        /// Where it leads.
        to: String,
    },
    /// A link to a folder outside of the model, which was not entered.
    FolderOut {
        /// Where it leads.
        to: String,
    },
    /// A link to a folder that holds the link itself.
    Cycle {
        /// Where it leads.
        to: String,
    },
    /// A link to nothing.
    BrokenLink {
        /// Where it leads.
        to: String,
    },
    /// A pipe, socket or device.
    Special,
    /// A name that is not UTF-8, which no signature can cover.
    NotUtf8,
    /// The system refuses to read it.
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// It changed while it was read.
    Changing,
}

/// Everything that lies on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// Files, covered or not.
    pub files: Vec<PresentFile>,
    /// Everything else, by its path below the model.
    pub others: Vec<(String, Left)>,
}

/// What a difference does to the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Worth knowing; refuses the model only if the caller is strict.
    Told,
    /// Nobody can say whether the model is what was signed.
    Unjudged,
    /// The model is not what was signed.
    Refused,
}

/// One way in which the model is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// The content is not what was signed.
    Changed {
        /// The signed name.
        name: String,
        /// What it has to hash to.
        signed: Digest,
        /// What it hashes to.
        present: Digest,
    },
    /// The file is shorter or longer than what was signed.
    Length {
        /// The path.
        name: String,
        /// Bytes that are signed.
        signed: u64,
        /// Bytes that are there.
        present: u64,
    },
    /// A signed file is not there.
    Missing {
        /// The path.
        name: String,
    },
    /// A file that is not signed.
    Unsigned {
        /// The path.
        name: String,
        /// Bytes.
        size: u64,
    },
    /// A signed name is there only in another case or Unicode form.
    Renamed {
        /// The signed name.
        signed: String,
        /// The name on the disk.
        present: String,
    },
    /// Something that is no file, or could not be read as one.
    NotAFile {
        /// The path.
        name: String,
        /// What it is.
        #[serde(flatten)]
        left: Left,
    },
    /// Something that the signature leaves out.
    Excluded {
        /// The path.
        name: String,
        /// Why it is left out.
        by: Exclusion,
        /// What loading could do with it.
        loads: Option<Loads>,
    },
    /// An empty file, which a signature over stretches cannot cover.
    EmptyFile {
        /// The path.
        name: String,
    },
    /// Names that are one file on some file systems.
    Twins {
        /// One.
        name: String,
        /// The other.
        other: String,
    },
    /// The entries stand in no order that a signer writes.
    Unsorted,
}

impl Difference {
    /// What it does to the decision.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        match self {
            Self::Changed { .. }
            | Self::Length { .. }
            | Self::Missing { .. }
            | Self::Unsigned { .. }
            | Self::Renamed { .. } => Weight::Refused,
            Self::Excluded { .. }
            | Self::EmptyFile { .. }
            | Self::Twins { .. }
            | Self::Unsorted => Weight::Told,
            Self::NotAFile { left, .. } => match left {
                Left::EmptyFolder | Left::LinkOut { .. } | Left::Cycle { .. } => Weight::Told,
                Left::Unreadable { .. } | Left::Changing => Weight::Unjudged,
                Left::Link { .. }
                | Left::FolderOut { .. }
                | Left::BrokenLink { .. }
                | Left::Special
                | Left::NotUtf8 => Weight::Refused,
            },
        }
    }

    /// What somebody who sees it can do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Changed { .. } | Self::Length { .. } => {
                "do not load it; fetch it again from where the signer publishes it"
            }
            Self::Missing { .. } => "fetch the missing file, or ask the signer for a new signature",
            Self::Unsigned { .. } => {
                "remove it, or accept files beside the signed ones with --ignore-unsigned"
            }
            Self::Renamed { .. } => "give the file its signed name",
            Self::Excluded { .. } => "nothing vouches for it: keep loaders away from it",
            Self::EmptyFile { .. } => "nothing vouches for it; sign whole files to cover it",
            Self::Twins { .. } => "keep the model on a file system that tells the names apart",
            Self::Unsorted => "ask the signer to sign again with a current tool",
            Self::NotAFile { left, .. } => left.remedy(),
        }
    }
}

impl Left {
    const fn remedy(&self) -> &'static str {
        match self {
            Self::EmptyFolder => {
                "no signature of this kind covers it; remove it if it is not yours"
            }
            Self::Link { .. } | Self::FolderOut { .. } | Self::BrokenLink { .. } => {
                "replace the link by what it stands for, or remove it"
            }
            Self::LinkOut { .. } => "what it leads to can change without the model being touched",
            Self::Cycle { .. } => "remove the link",
            Self::Special => "remove it",
            Self::NotUtf8 => "rename it",
            Self::Unreadable { .. } => "make it readable and verify again",
            Self::Changing => "verify again when nobody writes to the model",
        }
    }
}

/// What came of holding a manifest against the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Every difference: what refuses first, then by path.
    pub differences: Vec<Difference>,
    /// Signed files that are there and are what was signed.
    pub matching_files: u64,
    /// Bytes in them.
    pub matching_bytes: u64,
    /// Files that nobody signed and that the caller did not want to hear about.
    pub unsigned_ignored: u64,
}

impl Comparison {
    /// The decision: whether differences refuse the model, leave it open, or are only told.
    #[must_use]
    pub fn weight(&self, strict: bool) -> Option<Weight> {
        let heaviest = self.differences.iter().map(Difference::weight).max()?;
        let is_refused = strict && heaviest == Weight::Told;
        Some(if is_refused {
            Weight::Refused
        } else {
            heaviest
        })
    }
}

/// Holds a manifest against the disk. `ignore_unsigned` keeps quiet about files that nobody signed.
#[must_use]
pub fn compare(signed: &Manifest, present: &Present, ignore_unsigned: bool) -> Comparison {
    let mut found = Comparison::default();
    let entries = entries(signed);
    let mut missing: BTreeSet<&str> = entries.keys().copied().collect();
    let mut unsigned: Vec<&PresentFile> = Vec::new();
    for file in &present.files {
        let is_signed = entries.get(file.name.as_str());
        match (is_signed, file.excluded) {
            // A signed file below a path that is left out is still signed.
            (Some(expected), _) => {
                missing.remove(file.name.as_str());
                compare_file(signed, file, expected, &mut found);
            }
            (None, Some(Exclusion::Signature)) => {}
            (None, Some(by)) => found.differences.push(Difference::Excluded {
                name: file.name.clone(),
                by,
                loads: loads(&file.name, file.is_executable),
            }),
            (None, None) => unsigned.push(file),
        }
    }
    for (name, left) in &present.others {
        // What cannot be read is not known to be missing.
        missing.remove(name.as_str());
        found.differences.push(Difference::NotAFile {
            name: name.clone(),
            left: left.clone(),
        });
    }
    unsigned.sort_by(|left, right| left.name.cmp(&right.name));
    // Neither is what lies in a folder that cannot be listed.
    let closed = closed_folders(present);
    missing.retain(|name| !is_below_any(name, &closed));
    pair_up(signed, missing, unsigned, ignore_unsigned, &mut found);
    twins(&entries, present, &mut found);
    if signed.order() == Order::Other {
        found.differences.push(Difference::Unsorted);
    }
    found.differences.sort_by_cached_key(|difference| {
        (std::cmp::Reverse(difference.weight()), rank(difference))
    });
    found
}

fn closed_folders(present: &Present) -> BTreeSet<&str> {
    let is_closed = |left: &Left| matches!(left, Left::Unreadable { .. });
    let closed = present.others.iter().filter(|(_, left)| is_closed(left));
    closed.map(|(name, _)| name.as_str()).collect()
}

fn is_below_any(name: &str, folders: &BTreeSet<&str>) -> bool {
    name.match_indices('/')
        .any(|(end, _)| name.get(..end).is_some_and(|front| folders.contains(front)))
}

/// What is signed of one file, in order.
type Expected<'a> = Vec<(Option<(u64, u64)>, &'a str, Digest)>;

fn entries(signed: &Manifest) -> BTreeMap<&str, Expected<'_>> {
    let mut entries: BTreeMap<&str, Expected<'_>> = BTreeMap::new();
    for resource in &signed.resources {
        let name = resource.name.as_str();
        let (path, range) = match signed.serialization.method {
            Method::Files => (name, None),
            Method::Shards(_) => match split_shard(name) {
                Some((path, start, end)) => (path, Some((start, end))),
                None => (name, None),
            },
        };
        let of_path = entries.entry(path).or_default();
        of_path.push((range, name, resource.digest));
    }
    for of_path in entries.values_mut() {
        of_path.sort_unstable();
    }
    entries
}

fn compare_file(
    signed: &Manifest,
    file: &PresentFile,
    expected: &Expected<'_>,
    found: &mut Comparison,
) {
    let before = found.differences.len();
    let end = expected.last().and_then(|(range, _, _)| *range);
    if let Some((_, end)) = end.filter(|(_, end)| *end != file.size) {
        found.differences.push(Difference::Length {
            name: file.name.clone(),
            signed: end,
            present: file.size,
        });
    }
    for (range, name, digest) in expected {
        // Stretches stand in order; a file as a whole is the only one.
        let piece = match range {
            None => file.pieces.first(),
            Some((start, end)) => file
                .pieces
                .binary_search_by_key(start, |piece| piece.start)
                .ok()
                .and_then(|index| file.pieces.get(index))
                .filter(|piece| piece.end == *end),
        };
        match piece {
            Some(piece) if piece.digest == *digest => {}
            Some(piece) => found.differences.push(Difference::Changed {
                name: (*name).to_owned(),
                signed: *digest,
                present: piece.digest,
            }),
            // The length was told already.
            None if found.differences.len() > before => {}
            None => found.differences.push(Difference::NotAFile {
                name: file.name.clone(),
                left: Left::Unreadable {
                    reason: format!("was not hashed by {}", signed.serialization.hash),
                },
            }),
        }
    }
    if found.differences.len() == before {
        found.matching_files = found.matching_files.saturating_add(1);
        found.matching_bytes = found.matching_bytes.saturating_add(file.size);
    }
}

/// Tells what is missing and what is too much, and which of them differ only in how the name is written.
fn pair_up(
    signed: &Manifest,
    missing: BTreeSet<&str>,
    unsigned: Vec<&PresentFile>,
    ignore_unsigned: bool,
    found: &mut Comparison,
) {
    let mut by_key: BTreeMap<String, &str> =
        missing.iter().map(|name| (twin_key(name), *name)).collect();
    let mut missing = missing;
    for file in unsigned {
        let twin = by_key.remove(&twin_key(&file.name));
        if let Some(name) = twin {
            missing.remove(name);
            found.differences.push(Difference::Renamed {
                signed: name.to_owned(),
                present: file.name.clone(),
            });
        } else if ignore_unsigned {
            found.unsigned_ignored = found.unsigned_ignored.saturating_add(1);
        } else if file.size == 0 && matches!(signed.serialization.method, Method::Shards(_)) {
            let name = file.name.clone();
            found.differences.push(Difference::EmptyFile { name });
        } else {
            found.differences.push(Difference::Unsigned {
                name: file.name.clone(),
                size: file.size,
            });
        }
    }
    found
        .differences
        .extend(missing.into_iter().map(|name| Difference::Missing {
            name: name.to_owned(),
        }));
}

/// Names, signed or on the disk, that are one file elsewhere.
fn twins(entries: &BTreeMap<&str, Expected<'_>>, present: &Present, found: &mut Comparison) {
    let on_disk = present.files.iter().filter(|file| file.excluded.is_none());
    let names: BTreeSet<&str> = entries
        .keys()
        .copied()
        .chain(on_disk.map(|file| file.name.as_str()))
        .collect();
    let renamed: BTreeSet<String> = found
        .differences
        .iter()
        .filter_map(|difference| match difference {
            Difference::Renamed { signed, .. } => Some(twin_key(signed)),
            _ => None,
        })
        .collect();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let key = twin_key(name);
        if renamed.contains(&key) {
            continue;
        }
        match seen.get(&key) {
            Some(other) => found.differences.push(Difference::Twins {
                name: (*other).to_owned(),
                other: name.to_owned(),
            }),
            None => drop(seen.insert(key, name)),
        }
    }
}

/// By kind, then by path, so that the same differences always stand in the same order.
fn rank(difference: &Difference) -> (u8, String) {
    let (kind, name) = match difference {
        Difference::Changed { name, .. } => (0, name.as_str()),
        Difference::Length { name, .. } => (1, name.as_str()),
        Difference::Missing { name } => (2, name.as_str()),
        Difference::Renamed { signed, .. } => (3, signed.as_str()),
        Difference::Unsigned { name, .. } => (4, name.as_str()),
        Difference::NotAFile { name, .. } => (5, name.as_str()),
        Difference::Excluded { name, loads, .. } if loads.is_some() => (6, name.as_str()),
        Difference::Excluded { name, .. } => (7, name.as_str()),
        Difference::EmptyFile { name } => (8, name.as_str()),
        Difference::Twins { name, .. } => (9, name.as_str()),
        Difference::Unsorted => (10, ""),
    };
    (kind, name.to_owned())
}
