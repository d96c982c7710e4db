use super::*;
use rusqlite::Connection;
use schema::Step;

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.db");
    (folder, path)
}

const fn step(sql: &'static str) -> Step {
    Step { sql, work: None }
}

#[test]
fn a_file_is_brought_up_to_date_by_the_steps_that_it_has_not_seen() {
    let (_folder, path) = file();
    drop(Sqlite::create(&path).expect("created"));
    let mut connection = Connection::open(&path).expect("readable");
    let next = [STEPS, &[step("ALTER TABLE state ADD COLUMN extra INTEGER")]].concat();
    for _ in 0..2 {
        schema::migrate(&mut connection, &next).expect("migrated");
        let found = schema::look(&connection).expect("readable");
        assert_eq!(found, Found::Format(next.len() as i64));
    }
    let column = "SELECT count(*) FROM pragma_table_info('state') WHERE name = 'extra'";
    let count = connection.query_row(column, [], |row| row.get::<_, i64>(0));
    assert_eq!(count.expect("a number"), 1);
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let (_folder, path) = file();
    drop(Sqlite::create(&path).expect("created"));
    let mut connection = Connection::open(&path).expect("readable");
    let broken = [
        STEPS,
        &[step("CREATE TABLE extra (a INTEGER); CREATE TABEL x")],
    ]
    .concat();
    assert!(schema::migrate(&mut connection, &broken).is_err());
    let found = schema::look(&connection).expect("readable");
    assert_eq!(found, Found::Format(STEPS.len() as i64));
    let extra = "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'";
    let count = connection.query_row(extra, [], |row| row.get::<_, i64>(0));
    assert_eq!(count.expect("a number"), 0);
}

#[test]
fn a_newer_format_is_refused() {
    let (_folder, path) = file();
    drop(Sqlite::create(&path).expect("created"));
    Connection::open(&path)
        .expect("readable")
        .pragma_update(None, "user_version", 99)
        .expect("written");
    assert!(matches!(
        Sqlite::open(&path),
        Err(InventoryError::Newer { found: 99, .. })
    ));
    assert!(matches!(
        Sqlite::create(&path),
        Err(InventoryError::Newer { found: 99, .. })
    ));
}

#[test]
fn other_files_are_no_inventories() {
    let (_folder, path) = file();
    std::fs::write(&path, b"").expect("written");
    assert!(matches!(
        Sqlite::open(&path),
        Err(InventoryError::NoInventory(_))
    ));
    std::fs::write(&path, vec![b'x'; 5000]).expect("written");
    assert!(matches!(
        Sqlite::open(&path),
        Err(InventoryError::NoInventory(_))
    ));
    assert!(matches!(
        Sqlite::create(&path),
        Err(InventoryError::NoInventory(_))
    ));
    std::fs::remove_file(&path).expect("removed");
    let other = Connection::open(&path).expect("created");
    other
        .execute_batch("CREATE TABLE t (a INTEGER)")
        .expect("written");
    drop(other);
    assert!(matches!(
        Sqlite::open(&path),
        Err(InventoryError::NoInventory(_))
    ));
    assert!(matches!(
        Sqlite::create(&path),
        Err(InventoryError::NoInventory(_))
    ));
    assert!(matches!(
        Sqlite::open(&path.with_extension("none")),
        Err(InventoryError::Missing(_))
    ));
}

/// A document as Syft makes it of an image, and the questions that find its part by the source.
const DOCUMENT: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "metadata": {"component": {"type": "container", "bom-ref": "image", "name": "image"}},
    "components": [
        {"type": "library", "bom-ref": "a", "name": "libssl3", "version": "3.0.11-1",
            "purl": "pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl"},
        {"type": "library", "bom-ref": "b", "name": "libcrypto3", "version": "3.3.2-r1",
            "purl": "pkg:apk/alpine/libcrypto3@3.3.2-r1",
            "properties": [{"name": "syft:metadata:originPackage", "value": "openssl"}]}]}"#;

#[test]
fn an_inventory_of_the_first_format_keeps_everything_and_learns_the_sources() {
    let (_folder, path) = file();
    let limits = chainwright_core::limits::Limits::default();
    let (format, inventory) =
        chainwright_boms::read(DOCUMENT.as_bytes(), "image.cdx.json", &limits).expect("read");
    let entry = crate::entry_of(
        &inventory,
        format.as_str(),
        DOCUMENT.as_bytes().to_vec(),
        "image.cdx.json",
        7,
    );
    let mut shelf = Sqlite::create(&path).expect("created");
    shelf.add(&[entry], 7).expect("written");
    let (states, named) = (shelf.states(View::Ever), shelf.named(None, "openssl"));
    let (states, named) = (states.expect("read"), named.expect("read"));
    assert_eq!(named.len(), 2);
    assert!(named.iter().all(|one| one.is_source));
    drop(shelf);
    let connection = Connection::open(&path).expect("readable");
    connection
        .execute_batch("DROP TABLE source; PRAGMA user_version = 1")
        .expect("as it was");
    drop(connection);
    let shelf = Sqlite::open(&path).expect("brought up to date");
    assert_eq!(shelf.states(View::Ever).expect("read"), states);
    assert_eq!(shelf.named(None, "openssl").expect("read"), named);
    assert_eq!(
        shelf.document(states[0].id).expect("read"),
        DOCUMENT.as_bytes()
    );
}
