//! The stack machine.

use std::collections::HashMap;
use std::io::Read as _;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::Cursor;
use chainwright_core::fields::{narrow, u32_le, u64_le, wide};
use chainwright_pickle::opcode as op;
use chainwright_pickle::opcode::{Shape, shape};

use super::value::{Heap, Id, Node, Object};

/// Nodes of one stream.
const MOST_NODES: usize = 4_000_000;
/// Texts and lines that are kept in memory.
const LONGEST_TEXT: u64 = 64 * 1024;
/// A line of protocol 0, which holds whole arrays.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Opcodes between looks at the clock.
const BETWEEN_LOOKS: u32 = 65_536;

/// Why a stream was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Limit {
    /// It is broken there.
    Broken(String),
    /// It is larger than what is read.
    Exceeded(String),
}

fn broken<T>(what: &str) -> Result<T, Limit> {
    Err(Limit::Broken(what.to_owned()))
}

/// Reads one stream from the cursor on, up to and with its `STOP`; gives the value that loading would give.
pub(crate) fn read(cursor: &mut Cursor<'_>, heap: &mut Heap, budget: &Budget) -> Result<Id, Limit> {
    let mut machine = Machine {
        heap,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        pending_raw: None,
    };
    let mut until_look = BETWEEN_LOOKS;
    loop {
        until_look = match until_look.checked_sub(1) {
            Some(left) => left,
            None => {
                budget
                    .check_time()
                    .map_err(|error| Limit::Exceeded(error.to_string()))?;
                BETWEEN_LOOKS
            }
        };
        if machine.heap.len() > MOST_NODES {
            return Err(Limit::Exceeded(format!("more than {MOST_NODES} values")));
        }
        let Some(opcode) = next_byte(cursor)? else {
            return broken("it ends without STOP");
        };
        if opcode == op::STOP {
            return machine.pop();
        }
        machine.step(opcode, cursor)?;
        if let Some(raw) = machine.pending_raw.take() {
            machine.skip_array(raw, cursor)?;
        }
    }
}

fn next_byte(cursor: &mut Cursor<'_>) -> Result<Option<u8>, Limit> {
    cursor
        .next_byte()
        .map_err(|error| Limit::Exceeded(error.to_string()))
}

/// The argument of an opcode.
enum Argument {
    None,
    Small(Vec<u8>),
    Lines(Vec<u8>, Vec<u8>),
    Span { offset: u64, length: u64 },
}

fn argument(shape: Shape, cursor: &mut Cursor<'_>) -> Result<Argument, Limit> {
    Ok(match shape {
        Shape::Bare => Argument::None,
        Shape::Fixed(count) => Argument::Small(exactly(cursor, count)?),
        Shape::Line => Argument::Lines(line(cursor)?, Vec::new()),
        Shape::TwoLines => Argument::Lines(line(cursor)?, line(cursor)?),
        Shape::Counted(width) => {
            let raw = exactly(cursor, width)?;
            let length = number(&raw);
            if length > cursor.remaining() {
                return broken("a value reaches beyond the end");
            }
            let offset = cursor.position();
            cursor.skip(length);
            Argument::Span { offset, length }
        }
    })
}

fn exactly(cursor: &mut Cursor<'_>, count: u64) -> Result<Vec<u8>, Limit> {
    if count > cursor.remaining() || count > LONGEST_TEXT {
        return broken("a value reaches beyond the end");
    }
    let mut raw = vec![0; narrow(count)];
    match cursor.read_exact(&mut raw) {
        Ok(()) => Ok(raw),
        Err(_) => broken("a value reaches beyond the end"),
    }
}

fn line(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Limit> {
    let mut line = Vec::new();
    while wide(line.len()) <= LONGEST_LINE {
        match next_byte(cursor)? {
            Some(b'\n') => return Ok(line),
            Some(byte) => line.push(byte),
            None => return broken("a line without end"),
        }
    }
    broken("a line without end")
}

/// A little-endian number of up to eight bytes.
fn number(raw: &[u8]) -> u64 {
    raw.iter()
        .take(8)
        .rev()
        .fold(0, |value: u64, byte| (value << 8) | u64::from(*byte))
}

/// An array whose bytes follow in the stream.
#[derive(Debug, Clone, Copy)]
struct RawArray {
    wrapper: Id,
}

struct Machine<'a> {
    heap: &'a mut Heap,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    pending_raw: Option<RawArray>,
}

impl Machine<'_> {
    fn pop(&mut self) -> Result<Id, Limit> {
        match self.stack.pop() {
            Some(id) => Ok(id),
            None => broken("the stack is empty"),
        }
    }

    fn top(&self) -> Result<Id, Limit> {
        match self.stack.last() {
            Some(id) => Ok(*id),
            None => broken("the stack is empty"),
        }
    }

    fn push(&mut self, node: Node) {
        let id = self.heap.add(node);
        self.stack.push(id);
    }

    /// Everything above the last mark.
    fn marked(&mut self) -> Result<Vec<Id>, Limit> {
        match self.marks.pop() {
            Some(at) if at <= self.stack.len() => Ok(self.stack.split_off(at)),
            _ => broken("no mark on the stack"),
        }
    }

    fn take(&mut self, count: usize) -> Result<Vec<Id>, Limit> {
        match self.stack.len().checked_sub(count) {
            Some(at) => Ok(self.stack.split_off(at)),
            None => broken("the stack is too short"),
        }
    }

    fn step(&mut self, opcode: u8, cursor: &mut Cursor<'_>) -> Result<(), Limit> {
        let Some(shape) = shape(opcode) else {
            return broken("a byte that is no opcode");
        };
        match argument(shape, cursor)? {
            Argument::None => self.bare(opcode),
            Argument::Small(raw) => self.fixed(opcode, &raw),
            Argument::Lines(first, second) => self.lines(opcode, &first, &second),
            Argument::Span { offset, length } => self.span(opcode, offset, length, cursor),
        }
    }

    fn bare(&mut self, opcode: u8) -> Result<(), Limit> {
        match opcode {
            op::MARK => self.marks.push(self.stack.len()),
            op::POP => {
                // A pop right behind a mark takes the mark.
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop()?;
                }
            }
            op::POP_MARK => {
                self.marked()?;
            }
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
            }
            op::NONE | op::NEXT_BUFFER => self.push(Node::None),
            op::NEWTRUE => self.push(Node::Bool(true)),
            op::NEWFALSE => self.push(Node::Bool(false)),
            op::READONLY_BUFFER => {}
            op::MEMOIZE => {
                let top = self.top()?;
                self.memo.insert(wide(self.memo.len()), top);
            }
            op::BINPERSID => {
                let id = self.pop()?;
                self.push(Node::Persistent(id));
            }
            op::EMPTY_TUPLE
            | op::TUPLE1
            | op::TUPLE2
            | op::TUPLE3
            | op::TUPLE
            | op::LIST
            | op::EMPTY_LIST
            | op::EMPTY_SET
            | op::FROZENSET
            | op::EMPTY_DICT
            | op::DICT => {
                self.collect(opcode)?;
            }
            op::APPEND | op::APPENDS | op::ADDITEMS | op::SETITEM | op::SETITEMS => {
                self.fill(opcode)?;
            }
            op::REDUCE | op::NEWOBJ | op::NEWOBJ_EX | op::OBJ | op::BUILD | op::STACK_GLOBAL => {
                self.describe(opcode)?;
            }
            _ => return broken("a byte that is no opcode"),
        }
        Ok(())
    }

    fn collect(&mut self, opcode: u8) -> Result<(), Limit> {
        let node = match opcode {
            op::EMPTY_TUPLE => Node::Tuple(Vec::new()),
            op::TUPLE1 => Node::Tuple(self.take(1)?),
            op::TUPLE2 => Node::Tuple(self.take(2)?),
            op::TUPLE3 => Node::Tuple(self.take(3)?),
            op::TUPLE => Node::Tuple(self.marked()?),
            op::LIST => Node::List(self.marked()?),
            op::EMPTY_LIST => Node::List(Vec::new()),
            op::EMPTY_SET => Node::Set(Vec::new()),
            op::FROZENSET => Node::Set(self.marked()?),
            op::DICT => Node::Dict(pairs(&self.marked()?)),
            _ => Node::Dict(Vec::new()),
        };
        self.push(node);
        Ok(())
    }

    fn fill(&mut self, opcode: u8) -> Result<(), Limit> {
        let new = match opcode {
            op::APPEND => self.take(1)?,
            op::SETITEM => self.take(2)?,
            _ => self.marked()?,
        };
        let target = self.top()?;
        let is_pairs = matches!(opcode, op::SETITEM | op::SETITEMS);
        match self.heap.node_mut(target) {
            Some(Node::List(items) | Node::Set(items)) if !is_pairs => items.extend(new),
            Some(Node::Dict(held)) if is_pairs => held.extend(pairs(&new)),
            Some(Node::Object(object)) if is_pairs => object.pairs.extend(pairs(&new)),
            Some(Node::Object(object)) => object.items.extend(new),
            // Filling anything else is an error or a trick; what is described stays what it was.
            _ => {}
        }
        Ok(())
    }

    fn describe(&mut self, opcode: u8) -> Result<(), Limit> {
        match opcode {
            op::REDUCE | op::NEWOBJ => {
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.object(callee, arguments);
            }
            op::NEWOBJ_EX => {
                let keywords = self.pop()?;
                let arguments = self.pop()?;
                let callee = self.pop()?;
                self.object(callee, arguments);
                let object = self.top()?;
                let keywords = self.heap.pairs(keywords).unwrap_or_default().to_vec();
                if let Some(Node::Object(object)) = self.heap.node_mut(object) {
                    object.pairs.extend(keywords);
                }
            }
            op::OBJ => {
                let mut given = self.marked()?;
                if given.is_empty() {
                    return broken("a call of nothing");
                }
                let rest = given.split_off(1);
                let callee = given.pop().map_or_else(|| self.pop(), Ok)?;
                let arguments = self.heap.add(Node::Tuple(rest));
                self.object(callee, arguments);
            }
            op::BUILD => {
                let state = self.pop()?;
                let target = self.top()?;
                if let Some(Node::Object(object)) = self.heap.node_mut(target) {
                    object.state = Some(state);
                    self.pending_raw = Some(RawArray { wrapper: target });
                }
            }
            _ => {
                let name = self.pop()?;
                let module = self.pop()?;
                let (Some(module), Some(name)) = (self.heap.text(module), self.heap.text(name))
                else {
                    return broken("a name that is no text");
                };
                let node = Node::Global {
                    module: module.to_owned(),
                    name: name.to_owned(),
                };
                self.push(node);
            }
        }
        Ok(())
    }

    fn object(&mut self, callee: Id, arguments: Id) {
        self.push(Node::Object(Box::new(Object {
            callee,
            arguments,
            state: None,
            items: Vec::new(),
            pairs: Vec::new(),
        })));
    }

    fn fixed(&mut self, opcode: u8, raw: &[u8]) -> Result<(), Limit> {
        let value = number(raw);
        match opcode {
            op::PROTO | op::FRAME => {}
            op::BININT => {
                let value = u32_le(raw, 0).unwrap_or(0);
                self.push(Node::Int(i64::from(value.cast_signed())));
            }
            op::BININT1 | op::BININT2 => self.push(Node::Int(i64::try_from(value).unwrap_or(0))),
            op::BINFLOAT => {
                let bits = u64_le(raw, 0).unwrap_or(0).swap_bytes();
                self.push(Node::Float(f64::from_bits(bits)));
            }
            op::BINGET | op::LONG_BINGET => self.recall(value)?,
            op::BINPUT | op::LONG_BINPUT => {
                let top = self.top()?;
                self.memo.insert(value, top);
            }
            // Extension codes stand for names of the loading program; here they stand for nothing.
            _ => self.push(Node::Global {
                module: "copyreg".to_owned(),
                name: format!("extension {value}"),
            }),
        }
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), Limit> {
        match self.memo.get(&key) {
            Some(id) => {
                self.stack.push(*id);
                Ok(())
            }
            None => broken("an unknown memo"),
        }
    }

    fn lines(&mut self, opcode: u8, first: &[u8], second: &[u8]) -> Result<(), Limit> {
        let text = String::from_utf8_lossy(first).into_owned();
        match opcode {
            op::GET | op::PUT => {
                let Ok(key) = text.trim().parse() else {
                    return broken("a memo that is no number");
                };
                if opcode == op::GET {
                    return self.recall(key);
                }
                let top = self.top()?;
                self.memo.insert(key, top);
            }
            op::INT if text == "01" || text == "00" => self.push(Node::Bool(text == "01")),
            op::INT | op::LONG => {
                let digits = text.trim().trim_end_matches('L');
                let node = digits
                    .parse()
                    .map_or_else(|_| Node::Number(digits.to_owned()), Node::Int);
                self.push(node);
            }
            op::FLOAT => {
                let node = text
                    .trim()
                    .parse()
                    .map_or_else(|_| Node::Number(text.clone()), Node::Float);
                self.push(node);
            }
            op::STRING => self.push(Node::Text(unquoted(&text))),
            op::UNICODE => self.push(Node::Text(raw_unicode(first))),
            op::PERSID => {
                let id = self.heap.add(Node::Text(text));
                self.push(Node::Persistent(id));
            }
            op::GLOBAL | op::INST => {
                let global = Node::Global {
                    module: text,
                    name: String::from_utf8_lossy(second).into_owned(),
                };
                if opcode == op::GLOBAL {
                    self.push(global);
                } else {
                    let given = self.marked()?;
                    let callee = self.heap.add(global);
                    let arguments = self.heap.add(Node::Tuple(given));
                    self.object(callee, arguments);
                }
            }
            _ => return broken("a byte that is no opcode"),
        }
        Ok(())
    }

    fn span(
        &mut self,
        opcode: u8,
        offset: u64,
        length: u64,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), Limit> {
        let node = match opcode {
            op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => {
                Node::Bytes { offset, length }
            }
            _ if length > LONGEST_TEXT => Node::LongText { offset, length },
            _ => {
                let end = cursor.position();
                cursor.seek_to(offset);
                let raw = exactly(cursor, length)?;
                cursor.seek_to(end);
                match opcode {
                    op::LONG1 | op::LONG4 => long(&raw),
                    // Python 2 wrote bytes as texts; as Latin-1 they survive.
                    op::BINSTRING | op::SHORT_BINSTRING => match std::str::from_utf8(&raw) {
                        Ok(text) => Node::Text(text.to_owned()),
                        Err(_) => Node::Bytes { offset, length },
                    },
                    _ => Node::Text(String::from_utf8_lossy(&raw).into_owned()),
                }
            }
        };
        self.push(node);
        Ok(())
    }

    /// Skips the raw array that joblib writes behind the state of its wrapper, and remembers where it lay: the
    /// wrapper's last pair is its offset and length under the key `None`.
    fn skip_array(&mut self, raw: RawArray, cursor: &mut Cursor<'_>) -> Result<(), Limit> {
        let Some((offset, length)) = crate::torch::joblib_array(self.heap, raw.wrapper, cursor)
        else {
            return Ok(());
        };
        if length
            > cursor
                .remaining()
                .saturating_add(cursor.position().saturating_sub(offset))
        {
            return broken("an array reaches beyond the end");
        }
        cursor.seek_to(offset.saturating_add(length));
        let key = self.heap.add(Node::None);
        let bytes = self.heap.add(Node::Bytes { offset, length });
        if let Some(Node::Object(object)) = self.heap.node_mut(raw.wrapper) {
            object.pairs.push((key, bytes));
        }
        Ok(())
    }
}

fn pairs(items: &[Id]) -> Vec<(Id, Id)> {
    items
        .chunks_exact(2)
        .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
        .collect()
}

/// A little-endian two's complement number of any length.
fn long(raw: &[u8]) -> Node {
    let is_negative = raw.last().is_some_and(|byte| byte & 0x80 != 0);
    if raw.len() > 8 {
        return Node::Number(format!("a number of {} bytes", raw.len()));
    }
    let fill = if is_negative { 0xff } else { 0 };
    let mut bytes = [fill; 8];
    for (to, from) in bytes.iter_mut().zip(raw) {
        *to = *from;
    }
    Node::Int(i64::from_le_bytes(bytes))
}

/// The text of a Python 2 string literal.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
        .or_else(|| {
            text.strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'))
        });
    unescaped(inner.unwrap_or(text))
}

/// The codec `raw-unicode-escape`: bytes are characters, but for `\uXXXX` and `\UXXXXXXXX`.
fn raw_unicode(line: &[u8]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, behind)) = rest.split_first() {
        let digits = match (byte, behind.first()) {
            (b'\\', Some(b'u')) => 4_usize,
            (b'\\', Some(b'U')) => 8,
            _ => 0,
        };
        let code = behind
            .get(1..digits.saturating_add(1))
            .and_then(|code| std::str::from_utf8(code).ok())
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(character) if digits > 0 => {
                out.push(character);
                rest = behind.get(digits.saturating_add(1)..).unwrap_or_default();
            }
            _ => {
                out.push(char::from(*byte));
                rest = behind;
            }
        }
    }
    out
}

/// Escapes of Python string literals.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let digits = match rest.next() {
            Some('n') => {
                out.push('\n');
                continue;
            }
            Some('t') => {
                out.push('\t');
                continue;
            }
            Some('r') => {
                out.push('\r');
                continue;
            }
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(other) => {
                out.push(other);
                continue;
            }
            None => break,
        };
        let code: String = rest.by_ref().take(digits).collect();
        let character = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
        out.push(character.unwrap_or('\u{fffd}'));
    }
    out
}
