//! The XML of the model declares entities that fetch files or grow without end.
//!
//! ## Why it matters
//!
//! PMML and OpenVINO models are XML. A parser that expands external entities reads local files or addresses of the
//! network into the model (XXE); nested entities fill the memory.
//!
//! ## What to do
//!
//! Do not parse it with a parser that expands entities. Honest models declare none.
//!
//! ## Limits
//!
//! A document type without entities is quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-external-entity",
    stage: Stage::Packaging,
    summary: "the XML of the model declares entities",
    severity: Severity::Medium,
    remedy: "do not load it; honest models declare no entities",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM10,
        cwe::CWE_611,
        cwe::CWE_776,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[
    ModelHazardKind::ExternalEntity,
    ModelHazardKind::EntityExpansion,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
