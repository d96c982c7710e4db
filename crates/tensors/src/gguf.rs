//! The table of a GGUF file as stored tensors.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_weights::Dtype;

use crate::stored::{Opened, Refused, StoredTensor, WeightFormat, elements};

pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let (facts, tensors) =
        chainwright_formats::gguf::tensors(bytes.as_ref(), budget.limits(), budget);
    let mut opened = Opened::of(WeightFormat::Gguf);
    opened.problems = facts.problems;
    opened.metadata.extend(
        [
            ("general.architecture", facts.architecture),
            ("general.name", facts.name),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?))),
    );
    for tensor in tensors {
        let dtype = Dtype::from_ggml(tensor.type_number);
        let length = tensor
            .length
            .or_else(|| dtype.bytes_of(elements(&tensor.shape)?));
        let end = length.and_then(|length| tensor.offset.checked_add(length));
        let refuse = |reason: &str| Refused {
            name: tensor.name.clone(),
            reason: reason.to_owned(),
        };
        match (length, end) {
            (Some(length), Some(end)) if end <= bytes.size() => opened.tensors.push(StoredTensor {
                name: tensor.name,
                dtype,
                shape: tensor.shape,
                strides: None,
                storage: bytes.clone(),
                storage_id: tensor.offset,
                offset: tensor.offset,
                length,
                big_endian: facts.is_big_endian,
            }),
            (Some(_), _) => opened.refused.push(refuse("it reaches beyond the file")),
            (None, _) => opened.refused.push(refuse("its element type is not known")),
        }
    }
    opened
}
