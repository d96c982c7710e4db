//! How bad a finding is if true, and how sure we are of it: two separate axes.

use std::fmt;
use std::str::FromStr;

/// How bad it is if the finding is true.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// A weakness that needs another mistake to matter.
    Low,
    /// Should be fixed or explained before release.
    Medium,
    /// Gives an attacker a real foothold.
    High,
    /// Loading, running or trusting the subject is an attack.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How sure we are that the finding is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A hint; a person has to look.
    Low,
    /// Likely; some honest artifacts look the same.
    Medium,
    /// The evidence alone proves it.
    High,
}

impl Confidence {
    /// Every confidence, weakest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no severity or confidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown level `{given}`, expected {expected}")]
pub struct UnknownLevelError {
    /// What was given.
    pub given: String,
    /// What would have been accepted.
    pub expected: &'static str,
}

impl FromStr for Severity {
    type Err = UnknownLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| UnknownLevelError {
                given: text.to_owned(),
                expected: "info, low, medium, high or critical",
            })
    }
}

impl FromStr for Confidence {
    type Err = UnknownLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| UnknownLevelError {
                given: text.to_owned(),
                expected: "low, medium or high",
            })
    }
}
