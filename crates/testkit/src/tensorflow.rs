//! Builds TensorFlow files: graphs with functions, SavedModels, Keras metadata, checkpoint indexes.
//!
//! Field numbers are those of `tensorflow/core/{framework,protobuf}`. Nothing is checked, so that fixtures can lie.

use crate::protobuf::{Message, write_varint};

/// `DT_FLOAT`.
pub const FLOAT: u64 = 1;
/// `DT_INT32`.
pub const INT32: u64 = 3;
/// `DT_STRING`.
pub const STRING: u64 = 7;
/// `DT_BOOL`.
pub const BOOL: u64 = 10;

/// A node: `NodeDef`.
#[must_use]
pub fn node(name: &str, op: &str, inputs: &[&str]) -> Message {
    let node = Message::new().text(1, name).text(2, op);
    inputs.iter().fold(node, |node, input| node.text(3, input))
}

/// A node with an attribute whose value is written by the caller (`AttrValue`).
#[must_use]
pub fn with(node: Message, key: &str, value: Message) -> Message {
    node.entry(5, key, |entry| entry.message(2, value))
}

/// A text attribute.
#[must_use]
pub fn with_text(node: Message, key: &str, value: &[u8]) -> Message {
    with(node, key, Message::new().bytes(2, value))
}

/// An attribute that is a list of texts.
#[must_use]
pub fn with_texts(node: Message, key: &str, values: &[&str]) -> Message {
    let list = values
        .iter()
        .fold(Message::new(), |list, value| list.text(2, value));
    with(node, key, Message::new().message(1, list))
}

/// An attribute that names a function.
#[must_use]
pub fn with_function(node: Message, key: &str, function: &str) -> Message {
    let call = Message::new().text(1, function);
    with(node, key, Message::new().message(10, call))
}

/// A shape: `TensorShapeProto`.
#[must_use]
pub fn shape(sizes: &[i64]) -> Message {
    let dims = sizes.iter().map(|size| Message::new().signed(1, *size));
    Message::new().messages(2, dims)
}

/// A constant of texts.
#[must_use]
pub fn texts(name: &str, values: &[&[u8]]) -> Message {
    let sizes: &[i64] = if values.len() == 1 {
        &[]
    } else {
        &[values.len() as i64]
    };
    let tensor = Message::new().varint(1, STRING).message(2, shape(sizes));
    let tensor = values
        .iter()
        .fold(tensor, |tensor, value| tensor.bytes(8, value));
    constant(name, tensor)
}

/// A constant text.
#[must_use]
pub fn text(name: &str, value: &str) -> Message {
    texts(name, &[value.as_bytes()])
}

/// A constant text as `tensor_content`, the packed form.
#[must_use]
pub fn packed_text(name: &str, value: &str) -> Message {
    let mut content = Vec::new();
    write_varint(&mut content, value.len() as u64);
    content.extend(value.as_bytes());
    let tensor = Message::new().varint(1, STRING).message(2, shape(&[]));
    constant(name, tensor.bytes(4, &content))
}

/// A constant of 32-bit numbers.
#[must_use]
pub fn numbers(name: &str, values: &[i32]) -> Message {
    let content: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let tensor = Message::new()
        .varint(1, INT32)
        .message(2, shape(&[values.len() as i64]));
    constant(name, tensor.bytes(4, &content))
}

/// A constant of any `TensorProto`.
#[must_use]
pub fn constant(name: &str, tensor: Message) -> Message {
    let kind = Message::new().varint(6, FLOAT);
    let node = with(
        node(name, "Const", &[]),
        "value",
        Message::new().message(8, tensor),
    );
    with(node, "dtype", kind)
}

/// A function: `FunctionDef` with arguments, nodes, and results with the tensors that they are.
#[must_use]
pub fn function(
    name: &str,
    arguments: &[&str],
    nodes: impl IntoIterator<Item = Message>,
    results: &[(&str, &str)],
) -> Message {
    let signature = Message::new().text(1, name);
    let argument = |name: &&str| Message::new().text(1, name).varint(3, STRING);
    let signature = signature.messages(2, arguments.iter().map(argument));
    let signature = signature.messages(3, results.iter().map(|(name, _)| argument(name)));
    let function = Message::new().message(1, signature).messages(3, nodes);
    results.iter().fold(function, |function, (name, tensor)| {
        function.entry(4, name, |entry| entry.text(2, tensor))
    })
}

/// A graph: `GraphDef`.
#[must_use]
pub fn graph(
    nodes: impl IntoIterator<Item = Message>,
    functions: impl IntoIterator<Item = Message>,
) -> Message {
    let graph = Message::new().messages(1, nodes);
    let mut functions = functions.into_iter().peekable();
    let graph = if functions.peek().is_some() {
        graph.message(2, Message::new().messages(1, functions))
    } else {
        graph
    };
    graph.message(4, Message::new().varint(1, 1395))
}

/// A `MetaGraphDef` around a graph, as exporters write it.
#[must_use]
pub fn meta_graph(graph: Message) -> Message {
    let op = Message::new().text(1, "Const");
    let info = Message::new()
        .message(2, Message::new().message(1, op))
        .text(4, "serve")
        .text(5, "2.15.0")
        .text(6, "v2.15.0-rc1-8-g6887368d6d4");
    Message::new().message(1, info).message(2, graph)
}

/// A `MetaGraphDef` with what every exporter adds: the nodes that save and restore, and their `SaverDef`.
#[must_use]
pub fn stock(nodes: Vec<Message>, functions: Vec<Message>) -> Message {
    let saving = [
        node("saver_filename", "Placeholder", &[]),
        text("save/parts", "_temp/part"),
        node("save/join", "StringJoin", &["saver_filename", "save/parts"]),
        texts("save/names", &[b"w"]),
        node(
            "save/SaveV2",
            "SaveV2",
            &["save/join", "save/names", "save/names", "w"],
        ),
        node("save/Pack", "Pack", &["save/join", "^save/SaveV2"]),
        node(
            "save/Merge",
            "MergeV2Checkpoints",
            &["save/Pack", "saver_filename"],
        ),
        node(
            "save/RestoreV2",
            "RestoreV2",
            &["saver_filename", "save/names", "save/names"],
        ),
        node("save/restore_all", "NoOp", &["^save/RestoreV2"]),
        node("w", "VarHandleOp", &[]),
    ];
    let saver = Message::new()
        .text(1, "saver_filename:0")
        .text(2, "save/Merge:0")
        .text(3, "save/restore_all");
    meta_graph(graph(nodes.into_iter().chain(saving), functions)).message(3, saver)
}

/// A `SavedModel` of these `MetaGraphDef`s.
#[must_use]
pub fn saved_model(metas: impl IntoIterator<Item = Message>) -> Vec<u8> {
    Message::new().varint(1, 1).messages(2, metas).build()
}

/// An asset of a `MetaGraphDef`: the tensor that is fed with its path, and its file name.
#[must_use]
pub fn with_asset(meta: Message, tensor: &str, file: &str) -> Message {
    let asset = Message::new()
        .message(1, Message::new().text(1, tensor))
        .text(2, file);
    meta.message(6, asset)
}

/// A `MetaGraphDef` whose loader runs a node.
#[must_use]
pub fn with_init(meta: Message, node: &str) -> Message {
    let outputs = |entry: Message| entry.message(2, Message::new().text(1, node));
    let signature = Message::new().entry(2, node, outputs);
    meta.entry(5, "__saved_model_init_op", |entry| {
        entry.message(2, signature)
    })
}

/// `keras_metadata.pb` of these layers: identifier and configuration.
#[must_use]
pub fn keras_metadata(layers: &[(&str, &str)]) -> Vec<u8> {
    let objects = layers
        .iter()
        .enumerate()
        .map(|(index, (identifier, config))| {
            Message::new()
                .varint(2, index as u64)
                .text(3, "root")
                .text(4, identifier)
                .text(5, config)
        });
    Message::new().messages(1, objects).build()
}

/// An entry of a checkpoint: `BundleEntryProto`.
#[must_use]
pub fn bundle_entry(kind: u64, sizes: &[i64], shard: u64, offset: i64, size: i64) -> Message {
    Message::new()
        .varint(1, kind)
        .message(2, shape(sizes))
        .varint(3, shard)
        .signed(4, offset)
        .signed(5, size)
        .fixed32(6, 0)
}

/// The header of a checkpoint: `BundleHeaderProto`.
#[must_use]
pub fn bundle_header(shards: u64) -> Message {
    Message::new()
        .varint(1, shards)
        .message(3, Message::new().varint(1, 1))
}

/// A table of these entries, in this order, with one block.
#[must_use]
pub fn table(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let data = block(
        &mut file,
        entries
            .iter()
            .map(|(key, value)| (key.as_bytes(), value.as_slice())),
    );
    let meta = block(&mut file, std::iter::empty());
    let index = block(
        &mut file,
        std::iter::once((b"~".as_slice(), data.as_slice())),
    );
    let mut footer = [meta, index].concat();
    footer.resize(40, 0);
    file.extend(footer);
    file.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    file
}

/// Appends a block; its handle.
fn block<'b>(file: &mut Vec<u8>, entries: impl Iterator<Item = (&'b [u8], &'b [u8])>) -> Vec<u8> {
    let start = file.len();
    for (key, value) in entries {
        file.push(0);
        write_varint(file, key.len() as u64);
        write_varint(file, value.len() as u64);
        file.extend(key);
        file.extend(value);
    }
    file.extend(0_u32.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    let mut handle = Vec::new();
    write_varint(&mut handle, start as u64);
    write_varint(&mut handle, (file.len() - start) as u64);
    // Not compressed; the checksum is not looked at.
    file.extend([0; 5]);
    handle
}
