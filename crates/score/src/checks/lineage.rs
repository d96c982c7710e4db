//! Lineage: what the model was made from.

use std::collections::BTreeSet;

use chainwright_analysis::facts::Facts;
use chainwright_core::location::Place;
use chainwright_core::severity::Severity;
use chainwright_repository::config::ReferenceKind;
use chainwright_repository::hazard::HazardKind;

use crate::answer::Answer;
use crate::check::Check;
use crate::material::{Material, RepositoryKind};
use crate::rules::{Counts, counts};

use super::weights::outcome;

/// Named anywhere 4, in the card 6, with how 8, and all agree 10; what contradicts the weights 3.
pub(super) fn lineage(mut answer: Answer, material: &Material<'_>) -> Answer {
    if material.kind != RepositoryKind::Model {
        return answer.inconclusive("there is no model");
    }
    let fits = fits(&mut answer, material);
    let names = material.named(ReferenceKind::BaseModel);
    let named: BTreeSet<&str> = names
        .iter()
        .copied()
        .filter(|name| !is_path(name))
        .collect();
    let in_card = by(material, false);
    let in_adapter = by(material, true);
    let scratch = named.is_empty() && material.is_from_scratch() && in_adapter.is_empty();
    answer.probe("base-named", !named.is_empty() || scratch);
    answer.probed("named-in-card", outcome(!scratch, !in_card.is_empty()));
    if scratch {
        answer.raises("the card says that it was trained from scratch");
        return answer.scored(if fits { 10 } else { 3 });
    }
    if named.is_empty() {
        answer.lowers("nothing says what the model was made from");
        for name in names {
            answer.lowers(format!("`{name}` is a place on somebody's machine"));
        }
        return answer.scored(0);
    }
    let relation = material
        .card
        .as_ref()
        .and_then(|card| card.facts)
        .and_then(|facts| facts.base_relation);
    let has_relation = relation.is_some() || !in_adapter.is_empty();
    answer.probe("relation-known", has_relation);
    let agrees = in_card.is_empty() || in_adapter.is_empty() || !in_card.is_disjoint(&in_adapter);
    let applies = !in_card.is_empty() && !in_adapter.is_empty();
    answer.probed("sources-agree", outcome(applies, agrees));
    if in_card.is_empty() {
        answer.lowers("the card does not name the base model");
    }
    if !has_relation {
        answer.lowers("how it was made from the base model is not said");
    }
    if !agrees {
        answer.lowers("the card and the adapter's configuration name different base models");
        return answer.scored(3);
    }
    for name in &named {
        answer.raises(format!("made from `{name}`"));
    }
    let points = 6 + 2 * u32::from(!in_card.is_empty()) + 2 * u32::from(has_relation);
    answer.scored(if fits { points } else { points.min(3) })
}

/// The base models that the card names, or those that the configurations of adapters name.
fn by<'a>(material: &Material<'a>, is_adapter: bool) -> BTreeSet<&'a str> {
    let mentions = material.mentions.iter().filter(|mention| {
        let is_card = mention
            .artifact
            .facts
            .iter()
            .any(|facts| matches!(facts, Facts::Card(_)));
        let is_front = !matches!(mention.reference.place, Place::Line { .. });
        let is_base = mention.reference.kind == ReferenceKind::BaseModel;
        is_base
            && is_front
            && if is_adapter {
                mention.is_adapter
            } else {
                is_card
            }
    });
    let names = mentions.map(|mention| mention.reference.name.as_str());
    names.filter(|name| !is_path(name)).collect()
}

/// Whether a name is a path on somebody's machine rather than a name that others can find.
fn is_path(name: &str) -> bool {
    name.starts_with(['/', '.', '~', '\\'])
        || name.matches('/').count() > 1 && !name.contains("://")
}

/// Whether the weights fit what is claimed.
fn fits(answer: &mut Answer, material: &Material<'_>) -> bool {
    let mut fits = true;
    for finding in material.subject.findings {
        let speaks = counts(finding.rule) == Counts::For(Check::Lineage);
        if speaks && finding.severity >= Severity::Medium {
            fits = false;
            let place = finding.evidence.first().map(|evidence| &evidence.place);
            let at = &finding.subject.location;
            answer.lowers_at(finding.message.clone(), at, place.unwrap_or(&Place::Whole));
        }
    }
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let Facts::Config(document) = facts else {
                continue;
            };
            for hazard in &document.hazards {
                if matches!(
                    hazard.kind,
                    HazardKind::BaseIsLocalPath | HazardKind::BaseIsUrl
                ) {
                    let text = format!("`{}` is no name that others can find", hazard.value);
                    answer.lowers_at(text, &artifact.location, &hazard.place);
                }
            }
        }
    }
    answer.probe("weights-fit", fits);
    fits
}
