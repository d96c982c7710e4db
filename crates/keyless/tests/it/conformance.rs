//! Every case of the public suite gets the right verdict; those that must be refused are refused for a good reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
use chainwright_signing::{Matcher, Policy, PublicKey, Refused, Verified};

use crate::data;

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

fn text(path: &Path, fallback: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| fallback.to_owned(), |text| text.trim().to_owned())
}

fn policy(case: &Path) -> Result<Policy, Refused> {
    let mut policy = Policy {
        identities: vec![Matcher::Exact(text(&case.join("identity"), IDENTITY))],
        issuers: vec![Matcher::Exact(text(&case.join("issuer"), ISSUER))],
        ..Policy::default()
    };
    if let Ok(pem) = fs::read(case.join("key.pub")) {
        let key = PublicKey::from_pem(&pem).map_err(|error| Refused::BadTrust {
            reason: error.to_string(),
        })?;
        policy.keys.push(key);
    }
    Ok(policy)
}

fn verify(case: &Path) -> Result<Verified, Refused> {
    let root = match fs::read(case.join("trusted_root.json")) {
        Ok(root) => TrustedRoot::from_json(&root)?,
        Err(_) => TrustedRoot::public_good()?,
    };
    let artifact = fs::read(case.join("artifact")).or_else(|_| fs::read(case.join("../a.txt")));
    let bundle = fs::read(case.join("bundle.sigstore.json")).expect("a bundle");
    let artifact = artifact.expect("an artifact");
    Verifier::new(&root)?.verify(&bundle, Artifact::Bytes(&artifact), &policy(case)?)
}

#[test]
fn every_case_of_the_public_suite_gets_the_right_verdict() {
    let Some(folder) = data("sigstore") else {
        return;
    };
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let verdict = verify(case);
        assert_eq!(
            verdict.is_err(),
            name.ends_with("_fail"),
            "{name}: {verdict:?}"
        );
        if let Err(refused) = verdict {
            let shown = format!("{refused:?}");
            let kind = shown
                .split([' ', '{'])
                .next()
                .unwrap_or_default()
                .to_owned();
            reasons.insert(name, kind);
        }
    }
    assert_eq!(cases.len(), 41);
    let reason = |name: &str| reasons[&format!("{name}_fail")].as_str();
    for (name, expected) in REASONS {
        assert_eq!(reason(name), *expected, "{name}");
    }
    assert_eq!(reasons.len(), REASONS.len(), "{reasons:#?}");
}

/// Why each case is refused.
const REASONS: &[(&str, &str)] = &[
    ("bundle-empty-certificate-chain", "Malformed"),
    ("bundle-from-wrong-instance", "BadLogProof"),
    ("bundle-invalid-base64-signature", "Malformed"),
    ("bundle-malformed-json", "Malformed"),
    ("bundle-negative-log-index", "Malformed"),
    ("bundle-unknown-version", "Unsupported"),
    ("bundle-with-root-cert", "BadLogProof"),
    ("checkpoint-bad-keyhint", "BadLogProof"),
    ("checkpoint-wrong-roothash", "BadLogProof"),
    ("dsse-invalid-sig", "BadSignature"),
    ("dsse-mismatch-envelope", "BadLogProof"),
    ("dsse-mismatch-sig", "BadLogProof"),
    ("inclusion-proof-corrupted-hash", "BadLogProof"),
    ("incorrect-public-key", "BadLogProof"),
    ("integrated-time-in-future", "Expired"),
    ("intoto-expired-certificate", "NotYetValid"),
    ("intoto-log-entry-mismatch", "BadLogProof"),
    ("intoto-missing-inclusion-proof", "BadLogProof"),
    ("intoto-set-outside-signing-cert-validity", "Expired"),
    ("intoto-tsa-timestamp-outside-cert-validity", "BadChain"),
    ("invalid-checkpoint-signature", "BadLogProof"),
    ("invalid-ct-key", "BadChain"),
    ("invalid-inclusion-proof", "BadLogProof"),
    ("managed-key-no-key", "NothingTrusted"),
    ("managed-key-wrong-key", "BadTrust"),
    ("message-digest-mismatch", "WrongArtifact"),
    ("set-invalid-signature", "BadLogProof"),
    ("signature-mismatch", "BadSignature"),
    ("wrong-hashedrekord-artifact", "WrongArtifact"),
    ("wrong-hashedrekord-cert-and-sig", "BadLogProof"),
    ("wrong-hashedrekord-entry", "WrongArtifact"),
    ("wrong-material", "WrongArtifact"),
];

#[test]
fn the_identity_must_be_named_and_right() {
    let Some(folder) = data("sigstore") else {
        return;
    };
    let case = folder.join("happy-path-v0.3");
    let bundle = fs::read(case.join("bundle.sigstore.json")).unwrap();
    let artifact = fs::read(folder.join("a.txt")).unwrap();
    let verifier = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
    let verify = |policy: &Policy| verifier.verify(&bundle, Artifact::Bytes(&artifact), policy);
    let good = policy(&case).unwrap();
    assert_eq!(verify(&good).unwrap().identity.unwrap().names, [IDENTITY]);
    assert!(matches!(
        verify(&Policy::default()),
        Err(Refused::NothingTrusted {
            needed: "identity",
            ..
        })
    ));
    let only_identity = Policy {
        issuers: Vec::new(),
        ..good.clone()
    };
    assert!(matches!(
        verify(&only_identity),
        Err(Refused::NothingTrusted { .. })
    ));
    let pattern = |text: &str| vec![Matcher::pattern(text).unwrap()];
    let wide = Policy {
        identities: pattern(r"https://github\.com/sigstore-conformance/.*"),
        ..good.clone()
    };
    assert!(verify(&wide).is_ok());
    let part = Policy {
        identities: pattern("sigstore-conformance"),
        ..good.clone()
    };
    assert!(matches!(verify(&part), Err(Refused::WrongIdentity { .. })));
    let issuer = Policy {
        issuers: vec![Matcher::Exact("https://accounts.google.com".to_owned())],
        ..good
    };
    assert!(matches!(verify(&issuer), Err(Refused::WrongIssuer { .. })));
}

#[test]
fn a_bundle_cut_anywhere_or_with_a_repeated_key_is_refused() {
    let Some(folder) = data("sigstore") else {
        return;
    };
    let case = folder.join("happy-path-v0.3");
    let bundle = fs::read_to_string(case.join("bundle.sigstore.json")).unwrap();
    let artifact = fs::read(folder.join("a.txt")).unwrap();
    let verifier = Verifier::new(&TrustedRoot::public_good().unwrap()).unwrap();
    let policy = policy(&case).unwrap();
    let verify =
        |bundle: &str| verifier.verify(bundle.as_bytes(), Artifact::Bytes(&artifact), &policy);
    let whole = bundle.trim_end();
    for length in 0..whole.len() {
        assert!(verify(&whole[..length]).is_err(), "cut at {length}");
    }
    let repeated = whole.replacen('{', r#"{"messageSignature":null,"#, 1);
    assert!(matches!(verify(&repeated), Err(Refused::Malformed { .. })));
}
