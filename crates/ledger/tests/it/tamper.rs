//! Whoever changes the files of a log is noticed, by the right error.

use std::fs;
use std::path::Path;

use chainwright_ledger::suite::{entries, key};
use chainwright_ledger::{Directory, Fault, LedgerError, Log, NewEntry, Reader};
use chainwright_transparency::Checkpoint;

/// A log of 600 entries, and what was seen of it at 300.
fn log(folder: &Path) -> Checkpoint {
    let (storage, key) = (Directory::new(folder), key());
    let mut log = Log::create(&storage, &key).unwrap();
    let seen = log.append(&entries(0..300), None).unwrap().checkpoint;
    log.append(&entries(300..600), None).unwrap();
    seen
}

fn faults(folder: &Path, seen: &Checkpoint) -> Vec<String> {
    let storage = Directory::new(folder);
    let key = key();
    let reader = Reader::open(&storage, key.verifier()).unwrap();
    let audit = reader.audit(std::slice::from_ref(seen)).unwrap();
    audit
        .faults
        .iter()
        .map(|fault| {
            format!("{fault:?}")
                .split(['(', ' '])
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_change_to_the_files_is_found() {
    type Change = fn(&Path);
    let cases: &[(Change, &[&str])] = &[
        (|_| {}, &[]),
        (
            |log| edit(&log.join("tile/entries/000"), |bytes| bytes[5] ^= 1),
            &["Hash", "Hash", "OldRoot", "Root"],
        ),
        (
            |log| edit(&log.join("tile/entries/000"), |bytes| bytes.truncate(100)),
            &["Damaged"],
        ),
        (
            |log| edit(&log.join("tile/entries/000"), |bytes| bytes[1] = 255),
            &["Damaged"],
        ),
        (
            |log| fs::remove_file(log.join("tile/entries/001")).unwrap(),
            &["Missing"],
        ),
        (
            |log| fs::remove_file(log.join("tile/entries/002.p/88")).unwrap(),
            &["Missing"],
        ),
        (
            |log| {
                edit(&log.join("tile/entries/002.p/88"), |bytes| {
                    bytes.pop();
                })
            },
            &["Damaged"],
        ),
        (
            |log| {
                edit(&log.join("tile/entries/002.p/88"), |bytes| {
                    bytes.extend([0, 0])
                })
            },
            &["Damaged"],
        ),
        (
            |log| edit(&log.join("tile/0/000"), |bytes| bytes[40] ^= 1),
            &["Hash"],
        ),
        (
            |log| edit(&log.join("tile/0/001"), |bytes| bytes.truncate(8000)),
            &["Hash"],
        ),
        (
            |log| edit(&log.join("tile/0/001"), |bytes| bytes.push(0)),
            &["Damaged"],
        ),
        (
            |log| fs::remove_file(log.join("tile/0/001")).unwrap(),
            &["Missing"],
        ),
        (
            |log| edit(&log.join("tile/0/002.p/88"), |bytes| bytes[0] ^= 1),
            &["Hash"],
        ),
        (
            |log| edit(&log.join("tile/1/000.p/2"), |bytes| bytes[63] ^= 1),
            &["Hash"],
        ),
        (
            |log| fs::remove_file(log.join("tile/1/000.p/2")).unwrap(),
            &["Missing"],
        ),
        (
            |log| {
                let (one, two) = (log.join("tile/0/000"), log.join("tile/0/001"));
                let bytes = fs::read(&one).unwrap();
                fs::copy(&two, &one).unwrap();
                fs::write(&two, bytes).unwrap();
            },
            &["Hash", "Hash"],
        ),
        (
            |log| {
                let (one, two) = (log.join("tile/entries/000"), log.join("tile/entries/001"));
                let bytes = fs::read(&one).unwrap();
                fs::copy(&two, &one).unwrap();
                fs::write(&two, bytes).unwrap();
            },
            &["Hash", "OldRoot", "Hash", "Hash", "Root"],
        ),
    ];
    for (number, (change, expected)) in cases.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let seen = log(&path);
        change(&path);
        let mut found = faults(&path, &seen);
        let mut expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{number}");
    }
}

#[test]
fn a_writer_does_not_go_on_from_a_changed_log() {
    type Change = fn(&Path);
    let cases: &[Change] = &[
        |log| edit(&log.join("tile/0/002.p/88"), |bytes| bytes[0] ^= 1),
        |log| edit(&log.join("tile/1/000.p/2"), |bytes| bytes[0] ^= 1),
        |log| fs::remove_file(log.join("tile/0/002.p/88")).unwrap(),
        |log| edit(&log.join("tile/entries/002.p/88"), |bytes| bytes[5] ^= 1),
        |log| fs::remove_file(log.join("tile/entries/002.p/88")).unwrap(),
        |log| edit(&log.join(".state/head"), |bytes| bytes[20] ^= 1),
        |log| edit(&log.join(".state/head"), Vec::clear),
    ];
    for (number, change) in cases.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        log(&path);
        change(&path);
        let (storage, key) = (Directory::new(&path), key());
        let error = Log::open(&storage, &key)
            .append(&entries(0..1), None)
            .unwrap_err();
        assert!(error.is_damage(), "{number}: {error:?}");
    }
}

#[test]
fn a_truncated_log_is_seen_through() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (storage, key) = (Directory::new(&path), key());
    let mut log = Log::create(&storage, &key).unwrap();
    log.append(&entries(0..10), None).unwrap();
    let early = fs::read(path.join("checkpoint")).unwrap();
    let late = log.append(&entries(10..20), None).unwrap().checkpoint;
    fs::write(path.join("checkpoint"), &early).unwrap();
    let reader = Reader::open(&storage, key.verifier()).unwrap();
    let audit = reader.audit(std::slice::from_ref(&late)).unwrap();
    assert_eq!(audit.faults, [Fault::RolledBack(20)]);
    assert!(matches!(
        reader.prove_growth(&late),
        Err(LedgerError::RolledBack { .. })
    ));
    // The writer's own state is not that of the readers, so it puts this right.
    assert_eq!(log.append(&[], Some(&late)).unwrap().first, 20);
    fs::write(path.join(".state/head"), &early).unwrap();
    fs::write(path.join("checkpoint"), &early).unwrap();
    let error = Log::open(&storage, &key)
        .append(&entries(10..11), Some(&late))
        .unwrap_err();
    assert!(matches!(error, LedgerError::RolledBack { .. }));
}

#[test]
fn what_lies_beside_is_compared_and_paths_are_not_followed_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (storage, key) = (Directory::new(&path), key());
    let mut log = Log::create(&storage, &key).unwrap();
    let big = chainwright_ledger::Entry::new("attestation")
        .with_envelope(&[b'x'; 70_000])
        .unwrap();
    let beside = path.join(&big.beside.as_ref().unwrap().0);
    log.append(&[big], None).unwrap();
    let audit = || {
        Reader::open(&storage, key.verifier())
            .unwrap()
            .audit(&[])
            .unwrap()
    };
    assert!(audit().is_sound());
    assert_eq!(audit().ours, 1);
    fs::write(&beside, "other").unwrap();
    assert!(matches!(audit().faults[..], [Fault::Beside(_, 0)]));
    fs::write(path.join("note.txt"), "hello").unwrap();
    assert_eq!(audit().strangers, ["note.txt"]);
    let mut entry = chainwright_ledger::Entry::new("attestation");
    entry.beside = Some("../../outside".to_owned());
    log.append(
        &[NewEntry {
            bytes: entry.write().unwrap(),
            beside: None,
        }],
        None,
    )
    .unwrap();
    assert_eq!(audit().fault_count, 2);
}
