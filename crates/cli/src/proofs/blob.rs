//! Signatures over the bytes of one file, as `cosign sign-blob` and `sigstore sign` make them.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use chainwright_attestations::{Bundle, Content, Limits, Material};
use chainwright_proofs::signature::SignatureError;
use chainwright_proofs::{Blob, Trust};
use chainwright_signing::{KeyKind, Moment, Prehashed, PublicKey};

use crate::proofs::outcome::{Failure, Matching, Outcome, Signer, Verdict};
use crate::proofs::signature::read;
use crate::proofs::signers::Who;

/// A file larger than this is not signed as a blob, in bytes: signers take messages, which are held. A model signature has
/// no such limit.
const LARGEST: u64 = 1 << 30;

/// What a signature over the bytes of a file is usually called.
pub(crate) const SUFFIX: &str = ".sigstore.json";

/// A file as keys of each kind sign it, read for a kind when the first such key is asked.
struct Read<'a> {
    path: &'a Path,
    kinds: RefCell<Vec<(KeyKind, Option<Prehashed>)>>,
}

impl Read<'_> {
    fn prehash(&self, kind: KeyKind) -> io::Result<Prehashed> {
        kind.prehash(&mut File::open(self.path)?)
    }

    fn verifies(&self, key: &PublicKey, signature: &[u8]) -> bool {
        let mut kinds = self.kinds.borrow_mut();
        let kind = key.kind();
        if !kinds.iter().any(|(known, _)| *known == kind) {
            kinds.push((kind, self.prehash(kind).ok()));
        }
        let known = kinds.iter().find(|(known, _)| *known == kind);
        let file = known.and_then(|(_, file)| file.as_ref());
        file.is_some_and(|file| key.verify_prehashed(file, signature))
    }
}

/// Holds the signature of a file against the policy.
pub(crate) fn verify(
    mut outcome: Outcome,
    file: &Path,
    signature: &Path,
    trust: &Trust,
    clock: Moment,
) -> Outcome {
    let read = Read {
        path: file,
        kinds: RefCell::default(),
    };
    let measured = read.prehash(KeyKind::EcdsaP256).and_then(|hashed| {
        let size = file.metadata()?.len();
        let digest = hashed.digest().unwrap_or_default().try_into();
        Ok((digest.unwrap_or([0; 32]), size))
    });
    let (sha256, size) = match measured {
        Ok(measured) => measured,
        Err(error) => {
            outcome.error = Some(Failure {
                code: "model-unreadable",
                message: error.to_string(),
                hint: "check the path, and who may read it".to_owned(),
            });
            return outcome;
        }
    };
    let verifies = |key: &PublicKey, signature: &[u8]| read.verifies(key, signature);
    let blob = Blob {
        sha256,
        verifies: &verifies,
    };
    let bytes = read_bundle(signature);
    let verified = bytes.and_then(|(bytes, bundle)| match &bundle.content {
        Content::Message(message) => Ok(trust.blob_signer(&bytes, &bundle, message, &blob, clock)?),
        Content::Envelope(_) => Err(SignatureError::NotAnEnvelope),
    });
    match verified {
        Ok(verified) => {
            outcome.verdict = Verdict::Verified;
            outcome.signer = Some(Signer::from(&verified));
            outcome.matching = Matching {
                files: 1,
                bytes: size,
                unsigned_ignored: 0,
            };
            let note = "signed as the bytes of a file, not as a model";
            outcome.notes.push(note.to_owned());
        }
        Err(error) => outcome.refuse(&error),
    }
    outcome
}

fn read_bundle(path: &Path) -> Result<(Vec<u8>, Bundle), SignatureError> {
    let bytes = read(path)?;
    let bundle = Bundle::read(&bytes, &Limits::default())?;
    Ok((bytes, bundle))
}

/// Signs the bytes of a file.
pub(crate) fn sign(file: &Path, signer: &Who) -> anyhow::Result<(Bundle, Vec<u8>, u64)> {
    let size = std::fs::metadata(file)?;
    if !size.is_file() {
        bail!("--blob signs single files; without it, folders are signed as models");
    }
    if size.len() > LARGEST {
        bail!(
            "it has more than {LARGEST} bytes; without --blob, files of any size are signed as models"
        );
    }
    let bytes = std::fs::read(file)?;
    let mut bundle = signer.sign_artifact(&bytes)?;
    // Bundles of version 0.3 have one certificate; other verifiers know a chain in model signatures alone.
    if let [leaf] = bundle.material.certificates() {
        bundle.material = Material::Certificate(leaf.clone());
    }
    let digest = match &bundle.content {
        Content::Message(message) => message.digest.as_ref().map(|(_, digest)| digest.clone()),
        Content::Envelope(_) => None,
    };
    let digest = digest.context("the signature has no digest")?;
    Ok((bundle, digest, bytes.len() as u64))
}
