use super::*;
use rusqlite::Connection;

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.db");
    (folder, path)
}

#[test]
fn a_file_is_brought_up_to_date_by_the_steps_that_it_has_not_seen() {
    let (_folder, path) = file();
    drop(Sqlite::create(&path).expect("created"));
    let mut connection = Connection::open(&path).expect("readable");
    let next = [STEPS, &["ALTER TABLE state ADD COLUMN extra INTEGER"]].concat();
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
    let broken = [STEPS, &["CREATE TABLE extra (a INTEGER); CREATE TABEL x"]].concat();
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
