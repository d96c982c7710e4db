//! The main job on the example supply chain.

use crate::{World, hostile_checkpoint};

#[test]
fn the_example_is_told_apart() {
    let world = World::new();
    world.example();
    let run = world.run(&["scan", "support-bot", "--format", "json"]);
    assert_eq!(run.code(), Some(1), "{}", run.err());
    let report = run.json();
    let findings = report["findings"].as_array().expect("a list");
    let over = findings.iter().filter(|finding| {
        ["medium", "high", "critical"].contains(&finding["severity"].as_str().unwrap_or_default())
    });
    let mut seen = Vec::new();
    for finding in over {
        let path = finding["subject"]["location"]["path"]
            .as_str()
            .expect("a path");
        let expected =
            path.starts_with("support-bot/vendor/") || path == "support-bot/training/.env";
        assert!(expected, "{path}: {}", finding["message"]);
        seen.push(finding["rule"].as_str().expect("a name").to_owned());
    }
    for rule in [
        "pickle-code-execution",
        "config-runs-remote-code",
        "template-hidden-behaviour",
        "code-runs-hidden-payload",
        "secret-exposed",
    ] {
        assert!(
            seen.iter().any(|each| each == rule),
            "{rule} is missing in {seen:?}"
        );
    }
}

#[test]
fn lineage_is_in_the_graph() {
    let world = World::new();
    world.example();
    let report = world
        .run(&["scan", "support-bot", "--format", "json"])
        .json();
    let components = report["components"].as_array().expect("a list");
    let name = |id: &serde_json::Value| {
        let component = components.iter().find(|component| component["id"] == *id);
        component
            .and_then(|component| component["name"].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let edges: Vec<String> = report["edges"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|edge| {
            format!(
                "{} {} {}",
                name(&edge["from"]),
                edge["kind"].as_str().unwrap_or_default(),
                name(&edge["to"])
            )
        })
        .collect();
    for expected in [
        "support-bot/adapter/adapter_config.json adapts example-lab/tiny-llama-chat",
        "support-bot contains support-bot/base/model.safetensors",
        "support-bot trained-on example-org/support-tickets",
        "support-bot licensed-under Apache-2.0",
    ] {
        assert!(
            edges.iter().any(|edge| edge == expected),
            "{expected} is missing in {edges:#?}"
        );
    }
}

#[test]
fn every_format_is_written_by_the_ending_of_its_file() {
    let world = World::new();
    world.write("model.pt", hostile_checkpoint());
    let files = ["r.json", "r.sarif", "r.html", "r.md", "r.xml", "r.txt"];
    let mut arguments = vec!["scan", "model.pt", "-q"];
    for file in files {
        arguments.extend(["-o", file]);
    }
    let run = world.run(&arguments);
    assert_eq!(
        (run.code(), run.out()),
        (Some(1), String::new()),
        "{}",
        run.err()
    );
    for (file, beginning) in
        files
            .iter()
            .zip(["{", "{", "<!doctype html>", "<!-- ", "<?xml", "chainwright"])
    {
        let text = std::fs::read_to_string(world.path(file)).expect("written");
        assert!(
            text.to_lowercase().starts_with(beginning),
            "{file}: {}",
            text.chars().take(40).collect::<String>()
        );
        assert!(text.contains("pickle-code-execution"), "{file}");
    }
}

#[test]
fn the_json_report_follows_its_schema() {
    let world = World::new();
    world.example();
    let report = world
        .run(&["scan", "support-bot", "--format", "json"])
        .json();
    let schema = serde_json::from_str(chainwright_report::SCAN_V1_SCHEMA).expect("valid JSON");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn the_same_files_give_the_same_report() {
    let world = World::new();
    world.example();
    let report = |cache: &[&str]| {
        let mut arguments = vec!["scan", "support-bot", "--format", "json"];
        arguments.extend(cache);
        let mut report = world.run(&arguments).json();
        report["statistics"] = serde_json::Value::Null;
        report["finished_at"] = serde_json::Value::Null;
        report
    };
    let first = report(&["--no-cache", "-j", "1"]);
    assert_eq!(first, report(&["--no-cache", "-j", "8"]));
    assert_eq!(first, report(&[]));
    assert_eq!(first, report(&[]));
}

#[test]
fn without_hashing_the_findings_are_the_same_and_digests_are_missing() {
    let world = World::new();
    world.write("model.pt", hostile_checkpoint());
    let report = world
        .run(&["scan", "model.pt", "--no-hash", "--format", "json"])
        .json();
    assert_eq!(report["findings"][0]["rule"], "pickle-code-execution");
    assert!(report["artifacts"][0]["digests"].is_null());
}
