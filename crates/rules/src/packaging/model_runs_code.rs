//! Loading or running the model runs code that lies in the file or that it names.
//!
//! ## Why it matters
//!
//! A Keras Lambda layer holds marshalled bytecode, a Torch7 file a dumped function, an R file a promise with a call
//! in it, a configuration the name of any callable. Whoever loads the file runs what its author wrote (CVE-2024-3660,
//! CVE-2025-1550, CVE-2025-9905, CVE-2024-27322 and their relatives).
//!
//! ## What to do
//!
//! Do not load it. Ask for the weights without code, such as safetensors, and write the missing layer yourself.
//!
//! ## Limits
//!
//! What the code does is not judged here: its being there is the finding. Where a loader asks for consent first
//! (`safe_mode`), the severity is one step lower.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-runs-code",
    stage: Stage::Packaging,
    summary: "the model file brings its own code",
    severity: Severity::Critical,
    remedy: "do not load it; ask for weights without code",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0011_000,
        atlas_5_6::T0018_002,
        cwe::CWE_502,
        cwe::CWE_94,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[
    ModelHazardKind::EmbeddedCode,
    ModelHazardKind::DangerousCallable,
    ModelHazardKind::ProcessStart,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
