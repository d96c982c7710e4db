//! What came of it: the verdict on an artifact and the decision on a run.

use std::fmt;

use crate::severity::{Confidence, Severity};

/// What we think of one artifact, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything was read; nothing was found.
    Clean,
    /// Worth knowing.
    Info,
    /// A person should look.
    Review,
    /// Something was not read, so it cannot be called clean.
    Incomplete,
    /// Should not be used as it is.
    Suspicious,
    /// An attack, or as good as one.
    Malicious,
}

impl Verdict {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Info => "info",
            Self::Review => "review",
            Self::Incomplete => "incomplete",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }

    /// The verdict that one finding alone would give.
    #[must_use]
    pub const fn of_finding(severity: Severity, confidence: Confidence) -> Self {
        match (severity, confidence) {
            (Severity::Info, _) => Self::Info,
            (Severity::Low, _) => Self::Review,
            (Severity::High | Severity::Critical, Confidence::High) => Self::Malicious,
            (Severity::Medium | Severity::High | Severity::Critical, _) => Self::Suspicious,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the policy says about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Go on.
    Allow,
    /// Go on, but something was found below the gate.
    Warn,
    /// Stop.
    Deny,
}

impl Outcome {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// The outcome with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Allow, warn or deny.
    pub outcome: Outcome,
    /// Why, one line each; empty only for a plain allow.
    pub reasons: Vec<String>,
    /// Something could not be read and that was not accepted.
    pub incomplete: bool,
}
