//! The bytes of a tensor in row-major order, little-endian, in bounded pieces: strided views are gathered.

use chainwright_core::bytes::{ReadError, read_full};
use chainwright_core::fields::{narrow, wide};
use chainwright_weights::Dtype;

use crate::stored::{StoredTensor, elements};

/// Bytes that are handed on at a time.
const PIECE: usize = 1024 * 1024;

/// Why a tensor could not be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// The storage could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The storage ended before the tensor did.
    #[error("the file is shorter than it says")]
    Short,
    /// Whoever takes the bytes refused them.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Gives all bytes of a tensor in pieces.
pub(crate) fn bytes(
    tensor: &StoredTensor,
    each: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), GatherError> {
    let unit = swap_unit(tensor.dtype);
    let mut take = |piece: &mut [u8]| {
        if tensor.big_endian {
            swap(piece, unit);
        }
        each(piece)
    };
    match &tensor.strides {
        None => run(tensor, tensor.offset, tensor.length, &mut take),
        Some(strides) => strided(tensor, strides, &mut take),
    }
}

fn run(
    tensor: &StoredTensor,
    from: u64,
    length: u64,
    take: &mut dyn FnMut(&mut [u8]) -> std::io::Result<()>,
) -> Result<(), GatherError> {
    let mut buffer = vec![0; narrow(length).min(PIECE)];
    let mut at = from;
    let mut left = length;
    while left > 0 {
        let wanted = narrow(left).min(buffer.len());
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        if read_full(tensor.storage.as_ref(), at, piece)? < wanted {
            return Err(GatherError::Short);
        }
        take(piece)?;
        at = at.saturating_add(wide(wanted));
        left = left.saturating_sub(wide(wanted));
    }
    Ok(())
}

/// Walks the index space; dimensions at the end that lie without gaps are read as one run.
fn strided(
    tensor: &StoredTensor,
    strides: &[u64],
    take: &mut dyn FnMut(&mut [u8]) -> std::io::Result<()>,
) -> Result<(), GatherError> {
    let element = tensor
        .dtype
        .block()
        .map_or(1, |block| u64::from(block.bytes));
    let is_large = tensor.storage.size() > Held::MOST;
    if is_large && let Some(panels) = Panels::new(tensor, strides, element) {
        return panels.gather(tensor, take);
    }
    let mut walk = Walk::new(&tensor.shape, strides);
    let run_bytes = walk.run.saturating_mul(element);
    let mut window = Held::new(tensor);
    let mut buffer: Vec<u8> = Vec::with_capacity(PIECE);
    loop {
        let start = walk.offset.saturating_mul(element);
        let mut done = 0;
        while done < run_bytes {
            let count = run_bytes.saturating_sub(done).min(wide(PIECE));
            let piece = window.get(start.saturating_add(done), narrow(count))?;
            buffer.extend_from_slice(piece);
            done = done.saturating_add(count);
            if buffer.len() >= PIECE {
                take(&mut buffer)?;
                buffer.clear();
            }
        }
        if !walk.next() {
            break;
        }
    }
    if !buffer.is_empty() {
        take(&mut buffer)?;
    }
    Ok(())
}

/// The indices of a strided view in row-major order, in runs of elements that lie side by side.
struct Walk {
    /// Size, stride and current index of the outer dimensions.
    outer: Vec<(u64, u64, u64)>,
    /// Elements that lie side by side.
    run: u64,
    /// Where the current run begins, in elements.
    offset: u64,
}

impl Walk {
    fn new(shape: &[u64], strides: &[u64]) -> Self {
        let mut outer: Vec<(u64, u64, u64)> = shape
            .iter()
            .zip(strides)
            .map(|(size, stride)| (*size, *stride, 0))
            .filter(|(size, ..)| *size != 1)
            .collect();
        let mut run = 1_u64;
        while let Some((size, stride, _)) = outer.last().copied() {
            if stride != run {
                break;
            }
            run = run.saturating_mul(size);
            outer.pop();
        }
        Self {
            outer,
            run,
            offset: 0,
        }
    }

    /// One element at a time.
    fn each(shape: &[u64], strides: &[u64]) -> Self {
        let dimensions = shape.iter().zip(strides);
        Self {
            outer: dimensions
                .map(|(size, stride)| (*size, *stride, 0))
                .collect(),
            run: 1,
            offset: 0,
        }
    }

    fn next(&mut self) -> bool {
        for (size, stride, index) in self.outer.iter_mut().rev() {
            *index = index.saturating_add(1);
            if *index < *size {
                self.offset = self.offset.saturating_add(*stride);
                return true;
            }
            let back = stride.saturating_mul(size.saturating_sub(1));
            self.offset = self.offset.saturating_sub(back);
            *index = 0;
        }
        false
    }
}

/// A large transposed tensor: neighbours in the file belong to different rows. Some rows at a time are put together in
/// memory, so that every read takes a stretch of neighbours.
struct Panels {
    rows: u64,
    row_stride: u64,
    inner_shape: Vec<u64>,
    inner_strides: Vec<u64>,
    row_elements: u64,
    /// Rows that are put together at a time.
    panel: u64,
    element: u64,
}

impl Panels {
    /// Panels help where the outermost dimension varies fastest in the file.
    fn new(tensor: &StoredTensor, strides: &[u64], element: u64) -> Option<Self> {
        let (rows, inner_shape) = tensor.shape.split_first()?;
        let (row_stride, inner_strides) = strides.split_first()?;
        let is_fastest = *row_stride > 0 && inner_strides.iter().all(|stride| stride > row_stride);
        let row_elements = elements(inner_shape)?;
        let row_bytes = row_elements.checked_mul(element)?;
        let step_bytes = row_stride.checked_mul(element)?;
        // Neither the rows nor the stretch of neighbours between them may be larger than what is held elsewhere.
        let panel = Held::MOST
            .checked_div(row_bytes.max(step_bytes).max(1))?
            .min(*rows);
        let is_matrix = !inner_shape.is_empty() && row_elements > 0;
        (is_fastest && is_matrix && panel > 1 && *row_stride <= 64).then(|| Self {
            rows: *rows,
            row_stride: *row_stride,
            inner_shape: inner_shape.to_vec(),
            inner_strides: inner_strides.to_vec(),
            row_elements,
            panel,
            element,
        })
    }

    fn gather(
        &self,
        tensor: &StoredTensor,
        take: &mut dyn FnMut(&mut [u8]) -> std::io::Result<()>,
    ) -> Result<(), GatherError> {
        let width = narrow(self.element);
        let row_bytes = narrow(self.row_elements).saturating_mul(width);
        let mut first = 0_u64;
        while first < self.rows {
            let count = self.panel.min(self.rows.saturating_sub(first));
            let mut panel = vec![0; narrow(count).saturating_mul(row_bytes)];
            let span = count
                .saturating_sub(1)
                .saturating_mul(self.row_stride)
                .saturating_add(1)
                .saturating_mul(self.element);
            let mut neighbours = vec![0; narrow(span)];
            let step = narrow(self.row_stride).saturating_mul(width).max(1);
            let mut walk = Walk::each(&self.inner_shape, &self.inner_strides);
            let mut column = 0_usize;
            loop {
                let index = first
                    .saturating_mul(self.row_stride)
                    .saturating_add(walk.offset);
                let at = tensor
                    .offset
                    .saturating_add(index.saturating_mul(self.element));
                if read_full(tensor.storage.as_ref(), at, &mut neighbours)? < neighbours.len() {
                    return Err(GatherError::Short);
                }
                let rows = panel.chunks_exact_mut(row_bytes);
                for (row, from) in rows.zip(neighbours.chunks(step)) {
                    let to = row.get_mut(column..column.saturating_add(width));
                    if let (Some(to), Some(from)) = (to, from.get(..width)) {
                        to.copy_from_slice(from);
                    }
                }
                column = column.saturating_add(width);
                if !walk.next() {
                    break;
                }
            }
            for piece in panel.chunks_mut(PIECE) {
                take(piece)?;
            }
            first = first.saturating_add(count);
        }
        Ok(())
    }
}

/// A stretch of the storage that is held in memory, so that scattered elements cost no read each.
struct Held<'a> {
    tensor: &'a StoredTensor,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Held<'a> {
    /// Bytes that are held at most.
    const MOST: u64 = 32 * 1024 * 1024;
    /// Bytes that are read ahead in a larger storage.
    const AHEAD: usize = 64 * 1024;

    const fn new(tensor: &'a StoredTensor) -> Self {
        Self {
            tensor,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// Bytes relative to the start of the tensor.
    fn get(&mut self, at: u64, count: usize) -> Result<&[u8], GatherError> {
        let at = self.tensor.offset.saturating_add(at);
        let end = at.saturating_add(wide(count));
        let held = self.start..self.start.saturating_add(wide(self.bytes.len()));
        if at < held.start || end > held.end {
            let size = self.tensor.storage.size();
            // A storage that fits is held as a whole: columns come back to its start. In a larger one the next read
            // may be anywhere.
            let (start, length) = if size <= Self::MOST {
                (0, size)
            } else {
                let ahead = wide(count.max(Self::AHEAD));
                (at, ahead.min(size.saturating_sub(at)))
            };
            self.bytes.resize(narrow(length), 0);
            let filled = read_full(self.tensor.storage.as_ref(), start, &mut self.bytes)?;
            self.bytes.truncate(filled);
            self.start = start;
        }
        let from = narrow(at.saturating_sub(self.start));
        let slice = from
            .checked_add(count)
            .and_then(|to| self.bytes.get(from..to));
        slice.ok_or(GatherError::Short)
    }
}

/// The bytes that are swapped as one.
const fn swap_unit(dtype: Dtype) -> usize {
    match dtype {
        Dtype::F64 | Dtype::I64 | Dtype::U64 | Dtype::C128 => 8,
        Dtype::F32 | Dtype::I32 | Dtype::U32 | Dtype::C64 => 4,
        Dtype::F16 | Dtype::Bf16 | Dtype::I16 | Dtype::U16 => 2,
        _ => 1,
    }
}

fn swap(piece: &mut [u8], unit: usize) {
    if unit > 1 {
        piece.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
    }
}
