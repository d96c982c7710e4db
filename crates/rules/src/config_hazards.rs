//! What the rules about configuration files and documents share: their hazards, in words.

use std::cmp::Reverse;

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_repository::Hazard;
use chainwright_repository::config::DocumentFacts;

use crate::shared::{SHOWN, quoted};

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

/// Reports the hazards that `judge` picks as one finding, which is as bad as the worst of them. `describe` makes a
/// sentence of the first of the worst.
pub(crate) fn report_hazards(
    artifact: &Inspected,
    judge: impl Fn(&Hazard) -> Option<(Severity, Confidence)>,
    describe: impl Fn(&Hazard) -> String,
    sink: &mut Sink<'_>,
) {
    let mut found: Vec<(Severity, Confidence, &Hazard)> = hazards(artifact)
        .filter_map(|hazard| judge(hazard).map(|(severity, sure)| (severity, sure, hazard)))
        .collect();
    found.sort_by_key(|(severity, ..)| Reverse(*severity));
    let Some((severity, confidence, first)) = found.first() else {
        return;
    };
    let told = found.iter().take(SHOWN).map(|(.., hazard)| shown(hazard));
    sink.report_as(*severity, *confidence, describe(first), told.collect());
}

/// The evidence for a hazard: its line where that is known, the key that holds it, and what stands there.
pub(crate) fn shown(hazard: &Hazard) -> Evidence {
    let place = match hazard.line {
        0 => hazard.place.clone(),
        line => Place::Line { line, column: 1 },
    };
    let text = match &hazard.place {
        Place::Pointer(pointer) if *pointer == hazard.value => quoted(pointer),
        Place::Pointer(pointer) => format!("{}: {}", keys(pointer, hazard), quoted(&hazard.value)),
        _ => quoted(&hazard.value),
    };
    Evidence { place, text }
}

/// The keys that a hazard comes from; PEFT puts the name of what it imports together from two.
fn keys(pointer: &str, hazard: &Hazard) -> String {
    let is_joined = pointer == "/auto_mapping/parent_library" && hazard.value.contains('.');
    if is_joined {
        format!("{pointer} and base_model_class")
    } else {
        pointer.to_owned()
    }
}
