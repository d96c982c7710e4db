use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// The generator of `tests/weights/dequantise.py`.
fn random_bytes(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::new();
    while bytes.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// FNV-1a over the bits of all values.
fn hashed(values: &[f32]) -> u64 {
    let bits = |value: &f32| {
        if value.is_nan() {
            0x7fc0_0000
        } else {
            value.to_bits()
        }
    };
    values
        .iter()
        .flat_map(|value| bits(value).to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

fn tensor(dtype: Dtype, shape: &[u64], bytes: Vec<u8>) -> Tensor {
    Tensor {
        name: "t".to_owned(),
        dtype,
        shape: shape.to_vec(),
        bytes: Arc::new(bytes),
    }
}

#[test]
fn blocks_of_ggml_give_what_the_reference_gives() {
    // Printed by `tests/weights/dequantise.py` with gguf 0.19.0.
    let expected: [(u32, &str, u64); 23] = [
        (2, "Q4_0", 0x500a_4335_1096_721b),
        (3, "Q4_1", 0x74cb_dfd5_ac60_f369),
        (6, "Q5_0", 0x83e6_4138_ab43_40b8),
        (7, "Q5_1", 0x718d_5482_8c56_d128),
        (8, "Q8_0", 0x5b96_5c8b_c183_f0ff),
        (10, "Q2_K", 0xae08_8b6c_7fc5_643b),
        (11, "Q3_K", 0x3817_684c_14a5_d292),
        (12, "Q4_K", 0x5960_ad90_1878_ec3f),
        (13, "Q5_K", 0x0902_a604_a7d8_f3ca),
        (14, "Q6_K", 0x17f7_bf66_5214_c1de),
        (16, "IQ2_XXS", 0xd8eb_5ffb_e4c5_8bfc),
        (17, "IQ2_XS", 0xcade_c448_f37f_8361),
        (18, "IQ3_XXS", 0x041c_67ce_c9c5_fba2),
        (19, "IQ1_S", 0x02a6_4d68_a2e3_7996),
        (20, "IQ4_NL", 0xcfd2_29cb_01b3_d2bd),
        (21, "IQ3_S", 0x2e18_8d71_8c7f_6c78),
        (22, "IQ2_S", 0x92f1_80b6_e6fd_c915),
        (23, "IQ4_XS", 0x4ecf_a4c4_5944_0d86),
        (29, "IQ1_M", 0x620e_eb60_a308_a08d),
        (34, "TQ1_0", 0xcf4e_ccad_2f88_e6f8),
        (35, "TQ2_0", 0x3e38_3e49_7117_92df),
        (39, "MXFP4", 0xf4a9_efd7_faa5_30a4),
        (40, "NVFP4", 0x6913_8cb2_1888_8e6d),
    ];
    for (number, name, hash) in expected {
        let dtype = Dtype::Ggml(number);
        let block = dtype.block().expect("known");
        assert_eq!(dtype.name(), name);
        let mut values = Vec::new();
        decode(dtype, &random_bytes(64 * block.bytes as usize), &mut values);
        assert_eq!(values.len(), 64 * block.elements as usize, "{name}");
        assert_eq!(hashed(&values), hash, "{name}");
    }
}

#[test]
fn every_small_float_is_what_pytorch_makes_of_it() {
    // All codes in order, through `torch.Tensor.to(torch.float32)` of PyTorch 2.15.
    let bytes: Vec<u8> = (0..=255).collect();
    for (dtype, hash) in [
        (Dtype::F8E4M3, 0xdad1_d9c5_0f74_9ca5),
        (Dtype::F8E4M3Fnuz, 0xf518_51cb_11c6_3018),
        (Dtype::F8E5M2, 0x6c1e_56b6_fb09_c905),
        (Dtype::F8E5M2Fnuz, 0x94ae_6fc4_93d4_9818),
        (Dtype::F8E8M0, 0x6d2c_8b41_c3f0_e5a5),
    ] {
        let mut values = Vec::new();
        decode(dtype, &bytes, &mut values);
        assert_eq!(hashed(&values), hash, "{dtype:?}");
    }
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for (dtype, hash) in [
        (Dtype::F16, 0x1f87_f165_810e_a7c5),
        (Dtype::Bf16, 0xcf8e_0917_5d8f_5ba5),
    ] {
        let mut values = Vec::new();
        decode(dtype, &bytes, &mut values);
        assert_eq!(hashed(&values), hash, "{dtype:?}");
    }
}

#[test]
fn microscaling_floats_follow_their_specification() {
    // OCP Microscaling Formats 1.0, tables 2 to 5.
    for (dtype, code, value) in [
        (Dtype::F4, 1, 0.5),
        (Dtype::F4, 7, 6.0),
        (Dtype::F4, 9, -0.5),
        (Dtype::F6E2M3, 0b01_1111, 7.5),
        (Dtype::F6E2M3, 0b00_0001, 0.125),
        (Dtype::F6E3M2, 0b01_1111, 28.0),
        (Dtype::F6E3M2, 0b10_0001, -0.0625),
    ] {
        assert_eq!(small(dtype, code), value, "{dtype:?} {code}");
    }
    let mut values = Vec::new();
    decode(Dtype::F4, &[0x71], &mut values);
    assert_eq!(values, [0.5, 6.0]);
    decode(Dtype::F6E2M3, &[0b11_011111, 0b0000_0000, 0], &mut values);
    assert_eq!(values, [7.5, 0.375, 0.0, 0.0]);
}

#[test]
fn blocks_without_a_package_to_compare_with_follow_ggml() {
    let mut values = Vec::new();
    let q1_0 = [[0, 0x3c].as_slice(), &[0b101; 16]].concat();
    decode(Dtype::Ggml(41), &q1_0, &mut values);
    assert_eq!(values.get(..4), Some([1.0, -1.0, 1.0, -1.0].as_slice()));
    let q8_k = [2_f32.to_le_bytes().as_slice(), &[0xff; 288]].concat();
    decode(Dtype::Ggml(15), &q8_k, &mut values);
    assert_eq!((values.len(), values.first()), (256, Some(&-2.0)));
}

#[test]
fn rows_and_ranges_are_cut_out_of_blocks() {
    let bytes: Vec<u8> = (0..24_u16)
        .flat_map(|value| f32::from(value).to_le_bytes())
        .collect();
    let plain = tensor(Dtype::F32, &[2, 3, 4], bytes);
    assert_eq!(row(&plain, 5), Some(vec![20.0, 21.0, 22.0, 23.0]));
    assert_eq!(row(&plain, 6), None);
    assert_eq!(row(&plain, u64::MAX), None);
    assert_eq!(range(&plain, 23..24), Some(vec![23.0]));
    assert_eq!(range(&plain, 23..25), None);
    assert_eq!(all(&plain, 23), None);
    assert_eq!(all(&plain, 24).map(|values| values.len()), Some(24));

    let odd = tensor(
        Dtype::Ggml(8),
        &[2, 16],
        [[0, 0x3c].as_slice(), &(0..32).collect::<Vec<u8>>()].concat(),
    );
    assert_eq!(row(&odd, 1), Some((16..32_u8).map(f32::from).collect()));
}

#[test]
fn pieces_join_seamlessly_whatever_the_source() {
    #[derive(Debug)]
    struct Slow(Vec<u8>);
    impl chainwright_core::bytes::ByteSource for Slow {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
            let part = buffer.len().min(1000);
            self.0.read_at(offset, &mut buffer[..part])
        }
    }
    let bytes = random_bytes(300_001);
    for dtype in [
        Dtype::Bf16,
        Dtype::Ggml(14),
        Dtype::F64,
        Dtype::U8,
        Dtype::F6E3M2,
    ] {
        let held = tensor(dtype, &[1], bytes.clone());
        let read = Tensor {
            bytes: Arc::new(Slow(bytes.clone())),
            ..held.clone()
        };
        let gather = |tensor: &Tensor| {
            let mut joined = Vec::new();
            blocks(tensor, &mut |values, first| {
                assert_eq!(first, joined.len() as u64);
                assert!(values.len() <= 300_000);
                joined.extend(values.iter().map(|value| value.to_bits()));
            })
            .expect("decodes");
            joined
        };
        let joined = gather(&held);
        assert_eq!(joined.len() as u64, stored_values(&held).expect("known"));
        assert_eq!(joined, gather(&read), "{dtype:?}");
    }
}

#[test]
fn a_callback_can_break_off() {
    let tensor = tensor(Dtype::U8, &[1_000_000], vec![1; 1_000_000]);
    let mut calls = 0;
    blocks_while(&tensor, &mut |_, _| {
        calls += 1;
        ControlFlow::Break(())
    })
    .expect("decodes");
    assert_eq!(calls, 1);
}

#[test]
fn unknown_types_are_refused() {
    let odd = tensor(Dtype::Ggml(9), &[32], vec![0; 40]);
    assert!(matches!(
        blocks(&odd, &mut |_, _| {}),
        Err(DecodeError::Unsupported(Dtype::Ggml(9)))
    ));
    assert_eq!((all(&odd, 100), row(&odd, 0)), (None, None));
}

proptest! {
    #[test]
    fn any_bytes_of_any_type_decode_without_panic(
        number in 0_u32..48,
        bytes in proptest::collection::vec(any::<u8>(), 0..700),
        shape in proptest::collection::vec(any::<u64>(), 0..3),
        wanted in any::<u64>(),
    ) {
        let tensor = tensor(Dtype::Ggml(number), &shape, bytes);
        let first = all(&tensor, 100_000).map(|values| hashed(&values));
        prop_assert_eq!(first, all(&tensor, 100_000).map(|values| hashed(&values)));
        let _ = (row(&tensor, wanted), range(&tensor, 0..wanted));
    }
}
