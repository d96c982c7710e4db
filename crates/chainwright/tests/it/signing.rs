//! Signing and verifying models as users do, and everything that must not pass.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where it cannot go on, and says where it cannot run"
)]

use std::fs;
use std::path::{Path, PathBuf};

use chainwright_attestations::{Bundle, Content, Limits, dsse};
use chainwright_signing::{KeyKind, KeySigner, PrivateKey, Signer};
use serde_json::{Value, json};

use crate::World;

/// A model of a few files, signed with a fresh key.
struct Signed {
    world: World,
    options: Vec<&'static str>,
}

impl Signed {
    fn new(options: &[&'static str]) -> Self {
        let world = World::new();
        for (name, text) in [
            ("model/config.json", "{}"),
            ("model/weights/a.safetensors", "aaaaaaaaaaaaaaaaaaaa"),
            ("model/weights/b.safetensors", "bbbbbbbbbbbbbbbbbbbb"),
            ("model/modeling.py", "x = 1\n"),
            ("model/.gitattributes", "*.bin\n"),
            ("model/.git/config", "[core]\n"),
        ] {
            world.write(name, text);
        }
        let run = world.run(&["keygen", "key", "--no-password"]);
        assert_eq!(run.code(), Some(0), "{}", run.err());
        Self {
            world,
            options: options.to_vec(),
        }
        .signed()
    }

    fn signed(self) -> Self {
        let mut arguments = vec!["sign", "model", "--key", "key", "--overwrite"];
        arguments.extend(&self.options);
        let run = self.world.run(&arguments);
        assert_eq!(run.code(), Some(0), "{}", run.err());
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.path("model").join(name)
    }

    /// The verdict with the kinds of differences or the code of the error.
    fn verify(&self, more: &[&str]) -> (Option<i32>, Vec<String>) {
        let mut arguments = vec!["verify", "model", "--key", "key.pub", "--format", "json"];
        arguments.extend(more);
        let run = self.world.run(&arguments);
        let report = run.json();
        let model = &report["models"][0];
        let told = model["differences"].as_array().expect("a list").iter();
        let told = told.filter(|told| told["weight"] != "told");
        let kinds = told.map(|told| match &told["what"] {
            Value::String(what) => what.clone(),
            _ => told["kind"].as_str().expect("a kind").to_owned(),
        });
        let error = model["error"]["code"].as_str().map(str::to_owned);
        (run.code(), kinds.chain(error).collect())
    }

    fn bundle(&self) -> Value {
        let bytes = fs::read(self.path("model.sig")).expect("a signature");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    fn write_bundle(&self, bundle: &Value) {
        fs::write(self.path("model.sig"), bundle.to_string()).expect("written");
    }

    fn statement(&self) -> Value {
        let bytes = fs::read(self.path("model.sig")).expect("a signature");
        let bundle = Bundle::read(&bytes, &Limits::default()).expect("a bundle");
        let Content::Envelope(envelope) = bundle.content else {
            panic!("no envelope")
        };
        serde_json::from_slice(&envelope.payload).expect("JSON")
    }

    fn key(&self) -> PrivateKey {
        let text = fs::read(self.world.path("key")).expect("a key");
        PrivateKey::from_pem(&text, None).expect("a key")
    }

    /// Signs other bytes with the same key, as a signer who breaks rules would.
    fn sign_payload(&self, payload_type: &str, payload: &str) {
        let signer = KeySigner::new(self.key());
        let bundle = signer
            .sign_payload(payload_type, payload.as_bytes())
            .expect("signed");
        fs::write(self.path("model.sig"), bundle.write()).expect("written");
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn every_method_and_hash_verifies_and_tells_what_was_proved() {
    for options in [
        &[][..],
        &["--method", "shards", "--shard-size", "7"],
        &["--hash", "blake2b"],
        &["--hash", "blake3"],
        &[
            "--hash",
            "blake3",
            "--method",
            "shards",
            "--shard-size",
            "8",
        ],
        &["--ignore", "weights"],
        &["--ignore", "model/weights/a.safetensors"],
    ] {
        let signed = Signed::new(options);
        assert_eq!(signed.verify(&[]).0, Some(0), "{options:?}");
        assert_eq!(signed.verify(&["--no-cache"]).0, Some(0), "{options:?}");
    }
    let signed = Signed::new(&[]);
    let run = signed.world.run(&["verify", "model", "--key", "key.pub"]);
    let out = run.out();
    assert!(out.starts_with("verified  model\n"), "{out}");
    assert!(out.contains("4 files, 48 B (sha256, whole files)"), "{out}");
    assert!(out.contains("ECDSA P-256"), "{out}");
}

type Mutation = (
    &'static str,
    fn(&Signed),
    Option<i32>,
    &'static [&'static str],
);

/// The operators that the reference was measured with: it accepts those that end in 0 here, and two with links.
#[test]
fn what_is_done_to_a_model_is_refused_or_told_and_all_of_it_when_strict() {
    let mutations: &[Mutation] = &[
        (
            "a byte changed",
            |s| fs::write(s.path("config.json"), "[]").unwrap(),
            Some(1),
            &["changed"],
        ),
        (
            "appended",
            |s| fs::write(s.path("config.json"), "{} ").unwrap(),
            Some(1),
            &["changed"],
        ),
        (
            "truncated",
            |s| fs::write(s.path("weights/a.safetensors"), "aaa").unwrap(),
            Some(1),
            &["changed"],
        ),
        (
            "emptied",
            |s| fs::write(s.path("weights/a.safetensors"), "").unwrap(),
            Some(1),
            &["changed"],
        ),
        (
            "deleted",
            |s| fs::remove_file(s.path("config.json")).unwrap(),
            Some(1),
            &["missing"],
        ),
        (
            "renamed",
            |s| fs::rename(s.path("config.json"), s.path("config2.json")).unwrap(),
            Some(1),
            &["missing", "unsigned"],
        ),
        (
            "added",
            |s| fs::write(s.path("extra.py"), "x").unwrap(),
            Some(1),
            &["unsigned"],
        ),
        (
            "hidden file added",
            |s| fs::write(s.path("weights/.hidden.pkl"), "x").unwrap(),
            Some(1),
            &["unsigned"],
        ),
        (
            "nested git added",
            |s| {
                fs::create_dir(s.path("weights/.git")).unwrap();
                fs::write(s.path("weights/.git/x"), "x").unwrap();
            },
            Some(1),
            &["unsigned"],
        ),
        (
            "swapped",
            |s| {
                fs::write(s.path("weights/a.safetensors"), "bbbbbbbbbbbbbbbbbbbb").unwrap();
                fs::write(s.path("weights/b.safetensors"), "aaaaaaaaaaaaaaaaaaaa").unwrap();
            },
            Some(1),
            &["changed", "changed"],
        ),
        (
            "in .github",
            |s| {
                fs::create_dir(s.path(".github")).unwrap();
                fs::write(s.path(".github/model.pkl"), "x").unwrap();
            },
            Some(0),
            &[],
        ),
        (
            "in .git",
            |s| fs::write(s.path(".git/evil.so"), "x").unwrap(),
            Some(0),
            &[],
        ),
        (
            ".gitattributes edited",
            |s| fs::write(s.path(".gitattributes"), "*\n").unwrap(),
            Some(0),
            &[],
        ),
        (
            "empty folder",
            |s| fs::create_dir(s.path("assets")).unwrap(),
            Some(0),
            &[],
        ),
        (
            "moved to another folder",
            |s| fs::rename(s.path("config.json"), s.path("weights/config.json")).unwrap(),
            Some(1),
            &["missing", "unsigned"],
        ),
        (
            "case changed",
            |s| fs::rename(s.path("config.json"), s.path("Config.json")).unwrap(),
            Some(1),
            &["renamed"],
        ),
        (
            "invisible character",
            |s| fs::rename(s.path("config.json"), s.path("config\u{200b}.json")).unwrap(),
            Some(1),
            &["renamed"],
        ),
        (
            "file became folder",
            |s| {
                fs::remove_file(s.path("config.json")).unwrap();
                fs::create_dir(s.path("config.json")).unwrap();
                fs::write(s.path("config.json/x"), "x").unwrap();
            },
            Some(1),
            &["missing", "unsigned"],
        ),
        (
            "twin added",
            |s| fs::write(s.path("Modeling.py"), "x").unwrap(),
            Some(1),
            &["unsigned"],
        ),
        (
            "everything deleted",
            |s| {
                for name in ["config.json", "modeling.py"] {
                    fs::remove_file(s.path(name)).unwrap();
                }
                fs::remove_dir_all(s.path("weights")).unwrap();
            },
            Some(1),
            &["missing", "missing", "missing", "missing"],
        ),
    ];
    for (name, mutate, code, kinds) in mutations {
        let signed = Signed::new(&[]);
        assert_eq!(signed.verify(&[]).0, Some(0), "before: {name}");
        mutate(&signed);
        assert_eq!(signed.verify(&[]), (*code, strings(kinds)), "{name}");
        let (strict, told) = signed.verify(&["--strict"]);
        assert_eq!(strict, Some(1), "{name}");
        assert!(
            told.len() > kinds.len() || !kinds.is_empty(),
            "{name}: {told:?}"
        );
    }
    // The model as it was signed holds nothing that the strict refuse, apart from what Git leaves beside it.
    let signed = Signed::new(&[]);
    fs::remove_dir_all(signed.path(".git")).unwrap();
    fs::remove_file(signed.path(".gitattributes")).unwrap();
    assert_eq!(signed.verify(&["--strict"]), (Some(0), Vec::new()));
}

#[cfg(unix)]
#[test]
fn links_never_hide_anything() {
    use std::os::unix::fs::symlink;
    // Without links: one that takes the place of a file, one that is added, and one to a folder.
    for (name, to) in [
        ("config.json", "modeling.py"),
        ("new.py", "modeling.py"),
        ("more", "weights"),
        ("gone", "nowhere"),
    ] {
        let signed = Signed::new(&[]);
        let _ = fs::remove_file(signed.path(name));
        symlink(to, signed.path(name)).unwrap();
        assert_eq!(signed.verify(&[]), (Some(1), strings(&["link"])), "{name}");
    }
    // With links, and defect (g) of the reference: what lies in a linked folder is listed and checked.
    let signed = Signed::new(&[]);
    symlink("weights", signed.path("linked")).unwrap();
    let run = signed
        .world
        .run(&["sign", "model", "--key", "key", "--overwrite"]);
    assert_eq!(run.code(), Some(2));
    assert!(
        run.err().contains("link to weights: linked"),
        "{}",
        run.err()
    );
    let sign = [
        "sign",
        "model",
        "--key",
        "key",
        "--overwrite",
        "--allow-symlinks",
    ];
    assert_eq!(signed.world.run(&sign).code(), Some(0));
    assert_eq!(signed.verify(&[]), (Some(0), Vec::new()));
    fs::write(signed.path("weights/a.safetensors"), "changed").unwrap();
    assert_eq!(
        signed.verify(&[]),
        (Some(1), strings(&["changed", "changed"]))
    );
    assert_eq!(signed.world.run(&sign).code(), Some(0));
    // Defect (j): the signed value rules, and a circle ends.
    symlink("..", signed.path("weights/circle")).unwrap();
    assert_eq!(signed.verify(&[]), (Some(0), Vec::new()));
    assert_eq!(signed.verify(&["--strict"]).0, Some(1));
    fs::remove_file(signed.path("weights/circle")).unwrap();
    // A folder that is linked after signing.
    symlink("weights", signed.path("another")).unwrap();
    assert_eq!(
        signed.verify(&[]),
        (Some(1), strings(&["unsigned", "unsigned"]))
    );
    fs::remove_file(signed.path("another")).unwrap();
    symlink(signed.world.folder.path(), signed.path("outside")).unwrap();
    assert_eq!(
        signed.verify(&[]),
        (Some(0), Vec::new()),
        "a folder above is a circle"
    );
    let elsewhere = tempfile::tempdir().unwrap();
    fs::remove_file(signed.path("outside")).unwrap();
    symlink(elsewhere.path(), signed.path("outside")).unwrap();
    assert_eq!(signed.verify(&[]), (Some(1), strings(&["folder-out"])));
}

/// What can be done to a bundle without the key.
#[test]
fn a_bundle_that_was_tampered_with_is_refused() {
    type Tamper = fn(&Signed, &mut Value);
    let cases: &[(&str, &str, Tamper)] = &[
        ("signature of zeros", "bad-signature", |_, b| {
            b["dsseEnvelope"]["signatures"][0]["sig"] = "MAYCAQACAQA=".into()
        }),
        ("signature cut", "bad-signature", |_, b| {
            b["dsseEnvelope"]["signatures"][0]["sig"] = "MEUC".into()
        }),
        ("signature empty", "malformed-bundle", |_, b| {
            b["dsseEnvelope"]["signatures"][0]["sig"] = "".into()
        }),
        ("no base64", "malformed-bundle", |_, b| {
            b["dsseEnvelope"]["signatures"][0]["sig"] = "!".into()
        }),
        ("no signature", "malformed-bundle", |_, b| {
            b["dsseEnvelope"]["signatures"] = json!([])
        }),
        ("two signatures", "signature-count", |_, b| {
            let one = b["dsseEnvelope"]["signatures"][0].clone();
            b["dsseEnvelope"]["signatures"] = json!([one, one]);
        }),
        ("payload replaced", "bad-signature", |_, b| {
            b["dsseEnvelope"]["payload"] = "e30=".into()
        }),
        ("payload type replaced", "payload-type", |_, b| {
            b["dsseEnvelope"]["payloadType"] = "text/plain".into()
        }),
        ("payload gone", "malformed-bundle", |_, b| {
            drop(b["dsseEnvelope"].as_object_mut().unwrap().remove("payload"))
        }),
        ("field beside", "extra-field", |_, b| {
            b["trusted"] = true.into()
        }),
        ("field in the envelope", "extra-field", |_, b| {
            b["dsseEnvelope"]["trusted"] = true.into()
        }),
        ("another media type", "malformed-bundle", |_, b| {
            b["mediaType"] = "application/json".into()
        }),
        ("no material", "malformed-bundle", |_, b| {
            drop(b.as_object_mut().unwrap().remove("verificationMaterial"))
        }),
        ("two materials", "malformed-bundle", |_, b| {
            b["verificationMaterial"]["certificate"] = json!({"rawBytes": "AA=="})
        }),
        (
            "message in place of envelope",
            "not-a-model-signature",
            |_, b| {
                b.as_object_mut().unwrap().remove("dsseEnvelope");
                b["messageSignature"] = json!({"messageDigest": {"algorithm": "SHA2_256", "digest": "AA=="}, "signature": "AA=="});
            },
        ),
        ("key of a stranger named and used", "wrong-key", |s, b| {
            let stranger = KeySigner::new(PrivateKey::generate(KeyKind::EcdsaP256).unwrap());
            let payload = s.statement().to_string();
            let forged = stranger
                .sign_payload(dsse::IN_TOTO, payload.as_bytes())
                .unwrap()
                .write();
            *b = serde_json::from_slice(&forged).unwrap();
        }),
        (
            "key of a stranger behind the right name",
            "bad-signature",
            |s, b| {
                let stranger = KeySigner::new(PrivateKey::generate(KeyKind::EcdsaP256).unwrap());
                let payload = s.statement().to_string();
                let forged = stranger
                    .sign_payload(dsse::IN_TOTO, payload.as_bytes())
                    .unwrap()
                    .write();
                let name = b["verificationMaterial"]["publicKey"]["hint"].clone();
                *b = serde_json::from_slice(&forged).unwrap();
                b["verificationMaterial"]["publicKey"]["hint"] = name;
            },
        ),
        (
            "key of a stranger inside, as early releases had it",
            "wrong-key",
            |_, b| {
                let stranger = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
                let forged = KeySigner::new(stranger)
                    .sign_payload(dsse::IN_TOTO, b"{}")
                    .unwrap()
                    .write();
                let forged: Value = serde_json::from_slice(&forged).unwrap();
                b["dsseEnvelope"] = forged["dsseEnvelope"].clone();
                let other = PrivateKey::generate(KeyKind::EcdsaP256)
                    .unwrap()
                    .public()
                    .to_pem();
                b["verificationMaterial"]["publicKey"] = json!({"rawBytes": base64(other.as_bytes()), "keyDetails": "PKIX_ECDSA_P256_SHA_256"});
            },
        ),
        (
            "a certificate where a key was",
            "malformed-signature",
            |_, b| {
                b["verificationMaterial"] = json!({"certificate": {"rawBytes": "AAAA"}});
            },
        ),
    ];
    for (name, code, tamper) in cases {
        let signed = Signed::new(&[]);
        let mut bundle = signed.bundle();
        tamper(&signed, &mut bundle);
        signed.write_bundle(&bundle);
        assert_eq!(signed.verify(&[]), (Some(1), strings(&[code])), "{name}");
    }
}

fn base64(bytes: &[u8]) -> String {
    chainwright_attestations::base64::encode(bytes)
}

/// What a key holder can sign that is no model signature, or not one of this model.
#[test]
fn signed_statements_that_break_rules_are_refused() {
    type Tamper = fn(&mut Value);
    let cases: &[(&str, Tamper)] = &[
        ("unknown-predicate-type", |s| {
            s["predicateType"] = "https://slsa.dev/provenance/v1".into()
        }),
        ("unknown-statement-type", |s| {
            s["_type"] = "https://in-toto.io/Statement/v0.1".into()
        }),
        ("extra-field", |s| s["predicate"]["scan"] = "clean".into()),
        ("extra-field", |s| {
            s["predicate"]["serialization"]["skip"] = json!(["weights"])
        }),
        ("subject-count", |s| {
            let one = s["subject"][0].clone();
            s["subject"] = json!([one, one]);
        }),
        ("root-mismatch", |s| {
            s["subject"][0]["digest"]["sha256"] = "00".repeat(32).into()
        }),
        ("root-mismatch", |s| {
            s["predicate"]["resources"]
                .as_array_mut()
                .unwrap()
                .reverse()
        }),
        ("duplicate-name", |s| {
            // An earlier entry for the same name, under a root that fits: the last one wins in the reference.
            let digest = s["predicate"]["resources"][0]["digest"].clone();
            s["predicate"]["resources"] = json!([
                {"name": "a", "algorithm": "sha256", "digest": digest},
                {"name": "a", "algorithm": "sha256", "digest": digest},
            ]);
            fit(s);
        }),
        ("name-escapes", |s| {
            s["predicate"]["resources"][0]["name"] = "../key".into()
        }),
        ("name-not-canonical", |s| {
            s["predicate"]["resources"][0]["name"] = "./config.json".into()
        }),
        ("hash-confusion", |s| {
            s["predicate"]["serialization"]["hash_type"] = "blake3".into()
        }),
        ("ignore-path", |s| {
            s["predicate"]["serialization"]["ignore_paths"] = json!(["."])
        }),
        ("shard-name", |s| {
            s["predicate"]["serialization"]["method"] = "shards".into();
            s["predicate"]["serialization"]["shard_size"] = 8.into();
        }),
        ("empty-manifest", |s| {
            s["predicate"]["resources"] = json!([])
        }),
    ];
    for (code, tamper) in cases {
        let signed = Signed::new(&[]);
        let mut statement = signed.statement();
        tamper(&mut statement);
        signed.sign_payload(dsse::IN_TOTO, &statement.to_string());
        assert_eq!(signed.verify(&[]), (Some(1), strings(&[code])), "{code}");
    }
    let signed = Signed::new(&[]);
    signed.sign_payload(dsse::IN_TOTO, "not JSON");
    assert_eq!(
        signed.verify(&[]),
        (Some(1), strings(&["statement-not-json"]))
    );
    let twice = signed.statement_text_twice();
    signed.sign_payload(dsse::IN_TOTO, &twice);
    assert_eq!(
        signed.verify(&[]),
        (Some(1), strings(&["statement-not-json"]))
    );
}

impl Signed {
    /// A statement that says its predicate twice.
    fn statement_text_twice(&self) -> String {
        let fresh = Self::new(&[]).statement().to_string();
        fresh.replacen("{\"_type\"", "{\"predicate\":{},\"_type\"", 1)
    }
}

/// Gives the subject the root of the entries.
fn fit(statement: &mut Value) {
    let resources = statement["predicate"]["resources"].as_array().unwrap();
    let entry = |resource: &Value| chainwright_oms::Resource {
        name: resource["name"].as_str().unwrap().to_owned(),
        digest: chainwright_oms::Digest::from_hex(
            chainwright_oms::Hash::Sha256,
            resource["digest"].as_str().unwrap(),
        )
        .unwrap(),
    };
    let manifest = chainwright_oms::Manifest {
        model: "m".to_owned(),
        serialization: chainwright_oms::Serialization {
            method: chainwright_oms::Method::Files,
            hash: chainwright_oms::Hash::Sha256,
            allow_symlinks: false,
            ignore_paths: Vec::new(),
        },
        resources: resources.iter().map(entry).collect(),
    };
    let root = manifest.root().to_string();
    statement["subject"][0]["digest"]["sha256"] = root.into();
}

#[test]
fn the_signature_of_another_model_does_not_pass() {
    let signed = Signed::new(&[]);
    signed.world.write("other/config.json", "{\"a\":1}");
    let run = signed.world.run(&["sign", "other", "--key", "key"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    fs::copy(
        signed.world.path("other/model.sig"),
        signed.path("model.sig"),
    )
    .unwrap();
    let (code, kinds) = signed.verify(&[]);
    assert_eq!(code, Some(1));
    assert!(kinds.contains(&"changed".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"unsigned".to_owned()), "{kinds:?}");
}

/// The encoding that release 0.2 signed by mistake counts for its own statements alone.
#[test]
fn the_faulty_encoding_is_accepted_for_its_own_shape_alone() {
    let signed = Signed::new(&[]);
    let sign = |payload: &str| {
        let message = dsse::faulty_pae_of_oms_0_2(dsse::IN_TOTO, payload.as_bytes());
        let key = signed.key();
        let mut bundle = signed.bundle();
        bundle["dsseEnvelope"]["payload"] = base64(payload.as_bytes()).into();
        bundle["dsseEnvelope"]["signatures"][0]["sig"] =
            base64(&key.sign(&message).unwrap()).into();
        signed.write_bundle(&bundle);
    };
    let current = signed.statement();
    sign(&current.to_string());
    assert_eq!(signed.verify(&[]), (Some(1), strings(&["bad-signature"])));
    let subjects: Vec<Value> = current["predicate"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| json!({"name": entry["name"], "digest": {"sha256": entry["digest"]}}))
        .collect();
    let oldest = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://model_signing/Digests/v0.1",
        "predicate": {"unused": "it's"},
        "subject": subjects,
    });
    sign(&oldest.to_string());
    assert_eq!(signed.verify(&[]), (Some(0), Vec::new()));
}

#[test]
fn every_truncation_of_a_signature_is_refused() {
    let signed = Signed::new(&[]);
    let whole = fs::read(signed.path("model.sig")).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(signed.path("model.sig"), &whole[..length]).unwrap();
        assert_eq!(
            signed.verify(&[]),
            (Some(1), strings(&["malformed-bundle"])),
            "{length}"
        );
    }
}

#[test]
fn bad_input_is_told_and_nothing_is_lost() {
    let signed = Signed::new(&[]);
    let world = &signed.world;
    let fails = |arguments: &[&str], expected: &str| {
        let run = world.run(arguments);
        assert_eq!(run.code(), Some(2), "{arguments:?}: {}", run.out());
        let told = run.err() + &run.out();
        assert!(told.contains(expected), "{arguments:?}: {told}");
    };
    let before = fs::read(signed.path("model.sig")).unwrap();
    fails(&["sign", "model", "--key", "key"], "--overwrite");
    fails(
        &["sign", "model", "--key", "key.pub", "--overwrite"],
        "no key in PEM form",
    );
    fails(
        &["sign", "model", "--key", "nowhere", "--overwrite"],
        "cannot read `nowhere`",
    );
    fails(&["sign", "nowhere", "--key", "key"], "does not exist");
    fails(
        &[
            "sign",
            "model",
            "--key",
            "key",
            "--overwrite",
            "--ignore",
            "*.py",
        ],
        "exact",
    );
    fails(
        &[
            "sign",
            "model",
            "--key",
            "key",
            "--overwrite",
            "--ignore",
            "..",
        ],
        "inside",
    );
    fails(
        &[
            "sign",
            "model",
            "--key",
            "key",
            "--overwrite",
            "--method",
            "shards",
            "--shard-size",
            "0",
        ],
        "stretches",
    );
    fails(&["keygen", "key", "--no-password"], "exists already");
    fails(&["keygen", "new"], "no password");
    fails(&["verify", "model"], "nothing is trusted");
    fails(&["verify", "model", "--key", "key"], "no public key");
    fails(&["verify", "nowhere", "--key", "key.pub"], "no-signature");
    fails(
        &[
            "verify",
            "model",
            "--key",
            "key.pub",
            "--signature",
            "model",
        ],
        "not a regular file",
    );
    fails(
        &["verify", "model", "--certificate-roots", "key.pub"],
        "certificate",
    );
    fails(
        &[
            "verify",
            "model",
            "--key",
            "key.pub",
            "--identity-regex",
            "(",
        ],
        "regular expression",
    );
    assert_eq!(fs::read(signed.path("model.sig")).unwrap(), before);
    // Defect (i) of the reference: a model without files is not signed, nor one with ignored files alone.
    fs::create_dir(world.path("empty")).unwrap();
    fails(&["sign", "empty", "--key", "key"], "no file");
    world.write("ignored/.github/x", "x");
    fails(&["sign", "ignored", "--key", "key"], "no file");
    assert!(!world.path("empty/model.sig").exists());
}

#[test]
fn keys_are_kept_safe() {
    let world = World::new();
    let secret = "correct horse";
    world.write("password", format!("{secret}\n"));
    let run = world.run(&[
        "keygen",
        "key",
        "--curve",
        "p384",
        "--password-file",
        "password",
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let text = fs::read_to_string(world.path("key")).unwrap();
    assert!(
        text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(world.path("key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    world.write("model/a", "a");
    let sign = ["sign", "model", "--key", "key", "--overwrite"];
    let run = world.run(&sign);
    assert_eq!(run.code(), Some(2));
    assert!(run.err().contains("no password was given"), "{}", run.err());
    for (password, code) in [("wrong", Some(2)), (secret, Some(0))] {
        let run = world
            .command()
            .args(sign)
            .env("CHAINWRIGHT_KEY_PASSWORD", password)
            .output();
        let run = crate::Run(run.unwrap());
        assert_eq!(run.code(), code, "{}", run.err());
        let told = run.err() + &run.out();
        assert!(
            !told.contains(password) && !told.contains("PRIVATE"),
            "{told}"
        );
    }
    assert_eq!(
        world.run(&["verify", "model", "--key", "key.pub"]).code(),
        Some(0)
    );
}

#[test]
fn several_models_are_signed_and_verified_in_one_call() {
    let world = World::new();
    for name in ["a", "b"] {
        world.write(&format!("{name}/weights.bin"), name);
    }
    world.write("single.gguf", "s");
    world.run(&["keygen", "key", "--no-password"]);
    let run = world.run(&["sign", "a", "b", "single.gguf", "--key", "key", "--json"]);
    assert_eq!(run.json()["models"].as_array().unwrap().len(), 3);
    assert!(world.path("single.gguf.sig").exists());
    let verify = ["verify", "a", "b", "single.gguf", "--key", "key.pub"];
    assert_eq!(world.run(&verify).code(), Some(0));
    world.write("b/weights.bin", "other");
    let run = world.run(&verify);
    assert_eq!(run.code(), Some(1));
    assert!(run.out().contains("refused  b\n"), "{}", run.out());
    assert!(run.out().contains("verified  a\n"), "{}", run.out());
    // By the text of the specification the file has its own name.
    let named = [
        "sign",
        "single.gguf",
        "--key",
        "key",
        "--file-name",
        "--overwrite",
    ];
    assert_eq!(world.run(&named).code(), Some(0));
    assert_eq!(
        world
            .run(&["verify", "single.gguf", "--key", "key.pub"])
            .code(),
        Some(0)
    );
    fs::rename(world.path("single.gguf"), world.path("other.gguf")).unwrap();
    let moved = [
        "verify",
        "other.gguf",
        "--key",
        "key.pub",
        "--signature",
        "single.gguf.sig",
    ];
    assert_eq!(world.run(&moved).code(), Some(1));
}

#[test]
fn unsigned_files_are_accepted_only_when_asked() {
    let signed = Signed::new(&[]);
    fs::write(signed.path("notes.txt"), "x").unwrap();
    assert_eq!(signed.verify(&[]).0, Some(1));
    assert_eq!(signed.verify(&["--ignore-unsigned"]), (Some(0), Vec::new()));
    fs::write(signed.path("config.json"), "[]").unwrap();
    assert_eq!(
        signed.verify(&["--ignore-unsigned"]),
        (Some(1), strings(&["changed"]))
    );
}

/// A digest from the cache is not that of a file that was changed, even with its old size and time.
#[test]
fn the_cache_does_not_hide_a_change() {
    let signed = Signed::new(&[]);
    std::thread::sleep(std::time::Duration::from_millis(2200));
    assert_eq!(signed.verify(&[]).0, Some(0));
    assert!(signed.world.path(".cache/digests").is_dir());
    assert_eq!(signed.verify(&[]).0, Some(0));
    let path = signed.path("config.json");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "[]").unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    assert_eq!(signed.verify(&[]), (Some(1), strings(&["changed"])));
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let oms = folder.join("oms");
    if !oms.is_dir() {
        eprintln!("skipped: no public data at {}", oms.display());
        return None;
    }
    Some(oms)
}

/// Models that releases 0.2.0 to 1.1.0 signed with keys and certificates, as they were published.
#[test]
fn published_models_of_every_release_verify() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oms/tests/data/models");
    let Some(data) = data() else { return };
    let world = World::new();
    let keys = data.join("keys");
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let (public, root) = (
        text(keys.join("signing-key-pub.pem")),
        text(keys.join("ca-cert.pem")),
    );
    let mut count = 0;
    for (folder, name, single) in [
        (&kept, "v0.2.0-certificate", false),
        (&data, "v0.3.1-certificate", false),
        (&data, "v0.3.1-elliptic-key", true),
        (&data, "v1.0.0-certificate", false),
        (&data, "v1.0.0-elliptic-key", true),
        (&kept, "v1.0.1-certificate", false),
        (&kept, "v1.0.1-elliptic-key", false),
        (&data, "v1.1.0-certificate", false),
        (&data, "v1.1.0-elliptic-key", false),
    ] {
        let folder = folder.join(name);
        let signature = text(folder.join("model.sig"));
        let model = text(if single {
            folder.join("signme-1")
        } else {
            folder.clone()
        });
        let trusted = if name.ends_with("key") {
            ["--key", public.as_str()]
        } else {
            ["--certificate-roots", root.as_str()]
        };
        let mut arguments = vec!["verify", &model, "--signature", &signature];
        arguments.extend(trusted);
        // Release 1.0.1 did not record what it left out.
        if name.starts_with("v1.0.1") {
            arguments.push("--ignore-unsigned");
        }
        let run = world.run(&arguments);
        assert_eq!(run.code(), Some(0), "{name}: {}{}", run.out(), run.err());
        // Nobody else's key or root will do.
        count += 1;
    }
    assert_eq!(count, 9);
    let model = text(data.join("v1.1.0-certificate"));
    for (arguments, code) in [
        (
            vec!["--key", &public, "--identity", "nobody"],
            "nothing-trusted",
        ),
        (
            vec!["--certificate-roots", &root, "--identity", "nobody"],
            "wrong-identity",
        ),
        (
            vec!["--certificate-roots", &root, "--issuer", "nobody"],
            "wrong-issuer",
        ),
    ] {
        let mut all = vec!["verify", &model, "--format", "json"];
        all.extend(arguments);
        let report = world.run(&all).json();
        assert_eq!(report["models"][0]["error"]["code"], code);
    }
}

/// What can be done to the certificates of a bundle.
#[test]
fn a_chain_that_was_tampered_with_is_refused() {
    type Tamper = fn(&mut Vec<Value>);
    let cases: &[(&str, &str, Tamper)] = &[
        ("nothing done", "", |_| {}),
        ("issuer gone", "unknown-issuer", |chain| drop(chain.pop())),
        ("leaf gone", "wrong-usage", |chain| drop(chain.remove(0))),
        ("turned round", "wrong-usage", |chain| chain.reverse()),
        ("empty", "malformed-bundle", Vec::clear),
        ("leaf cut", "malformed-signature", |chain| {
            chain[0] = json!({"rawBytes": "MIIB"})
        }),
        ("issuer cut", "malformed-signature", |chain| {
            chain[1] = json!({"rawBytes": "MIIB"})
        }),
    ];
    let Some(data) = data() else { return };
    let root = data.join("keys/ca-cert.pem").to_string_lossy().into_owned();
    for (name, code, tamper) in cases {
        let world = World::new();
        for file in ["signme-1", "signme-2", "ignore-me"] {
            let bytes = fs::read(data.join("v1.1.0-certificate").join(file)).unwrap();
            world.write(&format!("model/{file}"), bytes);
        }
        let bytes = fs::read(data.join("v1.1.0-certificate/model.sig")).unwrap();
        let mut bundle: Value = serde_json::from_slice(&bytes).unwrap();
        let chain = &mut bundle["verificationMaterial"]["x509CertificateChain"]["certificates"];
        tamper(chain.as_array_mut().unwrap());
        world.write("model/model.sig", bundle.to_string());
        let verify = [
            "verify",
            "model",
            "--certificate-roots",
            &root,
            "--format",
            "json",
        ];
        let run = world.run(&verify);
        let report = run.json();
        let found = report["models"][0]["error"]["code"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(found, *code, "{name}: {report}");
        let expected = if code.is_empty() { 0 } else { 1 };
        assert_eq!(run.code(), Some(expected), "{name}");
    }
}

/// Models that releases 0.3.1 to 1.1.0 signed under an identity of Sigstore, checked offline.
#[test]
fn published_models_signed_under_an_identity_verify() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oms/tests/data/models");
    let Some(data) = data() else { return };
    let world = World::new();
    let issuer = "https://sigstore.verify.ibm.com/oauth2";
    for (folder, name) in [
        (&data, "v0.3.1-sigstore"),
        (&data, "v1.0.0-sigstore"),
        (&kept, "v1.0.1-sigstore"),
        (&data, "v1.1.0-sigstore"),
    ] {
        let model = folder.join(name).to_string_lossy().into_owned();
        let verify = |identity: &str, issuer: &str| {
            let run = world.run(&[
                "verify",
                &model,
                "--identity",
                identity,
                "--issuer",
                issuer,
                "--ignore-unsigned",
                "--format",
                "json",
            ]);
            let report = run.json()["models"][0].clone();
            (run.code(), report)
        };
        let (code, report) = verify("stefanb@us.ibm.com", issuer);
        assert_eq!(code, Some(0), "{name}: {report}");
        assert_ne!(report["signer"]["time_source"], "clock", "{name}");
        let (code, report) = verify("nobody@us.ibm.com", issuer);
        assert_eq!(
            (code, &report["error"]["code"]),
            (Some(1), &json!("wrong-identity"))
        );
        let (code, report) = verify("stefanb@us.ibm.com", "https://accounts.google.com");
        assert_eq!(
            (code, &report["error"]["code"]),
            (Some(1), &json!("wrong-issuer"))
        );
    }
}

/// Bundles of the specification: what is invalid is refused before any key is asked.
#[test]
fn invalid_bundles_of_the_specification_are_refused() {
    let Some(data) = data() else { return };
    let signed = Signed::new(&[]);
    let vectors = data.join("spec-vectors/v1.0");
    for (path, expected) in [
        ("invalid/empty.bundle.json", "malformed-bundle"),
        ("invalid/missing-envelope.bundle.json", "malformed-bundle"),
        (
            "invalid/missing-verification-material.bundle.json",
            "malformed-bundle",
        ),
        ("invalid/missing-tlog-entries.bundle.json", ""),
        ("invalid-payload/wrong-predicate.bundle.json", ""),
    ] {
        fs::copy(vectors.join(path), signed.path("model.sig")).unwrap();
        let (code, kinds) = signed.verify(&[]);
        assert_ne!(code, Some(0), "{path}");
        assert_eq!(kinds.len(), 1, "{path}");
        assert!(kinds[0].starts_with(expected), "{path}: {kinds:?}");
    }
}

/// The commands of docs/signing.md, as they stand there.
#[test]
fn the_commands_of_the_guide_work() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/signing.md");
    let guide = fs::read_to_string(guide).unwrap();
    let world = World::new();
    world.write("model/config.json", "{}");
    world.write("model/weights.safetensors", "w");
    world.write("other/weights.gguf", "w");
    let mut count = 0;
    for line in guide.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let (line, expected) = match line.split_once("   # exit ") {
            Some((line, code)) => (line, code.trim().parse().ok()),
            None => (line, Some(0)),
        };
        let command = line.replace(
            "chainwright ",
            concat!(env!("CARGO_BIN_EXE_chainwright"), " "),
        );
        let run = std::process::Command::new("/bin/sh")
            .args(["-eu", "-c", &command])
            .current_dir(world.folder.path())
            .env("HOME", world.folder.path())
            .env("CHAINWRIGHT_KEY_PASSWORD", "only for this test")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), expected, "{line}: {told}");
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
