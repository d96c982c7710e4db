//! How fast weights become statistics, numbers and spectra, on one thread.
//!
//! `cargo bench -p chainwright-weights -- --quick`
#![expect(clippy::arithmetic_side_effects, reason = "no hostile input is near")]

use std::hint::black_box;

use chainwright_weights::Dtype;
use chainwright_weights::decode::decode;
use chainwright_weights::linear::{InMemory, Random, Sketch, top_singular_values};
use chainwright_weights::review::{Entry, Review};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const BYTES: usize = 8 << 20;
const ROW: u64 = 4096;

const TYPES: &[(&str, Dtype)] = &[
    ("f32", Dtype::F32),
    ("bf16", Dtype::Bf16),
    ("f16", Dtype::F16),
    ("f8_e4m3", Dtype::F8E4M3),
    ("i8", Dtype::I8),
    ("Q8_0", Dtype::Ggml(8)),
    ("Q4_0", Dtype::Ggml(2)),
    ("Q4_K", Dtype::Ggml(12)),
    ("Q6_K", Dtype::Ggml(14)),
];

/// Bytes whose numbers are finite in the types with exponents.
fn bytes() -> Vec<u8> {
    let mut random = Random::new(1);
    let words = (0..BYTES / 8).map(|_| random.bits() & 0x3fff_3fff_3fff_3fff);
    words.flat_map(u64::to_le_bytes).collect()
}

fn statistics(criterion: &mut Criterion) {
    let bytes = bytes();
    let mut group = criterion.benchmark_group("statistics");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(BYTES as u64));
    for (name, dtype) in TYPES {
        let width = dtype.block().map_or(1, |block| u64::from(block.bytes));
        let entry = Entry {
            name: "model.weight".to_owned(),
            dtype: *dtype,
            shape: vec![BYTES as u64 / width / ROW, ROW],
            offset: 0,
            length: BYTES as u64,
        };
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let mut review = Review::new(vec![entry.clone()], BYTES as u64);
                review.update(0, &bytes);
                black_box(review.finish().len())
            });
        });
    }
    group.finish();
}

fn decoding(criterion: &mut Criterion) {
    let bytes = bytes();
    let piece = bytes.get(..144 * 256).unwrap_or_default();
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(piece.len() as u64));
    for (name, dtype) in TYPES {
        let mut values = Vec::new();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                decode(*dtype, black_box(piece), &mut values);
                values.len()
            });
        });
    }
    group.finish();
}

fn spectra(criterion: &mut Criterion) {
    let mut random = Random::new(2);
    let (rows, columns) = (768, 1024);
    let data: Vec<f32> = (0..rows * columns)
        .map(|_| random.normal() as f32)
        .collect();
    let mut group = criterion.benchmark_group("top_singular_values");
    group.sample_size(10);
    group.throughput(Throughput::Elements(data.len() as u64));
    for (wanted, rounds) in [(8, 2), (136, 1)] {
        let sketch = Sketch {
            wanted,
            rounds,
            ..Sketch::default()
        };
        group.bench_function(BenchmarkId::from_parameter(wanted), |bencher| {
            bencher.iter(|| top_singular_values(InMemory::new(columns, black_box(&data)), sketch));
        });
    }
    group.finish();
}

criterion_group!(benches, statistics, decoding, spectra);
criterion_main!(benches);
