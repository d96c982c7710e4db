//! The model brings or loads a native library, plugin or program.
//!
//! ## Why it matters
//!
//! Native code inside or beside a model runs with all rights of the process, past every check of the framework.
//!
//! ## What to do
//!
//! Build the library or plugin from source that you have read, and load that one.
//!
//! ## Limits
//!
//! The machine code itself is not analysed.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-loads-native-code",
    stage: Stage::Packaging,
    summary: "the model loads native code",
    severity: Severity::High,
    remedy: "build the library from source that you trust",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0011_000,
        cwe::CWE_829,
        cwe::CWE_426,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::NativeLibrary];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
