//! The model names a side file outside its own folder.
//!
//! ## Why it matters
//!
//! External data of ONNX (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480), assets of a SavedModel and the like are
//! read by path. A path that climbs out reads any file of the machine into the model, or has a tool write there.
//!
//! ## What to do
//!
//! Do not load it. An honest export keeps its side files beside it.
//!
//! ## Limits
//!
//! Whether the named file exists is not asked.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-path-escape",
    stage: Stage::Packaging,
    summary: "the model reaches for files outside its folder",
    severity: Severity::High,
    remedy: "do not load it; honest side files lie beside the model",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_22,
        cwe::CWE_36,
        cwe::CWE_59,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::PathEscape, ModelHazardKind::PathAbsolute];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
