//! Writing, reading back, and every rule that a signed statement can break.

use chainwright_oms::{
    BuildError, Digest, Hash, Manifest, Method, Order, Resource, Serialization, Shape,
    read_statement, write_statement,
};
use serde_json::{Value, json};

use crate::{digest, files, manifest, read, shards, statement};

#[test]
fn a_manifest_comes_back_as_it_was() {
    let mut ignoring = files();
    ignoring.ignore_paths = vec![".git".to_owned(), "sub/cache".to_owned()];
    for (serialization, names) in [
        (files(), &["b", "a", "c/d"][..]),
        (files(), &["."]),
        (files(), &["尺寸.bin", "a b", "a:b:1", "é"]),
        (ignoring, &["a"]),
        (shards(10), &["a:0:10", "a:10:15", "b:1:0:3"]),
    ] {
        let written = manifest(serialization, names);
        let signed = read_statement(&write_statement(&written)).expect("sound");
        assert_eq!(signed.manifest, written);
        assert_eq!(signed.shape, Shape::Signature);
    }
}

#[test]
fn the_statement_is_written_in_one_way() {
    let mut serialization = shards(4);
    serialization.ignore_paths = vec![".git".to_owned()];
    let mut written: Value = statement(serialization, &["a:4:8", "a:0:4"]);
    for resource in written["predicate"]["resources"].as_array_mut().unwrap() {
        resource["digest"] = "…".into();
    }
    insta::assert_snapshot!(written.to_string(), @r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{"resources":[{"algorithm":"sha256","digest":"…","name":"a:0:4"},{"algorithm":"sha256","digest":"…","name":"a:4:8"}],"serialization":{"allow_symlinks":false,"hash_type":"sha256","ignore_paths":[".git"],"method":"shards","shard_size":4}},"predicateType":"https://model_signing/signature/v1.0","subject":[{"digest":{"sha256":"8ba6b934f3a5b26698217ec5a6367dc30d8c30f32227aec1ef298860b570ba5f"},"name":"model"}]}"#);
}

/// Defect (b) of the reference: it sorts by the parts of paths, so that its root digest is another one.
#[test]
fn names_are_sorted_by_code_points_and_any_given_order_is_read() {
    let names = ["foo/bar", "foo-1", "foo.bin"];
    let written = manifest(files(), &names);
    let order: Vec<&str> = written
        .resources
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(order, ["foo-1", "foo.bin", "foo/bar"]);
    assert_eq!(written.order(), Order::CodePoints);

    for (order, expected) in [
        (["foo/bar", "foo-1", "foo.bin"], Order::PathParts),
        (["foo.bin", "foo-1", "foo/bar"], Order::Other),
    ] {
        let mut tampered = statement(files(), &names);
        let entries = order.map(
            |name| json!({"name": name, "algorithm": "sha256", "digest": digest(name).to_string()}),
        );
        tampered["predicate"]["resources"] = entries.to_vec().into();
        let signed = read(tampered).expect("the order is not a reason to refuse");
        assert_eq!(signed.manifest.order(), expected);
        assert_ne!(signed.manifest.root(), written.root());
    }
}

/// The root is SHA-256 over raw digests whatever hashes the files (specification 6.5.1).
#[test]
fn the_root_is_sha256_over_raw_digests() {
    let of = |hash: Hash, bytes: &[u8]| {
        let serialization = Serialization { hash, ..files() };
        let resources = vec![Resource {
            name: "a".to_owned(),
            digest: Digest::from_bytes(hash, bytes).expect("long enough"),
        }];
        Manifest::new("m".to_owned(), serialization, resources)
            .expect("sound")
            .root()
            .to_string()
    };
    // Published values of SHA-256 over 32 and 64 zero bytes.
    let of_32 = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
    let of_64 = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b";
    assert_eq!(of(Hash::Sha256, &[0; 32]), of_32);
    assert_eq!(of(Hash::Blake3, &[0; 32]), of_32);
    assert_eq!(of(Hash::Blake2b, &[0; 64]), of_64);
}

/// Defect (i) of the reference: a model without files is signed.
#[test]
fn what_cannot_be_verified_is_not_signed() {
    let entry = |name: &str| Resource {
        name: name.to_owned(),
        digest: digest(name),
    };
    let build = |model: &str, serialization, names: &[&str]| {
        let resources = names.iter().map(|name| entry(name)).collect();
        Manifest::new(model.to_owned(), serialization, resources)
    };
    assert_eq!(build("m", files(), &[]), Err(BuildError::Empty));
    assert_eq!(build("", files(), &["a"]), Err(BuildError::Nameless));
    assert_eq!(
        build("m", files(), &["a", "b", "a"]),
        Err(BuildError::Duplicate("a".to_owned()))
    );
    assert!(matches!(
        build("m", files(), &["../a"]),
        Err(BuildError::Name(_))
    ));
    assert_eq!(
        build("m", shards(0), &["a:0:1"]),
        Err(BuildError::ShardSize)
    );
    let mixed = Serialization {
        hash: Hash::Blake3,
        ..files()
    };
    assert_eq!(
        build("m", mixed, &["a"]),
        Err(BuildError::MixedHashes("a".to_owned()))
    );
}

/// Defects (c) and (d): what the reference writes for BLAKE2b and for stretches is read, though it cannot read it itself.
#[test]
fn what_released_signers_write_is_read() {
    let mut blake2 = statement(files(), &["a"]);
    blake2["predicate"]["serialization"]["hash_type"] = "blake2b".into();
    blake2["predicate"]["resources"][0]["algorithm"] = "blake2b".into();
    blake2["predicate"]["resources"][0]["digest"] = "ab".repeat(64).into();
    let signed = read(blake2).expect("sound");
    assert_eq!(signed.manifest.serialization.hash, Hash::Blake2b);

    let mut sharded = statement(shards(1_000_000_000), &["a:b:0:10"]);
    sharded["predicate"]["serialization"]["shard_size"] = json!(1_000_000_000.0);
    sharded["predicate"]["resources"][0]["algorithm"] = "sha256-sharded-1000000000".into();
    let signed = read(sharded).expect("sound");
    assert_eq!(
        signed.manifest.serialization.method,
        Method::Shards(1_000_000_000)
    );
    let paths: Vec<&str> = signed.manifest.paths().collect();
    assert_eq!(paths, ["a:b"]);
    // What is written has the plain forms alone.
    let written = String::from_utf8(write_statement(&signed.manifest)).expect("text");
    assert!(written.contains(r#""shard_size":1000000000,"#), "{written}");
    assert!(!written.contains("-sharded-"), "{written}");
}

#[test]
fn further_fields_of_entries_and_subjects_mean_nothing() {
    let mut tampered = statement(files(), &["a"]);
    tampered["predicate"]["resources"][0]["annotations"] = json!({"any": 1});
    tampered["subject"][0]["uri"] = "https://example.com/".into();
    tampered["subject"][0]["digest"]["sha512"] = "00".into();
    assert!(read(tampered).is_ok());
}

#[test]
fn odd_but_exact_ignored_paths_are_read_in_one_form() {
    let mut tampered = statement(files(), &["a"]);
    tampered["predicate"]["serialization"]["ignore_paths"] = json!(["cache/", "./x", "a[1].bin"]);
    let signed = read(tampered).expect("sound");
    let ignored = &signed.manifest.serialization.ignore_paths;
    assert_eq!(ignored, &["cache", "x", "a[1].bin"]);
}

/// Each way to break a statement has an error of its own.
#[test]
fn every_broken_rule_is_told_apart() {
    type Break = fn(&mut Value);
    let cases: &[(&str, Break)] = &[
        ("unknown-statement-type", |s| {
            s["_type"] = "https://in-toto.io/Statement/v0.1".into()
        }),
        ("unknown-predicate-type", |s| {
            s["predicateType"] = "https://slsa.dev/provenance/v1".into()
        }),
        ("unknown-predicate-type", |s| {
            s["predicateType"] = "https://model_signing/signature/v1.1".into()
        }),
        ("missing-field", |s| {
            drop(s.as_object_mut().unwrap().remove("predicate"))
        }),
        ("missing-field", |s| {
            drop(
                s["predicate"]
                    .as_object_mut()
                    .unwrap()
                    .remove("serialization"),
            )
        }),
        ("missing-field", |s| {
            drop(
                s["predicate"]["serialization"]
                    .as_object_mut()
                    .unwrap()
                    .remove("allow_symlinks"),
            )
        }),
        ("missing-field", |s| {
            drop(
                s["predicate"]["resources"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("algorithm"),
            )
        }),
        ("missing-field", |s| {
            s["subject"][0]["digest"] = json!({"sha512": "00"})
        }),
        ("wrong-field-type", |s| s["predicate"] = json!([])),
        ("wrong-field-type", |s| {
            s["predicate"]["resources"] = json!({})
        }),
        ("wrong-field-type", |s| {
            s["predicate"]["serialization"]["allow_symlinks"] = "false".into()
        }),
        ("wrong-field-type", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = "a".into()
        }),
        ("wrong-field-type", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!([1])
        }),
        ("extra-field", |s| s["extra"] = 1.into()),
        ("extra-field", |s| s["predicate"]["model_card"] = "x".into()),
        ("extra-field", |s| {
            s["predicate"]["serialization"]["follow"] = true.into()
        }),
        ("subject-count", |s| s["subject"] = json!([])),
        ("subject-count", |s| {
            let one = s["subject"][0].clone();
            s["subject"] = json!([one, one]);
        }),
        ("subject-nameless", |s| s["subject"][0]["name"] = "".into()),
        ("empty-manifest", |s| {
            s["predicate"]["resources"] = json!([])
        }),
        ("unknown-method", |s| {
            s["predicate"]["serialization"]["method"] = "tensors".into()
        }),
        ("unknown-hash", |s| {
            s["predicate"]["serialization"]["hash_type"] = "md5".into()
        }),
        ("shard-size", |s| {
            s["predicate"]["serialization"]["shard_size"] = 10.into()
        }),
        ("hash-confusion", |s| {
            s["predicate"]["serialization"]["hash_type"] = "blake3".into()
        }),
        ("hash-confusion", |s| {
            s["predicate"]["resources"][0]["algorithm"] = "blake3".into()
        }),
        ("hash-confusion", |s| {
            s["predicate"]["resources"][0]["algorithm"] = "sha256-sharded-10".into()
        }),
        ("malformed-digest", |s| {
            s["predicate"]["resources"][0]["digest"] = "AB".repeat(32).into()
        }),
        ("malformed-digest", |s| {
            s["predicate"]["resources"][0]["digest"] = "ab".repeat(31).into()
        }),
        ("malformed-digest", |s| {
            s["predicate"]["resources"][0]["digest"] = "".into()
        }),
        ("name-escapes", |s| {
            s["predicate"]["resources"][0]["name"] = "../../etc/passwd".into()
        }),
        ("name-escapes", |s| {
            s["predicate"]["resources"][0]["name"] = "/etc/passwd".into()
        }),
        ("name-not-canonical", |s| {
            s["predicate"]["resources"][0]["name"] = "./a".into()
        }),
        ("name-not-canonical", |s| {
            s["predicate"]["resources"][0]["name"] = "a//b".into()
        }),
        ("name-not-canonical", |s| {
            s["predicate"]["resources"][0]["name"] = "a\0.txt".into()
        }),
        ("name-not-canonical", |s| {
            s["predicate"]["resources"][0]["name"] = ".".into()
        }),
        ("duplicate-name", |s| {
            s["predicate"]["resources"][0]["name"] = "b".into()
        }),
        ("ignore-path", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!(["."])
        }),
        ("ignore-path", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!([""])
        }),
        ("ignore-path", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!(["../x"])
        }),
        ("ignore-path", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!(["/"])
        }),
    ];
    for (index, (expected, tamper)) in cases.iter().enumerate() {
        let mut tampered = statement(files(), &["a", "b"]);
        tamper(&mut tampered);
        let error = read(tampered).expect_err(expected);
        assert_eq!(error.code(), *expected, "case {index}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn every_broken_stretch_is_told_apart() {
    let cases: &[(&str, &[&str])] = &[
        ("shard-name", &["a"]),
        ("shard-name", &["a:0"]),
        ("shard-name", &["a:00:10"]),
        ("shard-name", &["a:0:+10"]),
        ("shard-range", &["a:5:10"]),
        ("shard-range", &["a:0:10", "a:20:30"]),
        ("shard-range", &["a:0:10", "a:5:15"]),
        ("shard-range", &["a:0:5", "a:5:10"]),
        ("shard-range", &["a:0:0"]),
        ("shard-range", &["a:0:11"]),
        ("shard-range", &["a:10:0"]),
        ("name-escapes", &["../a:0:10"]),
        ("name-not-canonical", &[":0:10"]),
    ];
    for (expected, names) in cases {
        let mut tampered = statement(shards(10), &["x:0:10"]);
        let entries = names.iter().map(
            |name| json!({"name": name, "algorithm": "sha256", "digest": digest(name).to_string()}),
        );
        tampered["predicate"]["resources"] = entries.collect();
        let error = read(tampered).expect_err(expected);
        assert_eq!(error.code(), *expected, "{names:?}: {error}");
    }
    for size in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!("10"),
        json!(1e300),
        Value::Null,
    ] {
        let mut tampered = statement(shards(10), &["x:0:10"]);
        tampered["predicate"]["serialization"]["shard_size"] = size.clone();
        let error = read(tampered).expect_err("no size");
        assert_eq!(error.code(), "shard-size", "{size}");
    }
    let mut tampered = statement(shards(10), &["x:0:10"]);
    tampered["predicate"]["resources"][0]["algorithm"] = "sha256-sharded-11".into();
    assert_eq!(
        read(tampered).expect_err("another size").code(),
        "hash-confusion"
    );
}

#[test]
fn a_root_that_is_not_that_of_the_entries_is_refused() {
    let mut tampered = statement(files(), &["a"]);
    tampered["subject"][0]["digest"]["sha256"] = "00".repeat(32).into();
    let error = read_statement(tampered.to_string().as_bytes()).expect_err("another root");
    assert_eq!(error.code(), "root-mismatch");
    let mut tampered = statement(files(), &["a"]);
    tampered["subject"][0]["digest"]["sha256"] = "xyz".into();
    let error = read_statement(tampered.to_string().as_bytes()).expect_err("no root");
    assert_eq!(error.code(), "subject-digest");
}

/// Readers disagree on which of two equal keys counts; a statement with two says two things.
#[test]
fn keys_that_stand_twice_are_refused_at_any_depth() {
    let plain = statement(files(), &["a"]).to_string();
    for (from, to) in [
        (r#""_type":"#, r#""_type":"x","_type":"#),
        (r#""resources":"#, r#""resources":[],"resources":"#),
        (r#""name":"a""#, r#""name":"b","name":"a""#),
        (r#""method":"#, r#""\u006dethod":"shards","method":"#),
    ] {
        assert!(plain.contains(from));
        let doubled = plain.replacen(from, to, 1);
        let error = read_statement(doubled.as_bytes()).expect_err("twice");
        assert_eq!(error.code(), "statement-not-json", "{doubled}");
    }
}

#[test]
fn a_statement_of_release_0_2_is_read_and_never_of_another_hash() {
    let older = |annotations: Value| {
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicateType": "https://model_signing/Digests/v0.1",
            "predicate": {"unused": "x"},
            "subject": [
                {"name": "a", "digest": {"sha256": digest("a").to_string()}, "annotations": annotations},
                {"name": "b", "digest": {"sha256": digest("b").to_string()}},
            ],
        })
        .to_string()
    };
    let signed = read_statement(older(json!({"actual_hash_algorithm": "file-sha256"})).as_bytes());
    let signed = signed.expect("sound");
    assert_eq!(signed.shape, Shape::Digests);
    assert_eq!(signed.manifest.resources.len(), 2);
    for other in ["file-blake2b", "file-sha256-sharded-1000", "file-sha512"] {
        let error = read_statement(older(json!({"actual_hash_algorithm": other})).as_bytes());
        assert_eq!(error.expect_err(other).code(), "hash-confusion");
    }
    let nothing = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://model_signing/Digests/v0.1",
        "predicate": {},
        "subject": [],
    });
    let error = read_statement(nothing.to_string().as_bytes());
    assert_eq!(error.expect_err("nothing").code(), "empty-manifest");
}
