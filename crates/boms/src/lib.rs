//! Bills of materials: CycloneDX and SPDX written and read, validated, merged, compared and measured.
//!
//! Everything turns around one format-neutral [`Inventory`]: what a system is made of, how the parts are related, and
//! for every statement how we know it ([`Evidence`]). Documents are written from it and read into it. The crate
//! scans nothing itself, reads no files, and takes the time as an argument, so that the same inventory always gives
//! the same bytes.

pub mod completeness;
pub mod croissant;
pub mod cyclonedx;
pub mod diff;
pub mod evidence;
mod identity;
pub mod inventory;
mod json;
pub mod licence;
pub mod merge;
pub mod read;
pub mod schema;
pub mod spdx2;
pub mod spdx3;
pub mod time;
mod upstream;

pub use completeness::{Completeness, Standard, measure};
pub use diff::{Difference, diff};
pub use evidence::{Evidence, Field, Source};
pub use inventory::{Component, Inventory, Kind, Reference, Relation, RelationKind};
pub use merge::merge;
pub use read::{Format, ReadError, read};
pub use upstream::source_package;
