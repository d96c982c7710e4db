//! Spectra of changes, and the numbers that the screening compares.
//!
//! The definitions are those of `tests/screening/features.py`, which made the bank; a test holds both together.

use std::collections::BTreeMap;

use chainwright_weights::linear::{Matrix, singular_values, svd};

use crate::facts::{ModuleFacts, Projection, Spectrum};

/// Ranks above this are not decomposed: Jacobi's method grows with the third power.
pub(crate) const HIGHEST_RANK: usize = 128;
/// Gram matrices above this rank are not formed.
const LARGEST_RANK: usize = 1024;
/// Multiplications that a norm may cost.
const MOST_WORK: usize = 6_000_000_000;
/// Entries that the kurtosis looks at: at most this many rows and columns, evenly spaced.
const SAMPLE_ROWS: usize = 256;
const SAMPLE_COLUMNS: usize = 512;
const TINY: f64 = 1e-12;

/// The Frobenius norm of `up · down`, without forming the product; `None` where even that would cost too much.
pub(crate) fn product_norm(down: &Matrix, up: &Matrix) -> Option<f64> {
    let rank = down.rows();
    let sides = down.columns().saturating_add(up.rows());
    let work = rank.saturating_mul(rank).saturating_mul(sides);
    if rank > LARGEST_RANK || work > MOST_WORK {
        return None;
    }
    let (inner, outer) = (gram_of_rows(down), gram_of_columns(up));
    let square: f64 = inner
        .data()
        .iter()
        .zip(outer.data())
        .map(|(x, y)| x * y)
        .sum();
    let norm = square.max(0.0).sqrt();
    norm.is_finite().then_some(norm)
}

fn gram_of_rows(matrix: &Matrix) -> Matrix {
    matrix.times_transposed(matrix)
}

fn gram_of_columns(matrix: &Matrix) -> Matrix {
    gram_of_rows(&matrix.transpose())
}

/// The five numbers of `scale · up · down`; `None` for an empty change and for ranks that are too high.
pub(crate) fn spectrum(down: &Matrix, up: &Matrix, scale: f64) -> Option<Spectrum> {
    let (rows, columns) = (up.rows(), down.columns());
    let rank = down.rows().min(rows).min(columns);
    if down.rows() > HIGHEST_RANK || rank == 0 {
        return None;
    }
    let squares: Vec<f64> = energies(down, up)
        .into_iter()
        .take(rank)
        .map(|energy| energy.max(0.0) * scale * scale)
        .collect();
    let energy: f64 = squares.iter().sum();
    let largest = squares.iter().copied().fold(0.0, f64::max);
    if !energy.is_finite() || energy <= TINY * TINY {
        return None;
    }
    let entropy: f64 = squares
        .iter()
        .map(|square| square / energy)
        .filter(|share| *share > TINY)
        .map(|share| -share * share.ln())
        .sum();
    let size = (rows as f64 * columns as f64).sqrt();
    Some(Spectrum {
        sigma: (largest.sqrt() / size.sqrt()).ln(),
        frobenius: (energy.sqrt() / size).ln(),
        concentration: largest / energy,
        entropy: entropy / (rank.max(2) as f64).ln(),
        kurtosis: kurtosis(down, up)?.max(TINY).ln(),
    })
}

/// The squared singular values of `up · down`, largest first: with BᵀB = U·S·Uᵀ they are the eigenvalues of
/// √S·Uᵀ·(A·Aᵀ)·U·√S, a small symmetric matrix.
fn energies(down: &Matrix, up: &Matrix) -> Vec<f64> {
    let outer = svd(&gram_of_columns(up));
    let roots: Vec<f64> = outer
        .values
        .iter()
        .map(|value| value.max(0.0).sqrt())
        .collect();
    let mut turned = outer.left.transpose();
    for (row, root) in turned.rows_mut().zip(&roots) {
        row.iter_mut().for_each(|cell| *cell *= root);
    }
    let inner = turned.times(&gram_of_rows(down)).times_transposed(&turned);
    singular_values(&inner)
}

/// Evenly spaced indices, all of them where there are few enough.
fn spaced(count: usize, at_most: usize) -> Vec<usize> {
    if count <= at_most {
        return (0..count).collect();
    }
    (0..at_most)
        .map(|index| {
            index
                .saturating_mul(count)
                .checked_div(at_most)
                .unwrap_or(0)
        })
        .collect()
}

fn kurtosis(down: &Matrix, up: &Matrix) -> Option<f64> {
    let rows = spaced(up.rows(), SAMPLE_ROWS);
    let columns = spaced(down.columns(), SAMPLE_COLUMNS);
    let left = Matrix::from_fn(rows.len(), up.columns(), |row, column| {
        rows.get(row).map_or(0.0, |from| up.get(*from, column))
    });
    let right = Matrix::from_fn(columns.len(), down.rows(), |column, row| {
        columns.get(column).map_or(0.0, |from| down.get(row, *from))
    });
    let sample = left.times_transposed(&right);
    let count = sample.data().len() as f64;
    let mean = sample.data().iter().sum::<f64>() / count;
    let moment = |power: i32| {
        let sum: f64 = sample
            .data()
            .iter()
            .map(|value| (value - mean).powi(power))
            .sum();
        sum / count
    };
    // The threshold is on the change's own scale: a constant matrix has no kurtosis.
    let variance = moment(2);
    let kurtosis = moment(4) / (variance * variance);
    kurtosis.is_finite().then_some(kurtosis)
}

/// The projections that features are made of, in order.
const FEATURED: [Projection; 7] = [
    Projection::Query,
    Projection::Key,
    Projection::Value,
    Projection::Output,
    Projection::Gate,
    Projection::Up,
    Projection::Down,
];

/// One of the five numbers by its name.
type Number = (&'static str, fn(&Spectrum) -> f64);

const NUMBERS: [Number; 5] = [
    ("sigma", |spectrum| spectrum.sigma),
    ("frobenius", |spectrum| spectrum.frobenius),
    ("concentration", |spectrum| spectrum.concentration),
    ("entropy", |spectrum| spectrum.entropy),
    ("kurtosis", |spectrum| spectrum.kurtosis),
];

/// The numbers of an adapter that the screening compares, by name; those that its modules do not give are missing.
#[must_use]
pub fn features(modules: &[ModuleFacts]) -> BTreeMap<String, f64> {
    let seen: Vec<(Projection, f64, Spectrum)> = modules
        .iter()
        .filter(|module| FEATURED.contains(&module.projection))
        .filter_map(|module| {
            let layer = f64::from(module.layer.unwrap_or(0));
            Some((module.projection, layer, module.spectrum?))
        })
        .collect();
    let mut features = BTreeMap::new();
    let level = mean(seen.iter().map(|(_, _, spectrum)| spectrum.frobenius)).unwrap_or(0.0);
    for projection in FEATURED {
        let own = || {
            let own = seen.iter().filter(move |(name, _, _)| *name == projection);
            own.map(|(_, _, spectrum)| spectrum)
        };
        for (name, number) in NUMBERS {
            if let Some(value) = mean(own().map(number)) {
                features.insert(format!("{}.{name}", projection.as_str()), value);
            }
        }
        if let Some(value) = mean(own().map(|spectrum| spectrum.frobenius - level)) {
            features.insert(format!("{}.relative", projection.as_str()), value);
        }
    }
    features.extend(distribution(&seen));
    features.retain(|_, value| value.is_finite());
    features
}

/// How the strength spreads over modules.
fn distribution(seen: &[(Projection, f64, Spectrum)]) -> Vec<(String, f64)> {
    if seen.len() < 2 {
        return Vec::new();
    }
    let mut norms: Vec<f64> = seen
        .iter()
        .map(|(_, _, spectrum)| spectrum.frobenius.exp())
        .collect();
    let average = mean(norms.iter().copied()).unwrap_or(0.0);
    let variance = mean(norms.iter().map(|norm| (norm - average) * (norm - average)));
    let deviation = variance.unwrap_or(0.0).sqrt();
    let energy: f64 = norms.iter().map(|norm| norm * norm).sum();
    let deepest = seen.iter().map(|(_, layer, _)| *layer).fold(1.0, f64::max);
    let weighted = norms.iter().zip(seen);
    let depth: f64 = weighted
        .map(|(norm, (_, layer, _))| norm * norm * layer / deepest)
        .sum();
    norms.sort_by(f64::total_cmp);
    let peak = norms.last().copied().unwrap_or(0.0) / median(&norms);
    vec![
        ("spread".to_owned(), deviation.max(TINY).ln()),
        ("variation".to_owned(), deviation / average),
        ("peak".to_owned(), peak.ln()),
        ("depth".to_owned(), depth / energy),
    ]
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() >> 1;
    let upper = sorted.get(middle).copied().unwrap_or(0.0);
    let lower = sorted
        .get(middle.saturating_sub(1))
        .copied()
        .unwrap_or(upper);
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(lower, upper)
    } else {
        upper
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count = count.saturating_add(1);
    }
    (count > 0).then(|| sum / f64::from(count))
}
