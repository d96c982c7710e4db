//! Why a level is not higher.

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::level::Track;
use crate::predicate::Malformed;

/// Why a level is not higher. Each says what was looked at, so that somebody can do something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing says how it was built.
    NoProvenance,
    /// A statement bears no good signature of anybody.
    Unsigned {
        /// Where it lies.
        attestation: String,
    },
    /// A statement is not what its type says.
    Malformed {
        /// Where it lies.
        attestation: String,
        /// What is wrong.
        error: Malformed,
    },
    /// Nobody trusts this builder with this signer.
    UntrustedBuilder {
        /// The builder.
        builder: String,
    },
    /// The builder is believed up to a level only.
    BuilderBelievedTo {
        /// The builder.
        builder: String,
        /// The level.
        level: u8,
    },
    /// It was built in another way.
    WrongBuildType {
        /// What was found.
        found: String,
    },
    /// It was built from another repository.
    WrongSource {
        /// What was found.
        found: String,
    },
    /// The provenance names no source.
    NoSource,
    /// It was built from another reference.
    WrongRef {
        /// What was found.
        found: String,
    },
    /// A parameter that should be there is not.
    MissingParameter {
        /// Its name.
        path: String,
    },
    /// A parameter that nobody expects.
    UnexpectedParameter {
        /// Its name.
        path: String,
    },
    /// A parameter has another value.
    WrongParameter {
        /// Its name.
        path: String,
        /// What was found.
        found: String,
    },
    /// Nothing is expected of it, so that any source and any parameters would do.
    NothingExpected,
    /// Nobody trusts this verifier with this signer.
    UntrustedVerifier {
        /// The verifier.
        verifier: String,
    },
    /// The verifier is believed up to a level only.
    VerifierBelievedTo {
        /// The verifier.
        verifier: String,
        /// The track.
        track: Track,
        /// The level.
        level: u8,
    },
    /// A verification failed.
    VerificationFailed {
        /// The verifier.
        verifier: String,
    },
    /// A summary speaks of something else.
    WrongResource {
        /// What was found.
        found: String,
    },
    /// A summary names no level of the track.
    NoLevel {
        /// The verifier.
        verifier: String,
        /// The track.
        track: Track,
    },
    /// Nothing says how the source is kept.
    NoSourceSummary {
        /// The revision.
        revision: String,
    },
    /// The provenance names no revision of its source by a digest.
    NoRevision,
    /// It bears no digest, so that nothing can be said of it.
    NoDigest,
    /// A level is below the least that is asked for.
    BelowMinimum {
        /// The track.
        track: Track,
        /// The least.
        wanted: u8,
        /// What was reached.
        reached: u8,
    },
    /// A dependency is below the least that is asked for.
    DependencyBelowMinimum {
        /// The dependency.
        resource: String,
        /// The least.
        wanted: u8,
        /// What it reaches.
        reached: u8,
    },
    /// There are more dependencies than were looked at.
    DependenciesNotAllLookedAt,
}

impl Reason {
    /// A word for programs.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoProvenance => "no-provenance",
            Self::Unsigned { .. } => "unsigned",
            Self::Malformed { .. } => "malformed",
            Self::UntrustedBuilder { .. } => "untrusted-builder",
            Self::BuilderBelievedTo { .. } => "builder-believed-to",
            Self::WrongBuildType { .. } => "wrong-build-type",
            Self::WrongSource { .. } => "wrong-source",
            Self::NoSource => "no-source",
            Self::WrongRef { .. } => "wrong-ref",
            Self::MissingParameter { .. } => "missing-parameter",
            Self::UnexpectedParameter { .. } => "unexpected-parameter",
            Self::WrongParameter { .. } => "wrong-parameter",
            Self::NothingExpected => "nothing-expected",
            Self::UntrustedVerifier { .. } => "untrusted-verifier",
            Self::VerifierBelievedTo { .. } => "verifier-believed-to",
            Self::VerificationFailed { .. } => "verification-failed",
            Self::WrongResource { .. } => "wrong-resource",
            Self::NoLevel { .. } => "no-level",
            Self::NoSourceSummary { .. } => "no-source-summary",
            Self::NoRevision => "no-revision",
            Self::NoDigest => "no-digest",
            Self::BelowMinimum { .. } => "below-minimum",
            Self::DependencyBelowMinimum { .. } => "dependency-below-minimum",
            Self::DependenciesNotAllLookedAt => "dependencies-not-all-looked-at",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let track = |track: &Track| match track {
            Track::Build => "build",
            Track::Source => "source",
        };
        match self {
            Self::NoProvenance => write!(f, "nothing says how it was built"),
            Self::Unsigned { attestation } => {
                write!(
                    f,
                    "`{attestation}` bears no signature that could be verified"
                )
            }
            Self::Malformed { attestation, error } => write!(f, "`{attestation}`: {error}"),
            Self::UntrustedBuilder { builder } => {
                write!(f, "no root trusts `{builder}` with this signer")
            }
            Self::BuilderBelievedTo { builder, level } => {
                write!(f, "`{builder}` is trusted up to build level {level}")
            }
            Self::WrongBuildType { found } => write!(f, "it was built as `{found}`"),
            Self::WrongSource { found } => write!(f, "it was built from `{found}`"),
            Self::NoSource => write!(f, "the provenance names no source repository"),
            Self::WrongRef { found } => write!(f, "it was built from the reference `{found}`"),
            Self::MissingParameter { path } => write!(f, "the parameter `{path}` is missing"),
            Self::UnexpectedParameter { path } => {
                write!(f, "nobody expects the parameter `{path}`")
            }
            Self::WrongParameter { path, found } => write!(f, "the parameter `{path}` is {found}"),
            Self::NothingExpected => {
                write!(
                    f,
                    "nothing is expected of it: any source and any parameters would do"
                )
            }
            Self::UntrustedVerifier { verifier } => {
                write!(
                    f,
                    "no root trusts the verifier `{verifier}` with this signer"
                )
            }
            Self::VerifierBelievedTo {
                verifier,
                track: of,
                level,
            } => write!(
                f,
                "`{verifier}` is trusted up to {} level {level}",
                track(of)
            ),
            Self::VerificationFailed { verifier } => {
                write!(f, "`{verifier}` verified it, and it failed")
            }
            Self::WrongResource { found } => write!(f, "the summary speaks of `{found}`"),
            Self::NoLevel {
                verifier,
                track: of,
            } => write!(f, "`{verifier}` names no {} level", track(of)),
            Self::NoSourceSummary { revision } => {
                write!(f, "nobody sums up how the source is kept at `{revision}`")
            }
            Self::NoRevision => write!(f, "the provenance names no revision of its source"),
            Self::NoDigest => write!(f, "it bears no digest"),
            Self::BelowMinimum {
                track: of,
                wanted,
                reached,
            } => write!(f, "{} level {reached} is below {wanted}", track(of)),
            Self::DependencyBelowMinimum {
                resource,
                wanted,
                reached,
            } => write!(
                f,
                "the dependency `{resource}` has build level {reached}, below {wanted}"
            ),
            Self::DependenciesNotAllLookedAt => {
                write!(f, "there are more dependencies than were looked at")
            }
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("kind", self.as_str())?;
        map.serialize_entry("text", &self.to_string())?;
        map.end()
    }
}
