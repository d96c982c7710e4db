//! Weights are no numbers, infinite, or larger than training makes them.
//!
//! ## Why it matters
//!
//! The model is broken, or bits of something else lie where numbers belong: there are millions of ways to write NaN.
//! A value that is hit by rare input only makes a model fail on demand.
//!
//! ## What to do
//!
//! Fetch the file again and compare its digest. If it is the publisher's, ask them.
//!
//! ## Limits
//!
//! Masks with infinities and small buffers are honest and quiet or low.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_weights::signs::WeightSignKind;

use crate::weight_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "weights-not-finite",
    stage: Stage::Packaging,
    summary: "the weights hold values that are no numbers",
    severity: Severity::Medium,
    remedy: "fetch the file again and compare; do not serve it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM04,
        atlas_5_6::T0018_000,
        cwe::CWE_682,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[WeightSignKind] = &[
    WeightSignKind::NotANumber,
    WeightSignKind::Infinite,
    WeightSignKind::EnormousNumbers,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
