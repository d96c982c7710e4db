//!
//! Everything turns around one format-neutral [`Inventory`]: what a system is made of, how the parts are related, and
//! for every statement how we know it ([`Evidence`]). Documents are written from it and read into it. The crate
//! scans nothing itself, reads no files, and takes the time as an argument, so that the same inventory always gives
//! the same bytes.

pub mod cyclonedx;
pub mod evidence;
mod identity;
pub mod inventory;
mod json;
pub mod licence;
pub mod read;
pub mod time;

pub use evidence::{Evidence, Field, Source};
pub use inventory::{Component, Inventory, Kind, Reference, Relation, RelationKind};
pub use read::{Format, ReadError, read};
