//! Histories built object by object: loose and packed, honest and hostile. Git's own program is not needed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chainwright_history::{Bounds, History, ObjectId, read};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

/// A repository in the making. Objects are named by their number, which no reader can tell from a digest.
struct Repo {
    folder: TempDir,
    count: u32,
}

impl Repo {
    fn new() -> Self {
        let repo = Self {
            folder: TempDir::new().expect("a folder"),
            count: 0,
        };
        repo.file("HEAD", "ref: refs/heads/main\n");
        repo
    }

    fn file(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(".git").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn next(&mut self) -> ObjectId {
        self.count += 1;
        let mut id = [0; 20];
        id[..4].copy_from_slice(&self.count.to_be_bytes());
        id[0] = self.count as u8;
        ObjectId(id)
    }

    fn loose(&mut self, kind: &str, bytes: &[u8]) -> ObjectId {
        let id = self.next();
        let name = id.to_string();
        let mut content = format!("{kind} {}\0", bytes.len()).into_bytes();
        content.extend_from_slice(bytes);
        self.file(
            &format!("objects/{}/{}", &name[..2], &name[2..]),
            deflated(&content),
        );
        id
    }

    fn tree(&mut self, entries: &[(&str, &str, ObjectId)]) -> ObjectId {
        self.loose("tree", &tree(entries))
    }

    fn commit(&mut self, tree: ObjectId, parents: &[ObjectId], rest: &str) -> ObjectId {
        self.loose("commit", commit_text(tree, parents, rest).as_bytes())
    }

    /// A commit with these files, on top of `parents`.
    fn with_files(
        &mut self,
        files: &[(&str, &[u8])],
        parents: &[ObjectId],
        subject: &str,
    ) -> ObjectId {
        let blobs: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (*name, self.loose("blob", bytes)))
            .collect();
        let entries: Vec<_> = blobs
            .iter()
            .map(|(name, id)| ("100644", *name, *id))
            .collect();
        let tree = self.tree(&entries);
        self.commit(tree, parents, &people("Ada <Ada@Example.org>", subject))
    }

    fn head(&self, id: ObjectId) {
        self.file("refs/heads/main", format!("{id}\n"));
    }

    fn read(&self) -> History {
        read(self.folder.path(), &Bounds::default(), &|| false).expect("a history")
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn tree(entries: &[(&str, &str, ObjectId)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend(format!("{mode} {name}\0").into_bytes());
        bytes.extend(id.0);
    }
    bytes
}

fn commit_text(tree: ObjectId, parents: &[ObjectId], rest: &str) -> String {
    let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
    format!("tree {tree}\n{parents}{rest}")
}

fn people(who: &str, subject: &str) -> String {
    format!("author {who} 1700000000 +0000\ncommitter {who} 1700000000 +0000\n\n{subject}\n")
}

fn token() -> String {
    ["hf", "_", "QpRvTzXkLmNcBdFgHjKwSy", "AeUiOoPqWxZr"].concat()
}

/// A pack and its index: objects with their kind, the bytes that are compressed, and what stands between.
fn pack(objects: &[(ObjectId, u8, Vec<u8>, Vec<u8>)]) -> (Vec<u8>, Vec<u8>) {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend(u32::try_from(objects.len()).expect("few").to_be_bytes());
    let mut offsets = BTreeMap::new();
    for (id, kind, between, bytes) in objects {
        offsets.insert(*id, u32::try_from(pack.len()).expect("small"));
        let mut size = bytes.len();
        let mut byte = kind << 4 | (size & 15) as u8;
        size >>= 4;
        while size > 0 {
            pack.push(byte | 0x80);
            byte = (size & 127) as u8;
            size >>= 7;
        }
        pack.push(byte);
        pack.extend(between);
        pack.extend(deflated(bytes));
    }
    pack.extend([0; 20]);
    let mut index = vec![0xff, b't', b'O', b'c', 0, 0, 0, 2];
    for first in 0..=255_u8 {
        let count = offsets.keys().filter(|id| id.0[0] <= first).count();
        index.extend(u32::try_from(count).expect("few").to_be_bytes());
    }
    for id in offsets.keys() {
        index.extend(id.0);
    }
    index.extend(vec![0; 4 * offsets.len()]);
    for offset in offsets.values() {
        index.extend(offset.to_be_bytes());
    }
    index.extend([0; 40]);
    (pack, index)
}

#[test]
fn the_main_line_tells_who_changed_weights_and_how() {
    let mut repo = Repo::new();
    let first = repo.with_files(
        &[("README.md", b"# x"), ("model.bin", b"one")],
        &[],
        "begin",
    );
    let side = repo.with_files(&[("model.bin", b"two")], &[first], "side");
    let blob = repo.loose("blob", b"two");
    let tree = repo.tree(&[("100644", "model.bin", blob)]);
    let rest = people("Bob <b@x.org>", "Merge it (#3)")
        .replace("\n\n", "\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n\n");
    let merge = repo.commit(tree, &[first, side], &rest);
    repo.head(merge);
    let history = repo.read();
    assert_eq!(history.problems, []);
    assert_eq!(history.line.len(), 2);
    assert_eq!(history.searched, 3);
    assert!(history.is_whole_line && !history.is_shallow);
    let newest = &history.line[0];
    assert_eq!(
        (newest.parents, newest.author.as_str(), newest.is_signed),
        (2, "b@x.org", true)
    );
    assert_eq!(newest.subject, "Merge it (#3)");
    assert_eq!(newest.weights, ["model.bin"]);
    assert!(newest.changes_documents, "the card is gone");
    assert_eq!(history.line[1].author, "ada@example.org");
}

#[test]
fn what_was_deleted_is_found_and_named_by_its_commit() {
    let mut repo = Repo::new();
    let text = format!("HF_TOKEN={}\n", token());
    let first = repo.with_files(&[(".env", text.as_bytes())], &[], "oops");
    let second = repo.with_files(&[("README.md", b"clean")], &[first], "clean up");
    repo.head(second);
    let history = repo.read();
    assert_eq!(history.secrets.len(), 1, "{history:?}");
    let secret = &history.secrets[0];
    assert_eq!(
        (secret.path.as_str(), secret.commit.as_str()),
        (".env", first.to_string().as_str())
    );
    assert!(
        !format!("{secret:?}").contains(&token()),
        "the secret itself is never told"
    );
}

#[test]
fn tags_lead_to_commits_and_remember_where_they_led() {
    let mut repo = Repo::new();
    let old = repo.with_files(&[("model.bin", b"old")], &[], "old");
    let new = repo.with_files(&[("model.bin", b"new")], &[old], "new");
    repo.head(new);
    let text = format!(
        "object {new}\ntype commit\ntag v9\ntagger x <x> 0 +0000\n\nnine\n-----BEGIN PGP SIGNATURE-----\n"
    );
    let tag = repo.loose("tag", text.as_bytes());
    repo.file("refs/tags/v1", format!("{tag}\n"));
    repo.file(
        "packed-refs",
        format!("# pack-refs with: peeled\n{old} refs/tags/a/v0\n^{old}\n"),
    );
    repo.file(
        "logs/refs/tags/v1",
        format!("{old} {new} x <x> 0 +0000\ttag: moved\n"),
    );
    repo.file(
        "logs/refs/remotes/origin/main",
        format!("{old} {new} x <x> 0 +0000\tfetch: forced-update\n"),
    );
    let history = repo.read();
    let names: Vec<_> = history.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["a/v0", "v1"]);
    let v1 = &history.tags[1];
    assert!(v1.is_signed && v1.has_weights_of_head && !history.tags[0].has_weights_of_head);
    assert_eq!(v1.other_name.as_deref(), Some("v9"));
    let moved = v1.moved.as_ref().expect("a move");
    assert_eq!((moved.weights, moved.replaced), (1, 1));
    assert_eq!(history.forced, ["origin/main"]);
}

#[test]
fn packed_objects_are_read_through_their_deltas() {
    let mut repo = Repo::new();
    let [base, middle, last, root, head] = [(); 5].map(|()| repo.next());
    let secret = format!("HF_TOKEN={}\n", token());
    let size = u8::try_from(secret.len()).expect("short");
    // The middle one appends a letter to the base, the last one takes the middle without it.
    let append = vec![size, size + 1, 0x90, size, 1, b'!'];
    let take = vec![size + 1, size, 0x90, size];
    let tree = tree(&[("100644", "a.txt", last)]);
    let commit = commit_text(root, &[], &people("A <a@b.c>", "packed"));
    let first = deflated(secret.as_bytes()).len() + 2;
    let (pack, index) = pack(&[
        (base, 3, Vec::new(), secret.into_bytes()),
        (middle, 6, vec![u8::try_from(first).expect("short")], append),
        (last, 7, middle.0.to_vec(), take),
        (root, 2, Vec::new(), tree),
        (head, 1, Vec::new(), commit.into_bytes()),
    ]);
    repo.file("objects/pack/pack-1.pack", pack);
    repo.file("objects/pack/pack-1.idx", index);
    repo.head(head);
    let history = repo.read();
    assert_eq!(history.problems, []);
    assert_eq!(history.secrets.len(), 1, "{history:?}");
    assert_eq!(history.secrets[0].path, "a.txt");
}

#[test]
fn pointers_of_head_are_told_with_their_digest() {
    let mut repo = Repo::new();
    let digest = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 7\n");
    let head = repo.with_files(
        &[("model.bin", pointer.as_bytes()), ("a.md", b"x")],
        &[],
        "lfs",
    );
    repo.head(head);
    let history = repo.read();
    assert_eq!(history.pointers.len(), 1);
    assert_eq!(
        (
            history.pointers[0].path.as_str(),
            history.pointers[0].sha256.as_str()
        ),
        ("model.bin", digest)
    );
}

#[test]
fn what_is_missing_or_elsewhere_is_said() {
    let empty = TempDir::new().expect("a folder");
    assert_eq!(read(empty.path(), &Bounds::default(), &|| false), None);
    fs::write(empty.path().join(".git"), "gitdir: /somewhere/else\n").expect("a file");
    let linked = read(empty.path(), &Bounds::default(), &|| false).expect("something");
    assert_eq!((linked.head, linked.problems.len()), (None, 1));

    assert_eq!(
        Repo::new().read(),
        History::default(),
        "nothing was committed"
    );

    let mut repo = Repo::new();
    let missing = repo.next();
    let head = repo.commit(missing, &[], &people("A <a@b.c>", "x"));
    repo.head(head);
    assert!(!repo.read().problems.is_empty());

    let mut shallow = Repo::new();
    let gone = shallow.next();
    let head = shallow.with_files(&[("a.md", b"x")], &[gone], "newest");
    shallow.head(head);
    shallow.file("shallow", format!("{head}\n"));
    let history = shallow.read();
    assert!(history.is_shallow && !history.is_whole_line);
    assert_eq!(history.problems, []);
    shallow.file("objects/info/alternates", "/somewhere/else\n");
    assert_eq!(shallow.read().problems.len(), 1);
}

#[test]
fn names_that_lead_out_of_the_folder_are_not_followed() {
    let repo = Repo::new();
    fs::write(repo.folder.path().join("stolen"), "0".repeat(40)).expect("a file");
    for head in [
        "ref: refs/../../stolen\n",
        "ref: ../stolen\n",
        "ref: HEAD\n",
        "ref: refs/heads/a\n",
        "",
        "ref:",
    ] {
        repo.file("HEAD", head);
        repo.file("refs/heads/a", "ref: refs/heads/a\n");
        assert_eq!(repo.read().head, None, "{head}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_opened() {
    let outside = TempDir::new().expect("a folder");
    let mut victim = Repo::new();
    let head = victim.with_files(&[("a.md", b"x")], &[], "x");
    let repo = Repo::new();
    repo.head(head);
    let objects = repo.folder.path().join(".git/objects");
    std::os::unix::fs::symlink(victim.folder.path().join(".git/objects"), &objects)
        .expect("a link");
    assert_eq!(repo.read().head, None, "objects of another repository");
    let git = outside.path().join(".git");
    std::os::unix::fs::symlink(victim.folder.path().join(".git"), git).expect("a link");
    let history = read(outside.path(), &Bounds::default(), &|| false).expect("something");
    assert_eq!(history.head, None);
    assert!(!history.problems.is_empty());
}

/// Bounds that a hostile repository reaches at once.
fn narrow() -> Bounds {
    Bounds {
        inflated: 1 << 20,
        object: 1 << 16,
        commits: 50,
        line: 20,
        entries: 20_000,
        tags: 10,
    }
}

#[test]
fn hostile_histories_end() {
    let begun = Instant::now();
    // Trees that hold the next one many times over, twelve deep.
    let mut repo = Repo::new();
    let mut tree = repo.tree(&[]);
    for _ in 0..12 {
        let names: Vec<String> = (0..20).map(|number| format!("d{number}")).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| ("40000", name.as_str(), tree))
            .collect();
        tree = repo.tree(&entries);
    }
    let head = repo.commit(tree, &[], &people("A <a@b.c>", "wide"));
    repo.head(head);
    let history = read(repo.folder.path(), &narrow(), &|| false).expect("a history");
    assert!(!history.problems.is_empty());

    // A commit that is its own parent, a tree that holds itself, a tag of a tag of itself.
    let mut repo = Repo::new();
    let id = |number: u8| {
        let mut id = [0; 20];
        (id[0], id[3]) = (number, number);
        ObjectId(id)
    };
    repo.tree(&[("40000", "again", id(1)), ("40000", "again2", id(1))]);
    let own = repo.commit(id(1), &[id(2), id(2)], &people("A <a@b.c>", "own"));
    let text = format!("object {}\ntype tag\ntag x\n\nx", id(3));
    let tag = repo.loose("tag", text.as_bytes());
    repo.head(own);
    repo.file("refs/tags/x", tag.to_string());
    let history = read(repo.folder.path(), &narrow(), &|| false).expect("a history");
    assert_eq!(history.line.len(), 20);
    assert!(!history.is_whole_line && history.tags.is_empty());

    // Deltas that name each other, and an object that says it is small and is not.
    let mut repo = Repo::new();
    let [one, two, bomb] = [(); 3].map(|()| repo.next());
    let (pack, index) = pack(&[
        (one, 7, two.0.to_vec(), vec![1, 1, 0x90, 1]),
        (two, 7, one.0.to_vec(), vec![1, 1, 0x90, 1]),
    ]);
    repo.file("objects/pack/pack-1.pack", pack);
    repo.file("objects/pack/pack-1.idx", index);
    let mut content = b"commit 5\0".to_vec();
    content.extend(vec![b'a'; 8 << 20]);
    let name = bomb.to_string();
    repo.file(
        &format!("objects/{}/{}", &name[..2], &name[2..]),
        deflated(&content),
    );
    for head in [one, bomb] {
        repo.head(head);
        let history = read(repo.folder.path(), &narrow(), &|| false).expect("a history");
        assert_eq!(history.head, None);
        assert_eq!(history.problems.len(), 1);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_run_that_is_stopped_says_so() {
    let mut repo = Repo::new();
    let head = repo.with_files(&[("a.md", b"x")], &[], "x");
    repo.head(head);
    let history = read(repo.folder.path(), &Bounds::default(), &|| true).expect("a history");
    assert!(!history.problems.is_empty());
}

/// A small packed repository, as files.
fn packed() -> (Vec<u8>, Vec<u8>, ObjectId) {
    let id = |number: u8| ObjectId([number; 20]);
    let text = vec![b'x'; 40];
    let tree = tree(&[("100644", "a.txt", id(2))]);
    let commit = commit_text(id(3), &[], &people("A <a@b.c>", "packed"));
    let (pack, index) = pack(&[
        (id(1), 3, Vec::new(), text),
        (id(2), 7, id(1).0.to_vec(), vec![40, 41, 0x90, 40, 1, b'!']),
        (id(3), 2, Vec::new(), tree),
        (id(4), 1, Vec::new(), commit.into_bytes()),
    ]);
    (pack, index, id(4))
}

fn read_packed(folder: &Path, pack: &[u8], index: &[u8], head: ObjectId) -> Option<History> {
    let git = folder.join(".git");
    fs::create_dir_all(git.join("objects/pack")).expect("a folder");
    fs::write(git.join("HEAD"), head.to_string()).expect("a file");
    fs::write(git.join("objects/pack/p.pack"), pack).expect("a file");
    fs::write(git.join("objects/pack/p.idx"), index).expect("a file");
    read(folder, &narrow(), &|| false)
}

#[test]
fn cut_packs_never_look_whole() {
    let (pack, index, head) = packed();
    let folder = TempDir::new().expect("a folder");
    let whole = read_packed(folder.path(), &pack, &index, head).expect("a history");
    assert_eq!((whole.problems.len(), whole.searched), (0, 1));
    for end in 0..pack.len() - 20 {
        let cut = read_packed(folder.path(), &pack[..end], &index, head).expect("a history");
        assert!(!cut.problems.is_empty(), "{end} of {}", pack.len());
    }
    for end in 0..index.len() {
        let cut = read_packed(folder.path(), &pack, &index[..end], head).expect("a history");
        assert!(!cut.problems.is_empty(), "{end} of {}", index.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_never_panics_and_gives_the_same_facts_twice(
        changes in proptest::collection::vec((any::<bool>(), any::<u16>(), any::<u8>()), 1..6)
    ) {
        let (mut pack, mut index, head) = packed();
        for (is_pack, at, byte) in changes {
            let bytes = if is_pack { &mut pack } else { &mut index };
            let at = usize::from(at) % bytes.len();
            bytes[at] ^= byte;
        }
        let folder = TempDir::new().expect("a folder");
        let once = read_packed(folder.path(), &pack, &index, head);
        let twice = read_packed(folder.path(), &pack, &index, head);
        prop_assert_eq!(once, twice);
    }
}
