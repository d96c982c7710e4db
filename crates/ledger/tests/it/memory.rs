//! What was seen of a log is held against it.

use chainwright_ledger::suite::{entries, key};
use chainwright_ledger::{Directory, LedgerError, Log, Memory, Reader, Seen};
use chainwright_transparency::Hash;

#[test]
fn growth_is_followed_and_anything_else_is_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let key = key();
    let memory = Memory::new(&folder.path().join("seen"));
    let make = |name: &str, from: u64| {
        let storage = Directory::new(&folder.path().join(name));
        let mut log = Log::create(&storage, &key).unwrap();
        log.append(&entries(from..from + 5), None).unwrap();
        storage
    };
    let see = |storage: &Directory| {
        let reader = Reader::open(storage, key.verifier()).unwrap();
        memory.see(reader.note(), key.verifier(), &|old| {
            reader.prove_growth(old)
        })
    };
    let log = make("log", 0);
    assert_eq!(see(&log).unwrap(), Seen::First);
    assert_eq!(see(&log).unwrap(), Seen::Same);
    Log::open(&log, &key).append(&entries(5..9), None).unwrap();
    assert_eq!(see(&log).unwrap(), Seen::Grown { from: 5 });

    // Put back to an older state: the same entries, but fewer.
    let older = make("older", 0);
    let refused = see(&older).unwrap_err();
    assert!(matches!(
        refused,
        LedgerError::RolledBack {
            remembered: 9,
            found: 5,
            ..
        }
    ));
    // Another story of the same length, and a longer one.
    let other = make("other", 100);
    let mut writer = Log::open(&other, &key);
    writer.append(&entries(0..4), None).unwrap();
    assert!(matches!(
        see(&other),
        Err(LedgerError::Equivocated {
            remembered: 9,
            found: 9,
            ..
        })
    ));
    writer.append(&entries(0..4), None).unwrap();
    assert!(matches!(
        see(&other),
        Err(LedgerError::Equivocated {
            remembered: 9,
            found: 13,
            ..
        })
    ));

    let evidence = memory.evidence("example.com/log").unwrap();
    assert_eq!(evidence.len(), 3);
    for place in evidence {
        let notes = ["1.note", "2.note"].map(|name| std::fs::read(place.join(name)).unwrap());
        assert_ne!(notes[0], notes[1]);
    }
    // Nothing of it changed what is remembered.
    let remembered = memory.recall("example.com/log").unwrap().unwrap();
    assert_eq!(remembered.checkpoint.size, 9);
    assert_eq!(&remembered.key, key.verifier());
    assert_eq!(memory.all().unwrap().len(), 1);
    assert_eq!(memory.recall("example.com/unknown").unwrap(), None);
}

#[test]
fn a_made_up_proof_convinces_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let key = key();
    let memory = Memory::new(folder.path());
    let storage = Directory::new(&folder.path().join("log"));
    let mut log = Log::create(&storage, &key).unwrap();
    let first = log.append(&entries(0..3), None).unwrap();
    memory
        .see(&first.note, key.verifier(), &|_| Ok(Vec::new()))
        .unwrap();
    let second = log.append(&entries(3..8), None).unwrap();
    let refused = memory.see(&second.note, key.verifier(), &|_| {
        Ok(vec![Hash([0; 32]); 4])
    });
    assert!(matches!(refused, Err(LedgerError::Equivocated { .. })));
}
