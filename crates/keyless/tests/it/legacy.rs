//! A signature in the form that cosign wrote before Sigstore bundles, made from one of version 0.1.

use std::fs;

use chainwright_attestations::{Bundle, Content, Limits, base64};
use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy, Refused};
use serde_json::{Value, json};

use crate::data;

fn as_legacy(bundle: &[u8]) -> Value {
    let bundle = Bundle::read(bundle, &Limits::default()).unwrap();
    let Content::Message(message) = &bundle.content else {
        panic!("a signature over an artifact")
    };
    let leaf = base64::encode(&bundle.material.certificates()[0].0);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{leaf}\n-----END CERTIFICATE-----\n");
    let entry = &bundle.log_entries[0];
    let id: String = entry
        .log_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({
        "base64Signature": base64::encode(&message.signature),
        "cert": base64::encode(pem.as_bytes()),
        "rekorBundle": {
            "SignedEntryTimestamp": base64::encode(entry.inclusion_promise.as_deref().unwrap()),
            "Payload": {
                "body": base64::encode(&entry.canonical_body),
                "integratedTime": entry.integrated_time,
                "logIndex": entry.log_index,
                "logID": id,
            },
        },
    })
}

#[test]
fn a_legacy_bundle_verifies_by_the_promise_of_the_log() {
    let Some(folder) = data("sigstore") else {
        return;
    };
    let legacy = as_legacy(&fs::read(folder.join("happy-path-v0.1/bundle.sigstore.json")).unwrap());
    let artifact = fs::read(folder.join("a.txt")).unwrap();
    let verifier = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
    let policy = Policy {
        identities: vec![Matcher::pattern(".*sigstore-conformance.*").unwrap()],
        issuers: vec![Matcher::Exact(
            "https://token.actions.githubusercontent.com".to_owned(),
        )],
        ..Policy::default()
    };
    let verify = |legacy: &Value, artifact: &[u8]| {
        verifier.verify(
            legacy.to_string().as_bytes(),
            Artifact::Bytes(artifact),
            &policy,
        )
    };
    verify(&legacy, &artifact).unwrap();
    assert!(verify(&legacy, b"other").is_err());
    let mut later = legacy;
    later["rekorBundle"]["Payload"]["integratedTime"] = json!(1_689_177_397);
    assert!(matches!(
        verify(&later, &artifact),
        Err(Refused::BadLogProof { .. } | Refused::BadTimestamp { .. } | Refused::NoTimestamp)
    ));
}
