//! Compares the packages of a run with the local store of advisories.
//!
//! The store is asked once, after all files were read. What it cannot answer is said at the file that asked: a store
//! that is missing, empty or old makes a run incomplete, never clean.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chainwright_advisories::date::Day;
use chainwright_advisories::vex::Statement;
use chainwright_analysis::Inspected;
use chainwright_analysis::exposures::{self, Question};
use chainwright_core::location::Place;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_intel::{Answer, Freshness, IntelError, Store};

/// Which advisories a run compares its packages with.
#[derive(Debug, Clone)]
pub struct Advisories {
    /// Where the store lies.
    pub store: PathBuf,
    /// The day of the run.
    pub today: Day,
    /// After how many days without news the store counts as old.
    pub stale_after: u32,
    /// Statements about what does not matter here.
    pub statements: Vec<Statement>,
    /// Names under which statements may speak of what is scanned.
    pub roots: Vec<String>,
}

/// Compares every package that is named with the store, and counts the matches that statements settle.
pub(crate) fn compare(asked: &Advisories, artifacts: &mut [Inspected]) -> usize {
    let questions = exposures::questions(artifacts);
    if questions.is_empty() {
        return 0;
    }
    let mut settled = 0;
    let mut troubles = Troubles::default();
    match ask(asked, &questions, &mut troubles) {
        Ok(answer) => {
            troubles.about_uncovered(&questions, &answer);
            let (statements, roots) = (&asked.statements, &asked.roots);
            settled = exposures::note(questions, answer.findings, statements, roots, artifacts);
        }
        Err(error) => troubles.about_all(&questions, &error.to_string()),
    }
    troubles.tell(artifacts);
    settled
}

fn ask(
    asked: &Advisories,
    questions: &[Question],
    troubles: &mut Troubles,
) -> Result<Answer, IntelError> {
    let store = Store::open(&asked.store)?;
    match store.freshness(asked.today, asked.stale_after) {
        Freshness::Fresh => {}
        Freshness::Stale { days } => {
            let reason = format!("the advisories are {days} days old");
            troubles.about_all(questions, &reason);
        }
        Freshness::Missing | Freshness::Empty => {
            troubles.about_all(questions, "the store of advisories is empty");
        }
    }
    let packages: Vec<Package> = questions.iter().map(|each| each.asked.clone()).collect();
    store.matches(&packages)
}

/// What could not be compared, by artifact.
#[derive(Default)]
struct Troubles(BTreeMap<usize, Vec<String>>);

impl Troubles {
    fn about_all(&mut self, questions: &[Question], reason: &str) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for question in questions {
            *counts.entry(question.artifact).or_default() += 1;
        }
        for (artifact, count) in counts {
            let packages = packages(count);
            let detail = format!("{packages} not reliably compared with advisories: {reason}");
            self.0.entry(artifact).or_default().push(detail);
        }
    }

    fn about_uncovered(&mut self, questions: &[Question], answer: &Answer) {
        let mut counts: BTreeMap<(usize, Ecosystem), usize> = BTreeMap::new();
        for place in &answer.uncovered {
            if let Some(question) = questions.get(*place) {
                let key = (question.artifact, question.asked.ecosystem);
                *counts.entry(key).or_default() += 1;
            }
        }
        for ((artifact, ecosystem), count) in counts {
            let packages = packages(count);
            let detail = format!(
                "{packages} not compared with advisories: the store has none for {ecosystem}"
            );
            self.0.entry(artifact).or_default().push(detail);
        }
    }

    fn tell(self, artifacts: &mut [Inspected]) {
        for (index, details) in self.0 {
            if let Some(artifact) = artifacts.get_mut(index) {
                let problems = details
                    .into_iter()
                    .map(|detail| Problem::new(ProblemKind::Unchecked, Place::Whole, detail));
                artifact.problems.extend(problems);
            }
        }
    }
}

fn packages(count: usize) -> String {
    if count == 1 {
        "1 package was".to_owned()
    } else {
        format!("{count} packages were")
    }
}
