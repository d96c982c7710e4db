//! A signature was made, as far as anybody can show, when its certificate was not valid.
//!
//! ## Why it matters
//!
//! A certificate ends so that a key that was lost meanwhile is worth nothing. Without a trusted time nobody can tell a signature
//! from the days when it was valid from one that a thief made yesterday.
//!
//! ## What to do
//!
//! Ask for a new signature, or for one with a timestamp. To accept it all the same: `--allow-expired`.
//!
//! ## Limits
//!
//! Asked only where signatures are verified (`--verify`). The time of the check counts where no log and no timestamp
//! authority vouches for another.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::proof::Standing;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{about, noun, proofs, refusal};

pub(crate) static RULE: Rule = Rule {
    id: "signature-expired",
    stage: Stage::Packaging,
    summary: "the certificate was not valid when it was signed",
    severity: Severity::Medium,
    remedy: "ask for a new signature, or one with a timestamp",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, atlas_5_6::T0010_003, cwe::CWE_295],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for proof in proofs(artifact).filter(|proof| proof.standing == Standing::Expired) {
        let message = format!(
            "{} over {} is outside of the time of its certificate",
            noun(proof),
            about(proof)
        );
        sink.report(Confidence::High, message, refusal(proof));
    }
}
