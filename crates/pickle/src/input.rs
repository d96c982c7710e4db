//! Reading opcodes and their arguments in order, from memory or through a buffer, without copying literals.

use chainwright_core::budget::Exhausted;
use chainwright_core::bytes::{ByteSource, ReadError, read_range};
use chainwright_core::problem::ProblemKind;

/// Why reading cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ProblemKind,
    pub(crate) at: u64,
    pub(crate) detail: String,
}

impl Fault {
    pub(crate) fn malformed(at: u64, detail: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Malformed,
            at,
            detail: detail.into(),
        }
    }

    pub(crate) fn truncated(at: u64, detail: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Truncated,
            at,
            detail: detail.into(),
        }
    }

    pub(crate) fn limit(at: u64, reached: Exhausted) -> Self {
        Self {
            kind: ProblemKind::LimitReached,
            at,
            detail: reached.to_string(),
        }
    }

    fn read(at: u64, error: &ReadError) -> Self {
        let kind = match error {
            ReadError::Exhausted(_) => ProblemKind::LimitReached,
            ReadError::Corrupt(_) => ProblemKind::Malformed,
            _ => ProblemKind::Unreadable,
        };
        Self {
            kind,
            at,
            detail: error.to_string(),
        }
    }
}

/// A stretch of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

const BUFFER: usize = 64 * 1024;

/// A position in a source.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    source: &'a dyn ByteSource,
    whole: Option<&'a [u8]>,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl<'a> Input<'a> {
    pub(crate) fn new(source: &'a dyn ByteSource, position: u64) -> Self {
        Self {
            source,
            whole: source.as_slice(),
            position,
            end: source.size(),
            buffer: Vec::new(),
            buffer_start: 0,
        }
    }

    pub(crate) const fn source(&self) -> &'a dyn ByteSource {
        self.source
    }

    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    pub(crate) const fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    pub(crate) const fn seek_to(&mut self, position: u64) {
        self.position = position;
    }

    /// The bytes ahead as far as they lie in memory; empty only at the end.
    fn ahead(&mut self) -> Result<&[u8], Fault> {
        if let Some(whole) = self.whole {
            return Ok(usize::try_from(self.position)
                .ok()
                .and_then(|from| whole.get(from..))
                .unwrap_or_default());
        }
        let held = u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        let inside = self.position >= self.buffer_start
            && self.position < self.buffer_start.saturating_add(held);
        if !inside {
            self.buffer.resize(BUFFER, 0);
            let count = self
                .source
                .read_at(self.position, &mut self.buffer)
                .map_err(|error| Fault::read(self.position, &error));
            self.buffer.truncate(*count.as_ref().unwrap_or(&0));
            self.buffer_start = self.position;
            count?;
        }
        let from =
            usize::try_from(self.position.saturating_sub(self.buffer_start)).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..).unwrap_or_default())
    }

    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.ahead()?.first().copied())
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = self.peek()?;
        let Some(byte) = byte else {
            return Err(Fault::truncated(
                self.position,
                "the stream ends before STOP",
            ));
        };
        self.position = self.position.saturating_add(1);
        Ok(byte)
    }

    /// A little-endian number of at most eight bytes.
    pub(crate) fn number(&mut self, width: u64) -> Result<u64, Fault> {
        let mut number = 0_u64;
        let mut shift = 0_u32;
        for _ in 0..width {
            let byte = u64::from(self.byte()?);
            number |= byte.checked_shl(shift).unwrap_or_default();
            shift = shift.saturating_add(8);
        }
        Ok(number)
    }

    /// Passes over `length` bytes.
    pub(crate) fn span(&mut self, length: u64) -> Result<Span, Fault> {
        let start = self.position;
        if length > self.remaining() {
            self.position = self.end;
            return Err(Fault::truncated(
                start,
                format!("a literal of {length} bytes is longer than the file"),
            ));
        }
        self.position = start.saturating_add(length);
        Ok(Span { start, length })
    }

    /// Passes over a line; the span is without its line feed.
    ///
    /// At the end of the source, pure Python takes what there is and cuts its last byte as if it were a line feed,
    /// where C stops; the generous reading is taken.
    pub(crate) fn line(&mut self) -> Result<Span, Fault> {
        let start = self.position;
        loop {
            let ahead = self.ahead()?;
            if ahead.is_empty() {
                let length = self.position.saturating_sub(start).saturating_sub(1);
                return Ok(Span { start, length });
            }
            let (step, found) = match memchr::memchr(b'\n', ahead) {
                Some(index) => (index.saturating_add(1), true),
                None => (ahead.len(), false),
            };
            self.position = self
                .position
                .saturating_add(u64::try_from(step).unwrap_or(u64::MAX));
            if found {
                let length = self.position.saturating_sub(start).saturating_sub(1);
                return Ok(Span { start, length });
            }
        }
    }
}

/// The first `max` bytes of a span; shorter if they cannot be had.
pub(crate) fn content(source: &dyn ByteSource, span: Span, max: usize) -> Vec<u8> {
    let length = usize::try_from(span.length).unwrap_or(usize::MAX).min(max);
    read_range(source, span.start, length).unwrap_or_default()
}
