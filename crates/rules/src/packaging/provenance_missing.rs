//! Nothing says how weights were made, though the trust file expects it.
//!
//! ## Why it matters
//!
//! Provenance ties weights to a builder, a source and what went in. Without it, weights that somebody made on their own machine
//! cannot be told from those of the pipeline that you trust.
//!
//! ## What to do
//!
//! Have the pipeline attest what it makes (`chainwright attest provenance`), and keep the attestation with the weights.
//!
//! ## Limits
//!
//! Asked where signatures are verified and the trust file (`--slsa`) expects something of the artifact: an `[[expect]]` that
//! fits its name or that of a folder that holds it.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, owasp_llm_2025, slsa_1_2};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::asked;
use crate::shared::quoted;

pub(crate) static RULE: Rule = Rule {
    id: "provenance-missing",
    stage: Stage::Packaging,
    summary: "nothing says how the weights were made",
    severity: Severity::Medium,
    remedy: "have the pipeline attest what it makes",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        slsa_1_2::PROVENANCE_EXISTS,
        slsa_1_2::DISTRIBUTE_PROVENANCE,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let levels = asked(artifact).and_then(|vouched| vouched.levels.as_ref());
    let Some(levels) = levels.filter(|levels| levels.is_expected && !levels.has_provenance) else {
        return;
    };
    let name = quoted(&levels.judged_as);
    let message = format!("no attestation says how {name} was made");
    sink.report(Confidence::High, message, Vec::new());
}
