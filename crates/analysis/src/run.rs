//! Runs rules over everything that was inspected.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chainwright_core::finding::{Finding, Subject};
use chainwright_core::location::Place;
use chainwright_core::problem::{LocatedProblem, Problem, ProblemKind};

use crate::facts::Inspected;
use crate::fingerprint;
use crate::rule::{Check, Rule, Sink};
use crate::tree::Tree;

/// What the rules said.
#[derive(Debug, Default)]
pub struct Answers {
    /// Findings, worst first, with fingerprints.
    pub findings: Vec<Finding>,
    /// Rules that failed on an artifact.
    pub problems: Vec<LocatedProblem>,
}

/// Asks every rule about every artifact. A rule that panics costs one answer, not the run.
#[must_use]
pub fn run(rules: &[&'static Rule], artifacts: &[Inspected]) -> Answers {
    let tree = Tree::new(artifacts);
    let mut answers = Answers::default();
    for artifact in artifacts {
        // What nobody recognised has nothing to say by itself, but its neighbours may make it odd.
        let is_dull = artifact.is_dull();
        let subject = Subject {
            location: artifact.location.clone(),
            sha256: artifact.outer_sha256(),
        };
        for rule in rules {
            if is_dull && matches!(rule.check, Check::Artifact(_)) {
                continue;
            }
            let before = answers.findings.len();
            let mut sink = Sink::new(rule, &subject, &mut answers.findings);
            let asked = catch_unwind(AssertUnwindSafe(|| match rule.check {
                Check::Artifact(check) => check(artifact, &mut sink),
                Check::InTree(check) => check(artifact, &tree, &mut sink),
            }));
            if asked.is_err() {
                answers.findings.truncate(before);
                answers.problems.push(failure(rule, artifact));
            }
        }
    }
    answers
        .findings
        .sort_by(|left, right| order(left).cmp(&order(right)));
    fingerprint::assign(&mut answers.findings);
    answers
}

fn failure(rule: &Rule, artifact: &Inspected) -> LocatedProblem {
    let detail = format!("rule `{}` failed here; its answer is missing", rule.id);
    LocatedProblem {
        location: artifact.location.clone(),
        problem: Problem::new(ProblemKind::InternalFailure, Place::Whole, detail),
    }
}

/// Worst first, then by stage, rule, place and text, so that equal input gives equal output.
fn order(finding: &Finding) -> impl Ord + '_ {
    (
        std::cmp::Reverse(finding.severity),
        std::cmp::Reverse(finding.confidence),
        finding.stage,
        finding.rule,
        &finding.subject.location,
        &finding.evidence,
        &finding.message,
    )
}
