//! ONNX models from Rust: honest by default, and every field open to lies. Field numbers are those of
//! `onnx/onnx.in.proto`.

use crate::protobuf::Message;

/// `TensorProto.FLOAT`.
pub const FLOAT: u64 = 1;
/// `TensorProto.INT64`.
pub const INT64: u64 = 7;

/// A model around a graph: version, producer and the standard domain.
#[must_use]
pub fn model(graph: Message) -> Message {
    Message::new()
        .varint(1, 9)
        .text(2, "pytorch")
        .text(3, "2.6.0")
        .message(7, graph)
        .message(8, opset("", 17))
}

/// An imported domain.
#[must_use]
pub fn opset(domain: &str, version: u64) -> Message {
    let message = Message::new();
    let message = if domain.is_empty() {
        message
    } else {
        message.text(1, domain)
    };
    message.varint(2, version)
}

/// A graph of nodes and initializers with one input and one output.
#[must_use]
pub fn graph(
    nodes: impl IntoIterator<Item = Message>,
    initializers: impl IntoIterator<Item = Message>,
) -> Message {
    Message::new()
        .messages(1, nodes)
        .text(2, "main_graph")
        .messages(5, initializers)
        .message(11, Message::new().text(1, "x"))
        .message(12, Message::new().text(1, "y"))
}

/// A node with an operator of a domain; attributes are added with field 5.
#[must_use]
pub fn node(domain: &str, operator: &str) -> Message {
    let node = Message::new()
        .text(1, "x")
        .text(2, "y")
        .text(3, "node_0")
        .text(4, operator);
    if domain.is_empty() {
        node
    } else {
        node.text(7, domain)
    }
}

/// A text attribute.
#[must_use]
pub fn text_attribute(name: &str, text: &str) -> Message {
    Message::new().text(1, name).text(4, text).varint(20, 3)
}

/// An integer attribute.
#[must_use]
pub fn number_attribute(name: &str, number: i64) -> Message {
    Message::new().text(1, name).signed(3, number).varint(20, 2)
}

/// A tensor attribute.
#[must_use]
pub fn tensor_attribute(name: &str, tensor: Message) -> Message {
    Message::new()
        .text(1, name)
        .message(5, tensor)
        .varint(20, 4)
}

/// A graph attribute.
#[must_use]
pub fn graph_attribute(name: &str, graph: Message) -> Message {
    Message::new().text(1, name).message(6, graph).varint(20, 5)
}

/// A tensor of floats whose raw data have the length that its sizes need, if that is small.
#[must_use]
pub fn tensor(name: &str, sizes: &[u64]) -> Message {
    let count = sizes.iter().product::<u64>().min(4096);
    raw_tensor(name, sizes, FLOAT, &vec![0; count as usize * 4])
}

/// A tensor with any sizes, type and raw data.
#[must_use]
pub fn raw_tensor(name: &str, sizes: &[u64], data_type: u64, raw: &[u8]) -> Message {
    shaped(name, sizes, data_type).bytes(9, raw)
}

/// A tensor without data.
#[must_use]
pub fn shaped(name: &str, sizes: &[u64], data_type: u64) -> Message {
    sizes
        .iter()
        .fold(Message::new(), |tensor, size| tensor.varint(1, *size))
        .varint(2, data_type)
        .text(8, name)
}

/// A tensor of 4×4 floats whose data lie elsewhere, with the given entries.
#[must_use]
pub fn external_tensor(name: &str, entries: &[(&str, &str)]) -> Message {
    external(shaped(name, &[4, 4], FLOAT), entries)
}

/// Moves a tensor's data elsewhere.
#[must_use]
pub fn external(tensor: Message, entries: &[(&str, &str)]) -> Message {
    entries
        .iter()
        .fold(tensor, |tensor, (key, value)| {
            tensor.message(13, pair(key, value))
        })
        .varint(14, 1)
}

/// A key and a value.
#[must_use]
pub fn pair(key: &str, value: &str) -> Message {
    Message::new().text(1, key).text(2, value)
}

/// A function of the model.
#[must_use]
pub fn function(domain: &str, name: &str, nodes: impl IntoIterator<Item = Message>) -> Message {
    Message::new()
        .text(1, name)
        .text(4, "x")
        .text(5, "y")
        .messages(7, nodes)
        .text(10, domain)
}
