//! Updates that are killed, and updates in several processes at once.
//!
//! The test program calls itself: [`child`] does nothing unless its environment names a store and a feed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chainwright_intel::{IntelError, Store, update};

use crate::support::{NOW, Place, options, pin, record};

/// Records of a feed; enough that an update takes a while.
const RECORDS: usize = 1500;
/// Kills by time, and kills by how much was written.
const KILLS: u32 = 12;

const STORE: &str = "CHAINWRIGHT_TEST_STORE";
const FEED: &str = "CHAINWRIGHT_TEST_FEED";

#[test]
fn child() {
    let (Some(store), Some(feed)) = (std::env::var_os(STORE), std::env::var_os(FEED)) else {
        return;
    };
    let from = [feed.into_string().expect("text")];
    match update(Path::new(&store), &options(&from, NOW)) {
        Ok(_) => {}
        Err(IntelError::Locked(_)) => std::fs::write(locked(&from[0]), "").expect("written"),
        Err(error) => panic!("{error}"),
    }
}

/// The file by which a child tells that somebody else was updating.
fn locked(feed: &str) -> String {
    format!("{feed}.locked")
}

fn start(store: &Path, feed: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::child", "--nocapture"])
        .env(STORE, store)
        .env(FEED, feed)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A feed in which every record says which generation it belongs to.
fn feed(place: &Place, generation: usize) -> String {
    let fixed = format!("{}.0", generation + 1);
    let modified = format!("2026-01-{:02}T00:00:00Z", generation + 1);
    let lines: Vec<String> = (0..RECORDS)
        .map(|number| {
            let text = record(
                &format!("A-{number}"),
                &format!("package{number}"),
                &fixed,
                &modified,
            );
            text.replace('\n', " ")
        })
        .collect();
    place.write(
        &format!("feed-{generation}.jsonl"),
        &(lines.join("\n") + "\n"),
    )
}

/// The generation that a store holds, the same for all of its records.
fn generation(store: &Path) -> usize {
    let store = Store::open(store).unwrap();
    let is_open = |number: usize, version: &str| {
        let findings = store.findings(&pin(&format!("package{number}"), version));
        !findings.unwrap().matches.is_empty()
    };
    let of = |number: usize| {
        (0..)
            .find(|generation| !is_open(number, &format!("{}.5", generation)))
            .unwrap()
    };
    let first = of(0);
    for number in (0..RECORDS).step_by(50) {
        assert_eq!(of(number), first, "a mixture at {number}");
    }
    first
}

fn unfinished(place: &Place) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place.folder.path()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_string_lossy().contains("unfinished"))
        .collect()
}

/// Bytes that an update has written so far.
fn written(place: &Place) -> u64 {
    let sizes = unfinished(place)
        .into_iter()
        .filter_map(|path| Some(std::fs::metadata(path).ok()?.len()));
    sizes.sum()
}

#[test]
fn an_update_that_is_killed_leaves_the_old_store_whole() {
    let place = Place::new();
    let store = place.store();
    let feeds = [feed(&place, 1), feed(&place, 2)];
    place.update(&feeds[..1]).unwrap();
    let old = std::fs::read(&store).unwrap();
    assert_eq!(generation(&store), 2);
    let began = Instant::now();
    assert!(start(&store, &feeds[1]).wait().unwrap().success());
    let (takes, size) = (
        began.elapsed(),
        std::fs::metadata(&store).unwrap().len().max(1),
    );
    assert_eq!(generation(&store), 3);
    let mut kept = 0;
    for turn in 0..2 * KILLS {
        std::fs::write(&store, &old).unwrap();
        for left in unfinished(&place) {
            std::fs::remove_file(left).unwrap();
        }
        let before = written(&place);
        let mut running = start(&store, &feeds[1]);
        let began = Instant::now();
        let is_time = || {
            if turn < KILLS {
                began.elapsed() >= takes * turn / KILLS
            } else {
                written(&place).saturating_sub(before)
                    > size * u64::from(turn - KILLS) / u64::from(KILLS)
            }
        };
        while !is_time() && running.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        // SIGKILL where there are signals.
        running.kill().unwrap();
        running.wait().unwrap();
        match generation(&store) {
            2 => {
                assert_eq!(std::fs::read(&store).unwrap(), old, "turn {turn}");
                kept += 1;
            }
            other => assert_eq!(other, 3, "turn {turn}"),
        }
    }
    assert!(kept >= KILLS / 2, "only {kept} updates were killed in time");
    let changes = place.update(&feeds[1..]).unwrap();
    assert_eq!(
        (changes.changed, generation(&store)),
        (RECORDS as u64, 3),
        "{changes:?}"
    );
    assert_eq!(unfinished(&place), [""; 0].map(PathBuf::from));
}

#[test]
fn processes_that_update_at_once_wait_for_nobody_and_mix_nothing() {
    let place = Place::new();
    let store = place.store();
    let feeds: Vec<String> = (1..4).map(|generation| feed(&place, generation)).collect();
    place.update(&feeds[..1]).unwrap();
    let running: Vec<Child> = feeds.iter().map(|feed| start(&store, feed)).collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    let is_locked = |feed: &&String| Path::new(&locked(feed)).exists();
    let done = feeds.iter().filter(|feed| !is_locked(feed)).count();
    assert!(done >= 1, "one of them is first");
    assert!((2..=4).contains(&generation(&store)));
    assert_eq!(unfinished(&place), [""; 0].map(PathBuf::from));
    let last = place.update(&feeds[2..]).unwrap();
    assert_eq!(last.refused_count, 0);
    assert_eq!(generation(&store), 4);
}
