//! The findings: by stage, then by rule, then by what is said; places that share a sentence are folded under it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chainwright_core::finding::{Evidence, Finding};
use chainwright_core::location::{Location, Place};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use super::markup::{escaped, icon, level, link, name, prose, quoted};
use crate::context::{Context, RuleDescription};
use crate::summary::{self, Group, RuleGroups, StageGroups};
use crate::text::{self, NAME, capitalised};

/// A rule with more groups than this is folded …
const GROUPS_IN_FULL: usize = 8;

/// … behind this many.
const UNFOLDED: usize = 4;

/// Columns a place may take before it is allowed to wrap.
const SHORT_PLACE: usize = 26;

/// Writes the section, with the form that filters it.
pub(super) fn write(html: &mut String, context: &Context<'_>) {
    let stages = summary::stages(context.scan);
    html.push_str(
        "<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings</h2>\n",
    );
    let parts = Parts::of(context);
    if stages.is_empty() {
        let _ = writeln!(
            html,
            "<p class=\"empty\">{}No rule found anything in what was read.</p>",
            icon("pass")
        );
    } else {
        lead(html, context);
        filter(html, &stages);
        for stage in &stages {
            one_stage(html, stage, &parts);
        }
    }
    html.push_str("</section>\n");
}

/// What findings refer to.
struct Parts<'a> {
    rules: BTreeMap<&'static str, &'a RuleDescription>,
    /// The rows of components by the file they lie in.
    rows: BTreeMap<&'a Location, usize>,
}

impl<'a> Parts<'a> {
    fn of(context: &'a Context<'_>) -> Self {
        let rules = context.rules.iter().map(|rule| (rule.id, rule)).collect();
        let rows = context
            .scan
            .graph
            .iter()
            .filter_map(|(id, component)| Some((component.location.as_ref()?, id.index())))
            .collect();
        Self { rules, rows }
    }

    /// The row of the component that is the artifact, or the file around it.
    fn row(&self, location: &Location) -> Option<usize> {
        let file = Location::file(location.path());
        self.rows
            .get(location)
            .or_else(|| self.rows.get(&file))
            .copied()
    }
}

fn lead(html: &mut String, context: &Context<'_>) {
    let scan = context.scan;
    let counts = summary::Counts::of(&scan.findings);
    let _ = write!(
        html,
        "<p class=\"lead\">{}",
        capitalised(&counts.in_words())
    );
    let hidden = summary::hidden(scan);
    if !hidden.is_empty() {
        let _ = write!(
            html,
            ". Policy keeps {} more out of the report: {}",
            text::number(scan.hidden.total()),
            hidden.join(", ")
        );
    }
    html.push_str(".</p>\n");
}

fn filter(html: &mut String, stages: &[StageGroups<'_>]) {
    html.push_str(
        "<form class=\"filter\" role=\"search\" aria-label=\"Filter the findings\">\
         <input type=\"search\" name=\"words\" placeholder=\"Search findings\" aria-label=\"Search findings\" autocomplete=\"off\">\
         <fieldset><legend class=\"vh\">Severity</legend>",
    );
    for severity in Severity::ALL.into_iter().rev() {
        let found = stages.iter().any(|stage| stage.counts.at(severity) > 0);
        if found {
            let _ = write!(
                html,
                "<label class=\"{severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked>{}</label>",
                capitalised(severity.as_str())
            );
        }
    }
    html.push_str("</fieldset><select name=\"stage\" aria-label=\"Stage\"><option value=\"\">All stages</option>");
    for stage in Stage::ALL {
        if stages.iter().any(|group| group.stage == stage) {
            let _ = write!(
                html,
                "<option value=\"{stage}\">{}</option>",
                capitalised(stage.as_str())
            );
        }
    }
    html.push_str("</select><output aria-live=\"polite\"></output></form>\n");
}

fn one_stage(html: &mut String, stage: &StageGroups<'_>, parts: &Parts<'_>) {
    let _ = writeln!(
        html,
        "<section class=\"stage\" id=\"stage-{0}\"><header><h3>{1}</h3><span class=\"muted\">{2}</span></header>",
        stage.stage,
        capitalised(stage.stage.as_str()),
        stage.counts.in_words()
    );
    for rule in stage.by_rule() {
        one_rule(html, &rule, parts);
    }
    html.push_str("</section>\n");
}

fn one_rule(html: &mut String, rule: &RuleGroups<'_>, parts: &Parts<'_>) {
    let Some(worst) = rule.groups.first().map(|group| group.first) else {
        return;
    };
    let _ = writeln!(
        html,
        "<details class=\"rule\" open><summary>{}<h4>{}</h4><span class=\"what\">{}</span>\
         <span class=\"many\">{}</span></summary><div class=\"body\">",
        level(worst.severity),
        escaped(worst.rule),
        escaped(&capitalised(worst.summary)),
        text::counted(rule.len(), "finding", "findings")
    );
    let unfolded = match rule.groups.len() {
        few if few <= GROUPS_IN_FULL => few,
        _ => UNFOLDED,
    };
    let (shown, folded) = rule.groups.split_at(unfolded);
    for group in shown {
        one_group(html, group, worst.severity, parts);
    }
    if !folded.is_empty() {
        let count: usize = folded.iter().map(Group::len).sum();
        let _ = writeln!(
            html,
            "<details class=\"more\"><summary>{} of this rule</summary>",
            text::counted(count, "more finding", "more findings")
        );
        for group in folded {
            one_group(html, group, worst.severity, parts);
        }
        html.push_str("</details>\n");
    }
    advice(html, worst, parts);
    html.push_str("</div></details>\n");
}

fn one_group(html: &mut String, group: &Group<'_>, worst: Severity, parts: &Parts<'_>) {
    let finding = group.first;
    // The rule's heading names the severity of its worst finding.
    let severity = match finding.severity {
        severity if severity == worst => String::new(),
        severity => format!("<span>{severity} severity</span>"),
    };
    let _ = writeln!(
        html,
        "<article class=\"finding\" data-severity=\"{}\" data-stage=\"{}\" data-rule=\"{}\" data-count=\"{}\"><p>{}</p>",
        finding.severity,
        finding.stage,
        escaped(finding.rule),
        group.len(),
        prose(&capitalised(&finding.message))
    );
    let _ = writeln!(
        html,
        "<div class=\"where\">{}{severity}<span>{} confidence</span></div>",
        path(&finding.subject.location, parts),
        finding.confidence
    );
    proof(html, finding);
    if !group.others.is_empty() {
        others(html, &group.others, parts);
    }
    html.push_str("</article>\n");
}

/// Where the artifact lies, linked to its row among the components.
fn path(location: &Location, parts: &Parts<'_>) -> String {
    let shown = name(&location.to_string(), NAME);
    match parts.row(location) {
        Some(row) => format!("<a class=\"path\" href=\"#c-{row}\">{shown}</a>"),
        None => format!("<span class=\"path\">{shown}</span>"),
    }
}

fn proof(html: &mut String, finding: &Finding) {
    if finding.evidence.is_empty() {
        return;
    }
    html.push_str("<table class=\"proof\"><caption class=\"vh\">Evidence</caption>");
    for evidence in &finding.evidence {
        row(html, evidence);
    }
    html.push_str("</table>\n");
}

fn row(html: &mut String, evidence: &Evidence) {
    let place = match &evidence.place {
        Place::Whole => "whole".to_owned(),
        Place::Byte(offset) => format!("byte {offset}<small>0x{offset:x}</small>"),
        Place::Line { line, column } => format!("line {line}<small>column {column}</small>"),
        Place::Pointer(pointer) => name(pointer, NAME),
        Place::Key(key) => format!("[{}]", name(key, NAME)),
    };
    let shown = text::place(&evidence.place).unwrap_or_default();
    let is_long = match &evidence.place {
        Place::Pointer(_) | Place::Key(_) => text::columns(&shown) > SHORT_PLACE,
        Place::Whole | Place::Byte(_) | Place::Line { .. } => false,
    };
    let class = if is_long { " class=\"long\"" } else { "" };
    let _ = write!(
        html,
        "<tr><th scope=\"row\"{class}>{place}</th><td>{}</td></tr>",
        quoted(&evidence.text)
    );
}

fn others(html: &mut String, others: &[&Finding], parts: &Parts<'_>) {
    let _ = write!(
        html,
        "<details class=\"places\"><summary>The same in {}</summary><ul>",
        text::counted(others.len(), "more place", "more places")
    );
    for finding in others {
        let evidence: Vec<String> = finding
            .evidence
            .iter()
            .map(|evidence| match text::place(&evidence.place) {
                Some(place) => format!("{} {}", escaped(&place), quoted(&evidence.text)),
                None => quoted(&evidence.text),
            })
            .collect();
        let _ = write!(
            html,
            "<li><span class=\"where\">{}</span><span class=\"muted\">{}</span></li>",
            path(&finding.subject.location, parts),
            evidence.join("; ")
        );
    }
    html.push_str("</ul></details>\n");
}

/// What to do, and what the rule is measured against: the same for all findings of a rule.
fn advice(html: &mut String, finding: &Finding, parts: &Parts<'_>) {
    let _ = write!(
        html,
        "<dl class=\"advice\"><dt>What to do</dt><dd>{}</dd>",
        prose(&capitalised(finding.remedy))
    );
    let mut chips: String = finding
        .controls
        .iter()
        .map(|control| {
            let label = format!("{} {}", control.id, control.title);
            let title = escaped(control.framework.title());
            match link(control.url) {
                Some(url) => format!(
                    "<li><a href=\"{url}\" title=\"{title}\" rel=\"noreferrer\">{}</a></li>",
                    escaped(&label)
                ),
                None => format!("<li>{}</li>", escaped(&label)),
            }
        })
        .collect();
    if let Some(url) = parts
        .rules
        .get(finding.rule)
        .and_then(|rule| link(&rule.help_uri))
    {
        let _ = write!(
            chips,
            "<li><a href=\"{url}\" rel=\"noreferrer\">About this rule</a></li>"
        );
    }
    if !chips.is_empty() {
        let _ = write!(
            html,
            "<dt>Measured by</dt><dd><ul class=\"chips\">{chips}</ul></dd>"
        );
    }
    html.push_str("</dl>\n");
}
