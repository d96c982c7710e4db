//! What a sender puts into a file: attestations out of files, and entries of a log with their proofs.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_attestations::{Document, Limits, Statement, json};
use chainwright_ledger::{Entry, LedgerError, Reader};
use chainwright_transparency::Checkpoint;
use serde_json::Value;

use crate::error::FormatError;
use crate::file::{Exchange, Growth, MOST_ATTESTATION};
use crate::sha256;

/// Why something is not put into a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// It does not fit into the format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The log cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What lies beside the log is missing, or is not what its entry names.
    #[error("`{path}` is missing or not what entry {index} names")]
    Beside {
        /// Where it should be.
        path: String,
        /// Which entry.
        index: u64,
    },
}

/// The documents of a file as the bytes that they are: the whole of it, or one on each line.
#[must_use]
pub fn documents(bytes: &[u8]) -> Vec<&[u8]> {
    let limits = Limits::default();
    if json::parse(bytes, &limits).is_ok() {
        return vec![bytes];
    }
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .collect()
}

impl Exchange {
    /// Takes an attestation in if one of its subjects is an artifact of the file; says whether it is. One that gives a
    /// name of the file to other bytes is not meant, and every receiver would refuse it.
    ///
    /// # Errors
    ///
    /// If it is larger than any that is read.
    pub fn add_if_meant(&mut self, bytes: &[u8]) -> Result<bool, FormatError> {
        let is_meant = self.is_about(bytes);
        if is_meant {
            self.add_attestation(bytes)?;
        }
        Ok(is_meant)
    }

    /// The artifacts that an attestation of the file is about, by name.
    #[must_use]
    pub fn names_spoken_of(&self) -> Vec<String> {
        let mut digests = BTreeSet::new();
        for bytes in self.attestations.values() {
            digests.extend(subjects(bytes).into_iter().map(|(_, digest)| digest));
        }
        let spoken = self.artifacts.iter();
        spoken
            .filter(|(_, artifact)| digests.contains(&artifact.sha256))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn is_about(&self, bytes: &[u8]) -> bool {
        let subjects = subjects(bytes);
        let is_swapped = subjects.iter().any(|(name, digest)| {
            let artifact = self.artifacts.get(name);
            artifact.is_some_and(|artifact| artifact.sha256 != *digest)
        });
        if is_swapped {
            return false;
        }
        let digests: BTreeSet<&str> = subjects.iter().map(|(_, digest)| digest.as_str()).collect();
        let mut artifacts = self.artifacts.values();
        artifacts.any(|artifact| digests.contains(artifact.sha256.as_str()))
    }
}

/// The name and SHA-256 of every subject of an attestation; none if it cannot be read.
fn subjects(bytes: &[u8]) -> Vec<(String, String)> {
    let limits = Limits {
        bytes: MOST_ATTESTATION,
        ..Limits::default()
    };
    let Ok(document) = Document::read(bytes, &limits) else {
        return Vec::new();
    };
    let statement = document
        .envelope()
        .and_then(|envelope| Statement::of_envelope(envelope, &limits).ok());
    let subjects = statement.map(|statement| statement.subjects);
    let digests = subjects.into_iter().flatten().filter_map(|subject| {
        let digest = subject.digest.get("sha256")?.to_ascii_lowercase();
        Some((subject.name, digest))
    });
    digests.collect()
}

/// Takes in what a log has about the artifacts: attestations, and the newest proof of each attestation and artifact; and
/// the proofs that the log grew from these sizes. Every entry is read once.
///
/// # Errors
///
/// If the log cannot be read.
pub fn add_from_log(
    exchange: &mut Exchange,
    reader: &Reader<'_>,
    since: &[u64],
) -> Result<(), GatherError> {
    let size = reader.checkpoint().size;
    let artifacts = exchange.artifacts.values();
    let artifacts: BTreeSet<String> = artifacts.map(|artifact| artifact.sha256.clone()).collect();
    let mut by_content: BTreeMap<String, String> = BTreeMap::new();
    for (digest, bytes) in &exchange.attestations {
        by_content.extend(content(bytes).map(|content| (content, digest.clone())));
    }
    // What an entry is about, with the newest such entry.
    let mut proved: BTreeMap<String, u64> = BTreeMap::new();
    for bundle in 0..size.div_ceil(256) {
        let first = bundle.saturating_mul(256);
        for (index, bytes) in (first..).zip(reader.bundle(bundle)?) {
            let Some(entry) = Entry::read(&bytes) else {
                continue;
            };
            for about in about(
                exchange,
                &artifacts,
                (reader, index),
                &entry,
                &mut by_content,
            )? {
                proved.insert(about, index);
            }
        }
    }
    let mut indices: Vec<u64> = proved.into_values().collect();
    indices.sort_unstable();
    indices.dedup();
    for index in indices {
        let entry = reader.entry(index)?;
        let text = reader.prove(index, Some(entry))?.to_string();
        exchange.proofs.insert(sha256(text.as_bytes()), text);
    }
    for from in since {
        grown(exchange, reader, *from)?;
    }
    Ok(())
}

/// What an entry is about, if that belongs into the file; attestations are taken in.
fn about(
    exchange: &mut Exchange,
    artifacts: &BTreeSet<String>,
    (reader, index): (&Reader<'_>, u64),
    entry: &Entry,
    by_content: &mut BTreeMap<String, String>,
) -> Result<Vec<String>, GatherError> {
    let mut about = Vec::new();
    let digest = entry
        .digest
        .as_deref()
        .and_then(|digest| digest.strip_prefix("sha256:"));
    let named = [digest, entry.oms_root.as_deref()];
    for named in named.into_iter().flatten() {
        if artifacts.contains(named) {
            about.push(format!("artifact {named}"));
        }
    }
    if let Some(digest) = digest
        && exchange.attestations.contains_key(digest)
    {
        about.push(format!("attestation {digest}"));
        return Ok(about);
    }
    let Some(bytes) = attestation(reader, entry, index)? else {
        return Ok(about);
    };
    let content = content(&bytes);
    if let Some(known) = content.as_ref().and_then(|content| by_content.get(content)) {
        about.push(format!("attestation {known}"));
    } else if exchange.add_if_meant(&bytes)? {
        let digest = sha256(&bytes);
        about.push(format!("attestation {digest}"));
        by_content.extend(content.map(|content| (content, digest)));
    }
    Ok(about)
}

/// The attestation that an entry holds or names. A small one lies in the entry as canonical JSON.
fn attestation(
    reader: &Reader<'_>,
    entry: &Entry,
    index: u64,
) -> Result<Option<Vec<u8>>, GatherError> {
    if let Some(envelope) = &entry.envelope {
        return Ok(serde_json_canonicalizer::to_vec(envelope).ok());
    }
    let Some(path) = &entry.beside else {
        return Ok(None);
    };
    let wrong = || GatherError::Beside {
        path: path.clone(),
        index,
    };
    let name = path.strip_prefix("beside/").ok_or_else(wrong)?;
    let is_digest = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return Err(wrong());
    }
    let bytes = reader
        .storage()
        .read(path)
        .map_err(LedgerError::from)?
        .ok_or_else(wrong)?;
    if sha256(&bytes) != name {
        return Err(wrong());
    }
    Ok((bytes.len() <= MOST_ATTESTATION).then_some(bytes))
}

fn content(bytes: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    Some(sha256(&serde_json_canonicalizer::to_vec(&value).ok()?))
}

fn grown(exchange: &mut Exchange, reader: &Reader<'_>, from: u64) -> Result<(), GatherError> {
    let new = reader.checkpoint();
    let old = Checkpoint {
        size: from,
        root: reader.root_at(from)?,
        ..new.clone()
    };
    let hashes = reader.prove_growth(&old)?;
    if from < new.size {
        let growth = Growth {
            to: new.size,
            hashes: hashes.iter().map(ToString::to_string).collect(),
        };
        exchange.growths.insert((new.origin.clone(), from), growth);
    }
    Ok(())
}
