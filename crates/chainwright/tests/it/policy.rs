//! Gate, allow-list and baseline, as a team adopts them.

use crate::{World, hostile_checkpoint};

#[test]
fn a_baseline_hides_what_was_there_and_nothing_else() {
    let world = World::new();
    world.write("models/a/model.pt", hostile_checkpoint());
    assert_eq!(
        world
            .run(&["scan", "models", "--write-baseline", "baseline.json", "-q"])
            .code(),
        Some(0)
    );
    let run = world.run(&[
        "scan",
        "models",
        "--baseline",
        "baseline.json",
        "--format",
        "json",
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(
        run.json()["hidden"]["by_baseline"]
            .as_u64()
            .expect("a number")
            > 0
    );

    std::fs::rename(world.path("models/a"), world.path("models/renamed")).expect("writable");
    assert_eq!(
        world
            .run(&["scan", "models", "--baseline", "baseline.json"])
            .code(),
        Some(0)
    );

    world.write("models/new.pt", hostile_checkpoint());
    assert_eq!(
        world
            .run(&["scan", "models", "--baseline", "baseline.json"])
            .code(),
        Some(1)
    );
}

#[test]
fn an_allow_list_entry_needs_its_reason_and_ends_when_it_says() {
    let world = World::new();
    world.write("model.pt", hostile_checkpoint());
    let entry = |more: &str| {
        let text =
            format!("[[allow]]\nrule = \"pickle-code-execution\"\nreason = \"a test\"\n{more}\n");
        world.write("chainwright.toml", text);
        world.run(&["scan", "model.pt", "--format", "json"])
    };
    let run = entry("");
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert_eq!(run.json()["hidden"]["by_allow_list"], 1);
    assert_eq!(entry("path = \"*.pt\"").code(), Some(0));
    assert_eq!(entry("path = \"other/*\"").code(), Some(1));
    assert_eq!(entry("expires = 2999-12-31").code(), Some(0));
    let expired = entry("expires = 2020-01-01");
    assert_eq!(expired.code(), Some(1));
    assert!(
        expired.err().contains("ended on 2020-01-01: a test"),
        "{}",
        expired.err()
    );
    let other = "0".repeat(64);
    assert_eq!(entry(&format!("sha256 = \"{other}\"")).code(), Some(1));
    let nothing = world.run(&["scan", "model.pt", "--no-config"]);
    assert_eq!(nothing.code(), Some(1));
}

#[test]
fn the_gate_decides_what_fails() {
    let world = World::new();
    world.write(
        "config.json",
        "{\"model_type\": \"x\", \"auto_map\": {\"AutoModel\": \"modeling_x.X\"}}",
    );
    assert_eq!(world.run(&["scan", "config.json"]).code(), Some(0));
    assert_eq!(
        world
            .run(&["scan", "config.json", "--fail-on", "low"])
            .code(),
        Some(1)
    );
    let run = world.run(&[
        "scan",
        "config.json",
        "--min-severity",
        "medium",
        "--format",
        "json",
    ]);
    assert_eq!(run.json()["findings"].as_array().map(Vec::len), Some(0));
    assert!(run.json()["hidden"]["by_threshold"].as_u64() > Some(0));
}
