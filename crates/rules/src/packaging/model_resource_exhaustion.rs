//! Loading the model takes far more time or memory than its size justifies.
//!
//! ## Why it matters
//!
//! A few bytes can ask for terabytes: repeated shapes, recursive functions, nesting without end. The service that
//! loads the model dies (CVE-2026-0897 and its like).
//!
//! ## What to do
//!
//! Do not load it without limits on memory and time.
//!
//! ## Limits
//!
//! Large honest models are large files; only what a small file asks for is meant.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-resource-exhaustion",
    stage: Stage::Packaging,
    summary: "loading the model exhausts memory or time",
    severity: Severity::Medium,
    remedy: "do not load it without limits on memory and time",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM10,
        owasp_llm_2025::LLM03,
        atlas_5_6::T0029,
        cwe::CWE_400,
        cwe::CWE_674,
        cwe::CWE_770,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::ResourceExhaustion];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
