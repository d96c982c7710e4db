//! One pass over a pair of matrices: everything that can be summed up row by row.

use std::ops::Range;

use chainwright_core::fields::wide;
use chainwright_weights::Dtype;

use crate::facts::{Line, Lines, Steps, TensorDelta, median};
use crate::pairing::Pair;
use crate::rounding::{Grid, Quantiser, magnitude_squared, quantiser, rounding_energy};
use crate::view::Unread;
use chainwright_core::text::visible;

/// Elements that are read at a time from each side.
const PIECE: usize = 1 << 17;
/// Lines that are listed.
const LISTED: usize = 16;
/// A line is an outlier above so many medians.
const OUTLIER: f64 = 30.0;
/// Characters of a name that are kept.
const NAME: usize = 200;

/// Sums over some rows.
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
    /// Energy of the difference, of the base and of the steps, by row.
    rows: Vec<[f32; 3]>,
    /// Energy of the difference and of the base by column.
    columns: Vec<[f32; 2]>,
}

/// Sums up a stretch of rows.
pub(crate) fn sums(pair: &Pair<'_>, rows: Range<usize>) -> Result<Sums, Unread> {
    let columns = pair.base.columns;
    let mut sums = Sums {
        columns: vec![[0.0; 2]; columns],
        ..Sums::default()
    };
    let quantiser = quantiser(pair.derived.dtype());
    let same_type = pair.base.is_plain()
        && pair.derived.is_plain()
        && pair.base.dtype() == pair.derived.dtype();
    let piece = PIECE.checked_div(columns).unwrap_or(0).max(1);
    let (mut base, mut derived) = (Vec::new(), Vec::new());
    let mut first = rows.start;
    while first < rows.end {
        let stretch = first..first.saturating_add(piece).min(rows.end);
        first = stretch.end;
        pair.base.read(stretch.clone(), &mut base)?;
        let is_equal = same_type
            && matches!((pair.base.raw(stretch.clone()), pair.derived.raw(stretch.clone())),
                (Some(one), Some(other)) if one == other);
        if is_equal {
            base.chunks_exact(columns.max(1))
                .for_each(|row| sums.equal(row));
            continue;
        }
        pair.derived.read(stretch, &mut derived)?;
        let both = base
            .chunks_exact_mut(columns.max(1))
            .zip(derived.chunks_exact_mut(columns.max(1)));
        for (one, other) in both {
            sums.row(one, other, quantiser);
        }
    }
    Ok(sums)
}

/// Sums of eight lanes, so that the compiler can use vectors.
fn lanes<const N: usize>(
    one: &[f32],
    other: &[f32],
    each: impl Fn(&mut [[f32; 8]; N], usize, f32, f32),
) -> [f64; N] {
    let mut sums = [[0.0_f32; 8]; N];
    let (one, one_rest) = one.as_chunks::<8>();
    let (other, other_rest) = other.as_chunks::<8>();
    for (left, right) in one.iter().zip(other) {
        for (lane, (x, y)) in left.iter().zip(right).enumerate() {
            each(&mut sums, lane, *x, *y);
        }
    }
    for (lane, (x, y)) in one_rest.iter().zip(other_rest).enumerate() {
        each(&mut sums, lane, *x, *y);
    }
    sums.map(|lanes| lanes.iter().map(|lane| f64::from(*lane)).sum())
}

fn add<const N: usize>(sums: &mut [[f32; 8]; N], which: usize, lane: usize, value: f32) {
    if let Some(cell) = sums.get_mut(which).and_then(|lanes| lanes.get_mut(lane)) {
        *cell += value;
    }
}

impl Sums {
    /// A row that is stored with the same bytes on both sides.
    fn equal(&mut self, row: &[f32]) {
        let [energy] = lanes(row, row, |sums, lane, x, y| add(sums, 0, lane, x * y));
        let energy = if energy.is_finite() { energy } else { 0.0 };
        self.elements = self.elements.saturating_add(wide(row.len()));
        self.base += energy;
        self.derived += energy;
        self.product += energy;
        let bits = row.iter().fold(0, |all, value| all | value.to_bits());
        self.base_bits |= bits;
        self.derived_bits |= bits;
        self.magnitudes += row
            .iter()
            .map(|value| f64::from(magnitude_squared(*value)))
            .filter(|x| x.is_finite())
            .sum::<f64>();
        self.rows.push([0.0, energy as f32, 0.0]);
        for (column, value) in self.columns.iter_mut().zip(row) {
            column[1] += value * value;
        }
    }

    fn row(&mut self, base: &mut [f32], derived: &mut [f32], quantiser: Option<Quantiser>) {
        let mut totals = products(base, derived);
        if !totals.iter().all(|total| total.is_finite()) {
            self.not_finite = self
                .not_finite
                .saturating_add(drop_infinite(base).saturating_add(drop_infinite(derived)));
            totals = products(base, derived);
        }
        let [
            base_energy,
            derived_energy,
            product,
            delta_energy,
            mean,
            magnitudes,
        ] = totals;
        let mut counts = [0_u32; 2];
        let mut largest = 0.0_f32;
        let mut bits = [0_u32; 2];
        for (x, y) in base.iter().zip(derived.iter()) {
            counts[0] = counts[0].wrapping_add(u32::from(x != y));
            counts[1] = counts[1].wrapping_add(u32::from(*y == 0.0 && *x != 0.0));
            largest = largest.max((y - x).abs());
            bits[0] |= x.to_bits();
            bits[1] |= y.to_bits();
        }
        let steps = quantiser.map_or(0.0, |quantiser| quantiser.energy(base));
        self.elements = self.elements.saturating_add(wide(base.len()));
        self.changed = self.changed.saturating_add(u64::from(counts[0]));
        self.zeroed = self.zeroed.saturating_add(u64::from(counts[1]));
        self.base += base_energy;
        self.derived += derived_energy;
        self.delta += delta_energy;
        self.product += product;
        self.mean += mean;
        self.largest = self.largest.max(largest);
        self.magnitudes += magnitudes;
        self.base_bits |= bits[0];
        self.derived_bits |= bits[1];
        self.steps += f64::from(steps);
        self.rows
            .push([delta_energy as f32, base_energy as f32, steps]);
        for (column, (x, y)) in self.columns.iter_mut().zip(base.iter().zip(derived.iter())) {
            let delta = y - x;
            column[0] += delta * delta;
            column[1] += x * x;
        }
    }

    /// Adds the sums of the rows that follow.
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
        self.rows.extend(next.rows);
        if self.columns.is_empty() {
            self.columns = next.columns;
        } else {
            for (column, other) in self.columns.iter_mut().zip(next.columns) {
                column[0] += other[0];
                column[1] += other[1];
            }
        }
    }

    /// The facts that follow from the sums over all rows.
    pub(crate) fn delta(self, pair: &Pair<'_>) -> TensorDelta {
        let dtype = pair.derived.dtype();
        let grid = Grid::of(self.derived_bits);
        let scale = self.base * self.derived;
        let row_pairs = self.rows.iter().map(|row| [row[0], row[1]]);
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
            by_row: lines(row_pairs, self.delta),
            by_column: lines(self.columns.iter().copied(), self.delta),
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

/// Energy of both, their product, energy and sum of the difference, and magnitudes of the derived values.
fn products(base: &[f32], derived: &[f32]) -> [f64; 6] {
    lanes(base, derived, |sums, lane, x, y| {
        let delta = y - x;
        add(sums, 0, lane, x * x);
        add(sums, 1, lane, y * y);
        add(sums, 2, lane, x * y);
        add(sums, 3, lane, delta * delta);
        add(sums, 4, lane, delta);
        add(sums, 5, lane, magnitude_squared(y));
    })
}

/// Sets values that are not finite, or whose squares are not, to zero; returns how many were.
fn drop_infinite(values: &mut [f32]) -> u64 {
    let mut count = 0_u64;
    for value in values {
        if value.is_nan() || value.abs() >= 1e15 {
            *value = 0.0;
            count = count.saturating_add(1);
        }
    }
    count
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

/// Which lines hold the difference; each is the energy of its difference and of its base.
fn lines(energies: impl Iterator<Item = [f32; 2]>, total: f64) -> Lines {
    let mut changed: Vec<(u64, f64, f64)> = energies
        .enumerate()
        .filter(|(_, energy)| energy[0] > 0.0)
        .map(|(index, energy)| (wide(index), f64::from(energy[0]), f64::from(energy[1])))
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
