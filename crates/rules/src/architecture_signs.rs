//! What the rules about configurations and their weights share.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_architecture::{ArchitectureFacts, Disagreement};
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};

use crate::shared::{quoted, report_worst};

fn compared(artifact: &Inspected) -> impl Iterator<Item = &ArchitectureFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Architecture(facts) => Some(&**facts),
        _ => None,
    })
}

/// Reports the disagreements that `judge` picks, one finding for each set of weights.
pub(crate) fn report_disagreements(
    artifact: &Inspected,
    judge: impl Fn(&Disagreement) -> Option<Severity>,
    sink: &mut Sink<'_>,
) {
    for facts in compared(artifact) {
        let files = facts.files.first().map(|first| match facts.files.len() {
            1 => format!("{}: ", quoted(first)),
            more => format!("{} and {} more: ", quoted(first), more.saturating_sub(1)),
        });
        let files = files.unwrap_or_default();
        let judged = facts.disagreements.iter();
        let judged = judged.filter_map(|each| Some((judge(each)?, evidence(each))));
        let message = |first: &str| format!("{files}{first}");
        report_worst(judged.collect(), Confidence::Medium, message, sink);
    }
}

fn evidence(disagreement: &Disagreement) -> Evidence {
    let Disagreement { tensor, detail, .. } = disagreement;
    let (place, text) = if tensor.is_empty() {
        (Place::Whole, detail.clone())
    } else {
        let place = Place::Key(tensor.clone());
        (place, format!("{}: {detail}", quoted(tensor)))
    };
    Evidence { place, text }
}
