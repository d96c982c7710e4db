//! One pass over a pair of matrices: everything that can be summed up row by row.

use chainwright_core::fields::wide;
use chainwright_weights::Dtype;
use chainwright_weights::decode::decode;

use crate::facts::{Line, Lines, Steps, TensorDelta, median};
use crate::pairing::Pair;
use crate::rounding::{Grid, Quantiser, quantiser, rounding_energy};
use crate::sums::{BLOCK, add_columns, drop_infinite, energy, totals};
use crate::view::{Buffers, Stretch, Unread};
use chainwright_core::text::visible;

/// Elements that are measured at a time: both sides as numbers fit into the cache of a core.
const PIECE: usize = 1 << 15;
/// Elements of transposed matrices, whose rows are gathered from everywhere.
const TURNED_PIECE: usize = 1 << 18;
/// Elements that are compared as bytes at a time.
const RAW_PIECE: usize = 1 << 17;
/// Rows wider than this are measured in parts, and nothing is kept by column.
pub(crate) const WIDEST: usize = 1 << 20;
/// Rows that are kept apart; in higher matrices neighbours are taken together.
const ROWS: usize = 1 << 20;
/// Rows of a stretch at most, so that what is kept by row stays small.
const MOST_ROWS: usize = 1 << 16;
/// Elements of a tensor that are looked at where nothing differs.
const LOOKED_AT: usize = 1 << 18;
/// Rows that they are taken from.
const LOOKED_AT_ROWS: usize = 64;
/// Lines that are listed.
const LISTED: usize = 16;
/// A line is an outlier above so many medians.
const OUTLIER: f64 = 30.0;
/// Characters of a name that are kept.
const NAME: usize = 200;

/// Sums over a stretch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    elements: u64,
    changed: u64,
    zeroed: u64,
    not_finite: u64,
    base: f64,
    derived: f64,
    delta: f64,
    product: f64,
    mean: f64,
    largest: f32,
    magnitudes: f64,
    base_bits: u32,
    derived_bits: u32,
    steps: f64,
    /// The number of the first row that is kept.
    first: usize,
    /// Energy of the difference, of the base and of the steps, by row.
    rows: Vec<[f32; 3]>,
    /// Energy of the difference and of the base by column, unless rows are too wide.
    columns: [Vec<f32>; 2],
}

/// What a stretch showed.
#[derive(Debug)]
pub(crate) enum Seen {
    /// The same bytes of the same type.
    Equal,
    /// Anything else.
    Sums(Sums),
}

/// Compares a stretch, and sums it up if its bytes differ.
pub(crate) fn look(pair: &Pair<'_>, stretch: &Stretch) -> Result<Seen, Unread> {
    if pair.is_one_type() && is_equal(pair, stretch)? {
        return Ok(Seen::Equal);
    }
    sums(pair, stretch).map(Seen::Sums)
}

fn is_equal(pair: &Pair<'_>, stretch: &Stretch) -> Result<bool, Unread> {
    let mut buffers = (Vec::new(), Vec::new());
    for piece in stretch.pieces(RAW_PIECE) {
        let base = pair.base.stored(&piece, &mut buffers.0)?;
        let derived = pair.derived.stored(&piece, &mut buffers.1)?;
        if base.is_none() || base != derived {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Pair<'_> {
    /// Whether equal bytes are equal numbers.
    pub(crate) fn is_one_type(&self) -> bool {
        self.is_as_stored() && self.base.dtype() == self.derived.dtype()
    }

    fn is_as_stored(&self) -> bool {
        self.base.is_as_stored() && self.derived.is_as_stored()
    }

    /// The whole of it, in stretches that are worked on apart.
    pub(crate) fn stretches(&self, elements: usize) -> impl Iterator<Item = Stretch> {
        let whole = Stretch {
            rows: 0..self.base.rows,
            columns: 0..self.base.columns,
        };
        let (rows, elements) = if self.is_divided() {
            (1, elements)
        } else {
            let rows = elements.checked_div(self.base.columns).unwrap_or(0);
            (rows.clamp(1, MOST_ROWS), usize::MAX)
        };
        let down = whole.rows.clone().step_by(rows);
        down.flat_map(move |first| {
            let part = Stretch {
                rows: first..first.saturating_add(rows).min(whole.rows.end),
                columns: whole.columns.clone(),
            };
            part.pieces(elements)
        })
    }

    /// Reads both sides; only the base, and returns true, if their bytes are equal.
    fn fill(
        &self,
        piece: &Stretch,
        base: &mut Buffers,
        derived: &mut Buffers,
    ) -> Result<bool, Unread> {
        if self.is_one_type() {
            let one = self.base.stored(piece, &mut base.bytes)?;
            let other = self.derived.stored(piece, &mut derived.bytes)?;
            if let (Some(one), Some(other)) = (one, other) {
                let is_equal = one == other;
                decode(self.base.dtype(), one, &mut base.values);
                if !is_equal {
                    decode(self.derived.dtype(), other, &mut derived.values);
                }
                let is_whole = base.values.len() == piece.elements();
                return is_whole.then_some(is_equal).ok_or(Unread::Missing);
            }
        }
        self.base.fill(piece, base)?;
        self.derived.fill(piece, derived)?;
        Ok(false)
    }

    /// Whether its rows are so wide that they are measured in parts.
    fn is_divided(&self) -> bool {
        self.base.columns > WIDEST && self.is_as_stored()
    }

    /// Rows that are kept as one, as a power of two.
    fn folded(&self) -> u32 {
        let kept = self.base.rows.div_ceil(ROWS);
        kept.checked_next_power_of_two()
            .map_or(0, usize::trailing_zeros)
    }

    fn piece(&self) -> usize {
        if self.is_as_stored() {
            PIECE
        } else {
            TURNED_PIECE
        }
    }
}

/// Sums up a stretch.
fn sums(pair: &Pair<'_>, stretch: &Stretch) -> Result<Sums, Unread> {
    let mut sums = Sums::over(pair, stretch);
    let quantiser = quantiser(pair.derived.dtype());
    let folded = pair.folded();
    let (mut base, mut derived) = (Buffers::default(), Buffers::default());
    for piece in stretch.pieces(pair.piece()) {
        let width = piece.columns.len().max(1);
        if pair.fill(&piece, &mut base, &mut derived)? {
            sums.equal_rows(&piece, folded, width, &base.values);
            continue;
        }
        let both = base
            .values
            .chunks_exact_mut(width)
            .zip(derived.values.chunks_exact_mut(width));
        for (row, (one, other)) in piece.rows.zip(both) {
            sums.row(row >> folded, one, other, quantiser);
        }
    }
    Ok(sums)
}

/// Sums up a stretch that is known to be equal.
pub(crate) fn equal_sums(pair: &Pair<'_>, stretch: &Stretch) -> Result<Sums, Unread> {
    let mut sums = Sums::over(pair, stretch);
    let mut base = Buffers::default();
    for piece in stretch.pieces(pair.piece()) {
        pair.base.fill(&piece, &mut base)?;
        sums.equal_rows(&piece, pair.folded(), piece.columns.len(), &base.values);
    }
    Ok(sums)
}

/// What is told of a tensor that is equal as a whole, from some of its elements: its norm and its precision.
pub(crate) fn all_equal(pair: &Pair<'_>) -> Sums {
    let (rows, columns) = (pair.base.rows, pair.base.columns);
    let elements = rows.saturating_mul(columns);
    let count = if elements <= LOOKED_AT {
        rows
    } else {
        rows.min(LOOKED_AT_ROWS)
    };
    let width = (LOOKED_AT.checked_div(count).unwrap_or(0) & !255).clamp(256, columns.max(256));
    let places = columns.checked_div(width).unwrap_or(0).max(1);
    let mut sums = Sums::default();
    let mut buffers = Buffers::default();
    for number in 0..count {
        let row = number.saturating_mul(rows).checked_div(count).unwrap_or(0);
        let place = number
            .checked_rem(places)
            .unwrap_or(0)
            .saturating_mul(width);
        let stretch = Stretch {
            rows: row..row.saturating_add(1),
            columns: place..place.saturating_add(width).min(columns),
        };
        if pair.base.fill(&stretch, &mut buffers).is_ok() {
            sums.equal(&buffers.values);
        }
    }
    let share = elements as f64 / sums.elements.max(1) as f64;
    for sum in [
        &mut sums.base,
        &mut sums.derived,
        &mut sums.product,
        &mut sums.magnitudes,
    ] {
        *sum *= share;
    }
    sums.elements = wide(elements);
    sums
}

impl Sums {
    fn over(pair: &Pair<'_>, stretch: &Stretch) -> Self {
        let folded = pair.folded();
        let first = stretch.rows.start >> folded;
        let last = stretch.rows.end.saturating_sub(1) >> folded;
        let kept = if pair.base.columns > WIDEST {
            0
        } else {
            pair.base.columns
        };
        Self {
            first,
            rows: vec![[0.0; 3]; last.saturating_sub(first).saturating_add(1)],
            columns: [vec![0.0; kept], vec![0.0; kept]],
            ..Self::default()
        }
    }

    fn row_mut(&mut self, row: usize) -> Option<&mut [f32; 3]> {
        self.rows.get_mut(row.checked_sub(self.first)?)
    }

    /// Rows that are stored with the same bytes on both sides.
    fn equal_rows(&mut self, piece: &Stretch, folded: u32, width: usize, values: &[f32]) {
        for (row, values) in piece.rows.clone().zip(values.chunks_exact(width.max(1))) {
            let energy = self.equal(values);
            if let Some(kept) = self.row_mut(row >> folded) {
                kept[1] += energy as f32;
            }
            let [_, bases] = &mut self.columns;
            for (sum, value) in bases.iter_mut().zip(values) {
                *sum += value * value;
            }
        }
    }

    fn equal(&mut self, row: &[f32]) -> f64 {
        let mut sum = 0.0;
        for block in row.chunks(BLOCK) {
            let (squares, magnitudes, bits) = energy(block);
            let is_finite = squares.is_finite() && magnitudes.is_finite();
            if is_finite {
                sum += squares;
                self.magnitudes += magnitudes;
            }
            self.base_bits |= bits;
            self.derived_bits |= bits;
        }
        self.elements = self.elements.saturating_add(wide(row.len()));
        self.base += sum;
        self.derived += sum;
        self.product += sum;
        sum
    }

    fn row(
        &mut self,
        row: usize,
        base: &mut [f32],
        derived: &mut [f32],
        quantiser: Option<Quantiser>,
    ) {
        let mut energies = [0.0_f64; 2];
        let mut at = 0..BLOCK;
        for (one, other) in base.chunks_mut(BLOCK).zip(derived.chunks_mut(BLOCK)) {
            let [delta, energy] = self.block(one, other);
            energies[0] += delta;
            energies[1] += energy;
            let [deltas, bases] = &mut self.columns;
            let end = at.end.min(deltas.len());
            if let (Some(deltas), Some(bases)) =
                (deltas.get_mut(at.start..end), bases.get_mut(at.start..end))
            {
                add_columns(deltas, bases, one, other);
            }
            at = at.end..at.end.saturating_add(BLOCK);
        }
        let steps = quantiser.map_or(0.0, |quantiser| quantiser.energy(base));
        self.steps += f64::from(steps);
        if let Some([delta, energy, expected]) = self.row_mut(row) {
            *delta += energies[0] as f32;
            *energy += energies[1] as f32;
            *expected += steps;
        }
    }

    /// Adds a block of a row; returns the energy of the difference and of the base.
    fn block(&mut self, base: &mut [f32], derived: &mut [f32]) -> [f64; 2] {
        let mut sums = totals(base, derived);
        if !sums.is_finite() {
            let dropped = drop_infinite(base).saturating_add(drop_infinite(derived));
            self.not_finite = self.not_finite.saturating_add(dropped);
            sums = totals(base, derived);
        }
        self.elements = self.elements.saturating_add(wide(base.len()));
        self.changed = self.changed.saturating_add(u64::from(sums.changed));
        self.zeroed = self.zeroed.saturating_add(u64::from(sums.zeroed));
        self.base += sums.base;
        self.derived += sums.derived;
        self.delta += sums.delta;
        self.product += sums.product;
        self.mean += sums.mean;
        self.largest = self.largest.max(sums.largest);
        self.magnitudes += sums.magnitudes;
        self.base_bits |= sums.base_bits;
        self.derived_bits |= sums.derived_bits;
        [sums.delta, sums.base]
    }

    /// Adds the sums of another stretch of the same pair.
    pub(crate) fn append(&mut self, next: Self) {
        self.elements = self.elements.saturating_add(next.elements);
        self.changed = self.changed.saturating_add(next.changed);
        self.zeroed = self.zeroed.saturating_add(next.zeroed);
        self.not_finite = self.not_finite.saturating_add(next.not_finite);
        self.base += next.base;
        self.derived += next.derived;
        self.delta += next.delta;
        self.product += next.product;
        self.mean += next.mean;
        self.largest = self.largest.max(next.largest);
        self.magnitudes += next.magnitudes;
        self.base_bits |= next.base_bits;
        self.derived_bits |= next.derived_bits;
        self.steps += next.steps;
        let end = next.first.saturating_add(next.rows.len());
        if self.rows.len() < end {
            self.rows.resize(end, [0.0; 3]);
        }
        let kept = self.rows.iter_mut().skip(next.first);
        for (row, other) in kept.zip(next.rows) {
            for (sum, value) in row.iter_mut().zip(other) {
                *sum += value;
            }
        }
        for (columns, others) in self.columns.iter_mut().zip(next.columns) {
            if columns.is_empty() {
                *columns = others;
            } else {
                columns
                    .iter_mut()
                    .zip(others)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// Bytes that it holds.
    pub(crate) fn cost(pair: &Pair<'_>, stretch: &Stretch) -> usize {
        let columns = if pair.base.columns > WIDEST {
            0
        } else {
            pair.base.columns
        };
        let rows = stretch.rows.len().saturating_mul(12);
        columns.saturating_mul(8).saturating_add(rows)
    }

    /// The facts that follow from the sums over all rows.
    pub(crate) fn delta(self, pair: &Pair<'_>) -> TensorDelta {
        let dtype = pair.derived.dtype();
        let grid = Grid::of(self.derived_bits);
        let scale = self.base * self.derived;
        let row_pairs = self.rows.iter().map(|row| [row[0], row[1]]);
        let [deltas, bases] = &self.columns;
        let columns = deltas
            .iter()
            .zip(bases)
            .map(|(delta, base)| [*delta, *base]);
        TensorDelta {
            key: visible(&pair.key.text, NAME),
            base_name: joined(pair.base.names()),
            derived_name: joined(pair.derived.names()),
            role: pair.role,
            layer: pair.key.layer,
            rows: wide(pair.base.rows),
            columns: wide(pair.base.columns),
            base_rows: wide(pair.base_rows),
            derived_rows: wide(pair.derived_rows),
            base_dtype: pair.base.dtype(),
            derived_dtype: dtype,
            derived_grid: grid,
            base_grid: Grid::of(self.base_bits),
            elements: self.elements,
            changed: self.changed,
            zeroed: self.zeroed,
            not_finite: self.not_finite,
            base_norm: self.base.sqrt(),
            derived_norm: self.derived.sqrt(),
            delta_norm: self.delta.sqrt(),
            cosine: if scale > 0.0 {
                (self.product / scale.sqrt()).clamp(-1.0, 1.0)
            } else {
                0.0
            },
            largest: f64::from(self.largest),
            mean_delta: if self.elements > 0 {
                self.mean / self.elements as f64
            } else {
                0.0
            },
            scale: if self.base > 0.0 {
                self.product / self.base
            } else {
                0.0
            },
            rounding_norm: rounding_energy(dtype, grid, self.magnitudes).sqrt(),
            steps: steps(&self.rows, self.delta, self.steps, dtype),
            by_row: lines(row_pairs, self.delta, pair.folded()),
            by_column: lines(columns, self.delta, 0),
            spectrum: None,
            rearranged: pair.rearranged,
        }
    }
}

fn joined<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let first = visible(names.next().unwrap_or_default(), NAME);
    match names.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn steps(rows: &[[f32; 3]], delta: f64, expected: f64, dtype: Dtype) -> Option<Steps> {
    quantiser(dtype)?;
    let ratios: Vec<f64> = rows
        .iter()
        .filter(|row| row[2] > 0.0)
        .map(|row| f64::from(row[0]) / f64::from(row[2]))
        .collect();
    let worst = ratios.iter().copied().fold(0.0, f64::max);
    let middle = median(ratios.clone()).unwrap_or(0.0);
    let outlying = ratios.iter().filter(|ratio| **ratio > 4.0 * middle).count();
    Some(Steps {
        excess: if expected > 0.0 {
            delta / expected
        } else {
            0.0
        },
        outlying_rows: wide(outlying),
        worst_row: if middle > 0.0 { worst / middle } else { 0.0 },
    })
}

/// Which lines hold the difference; each is the energy of its difference and of its base. `folded` says how many lines
/// are taken for one.
fn lines(energies: impl Iterator<Item = [f32; 2]>, total: f64, folded: u32) -> Lines {
    let mut changed: Vec<(u64, f64, f64)> = energies
        .enumerate()
        .filter(|(_, energy)| energy[0] > 0.0)
        .map(|(index, energy)| {
            let first = wide(index).checked_shl(folded).unwrap_or(u64::MAX);
            (first, f64::from(energy[0]), f64::from(energy[1]))
        })
        .collect();
    changed.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let middle = changed.get(changed.len() / 2).map_or(0.0, |line| line.1);
    let mut held = 0.0;
    let most = changed.iter().take_while(|line| {
        let before = held;
        held += line.1;
        before < 0.9 * total
    });
    let for_most = wide(most.count());
    Lines {
        changed: wide(changed.len()),
        for_most,
        outliers: wide(
            changed
                .iter()
                .filter(|line| line.1 > OUTLIER * middle)
                .count(),
        ),
        strongest: changed
            .iter()
            .take(LISTED)
            .map(|&(index, energy, base)| Line {
                index,
                share: if total > 0.0 { energy / total } else { 0.0 },
                relative: if base > 0.0 {
                    (energy / base).sqrt()
                } else {
                    f64::MAX
                },
                over_median: if middle > 0.0 { energy / middle } else { 0.0 },
            })
            .collect(),
    }
}
