//! Bundles, certificates, log entries, documents and names that were changed, and what each of them is refused for. What
//! is done to the files of a model and to its statement is tried in `signing`; docs/accuracy.md counts both.

use std::fs;

use chainwright_attestations::{base64, dsse};
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::{KeySigner, PrivateKey, Signer as _};
use chainwright_stand_in::{IDENTITY, ISSUER};
use serde_json::json;

use super::*;

/// The certificates of a file, as a bundle has them.
fn chain(name: &str) -> Vec<Value> {
    let text = fs::read(fixture(&format!("certificates/{name}.pem"))).unwrap();
    let chain = certificates_from_pem(&text).unwrap();
    let raw = chain
        .iter()
        .map(|one| json!({"rawBytes": base64::encode(&one.0)}));
    raw.collect()
}

fn key(name: &str) -> PrivateKey {
    let text = fs::read(fixture(&format!("keys/{name}.pkcs8.pem"))).unwrap();
    PrivateKey::from_pem(&text, None).unwrap()
}

fn model() -> World {
    let world = World::new();
    world.write("model/config.json", "{}");
    world.write("model/weights.safetensors", "w");
    world
}

fn signed(more: &[&str]) -> World {
    let world = model();
    let key = fixture("keys/p256.pkcs8.pem");
    world.works(&[&["sign", "model", "--key", &key], more].concat());
    world
}

fn with_root(world: &World, root: &str) -> (Option<i32>, String) {
    let root = fixture(&format!("certificates/{root}.pem"));
    world.verdict(&["--certificate-roots", &root])
}

#[test]
fn certificates_that_may_not_sign_are_refused_for_what_they_lack() {
    let good = fixture("certificates/good.pem");
    let world = signed(&["--certificate", &good]);
    let place = "/verificationMaterial/x509CertificateChain/certificates";
    let original = world.bundle();
    let with = |certificates: Vec<Value>, root: &str| {
        let mut bundle = original.clone();
        *bundle.pointer_mut(place).unwrap() = certificates.into();
        world.write("model/model.sig", bundle.to_string());
        with_root(&world, root)
    };
    for (name, told) in [
        ("no-purpose", "wrong-usage"),
        ("server", "wrong-usage"),
        ("any-purpose", "wrong-usage"),
        ("key-agreement", "wrong-usage"),
        ("authority-no-purpose", "wrong-usage"),
        ("ended", "expired"),
        ("middle-ended", "expired"),
        ("authority-ended", "expired"),
        ("future", "not-yet-valid"),
        ("no-middle", "unknown-issuer"),
        ("stranger", "unknown-issuer"),
        ("forged", "bad-chain"),
        ("too-long", "bad-chain"),
        ("leaf-as-authority", "bad-chain"),
        ("web-authority", "bad-chain"),
        ("authority-alone", "unknown-issuer"),
        ("authority-stranger", "unknown-issuer"),
        ("authority-forged", "unknown-issuer"),
        ("authority-too-long", "unknown-issuer"),
        ("authority-under-leaf", "unknown-issuer"),
        ("authority-middle-ended", "unknown-issuer"),
        ("authority-web", "unknown-issuer"),
        ("rsa", "unsupported"),
        ("ed25519", "bad-signature"),
        ("other-key", "bad-signature"),
    ] {
        assert_eq!(with(chain(name), "root"), verdict(1, told), "{name}");
    }
    assert_eq!(
        with(chain("under-ended-root"), "ended-root"),
        verdict(1, "expired")
    );
    // Orders and company that do no harm, and those that do.
    let (leaf, middle) = (chain("good").remove(0), chain("good").remove(1));
    let (root, stranger) = (chain("root").remove(0), chain("stranger").remove(1));
    for (name, certificates, code, told) in [
        ("with the root", vec![&leaf, &middle, &root], 0, "clock"),
        (
            "with a stranger",
            vec![&leaf, &stranger, &middle],
            0,
            "clock",
        ),
        ("twice", vec![&leaf, &middle, &middle], 0, "clock"),
        (
            "stranger in place of the middle",
            vec![&leaf, &stranger],
            1,
            "unknown-issuer",
        ),
        ("middle first", vec![&middle, &leaf], 1, "wrong-usage"),
        ("root first", vec![&root, &leaf, &middle], 1, "wrong-usage"),
        ("too many", vec![&leaf; 33], 1, "malformed-signature"),
    ] {
        let certificates = certificates.into_iter().cloned().collect();
        assert_eq!(with(certificates, "root"), verdict(code, told), "{name}");
    }
    let behind = json!({"rawBytes": leaf["rawBytes"].as_str().unwrap().to_owned() + "AAAA"});
    assert_eq!(
        with(vec![behind, middle], "root").0,
        Some(1),
        "bytes behind the leaf"
    );
    // A leaf alone is what Sigstore has; with roots it is a certificate like any other, and lacks its issuer.
    let mut alone = original;
    alone["verificationMaterial"] = json!({"certificate": leaf});
    world.write("model/model.sig", alone.to_string());
    assert_eq!(with_root(&world, "root"), verdict(1, "unknown-issuer"));
}

#[test]
fn keys_of_another_kind_never_fit() {
    let world = signed(&[]);
    let statement = world.bundle()["dsseEnvelope"]["payload"]
        .as_str()
        .unwrap()
        .to_owned();
    let statement = base64::decode(&statement).unwrap();
    let public = |name: &str| fixture(&format!("keys/{name}.pub.pem"));
    assert_eq!(
        world.verdict(&["--key", &public("p384")]),
        verdict(1, "wrong-key")
    );
    assert_eq!(
        world.verdict(&["--key", &public("ed25519")]),
        verdict(1, "wrong-key")
    );
    let resign = |name: &str| {
        let bundle = KeySigner::new(key(name))
            .sign_payload(dsse::IN_TOTO, &statement)
            .unwrap();
        world.write("model/model.sig", bundle.write());
    };
    resign("ed25519");
    assert_eq!(
        world.verdict(&["--key", &public("ed25519")]),
        verdict(1, "unsupported")
    );
    resign("p521");
    assert_eq!(
        world.verdict(&["--key", &public("p521")]),
        verdict(0, "clock")
    );
    assert_eq!(
        world.verdict(&["--key", &public("p256")]),
        verdict(1, "wrong-key")
    );
    for (name, told) in [
        ("bad-rsa.pub", "not supported"),
        ("bad-explicit.pub", "not supported"),
        ("bad-compressed.pub", "not supported"),
        ("p256.pkcs8", "no public key"),
    ] {
        let run = world.run(&[
            "verify",
            "model",
            "--key",
            &fixture(&format!("keys/{name}.pem")),
        ]);
        assert_eq!(run.code(), Some(2), "{name}");
        assert!(run.err().contains(told), "{name}: {}", run.err());
    }
    for name in ["bad-secp256k1", "bad-ed448", "bad-rsa", "ed25519.pkcs8"] {
        let key = fixture(&format!("keys/{name}.pem"));
        let run = world.run(&["sign", "model", "--overwrite", "--key", &key]);
        assert_eq!(run.code(), Some(2), "{name}: {}", run.err());
    }
}

#[test]
fn signatures_over_other_encodings_are_refused() {
    let world = signed(&[]);
    let good = world.bundle();
    let payload = good["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = base64::decode(payload).unwrap();
    let public = fixture("keys/p256.pub.pem");
    let with = |signature: Vec<u8>| {
        let mut bundle = good.clone();
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64::encode(&signature).into();
        world.write("model/model.sig", bundle.to_string());
        world.verdict(&["--key", &public])
    };
    let key = key("p256");
    let text = String::from_utf8(payload.clone()).unwrap();
    let length = text.len();
    let type_length = dsse::IN_TOTO.len();
    let right = format!("DSSEv1 {type_length} {} {length} {text}", dsse::IN_TOTO);
    assert_eq!(
        with(key.sign(right.as_bytes()).unwrap()),
        verdict(0, "clock")
    );
    for (name, message) in [
        ("the payload alone", text.clone()),
        ("no version", right.replacen("DSSEv1 ", "", 1)),
        ("another version", right.replacen("DSSEv1", "DSSEv2", 1)),
        (
            "a wrong length",
            right.replacen(&format!(" {length} "), " 1 ", 1),
        ),
        (
            "another type",
            right.replacen("in-toto+json", "in-toto+jsan", 1),
        ),
        (
            "base64 of the payload",
            right.replacen(&text, &base64::encode(&payload), 1),
        ),
        ("a line end more", format!("{right}\n")),
        (
            "lengths as bytes",
            format!("DSSEv1 \u{1c} {} {text}", dsse::IN_TOTO),
        ),
    ] {
        let signature = key.sign(message.as_bytes()).unwrap();
        assert_eq!(with(signature), verdict(1, "bad-signature"), "{name}");
    }
    let der = key.sign(right.as_bytes()).unwrap();
    // Two numbers of equal length, as tokens give them, and DER that says less or more than two numbers.
    for (name, changed) in [
        ("raw numbers", vec![7; 64]),
        ("a byte behind", [der.as_slice(), &[0]].concat()),
        (
            "the first number alone",
            [&[0x30, 3, 2, 1], &der[4..5]].concat(),
        ),
        (
            "indefinite length",
            [&[0x30, 0x80], &der[2..], &[0, 0]].concat(),
        ),
    ] {
        assert_eq!(with(changed), verdict(1, "bad-signature"), "{name}");
    }
}

#[test]
fn documents_that_two_readers_could_read_in_two_ways_are_refused() {
    let world = signed(&[]);
    let text = fs::read_to_string(world.signature()).unwrap();
    let public = fixture("keys/p256.pub.pem");
    let media = r#""mediaType":"#;
    assert!(text.contains(media));
    for (name, changed) in [
        (
            "media type twice",
            text.replacen(media, &format!(r#""mediaType":"x",{media}"#), 1),
        ),
        (
            "once with an escape",
            text.replacen(media, &format!(r#""\u006dediaType":"x",{media}"#), 1),
        ),
        (
            "payload twice",
            text.replacen(r#""payload":"#, r#""payload":"e30=","payload":"#, 1),
        ),
        (
            "signatures twice",
            text.replacen(r#""signatures":"#, r#""signatures":[],"signatures":"#, 1),
        ),
        (
            "hint twice",
            text.replacen(r#""hint":"#, r#""hint":"","hint":"#, 1),
        ),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("another document behind", format!("{text}{{}}")),
        ("a comment", format!("// good\n{text}")),
        ("a comma more", text.replacen("{", "{,", 1)),
        ("a list", format!("[{text}]")),
        ("too deep", "[".repeat(100_000)),
        (
            "a number in place of text",
            text.replacen(media, r#""mediaType":7,"x":"#, 1),
        ),
        ("empty", String::new()),
    ] {
        world.write("model/model.sig", changed);
        let (code, told) = world.verdict(&["--key", &public]);
        assert_eq!(
            (code, told.as_str()),
            (Some(1), "malformed-bundle"),
            "{name}"
        );
    }
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [wide, [text.as_bytes(), &[0]].concat(), vec![0xff; 100]] {
        world.write("model/model.sig", bytes);
        assert_eq!(
            world.verdict(&["--key", &public]),
            verdict(1, "malformed-bundle")
        );
    }
    // The same bytes written in another way mean the same.
    let value: Value = serde_json::from_str(&text).unwrap();
    world.write(
        "model/model.sig",
        serde_json::to_string_pretty(&value).unwrap(),
    );
    assert_eq!(world.verdict(&["--key", &public]), verdict(0, "clock"));
}

type Change = fn(&mut Value, &Value);

const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

fn at<'a>(bundle: &'a mut Value, below: &str) -> &'a mut Value {
    let path = format!("{ENTRY}{below}");
    bundle
        .pointer_mut(&path)
        .unwrap_or_else(|| panic!("{path}"))
}

/// Changes one bit of base64 text.
fn flip(value: &mut Value) {
    let mut bytes = base64::decode(value.as_str().unwrap()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    *value = base64::encode(&bytes).into();
}

/// What can be done to a bundle under an identity; the second bundle is of the same signer, for another model.
const CHANGES: &[(&str, &[&str], Change)] = &[
    (
        "signature of the other",
        &["bad-signature", "bad-log-proof", "bad-timestamp"],
        |b, o| {
            b["dsseEnvelope"]["signatures"] = o["dsseEnvelope"]["signatures"].clone();
        },
    ),
    (
        "payload of the other",
        &["bad-signature", "bad-log-proof", "wrong-artifact"],
        |b, o| {
            b["dsseEnvelope"]["payload"] = o["dsseEnvelope"]["payload"].clone();
        },
    ),
    (
        "envelope of the other",
        &["bad-log-proof", "bad-timestamp"],
        |b, o| {
            b["dsseEnvelope"] = o["dsseEnvelope"].clone();
        },
    ),
    (
        "certificate of the other",
        &["bad-signature", "bad-log-proof"],
        |b, o| {
            b["verificationMaterial"]["certificate"] =
                o["verificationMaterial"]["certificate"].clone();
        },
    ),
    (
        "certificate changed",
        &["bad-chain", "malformed-signature", "bad-signature"],
        |b, _| {
            flip(&mut b["verificationMaterial"]["certificate"]["rawBytes"]);
        },
    ),
    (
        "entry of the other",
        &["bad-log-proof", "wrong-artifact"],
        |b, o| {
            *at(b, "") = o.pointer(ENTRY).unwrap().clone();
        },
    ),
    (
        "both entries",
        &["bad-log-proof", "malformed-signature", "wrong-artifact"],
        |b, o| {
            let other = o.pointer(ENTRY).unwrap().clone();
            let entries = b["verificationMaterial"]["tlogEntries"]
                .as_array_mut()
                .unwrap();
            entries.push(other);
        },
    ),
    (
        "no entry",
        &["bad-log-proof", "no-timestamp", "malformed-signature"],
        |b, _| {
            b["verificationMaterial"]["tlogEntries"] = json!([]);
        },
    ),
    (
        "body changed",
        &["bad-log-proof", "malformed-signature"],
        |b, _| flip(at(b, "/canonicalizedBody")),
    ),
    (
        "body of the other",
        &["bad-log-proof", "wrong-artifact"],
        |b, o| {
            *at(b, "/canonicalizedBody") = o.pointer(ENTRY).unwrap()["canonicalizedBody"].clone();
        },
    ),
    (
        "no proof",
        &["bad-log-proof", "malformed-signature"],
        |b, _| {
            drop(at(b, "").as_object_mut().unwrap().remove("inclusionProof"));
        },
    ),
    ("proof of the other", &["bad-log-proof"], |b, o| {
        *at(b, "/inclusionProof") = o.pointer(ENTRY).unwrap()["inclusionProof"].clone();
    }),
    ("a hash of the proof changed", &["bad-log-proof"], |b, _| {
        flip(at(b, "/inclusionProof/hashes/0"))
    }),
    ("a hash less", &["bad-log-proof"], |b, _| {
        drop(
            at(b, "/inclusionProof/hashes")
                .as_array_mut()
                .unwrap()
                .pop(),
        );
    }),
    ("a hash more", &["bad-log-proof"], |b, _| {
        let hashes = at(b, "/inclusionProof/hashes").as_array_mut().unwrap();
        hashes.push(hashes[0].clone());
    }),
    ("another place in the log", &["bad-log-proof"], |b, _| {
        *at(b, "/logIndex") = "3".into();
        *at(b, "/inclusionProof/logIndex") = "3".into();
    }),
    ("a place below zero", &["malformed-bundle"], |b, _| {
        *at(b, "/logIndex") = "-1".into()
    }),
    ("checkpoint of the other", &["bad-log-proof"], |b, o| {
        *at(b, "/inclusionProof/checkpoint") =
            o.pointer(ENTRY).unwrap()["inclusionProof"]["checkpoint"].clone();
    }),
    (
        "checkpoint without signature",
        &["bad-log-proof", "malformed-signature"],
        |b, _| {
            let note = at(b, "/inclusionProof/checkpoint/envelope");
            let text = note.as_str().unwrap();
            *note = text.split("\n\n").next().unwrap().to_owned().into();
        },
    ),
    ("checkpoint of another log", &["bad-log-proof"], |b, _| {
        let note = at(b, "/inclusionProof/checkpoint/envelope");
        *note = note
            .as_str()
            .unwrap()
            .replace("example.com", "example.org")
            .into();
    }),
    (
        "another kind",
        &["unsupported", "bad-log-proof", "malformed-signature"],
        |b, _| {
            *at(b, "/kindVersion/kind") = "intoto".into();
        },
    ),
    (
        "a kind that nobody knows",
        &["unsupported", "bad-log-proof", "malformed-signature"],
        |b, _| {
            *at(b, "/kindVersion/version") = "9.9.9".into();
        },
    ),
    ("timestamp of the other", &["bad-timestamp"], |b, o| {
        b["verificationMaterial"]["timestampVerificationData"] =
            o["verificationMaterial"]["timestampVerificationData"].clone();
    }),
    ("timestamp changed", &["bad-timestamp"], |b, _| {
        let list = &mut b["verificationMaterial"]["timestampVerificationData"];
        let stamp = &mut list["rfc3161Timestamps"][0]["signedTimestamp"];
        let mut bytes = base64::decode(stamp.as_str().unwrap()).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        *stamp = base64::encode(&bytes).into();
    }),
    ("timestamp cut", &["bad-timestamp"], |b, _| {
        let list = &mut b["verificationMaterial"]["timestampVerificationData"];
        list["rfc3161Timestamps"][0]["signedTimestamp"] = "MAA=".into();
    }),
    ("a version to come", &["malformed-bundle"], |b, _| {
        b["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json".into();
    }),
];

#[test]
fn no_part_of_a_signature_under_an_identity_can_be_changed_or_moved() {
    let (_service, world) = helpful();
    world.write("other/config.json", "[]");
    let who = [
        "--identity",
        IDENTITY,
        "--issuer",
        ISSUER,
        "--trusted-root",
        "trusted_root.json",
    ];
    for services in ["services.1.json", "services.2.json"] {
        let more = [
            "--overwrite",
            "--identity-token",
            "token",
            "--signing-config",
            services,
        ];
        world.works(&[&["sign", "other"], &more[..]].concat());
        let other =
            serde_json::from_slice(&fs::read(world.path("other/model.sig")).unwrap()).unwrap();
        world.works(&[&["sign", "model"], &more[..]].concat());
        let good = world.bundle();
        for (name, expected, change) in CHANGES {
            let mut bundle = good.clone();
            change(&mut bundle, &other);
            world.write("model/model.sig", bundle.to_string());
            let (code, told) = world.verdict(&who);
            assert_eq!(code, Some(1), "{services}: {name}: {told}");
            assert!(
                expected.contains(&told.as_str()),
                "{services}: {name}: {told}"
            );
        }
        // A key in place of the certificate: nothing was given to hold it against, so nobody can say.
        let mut keyed = good.clone();
        keyed["verificationMaterial"]["publicKey"] = json!({"hint": "x"});
        drop(
            keyed["verificationMaterial"]
                .as_object_mut()
                .unwrap()
                .remove("certificate"),
        );
        world.write("model/model.sig", keyed.to_string());
        assert_eq!(world.verdict(&who), verdict(2, "nothing-trusted"));
        // The whole bundle of the other model: the signature holds, and the model is another.
        world.write("model/model.sig", other.to_string());
        let (code, _) = world.verdict(&who);
        assert_eq!(code, Some(1));
        world.write("model/model.sig", good.to_string());
        assert_eq!(world.verdict(&who), verdict(0, "timestamp"));
    }
}

/// What only the first API of logs has: a promise, and a time.
#[test]
fn promises_and_times_of_logs_can_not_be_changed() {
    let (_service, world) = helpful();
    let more = [
        "--identity-token",
        "token",
        "--signing-config",
        "services.1.json",
    ];
    world.works(&[&["sign", "model"], &more[..]].concat());
    let good = world.bundle();
    let who = [
        "--identity",
        IDENTITY,
        "--issuer",
        ISSUER,
        "--trusted-root",
        "trusted_root.json",
    ];
    let changes: &[(&str, Change)] = &[
        ("another log", |b, _| flip(at(b, "/logId/keyId"))),
        ("promise changed", |b, _| {
            flip(at(b, "/inclusionPromise/signedEntryTimestamp"))
        }),
        ("an earlier time", |b, _| {
            *at(b, "/integratedTime") = "1700000000".into()
        }),
        ("a time to come", |b, _| {
            *at(b, "/integratedTime") = "4000000000".into()
        }),
        ("another root", |b, _| {
            flip(at(b, "/inclusionProof/rootHash"))
        }),
        ("a larger tree", |b, _| {
            *at(b, "/inclusionProof/treeSize") = "700".into()
        }),
    ];
    for (name, change) in changes {
        let mut bundle = good.clone();
        change(&mut bundle, &Value::Null);
        world.write("model/model.sig", bundle.to_string());
        let (code, told) = world.verdict(&who);
        assert_eq!((code, told.as_str()), (Some(1), "bad-log-proof"), "{name}");
    }
    // Logs of the second API sign the tree alone: what stands beside is a hint, and changes nothing.
    let more = [
        "--overwrite",
        "--identity-token",
        "token",
        "--signing-config",
        "services.2.json",
    ];
    world.works(&[&["sign", "model"], &more[..]].concat());
    let good = world.bundle();
    for place in ["/logId/keyId", "/inclusionProof/rootHash"] {
        let mut bundle = good.clone();
        flip(at(&mut bundle, place));
        world.write("model/model.sig", bundle.to_string());
        assert_eq!(world.verdict(&who), verdict(0, "timestamp"), "{place}");
    }
}

/// Names that are one name to people or to some file systems.
#[test]
fn names_that_look_alike_are_told_apart() {
    let public = fixture("keys/p256.pub.pem");
    let private = fixture("keys/p256.pkcs8.pem");
    let kinds = |world: &World| {
        let run = world.run(&["verify", "model", "--key", &public, "--format", "json"]);
        let report = run.json();
        let list = report["models"][0]["differences"]
            .as_array()
            .unwrap()
            .clone();
        let refused = list.iter().filter(|told| told["weight"] != "told");
        let kinds: Vec<String> = refused
            .map(|told| told["kind"].as_str().unwrap_or_default().to_owned())
            .collect();
        (run.code(), kinds)
    };
    let odd = [
        "caf\u{e9}.bin",
        "a:b",
        "c\\d",
        "e:0:5",
        "\u{212b}.bin",
        "model.sig.json",
        " f",
        "g.",
    ];
    for (from, to, expected) in [
        ("caf\u{e9}.bin", "cafe\u{301}.bin", &["renamed"][..]),
        ("\u{212b}.bin", "\u{c5}.bin", &["renamed"]),
        ("a:b", "a\u{a789}b", &["missing", "unsigned"]),
        ("c\\d", "c/d", &["missing", "unsigned"]),
        ("e:0:5", "e", &["missing", "unsigned"]),
        (" f", "f", &["missing", "unsigned"]),
        ("g.", "g", &["renamed"]),
    ] {
        for method in [&[][..], &["--method", "shards", "--shard-size", "4"]] {
            let world = World::new();
            for name in odd {
                world.write(&format!("model/{name}"), name);
            }
            world.works(&[&["sign", "model", "--key", &private], method].concat());
            assert_eq!(kinds(&world), (Some(0), Vec::new()));
            let bytes = fs::read(world.path("model").join(from)).unwrap();
            fs::remove_file(world.path("model").join(from)).unwrap();
            world.write(&format!("model/{to}"), bytes);
            let (code, told) = kinds(&world);
            assert_eq!(code, Some(1), "{from:?} to {to:?}");
            assert_eq!(told, expected, "{from:?} to {to:?}");
        }
    }
    // Beside the signed one, its other form is a file that nobody signed.
    let world = World::new();
    world.write("model/caf\u{e9}.bin", "x");
    world.works(&["sign", "model", "--key", &private]);
    world.write("model/cafe\u{301}.bin", "x");
    assert_eq!(kinds(&world), (Some(1), vec!["unsigned".to_owned()]));
}

/// Names that a signer may write but no model has.
#[test]
fn signed_names_that_lead_elsewhere_are_refused() {
    let world = signed(&[]);
    let payload = world.bundle()["dsseEnvelope"]["payload"]
        .as_str()
        .unwrap()
        .to_owned();
    let statement: Value = serde_json::from_slice(&base64::decode(&payload).unwrap()).unwrap();
    let public = fixture("keys/p256.pub.pem");
    for name in [
        "",
        "/etc/passwd",
        "..",
        "a/../../b",
        "a/..",
        "a//b",
        "./a",
        "a/./b",
        "a/",
    ] {
        let mut changed = statement.clone();
        changed["predicate"]["resources"][0]["name"] = name.into();
        let bundle = KeySigner::new(key("p256"))
            .sign_payload(dsse::IN_TOTO, changed.to_string().as_bytes())
            .unwrap();
        world.write("model/model.sig", bundle.write());
        let (code, told) = world.verdict(&["--key", &public]);
        assert_eq!(code, Some(1), "{name:?}: {told}");
        assert!(told.starts_with("name-"), "{name:?}: {told}");
    }
}

/// What comes through a pipe is signed and verified as the file is.
#[test]
fn standard_input_is_signed_and_verified_as_a_file() {
    use std::io::Write as _;
    use std::process::Stdio;
    let world = World::new();
    let piped = |arguments: &[&str], bytes: &[u8]| {
        let mut command = world.command();
        command.args(arguments).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let _ = pipe.write_all(bytes);
        drop(pipe);
        Run(child.wait_with_output().unwrap())
    };
    let (private, public) = (fixture("keys/p256.pkcs8.pem"), fixture("keys/p256.pub.pem"));
    let bytes = vec![7; 1 << 20];
    world.write("weights.gguf", &bytes);
    for method in [
        &[][..],
        &["--method", "shards", "--shard-size", "300000"],
        &["--hash", "blake3"],
    ] {
        let place = ["--signature", "weights.gguf.sig"];
        let sign = ["--overwrite", "--key", private.as_str()];
        let verify = ["--key", public.as_str(), "--signature", "weights.gguf.sig"];
        let both = |input: &'static str| [&["sign", input][..], &place, &sign, method].concat();
        let held = |input: &'static str| [&["verify", input][..], &verify].concat();
        let run = piped(&both("-"), &bytes);
        assert_eq!(run.code(), Some(0), "{}", run.err());
        world.works(&held("weights.gguf"));
        world.works(&both("weights.gguf"));
        assert_eq!(piped(&held("-"), &bytes).code(), Some(0));
        assert_eq!(piped(&held("-"), &bytes[1..]).code(), Some(1));
        assert_eq!(piped(&held("-"), b"").code(), Some(1));
    }
    for arguments in [
        &["sign", "-", "--key", &private][..],
        &["verify", "-", "--key", &public],
    ] {
        let run = piped(arguments, b"x");
        assert_eq!(run.code(), Some(2));
        assert!(run.err().contains("--signature"), "{}", run.err());
    }
    world.write("model/a", "a");
    world.write("model/b", "b");
    world.works(&["sign", "model", "--key", &private]);
    let several = [
        "verify",
        "-",
        "--key",
        &public,
        "--signature",
        "model/model.sig",
    ];
    assert_eq!(piped(&several, b"a").code(), Some(2));
}
