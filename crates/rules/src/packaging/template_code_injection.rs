//! A chat template reaches for the interpreter behind the template engine.
//!
//! ## Why it matters
//!
//! The inference server renders the template on every request. Without a sandbox, and in llama-cpp-python before 0.2.72
//! (CVE-2024-34359), a template that walks from an object to its class and on to the interpreter runs commands on the
//! server. Names are folded before they are judged: assembled, escaped and filtered spellings come to the same.
//!
//! ## What to do
//!
//! Do not serve the model. Replace the template.
//!
//! ## Limits
//!
//! Filters and methods that are unusual but harmless are reported as low.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{Behaviour, Certainty, Family};

use crate::shared::{SHOWN, confidence, templates};

pub(crate) static RULE: Rule = Rule {
    id: "template-code-injection",
    stage: Stage::Packaging,
    summary: "the chat template tries to leave its sandbox",
    severity: Severity::Critical,
    remedy: "do not serve this model; replace the template by one from a publisher you trust",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_1336,
        cwe::CWE_94,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for carried in templates(artifact) {
        let seen: Vec<&Behaviour> = carried
            .facts
            .behaviours
            .iter()
            .filter(|behaviour| behaviour.kind.family() == Family::Escape)
            .collect();
        let Some(worst) = seen.iter().max_by_key(|behaviour| behaviour.certainty) else {
            continue;
        };
        let severity = match worst.certainty {
            Certainty::Proven => Severity::Critical,
            Certainty::Likely => Severity::Medium,
            Certainty::Hint => Severity::Low,
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
