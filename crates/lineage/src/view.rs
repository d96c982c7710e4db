//! A matrix as the comparison sees it: rows of numbers, wherever and however a file stores them.
//!
//! A view may be one tensor, a stretch of its rows, several tensors one below the other (fused and split projections,
//! stacked experts), a transposed tensor (GPT-2's `Conv1D`), or one whose rows are in another order (the rotary
//! layout that llama.cpp uses). Scales that lie in a tensor of their own are applied.

use std::ops::Range;

use chainwright_core::bytes::read_full;
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

/// Whole rows, or a part of a single one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Stretch {
    /// Itself in pieces of about so many elements.
    pub(crate) fn pieces(&self, elements: usize) -> impl Iterator<Item = Self> + use<> {
        let width = self.columns.len().max(1);
        let is_row = self.rows.len() == 1;
        let (down, across) = if is_row {
            (1, elements.max(1))
        } else {
            (elements.checked_div(width).unwrap_or(0).max(1), width)
        };
        let Self { rows, columns } = self.clone();
        rows.clone().step_by(down).flat_map(move |row| {
            let (rows, columns) = (row..row.saturating_add(down).min(rows.end), columns.clone());
            columns.clone().step_by(across).map(move |column| Self {
                rows: rows.clone(),
                columns: column..column.saturating_add(across).min(columns.end),
            })
        })
    }

    pub(crate) fn elements(&self) -> usize {
        self.rows.len().saturating_mul(self.columns.len())
    }
}

/// Memory that readers use again and again.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) bytes: Vec<u8>,
    pub(crate) values: Vec<f32>,
}

/// A matrix to read rows from.
#[derive(Debug, Clone)]
pub(crate) struct View<'a> {
    segments: Vec<Segment<'a>>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    transposed: bool,
    rotary: Option<Rotary>,
    /// The place of the tensor in its model.
    place: usize,
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
            place: 0,
        })
    }

    /// The same view of the tensor at this place of its model.
    pub(crate) const fn at(mut self, place: usize) -> Self {
        self.place = place;
        self
    }

    /// Models are read fastest in this order.
    pub(crate) const fn place(&self) -> usize {
        self.place
    }

    /// Several views one below the other; their widths have to agree.
    pub(crate) fn stacked(parts: Vec<Self>) -> Option<Self> {
        let View { columns, place, .. } = *parts.first()?;
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
            place,
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
            place: self.place,
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
        self.read_with(range, out, &mut Vec::new())
    }

    fn read_with(
        &self,
        range: Range<usize>,
        out: &mut Vec<f32>,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        out.clear();
        if self.transposed {
            return self.read_columns(range, out, bytes);
        }
        match self.rotary {
            Some(rotary) => range.into_iter().try_for_each(|row| {
                self.append(
                    rotary.stored(row)..rotary.stored(row).saturating_add(1),
                    out,
                    bytes,
                )
            }),
            None => self.append(range, out, bytes),
        }
    }

    /// Whether any stretch of it can be taken as it lies: one tensor, no scales, rows in their places.
    pub(crate) fn is_as_stored(&self) -> bool {
        !self.is_rearranged()
            && matches!(self.segments.as_slice(), [segment] if segment.scale.is_none())
    }

    /// The bytes of a stretch; `None` if it does not lie as it is.
    pub(crate) fn stored<'b>(
        &'b self,
        stretch: &Stretch,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Option<&'b [u8]>, Unread> {
        let [segment] = self.segments.as_slice() else {
            return Ok(None);
        };
        if !self.is_as_stored() {
            return Ok(None);
        }
        let last = stretch.rows.end.saturating_sub(1);
        let start = segment.byte_at(self.columns, stretch.rows.start, stretch.columns.start);
        let end = segment.byte_at(self.columns, last, stretch.columns.end);
        let (Some(start), Some(end)) = (start, end) else {
            return Err(Unread::Unsupported);
        };
        let length = narrow(end.saturating_sub(start));
        segment.bytes(start, length, buffer).map(Some)
    }

    /// The numbers of a stretch into `buffers`. Parts of rows are only there for what lies as it is.
    pub(crate) fn fill(&self, stretch: &Stretch, buffers: &mut Buffers) -> Result<(), Unread> {
        let Buffers { bytes, values } = buffers;
        if let Some(stored) = self.stored(stretch, bytes)? {
            decode(self.dtype(), stored, values);
        } else {
            self.read_with(stretch.rows.clone(), values, bytes)?;
        }
        if values.len() == stretch.elements() {
            Ok(())
        } else {
            Err(Unread::Missing)
        }
    }

    fn append(
        &self,
        range: Range<usize>,
        out: &mut Vec<f32>,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        let mut segment_start = 0_usize;
        for segment in &self.segments {
            let segment_end = segment_start.saturating_add(segment.rows);
            let from = range.start.max(segment_start);
            let to = range.end.min(segment_end);
            if from < to {
                let local = from.saturating_sub(segment_start)..to.saturating_sub(segment_start);
                segment.append(self.columns, local, out, bytes)?;
            }
            segment_start = segment_end;
        }
        Ok(())
    }

    /// Rows of the transposed matrix are columns of what is stored.
    fn read_columns(
        &self,
        range: Range<usize>,
        out: &mut Vec<f32>,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
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
            segment.decode(offset, count.saturating_mul(size), &mut values, bytes)?;
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
    /// The offset of an element's first byte, if it begins a block.
    fn byte_at(&self, columns: usize, row: usize, column: usize) -> Option<u64> {
        let block = self.tensor.dtype.block()?;
        let element = wide(self.first_row)
            .checked_add(wide(row))?
            .checked_mul(wide(columns))?
            .checked_add(wide(column))?;
        let elements = u64::from(block.elements);
        if element.checked_rem(elements)? != 0 {
            return None;
        }
        element
            .checked_div(elements)?
            .checked_mul(u64::from(block.bytes))
    }

    fn append(
        &self,
        columns: usize,
        rows: Range<usize>,
        out: &mut Vec<f32>,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        let at = |row| self.byte_at(columns, row, 0).ok_or(Unread::Unsupported);
        let (start, end) = (at(rows.start)?, at(rows.end)?);
        let wanted = rows.len().saturating_mul(columns);
        let length = narrow(end.saturating_sub(start));
        let before = out.len();
        if before == 0 {
            self.decode(start, length, out, bytes)?;
        } else {
            let mut values = Vec::new();
            self.decode(start, length, &mut values, bytes)?;
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

    fn decode(
        &self,
        offset: u64,
        length: usize,
        values: &mut Vec<f32>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Unread> {
        decode(
            self.tensor.dtype,
            self.bytes(offset, length, buffer)?,
            values,
        );
        Ok(())
    }

    /// Bytes as they lie in memory, or read into `buffer`.
    fn bytes<'b>(
        &'b self,
        offset: u64,
        length: usize,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Unread> {
        let start = narrow(offset);
        if let Some(all) = self.tensor.bytes.as_slice() {
            let stretch = start..start.saturating_add(length);
            return all.get(stretch).ok_or(Unread::Missing);
        }
        let available = self.tensor.bytes.size().saturating_sub(offset);
        if wide(length) > available {
            return Err(Unread::Missing);
        }
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        match read_full(self.tensor.bytes.as_ref(), offset, buffer) {
            Ok(read) if read == length => Ok(buffer),
            _ => Err(Unread::Missing),
        }
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
    fn pieces_cover_a_stretch_once_and_in_order() {
        for (rows, columns, elements) in [(7, 5, 12), (1, 100, 32), (3, 40, 16), (1, 1, 8)] {
            let whole = Stretch {
                rows: 2..2 + rows,
                columns: 0..columns,
            };
            let cells: Vec<(usize, usize)> = whole
                .pieces(elements)
                .flat_map(|piece| {
                    let columns = piece.columns.clone();
                    piece
                        .rows
                        .flat_map(move |row| columns.clone().map(move |column| (row, column)))
                })
                .collect();
            let expected: Vec<(usize, usize)> = (2..2 + rows)
                .flat_map(|row| (0..columns).map(move |column| (row, column)))
                .collect();
            assert_eq!(cells, expected);
        }
    }

    #[test]
    fn a_part_of_a_row_is_read_as_it_lies() {
        let tensor = tensor(&[1, 6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let view = View::whole(&tensor, None).expect("fits");
        let mut buffers = Buffers::default();
        let stretch = Stretch {
            rows: 0..1,
            columns: 2..5,
        };
        assert_eq!(view.fill(&stretch, &mut buffers), Ok(()));
        assert_eq!(buffers.values, [3.0, 4.0, 5.0]);
        assert!(
            view.transposed()
                .is_some_and(|turned| !turned.is_as_stored())
        );
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
