//! Asks the parsers of model formats, one after the other, whether the content is theirs.
//!
//! They all answer in the same words ([`ModelFacts`]), so this is the one place that knows their names.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

/// A parser that claims some content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
}

/// Every parser that claims the content: by its head, its tail, and for what has no mark of its own by the name.
pub(crate) fn recognise(_head: &[u8], _tail: &[u8], _name: &str) -> Vec<Reader> {
    Vec::new()
}

impl Reader {
    /// Reads the content as the format that was claimed.
    pub(crate) fn read(self, _bytes: &SharedBytes, _budget: &Budget) -> ModelFacts {
        match self {
        }
    }
}
