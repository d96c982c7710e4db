//! A chat template reaches for the interpreter behind the template engine.
//!
//! ## Why it matters
//!
//! The inference server renders the template on every request. Without a sandbox, and in llama-cpp-python before 0.2.72
//! (CVE-2024-34359), a template that walks from an object to its class and on to the interpreter runs commands on the
//! server. Names are folded before they are judged: assembled, escaped and filtered spellings come to the same.
//!
//! ## What to do
//!
//! Do not serve the model. Replace the template.
//!
//! ## Limits
//!
//! Filters and methods that are unusual but harmless are reported as low.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::CarriedTemplate;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_templates::{BehaviourKind, Family};

use crate::template_behaviours::report_templates;

pub(crate) static RULE: Rule = Rule {
    id: "template-code-injection",
    stage: Stage::Packaging,
    summary: "the chat template tries to leave its sandbox",
    severity: Severity::Critical,
    remedy: "do not serve this model; replace the template by one from a publisher you trust",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_1336,
        cwe::CWE_94,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |_: &CarriedTemplate, kind: BehaviourKind| kind.family() == Family::Escape;
    report_templates(artifact, wanted, sink);
}
