//! An operator or field of the model fetches from or sends to a network.
//!
//! ## Why it matters
//!
//! A model has no business on the network: what it fetches replaces what was reviewed, and what it sends is data of
//! its user.
//!
//! ## What to do
//!
//! Run it without network, or not at all.
//!
//! ## Limits
//!
//! Addresses in texts and documentation of the file are not meant; only what a runtime acts upon.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::model_hazards::report_kinds;

pub(crate) static RULE: Rule = Rule {
    id: "model-uses-network",
    stage: Stage::Packaging,
    summary: "the model reaches for the network",
    severity: Severity::High,
    remedy: "do not run it with a network; ask why it needs one",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0025,
        cwe::CWE_918,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[ModelHazardKind] = &[ModelHazardKind::NetworkUse];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_kinds(artifact, KINDS, sink);
}
