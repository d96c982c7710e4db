//! Names that look like other packages.
//!
//! Whoever mistypes a name, remembers the name of an import, or takes a name from a language model installs what
//! somebody else registered. This crate holds the names that are worth imitating and says of another name whether it
//! looks like one of them, which one, and how. It knows neither what is registered nor what is malicious: a lookalike
//! is a reason to look, and names that the index knows are never reported.

pub mod builtin;
pub mod index;

mod distance;
mod words;
