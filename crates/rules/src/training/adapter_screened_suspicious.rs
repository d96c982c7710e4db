//! The spectrum of the adapter is more like those of backdoored adapters than of honest ones.
//!
//! ## Why it matters
//!
//! Training a trigger leaves traces in the singular values of what an adapter adds. The screening compares them with
//! a bank of adapters that were trained for the purpose (docs/detectors/adapter-screening.md has its figures).
//!
//! ## What to do
//!
//! Treat it as a reason to look, never as proof. Test the adapter for triggers before you deploy it.
//!
//! ## Limits
//!
//! A score, not a verdict: it is never above info, and it is silent when the bank does not hold
//! the base, which is so for every adapter of a real model. An attacker who
//! knows the screening can evade it.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::Confidence;

use crate::adapter_signs::adapters;

pub(crate) static RULE: Rule = Rule {
    id: "adapter-screened-suspicious",
    stage: Stage::Training,
    summary: "the adapter resembles backdoored ones",
    severity: Severity::Info,
    remedy: "test the adapter for triggers before you deploy it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM04, atlas_5_6::T0018_000],
    check: Check::Artifact(check),
};

/// Above the scores of this share of the bank's honest adapters.
const PERCENTILE: f64 = 0.99;
/// Features that the evidence shows.
const SHOWN: usize = 3;

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for adapter in adapters(artifact) {
        let Some(screening) = &adapter.screening else {
            continue;
        };
        if !screening.is_calibrated || screening.percentile < PERCENTILE {
            continue;
        }
        let bank = format!("bank {} version {}", screening.bank, screening.bank_version);
        let features = screening.features.iter().take(SHOWN).map(|feature| {
            let text = format!("{} is {:+.1} deviations from honest", feature.name, feature.deviation);
            Evidence { place: Place::Whole, text }
        });
        let message = format!(
            "its spectrum scores above {:.0} % of the honest adapters of the {bank}",
            screening.percentile * 100.0
        );
        sink.report(Confidence::Low, message, features.collect());
    }
}
