//! A manifest names content by no digest that can be checked, or by a broken one.
//!
//! ## Why it matters
//!
//! Registries and clients find layers by their digest. MD5 and SHA-1 can be made to collide, and a digest of the
//! wrong length is checked by nobody: the content can be another one than was reviewed.
//!
//! ## What to do
//!
//! Push the artifact again with a client that writes SHA-256.
//!
//! ## Limits
//!
//! Whether the content fits its digest is not asked here.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "digest-unusable",
    stage: Stage::Packaging,
    summary: "a manifest cannot be checked against its content",
    severity: Severity::Low,
    remedy: "push the artifact again with SHA-256 digests",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_354],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    match hazard.kind {
        HazardKind::DigestUnusable => Some((Severity::Low, Confidence::High)),
        _ => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    format!("content is named by {}", quoted(&hazard.value))
}
