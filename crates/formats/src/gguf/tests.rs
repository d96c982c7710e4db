use chainwright_testkit::gguf::{Builder, Value};

use super::*;

fn facts(builder: &Builder) -> GgufFacts {
    let limits = Limits::default();
    read(&builder.build(), &limits, &Budget::untimed(limits.clone()))
}

fn kinds(builder: &Builder) -> Vec<GgufFlaw> {
    let mut kinds: Vec<_> = facts(builder)
        .flaws
        .kept
        .iter()
        .map(|flaw| flaw.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn tensor(kind: u32, dimensions: &[u64], offset: u64) -> Builder {
    Builder::model()
        .tensor_at(b"w", kind, dimensions, offset)
        .data(&[0; 128])
}

#[test]
fn each_lie_has_its_own_name() {
    use GgufFlaw as F;
    let cases: [(&str, Builder, &[F]); 20] = [
        ("sound", tensor(0, &[32], 0), &[]),
        ("sound v1", tensor(0, &[32], 0).version(1), &[]),
        ("sound big-endian", tensor(0, &[32], 0).big_endian(), &[]),
        (
            "counts",
            tensor(0, &[32], 0).entry_count(1 << 50),
            &[
                F::Truncated,
                F::CountBeyondFile,
                F::EmptyKey,
                F::DuplicateKey,
            ],
        ),
        (
            "version",
            Builder::model().version(70_000),
            &[F::BadVersion],
        ),
        (
            "text",
            Builder::model().entry("a", Value::Raw(8, vec![0xff; 8])),
            &[F::StringBeyondFile],
        ),
        (
            "value type",
            Builder::model().entry("a", Value::Raw(13, vec![])),
            &[F::UnknownValueType],
        ),
        (
            "truth",
            Builder::model().entry("a", Value::Bool(2)),
            &[F::BadBool],
        ),
        (
            "key twice",
            Builder::model().text("a", "x").text("a", "y"),
            &[F::DuplicateKey],
        ),
        ("empty key", Builder::model().text("", "y"), &[F::EmptyKey]),
        (
            "alignment",
            Builder::model().entry("general.alignment", Value::U32(24)),
            &[F::BadAlignment],
        ),
        (
            "alignment type",
            Builder::model().entry("general.alignment", Value::U64(32)),
            &[F::BadAlignment],
        ),
        (
            "overflow",
            tensor(0, &[1 << 40, 1 << 40], 0),
            &[F::SizeOverflow],
        ),
        ("beyond", tensor(0, &[33], 0), &[F::OutOfBounds]),
        (
            "beyond by offset",
            tensor(0, &[0], 1 << 60),
            &[F::EmptyTensor, F::OutOfBounds, F::Hole],
        ),
        (
            "unaligned",
            tensor(0, &[8], 8),
            &[F::UnalignedOffset, F::Hole, F::TrailingData],
        ),
        ("fork type", tensor(150, &[8], 0), &[F::UnknownTensorType]),
        (
            "absurd type",
            tensor(u32::MAX, &[8], 0),
            &[F::AbsurdTensorType],
        ),
        (
            "blocks",
            tensor(8, &[33], 0),
            &[F::PartialBlock, F::TrailingData],
        ),
        (
            "dimensions",
            tensor(0, &[1, 1, 1, 1, 32], 0),
            &[F::TooManyDimensions],
        ),
    ];
    for (name, builder, expected) in cases {
        assert_eq!(kinds(&builder), expected, "{name}");
    }
}

#[test]
fn templates_are_handed_out_whole_with_their_place() {
    let long = "{{ message }}".repeat(1000);
    let builder = Builder::model()
        .text("tokenizer.chat_template", &long)
        .text("tokenizer.chat_template.tool_use", "{{ tools }}")
        .text("general.description", "uses {% if x %} inside")
        .text("general.author", "nobody");
    let bytes = builder.build();
    let facts = facts(&builder);
    let keys: Vec<_> = facts
        .templates
        .iter()
        .map(|template| template.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "tokenizer.chat_template",
            "tokenizer.chat_template.tool_use",
            "general.description"
        ]
    );
    assert_eq!(facts.templates[0].text, long);
    let offset = usize::try_from(facts.templates[1].offset).expect("small");
    assert!(bytes[offset..].starts_with(b"{{ tools }}"));
}

#[test]
fn a_sound_file_is_described() {
    let builder = Builder::model()
        .entry(
            "tokenizer.ggml.tokens",
            Value::Strings(vec!["a".to_owned(); 3]),
        )
        .text("general.base_model.0.name", "base")
        .tensor("w", 8, &[32, 2], &[0; 68])
        .tensor("b", 0, &[4], &[0; 16]);
    let facts = facts(&builder);
    assert!(
        facts.flaws.is_empty() && facts.problems.is_empty(),
        "{facts:?}"
    );
    assert_eq!(facts.architecture.as_deref(), Some("llama"));
    assert_eq!(facts.file_type.as_deref(), Some("F32"));
    assert_eq!(facts.parameters, 68);
    assert_eq!(
        facts.base_models,
        [("general.base_model.0.name".to_owned(), "base".to_owned())]
    );
    let vocabulary = facts
        .entries
        .iter()
        .find(|entry| entry.key == "tokenizer.ggml.tokens");
    assert_eq!(
        vocabulary.map(|entry| entry.kind.as_str()),
        Some("string[3]")
    );
}

#[test]
fn padding_that_is_not_zero_is_noticed() {
    let padded = |byte: u8| {
        Builder::model()
            .tensor("w", 0, &[1], &[0; 4])
            .data(&[byte; 28])
    };
    assert_eq!(kinds(&padded(0)), []);
    assert_eq!(kinds(&padded(7)), [GgufFlaw::TrailingData]);
}

#[test]
fn a_long_header_ends_at_the_limit() {
    let limits = Limits {
        header_bytes: 1000,
        ..Limits::default()
    };
    let tokens = Value::Strings(vec![String::new(); 50_000]);
    let bytes = Builder::model()
        .entry("tokenizer.ggml.tokens", tokens)
        .build();
    let facts = read(&bytes, &limits, &Budget::untimed(limits.clone()));
    assert!(
        facts
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::LimitReached)
    );
}
