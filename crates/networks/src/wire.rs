//! The protobuf wire format, walked field by field over any source of bytes.
//!
//! Networks in protobuf reach beyond two gigabytes, lie about lengths and nest without end; a decoder that builds
//! whole messages would do what the file tells it to. The walker hands out one field at a time: numbers by value,
//! everything with a length as a [`Message`] that is a stretch of the file, not a copy. It knows no schema, so
//! unknown fields are passed over as protobuf wants it. What is broken ends the message it stands in, is noted once,
//! and the message around it goes on.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>; the depth is what the reference parsers allow.

use std::cell::{Cell, RefCell};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError, read_full, read_range};
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

/// How deep messages may be nested; the parsers of protobuf for C++, Java and Python refuse more than 100.
pub const MAX_DEPTH: u32 = 100;

/// Bytes that are read at once from a source that does not lie in memory.
const BUFFER: usize = 64 * 1024;
/// Fields between two looks at the clock.
const STEPS_PER_CHECK: u64 = 4096;
/// Problems that are noted.
const KEPT_PROBLEMS: usize = 16;
/// The longest variable-length number.
const VARINT_BYTES: usize = 10;

/// A stretch of the file that holds a message, a text or packed numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message {
    /// The offset of its first byte in the file.
    pub start: u64,
    /// The offset behind its last byte.
    pub end: u64,
    /// How many messages it is nested in.
    pub depth: u32,
}

impl Message {
    /// How many bytes it has.
    #[must_use]
    pub const fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.length() == 0
    }

    /// Where it begins.
    #[must_use]
    pub const fn place(self) -> Place {
        Place::Byte(self.start)
    }
}

/// The value of a field as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A variable-length number: every integer, truth value and enum.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// A message, a text, bytes or packed numbers.
    Bytes(Message),
    /// The content of a group, which only very old writers produce.
    Group(Message),
}

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The number of the field in its schema.
    pub number: u32,
    /// The value.
    pub value: Value,
    /// The offset of its tag in the file.
    pub offset: u64,
}

impl Field {
    /// The stretch, if the field has a length.
    #[must_use]
    pub const fn message(&self) -> Option<Message> {
        match self.value {
            Value::Bytes(message) => Some(message),
            Value::Varint(_) | Value::Fixed64(_) | Value::Fixed32(_) | Value::Group(_) => None,
        }
    }

    /// The number, if the field is a variable-length one.
    #[must_use]
    pub const fn varint(&self) -> Option<u64> {
        match self.value {
            Value::Varint(number) => Some(number),
            Value::Fixed64(_) | Value::Fixed32(_) | Value::Bytes(_) | Value::Group(_) => None,
        }
    }

    /// The number as `int32` and `int64` fields mean it.
    #[must_use]
    pub const fn signed(&self) -> Option<i64> {
        match self.varint() {
            Some(number) => Some(number.cast_signed()),
            None => None,
        }
    }
}

/// How the fields of a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// There may be more.
    Open,
    /// At its last byte.
    Whole,
    /// A field says that it is longer than what is left; the rest was handed out.
    Truncated,
    /// The bytes are no field.
    Broken,
    /// Not read: time, depth or the source.
    Stopped,
}

/// Walks messages of one source.
#[derive(Debug)]
pub struct Wire<'a> {
    source: &'a dyn ByteSource,
    budget: Option<&'a Budget>,
    buffer: RefCell<Buffer>,
    steps: Cell<u64>,
    is_stopped: Cell<bool>,
    is_cut: Cell<bool>,
    problems: RefCell<Vec<Problem>>,
}

#[derive(Debug, Default)]
struct Buffer {
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Wire<'a> {
    /// A walker that looks at the clock of a budget.
    #[must_use]
    pub fn new(source: &'a dyn ByteSource, budget: &'a Budget) -> Self {
        Self::with(source, Some(budget))
    }

    /// A walker over a few bytes, such as the beginning of a file.
    #[must_use]
    pub fn over_head(head: &'a Head<'a>) -> Self {
        Self::with(head, None)
    }

    fn with(source: &'a dyn ByteSource, budget: Option<&'a Budget>) -> Self {
        Self {
            source,
            budget,
            buffer: RefCell::default(),
            steps: Cell::new(0),
            is_stopped: Cell::new(false),
            is_cut: Cell::new(false),
            problems: RefCell::default(),
        }
    }

    /// Whether a message ends where the source ends, and a field that was seen goes on behind that: what a cut leaves of
    /// a name means nothing.
    #[must_use]
    pub fn touches_cut(&self, message: Message) -> bool {
        self.is_cut.get() && message.end == self.source.size()
    }

    /// Which tables of known dangers count.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue {
        self.budget.map(Budget::catalogue).unwrap_or_default()
    }

    /// The source as one message.
    #[must_use]
    pub fn whole(&self) -> Message {
        Message {
            start: 0,
            end: self.source.size(),
            depth: 0,
        }
    }

    /// A stretch of the source as an outermost message, such as what follows a header.
    #[must_use]
    pub fn stretch(&self, start: u64, length: u64) -> Message {
        let size = self.source.size();
        Message {
            start: start.min(size),
            end: start.saturating_add(length).min(size),
            depth: 0,
        }
    }

    /// The fields of a message in the order of the file. Too deep a message has none, and that is noted.
    pub fn fields(&self, message: Message) -> Fields<'_, 'a> {
        let mut ending = Ending::Open;
        if message.depth > MAX_DEPTH {
            let detail = "messages are nested deeper than any parser of protobuf allows";
            self.note(ProblemKind::LimitReached, message.start, detail);
            ending = Ending::Stopped;
        }
        Fields {
            wire: self,
            message,
            position: message.start,
            ending,
        }
    }

    /// The numbers of a repeated field, packed or single.
    pub const fn numbers(&self, value: Value) -> Numbers<'_, 'a> {
        let (single, position, end) = match value {
            Value::Varint(number) => (Some(number), 0, 0),
            Value::Bytes(message) => (None, message.start, message.end),
            Value::Fixed64(_) | Value::Fixed32(_) | Value::Group(_) => (None, 0, 0),
        };
        Numbers {
            wire: self,
            single,
            position,
            end,
        }
    }

    /// At most `max` bytes from the beginning of a stretch; fewer if the source ends or fails, which is noted.
    pub fn bytes(&self, message: Message, max: usize) -> Vec<u8> {
        let length = narrow(message.length()).min(max);
        match read_range(self.source, message.start, length) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(message.start, &error);
                Vec::new()
            }
        }
    }

    /// At most `max` bytes of a text; what is not UTF-8 becomes replacement characters.
    pub fn text(&self, message: Message, max: usize) -> String {
        match String::from_utf8(self.bytes(message, max)) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }

    /// The source that is walked.
    #[must_use]
    pub const fn source(&self) -> &'a dyn ByteSource {
        self.source
    }

    /// Whether time is up or the source failed: every further message is empty.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// Notes what could not be read; a bounded number is kept.
    pub fn note(&self, kind: ProblemKind, offset: u64, detail: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        let is_known = |each: &Problem, detail: &str| each.kind == kind && each.detail == detail;
        let detail = detail.into();
        let is_new = !problems.iter().any(|each| is_known(each, &detail));
        if problems.len() < KEPT_PROBLEMS && is_new {
            problems.push(Problem::new(kind, Place::Byte(offset), detail));
        }
    }

    /// What could not be read: the first of each sort.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn unreadable(&self, offset: u64, error: &ReadError) {
        self.is_stopped.set(true);
        self.note(ProblemKind::Unreadable, offset, error.to_string());
    }

    /// Counts a step; whether to go on.
    fn step(&self, offset: u64) -> bool {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        if steps.is_multiple_of(STEPS_PER_CHECK)
            && let Some(Err(error)) = self.budget.map(Budget::check_time)
        {
            self.is_stopped.set(true);
            self.note(ProblemKind::LimitReached, offset, error.to_string());
        }
        !self.is_stopped.get()
    }

    /// The bytes at an offset, at most `N`, zero-padded, and how many there are.
    fn peek<const N: usize>(&self, offset: u64) -> ([u8; N], usize) {
        let mut out = [0; N];
        let mut copy = |from: &[u8]| {
            let count = from.len().min(N);
            if let (Some(to), Some(from)) = (out.get_mut(..count), from.get(..count)) {
                to.copy_from_slice(from);
            }
            count
        };
        if let Some(all) = self.source.as_slice() {
            let count = copy(all.get(narrow(offset)..).unwrap_or_default());
            return (out, count);
        }
        let mut buffer = self.buffer.borrow_mut();
        let needed = N.min(narrow(self.source.size().saturating_sub(offset)));
        if buffer.ahead(offset).len() < needed {
            self.refill(&mut buffer, offset);
        }
        let count = copy(buffer.ahead(offset));
        (out, count)
    }

    fn refill(&self, buffer: &mut Buffer, offset: u64) {
        buffer.start = offset;
        buffer.bytes.resize(BUFFER, 0);
        match read_full(self.source, offset, &mut buffer.bytes) {
            Ok(count) => buffer.bytes.truncate(count),
            Err(error) => {
                buffer.bytes.clear();
                self.unreadable(offset, &error);
            }
        }
    }

    /// The variable-length number at an offset and the offset behind it.
    fn varint(&self, offset: u64, end: u64) -> Result<(u64, u64), Ending> {
        let (bytes, count) = self.peek::<VARINT_BYTES>(offset);
        let count = count.min(narrow(end.saturating_sub(offset)));
        let mut number = 0_u64;
        let mut shift = 0_u32;
        for (index, byte) in bytes.iter().take(count).enumerate() {
            // The tenth byte holds one bit; the others are dropped, as the reference parsers do.
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift = shift.saturating_add(7);
            if byte & 0x80 == 0 {
                let next = offset.saturating_add(wide(index)).saturating_add(1);
                return Ok((number, next));
            }
        }
        Err(if count < VARINT_BYTES {
            Ending::Truncated
        } else {
            Ending::Broken
        })
    }

    fn fixed<const N: usize>(&self, offset: u64, end: u64) -> Result<([u8; N], u64), Ending> {
        let (bytes, count) = self.peek::<N>(offset);
        let next = offset.saturating_add(wide(N));
        if count < N || next > end {
            return Err(Ending::Truncated);
        }
        Ok((bytes, next))
    }
}

impl Buffer {
    fn ahead(&self, offset: u64) -> &[u8] {
        match offset.checked_sub(self.start) {
            Some(skipped) => self.bytes.get(narrow(skipped)..).unwrap_or_default(),
            None => &[],
        }
    }
}

/// The beginning of a file, as recognisers get it.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a>(pub &'a [u8]);

impl ByteSource for Head<'_> {
    fn size(&self) -> u64 {
        wide(self.0.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = self.0.get(narrow(offset)..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self.0)
    }
}

/// The fields of a message.
#[derive(Debug)]
pub struct Fields<'w, 'a> {
    wire: &'w Wire<'a>,
    message: Message,
    position: u64,
    ending: Ending,
}

impl Fields<'_, '_> {
    /// How it ended; [`Ending::Open`] before the end.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        self.ending
    }

    /// The offset of the next field, or where reading ended.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    fn tag(&self) -> Result<(u32, u8, u64), Ending> {
        let (tag, next) = self.wire.varint(self.position, self.message.end)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Ending::Broken)?;
        if number == 0 || number > (1 << 29) - 1 {
            return Err(Ending::Broken);
        }
        let kind = u8::try_from(tag & 7).map_err(|_| Ending::Broken)?;
        Ok((number, kind, next))
    }

    fn read(&mut self) -> Result<Field, Ending> {
        let offset = self.position;
        let (number, kind, next) = self.tag()?;
        let value = self.value(number, kind, next)?;
        Ok(Field {
            number,
            value,
            offset,
        })
    }

    fn value(&mut self, number: u32, kind: u8, at: u64) -> Result<Value, Ending> {
        let end = self.message.end;
        let (value, next) = match kind {
            0 => {
                let (varint, next) = self.wire.varint(at, end)?;
                (Value::Varint(varint), next)
            }
            1 => {
                let (raw, next) = self.wire.fixed(at, end)?;
                (Value::Fixed64(u64::from_le_bytes(raw)), next)
            }
            2 => {
                let (length, start) = self.wire.varint(at, end)?;
                let stretch = self.inner(start, length);
                (Value::Bytes(stretch), start.saturating_add(length))
            }
            3 => {
                let (stop, next) = self.group_end(number, at)?;
                let length = stop.saturating_sub(at);
                (Value::Group(self.inner(at, length)), next)
            }
            5 => {
                let (raw, next) = self.wire.fixed(at, end)?;
                (Value::Fixed32(u32::from_le_bytes(raw)), next)
            }
            _ => return Err(Ending::Broken),
        };
        self.position = next;
        Ok(value)
    }

    fn inner(&self, start: u64, length: u64) -> Message {
        let end = start.saturating_add(length);
        if end > self.wire.source.size() {
            self.wire.is_cut.set(true);
        }
        let end = end.min(self.message.end);
        Message {
            start,
            end,
            depth: self.message.depth.saturating_add(1),
        }
    }

    /// Where the content of a group ends, and the offset behind its end tag.
    fn group_end(&self, number: u32, start: u64) -> Result<(u64, u64), Ending> {
        let mut open = vec![number];
        let mut inside = Self {
            wire: self.wire,
            message: self.message,
            position: start,
            ending: Ending::Open,
        };
        while self.wire.step(inside.position) {
            let at = inside.position;
            let (number, kind, next) = inside.tag()?;
            match kind {
                3 if open.len() >= narrow(u64::from(MAX_DEPTH)) => return Err(Ending::Broken),
                3 => {
                    open.push(number);
                    inside.position = next;
                }
                4 if open.pop() != Some(number) => return Err(Ending::Broken),
                4 if open.is_empty() => return Ok((at, next)),
                4 => inside.position = next,
                _ => {
                    inside.value(number, kind, next)?;
                    if inside.position > self.message.end {
                        return Err(Ending::Truncated);
                    }
                }
            }
        }
        Err(Ending::Stopped)
    }
}

impl Iterator for Fields<'_, '_> {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        if self.ending != Ending::Open {
            return None;
        }
        if self.position == self.message.end {
            self.ending = Ending::Whole;
            return None;
        }
        if self.position > self.message.end {
            self.position = self.message.end;
            self.end_with(Ending::Truncated);
            return None;
        }
        if !self.wire.step(self.position) {
            self.ending = Ending::Stopped;
            return None;
        }
        match self.read() {
            Ok(field) => Some(field),
            Err(ending) => {
                self.end_with(ending);
                None
            }
        }
    }
}

impl Fields<'_, '_> {
    fn end_with(&mut self, ending: Ending) {
        self.ending = if self.wire.is_stopped() {
            Ending::Stopped
        } else {
            ending
        };
        let (kind, detail) = match self.ending {
            Ending::Truncated => (ProblemKind::Truncated, "a field ends behind its message"),
            Ending::Broken => (ProblemKind::Malformed, "bytes that are no protobuf field"),
            Ending::Open | Ending::Whole | Ending::Stopped => return,
        };
        self.wire.note(kind, self.position, detail);
    }
}

/// The numbers of a repeated field.
#[derive(Debug)]
pub struct Numbers<'w, 'a> {
    wire: &'w Wire<'a>,
    single: Option<u64>,
    position: u64,
    end: u64,
}

impl Iterator for Numbers<'_, '_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if let Some(number) = self.single.take() {
            return Some(number);
        }
        if self.position >= self.end || !self.wire.step(self.position) {
            return None;
        }
        let Ok((number, next)) = self.wire.varint(self.position, self.end) else {
            self.position = self.end;
            return None;
        };
        self.position = next;
        Some(number)
    }
}

#[cfg(test)]
mod tests;
