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
    /// Scatter around the measured slope over what chance gives; far above 1 for weights on a grid.
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
    let (mut observed, mut foretold, mut chance) = (0.0, 0.0, 0.0);
    let (mut squares, mut pairs) = (0.0, 0.0);
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
        let reach = if sums.len() >= 16 { 3 } else { 1 };
        for window in sums.windows(2_usize.saturating_mul(reach).saturating_add(1)) {
            let Some((sum, difference)) = window.get(reach) else {
                continue;
            };
            let smallest = window
                .iter()
                .map(|(sum, _)| *sum)
                .fold(f64::INFINITY, f64::min);
            let (expected, noise) = foretell(window, reach);
            if smallest < FEWEST || expected.abs() > 0.25 * sum {
                continue;
            }
            let weight = expected / sum;
            observed += weight * difference;
            foretold += weight * expected;
            chance += noise / sum;
            squares += difference * difference / sum;
            pairs += 1.0;
        }
    }
    // What is foretold scatters itself, which makes it look larger than it is.
    let real = foretold - chance;
    (real > 0.0 && pairs >= 8.0).then(|| {
        let slope = observed / real;
        PairTest {
            plane: plane as u8,
            slope: slope as f32,
            power: (real / foretold.sqrt()) as f32,
            scatter: ((squares - slope * slope * real) / pairs) as f32,
        }
    })
}

/// The difference within the middle pair that a straight line through the sums of all pairs foretells, and by how much
/// chance makes its square too large.
fn foretell(window: &[(f64, f64)], reach: usize) -> (f64, f64) {
    let (mut slope, mut noise, mut length) = (0.0, 0.0, 0.0);
    for (index, (sum, _)) in window.iter().enumerate() {
        let step = index as f64 - reach as f64;
        slope += step * sum;
        noise += step * step * sum;
        length += step * step;
    }
    // Codes lie half as far apart as pairs, and each holds half as much.
    let scale = 4.0 * length;
    (slope / scale, noise / (scale * scale))
}

/// The share of elements in octaves that are evenly filled although the density falls from the octave before to the
/// octave behind: the mark of a mantissa that was replaced as a whole. Elements elsewhere do not count.
pub(super) fn flat_octaves(counts: &dyn Fn(u16) -> u64, mantissa: u32) -> f32 {
    let half = 1_u16.wrapping_shl(mantissa.saturating_sub(1));
    let octaves = 0x8000_u16.wrapping_shr(mantissa);
    let count_half = |number: u16| -> f64 {
        let first = number.wrapping_mul(half);
        (first..first.saturating_add(half))
            .map(|code| counts(code).saturating_add(counts(code | 0x8000)) as f64)
            .sum()
    };
    let filled: Vec<(f64, f64)> = (0..octaves)
        .map(|octave| {
            (
                count_half(octave.wrapping_mul(2)),
                count_half(octave.wrapping_mul(2).wrapping_add(1)),
            )
        })
        .collect();
    let (mut judged, mut flat, mut number) = (0.0, 0.0, 0);
    for window in filled.windows(3).skip(1) {
        let [before, (low, high), behind] = window else {
            continue;
        };
        let sum = low + high;
        // Density, not count: each octave is twice as wide as the one before.
        let falls =
            sum / 2.0 < 0.93 * (before.0 + before.1) && (behind.0 + behind.1) / 2.0 < 0.8 * sum;
        if sum >= 1024.0 && falls {
            judged += sum;
            number = 1_u32.saturating_add(number);
            if (low - high).abs() < 4.0 * sum.sqrt() {
                flat += sum;
            }
        }
    }
    if number >= 2 && judged >= 4096.0 {
        (flat / judged) as f32
    } else {
        0.0
    }
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
