//! The report for a person at a terminal or in the log of a build.
//!
//! What was found comes first, stage by stage; the summary comes last, so that it is what remains on the screen.
//! A long list of findings is folded to one entry per rule; everything folded is counted, and `--verbose` and
//! the JSON report have all of it.

mod findings;
mod pen;
mod proofs;

use std::io;

use chainwright_core::decision::{Outcome, Verdict};
use chainwright_core::problem::LocatedProblem;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use self::pen::{Ink, Pen, Symbol, plain, span};
use crate::context::{Context, Style};
use crate::summary::{self, Counts};
use crate::text::{self, LONG, NAME};

/// Problems that are listed before the rest is counted.
const PROBLEMS_SHOWN: usize = 10;

/// Reasons and targets that are listed before the rest is counted.
const LINES_SHOWN: usize = 5;

/// Writes the report.
pub(crate) fn render(
    context: &Context<'_>,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let scan = context.scan;
    let mut pen = Pen::new(out, style);
    header(&mut pen, context)?;
    findings::write(&mut pen, scan, style.verbose)?;
    problems(&mut pen, scan, style.verbose)?;
    proofs::write(&mut pen, scan, style.verbose)?;
    posture(&mut pen, context)?;
    hidden(&mut pen, scan)?;
    verdict(&mut pen, scan)
}

fn header(pen: &mut Pen<'_>, context: &Context<'_>) -> io::Result<()> {
    let scan = context.scan;
    let dot = format!(" {} ", pen.symbol(Symbol::Dot));
    let targets = listed(scan.targets.iter().map(String::as_str));
    pen.wrapped(
        &plain(""),
        &plain("  "),
        &[
            span(Ink::Strong, "chainwright"),
            span(Ink::Faint, format!(" {}{dot}", context.tool_version)),
            span(Ink::Strong, targets),
        ],
    )?;
    let figures = figures(scan).join(&dot);
    pen.wrapped(&plain(""), &plain(""), &[span(Ink::Faint, figures)])?;
    pen.blank()
}

fn figures(scan: &Scan) -> Vec<String> {
    let statistics = scan.statistics;
    let mut figures = vec![
        text::counted(statistics.files, "file", "files"),
        text::size(statistics.bytes),
        text::counted(statistics.artifacts, "artifact", "artifacts"),
    ];
    if statistics.cached > 0 {
        figures.push(format!("{} cached", text::number(statistics.cached)));
    }
    figures.push(text::duration(statistics.elapsed));
    figures
}

/// The first names of a list and the number of the others.
fn listed<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(LINES_SHOWN);
    let mut shown: Vec<String> = names
        .take(LINES_SHOWN)
        .map(|name| text::shown_name(name, 80))
        .collect();
    if more > 0 {
        shown.push(format!("and {} more", text::number(more)));
    }
    shown.join(", ")
}

fn problems(pen: &mut Pen<'_>, scan: &Scan, verbose: bool) -> io::Result<()> {
    if scan.problems.is_empty() {
        return Ok(());
    }
    let unread = scan
        .problems
        .iter()
        .filter(|problem| problem.problem.kind.leaves_incomplete())
        .count();
    let right = match unread {
        0 => "everything was read".to_owned(),
        _ => format!("{} left something unread", text::number(unread)),
    };
    let title = text::counted(scan.problems.len(), "problem", "problems");
    pen.heading(&title, &right)?;
    pen.blank()?;
    let mut ordered: Vec<&LocatedProblem> = scan.problems.iter().collect();
    ordered.sort_by_key(|problem| !problem.problem.kind.leaves_incomplete());
    let limit = if verbose {
        ordered.len()
    } else {
        PROBLEMS_SHOWN
    };
    for problem in ordered.iter().take(limit) {
        one_problem(pen, problem)?;
    }
    if ordered.len() > limit {
        let more = text::counted(ordered.len() - limit, "more problem", "more problems");
        let more = span(Ink::Faint, format!("and {more} (--verbose shows all)"));
        pen.wrapped(&plain("  "), &plain("  "), &[more])?;
    }
    pen.blank()
}

fn one_problem(pen: &mut Pen<'_>, located: &LocatedProblem) -> io::Result<()> {
    let problem = &located.problem;
    let (symbol, ink) = if problem.kind.leaves_incomplete() {
        (
            pen.symbol(Symbol::Level(Severity::Medium)),
            Ink::Level(Severity::Medium),
        )
    } else {
        (pen.symbol(Symbol::Bullet), Ink::Faint)
    };
    let place = text::location_with_place(&located.location, &problem.place, NAME);
    pen.wrapped(
        &span(ink, format!("{symbol} ")),
        &plain("  "),
        &[
            span(ink, problem.kind.as_str()),
            plain("  "),
            span(Ink::Strong, place),
        ],
    )?;
    let detail = plain(text::shown(&problem.detail, LONG));
    pen.wrapped(&plain("  "), &plain("  "), &[detail])
}

fn posture(pen: &mut Pen<'_>, context: &Context<'_>) -> io::Result<()> {
    let scan = context.scan;
    pen.heading("summary", &total(scan))?;
    pen.blank()?;
    for (stage, counts) in summary::posture(scan) {
        let is_judged = summary::is_judged(context, stage);
        let passes = is_judged && !scan.decision.incomplete;
        stage_line(pen, stage, counts, summary::absence(is_judged), passes)?;
    }
    pen.blank()
}

fn total(scan: &Scan) -> String {
    text::counted(scan.findings.len(), "finding", "findings")
}

fn stage_line(
    pen: &mut Pen<'_>,
    stage: Stage,
    counts: Counts,
    absence: &'static str,
    passes: bool,
) -> io::Result<()> {
    let (symbol, word, ink) = match counts.worst() {
        // No pass mark for a stage that no rule looks at, or that may lie in what was not read.
        None if passes => (pen.symbol(Symbol::Pass), absence, Ink::Good),
        None => (pen.symbol(Symbol::Dot), absence, Ink::Plain),
        Some(worst) => (
            pen.symbol(Symbol::Level(worst)),
            worst.as_str(),
            Ink::Level(worst),
        ),
    };
    pen.wrapped(
        &plain(format!("  {stage:<12}")),
        &plain(" ".repeat(14)),
        &[
            span(ink, format!("{symbol} {word:<12}")),
            span(Ink::Faint, counts.in_words()),
        ],
    )
}

fn hidden(pen: &mut Pen<'_>, scan: &Scan) -> io::Result<()> {
    let hidden = summary::hidden(scan);
    if hidden.is_empty() {
        return Ok(());
    }
    let count = text::counted(scan.hidden.total(), "finding", "findings");
    pen.wrapped(
        &plain("  "),
        &plain("  "),
        &[span(
            Ink::Faint,
            format!("not shown: {count} ({})", hidden.join(", ")),
        )],
    )?;
    pen.blank()
}

fn verdict(pen: &mut Pen<'_>, scan: &Scan) -> io::Result<()> {
    let (ink, symbol) = match scan.decision.outcome {
        Outcome::Deny => (
            Ink::Level(Severity::Critical),
            Symbol::Level(Severity::Critical),
        ),
        Outcome::Warn => (
            Ink::Level(Severity::Medium),
            Symbol::Level(Severity::Medium),
        ),
        Outcome::Allow => (Ink::Good, Symbol::Pass),
    };
    let symbol = pen.symbol(symbol);
    let dot = format!(" {} ", pen.symbol(Symbol::Dot));
    let (code, meaning) = summary::exit(scan);
    let words = [
        span(ink, scan.decision.outcome.as_str().to_uppercase()),
        plain(dot.clone()),
        span(Ink::Strong, verdict_in_words(scan)),
        plain(dot),
        plain(format!("exit {code}")),
    ];
    pen.wrapped(&span(ink, format!("{symbol} ")), &plain("  "), &words)?;
    let gate = summary::gate(scan);
    let gate = match summary::at_gate(scan) {
        0 => format!("{meaning} (gate: {gate})"),
        count => format!(
            "{} at or above the gate ({gate})",
            text::counted(count, "finding", "findings")
        ),
    };
    pen.wrapped(&plain("  "), &plain("  "), &[plain(gate)])?;
    for reason in scan.decision.reasons.iter().take(LINES_SHOWN) {
        let reason = text::shown(reason, LONG);
        pen.wrapped(&plain("  - "), &plain("    "), &[plain(reason)])?;
    }
    let more = scan.decision.reasons.len().saturating_sub(LINES_SHOWN);
    if more > 0 {
        let more = text::counted(more, "more reason", "more reasons");
        pen.line(&[plain(format!("  - and {more}"))])?;
    }
    Ok(())
}

fn verdict_in_words(scan: &Scan) -> String {
    match scan.verdict() {
        verdict if scan.decision.incomplete && verdict != Verdict::Incomplete => {
            format!("{verdict}, incomplete")
        }
        verdict => verdict.to_string(),
    }
}
