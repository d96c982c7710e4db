//! A chat template loops or grows without a sensible bound.
//!
//! ## Why it matters
//!
//! The server renders the template before it runs the model, often without any limit (CVE-2025-61620, CVE-2025-62426). One
//! request then costs minutes of processor time or all memory.
//!
//! ## What to do
//!
//! Replace the template.
//!
//! ## Limits
//!
//! Loops over the messages and tools of a request are usual and quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{Behaviour, Certainty, Family};

use crate::shared::{SHOWN, confidence, templates};

pub(crate) static RULE: Rule = Rule {
    id: "template-resource-exhaustion",
    stage: Stage::Packaging,
    summary: "rendering the chat template exhausts the server",
    severity: Severity::Medium,
    remedy: "replace the template; limit the time and memory of rendering",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM10,
        atlas_5_6::T0029,
        cwe::CWE_400,
        cwe::CWE_834,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for carried in templates(artifact) {
        let seen: Vec<&Behaviour> = carried
            .facts
            .behaviours
            .iter()
            .filter(|behaviour| behaviour.kind.family() == Family::Exhaustion)
            .collect();
        let Some(worst) = seen.iter().max_by_key(|behaviour| behaviour.certainty) else {
            continue;
        };
        let severity = if worst.certainty == Certainty::Hint {
            Severity::Low
        } else {
            Severity::Medium
        };
        let told = seen.iter().take(SHOWN).map(|behaviour| Evidence {
            place: behaviour.place.clone(),
            text: format!("{}: {}", behaviour.kind, behaviour.evidence),
        });
        let message = format!("the template {}: {}", worst.kind, worst.evidence);
        sink.report_as(
            severity,
            confidence(worst.certainty),
            message,
            told.collect(),
        );
    }
}
