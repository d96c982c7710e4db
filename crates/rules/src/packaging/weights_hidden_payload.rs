//! The numbers of the weights hold something that is no number: text, a program, or noise in the wrong bits.
//!
//! ## Why it matters
//!
//! A model has gigabytes that nobody reads, and its low bits can be replaced without changing what it does
//! (EvilModel, MaleficNet and their successors). The payload waits for a loader that knows where it is.
//!
//! ## What to do
//!
//! Do not use the file. Compare it with the publisher's original; rounding the weights to a smaller type destroys
//! most payloads.
//!
//! ## Limits
//!
//! What is encrypted and lies in the low bits of real binary32 weights cannot be told from them by any statistic.
//! docs/accuracy.md says which shares and widths are seen.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;
use chainwright_weights::signs::WeightSignKind;

use crate::weight_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "weights-hidden-payload",
    stage: Stage::Packaging,
    summary: "the weights hide a payload in their bits",
    severity: Severity::High,
    remedy: "do not use this file; compare it with the publisher's original",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0018_002,
        atlas_5_6::T0010_003,
        cwe::CWE_506,
        cwe::CWE_515,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[WeightSignKind] = &[
    WeightSignKind::LowBitPayload,
    WeightSignKind::LowBitText,
    WeightSignKind::HiddenMagic,
    WeightSignKind::UniformBytes,
    WeightSignKind::TextBytes,
    WeightSignKind::PartialUpcast,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
