//! What is remembered about a file in quarantine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The version of the record's own shape.
pub(crate) const SCHEMA: u32 = 1;

/// Why a file was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule that reported it.
    pub rule: String,
    /// How bad.
    pub severity: String,
    /// The finding in one sentence.
    pub message: String,
}

/// What is remembered about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this shape.
    pub schema: u32,
    /// Where the file lay, absolute.
    pub original: PathBuf,
    /// How the report named it.
    pub shown: String,
    /// SHA-256 of the content that was moved, hexadecimal; of what a link leads to for a link, if that can be read.
    pub sha256: Option<String>,
    /// SHA-256 that the scan saw; differs if the file changed between the scan and the move.
    pub sha256_at_scan: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Permissions as the system wrote them; absent where it has none.
    pub mode: Option<u32>,
    /// Where the link leads, if the file is a link.
    pub link: Option<PathBuf>,
    /// Names under which the same file still lies elsewhere, counted.
    pub other_names: u64,
    /// When it was taken, RFC 3339.
    pub taken_at: String,
    /// The version of the program that took it.
    pub tool_version: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Record {
    /// Whether the file is another one than was judged.
    #[must_use]
    pub fn changed_since_scan(&self) -> bool {
        match (&self.sha256, &self.sha256_at_scan) {
            (Some(moved), Some(seen)) => moved != seen,
            _ => false,
        }
    }
}

/// A file in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name in the quarantine.
    pub id: String,
    /// What is remembered about it.
    pub record: Record,
}
