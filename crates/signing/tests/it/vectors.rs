//! Signatures that the reference implementation of OpenSSF Model Signing made: keys and certificates of every version.

use std::fs;
use std::path::Path;

use chainwright_attestations::{Bundle, Limits, ReadError, Statement};
use chainwright_signing::{
    Moment, Policy, PublicKey, Refused, Roots, Time, Verified, verify_envelope,
};

use crate::data;

/// 2025-06-01: all certificates of the vectors are valid.
const NOW: Moment = Moment {
    at: Time(1_748_736_000),
    source: chainwright_signing::TimeSource::Clock,
};

fn bundle(folder: &Path, name: &str) -> Bundle {
    let bytes = fs::read(folder.join(name).join("model.sig")).expect("a vector");
    Bundle::read(&bytes, &Limits::default()).expect("a bundle")
}

fn verify(bundle: &Bundle, policy: &Policy) -> Result<Verified, Refused> {
    let envelope = bundle.envelope().expect("an envelope");
    Statement::of_envelope(envelope, &Limits::default()).expect("a statement");
    verify_envelope(envelope, &bundle.material, policy, NOW)
}

#[test]
fn key_vectors_verify_with_their_key_and_no_other() {
    let Some(folder) = data("oms") else { return };
    let text = fs::read(folder.join("keys/signing-key-pub.pem")).unwrap();
    let key = PublicKey::from_pem(&text).unwrap();
    let stranger = PublicKey::from_pem(&crate::fixture("keys/p384.pub.pem")).unwrap();
    for version in ["v0.3.1", "v1.0.0", "v1.1.0"] {
        let bundle = bundle(&folder, &format!("{version}-elliptic-key"));
        let with = |key: &PublicKey| Policy {
            keys: vec![key.clone()],
            ..Policy::default()
        };
        assert!(verify(&bundle, &with(&key)).is_ok(), "{version}");
        let refused = verify(&bundle, &with(&stranger));
        assert!(
            matches!(refused, Err(Refused::WrongKey { ref found, .. }) if *found == key.hint()),
            "{version}: {refused:?}"
        );
    }
}

#[test]
fn certificate_vectors_verify_under_their_root_although_leaf_and_issuer_share_a_name() {
    let Some(folder) = data("oms") else { return };
    let roots = Roots::from_pem(&fs::read(folder.join("keys/ca-cert.pem")).unwrap()).unwrap();
    for version in ["v0.3.1", "v1.0.0", "v1.1.0"] {
        let bundle = bundle(&folder, &format!("{version}-certificate"));
        let policy = Policy {
            roots: roots.clone(),
            ..Policy::default()
        };
        let verified = verify(&bundle, &policy).unwrap();
        assert_eq!(
            verified.identity.unwrap().names,
            ["intermediate-ca"],
            "{version}"
        );
        let strangers = Roots::from_pem(&crate::fixture("certificates/root.pem")).unwrap();
        let refused = verify(
            &bundle,
            &Policy {
                roots: strangers,
                ..Policy::default()
            },
        );
        assert!(
            matches!(refused, Err(Refused::UnknownIssuer { .. })),
            "{version}: {refused:?}"
        );
    }
}

#[test]
fn vectors_cut_at_every_byte_are_refused() {
    let Some(folder) = data("oms") else { return };
    for name in [
        "v1.1.0-elliptic-key",
        "v0.3.1-certificate",
        "v1.1.0-sigstore",
    ] {
        let bytes = fs::read(folder.join(name).join("model.sig")).unwrap();
        let whole = bytes.trim_ascii_end().len();
        for length in 0..whole {
            assert!(
                Bundle::read(&bytes[..length], &Limits::default()).is_err(),
                "{name} cut at {length}"
            );
        }
    }
}

#[test]
fn vectors_survive_a_round_trip() {
    let Some(folder) = data("oms") else { return };
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let Ok(bytes) = fs::read(entry.unwrap().path().join("model.sig")) else {
            continue;
        };
        let bundle = Bundle::read(&bytes, &Limits::default()).unwrap();
        assert_eq!(
            Bundle::read(&bundle.write(), &Limits::default()),
            Ok(bundle)
        );
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn bundles_of_the_specification_are_read_or_refused_as_it_says() {
    let Some(folder) = data("oms") else { return };
    let read = |name: &str| {
        let path = folder.join(format!("spec-vectors/v1.0/{name}.bundle.json"));
        Bundle::read(&fs::read(path).unwrap(), &Limits::default())
    };
    for name in ["valid/key", "valid/certificate", "valid/sigstore"] {
        assert!(read(name).is_ok(), "{name}");
    }
    let missing = |field: &str| {
        Err(ReadError::Missing {
            field: field.to_owned(),
        })
    };
    assert_eq!(
        read("invalid/missing-envelope"),
        missing("dsseEnvelope` or `messageSignature")
    );
    assert_eq!(
        read("invalid/missing-verification-material"),
        missing("verificationMaterial")
    );
    assert!(read("invalid/empty").is_err());
}
