//! Safe-Serialization and Artifact-Integrity: the weight files themselves.

use std::collections::BTreeMap;

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_boms::inventory::HashAlgorithm;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::severity::Severity;
use chainwright_repository::config::Details;

use crate::answer::{Answer, Effect, Outcome};
use crate::check::Check;
use crate::material::{Carriage, Material};
use crate::rules::{Counts, counts};
use crate::signatures::Fit;

/// The share of loadable bytes in formats that carry no code.
pub(super) fn serialization(mut answer: Answer, material: &Material<'_>) -> Answer {
    for pointer in &material.pointers {
        let path = Some(pointer.location.to_string());
        answer.note(Effect::Opens, "the content was not fetched", path, None);
    }
    if material.weights.is_empty() {
        return answer.inconclusive("there are no weights whose format could be judged");
    }
    let bytes = |carriage| -> u64 {
        let of_kind = material
            .weights
            .iter()
            .filter(|each| each.carriage == carriage);
        of_kind.map(|each| each.artifact.size).sum()
    };
    let pickled = bytes(Carriage::Pickle);
    let programs = bytes(Carriage::Programs);
    let all = material.weight_bytes();
    for weight in &material.weights {
        match weight.carriage {
            Carriage::Pickle => {
                answer.lowers_at("is a pickle", &weight.artifact.location, &Place::Whole);
            }
            Carriage::Programs => {
                let text = "is of a format that may carry code";
                answer.lowers_at(text, &weight.artifact.location, &Place::Whole);
            }
            Carriage::Numbers => {}
        }
    }
    let has_pickle = material
        .weights
        .iter()
        .any(|each| each.carriage == Carriage::Pickle);
    answer.probe("no-pickle", !has_pickle);
    answer.probe("no-programs", programs == 0);
    let share = answer.share("bytes-without-pickle", all.saturating_sub(pickled), all);
    if !has_pickle && programs == 0 {
        answer.raises("all weights are in formats that carry no code");
        answer.scored(10)
    } else if !has_pickle {
        answer.scored(8)
    } else if share == 0 {
        answer.scored(0)
    } else {
        // A pickle beside safe weights is what a loader may still take.
        answer.scored(((share + 50) / 100).clamp(1, 5))
    }
}

/// Complete, well-formed, and what every digest says.
pub(super) fn integrity(mut answer: Answer, material: &Material<'_>) -> Answer {
    let here = material.weights.len();
    if here == 0 && material.pointers.is_empty() {
        return answer.inconclusive("there are no weights");
    }
    let mut cap = 10;
    for pointer in &material.pointers {
        let text = "is a pointer whose content was not fetched";
        answer.lowers_at(text, &pointer.location, &Place::Whole);
        cap = cap.min(2);
    }
    answer.probe("no-dangling-pointers", material.pointers.is_empty());
    cap = cap.min(well_formed(&mut answer, material));
    let told = told_digests(material);
    let (mut covered, mut wrong) = (0_u64, false);
    for (artifact, fits) in &told {
        match fits {
            Fit::Equal => covered = covered.saturating_add(artifact.size),
            Fit::Different => {
                let text = "has another digest than a list, a pointer or a statement says";
                answer.lowers_at(text, &artifact.location, &Place::Whole);
                wrong = true;
            }
            Fit::Untold => {}
        }
    }
    answer.probe("digests-agree", !wrong);
    let share = answer.share("bytes-with-digest", covered, material.weight_bytes());
    if wrong {
        cap = 0;
    } else if share < 1000 && here > 0 {
        answer.lowers("not every weight file is listed with a digest that could be compared");
        cap = cap.min(8);
    }
    if cap == 10 {
        answer.raises("every weight file is whole and has the digest that is told of it");
    }
    answer.scored(cap)
}

/// What the rules say about the form of files.
fn well_formed(answer: &mut Answer, material: &Material<'_>) -> u32 {
    let (mut malformed, mut incomplete, mut contradicted) = (false, false, false);
    for finding in material.subject.findings {
        if counts(finding.rule) != Counts::For(Check::ArtifactIntegrity) {
            continue;
        }
        let (is_low, at) = (
            finding.severity < Severity::Medium,
            &finding.subject.location,
        );
        match finding.rule {
            "content-not-fetched" | "digest-unusable" => continue,
            "shards-missing" => incomplete = true,
            "content-contradicts-digest" => contradicted = true,
            // Oddities that every reader accepts.
            _ if is_low => continue,
            _ => malformed = true,
        }
        let place = finding.evidence.first().map(|evidence| &evidence.place);
        answer.lowers_at(finding.message.clone(), at, place.unwrap_or(&Place::Whole));
    }
    for weight in &material.weights {
        let mut problems = weight.artifact.problems.iter();
        let cut = problems.find(|problem| {
            matches!(
                problem.kind,
                ProblemKind::Truncated | ProblemKind::Malformed
            )
        });
        if let Some(problem) = cut {
            malformed = true;
            answer.lowers_at(
                problem.detail.clone(),
                &weight.artifact.location,
                &problem.place,
            );
        }
    }
    answer.probe("well-formed", !malformed);
    answer.probe("shards-complete", !incomplete);
    let caps = [(contradicted, 0), (malformed, 2), (incomplete, 2)];
    let hit = caps
        .iter()
        .filter(|(is_hit, _)| *is_hit)
        .map(|(_, cap)| *cap);
    hit.min().unwrap_or(10)
}

/// How every weight file compares with what lists, pointers of HEAD, bills and statements say; the worst word counts.
fn told_digests<'a>(material: &Material<'a>) -> Vec<(&'a Inspected, Fit)> {
    let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for pointer in material
        .subject
        .history
        .iter()
        .flat_map(|all| &all.pointers)
    {
        told.entry(&pointer.path)
            .or_default()
            .push(pointer.sha256.clone());
    }
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let Facts::Config(document) = facts else {
                continue;
            };
            let Details::Digests(listed) = &document.details else {
                continue;
            };
            for named in listed {
                if let Some(file) = material.tree.neighbour(artifact, &named.file) {
                    let digests = told.entry(file.location.path()).or_default();
                    digests.push(named.sha256.clone());
                }
            }
        }
    }
    let fit = |artifact: &Inspected| {
        let Some(digests) = &artifact.digests else {
            return Fit::Untold;
        };
        let own = digests.sha256.to_string();
        let mut fits = Vec::new();
        for digest in told.get(artifact.location.path()).into_iter().flatten() {
            fits.push(if *digest == own {
                Fit::Equal
            } else {
                Fit::Different
            });
        }
        for statement in &material.statements {
            let files = statement
                .files()
                .into_iter()
                .chain(statement.subjects.clone());
            let about = files.filter(|file| file.is_about(&statement.path, artifact));
            fits.extend(about.map(|file| file.fits(digests)));
        }
        for bom in &material.boms {
            let digests = bom
                .inventory
                .components
                .values()
                .filter_map(|component| component.hashes.get(&HashAlgorithm::Sha256)?.text());
            fits.extend(digests.filter(|digest| *digest == own).map(|_| Fit::Equal));
        }
        if fits.contains(&Fit::Different) {
            Fit::Different
        } else if fits.contains(&Fit::Equal) {
            Fit::Equal
        } else {
            Fit::Untold
        }
    };
    let weights = material.weights.iter().map(|weight| weight.artifact);
    weights.map(|artifact| (artifact, fit(artifact))).collect()
}

/// The outcome of a part that may not apply.
pub(super) const fn outcome(applies: bool, is_met: bool) -> Outcome {
    match (applies, is_met) {
        (false, _) => Outcome::NotApplicable,
        (true, true) => Outcome::Met,
        (true, false) => Outcome::Unmet,
    }
}
