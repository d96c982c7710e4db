//! Streams in a file: stacked, trailing, broken, joblib's arrays and the old PyTorch format.

use chainwright_core::problem::ProblemKind;
use chainwright_pickle::{AnomalyKind, Flavour, StreamEnd, Tier, TrailingKind};
use chainwright_testkit::corpus::pickle;
use chainwright_testkit::pickle::from_recipe;

use crate::{facts, facts_of};

fn case(class: &str, name: &str) -> Vec<u8> {
    let cases = pickle::cases();
    let found = cases
        .iter()
        .find(|case| case.class == class && case.name == name);
    found.expect("a case of the corpus").files[0].1.clone()
}

#[test]
fn what_ran_before_an_error_counts() {
    for (tail, end, problem) in [
        ("RAW ff", StreamEnd::Malformed, ProblemKind::Malformed),
        ("", StreamEnd::Truncated, ProblemKind::Truncated),
        (
            "BINUNICODE @99 'short'",
            StreamEnd::Truncated,
            ProblemKind::Truncated,
        ),
        ("BINGET 7\nSTOP", StreamEnd::Stop, ProblemKind::Malformed),
        (
            "REPEAT 3 POP\nSTOP",
            StreamEnd::Stop,
            ProblemKind::Malformed,
        ),
    ] {
        let seen = facts_of(&format!(
            "GLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\n{tail}"
        ));
        assert_eq!(seen.worst(), Tier::Dangerous, "{tail}");
        assert_eq!(seen.streams[0].end, end, "{tail}");
        assert_eq!(seen.problems[0].kind, problem, "{tail}");
    }
}

#[test]
fn what_trails_is_told_apart() {
    let stream = from_recipe("PROTO 2\nEMPTY_DICT\nSTOP").expect("a recipe");
    for (tail, kind) in [
        (vec![0; 9000], Some(TrailingKind::Zeros)),
        (b" \n\n".to_vec(), Some(TrailingKind::Blank)),
        (b"\xde\xad\xbe\xef".to_vec(), Some(TrailingKind::Unknown)),
        (
            [
                &b"\xde\xad"[..],
                &from_recipe("PROTO 2\nGLOBAL acme x\nEMPTY_TUPLE\nREDUCE\nSTOP")
                    .expect("a recipe"),
            ]
            .concat(),
            Some(TrailingKind::Pickle),
        ),
        (Vec::new(), None),
    ] {
        let seen = facts(&[stream.clone(), tail.clone()].concat());
        assert_eq!(
            seen.trailing.as_ref().map(|it| it.kind),
            kind,
            "{}",
            tail.escape_ascii()
        );
        assert!(
            seen.trailing
                .is_none_or(|it| it.offset == 4 && it.length == tail.len() as u64)
        );
    }
}

#[test]
fn stacked_streams_are_all_run() {
    let one = from_recipe("PROTO 2\nGLOBAL acme.x Y\nEMPTY_TUPLE\nNEWOBJ\nSTOP").expect("a recipe");
    let seen = facts(&one.repeat(1000));
    assert_eq!((seen.stream_count, seen.streams.len()), (1000, 64));
    assert_eq!(seen.uses[0].count, 1000);
}

#[test]
fn the_old_pytorch_format_is_read_to_its_end() {
    let honest = facts(&case("framework", "torch-legacy"));
    assert_eq!(honest.flavour, Flavour::TorchLegacy);
    assert_eq!(
        (honest.stream_count, honest.storages, honest.worst()),
        (5, 1, Tier::Safe)
    );
    assert_eq!(
        honest.trailing.map(|it| (it.kind, it.length)),
        Some((TrailingKind::Storages, 16))
    );
    assert_eq!((honest.problems.len(), honest.anomalies.len()), (0, 0));

    let hostile = facts(&case("torch-legacy", "behind-the-storages"));
    assert_eq!(
        (hostile.stream_count, hostile.worst()),
        (6, Tier::Dangerous)
    );
    assert_eq!(hostile.anomalies[0].kind, AnomalyKind::ExtraStream);
}

#[test]
fn joblib_goes_on_behind_the_array() {
    let honest = facts(&case("numpy", "joblib-array"));
    assert_eq!(
        (
            honest.worst(),
            honest.problems.len(),
            honest.anomalies.len()
        ),
        (Tier::Safe, 0, 0)
    );
    assert_eq!(honest.streams[0].end, StreamEnd::Stop);
    for name in [
        "behind-the-array",
        "in-an-array-of-objects",
        "behind-an-array-of-objects",
        "instead-of-the-array",
    ] {
        assert_eq!(
            facts(&case("joblib-array", name)).worst(),
            Tier::Dangerous,
            "{name}"
        );
    }
}

#[test]
fn facts_survive_storage() {
    let seen = facts(&case("stream-tricks", "behind-garbage"));
    let stored = serde_json::to_string(&seen).expect("facts are plain data");
    assert_eq!(
        serde_json::from_str::<chainwright_pickle::PickleFacts>(&stored).expect("facts"),
        seen
    );
}
