//! The leading singular values of a large matrix that is only seen in blocks of rows.
//!
//! Halko, Martinsson and Tropp, "Finding structure with randomness" (SIAM Review 53, 2011), algorithms 4.4 and 5.1:
//! multiply by a thin random matrix, orthonormalise, repeat, and decompose what the found range sees of the matrix.
//! Memory is (rows + columns) × (wanted + oversampling) single-precision numbers.

use super::product::{Thin, add_outer, add_row_times};
use super::{Matrix, Random, qr, singular_values};

/// A matrix that can be read several times in blocks of rows.
pub trait RowSource {
    /// How many rows.
    fn rows(&self) -> usize;

    /// How many columns.
    fn columns(&self) -> usize;

    /// Hands out every row once, in any order, with its number. Rows that are left out count as zero.
    fn each_row(&self, visit: &mut dyn FnMut(usize, &[f32]));
}

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
}

impl RowSource for InMemory<'_> {
    fn rows(&self) -> usize {
        self.data.len().checked_div(self.columns).unwrap_or(0)
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn each_row(&self, visit: &mut dyn FnMut(usize, &[f32])) {
        for (index, row) in self.data.chunks_exact(self.columns.max(1)).enumerate() {
            visit(index, row);
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
pub fn top_singular_values(source: &impl RowSource, sketch: Sketch) -> Vec<f64> {
    let (rows, columns) = (source.rows(), source.columns());
    let width = sketch
        .wanted
        .saturating_add(sketch.oversampling)
        .min(rows)
        .min(columns);
    if width == 0 {
        return Vec::new();
    }
    let mut random = Random::new(sketch.seed);
    let mut test = Thin::zeros(columns, width);
    test.data
        .iter_mut()
        .for_each(|cell| *cell = random.normal() as f32);
    let mut range = orthonormal(&image(source, &test));
    for _ in 0..sketch.rounds {
        let back = orthonormal(&turned(&seen(source, &range)));
        range = orthonormal(&image(source, &back));
    }
    let small = seen(source, &range);
    let small = Matrix::from_f32(small.rows(), small.width, &small.data);
    let mut values = small.as_ref().map(singular_values).unwrap_or_default();
    values.truncate(sketch.wanted);
    values
}

/// `source · right`: rows × width.
fn image(source: &impl RowSource, right: &Thin) -> Thin {
    let mut image = Thin::zeros(source.rows(), right.width);
    source.each_row(&mut |index, row| add_row_times(image.row_mut(index), row, right));
    image
}

/// `rangeᵀ · source`: width × columns.
fn seen(source: &impl RowSource, range: &Thin) -> Thin {
    let mut seen = Thin::zeros(range.width, source.columns());
    source.each_row(&mut |index, row| add_outer(&mut seen, range.row(index), row));
    seen
}

fn turned(wide: &Thin) -> Thin {
    let rows = wide.rows();
    let mut turned = Thin::zeros(wide.width, rows);
    for (index, row) in wide.each_row().enumerate() {
        let cells = turned.data.iter_mut().skip(index).step_by(rows.max(1));
        for (cell, value) in cells.zip(row) {
            *cell = *value;
        }
    }
    turned
}

/// An orthonormal basis of the columns.
fn orthonormal(thin: &Thin) -> Thin {
    let Some(matrix) = Matrix::from_f32(thin.rows(), thin.width, &thin.data) else {
        return thin.clone();
    };
    let q = qr(&matrix).q;
    Thin {
        width: q.columns(),
        data: q.data().iter().map(|&value| value as f32).collect(),
    }
}
