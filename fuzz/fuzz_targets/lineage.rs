//! Two models of small tensors whose sizes and types the input chooses.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_lineage::{Options, compare, judge};
use chainwright_weights::{Dtype, Tensor};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 6] = [
    "model.embed_tokens.weight",
    "model.layers.0.self_attn.q_proj.weight",
    "blk.0.attn_qkv.weight",
    "model.layers.0.mlp.down_proj.weight",
    "lm_head.weight",
    "model.layers.0.mlp.down_proj.weight_scale",
];

fn tensors(data: &[u8]) -> Vec<Tensor> {
    let made = data.chunks(260).take(6).filter_map(|piece| {
        let (head, bytes) = piece.split_at_checked(4)?;
        Some(Tensor {
            name: NAMES[usize::from(head[0]) % NAMES.len()].to_owned(),
            dtype: match head[1] {
                0..50 => Dtype::Ggml(u32::from(head[1])),
                50..100 => Dtype::I8,
                100..150 => Dtype::Bf16,
                _ => Dtype::F32,
            },
            shape: vec![u64::from(head[2] % 33), u64::from(head[3] % 33)],
            bytes: Arc::new(bytes.to_vec()),
        })
    });
    made.collect()
}

fuzz_target!(|data: &[u8]| {
    let (base, derived) = data.split_at(data.len() / 2);
    let budget = Budget::untimed(Limits::default());
    let seen = compare(&tensors(base), &tensors(derived), Options::default(), &budget);
    let _ = judge(&seen, None);
});
