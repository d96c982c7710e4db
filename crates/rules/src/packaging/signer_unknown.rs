//! A signature is by nobody whom the policy knows.
//!
//! ## Why it matters
//!
//! Everybody can sign. Whoever exchanges a model signs it again with a key or an identity of their own; what tells that apart
//! is that you know who is supposed to sign.
//!
//! ## What to do
//!
//! Ask the publisher, over another way than the one the model came by, who signs; then name the key, the root certificate or the
//! identity with its issuer. If the signer is not the publisher's, do not load the model.
//!
//! ## Limits
//!
//! Asked only where signatures are verified (`--verify`). If nobody is trusted at all, it is only worth knowing.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::proof::{ProofKind, Standing};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{about, noun, proofs, refusal};

pub(crate) static RULE: Rule = Rule {
    id: "signer-unknown",
    stage: Stage::Packaging,
    summary: "signed by nobody whom you know",
    severity: Severity::High,
    remedy: "find out who is supposed to sign, and do not load it before",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_345,
        cwe::CWE_295,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for proof in proofs(artifact).filter(|proof| proof.standing == Standing::Unknown) {
        let refused = proof.refusal.as_ref();
        let nobody = refused.is_some_and(|refusal| refusal.code == "nothing-trusted");
        let severity = match (nobody, proof.kind, &proof.about) {
            // Nobody was named by whom a signature of this kind could be.
            (true, _, _) => Severity::Low,
            (false, _, None) => Severity::Low,
            (false, ProofKind::Attestation, Some(_)) => Severity::Medium,
            (false, ProofKind::ModelSignature | ProofKind::FileSignature, Some(_)) => {
                Severity::High
            }
        };
        let (noun, about) = (noun(proof), about(proof));
        let message = format!("{noun} over {about} is by nobody whom the policy knows");
        sink.report_as(severity, Confidence::High, message, refusal(proof));
    }
}
