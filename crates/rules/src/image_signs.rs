//! What rules about container images share.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Facts, StackedImage};
use chainwright_analysis::rule::{Sink, evidence};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_images::SignKind;

use crate::shared::{SHOWN, quoted};

/// The images whose manifest this is.
pub(crate) fn images(artifact: &Inspected) -> impl Iterator<Item = &StackedImage> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Image(image) => Some(image.as_ref()),
        _ => None,
    })
}

/// Reports the signs of some kinds as one finding for each image; `say` puts a kind into words.
pub(crate) fn report_signs(
    artifact: &Inspected,
    severity: Severity,
    confidence: Confidence,
    say: impl Fn(SignKind) -> Option<&'static str>,
    sink: &mut Sink<'_>,
) {
    for image in images(artifact) {
        let told: Vec<String> = image
            .facts
            .signs
            .iter()
            .filter_map(|sign| Some(format!("{}: {}", say(sign.kind)?, quoted(&sign.evidence))))
            .collect();
        if let Some(first) = told.first() {
            let message = first.clone();
            let all = told.into_iter().take(SHOWN);
            let all = all.map(|text| evidence(&Place::Whole, text)).collect();
            sink.report_as(severity, confidence, message, all);
        }
    }
}
