//! ONNX, Core ML, Paddle, Caffe and CNTK: the first byte chooses the format.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_networks::{Kind, read, recognise};
use libfuzzer_sys::fuzz_target;

const KINDS: &[Kind] = &[
    Kind::Onnx,
    Kind::CoreMl,
    Kind::CoreMlManifest,
    Kind::CoreMlProgramText,
    Kind::PaddleProgram,
    Kind::PaddleTensors,
    Kind::PaddleJson,
    Kind::CaffeText,
    Kind::CaffeModel,
    Kind::Caffe2Net,
    Kind::Cntk,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let _ = recognise(rest, &[], "model.onnx");
    let bytes: SharedBytes = Arc::new(rest.to_vec());
    let budget = Budget::untimed(Limits::default());
    if let Some(kind) = KINDS.get(usize::from(*choice) % KINDS.len()) {
        let _ = read(*kind, &bytes, &budget);
    }
});
