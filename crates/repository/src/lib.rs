//! The files around the weights: configuration, indexes, cards, references, licences, secrets, hidden text.
//!
//! Loaders obey these small texts blindly: a line in `config.json` names the code that runs, an index names the
//! files that are opened, a card tells people and agents what to type. This crate says what such a text makes a
//! loader do. It reads text that it is given and returns facts; it opens no file, follows no reference, judges no
//! severity, and leaves the Jinja of templates and Python code to the crates that parse them.

pub mod bounded;
pub mod callable;
pub mod card;
pub mod config;
pub mod document;
pub mod hazard;
pub mod hidden_text;
pub mod licence;
pub mod path;
pub mod pattern;
pub mod secrets;

pub use config::{DocumentFacts, DocumentKind, classify, inspect, read};
pub use hazard::{CodeMechanism, CodeOrigin, Hazard, HazardKind, PackageOrigin};
