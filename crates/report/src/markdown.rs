//! GitHub-flavoured Markdown for a comment on a change, and for job summaries.
//!
//! GitHub refuses comments over 65,536 characters, so findings that do not fit are counted instead; which ones
//! those are is in the JSON report.

mod inline;

use std::fmt::Write as _;
use std::io;

use chainwright_core::decision::Verdict;
use chainwright_core::finding::Finding;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;

use self::inline::{code, escaped, prose, summary_code};
use crate::context::Context;
use crate::summary::{self, Group};
use crate::text::{self, LONG, NAME};

/// The document is never longer, in bytes and therefore in characters.
const BUDGET: usize = 60_000;

/// Kept free for what follows the findings.
const RESERVE: usize = 12_000;

/// Pieces of evidence quoted for a finding.
const EVIDENCE: usize = 3;

/// Further places named for a finding, problems listed, reasons given.
const LISTED: usize = 5;

/// Writes the comment. Its first line lets a bot find the comment again to replace it.
pub(crate) fn render(context: &Context<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = context.scan;
    let mut page = String::from("<!-- chainwright-report -->\n");
    head(&mut page, scan);
    table(&mut page, context);
    findings(&mut page, scan);
    problems(&mut page, scan);
    foot(&mut page, context);
    out.write_all(page.as_bytes())
}

const fn signal(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "🔴",
        Some(Severity::High) => "🟠",
        Some(Severity::Medium) => "🟡",
        Some(Severity::Low) => "🔵",
        Some(Severity::Info) => "⚪",
        None => "🟢",
    }
}

const fn signal_of_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Malicious => "🔴",
        Verdict::Suspicious => "🟠",
        Verdict::Incomplete => "🟡",
        Verdict::Review => "🔵",
        Verdict::Info => "⚪",
        Verdict::Clean => "🟢",
    }
}

fn head(page: &mut String, scan: &Scan) {
    let _ = writeln!(
        page,
        "## {} chainwright: {}, {}\n",
        signal_of_verdict(scan.verdict()),
        scan.verdict(),
        scan.decision.outcome.as_str()
    );
    let (_, meaning) = summary::exit(scan);
    let gate = summary::gate(scan);
    let _ = match summary::at_gate(scan) {
        0 => write!(page, "{} (gate: {gate})", prose(meaning)),
        count => write!(
            page,
            "**{} at or above the gate** ({gate})",
            text::counted(count, "finding", "findings")
        ),
    };
    let targets: Vec<String> = scan
        .targets
        .iter()
        .take(LISTED)
        .map(|target| code(&text::shown_name(target, 80)))
        .collect();
    let _ = write!(page, " in {}", targets.join(", "));
    if scan.targets.len() > LISTED {
        let _ = write!(page, " and {} more", scan.targets.len() - LISTED);
    }
    let statistics = scan.statistics;
    let _ = writeln!(
        page,
        ": {}, {}, {}.\n",
        text::counted(statistics.files, "file", "files"),
        text::size(statistics.bytes),
        text::duration(statistics.elapsed)
    );
    for reason in scan.decision.reasons.iter().take(LISTED) {
        let _ = writeln!(page, "- {}", prose(reason));
    }
    if scan.decision.reasons.len() > LISTED {
        let more = scan.decision.reasons.len() - LISTED;
        let _ = writeln!(page, "- and {} more", text::number(more));
    }
    page.push('\n');
}

fn table(page: &mut String, context: &Context<'_>) {
    let scan = context.scan;
    if scan.findings.is_empty() {
        return;
    }
    page.push_str("| stage | worst | critical | high | medium | low | info |\n");
    page.push_str("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (stage, counts) in summary::posture(scan) {
        let worst = counts.worst();
        let word = worst.map_or(
            summary::absence(summary::is_judged(context, stage)),
            Severity::as_str,
        );
        let _ = write!(page, "| {stage} | {} {word} |", signal(worst));
        for severity in Severity::ALL.into_iter().rev() {
            let _ = match counts.at(severity) {
                0 => write!(page, " |"),
                count => write!(page, " {} |", text::number(count)),
            };
        }
        page.push('\n');
    }
    page.push('\n');
}

/// Writes findings, worst first over all stages, until the budget is used up, and counts the rest.
fn findings(page: &mut String, scan: &Scan) {
    let stages = summary::stages(scan);
    let mut groups: Vec<&Group<'_>> = stages.iter().flat_map(|stage| &stage.groups).collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.first.severity, group.first.confidence)));
    let mut left = groups.iter();
    for group in left.by_ref() {
        let section = section(group);
        if page.len() + section.len() > BUDGET - RESERVE {
            omitted(
                page,
                group.len() + left.map(|group| group.len()).sum::<usize>(),
            );
            return;
        }
        page.push_str(&section);
    }
}

fn omitted(page: &mut String, count: usize) {
    let _ = writeln!(
        page,
        "**{} not shown here**, because a comment has room for {} characters; `--format json` and `--format html` have all of them.\n",
        text::counted(count, "more finding is", "more findings are"),
        text::number(BUDGET)
    );
}

fn section(group: &Group<'_>) -> String {
    let finding = group.first;
    let mut section = String::new();
    let more = match group.others.len() {
        0 => String::new(),
        count => format!(" and {}", text::counted(count, "more place", "more places")),
    };
    let _ = writeln!(
        section,
        "<details>\n<summary>{} <b>{}</b> {} in {}{more}</summary>\n",
        signal(Some(finding.severity)),
        finding.severity,
        summary_code(finding.rule),
        summary_code(&text::shown_location(&finding.subject.location, 100))
    );
    let _ = writeln!(section, "{}\n", prose(&text::capitalised(&finding.message)));
    for evidence in finding.evidence.iter().take(EVIDENCE) {
        let quoted = code(&text::shown(&evidence.text, LONG));
        let _ = match text::place(&evidence.place) {
            Some(place) => writeln!(section, "- {}: {quoted}", code(&place)),
            None => writeln!(section, "- {quoted}"),
        };
    }
    if finding.evidence.len() > EVIDENCE {
        let more = finding.evidence.len() - EVIDENCE;
        let more = text::counted(more, "more piece", "more pieces");
        let _ = writeln!(section, "- {more} of evidence");
    }
    let _ = writeln!(
        section,
        "\n**Fix.** {}\n",
        prose(&text::capitalised(finding.remedy))
    );
    further(&mut section, &group.others);
    measures(&mut section, finding);
    section.push_str("</details>\n\n");
    section
}

fn further(section: &mut String, others: &[&Finding]) {
    if others.is_empty() {
        return;
    }
    let mut names: Vec<String> = others
        .iter()
        .take(LISTED)
        .map(|finding| code(&text::shown_location(&finding.subject.location, 100)))
        .collect();
    if others.len() > LISTED {
        names.push(format!("and {} more", text::number(others.len() - LISTED)));
    }
    let _ = writeln!(section, "The same in {}\n", names.join(", "));
}

fn measures(section: &mut String, finding: &Finding) {
    let controls: Vec<String> = finding
        .controls
        .iter()
        .map(|control| format!("[{}]({})", escaped(control.id), control.url))
        .collect();
    let _ = write!(
        section,
        "{} confidence",
        text::capitalised(finding.confidence.as_str())
    );
    if !controls.is_empty() {
        let _ = write!(section, "; {}", controls.join(", "));
    }
    section.push_str("\n\n");
}

fn problems(page: &mut String, scan: &Scan) {
    let unread: Vec<_> = scan
        .problems
        .iter()
        .filter(|problem| problem.problem.kind.leaves_incomplete())
        .collect();
    let broken = scan.problems.len() - unread.len();
    if !unread.is_empty() {
        let count = text::counted(unread.len(), "part was", "parts were");
        let _ = writeln!(page, "**{count} not read**\n");
        for located in unread.iter().take(LISTED) {
            let name = code(&text::shown_location(&located.location, NAME));
            let detail = prose(&located.problem.detail);
            let _ = writeln!(page, "- {} {name}: {detail}", located.problem.kind);
        }
        if unread.len() > LISTED {
            let _ = writeln!(page, "- and {} more", text::number(unread.len() - LISTED));
        }
        page.push('\n');
    }
    if broken > 0 {
        let broken = text::counted(broken, "part was", "parts were");
        let _ = writeln!(page, "{broken} broken and read all the same.\n");
    }
}

fn foot(page: &mut String, context: &Context<'_>) {
    let hidden = summary::hidden(context.scan);
    if !hidden.is_empty() {
        let count = text::counted(context.scan.hidden.total(), "finding", "findings");
        let _ = writeln!(
            page,
            "Not shown by policy: {count} ({}).\n",
            hidden.join(", ")
        );
    }
    let _ = writeln!(
        page,
        "<sub>chainwright {}</sub>",
        escaped(context.tool_version)
    );
}
