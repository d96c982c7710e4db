//! Honest weights: what libraries write that looks odd at first sight.

use super::{
    Case, Label, Part, Random, bf16_bytes, case, f16_bytes, f32_bytes, noise, trained, upcast,
};

const CLASS: &str = "weight-honest";
const ROWS: usize = 128;
const COLUMNS: usize = 192;
const SHAPE: &[u64] = &[ROWS as u64, COLUMNS as u64];

pub(super) fn cases() -> Vec<Case> {
    [plain(), precision(), structure(), quantised(), buffers()].concat()
}

fn good(name: &str, parts: &[Part<'_>]) -> Case {
    case(CLASS, name, Label::Benign, parts)
}

fn plain() -> Vec<Case> {
    let values = [trained(ROWS, COLUMNS, 1), trained(ROWS, COLUMNS, 2)];
    let both = |dtype: &'static str, bytes: &dyn Fn(&[f32]) -> Vec<u8>| {
        vec![
            ("layers.0.weight", dtype, SHAPE, bytes(&values[0])),
            ("layers.1.weight", dtype, SHAPE, bytes(&values[1])),
        ]
    };
    let mut random = Random::new(11);
    let mut uniform = |bound: f32, count: usize| -> Vec<f32> {
        // As `torch.rand` makes them: multiples of 2^-24.
        let unit = |word: u64| (word >> 40) as f32 / 16_777_216.0;
        (0..count)
            .map(|_| (unit(random.next()) * 2.0 - 1.0) * bound)
            .collect()
    };
    let init = uniform(1.0 / 32.0, ROWS * COLUMNS);
    let other = uniform(0.0721, ROWS * COLUMNS);
    vec![
        good("trained-f32", &both("F32", &f32_bytes)),
        good("trained-f16", &both("F16", &f16_bytes)),
        good("trained-bf16", &both("BF16", &bf16_bytes)),
        good(
            "untrained-uniform-power-of-two",
            &[("w.weight", "F32", SHAPE, f32_bytes(&init))],
        ),
        good(
            "untrained-uniform",
            &[("w.weight", "F32", SHAPE, f32_bytes(&other))],
        ),
        good(
            "untrained-uniform-bf16",
            &[("w.weight", "BF16", SHAPE, bf16_bytes(&other))],
        ),
        good(
            "zero-biases-and-norms-of-one",
            &[
                ("norm.weight", "F32", &[4096], f32_bytes(&[1.0; 4096])),
                ("norm.bias", "F32", &[4096], f32_bytes(&[0.0; 4096])),
                ("lora_B.weight", "F32", &[4096, 4], f32_bytes(&[0.0; 16384])),
                (
                    "layer_scale.gamma",
                    "F32",
                    &[64, 64],
                    f32_bytes(&[1e-5; 4096]),
                ),
            ],
        ),
        good(
            "norms-near-one-in-bf16",
            &[
                (
                    "a.norm.weight",
                    "BF16",
                    &[8192],
                    bf16_bytes(&near(1.0, 0.02, 8192)),
                ),
                (
                    "b.norm.weight",
                    "BF16",
                    &[64, 128],
                    bf16_bytes(&near(0.63, 0.03, 8192)),
                ),
                (
                    "c.norm.weight",
                    "F16",
                    &[64, 128],
                    f16_bytes(&near(1.06, 0.02, 8192)),
                ),
                (
                    "d.norm.weight",
                    "F32",
                    &[64, 128],
                    f32_bytes(&near(1.0, 1e-6, 8192)),
                ),
            ],
        ),
    ]
}

fn near(centre: f32, deviation: f32, count: usize) -> Vec<f32> {
    let mut random = Random::new(12);
    (0..count)
        .map(|_| centre + deviation * random.normal() as f32)
        .collect()
}

fn precision() -> Vec<Case> {
    let (full, low) = (
        trained(ROWS, COLUMNS, 3),
        upcast(&trained(ROWS, COLUMNS, 3)),
    );
    let mut added = upcast(&trained(ROWS, COLUMNS, 4));
    let fresh = trained(ROWS, COLUMNS, 5);
    added[120 * COLUMNS..].copy_from_slice(&fresh[120 * COLUMNS..]);
    let other = upcast(&trained(ROWS, COLUMNS, 6));
    let average: Vec<f32> = low
        .iter()
        .zip(&other)
        .map(|(one, two)| (one + two) / 2.0)
        .collect();
    let decayed: Vec<f32> = low.iter().map(|value| value * (1.0 - 1e-6)).collect();
    let weights =
        |name: &str, values: &[f32]| good(name, &[("w.weight", "F32", SHAPE, f32_bytes(values))]);
    vec![
        weights("upcast-from-bf16", &low),
        weights("average-of-two-upcast-models", &average),
        weights("upcast-and-decayed", &decayed),
        good(
            "upcast-with-one-layer-in-full-precision",
            &[
                ("layers.0.weight", "F32", SHAPE, f32_bytes(&low)),
                ("layers.1.weight", "F32", SHAPE, f32_bytes(&other)),
                ("lm_head.weight", "F32", SHAPE, f32_bytes(&full)),
            ],
        ),
        good(
            "upcast-with-added-token-rows",
            &[
                ("layers.0.weight", "F32", SHAPE, f32_bytes(&low)),
                ("embed_tokens.weight", "F32", SHAPE, f32_bytes(&added)),
            ],
        ),
        good(
            "half-from-bfloat16",
            &[("w.weight", "F16", SHAPE, f16_bytes(&low))],
        ),
    ]
}

fn structure() -> Vec<Case> {
    let values = trained(ROWS, COLUMNS, 7);
    let mut pruned = values.clone();
    let mut halves = values.clone();
    let mut groups = values.clone();
    for value in &mut pruned {
        if value.abs() < 0.013 {
            *value = 0.0;
        }
    }
    halves[..ROWS * COLUMNS / 2].fill(0.0);
    for group in groups.chunks_exact_mut(4) {
        group[0] = 0.0;
        group[2] = 0.0;
    }
    let mut vocabulary = trained(300, 64, 8);
    let padding: Vec<f32> = vocabulary[..64].to_vec();
    for row in vocabulary.chunks_exact_mut(64).skip(260) {
        row.copy_from_slice(&padding);
    }
    vocabulary[64..128].fill(0.0);
    for value in &mut vocabulary[128..192] {
        *value *= 40.0;
    }
    let weights =
        |name: &str, values: &[f32]| good(name, &[("w.weight", "F32", SHAPE, f32_bytes(values))]);
    let tied = bf16_bytes(&vocabulary);
    let moments: Vec<f32> = values.iter().map(|value| value * value * 1e-9).collect();
    vec![
        weights("pruned", &pruned),
        weights("pruned-rows", &halves),
        weights("pruned-two-of-four", &groups),
        weights("optimizer-second-moments", &moments),
        good(
            "padded-and-tied-vocabulary",
            &[
                (
                    "model.embed_tokens.weight",
                    "BF16",
                    &[300, 64],
                    tied.clone(),
                ),
                ("lm_head.weight", "BF16", &[300, 64], tied),
            ],
        ),
        good(
            "padded-vocabulary-f32",
            &[("wte.weight", "F32", &[300, 64], f32_bytes(&vocabulary))],
        ),
    ]
}

fn quantised() -> Vec<Case> {
    let values = trained(ROWS, COLUMNS, 9);
    let rows = values.chunks_exact(COLUMNS);
    let scales: Vec<f32> = rows
        .clone()
        .map(|row| {
            row.iter()
                .fold(0.0_f32, |most, value| most.max(value.abs()))
                / 127.0
        })
        .collect();
    let codes: Vec<i8> = rows
        .zip(&scales)
        .flat_map(|(row, scale)| row.iter().map(move |value| (value / scale).round() as i8))
        .collect();
    let decoded: Vec<f32> = codes
        .chunks_exact(COLUMNS)
        .zip(&scales)
        .flat_map(|(row, scale)| row.iter().map(move |code| f32::from(*code) * scale))
        .collect();
    let integers: Vec<u8> = codes.iter().map(|code| code.to_le_bytes()[0]).collect();
    let state =
        br#"{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [256, 256]}"#;
    vec![
        good(
            "int8-with-scales",
            &[
                ("w.weight", "I8", SHAPE, integers),
                (
                    "w.weight_scale",
                    "F32",
                    &[ROWS as u64, 1],
                    f32_bytes(&scales),
                ),
            ],
        ),
        good(
            "int8-decoded-to-f32",
            &[("w.weight", "F32", SHAPE, f32_bytes(&decoded))],
        ),
        good(
            "int8-decoded-to-bf16",
            &[("w.weight", "BF16", SHAPE, bf16_bytes(&decoded))],
        ),
        good(
            "int8-decoded-to-f16",
            &[("w.weight", "F16", SHAPE, f16_bytes(&decoded))],
        ),
        good(
            "gptq-packed",
            &[
                ("w.qweight", "I32", &[64, 512], noise(64 * 512 * 4, 1)),
                ("w.qzeros", "I32", &[4, 64], vec![0x77; 1024]),
                (
                    "w.scales",
                    "F16",
                    &[4, 512],
                    f16_bytes(&near(0.01, 0.002, 2048)),
                ),
                (
                    "w.g_idx",
                    "I32",
                    &[512],
                    (0..512_u32)
                        .flat_map(|index| (index / 128).to_le_bytes())
                        .collect(),
                ),
            ],
        ),
        good(
            "bitsandbytes-nf4",
            &[
                ("w.weight", "U8", &[131_072, 1], noise(131_072, 2)),
                ("w.weight.absmax", "U8", &[4096], noise(4096, 3)),
                (
                    "w.weight.quant_map",
                    "F32",
                    &[16],
                    f32_bytes(&near(0.0, 0.5, 16)),
                ),
                (
                    "w.weight.quant_state.bitsandbytes__nf4",
                    "U8",
                    &[state.len() as u64],
                    state.to_vec(),
                ),
            ],
        ),
        good(
            "mxfp4-blocks",
            &[
                (
                    "experts.gate_up_proj_blocks",
                    "U8",
                    &[4, 512, 4, 16],
                    noise(131_072, 4),
                ),
                (
                    "experts.gate_up_proj_scales",
                    "U8",
                    &[4, 512, 4],
                    vec![121; 8192],
                ),
            ],
        ),
    ]
}

fn buffers() -> Vec<Case> {
    let frequency = |index: usize| 1.0 / 10000_f64.powf(index as f64 / 32.0);
    let angles = || {
        (0..256)
            .flat_map(|position| (0..32).map(move |index| f64::from(position) * frequency(index)))
    };
    let sines: Vec<f32> = angles().map(|angle| angle.sin() as f32).collect();
    let both: Vec<f32> = angles()
        .flat_map(|angle| [angle.sin() as f32, angle.cos() as f32])
        .collect();
    let inverse: Vec<f32> = (0..32).map(|index| frequency(index) as f32).collect();
    let mask = |low: f32| -> Vec<f32> {
        (0..64 * 64)
            .map(|index| if index % 64 > index / 64 { low } else { 0.0 })
            .collect()
    };
    let window: Vec<f32> = (0..400_u16)
        .map(|index| (0.5 - 0.5 * (std::f64::consts::TAU * f64::from(index) / 400.0).cos()) as f32)
        .collect();
    let alibi: Vec<f32> = (1..=8_i32)
        .flat_map(|head| (0..2048_u16).map(move |place| -f32::from(place) * 2_f32.powi(-head)))
        .collect();
    let tables = |name: &str, dtype: &'static str, bytes: &dyn Fn(&[f32]) -> Vec<u8>| {
        good(
            name,
            &[
                ("rotary.inv_freq", dtype, &[32], bytes(&inverse)),
                ("rotary.sin_cached", dtype, &[256, 32], bytes(&sines)),
                ("pe", dtype, &[256, 64], bytes(&both)),
                ("window", dtype, &[400], bytes(&window)),
                ("alibi", dtype, &[8, 2048], bytes(&alibi)),
            ],
        )
    };
    vec![
        tables("tables-f32", "F32", &f32_bytes),
        tables("tables-bf16", "BF16", &bf16_bytes),
        tables("tables-f16", "F16", &f16_bytes),
        good(
            "masks-and-counters",
            &[
                (
                    "attn.bias",
                    "F32",
                    &[64, 64],
                    f32_bytes(&mask(f32::NEG_INFINITY)),
                ),
                ("attn.masked_bias", "F32", &[], f32_bytes(&[-1e4])),
                ("causal_mask", "F32", &[64, 64], f32_bytes(&mask(f32::MIN))),
                ("mask.half", "F16", &[64, 64], f16_bytes(&mask(-65504.0))),
                (
                    "tril",
                    "BOOL",
                    &[64, 64],
                    mask(1.0)
                        .iter()
                        .map(|value| u8::from(*value == 0.0))
                        .collect(),
                ),
                (
                    "position_ids",
                    "I64",
                    &[1, 512],
                    (0..512_i64).flat_map(i64::to_le_bytes).collect(),
                ),
                (
                    "bn.num_batches_tracked",
                    "I64",
                    &[],
                    12_345_i64.to_le_bytes().to_vec(),
                ),
                (
                    "bn.running_mean",
                    "F32",
                    &[256],
                    f32_bytes(&near(0.0, 1e-3, 256)),
                ),
            ],
        ),
    ]
}
