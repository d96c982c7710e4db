//! Constant tensors of TensorFlow Lite models: buffers of a flatbuffer.
//!
//! Only what leads from the model to names, types, shapes and bytes is read; whether the rest of the model is sound is
//! told elsewhere.
//!
//! Source: `tensorflow/compiler/mlir/lite/schema/schema.fbs` (version 3);
//! <https://flatbuffers.dev/internals/>.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, SharedBytes, read_range};
use chainwright_core::fields::{narrow, u32_le, u64_le};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Dtype;

use crate::stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat, elements};

/// Tensors of a model that are listed.
const TENSORS: u64 = 100_000;
/// Subgraphs that are entered.
const SUBGRAPHS: u64 = 10_000;
/// Dimensions of a tensor.
const DIMENSIONS: u64 = 64;
/// Bytes of a name.
const NAME: u64 = 1024;

/// Whether the first bytes are those of a model.
pub(crate) fn is_tflite(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"TFL3")
}

/// The constant tensors of a model.
pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let mut opened = Opened::of(WeightFormat::TfLite);
    let flat = Flat(bytes.as_ref());
    let mut left = TENSORS;
    if read(&flat, bytes, budget, &mut left, &mut opened).is_none() {
        let (kind, detail) = if left == 0 || budget.check_time().is_err() {
            (ProblemKind::LimitReached, "more tensors than are read")
        } else {
            (
                ProblemKind::Malformed,
                "an offset of the model leads nowhere",
            )
        };
        opened
            .problems
            .push(Problem::new(kind, Place::Whole, detail.to_owned()));
    }
    opened
}

fn read(
    flat: &Flat<'_>,
    file: &SharedBytes,
    budget: &Budget,
    left: &mut u64,
    opened: &mut Opened,
) -> Option<()> {
    let model = flat.table_at(0)?;
    let buffers = flat.vector(model, 4)?;
    let subgraphs = flat.vector(model, 2)?;
    for subgraph in 0..subgraphs.count.min(SUBGRAPHS) {
        let subgraph = flat.table_at(subgraphs.place(subgraph, 4)?)?;
        let Some(tensors) = flat.vector(subgraph, 0) else {
            continue;
        };
        for index in 0..tensors.count {
            *left = left.checked_sub(1)?;
            budget.check_time().ok()?;
            let tensor = flat.table_at(tensors.place(index, 4)?)?;
            constant(flat, file, tensor, buffers, opened)?;
        }
    }
    Some(())
}

/// A tensor, if its bytes are in the file.
fn constant(
    flat: &Flat<'_>,
    file: &SharedBytes,
    tensor: u64,
    buffers: Vector,
    opened: &mut Opened,
) -> Option<()> {
    let index = flat.field(tensor, 2).map_or(Some(0), |at| flat.word(at))?;
    if index == 0 || index >= buffers.count {
        return Some(());
    }
    let buffer = flat.table_at(buffers.place(index, 4)?)?;
    let data = match flat.vector(buffer, 0) {
        Some(data) => (data.start, data.count),
        // Models above two gigabytes keep their buffers behind the flatbuffer.
        None => {
            let long = |field| {
                flat.field(buffer, field)
                    .map_or(Some(0), |at| flat.long(at))
            };
            (long(1)?, long(2)?)
        }
    };
    if data.1 == 0 {
        return Some(());
    }
    let name = flat.vector(tensor, 3).map_or_else(String::new, |text| {
        let length = narrow(text.count.min(NAME));
        let raw = read_range(flat.0, text.start, length).unwrap_or_default();
        String::from_utf8_lossy(&raw).into_owned()
    });
    let kind = flat.field(tensor, 1).map_or(Some(0), |at| flat.byte(at))?;
    if matches!(kind, 5 | 13 | 14) {
        opened.leave(Leftover {
            name,
            value: "texts or objects".to_owned(),
        });
        return Some(());
    }
    let shape = flat.shape(tensor)?;
    let is_sparse = flat.field(tensor, 6).is_some();
    match stored(file, &name, kind, shape, data, is_sparse) {
        Ok(stored) => opened.tensors.push(stored),
        Err(reason) => opened.refused.push(Refused { name, reason }),
    }
    Some(())
}

fn stored(
    file: &SharedBytes,
    name: &str,
    kind: u8,
    shape: Vec<u64>,
    (offset, length): (u64, u64),
    is_sparse: bool,
) -> Result<StoredTensor, String> {
    if is_sparse {
        return Err("it is sparse; only dense tensors are read".to_owned());
    }
    let dtype = dtype(kind).ok_or_else(|| format!("its element type {kind} has no counterpart"))?;
    if elements(&shape).and_then(|count| dtype.bytes_of(count)) != Some(length) {
        return Err("its shape needs another number of bytes".to_owned());
    }
    let end = offset.checked_add(length);
    if end.is_none_or(|end| end > file.size()) {
        return Err("it reaches beyond the file".to_owned());
    }
    Ok(StoredTensor {
        name: name.to_owned(),
        dtype,
        shape,
        strides: None,
        storage: file.clone(),
        storage_id: 0,
        offset,
        length,
        big_endian: false,
    })
}

/// A vector: its first element and how many there are.
#[derive(Clone, Copy)]
struct Vector {
    start: u64,
    count: u64,
}

impl Vector {
    fn place(self, index: u64, width: u64) -> Option<u64> {
        self.start.checked_add(index.checked_mul(width)?)
    }
}

/// Reads at offsets of a flatbuffer; nothing is followed twice, so nothing can go round.
struct Flat<'a>(&'a dyn ByteSource);

impl Flat<'_> {
    fn byte(&self, at: u64) -> Option<u8> {
        read_range(self.0, at, 1).ok()?.first().copied()
    }

    fn word(&self, at: u64) -> Option<u64> {
        u32_le(&read_range(self.0, at, 4).ok()?, 0).map(u64::from)
    }

    fn long(&self, at: u64) -> Option<u64> {
        u64_le(&read_range(self.0, at, 8).ok()?, 0)
    }

    /// The table that the offset at a place leads to.
    fn table_at(&self, at: u64) -> Option<u64> {
        at.checked_add(self.word(at)?)
    }

    /// Where a field of a table stands; `None` if it is not there.
    fn field(&self, table: u64, field: u64) -> Option<u64> {
        let back = i64::from(u32::try_from(self.word(table)?).ok()?.cast_signed());
        let vtable = table.checked_add_signed(back.checked_neg()?)?;
        let short = |at: u64| {
            let raw = read_range(self.0, at, 2).ok()?;
            let raw: [u8; 2] = raw.try_into().ok()?;
            Some(u64::from(u16::from_le_bytes(raw)))
        };
        let place = field.checked_mul(2)?.checked_add(4)?;
        if place >= short(vtable)? {
            return None;
        }
        let offset = short(vtable.checked_add(place)?)?;
        (offset != 0).then(|| table.checked_add(offset))?
    }

    fn vector(&self, table: u64, field: u64) -> Option<Vector> {
        let at = self.table_at(self.field(table, field)?)?;
        Some(Vector {
            start: at.checked_add(4)?,
            count: self.word(at)?,
        })
    }

    fn shape(&self, tensor: u64) -> Option<Vec<u64>> {
        let Some(sizes) = self.vector(tensor, 0) else {
            return Some(Vec::new());
        };
        if sizes.count > DIMENSIONS {
            return None;
        }
        (0..sizes.count)
            .map(|index| self.word(sizes.place(index, 4)?))
            .collect()
    }
}

/// The type for a number of `TensorType`.
const fn dtype(number: u8) -> Option<Dtype> {
    Some(match number {
        0 => Dtype::F32,
        1 => Dtype::F16,
        2 => Dtype::I32,
        3 => Dtype::U8,
        4 => Dtype::I64,
        6 => Dtype::Bool,
        7 => Dtype::I16,
        8 => Dtype::C64,
        9 => Dtype::I8,
        10 => Dtype::F64,
        11 => Dtype::C128,
        12 => Dtype::U64,
        15 => Dtype::U32,
        16 => Dtype::U16,
        18 => Dtype::Bf16,
        _ => return None,
    })
}
