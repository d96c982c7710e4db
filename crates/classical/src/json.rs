//! JSON into the common tree: every key is seen, equal ones are reported, and what precedes damage is kept.
//!
//! `NaN` and infinities are taken as Python and RapidJSON write them. It does not judge what the values mean.

use chainwright_core::budget::Budget;
use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::model::ModelFacts;
use chainwright_core::problem::ProblemKind;

use crate::note::out_of_time;
use crate::value::{ArrayBuilder, MAX_DEPTH, MAX_NODES, Value, check_keys, too_deep, too_many};

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: usize,
    failed: bool,
    budget: &'a Budget,
    facts: &'a mut ModelFacts,
}

/// Reads a JSON text; broken text gives what was read before and a problem.
pub(crate) fn parse(bytes: &[u8], budget: &Budget, facts: &mut ModelFacts) -> Value {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut parser = Parser {
        bytes,
        at: 0,
        nodes: 0,
        failed: false,
        budget,
        facts,
    };
    let value = parser.value(0);
    parser.blank();
    if !parser.failed && parser.at < bytes.len() && !parser.rest_is_padding() {
        parser.broken("content behind the value");
    }
    value
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.step(1);
        }
    }

    fn rest_is_padding(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.iter().all(|byte| *byte == 0)
    }

    fn broken(&mut self, detail: &str) {
        let kind = if self.at >= self.bytes.len() {
            ProblemKind::Truncated
        } else {
            ProblemKind::Malformed
        };
        self.facts
            .problem(kind, Place::Byte(wide(self.at)), format!("json: {detail}"));
        self.failed = true;
    }

    fn value(&mut self, depth: usize) -> Value {
        self.blank();
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes.is_multiple_of(4096) && out_of_time(self.budget, wide(self.at), self.facts) {
            self.failed = true;
            return Value::Null;
        }
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                too_deep(wide(self.at), self.facts);
                self.failed = true;
                Value::Null
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Value::Text(self.string()),
            Some(_) => self.scalar(),
            None => {
                self.broken("the text ends early");
                Value::Null
            }
        }
    }

    fn full(&mut self, held: usize) -> bool {
        if held > MAX_NODES {
            too_many(wide(self.at), self.facts);
            self.failed = true;
        }
        self.failed
    }

    fn object(&mut self, depth: usize) -> Value {
        let start = wide(self.at);
        self.step(1);
        let mut members = Vec::new();
        self.blank();
        if self.peek() == Some(b'}') {
            self.step(1);
            return Value::Map(members);
        }
        while !self.failed {
            self.blank();
            if self.peek() != Some(b'"') {
                self.broken("a key is expected");
                break;
            }
            let key = self.string();
            self.blank();
            if self.failed || self.peek() != Some(b':') {
                self.broken("a colon is expected");
                break;
            }
            self.step(1);
            let value = self.value(depth.saturating_add(1));
            members.push((key, value));
            if self.full(self.nodes) || self.ends(b'}') {
                break;
            }
        }
        check_keys(&members, start, self.facts);
        Value::Map(members)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.step(1);
        let mut items = ArrayBuilder::new();
        self.blank();
        if self.peek() == Some(b']') {
            self.step(1);
            return items.finish();
        }
        let before = self.nodes;
        let mut compact = 0_usize;
        while !self.failed {
            let value = self.value(depth.saturating_add(1));
            if matches!(value, Value::Int(_) | Value::Float(_)) {
                compact = compact.saturating_add(1);
            }
            items.push(value);
            if self.full(self.nodes.saturating_sub(compact)) || self.ends(b']') {
                break;
            }
        }
        // Numbers are kept compactly and do not count.
        self.nodes = self.nodes.saturating_sub(compact).max(before);
        items.finish()
    }

    /// Passes over a comma or the closing mark; true if the container is complete or broken.
    fn ends(&mut self, close: u8) -> bool {
        self.blank();
        match self.peek() {
            Some(b',') => {
                self.step(1);
                false
            }
            Some(byte) if byte == close => {
                self.step(1);
                true
            }
            _ => {
                self.broken("a comma or the end of the container is expected");
                true
            }
        }
    }

    fn scalar(&mut self) -> Value {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
            .take(400)
            .count();
        let word = rest.get(..length).unwrap_or_default();
        let text = std::str::from_utf8(word).unwrap_or_default();
        let value = match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "NaN" | "nan" | "-nan" | "Infinity" | "-Infinity" | "Inf" | "-Inf" | "inf" | "-inf" => {
                Value::Float(f64::NAN)
            }
            _ if word
                .first()
                .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-') =>
            {
                match (text.parse::<i64>(), text.parse::<f64>()) {
                    (Ok(number), _) => Value::Int(number),
                    (Err(_), Ok(number)) => Value::Float(number),
                    (Err(_), Err(_)) => {
                        self.broken("a number is expected");
                        return Value::Null;
                    }
                }
            }
            _ => {
                self.broken("a value is expected");
                return Value::Null;
            }
        };
        self.step(length);
        value
    }

    fn string(&mut self) -> String {
        self.step(1);
        let mut text: Vec<u8> = Vec::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\'))
                .unwrap_or(rest.len());
            text.extend_from_slice(rest.get(..plain).unwrap_or_default());
            self.step(plain);
            match self.peek() {
                Some(b'"') => {
                    self.step(1);
                    break;
                }
                Some(_) => self.escape(&mut text),
                None => {
                    self.broken("a text does not end");
                    break;
                }
            }
        }
        String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let mark = self.bytes.get(self.at.saturating_add(1)).copied();
        self.step(2);
        let character = match mark {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => self.unicode(),
            Some(other) => char::from(other),
            None => return,
        };
        let mut buffer = [0; 4];
        text.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }

    fn unit(&self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at.checked_add(4)?)?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    fn unicode(&mut self) -> char {
        let Some(first) = self.unit() else {
            return char::REPLACEMENT_CHARACTER;
        };
        self.step(4);
        let follows = self.bytes.get(self.at..self.at.saturating_add(2)) == Some(b"\\u".as_slice());
        if (0xd800..0xdc00).contains(&first) && follows {
            self.step(2);
            let second = self.unit().filter(|unit| (0xdc00..0xe000).contains(unit));
            if let Some(second) = second {
                self.step(4);
                let high = first.saturating_sub(0xd800).saturating_mul(0x400);
                let low = second.saturating_sub(0xdc00);
                let point = 0x1_0000_u32.saturating_add(high).saturating_add(low);
                return char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = self.at.saturating_sub(2);
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}
