//! Hostile names, shapes and bytes cost nothing but a sign.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_testkit::adapters::Adapter;
use chainwright_weights::{Dtype, Tensor};
use proptest::prelude::*;

use super::{look, tensors};
use crate::{AdapterFacts, AdapterInput, Bank, review, screen};

fn judge(config: Option<&serde_json::Value>, tensors: &[Tensor]) -> AdapterFacts {
    let input = AdapterInput {
        config,
        tensors,
        ..AdapterInput::default()
    };
    let facts = review(&input, &Budget::untimed(Limits::default()));
    let _ = screen(&facts, &Bank::embedded());
    facts
}

#[test]
fn facts_survive_storage() {
    let facts = look(
        &Adapter::honest(4, 2).floats("payload", &[2], 0.1),
        None,
        &[],
    );
    let text = serde_json::to_string(&facts).expect("JSON");
    let back: AdapterFacts = serde_json::from_str(&text).expect("facts");
    assert_eq!(back.signs, facts.signs);
    assert_eq!(back.modules.len(), facts.modules.len());
}

#[test]
fn tensors_cut_off_anywhere_never_panic() {
    let adapter = Adapter::lora(2, 4, &["q_proj"]).pair("l.0.q_proj", 2, 4, 4);
    let whole = tensors(&adapter);
    let longest = whole
        .iter()
        .map(|tensor| tensor.bytes.size())
        .max()
        .unwrap_or(0);
    for length in 0..longest {
        let cut: Vec<Tensor> = whole
            .iter()
            .map(|tensor| {
                let bytes = tensor.bytes.as_slice().unwrap_or_default();
                let kept = bytes[..bytes.len().min(length as usize)].to_vec();
                Tensor {
                    bytes: Arc::new(kept),
                    ..tensor.clone()
                }
            })
            .collect();
        let facts = judge(None, &cut);
        assert_eq!(facts.modules_in_all, 1, "{length}");
    }
}

#[test]
fn shapes_that_lie_are_not_believed() {
    let adapter = Adapter::lora(2, 4, &["q_proj"])
        .pair("l.0.q_proj", 2, 4, 4)
        .change("lora_A", |part| part.shape = vec![u64::MAX, u64::MAX])
        .change("lora_B", |part| part.shape = vec![1 << 40, u64::MAX]);
    let facts = judge(None, &tensors(&adapter));
    assert!(facts.modules.iter().all(|module| module.norm.is_none()));
}

#[test]
fn products_that_would_cost_too_much_stay_unmeasured() {
    let long = vec![0_u8; 4_000_000];
    let adapter = Adapter::lora(1_000_000, 4, &["q_proj"])
        .raw(
            "l.0.q_proj.lora_A.weight",
            "F32",
            &[1_000_000, 1],
            long.clone(),
        )
        .raw(
            "l.0.q_proj.lora_B.weight",
            "F32",
            &[1, 1_000_000],
            long.clone(),
        )
        .raw("l.1.q_proj.lokr_w1_a", "F32", &[1, 1_000_000], long.clone())
        .raw("l.1.q_proj.lokr_w1_b", "F32", &[1_000_000, 1], long)
        .raw("l.1.q_proj.lokr_w2", "F32", &[1, 1], vec![0; 4]);
    let facts = judge(None, &tensors(&adapter));
    assert_eq!(facts.modules.len(), 2);
    assert!(facts.modules.iter().all(|module| module.norm.is_none()));
}

#[test]
fn names_made_of_markers_are_read_in_linear_time() {
    let names = [
        "lora_A. ".repeat(60_000),
        "lora_A.".repeat(60_000),
        "a.".repeat(200_000),
    ];
    let adapter = names.iter().fold(Adapter::default(), |adapter, name| {
        adapter.floats(name, &[1], 0.1)
    });
    assert_eq!(judge(None, &tensors(&adapter)).tensors, 3);
}

#[test]
fn an_interrupted_review_says_so() {
    let tensors = tensors(&Adapter::honest(4, 2));
    let input = AdapterInput {
        tensors: &tensors,
        ..AdapterInput::default()
    };
    let facts = review(&input, &Budget::new(Arc::default(), Arc::new(|| true)));
    assert!(
        facts
            .problems
            .iter()
            .any(|problem| problem.kind.leaves_incomplete())
    );
}

#[test]
fn large_configurations_are_read_in_linear_time() {
    let names: Vec<String> = (0..20_000)
        .map(|index| format!("layers.{index}.(a|b)+q_proj"))
        .collect();
    let pattern: serde_json::Map<String, serde_json::Value> =
        names.iter().map(|name| (name.clone(), 1.into())).collect();
    let config = serde_json::json!({
        "peft_type": "LORA", "r": 2, "target_modules": names, "rank_pattern": pattern,
        "alpha_pattern": {}, "modules_to_save": names,
    });
    let facts = judge(Some(&config), &tensors(&Adapter::honest(2, 2)));
    assert_eq!(facts.modules_in_all, 14);
}

fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("base_model".to_owned()),
        Just("model".to_owned()),
        Just("layers".to_owned()),
        Just("0".to_owned()),
        Just("q_proj".to_owned()),
        Just("lora_A".to_owned()),
        Just("lora_B".to_owned()),
        Just("weight".to_owned()),
        Just("hada_w1_a".to_owned()),
        Just("lokr_w2_b".to_owned()),
        Just("alpha".to_owned()),
        Just("lora".to_owned()),
        Just("down".to_owned()),
        Just("lm_head".to_owned()),
        Just("trainable_tokens_delta".to_owned()),
        ".{0,6}",
    ];
    proptest::collection::vec(word, 0..7).prop_map(|words| words.join("."))
}

fn tensor() -> impl Strategy<Value = Tensor> {
    let dtype = prop_oneof![
        Just(Dtype::F32),
        Just(Dtype::F16),
        Just(Dtype::Bf16),
        Just(Dtype::I64),
        Just(Dtype::Ggml(99)),
        Just(Dtype::F8E4M3)
    ];
    let shape = proptest::collection::vec(prop_oneof![0_u64..5, Just(u64::MAX)], 0..4);
    (
        name(),
        dtype,
        shape,
        proptest::collection::vec(any::<u8>(), 0..64),
    )
        .prop_map(|(name, dtype, shape, bytes)| Tensor {
            name,
            dtype,
            shape,
            bytes: Arc::new(bytes),
        })
}

proptest! {
    #[test]
    fn any_tensors_give_the_same_facts_twice(tensors in proptest::collection::vec(tensor(), 0..12), rank in any::<i64>()) {
        let config = serde_json::json!({"peft_type": "LORA", "r": rank, "lora_alpha": rank, "target_modules": ["q_proj"]});
        let first = judge(Some(&config), &tensors);
        prop_assert_eq!(format!("{first:?}"), format!("{:?}", judge(Some(&config), &tensors)));
    }
}
