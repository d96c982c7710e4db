//! Which tensors an adapter of which kind is made of, as the libraries write them.
//!
//! An allow-list: the markers are those that PEFT 0.21 (`adapter_layer_names` and saved `other_param_names` of every
//! tuner), diffusers, kohya's sd-scripts, LyCORIS, llama.cpp, MLX, NeMo and torchtune write. A tensor without a marker
//! is no part of an adapter.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a marked tensor is to its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Rank × in: A, `down`.
    Down,
    /// Out × rank: B, `up`.
    Up,
    /// Between both: the core of a Tucker decomposition.
    Middle,
    /// AdaLoRA's singular values, rank × 1.
    Diagonal,
    /// LoHa's four factors, in order of their names.
    Hadamard(u8),
    /// LoKr's factors: whole, or `a` and `b` of the first or second.
    Kronecker(u8),
    /// kohya's `alpha`, a single number.
    Alpha,
    /// Indices of sparse methods.
    Indices,
    /// Rows of the embedding that are trained.
    TokenRows,
    /// A soft prompt: virtual tokens × width.
    Prompt,
    /// Anything else the kind is made of.
    Other,
}

/// A kind of adapter and its marks.
#[derive(Debug)]
pub(crate) struct Kind {
    /// `peft_type`, or a name of ours for the ones that PEFT does not write.
    pub(crate) name: &'static str,
    pub(crate) markers: &'static [(&'static str, Role)],
}

const fn kind(name: &'static str, markers: &'static [(&'static str, Role)]) -> Kind {
    Kind { name, markers }
}

use Role::{
    Alpha, Diagonal, Down, Hadamard, Indices, Kronecker, Middle, Other, Prompt, TokenRows, Up,
};

/// LoRA in all spellings. DoRA's vector and the bias of B belong to it.
const LORA: &[(&str, Role)] = &[
    ("lora_A", Down),
    ("lora_B", Up),
    ("lora_embedding_A", Down),
    ("lora_embedding_B", Up),
    ("lora_magnitude_vector", Other),
    ("lora_bias", Other),
    ("lora_E", Diagonal),
    // State of PEFT's variants of LoRA (`tuners/lora/variants.py`).
    ("lora_arrow", Other),
    ("lora_diag", Other),
    ("lora_monteclora_sampler", Other),
    ("lora_velora_embed", Other),
    ("lora_down", Down),
    ("lora_up", Up),
    ("lora_mid", Middle),
    ("lora_a", Down),
    ("lora_b", Up),
    ("lora_linear_layer", Other),
    ("linear_in", Down),
    ("linear_out", Up),
    ("dora_scale", Other),
    ("alpha", Alpha),
    ("scale", Alpha),
    ("reshape_weight", Other),
    ("diff", Other),
    ("diff_b", Other),
    ("w_norm", Other),
    ("b_norm", Other),
    ("set_weight", Other),
];

/// Every kind.
pub(crate) const KINDS: &[Kind] = &[
    kind("LORA", LORA),
    kind("ADALORA", &[("lora_E", Diagonal)]),
    kind(
        "LOHA",
        &[
            ("hada_w1_a", Hadamard(0)),
            ("hada_w1_b", Hadamard(1)),
            ("hada_w2_a", Hadamard(2)),
            ("hada_w2_b", Hadamard(3)),
            ("hada_t1", Middle),
            ("hada_t2", Middle),
        ],
    ),
    kind(
        "LOKR",
        &[
            ("lokr_w1", Kronecker(0)),
            ("lokr_w1_a", Kronecker(1)),
            ("lokr_w1_b", Kronecker(2)),
            ("lokr_w2", Kronecker(3)),
            ("lokr_w2_a", Kronecker(4)),
            ("lokr_w2_b", Kronecker(5)),
            ("lokr_t2", Middle),
        ],
    ),
    kind("IA3", &[("ia3_l", Other), ("on_input", Other)]),
    kind(
        "OFT",
        &[
            ("oft_R", Other),
            ("oft_r", Other),
            ("oft_s", Other),
            ("oft_embedding_R", Other),
            ("oft_blocks", Other),
            ("oft_diag", Other),
            ("rescale", Other),
        ],
    ),
    kind("BOFT", &[("boft_R", Other), ("boft_s", Other)]),
    kind(
        "VERA",
        &[
            ("vera_A", Other),
            ("vera_B", Other),
            ("vera_lambda_b", Other),
            ("vera_lambda_d", Other),
        ],
    ),
    kind(
        "PVERA",
        &[
            ("pvera_A", Other),
            ("pvera_B", Other),
            ("pvera_lambda_b", Other),
            ("pvera_lambda_d", Other),
        ],
    ),
    kind(
        "FOURIERFT",
        &[("fourierft_spectrum", Other), ("indices", Indices)],
    ),
    kind("WAVEFT", &[("waveft_spectrum", Other)]),
    kind("LN_TUNING", &[("ln_tuning_layers", Other)]),
    kind("HRA", &[("hra_u", Other)]),
    kind(
        "POLY",
        &[
            ("poly_lora_A", Other),
            ("poly_lora_B", Other),
            ("poly_router", Other),
        ],
    ),
    kind(
        "VBLORA",
        &[
            ("vblora_logits_A", Other),
            ("vblora_logits_A_topk_indices", Indices),
            ("vblora_logits_A_topk_weights", Other),
            ("vblora_logits_B", Other),
            ("vblora_logits_B_topk_indices", Indices),
            ("vblora_logits_B_topk_weights", Other),
            ("vblora_vector_bank", Other),
        ],
    ),
    kind(
        "RANDLORA",
        &[
            ("randlora_A", Other),
            ("randlora_B", Other),
            ("randlora_lambda", Other),
            ("randlora_gamma", Other),
        ],
    ),
    kind("ROAD", &[("road_theta", Other), ("road_alpha", Other)]),
    kind("MISS", &[("miss_block", Other)]),
    // The name of MiSS in PEFT 0.14 to 0.17.
    kind("BONE", &[("bone_block", Other), ("bone_r", Other)]),
    kind(
        "SHIRA",
        &[("shira_weight", Other), ("shira_indices", Indices)],
    ),
    kind("C3A", &[("c3a_kernel", Other)]),
    kind(
        "DELORA",
        &[
            ("delora_A", Other),
            ("delora_B", Other),
            ("delora_lambda", Other),
            ("delora_w_norm", Other),
        ],
    ),
    kind(
        "GRALORA",
        &[
            ("gralora_A", Other),
            ("gralora_B", Other),
            ("gralora_A_general", Other),
            ("gralora_B_general", Other),
        ],
    ),
    kind(
        "HIRA",
        &[
            ("hira_A", Other),
            ("hira_B", Other),
            ("hira_embedding_A", Other),
            ("hira_embedding_B", Other),
        ],
    ),
    kind("TRAINABLE_TOKENS", &[("trainable_tokens_delta", TokenRows)]),
    kind("OSF", &[("osf_svd_params", Other)]),
    kind(
        "ADAMSS",
        &[
            ("adamss_A", Other),
            ("adamss_B", Other),
            ("adamss_newB", Other),
        ],
    ),
    kind("BEFT", &[("beft_bias", Other)]),
    kind(
        "LILY",
        &[("lily_A", Other), ("lily_B", Other), ("lily_router", Other)],
    ),
    kind(
        "FROD",
        &[
            ("frod_lambda_l", Other),
            ("frod_lambda_s_values", Other),
            ("frod_V", Other),
            ("frod_U", Other),
            ("frod_s_indices", Indices),
            ("frod_s_size", Indices),
        ],
    ),
    kind(
        "GLORA",
        &[
            ("glora_A", Other),
            ("glora_B", Other),
            ("glora_C", Other),
            ("glora_D", Other),
            ("glora_E", Other),
        ],
    ),
    kind(
        "UNILORA",
        &[
            ("unilora_theta_d", Other),
            ("unilora_indices_A", Indices),
            ("unilora_indices_B", Indices),
            ("unilora_scales_A", Other),
            ("unilora_scales_B", Other),
        ],
    ),
    kind(
        "TINYLORA",
        &[
            ("tinylora_v", Other),
            ("tinylora_A", Other),
            ("tinylora_B", Other),
            ("tinylora_P", Other),
        ],
    ),
    kind("PSOFT", &[("psoft_R", Other)]),
    kind(
        "PEANUT",
        &[
            ("peanut_A", Other),
            ("peanut_B", Other),
            ("peanut_encoders", Other),
            ("peanut_decoders", Other),
        ],
    ),
    kind(
        "DEFT",
        &[("deft_P", Other), ("deft_R", Other), ("deft_para", Other)],
    ),
    kind(
        "SUPERTUNING",
        &[
            ("supertuning_values", Other),
            ("supertuning_lora_A", Other),
            ("supertuning_lora_B", Other),
            ("supertuning_indices", Indices),
        ],
    ),
    kind(
        "SHADOW",
        &[
            ("shadow_down", Other),
            ("shadow_up", Other),
            ("shadow_update_transform", Other),
            ("shadow_update_gate", Other),
            ("shadow_backbone", Other),
            ("shadow_projection", Other),
            ("shadow_hidden_projection", Other),
            ("shadow_head", Other),
        ],
    ),
    kind(
        "XLORA",
        &[
            ("internal_xlora_classifier", Other),
            ("internal_xlora_scaling_pass", Other),
        ],
    ),
    kind(
        "ADAPTION_PROMPT",
        &[("adaption_gate", Other), ("adaption_prompt", Other)],
    ),
    kind(
        "PROMPT_TUNING",
        &[("prompt_embeddings", Prompt), ("prompt_encoder", Other)],
    ),
    kind(
        "MULTITASK_PROMPT_TUNING",
        &[
            ("prompt_embeddings", Prompt),
            ("prefix_task_cols", Other),
            ("prefix_task_rows", Other),
        ],
    ),
    kind(
        "PREFIX_TUNING",
        &[("prompt_embeddings", Prompt), ("prompt_encoder", Other)],
    ),
    kind(
        "P_TUNING",
        &[("prompt_embeddings", Prompt), ("prompt_encoder", Other)],
    ),
    kind("CPT", &[("prompt_embeddings", Prompt)]),
    kind(
        "CARTRIDGE",
        &[("prompt_embeddings", Prompt), ("prompt_encoder", Other)],
    ),
    // Textual inversion inside kohya files.
    kind(
        "TEXTUAL_INVERSION",
        &[
            ("bundle_emb", Other),
            ("emb_params", Other),
            ("string_to_param", Other),
        ],
    ),
];

/// Kinds whose own tensors may stand beside those of another kind.
const COMPANIONS: [&str; 2] = ["TRAINABLE_TOKENS", "TEXTUAL_INVERSION"];

/// The role that a segment of a tensor's name gives it; the kind is the first that has the marker.
pub(crate) fn marked(segment: &str) -> Option<(&'static Kind, Role)> {
    // Every name of every weight file is asked for, so the tables are not searched from front to back.
    static MARKERS: LazyLock<HashMap<&str, (&Kind, Role)>> = LazyLock::new(|| {
        let mut markers = HashMap::new();
        for kind in KINDS {
            for (marker, role) in kind.markers {
                markers.entry(*marker).or_insert((kind, *role));
            }
        }
        markers
    });
    MARKERS.get(segment).copied()
}

/// What every tensor of a PEFT method begins with (`BaseTuner.prefix`), longest first where one begins another.
///
/// Releases differ in which buffers they save under it: `boft_P` went away after 0.12.
const PREFIXES: &[(&str, &str)] = &[
    ("lora_", "LORA"),
    ("hada_", "LOHA"),
    ("lokr_", "LOKR"),
    ("ia3_", "IA3"),
    ("boft_", "BOFT"),
    ("oft_", "OFT"),
    ("pvera_", "PVERA"),
    ("vera_", "VERA"),
    ("fourierft_", "FOURIERFT"),
    ("waveft_", "WAVEFT"),
    ("ln_tuning_", "LN_TUNING"),
    ("hra_", "HRA"),
    ("poly_", "POLY"),
    ("vblora_", "VBLORA"),
    ("randlora_", "RANDLORA"),
    ("road_", "ROAD"),
    ("miss_", "MISS"),
    ("bone_", "BONE"),
    ("shira_", "SHIRA"),
    ("c3a_", "C3A"),
    ("delora_", "DELORA"),
    ("gralora_", "GRALORA"),
    ("hira_", "HIRA"),
    ("trainable_tokens_", "TRAINABLE_TOKENS"),
    ("osf_", "OSF"),
    ("adamss_", "ADAMSS"),
    ("beft_", "BEFT"),
    ("lily_", "LILY"),
    ("frod_", "FROD"),
    ("glora_", "GLORA"),
    ("unilora_", "UNILORA"),
    ("tinylora_", "TINYLORA"),
    ("psoft_", "PSOFT"),
    ("peanut_", "PEANUT"),
    ("deft_", "DEFT"),
    ("supertuning_", "SUPERTUNING"),
    ("shadow_", "SHADOW"),
];

/// The kind whose prefix a segment has, though none of its known words.
pub(crate) fn prefixed(segment: &str) -> Option<&'static Kind> {
    let (_, name) = PREFIXES
        .iter()
        .find(|(prefix, _)| segment.starts_with(prefix))?;
    by_name(name)
}

/// The kind of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether a tensor of kind `found` may lie in an adapter that says it is `declared`.
pub(crate) fn is_compatible(declared: &str, found: &str, segment: &str) -> bool {
    declared == found
        || COMPANIONS.contains(&found)
        || by_name(declared)
            .is_some_and(|kind| kind.markers.iter().any(|(marker, _)| *marker == segment))
        // AdaLoRA and X-LoRA are made of LoRA's matrices.
        || (matches!(declared, "ADALORA" | "XLORA") && found == "LORA")
}

/// The values of `peft_type` that the tables know.
pub fn peft_types() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Whether these names of tensors are those of an adapter, for files that have no configuration beside them.
///
/// At least half of them must carry a marker that no whole model has.
pub fn looks_like_adapter<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    const COMMON: [&str; 7] = [
        "alpha",
        "scale",
        "diff",
        "indices",
        "linear_in",
        "linear_out",
        "rescale",
    ];
    let (mut all, mut marked_ones) = (0_u64, 0_u64);
    for name in names {
        all = all.saturating_add(1);
        let is_marked = name
            .split('.')
            .any(|segment| !COMMON.contains(&segment) && marked(segment).is_some());
        if is_marked {
            marked_ones = marked_ones.saturating_add(1);
        }
    }
    all > 0 && marked_ones.saturating_mul(2) >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_full_of_markers_look_like_adapters() {
        let cases = [
            (vec!["base_model.model.l.0.q_proj.lora_A.weight"], true),
            (
                vec![
                    "lora_unet_down_blocks_0_to_q.alpha",
                    "lora_unet_down_blocks_0_to_q.lora_up.weight",
                    "lora_unet_down_blocks_0_to_q.lora_down.weight",
                ],
                true,
            ),
            (vec!["model.embed_tokens.weight", "encoder.scale"], false),
            (vec![], false),
        ];
        for (names, expected) in cases {
            assert_eq!(looks_like_adapter(names.clone()), expected, "{names:?}");
        }
    }

    #[test]
    fn every_prefix_is_that_of_a_kind() {
        for (prefix, name) in PREFIXES {
            let kind = by_name(name).expect("a kind");
            assert!(
                kind.markers
                    .iter()
                    .any(|(marker, _)| marker.starts_with(prefix)),
                "{prefix}"
            );
        }
    }

    #[test]
    fn names_of_kinds_are_unique() {
        let mut names: Vec<_> = peft_types().collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count > 40);
    }
}
