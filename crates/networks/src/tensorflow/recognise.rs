//! Which of TensorFlow's formats bytes are: by structure, with the name as a hint where the structure is bare.

use std::borrow::Cow;

use chainwright_core::fields::{first, u64_le};

use super::ops;
use crate::Kind;
use crate::wire::{Ending, Field, Head, Message, Value, Wire};

/// The last eight bytes of a table of sorted strings (`tensorflow/core/lib/io/format.h`).
pub(super) const TABLE_MAGIC: u64 = 0xdb47_7524_8b80_fb57;
/// Fields that are looked at.
const FIELDS: usize = 256;

/// The formats that these bytes may be.
pub(super) fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    let end = if tail.is_empty() { head } else { tail };
    let name = name.to_ascii_lowercase();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if is_table(head, end) {
        return vec![Kind::Checkpoint];
    }
    if tail.is_empty() && is_fingerprint(head) {
        return vec![Kind::Fingerprint];
    }
    let mut kinds = text(head).unwrap_or_default();
    if kinds.is_empty() {
        kinds = binary(head);
    }
    let hint = match name {
        "saved_model.pb" | "saved_model.pbtxt" => Some(Kind::SavedModel),
        "keras_metadata.pb" => Some(Kind::KerasMetadata),
        _ if !is_first_field_cut(head, tail) => None,
        _ if name.ends_with(".pb") => Some(Kind::GraphDef),
        _ if name.ends_with(".meta") => Some(Kind::MetaGraph),
        _ => None,
    };
    let source = Head(head);
    let wire = Wire::over_head(&source);
    if let Some(hint) = hint
        && kinds.is_empty()
        && (is_text(head) || wire.fields(wire.whole()).next().is_some())
    {
        kinds.push(hint);
    }
    kinds
}

/// Whether this is a `FingerprintDef`: five hashes, a version and an identifier, and nothing else.
fn is_fingerprint(whole: &[u8]) -> bool {
    const HASH: u64 = 1 << 32;
    const LONGEST: usize = 512;
    let source = Head(whole);
    let wire = Wire::over_head(&source);
    let (mut hashes, mut others) = (0_u32, 0_u32);
    if whole.len() > LONGEST {
        return false;
    }
    let mut walk = wire.fields(wire.whole());
    for field in walk.by_ref() {
        match (field.number, field.value) {
            (1..=5, Value::Varint(hash)) => hashes = hashes.saturating_add(u32::from(hash >= HASH)),
            (6, Value::Bytes(version)) => {
                let mut fields = wire.fields(version);
                if !fields
                    .all(|each| matches!((each.number, each.value), (1..=3, Value::Varint(_))))
                {
                    return false;
                }
                others = others.saturating_add(1);
            }
            (7, Value::Bytes(at)) if at.length() <= 64 && is_name(&wire, at) => {
                others = others.saturating_add(1);
            }
            _ => return false,
        }
    }
    hashes >= 3 && others <= 2 && walk.ending() == Ending::Whole
}

/// Whether the first field is longer than the head, so that nothing else of the file is seen.
fn is_first_field_cut(head: &[u8], tail: &[u8]) -> bool {
    let source = Head(head);
    let wire = Wire::over_head(&source);
    let first = wire.fields(wire.whole()).next();
    let first = first.and_then(|field| field.message());
    !tail.is_empty() && first.is_some_and(|at| at.end == wire.whole().end && at.start < 16)
}

/// The binary formats that these bytes may be.
pub(super) fn binary(head: &[u8]) -> Vec<Kind> {
    let source = Head(head);
    let wire = Wire::over_head(&source);
    let whole = wire.whole();
    let mut kinds = Vec::new();
    if is_saved_model(&wire, whole) {
        kinds.push(Kind::SavedModel);
    }
    if is_graph(&wire, whole) {
        kinds.push(Kind::GraphDef);
    }
    if is_meta_graph(&wire, whole) {
        kinds.push(Kind::MetaGraph);
    }
    if is_keras_metadata(&wire, whole) {
        kinds.push(Kind::KerasMetadata);
    }
    kinds
}

/// A table ends in its magic and two pointers to blocks. Tables of other programs hold no tensors: the first block of
/// a checkpoint begins with the entry of the empty key, the header.
fn is_table(head: &[u8], end: &[u8]) -> bool {
    let Some(at) = end.len().checked_sub(8) else {
        return false;
    };
    let is_whole = end.len() >= 48 && u64_le(end, at) == Some(TABLE_MAGIC);
    // Shared 0, own 0, a short value: `BundleHeaderProto`. Compressed blocks begin with their length.
    let is_plain = head.get(..2) == Some(&[0, 0]);
    let is_packed = head
        .get(..8)
        .is_some_and(|bytes| bytes.windows(2).any(|pair| pair == [0, 0]));
    is_whole && (is_plain || is_packed)
}

/// The fields of a message that a head holds, or `None` if they are no fields.
fn fields(wire: &Wire<'_>, message: Message) -> Option<Vec<Field>> {
    let mut walk = wire.fields(message);
    let list: Vec<Field> = walk.by_ref().take(FIELDS).collect();
    let is_sound = !matches!(walk.ending(), Ending::Broken | Ending::Stopped);
    (is_sound && !list.is_empty()).then_some(list)
}

/// Whether a text is a name as TensorFlow writes it.
fn is_name(wire: &Wire<'_>, at: Message) -> bool {
    let bytes = wire.bytes(at, 256);
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text is the name of an operator or a function.
fn is_operator(wire: &Wire<'_>, at: Message) -> bool {
    let bytes = wire.bytes(at, 256);
    let begins = bytes
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"_>.-/:".contains(byte);
    begins && bytes.iter().all(goes_on)
}

fn has_only(list: &[Field], allowed: &[u32]) -> bool {
    list.iter().all(|field| allowed.contains(&field.number))
}

/// Whether a message is a `NodeDef`. A registered operator is proof enough, whatever unknown fields stand beside it.
fn is_node(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let part = |number| {
        let parts = list.iter().filter(move |field| field.number == number);
        parts.filter_map(Field::message)
    };
    let is_named = part(1).any(|at| is_name(wire, at));
    let is_registered = part(2).any(|at| ops::is_registered(&wire.text(at, 256)));
    let is_plain = list.iter().all(|field| field.message().is_some())
        && has_only(&list, &[1, 2, 3, 4, 5, 6, 7])
        && part(5).all(|at| fields(wire, at).is_some_and(|entry| has_only(&entry, &[1, 2])));
    let is_cut = message.end == wire.whole().end;
    is_named && is_registered
        || is_plain && is_named && part(2).any(|at| is_operator(wire, at))
        || is_plain && is_cut && part(5).any(|at| is_attribute(wire, at))
}

/// Whether an entry of a map is an attribute: all that is seen of a node whose name comes behind its weights.
fn is_attribute(wire: &Wire<'_>, entry: Message) -> bool {
    const KEYS: &[&str] = &[
        "value",
        "dtype",
        "T",
        "shape",
        "_output_shapes",
        "f",
        "message",
        "config",
    ];
    let key = wire.fields(entry).find(|field| field.number == 1);
    let key = key.and_then(|field| field.message());
    key.is_some_and(|at| KEYS.contains(&wire.text(at, 32).as_str()))
}

fn is_library(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let function = list
        .iter()
        .find(|field| field.number == 1)
        .and_then(Field::message);
    let Some(parts) = function.and_then(|at| fields(wire, at)) else {
        return false;
    };
    let signature = parts
        .iter()
        .find(|field| field.number == 1)
        .and_then(Field::message);
    let Some(signature) = signature.and_then(|at| fields(wire, at)) else {
        return false;
    };
    let name = signature
        .iter()
        .find(|field| field.number == 1)
        .and_then(Field::message);
    has_only(&list, &[1, 2, 3])
        && has_only(&parts, &[1, 2, 3, 4, 5, 6, 7, 8])
        && name.is_some_and(|at| is_operator(wire, at))
}

fn is_graph(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let typed = list.iter().all(|field| match field.number {
        1 | 2 | 4 | 5 => field.message().is_some(),
        3 => field.varint().is_some(),
        _ => true,
    });
    let evidence = list
        .iter()
        .filter(|field| field.number <= 2)
        .take(4)
        .any(|field| match (field.number, field.message()) {
            (1, Some(node)) => is_node(wire, node),
            (2, Some(library)) => is_library(wire, library),
            _ => false,
        });
    let is_proof = list.iter().filter(|field| field.number == 1).any(|field| {
        let parts = field.message().map(|at| wire.fields(at));
        let mut op = parts.into_iter().flatten().filter(|part| part.number == 2);
        op.any(|part| {
            part.message()
                .is_some_and(|at| ops::is_registered(&wire.text(at, 256)))
        })
    });
    evidence && (typed || is_proof)
}

fn is_meta_graph(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let typed = list
        .iter()
        .all(|field| field.number > 7 || field.message().is_some());
    let parts = || list.iter().filter(|field| field.number <= 2).take(8);
    let evidence = parts().any(|field| match (field.number, field.message()) {
        (1, Some(info)) => is_info(wire, info),
        (2, Some(graph)) => is_graph(wire, graph),
        _ => false,
    });
    typed && evidence
}

/// `MetaInfoDef` with the list of operators or the version of TensorFlow.
fn is_info(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let typed = list.iter().all(|field| match (field.number, field.value) {
        (1..=6 | 8, Value::Bytes(_)) | (7, Value::Varint(_)) => true,
        (number, _) => number > 8,
    });
    let evidence = list
        .iter()
        .any(|field| match (field.number, field.message()) {
            (2, Some(ops)) => is_op_list(wire, ops),
            (5, Some(version)) => {
                let bytes = wire.bytes(version, 16);
                bytes.len() > 4
                    && bytes.first().is_some_and(u8::is_ascii_digit)
                    && bytes.get(1) == Some(&b'.')
            }
            _ => false,
        });
    typed && evidence
}

fn is_op_list(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let op = list
        .first()
        .and_then(Field::message)
        .and_then(|at| fields(wire, at));
    let name = op
        .as_ref()
        .and_then(|op| op.iter().find(|field| field.number == 1));
    let name = name.and_then(Field::message);
    has_only(&list, &[1]) && name.is_some_and(|at| is_operator(wire, at))
}

fn is_saved_model(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let typed = list.iter().all(|field| match field.number {
        1 => field.varint().is_some(),
        2 => field.message().is_some(),
        _ => true,
    });
    let metas = list
        .iter()
        .filter(|field| field.number == 2)
        .filter_map(Field::message);
    typed && metas.take(4).any(|meta| is_meta_graph(wire, meta))
}

fn is_keras_metadata(wire: &Wire<'_>, message: Message) -> bool {
    let Some(list) = fields(wire, message) else {
        return false;
    };
    let node = list
        .iter()
        .find(|field| field.number == 1)
        .and_then(Field::message);
    let Some(parts) = node.and_then(|at| fields(wire, at)) else {
        return false;
    };
    has_only(&list, &[1])
        && has_only(&parts, &[2, 3, 4, 5, 6])
        && parts.iter().any(|field| {
            let text = field.message().map(|at| wire.bytes(at, 64));
            let text = text.unwrap_or_default();
            field.number == 4 && text.starts_with(b"_tf_keras")
                || field.number == 5 && text.starts_with(b"{\"")
        })
}

/// Text formats: protobuf as text, the state of checkpoints, TensorFlow.js. `None` if the bytes are no text.
pub(super) fn text(head: &[u8]) -> Option<Vec<Kind>> {
    if !is_text(head) {
        return None;
    }
    // Only a character that the end of the head cuts needs a replacement.
    let shown = match std::str::from_utf8(head) {
        Ok(shown) => Cow::Borrowed(shown),
        Err(_) => String::from_utf8_lossy(head),
    };
    let body = shown.trim_start_matches('\u{feff}').trim_start();
    if body.starts_with('{') {
        return Some(javascript(body));
    }
    Some(prototext(body))
}

/// Whether bytes begin as text does.
pub(super) fn is_text(head: &[u8]) -> bool {
    let sample = first(head, 4096);
    !sample.is_empty()
        && !sample
            .iter()
            .any(|byte| *byte < 9 || (14..32).contains(byte))
}

fn javascript(body: &str) -> Vec<Kind> {
    let has = |key: &str| body.contains(&format!("\"{key}\""));
    let is_js = (has("modelTopology") && (has("weightsManifest") || has("format")))
        || has("weightsManifest") && has("paths");
    if is_js {
        vec![Kind::GraphDef]
    } else {
        Vec::new()
    }
}

fn prototext(body: &str) -> Vec<Kind> {
    let mut words = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let opening = words.next().unwrap_or_default();
    let word: String = opening
        .chars()
        .take_while(|each| each.is_ascii_alphanumeric() || *each == '_')
        .collect();
    let behind = opening.get(word.len()..).unwrap_or_default().trim_start();
    let opens = behind.starts_with(['{', '<', ':']);
    let has = |key: &str| body.contains(key);
    let has_nodes = has("op:") && (has("node") || has("signature"));
    match word.as_str() {
        _ if !opens => Vec::new(),
        "saved_model_schema_version" | "meta_graphs" => vec![Kind::SavedModel],
        "meta_info_def" | "graph_def" | "saver_def" | "collection_def" | "signature_def"
        | "asset_file_def" | "object_graph_def" => vec![Kind::MetaGraph],
        "node" | "library" | "versions" if has_nodes => vec![Kind::GraphDef],
        "model_checkpoint_path" | "all_model_checkpoint_paths" => vec![Kind::Checkpoint],
        _ => Vec::new(),
    }
}
