//! Numbers and texts of a GGUF header, never further than the file and the limits go.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, Cursor, ReadError, read_range};
use chainwright_core::limits::Limits;

use chainwright_core::fields::{Order, narrow};

/// Why reading the header ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file is over.
    End,
    /// What was read makes no sense; a flaw says why.
    Broken,
    /// A limit of ours.
    Limit(String),
    /// The bytes cannot be had.
    Unreadable(String),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Exhausted(reason) => Self::Limit(reason.to_string()),
            other => Self::Unreadable(other.to_string()),
        }
    }
}

/// Steps between two looks at the clock.
const STEPS: u32 = 4096;

pub(super) struct Reader<'a> {
    cursor: Cursor<'a>,
    source: &'a dyn ByteSource,
    limits: &'a Limits,
    budget: &'a Budget,
    order: Order,
    has_short_lengths: bool,
    steps: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn ByteSource, limits: &'a Limits, budget: &'a Budget) -> Self {
        Self {
            cursor: Cursor::new(source),
            source,
            limits,
            budget,
            order: Order::Little,
            has_short_lengths: false,
            steps: 0,
        }
    }

    /// The byte order, and whether lengths have 32 bits as in version 1.
    pub(super) const fn set_form(&mut self, order: Order, has_short_lengths: bool) {
        self.order = order;
        self.has_short_lengths = has_short_lengths;
    }

    pub(super) const fn has_short_lengths(&self) -> bool {
        self.has_short_lengths
    }

    pub(super) const fn limits(&self) -> &Limits {
        self.limits
    }

    pub(super) const fn position(&self) -> u64 {
        self.cursor.position()
    }

    pub(super) fn remaining(&self) -> u64 {
        self.cursor.remaining()
    }

    pub(super) const fn seek_to(&mut self, position: u64) {
        self.cursor.seek_to(position);
    }

    /// Passes over bytes; the caller has compared `count` with what remains.
    pub(super) const fn skip(&mut self, count: u64) {
        self.cursor.skip(count);
    }

    pub(super) fn u8(&mut self) -> Result<u8, Stop> {
        let [byte] = self.take()?;
        Ok(byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Stop> {
        let raw: [u8; 2] = self.take()?;
        self.order.u16(&raw, 0).ok_or(Stop::End)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Stop> {
        let raw: [u8; 4] = self.take()?;
        self.order.u32(&raw, 0).ok_or(Stop::End)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Stop> {
        let raw: [u8; 8] = self.take()?;
        self.order.u64(&raw, 0).ok_or(Stop::End)
    }

    /// A count or length: 64 bits, 32 in version 1.
    pub(super) fn length(&mut self) -> Result<u64, Stop> {
        if self.has_short_lengths {
            self.u32().map(u64::from)
        } else {
            self.u64()
        }
    }

    /// At most `keep` of the next `length` bytes; passes over all of them. `length` fits into the file.
    pub(super) fn text(&mut self, length: u64, keep: u64) -> Result<Vec<u8>, Stop> {
        let bytes = read_range(self.source, self.position(), narrow(length.min(keep)))?;
        self.skip(length);
        Ok(bytes)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.check_limits()?;
        if let Some(raw) = self.cursor.fill()?.first_chunk::<N>().copied() {
            self.cursor.skip(chainwright_core::fields::wide(N));
            return Ok(raw);
        }
        let mut raw = [0; N];
        for slot in &mut raw {
            *slot = self.cursor.next_byte()?.ok_or(Stop::End)?;
        }
        Ok(raw)
    }

    fn check_limits(&mut self) -> Result<(), Stop> {
        self.steps = self.steps.wrapping_add(1);
        if !self.steps.is_multiple_of(STEPS) {
            return Ok(());
        }
        if self.position() > self.limits.header_bytes {
            return Err(Stop::Limit(format!(
                "the header is longer than {} bytes",
                self.limits.header_bytes
            )));
        }
        self.budget
            .check_time()
            .map_err(|reason| Stop::Limit(reason.to_string()))
    }
}
