//! The pickle is built so that different loaders read different programs from the same bytes.
//!
//! ## Why it matters
//!
//! A scanner that reads as one loader does sees an honest file while the victim's loader runs something else: opcodes that
//! straddle a frame, bytes that are an array to joblib and code to pickle, streams where the format has none, indices that
//! make the C machine allocate gigabytes.
//!
//! ## What to do
//!
//! Do not load the file. No serializer writes these constructs.
//!
//! ## Limits
//!
//! A damaged file can look like this by accident.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_pickle::AnomalyKind;

use crate::pickle_uses::pickles;

pub(crate) static RULE: Rule = Rule {
    id: "pickle-ambiguous-stream",
    stage: Stage::Packaging,
    summary: "loaders disagree about what the file contains",
    severity: Severity::Medium,
    remedy: "do not load this file; ask for a copy that an ordinary serializer wrote",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        atlas_5_6::T0011_000,
        cwe::CWE_502,
        cwe::CWE_436,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in pickles(artifact) {
        let told: Vec<Evidence> = facts
            .anomalies
            .iter()
            .filter_map(|anomaly| {
                let text = meaning(anomaly.kind)?.to_owned();
                Some(Evidence {
                    place: Place::Byte(anomaly.offset),
                    text,
                })
            })
            .collect();
        if let Some(first) = told.first() {
            let message = first.text.clone();
            sink.report(Confidence::Medium, message, told);
        }
    }
}

const fn meaning(kind: AnomalyKind) -> Option<&'static str> {
    match kind {
        AnomalyKind::FrameStraddle => Some("an opcode reads over the end of its frame"),
        AnomalyKind::HugeMemoIndex => Some("a memo index makes the C machine allocate gigabytes"),
        AnomalyKind::AmbiguousArray => Some("bytes are an array to joblib and opcodes to pickle"),
        AnomalyKind::OutsideFile => Some("an array lies in a file outside the folder"),
        AnomalyKind::FrameOverrun | AnomalyKind::ExtraStream => None,
    }
}
