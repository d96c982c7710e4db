//! The words of the domain.
//!
//! Every other crate speaks in these types: what a supply chain is made of (stages, artifacts, components,
//! edges), what we saw (problems, findings with their evidence), what it is measured against (controls with
//! their edition), how far we may go (limits, budgets), and what came of it (verdict, decision, scan).
//!
//! This crate knows no files, no network, no clock and no format. The types derive `serde` only where the
//! private fact cache stores them; anything that leaves the process has its own versioned type in `report`.

pub mod attestation;
pub mod budget;
pub mod bytes;
pub mod catalogue;
pub mod component;
pub mod control;
pub mod controls;
pub mod decision;
pub mod digest;
pub mod fields;
pub mod finding;
pub mod limits;
pub mod location;
pub mod model;
pub mod package;
pub mod problem;
pub mod proof;
pub mod scan;
pub mod severity;
pub mod stage;
pub mod text;
pub mod tokens;
