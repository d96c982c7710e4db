//! Dense linear algebra for small matrices, and the top of the spectrum of large ones.
//!
//! Spectra tell what kind of change a weight matrix has seen: an adapter leaves a low-rank difference, training a
//! slowly falling one, rounding a flat one. What is needed for that is little: QR, the singular values of matrices up
//! to a few hundred columns, and a randomised search for the leading singular values of large ones. Full linear algebra
//! crates bring type-level dimensions and dozens of dependencies for it.
//!
//! Everything is deterministic: random test matrices come from a seed. Inputs that are not finite give results that
//! are not finite, never a panic or an endless loop.

mod factor;
mod matrix;
mod product;
mod random;
mod range;

pub use factor::{Qr, Svd, low_rank_svd, qr, singular_values, svd};
pub use matrix::Matrix;
pub use random::Random;
pub use range::{InMemory, Sketch, top_singular_values};

/// The inner product over the common length.
#[must_use]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    // Eight sums that do not wait for each other.
    let mut lanes = [0.0_f64; 8];
    let (left_lanes, left_rest) = left.as_chunks::<8>();
    let (right_lanes, right_rest) = right.as_chunks::<8>();
    for (one, other) in left_lanes.iter().zip(right_lanes) {
        for ((lane, x), y) in lanes.iter_mut().zip(one).zip(other) {
            *lane += x * y;
        }
    }
    // Slices of one length have rests of one length; otherwise the shorter one ends the sum.
    let tail: f64 = if left.len() == right.len() {
        left_rest.iter().zip(right_rest).map(|(x, y)| x * y).sum()
    } else {
        let done = left_lanes.len().min(right_lanes.len()).saturating_mul(8);
        left.iter().zip(right).skip(done).map(|(x, y)| x * y).sum()
    };
    lanes.iter().sum::<f64>() + tail
}

/// The Euclidean norm.
#[must_use]
pub fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

/// The cosine of the angle between two vectors; 0 if one of them is zero.
#[must_use]
pub fn cosine(left: &[f64], right: &[f64]) -> f64 {
    let scale = norm(left) * norm(right);
    if scale > 0.0 {
        (dot(left, right) / scale).clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

/// Pearson's correlation over the common length; 0 if one side does not vary.
#[must_use]
pub fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let count = left.len().min(right.len());
    if count < 2 {
        return 0.0;
    }
    let center = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().take(count).sum::<f64>() / count as f64;
        values
            .iter()
            .take(count)
            .map(|value| value - mean)
            .collect()
    };
    cosine(&center(left), &center(right))
}

#[cfg(test)]
mod tests;
