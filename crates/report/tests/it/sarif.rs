//! The SARIF log.

use chainwright_report::Format;
use serde_json::Value;

use crate::{assert_fits, plainly, sample};

const SCHEMA: &str = include_str!("../schemas/sarif-schema-2.1.0.json");

fn run_of(scan: &chainwright_core::scan::Scan) -> Value {
    let mut log: Value = serde_json::from_str(&plainly(Format::Sarif, scan)).expect("it is JSON");
    log["runs"][0].take()
}

#[test]
fn every_sample_fits_the_schema_of_oasis() {
    for (_, scan) in sample::all() {
        assert_fits(SCHEMA, &plainly(Format::Sarif, &scan));
    }
    assert_fits(SCHEMA, &plainly(Format::Sarif, &sample::huge(200)));
}

#[test]
fn logs_look_like_this() {
    for (name, scan) in sample::all() {
        if name != "hostile" {
            insta::assert_snapshot!(format!("sarif_{name}"), plainly(Format::Sarif, &scan));
        }
    }
}

#[test]
fn every_result_has_what_github_asks_for() {
    for (_, scan) in sample::all() {
        let run = run_of(&scan);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
            assert!(rule["properties"]["security-severity"].is_string());
        }
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), scan.findings.len());
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.starts_with('/'), "{uri}");
            let first = uri.split('/').next().unwrap();
            assert!(!first.contains(':'), "{uri} has no scheme");
            assert!(place["region"]["startLine"].as_u64() >= Some(1));
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
    }
}

#[test]
fn indices_point_at_what_they_say() {
    let run = run_of(&sample::rich());
    let artifacts = run["artifacts"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        for related in result["relatedLocations"].as_array().unwrap() {
            let index = related["physicalLocation"]["artifactLocation"]["index"].as_u64();
            let artifact = &artifacts[usize::try_from(index.unwrap()).unwrap()];
            let parent = artifact["parentIndex"].as_u64();
            let named =
                result["locations"][0]["physicalLocation"]["artifactLocation"]["index"].as_u64();
            assert!(parent == named || index == named);
        }
    }
}

#[test]
fn hostile_text_makes_no_links() {
    let run = run_of(&sample::hostile());
    for result in run["results"].as_array().unwrap() {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("]("), "{message}");
    }
}
