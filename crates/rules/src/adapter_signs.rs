//! What the rules about adapters share.

use chainwright_adapters::{AdapterSign, AdapterSignKind};
use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Facts, ReviewedAdapter};
use chainwright_analysis::rule::Sink;
use chainwright_core::finding::Evidence;
use chainwright_core::location::Place;
use chainwright_core::severity::Confidence;

use crate::shared::{quoted, report_worst};

pub(crate) fn adapters(artifact: &Inspected) -> impl Iterator<Item = &ReviewedAdapter> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Adapter(adapter) => Some(&**adapter),
        _ => None,
    })
}

/// Reports the signs of these kinds as one finding, which is as bad as the worst of them.
pub(crate) fn report_signs(artifact: &Inspected, kinds: &[AdapterSignKind], sink: &mut Sink<'_>) {
    for adapter in adapters(artifact) {
        let signs = adapter.review.signs.iter();
        let wanted = signs.filter(|sign| kinds.contains(&sign.kind));
        let judged = wanted.map(|sign| (sign.severity(), evidence(sign)));
        report_worst(judged.collect(), Confidence::High, str::to_owned, sink);
    }
}

fn evidence(sign: &AdapterSign) -> Evidence {
    let text = if sign.module.is_empty() {
        sign.detail.clone()
    } else {
        format!("{}: {}", quoted(&sign.module), sign.detail)
    };
    Evidence {
        place: Place::Whole,
        text,
    }
}
