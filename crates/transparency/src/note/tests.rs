//! The examples of the specification, what it forbids, and who is believed.

use proptest::prelude::*;

use super::*;
use crate::SigningKey;
use crate::key::Kind;

/// The example of c2sp.org/signed-note.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn key() -> VerifierKey {
    KEY.parse().unwrap()
}

fn signer(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).unwrap(), Kind::Ed25519, [seed; 32]).unwrap()
}

fn signed(text: &str, signers: &[&SigningKey]) -> Note {
    let mut note = Note::unsigned(text).unwrap();
    for signer in signers {
        note.add(signer.sign(text, 0).unwrap());
    }
    note
}

#[test]
fn the_example_of_the_specification_is_read_verified_and_written_back() {
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    let key = key();
    let signed = note.verify(&[&key]).unwrap();
    assert_eq!(
        signed,
        [Signed {
            key: &key,
            time: None
        }]
    );
    assert_eq!(note.to_string(), NOTE);
}

#[test]
fn an_empty_line_in_the_text_belongs_to_it() {
    let whole = NOTE.replacen("This is", "First.\n\nThis is", 1);
    let note = Note::parse(whole.as_bytes()).unwrap();
    assert_eq!(note.text(), "First.\n\nThis is an example message.\n");
    let error = note.verify(&[&key()]).unwrap_err();
    assert!(matches!(error, VerifyError::BadSignature { .. }));
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let line = &NOTE[29..];
    let refused = |bytes: &[u8]| Note::parse(bytes).unwrap_err();
    let not_a_signature = NoteError::NotASignature { line: 1 };
    let cases: &[(Vec<u8>, NoteError)] = &[
        (b"".to_vec(), NoteError::NoNewline),
        (b"text\n".to_vec(), NoteError::NoSignatures),
        (b"text\n\n".to_vec(), NoteError::NoSignatures),
        (NOTE.trim_end().as_bytes().to_vec(), NoteError::NoNewline),
        (
            NOTE.replace('\n', "\r\n").into_bytes(),
            NoteError::ControlCharacter,
        ),
        (
            NOTE.replacen("is", "\t", 1).into_bytes(),
            NoteError::ControlCharacter,
        ),
        (
            NOTE.replacen("is", "\0", 1).into_bytes(),
            NoteError::ControlCharacter,
        ),
        ([b"\xff", NOTE.as_bytes()].concat(), NoteError::NotUtf8),
        (
            NOTE.replace("\u{2014} ", "- ").into_bytes(),
            not_a_signature,
        ),
        (
            NOTE.replace("\u{2014} ", "\u{2014}").into_bytes(),
            not_a_signature,
        ),
        (
            NOTE.replace("\u{2014} ", "\u{2014}  ").into_bytes(),
            not_a_signature,
        ),
        (
            NOTE.replace(" Uw2Q", "+ Uw2Q").into_bytes(),
            not_a_signature,
        ),
        (
            NOTE.replace(" Uw2Q", "\u{a0} Uw2Q").into_bytes(),
            not_a_signature,
        ),
        (NOTE.replace("aQM=", "aQM").into_bytes(), not_a_signature),
        (NOTE.replace("aQM=", "aQN=").into_bytes(), not_a_signature),
        (NOTE.replace("aQM=", "aQM= ").into_bytes(), not_a_signature),
        ("text\n\n\u{2014} name AAAAAA==\n".into(), not_a_signature),
        (
            format!("{NOTE}nothing\n").into_bytes(),
            NoteError::NotASignature { line: 2 },
        ),
        (
            format!("text\n{}", line.repeat(129)).into_bytes(),
            NoteError::NoSignatures,
        ),
        (
            format!("text\n\n{}", line.trim_start().repeat(129)).into_bytes(),
            NoteError::TooManySignatures,
        ),
        (
            vec![b'a'; MOST_BYTES + 1],
            NoteError::TooLong {
                size: MOST_BYTES + 1,
            },
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            refused(bytes),
            *expected,
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        );
    }
}

#[test]
fn no_cut_note_is_believed() {
    let key = key();
    for length in 0..NOTE.len() {
        let believed =
            Note::parse(&NOTE.as_bytes()[..length]).is_ok_and(|note| note.verify(&[&key]).is_ok());
        assert!(!believed, "{length}");
    }
}

#[test]
fn signatures_of_strangers_are_ignored_and_those_of_impostors_are_not() {
    let (alice, bob) = (signer("alice", 1), signer("bob", 2));
    let text = "text\n";
    let both = signed(text, &[&bob, &alice]);
    let (a, b) = (alice.verifier(), bob.verifier());
    assert_eq!(both.verify(&[a]).unwrap().len(), 1);
    assert_eq!(both.verify(&[a, b]).unwrap().len(), 2);
    assert_eq!(both.verify(&[]), Err(VerifyError::NoTrustedSignature));

    // The same name with another key has another identifier, so it is a stranger.
    let namesake = signer("alice", 3);
    assert_eq!(
        signed(text, &[&namesake]).verify(&[a]),
        Err(VerifyError::NoTrustedSignature)
    );
    // The name and identifier of a trusted key with a signature of another is an impostor, wherever it stands.
    let mut forged = namesake.sign(text, 0).unwrap();
    forged.id = a.id;
    for first in [true, false] {
        let mut note = Note::unsigned(text).unwrap();
        let good = alice.sign(text, 0).unwrap();
        let lines = if first {
            [forged.clone(), good]
        } else {
            [good, forged.clone()]
        };
        lines.into_iter().for_each(|line| note.add(line));
        assert_eq!(
            note.verify(&[a, b]),
            Err(VerifyError::BadSignature {
                name: a.name.clone(),
                id: a.id
            })
        );
    }
    // A line that stands twice counts once.
    let twice = format!(
        "{}{}",
        signed(text, &[&alice]),
        alice.sign(text, 0).unwrap()
    );
    assert_eq!(
        Note::parse(twice.as_bytes())
            .unwrap()
            .verify(&[a])
            .unwrap()
            .len(),
        1
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Note::parse(&bytes);
    }

    #[test]
    fn notes_survive_being_written(text in "[^\\x00-\\x09\\x0b-\\x1f]{0,40}\n", names in prop::collection::vec("[a-z./\u{e9}]{1,9}", 1..5)) {
        let mut note = Note::unsigned(&text).unwrap();
        for (seed, name) in names.iter().enumerate() {
            note.add(signer(name, u8::try_from(seed).unwrap()).sign(&text, 0).unwrap());
        }
        prop_assert_eq!(Note::parse(note.to_string().as_bytes()).unwrap(), note);
    }

    #[test]
    fn a_changed_byte_is_noticed(place in 0..NOTE.len(), byte in any::<u8>()) {
        let mut bytes = NOTE.as_bytes().to_vec();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let key = key();
        prop_assert!(!Note::parse(&bytes).is_ok_and(|note| note.verify(&[&key]).is_ok()));
    }
}
