use chainwright_testkit::corpus::formats;
use proptest::prelude::*;

use super::look;

/// Small files of the corpus, one of each kind of trouble.
fn seeds() -> Vec<(String, Vec<u8>)> {
    formats::cases()
        .into_iter()
        .flat_map(|case| case.files)
        .filter(|(_, bytes)| bytes.len() <= 700)
        .collect()
}

#[test]
fn files_that_end_anywhere_are_read_to_their_end() {
    for (name, bytes) in seeds().iter().step_by(2) {
        for end in 0..bytes.len() {
            let seen = look(name, &bytes[..end]);
            let flaws = seen.safetensors.flaws.kept.len() + seen.gguf.flaws.kept.len();
            assert!(flaws <= 100, "{name} cut at {end} has {flaws} flaws");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_changes_never_break_the_parsers(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
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
    fn random_bytes_are_nothing_or_something_but_never_a_panic(
        magic in prop::sample::select(vec![b"GGUF\x03\0\0\0".to_vec(), b"\x93NUMPY\x01\0".to_vec(), b"\x40\0\0\0\0\0\0\0{".to_vec(), b"\x80\x04".to_vec(), Vec::new()]),
        rest in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let bytes = [magic, rest].concat();
        prop_assert_eq!(look("a.bin", &bytes), look("a.bin", &bytes));
    }
}
