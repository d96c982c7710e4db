//! Chains with every defect that a chain can have; `certificates/make.py` makes them.

use chainwright_attestations::{Der, Material};
use chainwright_signing::certificates::{CheckedLeaf, certificates_from_pem, check_chain};
use chainwright_signing::{
    KeySigner, Matcher, Moment, Policy, PrivateKey, Refused, Roots, SignError, Signer, Time,
    verify_envelope, verify_message,
};

use crate::fixture;

/// 2026-01-01.
const NOW: Moment = Moment {
    at: Time(1_767_225_600),
    source: chainwright_signing::TimeSource::Clock,
};

fn chain(name: &str) -> Vec<Der> {
    certificates_from_pem(&fixture(&format!("certificates/{name}.pem"))).expect("certificates")
}

fn roots(name: &str) -> Roots {
    Roots::from_pem(&fixture(&format!("certificates/{name}.pem"))).expect("roots")
}

fn check(name: &str) -> Result<CheckedLeaf, Refused> {
    check_chain(&chain(name), &roots("root"), NOW, false)
}

#[test]
fn good_chains_name_their_signer() {
    let names = |name: &str| check(name).unwrap().identity.names;
    assert_eq!(names("good"), ["signer@example.com"]);
    assert_eq!(
        names("uri"),
        ["https://example.com/ci", "second@example.com"]
    );
    assert_eq!(names("common-name"), ["Signer"]);
    assert_eq!(names("issuers-name"), ["signer@example.com"]);
    assert_eq!(names("authority"), ["signer@example.com"]);
    assert_eq!(names("no-key-usage"), ["signer@example.com"]);
    assert_eq!(
        check("good").unwrap().identity.issuer.as_deref(),
        Some("CN=Middle")
    );
}

#[test]
fn the_order_of_the_others_and_roots_among_them_do_no_harm() {
    let mut with_root = chain("good");
    with_root.insert(1, chain("root").remove(0));
    with_root.push(chain("stranger").remove(1));
    assert!(check_chain(&with_root, &roots("root"), NOW, false).is_ok());
    let middle = chain("good").remove(1);
    let mut trusted = Roots::default();
    trusted.add(middle).unwrap();
    assert!(
        check_chain(&chain("no-middle"), &trusted, NOW, false).is_ok(),
        "an intermediate may be a root"
    );
}

#[test]
fn every_defect_has_its_reason() {
    type Expected = fn(&Refused) -> bool;
    let cases: [(&str, Expected); 25] = [
        ("no-purpose", |refused| {
            matches!(
                refused,
                Refused::WrongUsage {
                    lacks: "code signing"
                }
            )
        }),
        ("server", |refused| {
            matches!(
                refused,
                Refused::WrongUsage {
                    lacks: "code signing"
                }
            )
        }),
        ("any-purpose", |refused| {
            matches!(
                refused,
                Refused::WrongUsage {
                    lacks: "code signing"
                }
            )
        }),
        ("key-agreement", |refused| {
            matches!(
                refused,
                Refused::WrongUsage {
                    lacks: "digital signature"
                }
            )
        }),
        ("ended", |refused| {
            matches!(
                refused,
                Refused::Expired {
                    ended: Time(1_640_995_200),
                    ..
                }
            )
        }),
        ("future", |refused| {
            matches!(
                refused,
                Refused::NotYetValid {
                    begins: Time(2_208_988_800),
                    ..
                }
            )
        }),
        ("no-middle", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("rsa", |refused| {
            matches!(refused, Refused::Unsupported { .. })
        }),
        (
            "stranger",
            |refused| matches!(refused, Refused::UnknownIssuer { issuer } if issuer == "CN=Middle"),
        ),
        ("forged", |refused| {
            matches!(
                refused,
                Refused::BadChain { .. } | Refused::UnknownIssuer { .. }
            )
        }),
        ("too-long", |refused| {
            matches!(refused, Refused::BadChain { .. })
        }),
        ("leaf-as-authority", |refused| {
            matches!(refused, Refused::BadChain { .. })
        }),
        ("middle-ended", |refused| {
            matches!(refused, Refused::Expired { .. })
        }),
        ("web-authority", |refused| {
            matches!(refused, Refused::BadChain { .. })
        }),
        ("under-ended-root", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-alone", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-ended", |refused| {
            matches!(refused, Refused::Expired { .. })
        }),
        ("authority-no-purpose", |refused| {
            matches!(refused, Refused::WrongUsage { .. })
        }),
        ("authority-stranger", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-forged", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-too-long", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-under-leaf", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-middle-ended", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("authority-web", |refused| {
            matches!(refused, Refused::UnknownIssuer { .. })
        }),
        ("ended-root", |refused| {
            matches!(refused, Refused::Expired { .. })
        }),
    ];
    for (name, expected) in cases {
        let refused = check(name).unwrap_err();
        assert!(expected(&refused), "{name}: {refused:?}");
        assert!(!refused.hint().is_empty());
    }
}

#[test]
fn a_root_that_had_ended_vouches_for_nobody() {
    let refused = check_chain(&chain("under-ended-root"), &roots("ended-root"), NOW, false);
    assert!(
        matches!(refused, Err(Refused::Expired { .. })),
        "{refused:?}"
    );
}

#[test]
fn expired_chains_pass_only_when_allowed_and_never_before_their_time() {
    for name in ["ended", "middle-ended"] {
        assert!(
            check_chain(&chain(name), &roots("root"), NOW, true).is_ok(),
            "{name}"
        );
    }
    assert!(check_chain(&chain("future"), &roots("root"), NOW, true).is_err());
    assert!(check_chain(&chain("stranger"), &roots("root"), NOW, true).is_err());
    let then = Moment::now(Time(1_622_505_600));
    assert!(
        check_chain(&chain("ended"), &roots("root"), then, false).is_ok(),
        "valid in 2021"
    );
    let before = Moment::now(Time(-5));
    assert!(matches!(
        check_chain(&chain("good"), &roots("root"), before, false),
        Err(Refused::NotYetValid { .. })
    ));
}

#[test]
fn empty_huge_and_broken_chains_are_malformed() {
    let malformed = |chain: &[Der]| {
        matches!(
            check_chain(chain, &roots("root"), NOW, false),
            Err(Refused::Malformed { .. })
        )
    };
    assert!(malformed(&[]));
    assert!(malformed(&vec![chain("good")[0].clone(); 33]));
    let leaf = &chain("good")[0].0;
    for length in 0..leaf.len() {
        assert!(
            malformed(&[Der(leaf[..length].to_vec())]),
            "cut at {length}"
        );
    }
    assert!(malformed(&[Der([leaf.as_slice(), &[0]].concat())]));
    assert!(matches!(
        Roots::from_pem(b"nothing"),
        Err(Refused::BadTrust { .. })
    ));
}

#[test]
fn signatures_with_certificates_are_held_against_roots_and_identities() {
    let key = || PrivateKey::from_pem(&fixture("keys/p256.pkcs8.pem"), None).unwrap();
    let signer = KeySigner::with_certificates(key(), chain("good")).unwrap();
    let bundle = signer.sign_payload("t", b"payload").unwrap();
    let envelope = bundle.envelope().unwrap();
    let verify = |policy: &Policy| verify_envelope(envelope, &bundle.material, policy, NOW);
    let mut policy = Policy {
        roots: roots("root"),
        ..Policy::default()
    };
    let verified = verify(&policy).unwrap();
    assert_eq!(verified.identity.unwrap().names, ["signer@example.com"]);
    policy.identities = vec![Matcher::pattern(r".*@example\.com").unwrap()];
    assert!(verify(&policy).is_ok());
    policy.identities = vec![Matcher::Exact("other@example.com".to_owned())];
    assert!(matches!(
        verify(&policy),
        Err(Refused::WrongIdentity { .. })
    ));
    assert!(matches!(
        verify(&Policy::default()),
        Err(Refused::NothingTrusted { .. })
    ));

    let other = Material::Chain(chain("other-key"));
    let policy = Policy {
        roots: roots("root"),
        ..Policy::default()
    };
    assert_eq!(
        verify_envelope(envelope, &other, &policy, NOW),
        Err(Refused::BadSignature)
    );
    let refused = KeySigner::with_certificates(key(), chain("other-key"));
    assert!(matches!(refused, Err(SignError::OtherKey { .. })));
}

#[test]
fn a_certificate_may_be_held_against_a_key_but_then_names_nobody() {
    let key = PrivateKey::from_pem(&fixture("keys/p256.pkcs8.pem"), None).unwrap();
    let signature = key.sign(b"m").unwrap();
    let material = Material::Chain(chain("ended"));
    let mut policy = Policy {
        keys: vec![key.public().clone()],
        ..Policy::default()
    };
    let verified = verify_message(b"m", &signature, &material, &policy, NOW).unwrap();
    assert_eq!(verified.identity, None);
    policy.identities = vec![Matcher::Exact("signer@example.com".to_owned())];
    let refused = verify_message(b"m", &signature, &material, &policy, NOW);
    assert!(matches!(refused, Err(Refused::NothingTrusted { .. })));
    let other = PrivateKey::from_pem(&fixture("keys/p384.pkcs8.pem"), None).unwrap();
    let policy = Policy {
        keys: vec![other.public().clone()],
        ..Policy::default()
    };
    let refused = verify_message(b"m", &signature, &material, &policy, NOW);
    assert!(matches!(refused, Err(Refused::WrongKey { .. })));
}
