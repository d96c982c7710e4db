//! License: named, with its text, and the same everywhere.

use std::collections::BTreeSet;

use chainwright_analysis::facts::Facts;
use chainwright_boms::licence::{Term, classify};
use chainwright_core::location::Place;
use chainwright_core::severity::Severity;
use chainwright_repository::config::ReferenceKind;
use chainwright_repository::licence::{LicenceClass, class_of, of_card_name};

use crate::answer::Answer;
use crate::check::Check;
use crate::material::Material;
use crate::rules::{Counts, counts};

use super::weights::outcome;

/// Owners whose models come under terms of their own, and how the identifiers of those begin.
const FAMILIES: &[(&str, &str)] = &[
    ("meta-llama/", "LicenseRef-Llama"),
    ("google/gemma", "LicenseRef-Gemma"),
    ("google/codegemma", "LicenseRef-Gemma"),
    ("bigscience/bloom", "LicenseRef-BigScience"),
    ("bigcode/starcoder", "LicenseRef-BigCode"),
    ("stabilityai/stable-diffusion-3", "LicenseRef-Stability"),
    ("black-forest-labs/FLUX.1-dev", "LicenseRef-FLUX"),
];

/// Named 6, with its text 8, and both the same 10; contradictions 3.
pub(super) fn licence(mut answer: Answer, material: &Material<'_>) -> Answer {
    let card = material.card.as_ref().and_then(|card| card.facts);
    let declared: Vec<&str> = card
        .map(|facts| facts.licences.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let (mut texts, mut headers) = (BTreeSet::new(), BTreeSet::new());
    let top = top_folder(material);
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            match facts {
                Facts::Licence(identifier) if artifact.location.surroundings() == top => {
                    texts.insert((identifier.as_str(), artifact.location.path()));
                }
                Facts::Gguf(gguf) => headers.extend(
                    gguf.license
                        .iter()
                        .map(|name| (of_card_name(name), artifact.location.path())),
                ),
                _ => {}
            }
        }
    }
    let is_named = !declared.is_empty();
    let is_valid = is_named && declared.iter().all(|name| is_known(name));
    answer.probe("named-in-card", is_named);
    answer.probed("identifier-valid", outcome(is_named, is_valid));
    answer.probe("text-present", !texts.is_empty());
    let agrees = agree(&mut answer, &declared, &texts, &headers);
    let fits_base = fits_base(&mut answer, material, &declared);
    let no_conflict = no_conflict(&mut answer, material);
    let points = match (is_named, is_valid, texts.is_empty()) {
        (false, _, true) => {
            answer.lowers("no licence is named");
            return answer.scored(u32::from(!headers.is_empty()) * 3);
        }
        (false, _, false) => {
            answer.lowers("the licence is not named in the card's front matter");
            5
        }
        (true, false, no_text) => {
            for name in declared.iter().filter(|name| !is_known(name)) {
                answer.lowers(format!("`{name}` is no licence that SPDX or the hub knows"));
            }
            if no_text { 3 } else { 4 }
        }
        (true, true, true) => {
            answer.lowers("the text of the licence is not here");
            7
        }
        (true, true, false) => 10,
    };
    if !(agrees && fits_base && no_conflict) {
        return answer.scored(points.min(3));
    }
    if points == 10 {
        answer.raises("the licence is named, its text is here, and nothing contradicts it");
    }
    answer.scored(points)
}

/// The folder of the card, which the licence lies beside.
fn top_folder(material: &Material<'_>) -> String {
    let path = material.card.as_ref().map_or("", |card| card.path);
    path.rsplit_once('/')
        .map_or("", |(folder, _)| folder)
        .to_owned()
}

/// Whether a name is an SPDX identifier or expression, or one of the hub's own.
fn is_known(name: &str) -> bool {
    if matches!(name, "LicenseRef-other" | "LicenseRef-unknown") {
        return false;
    }
    name.starts_with("LicenseRef-") || !matches!(classify(name), Term::Name)
}

fn agree(
    answer: &mut Answer,
    declared: &[&str],
    texts: &BTreeSet<(&str, &str)>,
    headers: &BTreeSet<(String, &str)>,
) -> bool {
    let is_declared =
        |found: &str| declared.is_empty() || declared.iter().any(|name| same(name, found));
    let mut agrees = true;
    for (found, path) in texts {
        if !is_declared(found) {
            answer.lowers_in(
                format!("holds the text of {found}, the card names another"),
                path,
            );
            agrees = false;
        }
    }
    let applies = !declared.is_empty() && !texts.is_empty();
    answer.probed("text-agrees", outcome(applies, agrees));
    let mut fits = true;
    for (found, path) in headers {
        if !is_declared(found) {
            answer.lowers_in(
                format!("names {found} in its header, the card another"),
                path,
            );
            fits = false;
        }
    }
    let applies = !declared.is_empty() && !headers.is_empty();
    answer.probed("header-agrees", outcome(applies, fits));
    agrees && fits
}

/// Whether two identifiers mean the same text: `GPL-3.0-only` and `GPL-3.0-or-later` share one, as do MIT and MIT-0's
/// look-alikes not.
fn same(left: &str, right: &str) -> bool {
    let plain = |name: &str| {
        let name = name.trim_end_matches("-only").trim_end_matches("-or-later");
        name.trim_end_matches('+').to_ascii_lowercase()
    };
    plain(left) == plain(right)
}

/// Terms that a base's owner sets cannot be replaced by freer ones.
fn fits_base(answer: &mut Answer, material: &Material<'_>, declared: &[&str]) -> bool {
    let bases = material.named(ReferenceKind::BaseModel);
    let mut judged = false;
    let mut fits = true;
    for base in &bases {
        let lower = base.to_ascii_lowercase();
        let family = FAMILIES
            .iter()
            .find(|(owner, _)| lower.starts_with(&owner.to_ascii_lowercase()));
        let Some((_, terms)) = family else { continue };
        judged |= !declared.is_empty();
        for name in declared {
            let is_free = matches!(
                class_of(name),
                LicenceClass::PublicDomain
                    | LicenceClass::Permissive
                    | LicenceClass::WeakCopyleft
                    | LicenceClass::StrongCopyleft
            );
            if is_free && !name.starts_with(terms) {
                answer.lowers(format!(
                    "`{base}` comes under terms of its own, which {name} cannot replace"
                ));
                fits = false;
            }
        }
    }
    answer.probed("fits-base", outcome(judged, fits));
    fits
}

fn no_conflict(answer: &mut Answer, material: &Material<'_>) -> bool {
    let conflicts = material.subject.findings.iter().filter(|finding| {
        let speaks = counts(finding.rule) == Counts::For(Check::License);
        speaks && finding.rule != "licence-missing" && finding.severity >= Severity::Medium
    });
    let mut is_free = true;
    for finding in conflicts {
        is_free = false;
        answer.lowers_at(
            finding.message.clone(),
            &finding.subject.location,
            &Place::Whole,
        );
    }
    is_free
}
