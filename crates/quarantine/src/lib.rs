//! Moves denied files out of reach, with a record, and back.
//!
//! A quarantine is a folder that holds one folder for each file: `content`, the file itself, closed to other users,
//! and `record.json`, which says where it lay and why it was taken. The record is written before the file is moved,
//! and the folder gets its final name last, so that a crash at any moment loses neither: what was begun is found by
//! [`Store::list`] and can be restored.
//!
//! Links are moved, never followed: a link that points at somebody's keys must not carry them off.

mod moving;
mod record;
mod store;

pub use record::{Entry, Reason, Record};
pub use store::{QuarantineError, Store, Taking};
