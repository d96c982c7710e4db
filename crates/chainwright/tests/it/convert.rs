//! Converting checkpoints to safetensors.

use std::fs;

use chainwright_testkit::checkpoint::Checkpoint;

use crate::{World, names};

fn checkpoint() -> Checkpoint {
    let bytes: Vec<u8> = [1.0_f32, 2.0]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    Checkpoint::new().tensor("weight", "FloatStorage", &[2], &bytes)
}

#[test]
fn a_checkpoint_becomes_safetensors() {
    let world = World::new();
    world.write("in.pt", checkpoint().zip());
    let run = world.run(&["convert", "in.pt", "out.safetensors"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(
        run.out()
            .starts_with("out.safetensors: 1 tensors of a PyTorch checkpoint"),
        "{}",
        run.out()
    );
    let scan = world.run(&["scan", "out.safetensors"]);
    assert_eq!(scan.code(), Some(0), "{}", scan.out());
    let written = fs::read(world.path("out.safetensors")).expect("written");
    assert!(written.ends_with(&2.0_f32.to_le_bytes()));
}

#[test]
fn what_loading_would_have_done_is_told() {
    let world = World::new();
    let payload = b"\x8c\x05extracposix\nsystem\nX\x0b\x00\x00\x00echo inert\n\x85Rs";
    world.write("in.pt", checkpoint().extra(payload).zip());
    let run = world.run(&["convert", "in.pt", "out.safetensors", "--format", "json"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let report = &run.json()[0];
    assert_eq!(report["findings"][0]["rule"], "pickle-code-execution");
    assert_eq!(report["tensors"], 1);
}

#[test]
fn nothing_is_replaced_unless_told_and_a_failure_leaves_the_old_file() {
    let world = World::new();
    world.write("in.pt", checkpoint().zip());
    world.write("out.safetensors", "old");
    let run = world.run(&["convert", "in.pt", "out.safetensors"]);
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("--overwrite"), "{}", run.err());
    world.write("broken.pt", b"no checkpoint");
    for input in ["broken.pt", "nowhere.pt", "out.safetensors", "."] {
        let run = world.run(&["convert", input, "out.safetensors", "--overwrite"]);
        assert_eq!(run.code(), Some(2), "{input}: {}", run.out());
        assert_eq!(
            fs::read(world.path("out.safetensors")).expect("there"),
            b"old"
        );
    }
    assert_eq!(
        names(world.folder.path()),
        [".cache", "broken.pt", "in.pt", "out.safetensors"]
            .map(str::to_owned)
            .into_iter()
            .filter(|name| name != ".cache")
            .collect::<Vec<_>>()
    );
    let run = world.run(&["convert", "in.pt", "out.safetensors", "--overwrite"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
}

#[test]
fn shards_are_converted_with_their_index() {
    let world = World::new();
    world.write("in/pytorch_model-00001-of-00001.bin", checkpoint().zip());
    world.write(
        "in/pytorch_model.bin.index.json",
        r#"{"metadata": {"total_size": 8}, "weight_map": {"weight": "pytorch_model-00001-of-00001.bin"}}"#,
    );
    fs::create_dir(world.path("out")).expect("creatable");
    let run = world.run(&[
        "convert",
        "in/pytorch_model.bin.index.json",
        "out/model.safetensors.index.json",
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let index =
        fs::read_to_string(world.path("out/model.safetensors.index.json")).expect("written");
    let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
    assert_eq!(
        index["weight_map"]["weight"],
        "model-00001-of-00001.safetensors"
    );
    assert!(world.path("out/model-00001-of-00001.safetensors").exists());
}

#[test]
fn an_index_that_names_files_elsewhere_is_refused() {
    let world = World::new();
    world.write(
        "in.bin.index.json",
        r#"{"weight_map": {"weight": "../secret.bin"}}"#,
    );
    let run = world.run(&["convert", "in.bin.index.json", "out.index.json"]);
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("no file beside it"), "{}", run.err());
}
