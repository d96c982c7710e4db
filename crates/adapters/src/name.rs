//! The names of tensors taken apart: which module they belong to, which layer, which projection.
//!
//! A name such as `base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight` says all of it; other libraries say
//! it with underscores or other words. Names are hostile text and only ever compared with tables.

use crate::facts::{FullTensorKind, Projection};
use crate::kind::{Kind, Role, marked, prefixed};

/// A tensor's name as an adapter's part or as a whole weight.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A part of an adapter.
    Adapter {
        module: &'a str,
        /// The segment that marks it.
        marker: &'a str,
        kind: &'static Kind,
        role: Role,
    },
    /// A word with a method's prefix that the tables do not know.
    Unlisted {
        module: &'a str,
        marker: &'a str,
        kind: &'static Kind,
    },
    /// A weight as base models have them, shipped whole.
    Full {
        module: &'a str,
        kind: FullTensorKind,
    },
    /// Neither.
    Foreign,
}

/// PEFT's wrapping of the base.
const WRAPPER: &str = "base_model.model.";

/// The module without PEFT's wrapping.
pub(crate) fn module_of(name: &str) -> &str {
    // Tensors that all modules share lie directly in the wrapper.
    if matches!(name, "base_model" | "base_model.model") {
        return "";
    }
    name.strip_prefix(WRAPPER)
        .or_else(|| name.strip_prefix("base_model."))
        .unwrap_or(name)
}

/// Takes a name apart.
pub(crate) fn parse(name: &str) -> Part<'_> {
    let mut end = name.len();
    // From the back: the last marker counts, so that a module may be called anything.
    loop {
        let head = name.get(..end).unwrap_or_default();
        let start = head.rfind('.').map_or(0, |dot| dot.saturating_add(1));
        let segment = head.get(start..).unwrap_or_default();
        let tail = name.get(end..).unwrap_or_default().trim_start_matches('.');
        if let Some((kind, role)) = marked_segment(segment, tail)
            && is_plain_tail(tail)
        {
            // `to_q_lora` names its module itself.
            let module = if is_attention_lora(segment) && segment != "lora" {
                head.strip_suffix("_lora").unwrap_or(head)
            } else {
                name.get(..start.saturating_sub(1)).unwrap_or_default()
            };
            return Part::Adapter {
                module: module_of(module),
                marker: segment,
                kind,
                role: refined(segment, role, tail),
            };
        }
        if start == 0 {
            return unlisted(name).unwrap_or_else(|| full(name));
        }
        end = start.saturating_sub(1);
    }
}

/// A name such as `base_model.model.l.0.q_proj.boft_P`; only under PEFT's wrapping, where the prefix means something.
fn unlisted(name: &str) -> Option<Part<'_>> {
    let path = name.strip_prefix(WRAPPER)?;
    let mut start = 0_usize;
    for segment in path.split('.').take(64) {
        let tail_start = start.saturating_add(segment.len());
        if let Some(kind) = prefixed(segment)
            && is_plain_tail(segment)
            && is_plain_tail(path.get(tail_start..)?.trim_start_matches('.'))
        {
            let module = path.get(..start.saturating_sub(1))?;
            return Some(Part::Unlisted {
                module,
                marker: segment,
                kind,
            });
        }
        start = tail_start.saturating_add(1);
    }
    None
}

/// diffusers' older spellings: `to_q_lora.down.weight`, `lora.up.weight`, `lora_linear_layer.down.weight`.
fn marked_segment(segment: &str, tail: &str) -> Option<(&'static Kind, Role)> {
    if is_attention_lora(segment) && direction(tail).is_some() {
        return marked("lora_A");
    }
    // `alpha` and the like belong to an adapter only as the last word.
    let (kind, role) = marked(segment)?;
    let is_common = matches!(
        segment,
        "alpha" | "scale" | "diff" | "diff_b" | "indices" | "rescale"
    );
    (!is_common || tail.is_empty()).then_some((kind, role))
}

fn is_attention_lora(segment: &str) -> bool {
    segment == "lora"
        || ["_lora", "_lora1", "_lora2", "_adapter"]
            .iter()
            .any(|ending| segment.ends_with(ending))
}

fn direction(tail: &str) -> Option<Role> {
    match tail.split('.').next() {
        Some("down" | "linear_in") => Some(Role::Down),
        Some("up" | "linear_out") => Some(Role::Up),
        _ => None,
    }
}

/// The bias of B is not B.
fn refined(segment: &str, role: Role, tail: &str) -> Role {
    match role {
        Role::Up | Role::Down if tail == "bias" || tail.ends_with(".bias") => Role::Other,
        Role::Other | Role::Down
            if segment == "lora_linear_layer" || is_attention_lora(segment) =>
        {
            direction(tail).unwrap_or(role)
        }
        _ => role,
    }
}

/// At most two short plain words, such as `default.weight`: the adapter's name and the kind of parameter.
fn is_plain_tail(tail: &str) -> bool {
    if tail.len() > 256 {
        return false;
    }
    let is_plain = |word: &str| {
        !word.is_empty()
            && word.len() <= 64
            && word
                .chars()
                .all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '-')
    };
    // Textual inversion calls its one parameter `*`.
    let tail = tail
        .strip_suffix("string_to_param.*")
        .map_or(tail, |rest| rest.trim_end_matches('.'));
    tail.is_empty() || (tail.split('.').count() <= 3 && tail.split('.').all(is_plain))
}

/// Words that end the name of a parameter of a base model.
const PARAMETERS: [&str; 2] = [".weight", ".bias"];

fn full(name: &str) -> Part<'_> {
    let Some(module) = PARAMETERS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
    else {
        return Part::Foreign;
    };
    let module = module_of(module);
    let module = module.strip_suffix(".base_layer").unwrap_or(module);
    let is_path = module.len() <= 256
        && module.split('.').all(|segment| {
            !segment.is_empty()
                && segment
                    .chars()
                    .all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '-')
        });
    if !is_path {
        return Part::Foreign;
    }
    Part::Full {
        module,
        kind: full_kind(module, name.ends_with(".bias")),
    }
}

/// Last words of modules that hold the embedding.
const EMBEDDINGS: [&str; 13] = [
    "embed_tokens",
    "wte",
    "wpe",
    "word_embeddings",
    "embed_in",
    "tok_embeddings",
    "shared",
    "token_embd",
    "embed_positions",
    "embeddings",
    "position_embeddings",
    "token_embedding",
    "position_embedding",
];
/// Last words of modules that turn the last state into words.
const HEADS: [&str; 6] = [
    "lm_head",
    "embed_out",
    "output",
    "generator_lm_head",
    "output_layer",
    "cls",
];
/// Heads of tasks, which are trained from nothing and therefore always shipped.
const TASK_HEADS: [&str; 10] = [
    "score",
    "classifier",
    "qa_outputs",
    "v_head",
    "summary",
    "classification_head",
    "reward_head",
    "pre_classifier",
    "value_head",
    "regression_head",
];

fn full_kind(module: &str, is_bias: bool) -> FullTensorKind {
    let last = module.rsplit('.').next().unwrap_or_default();
    let has = |words: &[&str]| module.split('.').any(|segment| words.contains(&segment));
    if has(&TASK_HEADS) {
        FullTensorKind::TaskHead
    } else if HEADS.contains(&last) && !module.contains("attention") && !has(&["layer", "layers"]) {
        FullTensorKind::OutputHead
    } else if EMBEDDINGS.contains(&last) {
        FullTensorKind::Embedding
    } else if last.contains("norm") || last.starts_with("ln_") || last == "ln" {
        FullTensorKind::Norm
    } else if is_bias {
        FullTensorKind::Bias
    } else {
        FullTensorKind::Matrix
    }
}

/// The layer: the first number that stands alone between dots, or else between underscores.
pub(crate) fn layer_of(module: &str) -> Option<u32> {
    first_number(module.split('.')).or_else(|| first_number(module.split(['.', '_'])))
}

fn first_number<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<u32> {
    words
        .by_ref()
        .filter(|part| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
        .find_map(|part| part.parse().ok())
}

/// Endings of module names, longest first where one is part of another.
const PROJECTIONS: &[(&str, Projection)] = &[
    ("q_proj", Projection::Query),
    ("to_q", Projection::Query),
    ("attn_q", Projection::Query),
    ("query", Projection::Query),
    ("wq", Projection::Query),
    ("k_proj", Projection::Key),
    ("to_k", Projection::Key),
    ("attn_k", Projection::Key),
    ("key", Projection::Key),
    ("wk", Projection::Key),
    ("v_proj", Projection::Value),
    ("to_v", Projection::Value),
    ("attn_v", Projection::Value),
    ("query_key_value", Projection::Fused),
    ("value", Projection::Value),
    ("wv", Projection::Value),
    ("o_proj", Projection::Output),
    ("out_proj", Projection::Output),
    ("to_out_0", Projection::Output),
    ("to_out.0", Projection::Output),
    ("to_out", Projection::Output),
    ("attn_output", Projection::Output),
    ("wo", Projection::Output),
    ("attention.dense", Projection::Output),
    ("attn.c_proj", Projection::Output),
    ("gate_proj", Projection::Gate),
    ("ffn_gate", Projection::Gate),
    ("w1", Projection::Gate),
    ("gate_up_proj", Projection::Up),
    ("up_proj", Projection::Up),
    ("ffn_up", Projection::Up),
    ("w3", Projection::Up),
    ("c_fc", Projection::Up),
    ("fc1", Projection::Up),
    ("dense_h_to_4h", Projection::Up),
    ("down_proj", Projection::Down),
    ("ffn_down", Projection::Down),
    ("w2", Projection::Down),
    ("fc2", Projection::Down),
    ("mlp.c_proj", Projection::Down),
    ("dense_4h_to_h", Projection::Down),
    ("qkv_proj", Projection::Fused),
    ("c_attn", Projection::Fused),
    ("Wqkv", Projection::Fused),
    ("embed_tokens", Projection::Embedding),
    ("wte", Projection::Embedding),
    ("word_embeddings", Projection::Embedding),
    ("lm_head", Projection::Head),
    ("embed_out", Projection::Head),
];

/// Which projection a module is; `Other` where its name says nothing known.
pub(crate) fn projection_of(module: &str) -> Projection {
    let module = module.strip_suffix(".weight").unwrap_or(module);
    let ends_with = |ending: &str| {
        module
            .strip_suffix(ending)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.') || rest.ends_with('_'))
    };
    PROJECTIONS
        .iter()
        .find(|(ending, _)| ends_with(ending))
        .map_or(Projection::Other, |(_, projection)| *projection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> String {
        match parse(name) {
            Part::Adapter {
                module, kind, role, ..
            } => {
                format!("{module} {} {role:?}", kind.name)
            }
            Part::Unlisted { module, kind, .. } => format!("{module} unlisted {}", kind.name),
            Part::Full { module, kind } => format!("{module} full {kind:?}"),
            Part::Foreign => "foreign".to_owned(),
        }
    }

    #[test]
    fn names_of_all_libraries_are_taken_apart() {
        let cases = [
            (
                "base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight",
                "model.layers.3.self_attn.q_proj LORA Down",
            ),
            (
                "base_model.model.model.layers.3.self_attn.q_proj.lora_B.default.weight",
                "model.layers.3.self_attn.q_proj LORA Up",
            ),
            (
                "base_model.model.l.0.q_proj.lora_B.bias",
                "l.0.q_proj LORA Other",
            ),
            (
                "base_model.model.model.embed_tokens.lora_embedding_A",
                "model.embed_tokens LORA Down",
            ),
            (
                "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta",
                "model.embed_tokens.token_adapter TRAINABLE_TOKENS TokenRows",
            ),
            (
                "base_model.model.l.0.down_proj.glora_A.Xd",
                "l.0.down_proj GLORA Other",
            ),
            ("base_model.frod_V.mlp_down_proj", " FROD Other"),
            (
                "base_model.model.l.1.poly_router.module_logits",
                "l.1 POLY Other",
            ),
            ("prompt_embeddings", " PROMPT_TUNING Prompt"),
            (
                "lora_unet_down_blocks_0_attentions_0_to_q.lora_down.weight",
                "lora_unet_down_blocks_0_attentions_0_to_q LORA Down",
            ),
            (
                "lora_unet_down_blocks_0_attentions_0_to_q.alpha",
                "lora_unet_down_blocks_0_attentions_0_to_q LORA Alpha",
            ),
            (
                "unet.mid_block.attn1.processor.to_q_lora.down.weight",
                "unet.mid_block.attn1.processor.to_q LORA Down",
            ),
            (
                "unet.mid_block.attn1.to_q.lora.up.weight",
                "unet.mid_block.attn1.to_q LORA Up",
            ),
            (
                "text_encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight",
                "text_encoder.layers.0.self_attn.q_proj LORA Up",
            ),
            (
                "blk.0.attn_q.weight.lora_a",
                "blk.0.attn_q.weight LORA Down",
            ),
            ("base_model.model.lm_head.weight", "lm_head full OutputHead"),
            (
                "base_model.model.model.embed_tokens.base_layer.weight",
                "model.embed_tokens full Embedding",
            ),
            ("base_model.model.score.weight", "score full TaskHead"),
            (
                "base_model.model.model.layers.3.mlp.down_proj.weight",
                "model.layers.3.mlp.down_proj full Matrix",
            ),
            ("base_model.model.model.norm.weight", "model.norm full Norm"),
            ("base_model.model.l.0.q_proj.bias", "l.0.q_proj full Bias"),
            ("payload", "foreign"),
            (
                "base_model.model.l.0.q_proj.lora_C.weight",
                "l.0.q_proj unlisted LORA",
            ),
            ("a b.weight", "foreign"),
            ("", "foreign"),
        ];
        for (name, expected) in cases {
            assert_eq!(shown(name), expected, "{name}");
        }
    }

    #[test]
    fn layers_and_projections_are_read_from_modules() {
        let cases = [
            (
                "model.layers.17.self_attn.q_proj",
                Some(17),
                Projection::Query,
            ),
            ("transformer.h.2.mlp.c_proj", Some(2), Projection::Down),
            ("transformer.h.2.attn.c_proj", Some(2), Projection::Output),
            (
                "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_k",
                Some(1),
                Projection::Key,
            ),
            ("blk.4.ffn_down.weight", Some(4), Projection::Down),
            (
                "model.decoder_2.layers.5.q_proj",
                Some(5),
                Projection::Query,
            ),
            ("lm_head", None, Projection::Head),
            ("", None, Projection::Other),
        ];
        for (module, layer, projection) in cases {
            assert_eq!(
                (layer_of(module), projection_of(module)),
                (layer, projection),
                "{module}"
            );
        }
    }
}
