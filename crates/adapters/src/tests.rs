//! Adapters built by hand, and what the review says about them.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use chainwright_testkit::adapters::{Adapter, projections};
use chainwright_weights::{Dtype, Tensor};
use serde_json::Value;

use crate::{
    AdapterFacts, AdapterInput, AdapterSignKind as Sign, BaseInfo, BaseMatch, Projection, review,
};

mod corpus;
mod kinds;
mod robustness;
mod spectra;

fn tensors(adapter: &Adapter) -> Vec<Tensor> {
    let parts = adapter.parts.iter();
    parts
        .map(|part| Tensor {
            name: part.name.clone(),
            dtype: Dtype::from_safetensors(part.dtype).expect("known type"),
            shape: part.shape.clone(),
            bytes: Arc::new(part.bytes.clone()),
        })
        .collect()
}

fn config(adapter: &Adapter) -> Option<Value> {
    (!adapter.config.is_empty())
        .then(|| serde_json::from_str(&adapter.config_json()).expect("configuration"))
}

fn look(adapter: &Adapter, base: Option<&BaseInfo>, files: &[&str]) -> AdapterFacts {
    let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    let (config, tensors) = (config(adapter), tensors(adapter));
    let input = AdapterInput {
        config: config.as_ref(),
        tensors: &tensors,
        base,
        files: &files,
    };
    review(&input, &Budget::untimed(Limits::default()))
}

fn base() -> BaseInfo {
    let mut base = BaseInfo::default();
    for layer in 0..4 {
        for (name, rows, columns) in projections(32) {
            let name = format!("model.layers.{layer}.{name}.weight");
            base.norms.insert(name.clone(), 0.5);
            base.shapes.insert(name, vec![rows, columns]);
        }
    }
    base.shapes
        .insert("model.embed_tokens.weight".to_owned(), vec![50, 32]);
    base.shapes
        .insert("lm_head.weight".to_owned(), vec![50, 32]);
    base
}

const QUERY: &str = "base_model.model.model.layers.0.self_attn.q_proj";

/// What each lie is called, and at which severity at least.
#[test]
fn every_lie_is_called_by_its_name() {
    let honest = || Adapter::honest(4, 3);
    let nan = |part: &mut chainwright_testkit::adapters::Part| {
        part.bytes.splice(0..4, f32::NAN.to_le_bytes());
    };
    let cases: Vec<(&str, Adapter, Sign)> = vec![
        ("hidden matrix", honest().floats("base_model.model.model.layers.1.mlp.down_proj.weight", &[32, 64], 0.1), Sign::HiddenOverride),
        ("hidden matrix without wrapper", honest().floats("model.layers.1.mlp.experts.gate.weight", &[32, 64], 0.1), Sign::HiddenOverride),
        ("hidden head", honest().floats("base_model.model.lm_head.weight", &[50, 32], 0.1), Sign::HiddenEmbedding),
        ("hidden embedding", honest().floats("base_model.model.model.embed_tokens.weight", &[50, 32], 0.1), Sign::HiddenEmbedding),
        ("hidden norm", honest().floats("base_model.model.model.norm.weight", &[32], 0.1), Sign::HiddenSmallOverride),
        ("hidden bias", honest().floats(&format!("{QUERY}.bias"), &[32], 0.1), Sign::HiddenSmallOverride),
        ("saved head", honest().set("modules_to_save", r#"["lm_head"]"#).floats("base_model.model.lm_head.weight", &[50, 32], 0.1), Sign::FullWeights),
        ("foreign name", honest().floats("payload", &[8], 0.1), Sign::ForeignTensor),
        ("foreign path", honest().floats("../x.weight", &[8], 0.1), Sign::ForeignTensor),
        ("bytes as factor", honest().change("layers.0.mlp.up_proj.lora_A", |part| { part.dtype = "U8"; part.bytes.truncate(128); }), Sign::ForeignType),
        ("other method", honest().floats(&format!("{QUERY}.hada_w1_a"), &[32, 4], 0.1), Sign::KindMismatch),
        ("declared LoHa", honest().set("peft_type", "\"LOHA\""), Sign::KindMismatch),
        ("unknown method", honest().set("peft_type", "\"FUTURE\""), Sign::UnknownKind),
        ("no adapter", Adapter::lora(4, 8, &["q_proj"]), Sign::NoAdapter),
        ("rank lie", honest().set("r", "16"), Sign::RankMismatch),
        ("pattern lie", honest().set("rank_pattern", r#"{"layers.1.self_attn.q_proj": 2}"#), Sign::RankMismatch),
        ("inner sizes", honest().change("layers.0.self_attn.q_proj.lora_B", |part| { part.shape = vec![64, 2]; }), Sign::ShapeMismatch),
        ("rank over size", honest().without(QUERY).set("rank_pattern", r#"{"layers.0.self_attn.q_proj": 40}"#).pair(QUERY, 40, 32, 32), Sign::OversizedRank),
        ("huge alpha", honest().set("lora_alpha", "1000000"), Sign::ExtremeScale),
        ("negative alpha", honest().set("lora_alpha", "-8"), Sign::ExtremeScale),
        ("one huge alpha", honest().set("alpha_pattern", r#"{"layers.2.mlp.down_proj": 9000}"#), Sign::ExtremeScale),
        ("undeclared module", honest().set("target_modules", r#"["q_proj", "v_proj"]"#), Sign::UndeclaredModule),
        ("undeclared layer", honest().set("layers_to_transform", "[0, 1]"), Sign::UndeclaredModule),
        ("excluded module", honest().set("target_modules", "\"all-linear\"").set("exclude_modules", r#"["down_proj"]"#), Sign::UndeclaredModule),
        ("outside the pattern", honest().set("target_modules", r#"".*\\.[qkvo]_proj""#), Sign::ModuleOutsidePattern),
        ("untouched target", honest().set("target_modules", r#"["q_proj","k_proj","v_proj","o_proj","gate_proj","up_proj","down_proj","c_attn"]"#), Sign::DeclaredUntouched),
        ("half", honest().without(&format!("{QUERY}.lora_B")), Sign::MissingHalf),
        ("empty shard", honest().change("q_proj.lora_A", |part| { part.shape = vec![0]; part.bytes.clear(); }), Sign::EmptyTensor),
        ("not a number", honest().change("layers.1.self_attn.o_proj.lora_B", nan), Sign::NotFinite),
        ("beyond half precision", honest().change("layers.1.self_attn.o_proj.lora_B", |part| { part.bytes.splice(0..4, 1e9_f32.to_le_bytes()); }), Sign::HugeValues),
        ("same name twice", honest().floats(&format!("{QUERY}.lora_A.weight"), &[4, 32], 0.1), Sign::Duplicate),
        ("two spellings", honest().floats(&format!("{QUERY}.lora_A.default.weight"), &[4, 32], 0.1), Sign::Duplicate),
        ("two modules in one", honest().pair("base_model.model.model_layers_0_self_attn_q_proj", 4, 32, 32), Sign::Duplicate),
        ("one matrix has it all", honest().change("layers.2.mlp.down_proj.lora_B", |part| { part.bytes = part.bytes.chunks(4).flat_map(|value| (f32::from_le_bytes(value.try_into().unwrap()) * 5000.0).to_le_bytes()).collect(); }), Sign::Concentrated),
        ("trigger tokens", honest().set("alora_invocation_tokens", "[5, 6]"), Sign::ActivationTokens),
        ("repeated layers", honest().set("layer_replication", "[[0, 2], [1, 3]]"), Sign::LayerReplication),
        ("altered base", honest().set("init_lora_weights", "\"pissa_niter_4\""), Sign::AlteredBase),
        ("token rows", honest().set("trainable_token_indices", "[3, 4]").floats("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", &[2, 32], 0.1), Sign::TokenRows),
        ("more token rows than declared", honest().set("trainable_token_indices", "[3]").floats("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", &[2, 32], 0.1), Sign::TokenRowsMismatch),
        ("undeclared token rows", honest().floats("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", &[2, 32], 0.1), Sign::TokenRowsMismatch),
    ];
    for (name, adapter, sign) in cases {
        let facts = look(&adapter, None, &[]);
        assert!(facts.has(sign), "{name}: {:?}", facts.signs);
        assert!(facts.severity() >= Some(sign.severity()), "{name}");
    }
}

#[test]
fn an_honest_adapter_has_no_signs_and_sensible_numbers() {
    let base = base();
    let facts = look(&Adapter::honest(4, 3), Some(&base), &["README.md"]);
    assert_eq!(facts.signs, []);
    assert_eq!(facts.problems, []);
    assert_eq!(facts.base_match, BaseMatch::Fits);
    assert!(facts.base.is_pinned);
    assert_eq!((facts.modules_in_all, facts.tensors), (21, 42));
    let shares: f64 = facts.modules.iter().filter_map(|module| module.share).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert_eq!(facts.layers.len(), 3);
    assert_eq!(facts.projections.len(), 7);
    let first = facts.modules.first().expect("modules");
    assert_eq!(
        (first.rank, first.scale, first.layer),
        (Some(4), Some(2.0), Some(0))
    );
    assert!(first.relative.is_some_and(|relative| relative > 0.0));
    assert!(
        facts
            .modules
            .iter()
            .all(|module| module.spectrum.is_some() && module.projection != Projection::Other)
    );
}

#[test]
fn a_tokenizer_beside_it_or_a_resized_base_explains_an_embedding() {
    let adapter = Adapter::honest(4, 3).floats("base_model.model.lm_head.weight", &[51, 32], 0.1);
    let cases = [
        (None, vec![], Sign::HiddenEmbedding),
        (None, vec!["tokenizer.json"], Sign::UndeclaredEmbedding),
        (Some(base()), vec![], Sign::UndeclaredEmbedding),
    ];
    for (base, files, sign) in cases {
        let facts = look(&adapter, base.as_ref(), &files);
        assert!(facts.has(sign), "{files:?}: {:?}", facts.signs);
    }
    // The base has as many words: nothing was resized, and a tokenizer explains nothing.
    let same = Adapter::honest(4, 3).floats("base_model.model.lm_head.weight", &[50, 32], 0.1);
    assert!(look(&same, Some(&base()), &["tokenizer.json"]).has(Sign::HiddenEmbedding));
}

#[test]
fn adapters_are_held_against_the_base_at_hand() {
    let stranger =
        Adapter::lora(4, 8, &["q_proj"]).pair("base_model.model.encoder.block.0.q_proj", 4, 8, 8);
    let wider = Adapter::lora(4, 8, &["q_proj"]).pair(QUERY, 4, 64, 64);
    let deeper = Adapter::honest(4, 9);
    let loud = Adapter::honest(4, 3).set("lora_alpha", "500");
    let cases = [
        ("stranger", &stranger, BaseMatch::Unrelated, None),
        (
            "wider",
            &wider,
            BaseMatch::Differs,
            Some(Sign::BaseMismatch),
        ),
        (
            "deeper",
            &deeper,
            BaseMatch::Differs,
            Some(Sign::BaseMismatch),
        ),
        ("loud", &loud, BaseMatch::Fits, Some(Sign::Overpowering)),
    ];
    for (name, adapter, expected, sign) in cases {
        let facts = look(adapter, Some(&base()), &[]);
        assert_eq!(facts.base_match, expected, "{name}");
        assert!(
            sign.is_none_or(|sign| facts.has(sign)),
            "{name}: {:?}",
            facts.signs
        );
    }
    let mut moved = base();
    moved.revision = Some("main".to_owned());
    assert!(look(&Adapter::honest(4, 3), Some(&moved), &[]).has(Sign::RevisionMismatch));
}

#[test]
fn an_untrained_adapter_is_harmless() {
    let adapter = Adapter::honest(4, 3).change("lora_B", |part| part.bytes.fill(0));
    let facts = look(&adapter, None, &[]);
    assert!(facts.has(Sign::Untrained));
    assert_eq!(facts.severity(), Some(Severity::Info));
    assert!(crate::screen(&facts, &crate::Bank::embedded()).is_none());
}

#[test]
fn many_signs_are_counted_not_kept() {
    let mut adapter = Adapter::honest(4, 3);
    for index in 0..100 {
        adapter = adapter.floats(&format!("payload {index}\u{202e}"), &[1], 0.1);
    }
    let facts = look(&adapter, None, &[]);
    assert_eq!(facts.signs_left_out, 88);
    assert!(
        facts
            .signs
            .iter()
            .all(|sign| !sign.module.contains('\u{202e}'))
    );
}
