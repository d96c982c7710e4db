//! Every value of a good bundle, changed one by one: the bundle is refused, or means the same as before.

use std::fs;

use chainwright_attestations::base64;
use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy};
use serde_json::{Value, json};

use crate::data;

/// The one value that no verifier relies on: a key id is a hint, and the certificate has the key.
const HINT: &str = "/dsseEnvelope/signatures/keyid";

fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, inner)| paths(inner, &format!("{here}/{key}"), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, inner)| paths(inner, &format!("{here}/{at}"), found)),
        _ => found.push(here.to_owned()),
    }
}

/// Other values of the same kind: one bit changed where it is base64, one digit where it is a number, nothing, and more.
fn others(value: &Value) -> Vec<Value> {
    let Some(text) = value.as_str() else {
        return vec![Value::Null, json!("x"), json!(-1)];
    };
    let mut made = vec![Value::Null, json!(""), json!(format!("{text}A")), json!({})];
    if let Ok(number) = text.parse::<u64>() {
        made.extend([
            json!((number + 1).to_string()),
            json!("0"),
            json!(format!("-{number}")),
        ]);
    } else if let Some(bytes) = base64::decode(text).filter(|bytes| bytes.len() > 3) {
        for at in [
            0,
            1,
            bytes.len() / 3,
            bytes.len() / 2,
            bytes.len() - 2,
            bytes.len() - 1,
        ] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            made.push(json!(base64::encode(&changed)));
        }
        made.push(json!(base64::encode(&bytes[..bytes.len() - 1])));
    } else {
        made.push(json!(text.replace('1', "2")));
        made.push(json!(text.to_uppercase()));
    }
    made.retain(|other| other != value);
    made
}

fn without_positions(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| part.parse::<usize>().is_err());
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn no_changed_value_is_accepted_but_a_hint() {
    let Some(folder) = data("sigstore") else {
        return;
    };
    let any = |text: &str| vec![Matcher::pattern(text).unwrap()];
    let policy = Policy {
        identities: any(".*"),
        issuers: any(".*"),
        ..Policy::default()
    };
    let mut accepted = std::collections::BTreeSet::new();
    let mut tried = 0;
    for name in [
        "happy-path-v0.3",
        "happy-path-intoto-in-dsse-v3",
        "intoto-with-custom-trust-root",
    ] {
        let case = folder.join(name);
        let root = fs::read(case.join("trusted_root.json"));
        let root = root
            .map_or_else(
                |_| TrustedRoot::public_good(),
                |text| TrustedRoot::from_json(&text),
            )
            .unwrap();
        let verifier = Verifier::new(&root).unwrap();
        let artifact = fs::read(case.join("artifact"))
            .or_else(|_| fs::read(folder.join("a.txt")))
            .unwrap();
        let good: Value =
            serde_json::from_slice(&fs::read(case.join("bundle.sigstore.json")).unwrap()).unwrap();
        let verify = |bundle: &Value| {
            verifier.verify(
                bundle.to_string().as_bytes(),
                Artifact::Bytes(&artifact),
                &policy,
            )
        };
        let before = verify(&good).unwrap();
        let mut found = Vec::new();
        paths(&good, "", &mut found);
        for path in found {
            for other in others(good.pointer(&path).unwrap()) {
                let mut changed = good.clone();
                *changed.pointer_mut(&path).unwrap() = other.clone();
                tried += 1;
                if let Ok(verified) = verify(&changed) {
                    assert_eq!(verified.identity, before.identity, "{name} {path}");
                    accepted.insert(format!(
                        "{name} {} <- {}",
                        without_positions(&path),
                        other.to_string().chars().take(30).collect::<String>()
                    ));
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
    accepted.retain(|line: &String| !line.contains(HINT));
    assert!(
        accepted.is_empty(),
        "{tried} tried, accepted: {accepted:#?}"
    );
}
