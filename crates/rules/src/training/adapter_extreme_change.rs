//! The adapter changes its base by more, or more narrowly, than training does.
//!
//! ## Why it matters
//!
//! Scales far outside of what is trained, values that overflow, and a change that sits in one module only are the
//! marks of edits by hand, of broken exports, and of some backdoors.
//!
//! ## What to do
//!
//! Do not merge it. Try it apart from other adapters, on inputs that you know.
//!
//! ## Limits
//!
//! How strong a change is relative to the base is only known with the base at hand.

use chainwright_adapters::AdapterSignKind;
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, owasp_llm_2025};
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

use crate::adapter_signs::report_signs;

pub(crate) static RULE: Rule = Rule {
    id: "adapter-extreme-change",
    stage: Stage::Training,
    summary: "the adapter changes its base in an extreme way",
    severity: Severity::Medium,
    remedy: "do not merge it; ask the author how it was trained",
    status: Status::Stable { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM04, atlas_5_6::T0018_000],
    check: Check::Artifact(check),
};

const KINDS: &[AdapterSignKind] = &[
    AdapterSignKind::ExtremeScale,
    AdapterSignKind::NotFinite,
    AdapterSignKind::HugeValues,
    AdapterSignKind::Concentrated,
    AdapterSignKind::Overpowering,
    AdapterSignKind::Untrained,
    AdapterSignKind::SmallOverride,
    AdapterSignKind::TokenizerShipped,
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    report_signs(artifact, KINDS, sink);
}
