//! Comparing models with what they are said to come from.

use chainwright_testkit::adapters::Adapter;
use chainwright_testkit::lineage::{Model, Stored};
use chainwright_testkit::safetensors::Builder;

use crate::World;

/// The model as a safetensors file.
fn file(model: &Model) -> Vec<u8> {
    let tensors = model.stored(Stored::F32);
    let with = |builder: Builder, tensor: &chainwright_testkit::lineage::StoredTensor| {
        builder.tensor(&tensor.name, "F32", &tensor.shape, &tensor.bytes)
    };
    tensors.iter().fold(Builder::new(), with).build()
}

fn kinds(report: &serde_json::Value) -> Vec<String> {
    let judgements = report["judgements"].as_array().expect("a list");
    judgements
        .iter()
        .map(|judged| judged["kind"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn an_honest_fine_tune_passes_and_a_stranger_does_not() {
    let world = World::new();
    world.write("base/model.safetensors", file(&Model::new(1)));
    world.write(
        "tuned.safetensors",
        file(&Model::new(1).fine_tuned(2, 0.02)),
    );
    world.write("stranger.safetensors", file(&Model::new(3)));
    let run = world.run(&["vet", "base", "tuned.safetensors", "--claim", "fine-tune"]);
    assert_eq!(run.code(), Some(0), "{}", run.out());
    assert!(run.out().contains("claim-holds"), "{}", run.out());
    let run = world.run(&["vet", "base", "stranger.safetensors", "--format", "json"]);
    assert_eq!(run.code(), Some(1), "{}", run.out());
    assert!(kinds(&run.json()).contains(&"does-not-descend".to_owned()));
}

#[test]
fn a_planted_edit_is_found_by_name() {
    let world = World::new();
    world.write("base.safetensors", file(&Model::new(1)));
    let part = "layers.2.mlp.down_proj";
    let edited = Model::new(1).with_rank_one(part, 7, 0.1);
    world.write("edited.safetensors", file(&edited));
    let run = world.run(&["vet", "base.safetensors", "edited.safetensors"]);
    assert_eq!(run.code(), Some(1), "{}", run.out());
    assert!(run.out().contains("rank-one-edit"), "{}", run.out());
    assert!(run.out().contains(part), "{}", run.out());
}

#[test]
fn a_claim_of_low_rank_is_checked() {
    let world = World::new();
    world.write("base.safetensors", file(&Model::new(1)));
    world.write(
        "merged.safetensors",
        file(&Model::new(1).lora_merged(5, 8, 0.05)),
    );
    world.write(
        "tuned.safetensors",
        file(&Model::new(1).fine_tuned(2, 0.02)),
    );
    let claim = ["--claim", "lora-merge", "--rank", "8"];
    for (derived, code) in [("merged.safetensors", 0), ("tuned.safetensors", 1)] {
        let mut arguments = vec!["vet", "base.safetensors", derived];
        arguments.extend(claim);
        let run = world.run(&arguments);
        assert_eq!(run.code(), Some(code), "{derived}: {}", run.out());
    }
}

#[test]
fn an_adapter_is_reviewed_against_its_base() {
    let world = World::new();
    world.write("base.safetensors", file(&Model::new(1)));
    for (name, bytes) in Adapter::honest(8, 2).files() {
        world.write(&format!("adapter/{name}"), bytes);
    }
    let run = world.run(&[
        "vet",
        "base.safetensors",
        "adapter",
        "--fail-on",
        "critical",
    ]);
    assert_eq!(run.code(), Some(0), "{}{}", run.out(), run.err());
    assert!(
        run.out().contains("an adapter of kind LORA"),
        "{}",
        run.out()
    );
    assert!(run.out().contains("backdoor screening"), "{}", run.out());
}

#[test]
fn mistakes_are_named() {
    let world = World::new();
    world.write("base.safetensors", file(&Model::new(1)));
    world.write("text.safetensors", "no weights");
    for (derived, extra, message) in [
        ("nowhere", vec![], "does not exist"),
        ("text.safetensors", vec![], "no weight file"),
        ("base.safetensors", vec!["--rank", "3"], "--rank belongs to"),
        (
            "base.safetensors",
            vec!["--with", "base.safetensors"],
            "--with belongs to",
        ),
    ] {
        let mut arguments = vec!["vet", "base.safetensors", derived];
        arguments.extend(extra);
        let run = world.run(&arguments);
        assert_eq!(run.code(), Some(2), "{derived}: {}", run.out());
        assert!(run.err().contains(message), "{derived}: {}", run.err());
    }
}
