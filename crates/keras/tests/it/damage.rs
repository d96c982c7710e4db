//! Damage: whatever the bytes are, reading ends, says the same thing twice and does not panic.

use chainwright_keras::{Kind, recognise};
use chainwright_testkit::hdf5::{Data, Dataset, Element, Group};
use chainwright_testkit::keras;
use proptest::prelude::*;

use super::read_as;

fn file() -> Vec<u8> {
    let mapped = Dataset::new(
        Element::Byte,
        &[4],
        Data::Virtual(vec![("a.h5".to_owned(), "/d".to_owned())]),
    );
    let elsewhere = Dataset::new(
        Element::Byte,
        &[4],
        Data::External(vec!["a.bin".to_owned()]),
    );
    keras::legacy_h5("{\"class_name\": \"Model\", \"config\": {}}")
        .external("x", "b.h5", "/c")
        .dataset("v", mapped)
        .dataset("e", elsewhere)
        .group("g", Group::default().root("r"))
        .build()
}

fn text() -> String {
    keras::sequential(&[keras::dense(), keras::lambda(&keras::bytecode(&["os"]))])
}

#[test]
fn every_truncation_is_read() {
    let file = file();
    for length in 0..file.len() {
        read_as(Kind::Hdf5, &file[..length]);
    }
    let text = text();
    for length in 1..text.len() {
        let facts = read_as(Kind::Config, &text.as_bytes()[..length]);
        assert!(!facts.problems.is_empty(), "{length}");
    }
}

#[test]
fn every_byte_may_lie() {
    let file = file();
    for at in 0..file.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut file = file.clone();
            file[at] = value;
            read_as(Kind::Hdf5, &file);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes_are_recognised_as_nothing(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(recognise(&bytes, &[], "config.json"), []);
    }

    #[test]
    fn the_same_bytes_give_the_same_facts(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        for (kind, mut bytes) in [(Kind::Hdf5, file()), (Kind::Config, text().into_bytes())] {
            for (at, value) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            prop_assert_eq!(read_as(kind, &bytes), read_as(kind, &bytes));
        }
    }

    #[test]
    fn any_text_is_read(text in "[\\[\\]{}\":,a-z_0-9 \\\\\n!-]{0,300}") {
        read_as(Kind::Config, text.as_bytes());
    }
}
