//! What something touches, in an inventory, in documents and in a target.

use std::fs;

use serde_json::{Value, json};

use crate::World;

/// An age, in days, at which the advisories of these tests are fresh.
const FRESH: &str = "1000000";

const STORE: [&str; 2] = ["--inventory", "inventory.db"];

/// An application with one package below another.
fn document(name: &str, version: &str, torch: &str) -> Vec<u8> {
    let package = |name: &str, version: &str| {
        let purl = format!("pkg:pypi/{name}@{version}");
        json!({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
    };
    let (chain, torch) = (package("langchain", "0.1.0"), package("torch", torch));
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "app", "name": name, "version": version}},
        "components": [chain, torch],
        "dependencies": [
            {"ref": "app", "dependsOn": [chain["bom-ref"]]},
            {"ref": chain["bom-ref"], "dependsOn": [torch["bom-ref"]]},
        ],
    });
    document.to_string().into_bytes()
}

/// A store of advisories with one weakness of torch.
fn advisories(world: &World) {
    let record = json!({
        "id": "PYSEC-2024-1",
        "aliases": ["CVE-2024-0001"],
        "modified": "2024-01-01T00:00:00Z",
        "published": "2024-01-01T00:00:00Z",
        "summary": "made up",
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": "torch"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1.0"}]}],
        }, {
            "package": {"ecosystem": "HuggingFace", "name": "acme/bad"},
            "ecosystem_specific": {"digests": [{"type": "file", "sha256": "5".repeat(64)}]},
            "versions": ["none"],
        }],
    });
    world.write("advisories/PYSEC-2024-1.json", record.to_string());
    let run = world.run(&[
        "intel",
        "update",
        "--from",
        "advisories",
        "--store",
        "intel.db",
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
}

fn run(world: &World, arguments: &[&str]) -> crate::Run {
    world.run(&[arguments, &STORE].concat())
}

fn lines(value: &Value) -> Vec<String> {
    let touched = value["touched"].as_array().expect("a list").iter();
    let paths = touched.flat_map(|one| one["paths"].as_array().expect("a list"));
    let line = |path: &Value| {
        let steps = path["steps"].as_array().expect("a list").iter();
        let names: Vec<&str> = steps
            .filter_map(|step| step["package"]["name"].as_str())
            .collect();
        names.join(" ")
    };
    paths.map(line).collect()
}

#[test]
fn states_are_added_listed_compared_and_removed() {
    let world = World::new();
    world.write("one.cdx.json", document("app", "1", "2.0.1"));
    world.write("two.cdx.json", document("app", "2", "2.1.0"));
    let first = run(
        &world,
        &[
            "inventory",
            "add",
            "one.cdx.json",
            "--deployed-as",
            "prod",
            "--valid-from",
            "2024-01-01",
        ],
    );
    assert_eq!(first.code(), Some(0), "{}", first.err());
    run(
        &world,
        &[
            "inventory",
            "add",
            "two.cdx.json",
            "--deployed-as",
            "prod",
            "--valid-from",
            "2024-06-01",
        ],
    );
    let list = |extra: &[&str]| -> Vec<String> {
        let value = run(
            &world,
            &[&["inventory", "list", "--format", "json"], extra].concat(),
        )
        .json();
        let states = value["states"].as_array().expect("a list").iter();
        states
            .map(|state| state["version"].as_str().expect("text").to_owned())
            .collect()
    };
    assert_eq!(list(&[]), ["2"]);
    assert_eq!(list(&["--history"]), ["1", "2"]);
    assert_eq!(list(&["--as-of", "2024-03-01"]), ["1"]);
    assert_eq!(list(&["--known", "2024-03-01"]), [""; 0]);
    let diff = run(&world, &["inventory", "diff", "app"]);
    assert!(
        diff.out().contains("version 2.0.1 -> 2.1.0"),
        "{}{}",
        diff.out(),
        diff.err()
    );
    let same = run(&world, &["inventory", "diff", "app@2", "app/prod@2"]);
    assert!(
        same.out().contains("nothing changed"),
        "{}{}",
        same.out(),
        same.err()
    );
    let removed = run(&world, &["inventory", "remove", "app@2"]);
    assert_eq!(removed.code(), Some(0), "{}", removed.err());
    assert_eq!(list(&[]), ["1"]);
    run(&world, &["inventory", "remove", "--purge", "app"]);
    assert_eq!(list(&["--history"]), [""; 0]);
    let unknown = run(&world, &["inventory", "remove", "app"]);
    assert_eq!(unknown.code(), Some(2));
    assert!(unknown.err().contains("hint"), "{}", unknown.err());
}

#[test]
fn an_inventory_answers_with_paths_and_exit_codes() {
    let world = World::new();
    world.write("boms/one.cdx.json", document("old", "1", "2.0.1+cu118"));
    world.write("boms/two.cdx.json", document("new", "1", "2.1.0"));
    let added = run(&world, &["inventory", "add", "--boms", "boms"]);
    assert_eq!(added.code(), Some(0), "{}", added.err());
    for verb in [&["affected"][..], &["inventory", "affected"][..]] {
        let hit = run(
            &world,
            &[verb, &["--package", "pypi:torch@<2.1", "--format", "json"]].concat(),
        );
        assert_eq!(hit.code(), Some(1), "{}", hit.err());
        assert_eq!(lines(&hit.json()), ["old langchain torch"]);
        let miss = run(&world, &[verb, &["--package", "pypi:torch@>3"]].concat());
        assert_eq!(miss.code(), Some(0), "{}{}", miss.out(), miss.err());
    }
    let human = run(&world, &["affected", "--purl", "pkg:pypi/torch@2.0.1"]);
    assert_eq!(human.code(), Some(1));
    assert!(
        human
            .out()
            .contains("old 1 - depends on -> langchain 0.1.0 - depends on -> torch 2.0.1+cu118"),
        "{}",
        human.out()
    );
    for wrong in ["torch@newest", "pkg:"] {
        assert_eq!(
            run(&world, &["affected", "--purl", wrong]).code(),
            Some(2),
            "{wrong}"
        );
    }
}

#[test]
fn a_weakness_is_answered_by_any_name_with_the_upgrade_that_helps() {
    let world = World::new();
    advisories(&world);
    world.write("one.cdx.json", document("app", "1", "2.0.1+cu118"));
    for id in ["CVE-2024-0001", "PYSEC-2024-1"] {
        let run = world.run(&[
            "affected",
            "one.cdx.json",
            "--vuln",
            id,
            "--intel",
            "intel.db",
            "--max-age",
            FRESH,
            "--format",
            "json",
        ]);
        assert_eq!(run.code(), Some(1), "{}", run.err());
        let value = run.json();
        assert_eq!(value["advisory"]["id"], "CVE-2024-0001");
        assert_eq!(value["incomplete"], json!([]));
        let upgrade = &value["touched"][0]["upgrades"][0];
        assert_eq!(upgrade["to"], "2.1.0");
        assert_eq!(upgrade["through"][0]["name"], "langchain");
    }
    world.write("two.cdx.json", document("app", "2", "2.1.0"));
    let clean = world.run(&[
        "affected",
        "two.cdx.json",
        "--vuln",
        "CVE-2024-0001",
        "--intel",
        "intel.db",
        "--max-age",
        FRESH,
    ]);
    assert_eq!(clean.code(), Some(0), "{}{}", clean.out(), clean.err());
}

#[test]
fn an_advisory_about_bytes_finds_the_file() {
    let world = World::new();
    advisories(&world);
    let document = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "machine-learning-model", "bom-ref": "m", "name": "other/name"}},
        "components": [{"type": "file", "bom-ref": "f", "name": "w.bin",
            "hashes": [{"alg": "SHA-256", "content": "5".repeat(64)}]}],
    });
    world.write("m.cdx.json", document.to_string());
    let run = world.run(&[
        "affected",
        "m.cdx.json",
        "--vuln",
        "CVE-2024-0001",
        "--intel",
        "intel.db",
        "--max-age",
        FRESH,
        "--format",
        "json",
    ]);
    assert_eq!(run.code(), Some(1), "{}", run.err());
    assert_eq!(lines(&run.json()), ["other/name w.bin"]);
}

#[test]
fn without_reliable_advisories_nothing_is_clean() {
    let world = World::new();
    world.write("one.cdx.json", document("app", "1", "2.1.0"));
    let ask_with = |id: &str, age: &str| {
        world.run(&[
            "affected",
            "one.cdx.json",
            "--vuln",
            id,
            "--intel",
            "intel.db",
            "--max-age",
            age,
        ])
    };
    let ask = |id: &str| ask_with(id, FRESH);
    let missing = ask("CVE-2024-0001");
    assert_eq!(missing.code(), Some(2), "{}", missing.err());
    assert!(missing.out().contains("incomplete"), "{}", missing.out());
    advisories(&world);
    assert_eq!(ask_with("CVE-2024-0001", "14").code(), Some(2), "stale");
    assert_eq!(ask("CVE-2024-0001").code(), Some(0));
    assert_eq!(ask("CVE-1999-0001").code(), Some(2), "unknown");
    fs::write(world.path("intel.db"), b"cut").expect("writable");
    assert_eq!(ask("CVE-2024-0001").code(), Some(2), "damaged");
}

#[test]
fn statements_settle_and_stay_visible() {
    let world = World::new();
    advisories(&world);
    world.write("one.cdx.json", document("app", "1", "2.0.1"));
    let vex = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/1", "author": "us",
        "timestamp": "2026-01-01T00:00:00Z", "version": 1,
        "statements": [{"vulnerability": {"name": "CVE-2024-0001"}, "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
            "products": [{"@id": "pkg:pypi/torch@2.0.1"}]}],
    });
    world.write("vex.json", vex.to_string());
    let run = world.run(&[
        "affected",
        "one.cdx.json",
        "--vuln",
        "CVE-2024-0001",
        "--intel",
        "intel.db",
        "--max-age",
        FRESH,
        "--vex",
        "vex.json",
        "--format",
        "json",
    ]);
    assert_eq!(run.code(), Some(0), "{}{}", run.out(), run.err());
    let value = run.json();
    assert_eq!(value["counts"]["settled"], 1);
    assert!(
        value["touched"][0]["settled"]
            .as_str()
            .is_some_and(|why| why.contains("not_in_execute_path"))
    );
}

#[test]
fn a_target_is_looked_at_and_may_be_kept() {
    let world = World::new();
    world.write("project/requirements.txt", "torch==2.0.1\n");
    let direct = world.run(&[
        "affected",
        "project",
        "--package",
        "pypi:torch@<2.1",
        "--format",
        "json",
    ]);
    assert_eq!(direct.code(), Some(1), "{}", direct.err());
    assert_eq!(lines(&direct.json()), ["project torch"]);
    let added = run(
        &world,
        &[
            "inventory",
            "add",
            "project",
            "--name",
            "mine",
            "--version",
            "3",
        ],
    );
    assert_eq!(added.code(), Some(0), "{}", added.err());
    let kept = run(
        &world,
        &[
            "affected",
            "--package",
            "pypi:torch@<2.1",
            "--format",
            "json",
        ],
    );
    assert_eq!(kept.json()["touched"][0]["document"]["name"], "mine");
}

#[test]
fn one_configuration_counts_for_everything_that_looks_at_a_target() {
    let world = World::new();
    advisories(&world);
    world.write(
        "chainwright.toml",
        "[scan]\nexclude = [\"**/old/**\"]\n[intel]\nstore = \"intel.db\"\nstale-days = 1000000\n",
    );
    world.write("project/requirements.txt", "torch==2.1.0\n");
    world.write("project/old/requirements.txt", "torch==2.0.1\n");
    let ask = |extra: &[&str]| {
        let question = ["affected", "--vuln", "CVE-2024-0001", "--format", "json"];
        run(&world, &[&question, extra].concat())
    };
    let direct = ask(&["project"]);
    assert_eq!(direct.code(), Some(0), "{}{}", direct.out(), direct.err());
    assert_eq!(direct.json()["advisory"]["id"], "CVE-2024-0001");
    assert_eq!(ask(&["project", "--no-config"]).code(), Some(2), "no store");
    let alone = ["project", "--no-config", "--intel", "intel.db"];
    let whole = [&alone[..], &["--max-age", FRESH]].concat();
    assert_eq!(ask(&whole).code(), Some(1), "the old folder counts");
    let left_out = [&whole[..], &["--exclude", "**/old/**"]].concat();
    assert_eq!(ask(&left_out).code(), Some(0), "the option counts");
    let added = run(&world, &["inventory", "add", "project"]);
    assert_eq!(added.code(), Some(0), "{}", added.err());
    assert_eq!(ask(&[]).code(), Some(0), "the inventory without the folder");
    assert_eq!(ask(&["--max-age", "1"]).code(), Some(2), "stale");
    let again = run(&world, &["inventory", "add", "project", "--no-config"]);
    assert_eq!(again.code(), Some(0), "{}", again.err());
    assert_eq!(ask(&[]).code(), Some(1), "the inventory with the folder");
    let of_inventory = run(
        &world,
        &["inventory", "affected", "--vuln", "CVE-2024-0001"],
    );
    assert_eq!(of_inventory.code(), Some(1), "{}", of_inventory.err());
    let scanned = world.run(&["scan", "project", "-q", "--format", "json"]);
    assert!(!scanned.out().contains("PYSEC-2024-1"), "{}", scanned.out());
    world.write("chainwright.toml", "[scan]\nexclude = 1\n");
    for arguments in [
        &["affected", "project", "--package", "torch"][..],
        &["inventory", "add", "project", "--inventory", "other.db"],
        &["bom", "project"],
    ] {
        let broken = world.run(arguments);
        assert_eq!(broken.code(), Some(2), "{arguments:?}");
        assert!(
            broken.err().contains("chainwright.toml"),
            "{}",
            broken.err()
        );
    }
}

#[test]
fn the_same_files_are_kept_once() {
    let world = World::new();
    world.write("project/requirements.txt", "torch==2.0.1\n");
    for _ in 0..2 {
        let added = run(&world, &["inventory", "add", "project"]);
        assert_eq!(added.code(), Some(0), "{}", added.err());
    }
    let list = run(
        &world,
        &["inventory", "list", "--history", "--format", "json"],
    );
    assert_eq!(list.json()["states"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_has_to_be_fetched_is_not_taken_for_a_file() {
    let world = World::new();
    for arguments in [
        &["inventory", "add", "hf://acme/model", "--offline"][..],
        &[
            "affected",
            "hf://acme/model",
            "--package",
            "torch",
            "--offline",
        ],
        &[
            "affected",
            "oci://registry.example/image:1",
            "--package",
            "torch",
            "--offline",
        ],
    ] {
        let refused = world.run(arguments);
        assert_eq!(refused.code(), Some(2), "{arguments:?}");
        assert!(
            refused.err().contains("needs the network"),
            "{}",
            refused.err()
        );
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let world = World::new();
    world.write("boms/good.cdx.json", document("app", "1", "2.1.0"));
    world.write(
        "boms/broken.cdx.json",
        &document("app", "1", "2.1.0")[..200],
    );
    world.write("boms/other.json", "{}");
    let folder = world.run(&["affected", "--boms", "boms", "--package", "pypi:torch@<2"]);
    assert_eq!(folder.code(), Some(2), "{}", folder.out());
    assert!(folder.out().contains("broken.cdx.json"), "{}", folder.out());
    let added = run(&world, &["inventory", "add", "--boms", "boms"]);
    assert_eq!(added.code(), Some(2), "{}", added.out());
    assert!(!world.path("inventory.db").exists(), "nothing was added");
    let missing = run(&world, &["affected", "--package", "torch"]);
    assert_eq!(missing.code(), Some(2));
    assert!(missing.err().contains("inventory add"), "{}", missing.err());
    world.write("inventory.db", "no database");
    assert_eq!(run(&world, &["inventory", "list"]).code(), Some(2));
}
