//! A chat template adds, drops or rewrites words of the conversation behind the user's back.
//!
//! ## Why it matters
//!
//! The template stands between the user and the model and travels with the weights. One that emits an instruction or a
//! link when a certain phrase occurs, drops the system message, or shows the words of one speaker as another's turns an
//! honest model into a backdoored one, without a change to any weight and unseen by tests of the weights.
//!
//! ## What to do
//!
//! Compare the template with that of the base model's publisher. Use the publisher's.
//!
//! ## Limits
//!
//! Default system prompts, tool instructions and the handling of thinking tags are usual and quiet. Known templates are
//! recognised by their fingerprint and quiet unless changed.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{Behaviour, Certainty, Family};

use crate::shared::{SHOWN, confidence, templates};

pub(crate) static RULE: Rule = Rule {
    id: "template-hidden-behaviour",
    stage: Stage::Packaging,
    summary: "the chat template changes what the model is told",
    severity: Severity::High,
    remedy: "replace the template by the one of the base model's publisher and compare the two",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM01,
        owasp_llm_2025::LLM04,
        atlas_5_6::T0051_002,
        atlas_5_6::T0018,
        cwe::CWE_506,
        cwe::CWE_511,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for carried in templates(artifact).filter(|carried| carried.facts.known.is_none()) {
        let seen: Vec<&Behaviour> = carried
            .facts
            .behaviours
            .iter()
            .filter(|behaviour| {
                matches!(
                    behaviour.kind.family(),
                    Family::Backdoor | Family::Concealment
                )
            })
            .collect();
        let Some(worst) = seen.iter().max_by_key(|behaviour| behaviour.certainty) else {
            continue;
        };
        let severity = match worst.certainty {
            Certainty::Proven => Severity::High,
            Certainty::Likely => Severity::Medium,
            Certainty::Hint => Severity::Info,
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
