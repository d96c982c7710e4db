//! Counts and groups over a scan that several reports show. Nothing is left out: every finding is in exactly
//! one group of exactly one stage.

use std::collections::BTreeMap;

use chainwright_core::decision::Outcome;
use chainwright_core::finding::Finding;
use chainwright_core::scan::Scan;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::context::Context;

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts([usize; Severity::ALL.len()]);

impl Counts {
    pub(crate) fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            counts.0[finding.severity as usize] += 1;
        }
        counts
    }

    pub(crate) const fn at(self, severity: Severity) -> usize {
        self.0[severity as usize]
    }

    pub(crate) fn total(self) -> usize {
        self.0.iter().sum()
    }

    pub(crate) fn worst(self) -> Option<Severity> {
        self.present().next().map(|(severity, _)| severity)
    }

    /// The severities that occur, worst first, with their numbers.
    pub(crate) fn present(self) -> impl Iterator<Item = (Severity, usize)> {
        Severity::ALL
            .into_iter()
            .rev()
            .map(move |severity| (severity, self.at(severity)))
            .filter(|(_, count)| *count > 0)
    }

    /// `1 critical, 3 medium`, or nothing for no findings.
    pub(crate) fn in_words(self) -> String {
        self.present()
            .map(|(severity, count)| format!("{} {severity}", crate::text::number(count)))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The counts of every stage, in the order of stages.
pub(crate) fn posture(scan: &Scan) -> Vec<(Stage, Counts)> {
    Stage::ALL
        .into_iter()
        .map(|stage| {
            let of_stage = scan.findings.iter().filter(|found| found.stage == stage);
            (stage, Counts::of(of_stage))
        })
        .collect()
}

/// Whether any rule looked at the stage; without one, no findings say nothing.
pub(crate) fn is_judged(context: &Context<'_>, stage: Stage) -> bool {
    let has_findings = context
        .scan
        .findings
        .iter()
        .any(|found| found.stage == stage);
    has_findings || context.rules.iter().any(|rule| rule.stage == stage)
}

/// What stands in the place of a severity where there are no findings.
pub(crate) const fn absence(is_judged: bool) -> &'static str {
    if is_judged {
        "no findings"
    } else {
        "not judged"
    }
}

/// Findings that say the same thing of different places: one rule, one message, one severity and confidence.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    /// The finding that stands for all of them.
    pub(crate) first: &'a Finding,
    /// The others, in the order of the scan.
    pub(crate) others: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    pub(crate) fn len(&self) -> usize {
        1 + self.others.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &'a Finding> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// All groups of one rule in one stage.
#[derive(Debug, Clone)]
pub(crate) struct RuleGroups<'a> {
    /// Its groups, worst first.
    pub(crate) groups: Vec<Group<'a>>,
}

impl RuleGroups<'_> {
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(Group::len).sum()
    }
}

/// The findings of one stage.
#[derive(Debug, Clone)]
pub(crate) struct StageGroups<'a> {
    pub(crate) stage: Stage,
    pub(crate) counts: Counts,
    /// Its groups, worst first.
    pub(crate) groups: Vec<Group<'a>>,
}

impl<'a> StageGroups<'a> {
    /// The groups gathered by rule, the rule with the worst finding first.
    pub(crate) fn by_rule(&self) -> Vec<RuleGroups<'a>> {
        let mut positions = BTreeMap::new();
        let mut rules: Vec<RuleGroups<'a>> = Vec::new();
        for group in &self.groups {
            let position = *positions.entry(group.first.rule).or_insert(rules.len());
            match rules.get_mut(position) {
                Some(rule) => rule.groups.push(group.clone()),
                None => rules.push(RuleGroups {
                    groups: vec![group.clone()],
                }),
            }
        }
        rules
    }
}

/// The stages that have findings, in order, each with its findings grouped.
pub(crate) fn stages(scan: &Scan) -> Vec<StageGroups<'_>> {
    posture(scan)
        .into_iter()
        .filter(|(_, counts)| counts.total() > 0)
        .map(|(stage, counts)| StageGroups {
            stage,
            counts,
            groups: groups(scan.findings.iter().filter(|found| found.stage == stage)),
        })
        .collect()
}

fn groups<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Group<'a>> {
    let mut positions = BTreeMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for finding in findings {
        let sameness = (
            finding.rule,
            finding.message.as_str(),
            finding.severity,
            finding.confidence,
        );
        let position = *positions.entry(sameness).or_insert(groups.len());
        match groups.get_mut(position) {
            Some(group) => group.others.push(finding),
            None => groups.push(Group {
                first: finding,
                others: Vec::new(),
            }),
        }
    }
    groups.sort_by_key(|group| {
        let worst = (group.first.severity, group.first.confidence);
        std::cmp::Reverse(worst)
    });
    groups
}

/// Whether a finding counts against the gate of its run.
pub(crate) fn reaches_gate(scan: &Scan, severity: Severity, confidence: Confidence) -> bool {
    scan.gate.is_reached_by(severity, confidence)
}

/// How many findings count against the gate.
pub(crate) fn at_gate(scan: &Scan) -> usize {
    scan.findings
        .iter()
        .filter(|found| reaches_gate(scan, found.severity, found.confidence))
        .count()
}

/// The exit code that goes with the decision, and what it means.
pub(crate) fn exit(scan: &Scan) -> (u8, &'static str) {
    if at_gate(scan) > 0 {
        (1, "something is at or above the gate")
    } else if scan.decision.incomplete {
        (2, "nothing at the gate, but not everything could be read")
    } else if scan.decision.outcome == Outcome::Deny {
        (1, "denied by policy")
    } else {
        (0, "nothing is at or above the gate")
    }
}

/// The gate in words.
pub(crate) fn gate(scan: &Scan) -> String {
    match scan.gate.confidence {
        Confidence::Low => format!("{} severity, any confidence", scan.gate.severity),
        Confidence::Medium | Confidence::High => format!(
            "{} severity, {} confidence",
            scan.gate.severity, scan.gate.confidence
        ),
    }
}

/// What policy hides, reason by reason, in words; only reasons that occur.
pub(crate) fn hidden(scan: &Scan) -> Vec<String> {
    let hidden = scan.hidden;
    [
        (hidden.by_baseline, "in the baseline"),
        (hidden.by_allow_list, "on the allow-list"),
        (hidden.by_vex, "settled by VEX"),
        (hidden.by_threshold, "below the threshold"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, why)| format!("{} {why}", crate::text::number(count)))
    .collect()
}
