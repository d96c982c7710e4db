//! The adapter ships whole weights of the base, or tensors that belong to no adapter.
//!
//! ## Why it matters
//!
//! A low-rank update is small and can be reviewed; an embedding, a head or a matrix that is shipped whole replaces
//! the behaviour of the base at will. PEFT loads what it finds, declared or not.
//!
//! ## What to do
//!
//! Look at which tensors are named. Ask the author why a whole matrix is needed, and compare it with the base:
//! `chainwright vet BASE ADAPTER`.
//!
//! ## Limits
//!
//! Declared `modules_to_save` are low; new tokens need new embeddings.

use chainwright_adapters::AdapterSignKind;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::adapter_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "adapter-replaces-weights",
    stage: Stage::Training,
    summary: "the adapter replaces weights of its base",
    severity: Severity::High,
    remedy: "compare the named tensors with the base before you load it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        owasp_llm_2025::LLM04,
        atlas_5_6::T0018_000,
        atlas_5_6::T0010_003,
        cwe::CWE_494,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[AdapterSignKind] = &[
    AdapterSignKind::HiddenOverride,
    AdapterSignKind::HiddenEmbedding,
    AdapterSignKind::UndeclaredEmbedding,
    AdapterSignKind::HiddenSmallOverride,
    AdapterSignKind::FullWeights,
    AdapterSignKind::ForeignTensor,
    AdapterSignKind::UnknownTensor,
    AdapterSignKind::ForeignType,
    AdapterSignKind::TokenRows,
    AdapterSignKind::TokenRowsMismatch,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
