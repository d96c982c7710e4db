//! The weights are not those of the model that the configuration declares.
//!
//! ## Why it matters
//!
//! Reviewers read the configuration; the loader takes the tensors. A layer that was dropped or doubled, another width
//! or another number of words means that one of them was changed after training. One loader refuses such a model, the
//! next fills the gaps with random numbers, a third reads beyond its buffers.
//!
//! ## What to do
//!
//! Ask the author for a configuration and weights that agree. Load models with strict checks of names and shapes.
//!
//! ## Limits
//!
//! What the configuration leaves to the defaults of a library is not judged, nor are models with code of their own.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_architecture::{Disagreement, DisagreementKind};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::architecture_signs::report_disagreements;

pub(crate) static RULE: Rule = Rule {
    id: "architecture-contradicts-weights",
    stage: Stage::Packaging,
    summary: "the weights are not what the configuration declares",
    severity: Severity::Medium,
    remedy: "ask for a configuration and weights that agree",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_345,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_disagreements(artifact, judge, sink);
}

const fn judge(disagreement: &Disagreement) -> Option<Severity> {
    match disagreement.kind {
        DisagreementKind::Layers
        | DisagreementKind::LayerIncomplete
        | DisagreementKind::Width
        | DisagreementKind::Vocabulary => Some(Severity::Medium),
        // Older converters counted tied and packed tensors in their own ways.
        DisagreementKind::IndexTensors | DisagreementKind::IndexSize => Some(Severity::Low),
        DisagreementKind::FillerBeyondEmbedding
        | DisagreementKind::TokensBeyondEmbedding
        | DisagreementKind::TokensBeyondStub
        | DisagreementKind::LayerExtra
        | DisagreementKind::Foreign
        | DisagreementKind::ForeignBeside
        | DisagreementKind::BeyondIndex => None,
    }
}
