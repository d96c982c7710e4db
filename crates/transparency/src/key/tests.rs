//! Keys as text, and the three kinds of signatures.

use super::*;

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

#[test]
fn keys_survive_being_written() {
    for kind in [Kind::Ed25519, Kind::Cosignature, Kind::MlDsa44] {
        let key = SigningKey::from_seed(name("example.com/log"), kind, [9; 32]).unwrap();
        let public = key.verifier().to_string();
        assert_eq!(public.parse::<VerifierKey>().unwrap(), *key.verifier());
        let secret = key.reveal();
        let read = SigningKey::parse(&format!("{}\n", secret.as_str())).unwrap();
        assert_eq!(read.verifier(), key.verifier());
        assert_eq!(secret.parse::<VerifierKey>(), Err(KeyError::SecretKey));
        assert!(!format!("{key:?}").contains(&secret[24..]));
    }
}

#[test]
fn the_secret_form_is_that_of_go() {
    // From the tests of golang.org/x/mod/sumdb/note.
    let text = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let key = SigningKey::parse(text).unwrap();
    assert_eq!(
        key.verifier().to_string(),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    );
}

#[test]
fn what_is_no_key_is_refused() {
    let good = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let weak = SigningKey::from_seed(name("n"), Kind::Ed25519, [1; 32]).unwrap();
    let mut weak = weak.verifier().clone();
    weak.public = vec![0; 32];
    let cases = [
        (String::new(), KeyError::Form),
        ("name".to_owned(), KeyError::Form),
        ("name+c74f20a3".to_owned(), KeyError::Form),
        (good.replace("PeterN", "Peter N"), KeyError::Name),
        (good.replace("PeterN", "Peter\u{2003}N"), KeyError::Name),
        (good.replace("PeterN", "Peter\nN"), KeyError::Name),
        (good.replace("PeterNeumann", ""), KeyError::Name),
        (good.replace("c74f20a3", "C74F20A3"), KeyError::Id),
        (good.replace("c74f20a3", "74f20a3"), KeyError::Id),
        (good.replace("c74f20a3", "+74f20a3"), KeyError::Id),
        (good.replace("10TW", "10T"), KeyError::Material),
        (good.replace("ARpc", "AR"), KeyError::Material),
        (format!("{good}AAAA"), KeyError::Material),
        (weak.to_string(), KeyError::WeakKey),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<VerifierKey>(), Err(expected), "{text}");
    }
    for (from, to) in [
        ("Peter", "Petra"),
        ("c74f20a3", "c74f20a4"),
        ("ARpc", "ARpd"),
        ("ARpc", "BBpc"),
    ] {
        let error = good.replace(from, to).parse::<VerifierKey>();
        assert!(
            matches!(error, Err(KeyError::WrongId { .. })),
            "{to}: {error:?}"
        );
    }
    for length in 0..good.len() {
        assert!(good[..length].parse::<VerifierKey>().is_err(), "{length}");
    }
}

#[test]
fn kinds_that_are_not_known_are_kept_and_verify_nothing() {
    let text = "someone+0badcafe+/wECAwQ=";
    let key: VerifierKey = text.parse().unwrap();
    assert_eq!((key.kind(), key.can_verify()), (Kind::Other(0xff), false));
    assert_eq!(key.to_string(), text);
    assert_eq!(key.verify("text\n", &[0; 64]), None);
    assert_eq!(
        SigningKey::from_seed(name("n"), Kind::Other(2), [0; 32]).err(),
        Some(KeyError::CannotSign(2))
    );
}

#[test]
fn cosignatures_say_when_and_hold_for_nothing_else() {
    let text = "example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    for kind in [Kind::Cosignature, Kind::MlDsa44] {
        let key = SigningKey::from_seed(name("witness.example/w"), kind, [5; 32]).unwrap();
        let signature = key.sign(text, 1_679_315_147).unwrap();
        let public = key.verifier();
        assert_eq!(
            public.verify(text, &signature.bytes),
            Some(Some(1_679_315_147))
        );
        for (from, to) in [("3\n", "4\n"), ("log", "log2"), ("CsUY", "CsUZ")] {
            assert_eq!(
                public.verify(&text.replacen(from, to, 1), &signature.bytes),
                None
            );
        }
        for place in [0, 7, 8, 40] {
            let mut changed = signature.bytes.clone();
            changed[place] ^= 1;
            assert_eq!(public.verify(text, &changed), None, "{place}");
        }
        for length in [0, 7, 8, signature.bytes.len() - 1] {
            assert_eq!(
                public.verify(text, &signature.bytes[..length]),
                None,
                "{length}"
            );
        }
        assert_eq!(
            key.sign("no checkpoint\n", 1),
            Err(SignError::NotACheckpoint)
        );
        assert_eq!(key.sign(text, 1 << 63), Err(SignError::Time));
    }
}

#[test]
fn the_signed_message_of_ml_dsa_names_the_cosigner() {
    let text = "example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let one = SigningKey::from_seed(name("one"), Kind::MlDsa44, [5; 32]).unwrap();
    let two = SigningKey::from_seed(name("two"), Kind::MlDsa44, [5; 32]).unwrap();
    let signature = one.sign(text, 1).unwrap();
    assert_eq!(two.verifier().verify(text, &signature.bytes), None);
    let message = cosignature::subtree_message(&name("one"), text, 1).unwrap();
    assert_eq!(message.len(), 12 + 1 + 3 + 8 + 1 + 15 + 8 + 8 + 32);
}
