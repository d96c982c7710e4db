//! The tokenizer replaces, drops or inserts words on the way to the model or back.
//!
//! ## Why it matters
//!
//! What the user wrote and what the model reads are no longer the same, without any sign in the weights or the prompt. A
//! single rule can turn a refusal into consent or slip an instruction into every request.
//!
//! ## What to do
//!
//! Compare `tokenizer.json`, or the vocabulary of SentencePiece, with the publisher's. Use the publisher's.
//!
//! ## Limits
//!
//! Usual clean-up, such as of spaces, accents, case and control characters, is quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::model::ModelHazardKind;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::{Hazard, HazardKind};

use crate::config_hazards::report_hazards;
use crate::model_hazards::report_kinds;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "tokenizer-rewrites-text",
    stage: Stage::Packaging,
    summary: "the tokenizer changes what was said",
    severity: Severity::High,
    remedy: "compare the tokenizer with that of the base model's publisher",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM04,
        atlas_5_6::T0018,
        cwe::CWE_506,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_hazards(artifact, judge, describe, sink);
    report_kinds(artifact, &[ModelHazardKind::TextRewriting], sink);
}

const fn judge(hazard: &Hazard) -> Option<(Severity, Confidence)> {
    match hazard.kind {
        HazardKind::NormalizerRewritesText
        | HazardKind::TokenizerDropsText
        | HazardKind::TokenizerInsertsText
        | HazardKind::DecoderRewritesText => Some((Severity::High, Confidence::Medium)),
        HazardKind::AddedTokenConflict => Some((Severity::Medium, Confidence::Medium)),
        _ => None,
    }
}

fn describe(hazard: &Hazard) -> String {
    let what = match hazard.kind {
        HazardKind::TokenizerDropsText => "the tokenizer drops words of the input",
        HazardKind::TokenizerInsertsText => "the tokenizer inserts words into the input",
        HazardKind::DecoderRewritesText => "the tokenizer rewrites words of the answer",
        HazardKind::AddedTokenConflict => "two added tokens share an id or a text",
        _ => "the tokenizer rewrites words of the input",
    };
    format!("{what}: {}", quoted(&hazard.value))
}
