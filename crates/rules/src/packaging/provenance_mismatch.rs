//! Provenance is about other bytes, or says that they were made in another way than expected.
//!
//! ## Why it matters
//!
//! A statement by a builder that nobody trusts, from another repository, another branch or with other parameters is what an
//! attacker can get: real provenance, of something else.
//!
//! ## What to do
//!
//! Compare what was found with what the trust file expects. If the change is yours, change the expectation; otherwise do not load
//! the weights.
//!
//! ## Limits
//!
//! Asked where signatures are verified; builders, sources, build types and parameters are held against the trust file
//! (`--slsa`). A subject is compared with the file of that name beside the attestation.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025, slsa_1_2};
use chainwright_core::finding::Evidence;
use chainwright_core::proof::{ProofKind, Shortfall};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::proof_signs::{asked, proofs, whole};
use crate::shared::{SHOWN, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "provenance-mismatch",
    stage: Stage::Packaging,
    summary: "the provenance is not as expected",
    severity: Severity::High,
    remedy: "do not load it before you know why it was built in another way",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_003,
        slsa_1_2::PROVENANCE_AUTHENTIC,
        cwe::CWE_345,
    ],
    check: Check::Artifact(check),
};

/// Reasons of a verifier that mean another origin, not merely a lower level.
const UNEXPECTED: [&str; 9] = [
    "missing-parameter",
    "unexpected-parameter",
    "untrusted-builder",
    "verification-failed",
    "wrong-build-type",
    "wrong-parameter",
    "wrong-ref",
    "wrong-resource",
    "wrong-source",
];

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let attestations = proofs(artifact).filter(|proof| proof.kind == ProofKind::Attestation);
    for proof in attestations.filter(|proof| !proof.mismatches.is_empty()) {
        let evidence = proof.mismatches.iter().take(SHOWN);
        let evidence =
            evidence.map(|each| whole(format!("{}: {}", quoted(&each.path), each.detail)));
        let message = "the attestation names a file that has another digest";
        sink.report_as(
            Severity::Medium,
            Confidence::Medium,
            message,
            evidence.collect(),
        );
    }
    let levels = asked(artifact).and_then(|vouched| vouched.levels.as_ref());
    let Some(levels) = levels.filter(|levels| levels.has_provenance && levels.build < 2) else {
        return;
    };
    let is_unexpected = |each: &&Shortfall| UNEXPECTED.contains(&each.code.as_str());
    let unexpected = levels.build_reasons.iter().filter(is_unexpected);
    let evidence: Vec<Evidence> = unexpected.map(|each| whole(each.text.clone())).collect();
    if evidence.is_empty() {
        return;
    }
    let message = format!("{} was not made as expected", quoted(&levels.judged_as));
    sink.report(
        Confidence::High,
        message,
        evidence.into_iter().take(SHOWN).collect(),
    );
}
