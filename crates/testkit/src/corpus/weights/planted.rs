//! Payloads that can be seen.

use super::{
    Case, Label, Part, bf16_bytes, case, elf_like, f16_bytes, f32_bytes, noise, plant,
    plant_low_first, prose, trained, upcast,
};

const ROWS: usize = 128;
const COLUMNS: usize = 192;

pub(super) fn cases() -> Vec<Case> {
    [text(), programs(), hidden_noise(), whole(), broken()].concat()
}

fn bad(class: &'static str, name: &str, parts: &[Part<'_>]) -> Case {
    case(class, name, Label::Malicious, parts)
}

/// Encoded weights, their type and the bytes of an element.
fn encoded(dtype: &'static str, seed: u64) -> (Vec<u8>, usize) {
    let values = trained(ROWS, COLUMNS, seed);
    match dtype {
        "F16" => (f16_bytes(&values), 2),
        "BF16" => (bf16_bytes(&values), 2),
        _ => (f32_bytes(&values), 4),
    }
}

/// Three layers, the second of which is changed.
fn changed(
    class: &'static str,
    name: &str,
    dtype: &'static str,
    change: impl FnOnce(&mut Vec<u8>, usize),
) -> Case {
    let shape = &[ROWS as u64, COLUMNS as u64][..];
    let (mut bytes, width) = encoded(dtype, 2);
    change(&mut bytes, width);
    bad(
        class,
        name,
        &[
            (
                "model.layers.0.mlp.up_proj.weight",
                dtype,
                shape,
                encoded(dtype, 1).0,
            ),
            ("model.layers.1.mlp.up_proj.weight", dtype, shape, bytes),
        ],
    )
}

fn text() -> Vec<Case> {
    const CLASS: &str = "weight-low-bits-text";
    let mut cases = Vec::new();
    for (dtype, widths) in [
        ("F32", &[1, 2, 3, 4, 8, 16][..]),
        ("F16", &[1, 2, 4, 6, 8]),
        ("BF16", &[1, 2, 4]),
    ] {
        for bits in widths {
            let name = format!("{}-{bits}-bits", dtype.to_lowercase());
            cases.push(changed(CLASS, &name, dtype, |bytes, width| {
                plant(bytes, width, *bits, 0, &prose(ROWS * COLUMNS * bits / 8));
            }));
        }
    }
    cases.push(changed(
        CLASS,
        "f32-1-bit-lowest-first",
        "F32",
        |bytes, width| {
            plant_low_first(bytes, width, 1, 0, &prose(ROWS * COLUMNS / 8));
        },
    ));
    cases.push(changed(
        CLASS,
        "f32-2-bits-in-the-middle",
        "F32",
        |bytes, width| {
            plant(bytes, width, 2, 9999, &prose(1500));
        },
    ));
    cases.push(changed(
        CLASS,
        "bf16-1-bit-quarter",
        "BF16",
        |bytes, width| {
            plant(bytes, width, 1, 0, &prose(ROWS * COLUMNS / 32));
        },
    ));
    cases
}

fn programs() -> Vec<Case> {
    const CLASS: &str = "weight-low-bits-program";
    let mut cases = Vec::new();
    for (dtype, widths) in [
        ("F32", &[1, 2, 4, 8, 16][..]),
        ("F16", &[1, 4, 8]),
        ("BF16", &[1, 2, 4]),
    ] {
        for bits in widths {
            let name = format!("elf-{}-{bits}-bits", dtype.to_lowercase());
            cases.push(changed(CLASS, &name, dtype, |bytes, width| {
                plant(bytes, width, *bits, 0, &elf_like(ROWS * COLUMNS * bits / 8));
            }));
        }
    }
    cases.push(changed(
        CLASS,
        "elf-behind-a-length",
        "F32",
        |bytes, width| {
            let program = elf_like(2000);
            plant(
                bytes,
                width,
                8,
                0,
                &[&2000_u32.to_le_bytes()[..], &program].concat(),
            );
        },
    ));
    cases.push(changed(
        CLASS,
        "pickle-f32-8-bits",
        "F32",
        |bytes, width| {
            plant(bytes, width, 8, 0, &crate::corpus::formats::framed_pickle());
        },
    ));
    cases.push(changed(CLASS, "zip-f32-8-bits", "F32", |bytes, width| {
        plant(
            bytes,
            width,
            8,
            0,
            &crate::corpus::formats::small_zip("a.txt", &noise(500, 3)),
        );
    }));
    cases.push(changed(
        CLASS,
        "script-f16-4-bits",
        "F16",
        |bytes, width| {
            plant(
                bytes,
                width,
                4,
                0,
                b"#!/bin/sh\necho chainwright-test\nexit 0\n",
            );
        },
    ));
    cases
}

/// Payloads that look random, where the rest of the file gives them away.
fn hidden_noise() -> Vec<Case> {
    const CLASS: &str = "weight-low-bits-noise";
    let shape = &[ROWS as u64, COLUMNS as u64][..];
    let mut cases = Vec::new();
    for (bits, share) in [(1, 1), (2, 1), (4, 4), (8, 1), (8, 10), (12, 2)] {
        let mut bytes = f32_bytes(&upcast(&trained(ROWS, COLUMNS, 2)));
        plant(
            &mut bytes,
            4,
            bits,
            0,
            &noise(ROWS * COLUMNS * bits / 8 / share, 4),
        );
        let other = f32_bytes(&upcast(&trained(ROWS, COLUMNS, 1)));
        let name = format!("upcast-{bits}-bits-one-in-{share}");
        cases.push(bad(
            CLASS,
            &name,
            &[
                ("layers.0.weight", "F32", shape, other),
                ("layers.1.weight", "F32", shape, bytes),
            ],
        ));
    }
    let mut bytes = f32_bytes(&upcast(&trained(ROWS, COLUMNS, 2)));
    plant(&mut bytes, 4, 16, 0, &noise(7001 * 2, 5));
    let other = f32_bytes(&upcast(&trained(ROWS, COLUMNS, 1)));
    cases.push(bad(
        CLASS,
        "upcast-16-bits-part-of-a-tensor",
        &[
            ("layers.0.weight", "F32", shape, other),
            ("layers.1.weight", "F32", shape, bytes),
        ],
    ));
    let mut bytes = f16_bytes(&upcast(&trained(ROWS, COLUMNS, 2)));
    plant(&mut bytes, 2, 1, 0, &noise(1500, 6));
    let other = f16_bytes(&upcast(&trained(ROWS, COLUMNS, 1)));
    cases.push(bad(
        CLASS,
        "half-from-bfloat16-1-bit",
        &[
            ("layers.0.weight", "F16", shape, other),
            ("layers.1.weight", "F16", shape, bytes),
        ],
    ));
    // These need many elements.
    let wide = &[256, 512][..];
    for (name, bits) in [("bf16-4-bits", 4), ("bf16-5-bits", 5)] {
        let mut bytes = bf16_bytes(&trained(256, 512, 3));
        plant(&mut bytes, 2, bits, 0, &noise(256 * 512, 7));
        cases.push(bad(
            CLASS,
            name,
            &[("layers.0.weight", "BF16", wide, bytes)],
        ));
    }
    let mut bytes = f16_bytes(&trained(256, 512, 3));
    plant(&mut bytes, 2, 8, 0, &noise(256 * 512, 7));
    cases.push(bad(
        CLASS,
        "f16-8-bits",
        &[("layers.0.weight", "F16", wide, bytes)],
    ));
    for (name, bits) in [("f32-23-bits", 23), ("f32-24-bits", 24)] {
        let mut bytes = f32_bytes(&trained(256, 256, 3));
        plant(&mut bytes, 4, bits, 0, &noise(256 * 256 * 3, 7));
        cases.push(bad(
            CLASS,
            name,
            &[("layers.0.weight", "F32", &[256, 256], bytes)],
        ));
    }
    cases
}

/// Tensors that hold no weights at all.
fn whole() -> Vec<Case> {
    const CLASS: &str = "weight-foreign-bytes";
    let mut cases = Vec::new();
    for (dtype, width) in [("F32", 4), ("F16", 2), ("BF16", 2)] {
        let bytes = noise(ROWS * COLUMNS * width, 8);
        let name = format!("noise-as-{}", dtype.to_lowercase());
        let shape = &[ROWS as u64, COLUMNS as u64];
        cases.push(bad(
            CLASS,
            &name,
            &[
                ("layers.0.weight", dtype, shape, encoded(dtype, 1).0),
                ("layers.1.weight", dtype, shape, bytes),
            ],
        ));
        let name = format!("text-as-{}", dtype.to_lowercase());
        cases.push(bad(
            CLASS,
            &name,
            &[(
                "layers.0.weight",
                dtype,
                shape,
                prose(ROWS * COLUMNS * width),
            )],
        ));
    }
    cases.push(bad(
        CLASS,
        "noise-as-bytes",
        &[
            (
                "layers.0.weight",
                "F32",
                &[ROWS as u64, COLUMNS as u64],
                encoded("F32", 1).0,
            ),
            ("layers.1.weight", "U8", &[512, 256], noise(512 * 256, 9)),
        ],
    ));
    cases
}

/// Numbers that are none.
fn broken() -> Vec<Case> {
    const CLASS: &str = "weight-broken-numbers";
    let set = |bytes: &mut [u8], at: usize, bits: u32| {
        bytes[at * 4..at * 4 + 4].copy_from_slice(&bits.to_le_bytes())
    };
    vec![
        changed(CLASS, "nan-in-weights", "F32", |bytes, _| {
            for at in 100..140 {
                set(bytes, at, 0x7fc0_0000);
            }
        }),
        changed(CLASS, "payload-in-nan", "F32", |bytes, _| {
            for (at, raw) in noise(2000, 10).as_chunks::<4>().0.iter().enumerate() {
                set(
                    bytes,
                    at * 7,
                    0x7f80_0001 | (u32::from_le_bytes(*raw) & 0x7f_ffff),
                );
            }
        }),
        changed(CLASS, "nan-in-bf16", "BF16", |bytes, _| {
            bytes[200..202].copy_from_slice(&[0xc0, 0x7f])
        }),
        changed(CLASS, "infinite-weights", "F32", |bytes, _| {
            set(bytes, 5, 0x7f80_0000);
            set(bytes, 6, 0xff80_0000);
        }),
        changed(CLASS, "enormous-weights", "F32", |bytes, _| {
            for at in 0..2000 {
                set(bytes, at, 0x6f00_0000 + at as u32 * 0x3_1234);
            }
        }),
    ]
}
