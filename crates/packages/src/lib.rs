//! Names, versions, ranges and URLs of packages, as their own ecosystems define them.
//!
//! Whether an advisory touches a package, or a constraint admits it, is a question of the ecosystem's own order of
//! versions, never of strings. This crate knows these orders and the normal forms of names; it reads no manifests,
//! knows no advisories and fetches nothing.
