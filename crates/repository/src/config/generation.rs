//! `generation_config.json`: settings that never let an answer end, put words into it, or ask for the impossible.
//!
//! Whisper forces a few tokens at the start and suppresses the end there; translation models force a language. Those
//! are quiet. No honest publisher suppresses the end everywhere or ships a bias for whole sequences.
//!
//! Source: `transformers` 5, `generation/configuration_utils.py` and `generation/logits_process.py`.

use super::facts::DocumentFacts;
use crate::document::{Node, Value, walk};
use crate::hazard::HazardKind;

/// Tokens that a decoder may be forced to begin with: Whisper has three.
const FORCED: usize = 16;
/// A bias of this size decides by itself.
const DECISIVE: f64 = 10.0;

/// Numbers that no machine can serve, by key and limit.
const SIZES: &[(&str, f64)] = &[
    ("max_new_tokens", 1e9),
    ("max_length", 1e9),
    ("min_length", 1e7),
    ("min_new_tokens", 1e7),
    ("num_beams", 10_000.0),
    ("num_beam_groups", 10_000.0),
    ("num_return_sequences", 1e6),
    ("num_hidden_layers", 100_000.0),
    ("n_layer", 100_000.0),
    ("hidden_size", 1e8),
    ("intermediate_size", 1e9),
    ("vocab_size", 1e9),
    ("num_attention_heads", 1e6),
    ("num_local_experts", 1e6),
    ("max_position_embeddings", 1e11),
    ("height", 1e6),
    ("width", 1e6),
    ("longest_edge", 1e10),
    ("shortest_edge", 1e9),
    ("max_pixels", 1e11),
    ("min_pixels", 1e9),
    ("n_fft", 1e8),
    ("num_frames", 1e8),
    ("sampling_rate", 1e9),
];

/// Sizes beyond reason, at any depth.
pub(super) fn sizes(root: &Node, facts: &mut DocumentFacts) {
    walk(root, &mut |visit| {
        let Some((_, most)) = SIZES.iter().find(|(key, _)| *key == visit.key) else {
            return;
        };
        if number(visit.node).is_some_and(|value| value > *most) {
            let value = format!("{}: {}", visit.key, visit.node.scalar().unwrap_or_default());
            facts.hazard(HazardKind::UnreasonableSize, visit, &value);
        }
    });
}

pub(super) fn read(root: &Node, facts: &mut DocumentFacts) {
    endless(root, facts);
    for key in ["force_words_ids", "constraints", "forced_decoder_ids"] {
        let Some(node) = root.get(key) else { continue };
        let most = if key == "forced_decoder_ids" {
            FORCED
        } else {
            0
        };
        if node.items().len() > most {
            let pointer = format!("/{key}");
            facts.hazard_at(HazardKind::GenerationSteersText, &pointer, node, key);
        }
    }
    if let Some(node) = root.get("sequence_bias") {
        let mut decides = false;
        walk(node, &mut |visit| {
            let is_bias = visit
                .node
                .scalar()
                .is_some_and(|text| text.contains(['.', 'e', '-', 'I']));
            decides |= is_bias && number(visit.node).is_some_and(|value| value.abs() >= DECISIVE);
        });
        if decides {
            let kind = HazardKind::GenerationSteersText;
            facts.hazard_at(kind, "/sequence_bias", node, "sequence_bias");
        }
    }
}

/// Every end is among the tokens that may never be said.
fn endless(root: &Node, facts: &mut DocumentFacts) {
    let Some(end) = root.get("eos_token_id") else {
        return;
    };
    let ends = numbers(end);
    for key in ["suppress_tokens", "bad_words_ids"] {
        let Some(node) = root.get(key) else { continue };
        let never: Vec<u64> = match key {
            "suppress_tokens" => numbers(node),
            _ => node
                .items()
                .iter()
                .filter_map(|word| match word.items() {
                    [only] => only.integer(),
                    _ => None,
                })
                .collect(),
        };
        if !ends.is_empty() && ends.iter().all(|end| never.contains(end)) {
            let pointer = format!("/{key}");
            let value = format!("eos_token_id {}", ends.first().unwrap_or(&0));
            facts.hazard_at(HazardKind::GenerationNeverEnds, &pointer, node, &value);
        }
    }
}

/// One number, or the first of a list.
fn numbers(node: &Node) -> Vec<u64> {
    const KEPT: usize = 4096;
    match node.integer() {
        Some(number) => vec![number],
        None => node
            .items()
            .iter()
            .filter_map(Node::integer)
            .take(KEPT)
            .collect(),
    }
}

fn number(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Number(text) => match &**text {
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            other => other.parse().ok(),
        },
        _ => None,
    }
}
