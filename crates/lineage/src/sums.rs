//! Sums over pairs of values: the inner loops of a comparison, written so that compilers vectorise them.

use crate::rounding::magnitude_squared;

/// Elements that are summed up in single precision before double precision takes over.
pub(crate) const BLOCK: usize = 1024;

/// Sums over a stretch of both sides.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    /// Energy of the base, of the derived values, and their product.
    pub(crate) base: f64,
    pub(crate) derived: f64,
    pub(crate) product: f64,
    /// Energy and sum of the difference.
    pub(crate) delta: f64,
    pub(crate) mean: f64,
    /// The derived values as powers of two, squared.
    pub(crate) magnitudes: f64,
    pub(crate) changed: u32,
    pub(crate) zeroed: u32,
    pub(crate) largest: f32,
    pub(crate) base_bits: u32,
    pub(crate) derived_bits: u32,
}

/// The larger number; the second one if there is no telling. One instruction, unlike [`f32::max`].
#[inline]
pub(crate) const fn larger(one: f32, other: f32) -> f32 {
    if one > other { one } else { other }
}

/// Folds both sides, which have one length, in lanes that never mix, so that the order of additions is always the same.
/// One sum for each loop: compilers vectorise that well, and give up on ten at once; the values lie in the nearest cache.
#[inline]
fn fold<T: Copy, const N: usize>(
    base: &[f32],
    derived: &[f32],
    start: T,
    each: impl Fn(T, f32, f32) -> T,
) -> [T; N] {
    let mut lanes = [start; N];
    let (left, left_rest) = base.as_chunks::<N>();
    let (right, right_rest) = derived.as_chunks::<N>();
    for (left, right) in left.iter().zip(right) {
        for (lane, (x, y)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane = each(*lane, *x, *y);
        }
    }
    for (lane, (x, y)) in lanes.iter_mut().zip(left_rest.iter().zip(right_rest)) {
        *lane = each(*lane, *x, *y);
    }
    lanes
}

fn total<const N: usize>(lanes: [f32; N]) -> f64 {
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

fn count<const N: usize>(lanes: [u32; N]) -> u32 {
    lanes.into_iter().fold(0, u32::wrapping_add)
}

/// Sums over both sides, which have one length of at most [`BLOCK`].
pub(crate) fn totals(base: &[f32], derived: &[f32]) -> Totals {
    let delta: [f32; 16] = fold(base, derived, 0.0, |sum, x, y| {
        let delta = y - x;
        sum + delta * delta
    });
    let mean: [f32; 16] = fold(base, derived, 0.0, |sum, x, y| sum + (y - x));
    let squares: [f32; 16] = fold(base, base, 0.0, |sum, x, _| sum + x * x);
    let derived_squares: [f32; 16] = fold(derived, derived, 0.0, |sum, y, _| sum + y * y);
    let product: [f32; 16] = fold(base, derived, 0.0, |sum, x, y| sum + x * y);
    let largest: [f32; 16] = fold(base, derived, 0.0, |most, x, y| larger((y - x).abs(), most));
    let magnitudes: [f32; 16] = fold(derived, derived, 0.0, |sum, y, _| {
        sum + magnitude_squared(y)
    });
    let changed: [u32; 16] = fold(base, derived, 0, |count: u32, x, y| {
        count.wrapping_add(u32::from(x != y))
    });
    let zeroed: [u32; 16] = fold(base, derived, 0, |count: u32, x, y| {
        count.wrapping_add(u32::from(y == 0.0) & u32::from(x != 0.0))
    });
    Totals {
        base: total(squares),
        derived: total(derived_squares),
        product: total(product),
        delta: total(delta),
        mean: total(mean),
        magnitudes: total(magnitudes),
        changed: count(changed),
        zeroed: count(zeroed),
        largest: largest.into_iter().fold(0.0, larger),
        base_bits: all_bits(base),
        derived_bits: all_bits(derived),
    }
}

/// All bits that any value has.
fn all_bits(values: &[f32]) -> u32 {
    let bits: [u32; 16] = fold(values, values, 0, |bits, x, _| bits | x.to_bits());
    bits.into_iter().fold(0, |all, bits| all | bits)
}

impl Totals {
    /// Whether nothing was infinite, no number, or too large for its square.
    pub(crate) fn is_finite(&self) -> bool {
        // A sum of finite terms is finite; what is not finite stays so.
        let sums = [
            self.base,
            self.derived,
            self.product,
            self.delta,
            self.mean,
            self.magnitudes,
        ];
        sums.iter().all(|sum| sum.is_finite())
    }
}

/// The sum of squares of values and of their powers of two, and all their bits.
pub(crate) fn energy(values: &[f32]) -> (f64, f64, u32) {
    let squares: [f32; 16] = fold(values, values, 0.0, |sum, x, _| sum + x * x);
    let magnitudes: [f32; 16] = fold(values, values, 0.0, |sum, x, _| sum + magnitude_squared(x));
    (total(squares), total(magnitudes), all_bits(values))
}

/// Adds the squares of differences and of base values to those of their columns.
pub(crate) fn add_columns(deltas: &mut [f32], bases: &mut [f32], base: &[f32], derived: &[f32]) {
    let cells = deltas.iter_mut().zip(bases);
    for ((delta, energy), (x, y)) in cells.zip(base.iter().zip(derived)) {
        let moved = y - x;
        *delta += moved * moved;
        *energy += x * x;
    }
}

/// Sets values that are not finite, or whose squares are not, to zero; returns how many were.
pub(crate) fn drop_infinite(values: &mut [f32]) -> u64 {
    let mut count = 0_u64;
    for value in values {
        if value.is_nan() || value.abs() >= 1e15 {
            *value = 0.0;
            count = count.saturating_add(1);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_definition_for_every_length() {
        let value = |index: usize| (index % 7) as f32 - 3.0;
        for length in 0..40 {
            let base: Vec<f32> = (0..length).map(value).collect();
            let derived: Vec<f32> = (0..length).map(|index| value(index * 3 + 1)).collect();
            let sums = totals(&base, &derived);
            let expected = |each: fn(f32, f32) -> f32| -> f64 {
                let pairs = base.iter().zip(&derived);
                pairs.map(|(x, y)| f64::from(each(*x, *y))).sum()
            };
            assert_eq!(sums.base, expected(|x, _| x * x));
            assert_eq!(sums.derived, expected(|_, y| y * y));
            assert_eq!(sums.product, expected(|x, y| x * y));
            assert_eq!(sums.delta, expected(|x, y| (y - x) * (y - x)));
            assert_eq!(sums.mean, expected(|x, y| y - x));
            assert_eq!(
                f64::from(sums.changed),
                expected(|x, y| f32::from(u8::from(x != y)))
            );
            let zeroed = expected(|x, y| f32::from(u8::from(y == 0.0 && x != 0.0)));
            assert_eq!(f64::from(sums.zeroed), zeroed);
            assert_eq!(energy(&base).0, sums.base);
            assert_eq!(energy(&derived).1, sums.magnitudes);
            assert_eq!(energy(&derived).2, sums.derived_bits);
        }
    }

    #[test]
    fn what_is_not_finite_is_seen_and_dropped() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
            let mut values = [1.0, value, 2.0];
            assert!(!totals(&[0.0; 3], &values).is_finite());
            assert_eq!(drop_infinite(&mut values), 1);
            assert!(totals(&[0.0; 3], &values).is_finite());
        }
    }
}
