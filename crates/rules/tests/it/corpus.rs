//! The labelled corpus: every malicious case is found, every near miss stays below the gate.

use std::collections::BTreeMap;

use chainwright_analysis::Rule;
use chainwright_core::severity::Severity;
use chainwright_rules::ALL;
use chainwright_testkit::corpus::{self, Label};

use crate::harness::findings;

#[test]
fn the_corpus_is_told_apart() {
    let rules: Vec<&'static Rule> = ALL.iter().map(|entry| entry.rule).collect();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<(&str, Label), usize> = BTreeMap::new();
    for case in corpus::all() {
        let found = findings(&case.files, &rules);
        let worst = found.iter().map(|finding| finding.severity).max();
        let flagged = worst.is_some_and(|worst| worst >= Severity::Medium);
        *counts.entry((case.class, case.label)).or_default() += 1;
        if flagged != (case.label == Label::Malicious) {
            let names: Vec<String> = found
                .iter()
                .map(|each| format!("{} {}", each.severity, each.rule))
                .collect();
            let (label, class, name) = (case.label, case.class, &case.name);
            wrong.push(format!("{label:?} {class}/{name}: {names:?}"));
        }
    }
    let malicious: usize = counts
        .iter()
        .filter(|((_, label), _)| *label == Label::Malicious)
        .map(|(_, n)| n)
        .sum();
    assert!(malicious >= 400, "only {malicious} malicious cases");
    assert!(
        wrong.is_empty(),
        "{} cases judged wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
