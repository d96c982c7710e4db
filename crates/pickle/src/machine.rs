//! The symbolic machine: runs the opcodes of a stream over symbols.
//!
//! Exact in decoding, generous in meaning: where CPython would raise an error that does not hinder decoding, the
//! machine notes a problem and goes on with an unknown value, so that nothing hides behind an error. The C and the
//! Python unpickler differ at the ends of frames; see [`Reading`].

mod calls;
mod evaluate;
mod frames;
mod names;
mod nested;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::budget::Budget;
use chainwright_core::problem::ProblemKind;

use crate::collect::Collector;
use crate::facts::{AnomalyKind, StreamEnd, UseKind};
use crate::input::{Fault, Input};
use crate::literal::{Coding, Literal};
use crate::memo::Memo;
use crate::opcode as op;
use crate::stack::{Above, Stack};
use crate::value::{Container, Heap, Node, Value};

/// What happens when an opcode reads over the end of its frame (CPython issue 154848).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The bytes just go on: `pickle.loads`, `pickletools`, files whose frames fit the read-ahead buffer.
    Contiguous,
    /// The rest of the frame is dropped: the C unpickler on files without read-ahead, such as `io.BytesIO`.
    DropAtFrameEnd,
}

/// How offsets inside this stream are reported.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Placement {
    /// The stream lies in the scanned source, shifted by this much.
    Shifted(u64),
    /// The stream was decoded from something at this offset.
    At(u64),
}

impl Placement {
    pub(crate) const fn offset(self, position: u64) -> u64 {
        match self {
            Self::Shifted(by) => by.saturating_add(position),
            Self::At(offset) => offset,
        }
    }
}

/// Where and how a machine runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) budget: &'a Budget,
    pub(crate) depth: u32,
    pub(crate) placement: Placement,
    pub(crate) reading: Reading,
    /// Whether raw arrays behind joblib's wrappers are passed over.
    pub(crate) skips_arrays: bool,
}

/// How a stream went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) end: StreamEnd,
    pub(crate) root: Value,
    pub(crate) opcodes: u64,
    pub(crate) protocol: u8,
}

#[derive(Debug)]
pub(crate) struct Machine<'a, 'c> {
    pub(crate) input: Input<'a>,
    pub(crate) heap: Heap<'a>,
    pub(crate) collector: &'c mut Collector,
    pub(crate) setting: Setting<'a>,
    /// Element sizes of the storages that persistent ids announced, by key.
    pub(crate) storages: BTreeMap<String, u64>,
    /// Where an opcode first read over the end of its frame.
    pub(crate) straddles_at: Option<u64>,
    /// Where the bytes behind a joblib wrapper could also be read as opcodes.
    pub(crate) array_at: Option<u64>,
    stack: Stack,
    memo: Memo,
    /// The memo of the stream before, which a shared unpickler object keeps.
    memo_before: Memo,
    protocol: u8,
    frame_end: Option<u64>,
    extensions: BTreeMap<u64, (String, String)>,
    loaded: BTreeSet<(u64, u64)>,
    loaded_bytes: u64,
    opcode_at: u64,
}

impl<'a, 'c> Machine<'a, 'c> {
    pub(crate) fn new(
        input: Input<'a>,
        setting: Setting<'a>,
        collector: &'c mut Collector,
    ) -> Self {
        Self {
            heap: Heap::new(input.source()),
            input,
            collector,
            setting,
            storages: BTreeMap::new(),
            straddles_at: None,
            array_at: None,
            stack: Stack::default(),
            memo: Memo::default(),
            memo_before: Memo::default(),
            protocol: 0,
            frame_end: None,
            extensions: BTreeMap::new(),
            loaded: BTreeSet::new(),
            loaded_bytes: 0,
            opcode_at: 0,
        }
    }

    /// Runs one stream from the position of the input up to STOP or a fault.
    pub(crate) fn run(&mut self) -> Run {
        self.stack = Stack::default();
        self.memo_before = std::mem::take(&mut self.memo);
        self.protocol = 0;
        self.frame_end = None;
        let mut opcodes = 0_u64;
        let mut protocol = 0;
        let (end, root) = loop {
            if opcodes & 0xfff == 0
                && let Err(reached) = self.setting.budget.check_time()
            {
                let fault = Fault::limit(self.input.position(), reached);
                break (self.give_up(fault), Value::Unknown);
            }
            opcodes = opcodes.saturating_add(1);
            match self.step() {
                Ok(None) => {}
                Ok(Some(root)) => break (StreamEnd::Stop, root),
                Err(fault) => break (self.give_up(fault), Value::Unknown),
            }
            protocol = protocol.max(self.protocol);
            if self.heap.wants_collection() {
                self.collect_garbage();
            }
        };
        self.report_imports();
        Run {
            end,
            root,
            opcodes,
            protocol,
        }
    }

    fn collect_garbage(&mut self) {
        let roots = self
            .stack
            .values()
            .chain(self.memo.values())
            .chain(self.memo_before.values());
        self.heap.collect(roots);
    }

    fn give_up(&mut self, mut fault: Fault) -> StreamEnd {
        fault.at = self.offset(fault.at);
        self.collector.fault(&fault, self.setting.depth);
        match fault.kind {
            ProblemKind::Truncated => StreamEnd::Truncated,
            ProblemKind::Malformed => StreamEnd::Malformed,
            _ => StreamEnd::GivenUp,
        }
    }

    pub(crate) const fn offset(&self, position: u64) -> u64 {
        self.setting.placement.offset(position)
    }

    /// Where the current opcode stands, for facts.
    fn here(&self) -> u64 {
        self.offset(self.opcode_at)
    }

    /// Notes an error that stops a real loader here; the machine goes on with an unknown value.
    fn stumble(&mut self, detail: &str) -> Value {
        let fault = Fault::malformed(self.here(), detail);
        self.collector.fault(&fault, self.setting.depth);
        Value::Unknown
    }

    fn step(&mut self) -> Result<Option<Value>, Fault> {
        self.opcode_at = self.input.position();
        let opcode = self.input.byte()?;
        match opcode {
            op::STOP => return Ok(Some(self.pop())),
            op::PROTO => self.announce_protocol()?,
            op::FRAME => self.begin_frame()?,
            op::MARK => self.stack.mark(),
            op::POP => self.drop_top(),
            op::POP_MARK => {
                self.above();
            }
            op::DUP => {
                let top = self.top();
                self.stack.push(top);
            }
            op::GET
            | op::BINGET
            | op::LONG_BINGET
            | op::PUT
            | op::BINPUT
            | op::LONG_BINPUT
            | op::MEMOIZE => {
                self.step_memo(opcode)?;
            }
            op::EMPTY_DICT
            | op::DICT
            | op::EMPTY_LIST
            | op::LIST
            | op::EMPTY_SET
            | op::FROZENSET
            | op::EMPTY_TUPLE
            | op::TUPLE
            | op::TUPLE1
            | op::TUPLE2
            | op::TUPLE3 => self.step_container(opcode),
            op::SETITEM | op::SETITEMS | op::APPEND | op::APPENDS | op::ADDITEMS => {
                self.step_items(opcode)
            }
            op::GLOBAL | op::STACK_GLOBAL | op::EXT1 | op::EXT2 | op::EXT4 => {
                self.step_name(opcode)?
            }
            op::REDUCE | op::INST | op::OBJ | op::NEWOBJ | op::NEWOBJ_EX => {
                self.step_call(opcode)?
            }
            op::BUILD => self.build()?,
            op::PERSID => {
                let span = self.line()?;
                let id = Value::Literal(Literal {
                    span,
                    coding: Coding::Latin,
                });
                self.persistent(id);
            }
            op::BINPERSID => {
                let id = self.pop();
                self.persistent(id);
            }
            op::NEXT_BUFFER => self.stack.push(Value::Supplied),
            op::READONLY_BUFFER => {}
            _ => {
                let value = self.literal(opcode)?;
                self.stack.push(value);
            }
        }
        Ok(None)
    }

    fn announce_protocol(&mut self) -> Result<(), Fault> {
        let protocol = self.byte()?;
        if protocol > 5 {
            self.stumble("unsupported pickle protocol");
        } else {
            self.protocol = protocol;
        }
        Ok(())
    }

    /// The constants: numbers, strings, bytes.
    fn literal(&mut self, opcode: u8) -> Result<Value, Fault> {
        Ok(match opcode {
            op::NONE => Value::None,
            op::NEWTRUE => Value::Bool(true),
            op::NEWFALSE => Value::Bool(false),
            op::BININT => {
                let bits = u32::try_from(self.number(4)?).unwrap_or_default();
                Value::Int(i64::from(i32::from_le_bytes(bits.to_le_bytes())))
            }
            op::BININT1 => Value::Int(i64::try_from(self.number(1)?).unwrap_or_default()),
            op::BININT2 => Value::Int(i64::try_from(self.number(2)?).unwrap_or_default()),
            op::BINFLOAT => {
                self.number(8)?;
                Value::Number
            }
            op::INT | op::LONG | op::FLOAT => self.text_number(opcode)?,
            op::LONG1 => self.long(1)?,
            op::LONG4 => self.long(4)?,
            op::STRING => Value::Literal(Literal {
                span: self.line()?,
                coding: Coding::Quoted,
            }),
            op::UNICODE => Value::Literal(Literal {
                span: self.line()?,
                coding: Coding::RawUnicode,
            }),
            op::BINSTRING => self.counted(4, Coding::Latin)?,
            op::SHORT_BINSTRING => self.counted(1, Coding::Latin)?,
            op::BINUNICODE => self.counted(4, Coding::Utf8)?,
            op::SHORT_BINUNICODE => self.counted(1, Coding::Utf8)?,
            op::BINUNICODE8 => self.counted(8, Coding::Utf8)?,
            op::BINBYTES => self.counted(4, Coding::Bytes)?,
            op::SHORT_BINBYTES => self.counted(1, Coding::Bytes)?,
            op::BINBYTES8 | op::BYTEARRAY8 => self.counted(8, Coding::Bytes)?,
            other => {
                let detail = format!("0x{other:02x} is no opcode");
                return Err(Fault::malformed(self.opcode_at, detail));
            }
        })
    }

    fn text_number(&mut self, opcode: u8) -> Result<Value, Fault> {
        let span = self.line()?;
        if span.length > 64 {
            return Ok(Value::Number);
        }
        let raw = crate::input::content(self.input.source(), span, 64);
        let text = String::from_utf8_lossy(&raw);
        let text = text.trim();
        Ok(match (opcode, text) {
            (op::INT, "00") => Value::Bool(false),
            (op::INT, "01") => Value::Bool(true),
            (op::FLOAT, text) => match text.parse::<f64>() {
                Ok(_) => Value::Number,
                Err(_) => self.stumble("a float literal is no number"),
            },
            (_, text) => match text.trim_end_matches('L').parse() {
                Ok(number) => Value::Int(number),
                Err(_)
                    if text
                        .bytes()
                        .next()
                        .is_some_and(|it| it.is_ascii_digit() || it == b'-' || it == b'+') =>
                {
                    Value::Number
                }
                Err(_) => self.stumble("an integer literal is no number"),
            },
        })
    }

    fn long(&mut self, width: u64) -> Result<Value, Fault> {
        let length = self.number(width)?;
        if width == 4 && length > 0x7fff_ffff {
            return Err(Fault::malformed(
                self.opcode_at,
                "a long integer has a negative length",
            ));
        }
        let span = self.span(length, false)?;
        if span.length > 8 {
            return Ok(Value::Number);
        }
        let raw = crate::input::content(self.input.source(), span, 8);
        let fill = if raw.last().is_some_and(|byte| *byte >= 0x80) {
            0xff
        } else {
            0
        };
        let mut bytes = [fill; 8];
        bytes
            .iter_mut()
            .zip(&raw)
            .for_each(|(to, from)| *to = *from);
        Ok(Value::Int(i64::from_le_bytes(bytes)))
    }

    fn counted(&mut self, width: u64, coding: Coding) -> Result<Value, Fault> {
        let length = self.number(width)?;
        // C and Python read bytes objects across the end of a frame in one piece.
        let span = self.span(length, coding == Coding::Bytes)?;
        Ok(Value::Literal(Literal { span, coding }))
    }

    fn step_memo(&mut self, opcode: u8) -> Result<(), Fault> {
        let index = match opcode {
            op::GET | op::PUT => self.text_index()?,
            op::BINGET | op::BINPUT => self.number(1)?,
            op::MEMOIZE => self.memo.len(),
            _ => self.number(4)?,
        };
        match opcode {
            op::GET | op::BINGET | op::LONG_BINGET => {
                let value = self.memo.get(index).or_else(|| self.memo_before.get(index));
                let value =
                    value.unwrap_or_else(|| self.stumble("an entry of the memo was never set"));
                self.stack.push(value);
            }
            _ => {
                if index > 0x1000_0000 {
                    self.collector
                        .anomaly(AnomalyKind::HugeMemoIndex, self.here());
                }
                let top = self.top();
                self.memo.put(index, top);
            }
        }
        Ok(())
    }

    fn text_index(&mut self) -> Result<u64, Fault> {
        let span = self.line()?;
        let raw = crate::input::content(self.input.source(), span, 32);
        let text = String::from_utf8_lossy(&raw).trim().replace('_', "");
        Ok(text.trim_start_matches('+').parse().unwrap_or_else(|_| {
            self.stumble("a memo index is no number");
            u64::MAX
        }))
    }

    fn step_container(&mut self, opcode: u8) {
        let value = match opcode {
            op::EMPTY_TUPLE => Value::EmptyTuple,
            op::EMPTY_DICT => self.heap.alloc(Node::Pairs {
                pairs: Vec::new(),
                count: 0,
                clean_at: None,
            }),
            op::EMPTY_LIST => self.heap.container(Container::List, std::iter::empty(), 0),
            op::EMPTY_SET => self.heap.container(Container::Set, std::iter::empty(), 0),
            op::TUPLE1 => self.short_tuple(1),
            op::TUPLE2 => self.short_tuple(2),
            op::TUPLE3 => self.short_tuple(3),
            op::DICT => {
                let above = self.above();
                let dict = self.heap.alloc(Node::Pairs {
                    pairs: Vec::new(),
                    count: 0,
                    clean_at: None,
                });
                if let Value::Node(id) = dict {
                    self.heap.insert(id, &above.values, above.count);
                }
                dict
            }
            other => {
                let kind = match other {
                    op::LIST => Container::List,
                    op::FROZENSET => Container::FrozenSet,
                    _ => Container::Tuple,
                };
                let above = self.above();
                self.heap
                    .container(kind, above.values.into_iter(), above.count)
            }
        };
        self.stack.push(value);
    }

    fn short_tuple(&mut self, count: u64) -> Value {
        let mut values: Vec<Value> = (0..count).map(|_| self.pop()).collect();
        values.reverse();
        self.heap
            .container(Container::Tuple, values.into_iter(), count)
    }

    fn step_items(&mut self, opcode: u8) {
        let above = match opcode {
            op::SETITEM => {
                let value = self.pop();
                let key = self.pop();
                Above {
                    values: vec![key, value],
                    count: 2,
                }
            }
            op::APPEND => Above {
                values: vec![self.pop()],
                count: 1,
            },
            _ => self.above(),
        };
        let target = self.top();
        self.fill(target, opcode, &above);
    }

    fn step_call(&mut self, opcode: u8) -> Result<(), Fault> {
        let (how, callee, arguments) = match opcode {
            op::REDUCE => {
                let arguments = self.pop();
                (UseKind::Reduce, self.pop(), self.heap.arguments(arguments))
            }
            op::NEWOBJ => {
                let arguments = self.pop();
                (UseKind::NewObj, self.pop(), self.heap.arguments(arguments))
            }
            op::NEWOBJ_EX => {
                let keywords = self.pop();
                let arguments = self.pop();
                let mut arguments = self.heap.arguments(arguments);
                if let Value::Node(id) = keywords
                    && let Node::Pairs { pairs, .. } = self.heap.node(id)
                {
                    arguments.values.extend(pairs.iter().map(|pair| pair.1));
                }
                (UseKind::NewObjEx, self.pop(), arguments)
            }
            op::INST => {
                let (module, name) = (self.line()?, self.line()?);
                let class = self.import_spans(module, name);
                let above = self.above();
                (UseKind::Inst, class, arguments_of(&above, 0))
            }
            _ => {
                let above = self.above();
                let class = above.values.first().copied();
                let class =
                    class.unwrap_or_else(|| self.stumble("OBJ finds no class on the stack"));
                (UseKind::Obj, class, arguments_of(&above, 1))
            }
        };
        let value = self.call(how, callee, &arguments, 0);
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Value {
        match self.stack.pop() {
            Some(value) => value,
            None => self.stumble("the stack is empty"),
        }
    }

    fn top(&mut self) -> Value {
        match self.stack.top() {
            Some(value) => value,
            None => self.stumble("the stack is empty"),
        }
    }

    fn drop_top(&mut self) {
        if self.stack.mark_is_on_top() {
            self.stack.pop_mark();
        } else {
            self.pop();
        }
    }

    fn above(&mut self) -> Above {
        match self.stack.pop_mark() {
            Some(above) => above,
            None => {
                self.stumble("no mark on the stack");
                Above {
                    values: Vec::new(),
                    count: 0,
                }
            }
        }
    }
}

fn arguments_of(above: &Above, skip: usize) -> crate::value::Arguments {
    let count = above
        .count
        .saturating_sub(u64::try_from(skip).unwrap_or_default());
    let values: Vec<Value> = above
        .values
        .iter()
        .skip(skip)
        .take(crate::value::ITEMS_KEPT)
        .copied()
        .collect();
    let complete = u64::try_from(values.len()).is_ok_and(|kept| kept == count);
    crate::value::Arguments { values, complete }
}
