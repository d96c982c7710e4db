//! A model signature, from bytes to who signed what.

use chainwright_attestations::{Bundle, Content, Envelope, Limits, Material, ReadError, dsse};
use chainwright_oms::{Shape, Signed, StatementError, read_statement};
use chainwright_signing::{
    KeyKind, Moment, Refused, TimeSource, Verified, verify_envelope_of_oms_0_2,
};

use crate::trust::Trust;

/// A signature that cannot be relied on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It is not there.
    #[error("there is no signature at `{0}`")]
    Missing(String),
    /// The system refuses to read it.
    #[error("the signature `{path}` cannot be read: {reason}")]
    Unreadable {
        /// Where.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// It is no bundle.
    #[error("the signature is no bundle: {0}")]
    Bundle(#[from] ReadError),
    /// The specification forbids a field.
    #[error("`{0}` in the bundle is not allowed by the specification")]
    ExtraField(String),
    /// It signs a message.
    #[error("the bundle signs a file, not a model")]
    NotAnEnvelope,
    /// The payload is of another type.
    #[error("the payload type is `{0}`, not in-toto JSON")]
    PayloadType(String),
    /// It has no signature, or several.
    #[error("the envelope has {0} signatures instead of one")]
    SignatureCount(usize),
    /// The signature is not accepted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What is signed is no sound statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

impl SignatureError {
    /// A short name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
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
    #[must_use]
    pub fn hint(&self) -> &'static str {
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
    #[must_use]
    pub const fn is_unjudged(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unreadable { .. })
            || matches!(self, Self::Refused(Refused::NothingTrusted { .. }))
    }
}

/// A short name for programs.
#[must_use]
pub const fn refused_code(refused: &Refused) -> &'static str {
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
        Refused::WeakTime { .. } => "weak-time",
        Refused::UntrustedTimestamp { .. } => "untrusted-timestamp",
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
pub struct Checked {
    /// Who signed.
    pub verified: Verified,
    /// What is signed.
    pub signed: Signed,
    /// Things about the signature that are worth knowing but refuse nothing.
    pub notes: Vec<String>,
}

/// Holds a signature against the policy, then reads what it says.
///
/// # Errors
/// When it is not accepted, or signs no sound statement about a model.
pub fn check(bytes: &[u8], trust: &Trust, moment: Moment) -> Result<Checked, SignatureError> {
    let bundle = Bundle::read(bytes, &Limits::default())?;
    check_bundle(bytes, &bundle, trust, moment)
}

/// The same for a bundle that was read from these bytes.
pub(crate) fn check_bundle(
    bytes: &[u8],
    bundle: &Bundle,
    trust: &Trust,
    moment: Moment,
) -> Result<Checked, SignatureError> {
    let Content::Envelope(envelope) = &bundle.content else {
        return Err(SignatureError::NotAnEnvelope);
    };
    check_shape(bundle, envelope)?;
    let verified = signer(bytes, bundle, envelope, trust, moment)?;
    if verified.key.kind() == KeyKind::Ed25519 {
        let what = "a model signature by Ed25519".to_owned();
        return Err(Refused::Unsupported { what }.into());
    }
    let signed = read_statement(&envelope.payload)?;
    let notes = notes(bundle, &verified, &signed);
    Ok(Checked {
        verified,
        signed,
        notes,
    })
}

/// What the schema of the specification says of bundle and envelope.
pub(crate) fn check_shape(bundle: &Bundle, envelope: &Envelope) -> Result<(), SignatureError> {
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
    bytes: &[u8],
    bundle: &Bundle,
    envelope: &Envelope,
    trust: &Trust,
    clock: Moment,
) -> Result<Verified, Refused> {
    let verified = trust.signer(bytes, bundle, envelope, clock);
    let is_oldest =
        || read_statement(&envelope.payload).is_ok_and(|signed| signed.shape == Shape::Digests);
    if matches!(verified, Err(Refused::BadSignature)) && is_oldest() {
        return verify_envelope_of_oms_0_2(envelope, &bundle.material, &trust.policy, clock);
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
    if is_logged && verified.moment.source == TimeSource::Clock {
        notes.push("log entries and timestamps in the bundle were not checked".to_owned());
    }
    if signed.shape == Shape::Digests {
        notes.push("made by release 0.2 of model-signing; sign it again".to_owned());
    }
    notes
}
