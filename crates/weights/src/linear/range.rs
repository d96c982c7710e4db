//! The leading singular values of a large matrix.
//!
//! Halko, Martinsson and Tropp, "Finding structure with randomness" (SIAM Review 53, 2011), algorithms 4.4 and 5.1:
//! multiply by a thin random matrix, orthonormalise, repeat, and decompose what the found range sees of the matrix.
//! Beside the matrix and a turned copy of it, memory is (rows + columns) × (wanted + oversampling) numbers of twelve
//! bytes.

use super::factor::orthonormal_rows;
use super::product::{Thin, image, turned};
use super::{Matrix, Random, singular_values};

/// A matrix that lies in memory.
#[derive(Debug, Clone, Copy)]
pub struct InMemory<'a> {
    columns: usize,
    data: &'a [f32],
}

impl<'a> InMemory<'a> {
    /// Rows of `columns` elements each; a rest that fills no row is ignored.
    #[must_use]
    pub const fn new(columns: usize, data: &'a [f32]) -> Self {
        Self { columns, data }
    }

    const fn rows(&self) -> usize {
        match self.data.len().checked_div(self.columns) {
            Some(rows) => rows,
            None => 0,
        }
    }
}

/// How thorough the search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sketch {
    /// How many singular values are wanted.
    pub wanted: usize,
    /// How many more directions are followed; 8 is usual.
    pub oversampling: usize,
    /// Rounds of refinement, two passes over the rows each; 1 is good for steep spectra, 2 for flat ones.
    pub rounds: u32,
    /// Determines the random matrix.
    pub seed: u64,
}

impl Default for Sketch {
    fn default() -> Self {
        Self {
            wanted: 16,
            oversampling: 8,
            rounds: 1,
            seed: 0x5eed,
        }
    }
}

/// The leading singular values, largest first; fewer than wanted if the matrix is small.
///
/// The values are never above the true ones, up to rounding.
#[must_use]
pub fn top_singular_values(source: InMemory<'_>, sketch: Sketch) -> Vec<f64> {
    let InMemory { columns, data } = source;
    let width = sketch
        .wanted
        .saturating_add(sketch.oversampling)
        .min(source.rows())
        .min(columns);
    if width == 0 {
        return Vec::new();
    }
    let mut random = Random::new(sketch.seed);
    let test = Thin::filled(columns, width, || random.normal() as f32);
    let (turned, rows) = (turned(data, columns), source.rows());
    let mut range = orthonormal(&image(data, columns, &test));
    for _ in 0..sketch.rounds {
        let back = orthonormal(&image(&turned, rows, &range));
        range = orthonormal(&image(data, columns, &back));
    }
    let seen = by_columns(&image(&turned, rows, &range));
    let mut values = singular_values(&seen);
    values.truncate(sketch.wanted);
    values
}

/// The columns as rows of double precision.
fn by_columns(thin: &Thin) -> Matrix {
    let mut matrix = Matrix::zeros(thin.width(), thin.rows());
    for (number, row) in matrix.rows_mut().enumerate() {
        for (cell, value) in row.iter_mut().zip(thin.column(number)) {
            *cell = f64::from(value);
        }
    }
    matrix
}

/// An orthonormal basis of the columns.
fn orthonormal(thin: &Thin) -> Thin {
    let basis = orthonormal_rows(by_columns(thin));
    Thin::of_columns(thin.rows(), basis.each_row())
}
