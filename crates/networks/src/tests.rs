//! The labelled corpus of this crate's own formats, read file by file.

use std::sync::Arc;

use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelHazard, ModelHazardKind};
use chainwright_testkit::corpus::{Case, Label, networks};

use super::*;

/// Formats that this list of tests is about; TensorFlow has its own.
const PREFIXES: &[&str] = &["onnx-", "coreml-", "paddle-", "caffe", "cntk-"];

const WINDOW: usize = 64 * 1024;

fn cases() -> Vec<Case> {
    let is_ours = |case: &Case| PREFIXES.iter().any(|prefix| case.class.starts_with(prefix));
    networks::cases().into_iter().filter(is_ours).collect()
}

fn read_as(bytes: &[u8], name: &str) -> Vec<(Kind, ModelFacts)> {
    let head = chainwright_core::fields::first(bytes, WINDOW);
    let tail_start = bytes.len().saturating_sub(WINDOW);
    let tail = bytes.get(tail_start..).filter(|_| tail_start > 0);
    let tail = tail.unwrap_or_default();
    let shared: SharedBytes = Arc::new(bytes.to_vec());
    let budget = Budget::untimed(Limits::default());
    recognise(head, tail, name)
        .into_iter()
        .map(|kind| (kind, read(kind, &shared, &budget)))
        .collect()
}

/// How the rules weigh a hazard: 0 low, 1 medium, 2 high, 3 critical.
fn weight(hazard: &ModelHazard) -> i32 {
    let weight: i32 = match hazard.kind {
        ModelHazardKind::EmbeddedCode | ModelHazardKind::DangerousCallable => {
            if hazard.effect == Effect::OnLoad {
                3
            } else {
                2
            }
        }
        ModelHazardKind::ProcessStart
        | ModelHazardKind::NativeLibrary
        | ModelHazardKind::FileWrite
        | ModelHazardKind::NetworkUse
        | ModelHazardKind::InterpreterCallback
        | ModelHazardKind::PathEscape => 2,
        ModelHazardKind::CustomOperator | ModelHazardKind::StrayData => 0,
        _ => 1,
    };
    weight.saturating_sub(i32::from(hazard.effect == Effect::Conditional))
}

#[test]
fn every_case_is_recognised_and_judged_as_labelled() {
    let mut wrong = Vec::new();
    for case in cases() {
        let name = format!("{}/{}", case.class, case.name);
        let read = read_as(&case.files[0].1, &case.subject);
        if read.len() != 1 {
            let kinds: Vec<_> = read.iter().map(|(kind, _)| *kind).collect();
            wrong.push(format!("{name}: recognised as {kinds:?}"));
            continue;
        }
        let facts = &read[0].1;
        let worst = facts.hazards.iter().map(weight).max().unwrap_or(-1);
        if (worst >= 1) != (case.label == Label::Malicious) {
            wrong.push(format!("{name}: {:?} {:?}", facts.hazards, facts.problems));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn honest_files_leave_no_problem() {
    for case in cases().iter().filter(|case| case.label == Label::Benign) {
        for (kind, facts) in read_as(&case.files[0].1, &case.subject) {
            assert!(
                facts.problems.is_empty(),
                "{} {kind:?}: {:?}",
                case.name,
                facts.problems
            );
        }
    }
}

#[test]
fn files_cut_anywhere_are_read_without_panic() {
    for case in cases() {
        let bytes = &case.files[0].1;
        if bytes.len() > 4096 {
            continue;
        }
        for end in 0..bytes.len() {
            read_as(&bytes[..end], &case.subject);
        }
    }
}

#[test]
fn what_a_cut_leaves_of_a_name_is_not_judged() {
    let is_about_names = |hazard: &ModelHazard| {
        matches!(
            hazard.kind,
            ModelHazardKind::UnknownCallable | ModelHazardKind::CustomOperator
        )
    };
    let judged = |facts: &[(Kind, ModelFacts)]| {
        let hazards = facts.iter().flat_map(|(_, facts)| &facts.hazards);
        hazards.filter(|hazard| is_about_names(hazard)).count()
    };
    let mut cuts = 0_u32;
    for case in cases().iter().filter(|case| case.label == Label::Benign) {
        let (name, bytes) = &case.files[0];
        let is_binary = bytes.contains(&0) && bytes.len() < 4096;
        if !is_binary || judged(&read_as(bytes, name)) > 0 {
            continue;
        }
        for end in 0..bytes.len() {
            assert_eq!(
                judged(&read_as(&bytes[..end], name)),
                0,
                "{} {end}",
                case.name
            );
            cuts += 1;
        }
    }
    assert!(cuts > 1000, "{cuts}");
}

#[test]
fn random_bytes_are_nothing() {
    let mut state = 1_u64;
    for _ in 0..2000 {
        let bytes: Vec<u8> = (0..64)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        assert_eq!(recognise(&bytes, &[], "data.bin"), []);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_files_give_the_same_facts_twice(
        index in 0_usize..1000,
        changes in proptest::collection::vec((0_usize..2000, 0_u8..), 1..12),
    ) {
        let cases = cases();
        let case = &cases[index.rem_euclid(cases.len())];
        let mut bytes = case.files[0].1.clone();
        for (at, value) in changes {
            let length = bytes.len();
            bytes[at.rem_euclid(length)] = value;
        }
        let shared: SharedBytes = Arc::new(bytes);
        let budget = Budget::untimed(Limits::default());
        for kind in [
            Kind::Onnx, Kind::CoreMl, Kind::CoreMlManifest, Kind::CoreMlProgramText, Kind::PaddleProgram,
            Kind::PaddleTensors, Kind::PaddleJson, Kind::CaffeText, Kind::CaffeModel, Kind::Caffe2Net, Kind::Cntk,
        ] {
            assert_eq!(read(kind, &shared, &budget), read(kind, &shared, &budget));
        }
    }
}
