//! What a policy may say, and which checkpoints it accepts.

use proptest::prelude::*;

use super::*;
use crate::key::{KeyName, Kind};
use crate::{Hash, SigningKey};

fn key(name: &str, kind: Kind, seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).unwrap(), kind, [seed; 32]).unwrap()
}

fn log() -> SigningKey {
    key("example.com/log", Kind::Ed25519, 1)
}

fn witnesses() -> Vec<SigningKey> {
    let kind = |number| {
        if number % 2 == 0 {
            Kind::Cosignature
        } else {
            Kind::MlDsa44
        }
    };
    (0..6_u8)
        .map(|number| key(&format!("w{number}.example"), kind(number), 10 + number))
        .collect()
}

/// The example of the specification: two of three here, and one of three there.
fn policy() -> String {
    let mut text = format!(
        "# a comment\n\n  # another\nlog {} https://example.com/log\n",
        log().verifier()
    );
    for (number, witness) in witnesses().iter().enumerate() {
        text.push_str(&format!("\twitness  W{number} {}\t \n", witness.verifier()));
    }
    text.push_str("group X 2 W0 W1 W2\ngroup Y any W3 W4 W5\ngroup both all X Y\nquorum both\n");
    text
}

fn cosigned(by: &[usize]) -> Note {
    let text = Checkpoint {
        origin: "example.com/log".to_owned(),
        size: 7,
        root: Hash([7; 32]),
        extensions: Vec::new(),
    }
    .to_string();
    let mut note = Note::unsigned(&text).unwrap();
    note.add(log().sign(&text, 0).unwrap());
    let witnesses = witnesses();
    for number in by {
        note.add(witnesses[*number].sign(&text, 1000).unwrap());
    }
    note
}

#[test]
fn groups_within_groups_decide() {
    let policy = Policy::parse(policy().as_bytes()).unwrap();
    assert_eq!((policy.logs.len(), policy.witnesses.len()), (1, 6));
    assert_eq!(policy.logs[0].1.as_deref(), Some("https://example.com/log"));
    let cases: [(&[usize], bool); 8] = [
        (&[], false),
        (&[0, 1], false),
        (&[0, 3], false),
        (&[3, 4, 5], false),
        (&[0, 1, 3], true),
        (&[1, 2, 5], true),
        (&[0, 2, 4], true),
        (&[0, 1, 2, 3, 4, 5], true),
    ];
    for (by, expected) in cases {
        let accepted = policy.accept(&cosigned(by));
        assert_eq!(accepted.is_ok(), expected, "{by:?}");
        match accepted {
            Ok(accepted) => assert_eq!(accepted.witnesses.len(), by.len()),
            Err(error) => assert_eq!(
                error,
                Rejection::Quorum {
                    cosigned: by.len(),
                    known: 6
                }
            ),
        }
    }
}

#[test]
fn a_replayed_or_forged_cosignature_does_not_count() {
    let policy = Policy::parse(policy().as_bytes()).unwrap();
    let good = cosigned(&[0, 1, 3]);
    // Of another checkpoint of the same log.
    let text = good.text().replace("\n7\n", "\n8\n");
    let mut replayed = Note::unsigned(&text).unwrap();
    replayed.add(log().sign(&text, 0).unwrap());
    good.signatures()[1..]
        .iter()
        .for_each(|line| replayed.add(line.clone()));
    assert!(matches!(
        policy.accept(&replayed),
        Err(Rejection::Signature(VerifyError::BadSignature { .. }))
    ));
    // The log itself is missing.
    let mut unsigned = good.clone();
    unsigned.remove(&log().verifier().name, log().verifier().id);
    assert_eq!(
        policy.accept(&unsigned),
        Err(Rejection::Signature(VerifyError::NoTrustedSignature))
    );
    let other = Policy::of(
        &[key("example.com/other", Kind::Ed25519, 1)
            .verifier()
            .clone()],
        &[],
        0,
    );
    assert!(matches!(
        other.accept(&good),
        Err(Rejection::UnknownLog { .. })
    ));
    assert!(
        Policy::of(&[log().verifier().clone()], &[], 0)
            .accept(&good)
            .is_ok()
    );
}

#[test]
fn a_quorum_may_be_nobody_or_one_witness() {
    let one = policy().replace("quorum both", "quorum W5");
    let one = Policy::parse(one.as_bytes()).unwrap();
    assert!(one.accept(&cosigned(&[5])).is_ok());
    assert!(one.accept(&cosigned(&[0, 1, 2, 3, 4])).is_err());
    let none = Policy::parse(b"quorum none\n").unwrap();
    assert!(none.needs_no_witness());
    assert!(matches!(
        none.accept(&cosigned(&[])),
        Err(Rejection::UnknownLog { .. })
    ));
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let base = policy();
    let (log, witness) = (
        log().verifier().to_string(),
        witnesses()[0].verifier().to_string(),
    );
    let ed25519 = key("w9.example", Kind::Ed25519, 99).verifier().to_string();
    let renamed = key("other.example", Kind::Cosignature, 10)
        .verifier()
        .to_string();
    let before_quorum = |line: &str| base.replace("quorum", &format!("{line}\nquorum"));
    let cases = [
        (base.replace("quorum both\n", ""), PolicyError::NoQuorum),
        (base.trim_end().to_owned(), PolicyError::NoNewline),
        (
            format!("{base}quorum none\n"),
            PolicyError::SecondQuorum { line: 15 },
        ),
        (
            base.replace("quorum both", "quorum nobody"),
            PolicyError::UnknownName { line: 14 },
        ),
        (
            base.replace("quorum both", "quorum"),
            PolicyError::Line { line: 14 },
        ),
        (
            base.replace("quorum both", "quorum both both"),
            PolicyError::Line { line: 14 },
        ),
        (
            base.replace("group Y any", "group Y 0"),
            PolicyError::Threshold { line: 12 },
        ),
        (
            base.replace("group Y any", "group Y 4"),
            PolicyError::Threshold { line: 12 },
        ),
        (
            base.replace("group Y any", "group Y 01"),
            PolicyError::Threshold { line: 12 },
        ),
        (
            base.replace("group Y any", "group Y ALL"),
            PolicyError::Threshold { line: 12 },
        ),
        (
            before_quorum("group Z all"),
            PolicyError::Threshold { line: 14 },
        ),
        (
            before_quorum("group Z all none"),
            PolicyError::UnknownName { line: 14 },
        ),
        (
            before_quorum("group Z all later"),
            PolicyError::UnknownName { line: 14 },
        ),
        (
            before_quorum("group Z all W0"),
            PolicyError::MemberTwice { line: 14 },
        ),
        (
            before_quorum("group Z all both both"),
            PolicyError::MemberTwice { line: 14 },
        ),
        (
            before_quorum("group none all both"),
            PolicyError::DuplicateName { line: 14 },
        ),
        (
            before_quorum("group X all both"),
            PolicyError::DuplicateName { line: 14 },
        ),
        (before_quorum("grouping"), PolicyError::Line { line: 14 }),
        (
            before_quorum(&format!("log {log}")),
            PolicyError::DuplicateKey { line: 14 },
        ),
        (
            before_quorum(&format!("witness W9 {witness}")),
            PolicyError::DuplicateKey { line: 14 },
        ),
        (
            before_quorum(&format!("witness W9 {renamed}")),
            PolicyError::DuplicateKey { line: 14 },
        ),
        (
            before_quorum(&format!("witness W9 {ed25519}")),
            PolicyError::KeyType { line: 14 },
        ),
        (
            before_quorum(&format!("witness W9 {ed25519} a b")),
            PolicyError::KeyType { line: 14 },
        ),
        (
            base.replace('\n', "\r\n"),
            PolicyError::ControlCharacter { line: 1 },
        ),
        (
            base.replacen("comment", "com\u{7f}ment", 1),
            PolicyError::ControlCharacter { line: 1 },
        ),
        (String::new(), PolicyError::NoQuorum),
        (
            "quorum\u{a0}none\n".to_owned(),
            PolicyError::Line { line: 1 },
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(Policy::parse(text.as_bytes()), Err(expected), "{text}");
    }
    let key = Policy::parse(b"log nothing\n");
    assert_eq!(
        key,
        Err(PolicyError::Key {
            line: 1,
            source: KeyError::Form
        })
    );
    assert_eq!(
        Policy::parse(&vec![b'\n'; MOST_BYTES + 1]),
        Err(PolicyError::TooLarge)
    );
}

#[test]
fn names_are_octets() {
    let text = policy().replace(" W0 ", " \u{212a} ");
    assert!(Policy::parse(text.as_bytes()).is_ok());
    let mut bytes = text.replace('\u{212a}', "@").into_bytes();
    bytes
        .iter_mut()
        .filter(|byte| **byte == b'@')
        .for_each(|byte| *byte = 0xff);
    assert!(Policy::parse(&bytes).is_ok());
}

#[test]
fn thirty_two_of_everything_fit_and_endless_nesting_does_not() {
    let mut text = String::new();
    for number in 0..32_u8 {
        let log = key(&format!("l{number}"), Kind::Ed25519, 100 + number);
        let witness = key(&format!("w{number}"), Kind::Cosignature, 140 + number);
        text.push_str(&format!(
            "log {}\nwitness W{number} {}\n",
            log.verifier(),
            witness.verifier()
        ));
    }
    text.push_str("group G0 all W0\n");
    let nested = |count: usize| {
        (1..count)
            .map(|n| format!("group G{n} all G{}\n", n - 1))
            .collect::<String>()
    };
    let whole = |count: usize| format!("{text}{}quorum G{}\n", nested(count), count - 1);
    assert!(Policy::parse(whole(32).as_bytes()).is_ok());
    assert_eq!(
        Policy::parse(whole(500).as_bytes()),
        Err(PolicyError::TooLarge)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Policy::parse(&bytes);
    }

    #[test]
    fn no_cut_policy_asks_for_less(length in 0..3000_usize) {
        let text = policy();
        if let Ok(policy) = Policy::parse(&text.as_bytes()[..length.min(text.len() - 1)]) {
            prop_assert!(!policy.needs_no_witness());
        }
    }
}
