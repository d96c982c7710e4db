use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::Document;

fn sample() -> Value {
    json!({
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "certificate": {"rawBytes": "bGVhZg==", "later": 1},
            "tlogEntries": [{
                "logIndex": "7",
                "logId": {"keyId": "aWQ=", "later": {}},
                "kindVersion": {"kind": "dsse", "version": "0.0.1"},
                "integratedTime": "1700000000",
                "inclusionPromise": {"signedEntryTimestamp": "c2V0"},
                "inclusionProof": {
                    "logIndex": "7",
                    "rootHash": "cm9vdA==",
                    "treeSize": "8",
                    "hashes": ["aGFzaA=="],
                    "checkpoint": {"envelope": "origin\n8\ncm9vdA==\n"},
                    "later": [1],
                },
                "canonicalizedBody": "Ym9keQ==",
                "later": "x",
            }],
            "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": "dGltZQ=="}], "later": 2},
            "later": 3,
        },
        "dsseEnvelope": {
            "payload": "e30=",
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": "c2ln", "keyid": "", "later": 4}],
            "later": 5,
        },
        "later": 6,
    })
}

fn read(value: &Value) -> Result<Bundle, ReadError> {
    Bundle::read(value.to_string().as_bytes(), &Limits::default())
}

fn with(pointer: &str, value: Value) -> Result<Bundle, ReadError> {
    let mut bundle = sample();
    *bundle.pointer_mut(pointer).expect("in the sample") = value;
    read(&bundle)
}

#[test]
fn a_bundle_with_unknown_fields_is_written_as_it_was_read() {
    let bundle = read(&sample()).unwrap();
    assert_eq!(bundle.log_entries[0].log_index, 7);
    assert_eq!(bundle.timestamps, [b"time"]);
    let written: Value = serde_json::from_slice(&bundle.write()).unwrap();
    assert_eq!(written, sample());
}

#[test]
fn every_kind_of_material_and_content_survives_a_round_trip() {
    let message = MessageSignature {
        digest: Some(("SHA2_256".to_owned(), vec![1, 2])),
        signature: vec![3],
    };
    let chain = vec![Der(vec![1]), Der(vec![2])];
    let raw = Material::PublicKey {
        hint: String::new(),
        raw: Some(vec![9]),
    };
    for material in [
        Material::public_key(""),
        Material::public_key("ab"),
        raw,
        Material::Chain(chain),
    ] {
        let bundle = Bundle::new(material, Content::Message(message.clone()));
        assert_eq!(
            Bundle::read(&bundle.write(), &Limits::default()),
            Ok(bundle)
        );
    }
}

#[test]
fn versions_are_read_and_unknown_ones_refused() {
    for (media_type, version) in [
        (
            "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Version::V0_1,
        ),
        (
            "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Version::V0_2,
        ),
        (
            "application/vnd.dev.sigstore.bundle+json;version=0.3",
            Version::V0_3,
        ),
        (MEDIA_TYPE, Version::V0_3),
    ] {
        assert_eq!(
            with("/mediaType", json!(media_type)).unwrap().version,
            version
        );
    }
    for media_type in [
        "",
        "application/json",
        "application/vnd.dev.sigstore.bundle.v0.9+json",
    ] {
        let refused = with("/mediaType", json!(media_type));
        assert_eq!(
            refused,
            Err(ReadError::UnknownVersion(media_type.to_owned()))
        );
    }
}

#[test]
fn what_is_wrong_is_told_apart() {
    let entry = "/verificationMaterial/tlogEntries/0";
    let path = |rest: &str| format!("verificationMaterial.tlogEntries[0].{rest}");
    let cases = [
        (
            "logIndex",
            json!("-1"),
            ReadError::Negative {
                field: path("logIndex"),
            },
        ),
        (
            "logIndex",
            json!(-1),
            ReadError::Negative {
                field: path("logIndex"),
            },
        ),
        (
            "logIndex",
            json!(1.5),
            ReadError::NotANumber {
                field: path("logIndex"),
            },
        ),
        (
            "logIndex",
            json!("99999999999999999999"),
            ReadError::NotANumber {
                field: path("logIndex"),
            },
        ),
        (
            "logIndex",
            json!("+1"),
            ReadError::NotANumber {
                field: path("logIndex"),
            },
        ),
        (
            "logIndex",
            json!(""),
            ReadError::NotANumber {
                field: path("logIndex"),
            },
        ),
        (
            "integratedTime",
            json!("-5"),
            ReadError::Negative {
                field: path("integratedTime"),
            },
        ),
        (
            "canonicalizedBody",
            json!("%"),
            ReadError::NotBase64 {
                field: path("canonicalizedBody"),
            },
        ),
        (
            "inclusionProof/hashes/0",
            json!("%"),
            ReadError::NotBase64 {
                field: path("inclusionProof.hashes[0]"),
            },
        ),
        (
            "inclusionProof/treeSize",
            json!(-8),
            ReadError::Negative {
                field: path("inclusionProof.treeSize"),
            },
        ),
        (
            "inclusionProof/rootHash",
            Value::Null,
            ReadError::Missing {
                field: path("inclusionProof.rootHash"),
            },
        ),
        (
            "logId/keyId",
            json!(""),
            ReadError::Empty {
                field: path("logId.keyId"),
            },
        ),
        (
            "kindVersion",
            json!([]),
            ReadError::WrongType {
                field: path("kindVersion"),
                expected: "an object",
            },
        ),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(
            with(&format!("{entry}/{pointer}"), value),
            Err(expected),
            "{pointer}"
        );
    }
}

#[test]
fn exactly_one_material_and_one_content_is_there() {
    let mut two = sample();
    two["verificationMaterial"]["publicKey"] = json!({"hint": "x"});
    assert!(matches!(read(&two), Err(ReadError::Conflict { .. })));
    let mut two = sample();
    two["messageSignature"] = json!({"signature": "eA=="});
    assert!(matches!(read(&two), Err(ReadError::Conflict { .. })));
    assert!(matches!(
        with("/dsseEnvelope", Value::Null),
        Err(ReadError::Missing { .. })
    ));
    assert!(matches!(
        with("/verificationMaterial", json!({})),
        Err(ReadError::Missing { .. })
    ));
    let empty = json!({"x509CertificateChain": {"certificates": []}});
    let expected = ReadError::Empty {
        field: "verificationMaterial.x509CertificateChain.certificates".to_owned(),
    };
    assert_eq!(with("/verificationMaterial", empty), Err(expected));
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    let text = sample().to_string();
    for length in 0..text.len() {
        let cut = &text.as_bytes()[..length];
        assert!(
            Bundle::read(cut, &Limits::default()).is_err(),
            "cut at {length}"
        );
        assert!(
            Document::read_all(cut, &Limits::default())
                .iter()
                .all(Result::is_err)
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_equal_bytes_read_equal(at in 0usize..1200, byte: u8, bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut changed = sample().to_string().into_bytes();
        if let Some(place) = changed.get_mut(at) {
            *place = byte;
        }
        for input in [changed, bytes] {
            let read = Document::read_all(&input, &Limits::default());
            prop_assert_eq!(&read, &Document::read_all(&input, &Limits::default()));
            for bundle in read.into_iter().flatten() {
                if let Document::Bundle(bundle) = bundle {
                    let again = Bundle::read(&bundle.write(), &Limits::default()).unwrap();
                    prop_assert_eq!(again.content, bundle.content);
                }
            }
        }
    }
}
