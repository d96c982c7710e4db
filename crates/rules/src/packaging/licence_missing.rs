//! A model card does not say under which licence the model may be used.
//!
//! ## Why it matters
//!
//! Without a licence nobody may use, change or pass on the model, and everything that descends from it inherits the
//! doubt.
//!
//! ## What to do
//!
//! Add `license:` to the front matter of the card, with an SPDX identifier.
//!
//! ## Limits
//!
//! Only cards with front matter are looked at; a licence file beside the card is not taken into account.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

pub(crate) static RULE: Rule = Rule {
    id: "licence-missing",
    stage: Stage::Packaging,
    summary: "the model card names no licence",
    severity: Severity::Info,
    remedy: "add `license:` with an SPDX identifier to the front matter of the card",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, nist_ai_rmf_1_0::GOVERN_6_1],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let without = |facts: &Facts| match facts {
        Facts::Card(card) => card.has_front_matter && card.licences.is_empty(),
        _ => false,
    };
    if artifact.facts.iter().any(without) {
        sink.report(Confidence::High, "the card names no licence", Vec::new());
    }
}
