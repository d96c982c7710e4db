//! A second scan reads only what changed, and a broken cache is no trouble.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::{World, hostile_checkpoint, names};

/// Writes a file that looks as if it had been there for an hour.
fn old(world: &World, name: &str, bytes: &[u8]) {
    let path = world.write(name, bytes);
    let file = fs::File::options()
        .write(true)
        .open(path)
        .expect("writable");
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .expect("a settable time");
}

fn cached(world: &World) -> u64 {
    let run = world.run(&["scan", "tree", "--format", "json"]);
    assert_eq!(run.code(), Some(1), "{}", run.err());
    let report = run.json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    report["statistics"]["cached"].as_u64().expect("a number")
}

#[test]
fn unchanged_files_come_from_the_cache_and_changed_ones_do_not() {
    let world = World::new();
    old(&world, "tree/model.pt", &hostile_checkpoint());
    old(&world, "tree/notes.txt", b"nothing to see");
    assert_eq!(cached(&world), 0);
    assert_eq!(cached(&world), 2);
    old(&world, "tree/notes.txt", b"something else");
    assert_eq!(cached(&world), 1);
}

#[test]
fn a_broken_cache_is_an_empty_one() {
    let world = World::new();
    old(&world, "tree/model.pt", &hostile_checkpoint());
    assert_eq!(cached(&world), 0);
    let folder = world.path(".cache");
    let file = folder.join(&names(&folder)[0]);
    let mut bytes = fs::read(&file).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("writable");
    assert_eq!(cached(&world), 0);
    fs::write(&file, b"").expect("writable");
    assert_eq!(cached(&world), 0);
    assert_eq!(cached(&world), 1);
}

#[test]
fn other_limits_do_not_share_facts() {
    let world = World::new();
    old(&world, "tree/model.pt", &hostile_checkpoint());
    assert_eq!(cached(&world), 0);
    world.write("chainwright.toml", "[limits]\ndepth = 3\n");
    assert_eq!(cached(&world), 0);
}
