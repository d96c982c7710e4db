//! The allow-list: findings that somebody has looked at and accepts, with a reason and, if wanted, an end.

use std::fmt;

use chainwright_core::digest::Sha256;
use chainwright_core::finding::Finding;
use globset::GlobMatcher;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year, such as 2026.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One accepted kind of finding. Every condition that is given must hold; at least one is.
#[derive(Debug, Clone)]
pub struct AllowEntry {
    /// The rule.
    pub rule: Option<String>,
    /// A pattern for the path of the file, as reports show it.
    pub path: Option<GlobMatcher>,
    /// The digest of the file, so that a changed file is judged anew.
    pub sha256: Option<Sha256>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

impl AllowEntry {
    /// Whether the entry accepts the finding, its end aside.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        let rule = self.rule.as_ref().is_none_or(|rule| rule == finding.rule);
        let path = self
            .path
            .as_ref()
            .is_none_or(|path| path.is_match(finding.subject.location.path()));
        let digest = self
            .sha256
            .is_none_or(|sha256| finding.subject.sha256.is_some_and(|own| own == sha256));
        rule && path && digest
    }

    /// Whether its end has passed.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}
