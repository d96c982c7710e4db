//! Invisible characters or direction marks hide or reorder text.
//!
//! ## Why it matters
//!
//! A model, an agent or an interpreter reads what is there; a reviewer sees something else. Tag characters spell
//! instructions, zero-width runs carry data, direction marks show code in another order than it runs (Trojan Source,
//! CVE-2021-42574).
//!
//! ## What to do
//!
//! Remove the characters and read the text again.
//!
//! ## Limits
//!
//! Joiners in emoji and in scripts that need them, byte-order marks and soft hyphens are quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::shared::{SHOWN, counted};

pub(crate) static RULE: Rule = Rule {
    id: "hidden-text",
    stage: Stage::Packaging,
    summary: "the file contains text that people cannot see",
    severity: Severity::Medium,
    remedy: "remove the characters and look at what they spell or reorder",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM01,
        atlas_5_6::T0068,
        cwe::CWE_451,
        cwe::CWE_1007,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::HiddenText(hits) = facts else {
            continue;
        };
        let message = format!("{} of hidden text", counted(hits.len(), "stretch"));
        let told = hits.iter().take(SHOWN).map(|hit| Evidence {
            place: hit.place.clone(),
            text: hit.shown.clone(),
        });
        sink.report(Confidence::High, message, told.collect());
    }
}
