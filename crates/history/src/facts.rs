//! What is known of a history.

use chainwright_core::problem::Problem;
use chainwright_repository::secrets::SecretHit;
use serde::{Deserialize, Serialize};

/// How much of a history is looked at. The same on every machine, and no clock: equal repositories give equal facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all objects together after decompression.
    pub inflated: u64,
    /// Bytes of one object.
    pub object: u64,
    /// Commits whose files are searched.
    pub commits: usize,
    /// Commits of the main line that are described.
    pub line: usize,
    /// Entries of trees that are visited.
    pub entries: u64,
    /// Tags.
    pub tags: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            inflated: 2 << 30,
            object: 32 << 20,
            commits: 20_000,
            line: 200,
            entries: 4_000_000,
            tags: 1000,
        }
    }
}

/// A commit of the main line: what HEAD names, its first parent, that one's first parent …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// How many commits it joins; 0 for the first one of all.
    pub parents: usize,
    /// Who wrote it: the address in lower case, or the name where there is none.
    pub author: String,
    /// Who put it there, in the same way.
    pub committer: String,
    /// The first line of its message, shortened.
    pub subject: String,
    /// Whether it carries a signature; nobody checked whose.
    pub is_signed: bool,
    /// Weight files that differ from its first parent, at most 32; empty where that could not be seen.
    pub weights: Vec<String>,
    /// Whether a card, a change log or another document differs from its first parent.
    pub changes_documents: bool,
}

/// A tag that led elsewhere before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where it led.
    pub from: String,
    /// Weight files there.
    pub weights: usize,
    /// How many of them have other content, or are gone, where it leads now.
    pub replaced: usize,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its name without `refs/tags/`.
    pub name: String,
    /// The commit that it leads to.
    pub commit: String,
    /// Whether it carries a signature; nobody checked whose.
    pub is_signed: bool,
    /// The name that it gives itself, where that is another one.
    pub other_name: Option<String>,
    /// Whether the weight files there are those of HEAD.
    pub has_weights_of_head: bool,
    /// What the log of the tag tells of a move.
    pub moved: Option<Moved>,
}

/// A Git LFS pointer that HEAD holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pointer {
    /// The path of the file.
    pub path: String,
    /// The SHA-256 that its content must have.
    pub sha256: String,
    /// The size that its content must have.
    pub size: Option<u64>,
}

/// A credential in a file of some commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PastSecret {
    /// The path of the file.
    pub path: String,
    /// A commit that holds the file, the newest one that was seen.
    pub commit: String,
    /// The credential.
    pub hit: SecretHit,
}

/// What is known of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The commit of HEAD; `None` while nothing was committed, or where it could not be read.
    pub head: Option<String>,
    /// The main line from HEAD, newest first.
    pub line: Vec<Commit>,
    /// Whether the main line was followed to its first commit.
    pub is_whole_line: bool,
    /// Whether the clone holds only the newest commits.
    pub is_shallow: bool,
    /// Commits whose files were searched.
    pub searched: usize,
    /// Tags by name.
    pub tags: Vec<Tag>,
    /// Refs of which a log says that somebody overwrote them.
    pub forced: Vec<String>,
    /// Pointers that HEAD holds, by path.
    pub pointers: Vec<Pointer>,
    /// Credentials in files of any commit that HEAD or a tag leads to, by path.
    pub secrets: Vec<PastSecret>,
    /// What could not be read. Any of these means that the history was not searched as a whole.
    pub problems: Vec<Problem>,
}

/// Endings of files that hold weights.
const WEIGHTS: [&str; 24] = [
    "safetensors",
    "bin",
    "pt",
    "pth",
    "ckpt",
    "gguf",
    "ggml",
    "onnx",
    "onnx_data",
    "h5",
    "hdf5",
    "keras",
    "tflite",
    "pb",
    "msgpack",
    "pkl",
    "pickle",
    "joblib",
    "npz",
    "npy",
    "mlmodel",
    "nemo",
    "pt2",
    "pte",
];

/// Whether a file of this name holds weights, by its ending; the content of past files is not looked at.
#[must_use]
pub fn is_weights(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        WEIGHTS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}
