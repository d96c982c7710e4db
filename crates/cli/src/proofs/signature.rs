//! A signature file, from bytes to who signed what.

use std::io::Read as _;
use std::path::Path;

use chainwright_attestations::{Bundle, Content, Envelope, Limits, Material, ReadError, dsse};
use chainwright_oms::{Shape, Signed, StatementError, read_statement};
use chainwright_signing::{
    KeyKind, Moment, Policy, Refused, Verified, verify_envelope, verify_envelope_of_oms_0_2,
};

/// Bytes of the largest signature that is read.
const LARGEST: usize = 512 << 20;

/// A signature that cannot be relied on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SignatureError {
    #[error("there is no signature at `{0}`")]
    Missing(String),
    #[error("the signature `{path}` cannot be read: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("the signature is no bundle: {0}")]
    Bundle(#[from] ReadError),
    #[error("`{0}` in the bundle is not allowed by the specification")]
    ExtraField(String),
    #[error("the bundle signs a file, not a model")]
    NotAnEnvelope,
    #[error("the payload type is `{0}`, not in-toto JSON")]
    PayloadType(String),
    #[error("the envelope has {0} signatures instead of one")]
    SignatureCount(usize),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Statement(#[from] StatementError),
}

impl SignatureError {
    /// A short name for programs.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "no-signature",
            Self::Unreadable { .. } => "signature-unreadable",
            Self::Bundle(_) => "malformed-bundle",
            Self::ExtraField(_) => "extra-field",
            Self::NotAnEnvelope => "not-a-model-signature",
            Self::PayloadType(_) => "payload-type",
            Self::SignatureCount(_) => "signature-count",
            Self::Refused(refused) => refused_code(refused),
            Self::Statement(error) => error.code(),
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) => "name it with --signature, or ask the publisher for one",
            Self::Unreadable { .. } => "check who may read it",
            Self::Bundle(_) => "fetch the signature again; it is not whole",
            Self::ExtraField(_) | Self::SignatureCount(_) | Self::PayloadType(_) => {
                "do not rely on it; ask the signer for a signature by the specification"
            }
            Self::NotAnEnvelope => "give the signature of a model",
            Self::Refused(refused) => refused.hint(),
            Self::Statement(_) => {
                "do not rely on it, whoever signed it; ask the signer for a signature by the specification"
            }
        }
    }

    /// Whether nobody can say, rather than that the signature is bad.
    pub(crate) const fn is_unjudged(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unreadable { .. })
            || matches!(self, Self::Refused(Refused::NothingTrusted { .. }))
    }
}

pub(crate) const fn refused_code(refused: &Refused) -> &'static str {
    match refused {
        Refused::NothingTrusted { .. } => "nothing-trusted",
        Refused::WrongKey { .. } => "wrong-key",
        Refused::BadSignature => "bad-signature",
        Refused::WrongArtifact { .. } => "wrong-artifact",
        Refused::UnknownIssuer { .. } => "unknown-issuer",
        Refused::Expired { .. } => "expired",
        Refused::NotYetValid { .. } => "not-yet-valid",
        Refused::WrongUsage { .. } => "wrong-usage",
        Refused::BadChain { .. } => "bad-chain",
        Refused::WrongIdentity { .. } => "wrong-identity",
        Refused::WrongIssuer { .. } => "wrong-issuer",
        Refused::NoTimestamp => "no-timestamp",
        Refused::BadTimestamp { .. } => "bad-timestamp",
        Refused::BadLogProof { .. } => "bad-log-proof",
        Refused::BadTrust { .. } => "bad-trust",
        Refused::Malformed { .. } => "malformed-signature",
        Refused::Unsupported { .. } => "unsupported",
        _ => "refused",
    }
}

/// Who signed what.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) verified: Verified,
    pub(crate) signed: Signed,
    /// Things about the signature that are worth knowing but refuse nothing.
    pub(crate) notes: Vec<String>,
}

/// What a signature is held against.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    /// Keys, roots, identities and issuers.
    pub(crate) policy: Policy,
    /// A trusted root of Sigstore as JSON; without one, the public-good instance as this program knows it.
    #[cfg_attr(
        not(feature = "keyless"),
        expect(dead_code, reason = "nothing reads it")
    )]
    pub(crate) sigstore: Option<Vec<u8>>,
}

/// Who signed under an identity of Sigstore. Nothing is asked over the network.
#[cfg(feature = "keyless")]
pub(crate) fn identity(bundle: &[u8], trust: &Trust) -> Result<Verified, Refused> {
    use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
    let root = match &trust.sigstore {
        Some(json) => TrustedRoot::from_json(json)?,
        None => TrustedRoot::public_good()?,
    };
    // The subject is the root digest of the manifest; what is on the disk is held against the manifest itself.
    Verifier::new(&root)?.verify(bundle, Artifact::OwnSubject, &trust.policy)
}

#[cfg(not(feature = "keyless"))]
pub(crate) fn identity(_bundle: &[u8], _trust: &Trust) -> Result<Verified, Refused> {
    Err(Refused::Unsupported {
        what: "an identity of Sigstore, in this build,".to_owned(),
    })
}

/// Reads a signature file and holds it against the policy, then reads what it says.
pub(crate) fn check(path: &Path, trust: &Trust, moment: Moment) -> Result<Checked, SignatureError> {
    let bytes = read(path)?;
    let bundle = Bundle::read(&bytes, &Limits::default())?;
    let Content::Envelope(envelope) = &bundle.content else {
        return Err(SignatureError::NotAnEnvelope);
    };
    check_shape(&bundle, envelope)?;
    // With roots, or with keys alone, a certificate of Sigstore is a certificate like any other.
    let is_keyless = matches!(bundle.material, Material::Certificate(_))
        && trust.policy.roots.is_empty()
        && !trust.policy.identities.is_empty();
    let verified = if is_keyless {
        identity(&bytes, trust)?
    } else {
        signer(envelope, &bundle.material, &trust.policy, moment)?
    };
    if verified.key.kind() == KeyKind::Ed25519 {
        let what = "a model signature by Ed25519".to_owned();
        return Err(Refused::Unsupported { what }.into());
    }
    let signed = read_statement(&envelope.payload)?;
    let notes = notes(&bundle, &verified, &signed);
    Ok(Checked {
        verified,
        signed,
        notes,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, SignatureError> {
    let shown = super::shown(path);
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => SignatureError::Missing(shown.clone()),
        _ => SignatureError::Unreadable {
            path: shown.clone(),
            reason: error.to_string(),
        },
    };
    let is_file = std::fs::metadata(path).map_err(unreadable)?.is_file();
    if !is_file {
        return Err(SignatureError::Unreadable {
            path: shown,
            reason: "not a regular file".to_owned(),
        });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// What the schema of the specification says of bundle and envelope.
fn check_shape(bundle: &Bundle, envelope: &Envelope) -> Result<(), SignatureError> {
    let known = ["verificationMaterial"];
    let extra = bundle
        .rest
        .keys()
        .find(|key| !known.contains(&key.as_str()));
    if let Some(key) = extra.or_else(|| envelope.rest.keys().next()) {
        return Err(SignatureError::ExtraField(key.clone()));
    }
    if envelope.signatures.len() != 1 {
        return Err(SignatureError::SignatureCount(envelope.signatures.len()));
    }
    if envelope.payload_type != dsse::IN_TOTO {
        return Err(SignatureError::PayloadType(envelope.payload_type.clone()));
    }
    Ok(())
}

/// Who signed. Release 0.2 signed other bytes; that is accepted for statements of its own shape alone.
fn signer(
    envelope: &Envelope,
    material: &Material,
    policy: &Policy,
    moment: Moment,
) -> Result<Verified, Refused> {
    let verified = verify_envelope(envelope, material, policy, moment);
    let is_oldest =
        || read_statement(&envelope.payload).is_ok_and(|signed| signed.shape == Shape::Digests);
    if matches!(verified, Err(Refused::BadSignature)) && is_oldest() {
        return verify_envelope_of_oms_0_2(envelope, material, policy, moment);
    }
    verified
}

fn notes(bundle: &Bundle, verified: &Verified, signed: &Signed) -> Vec<String> {
    let mut notes = Vec::new();
    if let Material::PublicKey { hint, .. } = &bundle.material {
        let is_other = !hint.is_empty() && *hint != verified.key.hint();
        if is_other {
            notes.push("the bundle names another key than the one that signed".to_owned());
        }
    }
    let is_logged = !bundle.log_entries.is_empty() || !bundle.timestamps.is_empty();
    if is_logged && verified.moment.source == chainwright_signing::TimeSource::Clock {
        notes.push("log entries and timestamps in the bundle were not checked".to_owned());
    }
    if signed.shape == Shape::Digests {
        notes.push("made by release 0.2 of model-signing; sign it again".to_owned());
    }
    notes
}
