//! An index or configuration names a file by a path that leaves the folder, by an absolute path, or by a URL.
//!
//! ## Why it matters
//!
//! Loaders open what the index names. A path with `..` reads other files of the user into the model or writes over them
//! (CVE-2026-65920); a URL makes the loader fetch from a host of the attacker's choice.
//!
//! ## What to do
//!
//! Do not load the model.
//!
//! ## Limits
//!
//! Paths in fields that loaders do not open are not reported.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::shared::{hazard_evidence, hazards};

pub(crate) static RULE: Rule = Rule {
    id: "config-path-escape",
    stage: Stage::Packaging,
    summary: "a configuration names files outside its folder",
    severity: Severity::High,
    remedy: "do not load this model; the index must name plain files beside it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_22,
        cwe::CWE_73,
        cwe::CWE_918,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let escapes = |hazard: &&Hazard| {
        matches!(
            hazard.kind,
            HazardKind::PathTraversal | HazardKind::AbsolutePath | HazardKind::UrlReference
        )
    };
    let found: Vec<&Hazard> = hazards(artifact).filter(escapes).collect();
    let Some(first) = found.iter().max_by_key(|hazard| severity(hazard)) else {
        return;
    };
    let message = format!("names `{}`, which lies outside the folder", first.value);
    sink.report_as(
        severity(first),
        Confidence::High,
        message,
        hazard_evidence(&found),
    );
}

fn severity(hazard: &Hazard) -> Severity {
    if hazard.kind == HazardKind::PathTraversal {
        Severity::High
    } else {
        Severity::Medium
    }
}
