//! The labelled corpus: payloads are reached, hazards are named, honest containers stay quiet.

use chainwright_containers::PathHazard;
use chainwright_core::limits::Limits;
use chainwright_testkit::corpus::{Case, containers};

use crate::{look, tight};

const PAYLOAD: &[u8] = b"cos\nsystem\n(S'echo chainwright'\ntR";

fn cases(classes: &[&str]) -> Vec<(String, Vec<u8>)> {
    let of = |case: Case| {
        let file = case
            .files
            .into_iter()
            .find(|(name, _)| *name == case.subject);
        (
            format!("{}/{}", case.class, case.name),
            file.map(|(_, bytes)| bytes).unwrap_or_default(),
        )
    };
    let cases = containers::cases().into_iter();
    let cases: Vec<_> = cases
        .filter(|case| classes.contains(&case.class))
        .map(of)
        .collect();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn every_payload_is_reached() {
    let classes = [
        "container-tricks",
        "container-compressed",
        "container-nesting",
        "container-extension",
    ];
    let lost: Vec<String> = cases(&classes)
        .into_iter()
        .filter(|(_, bytes)| !look(bytes, Limits::default()).holds(PAYLOAD))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(lost, Vec::<String>::new());
}

#[test]
fn every_escape_is_named() {
    for (name, bytes) in cases(&["archive-slip"]) {
        let seen = look(&bytes, Limits::default());
        let mut hazards = seen.facts.iter().flat_map(|facts| &facts.hazards);
        assert!(
            hazards.any(|found| found.hazard.escapes()),
            "{name}: {seen:#?}"
        );
    }
}

#[test]
fn every_bomb_is_defused_and_named() {
    for (name, bytes) in cases(&["container-bomb"]) {
        let seen = look(&bytes, tight());
        assert!(seen.is_differential(), "{name}: {:?}", seen.facts);
    }
}

#[test]
fn honest_containers_are_quiet() {
    for (name, bytes) in cases(&["container-benign"]) {
        let seen = look(&bytes, Limits::default());
        assert!(!seen.is_differential(), "{name}: {:#?}", seen.facts);
        let hazards: Vec<&PathHazard> = seen
            .facts
            .iter()
            .flat_map(|facts| &facts.hazards)
            .map(|found| &found.hazard)
            .collect();
        assert_eq!(hazards, Vec::<&PathHazard>::new(), "{name}");
        let problems: Vec<_> = seen
            .facts
            .iter()
            .flat_map(|facts| &facts.problems)
            .collect();
        assert!(
            problems.is_empty() && seen.broken == 0,
            "{name}: {problems:?}"
        );
    }
}
