//! Statistics from counts and sums.

use super::accumulate::{Accumulator, chi_square, code_mantissa, entropy, mantissa};
use super::pairs;
use super::{Layout, LowBits, TensorStats, has_low_bits};
use crate::decode::{bf16, half, small};
use crate::dtype::Dtype;

/// Moments of values that come with counts.
#[derive(Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
    kurtosis: f64,
    min: f64,
    max: f64,
}

impl Accumulator {
    /// The statistics of everything that was taken.
    #[must_use]
    pub fn finish(mut self) -> TensorStats {
        let codes = match self.layout {
            Layout::Byte => self.byte_codes(),
            _ => self.codes(),
        };
        let mut stats = self.frame(&codes);
        match self.layout {
            Layout::Byte | Layout::Short => self.fill_from_codes(&codes, &mut stats),
            Layout::Float | Layout::Double => self.fill_from_tops(&codes, &mut stats),
            Layout::Wide | Layout::Packed => self.fill_from_sums(&mut stats),
        }
        stats.is_constant = match self.layout {
            Layout::Byte | Layout::Short => stats.distinct == 1,
            _ => {
                stats.sampled > 0
                    && stats.min == stats.max
                    && stats.nan == 0
                    && stats.infinities() == 0
            }
        };
        if has_low_bits(self.dtype) {
            stats.low = Some(self.low(&codes));
        }
        stats.rows = self.rows.take().map(super::rows::Rows::finish);
        stats
    }

    fn byte_codes(&self) -> Vec<(u16, u64)> {
        let counts = self.bytes.first().into_iter().flatten();
        (0..)
            .zip(counts.copied())
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    fn frame(&mut self, codes: &[(u16, u64)]) -> TensorStats {
        let planes = self.byte_planes(codes);
        let overall = {
            let mut all = [0_u64; 256];
            for plane in &planes {
                for (sum, count) in all.iter_mut().zip(plane) {
                    *sum = sum.saturating_add(*count);
                }
            }
            all
        };
        let bytes: u64 = overall.iter().sum();
        TensorStats {
            count: codes.iter().map(|(_, count)| count).sum(),
            sampled: 0,
            nan: 0,
            nan_contents: self.nan_patterns.len() as u32,
            positive_infinities: 0,
            negative_infinities: 0,
            zeros: 0,
            subnormals: 0,
            extremes: 0,
            enormous: 0,
            min: 0.0,
            max: 0.0,
            mean: 0.0,
            variance: 0.0,
            kurtosis: 0.0,
            is_constant: false,
            distinct: codes.len() as u32,
            exponents: Vec::new(),
            byte_entropy: planes.iter().map(|plane| entropy(plane)).collect(),
            byte_chi_square: chi_square(&overall),
            text_share: if bytes > 0 {
                self.text as f32 / bytes as f32
            } else {
                0.0
            },
            content: self.hash,
            low: None,
            rows: None,
            blocks: std::mem::take(&mut self.blocks),
            hidden: std::mem::take(&mut self.hidden),
        }
    }

    /// Counts of bytes by their place in an element, as far as they were counted.
    fn byte_planes(&self, codes: &[(u16, u64)]) -> Vec<[u64; 256]> {
        let mut planes = self.bytes.clone();
        if matches!(self.layout, Layout::Short | Layout::Float | Layout::Double) {
            let mut halves = [[0_u64; 256]; 2];
            for (code, count) in codes {
                for (plane, byte) in halves.iter_mut().zip(code.to_le_bytes()) {
                    if let Some(sum) = plane.get_mut(usize::from(byte)) {
                        *sum = sum.saturating_add(*count);
                    }
                }
            }
            planes.extend(halves);
        }
        planes
    }

    /// Everything, from counts of whole elements.
    fn fill_from_codes(&self, codes: &[(u16, u64)], stats: &mut TensorStats) {
        let value = |code: u16| code_value(self.dtype, code);
        let mut exponents = [0_u64; 512];
        let (extreme, enormous) = match self.dtype {
            Dtype::F16 => (65504.0, 4096.0),
            Dtype::Bf16 => (f64::from(bf16(0x7f7f)), 1_048_576.0),
            _ => (f64::INFINITY, f64::INFINITY),
        };
        let mut patterns = 0_u32;
        for (code, count) in codes {
            let number = value(*code);
            let counter = if number.is_nan() {
                patterns = patterns.saturating_add(1);
                &mut stats.nan
            } else if number == f64::INFINITY {
                &mut stats.positive_infinities
            } else if number == f64::NEG_INFINITY {
                &mut stats.negative_infinities
            } else {
                note_exponent(&mut exponents, number, *count);
                if number == 0.0 {
                    &mut stats.zeros
                } else if number.abs() >= extreme {
                    &mut stats.extremes
                } else if number.abs() >= enormous {
                    &mut stats.enormous
                } else if is_subnormal(self.dtype, *code) {
                    &mut stats.subnormals
                } else {
                    continue;
                }
            };
            *counter = counter.saturating_add(*count);
        }
        stats.nan_contents = patterns.min(256);
        let finite = || {
            codes
                .iter()
                .map(|(code, count)| (value(*code), *count as f64))
                .filter(|(number, _)| number.is_finite())
        };
        let moments = moments(finite);
        stats.set(&moments);
        stats.exponents = listed(&exponents);
    }

    /// Counts from upper halves, moments from sums.
    fn fill_from_tops(&mut self, codes: &[(u16, u64)], stats: &mut TensorStats) {
        let is_double = self.layout == Layout::Double;
        let mut exponents = [0_u64; 512];
        let largest = if is_double { 0x7ff0 } else { 0x7f80 };
        let smallest = if is_double { 0x10 } else { 0x80 };
        for (code, count) in codes {
            let magnitude = code & 0x7fff;
            let number = if is_double {
                f64::from_bits(u64::from(magnitude) << 48)
            } else {
                f64::from(bf16(magnitude))
            };
            if magnitude >= largest {
                continue;
            }
            note_exponent(&mut exponents, number, *count);
            if number >= 1_048_576.0 {
                stats.enormous = stats.enormous.saturating_add(*count);
            }
            if magnitude < smallest {
                stats.subnormals = stats.subnormals.saturating_add(*count);
            }
        }
        stats.nan = self.special.nan;
        stats.positive_infinities = self.special.positive;
        stats.negative_infinities = self.special.negative;
        stats.zeros = self.special.zeros;
        stats.extremes = self.special.extremes;
        stats.subnormals = stats.subnormals.saturating_sub(stats.zeros);
        stats.enormous = stats.enormous.saturating_sub(stats.extremes);
        self.fill_from_sums(stats);
        stats.exponents = listed(&exponents);
    }

    fn fill_from_sums(&self, stats: &mut TensorStats) {
        let sums = &self.sums;
        let count = sums.finite as f64;
        if sums.finite > 0 {
            let [first, second, third, fourth] = sums.powers.map(|sum| sum / count);
            let variance = (second - first * first).max(0.0);
            let central =
                fourth - 4.0 * first * third + 6.0 * first * first * second - 3.0 * first.powi(4);
            let kurtosis = if variance > 0.0 {
                central / (variance * variance) - 3.0
            } else {
                0.0
            };
            stats.set(&Moments {
                count,
                mean: first,
                variance,
                kurtosis,
                min: sums.min,
                max: sums.max,
            });
        }
        if matches!(self.layout, Layout::Wide | Layout::Packed) {
            stats.zeros = self.special.zeros;
            stats.nan = self.special.nan;
            stats.positive_infinities = self.special.positive;
            stats.negative_infinities = self.special.negative;
            let block = self.dtype.block();
            stats.count = block
                .and_then(|block| {
                    self.taken
                        .checked_div(u64::from(block.bytes))?
                        .checked_mul(u64::from(block.elements))
                })
                .unwrap_or(0);
        }
    }

    fn low(&self, codes: &[(u16, u64)]) -> LowBits {
        let total: u64 = codes.iter().map(|(_, count)| count).sum();
        let total = total.max(1) as f32;
        let planes = mantissa(self.dtype).min(8) as usize;
        let mut exponents = [0_u64; 256];
        if code_mantissa(self.dtype) == 7 {
            for (code, count) in codes {
                if let Some(sum) = exponents.get_mut(usize::from((code & 0x7fff) >> 7)) {
                    *sum = sum.saturating_add(*count);
                }
            }
        }
        LowBits {
            ones: self
                .ones
                .iter()
                .take(planes)
                .map(|ones| *ones as f32 / total)
                .collect(),
            union: self.union,
            beyond: self.beyond,
            first_beyond: self.first_beyond,
            last_beyond: self.last_beyond,
            beyond_half: self.beyond_half,
            pairs: self.pairs(),
            worst_pairs: self.worst_pairs.clone(),
            exponent_pairing: pairs::exponent_pairing(&exponents),
            flat_octaves: self.flat_octaves(),
        }
    }
}

impl TensorStats {
    fn set(&mut self, moments: &Moments) {
        self.sampled = moments.count as u64;
        self.min = moments.min;
        self.max = moments.max;
        self.mean = moments.mean;
        self.variance = moments.variance;
        self.kurtosis = moments.kurtosis;
    }
}

fn moments<I: Iterator<Item = (f64, f64)>>(values: impl Fn() -> I) -> Moments {
    let (count, sum, min, max) = values().fold(
        (0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY),
        |(count, sum, min, max), (value, times)| {
            (
                count + times,
                sum + value * times,
                f64::min(min, value),
                f64::max(max, value),
            )
        },
    );
    if count == 0.0 {
        return Moments::default();
    }
    let mean = sum / count;
    let (second, fourth) = values().fold((0.0, 0.0), |(second, fourth), (value, times)| {
        let square = (value - mean) * (value - mean);
        (second + square * times, fourth + square * square * times)
    });
    let variance = second / count;
    let kurtosis = if variance > 0.0 {
        fourth / count / (variance * variance) - 3.0
    } else {
        0.0
    };
    Moments {
        count,
        mean,
        variance,
        kurtosis,
        min,
        max,
    }
}

fn code_value(dtype: Dtype, code: u16) -> f64 {
    match dtype {
        Dtype::F16 => f64::from(half(code)),
        Dtype::Bf16 => f64::from(bf16(code)),
        Dtype::I16 => f64::from(code as i16),
        Dtype::I8 => f64::from(code as i8),
        Dtype::U16 | Dtype::U8 | Dtype::Bool => f64::from(code),
        float8 => f64::from(small(float8, code as u8)),
    }
}

const fn is_subnormal(dtype: Dtype, code: u16) -> bool {
    match dtype {
        Dtype::F16 => code & 0x7c00 == 0,
        Dtype::Bf16 => code & 0x7f80 == 0,
        Dtype::F8E4M3 | Dtype::F8E4M3Fnuz => code & 0x78 == 0,
        Dtype::F8E5M2 | Dtype::F8E5M2Fnuz => code & 0x7c == 0,
        _ => false,
    }
}

/// Counts a number by its power of two, -255 for whatever is smaller.
fn note_exponent(exponents: &mut [u64; 512], number: f64, count: u64) {
    if number == 0.0 {
        return;
    }
    let exponent = (number.to_bits() >> 52) & 0x7ff;
    let exponent = (exponent as i32).wrapping_sub(1023).clamp(-255, 256);
    if let Some(sum) = exponents.get_mut(exponent.wrapping_add(255) as usize) {
        *sum = sum.saturating_add(count);
    }
}

fn listed(exponents: &[u64; 512]) -> Vec<(i16, u64)> {
    (-255_i16..)
        .zip(exponents)
        .filter(|(_, count)| **count > 0)
        .map(|(exponent, count)| (exponent, *count))
        .collect()
}
