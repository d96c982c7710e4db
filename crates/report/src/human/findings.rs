//! The findings of a run for a person: each in full while they are few, one entry per rule when they are many.

use std::io;

use chainwright_core::finding::{Evidence, Finding};
use chainwright_core::location::Place;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;

use super::pen::{Ink, Pen, Span, Symbol, plain, span};
use crate::summary::{self, Group, RuleGroups, StageGroups};
use crate::text::{self, LONG, NAME};

/// More different findings than this are folded to one entry per rule.
const GROUPS_IN_FULL: usize = 12;

/// Pieces of evidence shown for a finding.
const EVIDENCE_SHOWN: usize = 3;

/// Further files named for a group.
const FILES_NAMED: usize = 3;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Every finding by itself with all its evidence.
    Everything,
    /// Every group once.
    Groups,
    /// Every rule once.
    Rules,
}

/// Writes the findings of all stages.
pub(super) fn write(pen: &mut Pen<'_>, scan: &Scan, verbose: bool) -> io::Result<()> {
    let stages = summary::stages(scan);
    let notable = stages
        .iter()
        .flat_map(|stage| &stage.groups)
        .filter(|group| group.first.severity > Severity::Info)
        .count();
    let detail = match (verbose, notable > GROUPS_IN_FULL) {
        (true, _) => Detail::Everything,
        (false, false) => Detail::Groups,
        (false, true) => Detail::Rules,
    };
    for stage in &stages {
        pen.heading(stage.stage.as_str(), &stage.counts.in_words())?;
        pen.blank()?;
        one_stage(pen, stage, detail)?;
    }
    if detail == Detail::Rules {
        pen.wrapped(
            &plain(""),
            &plain(""),
            &[span(
                Ink::Faint,
                "One finding of each rule is shown; --verbose shows every one, --format json or html has them all.",
            )],
        )?;
        pen.blank()?;
    }
    Ok(())
}

fn one_stage(pen: &mut Pen<'_>, stage: &StageGroups<'_>, detail: Detail) -> io::Result<()> {
    if detail == Detail::Everything {
        for finding in stage.groups.iter().flat_map(Group::all) {
            one_finding(pen, finding, usize::MAX)?;
            pen.blank()?;
        }
        return Ok(());
    }
    for rule in stage.by_rule() {
        let worst = rule.groups.first().map(|group| group.first.severity);
        match (worst, detail) {
            (Some(Severity::Info) | None, _) => {}
            (Some(_), Detail::Rules) => one_rule(pen, &rule)?,
            (Some(_), Detail::Groups | Detail::Everything) => {
                for group in &rule.groups {
                    one_group(pen, group)?;
                }
            }
        }
    }
    notes(pen, stage)
}

/// Info findings in one line: how many, and of which rules.
fn notes(pen: &mut Pen<'_>, stage: &StageGroups<'_>) -> io::Result<()> {
    let count = stage.counts.at(Severity::Info);
    if count == 0 {
        return Ok(());
    }
    let mut rules: Vec<&str> = stage
        .groups
        .iter()
        .filter(|group| group.first.severity == Severity::Info)
        .map(|group| group.first.rule)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let notes = text::counted(count, "note", "notes");
    pen.wrapped(
        &span(
            Ink::Level(Severity::Info),
            format!("{} ", pen.symbol(Symbol::Level(Severity::Info))),
        ),
        &plain("  "),
        &[
            span(Ink::Level(Severity::Info), "info"),
            span(
                Ink::Faint,
                format!("  {notes}: {} (--verbose shows them)", rules.join(", ")),
            ),
        ],
    )?;
    pen.blank()
}

fn one_group(pen: &mut Pen<'_>, group: &Group<'_>) -> io::Result<()> {
    one_finding(pen, group.first, EVIDENCE_SHOWN)?;
    further_files(pen, &group.others)?;
    pen.blank()
}

fn one_rule(pen: &mut Pen<'_>, rule: &RuleGroups<'_>) -> io::Result<()> {
    let Some(worst) = rule.groups.first() else {
        return Ok(());
    };
    one_finding(pen, worst.first, 1)?;
    let others: Vec<&Finding> = rule.groups.iter().flat_map(Group::all).skip(1).collect();
    if !others.is_empty() {
        let mut files: Vec<&str> = others
            .iter()
            .map(|finding| finding.subject.location.path())
            .collect();
        files.sort_unstable();
        files.dedup();
        faint(
            pen,
            &format!(
                "and {} of this rule in {}; {} in all",
                text::counted(others.len(), "more finding", "more findings"),
                text::counted(files.len(), "file", "files"),
                text::number(rule.len())
            ),
        )?;
    }
    pen.blank()
}

fn one_finding(pen: &mut Pen<'_>, finding: &Finding, evidence: usize) -> io::Result<()> {
    let ink = Ink::Level(finding.severity);
    let symbol = pen.symbol(Symbol::Level(finding.severity));
    pen.wrapped(
        &span(ink, format!("{symbol} ")),
        &plain("  "),
        &[
            span(ink, finding.severity.as_str()),
            plain("  "),
            span(Ink::Strong, finding.rule),
            span(Ink::Faint, format!("  {} confidence", finding.confidence)),
        ],
    )?;
    let place = finding
        .evidence
        .first()
        .map_or(&Place::Whole, |evidence| &evidence.place);
    let place = text::location_with_place(&finding.subject.location, place, NAME);
    indented(pen, &[plain(place)])?;
    indented(pen, &[plain(text::shown(&finding.message, LONG))])?;
    // With a single piece the place was just named.
    let with_place = finding.evidence.len() > 1;
    for piece in finding.evidence.iter().take(evidence) {
        one_evidence(pen, piece, with_place)?;
    }
    let left = finding.evidence.len().saturating_sub(evidence);
    if left > 0 {
        let left = text::counted(left, "more piece", "more pieces");
        faint(pen, &format!("{left} of evidence"))?;
    }
    pen.wrapped(
        &span(Ink::Good, "  fix: "),
        &plain("       "),
        &[plain(finding.remedy)],
    )
}

fn one_evidence(pen: &mut Pen<'_>, evidence: &Evidence, with_place: bool) -> io::Result<()> {
    let bar = span(Ink::Faint, format!("    {} ", pen.symbol(Symbol::Bar)));
    let mut spans = Vec::new();
    if let Some(place) = text::place(&evidence.place).filter(|_| with_place) {
        spans.push(span(Ink::Faint, format!("{place}  ")));
    }
    spans.push(plain(text::shown(&evidence.text, LONG)));
    pen.wrapped(&bar, &bar, &spans)
}

fn further_files(pen: &mut Pen<'_>, others: &[&Finding]) -> io::Result<()> {
    if others.is_empty() {
        return Ok(());
    }
    let room = pen.width() / 2;
    let mut names: Vec<String> = others
        .iter()
        .take(FILES_NAMED)
        .map(|finding| text::shown_location(&finding.subject.location, room))
        .collect();
    if others.len() > FILES_NAMED {
        names.push("…".to_owned());
    }
    let count = text::counted(others.len(), "more place", "more places");
    faint(pen, &format!("and {count}: {}", names.join(", ")))
}

fn faint(pen: &mut Pen<'_>, text: &str) -> io::Result<()> {
    indented(pen, &[span(Ink::Faint, text)])
}

fn indented(pen: &mut Pen<'_>, spans: &[Span]) -> io::Result<()> {
    pen.wrapped(&plain("  "), &plain("  "), spans)
}
