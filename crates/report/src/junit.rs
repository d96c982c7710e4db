//! JUnit XML for the test views of build servers (GitLab, Jenkins, Azure DevOps, Buildkite …).
//!
//! A suite for each stage and one for reading. A finding that reaches the gate is a failed test, one below the
//! gate a skipped test, and something that could not be read an error; a stage without failures passes one test,
//! because servers take a suite without tests for a mistake.

use std::collections::BTreeMap;
use std::io;

use chainwright_core::decision::Verdict;
use chainwright_core::finding::Finding;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::LocatedProblem;
use chainwright_core::scan::Scan;
use chainwright_core::stage::Stage;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::context::Context;
use crate::summary;
use crate::text::{self, LONG, NAME};

/// Writes the report.
pub(crate) fn render(context: &Context<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = context.scan;
    let mut report = Report::new("chainwright");
    report.set_time(scan.statistics.elapsed);
    for stage in Stage::ALL {
        report.add_test_suite(stage_suite(scan, stage));
    }
    report.add_test_suite(reading_suite(context));
    report.serialize(out).map_err(io::Error::other)
}

fn stage_suite(scan: &Scan, stage: Stage) -> TestSuite {
    let mut suite = TestSuite::new(stage.as_str());
    let mut names = Names::default();
    let mut failed = false;
    for finding in scan.findings.iter().filter(|found| found.stage == stage) {
        let fails = summary::reaches_gate(scan, finding.severity, finding.confidence);
        failed |= fails;
        suite.add_test_case(finding_case(finding, fails, &mut names));
    }
    if !failed {
        let name = format!("nothing at or above the gate ({})", summary::gate(scan));
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_classname(format!("chainwright.{stage}"));
        suite.add_test_case(case);
    }
    suite
}

fn finding_case(finding: &Finding, fails: bool, names: &mut Names) -> TestCase {
    let message = text::shown(&finding.message, LONG);
    let mut status = if fails {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    } else {
        TestCaseStatus::skipped()
    };
    status
        .set_message(if fails {
            message
        } else {
            format!("{}, below the gate: {message}", finding.severity)
        })
        .set_type(finding.severity.as_str())
        .set_description(description(finding));
    let place = finding
        .evidence
        .first()
        .map_or(&Place::Whole, |evidence| &evidence.place);
    let location = &finding.subject.location;
    let name = text::location_with_place(location, place, NAME);
    let class = format!("chainwright.{}.{}", finding.stage, finding.rule);
    let mut case = TestCase::new(names.unique(&class, name), status);
    case.set_classname(class)
        .add_property(Property::new("severity", finding.severity.as_str()))
        .add_property(Property::new("confidence", finding.confidence.as_str()))
        .add_property(Property::new(
            "fingerprint",
            finding.fingerprint.to_string(),
        ));
    point_at(&mut case, location, place);
    case
}

/// The attributes by which GitLab and others open the file.
fn point_at(case: &mut TestCase, location: &Location, place: &Place) {
    let file = text::shown_name(location.path(), NAME);
    case.extra.insert("file".into(), file.into());
    if let (Place::Line { line, .. }, []) = (place, location.members()) {
        case.extra.insert("line".into(), line.to_string().into());
    }
}

fn description(finding: &Finding) -> String {
    let mut lines = vec![
        format!(
            "{}: {} ({} severity, {} confidence)",
            finding.rule, finding.summary, finding.severity, finding.confidence
        ),
        text::shown_location(&finding.subject.location, NAME),
        text::shown(&finding.message, LONG),
    ];
    for evidence in &finding.evidence {
        let quoted = text::shown(&evidence.text, LONG);
        lines.push(match text::place(&evidence.place) {
            Some(place) => format!("  {place}: {quoted}"),
            None => format!("  {quoted}"),
        });
    }
    lines.push(format!("fix: {}", finding.remedy));
    let controls: Vec<String> = finding.controls.iter().map(ToString::to_string).collect();
    if !controls.is_empty() {
        lines.push(format!("measured by: {}", controls.join(", ")));
    }
    lines.join("\n")
}

fn reading_suite(context: &Context<'_>) -> TestSuite {
    let scan = context.scan;
    let mut suite = TestSuite::new("reading");
    let mut names = Names::default();
    for problem in &scan.problems {
        suite.add_test_case(problem_case(problem, &mut names));
    }
    let clean = scan
        .artifacts
        .iter()
        .filter(|artifact| artifact.verdict == Verdict::Clean)
        .count();
    let name = format!(
        "{} read, {} clean",
        text::counted(scan.artifacts.len(), "artifact", "artifacts"),
        text::number(clean)
    );
    let mut case = TestCase::new(name, TestCaseStatus::success());
    case.set_classname("chainwright.reading")
        .set_time(scan.statistics.elapsed)
        .set_system_out(outcome(context));
    suite.add_test_case(case);
    suite
}

fn outcome(context: &Context<'_>) -> String {
    let scan = context.scan;
    let mut lines = vec![
        format!("chainwright {}", context.tool_version),
        format!("verdict: {}", scan.verdict()),
        format!("decision: {}", scan.decision.outcome.as_str()),
    ];
    let reasons = scan.decision.reasons.iter();
    lines.extend(reasons.map(|reason| format!("  {}", text::shown(reason, LONG))));
    let hidden = summary::hidden(scan);
    if !hidden.is_empty() {
        lines.push(format!("not shown: {}", hidden.join(", ")));
    }
    lines.join("\n")
}

fn problem_case(located: &LocatedProblem, names: &mut Names) -> TestCase {
    let problem = &located.problem;
    let detail = text::shown(&problem.detail, LONG);
    let mut status = if problem.kind.leaves_incomplete() {
        TestCaseStatus::non_success(NonSuccessKind::Error)
    } else {
        TestCaseStatus::skipped()
    };
    status
        .set_message(format!("{}: {detail}", problem.kind))
        .set_type(problem.kind.as_str());
    let class = "chainwright.reading";
    let name = text::location_with_place(&located.location, &problem.place, NAME);
    let mut case = TestCase::new(names.unique(class, name), status);
    case.set_classname(class);
    point_at(&mut case, &located.location, &problem.place);
    case
}

/// Servers take cases of one class and name for one case, so each gets a name of its own.
#[derive(Debug, Default)]
struct Names(BTreeMap<(String, String), usize>);

impl Names {
    fn unique(&mut self, class: &str, name: String) -> String {
        let seen = self.0.entry((class.to_owned(), name.clone())).or_default();
        *seen += 1;
        match *seen {
            1 => name,
            times => format!("{name} ({times})"),
        }
    }
}
