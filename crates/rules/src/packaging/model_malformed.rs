//! The structure of the model announces what cannot be true.
//!
//! ## Why it matters
//!
//! Sizes that overflow, offsets beyond the file, indices without a target and names that stand twice are how native
//! loaders are attacked, and how two loaders are made to see two different models.
//!
//! ## What to do
//!
//! Do not load it. A broken download is the harmless cause: fetch it again and compare the digest.
//!
//! ## Limits
//!
//! A file that merely ends too early is a problem in the report, not a finding.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-malformed",
    stage: Stage::Packaging,
    summary: "the model file breaks its own format",
    severity: Severity::Medium,
    remedy: "do not load it; fetch it again and compare the digest",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_190,
        cwe::CWE_125,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[
    ModelHazardKind::SizeLie,
    ModelHazardKind::OutOfBounds,
    ModelHazardKind::Ambiguous,
    ModelHazardKind::Malformed,
    ModelHazardKind::StrayData,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
