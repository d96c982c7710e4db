//! Code beside the weights hides what it is, looks for observers, or switches protections off.
//!
//! ## Why it matters
//!
//! Obfuscation, checks for debuggers and virtual machines, and replaced library functions serve to get past reviewers and
//! monitors.
//!
//! ## What to do
//!
//! Ask for readable code.
//!
//! ## Limits
//!
//! Generated and minified code can look obfuscated.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_code::BehaviourKind as Kind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::training_code::report_behaviours;

pub(crate) static RULE: Rule = Rule {
    id: "code-conceals-itself",
    stage: Stage::Training,
    summary: "code is written not to be understood or watched",
    severity: Severity::Medium,
    remedy: "do not run code that you cannot read",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        atlas_5_6::T0011_000,
        cwe::CWE_506,
        cwe::CWE_693,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let wanted = |kind: Kind| {
        matches!(
            kind,
            Kind::Obfuscation | Kind::AntiAnalysis | Kind::Tampering
        )
    };
    report_behaviours(artifact, wanted, sink);
}
