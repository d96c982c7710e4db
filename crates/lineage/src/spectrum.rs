//! The spectrum of a difference: what of it is structure, and what is the noise of storing.
//!
//! Independent noise has no singular value above the sum of its largest row norm and its largest column norm, up to a
//! few per cent (Bandeira and van Handel, Ann. Probab. 44, 2016; for even noise this is Bai and Yin's s(√m + √n)). Noise
//! of storing is uneven, because large weights are rounded more coarsely. What lies above that edge is structure, and
//! the number of values above it is the numerical rank.

use chainwright_weights::linear::{InMemory, Sketch, top_singular_values};
use serde::{Deserialize, Serialize};

use crate::sums::{BLOCK, energy, larger};

/// Room above the edge for fluctuations and for noise that is not perfectly even.
const ROOM: f64 = 1.15;
/// Below this share of the largest, singular values are the arithmetic of whoever computed the difference.
const ARITHMETIC: f64 = 2e-4;
/// Singular values that are kept.
const KEPT: usize = 16;

/// The leading singular values of a difference, measured on a sample of its rows and columns. What is told of the rank
/// may come from fewer columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// Rows that were looked at.
    pub rows: u64,
    /// Columns that were looked at.
    pub columns: u64,
    /// The largest singular values.
    pub values: Vec<f64>,
    /// The share of the energy in the largest one.
    pub top: f64,
    /// The share in the four largest.
    pub top_four: f64,
    /// The energy over the square of the largest value: 1 for rank one, large for spread differences.
    pub stable_rank: f64,
    /// The largest value in units of what independent noise of the same energy would have: about 1 for noise.
    pub structure: f64,
    /// The largest value over the edge of independent noise that is spread over rows and columns as this difference is.
    pub prominence: f64,
    /// Values above the noise of storing.
    pub rank: u64,
    /// Whether more values may be above it than were computed.
    pub rank_is_open: bool,
    /// The energy that the values above the noise leave, in units of the noise of storing; 1 if it is all noise.
    pub left_over: f64,
    /// The share of the energy that the values above the noise leave.
    pub left_share: f64,
}

/// A sample of a difference: some of its rows, in some of its columns.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) columns: usize,
    pub(crate) data: Vec<f32>,
    /// The expected energy of the noise of storing in each row and column.
    pub(crate) row_noise: Vec<f64>,
    pub(crate) column_noise: Vec<f64>,
}

impl Sample {
    fn noise(&self) -> f64 {
        self.row_noise.iter().sum()
    }

    /// The largest norm of the noise in a row, plus the largest in a column.
    fn edge(&self) -> f64 {
        let largest = |energies: &[f64]| energies.iter().copied().fold(0.0, f64::max).sqrt();
        largest(&self.row_noise) + largest(&self.column_noise)
    }

    /// The same rows in at most so many columns, spread evenly.
    pub(crate) fn narrowed(&self, most: usize) -> Self {
        let columns = self.columns.min(most);
        let chosen: Vec<usize> = (0..columns)
            .filter_map(|place| place.checked_mul(self.columns)?.checked_div(columns))
            .collect();
        let pick = |row: &[f32]| -> Vec<f32> {
            let cells = chosen.iter().filter_map(|index| row.get(*index).copied());
            cells.collect()
        };
        let share = columns as f64 / self.columns.max(1) as f64;
        let noise = chosen
            .iter()
            .filter_map(|index| self.column_noise.get(*index));
        Self {
            columns,
            data: self
                .data
                .chunks_exact(self.columns.max(1))
                .flat_map(pick)
                .collect(),
            row_noise: self.row_noise.iter().map(|noise| noise * share).collect(),
            column_noise: noise.copied().collect(),
        }
    }

    /// The energy of the sample, of its strongest row and of its strongest column.
    fn energies(&self) -> [f64; 3] {
        let mut columns = vec![0.0_f32; self.columns];
        let (mut all, mut widest) = (0.0_f64, 0.0_f64);
        for row in self.data.chunks_exact(self.columns.max(1)) {
            for (column, value) in columns.iter_mut().zip(row) {
                *column += value * value;
            }
            let in_row: f64 = row.chunks(BLOCK).map(|block| energy(block).0).sum();
            all += in_row;
            widest = widest.max(in_row);
        }
        let highest = columns.into_iter().fold(0.0, larger);
        [all, widest, f64::from(highest)]
    }
}

/// Measures the leading part of the spectrum; `wanted` values at most.
pub(crate) fn measure(sample: &Sample, wanted: usize) -> Option<Spectrum> {
    let rows = sample.data.len().checked_div(sample.columns)?;
    let [energy, widest, highest] = sample.energies();
    if rows < 2 || sample.columns < 2 || energy <= 0.0 || !energy.is_finite() {
        return None;
    }
    let sketch = Sketch {
        wanted,
        oversampling: 8,
        // Many directions follow the leading ones well enough with less refinement.
        rounds: if wanted > 16 { 1 } else { 2 },
        seed: 0x6c69_6e65,
    };
    let values = top_singular_values(InMemory::new(sample.columns, &sample.data), sketch);
    let first = *values.first()?;
    if first <= 0.0 || !first.is_finite() {
        return None;
    }
    let cells = rows as f64 * sample.columns as f64;
    let reach = (rows as f64).sqrt() + (sample.columns as f64).sqrt();
    let threshold = (sample.edge() * ROOM).max(first * ARITHMETIC);
    let rank = values
        .iter()
        .take_while(|value| **value > threshold)
        .count();
    let share = |count: usize| (squares(&values, count) / energy).min(1.0);
    let left = (energy - squares(&values, rank)).max(0.0);
    let noise = sample.noise();
    Some(Spectrum {
        rows: rows as u64,
        columns: sample.columns as u64,
        top: share(1),
        top_four: share(4),
        stable_rank: energy / (first * first),
        structure: first / ((energy / cells).sqrt() * reach),
        prominence: first / (widest.sqrt() + highest.sqrt()),
        rank: rank as u64,
        rank_is_open: rank == values.len() && values.len() < rows.min(sample.columns),
        left_over: if noise > 0.0 {
            left / noise
        } else {
            f64::INFINITY.min(left * f64::MAX)
        },
        left_share: left / energy,
        values: values.iter().take(KEPT).copied().collect(),
    })
}

impl Spectrum {
    /// Takes over what a search for more values says about the rank.
    pub(crate) const fn deepen(&mut self, deep: &Self) {
        self.rank = deep.rank;
        self.rank_is_open = deep.rank_is_open;
        self.left_over = deep.left_over;
        self.left_share = deep.left_share;
    }
}

fn squares(values: &[f64], count: usize) -> f64 {
    values.iter().take(count).map(|value| value * value).sum()
}

#[cfg(test)]
mod tests {
    use chainwright_weights::linear::Random;

    use super::*;

    fn sample(rank: usize, noise: f32) -> Sample {
        let mut random = Random::new(9);
        let (rows, columns, cells) = (200_usize, 150_usize, 30_000_usize);
        let mut data: Vec<f32> = (0..cells).map(|_| noise * random.normal() as f32).collect();
        for _ in 0..rank {
            let left: Vec<f32> = (0..rows).map(|_| random.normal() as f32).collect();
            let right: Vec<f32> = (0..columns).map(|_| random.normal() as f32).collect();
            for (row, factor) in data.chunks_exact_mut(columns).zip(left) {
                row.iter_mut()
                    .zip(&right)
                    .for_each(|(cell, value)| *cell += factor * value);
            }
        }
        Sample {
            columns,
            data,
            row_noise: vec![f64::from(noise * noise) * columns as f64; rows],
            column_noise: vec![f64::from(noise * noise) * rows as f64; columns],
        }
    }

    #[test]
    fn a_part_of_the_columns_tells_the_same_rank() {
        let spectrum = measure(&sample(9, 0.1).narrowed(60), 24).expect("there is a difference");
        assert_eq!((spectrum.columns, spectrum.rank), (60, 9));
        assert!((0.7..1.3).contains(&spectrum.left_over));
    }

    #[test]
    fn the_rank_above_the_noise_is_counted() {
        for rank in [1, 4, 9] {
            let spectrum = measure(&sample(rank, 0.1), 24).expect("there is a difference");
            assert_eq!(spectrum.rank, rank as u64);
            assert!(!spectrum.rank_is_open);
            assert!(
                (0.8..1.2).contains(&spectrum.left_over),
                "{}",
                spectrum.left_over
            );
        }
    }

    #[test]
    fn pure_noise_has_no_rank_and_no_structure() {
        let spectrum = measure(&sample(0, 0.1), 8).expect("there is a difference");
        assert_eq!(spectrum.rank, 0);
        assert!((0.8..1.1).contains(&spectrum.structure));
        assert!(measure(&sample(0, 0.0), 8).is_none());
    }
}
