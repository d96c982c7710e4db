//! What several rules share: picking facts, and turning them into evidence.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{CarriedTemplate, Facts};
use chainwright_containers::ContainerFacts;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::Confidence;
use chainwright_pickle::{PickleFacts, Use};
use chainwright_repository::config::DocumentFacts;
use chainwright_repository::{CodeOrigin, Hazard, HazardKind};
use chainwright_templates::Certainty;

/// Pieces of evidence that one finding shows; a report is no dump.
pub(crate) const SHOWN: usize = 8;

pub(crate) fn pickles(artifact: &Inspected) -> impl Iterator<Item = &PickleFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Pickle(facts) => Some(facts),
        _ => None,
    })
}

pub(crate) fn containers(artifact: &Inspected) -> impl Iterator<Item = &ContainerFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Container(facts) => Some(facts),
        _ => None,
    })
}

pub(crate) fn templates(artifact: &Inspected) -> impl Iterator<Item = &CarriedTemplate> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Template(carried) => Some(carried),
        _ => None,
    })
}

pub(crate) fn documents(artifact: &Inspected) -> impl Iterator<Item = &DocumentFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Config(facts) => Some(facts),
        _ => None,
    })
}

/// Every hazard of configuration files and cards.
pub(crate) fn hazards(artifact: &Inspected) -> impl Iterator<Item = &Hazard> {
    let of_documents = documents(artifact).flat_map(|document| document.hazards.items());
    let of_cards = artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Card(card) => Some(card.hazards.items()),
        _ => None,
    });
    of_documents.chain(of_cards.flatten())
}

/// What configuration names as code to be run: the hazard, and where the code comes from.
pub(crate) fn code_paths(artifact: &Inspected) -> impl Iterator<Item = (&Hazard, &CodeOrigin)> {
    hazards(artifact).filter_map(|hazard| match &hazard.kind {
        HazardKind::RunsCode { origin, .. } => Some((hazard, origin)),
        _ => None,
    })
}

/// `module.name(arguments)`, as the stream uses it.
pub(crate) fn call(used: &Use) -> String {
    let name = match (used.module.is_empty(), used.name.is_empty()) {
        (false, false) => format!("{}.{}", used.module, used.name),
        (true, _) => used.name.clone(),
        (_, true) => used.module.clone(),
    };
    if used.arguments.is_empty() {
        name
    } else {
        format!("{name}{}", used.arguments)
    }
}

/// Evidence for uses of names in a pickle.
pub(crate) fn uses(used: &[&Use]) -> Vec<Evidence> {
    let text = |used: &Use| {
        let times = if used.count > 1 {
            format!(", {} times", used.count)
        } else {
            String::new()
        };
        let inside = if used.depth > 0 {
            ", in a nested pickle"
        } else {
            ""
        };
        format!("{} by {:?}{inside}{times}", call(used), used.kind)
    };
    let place = |used: &Use| Place::Byte(used.offset);
    used.iter()
        .take(SHOWN)
        .map(|used| Evidence {
            place: place(used),
            text: text(used),
        })
        .collect()
}

/// Evidence for hazards of a document.
pub(crate) fn hazard_evidence(hazards: &[&Hazard]) -> Vec<Evidence> {
    hazards
        .iter()
        .take(SHOWN)
        .map(|hazard| hazard_place(hazard))
        .collect()
}

fn hazard_place(hazard: &Hazard) -> Evidence {
    let place = match hazard.line {
        0 => hazard.place.clone(),
        line => Place::Line { line, column: 1 },
    };
    let text = match &hazard.place {
        Place::Pointer(pointer) => format!("{pointer}: {}", hazard.value),
        _ => hazard.value.clone(),
    };
    Evidence { place, text }
}

/// How sure a template's behaviour makes us.
pub(crate) const fn confidence(certainty: Certainty) -> Confidence {
    match certainty {
        Certainty::Hint => Confidence::Low,
        Certainty::Likely => Confidence::Medium,
        Certainty::Proven => Confidence::High,
    }
}

/// `1 thing`, `2 things`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    if count == 1 {
        format!("1 {thing}")
    } else {
        format!("{count} {thing}s")
    }
}
