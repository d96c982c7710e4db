//! Applies policy to findings, and decides.

use chainwright_core::decision::{Decision, Outcome};
use chainwright_core::finding::Finding;
use chainwright_core::scan::{Gate, Hidden};
use chainwright_core::severity::{Confidence, Severity};

use crate::allow::{AllowEntry, Date};
use crate::baseline::Baseline;

/// Everything policy goes by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What denies.
    pub gate: Gate,
    /// What is shown; milder findings are hidden and counted.
    pub threshold: Gate,
    /// What somebody accepts.
    pub allow: Vec<AllowEntry>,
    /// What was there before.
    pub baseline: Baseline,
    /// Whether parts that could not be read are acceptable.
    pub accept_incomplete: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            gate: Gate {
                severity: Severity::Medium,
                confidence: Confidence::Low,
            },
            threshold: Gate {
                severity: Severity::Info,
                confidence: Confidence::Low,
            },
            allow: Vec::new(),
            baseline: Baseline::default(),
            accept_incomplete: false,
        }
    }
}

/// Findings after policy.
#[derive(Debug, Default)]
pub struct Judged {
    /// What is shown.
    pub findings: Vec<Finding>,
    /// What is not, as numbers.
    pub hidden: Hidden,
    /// Entries of the allow-list that have come to their end and would have hidden something.
    pub notes: Vec<String>,
}

/// Sorts findings into shown and hidden.
#[must_use]
pub fn apply(policy: &Policy, findings: Vec<Finding>, today: Date) -> Judged {
    let mut judged = Judged::default();
    for finding in findings {
        if !reaches(policy.threshold, &finding) {
            judged.hidden.by_threshold += 1;
        } else if policy.baseline.contains(&finding) {
            judged.hidden.by_baseline += 1;
        } else if is_allowed(policy, &finding, today, &mut judged.notes) {
            judged.hidden.by_allow_list += 1;
        } else {
            judged.findings.push(finding);
        }
    }
    judged
}

fn is_allowed(policy: &Policy, finding: &Finding, today: Date, notes: &mut Vec<String>) -> bool {
    let mut allowed = false;
    for entry in policy.allow.iter().filter(|entry| entry.covers(finding)) {
        match entry.expires.filter(|_| entry.is_expired(today)) {
            None => allowed = true,
            Some(end) => {
                let rule = entry.rule.as_deref().unwrap_or("any rule");
                let note = format!(
                    "the allow-list entry for {rule} ended on {end}: {}",
                    entry.reason
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    allowed
}

fn reaches(gate: Gate, finding: &Finding) -> bool {
    gate.is_reached_by(finding.severity, finding.confidence)
}

/// Decides about a run from what is shown and whether something was left unread.
#[must_use]
pub fn decide(policy: &Policy, findings: &[Finding], unread: usize) -> Decision {
    let over = findings
        .iter()
        .filter(|finding| reaches(policy.gate, finding))
        .count();
    let incomplete = unread > 0 && !policy.accept_incomplete;
    let mut reasons = Vec::new();
    if over > 0 {
        let gate = policy.gate.severity;
        reasons.push(format!(
            "{over} {} at or above {gate}",
            plural(over, "finding")
        ));
    }
    if unread > 0 {
        let accepted = if incomplete {
            ""
        } else {
            ", which is accepted"
        };
        reasons.push(format!(
            "{unread} {} could not be judged{accepted}",
            plural(unread, "part")
        ));
    }
    let outcome = match (over, incomplete, findings.is_empty()) {
        (1.., _, _) | (_, true, _) => Outcome::Deny,
        (0, false, false) => Outcome::Warn,
        (0, false, true) => Outcome::Allow,
    };
    if outcome == Outcome::Warn {
        let count = findings.len();
        reasons.push(format!(
            "{count} {} below the gate",
            plural(count, "finding")
        ));
    }
    Decision {
        outcome,
        reasons,
        incomplete,
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}
