//! MessagePack into the common tree, with every length checked against the file.
//!
//! Binary data and application types stay where they are; only their places are kept.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::Order;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::note::{hazard, out_of_time};
use crate::reader::Reader;
use crate::value::{ArrayBuilder, MAX_DEPTH, MAX_NODES, Value, check_keys, too_deep, too_many};

/// Bytes of one text that are kept.
const KEPT_TEXT: u64 = 1 << 16;

struct Parser<'a> {
    reader: Reader<'a>,
    end: u64,
    nodes: usize,
    compact: usize,
    stopped: bool,
    budget: &'a Budget,
    facts: &'a mut ModelFacts,
}

/// Reads one value of the stretch from `start` to `end`; returns it and where it ends.
pub(crate) fn parse(
    source: &dyn ByteSource,
    start: u64,
    end: u64,
    budget: &Budget,
    facts: &mut ModelFacts,
) -> (Value, u64) {
    let mut parser = Parser {
        reader: Reader::at(source, start, Order::Big),
        end: end.min(source.size()),
        nodes: 0,
        compact: 0,
        stopped: false,
        budget,
        facts,
    };
    let value = parser.value(0);
    if value.is_none() && !parser.stopped {
        parser.reader.note_end(parser.facts, "a value");
    }
    let end = parser.reader.position();
    (value.unwrap_or(Value::Null), end)
}

impl Parser<'_> {
    fn left(&self) -> u64 {
        self.end.saturating_sub(self.reader.position())
    }

    /// A length that `each` bytes per element must fit into what is left.
    fn fits(&mut self, count: u64, each: u64, what: &str) -> Option<u64> {
        if count.saturating_mul(each) <= self.left() {
            return Some(count);
        }
        let place = Place::Byte(self.reader.position());
        hazard(
            self.facts,
            ModelHazardKind::SizeLie,
            Effect::OnLoad,
            place,
            &format!("{what} of {count}"),
            "the stated length does not fit into the file",
            "",
        );
        self.stopped = true;
        None
    }

    fn sized(&mut self, width: u8) -> Option<u64> {
        match width {
            1 => self.reader.byte().map(u64::from),
            2 => self.reader.u16().map(u64::from),
            4 => self.reader.u32().map(u64::from),
            _ => self.reader.u64(),
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.nodes = self.nodes.saturating_add(1);
        let held = self.nodes.saturating_sub(self.compact);
        if held > MAX_NODES {
            too_many(self.reader.position(), self.facts);
            self.stopped = true;
        } else if depth > MAX_DEPTH {
            too_deep(self.reader.position(), self.facts);
            self.stopped = true;
        } else if self.nodes.is_multiple_of(4096) {
            self.stopped |= out_of_time(self.budget, self.reader.position(), self.facts);
        }
        if self.stopped || self.left() == 0 {
            return None;
        }
        let mark = self.reader.byte()?;
        match mark {
            0x00..=0x7f => Some(Value::Int(i64::from(mark))),
            0x80..=0x8f => self.map(u64::from(mark & 15), depth),
            0x90..=0x9f => self.array(u64::from(mark & 15), depth),
            0xa0..=0xbf => self.text(u64::from(mark & 31)),
            0xc0 => Some(Value::Null),
            0xc1 => self.broken(),
            0xc2 => Some(Value::Bool(false)),
            0xc3 => Some(Value::Bool(true)),
            0xc4 => self.sized(1).and_then(|length| self.binary(length)),
            0xc5 => self.sized(2).and_then(|length| self.binary(length)),
            0xc6 => self.sized(4).and_then(|length| self.binary(length)),
            0xc7 => self.sized(1).and_then(|length| self.extension(length)),
            0xc8 => self.sized(2).and_then(|length| self.extension(length)),
            0xc9 => self.sized(4).and_then(|length| self.extension(length)),
            0xca => self
                .reader
                .array()
                .map(|raw| Value::Float(f32::from_be_bytes(raw).into())),
            0xcb => self
                .reader
                .array()
                .map(|raw| Value::Float(f64::from_be_bytes(raw))),
            0xcc => self.sized(1).map(unsigned),
            0xcd => self.sized(2).map(unsigned),
            0xce => self.sized(4).map(unsigned),
            0xcf => self.sized(8).map(unsigned),
            0xd0 => self
                .reader
                .byte()
                .map(|raw| Value::Int(raw.cast_signed().into())),
            0xd1 => self
                .reader
                .u16()
                .map(|raw| Value::Int(raw.cast_signed().into())),
            0xd2 => self.reader.i32().map(|raw| Value::Int(raw.into())),
            0xd3 => self.reader.i64().map(Value::Int),
            0xd4 => self.extension(1),
            0xd5 => self.extension(2),
            0xd6 => self.extension(4),
            0xd7 => self.extension(8),
            0xd8 => self.extension(16),
            0xd9 => self.sized(1).and_then(|length| self.text(length)),
            0xda => self.sized(2).and_then(|length| self.text(length)),
            0xdb => self.sized(4).and_then(|length| self.text(length)),
            0xdc => self.sized(2).and_then(|count| self.array(count, depth)),
            0xdd => self.sized(4).and_then(|count| self.array(count, depth)),
            0xde => self.sized(2).and_then(|count| self.map(count, depth)),
            0xdf => self.sized(4).and_then(|count| self.map(count, depth)),
            0xe0..=0xff => Some(Value::Int(mark.cast_signed().into())),
        }
    }

    fn broken(&mut self) -> Option<Value> {
        let place = Place::Byte(self.reader.position());
        self.facts.problem(
            ProblemKind::Malformed,
            place,
            "msgpack: a mark that is never used",
        );
        self.stopped = true;
        None
    }

    fn text(&mut self, length: u64) -> Option<Value> {
        let length = self.fits(length, 1, "text")?;
        let bytes = self.reader.bytes(length, KEPT_TEXT)?;
        Some(Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn binary(&mut self, length: u64) -> Option<Value> {
        let length = self.fits(length, 1, "binary data")?;
        let offset = self.reader.position();
        self.reader.skip(length)?;
        Some(Value::Bytes { offset, length })
    }

    fn extension(&mut self, length: u64) -> Option<Value> {
        let kind = self.reader.byte()?.cast_signed();
        let length = self.fits(length, 1, "extension")?;
        let offset = self.reader.position();
        self.reader.skip(length)?;
        Some(Value::Extension {
            kind,
            offset,
            length,
        })
    }

    fn array(&mut self, count: u64, depth: usize) -> Option<Value> {
        let count = self.fits(count, 1, "array")?;
        let mut items = ArrayBuilder::new();
        for _ in 0..count {
            let Some(value) = self.value(depth.saturating_add(1)) else {
                break;
            };
            if matches!(value, Value::Int(_) | Value::Float(_)) {
                self.compact = self.compact.saturating_add(1);
            }
            items.push(value);
        }
        Some(items.finish())
    }

    fn map(&mut self, count: u64, depth: usize) -> Option<Value> {
        let start = self.reader.position();
        let count = self.fits(count, 2, "map")?;
        let mut members = Vec::new();
        for _ in 0..count {
            let key = match self.value(depth.saturating_add(1)) {
                Some(Value::Text(text)) => text,
                Some(Value::Int(number)) => number.to_string(),
                Some(Value::Bytes { offset, .. }) => format!("bytes at {offset}"),
                Some(other) => format!("{:?}", std::mem::discriminant(&other)),
                None => break,
            };
            let value = self.value(depth.saturating_add(1));
            let is_end = value.is_none();
            members.push((key, value.unwrap_or(Value::Null)));
            if is_end {
                break;
            }
        }
        // Keys that are not text have no faithful names here and are left out of the comparison.
        if members
            .iter()
            .all(|(key, _)| !key.starts_with("Discriminant"))
        {
            check_keys(&members, start, self.facts);
        }
        Some(Value::Map(members))
    }
}

fn unsigned(number: u64) -> Value {
    i64::try_from(number).map_or(Value::Float(f64::INFINITY), Value::Int)
}
