//! The tests that every storage has to pass. Each takes a function that opens the same, at first empty, storage again.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "these are tests"
)]

use chainwright_transparency::key::{KeyName, Kind};
use chainwright_transparency::{Checkpoint, SigningKey};

use crate::error::LedgerError;
use crate::log::{Log, NewEntry, Reader, add_signatures};
use crate::storage::Storage;

/// Opens the storage of one test.
pub type Open<'a> = &'a (dyn Fn() -> Box<dyn Storage> + Sync);

/// The key of the logs of these tests.
#[must_use]
pub fn key() -> SigningKey {
    SigningKey::from_seed(
        KeyName::new("example.com/log").unwrap(),
        Kind::Ed25519,
        [1; 32],
    )
    .unwrap()
}

/// The entries with these numbers.
#[must_use]
pub fn entries(numbers: std::ops::Range<u64>) -> Vec<NewEntry> {
    numbers
        .map(|number| NewEntry {
            bytes: format!("entry {number}").into_bytes(),
            beside: None,
        })
        .collect()
}

/// Checks that a log holds exactly these entries, and everything else about it.
pub fn check(storage: &dyn Storage, size: u64, seen: &[Checkpoint]) {
    let key = key();
    let reader = Reader::open(storage, key.verifier()).unwrap();
    assert_eq!(reader.checkpoint().size, size);
    let audit = reader.audit(seen).unwrap();
    assert!(audit.is_sound(), "{:?}", audit.faults);
    assert_eq!(audit.entries, size);
    for seen in seen {
        reader.prove_growth(seen).unwrap();
        assert_eq!(reader.root_at(seen.size).unwrap(), seen.root);
    }
}

/// Everything that works when nothing goes wrong.
pub fn grows(open: Open<'_>) {
    let key = key();
    let mut seen = Vec::new();
    {
        let storage = open();
        assert!(storage.checkpoint().unwrap().is_none());
        let missing = Reader::open(&*storage, key.verifier());
        assert!(matches!(missing, Err(LedgerError::NoLog)));
        let none = Log::open(&*storage, &key).append(&entries(0..1), None);
        assert!(matches!(none, Err(LedgerError::NoLog)));
        Log::create(&*storage, &key).unwrap();
        let again = Log::create(&*storage, &key);
        assert!(matches!(again, Err(LedgerError::Exists(_))), "{again:?}");
        check(&*storage, 0, &[]);
    }
    let mut size = 0;
    // Across the edges of tiles, with the log at hand and opened anew.
    for batches in [vec![1, 1, 3], vec![250], vec![1, 1, 1, 1], vec![700, 40, 1]] {
        let storage = open();
        let mut log = Log::open(&*storage, &key);
        for count in batches {
            let appended = log
                .append(&entries(size..size + count), seen.last())
                .unwrap();
            assert_eq!(appended.first, size);
            size += count;
            assert_eq!(appended.checkpoint.size, size);
            seen.push(appended.checkpoint);
        }
        check(&*storage, size, &seen);
    }
    let storage = open();
    let reader = Reader::open(&*storage, key.verifier()).unwrap();
    for index in [0, 255, 256, size - 1] {
        assert_eq!(
            reader.entry(index).unwrap(),
            format!("entry {index}").into_bytes()
        );
        assert_eq!(reader.prove(index, None).unwrap().index, index);
    }
    assert_eq!(reader.find_last("entry 77", &|_| true).unwrap(), Some(779));
    assert_eq!(
        reader
            .find_last("entry 77", &|entry| entry == b"entry 77")
            .unwrap(),
        Some(77)
    );
    assert_eq!(reader.find_last("nothing", &|_| true).unwrap(), None);
    assert!(matches!(
        reader.prove(size, None),
        Err(LedgerError::NoEntry { .. })
    ));
}

/// Cosignatures come to the checkpoint that they are of, and to no other.
pub fn takes_signatures(open: Open<'_>) {
    let key = key();
    let witness = SigningKey::from_seed(
        KeyName::new("w.example").unwrap(),
        Kind::Cosignature,
        [2; 32],
    )
    .unwrap();
    let storage = open();
    let mut log = Log::create(&*storage, &key).unwrap();
    let first = log.append(&entries(0..3), None).unwrap();
    let line = |time| witness.sign(first.note.text(), time).unwrap();
    add_signatures(&*storage, &first.note, &[line(1)]).unwrap();
    let note = add_signatures(&*storage, &first.note, &[line(2)]).unwrap();
    assert_eq!(note.signatures().len(), 2);
    let shown = open().checkpoint().unwrap().unwrap();
    assert_eq!(shown, note.to_string().into_bytes());
    log.append(&entries(3..4), Some(&first.checkpoint)).unwrap();
    let late = add_signatures(&*storage, &first.note, &[line(3)]);
    assert!(matches!(late, Err(LedgerError::MovedOn)));
    check(&*storage, 4, &[first.checkpoint]);
}

/// A log of another key, or one that was put back, is not written to.
pub fn refuses(open: Open<'_>) {
    let key = key();
    let storage = open();
    let mut log = Log::create(&*storage, &key).unwrap();
    let appended = log.append(&entries(0..5), None).unwrap();
    let other = SigningKey::from_seed(
        KeyName::new("example.com/log").unwrap(),
        Kind::Ed25519,
        [3; 32],
    )
    .unwrap();
    let refused = Log::open(&*storage, &other).append(&entries(5..6), None);
    assert!(matches!(refused, Err(LedgerError::Checkpoint(_))));
    let mut newer = appended.checkpoint.clone();
    newer.size = 6;
    let refused = log.append(&entries(5..6), Some(&newer));
    assert!(matches!(
        refused,
        Err(LedgerError::RolledBack {
            remembered: 6,
            found: 5,
            ..
        })
    ));
    let mut forked = appended.checkpoint.clone();
    forked.size = 4;
    let refused = log.append(&entries(5..6), Some(&forked));
    assert!(matches!(
        refused,
        Err(LedgerError::Equivocated {
            remembered: 4,
            found: 5,
            ..
        })
    ));
    let long = NewEntry {
        bytes: vec![0; 65_536],
        beside: None,
    };
    assert!(matches!(
        log.append(&[long], None),
        Err(LedgerError::TooLong(65_536))
    ));
    check(&*storage, 5, &[appended.checkpoint]);
}

/// Several writers at once lose nothing and agree on one order.
pub fn is_shared(open: Open<'_>) {
    const WRITERS: u64 = 4;
    const BATCHES: u64 = 6;
    let key = key();
    Log::create(&*open(), &key).unwrap();
    let write = |writer: u64| {
        let storage = open();
        let mut log = Log::open(&*storage, &key);
        let mut seen = Vec::new();
        for batch in 0..BATCHES {
            let entry = |number: u64| NewEntry {
                bytes: format!("{writer} {batch} {number}").into_bytes(),
                beside: None,
            };
            let batch: Vec<NewEntry> = (0..30).map(entry).collect();
            let appended = log.append(&batch, seen.last()).unwrap();
            let reader = Reader::open(&*storage, key.verifier()).unwrap();
            assert_eq!(reader.entry(appended.first).unwrap(), batch[0].bytes);
            assert_eq!(reader.entry(appended.first + 29).unwrap(), batch[29].bytes);
            seen.push(appended.checkpoint);
        }
        seen
    };
    let seen: Vec<Checkpoint> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || write(writer)))
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap_or_else(|_| panic!("a writer failed")))
            .collect()
    });
    check(&*open(), WRITERS * BATCHES * 30, &seen);
}

/// What an entry brings along is kept with it.
pub fn keeps_what_is_beside(open: Open<'_>) {
    let key = key();
    let storage = open();
    let big = vec![b'x'; 100_000];
    let entry = crate::Entry::new("attestation")
        .with_envelope(&big)
        .unwrap();
    let path = entry.beside.as_ref().unwrap().0.clone();
    Log::create(&*storage, &key)
        .unwrap()
        .append(&[entry], None)
        .unwrap();
    assert_eq!(open().read(&path).unwrap().unwrap(), big);
    check(&*storage, 1, &[]);
}
