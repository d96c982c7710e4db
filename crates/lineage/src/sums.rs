//! Sums over pairs of values: the inner loops of a comparison, written so that compilers vectorise them.

use crate::rounding::magnitude_squared;

/// Elements that are summed up in single precision before double precision takes over.
pub(crate) const BLOCK: usize = 1024;

/// Values that are added side by side: what a vector register of every target holds.
const LANES: usize = 4;

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

/// What is added up in each lane.
#[derive(Debug, Clone, Copy, Default)]
struct Lanes {
    base: [f32; LANES],
    derived: [f32; LANES],
    product: [f32; LANES],
    delta: [f32; LANES],
    mean: [f32; LANES],
    magnitudes: [f32; LANES],
    changed: [u32; LANES],
    zeroed: [u32; LANES],
    largest: [f32; LANES],
    base_bits: [u32; LANES],
    derived_bits: [u32; LANES],
}

impl Lanes {
    /// Adds one value of each side to every lane; lanes never mix, so the order of additions is always the same.
    #[inline]
    fn add(&mut self, base: &[f32; LANES], derived: &[f32; LANES]) {
        let delta = both(derived, base, |y, x| y - x);
        let is_other = both(base, derived, |x, y| u32::from(x != y));
        let is_zeroed = both(base, derived, |x, y| {
            u32::from(y == 0.0) & u32::from(x != 0.0)
        });
        self.base = both(&self.base, base, |sum, x| sum + x * x);
        self.derived = both(&self.derived, derived, |sum, y| sum + y * y);
        let products = both(base, derived, |x, y| x * y);
        self.product = both(&self.product, &products, |sum, z| sum + z);
        self.delta = both(&self.delta, &delta, |sum, d| sum + d * d);
        self.mean = both(&self.mean, &delta, |sum, d| sum + d);
        self.magnitudes = both(&self.magnitudes, derived, |sum, y| {
            sum + magnitude_squared(y)
        });
        self.changed = both(&self.changed, &is_other, u32::wrapping_add);
        self.zeroed = both(&self.zeroed, &is_zeroed, u32::wrapping_add);
        self.largest = both(&self.largest, &delta, |most, d| larger(d.abs(), most));
        self.base_bits = both(&self.base_bits, base, |bits, x| bits | x.to_bits());
        self.derived_bits = both(&self.derived_bits, derived, |bits, y| bits | y.to_bits());
    }
}

/// The larger number; the second one if there is no telling. One instruction, unlike [`f32::max`].
#[inline]
pub(crate) const fn larger(one: f32, other: f32) -> f32 {
    if one > other { one } else { other }
}

#[inline]
fn both<T: Copy + Default, U: Copy, V: Copy>(
    one: &[T; LANES],
    other: &[U; LANES],
    each: impl Fn(T, U) -> V,
) -> [V; LANES] {
    let [a, b, c, d] = *one;
    let [w, x, y, z] = *other;
    [each(a, w), each(b, x), each(c, y), each(d, z)]
}

fn total(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

fn count(lanes: [u32; LANES]) -> u32 {
    lanes.into_iter().fold(0, u32::wrapping_add)
}

/// Sums over both sides, which have one length of at most [`BLOCK`].
pub(crate) fn totals(base: &[f32], derived: &[f32]) -> Totals {
    let mut lanes = Lanes::default();
    let (left, left_rest) = base.as_chunks::<LANES>();
    let (right, right_rest) = derived.as_chunks::<LANES>();
    for (x, y) in left.iter().zip(right) {
        lanes.add(x, y);
    }
    if !left_rest.is_empty() {
        // Zeros on both sides add nothing.
        let mut ends = [[0.0; LANES]; 2];
        for (end, rest) in ends.iter_mut().zip([left_rest, right_rest]) {
            end.iter_mut().zip(rest).for_each(|(cell, x)| *cell = *x);
        }
        let [x, y] = ends;
        lanes.add(&x, &y);
    }
    Totals {
        base: total(lanes.base),
        derived: total(lanes.derived),
        product: total(lanes.product),
        delta: total(lanes.delta),
        mean: total(lanes.mean),
        magnitudes: total(lanes.magnitudes),
        changed: count(lanes.changed),
        zeroed: count(lanes.zeroed),
        largest: lanes.largest.into_iter().fold(0.0, larger),
        base_bits: lanes.base_bits.into_iter().fold(0, |all, bits| all | bits),
        derived_bits: lanes
            .derived_bits
            .into_iter()
            .fold(0, |all, bits| all | bits),
    }
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
    let mut sums = ([0.0_f32; LANES], [0.0_f32; LANES], [0_u32; LANES]);
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut end = [0.0; LANES];
    end.iter_mut().zip(rest).for_each(|(cell, x)| *cell = *x);
    for x in whole.iter().chain(std::iter::once(&end)) {
        sums.0 = both(&sums.0, x, |sum, x| sum + x * x);
        sums.1 = both(&sums.1, x, |sum, x| sum + magnitude_squared(x));
        sums.2 = both(&sums.2, x, |bits, x| bits | x.to_bits());
    }
    let bits = sums.2.into_iter().fold(0, |all, bits| all | bits);
    (total(sums.0), total(sums.1), bits)
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
        for length in 0..20 {
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
