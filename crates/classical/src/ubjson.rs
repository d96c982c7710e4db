//! UBJSON (draft 12) into the common tree, as XGBoost writes it, with every length checked against the file.
//!
//! Typed arrays of numbers are read in passing; typed containers of values without bytes (`$T#`) are the notation's
//! own bomb and are reported, not expanded.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::Order;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::note::{hazard, out_of_time};
use crate::reader::Reader;
use crate::value::{
    ArrayBuilder, MAX_DEPTH, MAX_NODES, Numbers, Value, check_keys, too_deep, too_many,
};

/// Bytes of one text that are kept; XGBoost models hold no longer ones.
const KEPT_TEXT: u64 = 1 << 20;
/// No-operations in a row that no writer produces.
const MANY_NOOPS: u32 = 4096;

struct Parser<'a> {
    reader: Reader<'a>,
    nodes: usize,
    noops: u32,
    stopped: bool,
    budget: &'a Budget,
    facts: &'a mut ModelFacts,
}

/// Reads one UBJSON value from `start`; returns it and where it ends.
pub(crate) fn parse(
    source: &dyn ByteSource,
    start: u64,
    budget: &Budget,
    facts: &mut ModelFacts,
) -> (Value, u64) {
    let mut parser = Parser {
        reader: Reader::at(source, start, Order::Big),
        nodes: 0,
        noops: 0,
        stopped: false,
        budget,
        facts,
    };
    let value = parser.marker().and_then(|marker| parser.value(marker, 0));
    if value.is_none() && !parser.stopped {
        parser.reader.note_end(parser.facts, "a value");
    }
    let end = parser.reader.position();
    (value.unwrap_or(Value::Null), end)
}

impl Parser<'_> {
    fn place(&self) -> Place {
        Place::Byte(self.reader.position())
    }

    fn stop(&mut self) -> Option<Value> {
        self.stopped = true;
        None
    }

    fn broken(&mut self, detail: &str) -> Option<Value> {
        let place = self.place();
        self.facts
            .problem(ProblemKind::Malformed, place, format!("ubjson: {detail}"));
        self.stop()
    }

    fn lie(&mut self, subject: &str) {
        let place = self.place();
        hazard(
            self.facts,
            ModelHazardKind::SizeLie,
            Effect::OnLoad,
            place,
            subject,
            "the stated length does not fit into the file",
            "",
        );
        self.stopped = true;
    }

    /// The next marker behind no-operations.
    fn marker(&mut self) -> Option<u8> {
        loop {
            let marker = self.reader.byte()?;
            if marker != b'N' {
                return Some(marker);
            }
            self.noops = self.noops.saturating_add(1);
            if self.noops == MANY_NOOPS {
                let place = self.place();
                hazard(
                    self.facts,
                    ModelHazardKind::ResourceExhaustion,
                    Effect::OnLoad,
                    place,
                    "N",
                    "thousands of no-operation marks keep readers busy",
                    "",
                );
            }
            if self.noops.is_multiple_of(1 << 16)
                && out_of_time(self.budget, self.reader.position(), self.facts)
            {
                self.stopped = true;
                return None;
            }
        }
    }

    fn integer(&mut self, marker: u8) -> Option<i64> {
        match marker {
            b'i' => self.reader.byte().map(|byte| i64::from(byte.cast_signed())),
            b'U' => self.reader.byte().map(i64::from),
            b'I' => self.reader.u16().map(|raw| i64::from(raw.cast_signed())),
            b'l' => self.reader.i32().map(i64::from),
            b'L' => self.reader.i64(),
            _ => {
                self.broken("a length is no whole number");
                None
            }
        }
    }

    /// A length with its marker; one that cannot be true stops the reading.
    fn length(&mut self, each: u64, what: &str) -> Option<u64> {
        let marker = self.marker()?;
        let length = self.integer(marker)?;
        let bytes = u64::try_from(length)
            .ok()
            .filter(|count| each.saturating_mul(*count) <= self.reader.remaining());
        if bytes.is_none() {
            self.lie(&format!("{what} of {length}"));
        }
        bytes
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length(1, "text")?;
        let bytes = self.reader.bytes(length, KEPT_TEXT)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn value(&mut self, marker: u8, depth: usize) -> Option<Value> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            too_many(self.reader.position(), self.facts);
            return self.stop();
        }
        if self.nodes.is_multiple_of(4096)
            && out_of_time(self.budget, self.reader.position(), self.facts)
        {
            return self.stop();
        }
        match marker {
            b'Z' => Some(Value::Null),
            b'T' => Some(Value::Bool(true)),
            b'F' => Some(Value::Bool(false)),
            b'i' | b'U' | b'I' | b'l' | b'L' => self.integer(marker).map(Value::Int),
            b'd' => self
                .reader
                .array()
                .map(|raw| Value::Float(f32::from_be_bytes(raw).into())),
            b'D' => self
                .reader
                .array()
                .map(|raw| Value::Float(f64::from_be_bytes(raw))),
            b'C' => self
                .reader
                .byte()
                .map(|byte| Value::Text(char::from(byte).to_string())),
            b'S' | b'H' => self.text().map(Value::Text),
            b'[' | b'{' if depth >= MAX_DEPTH => {
                too_deep(self.reader.position(), self.facts);
                self.stop()
            }
            b'[' => self.array(depth.saturating_add(1)),
            b'{' => self.object(depth.saturating_add(1)),
            _ => self.broken("an unknown mark"),
        }
    }

    /// The type and the count that may stand at the head of a container.
    fn head(&mut self) -> Option<(Option<u8>, Option<u64>)> {
        let mut kind = None;
        if self.reader.peek()? == b'$' {
            self.reader.skip(1)?;
            kind = Some(self.reader.byte()?);
            if self.reader.peek()? != b'#' {
                self.broken("a typed container without a count");
                return None;
            }
        }
        if self.reader.peek()? != b'#' {
            return Some((kind, None));
        }
        self.reader.skip(1)?;
        let each = match kind {
            Some(b'Z' | b'T' | b'F' | b'N') => 0,
            Some(kind) => width(kind).unwrap_or(1),
            None => 1,
        };
        let count = self.length(each, "container")?;
        if each == 0 && count > 1 << 16 {
            let place = self.place();
            hazard(
                self.facts,
                ModelHazardKind::ResourceExhaustion,
                Effect::OnLoad,
                place,
                &format!("{count} values"),
                "values that take no bytes fill the memory of readers",
                "",
            );
            self.stopped = true;
            return None;
        }
        Some((kind, Some(count)))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        let (kind, count) = self.head()?;
        if let (Some(kind), Some(count)) = (kind, count)
            && width(kind).is_some()
        {
            return self.numbers(kind, count);
        }
        let mut items = ArrayBuilder::new();
        let mut left = count;
        loop {
            if left == Some(0) {
                break;
            }
            let marker = match kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            if marker == b']' && left.is_none() {
                break;
            }
            match self.value(marker, depth) {
                Some(value) => items.push(value),
                None => {
                    if !self.stopped {
                        self.reader.note_end(self.facts, "an array");
                    }
                    self.stopped = true;
                    return Some(items.finish()).filter(|_| depth > 1);
                }
            }
            left = left.map(|left| left.saturating_sub(1));
            if self.stopped {
                break;
            }
        }
        Some(items.finish())
    }

    /// A typed array of numbers: whole ones are kept, others are counted.
    fn numbers(&mut self, kind: u8, count: u64) -> Option<Value> {
        let each = width(kind)?;
        let whole = match kind {
            b'd' | b'D' | b'L' if kind != b'L' || count > 1 << 22 => {
                self.reader.skip(each.saturating_mul(count))?;
                None
            }
            _ => {
                let mut whole = Vec::new();
                for index in 0..count {
                    let number = self.integer_of(kind)?;
                    whole.push(i32::try_from(number).unwrap_or(i32::MIN));
                    if index.is_multiple_of(1 << 16)
                        && out_of_time(self.budget, self.reader.position(), self.facts)
                    {
                        self.stopped = true;
                        return None;
                    }
                }
                Some(whole)
            }
        };
        Some(Value::Numbers(Numbers { count, whole }))
    }

    fn integer_of(&mut self, kind: u8) -> Option<i64> {
        match kind {
            b'C' => self.reader.byte().map(i64::from),
            kind => self.integer(kind),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let start = self.reader.position();
        let (kind, count) = self.head()?;
        let mut members = Vec::new();
        let mut left = count;
        while left != Some(0) && !self.stopped {
            // Keys have no `S` mark; their length comes at once.
            while self.reader.peek() == Some(b'N') {
                self.reader.skip(1)?;
            }
            if left.is_none() && self.reader.peek()? == b'}' {
                self.reader.skip(1)?;
                break;
            }
            let Some(key) = self.text() else { break };
            let marker = match kind {
                Some(kind) => Some(kind),
                None => self.marker(),
            };
            let value = marker.and_then(|marker| self.value(marker, depth));
            let is_end = value.is_none();
            members.push((key, value.unwrap_or(Value::Null)));
            if is_end {
                break;
            }
            left = left.map(|left| left.saturating_sub(1));
        }
        check_keys(&members, start, self.facts);
        Some(Value::Map(members))
    }
}

const fn width(kind: u8) -> Option<u64> {
    match kind {
        b'i' | b'U' | b'C' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}
