//! As much of the flatbuffers encoding as CatBoost's core needs: tables, vectors, texts, all checked.
//!
//! Source: the flatbuffers internals document. It verifies offsets as it follows them and never follows one twice in a
//! row, so a cyclic buffer costs nothing.

use chainwright_core::fields::{narrow, u16_le, u32_le};

/// A table inside a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

fn follow(bytes: &[u8], at: usize) -> Option<usize> {
    let target = at.checked_add(narrow(u64::from(u32_le(bytes, at)?)))?;
    (target < bytes.len()).then_some(target)
}

impl<'a> Table<'a> {
    /// The root of a buffer.
    pub(crate) fn root(bytes: &'a [u8]) -> Option<Self> {
        let at = follow(bytes, 0)?;
        Self { bytes, at }.is_sound()
    }

    fn is_sound(self) -> Option<Self> {
        let length = u16_le(self.bytes, self.virtual_table()?)?;
        let end = self.virtual_table()?.checked_add(usize::from(length))?;
        (length >= 4 && end <= self.bytes.len()).then_some(self)
    }

    /// Where the table of field offsets lies: before or behind the table.
    fn virtual_table(self) -> Option<usize> {
        let back = u32_le(self.bytes, self.at)?.cast_signed();
        let at = i64::try_from(self.at).ok()?;
        usize::try_from(at.checked_sub(i64::from(back))?).ok()
    }

    /// Where a field lies; `None` if it is not stored.
    pub(crate) fn field(self, index: usize) -> Option<usize> {
        let table = self.virtual_table()?;
        let slot = index.checked_mul(2)?.checked_add(4)?;
        if slot >= usize::from(u16_le(self.bytes, table)?) {
            return None;
        }
        let offset = u16_le(self.bytes, table.checked_add(slot)?)?;
        (offset != 0).then(|| self.at.saturating_add(usize::from(offset)))
    }

    /// A vector: where its elements start and how many there are; `Err` if it lies.
    pub(crate) fn vector(self, index: usize, each: usize) -> Option<Result<(usize, usize), u32>> {
        let at = self.field(index)?;
        let Some(start) = follow(self.bytes, at) else {
            return Some(Err(u32::MAX));
        };
        let count = u32_le(self.bytes, start)?;
        let bytes = narrow(u64::from(count)).saturating_mul(each);
        let first = start.saturating_add(4);
        if first.saturating_add(bytes) > self.bytes.len() {
            return Some(Err(count));
        }
        Some(Ok((first, narrow(u64::from(count)))))
    }

    /// A text; `Err` if its length lies.
    pub(crate) fn text(self, index: usize) -> Option<Result<&'a [u8], u32>> {
        Some(self.vector(index, 1)?.map(|(start, count)| {
            let end = start.saturating_add(count);
            self.bytes.get(start..end).unwrap_or_default()
        }))
    }

    /// A table that a field holds.
    pub(crate) fn table(self, index: usize) -> Option<Self> {
        let at = follow(self.bytes, self.field(index)?)?;
        Self { at, ..self }.is_sound()
    }

    /// The table that a slot of a vector holds.
    pub(crate) fn element(self, slot: usize) -> Option<Self> {
        let at = follow(self.bytes, slot)?;
        Self { at, ..self }.is_sound()
    }

    /// The bytes of the text that a slot of a vector holds.
    pub(crate) fn text_of_slot(self, slot: usize) -> Option<&'a [u8]> {
        let start = follow(self.bytes, slot)?;
        let count = narrow(u64::from(u32_le(self.bytes, start)?));
        let first = start.checked_add(4)?;
        self.bytes.get(first..first.checked_add(count)?)
    }

    /// The numbers of a vector of `u32`.
    pub(crate) fn words(self, index: usize) -> Vec<u32> {
        let Some(Ok((start, count))) = self.vector(index, 4) else {
            return Vec::new();
        };
        (0..count)
            .filter_map(|slot| u32_le(self.bytes, start.checked_add(slot.checked_mul(4)?)?))
            .collect()
    }
}
