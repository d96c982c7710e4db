//! Moving denied files out of reach and back.

use std::fs;

use crate::World;

#[test]
fn denied_files_are_moved_listed_and_restored() {
    let world = World::new();
    let example = world.example();
    let before = files(&example);
    let run = world.run(&[
        "scan",
        "--quarantine",
        "held",
        "--format",
        "json",
        &shown(&example),
    ]);
    assert_eq!(run.code(), Some(1), "{}", run.err());
    assert!(run.err().contains("quarantined"), "{}", run.err());
    let after = files(&example);
    assert!(after.len() < before.len());

    let list = world.run(&["quarantine", "list", "held", "--format", "json"]);
    let entries = list.json();
    let entries = entries.as_array().expect("a list");
    assert_eq!(entries.len(), before.len() - after.len());
    let human = world.run(&["quarantine", "list", "held"]);
    for entry in entries {
        let id = entry["id"].as_str().expect("a name");
        assert!(human.out().contains(id));
        assert!(
            !entry["record"]["reasons"]
                .as_array()
                .expect("reasons")
                .is_empty()
        );
        assert_eq!(entry["record"]["sha256"], entry["record"]["sha256_at_scan"]);
        let restored = world.run(&["quarantine", "restore", "held", id]);
        assert_eq!(restored.code(), Some(0), "{}", restored.err());
    }
    assert_eq!(files(&example), before);
}

#[test]
fn what_is_left_passes_the_next_scan_although_the_quarantine_lies_inside() {
    let world = World::new();
    let example = world.example();
    let held = example.join("held");
    let arguments = [
        "scan",
        "--no-advisories",
        "--quarantine",
        &held.to_string_lossy(),
        &shown(&example),
    ];
    assert_eq!(world.run(&arguments).code(), Some(1));
    let again = world.run(&arguments);
    assert_eq!(again.code(), Some(0), "{}{}", again.out(), again.err());
}

#[test]
fn nothing_denied_leaves_no_quarantine_behind() {
    let world = World::new();
    world.write("clean/README.md", "# Plain\n\nlicense: mit\n");
    let run = world.run(&["scan", "--quarantine", "held", "clean"]);
    assert_eq!(run.code(), Some(0), "{}", run.err());
    assert!(!world.path("held").exists());
}

#[test]
fn remote_targets_and_the_quarantine_itself_are_refused() {
    let world = World::new();
    fs::create_dir(world.path("held")).expect("creatable");
    for target in ["hf://org/name", "held"] {
        let run = world.run(&["scan", "--quarantine", "held", target]);
        assert_eq!(run.code(), Some(2), "{target}");
        assert!(run.err().contains("quarantine"), "{}", run.err());
    }
}

fn shown(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Every file below a folder with its content.
fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).expect("readable");
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}
