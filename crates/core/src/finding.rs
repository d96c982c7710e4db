//! A finding: one answer of a rule, with its evidence.

use std::fmt;

use crate::control::Control;
use crate::digest::Sha256;
use crate::location::{Location, Place};
use crate::severity::{Confidence, Severity};
use crate::stage::Stage;

/// What proves a finding: a place in the subject and what is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// Where in the artifact.
    pub place: Place,
    /// What is there, in the words of the format; hostile text is quoted as it is and made visible by reports.
    pub text: String,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The artifact.
    pub location: Location,
    /// The digest of the outermost file, when it was hashed.
    pub sha256: Option<Sha256>,
}

/// Identifies a finding over time: the same after lines moved or folders were renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One answer of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// The rule's summary, the same for all its findings.
    pub summary: &'static str,
    /// The stage whose owner has to act.
    pub stage: Stage,
    /// What it is about.
    pub subject: Subject,
    /// How bad if true.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What was found here, one line.
    pub message: String,
    /// What proves it, most important first; never empty.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub remedy: &'static str,
    /// The entries of frameworks it speaks to.
    pub controls: &'static [Control],
    /// Its identity over time.
    pub fingerprint: Fingerprint,
}
