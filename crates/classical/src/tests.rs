//! The corpus of the area, every truncation of small seeds, and arbitrary bytes.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_testkit::corpus::{Label, classical};
use proptest::prelude::*;

use crate::{Kind, read, recognise};

const ALL: [Kind; 16] = [
    Kind::XgboostBinary,
    Kind::XgboostJson,
    Kind::XgboostUbjson,
    Kind::LightGbm,
    Kind::CatBoostBinary,
    Kind::CatBoostJson,
    Kind::Pmml,
    Kind::Skops,
    Kind::RData,
    Kind::Torch7,
    Kind::Msgpack,
    Kind::OrbaxMetadata,
    Kind::OcdbtManifest,
    Kind::JaxExport,
    Kind::SpacyConfig,
    Kind::SpacyMeta,
];

fn facts(kind: Kind, bytes: &[u8]) -> ModelFacts {
    let shared: SharedBytes = Arc::new(bytes.to_vec());
    read(kind, &shared, &Budget::untimed(Limits::default()))
}

fn all_facts(name: &str, bytes: &[u8]) -> Vec<ModelFacts> {
    let head = &bytes[..bytes.len().min(65_536)];
    let tail = if bytes.len() > 65_536 {
        &bytes[bytes.len().saturating_sub(65_536)..]
    } else {
        &[]
    };
    recognise(head, tail, name)
        .into_iter()
        .map(|kind| facts(kind, bytes))
        .collect()
}

/// The severity that the rules derive: 2 is medium. A part that is a pickle is judged by its own rules.
fn severity(kind: ModelHazardKind, effect: Effect) -> u8 {
    use ModelHazardKind as K;
    let level: u8 = match kind {
        K::EmbeddedCode | K::DangerousCallable if effect == Effect::OnLoad => 4,
        K::EmbeddedCode
        | K::DangerousCallable
        | K::ProcessStart
        | K::NativeLibrary
        | K::FileWrite
        | K::NetworkUse
        | K::InterpreterCallback
        | K::PathEscape => 3,
        K::CustomOperator | K::StrayData => 1,
        _ => 2,
    };
    level.saturating_sub(u8::from(effect == Effect::Conditional))
}

fn worst(all: &[ModelFacts]) -> u8 {
    let hazards = all.iter().flat_map(|facts| &facts.hazards);
    let by_hazard = hazards
        .map(|hazard| severity(hazard.kind, hazard.effect))
        .max()
        .unwrap_or(0);
    let has_pickle = all
        .iter()
        .flat_map(|facts| &facts.parts)
        .any(|part| part.name.ends_with(".pickle"));
    by_hazard.max(if has_pickle { 2 } else { 0 })
}

#[test]
fn the_corpus_is_judged_by_its_labels() {
    let mut wrong = Vec::new();
    for case in classical::cases() {
        for (file, bytes) in &case.files {
            let all = all_facts(file, bytes);
            if all.is_empty() {
                wrong.push(format!("{} {}: not recognised", case.class, case.name));
            } else if (worst(&all) >= 2) != (case.label == Label::Malicious) {
                wrong.push(format!("{} {}: {all:#?}", case.class, case.name));
            } else if case.label == Label::Benign
                && all.iter().any(|each| !each.problems.is_empty())
            {
                wrong.push(format!(
                    "{} {}: {:?}",
                    case.class, case.name, all[0].problems
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn truncated_files_never_panic_and_never_run_code_they_lost() {
    for case in classical::cases() {
        for (file, bytes) in case.files.iter().filter(|(_, bytes)| bytes.len() < 700) {
            for length in 0..bytes.len() {
                let part = &bytes[..length];
                for kind in recognise(part, &[], file) {
                    assert_eq!(
                        facts(kind, part),
                        facts(kind, part),
                        "{} at {length}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn random_and_foreign_bytes_are_nothing() {
    let mut state = 1_u64;
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..512)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state.to_le_bytes()[5]
            })
            .collect();
        assert_eq!(recognise(&bytes, &[], "x.bin"), [], "{bytes:?}");
    }
    for text in [
        "",
        "{}",
        "[]",
        "tree",
        "<html></html>",
        "[section]\nkey = value\n",
        "{\"learner\": 1}",
        "B\n",
        "X\n",
        "# tree\n",
        "{\"__class__\": \"x\"}",
        "4\n1\n3\n",
        "binf",
        "A\n2\nhello\n",
        "treehouse\nversion=1\n",
    ] {
        assert_eq!(recognise(text.as_bytes(), &[], "x.txt"), [], "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_facts_twice(
        kind in prop::sample::select(&ALL[..]),
        case in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let cases = classical::cases();
        let mut bytes = case.get(&cases).files[0].1.clone();
        bytes.truncate(4_000);
        for (at, value) in edits {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        bytes.extend(noise);
        prop_assert_eq!(facts(kind, &bytes), facts(kind, &bytes));
        for kind in recognise(&bytes, &[], "model.t7") {
            prop_assert_eq!(facts(kind, &bytes), facts(kind, &bytes));
        }
    }
}
