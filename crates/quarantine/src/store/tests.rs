use super::*;

fn taking<'a>(file: &'a Path) -> Taking<'a> {
    Taking {
        file,
        shown: "models/bad.pkl",
        sha256_at_scan: None,
        reasons: vec![Reason {
            rule: "pickle-code-execution".to_owned(),
            severity: "critical".to_owned(),
            message: "runs `os.system`".to_owned(),
        }],
        taken_at: "2026-01-01T00:00:00Z".to_owned(),
        tool_version: "0.1.0",
    }
}

fn world() -> (tempfile::TempDir, Store, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::create(&folder.path().join("quarantine")).expect("creatable");
    let models = folder.path().join("models");
    fs::create_dir(&models).expect("creatable");
    let file = models.join("bad.pkl");
    fs::write(&file, b"content").expect("writable");
    (folder, store, file)
}

#[test]
fn what_is_taken_is_gone_recorded_and_comes_back_as_it_was() {
    let (_folder, store, file) = world();
    close(&file, 0o640).expect("ours");
    let entry = store.take(&taking(&file)).expect("movable");
    assert!(!file.exists());
    assert_eq!(
        store.list().expect("readable"),
        std::slice::from_ref(&entry)
    );
    assert_eq!(entry.record.reasons[0].rule, "pickle-code-execution");
    assert_eq!(entry.record.size, 7);
    let back = store.restore(&entry.id, None, false).expect("restorable");
    assert_eq!(fs::canonicalize(&file).expect("it is back"), back);
    assert_eq!(fs::read(&file).expect("readable"), b"content");
    assert_eq!(mode(&fs::metadata(&file).expect("there")), Some(0o640));
    assert_eq!(store.list().expect("readable"), []);
}

#[test]
fn restoring_replaces_nothing_unless_told() {
    let (_folder, store, file) = world();
    let entry = store.take(&taking(&file)).expect("movable");
    fs::write(&file, b"newer").expect("writable");
    let error = store.restore(&entry.id, None, false).expect_err("taken");
    assert!(matches!(error, QuarantineError::Exists(_)), "{error}");
    assert_eq!(fs::read(&file).expect("readable"), b"newer");
    store.restore(&entry.id, None, true).expect("told");
    assert_eq!(fs::read(&file).expect("readable"), b"content");
}

#[test]
fn content_that_was_changed_in_quarantine_is_not_put_back() {
    let (_folder, store, file) = world();
    let entry = store.take(&taking(&file)).expect("movable");
    let content = store.folder().join(&entry.id).join(CONTENT);
    close(&content, 0o600).expect("ours");
    fs::write(&content, b"swapped").expect("writable");
    let error = store.restore(&entry.id, None, false).expect_err("changed");
    assert!(matches!(error, QuarantineError::Tampered(_)), "{error}");
    assert!(!file.exists());
}

#[test]
fn what_a_crash_left_half_done_is_found_again() {
    let (_folder, store, file) = world();
    let entry = store.take(&taking(&file)).expect("movable");
    let done = store.folder().join(&entry.id);
    let begun = store.folder().join(format!("{BEGUN}{}", entry.id));
    fs::rename(&done, &begun).expect("ours");
    assert_eq!(store.list().expect("readable"), [entry]);
    fs::create_dir(store.folder().join(".begun-0000")).expect("ours");
    assert_eq!(store.list().expect("readable").len(), 1);
}

#[test]
fn a_file_that_changed_since_the_scan_says_so() {
    let (_folder, store, file) = world();
    let mut taking = taking(&file);
    taking.sha256_at_scan = Some("00".repeat(32));
    let entry = store.take(&taking).expect("movable");
    assert!(entry.record.changed_since_scan());
}

#[test]
fn equal_files_get_names_of_their_own() {
    let (folder, store, file) = world();
    let other = folder.path().join("models/other.pkl");
    fs::write(&other, b"content").expect("writable");
    let first = store.take(&taking(&file)).expect("movable");
    let second = store.take(&taking(&other)).expect("movable");
    assert_ne!(first.id, second.id);
    assert_eq!(store.list().expect("readable").len(), 2);
}

#[test]
fn names_that_climb_out_are_unknown() {
    let (_folder, store, _file) = world();
    for id in ["..", "../models", "", "/etc", "nothing"] {
        let error = store.restore(id, None, false).expect_err("unknown");
        assert!(matches!(error, QuarantineError::Unknown(_)), "{id}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_moved_and_what_it_leads_to_stays() {
    let (folder, store, file) = world();
    let link = folder.path().join("models/link.pkl");
    std::os::unix::fs::symlink("bad.pkl", &link).expect("links");
    let entry = store.take(&taking(&link)).expect("movable");
    assert!(file.exists());
    assert!(fs::symlink_metadata(&link).is_err());
    assert_eq!(entry.record.link.as_deref(), Some(Path::new("bad.pkl")));
    store.restore(&entry.id, None, false).expect("restorable");
    assert_eq!(fs::read(&link).expect("leads there again"), b"content");
}
