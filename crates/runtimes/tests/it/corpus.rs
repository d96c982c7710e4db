use std::collections::HashSet;

use chainwright_testkit::corpus::{Case, Label, runtimes};

use super::{kinds, look, reasons};

fn subject(case: &Case) -> (&str, &[u8]) {
    let file = case.files.iter().find(|(name, _)| *name == case.subject);
    file.map_or(("", &[]), |(name, bytes)| (name.as_str(), bytes.as_slice()))
}

#[test]
fn every_case_is_recognised_as_one_thing() {
    let odd: Vec<String> = runtimes::cases()
        .iter()
        .filter_map(|case| {
            let (name, bytes) = subject(case);
            let kinds = kinds(name, bytes);
            (kinds.len() != 1).then(|| format!("{}/{}: {kinds:?}", case.class, case.name))
        })
        .collect();
    assert_eq!(odd, Vec::<String>::new());
}

#[test]
fn every_hostile_case_shows_something() {
    let missed: Vec<String> = runtimes::cases()
        .iter()
        .filter(|case| case.label == Label::Malicious)
        .filter(|case| {
            let (name, bytes) = subject(case);
            reasons(name, bytes).is_empty()
        })
        .map(|case| format!("{}/{}", case.class, case.name))
        .collect();
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn no_honest_case_shows_anything() {
    let flagged: Vec<String> = runtimes::cases()
        .iter()
        .filter(|case| case.label == Label::Benign)
        .filter_map(|case| {
            let (name, bytes) = subject(case);
            let reasons = reasons(name, bytes);
            (!reasons.is_empty()).then(|| format!("{}/{}: {reasons:?}", case.class, case.name))
        })
        .collect();
    assert_eq!(flagged, Vec::<String>::new());
}

#[test]
fn honest_cases_are_read_to_their_end() {
    let broken: Vec<String> = runtimes::cases()
        .iter()
        .filter(|case| case.label == Label::Benign && case.class != "tensorrt-honest")
        .filter_map(|case| {
            let (name, bytes) = subject(case);
            let problems: Vec<_> = look(name, bytes)
                .into_iter()
                .flat_map(|facts| facts.problems)
                .collect();
            (!problems.is_empty()).then(|| format!("{}/{}: {problems:?}", case.class, case.name))
        })
        .collect();
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_corpus_is_broad_and_its_names_are_unique() {
    let cases = runtimes::cases();
    let names: HashSet<_> = cases.iter().map(|case| (case.class, &case.name)).collect();
    assert_eq!(names.len(), cases.len());
    let count = |label| cases.iter().filter(|case| case.label == label).count();
    assert!(count(Label::Malicious) >= 100);
    assert!(count(Label::Benign) >= 30);
}
