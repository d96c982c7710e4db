//! The model names a class or function that does not come from the library of its format.
//!
//! ## Why it matters
//!
//! The loader imports and calls what stands there. An unknown name is code that nobody has reviewed with the model,
//! or a way to reach a callable that was never meant for it.
//!
//! ## What to do
//!
//! Find out where the name comes from. Pin and read that package before you load the model.
//!
//! ## Limits
//!
//! Names of well-known extension packages are known; others are reported although many are honest.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-unknown-callable",
    stage: Stage::Packaging,
    summary: "the model calls something its library does not have",
    severity: Severity::Medium,
    remedy: "find out which package it means, and read that first",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_470,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::UnknownCallable];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
