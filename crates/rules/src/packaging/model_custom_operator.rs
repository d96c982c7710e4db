//! The model needs an operator or layer that its user has to provide.
//!
//! ## Why it matters
//!
//! It does not run without code from elsewhere, which is then as much a part of the supply chain as the file.
//!
//! ## What to do
//!
//! Take the operator from a source that you trust, and list it with the model.
//!
//! ## Limits
//!
//! Low by itself: nothing is loaded by the file.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-custom-operator",
    stage: Stage::Packaging,
    summary: "the model needs a custom operator",
    severity: Severity::Low,
    remedy: "take the operator from a source you trust",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_001, cwe::CWE_829],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::CustomOperator];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
