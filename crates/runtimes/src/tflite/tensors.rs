//! The tensors of a subgraph: shape, type and buffer have to agree.

use chainwright_core::fields::{narrow, u32_le};
use chainwright_core::model::ModelFacts;

use super::Model;
use crate::facts::{bad_index, elements, lie, outside};
use crate::flat::{Flat, Table, Vector};

/// Bytes that tensors of one model may ask for before it is no longer plausible: 1 TiB.
const HUGE: u64 = 1 << 40;
/// Bytes of the table of a text tensor that are looked at.
const TEXT_TABLE: u64 = 1 << 20;
const STRING: u8 = 5;

/// What operators need to know about a tensor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tensor {
    /// Whether its values lie in the file.
    pub(super) is_constant: bool,
}

/// Bits of an element by the number of its type; none for texts, resources and variants.
fn bits(kind: u8) -> Option<u64> {
    Some(match kind {
        0 | 2 | 15 => 32,
        1 | 7 | 16 | 18 => 16,
        3 | 6 | 9 | 21 | 22 => 8,
        4 | 8 | 10 | 12 => 64,
        11 => 128,
        17 | 20 => 4,
        19 => 2,
        _ => return None,
    })
}

/// Checks the tensors of a subgraph.
pub(super) fn read(
    flat: &Flat<'_>,
    model: &Model<'_>,
    subgraph: Table<'_>,
    facts: &mut ModelFacts,
) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    for tensor in subgraph.tables(0) {
        let is_constant = tensor.is_some_and(|tensor| check(flat, model, tensor, facts));
        tensors.push(Tensor { is_constant });
    }
    tensors
}

/// Checks one tensor and says whether its values lie in the file.
fn check(flat: &Flat<'_>, model: &Model<'_>, tensor: Table<'_>, facts: &mut ModelFacts) -> bool {
    let name = tensor.text(3).unwrap_or_default();
    let index = u64::from(tensor.u32(2));
    let shape: Vec<i64> = tensor.i32s(0).map(i64::from).collect();
    let count = elements(shape.iter().copied());
    let bytes = match (count, bits(tensor.u8(1))) {
        (Some(count), Some(bits)) => count.checked_mul(bits).map(|bits| bits.div_ceil(8)),
        (None, _) => None,
        (Some(_), None) => Some(0),
    };
    if bytes.is_none_or(|bytes| bytes > HUGE) {
        let detail = "the size of a tensor overflows or cannot be";
        lie(
            facts,
            tensor.start(),
            &format!("{name} {shape:?}"),
            detail,
            "CVE-2022-23558",
        );
    }
    let external = tensor.u32(10);
    if external != 0 && !model.external_buffers.contains(&external) {
        bad_index(
            facts,
            tensor.start(),
            "external buffer",
            i64::from(external),
            super::INDEX,
        );
    }
    if index >= model.buffers {
        let shown = i64::from(tensor.u32(2));
        bad_index(facts, tensor.start(), "buffer", shown, super::INDEX);
        return false;
    }
    let Some(buffer) = model.buffer(index) else {
        return false;
    };
    let data = buffer.vector(0, 1);
    let held = match (data, buffer.u64(1)) {
        (Some(data), _) if data.count > 0 => data.count,
        (_, offset) if offset > 1 => buffer.u64(2),
        _ => return false,
    };
    facts.parameters = facts.parameters.saturating_add(count.unwrap_or(0));
    let is_sparse = tensor.field(6).is_some();
    let is_plain = bits(tensor.u8(1)).is_some() && !is_sparse;
    if is_plain && bytes.is_some_and(|bytes| bytes != held) {
        lie(
            facts,
            tensor.start(),
            &format!("{name} {shape:?}"),
            "shape and type of a constant do not fit the size of its buffer",
            "CVE-2020-15209",
        );
    }
    if tensor.u8(1) == STRING
        && let Some(data) = data
    {
        texts(flat, data, &name, facts);
    }
    true
}

/// A tensor of texts begins with their count and the offset of each, and one more for the end.
fn texts(flat: &Flat<'_>, data: Vector<'_>, name: &str, facts: &mut ModelFacts) {
    let table = flat
        .bytes(data.first, data.count.min(TEXT_TABLE))
        .unwrap_or_default();
    let count = u32_le(&table, 0).map_or(0, u64::from);
    let fits = count
        .checked_add(2)
        .and_then(|slots| slots.checked_mul(4))
        .is_some_and(|end| end <= data.count);
    let mut last = 0;
    let is_sound = fits
        && (0..=count)
            .map_while(|index| u32_le(&table, narrow(index.checked_add(1)?.checked_mul(4)?)))
            .all(|offset| {
                let is_fine = offset >= last && u64::from(offset) <= data.count;
                last = offset;
                is_fine
            });
    if !is_sound {
        let detail = "the offsets of a tensor of texts leave its buffer";
        outside(facts, data.first, name, detail, "CWE-125");
    }
}
