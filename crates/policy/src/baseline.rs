//! The baseline: findings that were there when a team began, so that only what is added counts.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chainwright_core::finding::Finding;
use serde::{Deserialize, Serialize};

/// The version of the file format.
const VERSION: &str = "1";

/// Fingerprints of known findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    fingerprints: BTreeSet<String>,
}

/// The baseline file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It cannot be read or written.
    #[error("cannot {action} baseline `{}`", .path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is not a baseline.
    #[error("`{}` is not a baseline: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        reason: String,
    },
}

/// The file as written; version 1.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: String,
    findings: Vec<Entry>,
}

/// Only the fingerprint is read back; the rest tells reviewers what they accept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    rule: String,
    path: String,
    message: String,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// When it cannot be read or is not a baseline.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = fs::read_to_string(path).map_err(|source| BaselineError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        let malformed = |reason: String| BaselineError::Malformed {
            path: path.to_owned(),
            reason,
        };
        let file: File =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if file.schema_version != VERSION {
            let reason = format!("version `{}`, expected `{VERSION}`", file.schema_version);
            return Err(malformed(reason));
        }
        Ok(Self {
            fingerprints: file
                .findings
                .into_iter()
                .map(|entry| entry.fingerprint)
                .collect(),
        })
    }

    /// Writes the findings as a baseline; the old file stays whole if anything goes wrong.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(path: &Path, findings: &[Finding]) -> Result<(), BaselineError> {
        let mut entries: Vec<Entry> = findings
            .iter()
            .map(|finding| Entry {
                fingerprint: finding.fingerprint.to_string(),
                rule: finding.rule.to_owned(),
                path: finding.subject.location.to_string(),
                message: finding.message.clone(),
            })
            .collect();
        entries.sort_by(|left, right| {
            (&left.path, &left.rule, &left.fingerprint).cmp(&(
                &right.path,
                &right.rule,
                &right.fingerprint,
            ))
        });
        let file = File {
            schema_version: VERSION.to_owned(),
            findings: entries,
        };
        replace(path, &file).map_err(|source| BaselineError::Io {
            action: "write",
            path: path.to_owned(),
            source,
        })
    }

    /// Whether the finding was known.
    #[must_use]
    pub fn contains(&self, finding: &Finding) -> bool {
        self.fingerprints.contains(&finding.fingerprint.to_string())
    }
}

fn replace(path: &Path, file: &File) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut temporary = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut temporary, file)?;
    temporary.write_all(b"\n")?;
    temporary.as_file().sync_all()?;
    temporary.persist(path)?;
    Ok(())
}
