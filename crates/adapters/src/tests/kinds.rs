//! Honest adapters of every library's spelling stay quiet.

use chainwright_core::severity::Severity;
use chainwright_testkit::adapters::Adapter;

use super::{QUERY, look};
use crate::AdapterSignKind as Sign;

fn bare(kind: &str) -> Adapter {
    Adapter::default()
        .set("peft_type", &format!("\"{kind}\""))
        .set("base_model_name_or_path", "\"example/base\"")
}

#[test]
fn honest_adapters_of_all_kinds_stay_below_medium() {
    let q = |kind: &str| bare(kind).set("target_modules", r#"["q_proj"]"#);
    let name = |suffix: &str| format!("{QUERY}.{suffix}");
    let cases = vec![
        (
            "dora",
            Adapter::lora(4, 8, &["q_proj"])
                .set("use_dora", "true")
                .pair(QUERY, 4, 32, 32)
                .floats(&name("lora_magnitude_vector"), &[32], 1.0),
        ),
        (
            "rslora",
            Adapter::lora(4, 256, &["q_proj"])
                .set("use_rslora", "true")
                .pair(QUERY, 4, 32, 32),
        ),
        (
            "bias of B",
            Adapter::lora(4, 8, &["q_proj"])
                .pair(QUERY, 4, 32, 32)
                .floats(&name("lora_B.bias"), &[32], 0.1),
        ),
        (
            "declared bias",
            Adapter::lora(4, 8, &["q_proj"])
                .set("bias", "\"all\"")
                .pair(QUERY, 4, 32, 32)
                .floats(&name("base_layer.bias"), &[32], 0.1),
        ),
        (
            "embedding",
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
            "experts as parameters",
            Adapter::lora(4, 8, &[])
                .set("target_parameters", r#"["mlp.experts.gate_up_proj"]"#)
                .pair("base_model.model.model.layers.0.mlp.experts", 32, 64, 32),
        ),
        (
            "classifier",
            Adapter::lora(4, 8, &["q_proj"])
                .set("task_type", "\"SEQ_CLS\"")
                .pair(QUERY, 4, 32, 32)
                .floats("base_model.model.score.weight", &[2, 32], 0.1),
        ),
        (
            "renamed path",
            Adapter::lora(4, 8, &["model.language_model.layers.0.self_attn.q_proj"])
                .pair(QUERY, 4, 32, 32),
        ),
        (
            "pruned AdaLoRA",
            q("ADALORA")
                .set("init_r", "12")
                .set("r", "8")
                .floats(&name("lora_A"), &[9, 32], 0.1)
                .floats(&name("lora_B"), &[32, 9], 0.1)
                .floats(&name("lora_E"), &[9, 1], 0.1),
        ),
        (
            "loha",
            q("LOHA")
                .set("r", "4")
                .floats(&name("hada_w1_a"), &[32, 4], 0.1)
                .floats(&name("hada_w1_b"), &[4, 32], 0.1)
                .floats(&name("hada_w2_a"), &[32, 4], 0.1)
                .floats(&name("hada_w2_b"), &[4, 32], 0.1),
        ),
        (
            "lokr",
            q("LOKR")
                .set("r", "4")
                .floats(&name("lokr_w1"), &[8, 8], 0.1)
                .floats(&name("lokr_w2_a"), &[8, 4], 0.1)
                .floats(&name("lokr_w2_b"), &[4, 8], 0.1),
        ),
        ("ia3", q("IA3").floats(&name("ia3_l"), &[32, 1], 1.0)),
        (
            "oft",
            q("OFT").floats(&name("oft_R.weight"), &[4, 120], 0.1),
        ),
        (
            "boft",
            q("BOFT")
                .floats(&name("boft_R"), &[1, 8, 4, 4], 0.1)
                .floats(&name("boft_s"), &[32, 1], 1.0),
        ),
        (
            "vera",
            q("VERA")
                .set("r", "8")
                .floats(&name("vera_lambda_b"), &[32], 0.1)
                .floats(&name("vera_lambda_d"), &[8], 0.1)
                .floats("base_model.vera_A", &[8, 32], 0.1)
                .floats("base_model.vera_B", &[32, 8], 0.1),
        ),
        (
            "shira",
            q("SHIRA").floats(&name("shira_weight"), &[16], 0.1).raw(
                &name("shira_indices"),
                "I32",
                &[2, 16],
                vec![1; 128],
            ),
        ),
        (
            "vblora",
            q("VBLORA")
                .floats(&name("vblora_logits_A"), &[2, 4, 8], 0.1)
                .floats("base_model.vblora_vector_bank", &[8, 16], 0.1),
        ),
        (
            "poly",
            q("POLY")
                .floats(&name("poly_lora_A"), &[2, 2, 32, 2], 0.1)
                .floats(&name("poly_lora_B"), &[2, 2, 2, 16], 0.1)
                .floats(&name("poly_router.module_logits"), &[2, 4], 0.1),
        ),
        (
            "prompt",
            bare("PROMPT_TUNING").set("num_virtual_tokens", "8").floats(
                "prompt_embeddings",
                &[8, 32],
                0.1,
            ),
        ),
        (
            "encoder-decoder prompt",
            bare("PROMPT_TUNING").set("num_virtual_tokens", "8").floats(
                "prompt_embeddings",
                &[16, 32],
                0.1,
            ),
        ),
        (
            "prefix",
            bare("PREFIX_TUNING").set("num_virtual_tokens", "8").floats(
                "prompt_embeddings",
                &[8, 192],
                0.1,
            ),
        ),
        (
            "multitask",
            bare("MULTITASK_PROMPT_TUNING")
                .set("num_virtual_tokens", "8")
                .floats("prompt_embeddings", &[8, 32], 0.1)
                .floats("prefix_task_cols", &[2, 8, 1], 0.1)
                .floats("prefix_task_rows", &[2, 1, 32], 0.1),
        ),
        (
            "tokens",
            bare("TRAINABLE_TOKENS")
                .set("token_indices", "[1, 2]")
                .floats(
                    "base_model.model.model.embed_tokens.trainable_tokens_delta",
                    &[2, 32],
                    0.1,
                ),
        ),
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
            "kohya convolution",
            Adapter::default()
                .floats("lora_unet_conv_in.lora_down.weight", &[8, 4, 3, 3], 0.1)
                .floats("lora_unet_conv_in.lora_up.weight", &[32, 8, 1, 1], 0.1)
                .values("lora_unet_conv_in.alpha", &[], &[1.0]),
        ),
        (
            "lycoris tucker",
            Adapter::default()
                .floats("lycoris_conv.lora_down.weight", &[8, 4, 1, 1], 0.1)
                .floats("lycoris_conv.lora_mid.weight", &[8, 8, 3, 3], 0.1)
                .floats("lycoris_conv.lora_up.weight", &[32, 8, 1, 1], 0.1),
        ),
        (
            "diffusers",
            Adapter::default()
                .pair("unet.mid_block.attn1.to_q", 4, 32, 32)
                .pair("text_encoder.layers.0.self_attn.q_proj", 4, 32, 32),
        ),
        (
            "old diffusers",
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
        (
            "mlx",
            Adapter::default()
                .set("fine_tune_type", "\"lora\"")
                .set("lora_parameters", r#"{"rank": 4, "scale": 20.0}"#)
                .floats("model.layers.0.self_attn.v_proj.lora_a", &[32, 4], 0.1)
                .floats("model.layers.0.self_attn.v_proj.lora_b", &[4, 16], 0.1),
        ),
        (
            "gguf",
            Adapter::default()
                .floats("blk.0.attn_q.weight.lora_a", &[4, 32], 0.1)
                .floats("blk.0.attn_q.weight.lora_b", &[32, 4], 0.1),
        ),
        (
            "a buffer of an older release",
            q("BOFT")
                .floats(&name("boft_R"), &[1, 8, 4, 4], 0.1)
                .floats(&name("boft_P"), &[1, 32, 32], 0.1),
        ),
        (
            "saved module with buffers",
            Adapter::lora(4, 8, &["q_proj"])
                .set("modules_to_save", r#"["classifier"]"#)
                .pair(QUERY, 4, 32, 32)
                .floats("base_model.model.classifier.norm.running_mean", &[8], 0.1)
                .raw(
                    "base_model.model.classifier.norm.num_batches_tracked",
                    "I64",
                    &[1],
                    vec![3; 8],
                )
                .floats("base_model.model.classifier.scale_factor", &[8], 0.1),
        ),
        (
            "whole-matrix LoKr with a boundless alpha",
            Adapter::default()
                .floats("lycoris_blocks_0_attn_to_q.lokr_w1", &[4, 4], 0.1)
                .floats("lycoris_blocks_0_attn_to_q.lokr_w2", &[8, 8], 0.1)
                .values("lycoris_blocks_0_attn_to_q.alpha", &[], &[f32::INFINITY]),
        ),
        (
            "textual inversion inside",
            Adapter::default()
                .pair("lora_unet_mid_to_q", 4, 32, 32)
                .floats("bundle_emb.word.string_to_param.*", &[2, 32], 0.1),
        ),
        (
            "another tool's words",
            Adapter::default()
                .pair("lora_unet_mid_to_q", 4, 32, 32)
                .floats("input_blocks.1.proj_in.up", &[32, 4], 0.1)
                .raw(
                    "text_model.embeddings.position_ids",
                    "I64",
                    &[1, 4],
                    vec![0; 32],
                ),
        ),
    ];
    for (name, adapter) in cases {
        let facts = look(&adapter, None, &[]);
        assert!(
            facts.severity() < Some(Severity::Medium),
            "{name}: {:?}",
            facts.signs
        );
        assert!(!facts.has(Sign::NoAdapter), "{name}");
        assert_eq!(facts.problems, [], "{name}");
    }
}

#[test]
fn kinds_without_a_plain_product_are_measured_where_that_is_cheap() {
    let norm = |adapter: Adapter| {
        look(&adapter, None, &[])
            .modules
            .first()
            .and_then(|module| module.norm)
    };
    let ones = |count: usize| vec![1.0_f32; count];
    // All ones: every entry of the change is rank², 4 in all, so the norm is 4 × √(2 × 3).
    let hadamard = Adapter::default()
        .values("l.0.q_proj.hada_w1_a", &[2, 2], &ones(4))
        .values("l.0.q_proj.hada_w1_b", &[2, 3], &ones(6))
        .values("l.0.q_proj.hada_w2_a", &[2, 2], &ones(4))
        .values("l.0.q_proj.hada_w2_b", &[2, 3], &ones(6));
    assert!(norm(hadamard).is_some_and(|norm| (norm - 4.0 * 6.0_f64.sqrt()).abs() < 1e-6));
    // ‖A ⊗ B‖ = ‖A‖ · ‖B‖ = 2 × 3.
    let kronecker = Adapter::default()
        .values("l.0.q_proj.lokr_w1", &[2, 2], &ones(4))
        .values("l.0.q_proj.lokr_w2", &[3, 3], &ones(9));
    assert!(norm(kronecker).is_some_and(|norm| (norm - 6.0).abs() < 1e-6));
    // MLX stores the factors the other way round: out 2, in 3, rank 1.
    let turned = Adapter::default()
        .values("l.0.q_proj.lora_a", &[3, 1], &ones(3))
        .values("l.0.q_proj.lora_b", &[1, 2], &ones(2));
    let facts = look(&turned, None, &[]);
    let module = facts.modules.first().expect("module");
    assert_eq!((module.rank, module.rows, module.columns), (Some(1), 2, 3));
    assert!(
        module
            .norm
            .is_some_and(|norm| (norm - 6.0_f64.sqrt()).abs() < 1e-6)
    );
}
