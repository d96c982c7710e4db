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

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

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
    let judge = |hazard: &Hazard| {
        let escapes = matches!(
            hazard.kind,
            HazardKind::PathTraversal | HazardKind::AbsolutePath | HazardKind::UrlReference
        );
        escapes.then_some((Severity::High, Confidence::High))
    };
    report_hazards(artifact, judge, describe, sink);
}

fn describe(hazard: &Hazard) -> String {
    let value = quoted(&hazard.value);
    if hazard.kind == HazardKind::UrlReference {
        format!("names {value}, which the loader fetches from the network")
    } else {
        format!("names {value}, which lies outside the folder")
    }
}
