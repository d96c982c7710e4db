//! Keeps append-only logs, and what was seen of the logs of others.
//!
//! `transparency` knows what a log looks like; this crate writes one down so that no crash, no second writer and no full
//! disk loses an entry that was acknowledged or makes the log tell two stories. Where the bytes lie is behind one seam,
//! [`Storage`]: a folder that any static server can publish ([`Directory`]), a SQLite file ([`Sqlite`]), or objects in
//! a bucket ([`Objects`]). What was seen of a log before is remembered outside of it ([`Memory`]), so that a log that
//! was put back to an older state, or changed, is noticed.
//!
//! The order in which things are made durable is the whole point; see [`log`] for it. Nothing here speaks HTTP.

pub mod disk;
pub mod entry;
pub mod log;
pub mod storage;
#[cfg(feature = "suite")]
pub mod suite;

mod directory;
mod error;
mod memory;
mod objects;
mod sqlite;
mod verify;

pub use crate::directory::Directory;
pub use crate::entry::Entry;
pub use crate::error::LedgerError;
pub use crate::log::{Appended, Log, NewEntry, Reader, add_signatures};
pub use crate::memory::{Memory, Remembered, Seen};
pub use crate::objects::{Bucket, Condition, Objects, PutError};
pub use crate::sqlite::Sqlite;
pub use crate::storage::{Batch, Storage, StorageError, Turn};
pub use crate::verify::{Audit, Fault};
