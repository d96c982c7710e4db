//! PaddlePaddle: programs in protobuf and JSON, and streams of tensors.
//!
//! A program is a list of operators, and some of them call Python, touch files or open ports; the file names and
//! endpoints stand in their attributes. Tensor streams announce sizes that readers allocate by. Programs of
//! `.pdparams` and `.pdopt` are pickles and belong to the engine for pickles.
//!
//! Sources: `paddle/fluid/framework/framework.proto`, `lod_tensor.cc` (`SerializeToStream`),
//! `paddle/fluid/pir/serialize_deserialize/`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

use crate::Kind;
use crate::wire::{Ending, Head, Message, Value, Wire};

mod json;
mod operators;
mod program;
mod tensors;

/// Bytes of a name, path or endpoint that are read.
const TEXT: usize = 4096;

pub(crate) fn recognise(head: &[u8], is_whole: bool) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if is_program(head, is_whole) {
        kinds.push(Kind::PaddleProgram);
    }
    if tensors::is_stream(head) {
        kinds.push(Kind::PaddleTensors);
    }
    if json::is_program(head) {
        kinds.push(Kind::PaddleJson);
    }
    kinds
}

fn is_program(head: &[u8], is_whole: bool) -> bool {
    let head = Head(head);
    let wire = Wire::over_head(&head);
    let mut blocks = 0_usize;
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref().take(8) {
        match (field.number, field.value) {
            (1, Value::Bytes(block)) if is_block(&wire, block) => blocks = blocks.saturating_add(1),
            (3..=6, Value::Bytes(_)) => {}
            _ => return false,
        }
    }
    let is_clean = match fields.ending() {
        Ending::Open | Ending::Whole => true,
        Ending::Truncated => !is_whole,
        Ending::Broken | Ending::Stopped => false,
    };
    blocks > 0 && is_clean
}

/// A block has its two numbers, and variables or operators with a name and a type.
fn is_block(wire: &Wire<'_>, block: Message) -> bool {
    let mut has_index = false;
    let mut has_parent = false;
    let mut things = 0_usize;
    for field in wire.fields(block).take(8) {
        match (field.number, field.value) {
            (1, Value::Varint(_)) => has_index = true,
            (2, Value::Varint(_)) => has_parent = true,
            (3 | 4, Value::Bytes(thing)) if is_thing(wire, thing, field.number) => {
                things = things.saturating_add(1);
            }
            (5, Value::Varint(_)) => {}
            _ => return false,
        }
    }
    has_index && has_parent && things > 0
}

fn is_thing(wire: &Wire<'_>, thing: Message, number: u32) -> bool {
    let name_number = if number == 3 { 1 } else { 3 };
    for field in wire.fields(thing).take(64) {
        let Some(inside) = field.message() else {
            return thing.end == wire.source().size() || (number == 3 && field.number >= 3);
        };
        if field.number == name_number {
            let name = wire.bytes(inside, 256);
            return !name.is_empty() && name.iter().all(|byte| !byte.is_ascii_control());
        }
    }
    thing.end == wire.source().size()
}

pub(crate) fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::PaddleTensors => tensors::read(bytes, budget),
        Kind::PaddleJson => json::read(bytes, budget),
        _ => program::read(bytes, budget),
    }
}
