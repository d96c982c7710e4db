//! What signatures and attestations claim, with their ground: only what was verified is called verified.

use chainwright_analysis::facts::Facts;
use chainwright_boms::inventory::Claim;
use chainwright_core::location::Place;
use chainwright_core::proof::{Proof, ProofKind, Standing};

use crate::{Composer, quoted};

impl Composer<'_> {
    /// One claim for each signature and signed statement that is about something here.
    pub(crate) fn proofs(&mut self) {
        for artifact in self.request.artifacts {
            for facts in &artifact.facts {
                let Facts::Proofs(proofs) = facts else {
                    continue;
                };
                let source = self.source(&artifact.location, Place::Whole);
                let about = proofs
                    .iter()
                    .filter_map(|proof| Some((proof, proof.about.as_ref()?)));
                let claims: Vec<Claim> = about
                    .map(|(proof, about)| Claim {
                        target: self.holder_around(about),
                        predicate: predicate(proof),
                        reasoning: reasoning(proof),
                        evidence: evidence(proof, &source.file),
                        source: Some(source.clone()),
                    })
                    .collect();
                self.inventory.claims.extend(claims);
            }
        }
        self.inventory.claims.sort();
        self.inventory.claims.dedup();
    }
}

fn predicate(proof: &Proof) -> String {
    match proof.kind {
        ProofKind::ModelSignature => "the files of the model are as they were signed".to_owned(),
        ProofKind::FileSignature => "the file is as it was signed".to_owned(),
        ProofKind::Attestation => format!("attested: {}", quoted(&proof.predicate_type)),
    }
}

/// Which class the claim has: verified, contradicted, or merely declared.
fn reasoning(proof: &Proof) -> String {
    let is_whole = proof.mismatches.iter().all(|each| each.is_missing);
    let class = match (proof.standing, is_whole) {
        (_, false) => "contradicted: files here have other digests",
        (Standing::Trusted, true) => "verified: signature, signer and digests",
        (Standing::Unchecked, true) => "declared: digests agree, nobody asked who signed",
        (Standing::Unknown, true) => "declared: digests agree, the signer is not known",
        (Standing::Expired, true) => {
            "declared: the certificate was not valid at the time that counts"
        }
        (Standing::Invalid, true) => "contradicted: the signature does not hold",
        (Standing::Unjudged, true) => "declared: the signature could not be checked",
    };
    class.to_owned()
}

fn evidence(proof: &Proof, file: &str) -> Vec<(String, String)> {
    let mut found = vec![("document".to_owned(), file.to_owned())];
    let mut put = |name: &str, value: String| found.push((name.to_owned(), value));
    for signer in &proof.signers {
        put("signer", quoted(&signer.shown()));
    }
    if let Some(since) = &proof.since {
        put("time", format!("{} ({})", since.time, since.source));
    }
    if let Some(root) = &proof.root {
        put("root-digest", format!("sha256:{root}"));
    }
    if let Some(builder) = proof
        .builder
        .as_ref()
        .filter(|_| proof.standing == Standing::Trusted)
    {
        put("builder", quoted(builder));
    }
    put("covered-files", proof.covered_files.to_string());
    found
}
