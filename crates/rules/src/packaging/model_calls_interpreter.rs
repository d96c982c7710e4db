//! An operator of the model calls back into Python or another interpreter.
//!
//! ## Why it matters
//!
//! `PyFunc`, `py_func`, `PythonOp`, MXNet `Custom` and their like run a function of the process that loads the model,
//! or of a module that they name, with data that the model chooses.
//!
//! ## What to do
//!
//! Replace the operator by ones of the framework, or read the function that it calls before you run the model.
//!
//! ## Limits
//!
//! Which function is called is only known where the file names it.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-calls-interpreter",
    stage: Stage::Packaging,
    summary: "an operator of the model runs interpreter code",
    severity: Severity::High,
    remedy: "replace the operator, or read the function that it calls",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0018_002,
        cwe::CWE_94,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::InterpreterCallback];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
