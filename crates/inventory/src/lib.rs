//! Scans and bills of materials over time, and what something touches in them.
//!
//! A document is reduced to an [`Outline`]: what it lists, what holds what, and by which names and digests its parts are
//! known elsewhere. Outlines lie on a [`Shelf`], in memory or in a SQLite file, and [`affected`] walks from what was
//! asked for to everything that holds it, from one document into the next wherever both speak of the same thing.
//!
//! The crate reads and writes files and never asks a clock. It knows no advisories: whether a version is touched is
//! answered by a [`Judge`] that the caller brings.

mod affected;
mod answer;
mod codec;
mod error;
mod folder;
mod identity;
mod licences;
mod memory;
mod outline;
mod question;
mod range;
mod shelf;
mod sqlite;
mod walk;

pub use affected::affected;
pub use answer::{Answer, Hit, Hop, Reached, Route, Tally, Upgrade};
pub use error::InventoryError;
pub use folder::{Folder, Unread, entry_of, read_folder};
pub use identity::Joining;
pub use licences::LicenceQuestion;
pub use memory::Memory;
pub use outline::{Link, Node, Outline, Statement};
pub use question::{
    Judge, Options, Question, Ranges, Selection, Settle, Settled, Verdict, parse_base,
    parse_package, parse_purl,
};
pub use range::VersionRange;
pub use shelf::{
    Brief, Entry, Found, Joint, Known, Named, Place, Removal, Said, Shelf, State, StateId,
    Topology, View,
};
pub use sqlite::Sqlite;
