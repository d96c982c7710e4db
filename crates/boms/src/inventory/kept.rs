//! What a document holds beyond the inventory, kept so that writing it again loses nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inventory::component::Reference;

/// A part of a document that the inventory understood only partly, or not at all.
///
/// A writer that would write `understood` writes `whole` in its place; once the inventory says something else, what
/// it says wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// What this crate would have written for what it understood; null if it understood nothing.
    pub understood: Value,
    /// What was there.
    pub whole: Value,
}

/// Parts of a CycloneDX document that no other field holds, by their key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Keys of the document.
    pub document: BTreeMap<String, Original>,
    /// Keys of its metadata.
    pub metadata: BTreeMap<String, Original>,
    /// The order of the components, so that what points at their positions stays true.
    pub order: Vec<Reference>,
}
