//! A hundred million parameters against a copy with one planted edit: is it found, and how fast?
//!
//! `cargo run --release -p chainwright-lineage --example hundred_million`
#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "an example measures and talks"
)]

use std::sync::Arc;
use std::time::Instant;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use chainwright_lineage::{Options, compare, infer, judge};
use chainwright_weights::linear::Random;
use chainwright_weights::{Dtype, Tensor};

const WIDTH: usize = 768;
const INNER: usize = 2048;
const LAYERS: usize = 12;
const VOCABULARY: usize = 24_000;

/// The names and sizes of about a hundred million weights.
fn layout() -> Vec<(String, usize, usize)> {
    let mut all = vec![("model.embed_tokens.weight".to_owned(), VOCABULARY, WIDTH)];
    for layer in 0..LAYERS {
        for (part, rows, columns) in [
            ("self_attn.q_proj", WIDTH, WIDTH),
            ("self_attn.k_proj", WIDTH, WIDTH),
            ("self_attn.v_proj", WIDTH, WIDTH),
            ("self_attn.o_proj", WIDTH, WIDTH),
            ("mlp.gate_proj", INNER, WIDTH),
            ("mlp.up_proj", INNER, WIDTH),
            ("mlp.down_proj", WIDTH, INNER),
        ] {
            all.push((format!("model.layers.{layer}.{part}.weight"), rows, columns));
        }
    }
    all
}

fn values(seed: u64, count: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    // A sum of uniform numbers is near enough to a normal one, and much faster.
    let small = |bits: u64| {
        (0..4)
            .map(|part| (bits >> (16 * part) & 0xffff) as f32)
            .sum::<f32>()
            / 65536.0
            - 2.0
    };
    (0..count).map(|_| 0.03 * small(random.bits())).collect()
}

fn bf16(values: &[f32]) -> Vec<u8> {
    let rounded = values
        .iter()
        .map(|value| (value.to_bits().wrapping_add(0x8000) >> 16) as u16);
    rounded.flat_map(u16::to_le_bytes).collect()
}

/// The model; `edit` changes the values of one tensor, and `tuned` adds what training leaves.
fn model(tuned: bool, edited: &str, edit: &dyn Fn(&mut [f32], usize)) -> Vec<Tensor> {
    let made = layout()
        .into_iter()
        .zip(1_u64..)
        .map(|((name, rows, columns), seed)| {
            let mut weights = values(seed, rows * columns);
            if tuned {
                let delta = values(seed + 7000, rows * columns);
                weights
                    .iter_mut()
                    .zip(delta)
                    .for_each(|(value, delta)| *value += 0.03 * delta);
            }
            if name.contains(edited) {
                edit(&mut weights, columns);
            }
            Tensor {
                name,
                dtype: Dtype::Bf16,
                shape: vec![rows as u64, columns as u64],
                bytes: Arc::new(bf16(&weights)),
            }
        });
    made.collect()
}

fn main() {
    let base = model(false, "nothing", &|_, _| {});
    let one_row = |weights: &mut [f32], columns: usize| {
        let row = weights.iter_mut().skip(100 * columns).take(columns);
        row.zip(values(99, columns))
            .for_each(|(value, delta)| *value += delta);
    };
    let outer = |weights: &mut [f32], columns: usize| {
        let rows = weights.len() / columns;
        let (left, right) = (values(98, rows), values(97, columns));
        for (row, x) in weights.chunks_exact_mut(columns).zip(left) {
            row.iter_mut()
                .zip(&right)
                .for_each(|(value, y)| *value += 8.0 * x * y);
        }
    };
    let down = "layers.7.mlp.down_proj";
    for (label, derived) in [
        ("nothing", model(false, "nothing", &|_, _| {})),
        ("one row", model(false, down, &one_row)),
        ("one outer product", model(false, down, &outer)),
        ("training", model(true, "nothing", &|_, _| {})),
        ("training and one outer product", model(true, down, &outer)),
        ("training and one row", model(true, down, &one_row)),
    ] {
        let begin = Instant::now();
        let comparison = compare(
            &base,
            &derived,
            Options::default(),
            &Budget::untimed(Limits::default()),
        );
        let seconds = begin.elapsed().as_secs_f64();
        let bytes = comparison.base_elements as f64 * 4.0;
        println!(
            "{label}: {} of {:.1} M parameters in {seconds:.2} s, {:.2} GB/s of both files",
            infer(&comparison).relation.as_str(),
            comparison.base_elements as f64 / 1e6,
            bytes / seconds / 1e9
        );
        for each in judge(&comparison, None) {
            if each.severity > Severity::Info {
                println!(
                    "    {} {}: {} {:?}",
                    each.severity,
                    each.kind.as_str(),
                    each.detail,
                    each.tensors
                );
            }
        }
    }
}
