//! The weights of the adapter are not what its configuration says.
//!
//! ## Why it matters
//!
//! Reviewers read the configuration; the loader takes the tensors. Where both differ, somebody changed one of them,
//! or two loaders make two different models of the same files.
//!
//! ## What to do
//!
//! Ask the author for files that agree. Do not load the adapter with strict checks switched off.
//!
//! ## Limits
//!
//! Patterns that only PEFT can resolve are judged with care and stay low.

use chainwright_adapters::AdapterSignKind;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::adapter_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "adapter-contradicts-config",
    stage: Stage::Training,
    summary: "the adapter is not what its configuration says",
    severity: Severity::Medium,
    remedy: "ask for files that agree before you load it",
    status: Status::Stable { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_345,
        cwe::CWE_694,
    ],
    check: Check::Artifact(check),
};

const KINDS: &[AdapterSignKind] = &[
    AdapterSignKind::KindMismatch,
    AdapterSignKind::UnknownKind,
    AdapterSignKind::NoAdapter,
    AdapterSignKind::RankMismatch,
    AdapterSignKind::ShapeMismatch,
    AdapterSignKind::OversizedRank,
    AdapterSignKind::UndeclaredModule,
    AdapterSignKind::ModuleOutsidePattern,
    AdapterSignKind::DeclaredUntouched,
    AdapterSignKind::MissingHalf,
    AdapterSignKind::EmptyTensor,
    AdapterSignKind::Duplicate,
    AdapterSignKind::ActivationTokens,
    AdapterSignKind::LayerReplication,
    AdapterSignKind::AlteredBase,
    AdapterSignKind::BaseMismatch,
    AdapterSignKind::RevisionMismatch,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
