//! The answer of one check: a number, and how it came about.

use chainwright_core::location::{Location, Place};
use chainwright_core::text::visible;

use crate::check::Check;

/// LIMIT: reasons of one kind that are kept for one check; the rest is counted.
const MOST_REASONS: usize = 12;
/// Characters of a reason.
const LONGEST: usize = 300;

/// What a probe saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Met,
    /// Not as it should be.
    Unmet,
    /// A share, in thousandths.
    Share(u32),
    /// Nothing that the probe could be about.
    NotApplicable,
    /// It could not be told.
    Unknown,
}

/// One thing that a check looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its name.
    pub name: &'static str,
    /// What it saw.
    pub outcome: Outcome,
}

/// Which way a reason points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It keeps the score down.
    Lowers,
    /// It leaves the check without an answer, or a part of it.
    Opens,
    /// It holds the score up.
    Raises,
}

impl Effect {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lowers => "lowers",
            Self::Opens => "opens",
            Self::Raises => "raises",
        }
    }
}

/// Why a check says what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Which way it points.
    pub effect: Effect,
    /// One line; hostile text in it is made visible.
    pub text: String,
    /// The file, if it is one; relative to the repository.
    pub path: Option<String>,
    /// The place in the file.
    pub place: Option<Place>,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The check.
    pub check: Check,
    /// 0 to 10; `None` is inconclusive.
    pub score: Option<u8>,
    /// What was looked at, in order.
    pub probes: Vec<Probe>,
    /// Why, what keeps it down first.
    pub reasons: Vec<Reason>,
    /// What to do, unless there is nothing to do.
    pub remedy: Option<String>,
}

impl Answer {
    /// Nothing is known yet.
    #[must_use]
    pub const fn open(check: Check) -> Self {
        Self {
            check,
            score: None,
            probes: Vec::new(),
            reasons: Vec::new(),
            remedy: None,
        }
    }

    /// Nothing can be said, because of `why`.
    pub(crate) fn inconclusive(mut self, why: impl Into<String>) -> Self {
        self.score = None;
        self.note(Effect::Opens, why, None, None);
        self
    }

    /// The answer with its score, at most 10.
    pub(crate) fn scored(mut self, score: u32) -> Self {
        let score = u8::try_from(score.min(10)).unwrap_or(10);
        self.score = Some(score);
        self
    }

    pub(crate) fn probe(&mut self, name: &'static str, is_met: bool) -> bool {
        let outcome = if is_met { Outcome::Met } else { Outcome::Unmet };
        self.probes.push(Probe { name, outcome });
        is_met
    }

    pub(crate) fn probed(&mut self, name: &'static str, outcome: Outcome) {
        self.probes.push(Probe { name, outcome });
    }

    /// A share of a whole, in thousandths; nothing of nothing does not apply.
    pub(crate) fn share(&mut self, name: &'static str, part: u64, whole: u64) -> u32 {
        let share = thousandths(part, whole);
        let outcome = share.map_or(Outcome::NotApplicable, Outcome::Share);
        self.probes.push(Probe { name, outcome });
        share.unwrap_or(0)
    }

    pub(crate) fn note(
        &mut self,
        effect: Effect,
        text: impl Into<String>,
        path: Option<String>,
        place: Option<Place>,
    ) {
        self.reasons.push(Reason {
            effect,
            text: visible(&text.into(), LONGEST),
            path: path.map(|path| visible(&path, LONGEST)),
            place: place.filter(|place| *place != Place::Whole),
        });
    }

    pub(crate) fn lowers(&mut self, text: impl Into<String>) {
        self.note(Effect::Lowers, text, None, None);
    }

    pub(crate) fn raises(&mut self, text: impl Into<String>) {
        self.note(Effect::Raises, text, None, None);
    }

    pub(crate) fn lowers_at(&mut self, text: impl Into<String>, at: &Location, place: &Place) {
        let (path, place) = (Some(at.to_string()), Some(place.clone()));
        self.note(Effect::Lowers, text, path, place);
    }

    pub(crate) fn lowers_in(&mut self, text: impl Into<String>, path: &str) {
        self.note(Effect::Lowers, text, Some(path.to_owned()), None);
    }

    pub(crate) fn raises_in(&mut self, text: impl Into<String>, path: &str) {
        self.note(Effect::Raises, text, Some(path.to_owned()), None);
    }

    /// Reasons in their order, those beyond the limit counted, and a remedy where there is something to do.
    pub(crate) fn finish(mut self) -> Self {
        self.reasons.sort();
        self.reasons.dedup();
        let mut kept: Vec<Reason> = Vec::new();
        for effect in [Effect::Lowers, Effect::Opens, Effect::Raises] {
            let of_kind = self.reasons.iter().filter(|reason| reason.effect == effect);
            let count = of_kind.clone().count();
            kept.extend(of_kind.take(MOST_REASONS).cloned());
            if count > MOST_REASONS {
                kept.push(Reason {
                    effect,
                    text: format!("and {} more", count - MOST_REASONS),
                    path: None,
                    place: None,
                });
            }
        }
        self.reasons = kept;
        if self.score.is_some_and(|score| score < 10) && self.remedy.is_none() {
            self.remedy = Some(self.check.remedy().to_owned());
        }
        self
    }
}

/// A share of a whole in thousandths, rounded down.
pub(crate) fn thousandths(part: u64, whole: u64) -> Option<u32> {
    let share = u128::from(part)
        .checked_mul(1000)?
        .checked_div(u128::from(whole))?;
    Some(u32::try_from(share).unwrap_or(1000).min(1000))
}
