use chainwright_testkit::corpus::runtimes;
use proptest::prelude::*;

use super::{kinds, look};

/// Small files of the corpus.
fn seeds() -> Vec<(String, Vec<u8>)> {
    runtimes::cases()
        .into_iter()
        .flat_map(|case| case.files)
        .filter(|(_, bytes)| bytes.len() <= 3000)
        .collect()
}

#[test]
fn files_that_end_anywhere_are_read_to_their_end() {
    for (name, bytes) in seeds().iter().step_by(3) {
        for end in 0..bytes.len() {
            for facts in look(name, &bytes[..end]) {
                assert!(facts.hazards.len() <= 400, "{name} cut at {end}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_changes_never_break_the_parsers(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        let seeds = seeds();
        let (name, bytes) = seed.get(&seeds);
        let mut bytes = bytes.clone();
        for (at, value) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        prop_assert_eq!(look(name, &bytes), look(name, &bytes));
    }

    #[test]
    fn random_bytes_are_nothing(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(kinds("model.bin", &bytes), Vec::new());
    }

    #[test]
    fn random_bytes_behind_a_mark_never_break_the_parsers(
        mark in prop::sample::select(vec![
            b"\x10\0\0\0TFL3".to_vec(),
            b"\x30\0\0\0ET12eh00".to_vec(),
            b"\x10\0\0\0PTMF".to_vec(),
            b"\x10\0\0\0FT01FH01".to_vec(),
            b"lmgg".to_vec(),
            b"tjgg\x01\0\0\0".to_vec(),
            b"\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
            b"\xdd\x85\x76\0".to_vec(),
            b"ftrt\0\0\0\0".to_vec(),
            b"7767517\n".to_vec(),
            b"<net name='x' version='11'><layers>".to_vec(),
            b"{\"nodes\": [{\"op\": \"null\", \"name\": \"a\", \"inputs\": []},".to_vec(),
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let bytes = [mark, rest].concat();
        prop_assert_eq!(look("model.bin", &bytes), look("model.bin", &bytes));
    }
}
