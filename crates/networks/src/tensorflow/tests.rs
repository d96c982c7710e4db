use std::sync::Arc;

use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelHazard, ModelHazardKind};
use chainwright_testkit::corpus::{Case, Label, networks};
use chainwright_testkit::tensorflow as make;
use proptest::prelude::*;

use super::*;

const EDGE: usize = 64 * 1024;

fn facts_of(name: &str, bytes: &[u8]) -> Vec<ModelFacts> {
    let head = &bytes[..bytes.len().min(EDGE)];
    let tail = if bytes.len() > EDGE {
        &bytes[bytes.len().saturating_sub(EDGE)..]
    } else {
        &[]
    };
    let shared: SharedBytes = Arc::new(bytes.to_vec());
    let budget = Budget::untimed(Limits::default());
    let kinds = recognise(head, tail, name).into_iter();
    kinds.map(|kind| read(kind, &shared, &budget)).collect()
}

/// Whether the rules report a hazard at or above medium.
fn is_reported(hazard: &ModelHazard) -> bool {
    use ModelHazardKind as Kind;
    let step: u8 = match hazard.kind {
        Kind::CustomOperator | Kind::StrayData => 1,
        Kind::EmbeddedCode
        | Kind::DangerousCallable
        | Kind::ProcessStart
        | Kind::NativeLibrary
        | Kind::FileWrite
        | Kind::NetworkUse
        | Kind::InterpreterCallback
        | Kind::PathEscape => 3,
        _ => 2,
    };
    step.saturating_sub(u8::from(hazard.effect == Effect::Conditional)) >= 2
}

fn own_cases() -> Vec<Case> {
    let cases = networks::cases().into_iter();
    cases
        .filter(|case| case.class.starts_with("tensorflow-"))
        .collect()
}

#[test]
fn the_corpus_is_told_apart() {
    let mut wrong = Vec::new();
    let cases = own_cases();
    assert!(cases.len() > 120, "{}", cases.len());
    for case in &cases {
        let bytes = &case.files[0].1;
        let all = facts_of(&case.subject, bytes);
        let hazards: Vec<_> = all.iter().flat_map(|facts| &facts.hazards).collect();
        let is_reported = hazards.iter().any(|hazard| is_reported(hazard));
        let is_right = is_reported == (case.label == Label::Malicious);
        let problems: Vec<_> = all.iter().flat_map(|facts| &facts.problems).collect();
        let is_odd = case.label == Label::Benign && !problems.is_empty();
        if !is_right || is_odd || all.is_empty() {
            wrong.push(format!(
                "{}/{}: {hazards:?} {problems:?}",
                case.class, case.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_hangs_below_the_initialiser_runs_on_loading() {
    let inner = make::function(
        "inner",
        &["p"],
        [make::node("w", "WriteFile", &["p", "p"])],
        &[("out", "w:output:0")],
    );
    let call = make::with_function(make::node("call", "PartitionedCall", &["c"]), "f", "inner");
    let nodes = vec![
        make::text("c", "/srv/x"),
        call,
        make::node("init", "NoOp", &["^call"]),
        make::node("other", "PyFunc", &[]),
    ];
    let meta = make::with_init(make::stock(nodes, vec![inner]), "init");
    let facts = facts_of("x", &make::saved_model([meta])).remove(0);
    let effects: Vec<_> = facts
        .hazards
        .iter()
        .map(|each| (each.kind, each.effect, each.subject.as_str()))
        .collect();
    assert_eq!(
        effects,
        [
            (
                ModelHazardKind::InterpreterCallback,
                Effect::OnUse,
                "PyFunc"
            ),
            (
                ModelHazardKind::FileWrite,
                Effect::OnLoad,
                "WriteFile /srv/x"
            ),
        ]
    );
    assert_eq!(facts.producer, "TensorFlow 2.15.0");
    assert_eq!(facts.operators, 15);
}

#[test]
fn every_truncation_is_survived() {
    let seeds = [
        "stock",
        "vocabulary-asset",
        "keras-metadata",
        "checkpoint",
        "text-graph",
        "javascript-graph",
    ];
    let cases = own_cases();
    for case in cases
        .iter()
        .filter(|case| seeds.contains(&case.name.as_str()))
    {
        let bytes = &case.files[0].1;
        for length in 0..bytes.len() {
            let facts = facts_of(&case.subject, &bytes[..length]);
            let is_reported = facts.iter().flat_map(|each| &each.hazards).any(is_reported);
            // Without its last part a graph does not say that the loader places the vocabulary.
            let is_cut_loose = ["checkpoint", "vocabulary-asset"].contains(&case.name.as_str());
            assert!(!is_reported || is_cut_loose, "{} {length}", case.name);
        }
    }
}

#[test]
fn noise_is_nothing() {
    let noise: Vec<u8> = (0..4096_u32)
        .map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes()[1])
        .collect();
    for text in [
        &noise,
        &b"{\"a\": 1}".to_vec(),
        &b"node: x".to_vec(),
        &b"hello".to_vec(),
        &vec![0; 999],
        &vec![],
    ] {
        assert_eq!(recognise(text, &[], "weights.bin"), []);
    }
    // MediaPipe writes nodes as well, and Caffe writes layers.
    let other = b"node {\n  calculator: \"X\"\n  input_stream: \"y\"\n}\n";
    assert_eq!(recognise(other, &[], "graph.pbtxt"), []);
}

fn mutated() -> impl Strategy<Value = (Vec<u8>, &'static str)> {
    let seeds: Vec<_> = own_cases()
        .into_iter()
        .map(|case| case.files[0].1.clone())
        .collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(seeds), changes).prop_map(|(mut bytes, changes)| {
        for (place, value) in changes {
            let place = place.index(bytes.len().max(1));
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        (bytes, "saved_model.pb")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_panics_and_the_same_bytes_give_the_same_facts(
        (bytes, name) in mutated(),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert_eq!(facts_of(name, &bytes), facts_of(name, &bytes));
        let shared: SharedBytes = Arc::new(noise);
        let budget = Budget::untimed(Limits::default());
        for kind in [Kind::SavedModel, Kind::GraphDef, Kind::MetaGraph, Kind::KerasMetadata, Kind::Checkpoint] {
            prop_assert_eq!(read(kind, &shared, &budget), read(kind, &shared, &budget));
        }
    }
}
