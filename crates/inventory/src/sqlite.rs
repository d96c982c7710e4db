//! A shelf in one SQLite file.
//!
//! Readers and one writer work at the same time (write-ahead log), writers wait for each other, and a change is there as
//! a whole or not at all. The file holds the documents themselves beside the tables that questions need.

mod schema;
mod sources;
mod write;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chainwright_core::package::Ecosystem;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, params};

use crate::codec;
use crate::error::InventoryError;
use crate::identity::Joining;
use crate::outline::Node;
use crate::shelf::{
    Brief, Entry, Found as FoundPart, Known, Named, Place, Removal, Said, Shelf, State, StateId,
    Topology, View, is_seen, mark_current,
};
use schema::{Found, STEPS};

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(30);
/// LIMIT: bytes of a document that is read back.
const MOST_DOCUMENT: u64 = 4 * 1024 * 1024 * 1024;
/// Pages that are kept in memory, in kibibytes.
const CACHE_KIB: i64 = 64 * 1024;
/// Bytes of the file that are mapped.
const MAPPED: i64 = 1 << 30;

const STATE: &str = "SELECT state.id, system.name, system.environment, state.version, state.origin, state.format,
    state.document, state.valid_from, state.recorded_at, state.ended_at, state.ended_recorded_at, state.components,
    state.is_current FROM state JOIN system ON system.id = state.system";

/// An inventory in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Opens an inventory for questions. A file of an older format is brought up to date.
    ///
    /// # Errors
    /// When there is none, or it is no inventory, newer, or damaged.
    pub fn open(path: &Path) -> Result<Self, InventoryError> {
        if !path.exists() {
            return Err(InventoryError::Missing(path.to_owned()));
        }
        check_length(path)?;
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .or_else(|_| connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
        match schema::look(&connection).map_err(|error| told(&error, Some(path)))? {
            Found::Nothing | Found::Foreign => {
                return Err(InventoryError::NoInventory(path.to_owned()));
            }
            Found::Format(format) if usize::try_from(format) == Ok(STEPS.len()) => {}
            Found::Format(_) => schema::migrate(&mut connection, STEPS)?,
        }
        Self::ready(connection, path)
    }

    /// Opens an inventory to add to it; makes one if there is none.
    ///
    /// # Errors
    /// When the file is no inventory, newer, damaged, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, InventoryError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| InventoryError::io("create", folder, error))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(path, flags)?;
        match schema::look(&connection).map_err(|error| told(&error, Some(path)))? {
            Found::Foreign => return Err(InventoryError::NoInventory(path.to_owned())),
            Found::Format(format) if usize::try_from(format) == Ok(STEPS.len()) => {}
            Found::Nothing | Found::Format(_) => schema::migrate(&mut connection, STEPS)?,
        }
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0));
        mode.map_err(|error| told(&error, Some(path)))?;
        Self::ready(connection, path)
    }

    fn ready(connection: Connection, path: &Path) -> Result<Self, InventoryError> {
        let set = |name: &str, value: i64| {
            connection
                .pragma_update(None, name, value)
                .map_err(|error| told(&error, Some(path)))
        };
        set("cache_size", -CACHE_KIB)?;
        set("mmap_size", MAPPED)?;
        set("synchronous", 1)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    fn told(&self, error: &rusqlite::Error) -> InventoryError {
        told(error, Some(&self.path))
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, InventoryError> {
        let collect = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(parameters, read)?.collect()
        };
        collect().map_err(|error| self.told(&error))
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, InventoryError> {
        let found = || {
            self.connection
                .prepare_cached(sql)?
                .query_row(parameters, read)
                .optional()
        };
        let missing =
            || InventoryError::Damaged("something that must be there is missing".to_owned());
        found()
            .map_err(|error| self.told(&error))?
            .ok_or_else(missing)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, InventoryError> {
    let connect = || {
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    };
    connect().map_err(|error| told(&error, Some(path)))
}

/// Whether the file is as long as its header says. SQLite takes the missing end of a last page for zeros.
fn check_length(path: &Path) -> Result<(), InventoryError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    if std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0) {
        // What is not in the file yet is there, and is checked by SQLite.
        return Ok(());
    }
    let read = || {
        let mut file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        let mut header = [0; 100];
        file.read_exact(&mut header).map(|()| (length, header))
    };
    let (length, header) = match read() {
        Ok(read) => read,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(InventoryError::NoInventory(path.to_owned()));
        }
        Err(error) => return Err(InventoryError::io("read", path, error)),
    };
    // SQLite file format, section 1.3: the size of a page at 16, their number at 28, both big-endian.
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([
        header[28], header[29], header[30], header[31],
    ]));
    if header.starts_with(b"SQLite format 3\0") && length < page * pages {
        return Err(InventoryError::Damaged(format!(
            "it has {length} bytes and should have {}",
            page * pages
        )));
    }
    Ok(())
}

/// A document as it was written down.
fn unpacked(size: u64, deflated: &[u8]) -> Result<Vec<u8>, InventoryError> {
    let mut document = Vec::new();
    let bounded = size.min(MOST_DOCUMENT).saturating_add(1);
    let read = flate2::read::DeflateDecoder::new(deflated)
        .take(bounded)
        .read_to_end(&mut document);
    if read.is_err() || u64::try_from(document.len()) != Ok(size) {
        return Err(InventoryError::Damaged(
            "a document cannot be unpacked".to_owned(),
        ));
    }
    Ok(document)
}

/// What an error of SQLite means for our users.
fn told(error: &rusqlite::Error, path: Option<&Path>) -> InventoryError {
    let path = path.map(Path::to_owned).unwrap_or_default();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => InventoryError::NoInventory(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => InventoryError::Busy,
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed,
        ) => InventoryError::Unusable {
            path,
            reason: error.to_string(),
        },
        _ => InventoryError::Damaged(error.to_string()),
    }
}

fn state_of(row: &Row<'_>) -> rusqlite::Result<State> {
    let ended: (Option<i64>, Option<i64>) = (row.get(9)?, row.get(10)?);
    Ok(State {
        id: StateId(row.get(0)?),
        name: row.get(1)?,
        environment: row.get(2)?,
        version: row.get(3)?,
        origin: row.get(4)?,
        format: row.get(5)?,
        digest: row.get(6)?,
        valid_from: row.get(7)?,
        recorded_at: row.get(8)?,
        ended: ended.0.zip(ended.1),
        components: row.get(11)?,
        is_current: row.get(12)?,
    })
}

fn found_of(row: &Row<'_>) -> rusqlite::Result<FoundPart> {
    Ok(FoundPart {
        place: place_of(row)?,
        joining: Joining::from_code(row.get(2)?),
    })
}

fn brief_of(row: &Row<'_>) -> rusqlite::Result<Brief> {
    Ok(Brief {
        id: StateId(row.get(0)?),
        is_current: row.get(1)?,
        is_deployed: row.get(2)?,
        is_plain: row.get(3)?,
    })
}

fn place_of(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        state: StateId(row.get(0)?),
        node: row.get(1)?,
    })
}

impl Shelf for Sqlite {
    fn add(&mut self, entries: &[Entry], recorded_at: i64) -> Result<Vec<StateId>, InventoryError> {
        write::add(&mut self.connection, entries, recorded_at)
            .map_err(|error| error.told(&self.path))
    }

    fn remove(
        &mut self,
        states: &[StateId],
        removal: Removal,
        recorded_at: i64,
    ) -> Result<(), InventoryError> {
        write::remove(&mut self.connection, states, removal, recorded_at)
            .map_err(|error| error.told(&self.path))
    }

    fn hold(
        &self,
        work: &mut dyn FnMut() -> Result<(), InventoryError>,
    ) -> Result<(), InventoryError> {
        // Dropped, it is rolled back; there is nothing to keep of reading.
        let held = self.connection.unchecked_transaction();
        let _held = held.map_err(|error| self.told(&error))?;
        work()
    }

    fn states(&self, view: View) -> Result<Vec<State>, InventoryError> {
        let mut states = self.all(STATE, [], state_of)?;
        states.retain(|state| is_seen(state, view));
        mark_current(&mut states);
        Ok(states)
    }

    fn count(&self, view: View) -> Result<usize, InventoryError> {
        if view != View::Now {
            return Ok(self
                .states(view)?
                .iter()
                .filter(|state| state.is_current)
                .count());
        }
        let sql = "SELECT count(*) FROM state WHERE is_current";
        let count: i64 = self.one(sql, [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    fn lookup(&self, states: &[StateId]) -> Result<Vec<State>, InventoryError> {
        let sql = format!("{STATE} WHERE state.id = ?1");
        let mut found = Vec::with_capacity(states.len());
        for id in states {
            found.extend(self.all(&sql, [id.0], state_of)?);
        }
        Ok(found)
    }

    fn briefs(&self, states: &BTreeSet<StateId>) -> Result<Vec<Brief>, InventoryError> {
        const BRIEF: &str =
            "SELECT id, is_current, is_deployed, is_plain FROM state INDEXED BY state_in_brief";
        let (Some(first), Some(last)) = (states.first(), states.last()) else {
            return Ok(Vec::new());
        };
        let width = usize::try_from(last.0.saturating_sub(first.0)).unwrap_or(usize::MAX);
        if width < states.len().saturating_mul(8) {
            let sql = format!("{BRIEF} WHERE id BETWEEN ?1 AND ?2 AND ended_at IS NULL");
            let mut briefs = self.all(&sql, [first.0, last.0], brief_of)?;
            briefs.retain(|brief| states.contains(&brief.id));
            return Ok(briefs);
        }
        let sql = format!("{BRIEF} WHERE id = ?1 AND ended_at IS NULL");
        let mut briefs = Vec::with_capacity(states.len());
        for id in states {
            briefs.extend(self.all(&sql, [id.0], brief_of)?);
        }
        Ok(briefs)
    }

    fn document(&self, state: StateId) -> Result<Vec<u8>, InventoryError> {
        let sql = "SELECT document.size, document.deflated FROM state
            JOIN document ON document.digest = state.document WHERE state.id = ?1";
        let (size, deflated): (u64, Vec<u8>) = self.one(sql, [state.0], |row| {
            let size: i64 = row.get(0)?;
            Ok((u64::try_from(size).unwrap_or_default(), row.get(1)?))
        })?;
        unpacked(size, &deflated)
    }

    fn named(&self, ecosystem: Option<Ecosystem>, key: &str) -> Result<Vec<Named>, InventoryError> {
        let names: Vec<(i64, String, String)> = self.all(
            "SELECT id, ecosystem, distribution FROM name WHERE key = ?1",
            [key],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let mut found = Vec::new();
        for (id, written, distribution) in names {
            let of = Ecosystem::from_purl_type(&written).unwrap_or(Ecosystem::Generic);
            if ecosystem.is_some_and(|wanted| wanted != of) {
                continue;
            }
            found.extend(self.all(
                "SELECT state, node, joining, version, FALSE FROM package WHERE name = ?1
                    UNION ALL SELECT state, node, joining, version, TRUE FROM source WHERE name = ?1",
                [id],
                |row| {
                    Ok(Named {
                        ecosystem: of,
                        distribution: distribution.clone(),
                        version: row.get(3)?,
                        place: place_of(row)?,
                        joining: Joining::from_code(row.get(2)?),
                        is_source: row.get(4)?,
                    })
                },
            )?);
        }
        Ok(found)
    }

    fn with_digest(&self, digest: &[u8; 32]) -> Result<Vec<FoundPart>, InventoryError> {
        self.all(
            "SELECT state, node, joining FROM digest WHERE sha256 = ?1",
            [digest.as_slice()],
            found_of,
        )
    }

    fn terms(&self) -> Result<Vec<String>, InventoryError> {
        self.all("SELECT text FROM term ORDER BY text", [], |row| row.get(0))
    }

    fn under_term(&self, term: &str) -> Result<Vec<FoundPart>, InventoryError> {
        let sql = "SELECT state, node, joining FROM licence WHERE term = (SELECT id FROM term WHERE text = ?1)";
        self.all(sql, [term], found_of)
    }

    fn known_as(&self, key: &str) -> Result<Vec<Known>, InventoryError> {
        self.all(
            "SELECT state, node, joining, has_version FROM identity WHERE key = ?1",
            [key],
            |row| {
                Ok(Known {
                    place: place_of(row)?,
                    has_version: row.get(3)?,
                    joining: Joining::from_code(row.get(2)?),
                })
            },
        )
    }

    fn said_about(&self, vulnerability: &str) -> Result<Vec<Said>, InventoryError> {
        let sql = "SELECT state, node, is_settled, reason FROM statement WHERE vulnerability = ?1";
        self.all(sql, [vulnerability], |row| {
            Ok(Said {
                place: place_of(row)?,
                is_settled: row.get(2)?,
                reason: row.get(3)?,
            })
        })
    }

    fn topology(&self, state: StateId) -> Result<Arc<Topology>, InventoryError> {
        let sql = "SELECT bytes FROM topology WHERE state = ?1";
        self.one(sql, params![state.0], |row| {
            Ok(codec::read_topology(row.get_ref(0)?.as_blob()?).map(Arc::new))
        })?
    }

    fn nodes_at(&self, state: StateId, nodes: &[u32]) -> Result<Vec<Node>, InventoryError> {
        let sql = "SELECT bytes FROM parts WHERE state = ?1";
        self.one(sql, params![state.0], |row| {
            Ok(codec::read_nodes_at(row.get_ref(0)?.as_blob()?, nodes))
        })?
    }

    fn nodes(&self, state: StateId) -> Result<Vec<Node>, InventoryError> {
        let sql = "SELECT bytes FROM parts WHERE state = ?1";
        self.one(sql, params![state.0], |row| {
            Ok(codec::read_nodes(row.get_ref(0)?.as_blob()?))
        })?
    }
}

#[cfg(test)]
mod tests;
