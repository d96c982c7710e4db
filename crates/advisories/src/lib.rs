//! Advisories in OSV form and their kin, what they touch, and what a VEX document says about it.
//!
//! The crate parses and matches; where advisories are kept and how they are fetched is the business of the crates above.
//! It knows no files, network or clock: documents and "today" come in as arguments.
//!
//! - [`record`] is one advisory; [`osv`], [`rustsec`] and [`cpe`] read it
//! - [`exploitation`] and [`reference`] read what stands beside advisories: KEV, EPSS, ATLAS, popular names
//! - [`class`] joins records that are one weakness, [`rating`] says how bad it is
//! - [`sheet`] judges versions, [`index`] finds the sheet of a package
//! - [`vex`] reads and writes statements that a weakness does not matter

pub mod class;
pub mod cpe;
pub mod date;
pub mod exploitation;
pub mod index;
pub mod osv;
pub mod rating;
pub mod record;
pub mod reference;
pub mod rustsec;
pub mod sheet;
pub mod vex;
pub mod yaml;

pub use class::Advisory;
pub use index::{Findings, Index, Match, PackageKey};
pub use record::Record;
