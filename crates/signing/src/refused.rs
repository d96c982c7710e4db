//! Why a signature is not accepted. Every reason is a variant of its own, with what to do about it.

use crate::time::{Time, TimeSource};

/// The signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Nothing was given that a signature of this kind could be held against.
    #[error("the signature comes with {found}, but no {needed} was given to hold it against")]
    NothingTrusted {
        /// What the bundle has.
        found: &'static str,
        /// What the verifier lacks.
        needed: &'static str,
    },
    /// Made with another key than the ones that are accepted.
    #[error("signed with the key {found}, not with {}", expected.join(" or "))]
    WrongKey {
        /// Hints of the accepted keys.
        expected: Vec<String>,
        /// Hint of the key that the bundle names.
        found: String,
    },
    /// The signature doesn't belong to these bytes and this key.
    #[error("the signature does not match the signed bytes")]
    BadSignature,
    /// The signature is right, but for other bytes than the artifact.
    #[error("the signature is for something else: {reason}")]
    WrongArtifact {
        /// What differs.
        reason: String,
    },
    /// The certificates lead to no root that is trusted.
    #[error("the certificate was issued by `{issuer}`, which leads to no trusted root")]
    UnknownIssuer {
        /// Issuer of the leaf.
        issuer: String,
    },
    /// A certificate had ended.
    #[error("the certificate ended at {ended}, before {at}")]
    Expired {
        /// The time that it was held against.
        at: Time,
        /// Its end.
        ended: Time,
    },
    /// A certificate had not begun.
    #[error("the certificate begins at {begins}, after {at}")]
    NotYetValid {
        /// The time that it was held against.
        at: Time,
        /// Its beginning.
        begins: Time,
    },
    /// A certificate that may not sign.
    #[error("the certificate is not made for signing: {lacks} is missing")]
    WrongUsage {
        /// The usage that it lacks.
        lacks: &'static str,
    },
    /// The chain is broken in another way.
    #[error("the certificate chain is not valid: {reason}")]
    BadChain {
        /// What the path builder says.
        reason: String,
    },
    /// Somebody else signed.
    #[error("signed by `{found}`, not by {expected}")]
    WrongIdentity {
        /// Who may sign.
        expected: String,
        /// Who did.
        found: String,
    },
    /// The right name, vouched for by somebody else.
    #[error("the identity comes from `{found}`, not from {expected}")]
    WrongIssuer {
        /// Who may vouch.
        expected: String,
        /// Who did.
        found: String,
    },
    /// The policy asks for a time that somebody else vouches for, and there is none.
    #[error("there is no trusted timestamp")]
    NoTimestamp,
    /// The time is known less well than the policy asks for.
    #[error(
        "the time of the signature is known by {found} alone, but {needed} has to vouch for it"
    )]
    WeakTime {
        /// Who says the time.
        found: TimeSource,
        /// Who should.
        needed: TimeSource,
    },
    /// A timestamp of an authority that is not trusted.
    #[error(
        "the timestamp was made under `{authority}`, which leads to no trusted timestamp authority"
    )]
    UntrustedTimestamp {
        /// Who issued the certificate of the authority.
        authority: String,
    },
    /// A timestamp that doesn't hold.
    #[error("the timestamp is not valid: {reason}")]
    BadTimestamp {
        /// What is wrong with it.
        reason: String,
    },
    /// What shows that the signature is in a log doesn't show it.
    #[error("the proof of the transparency log is not valid: {reason}")]
    BadLogProof {
        /// What is wrong with it.
        reason: String,
    },
    /// The trusted root, key or policy of the verifier is not usable.
    #[error("what was given to verify against is not usable: {reason}")]
    BadTrust {
        /// What is wrong with it.
        reason: String,
    },
    /// Something in the bundle cannot be read.
    #[error("{what} is malformed: {reason}")]
    Malformed {
        /// The part.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that this program doesn't verify.
    #[error("{what} is not supported")]
    Unsupported {
        /// What it is.
        what: String,
    },
}

impl Refused {
    /// What the reader can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NothingTrusted { .. } => {
                "give the public key, the root certificates or the identity of the signer"
            }
            Self::WrongKey { .. } => {
                "ask the signer which key is theirs; if it was changed, take the new public key from them, never from the bundle"
            }
            Self::BadSignature => {
                "the content was changed after signing, or this is not the signer's key: fetch both again from the signer"
            }
            Self::WrongArtifact { .. } => {
                "give the artifact that the signature was made for, or fetch both again"
            }
            Self::UnknownIssuer { .. } => {
                "give the root certificate of the signer's organisation, if you trust it"
            }
            Self::Expired { .. } => {
                "ask for a new signature, or one with a timestamp from the time when the certificate was valid; to accept it anyway, allow expired certificates"
            }
            Self::NotYetValid { .. } => "check the clock of this machine and of the signer's",
            Self::WrongUsage { .. } => {
                "the signer needs a certificate with the usages digital signature and code signing"
            }
            Self::BadChain { .. } => "ask the signer for the complete chain, leaf first",
            Self::WrongIdentity { .. } => {
                "if this signer is to be accepted, name the identity in the policy"
            }
            Self::WrongIssuer { .. } => "if this issuer is to be accepted, name it in the policy",
            Self::NoTimestamp => {
                "ask for a signature with a timestamp or a log entry, or don't require one"
            }
            Self::WeakTime { .. } => {
                "ask for a signature with a timestamp or a log entry, give the roots of its timestamp authority, or ask for less"
            }
            Self::UntrustedTimestamp { .. } => {
                "give the roots of the timestamp authority, or the trusted root that has it, if you trust it"
            }
            Self::BadTimestamp { .. } | Self::BadLogProof { .. } => {
                "fetch the bundle again; if it stays so, it was tampered with or belongs to another Sigstore instance: give its trusted root"
            }
            Self::BadTrust { .. } => "check the file that was given as key, root or trusted root",
            Self::Malformed { .. } => "fetch the bundle again from the signer",
            Self::Unsupported { .. } => {
                "ask the signer for a signature with ECDSA on P-256, P-384 or P-521"
            }
        }
    }
}
