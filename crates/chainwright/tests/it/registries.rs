//! Images in registries, signed and verified as users do, and everything that must not pass.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where it cannot go on, and says where it cannot run"
)]

use std::fs;
use std::path::PathBuf;

use chainwright_attestations::{
    Bundle, Content, Limits, LogEntry, Material, MessageSignature, Statement, Subject, base64, dsse,
};
use chainwright_referrers::legacy;
use chainwright_signing::{KeySigner, PrivateKey, Signer};
use chainwright_testkit::registry::{Behaviour, MANIFEST, Odd, Registry, digest};
use serde_json::{Value, json};

use crate::World;

const NAME: &str = "team/app";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

/// A registry with one image, and two keys.
struct Place {
    world: World,
    registry: Registry,
    digest: String,
}

impl Place {
    fn new() -> Self {
        Self::with(Behaviour::default())
    }

    fn with(behaviour: Behaviour) -> Self {
        let world = World::new();
        for key in ["key", "other"] {
            let run = world.run(&["keygen", key, "--no-password"]);
            assert_eq!(run.code(), Some(0), "{}", run.err());
        }
        let registry = Registry::start(behaviour);
        let digest = registry.image(NAME, "v1", b"layer");
        Self {
            world,
            registry,
            digest,
        }
    }

    fn image(&self) -> String {
        self.at(":v1")
    }

    fn at(&self, rest: &str) -> String {
        format!("oci://{}/{NAME}{rest}", self.registry.host())
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let run = self.world.run(arguments);
        (run.code(), run.out() + &run.err())
    }

    fn sign(&self, more: &[&str]) {
        let image = self.image();
        let mut arguments = vec!["sign", &image];
        arguments.extend(more);
        let (code, said) = self.run(&arguments);
        assert_eq!(code, Some(0), "{said}");
    }

    /// The exit code and the report on one image.
    fn verify(&self, more: &[&str]) -> (Option<i32>, Value) {
        self.verify_at(":v1", more)
    }

    fn verify_at(&self, rest: &str, more: &[&str]) -> (Option<i32>, Value) {
        let image = self.at(rest);
        let mut arguments = vec!["verify", &image, "--format", "json"];
        arguments.extend(more);
        let run = self.world.run(&arguments);
        let code = run.code();
        (code, run.json()["images"][0].clone())
    }

    fn signer(&self, key: &str) -> KeySigner<PrivateKey> {
        let text = fs::read(self.world.path(key)).unwrap();
        KeySigner::new(PrivateKey::from_pem(&text, None).unwrap())
    }

    /// The fingerprint of the key.
    fn bundle_key(&self) -> String {
        let text = fs::read(self.world.path("key")).unwrap();
        PrivateKey::from_pem(&text, None).unwrap().public().hint()
    }

    /// Lists bytes as a bundle that is about an image.
    fn attach(&self, subject: &str, bundle: &[u8]) {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": BUNDLE,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": self.registry.blob(NAME, b"{}"), "size": 2 },
            "layers": [{ "mediaType": BUNDLE, "digest": self.registry.blob(NAME, bundle), "size": bundle.len() }],
            "subject": { "mediaType": MANIFEST, "digest": subject, "size": 1 },
        });
        self.registry.manifest(
            NAME,
            &digest(bundle)[..20].replace(':', "-"),
            manifest.to_string().as_bytes(),
        );
    }

    /// The bundle that is attached to the image.
    fn bundle(&self) -> Bundle {
        let manifest = &self.registry.referrers(NAME, &self.digest)[0];
        let manifest = self.registry.read(NAME, manifest).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        let bytes = self.registry.read_blob(NAME, layer).unwrap();
        Bundle::read(&bytes, &Limits::default()).unwrap()
    }
}

fn codes(report: &Value) -> Vec<String> {
    let attached = report["attached"].as_array().unwrap().iter();
    let codes = attached.map(|one| match one["error"]["code"].as_str() {
        Some(code) => code.to_owned(),
        None => "accepted".to_owned(),
    });
    codes.collect()
}

#[test]
fn a_signed_image_verifies_in_every_layout_and_is_told_by_its_digest() {
    for has_referrers in [true, false] {
        for (layout, place) in [
            (
                "referrers",
                if has_referrers {
                    "referrers"
                } else {
                    "referrers-tag"
                },
            ),
            ("legacy", "legacy"),
        ] {
            let there = Place::with(Behaviour {
                has_referrers,
                ..Behaviour::default()
            });
            there.sign(&["--key", "key", "--layout", layout]);
            let (code, report) = there.verify(&["--key", "key.pub"]);
            assert_eq!(code, Some(0), "{report}");
            assert_eq!(report["digest"], there.digest.as_str());
            assert_eq!(report["attached"][0]["place"], place);
            assert_eq!(report["attached"][0]["kind"], "signature");
            let by_digest = format!("@{}", there.digest);
            assert_eq!(
                there.verify_at(&by_digest, &["--key", "key.pub"]).0,
                Some(0)
            );
            let (code, report) = there.verify(&["--key", "other.pub"]);
            assert_eq!(code, Some(1), "{report}");
        }
    }
}

#[test]
fn what_is_written_is_laid_out_as_cosign_does() {
    let there = Place::new();
    there.sign(&["--key", "key"]);
    let manifest = &there.registry.referrers(NAME, &there.digest)[0];
    let manifest = there.registry.read(NAME, manifest).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["artifactType"], BUNDLE);
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.oci.empty.v1+json"
    );
    assert_eq!(manifest["config"]["digest"], digest(b"{}"));
    assert_eq!(manifest["subject"]["digest"], there.digest.as_str());
    assert_eq!(
        manifest["annotations"]["dev.sigstore.bundle.content"],
        "dsse-envelope"
    );
    assert_eq!(
        manifest["annotations"]["dev.sigstore.bundle.predicateType"],
        SIGNED
    );
    let bundle = there.bundle();
    let statement = Statement::of_envelope(bundle.envelope().unwrap(), &Limits::default()).unwrap();
    assert_eq!(statement.predicate_type, SIGNED);
    assert_eq!(
        statement.subjects[0].digest.get("sha256"),
        there.digest.strip_prefix("sha256:")
    );

    there.sign(&["--key", "key", "--layout", "legacy"]);
    let tag = there.digest.replace(':', "-") + ".sig";
    let manifest = there.registry.read(NAME, &tag).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layer = &manifest["layers"][0];
    assert_eq!(
        layer["mediaType"],
        "application/vnd.dev.cosign.simplesigning.v1+json"
    );
    assert!(layer["annotations"]["dev.cosignproject.cosign/signature"].is_string());
    let payload = there
        .registry
        .read_blob(NAME, layer["digest"].as_str().unwrap())
        .unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        payload["critical"]["type"],
        "cosign container image signature"
    );
    assert_eq!(
        payload["critical"]["image"]["docker-manifest-digest"],
        there.digest.as_str()
    );
}

#[test]
fn an_image_without_a_signature_is_not_judged() {
    let there = Place::new();
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("no-signature"))
    );
    there.sign(&["--key", "key"]);
    // The tag leads to another image.
    there.registry.image(NAME, "v1", b"other layer");
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("no-signature"))
    );
    let (code, report) = there.verify_at(":v2", &["--key", "key.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("no-such-image"))
    );
}

#[test]
fn a_signature_of_another_image_is_refused_in_every_layout() {
    let there = Place::new();
    there.sign(&["--key", "key"]);
    there.sign(&["--key", "key", "--layout", "legacy"]);
    let victim = there.registry.image(NAME, "v2", b"other layer");
    there.attach(&victim, &there.bundle().write());
    let tag = |digest: &str| digest.replace(':', "-") + ".sig";
    let legacy = there.registry.read(NAME, &tag(&there.digest)).unwrap();
    there.registry.manifest(NAME, &tag(&victim), &legacy);
    let (code, report) = there.verify_at(":v2", &["--key", "key.pub"]);
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(codes(&report), ["wrong-artifact", "wrong-artifact"]);
}

#[test]
fn one_good_signature_suffices_and_the_others_are_told() {
    let there = Place::new();
    there.sign(&["--key", "other"]);
    there.sign(&["--key", "key", "--layout", "legacy"]);
    there.attach(&there.digest, b"{}");
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(code, Some(0), "{report}");
    let mut found = codes(&report);
    found.sort();
    assert_eq!(found, ["accepted", "malformed-signature", "wrong-key"]);
    let image = there.image();
    let (_, said) = there.run(&["verify", &image, "--key", "key.pub"]);
    assert!(
        said.starts_with(&format!("verified  {image}\n  digest     {}", there.digest)),
        "{said}"
    );
    assert!(said.contains("refused   signature (referrers, "), "{said}");
    assert!(said.contains("wrong-key: signed with the key"), "{said}");
}

#[test]
fn the_signed_name_counts_if_it_is_asked_for() {
    for layout in ["referrers", "legacy"] {
        let there = Place::new();
        there.sign(&["--key", "key", "--layout", layout]);
        let manifest = there.registry.read(NAME, "v1").unwrap();
        there.registry.manifest(NAME, "v2", &manifest);
        let which = |which| ["--key", "key.pub", "--signed-reference", which];
        assert_eq!(there.verify_at(":v2", &which("any")).0, Some(0));
        assert_eq!(there.verify_at(":v2", &which("repository")).0, Some(0));
        assert_eq!(there.verify_at(":v1", &which("exact")).0, Some(0));
        let has_tag = layout == "legacy";
        let expected = if has_tag { Some(1) } else { Some(0) };
        assert_eq!(there.verify_at(":v2", &which("exact")).0, expected);
    }
}

#[test]
fn a_verified_image_becomes_a_base_that_scans_trust() {
    let there = Place::new();
    there.sign(&["--key", "key"]);
    let file = there.world.path("bases.toml");
    let base = ["--trusted-base", file.to_str().unwrap()];
    let with = |key| [&["--key", key][..], &base[..]].concat();
    assert_eq!(there.verify(&with("other.pub")).0, Some(1));
    assert!(!file.exists());
    assert_eq!(there.verify(&with("key.pub")).0, Some(0));
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written.starts_with("[[trusted-base]]\nname = "),
        "{written}"
    );
    assert!(written.contains("(linux/amd64)"), "{written}");
    assert!(written.contains(&format!("layers = [\"{}\"]", digest(b"layer"))));
    assert!(written.contains(&format!("digests = [\"{}\"]", there.digest)));
    let run = there
        .world
        .run(&["scan", "--config", "bases.toml", "key.pub"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
}

#[test]
fn changed_bytes_are_refused() {
    let there = Place::new();
    there.sign(&["--key", "key"]);
    let mut bundle = there.bundle();
    let manifest = there.registry.referrers(NAME, &there.digest)[0].clone();
    there.registry.forget(NAME, &manifest);
    let Content::Envelope(envelope) = &mut bundle.content else {
        panic!("no envelope")
    };
    envelope.payload.push(b' ');
    there.attach(&there.digest, &bundle.write());
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["bad-signature".to_owned()])
    );
}

#[test]
fn a_signature_over_the_manifest_itself_counts() {
    let there = Place::new();
    let manifest = there.registry.read(NAME, "v1").unwrap();
    let bundle = there.signer("key").sign_artifact(&manifest).unwrap();
    there.attach(&there.digest, &bundle.write());
    assert_eq!(there.verify(&["--key", "key.pub"]).0, Some(0));
    let (code, report) = there.verify(&["--key", "other.pub"]);
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["wrong-key".to_owned()])
    );
}

/// GHSA-whqx-f9j3-ch6m: an honest entry of a log beside a signature that it isn't about.
#[test]
fn a_log_entry_for_something_else_is_refused_with_a_key() {
    let there = Place::new();
    let manifest = there.registry.read(NAME, "v1").unwrap();
    let entry = |bytes: &[u8], signature: &[u8]| {
        let body = json!({ "kind": "hashedrekord", "apiVersion": "0.0.1", "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": &digest(bytes)[7..] } },
            "signature": { "content": base64::encode(signature) },
        }});
        LogEntry {
            log_id: vec![1; 32],
            kind: "hashedrekord".to_owned(),
            kind_version: "0.0.1".to_owned(),
            integrated_time: 1,
            inclusion_promise: Some(vec![1]),
            canonical_body: body.to_string().into_bytes(),
            ..LogEntry::default()
        }
    };
    let mut bundle = there.signer("key").sign_artifact(&manifest).unwrap();
    let Content::Message(MessageSignature { signature, .. }) = bundle.content.clone() else {
        panic!("no message")
    };
    for (entry, expected) in [
        (entry(&manifest, &signature), "accepted"),
        (entry(b"other", &signature), "bad-log-proof"),
        (entry(&manifest, b"other"), "bad-log-proof"),
    ] {
        bundle.log_entries = vec![entry];
        there.attach(&there.digest, &bundle.write());
        let (_, report) = there.verify(&["--key", "key.pub"]);
        assert!(codes(&report).contains(&expected.to_owned()), "{report}");
        for listed in there.registry.referrers(NAME, &there.digest) {
            there.registry.forget(NAME, &listed);
        }
    }
    // The same in annotations of a legacy signature.
    there.sign(&["--key", "key", "--layout", "legacy"]);
    let tag = there.digest.replace(':', "-") + ".sig";
    let text = String::from_utf8(there.registry.read(NAME, &tag).unwrap()).unwrap();
    let promise = chainwright_attestations::cosign::write_log_entry(&entry(b"o", b"o")).unwrap();
    let promise = Value::from(String::from_utf8(promise).unwrap());
    let key = "\"dev.cosignproject.cosign/signature\":";
    let changed = text.replace(
        key,
        &format!("\"dev.sigstore.cosign/bundle\":{promise},{key}"),
    );
    there.registry.manifest(NAME, &tag, changed.as_bytes());
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["bad-log-proof".to_owned()])
    );
}

pub(crate) fn conformance() -> Option<PathBuf> {
    let data = std::env::var_os("CHAINWRIGHT_DATA").map(PathBuf::from);
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = data.unwrap_or(own).join("sigstore");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no public Sigstore data at {}", folder.display());
    None
}

/// Public bundles under an identity, over an artifact that plays the image's manifest.
#[test]
fn identities_are_held_against_the_trusted_root_and_entries_against_their_signature() {
    let Some(folder) = conformance() else {
        return;
    };
    let there = Place::new();
    let bytes = fs::read(folder.join("a.txt")).unwrap();
    let image = there.registry.manifest(NAME, "real", &bytes);
    let any = ["--identity-regex", ".*", "--issuer-regex", ".*"];
    let of = |name: &str| -> Value {
        let path = folder.join(name).join("bundle.sigstore.json");
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let judge = |bundle: &Value| {
        there.attach(&image, bundle.to_string().as_bytes());
        let (code, report) = there.verify_at(":real", &any);
        for listed in there.registry.referrers(NAME, &image) {
            there.registry.forget(NAME, &listed);
        }
        (code, codes(&report).join(" "))
    };
    let good = of("happy-path-v0.3");
    assert_eq!(judge(&good), (Some(0), "accepted".to_owned()));
    let mut swapped = good.clone();
    let other = of("happy-path-v0.2");
    swapped["verificationMaterial"]["tlogEntries"] =
        other["verificationMaterial"]["tlogEntries"].clone();
    assert_ne!(swapped, good);
    assert_eq!(judge(&swapped), (Some(1), "bad-log-proof".to_owned()));
    for name in [
        "wrong-hashedrekord-entry_fail",
        "wrong-hashedrekord-artifact_fail",
        "signature-mismatch_fail",
    ] {
        let (code, said) = judge(&of(name));
        assert_eq!(code, Some(1), "{name}: {said}");
    }
    there.attach(&image, good.to_string().as_bytes());
    let (code, report) = there.verify_at(
        ":real",
        &["--identity", "nobody@example.com", "--issuer-regex", ".*"],
    );
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["wrong-identity".to_owned()])
    );
}

/// The parts of a public bundle as annotations: the identity holds, and only then is the payload found to be no claim.
#[test]
fn identities_in_annotations_are_held_against_the_trusted_root() {
    let Some(folder) = conformance() else {
        return;
    };
    let there = Place::new();
    let payload = fs::read(folder.join("a.txt")).unwrap();
    let bytes = fs::read(folder.join("happy-path-v0.1/bundle.sigstore.json")).unwrap();
    let judge = |change: fn(&mut Bundle)| {
        let mut bundle = Bundle::read(&bytes, &Limits::default()).unwrap();
        change(&mut bundle);
        let (layer, payload) = legacy::layer(&bundle, &payload).unwrap();
        there.registry.blob(NAME, &payload);
        let (manifest, config) = legacy::with_layer(None, layer).unwrap();
        there.registry.blob(NAME, &config);
        let tag = there.digest.replace(':', "-") + ".sig";
        there.registry.manifest(NAME, &tag, &manifest.write());
        let (code, report) = there.verify(&["--identity-regex", ".*", "--issuer-regex", ".*"]);
        assert_eq!(code, Some(1));
        report["attached"][0]["error"]["message"].to_string()
    };
    let said = judge(|_| {});
    assert!(said.contains("the payload is malformed"), "{said}");
    let said = judge(|bundle| bundle.log_entries[0].integrated_time += 1);
    assert!(said.contains("log"), "{said}");
    let said = judge(|bundle| {
        if let Content::Message(message) = &mut bundle.content {
            message.signature[20] ^= 1;
        }
    });
    assert!(said.contains("another signature"), "{said}");
}

#[test]
fn attestations_are_attached_and_asked_for_by_their_type() {
    let there = Place::new();
    there.world.write("p.json", r#"{"passed": true}"#);
    let image = there.image();
    let kind = "https://example.com/review/v1";
    let attest = |more: &[&str]| {
        let mut arguments = vec![
            "attest",
            "predicate",
            "--type",
            kind,
            "--predicate",
            "p.json",
        ];
        arguments.extend(["--key", "key", "--to", &image]);
        arguments.extend(more);
        there.run(&arguments)
    };
    let (code, said) = attest(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&there.digest), "{said}");
    let asking = ["--key", "key.pub", "--predicate-type", kind];
    let (code, report) = there.verify(&asking);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["attached"][0]["predicate_type"], kind);
    // An attestation is no signature, and another type is not there.
    assert_eq!(
        there.verify(&["--key", "key.pub"]).1["error"]["code"],
        "no-signature"
    );
    let (code, report) = there.verify(&[
        "--key",
        "key.pub",
        "--predicate-type",
        "https://example.com/x",
    ]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("no-signature"))
    );
    let (code, _) = there.verify(&["--key", "other.pub", "--predicate-type", kind]);
    assert_eq!(code, Some(1));
    // About a file, it is not attached to the image.
    let (code, said) = attest(&["p.json"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("is not about"), "{said}");
    for listed in there.registry.referrers(NAME, &there.digest) {
        there.registry.forget(NAME, &listed);
    }
    let (code, said) = attest(&["--layout", "legacy", &image]);
    assert_eq!(code, Some(0), "{said}");
    let (code, report) = there.verify(&asking);
    assert_eq!(
        (code, &report["attached"][0]["place"]),
        (Some(0), &json!("legacy"))
    );
}

#[test]
fn levels_are_reached_by_what_is_attached() {
    let there = Place::new();
    let image = there.image();
    let builder = "https://builds.example.com/one";
    let key = there.bundle_key();
    let trust = format!(
        "[[builder]]\nid = \"{builder}\"\nkey = \"{key}\"\nlevel = 2\n\n\
         [[expect]]\nartifact = \"{}/team/app\"\nsource = \"git+https://example.com/app\"\nminimum = {{ build = 2 }}\n",
        there.registry.host(),
    );
    there.world.write("trust.toml", trust);
    let judge = |image: &str| {
        let run = there.world.run(&[
            "verify",
            image,
            "--slsa",
            "trust.toml",
            "--key",
            "key.pub",
            "--format",
            "json",
        ]);
        (run.code(), run.json())
    };
    let (code, told) = judge(&image);
    assert_eq!(
        (code, &told["artifacts"][0]["build"]["level"]),
        (Some(1), &json!(0))
    );
    let digest = there.digest.strip_prefix("sha256:").unwrap();
    let source = "git+https://example.com/app";
    let run = there.world.run(&[
        "attest",
        "provenance",
        "--builder",
        builder,
        "--build-type",
        "https://example.com/t/v1",
        "--material",
        &format!("{source}=gitCommit:{}", &digest[..40]),
        "--key",
        "key",
        "--to",
        &image,
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let (_, told) = judge(&image);
    let used = told["artifacts"][0]["used"].to_string();
    assert!(used.contains(&image), "{told:#}");
    assert_eq!(told["artifacts"][0]["build"]["level"], 2, "{told:#}");
    // Of another image it says nothing.
    let other = there.registry.image(NAME, "v2", b"other layer");
    there.attach(&other, &there.bundle().write());
    let (code, told) = judge(&there.at(":v2"));
    assert_eq!(
        (code, &told["artifacts"][0]["build"]["level"]),
        (Some(1), &json!(0))
    );
}

/// The annotation that names a file, its name, and what is in it.
type File<'a> = (&'a str, &'a str, &'a str);

/// A model that was pushed file by file, as ORAS and ModelPack do, with a model signature beside it.
#[test]
fn a_model_signature_is_held_against_the_layers() {
    let there = Place::new();
    for (name, text) in [("config.json", "{}"), ("model.safetensors", "weights")] {
        there.world.write(&format!("model/{name}"), text);
    }
    let (code, said) = there.run(&["sign", "model", "--key", "key"]);
    assert_eq!(code, Some(0), "{said}");
    let signature = fs::read(there.world.path("model/model.sig")).unwrap();
    let push = |files: &[File<'_>]| {
        let layers: Vec<Value> = files
            .iter()
            .map(|(key, name, text)| {
                json!({
                    "mediaType": "application/vnd.cncf.model.weight.v1.raw",
                    "digest": there.registry.blob(NAME, text.as_bytes()),
                    "size": text.len(),
                    "annotations": { *key: name },
                })
            })
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": "application/vnd.cncf.model.manifest.v1+json",
            "config": { "mediaType": "application/vnd.cncf.model.config.v1+json", "digest": there.registry.blob(NAME, b"{}"), "size": 2 },
            "layers": layers,
        });
        let digest = there
            .registry
            .manifest(NAME, "m", manifest.to_string().as_bytes());
        there.attach(&digest, &signature);
        let (code, report) = there.verify_at(":m", &["--key", "key.pub"]);
        let told = report["attached"][0]["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (code, told)
    };
    let (path, title) = ("org.cncf.model.filepath", "org.opencontainers.image.title");
    let good = [
        (path, "config.json", "{}"),
        (title, "model.safetensors", "weights"),
    ];
    assert_eq!(push(&good), (Some(0), String::new()));
    let cases: [(&[File<'_>], &str); 4] = [
        (
            &[good[0], (path, "model.safetensors", "changed")],
            "is not the file that was signed",
        ),
        (&good[..1], "no layer is that file"),
        (&[good[0], good[1], (path, "more.py", "x")], "not signed"),
        (&[good[0], good[1], good[1]], "two layers"),
    ];
    for (files, expected) in cases {
        let (code, said) = push(files);
        assert_eq!(code, Some(1));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn keys_of_cosign_sign_images() {
    let there = Place::new();
    let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../signing/tests/keys");
    let password = there.world.write("password", "correct");
    let key = keys.join("p256.cosign.pem");
    let public = keys.join("p256.pub.pem");
    let run = there.world.run(&[
        "sign",
        &there.image(),
        "--key",
        key.to_str().unwrap(),
        "--password-file",
        password.to_str().unwrap(),
    ]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    let (code, report) = there.verify(&["--key", public.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn statements_about_other_things_are_refused() {
    let there = Place::new();
    let signer = there.signer("key");
    let statement = |digest: &str, kind: &str| {
        let subject = Subject::new("x", digest.strip_prefix("sha256:").unwrap());
        let payload = Statement::new(vec![subject], kind, json!({})).write();
        signer.sign_payload(dsse::IN_TOTO, &payload).unwrap()
    };
    there.attach(&there.digest, &statement(&digest(b"x"), SIGNED).write());
    let bundle = signer.sign_payload("text/plain", b"hello").unwrap();
    there.attach(&there.digest, &bundle.write());
    let mut raw = statement(&there.digest, SIGNED);
    raw.material = Material::public_key("");
    raw.rest.insert("mediaType".to_owned(), json!("x"));
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(code, Some(1));
    let mut found = codes(&report);
    found.sort();
    assert_eq!(found, ["unsupported", "wrong-artifact"]);
    there.attach(&there.digest, &raw.write());
    assert_eq!(there.verify(&["--key", "key.pub"]).0, Some(0));
}

#[test]
fn a_registry_that_lies_is_not_believed() {
    let there = Place::new();
    there.sign(&["--key", "key"]);
    let by_digest = format!("@{}", there.digest);
    there.registry.odd(
        &format!("/manifests/{}", there.digest),
        Odd::Bytes(b"{}".to_vec()),
    );
    let (code, report) = there.verify_at(&by_digest, &["--key", "key.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("wrong-content"))
    );
    there.registry.odd("/referrers/", Odd::NextPage);
    let (code, report) = there.verify(&["--key", "other.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("too-many"))
    );
    assert_eq!(there.verify(&["--key", "key.pub"]).0, Some(0));
    there.registry.behave(|behaviour| {
        behaviour.odd.clear();
        behaviour.token = Some("inert-token".to_owned());
    });
    let (code, report) = there.verify(&["--key", "key.pub"]);
    assert_eq!(
        (code, &report["error"]["code"]),
        (Some(2), &json!("unauthorised"))
    );
}

#[test]
fn images_and_models_are_not_mixed_and_other_schemes_are_no_images() {
    let there = Place::new();
    let image = there.image();
    for arguments in [
        &["verify", &image, "model", "--key", "key.pub"][..],
        &["verify", &image, "--signature", "x", "--key", "key.pub"],
        &["verify", "oci://host.example", "--key", "key.pub"],
        &["sign", &image, "--signature", "x", "--key", "key"],
        &[
            "attest",
            "predicate",
            "--type",
            "a:b",
            "--predicate",
            "key.pub",
            "--key",
            "key",
            "--to",
            "x",
        ],
    ] {
        assert_eq!(there.run(arguments).0, Some(2), "{arguments:?}");
    }
}

/// The commands of the page, in their order, against a registry here.
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/registries.md");
    let page = fs::read_to_string(page).unwrap();
    let there = Place::new();
    let model = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": there.registry.blob(NAME, b"{}"), "size": 2 },
        "layers": [],
    });
    there
        .registry
        .manifest("team/model", "v1", model.to_string().as_bytes());
    there.world.write("review.json", r#"{"passed": true}"#);
    let mut count = 0;
    for line in page.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let (command, expected) = match line.split_once("# exit ") {
            Some((command, code)) => (command, code.trim().parse::<i32>().unwrap()),
            None => (line, 0),
        };
        let command = command.replace(
            "chainwright ",
            concat!(env!("CARGO_BIN_EXE_chainwright"), " "),
        );
        let output = std::process::Command::new("/bin/sh")
            .args(["-eu", "-c", &command])
            .current_dir(there.world.path("."))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", there.world.path("."))
            .env("REGISTRY", there.registry.host())
            .env("CHAINWRIGHT_KEY_PASSWORD", "only for this test")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(expected), "{command}: {said}");
        count += 1;
    }
    assert!(count > 8, "{count}");
}
