//! The file: several writers, cut files, the sample of the first format.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use chainwright_boms::inventory::{Kind, RelationKind};
use chainwright_inventory::{Entry, InventoryError, Shelf, Sqlite, View};

use crate::{Document, ask_package};

fn entry(name: &str) -> Entry {
    let mut document = Document::about(Kind::Application, name, "1", "");
    let subject = document.subject();
    for number in 0..40 {
        let package = document.python(&format!("package-{number}"), "1.0");
        document.relate(&subject, RelationKind::DependsOn, &package);
    }
    Entry {
        valid_from: 100,
        ..document.entry()
    }
}

#[test]
fn several_writers_make_one_file_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/inventory.db");
    let barrier = Barrier::new(6);
    std::thread::scope(|scope| {
        for writer in 0..6 {
            let (path, barrier) = (&path, &barrier);
            scope.spawn(move || {
                barrier.wait();
                let mut shelf = Sqlite::create(path).unwrap();
                for round in 0..5 {
                    shelf
                        .add(
                            &[entry(&format!("app-{writer}-{round}")), entry("shared")],
                            100 + round,
                        )
                        .unwrap();
                }
            });
        }
    });
    let shelf = Sqlite::open(&path).unwrap();
    assert_eq!(shelf.states(View::Ever).unwrap().len(), 31);
    assert_eq!(ask_package(&shelf, "package-7").open, 31);
}

#[test]
fn readers_go_on_while_somebody_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.db");
    let mut writer = Sqlite::create(&path).unwrap();
    writer.add(&[entry("one")], 100).unwrap();
    let reader = Sqlite::open(&path).unwrap();
    assert_eq!(reader.count(View::Now).unwrap(), 1);
    writer.add(&[entry("two")], 100).unwrap();
    assert_eq!(reader.count(View::Now).unwrap(), 2);
}

#[test]
fn documents_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut shelf = Sqlite::create(&folder.path().join("inventory.db")).unwrap();
    let entry = entry("one");
    let ids = shelf.add(std::slice::from_ref(&entry), 100).unwrap();
    assert_eq!(shelf.document(ids[0]).unwrap(), entry.document);
}

fn whole_file(folder: &Path) -> PathBuf {
    let path = folder.join("inventory.db");
    let mut shelf = Sqlite::create(&path).unwrap();
    let entries: Vec<Entry> = (0..20)
        .map(|number| entry(&format!("app-{number}")))
        .collect();
    shelf.add(&entries, 100).unwrap();
    drop(shelf);
    assert!(
        !path.with_extension("db-wal").exists(),
        "the last to leave writes everything into the file"
    );
    path
}

#[test]
fn a_cut_file_is_an_error_and_never_a_short_answer() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(whole_file(folder.path())).unwrap();
    let cut = folder.path().join("cut.db");
    let mut errors = 0;
    for length in (0..whole.len()).step_by(whole.len() / 97) {
        fs::write(&cut, &whole[..length]).unwrap();
        match Sqlite::open(&cut) {
            Err(
                InventoryError::NoInventory(_)
                | InventoryError::Damaged(_)
                | InventoryError::Unusable { .. },
            ) => errors += 1,
            Err(other) => panic!("{length}: {other}"),
            Ok(shelf) => {
                let (selections, _) = chainwright_inventory::parse_package("package-7").unwrap();
                let question = chainwright_inventory::Question {
                    selections,
                    ..Default::default()
                };
                let answer =
                    chainwright_inventory::affected(&shelf, &question, &Default::default());
                assert!(
                    answer.is_err(),
                    "{length} of {} bytes gave {:?}",
                    whole.len(),
                    answer.map(|each| each.open)
                );
                errors += 1;
            }
        }
    }
    assert!(errors > 90);
}

#[test]
fn a_file_with_overwritten_pages_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(whole_file(folder.path())).unwrap();
    let broken = folder.path().join("broken.db");
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096 + 64..(page + 1) * 4096].fill(0xa5);
        fs::write(&broken, &bytes).unwrap();
        if let Ok(shelf) = Sqlite::open(&broken) {
            let (selections, _) = chainwright_inventory::parse_package("package-7").unwrap();
            let question = chainwright_inventory::Question {
                selections,
                ..Default::default()
            };
            let answer = chainwright_inventory::affected(&shelf, &question, &Default::default());
            // A page that the question does not need may be broken.
            assert!(
                answer.is_err() || answer.is_ok_and(|answer| answer.open == 20),
                "page {page}"
            );
        }
    }
}

/// The first format as it was; made once by the test below when the file is deleted.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/format-1.db");

#[test]
fn the_sample_of_an_old_format_still_answers() {
    let folder = tempfile::tempdir().unwrap();
    if !Path::new(SAMPLE).exists() {
        fs::create_dir_all(Path::new(SAMPLE).parent().unwrap()).unwrap();
        let path = folder.path().join("new.db");
        let mut shelf = Sqlite::create(&path).unwrap();
        shelf.add(&[entry("sample")], 100).unwrap();
        drop(shelf);
        fs::copy(&path, SAMPLE).unwrap();
        panic!("the sample was written; commit it and run the test again");
    }
    let path = folder.path().join("sample.db");
    fs::copy(SAMPLE, &path).unwrap();
    let shelf = Sqlite::open(&path).unwrap();
    let answer = ask_package(&shelf, "pypi:package-7@<2");
    assert_eq!((answer.open, answer.documents), (1, 1));
    assert_eq!(answer.reached[0].routes[0].hops.len(), 2);
    assert!(
        !shelf
            .document(answer.reached[0].state.id)
            .unwrap()
            .is_empty()
    );
}
