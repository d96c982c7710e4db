//! Their reasons as ours.

use chainwright_attestations::Bundle;
use chainwright_signing::certificates::validity_of;
use chainwright_signing::{Refused, Time};
use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::{CertificateError, Error, TimestampError, TransparencyLogError};

pub(crate) fn refused(error: &Error) -> Refused {
    let reason = error.to_string();
    match error {
        Error::SignatureInvalid(_) => Refused::BadSignature,
        Error::ArtifactMismatch(_) => Refused::WrongArtifact { reason },
        Error::Certificate(error) => certificate(error),
        Error::TransparencyLog(error) => log(error),
        Error::Timestamp(TimestampError::NoVerifiedTimestamp(_)) => Refused::NoTimestamp,
        Error::Timestamp(_) => Refused::BadTimestamp { reason },
        Error::Bundle(error) => shape(error),
        Error::InvalidBundle(_) | Error::Types(_) => Refused::Malformed {
            what: "the bundle",
            reason,
        },
        Error::InvalidTrustRoot(_) | Error::TrustRoot(_) | Error::TrustedCertificate(_) => {
            Refused::BadTrust { reason }
        }
        Error::IdentityMismatch { expected, actual } => Refused::WrongIdentity {
            expected: expected.to_string(),
            found: actual.as_ref().map(ToString::to_string).unwrap_or_default(),
        },
        Error::IssuerMismatch { expected, actual } => Refused::WrongIssuer {
            expected: expected.clone(),
            found: actual.clone().unwrap_or_default(),
        },
        Error::UnsupportedBundle(_) | Error::UnsupportedArtifact(_) => {
            Refused::Unsupported { what: reason }
        }
        _ => Refused::Malformed {
            what: "the signature",
            reason,
        },
    }
}

/// A chain that fails because of the time when the log took the entry says so. The log's time is only claimed here: it
/// explains a refusal and nothing else.
pub(crate) fn with_time(refused: Refused, bundle: &Bundle) -> Refused {
    let Some(leaf) = bundle.material.certificates().first() else {
        return refused;
    };
    let (Refused::BadChain { .. }, Ok((begins, ended))) = (&refused, validity_of(leaf)) else {
        return refused;
    };
    let times = bundle.log_entries.iter().map(|entry| entry.integrated_time);
    let mut times = times
        .filter(|time| *time != 0)
        .filter_map(|time| i64::try_from(time).ok());
    match times
        .find(|time| !(begins.0..=ended.0).contains(time))
        .map(Time)
    {
        Some(at) if at < begins => Refused::NotYetValid { at, begins },
        Some(at) => Refused::Expired { at, ended },
        None => refused,
    }
}

fn shape(error: &Shape) -> Refused {
    let reason = error.to_string();
    match error {
        Shape::MissingInclusionPromise(_)
        | Shape::MissingInclusionProof(_)
        | Shape::MissingCheckpoint
        | Shape::LogIndexOutOfRange { .. }
        | Shape::CheckpointRootMismatch => Refused::BadLogProof { reason },
        Shape::MissingSigningTimeEvidence | Shape::MissingTimestamp => Refused::NoTimestamp,
        _ => Refused::Malformed {
            what: "the bundle",
            reason,
        },
    }
}

fn certificate(error: &CertificateError) -> Refused {
    let reason = error.to_string();
    match error {
        CertificateError::Malformed(_) => Refused::Malformed {
            what: "the certificate",
            reason,
        },
        CertificateError::NotYetValid { time, not_before } => Refused::NotYetValid {
            at: Time(time.as_second()),
            begins: Time(not_before.as_second()),
        },
        CertificateError::Expired { time, not_after } => Refused::Expired {
            at: Time(time.as_second()),
            ended: Time(not_after.as_second()),
        },
        _ => Refused::BadChain { reason },
    }
}

fn log(error: &TransparencyLogError) -> Refused {
    Refused::BadLogProof {
        reason: error.to_string(),
    }
}
