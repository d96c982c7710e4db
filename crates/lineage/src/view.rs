//! A matrix as the comparison sees it: rows of numbers, wherever and however a file stores them.
//!
//! A view may be one tensor, a stretch of its rows, several tensors one below the other (fused and split projections,
//! stacked experts), a transposed tensor (GPT-2's `Conv1D`), or one whose rows are in another order (the rotary
//! layout that llama.cpp uses). Scales that lie in a tensor of their own are applied.

use std::ops::Range;

use chainwright_core::bytes::read_range;
use chainwright_core::fields::{narrow, wide};
use chainwright_weights::decode::{all, decode};
use chainwright_weights::{Dtype, Tensor};

/// Elements of a scale tensor at most; one for each row and block of the largest matrices is far below.
const SCALES: usize = 1 << 22;
/// Rows, columns and pieces of a view at most.
const SIDE: u64 = 1 << 31;

/// Rows could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The element type, or how rows lie in its blocks.
    Unsupported,
    /// The bytes are not there.
    Missing,
}

/// Factors for parts of a matrix.
#[derive(Debug, Clone)]
struct Scale {
    values: Vec<f32>,
    columns: usize,
    block_rows: usize,
    block_columns: usize,
}

impl Scale {
    /// The factors in `tensor` for a matrix of this size, if their number fits.
    fn of(tensor: &Tensor, rows: usize, columns: usize) -> Option<Self> {
        let mut values = all(tensor, SCALES)?;
        if tensor.name.ends_with(".SCB") {
            // bitsandbytes stores the largest magnitude of each row, which stands for 127.
            values.iter_mut().for_each(|value| *value /= 127.0);
        }
        let (scale_rows, scale_columns) = match tensor.shape.as_slice() {
            [] | [1] => (1, 1),
            [rows] => (narrow(*rows), 1),
            [rows, columns] => (narrow(*rows), narrow(*columns)),
            _ => return None,
        };
        if scale_rows.checked_mul(scale_columns)? != values.len() || values.is_empty() {
            return None;
        }
        Some(Self {
            values,
            columns: scale_columns,
            block_rows: rows.div_ceil(scale_rows).max(1),
            block_columns: columns.div_ceil(scale_columns).max(1),
        })
    }

    fn apply(&self, row: usize, values: &mut [f32]) {
        let block = row.checked_div(self.block_rows).unwrap_or(0);
        let factors = self.values.iter().skip(block.saturating_mul(self.columns));
        for (part, factor) in values
            .chunks_mut(self.block_columns)
            .zip(factors.take(self.columns))
        {
            part.iter_mut().for_each(|value| *value *= factor);
        }
    }
}

/// A stretch of one tensor's rows.
#[derive(Debug, Clone)]
struct Segment<'a> {
    tensor: &'a Tensor,
    first_row: usize,
    rows: usize,
    scale: Option<Scale>,
}

/// Which row of the other layout a row stands in, for rotary embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotary {
    /// Halves of a head one after the other become pairs.
    Halves(usize),
    /// Pairs become halves.
    Pairs(usize),
}

impl Rotary {
    /// The row that is stored at the place of `row`.
    pub(crate) fn stored(self, row: usize) -> usize {
        let (Self::Halves(size) | Self::Pairs(size)) = self;
        let half = size.checked_div(2).unwrap_or(0).max(1);
        let within = row.checked_rem(size).unwrap_or(0);
        let head = row.saturating_sub(within);
        let moved = match self {
            Self::Halves(_) => {
                let pair = within.checked_rem(half).unwrap_or(0);
                pair.saturating_mul(2)
                    .saturating_add(within.checked_div(half).unwrap_or(0))
            }
            Self::Pairs(_) => {
                let second = within.checked_rem(2).unwrap_or(0);
                second
                    .saturating_mul(half)
                    .saturating_add(within.checked_div(2).unwrap_or(0))
            }
        };
        head.saturating_add(moved)
    }
}

/// A matrix to read rows from.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    segments: Vec<Segment<'a>>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    transposed: bool,
    rotary: Option<Rotary>,
}

/// Rows and columns that a shape is seen as.
pub(crate) fn matrix_shape(shape: &[u64]) -> Option<(usize, usize)> {
    let (rows, columns) = match shape {
        [] => (1, 1),
        [length] => (1, *length),
        [rows, columns] => (*rows, *columns),
        // Stacked experts are rows below rows; the small windows of a convolution belong to its columns.
        [front @ .., last] if *last >= 16 => (product(front)?, *last),
        [rows, rest @ ..] => (*rows, product(rest)?),
    };
    (rows > 0 && columns > 0 && rows < SIDE && columns < SIDE)
        .then_some((narrow(rows), narrow(columns)))
}

fn product(sizes: &[u64]) -> Option<u64> {
    sizes
        .iter()
        .try_fold(1_u64, |all, size| all.checked_mul(*size))
}

impl<'a> View<'a> {
    /// The whole of one tensor; `scale` holds factors for it.
    pub(crate) fn whole(tensor: &'a Tensor, scale: Option<&Tensor>) -> Option<Self> {
        let (rows, columns) = matrix_shape(&tensor.shape)?;
        let elements = wide(rows).checked_mul(wide(columns))?;
        (tensor.dtype.bytes_of(elements)? <= tensor.bytes.size()).then(|| Self {
            segments: vec![Segment {
                tensor,
                first_row: 0,
                rows,
                scale: scale.and_then(|scale| Scale::of(scale, rows, columns)),
            }],
            rows,
            columns,
            transposed: false,
            rotary: None,
        })
    }

    /// Several views one below the other; their widths have to agree.
    pub(crate) fn stacked(parts: Vec<Self>) -> Option<Self> {
        let columns = parts.first()?.columns;
        let fits =
            |part: &Self| part.columns == columns && !part.transposed && part.rotary.is_none();
        if !parts.iter().all(fits) {
            return None;
        }
        let rows = parts
            .iter()
            .try_fold(0_usize, |sum, part| sum.checked_add(part.rows))?;
        let segments = parts.into_iter().flat_map(|part| part.segments).collect();
        Some(Self {
            segments,
            rows,
            columns,
            transposed: false,
            rotary: None,
        })
    }

    /// The same matrix with rows and columns exchanged, if its elements can be read one by one.
    pub(crate) fn transposed(&self) -> Option<Self> {
        let [segment] = self.segments.as_slice() else {
            return None;
        };
        let single = segment.tensor.dtype.block()?.elements == 1;
        (single && segment.scale.is_none()).then(|| Self {
            segments: self.segments.clone(),
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
            rotary: None,
        })
    }

    /// The same matrix with rows in another order.
    pub(crate) fn with_rotary(mut self, rotary: Option<Rotary>) -> Self {
        self.rotary = rotary;
        self
    }

    /// Some rows of the same matrix, if it is one tensor that lies as it is.
    pub(crate) fn window(&self, rows: Range<usize>) -> Option<Self> {
        let mut part = self.clone();
        let [segment] = part.segments.as_mut_slice() else {
            return None;
        };
        if rows.is_empty() || rows.end > self.rows || self.is_rearranged() {
            return None;
        }
        segment.first_row = segment.first_row.checked_add(rows.start)?;
        segment.rows = rows.len();
        part.rows = rows.len();
        Some(part)
    }

    /// The same matrix without the rows behind `rows`.
    pub(crate) fn first_rows(mut self, rows: usize) -> Self {
        self.rows = self.rows.min(rows);
        self
    }

    /// The element type of the first tensor.
    pub(crate) fn dtype(&self) -> Dtype {
        self.segments
            .first()
            .map_or(Dtype::F32, |segment| segment.tensor.dtype)
    }

    /// Whether the elements are stored as they count: no scales, one type.
    pub(crate) fn is_plain(&self) -> bool {
        let dtype = self.dtype();
        self.segments
            .iter()
            .all(|segment| segment.scale.is_none() && segment.tensor.dtype == dtype)
    }

    /// The names of its tensors, as written.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.segments
            .iter()
            .map(|segment| segment.tensor.name.as_str())
    }

    /// Whether rows are where their numbers say.
    pub(crate) const fn is_rearranged(&self) -> bool {
        self.transposed || self.rotary.is_some()
    }

    /// The rows in `range`, one after the other, into `out`, which is emptied first.
    pub(crate) fn read(&self, range: Range<usize>, out: &mut Vec<f32>) -> Result<(), Unread> {
        out.clear();
        if self.transposed {
            return self.read_columns(range, out);
        }
        match self.rotary {
            Some(rotary) => range.into_iter().try_for_each(|row| {
                self.append(
                    rotary.stored(row)..rotary.stored(row).saturating_add(1),
                    out,
                )
            }),
            None => self.append(range, out),
        }
    }

    /// The stored bytes of the rows in `range`, if they lie in memory as they are.
    pub(crate) fn raw(&self, range: Range<usize>) -> Option<&[u8]> {
        let [segment] = self.segments.as_slice() else {
            return None;
        };
        if self.is_rearranged() || segment.scale.is_some() {
            return None;
        }
        let start = segment.byte_at(self.columns, range.start)?;
        let end = segment.byte_at(self.columns, range.end)?;
        segment
            .tensor
            .bytes
            .as_slice()?
            .get(narrow(start)..narrow(end))
    }

    fn append(&self, range: Range<usize>, out: &mut Vec<f32>) -> Result<(), Unread> {
        let mut segment_start = 0_usize;
        for segment in &self.segments {
            let segment_end = segment_start.saturating_add(segment.rows);
            let from = range.start.max(segment_start);
            let to = range.end.min(segment_end);
            if from < to {
                let local = from.saturating_sub(segment_start)..to.saturating_sub(segment_start);
                segment.append(self.columns, local, out)?;
            }
            segment_start = segment_end;
        }
        Ok(())
    }

    /// Rows of the transposed matrix are columns of what is stored.
    fn read_columns(&self, range: Range<usize>, out: &mut Vec<f32>) -> Result<(), Unread> {
        let [segment] = self.segments.as_slice() else {
            return Err(Unread::Unsupported);
        };
        let count = range.end.saturating_sub(range.start);
        let size = segment
            .tensor
            .dtype
            .block()
            .ok_or(Unread::Unsupported)?
            .bytes as usize;
        out.resize(count.saturating_mul(self.columns), 0.0);
        let mut values = Vec::new();
        for stored in 0..self.columns {
            let first = stored.saturating_mul(self.rows).saturating_add(range.start);
            let offset = wide(first).saturating_mul(wide(size));
            segment.decode(offset, count.saturating_mul(size), &mut values)?;
            if values.len() != count {
                return Err(Unread::Missing);
            }
            let cells = out.iter_mut().skip(stored).step_by(self.columns.max(1));
            for (cell, value) in cells.zip(&values) {
                *cell = *value;
            }
        }
        Ok(())
    }
}

impl Segment<'_> {
    /// The offset of a row's first byte, if rows begin at block borders.
    fn byte_at(&self, columns: usize, row: usize) -> Option<u64> {
        let block = self.tensor.dtype.block()?;
        let element = wide(self.first_row)
            .checked_add(wide(row))?
            .checked_mul(wide(columns))?;
        let elements = u64::from(block.elements);
        if element.checked_rem(elements)? != 0 {
            return None;
        }
        element
            .checked_div(elements)?
            .checked_mul(u64::from(block.bytes))
    }

    fn append(&self, columns: usize, rows: Range<usize>, out: &mut Vec<f32>) -> Result<(), Unread> {
        let start = self
            .byte_at(columns, rows.start)
            .ok_or(Unread::Unsupported)?;
        let end = self.byte_at(columns, rows.end).ok_or(Unread::Unsupported)?;
        let wanted = rows.len().saturating_mul(columns);
        let length = narrow(end.saturating_sub(start));
        let before = out.len();
        if before == 0 {
            self.decode(start, length, out)?;
        } else {
            let mut values = Vec::new();
            self.decode(start, length, &mut values)?;
            out.append(&mut values);
        }
        if out.len() != before.saturating_add(wanted) {
            return Err(Unread::Missing);
        }
        if let Some(scale) = &self.scale {
            let values = out.get_mut(before..).unwrap_or_default();
            for (row, values) in rows.zip(values.chunks_exact_mut(columns.max(1))) {
                scale.apply(self.first_row.saturating_add(row), values);
            }
        }
        Ok(())
    }

    fn decode(&self, offset: u64, length: usize, values: &mut Vec<f32>) -> Result<(), Unread> {
        let start = narrow(offset);
        if let Some(all) = self.tensor.bytes.as_slice() {
            let bytes = all
                .get(start..start.saturating_add(length))
                .ok_or(Unread::Missing)?;
            decode(self.tensor.dtype, bytes, values);
        } else {
            let bytes = read_range(self.tensor.bytes.as_ref(), offset, length)
                .map_err(|_| Unread::Missing)?;
            decode(self.tensor.dtype, &bytes, values);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn tensor(shape: &[u64], values: &[f32]) -> Tensor {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        Tensor {
            name: "t".to_owned(),
            dtype: Dtype::F32,
            shape: shape.to_vec(),
            bytes: Arc::new(bytes),
        }
    }

    fn rows(view: &View<'_>, range: Range<usize>) -> Result<Vec<f32>, Unread> {
        let mut out = Vec::new();
        view.read(range, &mut out).map(|()| out)
    }

    #[test]
    fn rows_come_in_order_from_stacked_and_transposed_tensors() {
        let upper = tensor(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let lower = tensor(&[1, 2], &[5.0, 6.0]);
        let parts = vec![View::whole(&upper, None), View::whole(&lower, None)];
        let view = View::stacked(parts.into_iter().flatten().collect()).expect("widths agree");
        assert_eq!(rows(&view, 1..3), Ok(vec![3.0, 4.0, 5.0, 6.0]));
        let wide = tensor(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let turned = View::whole(&wide, None)
            .and_then(|view| view.transposed())
            .expect("plain");
        assert_eq!((turned.rows, turned.columns), (3, 2));
        assert_eq!(rows(&turned, 1..3), Ok(vec![2.0, 5.0, 3.0, 6.0]));
    }

    #[test]
    fn the_two_rotary_layouts_undo_each_other() {
        for row in 0..64 {
            assert_eq!(
                Rotary::Pairs(16).stored(Rotary::Halves(16).stored(row)),
                row
            );
        }
        // Row 1 of a head of 8 is the second pair's first half: place 2 in llama.cpp's order.
        assert_eq!(Rotary::Halves(8).stored(1), 2);
        assert_eq!(Rotary::Halves(8).stored(4), 1);
    }

    #[test]
    fn scales_are_applied_by_row_and_block() {
        let values = tensor(&[2, 4], &[1.0; 8]);
        let by_row = tensor(&[2, 1], &[2.0, 3.0]);
        let by_block = tensor(&[1, 2], &[2.0, 3.0]);
        let read = |scale| rows(&View::whole(&values, Some(scale)).expect("fits"), 0..2);
        assert_eq!(
            read(&by_row),
            Ok(vec![2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0])
        );
        assert_eq!(
            read(&by_block),
            Ok(vec![2.0, 2.0, 3.0, 3.0, 2.0, 2.0, 3.0, 3.0])
        );
    }

    #[test]
    fn a_shape_beyond_its_bytes_gives_no_view() {
        assert!(View::whole(&tensor(&[3, 3], &[0.0; 8]), None).is_none());
        assert!(View::whole(&tensor(&[u64::MAX, u64::MAX], &[0.0; 8]), None).is_none());
        assert!(View::whole(&tensor(&[0], &[]), None).is_none());
    }
}
