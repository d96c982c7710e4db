//! Damaged and hostile documents: nothing panics, nothing grows without bound, the same bytes give the same answer.

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::{ReadError, Standard, measure, read, spdx3};
use chainwright_core::limits::Limits;
use proptest::prelude::*;

use crate::{generate, others};

fn exercise(bytes: &[u8]) {
    let first = read(bytes, "x", &Limits::default());
    assert_eq!(first, read(bytes, "x", &Limits::default()));
    if let Ok((_, inventory)) = first {
        let written = cyclonedx::write(&inventory, Edition::V1_7);
        let _ = read(&written, "y", &Limits::default()).unwrap();
        let _ = spdx3::write(&inventory);
        let _ = measure(&inventory, Standard::G7);
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        let _ = cyclonedx::check(&value);
    }
}

#[test]
fn documents_cut_anywhere_are_refused_in_peace() {
    let small = generate::inventory(3, 1);
    let seeds = [
        serde_json::to_vec(&cyclonedx::to_value(&small, Edition::V1_7)).unwrap(),
        serde_json::to_vec(&spdx3::to_value(&small)).unwrap(),
        others::TAG_VALUE.as_bytes().to_vec(),
        others::CROISSANT.as_bytes().to_vec(),
        others::SPDX_2.as_bytes().to_vec(),
    ];
    for seed in seeds {
        assert!(read(&seed, "x", &Limits::default()).is_ok());
        for end in 0..seed.len().min(6000) {
            exercise(&seed[..end]);
        }
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(matches!(
        read(deep.as_bytes(), "x", &Limits::default()),
        Err(ReadError::NotJson { .. })
    ));
    let wide = format!("[{}1]", "[],".repeat(9_000_000));
    assert!(matches!(
        read(wide.as_bytes(), "x", &Limits::default()),
        Err(ReadError::TooManyValues(_))
    ));
    let limits = Limits {
        header_bytes: 10,
        ..Limits::default()
    };
    let error = read(b"{\"bomFormat\":\"CycloneDX\"}", "x", &limits).unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { .. }));
    assert!(error.problem().kind.leaves_incomplete());
}

#[test]
fn components_that_hold_each_other_are_written_once() {
    let nest = |name: &str, other: &str| {
        format!(
            r#"{{"type":"file","bom-ref":"{name}","name":"{name}","properties":[{{"name":"chainwright:contained-by","value":"{other}"}}]}}"#
        )
    };
    let bytes = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.7","components":[{},{},{}]}}"#,
        nest("a", "b"),
        nest("b", "c"),
        nest("c", "a")
    );
    let (_, inventory) = read(bytes.as_bytes(), "x", &Limits::default()).unwrap();
    let written = cyclonedx::to_value(&inventory, Edition::V1_7);
    assert_eq!(written["components"].as_array().unwrap().len(), 3);
    assert!(cyclonedx::check(&written).is_empty());
}

#[test]
fn a_version_that_nobody_knows_is_named() {
    let error = read(
        br#"{"bomFormat":"CycloneDX","specVersion":"9.9"}"#,
        "x",
        &Limits::default(),
    );
    assert_eq!(
        error,
        Err(ReadError::UnsupportedVersion("CycloneDX 9.9".to_owned()))
    );
    assert_eq!(
        read(b"{}", "x", &Limits::default()),
        Err(ReadError::UnknownFormat)
    );
}

/// JSON of any shape below keys that readers look for.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[a-z:/@#%\\PC]{0,12}".prop_map(Into::into),
        prop::sample::select(vec![
            "CycloneDX",
            "1.7",
            "SPDX-2.3",
            "a",
            "dataset",
            "software_File",
            "ai_AIPackage",
            "DESCRIBES",
            "contains",
            "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            "http://mlcommons.org/croissant/1.0",
            "sc:Dataset",
            "chainwright:relation:adapts",
        ])
        .prop_map(Into::into),
    ];
    let key = prop::sample::select(vec![
        "bomFormat",
        "specVersion",
        "components",
        "bom-ref",
        "name",
        "type",
        "properties",
        "value",
        "hashes",
        "alg",
        "content",
        "licenses",
        "license",
        "expression",
        "modelCard",
        "data",
        "modelParameters",
        "datasets",
        "ref",
        "dependencies",
        "dependsOn",
        "pedigree",
        "ancestors",
        "metadata",
        "component",
        "tools",
        "citations",
        "pointers",
        "note",
        "vulnerabilities",
        "affects",
        "spdxVersion",
        "packages",
        "SPDXID",
        "relationships",
        "@context",
        "@graph",
        "spdxId",
        "from",
        "to",
        "relationshipType",
        "@type",
        "conformsTo",
        "distribution",
        "recordSet",
        "field",
    ]);
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_under_known_keys_is_survived(mut value in json(), format in 0..4) {
        if let Some(object) = value.as_object_mut() {
            let (key, text) = [
                ("bomFormat", "CycloneDX"),
                ("spdxVersion", "SPDX-2.3"),
                ("@context", "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"),
                ("conformsTo", "http://mlcommons.org/croissant/1.0"),
            ][format as usize];
            object.insert(key.to_owned(), text.into());
            object.insert("specVersion".to_owned(), "1.7".into());
            object.insert("@type".to_owned(), "Dataset".into());
        }
        exercise(&serde_json::to_vec(&value).unwrap());
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        exercise(text.as_bytes());
        exercise(format!("SPDXVersion: SPDX-2.3\n{text}").as_bytes());
    }
}
