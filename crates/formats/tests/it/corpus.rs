use std::collections::HashSet;

use chainwright_testkit::corpus::{Case, Label, formats};

use super::verdict;

fn reasons(case: &Case) -> Vec<String> {
    case.files
        .iter()
        .filter(|(name, _)| *name == case.subject)
        .flat_map(|(name, bytes)| verdict(name, bytes))
        .collect()
}

#[test]
fn every_hostile_case_shows_something() {
    let missed: Vec<String> = formats::cases()
        .iter()
        .filter(|case| case.label == Label::Malicious && reasons(case).is_empty())
        .map(|case| format!("{}/{}", case.class, case.name))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn no_honest_case_shows_anything() {
    let flagged: Vec<String> = formats::cases()
        .iter()
        .filter(|case| case.label == Label::Benign)
        .filter_map(|case| {
            let reasons = reasons(case);
            (!reasons.is_empty()).then(|| format!("{}/{}: {reasons:?}", case.class, case.name))
        })
        .collect();
    assert_eq!(flagged, Vec::<String>::new());
}

#[test]
fn the_corpus_is_broad_and_its_names_are_unique() {
    let cases = formats::cases();
    let names: HashSet<_> = cases
        .iter()
        .map(|case| (case.class, case.label == Label::Malicious, &case.name))
        .collect();
    assert_eq!(names.len(), cases.len());
    let count = |class: &str| {
        cases
            .iter()
            .filter(|case| case.class == class && case.label == Label::Malicious)
            .count()
    };
    assert!(count("safetensors-structure") >= 25);
    assert!(count("gguf-structure") >= 25);
    assert!(
        cases
            .iter()
            .filter(|case| case.label == Label::Benign)
            .count()
            >= 30
    );
}
