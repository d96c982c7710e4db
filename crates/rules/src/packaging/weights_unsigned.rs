//! Weights that no signature and no signed provenance covers.
//!
//! ## Why it matters
//!
//! Whoever can write to the place where weights are kept, or to the way there, can exchange them. A signature by somebody
//! you know is what tells the exchanged ones apart; a digest beside them is exchanged along with them.
//!
//! ## What to do
//!
//! Ask the publisher for a signature (OpenSSF Model Signing), or sign what you reviewed yourself: `chainwright sign`.
//!
//! ## Limits
//!
//! Asked only where signatures are verified (`--verify`). A signature that is there and not believed is told by the rules about
//! signatures, not here. Statements that only describe weights, such as scan results, do not count.

use chainwright_analysis::Inspected;
use chainwright_analysis::graph::kind_of;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::component::ComponentKind;
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025, slsa_1_2};
use chainwright_core::proof::{Standing, Voucher};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{asked, whole};
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "weights-unsigned",
    stage: Stage::Packaging,
    summary: "nobody vouches for the weights",
    severity: Severity::Medium,
    remedy: "ask for a signature, or sign what you reviewed",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        slsa_1_2::PROVENANCE_AUTHENTIC,
        cwe::CWE_353,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let is_weights = matches!(
        kind_of(artifact),
        Some(ComponentKind::Weights | ComponentKind::Adapter)
    );
    let Some(vouched) = asked(artifact).filter(|_| is_weights) else {
        return;
    };
    // What somebody unknown or too late signed is told at the signature.
    let is_told = |voucher: &Voucher| {
        matches!(
            voucher.standing,
            Standing::Trusted | Standing::Unknown | Standing::Expired | Standing::Unjudged
        )
    };
    let mut by = vouched.by.iter();
    if by.any(|voucher| voucher.is_about_content() && is_told(voucher)) {
        return;
    }
    let evidence = vouched.by.iter().take(SHOWN).map(|voucher| {
        let path = quoted(&voucher.proof);
        whole(format!(
            "{path} is about it and does not vouch for its content"
        ))
    });
    sink.report(
        Confidence::High,
        "no signature that holds covers these weights",
        evidence.collect(),
    );
}
