//! The bytes of tensors of any type: decoding, statistics, signs; pieces and stream must agree.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_weights::review::{Entry, Review, read};
use chainwright_weights::{Dtype, Tensor, decode, signs};
use libfuzzer_sys::fuzz_target;

const PLAIN: [Dtype; 12] = [
    Dtype::F64,
    Dtype::F32,
    Dtype::F16,
    Dtype::Bf16,
    Dtype::F8E4M3,
    Dtype::F8E8M0,
    Dtype::F6E2M3,
    Dtype::F4,
    Dtype::C64,
    Dtype::I64,
    Dtype::I8,
    Dtype::Bool,
];

fuzz_target!(|data: &[u8]| {
    let Some(([kind, columns, cut, step], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    let dtype = PLAIN
        .get(usize::from(*kind))
        .copied()
        .unwrap_or_else(|| Dtype::Ggml(u32::from(*kind) - 12));
    let tensor = Tensor {
        name: "embed_tokens.weight".to_owned(),
        dtype,
        shape: vec![64, u64::from(*columns)],
        bytes: Arc::new(bytes.to_vec()),
    };
    let _ = (decode::all(&tensor, 1 << 20), decode::row(&tensor, u64::from(*cut)));
    let size = bytes.len() as u64;
    let middle = u64::from(*cut).min(size);
    let entry = |name: &str, offset, length| Entry {
        name: name.to_owned(),
        dtype,
        shape: tensor.shape.clone(),
        offset,
        length,
    };
    let entries = vec![
        entry("a", 0, middle),
        entry("b", middle, size - middle),
        entry("c", middle, size - middle),
    ];
    let mut pieces = Review::new(entries.clone(), size);
    let budget = Budget::untimed(Limits::default());
    read(&mut pieces, &bytes.to_vec(), &budget).expect("memory");
    let mut stream = Review::new(entries, size);
    let step = usize::from(*step) * 97 + 1;
    for (index, chunk) in bytes.chunks(step).enumerate() {
        stream.update((index * step) as u64, chunk);
    }
    let (pieces, stream) = (pieces.finish(), stream.finish());
    assert_eq!(format!("{pieces:?}"), format!("{stream:?}"));
    let _ = signs::judge(&pieces);
});
