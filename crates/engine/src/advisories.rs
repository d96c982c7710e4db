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
use chainwright_intel::{Answer, IntelError, Store};

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
pub(crate) fn compare(
    asked: &Advisories,
    store: Result<&Store, &IntelError>,
    artifacts: &mut [Inspected],
) -> usize {
    let questions = exposures::questions(artifacts);
    if questions.is_empty() {
        return 0;
    }
    let mut settled = 0;
    let mut gaps = Gaps::default();
    let packages: Vec<Package> = questions.iter().map(|each| each.asked.clone()).collect();
    let answer = store
        .map_err(told)
        .and_then(|store| store.matches(&packages).map_err(|error| told(&error)));
    match answer {
        Ok(answer) => {
            gaps.notice(asked, &questions, &answer);
            let (statements, roots) = (&asked.statements, &asked.roots);
            settled = exposures::note(questions, answer.findings, statements, roots, artifacts);
        }
        Err(reason) => {
            for question in &questions {
                gaps.count(question.artifact, Gap::NoStore(reason.clone()));
            }
        }
    }
    gaps.tell(artifacts);
    settled
}

/// What is wrong with the store, and what to do about it.
fn told(error: &IntelError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// Why some packages of an artifact are not reliably compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// The store cannot be asked.
    NoStore(String),
    /// The store knows nothing of their ecosystem.
    Uncovered(Ecosystem),
    /// What it knows of their ecosystem is of that day.
    Old(Ecosystem, Option<Day>),
}

/// The gaps of a run: by artifact, with the number of packages that each concerns.
#[derive(Default)]
struct Gaps(BTreeMap<usize, BTreeMap<Gap, usize>>);

impl Gaps {
    fn notice(&mut self, asked: &Advisories, questions: &[Question], answer: &Answer) {
        let stale = answer.stale(asked.today, asked.stale_after);
        for (place, question) in questions.iter().enumerate() {
            let ecosystem = question.asked.ecosystem;
            if answer.uncovered.binary_search(&place).is_ok() {
                self.count(question.artifact, Gap::Uncovered(ecosystem));
            } else if stale.contains(&ecosystem) {
                let newest = answer.newest.get(&ecosystem).copied().flatten();
                self.count(question.artifact, Gap::Old(ecosystem, newest));
            }
        }
    }

    fn count(&mut self, artifact: usize, gap: Gap) {
        let count = self.0.entry(artifact).or_default().entry(gap).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds one problem to each artifact, in which all its gaps are named.
    fn tell(self, artifacts: &mut [Inspected]) {
        for (index, gaps) in self.0 {
            let Some(artifact) = artifacts.get_mut(index) else {
                continue;
            };
            let parts: Vec<String> = gaps
                .iter()
                .map(|(gap, count)| sentence(gap, *count))
                .collect();
            let problem = Problem::new(ProblemKind::Unchecked, Place::Whole, parts.join("; "));
            artifact.problems.push(problem);
        }
    }
}

fn sentence(gap: &Gap, count: usize) -> String {
    let packages = |ecosystem: Option<Ecosystem>| {
        let of = ecosystem.map_or_else(String::new, |ecosystem| format!(" of {ecosystem}"));
        if count == 1 {
            format!("1 package{of} was")
        } else {
            format!("{count} packages{of} were")
        }
    };
    match gap {
        Gap::NoStore(reason) => {
            format!("{} not compared with advisories: {reason}", packages(None))
        }
        Gap::Uncovered(ecosystem) => format!(
            "{} not compared with advisories: the store has none for them; import some with `chainwright intel \
             update --from PATH`",
            packages(Some(*ecosystem))
        ),
        Gap::Old(ecosystem, Some(day)) => format!(
            "{} compared with advisories of {day} and earlier only; bring them up to date with `chainwright intel \
             update --from PATH`",
            packages(Some(*ecosystem))
        ),
        Gap::Old(ecosystem, None) => format!(
            "{} compared with advisories of unknown age",
            packages(Some(*ecosystem))
        ),
    }
}

#[cfg(test)]
mod tests {
    use chainwright_core::location::Location;

    use super::*;

    fn artifacts() -> Vec<Inspected> {
        let problem = Problem::new(ProblemKind::Malformed, Place::Whole, "before");
        vec![Inspected::unread(
            Location::file("requirements.txt".to_owned()),
            problem,
        )]
    }

    fn said(gaps: &[(Gap, usize)]) -> Vec<String> {
        let mut all = Gaps::default();
        for (gap, count) in gaps {
            for _ in 0..*count {
                all.count(0, gap.clone());
            }
        }
        let mut artifacts = artifacts();
        all.tell(&mut artifacts);
        let problems = artifacts.remove(0).problems.into_iter().skip(1);
        problems.map(|problem| problem.detail).collect()
    }

    #[test]
    fn a_file_has_one_problem_whatever_its_packages_lack() {
        let old = Gap::Old(Ecosystem::PyPi, "2026-07-23".parse().ok());
        assert_eq!(
            said(&[(old, 12), (Gap::Uncovered(Ecosystem::Npm), 1)]),
            [
                "1 package of npm was not compared with advisories: the store has none for them; import some with \
                 `chainwright intel update --from PATH`; 12 packages of pypi were compared with advisories of \
                 2026-07-23 and earlier only; bring them up to date with `chainwright intel update --from PATH`"
            ]
        );
        assert_eq!(said(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_missing_store_is_said_with_the_command_that_builds_one() {
        let missing = IntelError::Missing(PathBuf::from("x.db"));
        assert_eq!(
            said(&[(Gap::NoStore(told(&missing)), 3)]),
            [
                "3 packages were not compared with advisories: there is no advisory store at `x.db`; build one with \
                 `chainwright intel update --from PATH`"
            ]
        );
    }
}
