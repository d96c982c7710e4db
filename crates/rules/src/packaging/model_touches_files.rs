//! An operator or field of the model reads or writes files that it names.
//!
//! ## Why it matters
//!
//! `ReadFile` and `WriteFile` of TensorFlow, external storage of HDF5 (CVE-2026-1669), vocabularies by path
//! (CVE-2025-12058): a model that names files of the machine can carry off keys or overwrite start-up scripts.
//!
//! ## What to do
//!
//! Do not run it where secrets lie. Find out why a model needs the file.
//!
//! ## Limits
//!
//! Files in the model's own folder are honest and quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-touches-files",
    stage: Stage::Packaging,
    summary: "the model reads or writes files of the machine",
    severity: Severity::High,
    remedy: "do not run it where anything of value lies; ask why it needs the file",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM02,
        atlas_5_6::T0018_002,
        cwe::CWE_73,
        cwe::CWE_200,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::FileRead, ModelHazardKind::FileWrite];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
