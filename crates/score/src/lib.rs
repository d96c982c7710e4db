//! How well a model or dataset repository is kept: eighteen checks over facts, and their arithmetic.
//!
//! The arithmetic is that of OpenSSF Scorecard: every check gives 0 to 10 or is inconclusive and left out, and weighs by
//! the risk that it speaks to. The checks are ours, about weights, cards, lineage and licences, and need nothing but a
//! clone: what was seen in its files, what the rules found, a few documents, and its history. Nothing here opens a file
//! or asks for the time, so that the same commit gives the same answer to the last byte.
//!
//! A score is no verdict: a well-kept repository may be hostile and a careless one honest. `scan` judges.

mod answer;
mod check;
mod checks;
mod documents;
mod human;
mod json;
mod material;
mod rules;
mod signatures;

use chainwright_analysis::Inspected;
use chainwright_core::finding::Finding;
use chainwright_history::History;

pub use answer::{Answer, Effect, Outcome, Probe, Reason};
pub use check::{Check, METHODOLOGY_VERSION, Risk, UnknownCheckError, methodology, weights_sha256};
pub use documents::{Document, MAX_DOCUMENT, is_wanted};
pub use human::{Style, human};
pub use json::json;
pub use material::RepositoryKind;

/// What is scored. Paths are relative to the repository.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Every artifact that was read.
    pub artifacts: &'a [Inspected],
    /// What the rules found in them.
    pub findings: &'a [Finding],
    /// The documents that [`is_wanted`] asked for.
    pub documents: &'a [Document],
    /// The history, if there is one.
    pub history: Option<&'a History>,
    /// Whether packages were compared with advisories.
    pub asked_advisories: bool,
    /// Files that could not be read or were left out, in words.
    pub unread: &'a [String],
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// What the repository holds.
    pub kind: RepositoryKind,
    /// The commit of HEAD, if there is one.
    pub commit: Option<String>,
    /// The weighted mean in tenths, 0 to 100; `None` if every check was inconclusive.
    pub aggregate: Option<u32>,
    /// The answer of every check that was asked, in the order of the methodology.
    pub answers: Vec<Answer>,
}

/// Asks every check of `wanted`; none given means all.
#[must_use]
pub fn score(subject: &Subject<'_>, wanted: &[Check]) -> Score {
    let material = material::Material::new(subject);
    let asked = Check::ALL
        .into_iter()
        .filter(|check| wanted.is_empty() || wanted.contains(check));
    let answers: Vec<Answer> = asked.map(|check| checks::ask(check, &material)).collect();
    Score {
        kind: material.kind,
        commit: subject.history.and_then(|history| history.head.clone()),
        aggregate: aggregate(&answers),
        answers,
    }
}

/// The weighted mean of what is conclusive, in tenths, rounded half up.
fn aggregate(answers: &[Answer]) -> Option<u32> {
    let (mut points, mut most) = (0_u32, 0_u32);
    for answer in answers {
        if let Some(score) = answer.score {
            let weight = answer.check.risk().quarters();
            points += weight * u32::from(score) * 10;
            most += weight;
        }
    }
    (most > 0).then(|| (2 * points + most) / (2 * most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_weighted_and_leaves_out_what_is_open() {
        let answer = |check, score| Answer {
            score,
            ..Answer::open(check)
        };
        let critical = answer(Check::SafeSerialization, Some(10));
        let low = answer(Check::SecurityContact, Some(0));
        let open = answer(Check::NoSecrets, None);
        assert_eq!(aggregate(&[critical, low, open.clone()]), Some(80));
        assert_eq!(aggregate(&[open]), None);
    }
}
