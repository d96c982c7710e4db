use chainwright_testkit::corpus::formats::{framed_pickle, programs};
use chainwright_testkit::safetensors::{Builder, raw};

use super::*;
use crate::signature::Signature;

fn facts(bytes: &[u8]) -> SafetensorsFacts {
    let limits = Limits::default();
    read(&bytes.to_vec(), &limits, &Budget::untimed(limits.clone()))
}

fn kinds(bytes: &[u8]) -> Vec<SafetensorsFlaw> {
    let mut kinds: Vec<_> = facts(bytes)
        .flaws
        .kept
        .iter()
        .map(|flaw| flaw.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn entry(dtype: &str, shape: &str, offsets: &str, size: usize) -> Vec<u8> {
    let header =
        format!("{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}");
    raw(&header, &vec![0; size])
}

#[test]
fn each_lie_has_its_own_name() {
    use SafetensorsFlaw as F;
    let cases: [(Vec<u8>, &[F]); 20] = [
        (entry("F32", "[2]", "[0,8]", 8), &[]),
        (entry("F64", "[0]", "[0,0]", 0), &[]),
        (entry("F4", "[4]", "[0,2]", 2), &[]),
        (vec![1, 2, 3], &[F::FileTooShort]),
        (entry("F32", "[2]", "[0,8]", 4), &[F::OutOfBounds]),
        (entry("F32", "[2]", "[0,8]", 12), &[F::TrailingData]),
        (entry("F32", "[2]", "[4,12]", 12), &[F::Hole]),
        (entry("F32", "[3]", "[0,8]", 8), &[F::SizeMismatch]),
        (entry("F4", "[3]", "[0,1]", 1), &[F::PartialByte]),
        (entry("F99", "[2]", "[0,8]", 8), &[F::UnknownDtype]),
        (
            entry("F32", "[4611686018427387904,4]", "[0,8]", 8),
            &[F::Overflow],
        ),
        (entry("F32", "[-2]", "[0,8]", 8), &[F::WrongType]),
        (entry("F32", "[2]", "[0]", 0), &[F::WrongType]),
        (entry("F32", "[2]", "[8,0]", 0), &[F::NegativeRange]),
        (raw(" {}", &[]), &[F::HeaderStart]),
        (raw("{}\n", &[]), &[F::OddPadding]),
        (raw("{\"a\":1}", &[]), &[F::WrongType]),
        (raw("{\"a\":{}}", &[]), &[F::MissingField]),
        (raw("{", &[]), &[F::InvalidJson]),
        (raw("[]", &[]), &[F::HeaderStart, F::WrongType]),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            kinds(&bytes),
            expected,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn what_lies_behind_the_last_tensor_is_recognised() {
    let with = |payload: &[u8]| {
        let bytes = Builder::new()
            .tensor("w", "U8", &[4], &[1; 4])
            .data(payload)
            .build();
        facts(&bytes)
            .strays
            .first()
            .map(|stray| (stray.offset, stray.content.clone(), stray.zeros))
    };
    let start = Builder::new()
        .tensor("w", "U8", &[4], &[1; 4])
        .build()
        .len();
    let start = chainwright_core::fields::wide(start);
    assert_eq!(
        with(&framed_pickle()),
        Some((start, vec![Signature::Pickle], false))
    );
    assert_eq!(
        with(&programs::elf()),
        Some((start, vec![Signature::Elf], false))
    );
    assert_eq!(with(&[0; 64]), Some((start, vec![], true)));
}

#[test]
fn a_sound_file_is_described() {
    let bytes = Builder::new()
        .metadata("format", "pt")
        .tensor("a", "F32", &[2, 3], &[0; 24])
        .tensor("b", "BF16", &[5], &[0; 10])
        .build();
    let facts = facts(&bytes);
    assert!(facts.flaws.is_empty() && facts.problems.is_empty());
    assert_eq!((facts.tensor_count, facts.parameters), (2, 11));
    let dtypes: Vec<_> = facts
        .dtypes
        .iter()
        .map(|count| (count.dtype.as_str(), count.parameters))
        .collect();
    assert_eq!(dtypes, [("BF16", 5), ("F32", 6)]);
    assert_eq!(facts.tensors[1].offset, facts.data_offset + 24);
    assert_eq!(facts.metadata[0].value, "pt");
}

#[test]
fn a_header_above_the_limit_leaves_the_file_incomplete() {
    let limits = Limits {
        header_bytes: 16,
        ..Limits::default()
    };
    let bytes = Builder::new().tensor("a", "U8", &[1], &[0]).build();
    let facts = read(&bytes, &limits, &Budget::untimed(limits.clone()));
    assert!(
        facts
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::LimitReached)
    );
}

#[test]
fn a_thousand_lies_are_counted_but_not_all_kept() {
    let mut builder = Builder::new();
    for index in 0..1000 {
        builder = builder.entry(&format!("t{index}"), "F32", &[1], 0, 8);
    }
    let facts = facts(&builder.data(&[0; 8]).build());
    assert!(facts.flaws.kept.len() <= 64 && facts.flaws.left_out > 1000);
}

#[test]
fn when_time_is_up_the_file_is_incomplete_and_nothing_is_made_up() {
    let limits = Limits::default();
    let budget = Budget::new(std::sync::Arc::default(), std::sync::Arc::new(|| true));
    let bytes = Builder::new()
        .metadata("a", "b")
        .metadata("c", "d")
        .tensor("w", "U8", &[1], &[0])
        .build();
    let facts = read(&bytes, &limits, &budget);
    assert!(facts.flaws.is_empty(), "{:?}", facts.flaws);
    assert!(
        facts
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::LimitReached)
    );
}
