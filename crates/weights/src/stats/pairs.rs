//! Whether the lowest bits of weights follow the density of the weights, as they do unless somebody replaced them.
//!
//! Neighbouring codes of a float differ in their lowest bit. The density of trained weights falls smoothly away from
//! zero, so of each pair of codes the one nearer to zero is a little more frequent, by an amount that the pairs
//! beside it foretell. Replacing low bits by anything that looks random, compressed and encrypted payloads included,
//! makes both codes of a pair equally frequent. Summed over all pairs with the best weights, the measured slope over
//! the foretold one is 1 for honest weights and falls with the share of replaced bits to 0.
//!
//! The same works for higher planes with codes that are joined first. It is the idea of the "pairs of values" attack
//! on image steganography (Westfeld and Pfitzmann, 1999) with a known density in place of a known histogram.
//!
//! LIMIT: bits below the precision of the counted codes (the low 16 of binary32) move nothing here, flat densities
//! (uniform initialisation) foretell nothing, and the lowest bit of a bfloat16 needs some four million elements.

use serde::{Deserialize, Serialize};

/// The slope of one plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairTest {
    /// The bit of the counted code, 0 the lowest.
    pub plane: u8,
    /// The measured slope over the foretold one: 1 in honest weights, 0 when the bit is random.
    pub slope: f32,
    /// How many standard deviations lie between 0 and 1.
    pub power: f32,
    /// Scatter around the foretold slope over what chance gives; far above 1 for weights on a grid.
    pub scatter: f32,
}

/// Pairs with fewer elements say too little.
const FEWEST: f64 = 32.0;

/// Tests all planes of floats with `mantissa` bits in their code that have enough pairs to an octave. Planes on which
/// the density foretells less than `power` standard deviations are left out.
pub(super) fn test(counts: &dyn Fn(u16) -> u64, mantissa: u32, power: f64) -> Vec<PairTest> {
    // Both signs together, so that there is twice as much to count.
    let codes: Vec<f64> = (0..0x8000_u16)
        .map(|code| (counts(code).saturating_add(counts(code | 0x8000))) as f64)
        .collect();
    let mut tests = Vec::new();
    for plane in 0..mantissa.saturating_sub(2) {
        if let Some(test) = plane_test(&codes, mantissa, plane)
            && f64::from(test.power) >= power
        {
            tests.push(test);
        }
    }
    tests
}

fn plane_test(codes: &[f64], mantissa: u32, plane: u32) -> Option<PairTest> {
    let octave = 1_usize.checked_shl(mantissa)?;
    let joined = 1_usize.checked_shl(plane)?;
    let (mut observed, mut foretold, mut scatter, mut pairs) = (0.0, 0.0, 0.0, 0.0);
    // The first octave holds zero and subnormals, the last one infinities and NaN.
    for octave in codes.chunks_exact(octave).skip(1) {
        let halves: Vec<f64> = octave
            .chunks_exact(joined)
            .map(|codes| codes.iter().sum())
            .collect();
        let sums: Vec<(f64, f64)> = halves
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[low, high]| (low + high, high - low))
            .collect();
        for window in sums.windows(3) {
            let [(before, _), (sum, difference), (after, _)] = window else {
                continue;
            };
            let smallest = before.min(*after).min(*sum);
            // The slope of pair sums over two steps is eight times the difference within a pair.
            let expected = (after - before) / 8.0;
            if smallest < FEWEST || expected.abs() > 0.25 * sum {
                continue;
            }
            let weight = expected / sum;
            observed += weight * difference;
            foretold += weight * expected;
            scatter += (difference - expected) * (difference - expected) / sum;
            pairs += 1.0;
        }
    }
    (foretold > 0.0 && pairs >= 8.0).then(|| PairTest {
        plane: plane as u8,
        slope: (observed / foretold) as f32,
        power: foretold.sqrt() as f32,
        scatter: (scatter / pairs) as f32,
    })
}

/// The share of elements in pairs of neighbouring exponents (even, odd) that are equally frequent within chance while
/// the next pair is not: the mark of a random lowest exponent bit.
pub(super) fn exponent_pairing(exponents: &[u64; 256]) -> f32 {
    let pairs: Vec<(f64, f64)> = exponents
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[even, odd]| (*even as f64, *odd as f64))
        .collect();
    let total: f64 = pairs.iter().map(|(even, odd)| even + odd).sum();
    let mut equal = 0.0;
    for window in pairs.windows(2) {
        let [(low_even, low_odd), (even, odd)] = window else {
            continue;
        };
        let sum = even + odd;
        let within = (even - odd).abs() / sum.sqrt();
        let before = low_even + low_odd;
        let between = (sum - before).abs() / (sum + before).sqrt();
        if sum >= 256.0 && within < 4.0 && between > 12.0 {
            equal += sum;
        }
    }
    if total > 0.0 {
        (equal / total) as f32
    } else {
        0.0
    }
}
