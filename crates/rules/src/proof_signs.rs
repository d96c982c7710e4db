//! What rules about signatures and attestations share: picking their facts and putting signers into words.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::proof::{Proof, ProofKind, Vouched};

use crate::shared::quoted;

/// The signatures and statements that an artifact carries.
pub(crate) fn proofs(artifact: &Inspected) -> impl Iterator<Item = &Proof> {
    let lists = artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Proofs(proofs) => Some(proofs),
        _ => None,
    });
    lists.flatten()
}

/// What others say of an artifact, if the run was asked to verify.
pub(crate) fn asked(artifact: &Inspected) -> Option<&Vouched> {
    let vouched = artifact.facts.iter().find_map(|facts| match facts {
        Facts::Vouched(vouched) => Some(vouched.as_ref()),
        _ => None,
    });
    vouched.filter(|vouched| vouched.is_asked)
}

/// What a proof is called.
pub(crate) const fn noun(proof: &Proof) -> &'static str {
    match proof.kind {
        ProofKind::ModelSignature => "the model signature",
        ProofKind::FileSignature => "the signature",
        ProofKind::Attestation => "the attestation",
    }
}

/// What it is about, as the end of a sentence.
pub(crate) fn about(proof: &Proof) -> String {
    match proof.about.as_deref() {
        None => "nothing that lies here".to_owned(),
        Some("") => "this folder".to_owned(),
        Some(path) => quoted(path),
    }
}

/// Evidence about the artifact as a whole.
pub(crate) fn whole(text: impl Into<String>) -> Evidence {
    Evidence {
        place: Place::Whole,
        text: text.into(),
    }
}

/// Why a proof is not believed, then what to do.
pub(crate) fn refusal(proof: &Proof) -> Vec<Evidence> {
    let refusal = proof.refusal.iter();
    refusal
        .flat_map(|refusal| {
            let first = format!("{}: {}", refusal.code, refusal.reason);
            [whole(first), whole(refusal.hint.clone())]
        })
        .collect()
}
