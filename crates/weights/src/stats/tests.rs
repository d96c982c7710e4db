#![expect(
    clippy::arithmetic_side_effects,
    reason = "offsets of files that the test builds"
)]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use proptest::prelude::*;

use super::*;
use crate::review::{Entry, Review, measure};
use crate::tensor::Tensor;

fn random(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// Roughly normal numbers of this deviation.
fn normal(count: usize, deviation: f32) -> Vec<f32> {
    let mut next = random(7);
    (0..count)
        .map(|_| {
            let sum: f32 = (0..3)
                .flat_map(|_| {
                    let word = next();
                    [word, word >> 16, word >> 32, word >> 48]
                        .map(|part| (part & 0xffff) as f32 / 65536.0)
                })
                .sum();
            let fine = (next() >> 40) as f32 / 1.7e7 / 65536.0;
            (sum - 6.0 + fine) * deviation
        })
        .collect()
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn bf16_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| (((value.to_bits() + 0x8000) >> 16) as u16).to_le_bytes())
        .collect()
}

fn stats(name: &str, dtype: Dtype, shape: &[u64], bytes: Vec<u8>) -> TensorStats {
    let tensor = Tensor {
        name: name.to_owned(),
        dtype,
        shape: shape.to_vec(),
        bytes: Arc::new(bytes),
    };
    measure(&tensor, &Budget::untimed(Limits::default()))
        .expect("memory")
        .stats
        .expect("measured")
}

#[test]
fn moments_are_those_of_the_values_whatever_the_type() {
    let values = normal(50_000, 0.02);
    let full = stats("w", Dtype::F32, &[50_000], bytes_of(&values));
    let short = stats("w", Dtype::Bf16, &[50_000], bf16_of(&values));
    let few = stats("w", Dtype::F32, &[5000], bytes_of(&values[..5000]));
    let double: Vec<u8> = values
        .iter()
        .flat_map(|value| f64::from(*value).to_le_bytes())
        .collect();
    let double = stats("w", Dtype::F64, &[50_000], double);
    for stats in [&full, &short, &few, &double] {
        assert!((stats.deviation() - 0.02).abs() < 0.0005, "{stats:?}");
        assert!(stats.mean.abs() < 0.001 && (stats.kurtosis + 0.1).abs() < 0.2);
        assert_eq!((stats.nan, stats.infinities(), stats.enormous), (0, 0, 0));
        assert!(stats.min < -0.05 && stats.max > 0.05);
        let counted: u64 = stats.exponents.iter().map(|(_, count)| count).sum();
        assert_eq!(counted + stats.zeros, stats.count);
    }
    assert_eq!(full.count, 50_000);
    assert!((full.variance - double.variance).abs() < 1e-12);
}

#[test]
fn special_values_are_counted_in_every_float_type() {
    let values = [
        0.0,
        -0.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        1.5,
        f32::MAX,
    ];
    let full = stats("w", Dtype::F32, &[8], bytes_of(&values));
    let double: Vec<u8> = values
        .iter()
        .map(|value| match value {
            value if *value == f32::MAX => f64::MAX,
            value if *value == 1e-40 => 1e-310,
            value => f64::from(*value),
        })
        .flat_map(f64::to_le_bytes)
        .collect();
    let double = stats("w", Dtype::F64, &[8], double);
    let codes = [0, 0x8000, 0x7fc0, 0x7f80, 0xff80, 1, 0x3fc0, 0x7f7f_u16];
    let short: Vec<u8> = codes.iter().flat_map(|code| code.to_le_bytes()).collect();
    let short = stats("w", Dtype::Bf16, &[8], short);
    let codes = [0, 0x8000, 0x7e00, 0x7c00, 0xfc00, 1, 0x3e00, 0x7bff_u16];
    let half: Vec<u8> = codes.iter().flat_map(|code| code.to_le_bytes()).collect();
    let half = stats("w", Dtype::F16, &[8], half);
    for stats in [&full, &double, &short, &half] {
        let counts = [
            stats.zeros,
            stats.nan,
            stats.positive_infinities,
            stats.negative_infinities,
            stats.subnormals,
            stats.extremes,
            stats.enormous,
        ];
        assert_eq!(counts, [2, 1, 1, 1, 1, 1, 0], "{stats:?}");
        assert_eq!((stats.count, stats.sampled, stats.nan_contents), (8, 5, 1));
    }
}

#[test]
fn integers_and_blocks_have_values_too() {
    let integers: Vec<u8> = (0..1000_i64).flat_map(i64::to_le_bytes).collect();
    let integers = stats("position_ids", Dtype::I64, &[1000], integers);
    assert_eq!(
        (integers.count, integers.zeros, integers.max),
        (1000, 1, 999.0)
    );
    let block = [[0, 0x3c].as_slice(), &[2; 32]].concat();
    let blocks = stats("w", Dtype::Ggml(8), &[32, 32], block.repeat(32));
    assert_eq!(
        (blocks.count, blocks.mean, blocks.is_constant),
        (1024, 2.0, true)
    );
    let bools = stats("mask", Dtype::Bool, &[4], vec![0, 1, 1, 0]);
    assert_eq!((bools.zeros, bools.mean, bools.distinct), (2, 0.5, 2));
}

#[test]
fn rows_that_repeat_are_zero_or_stick_out_are_found() {
    let mut values = normal(100 * 64, 0.02);
    values[64..128].fill(0.0);
    for value in &mut values[320..384] {
        *value *= 100.0;
    }
    let row: Vec<f32> = values[640..704].to_vec();
    values[704..768].copy_from_slice(&row);
    let found = stats(
        "model.embed_tokens.weight",
        Dtype::F32,
        &[100, 64],
        bytes_of(&values),
    );
    let rows = found.rows.expect("an embedding");
    assert_eq!(
        (rows.count, rows.zero, rows.repeated, rows.outliers),
        (100, 1, 1, 1)
    );
    assert_eq!(rows.farthest.first().map(|(row, _)| *row), Some(5));
    assert!(
        stats("mlp.weight", Dtype::F32, &[100, 64], bytes_of(&values))
            .rows
            .is_none()
    );
}

#[test]
fn random_lowest_bits_flatten_the_slope_of_their_planes() {
    let count = 1 << 18;
    let honest = bf16_of(&normal(count, 0.02));
    let mut planted = honest.clone();
    let mut next = random(99);
    for low in planted.iter_mut().step_by(2) {
        *low = (*low & 0xf0) | (next() & 15) as u8;
    }
    let slopes = |bytes: Vec<u8>| {
        let found = stats("w", Dtype::Bf16, &[256, 1024], bytes);
        let low = found.low.expect("a float");
        low.pairs
            .iter()
            .find(|test| test.plane == 3)
            .copied()
            .expect("tested")
    };
    let (honest, planted) = (slopes(honest), slopes(planted));
    assert!(
        (honest.slope - 1.0).abs() < 5.0 / honest.power,
        "{honest:?}"
    );
    assert!(planted.slope.abs() < 5.0 / planted.power, "{planted:?}");
    assert!(honest.power > 10.0 && honest.scatter < 1.5 && planted.scatter < 1.5);
}

#[test]
fn pieces_and_a_stream_give_the_same_statistics() {
    let first = bf16_of(&normal(20_000, 0.5));
    let second = bytes_of(&normal(300_001, 0.02));
    let third = vec![7; 999];
    let file = [[1; 13].as_slice(), &first, &second, &[9; 5], &third].concat();
    let entry = |name: &str, dtype, offset: usize, length: usize, width: u64| Entry {
        name: name.to_owned(),
        dtype,
        shape: vec![length as u64 / width],
        offset: offset as u64,
        length: length as u64,
    };
    let behind = 13 + first.len();
    let entries = vec![
        entry("u8", Dtype::U8, behind + second.len() + 5, third.len(), 1),
        entry("f32", Dtype::F32, behind, second.len(), 4),
        entry("tied", Dtype::F32, behind, second.len(), 4),
        entry("inside", Dtype::F32, behind + 4, 16, 4),
        entry("bf16", Dtype::Bf16, 13, first.len(), 2),
        entry("outside", Dtype::U8, 0, usize::MAX, 1),
    ];
    let size = file.len() as u64;
    let mut pieces = Review::new(entries.clone(), size);
    crate::review::read(&mut pieces, &file, &Budget::untimed(Limits::default())).expect("memory");
    let expected = pieces.finish();
    assert!(expected[0].stats.is_some() && expected[1].stats.is_some());
    assert!(expected[2].is_alias && expected[2].stats == expected[1].stats);
    assert!(expected[3].stats.is_none() && expected[5].stats.is_none());
    for step in [1000, 65_536, 100_001, file.len()] {
        let mut stream = Review::new(entries.clone(), size);
        for (index, chunk) in file.chunks(step).enumerate() {
            stream.update((index * step) as u64, chunk);
        }
        assert_eq!(stream.finish(), expected, "chunks of {step}");
    }
    let mut cut = Review::new(entries, size);
    cut.update(0, &file[..behind + 100]);
    assert!(cut.finish()[1].stats.is_none());
}

#[test]
fn large_tensors_are_joined_from_pieces() {
    let bytes = bf16_of(&normal(5_000_000, 0.02)).repeat(2);
    let whole = stats("w", Dtype::Bf16, &[10_000_000], bytes.clone());
    assert_eq!(
        (whole.count, whole.blocks.count),
        (10_000_000, 20_000_000_u64.div_ceil(65_536))
    );
    assert!((whole.deviation() - 0.02).abs() < 0.0005);
    assert_eq!(whole, stats("w", Dtype::Bf16, &[10_000_000], bytes));
}

#[test]
fn a_matrix_that_was_cut_before_its_first_element_has_no_rows() {
    let tensor = Tensor {
        name: "embed".to_owned(),
        dtype: Dtype::F32,
        shape: vec![64, 8],
        bytes: Arc::new(vec![0]),
    };
    let budget = Budget::untimed(Limits::default());
    let summary = measure(&tensor, &budget).expect("memory");
    assert_eq!(crate::signs::judge(&[summary]), []);
}

proptest! {
    #[test]
    fn any_bytes_are_measured_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 1..3000),
        number in 0_u32..45,
        plain in 0_usize..6,
        rows in 0_u64..100,
    ) {
        let plain = [Dtype::F32, Dtype::F64, Dtype::F16, Dtype::F8E4M3, Dtype::F6E2M3, Dtype::C64][plain];
        for dtype in [plain, Dtype::Ggml(number)] {
            let tensor = Tensor {
                name: "embed".to_owned(),
                dtype,
                shape: vec![rows, 8],
                bytes: Arc::new(bytes.clone()),
            };
            let budget = Budget::untimed(Limits::default());
            let first = measure(&tensor, &budget).expect("memory");
            let shown = format!("{:?}", crate::signs::judge(std::slice::from_ref(&first)));
            let second = measure(&tensor, &budget).expect("memory");
            prop_assert_eq!(shown, format!("{:?}", crate::signs::judge(&[second])));
        }
    }
}
