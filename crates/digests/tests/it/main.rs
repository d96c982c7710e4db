//! Digests of real files, and everything that must have none.

#![expect(clippy::print_stderr, reason = "a test that cannot run here says so")]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use blake2::Digest as _;
use chainwright_digests::{Cache, Found, Links, Plan, Tree, WalkError, Walking, digest, walk};
use chainwright_oms::{Digest, Hash, Left, Method, Piece};
use proptest::prelude::*;

const LIMIT: u64 = 1000;

fn list(root: &Path, links: Links) -> Tree {
    walk(root, &walking(links)).expect("can be listed")
}

fn walking(links: Links) -> Walking<'static> {
    Walking {
        links,
        hidden: &|name| name == ".git" || name == "model.sig",
        limit: LIMIT,
        single: ".",
    }
}

fn quiet(_: u64) {}

fn digests(tree: &Tree, plan: Plan, cache: Option<&mut Cache>) -> Vec<Result<Vec<Piece>, Left>> {
    let files: Vec<&Found> = tree.files.iter().collect();
    digest(&files, plan, cache, &quiet)
}

const WHOLE: Plan = Plan {
    hash: Hash::Sha256,
    method: Method::Files,
};

fn of(hash: Hash, bytes: &[u8]) -> Digest {
    match hash {
        Hash::Sha256 => Digest::Sha256(sha2::Sha256::digest(bytes).into()),
        Hash::Blake2b => Digest::Blake2b(blake2::Blake2b512::digest(bytes).into()),
        Hash::Blake3 => Digest::Blake3(blake3::hash(bytes).into()),
    }
}

/// Makes a file old enough to be remembered.
fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).expect("opened");
    let then = SystemTime::now() - Duration::from_secs(60);
    file.set_modified(then).expect("aged");
}

#[test]
fn files_are_listed_by_name_and_hidden_ones_marked() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["b/c", "a", ".git/objects/x", "b-1", "model.sig", "b/尺寸"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, name).expect("written");
    }
    fs::create_dir_all(folder.path().join("empty/inner")).expect("made");
    fs::create_dir_all(folder.path().join(".git/refs")).expect("made");
    let tree = list(folder.path(), Links::Refuse);
    let names: Vec<_> = tree
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.is_hidden))
        .collect();
    assert_eq!(
        names,
        [
            (".git/objects/x", true),
            ("a", false),
            ("b-1", false),
            ("b/c", false),
            ("b/尺寸", false),
            ("model.sig", true)
        ]
    );
    assert_eq!(tree.others, [("empty/inner".to_owned(), Left::EmptyFolder)]);
}

#[test]
fn a_single_file_has_the_name_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weights.bin");
    fs::write(&path, "x").expect("written");
    let tree = list(&path, Links::Refuse);
    assert_eq!(tree.files[0].name, ".");
    let missing = walk(&folder.path().join("no"), &walking(Links::Refuse));
    assert!(matches!(missing, Err(WalkError::Missing(_))));
}

#[test]
fn too_many_entries_are_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for index in 0..=LIMIT {
        fs::write(folder.path().join(index.to_string()), "").expect("written");
    }
    let error = walk(folder.path(), &walking(Links::Refuse)).expect_err("too many");
    assert!(matches!(error, WalkError::TooMany { limit: LIMIT, .. }));
}

#[test]
fn every_hash_and_method_gives_the_digests_of_its_stretches() {
    let folder = tempfile::tempdir().expect("a folder");
    let big: Vec<u8> = (0..9_000_001_u32)
        .map(|index| (index % 251) as u8)
        .collect();
    fs::write(folder.path().join("big"), &big).expect("written");
    fs::write(folder.path().join("empty"), "").expect("written");
    let tree = list(folder.path(), Links::Refuse);
    for hash in [Hash::Sha256, Hash::Blake2b, Hash::Blake3] {
        let plan = Plan {
            hash,
            method: Method::Files,
        };
        let found = digests(&tree, plan, None);
        let piece = |bytes: &[u8]| {
            let digest = of(hash, bytes);
            let end = bytes.len() as u64;
            Ok(vec![Piece {
                start: 0,
                end,
                digest,
            }])
        };
        assert_eq!(found, [piece(&big), piece(b"")]);
        let plan = Plan {
            hash,
            method: Method::Shards(4_200_000),
        };
        let found = digests(&tree, plan, None);
        let parts = big.chunks(4_200_000).map(|part| of(hash, part));
        let parts: Vec<Digest> = parts.collect();
        let of_big = found[0].as_ref().expect("readable");
        let found_parts: Vec<Digest> = of_big.iter().map(|piece| piece.digest).collect();
        assert_eq!(found_parts, parts);
        assert_eq!(of_big.last().map(|piece| piece.end), Some(9_000_001));
        assert_eq!(found[1], Ok(Vec::new()));
    }
}

#[test]
fn progress_adds_up_to_the_bytes_of_all_files() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), vec![1; 600_000]).expect("written");
    fs::write(folder.path().join("b"), vec![1; 5]).expect("written");
    let tree = list(folder.path(), Links::Refuse);
    let files: Vec<&Found> = tree.files.iter().collect();
    let read = AtomicU64::new(0);
    let count = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let _ = digest(&files, WHOLE, None, &count);
    assert_eq!(read.into_inner(), 600_005);
}

#[test]
fn a_file_that_is_not_the_one_that_was_listed_has_no_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    for change in ["longer", "replaced", "gone", "folder"] {
        let _ = fs::remove_dir(&path);
        fs::write(&path, "content").expect("written");
        let tree = list(folder.path(), Links::Refuse);
        match change {
            "longer" => fs::write(&path, "content and more").expect("written"),
            "replaced" => {
                fs::write(folder.path().join("new"), "c0ntent").expect("written");
                fs::rename(folder.path().join("new"), &path).expect("replaced");
            }
            "gone" => fs::remove_file(&path).expect("removed"),
            _ => {
                fs::remove_file(&path).expect("removed");
                fs::create_dir(&path).expect("made");
            }
        }
        let found = digests(&tree, WHOLE, None);
        match change {
            "gone" => assert!(matches!(found[0], Err(Left::Unreadable { .. })), "{change}"),
            _ => assert_eq!(found[0], Err(Left::Changing), "{change}"),
        }
    }
}

#[test]
fn unchanged_files_are_known_again_and_changed_ones_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model");
    fs::create_dir(&model).expect("made");
    fs::write(model.join("a"), "one").expect("written");
    age(&model.join("a"));
    // The time of change cannot be set back, so what is kept is decided by the clock that is given to the cache; here
    // the file is simply too fresh, and nothing is kept.
    let store = folder.path().join("cache");
    let tree = list(&model, Links::Refuse);
    let mut cache = Cache::open(&store, &model);
    let _ = digests(&tree, WHOLE, Some(&mut cache));
    cache.save().expect("saved");
    assert!(!store.exists(), "a fresh file was kept");

    std::thread::sleep(Duration::from_millis(2100));
    let mut cache = Cache::open(&store, &model);
    let first = digests(&tree, WHOLE, Some(&mut cache));
    cache.save().expect("saved");
    assert!(store.exists());
    // Without permission to read, only the cache can answer.
    let reads = AtomicU64::new(0);
    let mut cache = Cache::open(&store, &model);
    let missing = Found {
        path: folder.path().join("no such file"),
        ..tree.files[0].clone()
    };
    let count = |bytes| {
        reads.fetch_add(bytes, Ordering::Relaxed);
    };
    let again = digest(&[&missing], WHOLE, Some(&mut cache), &count);
    assert_eq!(again, first);
    // Another plan, another file, a broken cache: nothing is known.
    let other = Plan {
        hash: Hash::Blake3,
        ..WHOLE
    };
    assert!(digest(&[&missing], other, Some(&mut cache), &quiet)[0].is_err());
    let mut changed = missing.clone();
    changed.stamp.changed += 1;
    assert!(digest(&[&changed], WHOLE, Some(&mut cache), &quiet)[0].is_err());
    let file = fs::read_dir(&store)
        .expect("a folder")
        .next()
        .expect("one")
        .expect("one")
        .path();
    let mut bytes = fs::read(&file).expect("readable");
    let last = bytes.last_mut().expect("not empty");
    *last ^= 1;
    fs::write(&file, bytes).expect("written");
    let mut cache = Cache::open(&store, &model);
    assert!(digest(&[&missing], WHOLE, Some(&mut cache), &quiet)[0].is_err());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn links_are_told_and_never_followed_unless_asked() {
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("secret"), "s").expect("written");
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("sub")).expect("made");
        fs::write(root.join("sub/a"), "a").expect("written");
        symlink("sub/a", root.join("file")).expect("a link");
        symlink("sub", root.join("inside")).expect("a link");
        symlink("..", root.join("sub/cycle")).expect("a link");
        symlink(outside.path(), root.join("folder-out")).expect("a link");
        symlink(outside.path().join("secret"), root.join("out")).expect("a link");
        symlink("nowhere", root.join("broken")).expect("a link");
        symlink("loop", root.join("loop")).expect("a link");

        let tree = list(root, Links::Refuse);
        assert_eq!(tree.files.len(), 1);
        assert_eq!(tree.others.len(), 7);
        assert!(
            tree.others
                .iter()
                .all(|(_, left)| matches!(left, Left::Link { .. }))
        );

        let tree = list(root, Links::Follow);
        let names: Vec<&str> = tree.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["file", "inside/a", "out", "sub/a"]);
        let told: Vec<(&str, &str)> = tree
            .others
            .iter()
            .map(|(name, left)| {
                let what = match left {
                    Left::Cycle { .. } => "cycle",
                    Left::FolderOut { .. } => "folder out",
                    Left::LinkOut { .. } => "out",
                    Left::BrokenLink { .. } => "broken",
                    other => panic!("{other:?}"),
                };
                (name.as_str(), what)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("broken", "broken"),
                ("folder-out", "folder out"),
                ("inside/cycle", "cycle"),
                ("loop", "broken"),
                ("out", "out"),
                ("sub/cycle", "cycle"),
            ]
        );
    }

    /// Links to each other's folders are paths without end; the limit ends them.
    #[test]
    fn folders_that_link_to_each_other_do_not_multiply_without_end() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            fs::create_dir(folder.path().join(name)).expect("made");
        }
        for from in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            for to in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
                let link = folder.path().join(from).join(format!("to-{to}"));
                symlink(format!("../{to}"), link).expect("a link");
            }
        }
        let error = walk(folder.path(), &walking(Links::Follow)).expect_err("without end");
        assert!(matches!(error, WalkError::TooMany { .. }));
    }

    #[test]
    fn a_link_put_in_place_of_a_listed_file_is_not_read() {
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("twin"), "content").expect("written");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, "content").expect("written");
        let tree = list(folder.path(), Links::Refuse);
        fs::remove_file(&path).expect("removed");
        symlink(outside.path().join("twin"), &path).expect("a link");
        assert_eq!(digests(&tree, WHOLE, None), [Err(Left::Changing)]);
    }

    #[test]
    fn pipes_are_told_and_never_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo runs").success());
        let tree = list(folder.path(), Links::Refuse);
        assert_eq!(tree.others, [("pipe".to_owned(), Left::Special)]);
        // One that takes the place of a file must not hang the run.
        let path = folder.path().join("a");
        fs::write(&path, "content").expect("written");
        let tree = list(folder.path(), Links::Refuse);
        fs::rename(&pipe, &path).expect("replaced");
        assert_eq!(digests(&tree, WHOLE, None), [Err(Left::Changing)]);
    }

    #[test]
    fn names_that_are_no_text_are_told() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let name = std::ffi::OsStr::from_bytes(b"a\xff");
        fs::write(folder.path().join(name), "x").expect("written");
        let tree = list(folder.path(), Links::Refuse);
        assert_eq!(tree.others, [("a\u{fffd}".to_owned(), Left::NotUtf8)]);
        assert_eq!(tree.files.len(), 0);
    }

    #[test]
    fn what_may_not_be_read_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).expect("made");
        fs::write(folder.path().join("a"), "x").expect("written");
        let none = fs::Permissions::from_mode(0o000);
        fs::set_permissions(&closed, none.clone()).expect("closed");
        fs::set_permissions(folder.path().join("a"), none).expect("closed");
        if fs::read(folder.path().join("a")).is_ok() {
            eprintln!("skipped: the administrator may read everything");
            return;
        }
        let tree = list(folder.path(), Links::Refuse);
        assert!(
            matches!(tree.others.as_slice(), [(name, Left::Unreadable { .. })] if name == "closed")
        );
        assert!(matches!(
            digests(&tree, WHOLE, None)[0],
            Err(Left::Unreadable { .. })
        ));
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("opened");
    }

    #[test]
    fn programs_are_marked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run");
        fs::write(&path, "x").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("marked");
        assert!(list(folder.path(), Links::Refuse).files[0].is_executable);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn stretches_of_any_size_cover_the_file_once(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        size in 1_u64..700,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), &bytes).expect("written");
        let tree = list(folder.path(), Links::Refuse);
        let plan = Plan { hash: Hash::Sha256, method: Method::Shards(size) };
        let found = digests(&tree, plan, None).remove(0).expect("readable");
        let mut next = 0;
        for piece in &found {
            prop_assert_eq!(piece.start, next);
            let part = &bytes[usize::try_from(piece.start).expect("small")..usize::try_from(piece.end).expect("small")];
            prop_assert_eq!(piece.digest, of(Hash::Sha256, part));
            next = piece.end;
        }
        prop_assert_eq!(next, bytes.len() as u64);
    }
}
