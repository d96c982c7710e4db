//! The tokenizer gives ids that the embedding of the model has no rows for.
//!
//! ## Why it matters
//!
//! A text that contains such a token makes the model read beyond its table: a crash for whoever serves it, and in
//! runtimes without checks memory of others. It also tells that the tokenizer is not the one that the model was trained
//! with.
//!
//! ## What to do
//!
//! Use the tokenizer of the model's publisher, or resize the embedding and train the new rows.
//!
//! ## Limits
//!
//! Tokens that only fill up batches are low: many models were published with one too many. So are models far too small
//! for their tokenizer, which are stubs for tests. A tokenizer that is larger
//! than the declared vocabulary but not than the embedding is quiet.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_architecture::{Disagreement, DisagreementKind};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::architecture_signs::report_disagreements;

pub(crate) static RULE: Rule = Rule {
    id: "vocabulary-exceeds-embedding",
    stage: Stage::Packaging,
    summary: "the tokenizer gives ids that the model has no rows for",
    severity: Severity::Medium,
    remedy: "use the tokenizer that the model was trained with",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_125],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_disagreements(artifact, judge, sink);
}

const fn judge(disagreement: &Disagreement) -> Option<Severity> {
    match disagreement.kind {
        DisagreementKind::TokensBeyondEmbedding => Some(Severity::Medium),
        DisagreementKind::FillerBeyondEmbedding | DisagreementKind::TokensBeyondStub => {
            Some(Severity::Low)
        }
        DisagreementKind::Layers
        | DisagreementKind::LayerIncomplete
        | DisagreementKind::Width
        | DisagreementKind::Vocabulary
        | DisagreementKind::LayerExtra
        | DisagreementKind::Foreign
        | DisagreementKind::ForeignBeside
        | DisagreementKind::BeyondIndex
        | DisagreementKind::IndexTensors
        | DisagreementKind::IndexSize => None,
    }
}
