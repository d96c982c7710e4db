//! Whatever the bytes: no panic, one answer, and nothing half-read.

use chainwright_oms::{Present, PresentFile, compare, read_statement, twin_key, write_statement};
use proptest::prelude::*;

use crate::{files, shards, statement};

#[test]
fn every_truncation_is_refused() {
    for (serialization, names) in [
        (files(), &["a", "b/c"][..]),
        (shards(10), &["a:0:10", "a:10:11"]),
    ] {
        let whole = statement(serialization, names).to_string();
        for length in 0..whole.len() {
            assert!(
                read_statement(&whole.as_bytes()[..length]).is_err(),
                "{length}"
            );
        }
        assert!(read_statement(format!("{whole} x").as_bytes()).is_err());
    }
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read_statement(deep.as_bytes()).is_err());
    let inside = format!(r#"{{"_type":{deep}}}"#);
    assert!(read_statement(inside.as_bytes()).is_err());
}

#[test]
fn a_hundred_thousand_stretches_take_no_square_time() {
    let names: Vec<String> = (0..100_000)
        .map(|start| format!("a:{start}:{}", start + 1))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = statement(shards(1), &names).to_string();
    let signed = read_statement(bytes.as_bytes()).expect("sound");
    let found = compare(&signed.manifest, &Present::default(), false);
    assert_eq!(found.differences.len(), 1);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[a-z./:0-9]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place of a statement that a value can be put into.
const PLACES: [&str; 14] = [
    "/_type",
    "/subject",
    "/subject/0",
    "/subject/0/name",
    "/subject/0/digest",
    "/predicateType",
    "/predicate",
    "/predicate/resources",
    "/predicate/resources/0",
    "/predicate/resources/0/name",
    "/predicate/resources/0/digest",
    "/predicate/serialization",
    "/predicate/serialization/method",
    "/predicate/serialization/hash_type",
];

proptest! {
    #[test]
    fn any_value_at_any_place_is_refused_or_means_one_thing(
        place in prop::sample::select(&PLACES[..]),
        value in any_json(),
        in_stretches in any::<bool>(),
    ) {
        let mut tampered = if in_stretches {
            statement(shards(10), &["a:0:10", "b:0:3"])
        } else {
            statement(files(), &["a", "b"])
        };
        *tampered.pointer_mut(place).expect("a place") = value;
        let bytes = tampered.to_string();
        let first = read_statement(bytes.as_bytes());
        prop_assert_eq!(&first, &read_statement(bytes.as_bytes()));
        if let Ok(signed) = first {
            let again = read_statement(&write_statement(&signed.manifest));
            prop_assert_eq!(again.map(|signed| signed.manifest), Ok(signed.manifest));
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_statement(&bytes).is_err());
    }

    #[test]
    fn the_key_of_a_name_is_its_own_key(name in "\\PC{0,20}") {
        let key = twin_key(&name);
        prop_assert_eq!(twin_key(&key), key);
    }

    #[test]
    fn comparing_never_fails_and_never_depends_on_order(
        names in prop::collection::btree_set("[aA]{1,2}(/[bB.]{1,2})?", 1..6),
        mut on_disk in prop::collection::vec("[aA]{1,2}(/[bB.]{1,2})?", 0..6),
    ) {
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| chainwright_oms::check_name(name).is_ok())
            .collect();
        prop_assume!(!names.is_empty());
        let signed = crate::manifest(files(), &names);
        let disk = |names: &[String]| Present {
            files: names
                .iter()
                .map(|name| PresentFile {
                    name: name.clone(),
                    size: 0,
                    pieces: Vec::new(),
                    is_executable: false,
                    excluded: None,
                })
                .collect(),
            others: Vec::new(),
        };
        on_disk.sort();
        on_disk.dedup();
        let forwards = compare(&signed, &disk(&on_disk), false);
        on_disk.reverse();
        prop_assert_eq!(forwards, compare(&signed, &disk(&on_disk), false));
    }
}
