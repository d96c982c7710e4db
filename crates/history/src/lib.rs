//! What the history of a repository tells, read from its objects without running anything.
//!
//! Git's own program obeys the configuration, hooks and filters of the repository that it is pointed at, so it is never
//! called. Objects are read here: loose ones and packs, refs loose and packed, all below the `.git` folder of the
//! target. Nothing outside of it is opened: alternates, linked work trees and links are said to be elsewhere. Broken or
//! hostile objects become problems, and every amount of work is bounded by numbers that are the same on every machine,
//! so that equal repositories give equal facts.
//!
//! Not read: repositories that name their objects by SHA-256, refs kept in reftables. Signatures of commits and tags
//! are noticed, not verified.

mod delta;
mod facts;
mod id;
mod objects;
mod pack;
mod place;
mod refs;
mod store;
mod survey;
mod trees;

pub use facts::{Bounds, Commit, History, Moved, PastSecret, Pointer, Tag, is_weights};
pub use id::ObjectId;
pub use survey::read;
