//! Programs, scripts, pickles and code inside weights, behind weights, and under the names of models.

use super::{CALLING_PICKLE, benign, framed_pickle, malicious, programs, small_zip, weights};
use crate::corpus::Case;
use crate::{gguf, npy, safetensors};

const CLASS: &str = "embedded-executable";

pub(super) fn cases() -> Vec<Case> {
    [named_as_models(), inside_weights(), honest()].concat()
}

fn bad(name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    malicious(CLASS, name, file, bytes)
}

fn named_as_models() -> Vec<Case> {
    vec![
        bad("elf-as-bin", "pytorch_model.bin", programs::elf()),
        bad("odd-elf-as-bin", "model.bin", programs::odd_elf()),
        bad("pe-as-bin", "model.bin", programs::pe()),
        bad("pe-as-onnx", "model.onnx", programs::pe()),
        bad("mach-o-as-model", "tokenizer.model", programs::mach_o()),
        bad("fat-mach-o-as-pt", "model.pt", programs::fat_mach_o()),
        bad("script-as-bin", "model.bin", programs::SHELL),
        bad("python-script-as-ckpt", "model.ckpt", programs::PYTHON),
        bad("elf-as-gguf", "model.gguf", programs::elf()),
        bad("elf-as-safetensors", "model.safetensors", programs::elf()),
    ]
}

/// Payload at an odd offset among weights.
fn hidden(payload: &[u8]) -> Vec<u8> {
    let mut data = weights(2048);
    data.splice(1001..1001 + payload.len(), payload.iter().copied());
    data
}

fn tensor(payload: &[u8]) -> Vec<u8> {
    let data = hidden(payload);
    safetensors::Builder::new()
        .metadata("format", "pt")
        .tensor("model.norm.weight", "F32", &[64], &weights(64))
        .tensor("model.embed.weight", "U8", &[data.len() as u64], &data)
        .build()
}

fn inside_weights() -> Vec<Case> {
    let mut long = weights(90_000);
    let at = 262_144 - 20;
    let payload = programs::elf();
    long.splice(at..at + payload.len(), payload);
    vec![
        bad(
            "elf-in-tensor",
            "model.safetensors",
            tensor(&programs::elf()),
        ),
        bad(
            "odd-elf-in-tensor",
            "model.safetensors",
            tensor(&programs::odd_elf()),
        ),
        bad("pe-in-tensor", "model.safetensors", tensor(&programs::pe())),
        bad(
            "mach-o-in-tensor",
            "model.safetensors",
            tensor(&programs::mach_o()),
        ),
        bad(
            "script-in-tensor",
            "model.safetensors",
            tensor(programs::SHELL),
        ),
        bad(
            "python-script-in-tensor",
            "model.safetensors",
            tensor(programs::PYTHON),
        ),
        bad(
            "python-text-in-tensor",
            "model.safetensors",
            tensor(programs::PYTHON_TEXT),
        ),
        bad(
            "pickle-in-tensor",
            "model.safetensors",
            tensor(&framed_pickle()),
        ),
        bad(
            "protocol-0-pickle-in-tensor",
            "model.safetensors",
            tensor(CALLING_PICKLE),
        ),
        bad(
            "elf-deep-in-tensor",
            "model.safetensors",
            safetensors::Builder::new()
                .tensor("w", "U8", &[long.len() as u64], &long)
                .build(),
        ),
        bad("elf-is-tensor", "model.safetensors", {
            let elf = programs::elf();
            safetensors::Builder::new()
                .tensor("w", "U8", &[elf.len() as u64], &elf)
                .build()
        }),
        bad(
            "elf-behind-tensors",
            "model.safetensors",
            safetensors::Builder::new()
                .tensor("w", "F32", &[64], &weights(64))
                .data(&programs::elf())
                .build(),
        ),
        bad(
            "pe-behind-tensors",
            "model.safetensors",
            safetensors::Builder::new()
                .tensor("w", "F32", &[64], &weights(64))
                .data(&programs::pe())
                .build(),
        ),
        bad("pe-in-gguf", "model.gguf", {
            let data = hidden(&programs::pe());
            gguf::Builder::model()
                .tensor("w", 24, &[data.len() as u64], &data)
                .build()
        }),
        bad("elf-in-npy", "embeddings.npy", {
            let data = hidden(&programs::elf());
            npy::Builder::array("'|u1'", &format!("({},)", data.len()))
                .data(&data)
                .build()
        }),
        bad(
            "elf-in-metadata",
            "model.safetensors",
            safetensors::Builder::new()
                .metadata("blob", &base64(&programs::elf()))
                .tensor("w", "F32", &[4], &weights(4))
                .build(),
        ),
        bad("elf-in-plain-bin", "weights.bin", hidden(&programs::elf())),
        bad(
            "script-in-plain-bin",
            "weights.bin",
            hidden(programs::SHELL),
        ),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let padded = [0, 1, 2].map(|index| u32::from(chunk.get(index).copied().unwrap_or(0)));
            let group = padded[0] << 16 | padded[1] << 8 | padded[2];
            [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(group >> shift & 63) as usize]))
        })
        .collect()
}

fn honest() -> Vec<Case> {
    let magics: Vec<u8> = [
        b"MZ\x90\0".as_slice(),
        b"\x7fELF",
        b"PK\x03\x04",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"PE\0\0",
        b"#!/",
        b"\x80\x04\x95",
        b"\x80\x02c",
    ]
    .into_iter()
    .flat_map(|magic| [magic, &[0xa7, 0x3d, 0x91, 0xbe, 0x18, 0x3c]].concat())
    .collect();
    vec![
        benign(
            CLASS,
            "magics-by-chance-in-bin",
            "weights.bin",
            hidden(&magics),
        ),
        benign(
            CLASS,
            "magics-by-chance-in-tensor",
            "model.safetensors",
            tensor(&magics),
        ),
        benign(CLASS, "weights-only", "weights.bin", weights(4096)),
        benign(
            CLASS,
            "elf-magic-without-structure",
            "weights.bin",
            [b"\x7fELF".as_slice(), &weights(64)].concat(),
        ),
        benign(
            CLASS,
            "dos-magic-without-structure",
            "weights.bin",
            [b"MZ".as_slice(), &weights(64)].concat(),
        ),
        benign(CLASS, "script-where-it-belongs", "run.sh", programs::SHELL),
        benign(
            CLASS,
            "zip-where-it-belongs",
            "data.zip",
            small_zip("readme.txt", b"hello"),
        ),
    ]
}
