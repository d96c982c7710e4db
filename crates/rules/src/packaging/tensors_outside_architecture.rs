//! The weights hold tensors that no module of the model asks for.
//!
//! ## Why it matters
//!
//! Loaders pass over tensors that they do not expect, and so do reviewers. That makes them a place to carry a payload
//! or a second model that other code picks up, and a sign that the files were put together by hand.
//!
//! ## What to do
//!
//! Ask the author what the tensors are for. Save the model again with the library that defines it, without them.
//!
//! ## Limits
//!
//! Names are compared with those that the family of the model uses in the library that defines it; families that are
//! not known and models with code of their own are not judged. Heads of fine-tuning and what quantisation keeps beside a
//! weight are expected.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_architecture::{Disagreement, DisagreementKind};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::architecture_signs::report_disagreements;

pub(crate) static RULE: Rule = Rule {
    id: "tensors-outside-architecture",
    stage: Stage::Packaging,
    summary: "the weights hold tensors that the model has no place for",
    severity: Severity::Medium,
    remedy: "ask what they are for, and save the model without them",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_345],
    check: Check::Artifact(check),
};

/// Elements that hide nothing worth hiding: steps, scales and marks of training.
const FEW: u64 = 1024;

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_disagreements(artifact, judge, sink);
}

const fn judge(disagreement: &Disagreement) -> Option<Severity> {
    match disagreement.kind {
        DisagreementKind::LayerExtra | DisagreementKind::Foreign => {
            if disagreement.elements < FEW {
                Some(Severity::Low)
            } else {
                Some(Severity::Medium)
            }
        }
        DisagreementKind::ForeignBeside => Some(Severity::Low),
        DisagreementKind::BeyondIndex => Some(Severity::Medium),
        DisagreementKind::Layers
        | DisagreementKind::LayerIncomplete
        | DisagreementKind::Width
        | DisagreementKind::Vocabulary
        | DisagreementKind::FillerBeyondEmbedding
        | DisagreementKind::TokensBeyondEmbedding
        | DisagreementKind::TokensBeyondStub
        | DisagreementKind::IndexTensors
        | DisagreementKind::IndexSize => None,
    }
}
