#![expect(
    clippy::arithmetic_side_effects,
    reason = "offsets of files that the test builds"
)]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, Window};
use chainwright_core::limits::Limits;
use chainwright_testkit::corpus::{Case, Label, weights};

use super::*;
use crate::review::{Entry, Review, read};

/// Judges the tensors of a safetensors file.
fn signs(file: &[u8]) -> Vec<WeightSign> {
    let length = u64::from_le_bytes(file[..8].try_into().expect("eight bytes"));
    let start = 8 + length;
    let header: serde_json::Value =
        serde_json::from_slice(&file[8..start as usize]).expect("a header");
    let number = |value: &serde_json::Value| value.as_u64().expect("a number");
    let entries = header
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, tensor)| Entry {
            name: name.clone(),
            dtype: Dtype::from_safetensors(tensor["dtype"].as_str().expect("text")).expect("known"),
            shape: tensor["shape"]
                .as_array()
                .expect("a list")
                .iter()
                .map(number)
                .collect(),
            offset: start + number(&tensor["data_offsets"][0]),
            length: number(&tensor["data_offsets"][1]) - number(&tensor["data_offsets"][0]),
        })
        .collect();
    let bytes: SharedBytes = Arc::new(file.to_vec());
    let window = Window::new(bytes, 0, u64::MAX);
    let mut review = Review::new(entries, file.len() as u64);
    read(&mut review, &window, &Budget::untimed(Limits::default())).expect("memory");
    judge(&review.finish())
}

fn shown(case: &Case) -> String {
    let lines: Vec<String> = signs(&case.files[0].1)
        .into_iter()
        .map(|sign| {
            format!(
                "{} {}: {} ({})",
                sign.severity,
                sign.kind.name(),
                sign.tensor,
                sign.detail
            )
        })
        .collect();
    format!("{}/{}: {}", case.class, case.name, lines.join("; "))
}

#[test]
fn the_corpus_is_judged_as_labelled() {
    let (mut missed, mut false_alarms) = (Vec::new(), Vec::new());
    for case in weights::cases() {
        let is_flagged = signs(&case.files[0].1)
            .iter()
            .any(|sign| sign.severity >= Severity::Medium);
        match (case.label, is_flagged) {
            (Label::Malicious, false) => missed.push(shown(&case)),
            (Label::Benign, true) => false_alarms.push(shown(&case)),
            _ => {}
        }
    }
    assert!(
        missed.is_empty() && false_alarms.is_empty(),
        "missed:\n{}\nfalse alarms:\n{}",
        missed.join("\n"),
        false_alarms.join("\n")
    );
}

#[test]
fn files_of_the_corpus_stay_small() {
    for case in weights::cases() {
        let size = case.files[0].1.len();
        assert!(
            size <= 300 * 1024,
            "{}/{} has {size} bytes",
            case.class,
            case.name
        );
    }
}

#[test]
fn each_kind_of_sign_names_what_it_saw() {
    let cases = weights::cases();
    let kinds = |name: &str| -> Vec<WeightSignKind> {
        let case = cases.iter().find(|case| case.name == name).expect("a case");
        signs(&case.files[0].1)
            .iter()
            .map(|sign| sign.kind)
            .collect()
    };
    for (case, kind) in [
        ("f32-1-bits", WeightSignKind::LowBitText),
        ("elf-bf16-1-bits", WeightSignKind::HiddenMagic),
        ("upcast-8-bits-one-in-10", WeightSignKind::LowBitPayload),
        (
            "upcast-16-bits-part-of-a-tensor",
            WeightSignKind::PartialUpcast,
        ),
        ("noise-as-f32", WeightSignKind::UniformBytes),
        ("noise-as-bytes", WeightSignKind::UniformBytes),
        ("text-as-bf16", WeightSignKind::TextBytes),
        ("nan-in-weights", WeightSignKind::NotANumber),
        ("infinite-weights", WeightSignKind::Infinite),
        ("enormous-weights", WeightSignKind::EnormousNumbers),
        (
            "padded-and-tied-vocabulary",
            WeightSignKind::DuplicateTensor,
        ),
        ("padded-vocabulary-f32", WeightSignKind::OutlierRows),
        (
            "upcast-with-one-layer-in-full-precision",
            WeightSignKind::MixedUpcast,
        ),
        ("zero-biases-and-norms-of-one", WeightSignKind::Constant),
    ] {
        let found = kinds(case);
        assert!(found.contains(&kind), "{case}: {found:?}");
    }
}
