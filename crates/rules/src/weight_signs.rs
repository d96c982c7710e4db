//! What the rules about weights as numbers share.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::Confidence;
use chainwright_weights::signs::{WeightSign, WeightSignKind};

use crate::shared::{quoted, report_worst};

/// Reports the signs of these kinds as one finding, which is as bad as the worst of them.
pub(crate) fn report_signs(artifact: &Inspected, kinds: &[WeightSignKind], sink: &mut Sink<'_>) {
    for facts in &artifact.facts {
        let Facts::Weights(weights) = facts else {
            continue;
        };
        let wanted = weights
            .signs
            .iter()
            .filter(|sign| kinds.contains(&sign.kind));
        let judged = wanted.map(|sign| (sign.severity, evidence(sign)));
        report_worst(judged.collect(), Confidence::High, str::to_owned, sink);
    }
}

fn evidence(sign: &WeightSign) -> Evidence {
    let text = if sign.tensor.is_empty() {
        sign.detail.clone()
    } else {
        format!("{}: {}", quoted(&sign.tensor), sign.detail)
    };
    Evidence {
        place: Place::Whole,
        text,
    }
}
