//! `NetParameter`: layers of the current and the first version, and the sizes of their blobs.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};

use super::TEXT;
use super::layer::{KEPT_PATHS, Layer, note};
use crate::wire::{Message, Value, Wire};

/// Where a layer's parts stand.
struct Schema {
    blobs: u32,
    /// Parameters that name a source in field 1, of data layers.
    sources: &'static [u32],
    image: u32,
    window: u32,
    infogain: u32,
    output: u32,
    transform: u32,
}

const CURRENT: Schema = Schema {
    blobs: 7,
    sources: &[107, 112],
    image: 115,
    window: 129,
    infogain: 116,
    output: 113,
    transform: 100,
};

const FIRST: Schema = Schema {
    blobs: 6,
    sources: &[11, 13],
    image: 15,
    window: 20,
    infogain: 16,
    output: 14,
    transform: 36,
};

/// The layer of type Python in the current version.
const PYTHON: u32 = 130;

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let wire = Wire::new(bytes.as_ref(), budget);
    let mut facts = ModelFacts::new(ModelFormat::Caffe);
    for field in wire.fields(wire.whole()) {
        match (field.number, field.value) {
            (2, Value::Bytes(message)) => layer(&wire, message, &FIRST, &mut facts),
            (100, Value::Bytes(message)) => layer(&wire, message, &CURRENT, &mut facts),
            _ => {}
        }
    }
    facts.problems.extend(wire.into_problems());
    facts
}

fn layer(wire: &Wire<'_>, message: Message, schema: &Schema, facts: &mut ModelFacts) {
    let mut layer = Layer::default();
    for field in wire.fields(message) {
        let Value::Bytes(inside) = field.value else {
            continue;
        };
        match field.number {
            // The first version has a number here.
            2 if schema.blobs == CURRENT.blobs => layer.kind = wire.text(inside, TEXT),
            PYTHON if schema.blobs == CURRENT.blobs => {
                layer.module = member(wire, inside, 1);
                layer.class = member(wire, inside, 2);
                layer.parameter = member(wire, inside, 3);
                if layer.kind.is_empty() {
                    "Python".clone_into(&mut layer.kind);
                }
            }
            number if number == schema.blobs => blob(wire, inside, facts),
            number if number == schema.output => {
                push(&mut layer.outputs, member(wire, inside, 1));
            }
            number if schema.sources.contains(&number) || number == schema.infogain => {
                push(&mut layer.sources, member(wire, inside, 1));
            }
            number if number == schema.image || number == schema.window => {
                for part in [1, 12, 13] {
                    push(&mut layer.sources, member(wire, inside, part));
                }
            }
            number if number == schema.transform => {
                push(&mut layer.sources, member(wire, inside, 4));
            }
            _ => {}
        }
    }
    if !wire.touches_cut(message) {
        layer.judge(&message.place(), wire.catalogue(), facts);
    }
}

fn push(list: &mut Vec<String>, path: String) {
    if !path.is_empty() && list.len() < KEPT_PATHS {
        list.push(path);
    }
}

fn member(wire: &Wire<'_>, message: Message, number: u32) -> String {
    let found = wire.fields(message).filter(|field| field.number == number);
    found
        .last()
        .and_then(|field| field.message())
        .map(|text| wire.text(text, TEXT))
        .unwrap_or_default()
}

/// The sizes of a blob against the numbers it holds.
fn blob(wire: &Wire<'_>, blob: Message, facts: &mut ModelFacts) {
    let mut held = 0_u64;
    let mut shape = None;
    let mut legacy = [None; 4];
    for field in wire.fields(blob) {
        match (field.number, field.value) {
            (1..=4, Value::Varint(size)) => {
                let index = usize::try_from(field.number).unwrap_or(0).saturating_sub(1);
                if let Some(slot) = legacy.get_mut(index) {
                    *slot = Some(size);
                }
            }
            (5, Value::Bytes(packed)) => held = held.saturating_add(packed.length() >> 2),
            (8, Value::Bytes(packed)) => held = held.saturating_add(packed.length() >> 3),
            (5, Value::Fixed32(_)) | (8, Value::Fixed64(_)) => held = held.saturating_add(1),
            (7, Value::Bytes(sizes)) => {
                let numbers = wire.fields(sizes).filter(|field| field.number == 1);
                let numbers = numbers.flat_map(|field| wire.numbers(field.value));
                shape = Some(product(numbers));
            }
            _ => {}
        }
    }
    let is_legacy = legacy.iter().any(Option::is_some);
    let old = is_legacy.then(|| product(legacy.iter().map(|size| size.unwrap_or(0))));
    let Some(expected) = shape.or(old) else {
        return;
    };
    facts.parameters = facts.parameters.saturating_add(expected.unwrap_or(0));
    let is_lie = expected.is_none_or(|count| held > 0 && count != held);
    if is_lie {
        let detail = "contradicts the numbers that the blob holds";
        let place = blob.place();
        note(
            facts,
            ModelHazardKind::SizeLie,
            Effect::OnLoad,
            &place,
            "shape",
            detail,
        );
    }
}

/// The product if it fits into 31 bits of every reader's arithmetic times a margin; negative sizes have none.
fn product(sizes: impl Iterator<Item = u64>) -> Option<u64> {
    let mut product = 1_u64;
    for size in sizes {
        i64::try_from(size).ok()?;
        product = product.checked_mul(size)?;
    }
    i64::try_from(product).ok().map(|_| product)
}
