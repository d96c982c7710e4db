//! One name for the same tensor in different conventions.
//!
//! The same matrix is `model.layers.3.self_attn.q_proj.weight` for transformers, `blk.3.attn_q.weight` for llama.cpp
//! and `layers.3.attention.wq.weight` for the original release. Keys are written in llama.cpp's words, because its
//! table (`gguf-py/gguf/tensor_mapping.py`) already maps most architectures to them. A name that is not known keeps
//! its own words without wrapper prefixes, which is enough to compare two files of one convention.

use serde::{Deserialize, Serialize};

/// Prefixes that wrappers and trainers put before names; they say nothing about the tensor.
const WRAPPERS: &[&str] = &[
    "base_model.model.",
    "_orig_mod.",
    "_fsdp_wrapped_module.",
    "_checkpoint_wrapped_module.",
    "module.",
    "model.",
    "transformer.",
    "gpt_neox.",
    "language_model.",
    "text_model.",
    "backbone.",
    "bert.",
    "roberta.",
    "distilbert.",
];

/// Words that precede the number of a layer.
const LAYERS: &[&str] = &["layers", "layer", "h", "blocks", "block", "blk"];

/// Names outside layers, without `.weight` or `.bias`.
const OUTER: &[(&str, &str)] = &[
    ("embed_tokens", "token_embd"),
    ("tok_embeddings", "token_embd"),
    ("wte", "token_embd"),
    ("word_embeddings", "token_embd"),
    ("embed_in", "token_embd"),
    ("embeddings", "token_embd"),
    ("embedding", "token_embd"),
    ("embeddings.word_embeddings", "token_embd"),
    ("decoder.embed_tokens", "token_embd"),
    ("token_embd", "token_embd"),
    ("wpe", "position_embd"),
    ("embeddings.position_embeddings", "position_embd"),
    ("decoder.embed_positions", "position_embd"),
    ("lm_head", "output"),
    ("embed_out", "output"),
    ("output", "output"),
    ("norm", "output_norm"),
    ("ln_f", "output_norm"),
    ("final_layer_norm", "output_norm"),
    ("final_layernorm", "output_norm"),
    ("decoder.final_layer_norm", "output_norm"),
    ("norm_f", "output_norm"),
    ("output_norm", "output_norm"),
];

/// Names inside a layer, without `.weight` or `.bias`.
const INNER: &[(&str, &str)] = &[
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.out_proj", "attn_output"),
    ("self_attn.dense", "attn_output"),
    ("self_attn.qkv_proj", "attn_qkv"),
    ("self_attn.W_pack", "attn_qkv"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("attention.wq", "attn_q"),
    ("attention.wk", "attn_k"),
    ("attention.wv", "attn_v"),
    ("attention.wo", "attn_output"),
    ("attention.self.query", "attn_q"),
    ("attention.self.key", "attn_k"),
    ("attention.self.value", "attn_v"),
    ("attention.output.dense", "attn_output"),
    ("attention.query_key_value", "attn_qkv"),
    ("attention.dense", "attn_output"),
    ("self_attention.query_key_value", "attn_qkv"),
    ("self_attention.dense", "attn_output"),
    ("attn.c_attn", "attn_qkv"),
    ("attn.c_proj", "attn_output"),
    ("attn.q_proj", "attn_q"),
    ("attn.k_proj", "attn_k"),
    ("attn.v_proj", "attn_v"),
    ("attn.out_proj", "attn_output"),
    ("attn.Wqkv", "attn_qkv"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
    ("mlp.gate_up_proj", "ffn_gate_up"),
    ("mlp.c_fc", "ffn_up"),
    ("mlp.c_proj", "ffn_down"),
    ("mlp.fc1", "ffn_up"),
    ("mlp.fc2", "ffn_down"),
    ("mlp.fc_in", "ffn_up"),
    ("mlp.fc_out", "ffn_down"),
    ("mlp.dense_h_to_4h", "ffn_up"),
    ("mlp.dense_4h_to_h", "ffn_down"),
    ("mlp.gate", "ffn_gate_inp"),
    ("block_sparse_moe.gate", "ffn_gate_inp"),
    ("fc1", "ffn_up"),
    ("fc2", "ffn_down"),
    ("feed_forward.w1", "ffn_gate"),
    ("feed_forward.w2", "ffn_down"),
    ("feed_forward.w3", "ffn_up"),
    ("intermediate.dense", "ffn_up"),
    ("output.dense", "ffn_down"),
    ("input_layernorm", "attn_norm"),
    ("attention_norm", "attn_norm"),
    ("ln_1", "attn_norm"),
    ("self_attn_layer_norm", "attn_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("ffn_norm", "ffn_norm"),
    ("ln_2", "ffn_norm"),
    ("final_layer_norm", "ffn_norm"),
];

/// Gemma puts a norm behind the attention as well, so that the usual name means another place there.
const SANDWICH: &[(&str, &str)] = &[
    ("post_attention_layernorm", "post_attention_norm"),
    ("pre_feedforward_layernorm", "ffn_norm"),
    ("post_feedforward_layernorm", "post_ffw_norm"),
];

/// Parts of an expert, as Mixtral and others name them.
const EXPERT: &[(&str, &str)] = &[
    ("w1", "ffn_gate"),
    ("w2", "ffn_down"),
    ("w3", "ffn_up"),
    ("gate_proj", "ffn_gate"),
    ("down_proj", "ffn_down"),
    ("up_proj", "ffn_up"),
];

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// One row for each token.
    Embedding,
    /// The scores of tokens.
    Head,
    /// Queries, keys, values or their mixture.
    Attention,
    /// The feed-forward part that writes back (`down_proj`), where facts are edited.
    FeedForwardOut,
    /// Other feed-forward matrices.
    FeedForward,
    /// Gains of a normalisation.
    Norm,
    /// An additive vector.
    Bias,
    /// Anything else with two dimensions or more.
    Matrix,
    /// Anything else.
    Vector,
}

impl Role {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Head => "head",
            Self::Attention => "attention",
            Self::FeedForwardOut => "feed-forward output",
            Self::FeedForward => "feed-forward",
            Self::Norm => "norm",
            Self::Bias => "bias",
            Self::Matrix => "matrix",
            Self::Vector => "vector",
        }
    }

    /// Whether adapters usually attach to such a matrix.
    #[must_use]
    pub const fn is_linear(self) -> bool {
        match self {
            Self::Attention | Self::FeedForwardOut | Self::FeedForward | Self::Matrix => true,
            Self::Embedding | Self::Head | Self::Norm | Self::Bias | Self::Vector => false,
        }
    }
}

/// A key and what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Equal for the same tensor in every convention.
    pub(crate) text: String,
    /// The number of its layer.
    pub(crate) layer: Option<u32>,
    /// What stands behind the layer.
    pub(crate) part: String,
}

/// How the names of one file are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Convention {
    sandwich: bool,
}

impl Convention {
    /// Looks at all names once.
    pub(crate) fn of<'a>(mut names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            sandwich: names.any(|name| name.contains("pre_feedforward_layernorm")),
        }
    }

    /// The key of a name.
    pub(crate) fn key(self, name: &str) -> Key {
        let name = unwrapped(name).replace(".base_layer.", ".");
        let (stem, suffix) = ending(&name);
        let words: Vec<&str> = stem.split('.').collect();
        let numbered = words
            .windows(2)
            .position(|pair| matches!(pair, [word, number] if LAYERS.contains(word) && number.parse::<u32>().is_ok()));
        let Some(position) = numbered else {
            let part = lookup(OUTER, stem).unwrap_or(stem);
            return Key {
                text: format!("{part}{suffix}"),
                layer: None,
                part: format!("{part}{suffix}"),
            };
        };
        let number = words
            .get(position.saturating_add(1))
            .and_then(|word| word.parse().ok());
        let before = words.get(..position).unwrap_or_default().join(".");
        let inner = words
            .get(position.saturating_add(2)..)
            .unwrap_or_default()
            .join(".");
        let part = format!("{}{suffix}", self.inner(&inner));
        let outer = match before.as_str() {
            "" | "decoder" => String::new(),
            other => format!("{other}."),
        };
        Key {
            text: format!("{outer}blk.{}.{part}", number.unwrap_or(0)),
            layer: number,
            part: format!("{outer}{part}"),
        }
    }

    fn inner(self, inner: &str) -> String {
        if self.sandwich
            && let Some(part) = lookup(SANDWICH, inner)
        {
            return part.to_owned();
        }
        if let Some(part) = lookup(INNER, inner) {
            return part.to_owned();
        }
        expert(inner).unwrap_or_else(|| inner.to_owned())
    }
}

/// `mlp.experts.7.w1` and the like.
fn expert(inner: &str) -> Option<String> {
    let words: Vec<&str> = inner.split('.').collect();
    let [_, "experts", number, part] = words.as_slice() else {
        return None;
    };
    let number: u32 = number.parse().ok()?;
    Some(format!("{}.{number}", lookup(EXPERT, part)?))
}

fn lookup(table: &[(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    let found = table.iter().find(|(from, _)| *from == word);
    found.map(|(_, to)| *to)
}

fn unwrapped(mut name: &str) -> &str {
    while let Some(rest) = WRAPPERS
        .iter()
        .find_map(|wrapper| name.strip_prefix(wrapper))
    {
        name = rest;
    }
    name
}

fn ending(name: &str) -> (&str, &'static str) {
    [".weight", ".bias"]
        .into_iter()
        .find_map(|suffix| name.strip_suffix(suffix).map(|stem| (stem, suffix)))
        .unwrap_or((name, ""))
}

/// What a tensor with this key is for.
pub(crate) fn role(key: &Key, dimensions: usize) -> Role {
    let part = key.part.as_str();
    let stem = ending(part).0;
    let is = |words: &[&str]| words.iter().any(|word| stem.starts_with(word));
    if part.ends_with(".bias") {
        Role::Bias
    } else if stem == "token_embd" || stem == "position_embd" {
        Role::Embedding
    } else if stem == "output" && key.layer.is_none() {
        Role::Head
    } else if dimensions < 2 {
        let is_norm = stem.contains("norm") || stem.contains("ln_");
        if is_norm { Role::Norm } else { Role::Vector }
    } else if is(&["attn_"]) || stem.contains("attn") || stem.contains("attention") {
        Role::Attention
    } else if is(&["ffn_down"]) {
        Role::FeedForwardOut
    } else if is(&["ffn_"]) || stem.contains("mlp") {
        Role::FeedForward
    } else {
        Role::Matrix
    }
}

/// Tables that a program computes and some files carry: missing or equal, they say nothing.
pub(crate) fn is_buffer(name: &str) -> bool {
    [
        "rotary_emb.inv_freq",
        "rope_freqs.weight",
        ".attn.bias",
        ".attn.masked_bias",
        ".attention.bias",
        ".attention.masked_bias",
        "position_ids",
        "num_batches_tracked",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
}

/// Endings of tensors that hold the scales of a neighbour's integers or small floats.
pub(crate) const SCALES: &[&str] = &["weight_scale", "weight_scale_inv", "SCB"];

/// Endings of other tensors that belong to a quantisation and are no weights of their own.
const PACKING: &[&str] = &[
    ".weight_scale",
    ".weight_scale_inv",
    ".input_scale",
    ".SCB",
    ".weight_format",
    ".qweight",
    ".qzeros",
    ".scales",
    ".g_idx",
    ".weight_packed",
    ".weight_shape",
    ".weight_zero_point",
    ".absmax",
    ".quant_map",
    ".nested_absmax",
    ".nested_quant_map",
];

/// Whether the tensor only serves to unpack another one.
pub(crate) fn is_packing(name: &str) -> bool {
    PACKING.iter().any(|ending| name.ends_with(ending)) || name.contains(".quant_state.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tensor_has_one_key_in_every_convention() {
        let cases = [
            (
                "blk.3.attn_q.weight",
                &[
                    "model.layers.3.self_attn.q_proj.weight",
                    "base_model.model.model.layers.3.self_attn.q_proj.base_layer.weight",
                    "_orig_mod.module.model.layers.3.self_attn.q_proj.weight",
                    "layers.3.attention.wq.weight",
                    "blk.3.attn_q.weight",
                ][..],
            ),
            (
                "blk.0.attn_qkv.bias",
                &["transformer.h.0.attn.c_attn.bias", "h.0.attn.c_attn.bias"],
            ),
            (
                "token_embd.weight",
                &[
                    "model.embed_tokens.weight",
                    "wte.weight",
                    "tok_embeddings.weight",
                ],
            ),
            (
                "output.weight",
                &["lm_head.weight", "output.weight", "embed_out.weight"],
            ),
            (
                "blk.1.ffn_down.5.weight",
                &["model.layers.1.block_sparse_moe.experts.5.w2.weight"],
            ),
        ];
        let convention = Convention::of(std::iter::empty());
        for (expected, names) in cases {
            for name in names {
                assert_eq!(convention.key(name).text, expected, "{name}");
            }
        }
        assert_eq!(
            convention.key("vision.layers.2.x.weight").text,
            "vision.blk.2.x.weight"
        );
    }

    #[test]
    fn a_norm_behind_the_attention_changes_what_the_usual_name_means() {
        let gemma = Convention::of(["model.layers.0.pre_feedforward_layernorm.weight"].into_iter());
        let key = |name| gemma.key(name).text;
        assert_eq!(
            key("model.layers.0.post_attention_layernorm.weight"),
            "blk.0.post_attention_norm.weight"
        );
        assert_eq!(
            key("model.layers.0.pre_feedforward_layernorm.weight"),
            "blk.0.ffn_norm.weight"
        );
    }

    #[test]
    fn roles_follow_the_key() {
        let convention = Convention::of(std::iter::empty());
        let role_of = |name: &str, dimensions| role(&convention.key(name), dimensions);
        assert_eq!(role_of("model.embed_tokens.weight", 2), Role::Embedding);
        assert_eq!(role_of("lm_head.weight", 2), Role::Head);
        assert_eq!(role_of("lm_head.bias", 1), Role::Bias);
        assert_eq!(
            role_of("model.layers.1.mlp.down_proj.weight", 2),
            Role::FeedForwardOut
        );
        assert_eq!(role_of("model.norm.weight", 1), Role::Norm);
        assert_eq!(role_of("conv.kernel", 4), Role::Matrix);
    }
}
