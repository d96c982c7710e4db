//! How fast two models are compared, on all cores: equal, one matrix edited, everything trained, strangers, quantised.
//!
//! `cargo bench -p chainwright-lineage -- --quick`
#![expect(clippy::arithmetic_side_effects, reason = "no hostile input is near")]

use std::hint::black_box;
use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_lineage::{Options, compare, fingerprint};
use chainwright_weights::linear::Random;
use chainwright_weights::{Dtype, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const WIDTH: usize = 1024;
const INNER: usize = 4096;
const LAYERS: usize = 4;

/// Names, rows and columns of about fifty million weights.
fn layout() -> Vec<(String, usize, usize)> {
    let mut all = vec![("model.embed_tokens.weight".to_owned(), 4000, WIDTH)];
    for layer in 0..LAYERS {
        for (part, rows, columns) in [
            ("self_attn.q_proj", WIDTH, WIDTH),
            ("self_attn.k_proj", WIDTH, WIDTH),
            ("self_attn.v_proj", WIDTH, WIDTH),
            ("self_attn.o_proj", WIDTH, WIDTH),
            ("mlp.up_proj", INNER, WIDTH),
            ("mlp.down_proj", WIDTH, INNER),
        ] {
            all.push((format!("model.layers.{layer}.{part}.weight"), rows, columns));
        }
    }
    all
}

fn numbers(seed: u64, count: usize, scale: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| (random.uniform() as f32 - 0.5) * scale)
        .collect()
}

/// A model of binary32 rounded to bfloat16; tensors whose name contains `moved` are moved.
fn model(seed: u64, moved: Option<&str>) -> Vec<Tensor> {
    let made = layout().into_iter().zip(0_u64..);
    made.map(|((name, rows, columns), number)| {
        let mut values = numbers(seed + number, rows * columns, 0.06);
        if moved.is_some_and(|word| name.contains(word)) {
            let steps = numbers(seed + number + 1000, rows * columns, 0.002);
            values.iter_mut().zip(steps).for_each(|(x, y)| *x += y);
        }
        let halves = values.iter().map(|value| (value.to_bits() >> 16) as u16);
        Tensor {
            name,
            dtype: Dtype::Bf16,
            shape: vec![rows as u64, columns as u64],
            bytes: Arc::new(halves.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        }
    })
    .collect()
}

/// The same shapes in eight-bit blocks of zeros: only their cost matters.
fn quantised(model: &[Tensor]) -> Vec<Tensor> {
    let turned = model.iter().map(|tensor| Tensor {
        dtype: Dtype::Ggml(8),
        bytes: Arc::new(vec![0_u8; (tensor.elements() / 32 * 34) as usize]),
        ..tensor.clone()
    });
    turned.collect()
}

fn size(tensors: &[Tensor]) -> u64 {
    tensors.iter().map(|tensor| tensor.bytes.size()).sum()
}

fn comparisons(criterion: &mut Criterion) {
    let budget = Budget::untimed(Limits::default());
    let base = model(1, None);
    let mut group = criterion.benchmark_group("compare");
    group.sample_size(10);
    for (name, derived) in [
        ("equal", base.clone()),
        ("one matrix edited", model(1, Some("layers.2.mlp.down"))),
        ("everything trained", model(1, Some("model"))),
        ("another model", model(5000, None)),
        ("quantised", quantised(&base)),
    ] {
        group.throughput(Throughput::Bytes(size(&base) + size(&derived)));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| compare(black_box(&base), &derived, Options::default(), &budget));
        });
    }
    group.finish();
    criterion.bench_function("fingerprint", |bencher| {
        bencher.iter(|| fingerprint(black_box(&base), &budget));
    });
}

criterion_group!(benches, comparisons);
criterion_main!(benches);
