//! A log in one SQLite file: the same objects as rows. A commit is a transaction.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::storage::{Batch, Storage, StorageError, Turn};

/// How long a writer waits for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// A log in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    reading: Mutex<Connection>,
    /// Whoever holds this has the turn; what is read meanwhile is read through the other one.
    writing: Mutex<Connection>,
}

impl Sqlite {
    /// The log in this file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// If the file is something else, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let connect = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            // Full: a commit returns when it is on the disk.
            connection.pragma_update(None, "synchronous", "full")?;
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS objects (path TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), note BLOB NOT NULL);",
            )?;
            Ok(connection)
        };
        let failed = |source| StorageError::Database {
            path: path.to_string_lossy().into_owned(),
            source,
        };
        Ok(Self {
            path: path.to_owned(),
            reading: Mutex::new(connect().map_err(failed)?),
            writing: Mutex::new(connect().map_err(failed)?),
        })
    }

    fn reading(&self) -> MutexGuard<'_, Connection> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> StorageError {
        let path = self.path.to_string_lossy().into_owned();
        move |source| StorageError::Database {
            path: path.clone(),
            source,
        }
    }
}

fn head(connection: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .query_row("SELECT note FROM head", [], |row| row.get(0))
        .optional()
}

impl Storage for Sqlite {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.reading()
            .prepare_cached("SELECT bytes FROM objects WHERE path = ?1")
            .and_then(|mut query| query.query_row([path], |row| row.get(0)).optional())
            .map_err(self.failed())
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError> {
        head(&self.reading()).map_err(self.failed())
    }

    fn turn(&self) -> Result<Box<dyn Turn + '_>, StorageError> {
        // A panic elsewhere leaves no half transaction behind: it was rolled back.
        let connection = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(self.failed())?;
        let mut turn = SqliteTurn {
            storage: self,
            connection,
            head: None,
        };
        turn.head = head(&turn.connection).map_err(self.failed())?;
        Ok(Box::new(turn))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let list = || -> rusqlite::Result<Vec<String>> {
            let connection = self.reading();
            let mut query = connection.prepare_cached(
                "SELECT path FROM objects WHERE substr(path, 1, length(?1)) = ?1",
            )?;
            let rows = query.query_map([prefix], |row| row.get(0))?;
            rows.collect()
        };
        list().map_err(self.failed())
    }
}

struct SqliteTurn<'a> {
    storage: &'a Sqlite,
    connection: MutexGuard<'a, Connection>,
    head: Option<Vec<u8>>,
}

impl Turn for SqliteTurn<'_> {
    fn head(&self) -> Option<&[u8]> {
        self.head.as_deref()
    }

    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StorageError> {
        let write = || -> rusqlite::Result<()> {
            let mut put = self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO objects (path, bytes) VALUES (?1, ?2)")?;
            for (path, bytes) in &batch.objects {
                put.execute(params![path, bytes])?;
            }
            let mut remove = self
                .connection
                .prepare_cached("DELETE FROM objects WHERE path > ?1 AND path < ?2")?;
            for folder in &batch.replaced {
                // "0" is what follows "/".
                remove.execute([format!("{folder}/"), format!("{folder}0")])?;
            }
            self.connection
                .prepare_cached("INSERT OR REPLACE INTO head (one, note) VALUES (1, ?1)")?
                .execute([&batch.checkpoint])?;
            self.connection.execute_batch("COMMIT")
        };
        write().map_err(self.storage.failed())
    }
}

impl Drop for SqliteTurn<'_> {
    fn drop(&mut self) {
        // A turn that did not commit takes back what it wrote; after a commit there is nothing to take back.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}
