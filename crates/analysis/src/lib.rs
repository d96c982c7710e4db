//! Identify, inspect, build the graph, run rules: pure functions over bytes.
//!
//! One artifact goes in, what the parsers saw comes out ([`Inspected`]); all of them together become the graph;
//! rules look at both and put their findings into a [`Sink`]. Nothing here opens a file, knows the time or
//! prints.

pub mod adapters;
pub mod agents;
pub mod architecture;
pub mod exposures;
pub mod facts;
pub mod fingerprint;
pub mod graph;
pub mod images;
pub mod includes;
pub mod inspect;
pub mod internal;
mod layers;
pub mod lookalikes;
mod manifests;
mod models;
pub mod ownership;
pub mod packages;
pub mod roles;
pub mod rule;
pub mod run;
pub mod stream;
mod text;
pub mod tree;
pub mod verdict;
pub mod weights;

pub use facts::{Facts, Inspected};
pub use inspect::{Artifact, inspect};
pub use rule::{Check, Rule, RuleEntry, Sink, Status};
pub use tree::Tree;
