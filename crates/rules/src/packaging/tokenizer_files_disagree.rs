//! The files of one tokenizer say different things of the same token.
//!
//! ## Why it matters
//!
//! One loader reads `tokenizer.json`, the next `tokenizer_config.json`. Where they give one id two texts, a marker that
//! a reviewer sees as the end of an answer is something else for the program that serves the model.
//!
//! ## What to do
//!
//! Compare both with the tokenizer of the base model's publisher, and save it again with the library.
//!
//! ## Limits
//!
//! Added and special tokens are compared, not whole vocabularies.

use chainwright_analysis::Inspected;
use chainwright_analysis::Tree;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_repository::config::{Details, TokenizerDetails, contradictions};

use crate::config_hazards::documents;
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "tokenizer-files-disagree",
    stage: Stage::Packaging,
    summary: "the files of the tokenizer give one token two meanings",
    severity: Severity::Medium,
    remedy: "compare the tokenizer with that of the base model's publisher",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0018, cwe::CWE_694],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    if artifact.location.file_name() != "tokenizer_config.json" {
        return;
    }
    let Some(other) = tree.neighbour(artifact, "tokenizer.json") else {
        return;
    };
    let files: Vec<&TokenizerDetails> = tokenizers(other).chain(tokenizers(artifact)).collect();
    let told = contradictions(&files);
    let Some(first) = told.first() else { return };
    let message = format!("the files of the tokenizer disagree: {}", quoted(first));
    let evidence = told.iter().take(SHOWN).map(|text| Evidence {
        place: Place::Pointer("/added_tokens_decoder".to_owned()),
        text: quoted(text),
    });
    sink.report(Confidence::Medium, message, evidence.collect());
}

fn tokenizers(file: &Inspected) -> impl Iterator<Item = &TokenizerDetails> {
    documents(file).filter_map(|document| match &document.details {
        Details::Tokenizer(details) => Some(details),
        _ => None,
    })
}
