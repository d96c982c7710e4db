//! Weights from Rust, honest ones and such with something in their low bits, as bytes of tensors.
//!
//! Everything is deterministic. Payloads are inert: prose, and the header of a program without a program.

/// A small generator of bits that look random (xorshift).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number of a standard normal distribution, with all mantissa bits in use.
    pub fn normal(&mut self) -> f64 {
        let unit = |word: u64| ((word >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (first, second) = (unit(self.next()), unit(self.next()));
        (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos()
    }
}

/// Weights as training leaves them: normal, with rows of different scale.
#[must_use]
pub fn trained(rows: usize, columns: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut values = Vec::with_capacity(rows * columns);
    for _ in 0..rows {
        let scale = 0.02 * (0.3 * random.normal()).exp();
        values.extend((0..columns).map(|_| (scale * random.normal()) as f32));
    }
    values
}

/// As binary32.
#[must_use]
pub fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Rounded to bfloat16.
#[must_use]
pub fn bf16_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| bf16(*value).to_le_bytes())
        .collect()
}

/// Rounded to binary16.
#[must_use]
pub fn f16_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| f16(*value).to_le_bytes())
        .collect()
}

/// Rounded to bfloat16 and written as binary32 again.
#[must_use]
pub fn upcast(values: &[f32]) -> Vec<f32> {
    values
        .iter()
        .map(|value| f32::from_bits(u32::from(bf16(*value)) << 16))
        .collect()
}

const fn bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let round = 0x7fff + ((bits >> 16) & 1);
    (bits.wrapping_add(round) >> 16) as u16
}

/// To binary16, to the nearest; what is too large becomes infinite.
fn f16(value: f32) -> u16 {
    let sign = ((value.to_bits() >> 16) & 0x8000) as u16;
    if value.is_nan() {
        return sign | 0x7e00;
    }
    let magnitude = value.abs();
    // Below 2^-14 numbers are multiples of 2^-24.
    if magnitude < 6.103_515_6e-5 {
        return sign | (f64::from(magnitude) * 16_777_216.0).round_ties_even() as u16;
    }
    let bits = magnitude.to_bits();
    let rounded = bits + 0xfff + ((bits >> 13) & 1);
    sign | ((rounded >> 13).saturating_sub(112 << 10)).min(0x7c00) as u16
}

/// Replaces the lowest `bits` of elements of `width` bytes, from element `start` on, by the payload, highest bit first.
/// What does not fit is left out.
pub fn plant(elements: &mut [u8], width: usize, bits: usize, start: usize, payload: &[u8]) {
    let stream: Vec<u8> = payload
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1))
        .collect();
    plant_stream(elements, width, bits, start, &stream, true);
}

/// The same, lowest bit first.
pub fn plant_low_first(
    elements: &mut [u8],
    width: usize,
    bits: usize,
    start: usize,
    payload: &[u8],
) {
    let stream: Vec<u8> = payload
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1))
        .collect();
    plant_stream(elements, width, bits, start, &stream, false);
}

fn plant_stream(
    elements: &mut [u8],
    width: usize,
    bits: usize,
    start: usize,
    stream: &[u8],
    high_first: bool,
) {
    let targets = elements.chunks_exact_mut(width).skip(start);
    for (element, part) in targets.zip(stream.chunks_exact(bits)) {
        for (index, bit) in part.iter().enumerate() {
            let place = if high_first { bits - 1 - index } else { index };
            let byte = &mut element[place / 8];
            *byte = (*byte & !(1 << (place % 8))) | (bit << (place % 8));
        }
    }
}

/// Prose of this many bytes.
#[must_use]
pub fn prose(count: usize) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "seventy ",
        "ships ",
        "sail ",
        "north ",
        "and ",
        "nobody ",
        "answers, ",
        "while ",
        "the ",
        "quick ",
        "fox ",
        "sleeps. ",
    ];
    let mut random = Random::new(77);
    let mut text = String::new();
    while text.len() < count {
        text.push_str(WORDS[(random.next() >> 40) as usize % WORDS.len()]);
    }
    text.into_bytes().into_iter().take(count).collect()
}

/// Bytes as encryption and compression leave them.
#[must_use]
pub fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        bytes.extend((random.next() ^ (random.next() << 1)).to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// The header of an ELF program for x86-64, then bytes used as unevenly as machine code.
#[must_use]
pub fn elf_like(count: usize) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    bytes.extend(0x40_1000_u64.to_le_bytes());
    bytes.extend(64_u64.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend([64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let common = [
        0x48, 0x89, 0xe5, 0x00, 0x8b, 0x45, 0xf8, 0x00, 0x0f, 0x1f, 0x00, 0x55,
    ];
    let mut random = Random::new(5);
    while bytes.len() < count {
        let word = random.next() >> 20;
        bytes.push(if word & 3 == 0 {
            (word >> 8) as u8
        } else {
            common[(word >> 8) as usize % common.len()]
        });
    }
    bytes.truncate(count);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_bits_are_read_back() {
        let mut elements = f32_bytes(&trained(4, 16, 1));
        plant(&mut elements, 4, 2, 3, b"Az");
        let low: Vec<u8> = elements
            .chunks_exact(4)
            .skip(3)
            .take(8)
            .map(|raw| raw[0] & 3)
            .collect();
        let join = |part: &[u8]| part.iter().fold(0, |byte, bits| (byte << 2) | bits);
        assert_eq!([join(&low[..4]), join(&low[4..])], *b"Az");
    }

    #[test]
    fn halves_round_to_the_nearest() {
        for (value, code) in [
            (1.0, 0x3c00),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (1e6, 0x7c00),
            (6e-8, 1),
            (0.1, 0x2e66),
        ] {
            assert_eq!(f16(value), code, "{value}");
        }
    }
}
