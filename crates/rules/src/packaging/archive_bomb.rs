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
use chainwright_analysis::facts::Format;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::archive_anomalies::{anomalies, is_bomb};
use crate::shared::SHOWN;

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
    let mut told: Vec<Evidence> = Vec::new();
    let mut add = |place: Place, text: &str| {
        if told.iter().all(|known| known.text != text) {
            let text = text.to_owned();
            told.push(Evidence { place, text });
        }
    };
    for anomaly in anomalies(artifact).filter(|anomaly| is_bomb(anomaly.kind)) {
        add(Place::Byte(anomaly.offset), &anomaly.detail);
    }
    let is_container = |format: &Format| matches!(format, Format::Container(_));
    if artifact.formats.iter().any(is_container) {
        let stopped = artifact.problems.iter().filter(|problem| {
            problem.kind == ProblemKind::LimitReached && is_about_size(&problem.detail)
        });
        stopped.for_each(|problem| add(problem.place.clone(), &problem.detail));
    }
    if let Some(first) = told.first() {
        let message = format!("unpacking was stopped: {}", first.text);
        told.truncate(SHOWN);
        sink.report(Confidence::Medium, message, told);
    }
}

/// Whether a limit on what comes out of the archive was reached, and not one on time.
fn is_about_size(detail: &str) -> bool {
    ["decompressed", "compressed byte", "members", "nested"]
        .iter()
        .any(|word| detail.contains(word))
}
