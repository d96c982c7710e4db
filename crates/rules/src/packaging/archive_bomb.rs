//! A small archive unpacks to far more bytes, members or layers than a machine can take.
//!
//! ## Why it matters
//!
//! Whatever unpacks it, a loader, a registry or a scanner, runs out of memory or disk. Unpacking was stopped at a limit.
//!
//! ## What to do
//!
//! Do not unpack it. If it is honest, raise the limits in `chainwright.toml` and scan again.
//!
//! ## Limits
//!
//! Very regular honest data (zeros) can compress as well as a bomb.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_containers::AnomalyKind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::shared::containers;

pub(crate) static RULE: Rule = Rule {
    id: "archive-bomb",
    stage: Stage::Packaging,
    summary: "unpacking the archive exhausts the machine",
    severity: Severity::High,
    remedy: "do not unpack this archive",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM10,
        atlas_5_6::T0029,
        cwe::CWE_409,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut told = Vec::new();
    for facts in containers(artifact) {
        let declared = facts
            .anomalies
            .iter()
            .filter(|each| each.kind == AnomalyKind::DeclaredBomb);
        told.extend(declared.map(|each| Evidence {
            place: Place::Byte(each.offset),
            text: each.detail.clone(),
        }));
    }
    if containers(artifact).next().is_some() {
        let stopped = artifact.problems.iter().filter(|problem| {
            problem.kind == ProblemKind::LimitReached && is_about_size(&problem.detail)
        });
        told.extend(stopped.map(|problem| Evidence {
            place: problem.place.clone(),
            text: problem.detail.clone(),
        }));
    }
    if let Some(first) = told.first() {
        let message = format!("unpacking was stopped: {}", first.text);
        sink.report(Confidence::Medium, message, told);
    }
}

/// Whether a limit on what comes out of the archive was reached, and not one on time.
fn is_about_size(detail: &str) -> bool {
    ["decompressed", "compressed byte", "members", "nested"]
        .iter()
        .any(|word| detail.contains(word))
}
