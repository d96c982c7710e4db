//! Something that the project ships stands under a licence that asks for more than the project's own grants.
//!
//! ## Why it matters
//!
//! A copyleft package inside a product that is passed on under other terms, or weights for research only inside something that is
//! sold, can force a product off the market, and everything that descends from it inherits the trouble.
//!
//! ## What to do
//!
//! Replace the component, ask its owner for other terms, or change the licence of the project. Ask a lawyer, not a scanner.
//!
//! ## Limits
//!
//! No legal advice. Compares what files declare: the licence of the project at the top of the scanned tree with those of packages
//! in lock files and installed environments that are needed at run time, and with cards of models in it. A package that offers a
//! choice counts by its mildest. What declares no licence, or one that nobody knows, is not reported here.

use std::collections::BTreeMap;

use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_analysis::{Inspected, Tree};
use chainwright_core::controls::{nist_ai_rmf_1_0, owasp_llm_2025};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{ManifestFacts, Scope};
use chainwright_repository::licence::{LicenceClass, class_of, of_card_name};

use crate::exposures::manifests;
use crate::shared::{SHOWN, counted, quoted};

pub(crate) static RULE: Rule = Rule {
    id: "licence-conflict",
    stage: Stage::Training,
    summary: "a licence asks for more than the project's own grants",
    severity: Severity::Low,
    remedy: "replace the component, or agree on terms with its owner",
    status: Status::Preview { since: "0.1.0" },
    controls: &[owasp_llm_2025::LLM03, nist_ai_rmf_1_0::GOVERN_6_1],
    check: Check::InTree(check),
};

fn check(artifact: &Inspected, tree: &Tree<'_>, sink: &mut Sink<'_>) {
    let mut declared = demands(artifact);
    if declared.is_empty() {
        return;
    }
    let Some((top, own, written)) = project(tree) else {
        return;
    };
    let folder = top.location.folder();
    let rest = artifact.location.path().strip_prefix(folder);
    if !rest.is_some_and(|rest| folder.is_empty() || rest.starts_with('/')) {
        return;
    }
    if artifact.location.folder() == folder {
        // The card and the record at the top speak for the project itself.
        declared.retain(|demand| demand.is_needed);
    }
    let mut found: BTreeMap<&str, &Demand> = BTreeMap::new();
    for demand in declared
        .iter()
        .filter(|demand| conflicts(own, demand.class))
    {
        found.entry(&demand.name).or_insert(demand);
    }
    let Some(first) = found.values().next() else {
        return;
    };
    let count = counted(found.len(), "component is", "components are");
    let message = format!(
        "the project is under {}, and {count} under terms that ask for more, such as {} under {}",
        quoted(&written),
        quoted(&first.name),
        quoted(&first.licence)
    );
    let shown = found.values().take(SHOWN);
    let all = shown.map(|demand| {
        let text = format!(
            "{} is under {}",
            quoted(&demand.name),
            quoted(&demand.licence)
        );
        evidence(&demand.place, text)
    });
    sink.report(Confidence::Medium, message, all.collect());
}

/// A component and what its licence asks for.
struct Demand {
    name: String,
    licence: String,
    class: LicenceClass,
    place: Place,
    /// Whether the project asks for it, rather than that it lies there.
    is_needed: bool,
}

/// Copyleft reaches works that contain the component; what forbids commerce contradicts every licence that allows it.
fn conflicts(own: LicenceClass, theirs: LicenceClass) -> bool {
    match theirs {
        LicenceClass::StrongCopyleft => {
            matches!(own, LicenceClass::Permissive | LicenceClass::PublicDomain)
        }
        LicenceClass::NonCommercial => {
            !matches!(own, LicenceClass::NonCommercial | LicenceClass::Unknown)
        }
        LicenceClass::PublicDomain
        | LicenceClass::Permissive
        | LicenceClass::WeakCopyleft
        | LicenceClass::UseRestricted
        | LicenceClass::Unknown => false,
    }
}

fn demands(artifact: &Inspected) -> Vec<Demand> {
    let mut found = Vec::new();
    for manifest in manifests(artifact) {
        found.extend(of_manifest(manifest));
    }
    let cards = artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Card(card) => Some(card),
        _ => None,
    });
    for licence in cards.flat_map(|card| &card.licences) {
        found.push(Demand {
            name: artifact.location.folder().to_owned(),
            class: class_of(&of_card_name(licence)),
            licence: licence.clone(),
            place: Place::Whole,
            is_needed: false,
        });
    }
    found
}

fn of_manifest(manifest: &ManifestFacts) -> Vec<Demand> {
    let demand = |name: String, licence: &String, place: &Place| Demand {
        class: mildest(licence),
        name,
        licence: licence.clone(),
        place: place.clone(),
        is_needed: !manifest.kind.is_installed(),
    };
    if manifest.kind.is_installed() {
        let project = manifest.project.as_ref();
        let found = project.and_then(|project| {
            let licence = project.licence.as_ref()?;
            Some(demand(project.package.to_string(), licence, &project.place))
        });
        return found.into_iter().collect();
    }
    let needed = manifest
        .packages
        .iter()
        .filter(|each| each.scope == Scope::Runtime);
    needed
        .filter_map(|each| {
            let licence = each.licence.as_ref()?;
            Some(demand(each.package.to_string(), licence, &each.place))
        })
        .collect()
}

/// The class of an expression: of alternatives the mildest, of what holds together the strictest.
fn mildest(expression: &str) -> LicenceClass {
    let Ok(expression) = spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX) else {
        return LicenceClass::Unknown;
    };
    let order = [
        LicenceClass::PublicDomain,
        LicenceClass::Permissive,
        LicenceClass::WeakCopyleft,
        LicenceClass::UseRestricted,
        LicenceClass::Unknown,
        LicenceClass::NonCommercial,
        LicenceClass::StrongCopyleft,
    ];
    let rank = |class: LicenceClass| order.iter().position(|one| *one == class);
    let allowed = |most: LicenceClass| {
        expression.evaluate(|requirement| {
            // An exception lifts what copyleft asks of those who link.
            let is_lifted = requirement.addition.is_some();
            let class = class_of(&requirement.license.to_string());
            is_lifted || rank(class) <= rank(most)
        })
    };
    order
        .into_iter()
        .find(|most| allowed(*most))
        .unwrap_or(LicenceClass::Unknown)
}

/// The licence of the project: what the manifest or licence file nearest to the top declares.
fn project<'a>(tree: &Tree<'a>) -> Option<(&'a Inspected, LicenceClass, String)> {
    let declared = tree.artifacts().iter().filter_map(|artifact| {
        let is_plain = artifact.location.members().is_empty();
        let (class, written) = is_plain.then(|| licence_of(artifact)).flatten()?;
        Some((artifact, class, written))
    });
    declared.min_by_key(|(artifact, ..)| artifact.location.path().matches('/').count())
}

fn licence_of(artifact: &Inspected) -> Option<(LicenceClass, String)> {
    let in_manifest = manifests(artifact)
        .filter(|manifest| !manifest.kind.is_installed())
        .find_map(|manifest| manifest.project.as_ref()?.licence.clone())
        .map(|licence| (mildest(&licence), licence));
    let in_file = || {
        artifact.facts.iter().find_map(|facts| match facts {
            Facts::Licence(spdx) => Some((class_of(spdx), spdx.clone())),
            _ => None,
        })
    };
    in_manifest.or_else(in_file)
}
