//! A YAML file holds a tag that makes unsafe loaders import or call a Python object.
//!
//! ## Why it matters
//!
//! `yaml.load` with an unsafe loader, and tools that use it, run what such a tag names.
//!
//! ## What to do
//!
//! Remove the tag. Load YAML with `yaml.safe_load`.
//!
//! ## Limits
//!
//! Tags of harmless types are low; safe loaders refuse all of them.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "unsafe-yaml-tag",
    stage: Stage::Packaging,
    summary: "loading the YAML file builds Python objects",
    severity: Severity::High,
    remedy: "remove the tag, and load YAML with `safe_load` only",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0011_000, cwe::CWE_502],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    match hazard.kind {
        HazardKind::UnsafeYamlTag { dangerous, .. } => {
            let severity = if dangerous {
                Severity::Critical
            } else {
                Severity::Low
            };
            Some((severity, Confidence::High))
        }
        _ => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    let HazardKind::UnsafeYamlTag { callable, .. } = &hazard.kind else {
        return quoted(&hazard.value);
    };
    let form = hazard.value.split(':').next().unwrap_or_default();
    let what = match form {
        "python/object/apply" | "python/object/new" => "calls",
        "python/name" | "python/module" => "imports",
        _ => "builds",
    };
    format!("an unsafe loader {what} {}", quoted(callable))
}
