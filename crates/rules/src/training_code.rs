//! What the rules about code share: they differ only in the behaviours they look for.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_code::Behaviour;
use chainwright_core::finding::Evidence;

use crate::shared::SHOWN;

/// Reports the wanted behaviours of all code in an artifact, one finding for each severity.
pub(crate) fn report_behaviours(
    artifact: &Inspected,
    wanted: &dyn Fn(&&Behaviour) -> bool,
    sink: &mut Sink<'_>,
) {
    let mut found: Vec<&Behaviour> = artifact
        .facts
        .iter()
        .flat_map(|facts| match facts {
            Facts::Python(facts) => facts.behaviours.as_slice(),
            Facts::Shell(facts) => facts.behaviours.as_slice(),
            _ => &[],
        })
        .filter(wanted)
        .collect();
    found.sort_by_key(|behaviour| {
        (
            std::cmp::Reverse(behaviour.severity()),
            behaviour.place.clone(),
        )
    });
    for group in found.chunk_by(|left, right| left.severity() == right.severity()) {
        let Some(first) = group.first() else { continue };
        let told = group.iter().take(SHOWN).map(|behaviour| Evidence {
            place: behaviour.place.clone(),
            text: format!(
                "{} ({}): {}",
                behaviour.kind.as_str(),
                behaviour.reach.as_str(),
                behaviour.evidence
            ),
        });
        let message = format!("{}: {}", first.kind.as_str(), first.evidence);
        sink.report_as(first.severity(), first.confidence, message, told.collect());
    }
}
