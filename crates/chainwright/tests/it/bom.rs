//! Bills of materials as users make, check and compare them.

use std::fs;

use serde_json::Value;

use crate::World;

const FORMATS: [&str; 3] = ["cyclonedx-1.7", "cyclonedx-1.6", "spdx-3.0.1"];

/// What the example's bill of materials says at least, in hundredths of the G7 elements.
const LEAST: &str = "45";

fn made(world: &World, format: &str, file: &str) {
    let arguments = [
        "bom",
        "support-bot",
        "--format",
        format,
        "-o",
        file,
        "-q",
        "--timestamp",
        "2026-01-01T00:00:00Z",
    ];
    let run = world.run(&arguments);
    assert_eq!(
        (run.code(), run.out()),
        (Some(0), String::new()),
        "{}",
        run.err()
    );
}

fn read(world: &World, file: &str) -> Value {
    let bytes = fs::read(world.path(file)).expect("written");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Every component, those inside of others as well.
fn components(document: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut todo: Vec<&Value> = document["components"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    todo.extend(document["metadata"].get("component"));
    while let Some(component) = todo.pop() {
        todo.extend(component["components"].as_array().into_iter().flatten());
        found.push(component);
    }
    found
}

fn named<'a>(document: &'a Value, name: &str) -> &'a Value {
    let found = components(document)
        .into_iter()
        .find(|each| each["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn the_example_is_written_in_every_format_and_valid_in_each() {
    let world = World::new();
    world.example();
    for format in FORMATS {
        made(&world, format, "bom.json");
        let run = world.run(&["bom", "validate", "bom.json"]);
        assert_eq!(run.code(), Some(0), "{format}: {}{}", run.out(), run.err());
        let run = world.run(&["bom", "completeness", "bom.json", "--min", LEAST]);
        assert_eq!(run.code(), Some(0), "{format}: {}", run.out());
    }
}

#[test]
fn the_example_names_its_models_data_and_packages() {
    let world = World::new();
    world.example();
    made(&world, "cyclonedx-1.7", "bom.json");
    let document = read(&world, "bom.json");
    let mut kinds: Vec<(String, String)> = components(&document)
        .into_iter()
        .filter(|each| each["type"] != "file")
        .map(|each| {
            let text = |key: &str| each[key].as_str().unwrap_or_default().to_owned();
            (text("type"), text("name"))
        })
        .collect();
    kinds.sort();
    let expected = [
        ("application", "support-bot"),
        ("container", "python"),
        ("data", "Support tickets"),
        ("library", "datasets"),
        ("library", "peft"),
        ("library", "torch"),
        ("library", "transformers"),
        ("machine-learning-model", "Moderation filter"),
        ("machine-learning-model", "adapter"),
        ("machine-learning-model", "base"),
        ("machine-learning-model", "tiny"),
    ];
    let expected: Vec<(String, String)> = expected
        .map(|(kind, name)| (kind.to_owned(), name.to_owned()))
        .into();
    assert_eq!(kinds, expected);
    let adapter = named(&document, "adapter");
    assert_eq!(
        adapter["pedigree"]["ancestors"][0]["purl"],
        "pkg:huggingface/example-lab/tiny-llama-chat"
    );
    let torch = named(&document, "torch");
    assert_eq!(torch["purl"], "pkg:pypi/torch@2.9.1");
    let weights = named(&document, "base/model.safetensors");
    let digest = weights["hashes"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|hash| hash["alg"] == "SHA-256")
        .map(|hash| hash["content"].clone());
    let scan = world
        .run(&["scan", "support-bot", "--format", "json", "--no-advisories"])
        .json();
    let artifact = scan["artifacts"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|each| each["location"]["path"] == "support-bot/base/model.safetensors")
        .expect("scanned");
    assert_eq!(digest.as_ref(), Some(&artifact["digests"]["sha256"]));
}

#[test]
fn the_same_files_give_the_same_document() {
    let world = World::new();
    world.example();
    for format in FORMATS {
        let document = |extra: &[&str]| {
            let mut arguments = vec!["bom", "support-bot", "-q", "--format", format];
            arguments.extend(extra);
            let run = world.run(&arguments);
            assert_eq!(run.code(), Some(0), "{}", run.err());
            run.out()
        };
        let first = document(&["--no-cache", "-j", "1"]);
        assert_eq!(first, document(&["--no-cache", "-j", "8"]));
        assert_eq!(first, document(&[]));
        assert_eq!(first, document(&[]));
    }
}

#[test]
fn the_time_is_told_from_outside_or_left_out() {
    let world = World::new();
    world.write("m/notes.jsonl", "{}\n");
    let time = |extra: &[&str], epoch: Option<&str>| {
        let mut command = world.command();
        command.args(["bom", "m", "-q"]).args(extra);
        if let Some(epoch) = epoch {
            command.env("SOURCE_DATE_EPOCH", epoch);
        }
        let done = command.output().expect("the program starts");
        let document: Value = serde_json::from_slice(&done.stdout).unwrap_or_default();
        (
            done.status.code(),
            document["metadata"]["timestamp"].clone(),
        )
    };
    let given = Value::from("2026-01-01T00:00:00Z");
    assert_eq!(
        time(&["--timestamp", "2026-01-01T00:00:00Z"], Some("0")),
        (Some(0), given)
    );
    assert_eq!(
        time(&[], Some("86400")),
        (Some(0), Value::from("1970-01-02T00:00:00Z"))
    );
    assert_eq!(time(&["--timestamp", "none"], None), (Some(0), Value::Null));
    assert_eq!(time(&["--timestamp", "yesterday"], None).0, Some(2));
    assert_eq!(time(&[], Some("soon")).0, Some(2));
    assert!(time(&[], None).1.is_string());
}

#[test]
fn changed_weights_under_the_same_version_stop_a_comparison() {
    let world = World::new();
    let folder = world.example();
    made(&world, "cyclonedx-1.7", "old.json");
    let path = folder.join("base/model.safetensors");
    let mut weights = fs::read(&path).expect("readable");
    let last = weights.len() - 1;
    weights[last] ^= 1;
    fs::write(&path, weights).expect("writable");
    fs::write(
        folder.join("training/requirements.txt"),
        "torch==2.9.1\nextra==1.0\n",
    )
    .expect("writable");
    made(&world, "cyclonedx-1.7", "new.json");
    let same = world.run(&["bom", "diff", "old.json", "old.json"]);
    assert_eq!(
        (same.code(), same.out().trim().to_owned()),
        (Some(0), "no difference".to_owned())
    );
    let run = world.run(&["bom", "diff", "old.json", "new.json"]);
    assert_eq!(run.code(), Some(1), "{}", run.out());
    assert!(
        run.out().contains("base/model.safetensors has other bytes"),
        "{}",
        run.out()
    );
    for (stop, code) in [
        ("removed", 1),
        ("added-component", 1),
        ("vulnerability", 0),
        ("none", 0),
        ("licence,any", 1),
    ] {
        let run = world.run(&["bom", "diff", "old.json", "new.json", "--fail-on", stop]);
        assert_eq!(run.code(), Some(code), "{stop}: {}", run.out());
    }
    let json = world
        .run(&["bom", "diff", "old.json", "new.json", "--format", "json"])
        .json();
    assert_eq!(json["difference"]["added"][0]["name"], "extra");
}

#[test]
fn several_documents_become_one() {
    let world = World::new();
    world.example();
    made(&world, "cyclonedx-1.7", "a.json");
    made(&world, "spdx-3.0.1", "b.json");
    let run = world.run(&["bom", "merge", "a.json", "b.json", "-o", "c.json"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert_eq!(world.run(&["bom", "validate", "c.json"]).code(), Some(0));
    let run = world.run(&["bom", "convert", "c.json", "--format", "spdx-3.0.1"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(run.json()["@graph"].is_array());
}

#[test]
fn what_is_wrong_is_told_with_the_right_code() {
    let world = World::new();
    world.write(
        "broken.json",
        "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":7}",
    );
    world.write("other.json", "{}");
    for (arguments, code) in [
        (["bom", "validate", "broken.json"].as_slice(), 1),
        (&["bom", "validate", "other.json"], 1),
        (&["bom", "validate", "missing.json"], 2),
        (&["bom", "diff", "other.json", "broken.json"], 2),
        (&["bom", "missing"], 2),
        (&["bom", "hf://org/name", "--offline"], 2),
        (&["bom", "completeness", "broken.json", "--min", "99"], 1),
    ] {
        let run = world.run(arguments);
        assert_eq!(
            run.code(),
            Some(code),
            "{arguments:?}: {}{}",
            run.out(),
            run.err()
        );
    }
}

#[test]
fn the_summary_fits_its_columns() {
    let world = World::new();
    world.example();
    for columns in ["60", "120"] {
        let run = world.run(&["bom", "support-bot", "-o", "b.json", "--width", columns]);
        assert_eq!(run.code(), Some(0), "{}", run.err());
        let most: usize = columns.parse().expect("a number");
        for line in run.out().lines() {
            assert!(line.chars().count() <= most, "{columns}: {line}");
        }
        assert!(
            run.out().contains("support-bot (application)"),
            "{}",
            run.out()
        );
        assert!(run.out().contains("G7 SBOM for AI"), "{}", run.out());
    }
}

/// A document without what differs from one version of the program to the next: its number, and the names that are made
/// from the content.
fn steady(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let text = text
        .replace(&format!("chainwright@{version}"), "chainwright@VERSION")
        .replace(&format!("chainwright {version}"), "chainwright VERSION")
        .replace(&format!("\"{version}\""), "\"VERSION\"");
    let is_uuid = |at: usize| {
        let part = text.as_bytes().get(at..at + 36);
        part.is_some_and(|part| {
            part.iter().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => *byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
        })
    };
    let mut steady = String::new();
    let mut rest = text.as_str();
    while let Some(at) = (0..rest.len()).find(|at| is_uuid(text.len() - rest.len() + at)) {
        steady.push_str(&rest[..at]);
        steady.push_str("UUID");
        rest = &rest[at + 36..];
    }
    steady + rest
}

#[test]
fn the_example_is_told_in_every_format() {
    let world = World::new();
    world.example();
    for format in FORMATS {
        made(&world, format, "bom.json");
        let text = fs::read_to_string(world.path("bom.json")).expect("written");
        insta::assert_snapshot!(format!("example_{format}"), steady(&text));
    }
}
