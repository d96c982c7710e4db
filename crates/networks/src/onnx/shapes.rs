//! Shapes that stand in the model as constants, and operators that make a tensor of such a shape from almost nothing.
//!
//! A few bytes that say `[1048576, 1048576]` become a terabyte when the model is loaded, since runtimes fold
//! constants. Shapes that are computed are not followed.

use std::collections::HashMap;

use chainwright_core::fields::u64_le;
use chainwright_core::model::{Effect, ModelHazardKind};

use super::graph::GENERATED;
use super::{TEXT, Walk};
use crate::wire::{Message, Value, Wire};

/// Constant shapes that are remembered of one graph.
const KEPT: usize = 100_000;
/// Sizes of one shape that are multiplied.
const SIZES: usize = 16;
/// Whole numbers of eight bytes.
const INT64: u64 = 7;

/// Elements by the name of the constant that holds the shape; only enormous ones.
pub(super) type Shapes = HashMap<String, u128>;

/// Which input of an operator is the shape of its output.
fn shape_input(operator: &str) -> Option<usize> {
    match operator {
        "ConstantOfShape" => Some(0),
        "Expand" | "Tile" => Some(1),
        _ => None,
    }
}

/// The enormous shapes among the initializers and constant nodes of a graph.
pub(super) fn constants(wire: &Wire<'_>, graph: Message) -> Shapes {
    let mut shapes = Shapes::new();
    for field in wire.fields(graph) {
        let found = match (field.number, field.value) {
            (1, Value::Bytes(node)) => constant_node(wire, node),
            (5, Value::Bytes(tensor)) => shape(wire, tensor),
            _ => None,
        };
        if let Some((name, elements)) = found
            && elements > GENERATED
            && shapes.len() < KEPT
        {
            shapes.insert(name, elements);
        }
    }
    shapes
}

fn constant_node(wire: &Wire<'_>, node: Message) -> Option<(String, u128)> {
    let mut output = None;
    let mut tensor = None;
    let mut is_constant = false;
    for field in wire.fields(node) {
        match (field.number, field.value) {
            (2, Value::Bytes(name)) => output = Some(name),
            (4, Value::Bytes(name)) => is_constant = wire.bytes(name, 16) == b"Constant",
            (5, Value::Bytes(attribute)) => {
                let found = wire.fields(attribute).find(|field| field.number == 5);
                tensor = found.and_then(|field| field.message());
            }
            _ => {}
        }
    }
    if !is_constant {
        return None;
    }
    let (_, elements) = shape(wire, tensor?)?;
    Some((wire.text(output?, TEXT), elements))
}

/// The name of a small tensor of whole numbers, and its numbers multiplied.
fn shape(wire: &Wire<'_>, tensor: Message) -> Option<(String, u128)> {
    if tensor.length() > 1024 {
        return None;
    }
    let mut name = None;
    let mut data_type = 0;
    let mut numbers = Vec::new();
    for field in wire.fields(tensor) {
        match (field.number, field.value) {
            (2, Value::Varint(number)) => data_type = number,
            (7, value) => numbers.extend(wire.numbers(value).take(SIZES)),
            (8, Value::Bytes(text)) => name = Some(text),
            (9, Value::Bytes(raw)) => {
                let raw = wire.bytes(raw, SIZES.saturating_mul(8));
                let numbers_of = raw.chunks_exact(8).filter_map(|chunk| u64_le(chunk, 0));
                numbers.extend(numbers_of);
            }
            _ => {}
        }
    }
    if data_type != INT64 || numbers.is_empty() {
        return None;
    }
    let product = numbers
        .iter()
        .take(SIZES)
        .try_fold(1_u128, |product, size| {
            let size = u128::try_from(size.cast_signed()).ok()?;
            Some(product.saturating_mul(size))
        })?;
    Some((
        name.map(|name| wire.text(name, TEXT)).unwrap_or_default(),
        product,
    ))
}

impl Walk<'_, '_> {
    /// Judges an operator whose shape is one of the enormous constants.
    pub(super) fn shaped_output(&mut self, node: Message, shapes: &Shapes) {
        if shapes.is_empty() {
            return;
        }
        let wire = self.wire;
        let mut inputs = Vec::new();
        let mut operator = String::new();
        for field in wire.fields(node) {
            match (field.number, field.value) {
                (1, Value::Bytes(name)) if inputs.len() < 4 => inputs.push(name),
                (4, Value::Bytes(name)) => operator = wire.text(name, TEXT),
                _ => {}
            }
        }
        let input = shape_input(&operator).and_then(|index| inputs.get(index).copied());
        let name = input.map(|input| wire.text(input, TEXT));
        if name.is_some_and(|name| shapes.contains_key(&name)) {
            let detail = "makes a tensor of gigabytes from a shape of a few bytes";
            let place = node.place();
            let kind = ModelHazardKind::ResourceExhaustion;
            self.hazard(kind, Effect::OnLoad, place, &operator, detail, "");
        }
    }
}
