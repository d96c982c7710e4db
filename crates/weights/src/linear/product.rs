//! Products of thin and long single-precision matrices: the inner loops of the range finder.
//!
//! A thin matrix is kept in panels of sixteen columns, so that a panel of a result stays in registers while a row of
//! the long matrix runs past, and rows are taken in pairs, so that every panel is fetched half as often.

/// Columns of a panel.
const LANES: usize = 16;

/// One row of a panel.
type Lanes = [f32; LANES];

/// A matrix of many rows and few columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thin {
    rows: usize,
    width: usize,
    /// Columns `16 k..16 k + 16` of every row; what is behind `width` is zero.
    panels: Vec<Vec<Lanes>>,
}

impl Thin {
    pub(super) fn zeros(rows: usize, width: usize) -> Self {
        let panel = vec![[0.0; LANES]; rows];
        Self {
            rows,
            width,
            panels: vec![panel; width.div_ceil(LANES)],
        }
    }

    /// Fills row by row with what `next` gives.
    pub(super) fn filled(rows: usize, width: usize, mut next: impl FnMut() -> f32) -> Self {
        let mut thin = Self::zeros(rows, width);
        for row in 0..rows {
            thin.cells(row).for_each(|cell| *cell = next());
        }
        thin
    }

    /// The transposed matrix of `columns`, each of which is one column of this one.
    pub(super) fn of_columns<'a>(
        rows: usize,
        columns: impl ExactSizeIterator<Item = &'a [f64]>,
    ) -> Self {
        let mut thin = Self::zeros(rows, columns.len());
        for (number, column) in columns.enumerate() {
            let (panel, lane) = (number / LANES, number % LANES);
            let Some(panel) = thin.panels.get_mut(panel) else {
                continue;
            };
            for (cells, value) in panel.iter_mut().zip(column) {
                if let Some(cell) = cells.get_mut(lane) {
                    *cell = *value as f32;
                }
            }
        }
        thin
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// One column.
    pub(super) fn column(&self, number: usize) -> impl Iterator<Item = f32> {
        let lane = number % LANES;
        let panel = self.panels.get(number / LANES).into_iter().flatten();
        panel.map(move |cells| cells.get(lane).copied().unwrap_or(0.0))
    }

    fn cells(&mut self, row: usize) -> impl Iterator<Item = &mut f32> {
        let width = self.width;
        let lanes = self
            .panels
            .iter_mut()
            .filter_map(move |panel| panel.get_mut(row));
        lanes.flatten().take(width)
    }
}

/// `long · right`: one row for each row of `long`, whose rows have as many elements as `right` has rows.
pub(super) fn image(long: &[f32], columns: usize, right: &Thin) -> Thin {
    let columns = columns.max(1);
    let mut image = Thin::zeros(long.chunks_exact(columns).len(), right.width);
    for (out, right) in image.panels.iter_mut().zip(&right.panels) {
        let (pairs, single) = out.as_chunks_mut::<2>();
        let mut rows = long.chunks_exact(columns);
        for [upper, lower] in pairs {
            if let (Some(one), Some(other)) = (rows.next(), rows.next()) {
                (*upper, *lower) = products_of_two(one, other, right);
            }
        }
        if let (Some(out), Some(row)) = (single.first_mut(), rows.next()) {
            *out = products_of_two(row, row, right).0;
        }
    }
    image
}

fn products_of_two(one: &[f32], other: &[f32], right: &[Lanes]) -> (Lanes, Lanes) {
    let (mut upper, mut lower) = ([0.0; LANES], [0.0; LANES]);
    for ((x, y), factors) in one.iter().zip(other).zip(right) {
        for ((above, below), factor) in upper.iter_mut().zip(&mut lower).zip(factors) {
            *above += x * factor;
            *below += y * factor;
        }
    }
    (upper, lower)
}

/// Rows that are turned together, so that what is written side by side fills a cache line.
const BAND: usize = 16;

/// Rows become columns. Products from the left are products from the right of the turned matrix, whose sums stay in
/// registers.
pub(super) fn turned(long: &[f32], columns: usize) -> Vec<f32> {
    let columns = columns.max(1);
    let rows = long.chunks_exact(columns).len().max(1);
    let mut turned = vec![0.0; rows.saturating_mul(columns)];
    let mut first = 0_usize;
    for band in long.chunks(columns.saturating_mul(BAND)) {
        for (column, out) in turned.chunks_exact_mut(rows).enumerate() {
            let cells = out.iter_mut().skip(first);
            for (cell, row) in cells.zip(band.chunks_exact(columns)) {
                *cell = row.get(column).copied().unwrap_or(0.0);
            }
        }
        first = first.saturating_add(BAND);
    }
    turned
}
