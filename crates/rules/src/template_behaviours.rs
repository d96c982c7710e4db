//! What the rules about chat templates share: they differ only in the behaviours they look for.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{CarriedTemplate, Facts};
use chainwright_analysis::rule::Sink;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_templates::{Behaviour, BehaviourKind as Kind, Certainty, Family};

use crate::shared::{SHOWN, quoted};

/// Reports the wanted behaviours of each template as one finding, which is as bad as the worst of them.
pub(crate) fn report_templates(
    artifact: &Inspected,
    wanted: impl Fn(&CarriedTemplate, Kind) -> bool,
    sink: &mut Sink<'_>,
) {
    for facts in &artifact.facts {
        let Facts::Template(carried) = facts else {
            continue;
        };
        let behaviours = carried.facts.behaviours.iter();
        let mut seen: Vec<&Behaviour> = behaviours
            .filter(|behaviour| wanted(carried, behaviour.kind))
            .collect();
        // The sort is stable: of equals, the one that stands first leads.
        seen.sort_by_key(|behaviour| {
            let severity = severity(behaviour.kind, behaviour.certainty);
            (std::cmp::Reverse(severity), is_mild(behaviour.kind))
        });
        let Some(worst) = seen.first() else { continue };
        let told = seen.iter().take(SHOWN);
        sink.report_as(
            severity(worst.kind, worst.certainty),
            confidence(worst.certainty),
            format!("the template {}", describe(worst)),
            told.map(|behaviour| shown(&carried.carrier, behaviour))
                .collect(),
        );
    }
}

const fn severity(kind: Kind, certainty: Certainty) -> Severity {
    match (kind, certainty) {
        (Kind::UnusualName, _) => Severity::Info,
        (Kind::FileAccess, Certainty::Proven) => Severity::High,
        (Kind::FileAccess, Certainty::Likely) => Severity::Medium,
        (_, certainty) => match (kind.family(), certainty) {
            (Family::Escape, Certainty::Proven) => Severity::Critical,
            (Family::Escape, Certainty::Likely)
            | (Family::Backdoor | Family::Concealment | Family::Exhaustion, Certainty::Proven) => {
                Severity::High
            }
            (Family::Backdoor | Family::Concealment | Family::Exhaustion, Certainty::Likely) => {
                Severity::Medium
            }
            (Family::Escape | Family::Exhaustion, Certainty::Hint) => Severity::Low,
            (Family::Backdoor | Family::Concealment, Certainty::Hint) => Severity::Info,
        },
    }
}

const fn confidence(certainty: Certainty) -> Confidence {
    match certainty {
        Certainty::Hint => Confidence::Low,
        Certainty::Likely => Confidence::Medium,
        Certainty::Proven => Confidence::High,
    }
}

/// Of equally bad behaviours, what runs something tells more than what leads there.
const fn is_mild(kind: Kind) -> bool {
    !matches!(kind, Kind::CodeExecution)
}

/// What the template does, as the predicate of a sentence.
fn describe(behaviour: &Behaviour) -> String {
    let text = &behaviour.evidence;
    let adds = |when: &str| format!("adds {} {when}", quoted(text));
    match (behaviour.kind, behaviour.certainty) {
        // A proven trigger is told by the text that it guards, a likely one by its condition.
        (Kind::ContentTrigger, Certainty::Proven) => adds("when certain words occur"),
        (Kind::DateTrigger, _) => adds("on certain dates"),
        (Kind::RandomTrigger, _) => adds("by chance"),
        (Kind::CountTrigger, _) => adds("at a certain length of the conversation"),
        // The evidence of these is a sentence, or holds quotations of its own.
        (kind, _) if kind.family() == Family::Exhaustion || text.contains('`') => {
            format!("{kind}: {text}")
        }
        (kind, _) => format!("{kind}: {}", quoted(text)),
    }
}

/// The place in the file where there is one; a template inside a file has lines of its own.
fn shown(carrier: &Place, behaviour: &Behaviour) -> Evidence {
    let text = describe(behaviour);
    match (carrier, &behaviour.place) {
        (Place::Whole, place) => Evidence {
            place: place.clone(),
            text,
        },
        (carrier, Place::Line { line, column }) => Evidence {
            place: carrier.clone(),
            text: format!("line {line}, column {column} of the template: {text}"),
        },
        (carrier, _) => Evidence {
            place: carrier.clone(),
            text,
        },
    }
}
