//! The memo: values by index, bounded whatever indexes the stream uses.

use std::collections::BTreeMap;

use crate::value::Value;

/// LIMIT: entries with consecutive indexes.
const DENSE: usize = 1_000_000;
/// LIMIT: entries beyond, and entries with gaps before them.
const SPARSE: usize = 200_000;

#[derive(Debug, Default)]
pub(crate) struct Memo {
    dense: Vec<Value>,
    sparse: BTreeMap<u64, Value>,
    dropped: u64,
}

impl Memo {
    /// The number of entries, which is the index that MEMOIZE uses.
    pub(crate) fn len(&self) -> u64 {
        let kept = self.dense.len().saturating_add(self.sparse.len());
        u64::try_from(kept)
            .unwrap_or(u64::MAX)
            .saturating_add(self.dropped)
    }

    pub(crate) fn put(&mut self, index: u64, value: Value) {
        let slot = usize::try_from(index).ok();
        if let Some(entry) = slot.and_then(|slot| self.dense.get_mut(slot)) {
            *entry = value;
        } else if slot == Some(self.dense.len())
            && self.dense.len() < DENSE
            && !self.sparse.contains_key(&index)
        {
            self.dense.push(value);
        } else if self.sparse.len() < SPARSE || self.sparse.contains_key(&index) {
            self.sparse.insert(index, value);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The entry; [`Value::Unknown`] if it may be one that was dropped, `None` if there never was one.
    pub(crate) fn get(&self, index: u64) -> Option<Value> {
        usize::try_from(index)
            .ok()
            .and_then(|slot| self.dense.get(slot))
            .or_else(|| self.sparse.get(&index))
            .copied()
            .or_else(|| (self.dropped > 0).then_some(Value::Unknown))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.dense.iter().chain(self.sparse.values()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_indexes_cost_nothing_and_memoize_counts_entries() {
        let mut memo = Memo::default();
        memo.put(u64::from(u32::MAX), Value::None);
        memo.put(0, Value::Bool(true));
        assert_eq!(memo.len(), 2);
        assert_eq!(memo.get(u64::from(u32::MAX)), Some(Value::None));
        assert_eq!(memo.get(7), None);
    }

    #[test]
    fn what_was_dropped_is_unknown_rather_than_missing() {
        let mut memo = Memo::default();
        for index in 0..1_300_000 {
            memo.put(index, Value::None);
        }
        assert_eq!(memo.len(), 1_300_000);
        assert_eq!(memo.get(1_299_999), Some(Value::Unknown));
    }
}
