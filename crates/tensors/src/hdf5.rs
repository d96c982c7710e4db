//! Datasets of HDF5 files as tensors: weights of Keras, alone or in its archive, and whatever else keeps numbers so.
//!
//! Names are paths. Those of a whole model saved as HDF5 lie below `model_weights`, which is left out, so that they are
//! the same as in a file of the weights alone.

mod chunked;
mod filters;

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::problem::Problem;
use chainwright_keras::hdf5::{self, Array, Element, Number, Stored};
use chainwright_weights::Dtype;

use crate::stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat, elements};
use chunked::{Chunked, Filled, Slabs};

/// Where a whole model keeps its weights.
const WEIGHTS: &str = "model_weights/";
/// Bytes of a tensor that was never written, for each byte of the file, beyond what is always allowed.
const FILLED_RATIO: u64 = 1_000;
/// Bytes of a tensor that was never written and is told all the same.
const FILLED: u64 = 64 * 1024 * 1024;

pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let table = hdf5::table(bytes, budget);
    let format = if table.is_keras {
        WeightFormat::KerasHdf5
    } else {
        WeightFormat::Hdf5
    };
    let mut opened = Opened::of(format);
    let problem = |(kind, detail)| Problem::new(kind, Place::Whole, detail);
    opened
        .problems
        .extend(table.problems.into_iter().map(problem));
    let slabs = Arc::new(Slabs::default());
    for (index, array) in table.arrays.into_iter().enumerate() {
        let id = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
        let name = match array.path.strip_prefix(WEIGHTS) {
            Some(name) if table.is_keras => name.to_owned(),
            _ => array.path.clone(),
        };
        let Some(element) = array.element else {
            opened.leave(Leftover {
                name,
                value: format!("{} {:?}", array.type_name, array.shape),
            });
            continue;
        };
        match tensor(name, array, element, id, bytes, &slabs, budget) {
            Ok(tensor) => opened.tensors.push(tensor),
            Err(refused) => opened.refused.push(refused),
        }
    }
    opened
}

fn tensor(
    name: String,
    array: Array,
    element: Element,
    id: u64,
    file: &SharedBytes,
    slabs: &Arc<Slabs>,
    budget: &Budget,
) -> Result<StoredTensor, Refused> {
    let dtype = dtype(element);
    let refuse = |reason: String| Refused {
        name: name.clone(),
        reason,
    };
    let length = elements(&array.shape)
        .and_then(|count| count.checked_mul(element.bytes))
        .ok_or_else(|| refuse("its size overflows".to_owned()))?;
    let (storage, storage_id, offset): (SharedBytes, u64, u64) = match array.stored {
        Stored::Contiguous { offset, .. } => (file.clone(), 0, offset),
        Stored::Nowhere => {
            if length > file.size().saturating_mul(FILLED_RATIO).max(FILLED) {
                return Err(refuse("it was never written, and is enormous".to_owned()));
            }
            (Arc::new(Filled::new(array.fill, length)), id, 0)
        }
        Stored::Chunked(chunks) => {
            let decoder = Chunked::new(
                file.clone(),
                chunks,
                array.shape.clone(),
                element.bytes,
                array.fill,
                (slabs.clone(), id),
                budget.clone(),
            );
            (Arc::new(decoder.map_err(refuse)?), id, 0)
        }
        Stored::Unreadable(reason) => return Err(refuse(reason)),
    };
    Ok(StoredTensor {
        name,
        dtype,
        shape: array.shape,
        strides: None,
        storage,
        storage_id,
        offset,
        length,
        big_endian: element.is_big_endian,
    })
}

const fn dtype(element: Element) -> Dtype {
    match (element.number, element.bytes) {
        (Number::Bool, _) => Dtype::Bool,
        (Number::BrainFloat, _) => Dtype::Bf16,
        (Number::Float, 2) => Dtype::F16,
        (Number::Float, 4) => Dtype::F32,
        (Number::Float, _) => Dtype::F64,
        (Number::Signed, 1) => Dtype::I8,
        (Number::Signed, 2) => Dtype::I16,
        (Number::Signed, 4) => Dtype::I32,
        (Number::Signed, _) => Dtype::I64,
        (Number::Unsigned, 1) => Dtype::U8,
        (Number::Unsigned, 2) => Dtype::U16,
        (Number::Unsigned, 4) => Dtype::U32,
        (Number::Unsigned, _) => Dtype::U64,
    }
}
