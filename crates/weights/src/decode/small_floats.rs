//! Floats of 16 bits and fewer.
//!
//! Sources: IEEE 754 (binary16); OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0 (E8M0, E2M1,
//! E2M3, E3M2); the `fnuz` variants as in ONNX's `float8` document.

use crate::dtype::Dtype;

/// The number that an IEEE 754 binary16 stands for; the content of a NaN is kept.
#[must_use]
pub const fn half(bits: u16) -> f32 {
    let magnitude = (bits & 0x7fff) as u32;
    // Scaling by 2^112 moves the exponent's bias and makes subnormals normal, exactly.
    let scaled = (f32::from_bits(magnitude << 13) * f32::from_bits(239 << 23)).to_bits();
    let special = if magnitude >= 0x7c00 {
        0x7f80_0000 | (magnitude << 13)
    } else {
        scaled
    };
    f32::from_bits(special | (((bits & 0x8000) as u32) << 16))
}

/// The numbers of all codes of an 8-bit float.
pub(super) fn table(dtype: Dtype) -> &'static [f32; 256] {
    static TABLES: [[f32; 256]; 6] = [
        all_codes(Dtype::F8E4M3),
        all_codes(Dtype::F8E4M3Fnuz),
        all_codes(Dtype::F8E5M2),
        all_codes(Dtype::F8E5M2Fnuz),
        all_codes(Dtype::F8E8M0),
        [f32::NAN; 256],
    ];
    let [e4m3, e4m3_fnuz, e5m2, e5m2_fnuz, powers, nothing] = &TABLES;
    match dtype {
        Dtype::F8E4M3 => e4m3,
        Dtype::F8E4M3Fnuz => e4m3_fnuz,
        Dtype::F8E5M2 => e5m2,
        Dtype::F8E5M2Fnuz => e5m2_fnuz,
        Dtype::F8E8M0 => powers,
        _ => nothing,
    }
}

const fn all_codes(dtype: Dtype) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut rest: &mut [f32] = &mut table;
    let mut code = 0_u8;
    while let [cell, behind @ ..] = rest {
        *cell = small(dtype, code);
        code = code.wrapping_add(1);
        rest = behind;
    }
    table
}

/// The number that the lowest bits of `code` stand for in a float of 8, 6 or 4 bits; NaN for any other type.
#[must_use]
pub const fn small(dtype: Dtype, code: u8) -> f32 {
    match dtype {
        Dtype::F8E8M0 => exponent_only(code),
        Dtype::F8E4M3 if code & 0x7f == 0x7f => f32::NAN,
        Dtype::F8E4M3Fnuz | Dtype::F8E5M2Fnuz if code == 0x80 => f32::NAN,
        Dtype::F8E5M2 => half((code as u16) << 8),
        Dtype::F8E4M3 => minifloat(code, 8, 3, 7),
        Dtype::F8E4M3Fnuz => minifloat(code, 8, 3, 8),
        Dtype::F8E5M2Fnuz => minifloat(code, 8, 2, 16),
        Dtype::F6E2M3 => minifloat(code, 6, 3, 1),
        Dtype::F6E3M2 => minifloat(code, 6, 2, 3),
        Dtype::F4 => minifloat(code, 4, 1, 1),
        _ => f32::NAN,
    }
}

const fn exponent_only(code: u8) -> f32 {
    match code {
        0 => f32::from_bits(1 << 22),
        255 => f32::NAN,
        exponent => f32::from_bits((exponent as u32) << 23),
    }
}

/// A float without infinities: sign, exponent with this bias, `mantissa` bits, `width` bits in all.
const fn minifloat(code: u8, width: u32, mantissa: u32, bias: i32) -> f32 {
    let code = code as u32;
    let sign_bit = 1_u32.wrapping_shl(width.wrapping_sub(1));
    let fraction = code & 1_u32.wrapping_shl(mantissa).wrapping_sub(1);
    let exponent = (code & sign_bit.wrapping_sub(1)).wrapping_shr(mantissa);
    let (significand, exponent) = if exponent == 0 {
        (fraction, 1)
    } else {
        (fraction | 1_u32.wrapping_shl(mantissa), exponent)
    };
    let power = (exponent as i32)
        .wrapping_sub(bias)
        .wrapping_sub(mantissa as i32);
    let scale = f32::from_bits((power.wrapping_add(127) as u32).wrapping_shl(23));
    let value = significand as f32 * scale;
    if code & sign_bit == 0 { value } else { -value }
}
