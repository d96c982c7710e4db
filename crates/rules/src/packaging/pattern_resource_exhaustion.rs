//! A regular expression in a configuration takes exponential or high polynomial time on some input.
//!
//! ## Why it matters
//!
//! The pattern is matched against text that users send or names that a file gives. One crafted input then stops the server.
//!
//! ## What to do
//!
//! Replace the pattern, or match it with an engine of linear time.
//!
//! ## Limits
//!
//! Engines without backtracking are immune; which engine reads the file is not known here.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "pattern-resource-exhaustion",
    stage: Stage::Packaging,
    summary: "a pattern in the configuration can take forever",
    severity: Severity::Medium,
    remedy: "replace the pattern by one without nested repetition",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM10, atlas_5_6::T0029, cwe::CWE_1333],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let judge = |hazard: &Hazard| {
        let is_costly = hazard.kind == HazardKind::RegexBacktracking;
        is_costly.then_some((Severity::Medium, Confidence::Medium))
    };
    let describe =
        |hazard: &Hazard| format!("the pattern {} can take forever", quoted(&hazard.value));
    report_hazards(artifact, judge, describe, sink);
}
