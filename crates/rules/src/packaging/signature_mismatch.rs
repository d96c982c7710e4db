//! A file is not what its signature says.
//!
//! ## Why it matters
//!
//! The content was changed after it was signed, or the signature belongs to another release. Either way nobody vouches for what
//! lies here, and the signature beside it makes it look as if somebody did.
//!
//! ## What to do
//!
//! Do not load it. Fetch model and signature again from the publisher, and find out who changed it.
//!
//! ## Limits
//!
//! Compares digests; it needs no key and is asked in every scan. A signature that is about nothing in the tree is passed by.
//! Files that are missing alone are only worth knowing: many people fetch a part of a model. Git LFS pointers are not judged.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::proof::ProofKind;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{about, noun, proofs, whole};
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "signature-mismatch",
    stage: Stage::Packaging,
    summary: "a file is not what was signed",
    severity: Severity::High,
    remedy: "do not load it; fetch it again from the publisher",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        cwe::CWE_354,
        cwe::CWE_494,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let signatures = proofs(artifact).filter(|proof| proof.kind != ProofKind::Attestation);
    for proof in signatures {
        let wrong = proof
            .mismatches
            .iter()
            .filter(|each| !each.is_missing)
            .count();
        let gone = proof.mismatches.len() - wrong;
        let evidence = proof.mismatches.iter().take(SHOWN);
        let evidence =
            evidence.map(|each| whole(format!("{}: {}", quoted(&each.path), each.detail)));
        let evidence = evidence.collect();
        let (noun, about) = (noun(proof), about(proof));
        if wrong > 0 {
            let files = if wrong == 1 { "file is" } else { "files are" };
            let message = format!("{wrong} {files} not what {noun} over {about} says");
            sink.report(Confidence::High, message, evidence);
        } else if gone > 0 {
            let files = if gone == 1 {
                "file that is"
            } else {
                "files that are"
            };
            let message = format!("{noun} over {about} covers {gone} {files} not here");
            sink.report_as(Severity::Low, Confidence::High, message, evidence);
        }
    }
}
