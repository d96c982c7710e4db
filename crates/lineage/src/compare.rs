//! The comparison of two models: pairs, sums, spectra, likeness.

use std::collections::BTreeMap;
use std::ops::Range;

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Tensor;
use rayon::prelude::*;

use crate::facts::{Comparison, Options, TensorDelta};
use crate::fingerprint::fingerprint;
use crate::measure::{Sums, sums};
use crate::moved::moved;
use crate::pairing::{Pair, pair};
use crate::rounding::{magnitude_squared, quantiser, rounding_energy};
use crate::spectrum::{Sample, Spectrum, measure};

/// Elements of a unit of work.
const UNIT: usize = 1 << 22;
/// Units whose sums are held at the same time.
const HELD: usize = 96;
/// Elements of a sample for a spectrum.
const SAMPLE: usize = 6 << 20;
/// Singular values of differences that are not looked at deeply.
const SHALLOW: usize = 8;
/// Matrices with fewer rows or columns have no spectrum worth telling.
const NARROW: usize = 8;
/// Matrices whose rows are looked for elsewhere.
const SEARCHED: usize = 24;
/// The error of a quantiser over what even steps would give, at most.
const QUANTISER_ROOM: f64 = 1.3;
/// Problems that are kept.
const PROBLEMS: usize = 64;

/// Compares two models. Reads every tensor once, and samples of changed ones once more.
#[must_use]
pub fn compare(
    base: &[Tensor],
    derived: &[Tensor],
    options: Options,
    budget: &Budget,
) -> Comparison {
    let pairing = pair(base, derived);
    let mut comparison = Comparison {
        base_elements: base
            .iter()
            .fold(0, |sum: u64, tensor| sum.saturating_add(tensor.elements())),
        not_compared: pairing.unreadable,
        added: pairing.added,
        removed: pairing.removed,
        reshaped: pairing.reshaped,
        ..Comparison::default()
    };
    let pairs = pairing.pairs;
    let totals = all_sums(&pairs, budget, &mut comparison);
    let mut deltas: BTreeMap<usize, TensorDelta> = BTreeMap::new();
    for (index, sums) in totals {
        if let Some(pair) = pairs.get(index) {
            deltas.insert(index, sums.delta(pair));
        }
    }
    add_spectra(&pairs, &mut deltas, options, budget);
    let (one, other) = rayon::join(
        || fingerprint(base, budget),
        || fingerprint(derived, budget),
    );
    comparison.likeness = one.similarity(&other);
    comparison.moved = deltas
        .iter()
        .filter(|(_, delta)| {
            delta.is_matrix() && delta.role.is_linear() && delta.cosine < 0.3 && delta.rows >= 16
        })
        .filter_map(|(index, _)| pairs.get(*index))
        .take(SEARCHED)
        .filter_map(moved)
        .collect();
    comparison.tensors = deltas.into_values().collect();
    comparison.compared = comparison
        .tensors
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.elements));
    comparison.changed = comparison
        .tensors
        .iter()
        .fold(0, |sum, tensor| sum.saturating_add(tensor.changed));
    note_what_was_left_out(&mut comparison, budget);
    comparison
}

fn note_what_was_left_out(comparison: &mut Comparison, budget: &Budget) {
    if budget.check_time().is_err() {
        note(
            comparison,
            ProblemKind::LimitReached,
            "the time for the comparison is up".to_owned(),
        );
    }
    if !comparison.not_compared.is_empty() {
        let detail = format!(
            "{} tensors could not be compared, such as `{}`",
            comparison.not_compared.len(),
            comparison.not_compared.first().map_or("", String::as_str)
        );
        note(comparison, ProblemKind::Unsupported, detail);
    }
}

fn note(comparison: &mut Comparison, kind: ProblemKind, detail: String) {
    if comparison.problems.len() < PROBLEMS {
        comparison
            .problems
            .push(Problem::new(kind, Place::Whole, detail));
    }
}

/// The sums of all pairs; those that cannot be read are noted.
fn all_sums(
    pairs: &[Pair<'_>],
    budget: &Budget,
    comparison: &mut Comparison,
) -> BTreeMap<usize, Sums> {
    let units: Vec<(usize, Range<usize>)> = pairs
        .iter()
        .enumerate()
        .flat_map(|(index, pair)| {
            let step = UNIT.checked_div(pair.base.columns).unwrap_or(0).max(1);
            let rows = pair.base.rows;
            (0..rows)
                .step_by(step)
                .map(move |first| (index, first..first.saturating_add(step).min(rows)))
        })
        .collect();
    let mut totals: BTreeMap<usize, Sums> = BTreeMap::new();
    let mut unread: Vec<usize> = Vec::new();
    for window in units.chunks(HELD) {
        if budget.check_time().is_err() {
            break;
        }
        let done: Vec<_> = window
            .par_iter()
            .filter(|_| budget.check_time().is_ok())
            .map(|(index, rows)| {
                (
                    *index,
                    pairs.get(*index).map(|pair| sums(pair, rows.clone())),
                )
            })
            .collect();
        for (index, result) in done {
            match result {
                Some(Ok(next)) => totals.entry(index).or_default().append(next),
                Some(Err(_)) | None => unread.push(index),
            }
        }
    }
    unread.dedup();
    for index in unread {
        totals.remove(&index);
        if let Some(pair) = pairs.get(index) {
            comparison.not_compared.push(pair.key.text.clone());
        }
    }
    totals
}

/// Measures the spectra of changed matrices, some of them deeply.
fn add_spectra(
    pairs: &[Pair<'_>],
    deltas: &mut BTreeMap<usize, TensorDelta>,
    options: Options,
    budget: &Budget,
) {
    let is_worth = |delta: &TensorDelta| {
        delta.rows >= NARROW as u64
            && delta.columns >= NARROW as u64
            && !delta.is_only_stored_differently()
    };
    let changed: Vec<usize> = deltas
        .iter()
        .filter(|(_, delta)| is_worth(delta))
        .map(|(index, _)| *index)
        .take(options.spectra)
        .collect();
    let stride = changed.len().div_ceil(options.deep_tensors.max(1)).max(1);
    let work: Vec<(usize, usize)> = changed
        .iter()
        .enumerate()
        .map(|(place, index)| {
            let is_deep = place.checked_rem(stride) == Some(0);
            (*index, if is_deep { options.deep_rank } else { SHALLOW })
        })
        .collect();
    let spectra: Vec<(usize, Option<Spectrum>)> = work
        .par_iter()
        .filter(|_| budget.check_time().is_ok())
        .map(|(index, wanted)| {
            let both = pairs.get(*index).zip(deltas.get(index));
            let spectrum = both.and_then(|(pair, delta)| {
                let sample = sample(pair, delta, options.sample_rows)?;
                measure(&sample, *wanted)
            });
            (*index, spectrum)
        })
        .collect();
    for (index, spectrum) in spectra {
        if let Some(delta) = deltas.get_mut(&index) {
            delta.spectrum = spectrum;
        }
    }
}

/// The difference in rows that are spread evenly.
fn sample(pair: &Pair<'_>, delta: &TensorDelta, most: usize) -> Option<Sample> {
    let (rows, columns) = (pair.base.rows, pair.base.columns);
    let count = most.min(SAMPLE.checked_div(columns)?).max(NARROW).min(rows);
    let quantiser = quantiser(pair.derived.dtype());
    let rounding =
        |magnitudes: f64| rounding_energy(pair.derived.dtype(), delta.derived_grid, magnitudes);
    let mut data = Vec::new();
    let (mut base, mut derived) = (Vec::new(), Vec::new());
    let mut by_column = vec![0.0_f64; columns];
    let (mut noise, mut widest) = (0.0_f64, 0.0_f64);
    for place in 0..count {
        let row = place.checked_mul(rows)?.checked_div(count)?;
        pair.base.read(row..row.checked_add(1)?, &mut base).ok()?;
        pair.derived
            .read(row..row.checked_add(1)?, &mut derived)
            .ok()?;
        data.extend(base.iter().zip(&derived).map(|(x, y)| {
            let difference = y - x;
            if difference.abs() < 1e15 {
                difference
            } else {
                0.0
            }
        }));
        let mut in_row = 0.0;
        match quantiser {
            Some(quantiser) => {
                in_row = f64::from(quantiser.energy(&base)) * QUANTISER_ROOM;
                let even = in_row / columns as f64;
                by_column.iter_mut().for_each(|column| *column += even);
            }
            None => {
                for (column, value) in by_column.iter_mut().zip(&derived) {
                    let energy = rounding(f64::from(magnitude_squared(*value)));
                    let energy = if energy.is_finite() { energy } else { 0.0 };
                    *column += energy;
                    in_row += energy;
                }
            }
        }
        noise += in_row;
        widest = widest.max(in_row);
    }
    Some(Sample {
        columns,
        data,
        noise,
        edge: widest.sqrt() + by_column.into_iter().fold(0.0, f64::max).sqrt(),
    })
}
