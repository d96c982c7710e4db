//! What rules about packages and advisories share.

use chainwright_advisories::record::Kind;
use chainwright_analysis::Inspected;
use chainwright_analysis::facts::{Exposure, Facts, InternalName, Known, Resemblance};
use chainwright_analysis::rule::{Sink, evidence};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_dependencies::ManifestFacts;

use crate::shared::quoted;

/// The packages of an artifact that advisories touch.
pub(crate) fn exposures(artifact: &Inspected) -> impl Iterator<Item = &Exposure> {
    artifact
        .facts
        .iter()
        .filter_map(|facts| match facts {
            Facts::Exposed(exposures) => Some(exposures),
            _ => None,
        })
        .flatten()
}

/// The manifests that were read in an artifact.
pub(crate) fn manifests(artifact: &Inspected) -> impl Iterator<Item = &ManifestFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Manifest(manifest) => Some(manifest.as_ref()),
        _ => None,
    })
}

/// Reports one finding for each package that advisories of some kinds touch, with every advisory as evidence.
pub(crate) fn report_exposures(
    artifact: &Inspected,
    kinds: &[Kind],
    judge: impl Fn(&Known) -> Severity,
    say: impl Fn(&Exposure, &[&Known]) -> String,
    sink: &mut Sink<'_>,
) {
    for exposure in exposures(artifact) {
        let mut known: Vec<&Known> = exposure
            .known
            .iter()
            .filter(|known| kinds.contains(&known.advisory.kind))
            .collect();
        known.sort_by_key(|known| (known.is_uncertain, std::cmp::Reverse(judge(known))));
        let Some(worst) = known.first() else {
            continue;
        };
        let confidence = if worst.is_uncertain {
            Confidence::Low
        } else {
            Confidence::High
        };
        let severity = judge(worst);
        let all = known
            .iter()
            .map(|known| evidence(&exposure.place, line(known)));
        sink.report_as(severity, confidence, say(exposure, &known), all.collect());
    }
}

/// An advisory in one line: its name, how bad it is, what it says, and what mends it.
fn line(known: &Known) -> String {
    let advisory = &known.advisory;
    let mut text = advisory.id.clone();
    let rated = advisory
        .severity
        .map_or_else(|| "unrated".to_owned(), |severity| severity.to_string());
    text.push_str(&format!(" ({rated}"));
    if let Some(cvss) = &advisory.cvss {
        text.push_str(&format!(", CVSS {:.1}", cvss.score()));
    }
    if advisory.exploited.is_some() {
        text.push_str(", exploited in the wild");
    }
    if let Some(epss) = advisory.epss {
        text.push_str(&format!(", EPSS {:.1} %", epss.probability() * 100.0));
    }
    text.push(')');
    if !advisory.summary.is_empty() {
        text.push_str(&format!(": {}", quoted(&advisory.summary)));
    }
    text.push_str(&format!("; {}", known.evidence));
    if let Some(fixed) = &known.fixed {
        text.push_str(&format!("; mended in {fixed}"));
    }
    text
}

/// The packages of an artifact whose names look like others.
pub(crate) fn resemblances(artifact: &Inspected) -> impl Iterator<Item = &Resemblance> {
    artifact
        .facts
        .iter()
        .filter_map(|facts| match facts {
            Facts::Resembling(found) => Some(found),
            _ => None,
        })
        .flatten()
}

/// The packages of one's own that an index of strangers may answer for.
pub(crate) fn internal_names(artifact: &Inspected) -> impl Iterator<Item = &InternalName> {
    artifact
        .facts
        .iter()
        .filter_map(|facts| match facts {
            Facts::Internal(found) => Some(found),
            _ => None,
        })
        .flatten()
}
