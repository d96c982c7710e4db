//! Attestations from bytes to statements, with those whose signatures over them hold.

use chainwright_attestations::{Document, Envelope, Limits, Material, ReadError, Statement};
use chainwright_provenance::predicate::Malformed;
use chainwright_provenance::{Attestation, Descriptor, Digests, Signer};
use chainwright_signing::{Moment, Refused, Verified, verify_envelope};
use sha2::{Digest as _, Sha256};

use crate::trust::Trust;

/// A document that is no attestation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// It signs a message.
    #[error("it signs a message, not a statement")]
    NoStatement,
    /// The payload is no statement.
    #[error(transparent)]
    Statement(#[from] ReadError),
    /// A subject cannot be read.
    #[error(transparent)]
    Subject(#[from] Malformed),
}

/// A statement, and who is known to have signed it.
#[derive(Debug)]
pub struct Taken {
    /// The statement.
    pub attestation: Attestation,
    /// Whose signature holds; none if nobody was asked for.
    pub verified: Option<Verified>,
    /// Why no signature holds.
    pub refused: Option<Refused>,
}

/// Reads a statement and holds its signatures against the trust; with none, nobody is asked.
///
/// `bytes` are those of the document, which Sigstore wants as it is.
///
/// # Errors
/// When it carries no statement.
pub fn take(
    document: &Document,
    bytes: &[u8],
    name: &str,
    trust: Option<&Trust>,
    now: Moment,
) -> Result<Taken, AttestationError> {
    let envelope = document.envelope().ok_or(AttestationError::NoStatement)?;
    let statement = Statement::of_envelope(envelope, &Limits::default())?;
    let subjects: Vec<Descriptor> = statement
        .subjects
        .iter()
        .map(|subject| Descriptor::read(&subject.to_value(), "subject"))
        .collect::<Result<_, _>>()?;
    let answer = trust.map(|trust| signer(document, bytes, trust, now));
    let (verified, refused) = match answer {
        None => (None, None),
        Some(Ok(verified)) => (Some(verified), None),
        Some(Err(refused)) => (None, Some(refused)),
    };
    let attestation = Attestation {
        name: name.to_owned(),
        digests: Digests::sha256(&hex(&Sha256::digest(envelope.write()))),
        subjects,
        predicate_type: statement.predicate_type,
        predicate: statement.predicate,
        signers: verified.as_ref().map(signers).unwrap_or_default(),
    };
    Ok(Taken {
        attestation,
        verified,
        refused,
    })
}

/// Who signed the statement of a document. `bytes` are those of the document, which Sigstore wants as it is.
///
/// # Errors
/// When nobody who is trusted did.
pub fn signer(
    document: &Document,
    bytes: &[u8],
    trust: &Trust,
    now: Moment,
) -> Result<Verified, Refused> {
    match (document, document.envelope()) {
        (Document::Bundle(bundle), Some(envelope)) => trust.signer(bytes, bundle, envelope, now),
        (Document::Envelope(envelope), _) => by_any_key(envelope, trust, now),
        (Document::Bundle(_), None) => Err(Refused::Unsupported {
            what: "a signature over a message".to_owned(),
        }),
    }
}

/// Who signed, in the words of provenance.
#[must_use]
pub fn signers(verified: &Verified) -> Vec<Signer> {
    let Some(identity) = &verified.identity else {
        return vec![Signer::Key {
            fingerprint: verified.key.hint(),
        }];
    };
    let issuer = identity.issuer.clone().unwrap_or_default();
    let names = identity.names.iter();
    names
        .map(|name| Signer::Identity {
            subject: name.clone(),
            issuer: issuer.clone(),
        })
        .collect()
}

/// A bare envelope names no key by which it could be told: every trusted one is tried.
fn by_any_key(envelope: &Envelope, trust: &Trust, now: Moment) -> Result<Verified, Refused> {
    let mut last = Refused::NothingTrusted {
        found: "no key",
        needed: "public key",
    };
    for key in &trust.policy.keys {
        let material = Material::public_key(key.hint());
        match verify_envelope(envelope, &material, &trust.policy, now) {
            Ok(verified) => return Ok(verified),
            // The hint is ours, so that a signature by somebody else looks broken.
            Err(Refused::BadSignature) => {
                last = Refused::WrongKey {
                    expected: trust.policy.keys.iter().map(|key| key.hint()).collect(),
                    found: "of an envelope without any".to_owned(),
                };
            }
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The documents of a file with the bytes of each: one, or one on each line.
#[must_use]
pub fn documents<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Vec<(Result<Document, ReadError>, &'a [u8])> {
    let mut read = Document::read_all(bytes, limits);
    if read.len() <= 1 {
        return read.pop().map(|only| (only, bytes)).into_iter().collect();
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    read.into_iter().zip(lines).collect()
}
