//! Facts are small: quoted text is cut, lists have an end, and what was left out is counted.

use serde::{Deserialize, Serialize};

/// Characters of hostile text that a fact quotes.
const QUOTED_CHARS: usize = 200;

/// The beginning of `text`, cut to what a fact may quote.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => {
            let mut cut = text.get(..end).unwrap_or_default().to_owned();
            cut.push('…');
            cut
        }
        None => text.to_owned(),
    }
}

/// A list of facts that stops growing; what came later is only counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped<T> {
    items: Vec<T>,
    left_out: u64,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            left_out: 0,
        }
    }
}

impl<T> Capped<T> {
    /// LIMIT: entries kept in one list.
    const KEPT: usize = 256;

    /// Adds an entry, or counts it when the list is full.
    pub(crate) fn push(&mut self, item: T) {
        if self.items.len() < Self::KEPT {
            self.items.push(item);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// The entries that were kept.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// How many more there were.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether there was none at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<T> IntoIterator for Capped<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Capped<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
