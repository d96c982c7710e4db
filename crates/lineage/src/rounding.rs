//! What storing numbers does to them: the noise that a difference carries without anybody having edited anything.
//!
//! A number that is rounded to p significant bits errs by at most half a unit in its last place, and by the square
//! root of a twelfth of a unit on average, independently of its neighbours. That error has full rank: an adapter that
//! was merged into bfloat16 weights leaves a low-rank update plus a flat floor, and only what rises above the floor
//! says anything. Block quantisers err by half a step that the extremes of each block determine.

use chainwright_weights::Dtype;
use serde::{Deserialize, Serialize};

use crate::sums::larger;

/// The coarsest common floating-point grid on which all values of a tensor lie, whatever type stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grid {
    /// At most eight significant bits: bfloat16 or coarser.
    Bf16,
    /// At most eleven significant bits: binary16.
    F16,
    /// Anything finer.
    F32,
}

impl Grid {
    /// From all bits that are set in any value.
    pub(crate) const fn of(bits: u32) -> Self {
        if bits & 0xffff == 0 {
            Self::Bf16
        } else if bits & 0x1fff == 0 {
            Self::F16
        } else {
            Self::F32
        }
    }

    /// Stored bits behind the leading one.
    const fn mantissa(self) -> i32 {
        match self {
            Self::Bf16 => 7,
            Self::F16 => 10,
            Self::F32 => 23,
        }
    }
}

/// The square of a unit in the first place: 4 to the power of the exponent.
pub(crate) fn magnitude_squared(value: f32) -> f32 {
    let power = f32::from_bits(value.to_bits() & 0x7f80_0000);
    power * power
}

/// The expected energy of the rounding error, from the sum of [`magnitude_squared`] over all values.
pub(crate) fn rounding_energy(dtype: Dtype, grid: Grid, magnitudes: f64) -> f64 {
    let mantissa = match dtype.plain() {
        Dtype::F8E4M3 | Dtype::F8E4M3Fnuz => 3,
        Dtype::F8E5M2 | Dtype::F8E5M2Fnuz => 2,
        Dtype::F4 => 1,
        _ => grid.mantissa(),
    };
    magnitudes * 2_f64.powi(mantissa.saturating_mul(-2)) / 12.0
}

/// How a type divides the range of a block into steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantiser {
    /// Elements that share a scale; 0 for a whole row.
    pub(crate) block: usize,
    /// Steps in the range.
    steps: f32,
    /// Whether the range is that from the least to the greatest value rather than twice the largest magnitude.
    two_sided: bool,
}

/// The quantiser behind a type, if it is one. Type numbers are those of `ggml.h`.
///
/// For types whose levels are not equidistant (IQ, FP4) the steps are those of an equally precise even quantiser.
pub(crate) fn quantiser(dtype: Dtype) -> Option<Quantiser> {
    let (block, steps, two_sided) = match dtype.plain() {
        Dtype::I8 | Dtype::U8 => (0, 254.0, false),
        Dtype::F4 => (32, 12.0, false),
        Dtype::Ggml(number) => match number {
            2 => (32, 16.0, false),
            3 => (32, 15.0, true),
            6 => (32, 32.0, false),
            7 => (32, 31.0, true),
            8 | 9 | 15 => (32, 254.0, false),
            10 => (16, 3.0, true),
            11 => (16, 8.0, false),
            12 => (32, 15.0, true),
            13 => (32, 31.0, true),
            14 => (16, 64.0, false),
            20 | 23 => (32, 13.0, false),
            21 | 22 => (32, 7.0, false),
            18 => (32, 6.0, false),
            16 | 17 => (32, 4.0, false),
            19 | 29 => (32, 2.5, false),
            34 | 35 => (256, 2.0, false),
            39 => (32, 10.0, false),
            _ => return None,
        },
        _ => return None,
    };
    Some(Quantiser {
        block,
        steps,
        two_sided,
    })
}

impl Quantiser {
    /// The expected energy of the error over one row.
    pub(crate) fn energy(self, row: &[f32]) -> f32 {
        let block = if self.block == 0 {
            row.len()
        } else {
            self.block
        };
        row.chunks(block.max(1))
            .map(|values| {
                let step = self.range(values) / self.steps;
                step * step / 12.0 * values.len() as f32
            })
            .sum()
    }

    fn range(self, values: &[f32]) -> f32 {
        if self.two_sided {
            // K-quants and the `_1` types store a minimum, which is never above zero for K-quants.
            let low = extreme(values, f32::INFINITY, |x, y| if y < x { y } else { x });
            let high = extreme(values, f32::NEG_INFINITY, |x, y| larger(y, x));
            high - low
        } else {
            2.0 * extreme(values, 0.0, |x, y| larger(y.abs(), x))
        }
    }
}

/// Folds in four lanes, so that the compiler can use vectors.
fn extreme(values: &[f32], start: f32, pick: impl Fn(f32, f32) -> f32) -> f32 {
    let (whole, rest) = values.as_chunks::<4>();
    let mut lanes = [start; 4];
    for chunk in whole {
        let picked = lanes.iter_mut().zip(chunk);
        picked.for_each(|(lane, value)| *lane = pick(*lane, *value));
    }
    let rest = rest.iter().fold(start, |one, value| pick(one, *value));
    lanes.into_iter().fold(rest, pick)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_to_bfloat16_errs_as_predicted() {
        let mut random = chainwright_weights::linear::Random::new(1);
        let (mut error, mut magnitudes) = (0.0_f64, 0.0_f64);
        for _ in 0..100_000 {
            let value = random.normal() as f32;
            let rounded = f32::from_bits(value.to_bits().wrapping_add(0x8000) & 0xffff_0000);
            error += f64::from(value - rounded).powi(2);
            magnitudes += f64::from(magnitude_squared(rounded));
        }
        let expected = rounding_energy(Dtype::Bf16, Grid::Bf16, magnitudes);
        assert!((error / expected - 1.0).abs() < 0.05, "{error} {expected}");
    }

    #[test]
    fn the_grid_is_seen_through_the_storage() {
        let bits = |values: &[f32]| values.iter().fold(0, |all, value| all | value.to_bits());
        assert_eq!(Grid::of(bits(&[1.0, 0.5, -3.0])), Grid::Bf16);
        assert_eq!(Grid::of(bits(&[1.0, 1.0 + 1.0 / 1024.0])), Grid::F16);
        assert_eq!(Grid::of(bits(&[0.1])), Grid::F32);
    }
}
