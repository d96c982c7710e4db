//! The local store of advisories: built from feeds, opened in milliseconds, never wrong in silence.
//!
//! One file holds everything that matching needs, compiled, and everything that was ever imported, so that it can be
//! brought up to date, exported and asked about the past. It is written as a whole and swapped in, read in checked pages
//! where questions touch it, and whatever is missing, cut or damaged is an error and not an empty answer.
//!
//! The crate reads and writes files; the network is touched only by `download` (a feature), and only when an address is given.
//! It judges no finding: how bad a match is for somebody is decided above.

#[cfg(feature = "download")]
mod download;
mod error;
mod intake;
mod layout;
mod pages;
mod snapshot;
mod store;
mod table;
mod truth;
mod update;

#[cfg(feature = "download")]
pub use download::download;
pub use error::IntelError;
pub use layout::{Coverage, WriteError};
pub use snapshot::Key;
pub use store::{
    Answer, DigestMatch, Freshness, Past, STALE_AFTER_DAYS, Shown, Status, Store, Told, Touched,
};
pub use truth::{Changes, Feed, Seen};
pub use update::{Download, Update, export, update};
