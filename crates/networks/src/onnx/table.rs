//! The tensors of a model: initializers of its graphs, however deep, and constants that are as large as weights.
//!
//! Source: `onnx/onnx.in.proto` (`TensorProto`), `onnx/numpy_helper.py`, `docs/ExternalData.md`. Sparse tensors are told
//! as unreadable: they have no dense bytes.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use super::TEXT;
use crate::tables::{OnnxData, OnnxTable, OnnxTensor};
use crate::wire::{Message, Value, Wire};

/// Graphs inside graphs that are entered.
const DEEP: u32 = 32;
/// Tensors of one model that are listed.
const TENSORS: usize = 200_000;
/// Dimensions of a tensor that are read.
const DIMENSIONS: usize = 64;
/// Stretches that the numbers of one tensor may be cut into.
const STRETCHES: usize = 4096;
/// Bytes from which on a constant is more than a setting of the network.
const LARGE: u64 = 1024;
/// Texts are told by this type.
const STRING: u64 = 8;

pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> OnnxTable {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut reader = Reader {
        wire: &wire,
        tensors: Vec::new(),
    };
    // Graphs wait on a stack; each lies inside another, so this ends.
    let mut waiting = Vec::new();
    for field in wire.fields(wire.whole()) {
        match (field.number, field.value) {
            (7, Value::Bytes(graph)) => waiting.push((graph, 0)),
            (20, Value::Bytes(training)) => {
                let graphs = wire.fields(training).filter(|field| field.number <= 2);
                waiting.extend(graphs.filter_map(|field| Some((field.message()?, 0))));
            }
            _ => {}
        }
    }
    waiting.reverse();
    while let Some((graph, level)) = waiting.pop() {
        reader.graph(graph, level, &mut waiting);
    }
    let mut table = OnnxTable {
        tensors: reader.tensors,
        problems: wire.into_problems(),
    };
    if table.tensors.len() >= TENSORS {
        let detail = "more tensors than are listed";
        let problem = Problem::new(ProblemKind::LimitReached, Place::Whole, detail);
        table.problems.push(problem);
    }
    table
}

struct Reader<'w, 'a> {
    wire: &'w Wire<'a>,
    tensors: Vec<OnnxTensor>,
}

impl Reader<'_, '_> {
    fn add(&mut self, tensor: OnnxTensor) {
        if self.tensors.len() < TENSORS {
            self.tensors.push(tensor);
        }
    }

    fn graph(&mut self, graph: Message, level: u32, waiting: &mut Vec<(Message, u32)>) {
        let wire = self.wire;
        for field in wire.fields(graph) {
            match (field.number, field.value) {
                (1, Value::Bytes(node)) => self.node(node, level, waiting),
                (5, Value::Bytes(tensor)) => {
                    let tensor = self.tensor(tensor);
                    self.add(tensor);
                }
                (15, Value::Bytes(sparse)) => self.sparse(sparse),
                _ => {}
            }
        }
    }

    /// A sparse initializer has the name of its values.
    fn sparse(&mut self, sparse: Message) {
        let values = self.wire.fields(sparse).find(|field| field.number == 1);
        if let Some(values) = values.and_then(|field| field.message()) {
            let mut tensor = self.tensor(values);
            tensor.data = OnnxData::Unreadable("it is sparse; only dense tensors are read");
            self.add(tensor);
        }
    }

    fn node(&mut self, node: Message, level: u32, waiting: &mut Vec<(Message, u32)>) {
        let wire = self.wire;
        let mut output = None;
        let mut tensors = Vec::new();
        for field in wire.fields(node) {
            match (field.number, field.value) {
                (2, Value::Bytes(name)) if output.is_none() => output = Some(name),
                (5, Value::Bytes(attribute)) => {
                    for field in wire.fields(attribute) {
                        match (field.number, field.value) {
                            (5 | 10, Value::Bytes(tensor)) if tensor.length() >= LARGE => {
                                tensors.push(tensor);
                            }
                            (6 | 11, Value::Bytes(graph)) if level < DEEP => {
                                waiting.push((graph, level.saturating_add(1)));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for message in tensors {
            let mut tensor = self.tensor(message);
            if let Some(output) = output {
                tensor.name = wire.text(output, TEXT);
            }
            self.add(tensor);
        }
    }

    fn tensor(&self, message: Message) -> OnnxTensor {
        let wire = self.wire;
        let mut parts = Parts::default();
        let mut name = String::new();
        for field in wire.fields(message) {
            match (field.number, field.value) {
                (1, value) => {
                    let room = DIMENSIONS.saturating_sub(parts.shape.len());
                    let mut sizes = wire.numbers(value);
                    parts.shape.extend(sizes.by_ref().take(room));
                    parts.is_odd |= sizes.next().is_some();
                }
                (2, Value::Varint(number)) => parts.data_type = number,
                (3, Value::Bytes(_)) => parts.is_segment = true,
                // `float` and `double` are packed as they lie in memory.
                (4 | 10, Value::Bytes(packed)) if !packed.is_empty() => {
                    parts.fields.push(field.number);
                    parts.fixed.push(packed);
                }
                (4, Value::Fixed32(_)) | (10, Value::Fixed64(_)) => parts.is_odd = true,
                (5 | 7 | 11, Value::Bytes(packed)) if !packed.is_empty() => {
                    parts.fields.push(field.number);
                    parts.varints.push((packed.start, packed.length()));
                }
                (5 | 7 | 11, Value::Varint(_)) => parts.is_odd = true,
                (8, Value::Bytes(text)) => name = wire.text(text, TEXT),
                // Of a field that stands twice the last one counts.
                (9, Value::Bytes(raw)) => parts.raw = Some(raw),
                (13, Value::Bytes(entry)) => self.external(entry, &mut parts),
                (14, Value::Varint(location)) => parts.is_external = location == 1,
                _ => {}
            }
        }
        OnnxTensor {
            name,
            data_type: parts.data_type,
            data: parts.data(),
            shape: parts.shape,
        }
    }

    fn external(&self, entry: Message, parts: &mut Parts) {
        let wire = self.wire;
        let (mut key, mut value) = (String::new(), String::new());
        for field in wire.fields(entry) {
            match (field.number, field.value) {
                (1, Value::Bytes(text)) => key = wire.text(text, TEXT),
                (2, Value::Bytes(text)) => value = wire.text(text, TEXT),
                _ => {}
            }
        }
        match key.as_str() {
            "location" => parts.location = Some(value),
            "offset" => match value.parse() {
                Ok(offset) => parts.offset = offset,
                Err(_) => parts.is_odd = true,
            },
            "length" => match value.parse() {
                Ok(length) => parts.length = Some(length),
                Err(_) => parts.is_odd = true,
            },
            _ => {}
        }
    }
}

/// The fields of a tensor that say where its data are.
#[derive(Debug, Default)]
struct Parts {
    data_type: u64,
    shape: Vec<u64>,
    raw: Option<Message>,
    fixed: Vec<Message>,
    varints: Vec<(u64, u64)>,
    /// The numbers of the typed fields that are there.
    fields: Vec<u32>,
    location: Option<String>,
    offset: u64,
    length: Option<u64>,
    is_external: bool,
    is_segment: bool,
    is_odd: bool,
}

impl Parts {
    fn data(&mut self) -> OnnxData {
        let raw = self.raw.filter(|raw| !raw.is_empty());
        if self.data_type == STRING {
            return OnnxData::Texts;
        }
        if self.is_segment {
            return OnnxData::Unreadable("it is a segment of a tensor");
        }
        let field = typed_field(self.data_type);
        if self.is_odd || self.fields.iter().any(|each| Some(*each) != field) {
            return OnnxData::Unreadable("its fields are written in a way that no writer uses");
        }
        if self.is_external {
            return match self.location.take() {
                Some(location) => OnnxData::External {
                    location,
                    offset: self.offset,
                    length: self.length,
                },
                None => OnnxData::Unreadable("it does not say which file its data are in"),
            };
        }
        match (raw, self.fixed.as_slice(), self.varints.len()) {
            (Some(raw), [], 0) => OnnxData::Plain {
                offset: raw.start,
                length: raw.length(),
            },
            (None, [fixed], 0) => OnnxData::Plain {
                offset: fixed.start,
                length: fixed.length(),
            },
            (None, [], 0) if self.shape.contains(&0) => OnnxData::Plain {
                offset: 0,
                length: 0,
            },
            (None, [], 0) => OnnxData::Unreadable("it has no data"),
            (None, [], 1..=STRETCHES) => OnnxData::Varints(std::mem::take(&mut self.varints)),
            _ => OnnxData::Unreadable(
                "its data are in several places; readers differ in which one counts",
            ),
        }
    }
}

/// The field that holds elements of a type one by one.
const fn typed_field(data_type: u64) -> Option<u32> {
    Some(match data_type {
        1 | 14 => 4,
        2..=6 | 9 | 10 | 16..=26 => 5,
        7 => 7,
        11 | 15 => 10,
        12 | 13 => 11,
        _ => return None,
    })
}
