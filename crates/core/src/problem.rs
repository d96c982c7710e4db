//! Broken input is data, not an error.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::location::{Location, Place};

/// Why a part of an artifact could not be fully judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The bytes contradict the format's specification.
    Malformed,
    /// The bytes end before the format says they do.
    Truncated,
    /// A limit of ours was reached; what lies beyond was not read.
    LimitReached,
    /// The system refused to give us the bytes.
    Unreadable,
    /// The part is encrypted; it cannot be judged.
    Encrypted,
    /// A variant of the format that we do not read.
    Unsupported,
    /// What it would have to be compared with is missing or out of date.
    Unchecked,
    /// One of our own parsers or rules failed; the rest of the run went on.
    InternalFailure,
}

impl ProblemKind {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::LimitReached => "limit reached",
            Self::Unreadable => "unreadable",
            Self::Encrypted => "encrypted",
            Self::Unsupported => "unsupported",
            Self::Unchecked => "not checked",
            Self::InternalFailure => "internal failure",
        }
    }

    /// Whether something remained unseen, so that the artifact cannot be called clean.
    #[must_use]
    pub const fn leaves_incomplete(self) -> bool {
        match self {
            Self::LimitReached
            | Self::Unreadable
            | Self::Encrypted
            | Self::Unsupported
            | Self::Unchecked
            | Self::InternalFailure => true,
            Self::Malformed | Self::Truncated => false,
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something in an artifact that a parser stumbled over; parsing went on behind it where it could.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// Why.
    pub kind: ProblemKind,
    /// Where in the artifact.
    pub place: Place,
    /// One lower-case line without a final dot; may quote hostile text in backticks.
    pub detail: String,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(kind: ProblemKind, place: Place, detail: impl Into<String>) -> Self {
        Self {
            kind,
            place,
            detail: detail.into(),
        }
    }
}

/// A problem with the artifact it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocatedProblem {
    /// The artifact.
    pub location: Location,
    /// The problem.
    pub problem: Problem,
}
