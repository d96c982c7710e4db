//! Adapters whose weights are not what their configuration says, and honest ones of many kinds.
//!
//! The configurations themselves are harmless: hostile ones are in the area of repositories.

use super::{Case, Label};
use crate::adapters::{Adapter, Part};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (class, entries) in [
        ("adapter-hidden-weights", hidden_weights()),
        ("adapter-foreign-tensor", foreign_tensors()),
        ("adapter-config-lie", config_lies()),
        ("adapter-extreme-scale", extreme_scales()),
        ("adapter-broken-values", broken_values()),
        ("adapter-ambiguous", ambiguous()),
    ] {
        cases.extend(
            entries
                .into_iter()
                .map(|(name, adapter)| case(class, name, Label::Malicious, &adapter, &[])),
        );
    }
    let honest = honest().into_iter().chain(honest_of_other_libraries());
    cases.extend(
        honest.map(|(name, adapter)| case("adapter-honest", name, Label::Benign, &adapter, &[])),
    );
    cases.push(case(
        "adapter-honest",
        "new-words-with-tokenizer",
        Label::Benign,
        &lora()
            .floats(EMBEDDING, &[50, 32], 0.1)
            .floats(HEAD, &[50, 32], 0.1),
        &[("tokenizer.json", TOKENIZER)],
    ));
    cases
}

type Entries = Vec<(&'static str, Adapter)>;

const HEAD: &str = "base_model.model.lm_head.weight";
const EMBEDDING: &str = "base_model.model.model.embed_tokens.weight";
const QUERY: &str = "base_model.model.model.layers.0.self_attn.q_proj";
const TOKEN_ROWS: &str = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta";
/// The smallest tokenizer that the library loads.
const TOKENIZER: &str = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}"#;

fn lora() -> Adapter {
    Adapter::honest(4, 3)
}

fn case(
    class: &'static str,
    name: &str,
    label: Label,
    adapter: &Adapter,
    beside: &[(&str, &str)],
) -> Case {
    let mut files = adapter.files();
    files.extend(
        beside
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())),
    );
    Case {
        class,
        name: name.to_owned(),
        label,
        subject: "adapter_model.safetensors".to_owned(),
        files,
    }
}

/// Whole weights that PEFT loads over the base's although nothing declares them.
fn hidden_weights() -> Entries {
    let matrix =
        |name: &str, shape: &[u64]| lora().floats(&format!("base_model.model.{name}"), shape, 0.1);
    vec![
        (
            "down-projection",
            matrix("model.layers.1.mlp.down_proj.weight", &[32, 64]),
        ),
        (
            "all-of-a-layer",
            matrix("model.layers.2.mlp.gate_proj.weight", &[64, 32]).floats(
                "base_model.model.model.layers.2.mlp.up_proj.weight",
                &[64, 32],
                0.1,
            ),
        ),
        (
            "base-layer",
            matrix(
                "model.layers.0.self_attn.o_proj.base_layer.weight",
                &[32, 32],
            ),
        ),
        (
            "without-wrapper",
            lora().floats("model.layers.1.self_attn.v_proj.weight", &[16, 32], 0.1),
        ),
        ("router", matrix("model.layers.1.mlp.gate.weight", &[8, 32])),
        ("head", matrix("lm_head.weight", &[50, 32])),
        ("embedding", matrix("model.embed_tokens.weight", &[50, 32])),
        (
            "head-while-another-is-declared",
            matrix("lm_head.weight", &[50, 32]).set("modules_to_save", r#"["score"]"#),
        ),
        ("final-norm", matrix("model.norm.weight", &[32])),
        (
            "layer-norm",
            matrix("model.layers.0.input_layernorm.weight", &[32]),
        ),
        (
            "bias",
            matrix("model.layers.0.self_attn.q_proj.bias", &[32]),
        ),
        ("output-bias", matrix("lm_head.bias", &[50])),
        (
            "half-precision",
            lora().raw(
                "base_model.model.model.layers.1.mlp.down_proj.weight",
                "BF16",
                &[32, 64],
                vec![0x3c; 4096],
            ),
        ),
        (
            "only-weights-no-adapter",
            Adapter::lora(4, 8, &["q_proj"]).floats(
                "base_model.model.model.layers.0.self_attn.q_proj.weight",
                &[32, 32],
                0.1,
            ),
        ),
    ]
}

fn foreign_tensors() -> Entries {
    vec![
        ("bare-name", lora().floats("payload", &[64], 0.1)),
        ("bytes", lora().raw("blob", "U8", &[64], (0..64).collect())),
        (
            "path-as-name",
            lora().floats("../../start.weight", &[8], 0.1),
        ),
        ("spaces", lora().floats("run me now.weight", &[8], 0.1)),
        (
            "invented-marker",
            lora().floats(&format!("{QUERY}.lora_A.hidden payload"), &[4, 32], 0.1),
        ),
        ("dunder", lora().floats("__class__", &[8], 0.1)),
        (
            "optimizer-state",
            lora().floats("optimizer.state.0.exp_avg", &[8], 0.1),
        ),
        (
            "factor-of-bytes",
            lora().change("layers.0.mlp.up_proj.lora_A", bytes_for_floats),
        ),
        (
            "factor-of-numbers",
            lora().raw(
                &format!("{QUERY}.lora_magnitude_vector"),
                "I64",
                &[32],
                vec![7; 256],
            ),
        ),
        (
            "flags",
            lora().raw(&format!("{QUERY}.lora_bias"), "BOOL", &[32], vec![1; 32]),
        ),
        (
            "parts-of-another-method",
            lora().floats(&format!("{QUERY}.hada_w1_a"), &[32, 4], 0.1),
        ),
        (
            "prompt-inside",
            lora().floats("prompt_embeddings", &[8, 32], 0.1),
        ),
        (
            "another-method-entirely",
            lora().set("peft_type", "\"IA3\""),
        ),
        (
            "declared-prompt",
            lora()
                .set("peft_type", "\"PROMPT_TUNING\"")
                .set("num_virtual_tokens", "8"),
        ),
    ]
}

fn bytes_for_floats(part: &mut Part) {
    part.dtype = "U8";
    let count: u64 = part.shape.iter().product();
    part.bytes.truncate(usize::try_from(count).unwrap_or(0));
}

fn config_lies() -> Entries {
    vec![
        ("rank-too-small", lora().set("r", "2")),
        ("rank-too-large", lora().set("r", "64")),
        (
            "rank-pattern",
            lora().set("rank_pattern", r#"{"layers.1.self_attn.q_proj": 2}"#),
        ),
        (
            "inner-sizes",
            lora().change("layers.0.self_attn.q_proj.lora_B", |part| {
                part.shape = vec![64, 2]
            }),
        ),
        (
            "targets-are-fewer",
            lora().set("target_modules", r#"["q_proj", "v_proj"]"#),
        ),
        (
            "targets-are-others",
            lora().set("target_modules", r#"["c_attn"]"#),
        ),
        ("layers-are-fewer", lora().set("layers_to_transform", "[0]")),
        (
            "excluded-and-changed",
            lora()
                .set("target_modules", "\"all-linear\"")
                .set("exclude_modules", r#"["down_proj"]"#),
        ),
        (
            "head-as-low-rank",
            lora().pair("base_model.model.lm_head", 4, 50, 32),
        ),
        (
            "embedding-as-low-rank",
            lora()
                .floats(
                    "base_model.model.model.embed_tokens.lora_embedding_A",
                    &[4, 50],
                    0.1,
                )
                .floats(
                    "base_model.model.model.embed_tokens.lora_embedding_B",
                    &[32, 4],
                    0.1,
                ),
        ),
        (
            "token-rows-undeclared",
            lora().floats(TOKEN_ROWS, &[2, 32], 0.1),
        ),
        (
            "token-rows-too-many",
            lora()
                .set("trainable_token_indices", "[7]")
                .floats(TOKEN_ROWS, &[9, 32], 0.1),
        ),
        (
            "token-rows-negative",
            lora()
                .set("trainable_token_indices", "[-1]")
                .floats(TOKEN_ROWS, &[1, 32], 0.1),
        ),
        (
            "prompt-length",
            Adapter::default()
                .set("peft_type", "\"PROMPT_TUNING\"")
                .set("num_virtual_tokens", "8")
                .floats("prompt_embeddings", &[13, 32], 0.1),
        ),
    ]
}

fn extreme_scales() -> Entries {
    vec![
        ("alpha", lora().set("lora_alpha", "1000000")),
        ("alpha-negative", lora().set("lora_alpha", "-16")),
        (
            "alpha-of-one-module",
            lora().set("alpha_pattern", r#"{"layers.2.mlp.down_proj": 90000}"#),
        ),
        (
            "alpha-as-pattern",
            lora().set("alpha_pattern", r#"{".*down_proj": 90000}"#),
        ),
        (
            "alpha-as-tensor",
            Adapter::default()
                .floats("lora_unet_mid_to_q.lora_down.weight", &[4, 32], 0.1)
                .floats("lora_unet_mid_to_q.lora_up.weight", &[32, 4], 0.1)
                .values("lora_unet_mid_to_q.alpha", &[], &[60000.0]),
        ),
    ]
}

fn broken_values() -> Entries {
    let first = |value: f32| {
        move |part: &mut Part| {
            part.bytes.splice(0..4, value.to_le_bytes());
        }
    };
    vec![
        (
            "nan",
            lora().change("layers.1.self_attn.o_proj.lora_B", first(f32::NAN)),
        ),
        (
            "infinity",
            lora().change("layers.1.self_attn.o_proj.lora_A", first(f32::INFINITY)),
        ),
        (
            "beyond-half-precision",
            lora().change("layers.1.self_attn.o_proj.lora_B", first(1e30)),
        ),
        (
            "nan-in-declared-head",
            lora().set("modules_to_save", r#"["lm_head"]"#).values(
                HEAD,
                &[2, 2],
                &[0.1, f32::NAN, 0.2, 0.3],
            ),
        ),
        (
            "nan-in-prompt",
            Adapter::default()
                .set("peft_type", "\"P_TUNING\"")
                .set("num_virtual_tokens", "1")
                .values("prompt_embeddings", &[1, 2], &[f32::NAN, 0.1]),
        ),
    ]
}

fn ambiguous() -> Entries {
    vec![
        (
            "two-names-of-a-factor",
            lora().floats(&format!("{QUERY}.lora_A.default.weight"), &[4, 32], 0.1),
        ),
        (
            "old-and-new-spelling",
            lora().floats(&format!("{QUERY}.lora_down.weight"), &[4, 32], 0.1),
        ),
        (
            "dots-and-underscores",
            lora()
                .pair(
                    "base_model.model.model_layers_0_self_attn_q_proj",
                    4,
                    32,
                    32,
                )
                .set("target_modules", "\"all-linear\""),
        ),
    ]
}

fn honest() -> Entries {
    let one = |adapter: Adapter| adapter.pair(QUERY, 4, 32, 32);
    vec![
        ("lora", lora()),
        ("rank-one", Adapter::honest(1, 4)),
        (
            "dora",
            one(Adapter::lora(4, 8, &["q_proj"]).set("use_dora", "true")).floats(
                &format!("{QUERY}.lora_magnitude_vector"),
                &[32],
                1.0,
            ),
        ),
        (
            "rank-stabilised",
            one(Adapter::lora(4, 256, &["q_proj"]).set("use_rslora", "true")),
        ),
        (
            "bias-of-b",
            one(Adapter::lora(4, 8, &["q_proj"]).set("lora_bias", "true")).floats(
                &format!("{QUERY}.lora_B.bias"),
                &[32],
                0.1,
            ),
        ),
        (
            "declared-bias",
            one(Adapter::lora(4, 8, &["q_proj"]).set("bias", "\"all\"")).floats(
                &format!("{QUERY}.base_layer.bias"),
                &[32],
                0.1,
            ),
        ),
        (
            "declared-head",
            lora()
                .set("modules_to_save", r#"["lm_head"]"#)
                .floats(HEAD, &[50, 32], 0.1),
        ),
        (
            "declared-head-and-embedding",
            lora()
                .set("modules_to_save", r#"["lm_head", "embed_tokens"]"#)
                .floats(HEAD, &[50, 32], 0.1)
                .floats(EMBEDDING, &[50, 32], 0.1),
        ),
        (
            "targeted-embedding",
            Adapter::lora(4, 8, &["embed_tokens"])
                .floats(
                    "base_model.model.model.embed_tokens.lora_embedding_A",
                    &[4, 50],
                    0.1,
                )
                .floats(
                    "base_model.model.model.embed_tokens.lora_embedding_B",
                    &[32, 4],
                    0.1,
                )
                .floats(
                    "base_model.model.model.embed_tokens.base_layer.weight",
                    &[50, 32],
                    0.1,
                ),
        ),
        (
            "classifier",
            one(Adapter::lora(4, 8, &["q_proj"])
                .set("task_type", "\"SEQ_CLS\"")
                .set("modules_to_save", r#"["classifier", "score"]"#))
            .floats("base_model.model.score.weight", &[2, 32], 0.1),
        ),
        (
            "rank-and-alpha-patterns",
            one(Adapter::lora(16, 32, &["q_proj"])
                .set("rank_pattern", r#"{"self_attn.q_proj": 4}"#)
                .set(
                    "alpha_pattern",
                    r#"{"^model\\.layers\\.0\\.self_attn\\.q_proj": 8}"#,
                )),
        ),
        (
            "pattern-of-python",
            one(Adapter::lora(4, 8, &[]).set("target_modules", r#""(?!.*vision).*q_proj""#)),
        ),
        (
            "all-linear",
            one(Adapter::lora(4, 8, &[]).set("target_modules", "\"all-linear\"")),
        ),
        (
            "layers",
            one(Adapter::lora(4, 8, &["q_proj"]).set("layers_to_transform", "[0, 5]")),
        ),
        (
            "experts",
            Adapter::lora(4, 8, &[])
                .set("target_parameters", r#"["mlp.experts.gate_up_proj"]"#)
                .pair("base_model.model.model.layers.0.mlp.experts", 32, 64, 32),
        ),
        (
            "token-rows",
            one(Adapter::lora(4, 8, &["q_proj"]).set("trainable_token_indices", "[3, 4]")).floats(
                TOKEN_ROWS,
                &[2, 32],
                0.1,
            ),
        ),
        (
            "untrained",
            lora().change("lora_B", |part| part.bytes.fill(0)),
        ),
        ("half-precision", lora().change("lora_", half_precision)),
        (
            "adalora-pruned",
            Adapter::default()
                .set("peft_type", "\"ADALORA\"")
                .set("init_r", "12")
                .set("r", "8")
                .set("target_modules", r#"["q_proj"]"#)
                .floats(&format!("{QUERY}.lora_A"), &[9, 32], 0.1)
                .floats(&format!("{QUERY}.lora_B"), &[32, 9], 0.1)
                .floats(&format!("{QUERY}.lora_E"), &[9, 1], 0.1),
        ),
        (
            "prefix",
            Adapter::default()
                .set("peft_type", "\"PREFIX_TUNING\"")
                .set("num_virtual_tokens", "8")
                .floats("prompt_embeddings", &[8, 192], 0.1),
        ),
        (
            "prompt",
            Adapter::default()
                .set("peft_type", "\"PROMPT_TUNING\"")
                .set("num_virtual_tokens", "8")
                .floats("prompt_embeddings", &[8, 32], 0.1),
        ),
        (
            "sparse",
            Adapter::default()
                .set("peft_type", "\"SHIRA\"")
                .set("target_modules", r#"["q_proj"]"#)
                .floats(&format!("{QUERY}.shira_weight"), &[16], 0.1)
                .raw(
                    &format!("{QUERY}.shira_indices"),
                    "I32",
                    &[2, 16],
                    vec![1; 128],
                ),
        ),
        (
            "method-of-the-future",
            Adapter::default()
                .set("peft_type", "\"QUUXTUNING\"")
                .floats(&format!("{QUERY}.quux_A"), &[4, 32], 0.1),
        ),
    ]
}

/// The upper halves of the floats: bfloat16.
fn half_precision(part: &mut Part) {
    part.dtype = "BF16";
    part.bytes = part
        .bytes
        .chunks(4)
        .filter_map(|value| value.get(2..))
        .flatten()
        .copied()
        .collect();
}

fn honest_of_other_libraries() -> Entries {
    vec![
        (
            "kohya",
            Adapter::default()
                .floats(
                    "lora_unet_down_blocks_0_attn1_to_q.lora_down.weight",
                    &[4, 32],
                    0.1,
                )
                .floats(
                    "lora_unet_down_blocks_0_attn1_to_q.lora_up.weight",
                    &[32, 4],
                    0.1,
                )
                .values("lora_unet_down_blocks_0_attn1_to_q.alpha", &[], &[4.0]),
        ),
        (
            "kohya-convolution",
            Adapter::default()
                .floats("lora_unet_conv_in.lora_down.weight", &[8, 4, 3, 3], 0.1)
                .floats("lora_unet_conv_in.lora_up.weight", &[32, 8, 1, 1], 0.1)
                .values("lora_unet_conv_in.alpha", &[], &[1.0]),
        ),
        (
            "lycoris-loha",
            Adapter::default()
                .floats("lora_unet_mid_to_q.hada_w1_a", &[32, 4], 0.1)
                .floats("lora_unet_mid_to_q.hada_w1_b", &[4, 32], 0.1)
                .floats("lora_unet_mid_to_q.hada_w2_a", &[32, 4], 0.1)
                .floats("lora_unet_mid_to_q.hada_w2_b", &[4, 32], 0.1)
                .values("lora_unet_mid_to_q.alpha", &[], &[1.0]),
        ),
        (
            "lycoris-full-difference",
            Adapter::default()
                .floats("lora_unet_mid_to_q.diff", &[32, 32], 0.1)
                .floats("lora_unet_mid_norm.w_norm", &[32], 0.1)
                .floats("lora_unet_mid_norm.b_norm", &[32], 0.1),
        ),
        (
            "diffusers",
            Adapter::default()
                .pair("unet.mid_block.attn1.to_q", 4, 32, 32)
                .pair("text_encoder.layers.0.self_attn.q_proj", 4, 32, 32),
        ),
        (
            "diffusers-of-old",
            Adapter::default()
                .floats(
                    "unet.mid.attn1.processor.to_q_lora.down.weight",
                    &[4, 32],
                    0.1,
                )
                .floats(
                    "unet.mid.attn1.processor.to_q_lora.up.weight",
                    &[32, 4],
                    0.1,
                )
                .floats(
                    "unet.mid.attn1.processor.to_k_lora.down.weight",
                    &[4, 32],
                    0.1,
                )
                .floats(
                    "unet.mid.attn1.processor.to_k_lora.up.weight",
                    &[32, 4],
                    0.1,
                ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_broad_and_its_names_are_unique() {
        let cases = cases();
        let count = |label| cases.iter().filter(|case| case.label == label).count();
        assert!(count(Label::Malicious) >= 40 && count(Label::Benign) >= 25);
        let mut names: Vec<_> = cases.iter().map(|case| (case.class, &case.name)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), cases.len());
    }
}
