//! A small dense matrix.

use super::{Random, dot, norm};

/// A matrix in row-major order. Reading outside gives 0 or an empty row, so that no index can panic.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// All zeros. Sizes that do not fit into memory addresses give an empty matrix.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        match rows.checked_mul(columns) {
            Some(size) if size > 0 => Self {
                rows,
                columns,
                data: vec![0.0; size],
            },
            _ => Self {
                rows: 0,
                columns: 0,
                data: Vec::new(),
            },
        }
    }

    /// The identity.
    #[must_use]
    pub fn identity(size: usize) -> Self {
        let mut matrix = Self::zeros(size, size);
        for (index, row) in matrix.rows_mut().enumerate() {
            if let Some(cell) = row.get_mut(index) {
                *cell = 1.0;
            }
        }
        matrix
    }

    /// From elements in row-major order; `None` if the sizes disagree.
    #[must_use]
    pub fn from_vec(rows: usize, columns: usize, data: Vec<f64>) -> Option<Self> {
        (rows.checked_mul(columns) == Some(data.len()) && !data.is_empty()).then_some(Self {
            rows,
            columns,
            data,
        })
    }

    /// From single-precision elements in row-major order; `None` if the sizes disagree.
    #[must_use]
    pub fn from_f32(rows: usize, columns: usize, data: &[f32]) -> Option<Self> {
        Self::from_vec(rows, columns, data.iter().map(|&x| f64::from(x)).collect())
    }

    /// Each element from its row and column.
    #[must_use]
    pub fn from_fn(rows: usize, columns: usize, mut of: impl FnMut(usize, usize) -> f64) -> Self {
        let mut matrix = Self::zeros(rows, columns);
        for (row_index, row) in matrix.rows_mut().enumerate() {
            for (column_index, cell) in row.iter_mut().enumerate() {
                *cell = of(row_index, column_index);
            }
        }
        matrix
    }

    /// Independent standard normal elements.
    #[must_use]
    pub fn normal(rows: usize, columns: usize, random: &mut Random) -> Self {
        Self::from_fn(rows, columns, |_, _| random.normal())
    }

    /// How many rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// All elements, row by row.
    #[must_use]
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// One element; 0 outside.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.row(row).get(column).copied().unwrap_or(0.0)
    }

    /// One row; empty outside.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        let start = row.saturating_mul(self.columns);
        let end = start.saturating_add(self.columns);
        self.data.get(start..end).unwrap_or_default()
    }

    /// One row to write to; empty outside.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        let start = row.saturating_mul(self.columns);
        let end = start.saturating_add(self.columns);
        self.data.get_mut(start..end).unwrap_or_default()
    }

    /// The rows in order.
    pub fn each_row(&self) -> impl DoubleEndedIterator<Item = &[f64]> + ExactSizeIterator {
        self.data.chunks_exact(self.columns.max(1))
    }

    /// The rows in order, to write to.
    pub fn rows_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut [f64]> + ExactSizeIterator {
        self.data.chunks_exact_mut(self.columns.max(1))
    }

    /// Two different rows to write to; the first of them has the lower number.
    pub fn two_rows_mut(&mut self, low: usize, high: usize) -> Option<(&mut [f64], &mut [f64])> {
        if low >= high || high >= self.rows {
            return None;
        }
        let columns = self.columns;
        let (head, tail) = self.data.split_at_mut_checked(high.checked_mul(columns)?)?;
        let start = low.checked_mul(columns)?;
        let first = head.get_mut(start..start.checked_add(columns)?)?;
        Some((first, tail.get_mut(..columns)?))
    }

    /// The first rows only.
    #[must_use]
    pub fn first_rows(&self, rows: usize) -> Self {
        let rows = rows.min(self.rows);
        let end = rows.saturating_mul(self.columns);
        Self {
            rows,
            columns: self.columns,
            data: self.data.get(..end).unwrap_or_default().to_vec(),
        }
    }

    /// Rows become columns.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let mut turned = Self::zeros(self.columns, self.rows);
        for (index, row) in self.each_row().enumerate() {
            let cells = turned.data.iter_mut().skip(index).step_by(self.rows.max(1));
            for (cell, value) in cells.zip(row) {
                *cell = *value;
            }
        }
        turned
    }

    /// `self · right`; the inner sizes are expected to agree, otherwise the common part counts.
    #[must_use]
    pub fn times(&self, right: &Self) -> Self {
        let mut product = Self::zeros(self.rows, right.columns);
        for (out, row) in product.rows_mut().zip(self.each_row()) {
            for (&factor, from) in row.iter().zip(right.each_row()) {
                add_scaled(out, factor, from);
            }
        }
        product
    }

    /// `self · rightᵀ`.
    #[must_use]
    pub fn times_transposed(&self, right: &Self) -> Self {
        let mut product = Self::zeros(self.rows, right.rows);
        for (out, row) in product.rows_mut().zip(self.each_row()) {
            for (cell, other) in out.iter_mut().zip(right.each_row()) {
                *cell = dot(row, other);
            }
        }
        product
    }

    /// Every element times a number.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.data.iter_mut().for_each(|cell| *cell *= factor);
        self
    }

    /// The square root of the sum of squares.
    #[must_use]
    pub fn frobenius(&self) -> f64 {
        norm(&self.data)
    }
}

/// `target += factor · source` over the common length.
pub(super) fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (cell, value) in target.iter_mut().zip(source) {
        *cell += factor * value;
    }
}
