//! Initializers of ONNX models: in the model, number by number, or in a file beside it.
//!
//! Source: `onnx/onnx.in.proto` (`TensorProto`), `onnx/numpy_helper.py`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{Cursor, SharedBytes};
use chainwright_core::fields::{narrow, wide};
use chainwright_networks::tables::{self, OnnxData, OnnxTensor};
use chainwright_weights::Dtype;

use crate::beside::{self, Beside};
use crate::stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat, elements};

/// Bytes of all tensors of a model that are written number by number and so have to be decoded.
const DECODED: u64 = 64 * 1024 * 1024;
/// Files beside a model that are opened.
const FILES: usize = 1024;

pub(crate) fn open(bytes: &SharedBytes, beside: &dyn Beside, budget: &Budget) -> Opened {
    let table = tables::onnx(bytes, budget);
    let mut opened = Opened::of(WeightFormat::Onnx);
    opened.problems = table.problems;
    let mut reader = Reader {
        file: bytes,
        beside,
        files: BTreeMap::new(),
        decoded: 0,
    };
    for (index, tensor) in table.tensors.into_iter().enumerate() {
        if tensor.data == OnnxData::Texts {
            opened.leave(Leftover {
                name: tensor.name,
                value: "texts".to_owned(),
            });
            continue;
        }
        match reader.tensor(&tensor, wide(index)) {
            Ok(stored) => opened.tensors.push(stored),
            Err(reason) => opened.refused.push(Refused {
                name: tensor.name,
                reason,
            }),
        }
    }
    opened
}

struct Reader<'a> {
    file: &'a SharedBytes,
    beside: &'a dyn Beside,
    /// Files that were opened or refused, with their numbers.
    files: BTreeMap<String, Result<(SharedBytes, u64), String>>,
    decoded: u64,
}

impl Reader<'_> {
    fn tensor(&mut self, tensor: &OnnxTensor, index: u64) -> Result<StoredTensor, String> {
        let dtype = dtype(tensor.data_type).ok_or_else(|| {
            format!(
                "its element type {} has no counterpart",
                type_name(tensor.data_type)
            )
        })?;
        let needed = elements(&tensor.shape)
            .and_then(|count| dtype.bytes_of(count))
            .ok_or("its size overflows or does not fill whole bytes")?;
        let (storage, storage_id, offset, length) = match &tensor.data {
            OnnxData::Plain { offset, length } => (self.file.clone(), 0, *offset, *length),
            OnnxData::Varints(stretches) => {
                let decoded = self.numbers(stretches, dtype, needed)?;
                let length = wide(decoded.len());
                let storage: SharedBytes = Arc::new(decoded);
                // Numbers of tensors come behind those of files.
                (storage, index.saturating_add(wide(FILES)), 0, length)
            }
            OnnxData::External {
                location,
                offset,
                length,
            } => {
                let (file, id) = self.side_file(location)?;
                (file, id, *offset, length.unwrap_or(needed))
            }
            OnnxData::Texts => return Err("it holds texts".to_owned()),
            OnnxData::Unreadable(reason) => return Err((*reason).to_owned()),
        };
        if length != needed {
            return Err("its shape needs another number of bytes".to_owned());
        }
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > storage.size()) {
            return Err("it reaches beyond its file".to_owned());
        }
        Ok(StoredTensor {
            name: tensor.name.clone(),
            dtype,
            shape: tensor.shape.clone(),
            strides: None,
            storage,
            storage_id,
            offset,
            length,
            big_endian: false,
        })
    }

    fn side_file(&mut self, location: &str) -> Result<(SharedBytes, u64), String> {
        if let Some(known) = self.files.get(location) {
            return known.clone();
        }
        let id = wide(self.files.len()).saturating_add(1);
        if self.files.len() >= FILES {
            return Err("its data are in one of more files than are opened".to_owned());
        }
        let opened = beside::open(self.beside, location).map(|file| (file, id));
        self.files.insert(location.to_owned(), opened.clone());
        opened
    }

    /// Numbers of variable length as they lie in memory.
    fn numbers(
        &mut self,
        stretches: &[(u64, u64)],
        dtype: Dtype,
        needed: u64,
    ) -> Result<Vec<u8>, String> {
        self.decoded = self.decoded.saturating_add(needed);
        if self.decoded > DECODED {
            return Err("more numbers are written one by one than are decoded".to_owned());
        }
        let width = dtype
            .block()
            .map_or(1, |block| narrow(u64::from(block.bytes)));
        // A number takes at least one byte in the file.
        let held = stretches.iter().map(|(_, length)| *length);
        let most = held
            .fold(0, u64::saturating_add)
            .saturating_mul(wide(width));
        let mut out = Vec::with_capacity(narrow(needed.min(most)));
        for (start, length) in stretches {
            let mut cursor = Cursor::at(self.file.as_ref(), *start);
            let end = start.saturating_add(*length);
            while cursor.position() < end {
                let number = varint(&mut cursor, end).ok_or("a number in it is broken")?;
                let raw = number.to_le_bytes();
                out.extend_from_slice(raw.get(..width).unwrap_or(&raw));
                if wide(out.len()) > needed {
                    return Err("its shape needs another number of bytes".to_owned());
                }
            }
        }
        Ok(out)
    }
}

fn varint(cursor: &mut Cursor<'_>, end: u64) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = cursor.next_byte().ok().flatten()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return (cursor.position() <= end).then_some(number);
        }
    }
    None
}

/// The type for a number of `TensorProto.DataType`.
const fn dtype(number: u64) -> Option<Dtype> {
    Some(match number {
        1 => Dtype::F32,
        2 => Dtype::U8,
        3 => Dtype::I8,
        4 => Dtype::U16,
        5 => Dtype::I16,
        6 => Dtype::I32,
        7 => Dtype::I64,
        9 => Dtype::Bool,
        10 => Dtype::F16,
        11 => Dtype::F64,
        12 => Dtype::U32,
        13 => Dtype::U64,
        14 => Dtype::C64,
        15 => Dtype::C128,
        16 => Dtype::Bf16,
        17 => Dtype::F8E4M3,
        18 => Dtype::F8E4M3Fnuz,
        19 => Dtype::F8E5M2,
        20 => Dtype::F8E5M2Fnuz,
        23 => Dtype::F4,
        24 => Dtype::F8E8M0,
        _ => return None,
    })
}

fn type_name(number: u64) -> String {
    match number {
        21 => "UINT4".to_owned(),
        22 => "INT4".to_owned(),
        25 => "UINT2".to_owned(),
        26 => "INT2".to_owned(),
        other => other.to_string(),
    }
}
