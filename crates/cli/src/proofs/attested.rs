//! Attestations that lie here, with those whose signatures over them hold.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chainwright_attestations::{Document, Envelope, Limits, Material, Statement};
use chainwright_provenance::{Attestation, Descriptor, Digests, Signer};
use chainwright_signing::{Moment, Refused, Verified, verify_envelope};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::proofs::trust::Trust;
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
    let documents = Document::read_all(bytes, &Limits::default());
    let is_alone = documents.len() == 1;
    for document in documents {
        let whole = is_alone.then_some(bytes);
        let taken = document
            .map_err(anyhow::Error::from)
            .and_then(|document| take(&document, whole, shown, trust, now));
        match taken {
            Ok((attestation, unsigned)) => {
                collected.refused.extend(unsigned);
                collected.attestations.push(attestation);
            }
            Err(error) => collected.refused.push(format!("`{shown}`: {error}")),
        }
    }
}

fn take(
    document: &Document,
    whole: Option<&[u8]>,
    shown: &str,
    trust: &Trust,
    now: Moment,
) -> anyhow::Result<(Attestation, Option<String>)> {
    let envelope = document
        .envelope()
        .context("it signs a message, not a statement")?;
    let statement = Statement::of_envelope(envelope, &Limits::default())?;
    let subjects: Vec<Descriptor> = statement
        .subjects
        .iter()
        .map(|subject| Descriptor::read(&subject.to_value(), "subject"))
        .collect::<Result<_, _>>()?;
    let (signers, refused) = match document {
        Document::Bundle(bundle) => {
            let written = whole.map_or_else(|| bundle.write(), <[u8]>::to_vec);
            told(trust.signer(&written, bundle, envelope, now))
        }
        Document::Envelope(_) => by_any_key(envelope, trust, now),
    };
    let attestation = Attestation {
        name: shown.to_owned(),
        digests: digest_of(envelope),
        subjects,
        predicate_type: statement.predicate_type,
        predicate: statement.predicate,
        signers,
    };
    Ok((
        attestation,
        refused.map(|refused| format!("`{shown}`: {refused}")),
    ))
}

/// Who signed, as the policy lets it be known.
fn told(verified: Result<Verified, Refused>) -> (Vec<Signer>, Option<String>) {
    match verified {
        Ok(verified) => (signers_of(&verified), None),
        Err(refused) => (Vec::new(), Some(refused.to_string())),
    }
}

/// Whoever signed, as statements are judged by them.
pub(crate) fn signers_of(verified: &Verified) -> Vec<Signer> {
    let by_name = verified.identity.iter().flat_map(|identity| {
        let issuer = identity.issuer.clone().unwrap_or_default();
        identity.names.iter().map(move |name| Signer::Identity {
            subject: name.clone(),
            issuer: issuer.clone(),
        })
    });
    let mut signers: Vec<Signer> = by_name.collect();
    if verified.identity.is_none() {
        signers.push(Signer::Key {
            fingerprint: verified.key.hint(),
        });
    }
    signers
}

/// A bare envelope names no key by which it could be told: every trusted one is tried.
fn by_any_key(envelope: &Envelope, trust: &Trust, now: Moment) -> (Vec<Signer>, Option<String>) {
    let mut last = None;
    for key in &trust.policy.keys {
        let material = Material::public_key(key.hint());
        match told(verify_envelope(envelope, &material, &trust.policy, now)) {
            (signers, None) => return (signers, None),
            (_, refused) => last = refused,
        }
    }
    (
        Vec::new(),
        last.or_else(|| Some("no key is trusted to have signed it".to_owned())),
    )
}

fn digest_of(envelope: &Envelope) -> Digests {
    Digests::sha256(&hex(&Sha256::digest(envelope.write())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
