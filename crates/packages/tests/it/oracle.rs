//! The answers of the real libraries, written down by `tests/packages/oracle.py`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;

use chainwright_core::package::Ecosystem;
use chainwright_packages::npm;
use chainwright_packages::python::{
    Marker, MarkerEnvironment, Prereleases, Requirement, Specifiers, Variable,
};
use chainwright_packages::version::{Version, compare};
use serde_json::{Value, json};

const VARIABLES: [(&str, Variable); 12] = [
    ("python_version", Variable::PythonVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("os_name", Variable::OsName),
    ("sys_platform", Variable::SysPlatform),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform_machine", Variable::PlatformMachine),
    (
        "platform_python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("extra", Variable::Extra),
];

fn environment(values: &Value) -> MarkerEnvironment {
    VARIABLES.iter().fold(
        MarkerEnvironment::unknown(),
        |environment, (name, variable)| environment.with(*variable, values[name].as_str().unwrap()),
    )
}

fn version_answer(case: &Value) -> bool {
    let parsed = Version::parse(Ecosystem::PyPi, case["text"].as_str().unwrap());
    let normal = parsed
        .filter(|version| !version.is_legacy())
        .map(|version| version.normal());
    json!(normal) == case["normal"]
}

fn compare_answer(case: &Value) -> bool {
    let ecosystem = Ecosystem::from_purl_type(case["ecosystem"].as_str().unwrap()).unwrap();
    let (left, right) = (
        case["left"].as_str().unwrap(),
        case["right"].as_str().unwrap(),
    );
    let expected = case["order"].as_i64().map(|order| order.cmp(&0));
    let answer = compare(ecosystem, left, right);
    answer == expected && compare(ecosystem, right, left) == expected.map(Ordering::reverse)
}

fn contains_answer(case: &Value) -> bool {
    let Ok(specifiers) = Specifiers::parse(case["specifiers"].as_str().unwrap()) else {
        return case["answer"].is_null();
    };
    // What no installer reads as a version satisfies nothing but `===`.
    let version = case["version"].as_str().unwrap();
    let Some(version) = Version::parse(Ecosystem::PyPi, version) else {
        return case["answer"] == json!(false) || specifiers.to_string().contains("===");
    };
    json!(specifiers.contains(&version, Prereleases::Admit)) == case["answer"]
        && json!(specifiers.contains(&version, Prereleases::Refuse)) == case["final"]
}

/// Where the library gives up we may still be certain, for the other side of an `or` decides alone.
fn marker_agrees(answer: Option<bool>, expected: &Value) -> bool {
    expected == "unknown" || json!(answer) == *expected
}

fn marker_answer(case: &Value) -> bool {
    match Marker::parse(case["text"].as_str().unwrap()) {
        Err(_) => case["answer"] == "invalid",
        Ok(marker) => marker_agrees(
            marker.evaluate(&environment(&case["environment"])),
            &case["answer"],
        ),
    }
}

fn requirement_answer(case: &Value) -> bool {
    let expected = &case["answer"];
    let Ok(requirement) = Requirement::parse(case["text"].as_str().unwrap()) else {
        return expected.is_null();
    };
    let mut extras = requirement.extras.clone();
    extras.sort();
    extras.dedup();
    let mut specifiers: Vec<String> = requirement
        .specifiers()
        .map(|all| all.list().iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    specifiers.sort();
    specifiers.dedup();
    let marker = match &requirement.marker {
        None => expected["marker"].is_null(),
        Some(marker) => marker_agrees(
            marker.evaluate(&environment(&case["environment"])),
            &expected["marker"],
        ),
    };
    marker
        && json!(requirement.name) == expected["name"]
        && json!(extras) == expected["extras"]
        && json!(requirement.url()) == expected["url"]
        && json!(specifiers) == expected["specifiers"]
}

fn npm_range_answer(case: &Value) -> bool {
    let version = Version::parse(Ecosystem::Npm, case["version"].as_str().unwrap()).unwrap();
    let answer =
        npm::Range::parse(case["range"].as_str().unwrap()).map(|range| range.contains(&version));
    json!(answer) == case["answer"]
}

#[test]
fn answers_are_those_of_the_real_libraries() {
    let Ok(path) = std::env::var("CHAINWRIGHT_PACKAGES_CASES") else {
        eprintln!("skipped: CHAINWRIGHT_PACKAGES_CASES names no file of tests/packages/oracle.py");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let kind = case["kind"].as_str().unwrap();
        let agrees = match kind {
            "version" => version_answer(&case),
            "compare" => compare_answer(&case),
            "contains" => contains_answer(&case),
            "marker" => marker_answer(&case),
            "requirement" => requirement_answer(&case),
            "npm-range" => npm_range_answer(&case),
            other => panic!("no such kind of case: {other}"),
        };
        let group = case["ecosystem"]
            .as_str()
            .map_or(kind.to_owned(), |name| format!("{kind} {name}"));
        *asked.entry(group).or_default() += 1;
        if !agrees {
            wrong.push(line.to_owned());
        }
    }
    eprintln!("{asked:?}");
    assert!(
        asked.values().sum::<usize>() >= 20_000,
        "too few cases: {asked:?}"
    );
    assert!(
        wrong.is_empty(),
        "{} disagreements, such as\n{}",
        wrong.len(),
        wrong
            .iter()
            .step_by(wrong.len().div_ceil(40))
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}
