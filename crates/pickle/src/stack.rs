//! The stack with its marks; the oldest entries are given up when it grows beyond all reason.

use std::collections::VecDeque;

use crate::value::Value;

/// LIMIT: entries, and marks, that are kept.
const KEPT: usize = 1_000_000;

#[derive(Debug, Default)]
pub(crate) struct Stack {
    values: VecDeque<Value>,
    forgotten: u64,
    marks: VecDeque<u64>,
    marks_forgotten: u64,
}

/// The values above a mark.
#[derive(Debug)]
pub(crate) struct Above {
    /// Those that are kept, in order.
    pub(crate) values: Vec<Value>,
    /// How many there were.
    pub(crate) count: u64,
}

impl Stack {
    fn len(&self) -> u64 {
        self.forgotten
            .saturating_add(u64::try_from(self.values.len()).unwrap_or(u64::MAX))
    }

    /// Values below this level belong to the mark.
    fn fence(&self) -> u64 {
        self.marks.back().copied().unwrap_or_default()
    }

    pub(crate) fn push(&mut self, value: Value) {
        self.values.push_back(value);
        if self.values.len() > KEPT {
            self.values.drain(..KEPT / 2);
            self.forgotten = self
                .forgotten
                .saturating_add(u64::try_from(KEPT / 2).unwrap_or(u64::MAX));
        }
    }

    /// `None` if there is nothing above the last mark.
    pub(crate) fn pop(&mut self) -> Option<Value> {
        if self.len() <= self.fence() {
            return None;
        }
        if let Some(value) = self.values.pop_back() {
            return Some(value);
        }
        self.forgotten = self.forgotten.saturating_sub(1);
        Some(Value::Unknown)
    }

    pub(crate) fn top(&self) -> Option<Value> {
        (self.len() > self.fence()).then(|| self.values.back().copied().unwrap_or(Value::Unknown))
    }

    pub(crate) fn mark(&mut self) {
        self.marks.push_back(self.len());
        if self.marks.len() > KEPT {
            self.marks.drain(..KEPT / 2);
            self.marks_forgotten = self
                .marks_forgotten
                .saturating_add(u64::try_from(KEPT / 2).unwrap_or(u64::MAX));
        }
    }

    /// Whether the last mark is the topmost thing.
    pub(crate) fn mark_is_on_top(&self) -> bool {
        self.marks.back().is_some_and(|&level| level == self.len())
    }

    /// Takes everything above the last mark, and the mark; `None` without a mark.
    pub(crate) fn pop_mark(&mut self) -> Option<Above> {
        let level = match self.marks.pop_back() {
            Some(level) => level,
            None if self.marks_forgotten > 0 => {
                self.marks_forgotten = self.marks_forgotten.saturating_sub(1);
                self.len()
            }
            None => return None,
        };
        let count = self.len().saturating_sub(level);
        let keep = usize::try_from(level.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        let values = self.values.split_off(keep.min(self.values.len())).into();
        self.forgotten = self.forgotten.min(level);
        Some(Above { values, count })
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.values.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_below_a_mark_cannot_be_popped() {
        let mut stack = Stack::default();
        stack.push(Value::None);
        stack.mark();
        assert_eq!(stack.pop(), None);
        assert!(stack.mark_is_on_top());
        stack.push(Value::Int(1));
        let above = stack.pop_mark().expect("a mark");
        assert_eq!((above.values, above.count), (vec![Value::Int(1)], 1));
        assert_eq!(stack.pop(), Some(Value::None));
        assert_eq!(stack.pop(), None);
    }

    #[test]
    fn what_lies_too_deep_is_unknown() {
        let mut stack = Stack::default();
        stack.push(Value::Int(7));
        for _ in 0..1_200_000 {
            stack.push(Value::None);
        }
        for _ in 0..1_200_000 {
            assert!(stack.pop().is_some());
        }
        assert_eq!(stack.pop(), Some(Value::Unknown));
        assert_eq!(stack.pop(), None);
    }
}
