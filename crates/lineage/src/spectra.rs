//! Which changed matrices get a spectrum, and on which sample of their difference.
//!
//! A spectrum costs a hundred times what summing up the same elements does, so samples are bounded: some rows and
//! columns that are spread evenly, and the columns that stand out. An outer product keeps its share of the energy in
//! any such sample. Ranks beyond eight are looked for in a few matrices only, and not at all once half of those have
//! shown that there are more directions than can be told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chainwright_core::budget::Budget;
use chainwright_core::fields::narrow;
use rayon::prelude::*;

use crate::facts::{Options, TensorDelta};
use crate::pairing::Pair;
use crate::rounding::{magnitude_squared, quantiser, rounding_energy};
use crate::spectrum::{Sample, Spectrum, measure};

/// Elements of one sample, at least and at most.
const LEAST: usize = 1 << 20;
const MOST: usize = 6 << 20;
/// Elements that are read for one sample, at most.
const READ: usize = 32 << 20;
/// Columns that are taken side by side.
const GROUP: usize = 16;
/// Columns of the sample that the rank is looked for in.
const DEEP_COLUMNS: usize = 1024;
/// Singular values of differences that are not looked at deeply.
const SHALLOW: usize = 8;
/// Matrices with fewer rows or columns have no spectrum worth telling.
const NARROW: usize = 8;
/// The error of a quantiser over what even steps would give, at most.
const QUANTISER_ROOM: f32 = 1.3;
/// A column with so many times the energy of the median belongs to every sample.
const OUTLIER: f64 = 30.0;

/// Measures the spectra of changed matrices, some of them deeply.
pub(crate) fn add_spectra(
    pairs: &[Pair<'_>],
    deltas: &mut BTreeMap<usize, TensorDelta>,
    options: Options,
    budget: &Budget,
) {
    let changed = chosen(deltas, options.spectra);
    let share = options.spectrum_elements.checked_div(changed.len());
    let elements = share.unwrap_or(0).clamp(LEAST, MOST);
    let sampled = |index: &usize| {
        let (pair, delta) = pairs.get(*index).zip(deltas.get(index))?;
        sample(pair, delta, options.sample_rows, elements)
    };
    let spectra: Vec<(usize, Option<Spectrum>)> = changed
        .par_iter()
        .filter(|_| budget.check_time().is_ok())
        .map(|index| {
            let sample = sampled(index);
            (*index, sample.and_then(|sample| measure(&sample, SHALLOW)))
        })
        .collect();
    let mut deep: BTreeMap<usize, Spectrum> = BTreeMap::new();
    let open = spread(&changed, options.deep_tensors);
    let is_open = |index: &&usize| {
        let found = spectra.iter().find(|(other, _)| other == *index);
        found.is_some_and(|(_, spectrum)| {
            spectrum
                .as_ref()
                .is_some_and(|spectrum| spectrum.rank_is_open)
        })
    };
    let open: Vec<usize> = open.iter().filter(is_open).copied().collect();
    // Every other one first, so that each half sees all depths.
    let (first, second): (Vec<_>, Vec<_>) = open
        .iter()
        .enumerate()
        .partition(|(place, _)| place & 1 == 0);
    for half in [first, second] {
        let found: Vec<(usize, Spectrum)> = half
            .into_par_iter()
            .filter(|_| budget.check_time().is_ok())
            .filter_map(|(_, index)| {
                let sample = sampled(index)?.narrowed(DEEP_COLUMNS);
                Some((*index, measure(&sample, options.deep_rank)?))
            })
            .collect();
        let is_dense = found.iter().all(|(_, spectrum)| spectrum.rank_is_open);
        deep.extend(found);
        if is_dense {
            break;
        }
    }
    for (index, spectrum) in spectra {
        if let Some(delta) = deltas.get_mut(&index) {
            delta.spectrum = spectrum;
            if let (Some(spectrum), Some(deep)) = (&mut delta.spectrum, deep.get(&index)) {
                spectrum.deepen(deep);
            }
        }
    }
}

/// The matrices whose spectrum is worth telling. If they are too many, those with rows or columns that stand out most,
/// and as many that are spread evenly.
fn chosen(deltas: &BTreeMap<usize, TensorDelta>, most: usize) -> Vec<usize> {
    let is_worth = |delta: &TensorDelta| {
        delta.rows >= NARROW as u64
            && delta.columns >= NARROW as u64
            && !delta.is_only_stored_differently()
    };
    let changed: Vec<usize> = deltas
        .iter()
        .filter(|(_, delta)| is_worth(delta))
        .map(|(index, _)| *index)
        .collect();
    if changed.len() <= most {
        return changed;
    }
    let strongest = |index: &usize| {
        let lines = deltas.get(index).map(|delta| {
            [&delta.by_row, &delta.by_column]
                .into_iter()
                .filter_map(|lines| lines.strongest.first())
                .map(|line| line.over_median)
                .fold(0.0, f64::max)
        });
        lines.unwrap_or(0.0)
    };
    let mut outlying = changed.clone();
    outlying.sort_by(|one, other| {
        strongest(other)
            .total_cmp(&strongest(one))
            .then(one.cmp(other))
    });
    let half = most / 2;
    let even = spread(&changed, most.saturating_sub(half));
    let all: BTreeSet<usize> = outlying.into_iter().take(half).chain(even).collect();
    all.into_iter().collect()
}

/// So many of them, or fewer, spread evenly.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    let stride = all.len().div_ceil(most.max(1)).max(1);
    all.iter().step_by(stride).copied().collect()
}

/// The difference in rows and columns that are spread evenly.
fn sample(pair: &Pair<'_>, delta: &TensorDelta, most: usize, elements: usize) -> Option<Sample> {
    let (rows, columns) = (pair.base.rows, pair.base.columns);
    let count = most.min(READ.checked_div(columns)?).max(NARROW).min(rows);
    let groups = columns_of(delta, columns, elements.checked_div(count)?.max(GROUP));
    let width: usize = groups.iter().map(Range::len).sum();
    let quantiser = quantiser(pair.derived.dtype());
    let unit = rounding_energy(pair.derived.dtype(), delta.derived_grid, 1.0);
    let mut sample = Sample {
        columns: width,
        data: Vec::with_capacity(count.checked_mul(width)?),
        ..Sample::default()
    };
    let mut by_column = vec![0.0_f32; width];
    let (mut base, mut derived) = (Vec::new(), Vec::new());
    for place in 0..count {
        let row = place.checked_mul(rows)?.checked_div(count)?;
        pair.base.read(row..row.checked_add(1)?, &mut base).ok()?;
        pair.derived
            .read(row..row.checked_add(1)?, &mut derived)
            .ok()?;
        let start = sample.data.len();
        for group in &groups {
            let both = base
                .get(group.clone())?
                .iter()
                .zip(derived.get(group.clone())?);
            sample.data.extend(both.map(|(x, y)| {
                let difference = y - x;
                if difference.abs() < 1e15 {
                    difference
                } else {
                    0.0
                }
            }));
        }
        let added = sample.data.len().checked_sub(start)?;
        let in_row = match quantiser {
            Some(quantiser) => {
                let share = added as f32 / columns as f32;
                let in_row = quantiser.energy(&base) * QUANTISER_ROOM * share;
                let even = in_row / added as f32;
                by_column.iter_mut().for_each(|column| *column += even);
                f64::from(in_row)
            }
            None => {
                let values = groups.iter().filter_map(|group| derived.get(group.clone()));
                f64::from(add_magnitudes(&mut by_column, values.flatten())) * unit
            }
        };
        sample.row_noise.push(in_row);
    }
    let unit = if quantiser.is_some() { 1.0 } else { unit };
    let by_column = by_column.into_iter().map(|energy| f64::from(energy) * unit);
    sample.column_noise = by_column.collect();
    Some(sample)
}

/// Adds squared powers of two to those of their columns; returns their sum.
fn add_magnitudes<'v>(columns: &mut [f32], values: impl Iterator<Item = &'v f32>) -> f32 {
    let mut sum = 0.0;
    for (column, value) in columns.iter_mut().zip(values) {
        let magnitude = magnitude_squared(*value);
        let magnitude = if magnitude < 1e30 { magnitude } else { 0.0 };
        *column += magnitude;
        sum += magnitude;
    }
    sum
}

/// About so many columns in groups that are spread evenly, and those that stand out.
fn columns_of(delta: &TensorDelta, columns: usize, wanted: usize) -> Vec<Range<usize>> {
    if wanted >= columns {
        return std::iter::once(0..columns).collect();
    }
    let count = wanted.div_ceil(GROUP);
    let mut groups: Vec<Range<usize>> = (0..count)
        .filter_map(|place| {
            let whole = columns.checked_div(GROUP)?;
            let start = place
                .checked_mul(whole)?
                .checked_div(count)?
                .checked_mul(GROUP)?;
            Some(start..start.checked_add(GROUP)?.min(columns))
        })
        .collect();
    groups.dedup();
    let strongest = delta.by_column.strongest.iter();
    let outlying: BTreeSet<usize> = strongest
        .filter(|line| line.over_median > OUTLIER)
        .map(|line| narrow(line.index))
        .filter(|column| !groups.iter().any(|group| group.contains(column)))
        .collect();
    groups.extend(
        outlying
            .into_iter()
            .map(|column| column..column.saturating_add(1)),
    );
    groups
}
