//! A chat template loops or grows without a sensible bound.
//!
//! ## Why it matters
//!
//! The server renders the template before it runs the model, often without any limit (CVE-2025-61620, CVE-2025-62426). One
//! request then costs minutes of processor time or all memory.
//!
//! ## What to do
//!
//! Replace the template.
//!
//! ## Limits
//!
//! Loops over the messages and tools of a request are usual and quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::CarriedTemplate;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{BehaviourKind, Family};

use crate::template_behaviours::report_templates;

pub(crate) static RULE: Rule = Rule {
    id: "template-resource-exhaustion",
    stage: Stage::Packaging,
    summary: "rendering the chat template exhausts the server",
    severity: Severity::Medium,
    remedy: "replace the template; limit the time and memory of rendering",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM10,
        atlas_5_6::T0029,
        cwe::CWE_400,
        cwe::CWE_834,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |_: &CarriedTemplate, kind: BehaviourKind| kind.family() == Family::Exhaustion;
    report_templates(artifact, wanted, sink);
}
