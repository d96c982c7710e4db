//! A log that another implementation wrote. See `tests/data/tessera/README.md`.

use std::path::Path;

use chainwright_ledger::{Directory, Reader};
use chainwright_transparency::{Checkpoint, VerifierKey};

/// From `testdata/build_log.sh`, beside the log.
const KEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

#[test]
fn a_log_of_tessera_is_sound_at_all_its_sizes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tessera");
    let key: VerifierKey = KEY.parse().unwrap();
    let storage = Directory::new(&folder);
    let reader = Reader::open(&storage, &key).unwrap();
    assert_eq!(reader.checkpoint().size, 15);
    let mut seen = Vec::new();
    for number in 0..=15 {
        let bytes = std::fs::read(folder.join(format!("checkpoint.{number}"))).unwrap();
        let (checkpoint, ..) = Checkpoint::open(&bytes, &key).unwrap();
        assert_eq!(checkpoint.size, number);
        reader.prove_growth(&checkpoint).unwrap();
        assert_eq!(reader.root_at(number).unwrap(), checkpoint.root);
        seen.push(checkpoint);
    }
    let audit = reader.audit(&seen).unwrap();
    assert!(audit.is_sound(), "{:?}", audit.faults);
    assert_eq!((audit.entries, audit.ours), (15, 0));
    assert_eq!(audit.compared, (0..=15).collect::<Vec<_>>());
    assert_eq!(reader.entry(14).unwrap(), b"fivten");
    for index in 0..15 {
        reader.prove(index, None).unwrap();
    }
}
