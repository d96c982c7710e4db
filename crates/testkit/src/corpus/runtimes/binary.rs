//! Binary formats without tables of fields: MXNet parameters, GGML, ncnn, TensorRT, llamafile.

use super::{Case, bad, good};
use crate::runtimes::{GgmlTensor, elf_head, ggml, llamafile, mxnet_params, tensorrt};

const GGML: u32 = 0x6767_6d6c;
const GGMF: u32 = 0x6767_6d66;
const GGJT: u32 = 0x6767_6a74;
const GGLA: u32 = 0x6767_6c61;

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [ggml_cases(), params(), ncnn(), programs()].concat()
}

fn ggml_cases() -> Vec<Case> {
    let tokens = [(1, "a"), (2, "bc")];
    let honest = GgmlTensor::honest;
    let file = |magic: u32, tensor: GgmlTensor| ggml(magic, 2, &tokens, &[honest(), tensor]);
    let case = |name: &str, bytes: Vec<u8>| bad("ggml-structure", name, "model.bin", bytes);
    vec![
        case(
            "vocabulary-larger-than-file",
            ggml(GGJT, u32::MAX, &tokens, &[]),
        ),
        case(
            "token-longer-than-file",
            ggml(GGJT, 2, &[(u32::MAX, "a"), (2, "bc")], &[]),
        ),
        case(
            "ggmf-token-longer-than-file",
            ggml(GGMF, 2, &[(1, "a"), (1 << 30, "bc")], &[]),
        ),
        case(
            "more-dimensions-than-room",
            file(
                GGJT,
                GgmlTensor {
                    rank: 40,
                    ..honest()
                },
            ),
        ),
        case(
            "name-longer-than-room",
            file(
                GGJT,
                GgmlTensor {
                    name_length: 1 << 20,
                    ..honest()
                },
            ),
        ),
        case(
            "size-overflows",
            file(
                GGJT,
                GgmlTensor {
                    rank: 4,
                    shape: vec![i32::MAX.cast_unsigned(); 4],
                    ..honest()
                },
            ),
        ),
        case(
            "tensor-beyond-file",
            file(
                GGJT,
                GgmlTensor {
                    shape: vec![4000, 4000],
                    ..honest()
                },
            ),
        ),
        case(
            "negative-dimension",
            file(
                GGMF,
                GgmlTensor {
                    shape: vec![u32::MAX, 2],
                    ..honest()
                },
            ),
        ),
        case(
            "plain-tensor-beyond-file",
            file(
                GGML,
                GgmlTensor {
                    shape: vec![4000, 4000],
                    ..honest()
                },
            ),
        ),
        case(
            "adapter-tensor-overflows",
            file(
                GGLA,
                GgmlTensor {
                    shape: vec![u32::MAX, u32::MAX],
                    ..honest()
                },
            ),
        ),
        good(
            "ggml-honest",
            "ggjt",
            "ggml-model.bin",
            file(GGJT, honest()),
        ),
        good(
            "ggml-honest",
            "ggmf",
            "ggml-model.bin",
            file(GGMF, honest()),
        ),
        good(
            "ggml-honest",
            "ggml",
            "ggml-model.bin",
            file(GGML, honest()),
        ),
        good(
            "ggml-honest",
            "adapter",
            "ggml-adapter-model.bin",
            file(GGLA, honest()),
        ),
    ]
}

fn params() -> Vec<Case> {
    let case = |name: &str, bytes: Vec<u8>| bad("mxnet-params", name, "net-0000.params", bytes);
    let mut many = mxnet_params(&[(&[2, 2], 16)], &["arg:w"]);
    many[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut long_name = mxnet_params(&[(&[2, 2], 16)], &["arg:w"]);
    let at = long_name.len() - 13;
    long_name[at..at + 8].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
    vec![
        case("more-arrays-than-file", many),
        case("name-longer-than-file", long_name),
        case(
            "shape-overflows",
            mxnet_params(&[(&[i64::MAX, 8], 16)], &["arg:w"]),
        ),
        case(
            "shape-negative",
            mxnet_params(&[(&[-4, 8], 16)], &["arg:w"]),
        ),
        case(
            "array-beyond-file",
            mxnet_params(&[(&[1 << 20, 64], 16)], &["arg:w"]),
        ),
        case(
            "more-names-than-arrays",
            mxnet_params(&[(&[2, 2], 16)], &["a", "b", "c"]),
        ),
        good(
            "mxnet-honest",
            "params",
            "net-0000.params",
            mxnet_params(&[(&[2, 2], 16), (&[3], 12)], &["arg:w", "aux:b"]),
        ),
        good(
            "mxnet-honest",
            "params-without-names",
            "arrays.nd",
            mxnet_params(&[(&[2, 2], 16)], &[]),
        ),
    ]
}

fn ncnn() -> Vec<Case> {
    let numbers = |numbers: &[i32]| -> Vec<u8> {
        numbers.iter().flat_map(|each| each.to_le_bytes()).collect()
    };
    let case = |name: &str, all: &[i32]| bad("ncnn-structure", name, "net.param.bin", numbers(all));
    vec![
        case(
            "layers-beyond-file",
            &[7_767_517, i32::MAX, 2, 16, 0, 1, 0, -233],
        ),
        case(
            "inputs-beyond-file",
            &[7_767_517, 1, 1, 16, 1 << 28, 1, 0, -233],
        ),
        case(
            "array-beyond-file",
            &[7_767_517, 1, 1, 16, 0, 1, 0, -23_303, 1 << 28, 4],
        ),
        good(
            "ncnn-honest",
            "binary",
            "net.param.bin",
            numbers(&[
                7_767_517, 2, 2, 16, 0, 1, 0, -233, 26, 1, 1, 0, 1, 0, 3, -23_303, 2, 4, 5, -233,
            ]),
        ),
    ]
}

fn programs() -> Vec<Case> {
    vec![
        bad(
            "tensorrt-library",
            "host-library",
            "model.engine",
            tensorrt(&elf_head(62)),
        ),
        bad(
            "tensorrt-library",
            "host-library-arm",
            "model.plan",
            tensorrt(&elf_head(183)),
        ),
        good(
            "tensorrt-honest",
            "gpu-kernels-only",
            "model.engine",
            tensorrt(&elf_head(190)),
        ),
        bad(
            "llamafile-members",
            "extra-library",
            "chat.llamafile",
            llamafile(&[".args", "m.gguf", "lib/libpreload.so"]),
        ),
        bad(
            "llamafile-members",
            "extra-program",
            "chat.llamafile",
            llamafile(&["m.gguf", "setup.exe"]),
        ),
        bad(
            "llamafile-members",
            "extra-script",
            "chat.llamafile",
            llamafile(&["m.gguf", "init.sh"]),
        ),
    ]
}
