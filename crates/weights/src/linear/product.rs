//! Products of thin and long single-precision matrices: the inner loops of the range finder.

/// Single-precision rows of one length, in one piece of memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thin {
    pub(super) width: usize,
    pub(super) data: Vec<f32>,
}

impl Thin {
    pub(super) fn zeros(rows: usize, width: usize) -> Self {
        Self {
            width,
            data: vec![0.0; rows.saturating_mul(width)],
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.data.len().checked_div(self.width).unwrap_or(0)
    }

    pub(super) fn row(&self, index: usize) -> &[f32] {
        let start = index.saturating_mul(self.width);
        self.data
            .get(start..start.saturating_add(self.width))
            .unwrap_or_default()
    }

    pub(super) fn row_mut(&mut self, index: usize) -> &mut [f32] {
        let start = index.saturating_mul(self.width);
        let end = start.saturating_add(self.width);
        self.data.get_mut(start..end).unwrap_or_default()
    }

    pub(super) fn each_row(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(self.width.max(1))
    }

    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.data.chunks_exact_mut(self.width.max(1))
    }
}

/// `target += factor · source` over the common length.
pub(super) fn add_scaled(target: &mut [f32], factor: f32, source: &[f32]) {
    for (cell, value) in target.iter_mut().zip(source) {
        *cell += factor * value;
    }
}

/// `target += row · right`, where `right` has as many rows as `row` has elements.
pub(super) fn add_row_times(target: &mut [f32], row: &[f32], right: &Thin) {
    for (&factor, from) in row.iter().zip(right.each_row()) {
        if factor != 0.0 {
            add_scaled(target, factor, from);
        }
    }
}

/// `target += columnᵀ ⊗ row`: adds to row k of `target` the `row` times element k of `column`.
pub(super) fn add_outer(target: &mut Thin, column: &[f32], row: &[f32]) {
    for (out, &factor) in target.rows_mut().zip(column) {
        if factor != 0.0 {
            add_scaled(out, factor, row);
        }
    }
}
