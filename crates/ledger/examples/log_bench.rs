//! How fast a log is written, proved and recomputed: `log_bench FOLDER [ENTRIES]`. Prints rows of a table.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chainwright_ledger::{Directory, Entry, Log, NewEntry, Reader, Sqlite, Storage};
use chainwright_transparency::SigningKey;
use chainwright_transparency::key::{KeyName, Kind};

/// How long each row is measured.
const SPELL: Duration = Duration::from_secs(5);

fn entries(first: u64, count: u64) -> Vec<NewEntry> {
    (first..first + count)
        .map(|number| {
            let mut entry = Entry::new("file");
            entry.digest = Some(format!("sha256:{number:064x}"));
            entry.actor = Some("bench".to_owned());
            entry.time = Some("2026-01-01T00:00:00Z".to_owned());
            NewEntry {
                bytes: entry.write().unwrap(),
                beside: None,
            }
        })
        .collect()
}

fn fill(storage: &dyn Storage, key: &SigningKey, batch: u64) -> (u64, Duration) {
    let mut log = Log::create(storage, key).unwrap();
    let (start, mut size) = (Instant::now(), 0);
    while start.elapsed() < SPELL {
        size = log
            .append(&entries(size, batch), None)
            .unwrap()
            .checkpoint
            .size;
    }
    (size, start.elapsed())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let many: u64 = arguments
        .next()
        .map_or(1_000_000, |count| count.parse().expect("a number"));
    std::fs::create_dir_all(&folder).unwrap();
    let name = KeyName::new("bench.example/log").unwrap();
    let key = SigningKey::from_seed(name, Kind::Ed25519, [7; 32]).unwrap();
    for batch in [1, 100, 1000] {
        let directory = Directory::new(&folder.join(format!("folder-{batch}")));
        let sqlite = Sqlite::open(&folder.join(format!("{batch}.sqlite"))).unwrap();
        let storages: [(&str, &dyn Storage); 2] = [("a folder", &directory), ("SQLite", &sqlite)];
        for (name, storage) in storages {
            let (size, time) = fill(storage, &key, batch);
            let rate = u128::from(size) * 1000 / time.as_millis();
            println!("| append to {name}, batches of {batch} | {rate} entries/s |");
        }
    }
    let storage = Directory::new(&folder.join("many"));
    let mut log = Log::create(&storage, &key).unwrap();
    let mut size = 0;
    while size < many {
        size = log
            .append(&entries(size, 10_000.min(many - size)), None)
            .unwrap()
            .checkpoint
            .size;
    }
    let reader = Reader::open(&storage, key.verifier()).unwrap();
    let start = Instant::now();
    for number in 0..1000 {
        reader.prove(number * 7919 % many, None).unwrap();
    }
    println!(
        "| proof in a log of {many} | {} µs |",
        start.elapsed().as_micros() / 1000
    );
    let start = Instant::now();
    assert!(reader.audit(&[]).unwrap().is_sound());
    println!(
        "| verify a log of {many} | {} ms |",
        start.elapsed().as_millis()
    );
}
