//! Flatbuffers, read field by field with every offset checked.
//!
//! The generated readers of this encoding follow offsets without looking unless a verifier ran first, and several
//! runtimes skip the verifier. Here nothing is trusted: an offset, length or index that leaves the file makes its
//! field unreadable and is noted, and the number of things looked at is bounded by the size of the file, so that
//! tables that share their children cannot multiply. Only reading is done; schemas live with the formats.
//!
//! Source: `docs/source/internals.md` of google/flatbuffers.

use std::cell::{Cell, RefCell};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::{narrow, u16_le, u32_le, u64_le, wide};

pub(crate) mod flex;

/// Bytes of a page that is kept in memory.
const PAGE: u64 = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 14;
/// Pages that are kept.
const PAGES: usize = 64;
/// Characters of a text that are read.
const TEXT: u64 = 1024;
/// Steps that any file may take.
const FREE_STEPS: u64 = 100_000;
/// Steps between two looks at the clock.
const STEPS_PER_LOOK: u64 = 8192;

/// Something in the encoding that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Where the offset, length or table stands.
    pub(crate) at: u64,
    /// What is wrong with it.
    pub(crate) what: &'static str,
}

/// The bytes of a flatbuffer.
pub(crate) struct Flat<'a> {
    source: &'a SharedBytes,
    budget: &'a Budget,
    size: u64,
    pages: RefCell<Vec<(u64, Vec<u8>)>>,
    broken: RefCell<Option<Broken>>,
    steps: Cell<u64>,
    is_stopped: Cell<bool>,
}

impl std::fmt::Debug for Flat<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flat").finish_non_exhaustive()
    }
}

impl<'a> Flat<'a> {
    /// A buffer that fills the first `size` bytes of a source.
    pub(crate) fn new(source: &'a SharedBytes, size: u64, budget: &'a Budget) -> Self {
        Self {
            source,
            budget,
            size: size.min(source.size()),
            pages: RefCell::new(vec![(u64::MAX, Vec::new()); PAGES]),
            broken: RefCell::new(None),
            steps: Cell::new(0),
            is_stopped: Cell::new(false),
        }
    }

    /// Which tables of known dangers count.
    pub(crate) const fn catalogue(&self) -> Catalogue {
        self.budget.catalogue()
    }

    /// How many bytes there are.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The first thing that led nowhere.
    pub(crate) fn broken(&self) -> Option<Broken> {
        self.broken.borrow().clone()
    }

    /// Whether reading ended early: time is up, or more was looked at than the file can honestly hold.
    pub(crate) const fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// The root table.
    pub(crate) fn root(&self) -> Option<Table<'_>> {
        self.table_behind(0)
    }

    /// Bytes at an offset, if they all lie within.
    pub(crate) fn bytes(&self, at: u64, length: u64) -> Option<Vec<u8>> {
        let end = at.checked_add(length)?;
        if end > self.size {
            return None;
        }
        let found = read_range(self.source.as_ref(), at, narrow(length)).ok()?;
        (wide(found.len()) == length).then_some(found)
    }

    pub(crate) fn u8(&self, at: u64) -> Option<u8> {
        self.fixed::<1>(at).map(|[byte]| byte)
    }

    pub(crate) fn u16(&self, at: u64) -> Option<u16> {
        self.fixed::<2>(at).and_then(|raw| u16_le(&raw, 0))
    }

    pub(crate) fn u32(&self, at: u64) -> Option<u32> {
        self.fixed::<4>(at).and_then(|raw| u32_le(&raw, 0))
    }

    pub(crate) fn u64(&self, at: u64) -> Option<u64> {
        self.fixed::<8>(at).and_then(|raw| u64_le(&raw, 0))
    }

    /// Counts one thing that is looked at; false when enough is enough.
    pub(crate) fn step(&self) -> bool {
        if self.is_stopped.get() {
            return false;
        }
        let steps = self.steps.get().saturating_add(1);
        self.steps.set(steps);
        let is_late = steps.is_multiple_of(STEPS_PER_LOOK) && self.budget.check_time().is_err();
        if is_late || steps > self.size.saturating_add(FREE_STEPS) {
            self.is_stopped.set(true);
        }
        !self.is_stopped.get()
    }

    fn fixed<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let end = at.checked_add(wide(N))?;
        if end > self.size {
            return None;
        }
        if let Some(whole) = self.source.as_slice() {
            return whole.get(narrow(at)..narrow(end))?.try_into().ok();
        }
        let (page, within) = (at >> PAGE_BITS, narrow(at & PAGE.saturating_sub(1)));
        if let Some(until) = within.checked_add(N).filter(|until| wide(*until) <= PAGE) {
            let slot = narrow(page & wide(PAGES).saturating_sub(1));
            let mut pages = self.pages.borrow_mut();
            let held = pages.get_mut(slot)?;
            if held.0 != page {
                let start = page.saturating_mul(PAGE);
                let fresh = read_range(self.source.as_ref(), start, narrow(PAGE)).ok()?;
                *held = (page, fresh);
            }
            return held.1.get(within..until)?.try_into().ok();
        }
        self.bytes(at, wide(N))?.try_into().ok()
    }

    fn note(&self, at: u64, what: &'static str) {
        self.broken.borrow_mut().get_or_insert(Broken { at, what });
    }

    /// The table that the offset at `at` leads to.
    fn table_behind(&self, at: u64) -> Option<Table<'_>> {
        if !self.step() {
            return None;
        }
        let table = self.follow(at).and_then(|start| self.table(start));
        if table.is_none() {
            self.note(at, "the offset of a table leads out of the file");
        }
        table
    }

    fn table(&self, start: u64) -> Option<Table<'_>> {
        let back = i64::from(self.u32(start)?.cast_signed());
        let vtable = u64::try_from(i64::try_from(start).ok()?.checked_sub(back)?).ok()?;
        let length = self.u16(vtable)?;
        let is_sane = length >= 4
            && length.is_multiple_of(2)
            && vtable.checked_add(u64::from(length))? <= self.size;
        is_sane.then_some(Table {
            flat: self,
            start,
            vtable,
            length,
        })
    }

    /// Where the offset at `at` leads.
    fn follow(&self, at: u64) -> Option<u64> {
        let offset = u64::from(self.u32(at)?);
        if offset == 0 {
            return None;
        }
        at.checked_add(offset).filter(|to| *to < self.size)
    }

    fn vector_behind(&self, at: u64, width: u64) -> Option<Vector<'_>> {
        if !self.step() {
            return None;
        }
        let found = self.follow(at).and_then(|start| {
            let count = u64::from(self.u32(start)?);
            let first = start.checked_add(4)?;
            let end = first.checked_add(count.checked_mul(width)?)?;
            (end <= self.size).then_some(Vector {
                flat: self,
                first,
                count,
                width,
            })
        });
        if found.is_none() {
            self.note(at, "a list reaches out of the file");
        }
        found
    }
}

/// A table: fields by number, as its schema numbers them from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    flat: &'a Flat<'a>,
    start: u64,
    vtable: u64,
    length: u16,
}

impl<'a> Table<'a> {
    /// Where the table stands.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Where a field stands, if it is there.
    pub(crate) fn field(&self, number: u16) -> Option<u64> {
        let slot = number.checked_mul(2)?.checked_add(4)?;
        if slot >= self.length {
            return None;
        }
        let offset = self.flat.u16(self.vtable.checked_add(u64::from(slot))?)?;
        if offset == 0 {
            return None;
        }
        let at = self.start.checked_add(u64::from(offset))?;
        if at >= self.flat.size {
            self.flat.note(self.start, "a field lies outside the file");
            return None;
        }
        Some(at)
    }

    pub(crate) fn u8(&self, number: u16) -> u8 {
        self.field(number)
            .and_then(|at| self.flat.u8(at))
            .unwrap_or_default()
    }

    pub(crate) fn i8(&self, number: u16) -> i8 {
        self.u8(number).cast_signed()
    }

    pub(crate) fn u32(&self, number: u16) -> u32 {
        self.field(number)
            .and_then(|at| self.flat.u32(at))
            .unwrap_or_default()
    }

    pub(crate) fn i32(&self, number: u16) -> i32 {
        self.u32(number).cast_signed()
    }

    pub(crate) fn u64(&self, number: u16) -> u64 {
        self.field(number)
            .and_then(|at| self.flat.u64(at))
            .unwrap_or_default()
    }

    pub(crate) fn table(&self, number: u16) -> Option<Self> {
        self.flat.table_behind(self.field(number)?)
    }

    /// A list whose elements take `width` bytes each.
    pub(crate) fn vector(&self, number: u16, width: u64) -> Option<Vector<'a>> {
        self.flat.vector_behind(self.field(number)?, width)
    }

    /// A list of tables; empty if there is none.
    pub(crate) fn tables(&self, number: u16) -> impl Iterator<Item = Option<Self>> + use<'a> {
        self.vector(number, 4).into_iter().flat_map(Vector::tables)
    }

    /// How many elements a list of offsets has.
    pub(crate) fn count(&self, number: u16, width: u64) -> u64 {
        self.vector(number, width).map_or(0, |list| list.count)
    }

    /// A list of 32-bit numbers; empty if there is none.
    pub(crate) fn i32s(&self, number: u16) -> impl Iterator<Item = i32> + use<'a> {
        self.vector(number, 4).into_iter().flat_map(Vector::i32s)
    }

    /// A text, shortened.
    pub(crate) fn text(&self, number: u16) -> Option<String> {
        self.vector(number, 1).map(Vector::text)
    }
}

/// A list whose elements all lie within the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vector<'a> {
    flat: &'a Flat<'a>,
    /// Where its first element stands.
    pub(crate) first: u64,
    /// How many elements it has.
    pub(crate) count: u64,
    width: u64,
}

impl<'a> Vector<'a> {
    /// Where an element stands.
    pub(crate) fn at(&self, index: u64) -> Option<u64> {
        if index >= self.count {
            return None;
        }
        self.first.checked_add(index.checked_mul(self.width)?)
    }

    /// The table that an element leads to.
    pub(crate) fn table(&self, index: u64) -> Option<Table<'a>> {
        self.flat.table_behind(self.at(index)?)
    }

    /// An element of 64 bits.
    pub(crate) fn u64(&self, index: u64) -> Option<u64> {
        self.flat.u64(self.at(index)?)
    }

    pub(crate) fn tables(self) -> impl Iterator<Item = Option<Table<'a>>> {
        (0..self.count)
            .map_while(move |index| self.flat.step().then_some(index))
            .map(move |index| self.at(index).and_then(|at| self.flat.table_behind(at)))
    }

    pub(crate) fn i32s(self) -> impl Iterator<Item = i32> {
        (0..self.count).map_while(move |index| {
            let at = self.at(index).filter(|_| self.flat.step())?;
            self.flat.u32(at).map(u32::cast_signed)
        })
    }

    pub(crate) fn u64s(self) -> impl Iterator<Item = u64> {
        (0..self.count).map_while(move |index| {
            let at = self.at(index).filter(|_| self.flat.step())?;
            self.flat.u64(at)
        })
    }

    /// The first characters of a list of bytes.
    pub(crate) fn text(self) -> String {
        let bytes = self
            .flat
            .bytes(self.first, self.count.min(TEXT))
            .unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All bytes, if they are no more than `limit`.
    pub(crate) fn bytes(&self, limit: u64) -> Option<Vec<u8>> {
        let length = self.count.checked_mul(self.width)?;
        (length <= limit)
            .then(|| self.flat.bytes(self.first, length))
            .flatten()
    }
}

/// Whether the head of a file looks like a flatbuffer with this identifier: the root lies behind it.
pub(crate) fn has_identifier(head: &[u8], matches: impl Fn(&[u8; 4]) -> bool) -> bool {
    let Some(identifier) = head.get(4..).and_then(|rest| rest.first_chunk::<4>()) else {
        return false;
    };
    matches(identifier) && u32_le(head, 0).is_some_and(|root| root >= 8)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chainwright_core::limits::Limits;

    use super::*;

    /// A root table with one list of two numbers in field 1.
    fn small() -> Vec<u8> {
        let mut bytes = vec![16, 0, 0, 0];
        bytes.extend(b"TEST");
        bytes.extend([8, 0, 8, 0, 0, 0, 4, 0]); // the vtable: 8 bytes, two fields
        bytes.extend([8, 0, 0, 0]); // the table at 16: 8 back
        bytes.extend([4, 0, 0, 0]); // field 1
        bytes.extend([2, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0]);
        bytes
    }

    fn numbers(bytes: &[u8]) -> (Vec<i32>, Option<Broken>) {
        let source: SharedBytes = Arc::new(bytes.to_vec());
        let budget = Budget::untimed(Limits::default());
        let flat = Flat::new(&source, source.size(), &budget);
        let found = flat
            .root()
            .map(|root| root.i32s(1).collect())
            .unwrap_or_default();
        let broken = flat.broken();
        (found, broken)
    }

    #[test]
    fn fields_are_found_and_absent_ones_are_empty() {
        assert_eq!(numbers(&small()), (vec![7, 9], None));
    }

    #[test]
    fn offsets_that_leave_the_file_are_noted() {
        for at in [0, 8, 10, 16, 20, 24] {
            let mut bytes = small();
            bytes[at] = 0xff;
            let (found, broken) = numbers(&bytes);
            assert!(found.is_empty() || at == 10, "{at}");
            assert!(broken.is_some() || at == 10, "{at}: {broken:?}");
        }
    }

    #[test]
    fn a_paged_source_reads_like_memory() {
        #[derive(Debug)]
        struct Hidden(Vec<u8>);
        impl chainwright_core::bytes::ByteSource for Hidden {
            fn size(&self) -> u64 {
                self.0.size()
            }
            fn read_at(
                &self,
                offset: u64,
                buffer: &mut [u8],
            ) -> Result<usize, chainwright_core::bytes::ReadError> {
                self.0.read_at(offset, buffer)
            }
        }
        let source: SharedBytes = Arc::new(Hidden(small()));
        let budget = Budget::untimed(Limits::default());
        let flat = Flat::new(&source, source.size(), &budget);
        let found: Vec<i32> = flat.root().map(|root| root.i32s(1).collect()).unwrap();
        assert_eq!(found, [7, 9]);
    }
}
