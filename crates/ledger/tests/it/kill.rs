//! A real process that is killed while it appends, on a real disk.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use chainwright_ledger::suite::{check, entries, key};
use chainwright_ledger::{Directory, Log, Sqlite, Storage};

const PLACE: &str = "CHAINWRIGHT_LEDGER_TEST_PLACE";

fn open(place: &str) -> Box<dyn Storage> {
    if place.ends_with(".sqlite") {
        Box::new(Sqlite::open(place.as_ref()).unwrap())
    } else {
        Box::new(Directory::new(place.as_ref()))
    }
}

/// The process that is killed: it does nothing unless its parent says where.
#[test]
fn child_appends_until_it_is_killed() {
    let Ok(place) = std::env::var(PLACE) else {
        return;
    };
    let (storage, key) = (open(&place), key());
    let mut log = Log::open(&*storage, &key);
    let mut size = log.append(&[], None).unwrap().first;
    for count in [1, 7, 100, 300].into_iter().cycle() {
        let appended = log.append(&entries(size..size + count), None).unwrap();
        size = appended.checkpoint.size;
        writeln!(std::io::stderr(), "acknowledged {size}").unwrap();
    }
}

#[test]
fn killed_writers_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["log", "log.sqlite"] {
        let place = folder.path().join(name);
        let place = place.to_str().unwrap();
        let key = key();
        Log::create(&*open(place), &key).unwrap();
        let mut seen = Vec::new();
        for round in 0..12_u64 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "kill::child_appends_until_it_is_killed",
                    "--nocapture",
                ])
                .env(PLACE, place)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let mut acknowledged = 0;
            let wanted = 1 + round % 4;
            for _ in 0..wanted {
                let line = lines.next().unwrap().unwrap();
                acknowledged = line.strip_prefix("acknowledged ").unwrap().parse().unwrap();
            }
            // Somewhere within the next batches.
            std::thread::sleep(Duration::from_micros(round * 1_700));
            child.kill().unwrap();
            child.wait().unwrap();
            for line in lines.map_while(Result::ok) {
                if let Some(size) = line
                    .strip_prefix("acknowledged ")
                    .and_then(|size| size.parse().ok())
                {
                    acknowledged = size;
                }
            }
            let storage = open(place);
            let mut log = Log::open(&*storage, &key);
            let now = log.append(&[], seen.last()).unwrap();
            assert!(
                now.first >= acknowledged,
                "{name} {round}: {} {acknowledged}",
                now.first
            );
            check(&*storage, now.first, &seen);
            seen.push(now.checkpoint);
        }
    }
}
