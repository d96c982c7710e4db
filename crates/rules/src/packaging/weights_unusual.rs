//! Tensors are constant, equal to others, or have rows that stick out.
//!
//! ## Why it matters
//!
//! Untrained, copied and edited parts look like this. So do tied weights and unused tokens: it is a hint for whoever
//! reviews the model, no accusation.
//!
//! ## What to do
//!
//! Compare the model with its base: `chainwright vet BASE DERIVED` says what was changed.
//!
//! ## Limits
//!
//! Never above low.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_weights::signs::WeightSignKind;

use crate::weight_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "weights-unusual",
    stage: Stage::Packaging,
    summary: "some tensors are unlike the rest",
    severity: Severity::Low,
    remedy: "compare the model with its base with chainwright vet",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM04, atlas_5_6::T0018_000],
    check: Check::Artifact(check),
};

const KINDS: &[WeightSignKind] = &[
    WeightSignKind::Constant,
    WeightSignKind::DuplicateTensor,
    WeightSignKind::OutlierRows,
    WeightSignKind::MixedUpcast,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
