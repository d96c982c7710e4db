//! The tables, and how an older file is brought up to date.
//!
//! A step is never changed once it was released; what has to change is a new step. Step *n* takes a file from format
//! *n* to *n* + 1, within the transaction that all of them share.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::sources;
use super::write::WriteError;
use crate::error::InventoryError;

/// What marks a file as an inventory, in its header: `CWiv`.
pub(super) const APPLICATION: i64 = 0x4357_6976;

/// What brings a file from one format to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Tables and columns.
    pub(super) sql: &'static str,
    /// What has to be worked out from what is there.
    pub(super) work: Option<Work>,
}

/// Works within the transaction of all steps.
pub(super) type Work = fn(&Transaction<'_>) -> Result<(), WriteError>;

/// The steps from nothing to the present format.
pub(super) const STEPS: &[Step] = &[
    Step {
        sql: FIRST,
        work: None,
    },
    Step {
        sql: SOURCES,
        work: Some(sources::learn),
    },
];

const FIRST: &str = "
CREATE TABLE system (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    environment TEXT NOT NULL,
    UNIQUE (name, environment)
) STRICT;
CREATE TABLE document (
    digest BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    deflated BLOB NOT NULL
) STRICT;
CREATE TABLE state (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    system INTEGER NOT NULL REFERENCES system (id),
    version TEXT NOT NULL,
    origin TEXT NOT NULL,
    format TEXT NOT NULL,
    document BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_recorded_at INTEGER,
    components INTEGER NOT NULL,
    is_current INTEGER NOT NULL,
    is_deployed INTEGER NOT NULL,
    is_plain INTEGER NOT NULL
) STRICT;
CREATE INDEX state_in_brief ON state (id, is_current, is_deployed, is_plain, ended_at);
CREATE INDEX current_state ON state (system) WHERE is_current;
CREATE INDEX state_of_system ON state (system, valid_from, recorded_at);
CREATE TABLE topology (state INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE parts (state INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    ecosystem TEXT NOT NULL,
    distribution TEXT NOT NULL,
    UNIQUE (key, ecosystem, distribution)
) STRICT;
CREATE TABLE package (
    name INTEGER NOT NULL,
    version TEXT NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    PRIMARY KEY (name, version, state, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE digest (
    sha256 BLOB NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    PRIMARY KEY (sha256, state, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE licence (
    term INTEGER NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    PRIMARY KEY (term, state, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE identity (
    key TEXT NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    has_version INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    is_holder INTEGER NOT NULL,
    PRIMARY KEY (key, state, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX holder ON identity (key, state) WHERE is_holder;
CREATE TABLE statement (
    vulnerability TEXT NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    is_settled INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (vulnerability, state, node, is_settled)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_of_document ON state (document);
";

/// Parts by the source package that they were built from.
const SOURCES: &str = "
CREATE TABLE source (
    name INTEGER NOT NULL,
    version TEXT NOT NULL,
    state INTEGER NOT NULL,
    node INTEGER NOT NULL,
    joining INTEGER NOT NULL,
    PRIMARY KEY (name, version, state, node)
) STRICT, WITHOUT ROWID;
";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing was written yet.
    Nothing,
    /// An inventory of this format.
    Format(i64),
    /// A database of somebody else.
    Foreign,
}

pub(super) fn look(connection: &Connection) -> Result<Found, rusqlite::Error> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (application, format) = (number("application_id")?, number("user_version")?);
    Ok(match (application, tables) {
        (APPLICATION, _) if format > 0 => Found::Format(format),
        (0, 0) => Found::Nothing,
        _ => Found::Foreign,
    })
}

/// Brings a file up to date by the steps that it has not seen; all or none.
pub(super) fn migrate(connection: &mut Connection, steps: &[Step]) -> Result<(), InventoryError> {
    let damaged = |error: rusqlite::Error| super::told(&error, None);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(damaged)?;
    let newest = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let format = match look(&transaction).map_err(damaged)? {
        Found::Nothing => 0,
        Found::Format(format) => format,
        Found::Foreign => {
            return Err(InventoryError::Damaged(
                "it is another program's database".to_owned(),
            ));
        }
    };
    if format > newest {
        return Err(InventoryError::Newer {
            found: format,
            known: newest,
        });
    }
    for step in steps
        .iter()
        .skip(usize::try_from(format).unwrap_or_default())
    {
        transaction.execute_batch(step.sql).map_err(damaged)?;
        if let Some(work) = step.work {
            work(&transaction).map_err(|error| error.told(Path::new("")))?;
        }
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION)
        .map_err(damaged)?;
    transaction
        .pragma_update(None, "user_version", newest)
        .map_err(damaged)?;
    transaction.commit().map_err(damaged)
}
