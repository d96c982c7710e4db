//! How far a signature is believed, out of what the check of it said.

use chainwright_core::proof::{Refusal, Signer, SignerKind, Since, Standing};
use chainwright_core::text::visible;
use chainwright_signing::{Refused, TimeSource, Verified};

use crate::signature::{SignatureError, refused_code};

/// What a check comes to.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) standing: Standing,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) signers: Vec<Signer>,
    pub(crate) since: Option<Since>,
}

impl Judged {
    /// Nobody asked.
    pub(crate) const fn unchecked() -> Self {
        Self {
            standing: Standing::Unchecked,
            refusal: None,
            signers: Vec::new(),
            since: None,
        }
    }

    /// It cannot be relied on, whoever signed.
    pub(crate) fn invalid(code: &str, reason: &str, hint: &str) -> Self {
        Self {
            standing: Standing::Invalid,
            refusal: Some(Refusal {
                code: code.to_owned(),
                reason: visible(reason, 500),
                hint: hint.to_owned(),
            }),
            signers: Vec::new(),
            since: None,
        }
    }

    pub(crate) fn verified(verified: &Verified, is_sigstore: bool) -> Self {
        let signers = match &verified.identity {
            None => vec![Signer {
                kind: SignerKind::Key,
                name: verified.key.hint(),
                issuer: None,
            }],
            Some(identity) => {
                let kind = if is_sigstore {
                    SignerKind::Sigstore
                } else {
                    SignerKind::Certificate
                };
                let signer = |name: &String| Signer {
                    kind,
                    name: visible(name, 300),
                    issuer: identity.issuer.as_deref().map(|name| visible(name, 300)),
                };
                identity.names.iter().map(signer).collect()
            }
        };
        // The time of the check is nothing that anybody said, and would make every report another one.
        let source = match verified.moment.source {
            TimeSource::Clock => None,
            TimeSource::Log => Some("log"),
            TimeSource::Timestamp => Some("timestamp"),
        };
        Self {
            standing: Standing::Trusted,
            refusal: None,
            signers,
            since: source.map(|source| Since {
                time: verified.moment.at.to_string(),
                source: source.to_owned(),
            }),
        }
    }

    pub(crate) fn refused(refused: &Refused) -> Self {
        Self {
            standing: standing(refused),
            refusal: Some(Refusal {
                code: refused_code(refused).to_owned(),
                reason: visible(&refused.to_string(), 500),
                hint: refused.hint().to_owned(),
            }),
            signers: Vec::new(),
            since: None,
        }
    }

    pub(crate) fn error(error: &SignatureError) -> Self {
        match error {
            SignatureError::Refused(refused) => Self::refused(refused),
            _ => Self::invalid(error.code(), &error.to_string(), error.hint()),
        }
    }
}

const fn standing(refused: &Refused) -> Standing {
    match refused {
        Refused::NothingTrusted { .. }
        | Refused::WrongKey { .. }
        | Refused::UnknownIssuer { .. }
        | Refused::WrongIdentity { .. }
        | Refused::WrongIssuer { .. } => Standing::Unknown,
        Refused::Expired { .. } | Refused::NotYetValid { .. } => Standing::Expired,
        Refused::Unsupported { .. } | Refused::BadTrust { .. } => Standing::Unjudged,
        _ => Standing::Invalid,
    }
}
