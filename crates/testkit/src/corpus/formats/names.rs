//! Content that is not what its extension says, and files that are two formats at once.

use super::{CALLING_PICKLE, benign, framed_pickle, malicious, programs, small_zip, weights};
use crate::corpus::Case;
use crate::{gguf, npy, safetensors};

const MISMATCH: &str = "format-mismatch";
const POLYGLOT: &str = "polyglot";

/// One grey pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xaeB\x60\x82";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

pub(super) fn cases() -> Vec<Case> {
    [mismatches(), polyglots(), honest()].concat()
}

fn mismatches() -> Vec<Case> {
    let bad = |name: &str, file: &str, bytes: &[u8]| malicious(MISMATCH, name, file, bytes);
    let zip = small_zip("archive/data.pkl", CALLING_PICKLE);
    let java = [b"\xca\xfe\xba\xbe\0\0\0\x41\0\x10".as_slice(), &[1; 40]].concat();
    let bytecode = [
        b"\xcb\x0d\x0d\x0a\0\0\0\0\0\0\0\0\0\0\0\0\xe3".as_slice(),
        &[0; 40],
    ]
    .concat();
    vec![
        bad("json-is-pickle", "config.json", &framed_pickle()),
        bad(
            "json-is-old-pickle",
            "tokenizer_config.json",
            CALLING_PICKLE,
        ),
        bad("json-is-elf", "config.json", &programs::elf()),
        bad("json-is-script", "generation_config.json", programs::SHELL),
        bad("json-is-zip", "vocab.json", &zip),
        bad(
            "safetensors-is-pickle",
            "model.safetensors",
            &framed_pickle(),
        ),
        bad("safetensors-is-torch-zip", "model.safetensors", &zip),
        bad("safetensors-is-bytecode", "model.safetensors", &bytecode),
        bad("gguf-is-pickle", "model.gguf", &framed_pickle()),
        bad("npy-is-pickle", "weights.npy", &framed_pickle()),
        bad("h5-is-pickle", "weights.h5", CALLING_PICKLE),
        bad("png-is-zip", "logo.png", &zip),
        bad(
            "png-is-wasm",
            "logo.png",
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0",
        ),
        bad("jpg-is-pe", "photo.jpg", &programs::pe()),
        bad("txt-is-pe", "readme.txt", &programs::pe()),
        bad("md-is-elf", "README.md", &programs::elf()),
        bad("csv-is-pickle", "data.csv", &framed_pickle()),
        bad("yaml-is-java", "config.yaml", &java),
        bad("parquet-is-pickle", "train.parquet", &framed_pickle()),
        bad(
            "txt-is-shortcut",
            "merges.txt",
            &[
                b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46".as_slice(),
                &[0; 60],
            ]
            .concat(),
        ),
    ]
}

fn polyglots() -> Vec<Case> {
    let bad = |name: &str, file: &str, bytes: Vec<u8>| malicious(POLYGLOT, name, file, bytes);
    let zip = small_zip("archive/data.pkl", CALLING_PICKLE);
    let tensors = safetensors::Builder::new().tensor("w", "F32", &[16], &weights(16));
    vec![
        bad(
            "safetensors-and-zip",
            "model.safetensors",
            tensors.data(&zip).build(),
        ),
        bad(
            "zip-in-last-tensor",
            "model.safetensors",
            safetensors::Builder::new()
                .tensor("w", "F32", &[16], &weights(16))
                .tensor("z", "U8", &[zip.len() as u64], &zip)
                .build(),
        ),
        bad(
            "gguf-and-zip",
            "model.gguf",
            gguf::Builder::model()
                .tensor("w", 0, &[16], &weights(16))
                .data(&zip)
                .build(),
        ),
        bad(
            "npy-and-zip",
            "weights.npy",
            npy::Builder::array("'<f4'", "(16,)")
                .data(&weights(16))
                .data(&zip)
                .build(),
        ),
        bad("png-and-zip", "logo.png", [PNG, &zip].concat()),
        bad("jpeg-and-zip", "photo.jpg", [JPEG, &zip].concat()),
        bad(
            "json-and-zip",
            "config.json",
            [b"{\"a\": 1}\n".as_slice(), &zip].concat(),
        ),
        bad(
            "script-and-zip",
            "model.bin",
            [programs::SHELL, &zip].concat(),
        ),
    ]
}

fn honest() -> Vec<Case> {
    let good = |name: &str, file: &str, bytes: &[u8]| benign(MISMATCH, name, file, bytes);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    vec![
        good("png", "logo.png", PNG),
        good("jpeg-named-png", "logo.png", JPEG),
        good(
            "json",
            "config.json",
            b"{\"model_type\": \"llama\", \"vocab_size\": 32000}\n",
        ),
        good(
            "json-with-comment",
            "config.json",
            b"// settings\n{\"a\": 1}\n",
        ),
        good(
            "text-about-elf",
            "notes.txt",
            b"The ELF magic is 7f 45 4c 46, the DOS one is MZ.\n",
        ),
        good(
            "markdown-with-code",
            "README.md",
            b"# Model\n\n```python\nimport torch\nfrom transformers import AutoModel\n```\n",
        ),
        good("lfs-pointer", "notes.txt", pointer.as_bytes()),
        good(
            "html-model-card",
            "card.html",
            b"<!DOCTYPE html><html><body>hello</body></html>\n",
        ),
        good(
            "vocabulary",
            "vocab.txt",
            "[PAD]\n[UNK]\n##ing\nMZ\n#!/bin/sh\n".as_bytes(),
        ),
        good("unknown-extension", "weights.q4", &weights(64)),
    ]
}
