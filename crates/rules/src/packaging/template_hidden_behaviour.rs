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
//! recognised by their fingerprint and quiet unless changed. Templates that render no conversation are not judged.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::CarriedTemplate;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{BehaviourKind, Family};

use crate::template_behaviours::report_templates;

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
    let wanted = |carried: &CarriedTemplate, kind: BehaviourKind| {
        let is_ours = matches!(kind.family(), Family::Backdoor | Family::Concealment);
        let is_vouched_for = carried.facts.known.is_some() && !escapes_fingerprint(kind);
        is_ours && carried.facts.is_chat && !is_vouched_for
    };
    report_templates(artifact, wanted, sink);
}

/// What a fingerprint does not cover, so that a well-known template can have it added.
const fn escapes_fingerprint(kind: BehaviourKind) -> bool {
    matches!(kind, BehaviourKind::CommentInstruction)
}
