//! Variables of TensorFlow checkpoints: an index, and data files beside it.
//!
//! Source: `tensorflow/core/util/tensor_bundle/{naming,tensor_bundle}.cc`, `tensorflow/core/framework/types.proto`.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_networks::tables::{self, BundleTensor};
use chainwright_weights::Dtype;

use crate::beside::{self, Beside};
use crate::stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat, elements};

/// Data files that are opened.
const SHARDS: usize = 4096;
/// `DT_STRING`, `DT_RESOURCE`, `DT_VARIANT`.
const NO_NUMBERS: [u64; 3] = [7, 20, 21];

/// Where the index of a SavedModel's variables lies.
const OF_SAVED_MODEL: &str = "variables/variables";

/// The variables of a SavedModel whose `saved_model.pb` this is; nothing if it has none.
pub(crate) fn open_saved(beside: &dyn Beside, budget: &Budget) -> Opened {
    match beside.open(&format!("{OF_SAVED_MODEL}.index")) {
        Ok(index) => open(&index, OF_SAVED_MODEL, beside, budget),
        Err(_) => Opened::default(),
    }
}

/// The checkpoint whose index this is; `prefix` is the name of the index without its ending.
pub(crate) fn open(
    index: &SharedBytes,
    prefix: &str,
    beside: &dyn Beside,
    budget: &Budget,
) -> Opened {
    let bundle = tables::bundle(index, budget);
    if bundle.is_first_format {
        return Opened::refused(
            WeightFormat::TensorFlow,
            "checkpoints of TensorFlow's first format are not read; load and save it with TensorFlow 1 or 2",
        );
    }
    let mut opened = Opened::of(WeightFormat::TensorFlow);
    opened.problems = bundle.problems;
    let mut shards = BTreeMap::new();
    for tensor in bundle.tensors {
        if NO_NUMBERS.contains(&tensor.data_type) {
            opened.leave(Leftover {
                name: tensor.key,
                value: "texts or objects".to_owned(),
            });
            continue;
        }
        let count = shards.len();
        let shard = shards.entry(tensor.shard).or_insert_with(|| {
            if count >= SHARDS {
                return Err("its data are in one of more files than are opened".to_owned());
            }
            let name = format!("{prefix}.data-{:05}-of-{:05}", tensor.shard, bundle.shards);
            beside::open(beside, &name)
        });
        let stored = match shard {
            Ok(file) => stored(&tensor, file, bundle.is_big_endian),
            Err(reason) => Err(reason.clone()),
        };
        match stored {
            Ok(stored) => opened.tensors.push(stored),
            Err(reason) => opened.refused.push(Refused {
                name: tensor.key,
                reason,
            }),
        }
    }
    opened
}

fn stored(
    tensor: &BundleTensor,
    file: &SharedBytes,
    big_endian: bool,
) -> Result<StoredTensor, String> {
    if tensor.is_sliced {
        return Err("it is kept in slices, which are not put together".to_owned());
    }
    let dtype = dtype(tensor.data_type)
        .ok_or_else(|| format!("its element type {} has no counterpart", tensor.data_type))?;
    let shape = tensor.shape.as_ref().ok_or("its shape is not known")?;
    if elements(shape).and_then(|count| dtype.bytes_of(count)) != Some(tensor.length) {
        return Err("its shape needs another number of bytes".to_owned());
    }
    let end = tensor.offset.checked_add(tensor.length);
    if end.is_none_or(|end| end > file.size()) {
        return Err("it reaches beyond its data file".to_owned());
    }
    Ok(StoredTensor {
        name: tensor.key.clone(),
        dtype,
        shape: shape.clone(),
        strides: None,
        storage: file.clone(),
        storage_id: tensor.shard,
        offset: tensor.offset,
        length: tensor.length,
        big_endian,
    })
}

/// The type for a number of TensorFlow's `DataType`; quantised integers are stored as plain ones.
const fn dtype(number: u64) -> Option<Dtype> {
    Some(match number {
        1 => Dtype::F32,
        2 => Dtype::F64,
        3 | 13 => Dtype::I32,
        4 | 12 => Dtype::U8,
        5 | 15 => Dtype::I16,
        6 | 11 => Dtype::I8,
        8 => Dtype::C64,
        9 => Dtype::I64,
        10 => Dtype::Bool,
        14 => Dtype::Bf16,
        16 | 17 => Dtype::U16,
        18 => Dtype::C128,
        19 => Dtype::F16,
        22 => Dtype::U32,
        23 => Dtype::U64,
        24 => Dtype::F8E5M2,
        25 => Dtype::F8E4M3,
        _ => return None,
    })
}
