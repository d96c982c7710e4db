//! What came of the run, and the six stages as links of a chain.

use std::fmt::Write as _;

use chainwright_core::decision::Verdict;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use super::markup::{icon, name, prose};
use crate::context::Context;
use crate::summary::{self, Counts};
use crate::text::{self, capitalised};

/// Reasons listed before the rest is counted.
const REASONS: usize = 8;

/// Writes the top of the page.
pub(super) fn write(html: &mut String, context: &Context<'_>) {
    let scan = context.scan;
    html.push_str("<div class=\"hero\">\n<p class=\"eyebrow\">Supply-chain report</p>\n");
    let _ = writeln!(html, "<h1>{}</h1>", name(&super::targets(scan), 120));
    figures(html, scan);
    verdict(html, scan);
    html.push_str("</div>\n");
    chain(html, context);
}

fn figures(html: &mut String, scan: &Scan) {
    let statistics = scan.statistics;
    let mut figures = vec![
        figure(statistics.files, "file", "files"),
        format!("<b>{}</b>", text::size(statistics.bytes)),
        figure(statistics.artifacts, "artifact", "artifacts"),
        figure(scan.graph.components().len(), "component", "components"),
    ];
    if statistics.cached > 0 {
        figures.push(format!(
            "<b>{}</b> from the cache",
            text::number(statistics.cached)
        ));
    }
    figures.push(format!("<b>{}</b>", text::duration(statistics.elapsed)));
    let figures: String = figures
        .iter()
        .map(|figure| format!("<li>{figure}</li>"))
        .collect();
    let _ = writeln!(html, "<ul class=\"figures\">{figures}</ul>");
}

fn figure(count: impl TryInto<u64> + Copy, one: &str, many: &str) -> String {
    let counted = text::counted(count, one, many);
    match counted.split_once(' ') {
        Some((number, noun)) => format!("<b>{number}</b> {noun}"),
        None => counted,
    }
}

fn verdict(html: &mut String, scan: &Scan) {
    let verdict = scan.verdict();
    let (class, meaning) = look(verdict);
    let (code, exit) = summary::exit(scan);
    let _ = write!(
        html,
        "<div class=\"verdict {class}\">{}<div><strong>{}</strong><p class=\"meaning\">{meaning}</p>\n<dl>",
        icon(class),
        capitalised(verdict.as_str())
    );
    let mut facts = vec![
        ("Decision", capitalised(scan.decision.outcome.as_str())),
        ("Exit code", format!("{code}: {exit}")),
        ("Gate", summary::gate(scan)),
        (
            "At the gate",
            text::counted(summary::at_gate(scan), "finding", "findings"),
        ),
    ];
    if scan.decision.incomplete {
        facts.push(("Coverage", "incomplete".to_owned()));
    }
    let hidden = summary::hidden(scan);
    if !hidden.is_empty() {
        facts.push(("Not shown", hidden.join(", ")));
    }
    for (term, fact) in facts {
        let _ = write!(html, "<div><dt>{term}</dt><dd>{fact}</dd></div>");
    }
    html.push_str("</dl>");
    reasons(html, scan);
    html.push_str("</div></div>\n");
}

fn reasons(html: &mut String, scan: &Scan) {
    let reasons = &scan.decision.reasons;
    if reasons.is_empty() {
        return;
    }
    html.push_str("<ul>");
    for reason in reasons.iter().take(REASONS) {
        let _ = write!(html, "<li>{}</li>", prose(reason));
    }
    if reasons.len() > REASONS {
        let more = text::counted(reasons.len() - REASONS, "more reason", "more reasons");
        let _ = write!(html, "<li>and {more}</li>");
    }
    html.push_str("</ul>");
}

/// The symbol of a verdict and what it means.
pub(super) const fn look(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Clean => ("pass", "Everything was read and nothing was found."),
        Verdict::Info => ("info", "Nothing to do; something is worth knowing."),
        Verdict::Review => ("low", "A person should look before it is used."),
        Verdict::Incomplete => (
            "medium",
            "Something could not be read, so it cannot be called clean.",
        ),
        Verdict::Suspicious => ("high", "It should not be used as it is."),
        Verdict::Malicious => (
            "critical",
            "It holds an attack, or something as good as one.",
        ),
    }
}

fn chain(html: &mut String, context: &Context<'_>) {
    let scan = context.scan;
    html.push_str(
        "<section id=\"chain\" aria-labelledby=\"chain-title\">\n<h2 id=\"chain-title\">The chain</h2>\n\
         <p class=\"lead\">Six stages carry a model from its data to its users. Each shows the worst that was found in it.</p>\n\
         <ol class=\"chain\">\n",
    );
    for (stage, counts) in summary::posture(scan) {
        let is_judged = summary::is_judged(context, stage);
        let passes = is_judged && !scan.decision.incomplete;
        link(html, stage, counts, summary::absence(is_judged), passes);
    }
    html.push_str("</ol>\n</section>\n");
}

fn link(html: &mut String, stage: Stage, counts: Counts, absence: &'static str, passes: bool) {
    let (class, word) = match counts.worst() {
        Some(worst) => (worst.as_str(), worst.as_str()),
        // No pass mark for a stage that no rule looks at, or that may lie in what was not read.
        None if passes => ("pass", absence),
        None => ("none", absence),
    };
    let title = match counts.worst() {
        Some(_) => format!(
            "<a href=\"#stage-{stage}\">{}</a>",
            capitalised(stage.as_str())
        ),
        None => capitalised(stage.as_str()),
    };
    let _ = writeln!(
        html,
        "<li class=\"link {class}\"><h3>{title}</h3><span class=\"level\">{}{}</span>\
         <span class=\"counts\">{}</span><span class=\"parts\">{}</span></li>",
        icon(class),
        capitalised(word),
        spoken(counts),
        stage.links()
    );
}

/// Counts in words, unless they only repeat that there is a single finding.
fn spoken(counts: Counts) -> String {
    match counts.worst() {
        None => String::new(),
        Some(worst) if counts.total() == counts.at(worst) => {
            text::counted(counts.total(), "finding", "findings")
        }
        Some(
            Severity::Info | Severity::Low | Severity::Medium | Severity::High | Severity::Critical,
        ) => counts.in_words(),
    }
}
