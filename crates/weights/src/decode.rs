//! Numbers out of the bytes of a tensor: every element type as `f32`, in bounded pieces.
//!
//! The results are those of PyTorch for plain types and of llama.cpp's reference for ggml's blocks, bit for bit.
//! Integers and `F64` are rounded to `f32`; complex numbers give two values each, real part first. Types whose layout
//! is not public (`Dtype::block` is `None`) are not decoded.

use std::ops::{ControlFlow, Range};

use chainwright_core::bytes::{ReadError, read_full};
use chainwright_core::fields::{narrow, wide};

use crate::dtype::{Block, Dtype};
use crate::tensor::Tensor;

mod blocks_of_ggml;
mod grids;
mod small_floats;

pub use blocks_of_ggml::ggml_block;
pub use small_floats::{half, small};

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// Values of a [`row`] or [`range`] at most: 64 MiB of them.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Why a tensor gave no numbers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The layout of this element type is not known.
    #[error("elements of type {} cannot be decoded", .0.name())]
    Unsupported(Dtype),
    /// The bytes could not be had.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Gives all values in order, in pieces of at most 65,536; the second argument is the index of the first one.
///
/// A last block that is cut off gives nothing.
///
/// # Errors
/// When the type is not known or the bytes cannot be had; what came before was given.
pub fn blocks(tensor: &Tensor, each: &mut dyn FnMut(&[f32], u64)) -> Result<(), DecodeError> {
    blocks_while(tensor, &mut |values, first| {
        each(values, first);
        ControlFlow::Continue(())
    })
}

/// Like [`blocks`], until the callback breaks off: for deadlines and searches.
///
/// # Errors
/// When the type is not known or the bytes cannot be had; what came before was given.
pub fn blocks_while(
    tensor: &Tensor,
    each: &mut dyn FnMut(&[f32], u64) -> ControlFlow<()>,
) -> Result<(), DecodeError> {
    pieces(tensor, 0..tensor.bytes.size(), each)
}

/// All values, if there are at most `limit`; `None` also when they cannot be decoded or read.
#[must_use]
pub fn all(tensor: &Tensor, limit: usize) -> Option<Vec<f32>> {
    let count = stored_values(tensor)?;
    if count > wide(limit) {
        return None;
    }
    collect(tensor, 0..tensor.bytes.size())
}

/// The values of one row: all indexes but the last are folded into `row`. `None` when there is no such row, or it is
/// longer than 16 Mi values.
#[must_use]
pub fn row(tensor: &Tensor, row: u64) -> Option<Vec<f32>> {
    let length = tensor.row_length();
    let first = row.checked_mul(length)?;
    range(tensor, first..first.checked_add(length)?)
}

/// The values with these indexes; `None` unless all of them are stored and they are at most 16 Mi.
#[must_use]
pub fn range(tensor: &Tensor, indexes: Range<u64>) -> Option<Vec<f32>> {
    let count = indexes.end.checked_sub(indexes.start)?;
    if count > LONGEST || indexes.end > stored_values(tensor)? {
        return None;
    }
    let block = values_block(tensor.dtype)?;
    let (elements, bytes) = (u64::from(block.elements), u64::from(block.bytes));
    let first_block = indexes.start.checked_div(elements)?;
    let end_block = indexes.end.div_ceil(elements);
    let stretch = first_block.checked_mul(bytes)?..end_block.checked_mul(bytes)?;
    let mut values = collect(tensor, stretch)?;
    let skip = narrow(
        indexes
            .start
            .checked_sub(first_block.checked_mul(elements)?)?,
    );
    values.drain(..skip.min(values.len()));
    values.truncate(narrow(count));
    (wide(values.len()) == count).then_some(values)
}

/// How many values the bytes of the tensor hold, whatever its shape says.
#[must_use]
pub fn stored_values(tensor: &Tensor) -> Option<u64> {
    let block = values_block(tensor.dtype)?;
    tensor
        .bytes
        .size()
        .checked_div(u64::from(block.bytes))?
        .checked_mul(u64::from(block.elements))
}

/// Blocks in values: a complex number gives two.
const fn values_block(dtype: Dtype) -> Option<Block> {
    match dtype {
        Dtype::C64 => Dtype::F32.block(),
        Dtype::C128 => Dtype::F64.block(),
        other => other.block(),
    }
}

fn collect(tensor: &Tensor, stretch: Range<u64>) -> Option<Vec<f32>> {
    let mut all = Vec::new();
    pieces(tensor, stretch, &mut |values, _| {
        all.extend_from_slice(values);
        ControlFlow::Continue(())
    })
    .ok()?;
    Some(all)
}

/// Decodes a stretch of bytes that begins at a block.
fn pieces(
    tensor: &Tensor,
    stretch: Range<u64>,
    each: &mut dyn FnMut(&[f32], u64) -> ControlFlow<()>,
) -> Result<(), DecodeError> {
    let block = values_block(tensor.dtype).ok_or(DecodeError::Unsupported(tensor.dtype))?;
    let (elements, bytes) = (block.elements as usize, block.bytes as usize);
    let piece = PIECE
        .checked_next_multiple_of(bytes)
        .unwrap_or(PIECE)
        .min(narrow(stretch.end.saturating_sub(stretch.start)));
    let piece = piece.saturating_sub(piece.checked_rem(bytes).unwrap_or(0));
    let mut values = Vec::new();
    let mut buffer = Vec::new();
    let mut position = stretch.start;
    let mut index = position
        .checked_div(wide(bytes))
        .unwrap_or(0)
        .saturating_mul(wide(elements));
    while piece > 0 && position < stretch.end {
        let wanted = piece.min(narrow(stretch.end.saturating_sub(position)));
        let held = match tensor.bytes.as_slice() {
            Some(slice) => {
                let start = narrow(position);
                slice
                    .get(start..start.saturating_add(wanted).min(slice.len()))
                    .unwrap_or_default()
            }
            None => {
                buffer.resize(wanted, 0);
                let read = read_full(tensor.bytes.as_ref(), position, &mut buffer)?;
                buffer.get(..read).unwrap_or_default()
            }
        };
        decode(tensor.dtype, held, &mut values);
        if values.is_empty() || each(&values, index).is_break() {
            break;
        }
        index = index.saturating_add(wide(values.len()));
        position = position.saturating_add(wide(held.len()));
    }
    Ok(())
}

/// Decodes whole blocks into `values`, which is emptied first. Bytes behind the last whole block are passed over.
pub fn decode(dtype: Dtype, bytes: &[u8], values: &mut Vec<f32>) {
    values.clear();
    match dtype.plain() {
        Dtype::F64 | Dtype::C128 => {
            values.extend(each(bytes, |raw| f64::from_le_bytes(raw) as f32))
        }
        Dtype::F32 | Dtype::C64 => values.extend(each(bytes, f32::from_le_bytes)),
        Dtype::F16 => values.extend(each(bytes, |raw| half(u16::from_le_bytes(raw)))),
        Dtype::Bf16 => values.extend(each(bytes, |raw| bf16(u16::from_le_bytes(raw)))),
        Dtype::I64 => values.extend(each(bytes, |raw| i64::from_le_bytes(raw) as f32)),
        Dtype::U64 => values.extend(each(bytes, |raw| u64::from_le_bytes(raw) as f32)),
        Dtype::I32 => values.extend(each(bytes, |raw| i32::from_le_bytes(raw) as f32)),
        Dtype::U32 => values.extend(each(bytes, |raw| u32::from_le_bytes(raw) as f32)),
        Dtype::I16 => values.extend(each(bytes, |raw| f32::from(i16::from_le_bytes(raw)))),
        Dtype::U16 => values.extend(each(bytes, |raw| f32::from(u16::from_le_bytes(raw)))),
        Dtype::I8 => values.extend(bytes.iter().map(|byte| f32::from(*byte as i8))),
        Dtype::U8 => values.extend(bytes.iter().map(|byte| f32::from(*byte))),
        Dtype::Bool => values.extend(bytes.iter().map(|byte| f32::from(u8::from(*byte != 0)))),
        Dtype::F4 => values.extend(
            bytes
                .iter()
                .flat_map(|byte| [byte & 15, byte >> 4].map(|code| small(Dtype::F4, code))),
        ),
        Dtype::F6E2M3 | Dtype::F6E3M2 => {
            values.extend(bytes.as_chunks::<3>().0.iter().flat_map(|[a, b, c]| {
                let word = u32::from_le_bytes([*a, *b, *c, 0]);
                [word, word >> 6, word >> 12, word >> 18]
                    .map(|code| small(dtype, (code & 63) as u8))
            }));
        }
        Dtype::Ggml(number) => ggml(number, bytes, values),
        float8 => {
            let table = small_floats::table(float8);
            values.extend(
                bytes
                    .iter()
                    .filter_map(|byte| table.get(usize::from(*byte))),
            );
        }
    }
}

fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<N>().0.iter().map(move |raw| value(*raw))
}

fn ggml(number: u32, bytes: &[u8], values: &mut Vec<f32>) {
    let Some(block) = Dtype::Ggml(number).block() else {
        return;
    };
    let raw = bytes.chunks_exact(block.bytes as usize);
    values.resize(raw.len().saturating_mul(block.elements as usize), 0.0);
    for (raw, out) in raw.zip(values.chunks_exact_mut(block.elements as usize)) {
        if ggml_block(number, raw, out).is_none() {
            out.fill(0.0);
        }
    }
}

/// The number that a bfloat16 stands for.
#[must_use]
pub const fn bf16(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

#[cfg(test)]
mod tests;
