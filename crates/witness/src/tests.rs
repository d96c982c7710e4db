//! A witness and a log, over HTTP on this machine.

use std::sync::mpsc;

use chainwright_ledger::suite::{entries, key};
use chainwright_ledger::{Directory, Log, Reader, add_signatures};
use chainwright_transparency::key::{KeyName, Kind};
use chainwright_transparency::policy::Policy;

use super::*;

fn cosigner(kind: Kind) -> SigningKey {
    SigningKey::from_seed(KeyName::new("witness.example/w").unwrap(), kind, [4; 32]).unwrap()
}

fn witness(folder: &std::path::Path, kind: Kind) -> Witness {
    Witness::new(
        cosigner(kind),
        vec![key().verifier().clone()],
        Memory::new(folder),
    )
    .unwrap()
}

#[test]
fn a_log_is_cosigned_as_it_grows() {
    for kind in [Kind::Cosignature, Kind::MlDsa44] {
        let folder = tempfile::tempdir().unwrap();
        let witness = witness(&folder.path().join("state"), kind);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            serve(witness, "127.0.0.1:0".parse().unwrap(), &|address| {
                sender.send(address).unwrap()
            })
        });
        let url = format!("http://{}/", receiver.recv().unwrap());
        let (storage, key) = (Directory::new(&folder.path().join("log")), key());
        let mut log = Log::create(&storage, &key).unwrap();
        let witness_key = cosigner(kind).verifier().clone();
        let policy = Policy::of(
            &[key.verifier().clone()],
            std::slice::from_ref(&witness_key),
            1,
        );
        let ways = Witnesses::new().unwrap();
        let mut size = 0;
        for count in [0, 3, 300, 0, 1] {
            log.append(&entries(size..size + count), None).unwrap();
            size += count;
            let reader = Reader::open(&storage, key.verifier()).unwrap();
            let prove = |old: u64| {
                let root = reader.root_at(old)?;
                let old = chainwright_transparency::Checkpoint {
                    size: old,
                    root,
                    ..reader.checkpoint().clone()
                };
                Ok(reader.prove_growth(&old)?)
            };
            let line = ask(&ways, &url, &witness_key, reader.note(), 0, &prove).unwrap();
            let note = add_signatures(&storage, reader.note(), &[line]).unwrap();
            assert_eq!(policy.accept(&note).unwrap().witnesses.len(), 1);
        }
    }
}

#[test]
fn what_was_cosigned_is_remembered_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path(), Kind::Cosignature);
    let storage = Directory::new(&folder.path().join("log"));
    let key = key();
    let mut log = Log::create(&storage, &key).unwrap();
    let hash = chainwright_ledger::entry::hex(&Sha256::digest("example.com/log"));
    assert_eq!(witness.latest(&hash).status, 404);
    let note = log.append(&entries(0..5), None).unwrap().note;
    let request = |old| {
        AddCheckpoint {
            old,
            proof: Vec::new(),
            checkpoint: note.clone(),
        }
        .to_string()
    };
    assert_eq!(witness.add_checkpoint(request(0).as_bytes(), 7).status, 200);
    let again = witness.add_checkpoint(request(0).as_bytes(), 7);
    assert_eq!(
        (again.status, again.content_type, again.body.as_str()),
        (409, "text/x.tlog.size", "5\n")
    );
    assert_eq!(witness.add_checkpoint(request(5).as_bytes(), 8).status, 200);
    assert_eq!(witness.add_checkpoint(b"nonsense", 8).status, 400);
    let shown = witness.latest(&hash);
    assert_eq!(shown.status, 200);
    let shown = chainwright_transparency::Note::parse(shown.body.as_bytes()).unwrap();
    assert_eq!(shown.signatures().len(), 2);
    assert_eq!(shown.text(), note.text());

    // The same log tells another story: refused, and kept.
    let other = Directory::new(&folder.path().join("other"));
    let forked = Log::create(&other, &key)
        .unwrap()
        .append(&entries(7..12), None)
        .unwrap()
        .note;
    let request = AddCheckpoint {
        old: 5,
        proof: Vec::new(),
        checkpoint: forked,
    }
    .to_string();
    assert_eq!(witness.add_checkpoint(request.as_bytes(), 9).status, 422);
    assert_eq!(
        Memory::new(folder.path())
            .evidence("example.com/log")
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn only_cosigners_are_witnesses_and_only_safe_addresses_are_asked() {
    let wrong = Witness::new(key(), Vec::new(), Memory::new("unused".as_ref()));
    assert!(matches!(wrong, Err(WitnessError::NotACosigner(_))));
    let key = cosigner(Kind::Cosignature);
    let note = chainwright_transparency::Note::unsigned("text\n").unwrap();
    for url in ["http://example.com", "ftp://127.0.0.1", "nothing", ""] {
        let asked = ask(
            &Witnesses::new().unwrap(),
            url,
            key.verifier(),
            &note,
            0,
            &|_| Ok(Vec::new()),
        );
        assert!(matches!(asked, Err(AskError::Address(_))), "{url}");
    }
}
