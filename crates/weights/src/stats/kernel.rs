//! The inner loops: one block of bytes each, written so that compilers vectorise them without any `unsafe`.

use super::PLANES;

/// Counts of all 16-bit codes.
pub(super) type Codes = [u32; 65536];

/// Ones of each plane by the place of the element modulo eight.
pub(super) type Phases = [[u16; 8]; PLANES];

/// Counts 16-bit elements by code.
pub(super) fn count_codes(bytes: &[u8], codes: &mut Codes) {
    let (groups, rest) = bytes.as_chunks::<8>();
    for group in groups {
        let word = u64::from_le_bytes(*group);
        for code in [word, word >> 16, word >> 32, word >> 48] {
            bump(codes, code as u16);
        }
    }
    for raw in rest.as_chunks::<2>().0 {
        bump(codes, u16::from_le_bytes(*raw));
    }
}

fn bump(codes: &mut Codes, code: u16) {
    if let Some(count) = codes.get_mut(usize::from(code)) {
        *count = count.wrapping_add(1);
    }
}

/// Adds up the low bits of 16-bit elements; at most 64 KiB, so that no lane overflows.
pub(super) fn phases_of_shorts(bytes: &[u8]) -> Phases {
    let mut phases = Phases::default();
    for group in bytes.as_chunks::<16>().0 {
        let mut lanes = [0_u16; 8];
        for (lane, raw) in lanes.iter_mut().zip(group.as_chunks::<2>().0) {
            *lane = u16::from_le_bytes(*raw);
        }
        add_planes(&mut phases, lanes);
    }
    phases
}

/// The same for elements of four bytes.
pub(super) fn phases_of_floats(bytes: &[u8]) -> Phases {
    let mut phases = Phases::default();
    for group in bytes.as_chunks::<32>().0 {
        let mut lanes = [0_u16; 8];
        for (lane, raw) in lanes.iter_mut().zip(group.as_chunks::<4>().0) {
            *lane = u32::from_le_bytes(*raw) as u16;
        }
        add_planes(&mut phases, lanes);
    }
    phases
}

/// The same for elements of eight bytes.
pub(super) fn phases_of_doubles(bytes: &[u8]) -> Phases {
    let mut phases = Phases::default();
    for group in bytes.as_chunks::<64>().0 {
        let mut lanes = [0_u16; 8];
        for (lane, raw) in lanes.iter_mut().zip(group.as_chunks::<8>().0) {
            *lane = u64::from_le_bytes(*raw) as u16;
        }
        add_planes(&mut phases, lanes);
    }
    phases
}

/// The same for elements of one byte; at most 512 KiB.
pub(super) fn phases_of_bytes(bytes: &[u8]) -> Phases {
    let mut phases = Phases::default();
    for group in bytes.as_chunks::<8>().0 {
        add_planes(&mut phases, group.map(u16::from));
    }
    phases
}

#[inline(always)]
fn add_planes(phases: &mut Phases, mut lanes: [u16; 8]) {
    for plane in phases {
        for (sum, lane) in plane.iter_mut().zip(&mut lanes) {
            *sum = sum.wrapping_add(*lane & 1);
            *lane >>= 1;
        }
    }
}

/// Four lanes of power sums and extremes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    pub powers: [f64; 4],
    pub min: f64,
    pub max: f64,
    pub finite: u64,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            powers: [0.0; 4],
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            finite: 0,
        }
    }
}

impl Sums {
    /// Adds the sums of what follows.
    pub(super) fn merge(&mut self, next: &Self) {
        for (sum, next) in self.powers.iter_mut().zip(next.powers) {
            *sum += next;
        }
        self.min = self.min.min(next.min);
        self.max = self.max.max(next.max);
        self.finite = self.finite.saturating_add(next.finite);
    }
}

/// What a block of binary32 gives besides its codes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FloatBlock {
    /// Largest magnitude as bits: an exponent of all ones tells that not all is finite.
    pub largest: u32,
    /// All bits that occur.
    pub union: u32,
    /// Elements with one of the low 16 bits.
    pub beyond: u32,
    /// Elements with one of the low 13 bits.
    pub beyond_half: u32,
    /// Zeros of both signs.
    pub zeros: u32,
}

/// Looks at the bits of binary32.
pub(super) fn bits_of_floats(bytes: &[u8]) -> FloatBlock {
    let mut largest = [0_i32; 8];
    let mut union = [0_u32; 8];
    let mut beyond = [0_u32; 8];
    let mut beyond_half = [0_u32; 8];
    let mut zeros = [0_u32; 8];
    let (groups, rest) = bytes.as_chunks::<32>();
    let mut take = |index: usize, bits: u32| {
        if let (Some(largest), Some(union), Some(beyond), Some(half), Some(zeros)) = (
            largest.get_mut(index),
            union.get_mut(index),
            beyond.get_mut(index),
            beyond_half.get_mut(index),
            zeros.get_mut(index),
        ) {
            let magnitude = (bits & 0x7fff_ffff) as i32;
            *largest = if magnitude > *largest {
                magnitude
            } else {
                *largest
            };
            *union |= bits;
            *beyond = beyond.wrapping_add(u32::from(bits & 0xffff != 0));
            *half = half.wrapping_add(u32::from(bits & 0x1fff != 0));
            *zeros = zeros.wrapping_add(u32::from(magnitude == 0));
        }
    };
    for group in groups {
        let (raw, _) = group.as_chunks::<4>();
        for (index, raw) in raw.iter().enumerate() {
            take(index, u32::from_le_bytes(*raw));
        }
    }
    for raw in rest.as_chunks::<4>().0 {
        take(0, u32::from_le_bytes(*raw));
    }
    FloatBlock {
        largest: largest.into_iter().max().unwrap_or(0) as u32,
        union: union.into_iter().fold(0, |all, lane| all | lane),
        beyond: beyond.into_iter().fold(0, u32::wrapping_add),
        beyond_half: beyond_half.into_iter().fold(0, u32::wrapping_add),
        zeros: zeros.into_iter().fold(0, u32::wrapping_add),
    }
}

/// Counts binary32 by their upper half and their two lower bytes.
pub(super) fn count_floats(
    bytes: &[u8],
    codes: &mut Codes,
    lowest: &mut [u32; 256],
    second: &mut [u32; 256],
) {
    for raw in bytes.as_chunks::<4>().0 {
        let [first, next, ..] = *raw;
        bump_byte(lowest, first);
        bump_byte(second, next);
        bump(codes, (u32::from_le_bytes(*raw) >> 16) as u16);
    }
}

fn bump_byte(counts: &mut [u32; 256], byte: u8) {
    if let Some(count) = counts.get_mut(usize::from(byte)) {
        *count = count.wrapping_add(1);
    }
}

/// Counts all bytes; four tables, so that equal neighbours do not wait for each other.
pub(super) fn count_bytes(bytes: &[u8], counts: &mut [u32; 256]) {
    let mut tables = [[0_u32; 256]; 4];
    let [a, b, c, d] = &mut tables;
    let (groups, rest) = bytes.as_chunks::<4>();
    for [first, second, third, fourth] in groups {
        bump_byte(a, *first);
        bump_byte(b, *second);
        bump_byte(c, *third);
        bump_byte(d, *fourth);
    }
    for byte in rest {
        bump_byte(a, *byte);
    }
    for table in &tables {
        for (count, part) in counts.iter_mut().zip(table) {
            *count = count.wrapping_add(*part);
        }
    }
}

/// Power sums of finite binary32.
pub(super) fn sums_of_finite(values: impl Iterator<Item = [f32; 4]>) -> Sums {
    let mut powers = [[0.0_f64; 4]; 4];
    let mut min = [f32::INFINITY; 4];
    let mut max = [f32::NEG_INFINITY; 4];
    let mut groups = 0_u64;
    for group in values {
        groups = groups.wrapping_add(1);
        for (index, value) in group.into_iter().enumerate() {
            let wide = f64::from(value);
            let square = wide * wide;
            let terms = [wide, square, square * wide, square * square];
            for (lanes, term) in powers.iter_mut().zip(terms) {
                if let Some(lane) = lanes.get_mut(index) {
                    *lane += term;
                }
            }
            if let (Some(min), Some(max)) = (min.get_mut(index), max.get_mut(index)) {
                *min = if value < *min { value } else { *min };
                *max = if value > *max { value } else { *max };
            }
        }
    }
    Sums {
        powers: powers.map(|lanes| lanes.iter().sum()),
        min: min
            .into_iter()
            .fold(f64::INFINITY, |all, lane| all.min(f64::from(lane))),
        max: max
            .into_iter()
            .fold(f64::NEG_INFINITY, |all, lane| all.max(f64::from(lane))),
        finite: groups.saturating_mul(4),
    }
}

/// Power sums of whatever is finite among these values.
pub(super) fn sums_of_any(values: impl Iterator<Item = f64>) -> Sums {
    let mut sums = Sums::default();
    for value in values.filter(|value| value.is_finite()) {
        let square = value * value;
        let terms = [value, square, square * value, square * square];
        for (sum, term) in sums.powers.iter_mut().zip(terms) {
            *sum += term;
        }
        sums.min = sums.min.min(value);
        sums.max = sums.max.max(value);
        sums.finite = sums.finite.wrapping_add(1);
    }
    sums
}

/// A hash of a block; not made to withstand somebody who looks for collisions.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut lanes = [1_u64, 2, 3, 4];
    let (groups, rest) = bytes.as_chunks::<32>();
    for group in groups {
        for (lane, raw) in lanes.iter_mut().zip(group.as_chunks::<8>().0) {
            *lane = (*lane ^ u64::from_le_bytes(*raw))
                .wrapping_mul(FACTOR)
                .rotate_left(29);
        }
    }
    let mut hash = bytes.len() as u64;
    for lane in lanes {
        hash = mix(hash ^ lane);
    }
    for byte in rest {
        hash = mix(hash ^ u64::from(*byte));
    }
    hash
}

/// Spreads a change of any bit over all bits (the finaliser of SplitMix64).
pub(super) const fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// How many bytes are ASCII text.
pub(super) fn text_bytes(bytes: &[u8]) -> u64 {
    let mut total = 0_u64;
    for part in bytes.chunks(4096) {
        let count = part.iter().fold(0_u16, |count, byte| {
            let printable = byte.wrapping_sub(0x20) < 0x5f;
            let space = byte.wrapping_sub(9) < 5;
            count.wrapping_add(u16::from(printable | space))
        });
        total = total.wrapping_add(u64::from(count));
    }
    total
}
