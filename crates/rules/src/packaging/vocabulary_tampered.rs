//! The vocabulary of the tokenizer was edited: words share or swap ids, merges make no word, ordinary words became special.
//!
//! ## Why it matters
//!
//! The model knows numbers, not words. Whoever swaps two ids, moves a merge to the front or makes a word a special
//! token changes what the model reads, or hides words from it, and no weight has to be touched.
//!
//! ## What to do
//!
//! Compare the tokenizer with that of the base model's publisher, and use theirs.
//!
//! ## Limits
//!
//! Tokenizers that were extended by training keep the order of their merges and are quiet. What several files of a
//! folder say is not compared.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "vocabulary-tampered",
    stage: Stage::Packaging,
    summary: "the vocabulary was edited by hand",
    severity: Severity::Medium,
    remedy: "compare the tokenizer with that of the base model's publisher",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM04,
        atlas_5_6::T0018,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    match hazard.kind {
        HazardKind::VocabularyConflict
        | HazardKind::VocabularyTampered
        | HazardKind::TokenTakesWord => Some((Severity::Medium, Confidence::Medium)),
        _ => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    let what = match hazard.kind {
        HazardKind::VocabularyConflict => "the vocabulary contradicts itself",
        HazardKind::TokenTakesWord => "an ordinary word is a token of its own",
        _ => "the vocabulary holds what training does not leave",
    };
    format!("{what}: {}", quoted(&hazard.value))
}
