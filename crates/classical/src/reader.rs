//! Reading binary fields forward through a source, where every number is checked against what lies ahead.

use chainwright_core::bytes::{ByteSource, Cursor, ReadError};
use chainwright_core::fields::{Order, narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::model::ModelFacts;
use chainwright_core::problem::ProblemKind;

/// A position in a source, and why reading stopped if it did.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    cursor: Cursor<'a>,
    size: u64,
    pub(crate) order: Order,
    refused: Option<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn at(source: &'a dyn ByteSource, position: u64, order: Order) -> Self {
        Self {
            cursor: Cursor::at(source, position),
            size: source.size(),
            order,
            refused: None,
        }
    }

    pub(crate) const fn position(&self) -> u64 {
        self.cursor.position()
    }

    pub(crate) fn remaining(&self) -> u64 {
        self.size.saturating_sub(self.position())
    }

    pub(crate) const fn seek(&mut self, position: u64) {
        self.cursor.seek_to(position);
    }

    /// Passes over bytes; `None` if there are fewer.
    pub(crate) fn skip(&mut self, count: u64) -> Option<()> {
        (count <= self.remaining()).then(|| self.cursor.skip(count))
    }

    fn keep(&mut self, error: &ReadError) {
        self.refused = Some(error.to_string());
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        match self.cursor.next_byte() {
            Ok(byte) => byte,
            Err(error) => {
                self.keep(&error);
                None
            }
        }
    }

    /// The next byte without passing over it.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        match self.cursor.fill() {
            Ok(held) => held.first().copied(),
            Err(error) => {
                let text = error.to_string();
                self.refused = Some(text);
                None
            }
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut out = [0; N];
        for slot in &mut out {
            *slot = self.byte()?;
        }
        Some(out)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        let raw = self.array()?;
        Some(match self.order {
            Order::Little => u16::from_le_bytes(raw),
            Order::Big => u16::from_be_bytes(raw),
        })
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        let raw = self.array()?;
        Some(match self.order {
            Order::Little => u32::from_le_bytes(raw),
            Order::Big => u32::from_be_bytes(raw),
        })
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        let raw = self.array()?;
        Some(match self.order {
            Order::Little => u64::from_le_bytes(raw),
            Order::Big => u64::from_be_bytes(raw),
        })
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.u32().map(u32::cast_signed)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.u64().map(u64::cast_signed)
    }

    /// All of `count` bytes passed over, and at most `keep` of them; `None` if there are fewer.
    pub(crate) fn bytes(&mut self, count: u64, keep: u64) -> Option<Vec<u8>> {
        if count > self.remaining() {
            return None;
        }
        let end = self.position().checked_add(count)?;
        let wanted = narrow(count.min(keep));
        let mut out = Vec::with_capacity(wanted.min(64 * 1024));
        while out.len() < wanted {
            let held = match self.cursor.fill() {
                Ok(held) => held,
                Err(error) => {
                    let text = error.to_string();
                    self.refused = Some(text);
                    return None;
                }
            };
            if held.is_empty() {
                return None;
            }
            let part = held.len().min(wanted.saturating_sub(out.len()));
            out.extend_from_slice(held.get(..part).unwrap_or_default());
            self.cursor.skip(wide(part));
        }
        self.cursor.seek_to(end);
        Some(out)
    }

    /// Says that the file ended where more was expected, or that the system refused.
    pub(crate) fn note_end(&mut self, facts: &mut ModelFacts, what: &str) {
        let place = Place::Byte(self.position().min(self.size));
        match self.refused.take() {
            Some(detail) => facts.problem(ProblemKind::Unreadable, place, detail),
            None => facts.problem(
                ProblemKind::Truncated,
                place,
                format!("the file ends within {what}"),
            ),
        }
    }
}
