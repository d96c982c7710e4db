use super::*;
use rusqlite::Connection;

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.db");
    (folder, path)
}

#[test]
fn every_older_format_is_brought_up_to_date() {
    for steps in 1..STEPS.len() {
        let (_folder, path) = file();
        schema::write_old(&path, steps);
        let store = Sqlite::open(&path).expect("migrated");
        assert_eq!(store.states(View::Now).expect("readable"), []);
        assert_eq!(store.said_about("x").expect("readable"), []);
    }
}

#[test]
fn a_step_that_fails_leaves_the_file_as_it_was() {
    let (_folder, path) = file();
    schema::write_old(&path, 1);
    let mut connection = Connection::open(&path).expect("readable");
    let broken = [STEPS[0], "CREATE TABLE extra (a INTEGER); CREATE TABEL x"];
    assert!(schema::migrate(&mut connection, &broken).is_err());
    assert_eq!(
        schema::look(&connection).expect("readable"),
        Found::Format(1)
    );
    let extra = "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'";
    assert_eq!(
        connection
            .query_row(extra, [], |row| row.get::<_, i64>(0))
            .expect("a number"),
        0
    );
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
