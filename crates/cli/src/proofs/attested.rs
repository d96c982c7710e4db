//! Attestations that lie here, with those whose signatures over them hold.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chainwright_attestations::{Limits, Statement};
use chainwright_proofs::Trust;
use chainwright_proofs::attested::{documents, take};
use chainwright_provenance::{Attestation, Descriptor};
use chainwright_signing::Moment;
use serde_json::Value;

use crate::proofs::{now, shown};

/// Attestations of one file or folder that are read.
const MOST: usize = 10_000;

/// An attestation file larger than this is not read, in bytes.
pub(crate) const LARGEST: u64 = 64 * 1024 * 1024;

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Statements; those without signers bear no signature that holds.
    pub(crate) attestations: Vec<Attestation>,
    /// What could not be used, and why.
    pub(crate) refused: Vec<String>,
}

/// Reads files and folders of attestations, and holds each signature against the policy.
pub(crate) fn collect(paths: &[PathBuf], trust: &Trust) -> anyhow::Result<Collected> {
    let now = now();
    let mut collected = Collected::default();
    for path in paths {
        for file in files(path)? {
            if collected.attestations.len() >= MOST {
                anyhow::bail!("there are more than {MOST} attestations");
            }
            read_file(&file, trust, now, &mut collected)?;
        }
    }
    Ok(collected)
}

/// A file itself, or the files of a folder that may be attestations.
pub(crate) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let told = || format!("cannot read `{}`", shown(path));
    if !fs::metadata(path).with_context(told)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(told)? {
        let path = entry.with_context(told)?.path();
        let is_meant = path.extension().is_some_and(|extension| {
            extension == "json" || extension == "jsonl" || extension == "sig"
        });
        if is_meant && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(
    path: &Path,
    trust: &Trust,
    now: Moment,
    collected: &mut Collected,
) -> anyhow::Result<()> {
    let shown = shown(path);
    let size = fs::metadata(path).map(|metadata| metadata.len());
    if size.with_context(|| format!("cannot read `{shown}`"))? > LARGEST {
        collected
            .refused
            .push(format!("`{shown}`: larger than {LARGEST} bytes"));
        return Ok(());
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    add(&bytes, &shown, trust, now, collected);
    Ok(())
}

/// Reads documents from wherever they come.
pub(crate) fn add(
    bytes: &[u8],
    shown: &str,
    trust: &Trust,
    now: Moment,
    collected: &mut Collected,
) {
    for (document, bytes) in documents(bytes, &Limits::default()) {
        let taken = document
            .map_err(anyhow::Error::from)
            .and_then(|document| Ok(take(&document, bytes, shown, Some(trust), now)?));
        match taken {
            Ok(taken) => {
                let refused = taken.refused.iter();
                let told = refused.map(|refused| format!("`{shown}`: {refused}"));
                collected.refused.extend(told);
                collected.attestations.push(taken.attestation);
            }
            Err(error) => collected.refused.push(format!("`{shown}`: {error}")),
        }
    }
}

/// A statement as it is signed.
pub(crate) fn statement(
    subjects: &[Descriptor],
    predicate_type: &str,
    predicate: Value,
) -> anyhow::Result<Statement> {
    let written = subjects.iter().map(|subject| {
        let value = subject.write();
        chainwright_attestations::Subject::from_value(value)
    });
    let subjects = written.collect::<Result<Vec<_>, _>>()?;
    Ok(Statement::new(subjects, predicate_type, predicate))
}
