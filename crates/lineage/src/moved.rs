//! Rows of a matrix that are found again in other places: hidden units that were put in another order.

use crate::facts::Moved;
use crate::fingerprint::dot;
use crate::pairing::Pair;
use chainwright_core::fields::wide;
use chainwright_core::text::visible;

/// Rows that are looked for.
const WANTED: usize = 32;
/// Columns that are compared.
const SEEN: usize = 512;
/// Elements of the base that are read at most.
const READ: usize = 64 << 20;
/// Rows with this cosine are the same.
const SAME: f32 = 0.8;

/// Looks for some rows of the derived matrix among all rows of the base.
pub(crate) fn moved(pair: &Pair<'_>) -> Option<Moved> {
    let (rows, columns) = (pair.base.rows, pair.base.columns);
    let count = WANTED.min(rows);
    let mut row = Vec::new();
    let mut wanted: Vec<(Vec<f32>, bool)> = Vec::new();
    for place in 0..count {
        let index = place.checked_mul(rows)?.checked_div(count)?;
        pair.derived
            .read(index..index.checked_add(1)?, &mut row)
            .ok()?;
        wanted.push((unit(&row), false));
    }
    for index in 0..rows.min(READ.checked_div(columns)?) {
        pair.base
            .read(index..index.checked_add(1)?, &mut row)
            .ok()?;
        let candidate = unit(&row);
        for (other, is_found) in &mut wanted {
            let cosine = dot(&candidate, other);
            *is_found |= cosine > SAME;
        }
    }
    Some(Moved {
        key: visible(&pair.key.text, 200),
        looked_at: wide(wanted.len()),
        found: wide(wanted.iter().filter(|(_, is_found)| *is_found).count()),
    })
}

fn unit(row: &[f32]) -> Vec<f32> {
    let seen: Vec<f32> = row.iter().take(SEEN).copied().collect();
    let norm = seen.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm > 0.0 {
        seen.iter().map(|value| value / norm).collect()
    } else {
        seen
    }
}
