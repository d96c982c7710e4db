//! The checks, by theme.

mod card;
mod code;
mod history;
mod licence;
mod lineage;
mod proofs;
mod references;
mod secrets;
mod weights;

use crate::answer::Answer;
use crate::check::Check;
use crate::material::Material;

/// Asks one check.
pub(crate) fn ask(check: Check, material: &Material<'_>) -> Answer {
    let asked = match check {
        Check::SafeSerialization => weights::serialization,
        Check::NoRemoteCode => code::remote,
        Check::NoKnownMalicious => code::malicious,
        Check::NoSecrets => secrets::secrets,
        Check::Signed => proofs::signed,
        Check::Provenance => proofs::provenance,
        Check::ArtifactIntegrity => weights::integrity,
        Check::PinnedReferences => references::pinned,
        Check::VulnerableDeps => references::vulnerable,
        Check::License => licence::licence,
        Check::Lineage => lineage::lineage,
        Check::ModelCard => card::card,
        Check::DataDisclosure => card::data,
        Check::AiBom => proofs::bom,
        Check::ReviewDiscipline => history::review,
        Check::StableReleases => history::releases,
        Check::EvaluationEvidence => card::evaluation,
        Check::SecurityContact => card::contact,
    };
    let answer = Answer::open(check);
    if material.subject.artifacts.is_empty() {
        return answer.inconclusive("there is nothing here").finish();
    }
    asked(answer, material).finish()
}
