//! What findings and problems make of an artifact.

use std::collections::BTreeMap;

use chainwright_core::decision::Verdict;
use chainwright_core::finding::Finding;
use chainwright_core::location::Location;

use crate::facts::Inspected;

/// The verdict of every artifact, in the order of `artifacts`.
///
/// A container is as bad as the worst of its members.
#[must_use]
pub fn verdicts(artifacts: &[Inspected], findings: &[Finding]) -> Vec<Verdict> {
    let mut worst: BTreeMap<Location, Verdict> = BTreeMap::new();
    for finding in findings {
        let verdict = Verdict::of_finding(finding.severity, finding.confidence);
        raise(&mut worst, &finding.subject.location, verdict);
    }
    for artifact in artifacts {
        if artifact
            .problems
            .iter()
            .any(|problem| problem.kind.leaves_incomplete())
        {
            raise(&mut worst, &artifact.location, Verdict::Incomplete);
        }
    }
    artifacts
        .iter()
        .map(|artifact| {
            worst
                .get(&artifact.location)
                .copied()
                .unwrap_or(Verdict::Clean)
        })
        .collect()
}

/// Raises the verdict of a location and of every container around it.
fn raise(worst: &mut BTreeMap<Location, Verdict>, location: &Location, verdict: Verdict) {
    let mut around = Location::file(location.path());
    let mut places = vec![around.clone()];
    for member in location.members() {
        around = around.member(member.clone());
        places.push(around.clone());
    }
    for place in places {
        let entry = worst.entry(place).or_insert(Verdict::Clean);
        *entry = (*entry).max(verdict);
    }
}
