//! Readers never panic, and the same bytes give the same facts.

use chainwright_images::databases::{Database, read};
use chainwright_images::{EntryKind, LayerEntry, LayerFacts, OsRelease, Stack, document};
use proptest::prelude::*;

const DATABASES: [Database; 8] = [
    Database::Dpkg,
    Database::DpkgFiles,
    Database::DpkgSums,
    Database::DpkgDiversions,
    Database::Apk,
    Database::RpmSqlite,
    Database::RpmNdb,
    Database::RpmBerkeley,
];

fn read_all(bytes: &[u8]) {
    for database in DATABASES {
        assert_eq!(read(database, bytes), read(database, bytes));
    }
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(document::read(&text), document::read(&text));
    assert_eq!(OsRelease::read(&text), OsRelease::read(&text));
}

proptest! {
    #[test]
    fn random_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        read_all(&bytes);
    }

    #[test]
    fn lying_pages_are_read_without_a_panic(
        body in proptest::collection::vec(prop_oneof![Just(0_u8), Just(5), Just(13), Just(255), any::<u8>()], 1024..4096),
    ) {
        let mut bytes = b"SQLite format 3\0\x02\x00\x01\x01\x00\x40\x20\x20".to_vec();
        bytes.extend(&body);
        read_all(&bytes);
        let mut slots = b"RpmP\0\0\0\0\x01\0\0\0\x01\0\0\0".to_vec();
        slots.extend(&body);
        read_all(&slots);
    }

    #[test]
    fn stacks_agree_with_a_plain_replay(
        layers in proptest::collection::vec(
            proptest::collection::vec(("[ab](/[ab]){0,2}", 0..4_u8), 0..8),
            0..5,
        ),
    ) {
        let layers: Vec<LayerFacts> = layers.iter().map(|entries| listing(entries)).collect();
        let stack = Stack::of(&layers);
        let left: Vec<(String, usize)> =
            stack.present().map(|(path, layer)| (path.to_owned(), layer)).collect();
        prop_assert_eq!(left, replay(&layers));
    }
}

fn listing(entries: &[(String, u8)]) -> LayerFacts {
    let mut facts = LayerFacts::default();
    for (path, kind) in entries {
        let (name, kind) = match kind {
            0 => (path.clone(), EntryKind::File),
            1 => (path.clone(), EntryKind::Directory),
            2 => match path.rsplit_once('/') {
                Some((folder, last)) => (format!("{folder}/.wh.{last}"), EntryKind::File),
                None => (format!(".wh.{path}"), EntryKind::File),
            },
            _ => (format!("{path}/.wh..wh..opq"), EntryKind::File),
        };
        facts.entries.extend(LayerEntry::new(&name, kind, 0, 0o644));
    }
    facts
}

/// The same as the stack, by looking at every path each time.
fn replay(layers: &[LayerFacts]) -> Vec<(String, usize)> {
    let mut present: Vec<(String, usize)> = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        for entry in &layer.entries {
            let below = format!("{}/", entry.path);
            match entry.kind {
                EntryKind::Whiteout => present.retain(|(path, owner)| {
                    *owner == number || (*path != entry.path && !path.starts_with(&below))
                }),
                EntryKind::OpaqueWhiteout => {
                    present.retain(|(path, owner)| *owner == number || !path.starts_with(&below));
                }
                _ => {}
            }
        }
        for entry in &layer.entries {
            let below = format!("{}/", entry.path);
            match entry.kind {
                EntryKind::Whiteout | EntryKind::OpaqueWhiteout => continue,
                EntryKind::Directory => {}
                _ => present.retain(|(path, owner)| *owner == number || !path.starts_with(&below)),
            }
            present.retain(|(path, _)| *path != entry.path);
            present.push((entry.path.clone(), number));
        }
    }
    present.sort();
    present
}

#[test]
fn the_berkeley_database_is_named_as_unread() {
    let facts = read(Database::RpmBerkeley, b"anything");
    assert!(
        facts
            .problems
            .iter()
            .all(|problem| problem.kind.leaves_incomplete())
    );
    assert_eq!(facts.problems.len(), 1);
}
