//! Names, versions, ranges and URLs of packages, as their own ecosystems define them.
//!
//! Whether an advisory touches a package, or a constraint admits it, is a question of the ecosystem's own order of
//! versions, never of strings. This crate knows these orders and the normal forms of names; it reads no manifests,
//! knows no advisories and fetches nothing.
//!
//! Everything here is total: text that is no version, requirement or URL is answered with `None` or an error, and
//! numbers may have any number of digits. Texts beyond the stated lengths are refused, which keeps every answer
//! linear in the length of its question.

pub mod cargo;
pub mod name;
pub mod npm;
pub mod pinning;
pub mod purl;
pub mod python;
pub mod range;
pub mod version;

mod number;
mod scan;
