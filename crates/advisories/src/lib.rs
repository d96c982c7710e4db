//! Advisories in OSV form and their kin, what they touch, and what a VEX document says about it.
//!
//! The crate parses and matches; where advisories are kept and how they are fetched is the business of the crates above.
