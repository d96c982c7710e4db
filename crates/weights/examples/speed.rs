//! How fast weights are measured, beside copying and hashing the same bytes.
//!
//! `cargo run --release -p chainwright-weights --example speed [MiB]`. Each line is the best of five rounds on one
//! thread in processor time, where the system tells it.
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "no hostile input here, and time is what this is about"
)]

use std::hint::black_box;
use std::time::Instant;

use chainwright_weights::Dtype;
use chainwright_weights::review::{Entry, Measured, Piece, Review};

fn main() {
    let megabytes: usize = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(128);
    let size = megabytes << 20;
    println!("{megabytes} MiB of weights, GB/s on one thread (and time relative to copying)");
    let bytes = weights(Dtype::F32, size);
    let mut copy = vec![0_u8; size];
    let copying = best(|| copy.copy_from_slice(black_box(&bytes)));
    line("copy", size, copying, copying);
    let summing = best(|| {
        let words = bytes.as_chunks::<8>().0.iter();
        black_box(words.fold(0_u64, |sum, word| sum ^ u64::from_le_bytes(*word)));
    });
    line("read once", size, summing, copying);
    for (name, dtype, row) in [
        ("bf16", Dtype::Bf16, 4096),
        ("f16", Dtype::F16, 4096),
        ("f32", Dtype::F32, 4096),
        ("f64", Dtype::F64, 4096),
        ("f8_e4m3", Dtype::F8E4M3, 4096),
        ("i8", Dtype::I8, 4096),
        ("i32", Dtype::I32, 4096),
        ("Q4_0", Dtype::Ggml(2), 4096),
        ("Q4_K", Dtype::Ggml(12), 4096),
        ("Q6_K", Dtype::Ggml(14), 4096),
    ] {
        let bytes = weights(dtype, size);
        let time = best(|| one_thread("model.weight", dtype, row, &bytes));
        line(name, size, time, copying);
    }
    let bytes = weights(Dtype::Bf16, size);
    let time = best(|| one_thread("embed_tokens", Dtype::Bf16, 4096, &bytes));
    line("bf16 embedding, with rows", size, time, copying);
    let small: Vec<u8> = bytes[..8192].to_vec();
    let time = best(|| {
        (0..1024)
            .map(|_| one_thread("norm", Dtype::Bf16, 4096, &small))
            .sum::<usize>()
    });
    line("1024 tensors of 8 KiB", 8 << 20, time, copying);
    for (name, dtype) in [("bf16", Dtype::Bf16), ("f32", Dtype::F32)] {
        let bytes = weights(dtype, size);
        let start = Instant::now();
        two_threads(dtype, &bytes);
        let time = start.elapsed().as_secs_f64();
        line(
            &format!("{name}, two threads, by the clock"),
            size,
            time,
            copying,
        );
    }
}

fn review(name: &str, dtype: Dtype, row: u64, size: u64) -> Review {
    let width = dtype.block().map_or(1, |block| u64::from(block.bytes));
    let entry = Entry {
        name: name.to_owned(),
        dtype,
        shape: vec![size / width / row, row],
        offset: 0,
        length: size,
    };
    Review::new(vec![entry], size)
}

fn one_thread(name: &str, dtype: Dtype, row: u64, bytes: &[u8]) -> usize {
    let mut review = review(name, dtype, row, bytes.len() as u64);
    for (index, chunk) in bytes.chunks(2 << 20).enumerate() {
        review.update((index as u64) << 21, chunk);
    }
    review.finish().len()
}

fn two_threads(dtype: Dtype, bytes: &[u8]) -> usize {
    let mut review = review("model.weight", dtype, 4096, bytes.len() as u64);
    let pieces: Vec<Piece> = review.pieces().collect();
    let measure = |piece: &Piece| {
        let begin = piece.offset as usize;
        Review::measure(piece, &bytes[begin..begin + piece.length as usize])
    };
    for pair in pieces.chunks(2) {
        let measured: Vec<Measured> = std::thread::scope(|scope| {
            let threads: Vec<_> = pair
                .iter()
                .map(|piece| scope.spawn(|| measure(piece)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        for each in measured {
            review.take(each);
        }
    }
    review.finish().len()
}

/// The shortest of five runs, in processor time of this thread where the system tells it.
fn best<T>(mut run: impl FnMut() -> T) -> f64 {
    (0..5)
        .map(|_| {
            let (start, busy) = (Instant::now(), processor_time());
            black_box(run());
            match (busy, processor_time()) {
                (Some(before), Some(after)) => after - before,
                _ => start.elapsed().as_secs_f64(),
            }
        })
        .fold(f64::INFINITY, f64::min)
}

fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e9)
}

fn line(name: &str, size: usize, time: f64, copying: f64) {
    let speed = size as f64 / time / 1e9;
    println!("{name:28} {speed:7.2}   x{:.1}", time / copying);
}

/// Roughly normal weights with a deviation of 0.02; random bytes for types without an encoder here.
fn weights(dtype: Dtype, size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut normal = {
        let mut random = random;
        move || {
            let word = random();
            let parts =
                [word, word >> 16, word >> 32, word >> 48].map(|part| (part & 0xffff) as f32);
            (parts.iter().sum::<f32>() / 65536.0 - 2.0) * 0.035 + (word as f32) * 1e-24
        }
    };
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        match dtype {
            Dtype::F32 => bytes.extend(normal().to_le_bytes()),
            Dtype::F64 => bytes.extend(f64::from(normal()).to_le_bytes()),
            Dtype::Bf16 => {
                bytes.extend(((normal().to_bits() + 0x8000) >> 16).to_le_bytes()[..2].to_vec())
            }
            Dtype::F16 => bytes.extend(half(normal()).to_le_bytes()),
            _ => bytes.extend(random().to_le_bytes()),
        }
    }
    bytes.truncate(size);
    bytes
}

/// To binary16, for normal results.
fn half(value: f32) -> u16 {
    let bits = value.to_bits() + 0x1000;
    let sign = (bits >> 16) & 0x8000;
    let magnitude = (bits & 0x7fff_ffff) >> 13;
    (sign | magnitude.saturating_sub(112 << 10)) as u16
}
