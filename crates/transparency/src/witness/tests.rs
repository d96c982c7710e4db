//! What a witness cosigns, and with which code it refuses.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::SigningKey;
use crate::key::{KeyName, Kind};
use crate::tree::{Nodes, prove_consistency, root};

struct Numbers;

impl Nodes for Numbers {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        if level == 0 {
            return Ok(Hash::of_leaf(&index.to_be_bytes()));
        }
        let (Ok(left), Ok(right)) = (
            self.node(level - 1, index * 2),
            self.node(level - 1, index * 2 + 1),
        );
        Ok(Hash::of_node(&left, &right))
    }
}

fn log(seed: u8) -> SigningKey {
    SigningKey::from_seed(
        KeyName::new("example.com/log").unwrap(),
        Kind::Ed25519,
        [seed; 32],
    )
    .unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    let Ok(root) = root(&Numbers, size);
    Checkpoint {
        origin: "example.com/log".to_owned(),
        size,
        root,
        extensions: Vec::new(),
    }
}

fn request(old: u64, checkpoint: &Checkpoint, signer: &SigningKey) -> AddCheckpoint {
    let Ok(proof) = prove_consistency(&Numbers, old, checkpoint.size);
    let text = checkpoint.to_string();
    let mut note = Note::unsigned(&text).unwrap();
    note.add(signer.sign(&text, 0).unwrap());
    AddCheckpoint {
        old,
        proof,
        checkpoint: note,
    }
}

fn status(request: &AddCheckpoint, known: Option<u64>) -> u16 {
    let keys = [log(1).verifier().clone()];
    let known = known.map(checkpoint);
    request
        .judge(&keys, known.as_ref())
        .map_or_else(|refusal| refusal.status(), |_| 200)
}

#[test]
fn requests_survive_being_written() {
    for (old, new) in [(0, 0), (0, 5), (3, 3), (3, 10), (8, 16)] {
        let request = request(old, &checkpoint(new), &log(1));
        assert_eq!(
            AddCheckpoint::parse(request.to_string().as_bytes()).unwrap(),
            request
        );
    }
}

#[test]
fn every_answer_of_the_specification_is_given() {
    let good = log(1);
    let at = |old, new| request(old, &checkpoint(new), &good);
    for (old, new, known) in [
        (0, 0, None),
        (0, 7, None),
        (0, 7, Some(0)),
        (3, 7, Some(3)),
        (7, 7, Some(7)),
        (4, 8, Some(4)),
    ] {
        assert_eq!(status(&at(old, new), known), 200, "{old} {new} {known:?}");
    }
    let mut elsewhere = checkpoint(7);
    elsewhere.origin = "example.com/other".to_owned();
    assert_eq!(status(&request(0, &elsewhere, &good), None), 404);
    assert_eq!(status(&request(0, &checkpoint(7), &log(2)), None), 403);
    let mut forged = at(0, 7);
    let mut line = log(2).sign(forged.checkpoint.text(), 0).unwrap();
    line.id = good.verifier().id;
    forged.checkpoint.add(line);
    assert_eq!(status(&forged, None), 403);
    assert_eq!(status(&at(9, 7), Some(9)), 400);
    // Whether the sizes fit each other is asked before whether the witness knows them.
    assert_eq!(status(&at(9, 7), Some(5)), 400);
    for (old, new, known) in [
        (0, 7, Some(3)),
        (3, 7, None),
        (3, 7, Some(5)),
        (3, 7, Some(7)),
        (3, 5, Some(9)),
    ] {
        assert_eq!(status(&at(old, new), known), 409, "{old} {new} {known:?}");
    }
    let keys = [good.verifier().clone()];
    let conflict = at(3, 7).judge(&keys, Some(&checkpoint(5)));
    assert_eq!(conflict, Err(Refusal::Conflict { known: 5 }));

    let mut other = checkpoint(7);
    other.root = Hash([1; 32]);
    assert_eq!(status(&request(3, &other, &good), Some(3)), 422);
    assert_eq!(status(&request(7, &other, &good), Some(7)), 422);
    let mut needless = at(0, 7);
    needless.proof.push(Hash([1; 32]));
    assert_eq!(status(&needless, None), 422);
    let mut missing = at(3, 7);
    missing.proof.pop();
    assert_eq!(status(&missing, Some(3)), 422);
    let mut empty = checkpoint(0);
    empty.root = Hash([1; 32]);
    assert_eq!(status(&request(0, &empty, &good), None), 422);
    assert!(
        request(7, &other, &good)
            .judge(&keys, Some(&checkpoint(7)))
            .unwrap_err()
            .is_evidence()
    );
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let text = request(3, &checkpoint(7), &log(1)).to_string();
    let hash = Hash([3; 32]).to_string();
    let many = format!("old 3\n{}", format!("{hash}\n").repeat(64));
    let cases = [
        (String::new(), RequestError::NoCheckpoint),
        (text.replace("old 3", "old 03"), RequestError::Old),
        (text.replace("old 3", "old  3"), RequestError::Old),
        (text.replace("old 3", "old -3"), RequestError::Old),
        (text.replace("old 3", "old 3 "), RequestError::Old),
        (text.replace("old 3", "new 3"), RequestError::Old),
        (
            text.replace("old 3\n", "old 3\nAAAA\n"),
            RequestError::Hash(1),
        ),
        (text.replace("old 3\n", &many), RequestError::TooManyHashes),
        (
            text.replace("\n7\n", "\n07\n"),
            RequestError::Checkpoint(CheckpointError::Size),
        ),
        (
            text.trim_end().to_owned(),
            RequestError::Note(NoteError::NoNewline),
        ),
        ("a".repeat(MOST_BYTES + 1), RequestError::TooLong),
    ];
    for (changed, expected) in cases {
        assert_eq!(AddCheckpoint::parse(changed.as_bytes()), Err(expected));
        assert_eq!(Refusal::from(expected).status(), 400);
    }
    assert_eq!(
        AddCheckpoint::parse(b"old 3\xff"),
        Err(RequestError::NotUtf8)
    );
    for length in 0..text.len() {
        assert!(
            AddCheckpoint::parse(&text.as_bytes()[..length]).is_err(),
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = AddCheckpoint::parse(&bytes);
    }
}
