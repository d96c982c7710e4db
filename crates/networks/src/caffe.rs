//! Caffe and Caffe2: networks and solvers as text, trained networks in protobuf, Caffe2's operators.
//!
//! A layer of type `Python` imports the module that it names and hands it a text. Networks for detection have honest
//! ones, whose module lies beside the network or comes with a fork, which can't be told from the network. Only a Caffe
//! that was built with Python layers runs them, so such a layer acts conditionally (medium), and is dangerous if the
//! module is one of those that run programs. A module that lies beside is judged as code of its own. Data layers open
//! what they name, `HDF5Output` writes it. Caffe2 has operators for Python, for files and for stores on the network. Paths of training data are the author's own
//! and mean nothing elsewhere, so only sensitive ones are hazards.
//!
//! Sources: `src/caffe/proto/caffe.proto` and `layer_factory.cpp` of Caffe, `caffe2/proto/caffe2.proto` of PyTorch.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

use crate::Kind;
use crate::wire::{Ending, Fields, Head, Message, Value, Wire};

mod binary;
mod layer;
mod operators;
mod text;

/// Bytes of a name, path or parameter that are read.
const TEXT: usize = 16 * 1024;

pub(crate) fn recognise(head: &[u8], is_whole: bool) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if text::is_network(head) {
        kinds.push(Kind::CaffeText);
    } else {
        let bytes = Head(head);
        let wire = Wire::over_head(&bytes);
        if is_caffe_model(&wire, is_whole) {
            kinds.push(Kind::CaffeModel);
        } else if is_caffe2_net(&wire, is_whole) {
            kinds.push(Kind::Caffe2Net);
        }
    }
    kinds
}

fn is_clean(fields: &Fields<'_, '_>, is_whole: bool) -> bool {
    match fields.ending() {
        Ending::Open | Ending::Whole => true,
        Ending::Truncated => !is_whole,
        Ending::Broken | Ending::Stopped => false,
    }
}

fn is_printable(wire: &Wire<'_>, text: Message) -> bool {
    let text = wire.bytes(text, 256);
    !text.is_empty() && text.iter().all(|byte| !byte.is_ascii_control())
}

fn is_caffe_model(wire: &Wire<'_>, is_whole: bool) -> bool {
    let mut layers = 0_usize;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(12) {
        match (field.number, field.value) {
            (1 | 3, Value::Bytes(text)) if is_printable(wire, text) => {}
            (2, Value::Bytes(layer)) if is_old_layer(wire, layer) => {
                layers = layers.saturating_add(1)
            }
            (100, Value::Bytes(layer)) if is_layer(wire, layer) => {
                layers = layers.saturating_add(1)
            }
            (4 | 5 | 7, Value::Varint(_) | Value::Bytes(_)) | (6 | 8, Value::Bytes(_)) => {}
            _ => return false,
        }
    }
    layers > 0 && is_clean(&fields, is_whole)
}

/// `LayerParameter`: name and type are texts.
fn is_layer(wire: &Wire<'_>, layer: Message) -> bool {
    let mut texts = 0_usize;
    for field in wire.fields(layer).take(4) {
        match (field.number, field.value) {
            (1..=4, Value::Bytes(text)) if is_printable(wire, text) => {
                texts = texts.saturating_add(1)
            }
            (1..=4, _) => return false,
            _ => {}
        }
    }
    texts > 0
}

/// `V1LayerParameter`: the type is a number.
fn is_old_layer(wire: &Wire<'_>, layer: Message) -> bool {
    let mut has_type = false;
    for field in wire.fields(layer).take(8) {
        match (field.number, field.value) {
            (2..=4, Value::Bytes(text)) if is_printable(wire, text) => {}
            (5, Value::Varint(number)) => has_type = number < 64,
            (1..=5, _) => return false,
            _ => {}
        }
    }
    has_type
}

fn is_caffe2_net(wire: &Wire<'_>, is_whole: bool) -> bool {
    let mut operators = 0_usize;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(8) {
        match (field.number, field.value) {
            (1 | 3 | 7 | 8, Value::Bytes(text)) if text.is_empty() || is_printable(wire, text) => {}
            (2, Value::Bytes(operator)) if is_operator(wire, operator) => {
                operators = operators.saturating_add(1);
            }
            (5 | 6, Value::Bytes(_)) | (4, Value::Varint(_)) => {}
            _ => return false,
        }
    }
    operators > 0 && is_clean(&fields, is_whole)
}

fn is_operator(wire: &Wire<'_>, operator: Message) -> bool {
    let mut has_type = false;
    for field in wire.fields(operator).take(256) {
        match (field.number, field.value) {
            (1..=3 | 7 | 8, Value::Bytes(text)) if text.is_empty() || is_printable(wire, text) => {}
            (4, Value::Bytes(text)) if is_printable(wire, text) => has_type = true,
            (5 | 6, Value::Bytes(_)) | (9, Value::Varint(_)) => {}
            (10.., _) => {}
            _ => return false,
        }
    }
    has_type
}

pub(crate) fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::CaffeText => text::read(bytes, budget),
        Kind::Caffe2Net => operators::read(bytes, budget),
        _ => binary::read(bytes, budget),
    }
}
