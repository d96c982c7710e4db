//! Proof files: what is read, what is refused, what is shown.

use proptest::prelude::*;

use super::*;
use crate::key::{KeyName, Kind};
use crate::{SigningKey, VerifierKey};

/// The second of three entries.
fn sample() -> (String, VerifierKey, Hash) {
    let key = SigningKey::from_seed(
        KeyName::new("example.com/log").unwrap(),
        Kind::Ed25519,
        [1; 32],
    )
    .unwrap();
    let leaves: Vec<Hash> = [b"a", b"b", b"c"]
        .iter()
        .map(|entry| Hash::of_leaf(*entry))
        .collect();
    let left = Hash::of_node(&leaves[0], &leaves[1]);
    let checkpoint = Checkpoint {
        origin: "example.com/log".to_owned(),
        size: 3,
        root: Hash::of_node(&left, &leaves[2]),
        extensions: Vec::new(),
    };
    let text = checkpoint.to_string();
    let mut note = Note::unsigned(&text).unwrap();
    note.add(key.sign(&text, 0).unwrap());
    let proof = LogProof {
        extra: Some(b"b".to_vec()),
        index: 1,
        path: vec![leaves[0], leaves[2]],
        checkpoint: note,
    };
    (proof.to_string(), key.verifier().clone(), leaves[1])
}

fn holds(bytes: &[u8], key: &VerifierKey, leaf: &Hash) -> bool {
    LogProof::parse(bytes).is_ok_and(|proof| {
        let note = proof.checkpoint.to_string();
        Checkpoint::open(note.as_bytes(), key)
            .is_ok_and(|(checkpoint, ..)| proof.check(leaf, &checkpoint).is_ok())
    })
}

#[test]
fn a_proof_holds_for_its_entry_alone() {
    let (text, key, leaf) = sample();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra Yg==\nindex 1\n"));
    assert!(holds(text.as_bytes(), &key, &leaf));
    assert!(!holds(text.as_bytes(), &key, &Hash::of_leaf(b"a")));
    assert_eq!(LogProof::parse(text.as_bytes()).unwrap().to_string(), text);
    let without = text.replace("extra Yg==\n", "");
    assert_eq!(LogProof::parse(without.as_bytes()).unwrap().extra, None);
    assert!(!holds(
        text.replace("index 1", "index 0").as_bytes(),
        &key,
        &leaf
    ));
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let (text, ..) = sample();
    let hash = Hash([3; 32]).to_string();
    let many = format!("index 1\n{}", format!("{hash}\n").repeat(64));
    let cases = [
        (text.replace("@v1", "@v2"), LogProofError::Header),
        (text.replace("@v1", "@v1 "), LogProofError::Header),
        (text.replace("extra Yg==", "extra Yg"), LogProofError::Extra),
        (
            text.replace("extra Yg==\n", "extra Yg==\nextra Yg==\n"),
            LogProofError::Index,
        ),
        (text.replace("index 1", "index 01"), LogProofError::Index),
        (text.replace("index 1", "index -1"), LogProofError::Index),
        (
            text.replace("index 1", "index 9223372036854775808"),
            LogProofError::Index,
        ),
        (text.replace("index 1\n", ""), LogProofError::Index),
        (
            text.replace("index 1\n", "index 1\nAAAA\n"),
            LogProofError::Hash(1),
        ),
        (
            text.replace("index 1\n", &many),
            LogProofError::TooManyHashes,
        ),
        (text.replace("index", "in\tdex"), LogProofError::NotText),
        (text.replace('\n', "\r\n"), LogProofError::NoCheckpoint),
        (text.replacen("\n\n", "\n", 1), LogProofError::Hash(3)),
        (
            text.replace("\n3\n", "\n03\n"),
            LogProofError::Checkpoint(CheckpointError::Size),
        ),
        (
            format!("{text}\n"),
            LogProofError::Note(NoteError::NoSignatures),
        ),
    ];
    for (changed, expected) in cases {
        assert_eq!(
            LogProof::parse(changed.as_bytes()),
            Err(expected),
            "{changed}"
        );
    }
    assert_eq!(LogProof::parse(b"\xff\n\n"), Err(LogProofError::NotText));
}

#[test]
fn no_cut_proof_holds() {
    let (text, key, leaf) = sample();
    for length in 0..text.len() {
        assert!(!holds(&text.as_bytes()[..length], &key, &leaf), "{length}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = LogProof::parse(&bytes);
    }

    #[test]
    fn a_changed_byte_outside_the_extra_data_is_noticed(place in 0..500_usize, byte in any::<u8>()) {
        let (text, key, leaf) = sample();
        let place = place % text.len();
        let mut bytes = text.clone().into_bytes();
        let line = text.find("extra").unwrap()..text.find("index").unwrap();
        prop_assume!(bytes[place] != byte && !line.contains(&place));
        bytes[place] = byte;
        prop_assert!(!holds(&bytes, &key, &leaf));
    }
}
