//! The review and screening of adapters: a configuration, a zero byte, then tensors.

#![no_main]

use std::sync::Arc;

use chainwright_adapters::{AdapterInput, Bank, review, screen};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_weights::{Dtype, Tensor};
use libfuzzer_sys::fuzz_target;

/// A line is a tensor: its first byte chooses the type, the next two the shape, then the name up to a tab.
fn tensor(line: &[u8]) -> Option<Tensor> {
    let [kind, rows, columns, rest @ ..] = line else {
        return None;
    };
    let dtypes = [
        Dtype::F32,
        Dtype::Bf16,
        Dtype::I32,
        Dtype::U8,
        Dtype::F8E4M3,
    ];
    let name: Vec<u8> = rest
        .iter()
        .copied()
        .take_while(|byte| *byte != b'\t')
        .collect();
    Some(Tensor {
        dtype: *dtypes.get(usize::from(*kind) % dtypes.len())?,
        shape: vec![u64::from(*rows), u64::from(*columns)],
        bytes: Arc::new(rest.get(name.len()..).unwrap_or_default().to_vec()),
        name: String::from_utf8_lossy(&name).into_owned(),
    })
}

fuzz_target!(|data: &[u8]| {
    let split = data
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(data.len());
    let (config, rest) = data.split_at(split);
    let config = serde_json::from_slice(config).ok();
    let tensors: Vec<Tensor> = rest
        .split(|byte| *byte == b'\n')
        .filter_map(tensor)
        .collect();
    let input = AdapterInput {
        config: config.as_ref(),
        tensors: &tensors,
        ..AdapterInput::default()
    };
    let facts = review(&input, &Budget::untimed(Limits::default()));
    let _ = screen(&facts, &Bank::embedded());
});
