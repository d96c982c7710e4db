//! Rows of embedding-like matrices: their norms, zero rows, equal rows and rows that stick out.
//!
//! A token that was poisoned or planted tends to have a row of an unusual norm; rows that never saw training are zero
//! or equal. Both also occur in honest vocabularies (padding, reserved tokens, tokens that begin every text), so
//! these are facts to read, not verdicts.

use serde::{Deserialize, Serialize};

use crate::decode;
use crate::dtype::{Dtype, Family};

/// Rows that are kept in memory at most, 16 bytes each.
const MOST_ROWS: u64 = 2 * 1024 * 1024;
/// Rows with which statistics make sense.
const FEWEST_ROWS: u64 = 64;
/// Rows that stick out and are named.
const NAMED: usize = 16;

/// What the rows of a matrix look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowStats {
    /// Whole rows.
    pub count: u64,
    /// Rows of zeros.
    pub zero: u64,
    /// Rows, zero ones aside, that are equal to an earlier one.
    pub repeated: u64,
    /// The median of the norms of rows that are not zero.
    pub median_norm: f64,
    /// How far the logarithms of norms scatter: their median absolute deviation, scaled to a standard deviation.
    pub scatter: f64,
    /// Rows whose norm sticks out by more than eight times that, and by a factor of three.
    pub outliers: u64,
    /// The farthest of them: row and norm, farthest first.
    pub farthest: Vec<(u64, f64)>,
}

/// Sums over rows, some of which may have begun or ended elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    length: u64,
    first: u64,
    squares: Vec<f64>,
    hashes: Vec<u64>,
    values: Vec<f32>,
}

impl Rows {
    /// Accounts for the rows of a matrix, if it looks like an embedding.
    pub(super) fn of(name: &str, dtype: Dtype, shape: &[u64]) -> Option<Self> {
        let [count, length] = *shape else {
            return None;
        };
        let is_float = matches!(dtype.family(), Family::Float);
        let fits = (FEWEST_ROWS..=MOST_ROWS).contains(&count) && (8..=1 << 20).contains(&length);
        let name = name.to_ascii_lowercase();
        let named = [
            "embed",
            "wte",
            "vocab",
            "lm_head",
            "token",
            "word",
            "shared.weight",
        ]
        .iter()
        .any(|part| name.contains(part));
        (is_float && fits && named && dtype.block()?.elements == 1).then(|| Self {
            length,
            first: u64::MAX,
            squares: Vec::new(),
            hashes: Vec::new(),
            values: Vec::new(),
        })
    }

    /// Takes the elements from `index` on.
    pub(super) fn add(&mut self, dtype: Dtype, bytes: &[u8], index: u64) {
        let mut values = std::mem::take(&mut self.values);
        decode::decode(dtype, bytes, &mut values);
        let mut rest = values.as_slice();
        let mut index = index;
        while !rest.is_empty() {
            let row = index.checked_div(self.length).unwrap_or(0);
            let place = index.checked_rem(self.length).unwrap_or(0);
            let left = usize::try_from(self.length.saturating_sub(place)).unwrap_or(usize::MAX);
            let (part, behind) = rest.split_at(left.min(rest.len()));
            self.add_part(row, place, part);
            index = index.saturating_add(part.len() as u64);
            rest = behind;
        }
        self.values = values;
    }

    fn add_part(&mut self, row: u64, place: u64, part: &[f32]) {
        if self.squares.is_empty() {
            self.first = row;
        }
        let slot = usize::try_from(row.saturating_sub(self.first)).unwrap_or(usize::MAX);
        if slot >= self.squares.len() {
            if self.squares.len() as u64 >= MOST_ROWS {
                return;
            }
            self.squares.push(0.0);
            self.hashes.push(0);
        }
        let (mut square, mut hash) = ([0.0_f64; 4], 0_u64);
        let (groups, tail) = part.as_chunks::<4>();
        for group in groups {
            for (lane, value) in square.iter_mut().zip(group) {
                *lane += f64::from(*value) * f64::from(*value);
            }
        }
        let tail: f64 = tail.iter().map(|value| f64::from(*value).powi(2)).sum();
        let mut key = place.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
        for value in part {
            key = key.wrapping_add(0x5851_f42d_4c95_7f2e);
            hash = hash.wrapping_add(u64::from(value.to_bits()).wrapping_mul(key));
        }
        if let (Some(sum), Some(all)) = (self.squares.last_mut(), self.hashes.last_mut()) {
            *sum += square.iter().sum::<f64>() + tail;
            *all = all.wrapping_add(hash);
        }
    }

    /// Adds the rows that follow.
    pub(super) fn merge(&mut self, next: Self) {
        if self.squares.is_empty() {
            *self = next;
            return;
        }
        let last = self
            .first
            .saturating_add(self.squares.len() as u64)
            .saturating_sub(1);
        let mut squares = next.squares.into_iter();
        let mut hashes = next.hashes.into_iter();
        if next.first == last
            && let (Some(sum), Some(all)) = (self.squares.last_mut(), self.hashes.last_mut())
        {
            *sum += squares.next().unwrap_or(0.0);
            *all = all.wrapping_add(hashes.next().unwrap_or(0));
        }
        self.squares.extend(squares);
        self.hashes.extend(hashes);
    }

    pub(super) fn finish(self) -> RowStats {
        let zero = self.squares.iter().filter(|sum| **sum == 0.0).count() as u64;
        let mut seen: Vec<(u64, u64)> = self
            .hashes
            .iter()
            .zip(&self.squares)
            .filter(|(_, sum)| **sum != 0.0)
            .map(|(hash, sum)| (*hash, sum.to_bits()))
            .collect();
        let with_repeats = seen.len();
        seen.sort_unstable();
        seen.dedup();
        let logarithms: Vec<f64> = self
            .squares
            .iter()
            .filter(|sum| sum.is_finite() && **sum > 0.0)
            .map(|sum| 0.5 * sum.ln())
            .collect();
        let middle = median(logarithms.clone());
        let deviation = median(logarithms.iter().map(|log| (log - middle).abs()).collect());
        let scatter = 1.4826 * deviation;
        let bound = (8.0 * scatter).max(3.0_f64.ln());
        let mut outliers: Vec<(u64, f64)> = (0_u64..)
            .zip(&self.squares)
            .filter(|(_, sum)| sum.is_finite() && **sum > 0.0)
            .filter(|(_, sum)| (0.5 * sum.ln() - middle).abs() > bound)
            .map(|(row, sum)| (self.first.saturating_add(row), sum.sqrt()))
            .collect();
        let count = outliers.len() as u64;
        let distance = |norm: f64| (norm.ln() - middle).abs();
        outliers.sort_by(|left, right| {
            distance(right.1)
                .total_cmp(&distance(left.1))
                .then(left.0.cmp(&right.0))
        });
        outliers.truncate(NAMED);
        RowStats {
            count: self.squares.len() as u64,
            zero,
            repeated: with_repeats.saturating_sub(seen.len()) as u64,
            median_norm: if logarithms.is_empty() {
                0.0
            } else {
                middle.exp()
            },
            scatter,
            outliers: count,
            farthest: outliers,
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let (_, found, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    *found
}
