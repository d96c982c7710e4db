//! The blocks of ggml: small integers with shared scales.
//!
//! Layouts are those of `ggml-common.h`; the order of arithmetic is that of llama.cpp's `gguf` Python package
//! (`quants.py`, 0.19), which agrees with `ggml-quants.c`, so that results are equal bit for bit. Unpacking works on
//! stretches of 32 values wherever the layout allows, which compilers turn into vector code.

use super::grids;
use super::small_floats::half;

/// Steps of the non-linear four-bit types.
const NON_LINEAR: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];
/// Twice the values of a four-bit float.
const FOUR_BIT_FLOAT: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];
/// Values of the two-bit code books.
const TWO_BIT: [u8; 4] = [8, 25, 43, 0];
/// Values of the three-bit code book.
const THREE_BIT: [u8; 16] = [4, 12, 20, 28, 36, 44, 52, 62, 0, 0, 0, 0, 0, 0, 0, 0];
/// Values of the other three-bit code book.
const THREE_BIT_ODD: [u8; 16] = [1, 3, 5, 7, 9, 11, 13, 15, 0, 0, 0, 0, 0, 0, 0, 0];

/// Decodes one block of a ggml type; `None` when type, block or room do not fit together.
#[must_use]
pub fn ggml_block(number: u32, block: &[u8], out: &mut [f32]) -> Option<()> {
    match number {
        2 => q4_0(block, out),
        3 => q4_1(block, out),
        6 => q5_0(block, out),
        7 => q5_1(block, out),
        8 => q8_0(block, out),
        10 => q2_k(block, out),
        11 => q3_k(block, out),
        12 => q4_k(block, out),
        13 => q5_k(block, out),
        14 => q6_k(block, out),
        15 => q8_k(block, out),
        16 => iq2_xxs(block, out),
        17 => iq2_xs(block, out),
        18 => iq3_xxs(block, out),
        19 => iq1_s(block, out),
        20 => iq4_nl(block, out),
        21 => iq3_s(block, out),
        22 => iq2_s(block, out),
        23 => iq4_xs(block, out),
        29 => iq1_m(block, out),
        34 => tq1_0(block, out),
        35 => tq2_0(block, out),
        39 => mxfp4(block, out),
        40 => nvfp4(block, out),
        41 => q1_0(block, out),
        _ => None,
    }
}

/// Takes a binary16 from the front.
fn scale(bytes: &[u8]) -> Option<(f32, &[u8])> {
    let (raw, rest) = bytes.split_first_chunk::<2>()?;
    Some((half(u16::from_le_bytes(*raw)), rest))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|raw| u16::from_le_bytes(*raw))
}

/// Takes `N` little-endian `u32` words.
fn long_words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|raw| u32::from_le_bytes(*raw))
}

/// The lower halves of all bytes go to the first half of `out`, the upper halves to the second.
fn nibbles(bytes: &[u8], out: &mut [f32], value: impl Fn(u8) -> f32) -> Option<()> {
    let (low, high) = out.split_at_mut_checked(bytes.len())?;
    for ((byte, low), high) in bytes.iter().zip(low).zip(high) {
        *low = value(byte & 15);
        *high = value(byte >> 4);
    }
    Some(())
}

fn q4_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, qs) = scale(block)?;
    nibbles(qs, out, |q| d * (f32::from(q) - 8.0))
}

fn q4_1(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (m, qs) = scale(rest)?;
    nibbles(qs, out, |q| d * f32::from(q) + m)
}

/// Nibbles with a fifth bit each.
fn five_bits(rest: &[u8], out: &mut [f32], value: impl Fn(u8) -> f32) -> Option<()> {
    let (raw, qs) = rest.split_first_chunk::<4>()?;
    let high_bits = u32::from_le_bytes(*raw);
    let (low, high) = out.split_at_mut_checked(16)?;
    for (index, ((q, low), high)) in (0_u32..).zip(qs.iter().zip(low).zip(high)) {
        let fifth = |bit: u32| ((high_bits.wrapping_shr(bit) & 1) << 4) as u8;
        *low = value((q & 15) | fifth(index));
        *high = value((q >> 4) | fifth(index.wrapping_add(16)));
    }
    Some(())
}

fn q5_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    five_bits(rest, out, |q| d * (f32::from(q) - 16.0))
}

fn q5_1(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (m, rest) = scale(rest)?;
    five_bits(rest, out, |q| d * f32::from(q) + m)
}

fn q8_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, qs) = scale(block)?;
    for (q, out) in qs.iter().zip(out) {
        *out = f32::from(*q as i8) * d;
    }
    Some(())
}

fn q8_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (raw, rest) = block.split_first_chunk::<4>()?;
    let d = f32::from_le_bytes(*raw);
    for (q, out) in rest.iter().zip(out) {
        *out = d * f32::from(*q as i8);
    }
    Some(())
}

fn q1_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, qs) = scale(block)?;
    for (byte, out) in qs.iter().zip(out.as_chunks_mut::<8>().0) {
        for (bit, out) in (0_u32..).zip(out) {
            *out = if byte.wrapping_shr(bit) & 1 == 0 {
                -d
            } else {
                d
            };
        }
    }
    Some(())
}

/// Two bits of each byte: stretch `k` of 32 values lies in the bytes of half `k / 4`, shifted by `2 * (k % 4)`.
fn two_bit_stretches<'a>(
    qs: &'a [u8],
    out: &'a mut [f32],
) -> impl Iterator<Item = (&'a [u8; 32], u32, &'a mut [f32; 32])> {
    let shifted = qs
        .as_chunks::<32>()
        .0
        .iter()
        .flat_map(|bytes| [0, 2, 4, 6].map(|shift| (bytes, shift)));
    shifted
        .zip(out.as_chunks_mut::<32>().0)
        .map(|((bytes, shift), out)| (bytes, shift, out))
}

fn q2_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (scales, rest) = block.split_first_chunk::<16>()?;
    let (qs, rest) = rest.split_first_chunk::<64>()?;
    let (d, rest) = scale(rest)?;
    let (min, _) = scale(rest)?;
    for (scales, (qs, shift, out)) in scales
        .as_chunks::<2>()
        .0
        .iter()
        .zip(two_bit_stretches(qs, out))
    {
        let halves = qs
            .as_chunks::<16>()
            .0
            .iter()
            .zip(out.as_chunks_mut::<16>().0);
        for (scale, (qs, out)) in scales.iter().zip(halves) {
            let (dl, ml) = (d * f32::from(scale & 15), min * f32::from(scale >> 4));
            for (q, out) in qs.iter().zip(out) {
                *out = dl * f32::from(q.wrapping_shr(shift) & 3) - ml;
            }
        }
    }
    Some(())
}

fn q3_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (mask, rest) = block.split_first_chunk::<32>()?;
    let (qs, rest) = rest.split_first_chunk::<64>()?;
    let (low, rest) = rest.split_first_chunk::<8>()?;
    let (high, rest) = rest.split_first_chunk::<4>()?;
    let (d, _) = scale(rest)?;
    let low = low.iter().map(|l| l & 15).chain(low.iter().map(|l| l >> 4));
    let high = [0_u32, 2, 4, 6]
        .into_iter()
        .flat_map(|shift| high.map(|h| h.wrapping_shr(shift) & 3));
    let mut scales = low
        .zip(high)
        .map(|(low, high)| d * (f32::from(low | (high << 4)) - 32.0));
    for (bit, (qs, shift, out)) in (0_u32..).zip(two_bit_stretches(qs, out)) {
        let qs = qs.as_chunks::<16>().0.iter().zip(mask.as_chunks::<16>().0);
        for ((qs, mask), out) in qs.zip(out.as_chunks_mut::<16>().0) {
            let dl = scales.next()?;
            for ((q, mask), out) in qs.iter().zip(mask).zip(out) {
                let offset = (!mask.wrapping_shr(bit) & 1) << 2;
                *out = dl * (f32::from(q.wrapping_shr(shift) & 3) - f32::from(offset));
            }
        }
    }
    Some(())
}

/// Eight scales and eight minima of six bits each.
fn six_bit_scales(raw: &[u8; 12]) -> ([u8; 8], [u8; 8]) {
    let [d0, d1, d2, d3, m0, m1, m2, m3, x0, x1, x2, x3] = *raw;
    let low = |byte: u8| byte & 63;
    let scale = |x: u8, d: u8| (x & 15) | ((d >> 2) & 0x30);
    let min = |x: u8, m: u8| (x >> 4) | ((m >> 2) & 0x30);
    (
        [
            low(d0),
            low(d1),
            low(d2),
            low(d3),
            scale(x0, d0),
            scale(x1, d1),
            scale(x2, d2),
            scale(x3, d3),
        ],
        [
            low(m0),
            low(m1),
            low(m2),
            low(m3),
            min(x0, m0),
            min(x1, m1),
            min(x2, m2),
            min(x3, m3),
        ],
    )
}

fn q4_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (min, rest) = scale(rest)?;
    let (scales, qs) = rest.split_first_chunk::<12>()?;
    let (scales, mins) = six_bit_scales(scales);
    let steps = scales.into_iter().zip(mins);
    let stretches = qs
        .as_chunks::<32>()
        .0
        .iter()
        .flat_map(|qs| [(qs, 0_u32), (qs, 4)]);
    for (((step, low), (qs, shift)), out) in steps.zip(stretches).zip(out.as_chunks_mut::<32>().0) {
        let (dl, ml) = (d * f32::from(step), min * f32::from(low));
        for (q, out) in qs.iter().zip(out) {
            *out = dl * f32::from(q.wrapping_shr(shift) & 15) - ml;
        }
    }
    Some(())
}

fn q5_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (min, rest) = scale(rest)?;
    let (scales, rest) = rest.split_first_chunk::<12>()?;
    let (high, qs) = rest.split_first_chunk::<32>()?;
    let (scales, mins) = six_bit_scales(scales);
    let steps = (0_u32..).zip(scales.into_iter().zip(mins));
    let stretches = qs
        .as_chunks::<32>()
        .0
        .iter()
        .flat_map(|qs| [(qs, 0_u32), (qs, 4)]);
    for (((bit, (step, low)), (qs, shift)), out) in
        steps.zip(stretches).zip(out.as_chunks_mut::<32>().0)
    {
        let (dl, ml) = (d * f32::from(step), min * f32::from(low));
        for ((q, high), out) in qs.iter().zip(high).zip(out) {
            let fifth = (high.wrapping_shr(bit) & 1) << 4;
            *out = dl * f32::from((q.wrapping_shr(shift) & 15) | fifth) - ml;
        }
    }
    Some(())
}

fn q6_k(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (ql, rest) = block.split_first_chunk::<128>()?;
    let (qh, rest) = rest.split_first_chunk::<64>()?;
    let (scales, rest) = rest.split_first_chunk::<16>()?;
    let (d, _) = scale(rest)?;
    let low = ql.as_chunks::<64>().0.iter().flat_map(|half| {
        let (first, second) = half.split_at(32);
        [(first, 0_u32), (second, 0), (first, 4), (second, 4)]
    });
    let scales = scales.as_chunks::<2>().0.iter();
    for ((scales, (low, low_shift)), (high, high_shift, out)) in
        scales.zip(low).zip(two_bit_stretches(qh, out))
    {
        let bytes = low.chunks_exact(16).zip(high.chunks_exact(16));
        for ((scale, (low, high)), out) in scales.iter().zip(bytes).zip(out.as_chunks_mut::<16>().0)
        {
            let dl = d * f32::from(*scale as i8);
            for ((low, high), out) in low.iter().zip(high).zip(out) {
                let q =
                    (low.wrapping_shr(low_shift) & 15) | ((high.wrapping_shr(high_shift) & 3) << 4);
                *out = dl * (f32::from(q) - 32.0);
            }
        }
    }
    Some(())
}

fn tq1_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (qs, rest) = block.split_first_chunk::<48>()?;
    let (qh, rest) = rest.split_first_chunk::<4>()?;
    let (d, _) = scale(rest)?;
    let (first, second) = qs.split_at(32);
    let mut out = out.iter_mut();
    for (bytes, powers) in [
        (first, [1_u8, 3, 9, 27, 81].as_slice()),
        (second, &[1, 3, 9, 27, 81]),
        (qh, &[1, 3, 9, 27]),
    ] {
        for power in powers {
            for (byte, out) in bytes.iter().zip(out.by_ref()) {
                let digit = (u16::from(byte.wrapping_mul(*power)).wrapping_mul(3)) >> 8;
                *out = d * (f32::from(digit) - 1.0);
            }
        }
    }
    Some(())
}

fn tq2_0(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (qs, rest) = block.split_first_chunk::<64>()?;
    let (d, _) = scale(rest)?;
    for (qs, shift, out) in two_bit_stretches(qs, out) {
        for (q, out) in qs.iter().zip(out) {
            *out = d * (f32::from(q.wrapping_shr(shift) & 3) - 1.0);
        }
    }
    Some(())
}

/// A value of a table that holds one for every index that four bits can be.
fn step(table: &[i8; 16], index: u8) -> f32 {
    f32::from(table.get(usize::from(index)).copied().unwrap_or(0))
}

fn mxfp4(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (exponent, qs) = block.split_first()?;
    let bits = match exponent {
        0 => 0x0020_0000,
        1 => 0x0040_0000,
        more => u32::from(more.wrapping_sub(1)) << 23,
    };
    let d = f32::from_bits(bits);
    nibbles(qs, out, |q| d * step(&FOUR_BIT_FLOAT, q))
}

fn nvfp4(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (scales, qs) = block.split_first_chunk::<4>()?;
    let groups = qs
        .as_chunks::<8>()
        .0
        .iter()
        .zip(out.as_chunks_mut::<16>().0);
    for (code, (qs, out)) in scales.iter().zip(groups) {
        let d = match code {
            0 | 0x7f => 0.0,
            code => unsigned_e4m3(*code) * 0.5,
        };
        nibbles(qs, out, |q| d * step(&FOUR_BIT_FLOAT, q))?;
    }
    Some(())
}

/// Eight bits without a sign: the top one is passed over.
fn unsigned_e4m3(code: u8) -> f32 {
    let exponent = (code >> 3) & 15;
    let fraction = f32::from(code & 7);
    if exponent == 0 {
        fraction / 512.0
    } else {
        (1.0 + fraction / 8.0) * f32::from_bits(u32::from(exponent).wrapping_add(120) << 23)
    }
}

/// Seven signs and an eighth that makes their number even.
const fn with_parity(signs: u8) -> u8 {
    let signs = signs & 127;
    if signs.count_ones() % 2 == 1 {
        signs | 128
    } else {
        signs
    }
}

/// Eight values of a code book entry with two bits each.
fn eight(entry: u16, signs: u8, db: f32, out: &mut [f32; 8]) {
    for (index, out) in (0_u32..).zip(out) {
        let code = entry.wrapping_shr(index.wrapping_mul(2)) & 3;
        let value = f32::from(TWO_BIT.get(usize::from(code)).copied().unwrap_or(0));
        *out = db * value * sign(signs, index);
    }
}

/// Four values of a code book entry with four bits each; `first` is the bit of the first sign.
fn four(entry: u16, values: &[u8; 16], signs: u8, first: u32, db: f32, out: &mut [f32; 4]) {
    for (index, out) in (0_u32..).zip(out) {
        let code = entry.wrapping_shr(index.wrapping_mul(4)) & 15;
        let value = f32::from(values.get(usize::from(code)).copied().unwrap_or(0));
        *out = db * value * sign(signs, first.wrapping_add(index));
    }
}

const fn sign(signs: u8, index: u32) -> f32 {
    if signs.wrapping_shr(index) & 1 == 0 {
        1.0
    } else {
        -1.0
    }
}

/// The low four bits, then the high ones, of each byte.
fn halves(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().flat_map(|byte| [byte & 15, byte >> 4])
}

fn iq2_xxs(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, qs) = scale(block)?;
    for (group, out) in qs
        .as_chunks::<8>()
        .0
        .iter()
        .zip(out.as_chunks_mut::<32>().0)
    {
        let (indexes, tail) = group.split_first_chunk::<4>()?;
        let tail = long_words(tail).next()?;
        let db = d * (0.5 + (tail >> 28) as f32) * 0.25;
        let parts = indexes.iter().zip([0_u32, 7, 14, 21]);
        for ((index, shift), out) in parts.zip(out.as_chunks_mut::<8>().0) {
            let entry = *grids::IQ2_XXS.get(usize::from(*index))?;
            eight(entry, with_parity(tail.wrapping_shr(shift) as u8), db, out);
        }
    }
    Some(())
}

fn iq2_xs(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (qs, scales) = rest.split_first_chunk::<64>()?;
    let scales = halves(scales).flat_map(|scale| [scale, scale]);
    for ((word, scale), out) in words(qs).zip(scales).zip(out.as_chunks_mut::<8>().0) {
        let db = d * (0.5 + f32::from(scale)) * 0.25;
        let entry = *grids::IQ2_XS.get(usize::from(word & 511))?;
        eight(entry, with_parity((word >> 9) as u8), db, out);
    }
    Some(())
}

fn iq2_s(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (qs, rest) = rest.split_first_chunk::<32>()?;
    let (signs, rest) = rest.split_first_chunk::<32>()?;
    let (high, scales) = rest.split_first_chunk::<8>()?;
    let scales = halves(scales).flat_map(|scale| [scale, scale]);
    let high = high
        .iter()
        .flat_map(|high| [0_u32, 2, 4, 6].map(|shift| high.wrapping_shr(shift) & 3));
    let codes = qs.iter().zip(high).zip(signs.iter().zip(scales));
    for (((low, high), (signs, scale)), out) in codes.zip(out.as_chunks_mut::<8>().0) {
        let db = d * (0.5 + f32::from(scale)) * 0.25;
        let index = u16::from_le_bytes([*low, high]);
        eight(*grids::IQ2_S.get(usize::from(index))?, *signs, db, out);
    }
    Some(())
}

fn iq3_xxs(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (qs, tails) = rest.split_first_chunk::<64>()?;
    let groups = qs.as_chunks::<8>().0.iter().zip(long_words(tails));
    for ((indexes, tail), out) in groups.zip(out.as_chunks_mut::<32>().0) {
        let db = d * (0.5 + (tail >> 28) as f32) * 0.5;
        let signs = [0_u32, 7, 14, 21].map(|shift| with_parity(tail.wrapping_shr(shift) as u8));
        let signs = signs.into_iter().flat_map(|signs| [(signs, 0), (signs, 4)]);
        for ((index, (signs, first)), out) in
            indexes.iter().zip(signs).zip(out.as_chunks_mut::<4>().0)
        {
            let entry = *grids::IQ3_XXS.get(usize::from(*index))?;
            four(entry, &THREE_BIT, signs, first, db, out);
        }
    }
    Some(())
}

fn iq3_s(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (qs, rest) = rest.split_first_chunk::<64>()?;
    let (high, rest) = rest.split_first_chunk::<8>()?;
    let (signs, scales) = rest.split_first_chunk::<32>()?;
    let groups = qs.as_chunks::<8>().0.iter().zip(high).zip(halves(scales));
    let signs = signs.as_chunks::<4>().0.iter();
    for (((qs, high), scale), (signs, out)) in groups.zip(signs.zip(out.as_chunks_mut::<32>().0)) {
        let db = d * (1.0 + 2.0 * f32::from(scale));
        let signs = signs.iter().flat_map(|signs| [(*signs, 0), (*signs, 4)]);
        let codes = (0_u32..).zip(qs).zip(signs);
        for (((bit, low), (signs, first)), out) in codes.zip(out.as_chunks_mut::<4>().0) {
            let index = u16::from_le_bytes([*low, high.wrapping_shr(bit) & 1]);
            let entry = *grids::IQ3_S.get(usize::from(index))?;
            four(entry, &THREE_BIT_ODD, signs, first, db, out);
        }
    }
    Some(())
}

/// Eight of -1, 0 and 1, moved by an eighth.
fn ternary(index: u16, delta: f32, dl: f32, out: &mut [f32; 8]) -> Option<()> {
    let entry = *grids::IQ1_S.get(usize::from(index))?;
    for (position, out) in (0_u32..).zip(out) {
        let code = entry.wrapping_shr(position.wrapping_mul(2)) & 3;
        *out = dl * (f32::from(code) - 1.0 + delta);
    }
    Some(())
}

const fn delta(negative: bool) -> f32 {
    if negative { -0.125 } else { 0.125 }
}

fn iq1_s(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (qs, high) = rest.split_first_chunk::<32>()?;
    let groups = qs.as_chunks::<4>().0.iter().zip(words(high));
    for ((qs, high), out) in groups.zip(out.as_chunks_mut::<32>().0) {
        let dl = d * (2.0 * f32::from((high >> 12) & 7) + 1.0);
        let delta = delta(high & 0x8000 != 0);
        let codes = qs.iter().zip([0_u32, 3, 6, 9]);
        for ((low, shift), out) in codes.zip(out.as_chunks_mut::<8>().0) {
            let top = (high.wrapping_shr(shift) & 7) as u8;
            ternary(u16::from_le_bytes([*low, top]), delta, dl, out)?;
        }
    }
    Some(())
}

fn iq1_m(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (qs, rest) = block.split_first_chunk::<32>()?;
    let (high, scales) = rest.split_first_chunk::<16>()?;
    // The scale of the whole block lies in the top bits of the four words of scales.
    let bits = words(scales)
        .zip([12_u32, 8, 4, 0])
        .fold(0, |bits, (word, shift)| {
            bits | (word & 0xf000).wrapping_shr(shift)
        });
    let d = half(bits);
    let scales =
        words(scales).flat_map(|word| [0_u32, 3, 6, 9].map(|shift| word.wrapping_shr(shift) & 7));
    let pairs = qs.as_chunks::<2>().0.iter().zip(high).zip(scales);
    for (((qs, high), scale), out) in pairs.zip(out.as_chunks_mut::<16>().0) {
        let dl = d * (2.0 * f32::from(scale) + 1.0);
        let codes = qs.iter().zip([high & 15, high >> 4]);
        for ((low, high), out) in codes.zip(out.as_chunks_mut::<8>().0) {
            let index = u16::from_le_bytes([*low, high & 7]);
            ternary(index, delta(high & 8 != 0), dl, out)?;
        }
    }
    Some(())
}

fn iq4_nl(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, qs) = scale(block)?;
    nibbles(qs, out, |q| d * step(&NON_LINEAR, q))
}

fn iq4_xs(block: &[u8], out: &mut [f32]) -> Option<()> {
    let (d, rest) = scale(block)?;
    let (high, rest) = rest.split_first_chunk::<2>()?;
    let (low, qs) = rest.split_first_chunk::<4>()?;
    let high = u16::from_le_bytes(*high);
    let groups = qs
        .as_chunks::<16>()
        .0
        .iter()
        .zip(out.as_chunks_mut::<32>().0);
    for ((index, low), (qs, out)) in (0_u32..).zip(halves(low)).zip(groups) {
        let top = (high.wrapping_shr(index.wrapping_mul(2)) & 3) as u8;
        let dl = d * (f32::from(low | (top << 4)) - 32.0);
        nibbles(qs, out, |q| dl * step(&NON_LINEAR, q))?;
    }
    Some(())
}
