//! A process that is killed while it uploads.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use chainwright_ledger::Log;
use chainwright_ledger::suite::{check, entries, key};

use crate::{is_there, open, place};

const PLACE: &str = "CHAINWRIGHT_LEDGER_TEST_PLACE";

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
fn killed_uploads_lose_nothing_that_was_acknowledged() {
    if !is_there() {
        return;
    }
    let place = place("plain");
    let key = key();
    Log::create(&*open(&place), &key).unwrap();
    let mut seen = Vec::new();
    for round in 0..8_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kill::child_appends_until_it_is_killed",
                "--nocapture",
            ])
            .env(PLACE, &place)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        let mut acknowledged = 0;
        for _ in 0..=round % 3 {
            acknowledged = lines.next().unwrap();
        }
        // Somewhere within the next upload.
        std::thread::sleep(Duration::from_millis(round * 7));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged = lines.last().unwrap_or(acknowledged);
        let storage = open(&place);
        let now = Log::open(&*storage, &key).append(&[], seen.last()).unwrap();
        assert!(
            now.first >= acknowledged,
            "{round}: {} {acknowledged}",
            now.first
        );
        check(&*storage, now.first, &seen);
        seen.push(now.checkpoint);
    }
}
