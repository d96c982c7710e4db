//! The suite that every storage passes, against a service that speaks S3 and fails on purpose.
//!
//! `CHAINWRIGHT_S3_ENDPOINT` names the service that tests/log/s3.py starts (`make s3`): in `plain` all goes well; in
//! `busy` every third request is answered with 503; in `lost` every fourth write is done and answered with 500; in `cut`
//! every fourth write is done and the connection closed without an answer.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]

mod kill;

use std::sync::atomic::{AtomicU32, Ordering};

use chainwright_ledger::suite::{self, Open};
use chainwright_ledger::{Bucket as _, Condition, Log, PutError, Storage};
use chainwright_ledger_s3::S3;

const BUCKETS: [&str; 4] = ["plain", "busy", "lost", "cut"];

/// Whether there is a service; else a visible line.
pub(crate) fn is_there() -> bool {
    let there = std::env::var_os("CHAINWRIGHT_S3_ENDPOINT").is_some();
    if !there {
        eprintln!("skipped: CHAINWRIGHT_S3_ENDPOINT names no service (make s3)");
    }
    there
}

/// A place that no other test uses.
pub(crate) fn place(bucket: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("s3://{bucket}/tests/{}-{count}", std::process::id())
}

pub(crate) fn open(place: &str) -> Box<dyn Storage> {
    Box::new(S3::from_environment(place).unwrap().into_log())
}

fn in_every_bucket(test: fn(Open<'_>)) {
    if !is_there() {
        return;
    }
    for bucket in BUCKETS {
        let place = place(bucket);
        test(&|| open(&place));
    }
}

#[test]
fn logs_grow() {
    in_every_bucket(suite::grows);
}

#[test]
fn checkpoints_take_signatures() {
    in_every_bucket(suite::takes_signatures);
}

#[test]
fn wrong_keys_and_older_states_are_refused() {
    in_every_bucket(suite::refuses);
}

#[test]
fn writers_take_turns() {
    in_every_bucket(suite::is_shared);
}

#[test]
fn big_envelopes_lie_beside() {
    in_every_bucket(suite::keeps_what_is_beside);
}

#[test]
fn conditions_are_heeded_and_prefixes_kept_apart() {
    if !is_there() {
        return;
    }
    let (one, other) = (place("plain"), place("plain"));
    let (one, other) = (
        S3::from_environment(&one).unwrap(),
        S3::from_environment(&other).unwrap(),
    );
    let changed = |done| matches!(done, Err(PutError::Changed));
    one.put("a/b", b"1", &Condition::IfAbsent).unwrap();
    assert!(changed(one.put("a/b", b"2", &Condition::IfAbsent)));
    let (bytes, version) = one.get("a/b").unwrap().unwrap();
    assert_eq!(bytes, b"1");
    let newer = Condition::IfVersion(version);
    one.put("a/b", b"3", &newer).unwrap();
    assert!(changed(one.put("a/b", b"4", &newer)));
    assert!(changed(one.put("a/c", b"5", &newer)));
    assert_eq!(one.get("a/b").unwrap().unwrap().0, b"3");
    one.put("a/bc", b"6", &Condition::Always).unwrap();
    one.put("ab", b"7", &Condition::Always).unwrap();
    let mut listed = one.list("a/b").unwrap();
    listed.sort();
    assert_eq!(listed, ["a/b", "a/bc"]);
    assert_eq!(other.get("a/b").unwrap(), None);
    assert_eq!(other.list("").unwrap(), Vec::<String>::new());
    one.remove("a/b").unwrap();
    one.remove("a/b").unwrap();
    assert_eq!(one.get("a/b").unwrap(), None);
}

/// A batch is in the log once, even if the answer to the decisive write was lost.
#[test]
fn a_lost_answer_adds_nothing_twice() {
    if !is_there() {
        return;
    }
    for bucket in ["lost", "cut"] {
        let place = place(bucket);
        let key = suite::key();
        let storage = open(&place);
        let mut log = Log::create(&*storage, &key).unwrap();
        for number in 0..12 {
            let appended = log.append(&suite::entries(number..number + 1), None);
            assert_eq!(appended.unwrap().first, number, "{bucket}");
        }
        suite::check(&*storage, 12, &[]);
    }
}
