//! The model file switches off a protection of its loader.
//!
//! ## Why it matters
//!
//! A loader that asks before it runs code is only safe as long as the file cannot answer for the user
//! (CVE-2025-9906).
//!
//! ## What to do
//!
//! Do not load it.
//!
//! ## Limits
//!
//! Settings that users write in their own programs are not meant.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-protection-off",
    stage: Stage::Packaging,
    summary: "the model switches off a protection of its loader",
    severity: Severity::Medium,
    remedy: "do not load it; report it to the publisher",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, cwe::CWE_693, cwe::CWE_502],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::ProtectionOff];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
