//! A signature does not hold, or what it signs breaks the rules of its format.
//!
//! ## Why it matters
//!
//! The bytes under the signature are not those that were signed, the chain or the proof of the log is broken, or the list of
//! digests contradicts its own root digest. Whoever loads because there is a signature is deceived.
//!
//! ## What to do
//!
//! Do not load it. Fetch signature and model again; if it stays so, ask the signer.
//!
//! ## Limits
//!
//! Broken lists are told in every scan; keys, chains, timestamps and logs are checked where signatures are verified
//! (`--verify`).

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::proof::Standing;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{noun, proofs, refusal};

pub(crate) static RULE: Rule = Rule {
    id: "signature-invalid",
    stage: Stage::Packaging,
    summary: "the signature does not hold",
    severity: Severity::High,
    remedy: "do not load it; fetch it again and ask the signer",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_347],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for proof in proofs(artifact).filter(|proof| proof.standing == Standing::Invalid) {
        let message = format!("{} does not hold", noun(proof));
        sink.report(Confidence::High, message, refusal(proof));
    }
}
