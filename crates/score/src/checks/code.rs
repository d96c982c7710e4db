//! No-Remote-Code and No-Known-Malicious: what loading would run.

use chainwright_analysis::facts::Facts;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_repository::hazard::{CodeOrigin, Hazard, HazardKind};

use crate::answer::{Answer, Effect};
use crate::check::Check;
use crate::material::{Material, has_commit};
use crate::rules::{Counts, counts};

/// Code that a loader fetches or imports because of what lies here.
pub(super) fn remote(mut answer: Answer, material: &Material<'_>) -> Answer {
    let mut cap = 10;
    let (mut foreign, mut local, mut advice) = (false, false, false);
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let hazards = match facts {
                Facts::Config(document) => document.hazards.items(),
                Facts::Card(card) => card.hazards.items(),
                _ => continue,
            };
            for hazard in hazards {
                let Some((limit, text)) = judged(hazard) else {
                    continue;
                };
                match limit {
                    7 => advice = true,
                    5 => local = true,
                    _ => foreign = true,
                }
                cap = cap.min(limit);
                answer.lowers_at(text, &artifact.location, &hazard.place);
            }
        }
    }
    if local && !is_code_signed(material) {
        answer.lowers("the code that loading runs is not covered by a signature");
        cap = cap.min(3);
    }
    let beside = importable(material);
    for path in &beside {
        answer.lowers_in("code lies beside the weights", path);
        cap = cap.min(8);
    }
    answer.probe("no-foreign-code", !foreign);
    answer.probe("no-local-code", !local);
    answer.probe("no-importable-code-beside-weights", beside.is_empty());
    answer.probe("no-advice-to-trust-remote-code", !advice);
    if cap == 10 {
        answer.raises("no configuration leads to code");
    }
    answer.scored(cap)
}

/// How far a hazard holds the score down, and why.
fn judged(hazard: &Hazard) -> Option<(u32, String)> {
    match &hazard.kind {
        HazardKind::RunsCode { origin, .. } => Some(match origin {
            CodeOrigin::Local { file } => (5, format!("runs `{file}` when it is loaded")),
            CodeOrigin::Remote { repository } => {
                (0, format!("runs code of `{repository}` when it is loaded"))
            }
            CodeOrigin::HubCollection { repository } if has_commit(repository) => {
                (5, format!("runs the kernel `{repository}`"))
            }
            CodeOrigin::HubCollection { repository } => (
                3,
                format!("runs the kernel `{repository}` of no fixed commit"),
            ),
            CodeOrigin::Unknown { callable } => (3, format!("calls `{callable}`")),
            CodeOrigin::Dangerous { callable } => (0, format!("calls `{callable}`")),
            CodeOrigin::Outside { path } => (0, format!("runs `{path}` from elsewhere")),
        }),
        HazardKind::RemoteCodeFlag => Some((0, "switches `trust_remote_code` on".to_owned())),
        HazardKind::RemoteCodeAdvice => Some((
            7,
            "tells its reader to set `trust_remote_code=True`".to_owned(),
        )),
        _ => None,
    }
}

/// Python files in a folder that holds weights: a loader that is told to trust finds them.
fn importable(material: &Material<'_>) -> Vec<String> {
    let is_beside = |folder: &str| {
        let mut weights = material.weights.iter();
        weights.any(|weight| weight.artifact.location.folder() == folder)
    };
    let code = material.subject.artifacts.iter().filter(|artifact| {
        artifact.location.members().is_empty()
            && artifact.location.extension() == "py"
            && is_beside(artifact.location.folder())
    });
    code.map(|artifact| artifact.location.to_string()).collect()
}

/// Whether a statement names every Python file beside the weights.
fn is_code_signed(material: &Material<'_>) -> bool {
    let code = importable(material);
    let signed = material
        .statements
        .iter()
        .filter(|statement| statement.is_model_signature());
    let named: Vec<_> = signed
        .filter(|statement| statement.is_signed)
        .flat_map(|statement| {
            statement
                .files()
                .into_iter()
                .map(|file| (&statement.path, file))
        })
        .collect();
    !code.is_empty()
        && code.iter().all(|path| {
            material.tree.at(path).is_some_and(|artifact| {
                named.iter().any(|(statement, file)| {
                    let fits = artifact.digests.as_ref().map(|digests| file.fits(digests));
                    file.is_about(statement, artifact)
                        && fits == Some(crate::signatures::Fit::Equal)
                })
            })
        })
}

/// What the scanners found.
pub(super) fn malicious(mut answer: Answer, material: &Material<'_>) -> Answer {
    let mut cap = 10;
    for finding in material.subject.findings {
        if counts(finding.rule) != Counts::For(Check::NoKnownMalicious) {
            continue;
        }
        let limit = match (finding.severity, finding.confidence) {
            (Severity::Info | Severity::Low, _) => continue,
            (Severity::Medium, Confidence::Low) => 7,
            (Severity::Medium, _) => 5,
            (Severity::High, Confidence::Low | Confidence::Medium) => 2,
            (Severity::High, Confidence::High) | (Severity::Critical, _) => 0,
        };
        cap = cap.min(limit);
        let place = finding.evidence.first().map(|evidence| &evidence.place);
        let text = format!(
            "{} ({}, {})",
            finding.message, finding.rule, finding.severity
        );
        let at = &finding.subject.location;
        answer.lowers_at(text, at, place.unwrap_or(&Place::Whole));
    }
    answer.probe("nothing-hostile", cap == 10);
    let unseen = unseen(&mut answer, material);
    answer.probe("everything-read", !unseen);
    if cap == 10 && unseen {
        return answer.inconclusive("what was not read cannot be called harmless");
    }
    if cap == 10 {
        answer.raises("the scanners found nothing hostile");
    }
    answer.scored(cap)
}

/// Notes what was not read.
fn unseen(answer: &mut Answer, material: &Material<'_>) -> bool {
    let mut unseen = false;
    for pointer in &material.pointers {
        let path = Some(pointer.location.to_string());
        answer.note(Effect::Opens, "the content was not fetched", path, None);
        unseen = true;
    }
    for artifact in material.subject.artifacts {
        for problem in &artifact.problems {
            if problem.kind.leaves_incomplete() && problem.kind != ProblemKind::Unchecked {
                let path = Some(artifact.location.to_string());
                let place = Some(problem.place.clone());
                answer.note(Effect::Opens, problem.detail.clone(), path, place);
                unseen = true;
            }
        }
    }
    for text in material.subject.unread {
        answer.note(Effect::Opens, text.clone(), None, None);
        unseen = true;
    }
    unseen
}
