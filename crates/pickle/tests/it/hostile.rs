//! Bytes made to break the machine: it never panics, stays small, and says the same twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError};
use chainwright_core::limits::Limits;
use chainwright_core::problem::ProblemKind;
use chainwright_pickle::{Flavour, StreamEnd, Tier, recognise, scan};
use chainwright_testkit::corpus::pickle;
use chainwright_testkit::pickle::{call, dumps, from_recipe, text};
use proptest::prelude::*;

use crate::{facts, facts_of};

#[test]
fn every_seed_survives_truncation_at_every_byte() {
    for case in pickle::cases() {
        let (_, bytes) = &case.files[0];
        for end in 0..bytes.len().min(600) {
            let cut = &bytes[..end];
            let likeness = recognise(cut, cut.len() as u64);
            assert!(likeness.is_none() || end > 0);
            let seen = facts(cut);
            assert!(
                seen.stream_count >= 1,
                "{}/{} cut at {end}",
                case.class,
                case.name
            );
        }
    }
}

#[test]
fn a_call_survives_every_cut_behind_it() {
    let payload = dumps(2, &call("os", "system", vec![text("id")]));
    let attack = [payload, b"\x80\x02}q\0(X\x01\0\0\0aK\x01u.".to_vec()].concat();
    for end in 26..attack.len() {
        assert_eq!(
            facts(&attack[..end]).worst(),
            Tier::Dangerous,
            "cut at {end}"
        );
    }
}

/// Repeats bytes before a payload that has to be found all the same.
fn padded(padding: &str, count: u32) -> Tier {
    facts_of(&format!("PROTO 2\nEMPTY_LIST\nREPEAT {count} {padding}\nGLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP")).worst()
}

#[test]
fn padding_hides_nothing() {
    for padding in [
        "NONE",
        "MARK",
        "EMPTY_LIST",
        "DUP",
        "MEMOIZE",
        "TUPLE1",
        "EMPTY_DICT",
        "FRAME 0",
        "BINUNICODE 'x'",
        "EMPTY_TUPLE",
    ] {
        assert_eq!(padded(padding, 1_200_000), Tier::Dangerous, "{padding}");
    }
}

#[test]
fn many_distinct_names_do_not_hide_a_known_one() {
    let names: Vec<u8> = (0..60_000)
        .flat_map(|index| format!("cacme\nf{index}\n0").into_bytes())
        .collect();
    let seen = facts(&[names, b"cos\nsystem\n(S'id'\ntR.".to_vec()].concat());
    assert_eq!(seen.worst(), Tier::Dangerous);
    assert!(seen.uses.len() <= 600 && seen.uses_left_out > 0);
    assert!(
        seen.problems
            .iter()
            .any(|it| it.kind == ProblemKind::LimitReached)
    );
}

#[test]
fn nesting_beyond_the_limit_is_reported() {
    let mut bytes = dumps(4, &call("os", "system", vec![text("id")]));
    for _ in 0..20 {
        bytes = dumps(
            4,
            &call(
                "pickle",
                "loads",
                vec![chainwright_testkit::pickle::Py::Bytes(bytes)],
            ),
        );
    }
    let seen = facts(&bytes);
    assert_eq!(seen.nested_count, u64::from(Limits::default().depth));
    assert!(
        seen.problems
            .iter()
            .any(|it| it.kind == ProblemKind::LimitReached)
    );
}

#[test]
fn a_pickle_loaded_again_and_again_is_read_once() {
    let inner = dumps(
        2,
        &chainwright_testkit::pickle::Py::List(vec![chainwright_testkit::pickle::Py::Int(1); 5000]),
    );
    let recipe = "PROTO 4\nGLOBAL pickle loads\nBINPUT 0\nBINBYTES 'PAYLOAD'\nTUPLE1\nBINPUT 1\nREDUCE\nREPEAT 5000 RAW 680068015230\nSTOP";
    let assembled = from_recipe(recipe).expect("a recipe");
    let place = assembled
        .windows(7)
        .position(|it| it == b"PAYLOAD")
        .expect("the mark");
    let length = u32::try_from(inner.len()).expect("short").to_le_bytes();
    let bytes = [
        &assembled[..place - 4],
        &length,
        &inner,
        &assembled[place + 7..],
    ]
    .concat();
    assert_eq!(facts(&bytes).nested_count, 1);
}

#[test]
fn the_deadline_ends_a_scan_and_leaves_it_incomplete() {
    let asked = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&asked);
    let budget = Budget::new(
        Arc::default(),
        Arc::new(move || seen.fetch_add(1, Ordering::Relaxed) > 3),
    );
    let facts = scan(&b"N".repeat(1_000_000), Flavour::Plain, &budget);
    assert_eq!(facts.streams[0].end, StreamEnd::GivenUp);
    assert!(facts.problems[0].kind.leaves_incomplete());
    assert!(asked.load(Ordering::Relaxed) < 100);
}

/// A source that has to be read in pieces.
#[derive(Debug)]
struct InPieces(Vec<u8>);

impl ByteSource for InPieces {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let piece = buffer.len().min(7);
        self.0.read_at(offset, &mut buffer[..piece])
    }
}

#[test]
fn reading_in_pieces_gives_the_same_facts() {
    for case in pickle::cases() {
        let (_, bytes) = &case.files[0];
        if bytes.len() < 20_000 {
            let budget = Budget::untimed(Limits::default());
            let pieces = scan(&InPieces(bytes.clone()), Flavour::Plain, &budget);
            assert_eq!(pieces, facts(bytes), "{}/{}", case.class, case.name);
        }
    }
}

/// Bytes that are mostly opcodes with fitting arguments.
fn opcodes() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        6 => any::<u8>().prop_map(|byte| vec![byte]),
        6 => prop::sample::select(&b"(.012NRabdeilostu}])\x81\x85\x86\x87\x88\x8f\x90\x91\x92\x93\x94"[..]).prop_map(|byte| vec![byte]),
        2 => Just(b"cos\nsystem\n".to_vec()),
        2 => Just(b"cacme.x\nY\n".to_vec()),
        2 => Just(b"\x8c\x02os\x8c\x06system\x93".to_vec()),
        1 => Just(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81".to_vec()),
        1 => Just(b"cpickle\nloads\nC\x02N.\x85R".to_vec()),
        1 => Just(b"cfunctools\npartial\n".to_vec()),
        1 => any::<u8>().prop_map(|index| vec![b'h', index]),
        1 => any::<u8>().prop_map(|index| vec![b'q', index]),
        1 => any::<u8>().prop_map(|length| vec![0x95, length, 0, 0, 0, 0, 0, 0, 0]),
    ];
    prop::collection::vec(part, 0..200).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_facts_twice(bytes in opcodes()) {
        let size = bytes.len() as u64;
        prop_assert_eq!(recognise(&bytes, size), recognise(&bytes, size));
        for flavour in [Flavour::Plain, Flavour::Joblib, Flavour::TorchLegacy, Flavour::TorchZip] {
            let budget = Budget::untimed(Limits::default());
            let first = scan(&bytes, flavour, &budget);
            prop_assert_eq!(&first, &scan(&bytes, flavour, &Budget::untimed(Limits::default())));
            prop_assert!(first.uses.len() <= 1000 && first.problems.len() <= 64);
        }
    }
}
