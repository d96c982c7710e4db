//! Keys of OpenSSL 3.0, PyPI `cryptography` and cosign's form are read; what cannot be read says why.

use chainwright_signing::{KeyError, KeyKind, PrivateKey, PublicKey, Secret};

use crate::fixture;

fn read(name: &str, password: Option<&str>) -> Result<PrivateKey, KeyError> {
    let password = password.map(Secret::new);
    PrivateKey::from_pem(&fixture(&format!("keys/{name}.pem")), password.as_ref())
}

fn public(name: &str) -> PublicKey {
    PublicKey::from_pem(&fixture(&format!("keys/{name}.pub.pem"))).expect("a public key")
}

#[test]
fn every_form_of_a_key_gives_the_same_key() {
    for (name, kind) in [
        ("p256", KeyKind::EcdsaP256),
        ("p384", KeyKind::EcdsaP384),
        ("p521", KeyKind::EcdsaP521),
    ] {
        let public = public(name);
        assert_eq!(public.kind(), kind);
        for form in ["sec1", "sec1-with-parameters", "pkcs8"] {
            assert_eq!(
                read(&format!("{name}.{form}"), None).unwrap().public(),
                &public,
                "{name}.{form}"
            );
        }
        for form in ["pbkdf2", "scrypt", "des3-sha1", "python"] {
            let key = read(&format!("{name}.{form}"), Some("correct"));
            assert_eq!(key.unwrap().public(), &public, "{name}.{form}");
        }
    }
    let explicit = read("explicit", None).unwrap();
    assert_eq!(
        explicit.kind(),
        KeyKind::EcdsaP256,
        "parameters that are those of P-256"
    );
    assert_eq!(
        read("p256.cosign", Some("correct")).unwrap().public(),
        &public("p256")
    );
    for (form, password) in [("pkcs8", None), ("pbkdf2", Some("correct"))] {
        let key = read(&format!("ed25519.{form}"), password).unwrap();
        assert_eq!(key.public(), &public("ed25519"));
        assert_eq!(key.kind(), KeyKind::Ed25519);
    }
}

#[test]
fn the_line_end_of_a_password_file_is_not_part_of_it() {
    assert!(read("p256.pbkdf2", Some("correct\n")).is_ok());
    assert!(read("p256.cosign", Some("correct\r\n")).is_ok());
}

#[test]
fn wrong_and_missing_passwords_are_told_apart() {
    for name in [
        "p256.pbkdf2",
        "p384.scrypt",
        "p521.des3-sha1",
        "p256.cosign",
        "ed25519.pbkdf2",
    ] {
        assert!(
            matches!(read(name, None), Err(KeyError::PasswordNeeded)),
            "{name}"
        );
        for wrong in ["", "Correct", "correct "] {
            assert!(
                matches!(read(name, Some(wrong)), Err(KeyError::WrongPassword)),
                "{name} {wrong:?}"
            );
        }
    }
}

#[test]
fn keys_of_other_kinds_are_unsupported_and_costly_ones_refused() {
    for name in ["legacy-encrypted", "secp256k1", "rsa", "pbes1", "ed448"] {
        let refused = read(&format!("bad-{name}"), Some("correct"));
        assert!(
            matches!(refused, Err(KeyError::Unsupported(_))),
            "{name}: {refused:?}"
        );
    }
    for name in ["cosign-costly", "costly"] {
        let refused = read(&format!("bad-{name}"), Some("correct"));
        assert!(
            matches!(refused, Err(KeyError::TooCostly(_))),
            "{name}: {refused:?}"
        );
    }
    for name in ["compressed", "explicit", "rsa"] {
        let refused = PublicKey::from_pem(&fixture(&format!("keys/bad-{name}.pub.pem")));
        assert!(
            matches!(refused, Err(KeyError::Unsupported(_))),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn a_file_with_no_key_or_several_is_refused() {
    let private = fixture("keys/p256.pkcs8.pem");
    let twice = [private.as_slice(), &private].concat();
    assert!(matches!(
        PrivateKey::from_pem(&twice, None),
        Err(KeyError::SeveralKeys)
    ));
    assert!(matches!(
        PrivateKey::from_pem(b"", None),
        Err(KeyError::NotPem)
    ));
    assert!(matches!(
        PrivateKey::from_pem(&fixture("keys/p256.pub.pem"), None),
        Err(KeyError::NotPem)
    ));
    let refused = PublicKey::from_pem(&private);
    assert!(matches!(refused, Err(KeyError::OtherBlock(label)) if label == "PRIVATE KEY"));
    let public = fixture("keys/p256.pub.pem");
    let twice = [public.as_slice(), &public].concat();
    assert!(matches!(
        PublicKey::from_pem(&twice),
        Err(KeyError::SeveralKeys)
    ));
}

#[test]
fn keys_cut_at_every_byte_never_panic() {
    for name in [
        "p256.sec1",
        "p256.pkcs8",
        "p256.scrypt",
        "p256.cosign",
        "p384.pub",
    ] {
        let text = fixture(&format!("keys/{name}.pem"));
        let whole = std::str::from_utf8(&text).unwrap().trim_end().len();
        for length in 0..whole {
            let cut = &text[..length];
            assert!(PrivateKey::from_pem(cut, Some(&Secret::new("correct"))).is_err());
            assert!(PublicKey::from_pem(cut).is_err());
        }
    }
}

#[test]
fn der_cut_or_longer_is_no_key() {
    let der = public("p521").to_der().to_vec();
    assert!(PublicKey::from_der(&der).is_ok());
    for length in 0..der.len() {
        assert!(PublicKey::from_der(&der[..length]).is_err());
    }
    assert!(PublicKey::from_der(&[der.as_slice(), &[0]].concat()).is_err());
    let mut off_curve = der;
    *off_curve.last_mut().unwrap() ^= 1;
    assert!(matches!(
        PublicKey::from_der(&off_curve),
        Err(KeyError::Malformed)
    ));
}

#[test]
fn what_is_written_is_what_openssl_writes() {
    for name in ["p256", "p384", "p521", "ed25519"] {
        let written = fixture(&format!("keys/{name}.pub.pem"));
        assert_eq!(public(name).to_pem().as_bytes(), written, "{name}");
    }
    for name in ["p256", "p384", "p521", "ed25519"] {
        let written = fixture(&format!("keys/{name}.pkcs8.pem"));
        let key = PrivateKey::from_pem(&written, None).unwrap();
        assert_eq!(key.to_pem(None).unwrap().as_bytes(), written, "{name}");
    }
}

#[test]
fn fresh_keys_sign_and_survive_encryption() {
    for kind in KeyKind::ALL {
        let key = PrivateKey::generate(kind).unwrap();
        let signature = key.sign(b"message").unwrap();
        let plain = PrivateKey::from_pem(key.to_pem(None).unwrap().as_bytes(), None).unwrap();
        assert_eq!(plain.public(), key.public());
        plain.public().verify(b"message", &signature).unwrap();
        assert!(plain.public().verify(b"massage", &signature).is_err());
    }
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let sealed = key.to_pem(Some(&Secret::new("s"))).unwrap();
    assert!(sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let opened = PrivateKey::from_pem(sealed.as_bytes(), Some(&Secret::new("s"))).unwrap();
    assert_eq!(opened.public(), key.public());
}
