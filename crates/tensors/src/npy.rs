//! NumPy arrays, alone.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_weights::Dtype;

use crate::stored::{Opened, Refused, StoredTensor, WeightFormat, elements, odd_strides, reach};

/// One array file; its only tensor has no name.
pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let mut opened = Opened::of(WeightFormat::Npy);
    match array(bytes, "", 0, budget) {
        Ok(tensor) => opened.tensors.push(tensor),
        Err(reason) => opened.refused.push(Refused {
            name: String::new(),
            reason,
        }),
    }
    opened
}

/// Reads an array file as a tensor of this name.
pub(crate) fn array(
    bytes: &SharedBytes,
    name: &str,
    storage_id: u64,
    budget: &Budget,
) -> Result<StoredTensor, String> {
    let facts = chainwright_formats::npy::read(bytes.as_ref(), budget.limits(), budget);
    if facts.has_object {
        return Err("it is an array of Python objects".to_owned());
    }
    let (dtype, big_endian) = dtype(&facts.descr)
        .ok_or_else(|| format!("its element type `{}` has no counterpart", facts.descr))?;
    let strides = facts
        .is_fortran_order
        .then(|| fortran_strides(&facts.shape));
    let strides = strides.and_then(|strides| odd_strides(&facts.shape, strides));
    let length = elements(&facts.shape).and_then(|count| dtype.bytes_of(count));
    let reached = reach(&facts.shape, strides.as_deref()).and_then(|count| dtype.bytes_of(count));
    let end = reached.and_then(|reached| facts.data_offset.checked_add(reached));
    match (length, end) {
        (Some(length), Some(end)) if end <= bytes.size() && facts.data_offset > 0 => {
            Ok(StoredTensor {
                name: name.to_owned(),
                dtype,
                shape: facts.shape,
                strides,
                storage: bytes.clone(),
                storage_id,
                offset: facts.data_offset,
                length,
                big_endian,
            })
        }
        _ => Err("it needs more bytes than the file holds".to_owned()),
    }
}

/// The first dimension varies fastest.
pub(crate) fn fortran_strides(shape: &[u64]) -> Vec<u64> {
    let mut next = 1_u64;
    shape
        .iter()
        .map(|size| {
            let stride = next;
            next = next.saturating_mul((*size).max(1));
            stride
        })
        .collect()
}

/// The type behind a description such as `<f4`, and whether its bytes are swapped.
pub(crate) fn dtype(descr: &str) -> Option<(Dtype, bool)> {
    let descr = descr.trim_matches(['\'', '"']);
    let (order, kind) = match descr.split_at_checked(1)? {
        (order @ ("<" | ">" | "|" | "="), kind) => (order, kind),
        _ => ("|", descr),
    };
    let dtype = match kind {
        "f2" => Dtype::F16,
        "f4" => Dtype::F32,
        "f8" => Dtype::F64,
        "c8" => Dtype::C64,
        "c16" => Dtype::C128,
        "i1" => Dtype::I8,
        "i2" => Dtype::I16,
        "i4" => Dtype::I32,
        "i8" => Dtype::I64,
        "u1" => Dtype::U8,
        "u2" => Dtype::U16,
        "u4" => Dtype::U32,
        "u8" => Dtype::U64,
        "b1" => Dtype::Bool,
        _ => return None,
    };
    let wide = dtype.block().is_some_and(|block| block.bytes > 1);
    Some((dtype, order == ">" && wide))
}
