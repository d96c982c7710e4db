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
//! Tags of harmless types are medium; safe loaders refuse all of them.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::shared::{hazard_evidence, hazards};

pub(crate) static RULE: Rule = Rule {
    id: "unsafe-yaml-tag",
    stage: Stage::Packaging,
    summary: "loading the YAML file builds Python objects",
    severity: Severity::High,
    remedy: "remove the tag, and load YAML with safe_load only",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0011_000, cwe::CWE_502],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let tags: Vec<&Hazard> = hazards(artifact)
        .filter(|hazard| matches!(hazard.kind, HazardKind::UnsafeYamlTag { .. }))
        .collect();
    let Some(first) = tags.first() else { return };
    let dangerous = tags.iter().any(|hazard| {
        matches!(
            hazard.kind,
            HazardKind::UnsafeYamlTag {
                dangerous: true,
                ..
            }
        )
    });
    let severity = if dangerous {
        Severity::Critical
    } else {
        Severity::Medium
    };
    let message = format!("an unsafe loader builds `{}`", first.value);
    sink.report_as(severity, Confidence::High, message, hazard_evidence(&tags));
}
