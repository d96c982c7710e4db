//! Payloads inside literals, raw or encoded, that something loads.

use std::io::Write as _;

use super::{Case, malicious};
use crate::pickle::{Assembler, Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let class = "nested-payload";
    let inner = || dumps(2, &call("os", "system", vec![text("echo nested")]));
    let raw = || Py::Bytes(inner());
    let loads = |payload: Py| dumps(4, &call("pickle", "loads", vec![payload]));
    let twice = dumps(4, &call("pickle", "loads", vec![raw()]));
    let plain = dumps(2, &Py::Dict(vec![(text("a"), Py::Int(1))]));
    let as_text: String = inner().into_iter().map(char::from).collect();
    vec![
        malicious(class, "pickle-loads", loads(raw())),
        malicious(class, "pickle-loads-of-plain-data", loads(Py::Bytes(plain))),
        malicious(
            class,
            "accelerated-pickle-loads",
            dumps(4, &call("_pickle", "loads", vec![raw()])),
        ),
        malicious(class, "two-levels", loads(Py::Bytes(twice))),
        malicious(
            class,
            "torch-load-from-bytes",
            dumps(2, &call("torch.storage", "_load_from_bytes", vec![raw()])),
        ),
        malicious(
            class,
            "torch-load-from-encoded-text",
            dumps(
                2,
                &call(
                    "torch.storage",
                    "_load_from_bytes",
                    vec![call(
                        "_codecs",
                        "encode",
                        vec![text(&as_text), text("latin1")],
                    )],
                ),
            ),
        ),
        malicious(
            class,
            "torch-load-from-a-zip",
            dumps(
                2,
                &call(
                    "torch.storage",
                    "_load_from_bytes",
                    vec![Py::Bytes(stored_zip(&inner()))],
                ),
            ),
        ),
        malicious(
            class,
            "base64",
            loads(call("base64", "b64decode", vec![text(&base64(&inner()))])),
        ),
        malicious(
            class,
            "hex",
            loads(call("binascii", "unhexlify", vec![text(&hex(&inner()))])),
        ),
        malicious(
            class,
            "zlib",
            loads(call(
                "zlib",
                "decompress",
                vec![Py::Bytes(deflated(&inner()))],
            )),
        ),
        malicious(class, "bytes-io", {
            dumps(
                4,
                &call("pickle", "load", vec![call("io", "BytesIO", vec![raw()])]),
            )
        }),
        malicious(class, "joblib-load-of-a-buffer", {
            dumps(
                4,
                &call("joblib", "load", vec![call("io", "BytesIO", vec![raw()])]),
            )
        }),
        malicious(class, "spacy-document", {
            dumps(
                2,
                &call(
                    "spacy.tokens.doc",
                    "unpickle_doc",
                    vec![Py::None, raw(), Py::Bytes(Vec::new())],
                ),
            )
        }),
        malicious(
            class,
            "bytearray",
            loads(call("builtins", "bytearray", vec![raw()])),
        ),
        malicious(
            class,
            "unknown-loader",
            dumps(4, &call("acme.serial", "restore", vec![raw()])),
        ),
        malicious(class, "exec-of-decoded-text", {
            let source = text(&base64(b"import os; os.getcwd()"));
            dumps(
                4,
                &call(
                    "builtins",
                    "exec",
                    vec![call("base64", "b64decode", vec![source])],
                ),
            )
        }),
        malicious(class, "eval-of-joined-text", {
            let parts = Py::List(vec![text("__imp"), text("ort__('os')")]);
            dumps(
                4,
                &call(
                    "builtins",
                    "eval",
                    vec![call("builtins", "str.join", vec![text(""), parts])],
                ),
            )
        }),
        malicious(class, "partial-of-loads", {
            dumps(
                4,
                &call("functools", "partial", vec![name("pickle", "loads"), raw()]),
            )
        }),
        malicious(class, "loads-by-obj", {
            Assembler::new(2)
                .op("MARK")
                .import("pickle", "loads")
                .value(&raw())
                .op("OBJ")
                .stop()
        }),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let six = (group >> (18 - 6 * index) & 63) as usize;
            out.push(if index <= chunk.len() {
                char::from(ALPHABET[six])
            } else {
                '='
            });
        }
    }
    out
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A zip with one stored member, as far as local headers go.
fn stored_zip(member: &[u8]) -> Vec<u8> {
    let name = b"archive/data.pkl";
    let mut out = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0".to_vec();
    let length = u32::try_from(member.len())
        .expect("a short member")
        .to_le_bytes();
    out.extend([0; 4]);
    out.extend(length);
    out.extend(length);
    out.extend(
        u16::try_from(name.len())
            .expect("a short name")
            .to_le_bytes(),
    );
    out.extend([0, 0]);
    out.extend(name);
    out.extend(member);
    out
}
