//! Element types of tensors, as files name them.

use serde::{Deserialize, Serialize};

/// How the elements of a tensor are stored. Multi-byte elements are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Dtype {
    /// IEEE 754 binary64.
    F64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of binary32.
    Bf16,
    /// OCP 8-bit float, four exponent bits, no infinities (`float8_e4m3fn`).
    F8E4M3,
    /// The same with another bias and one NaN (`float8_e4m3fnuz`).
    F8E4M3Fnuz,
    /// OCP 8-bit float, five exponent bits (`float8_e5m2`).
    F8E5M2,
    /// The same with another bias and one NaN (`float8_e5m2fnuz`).
    F8E5M2Fnuz,
    /// A power of two, as microscaling formats scale by it.
    F8E8M0,
    /// OCP 4-bit float, two to a byte.
    F4,
    /// Complex numbers of two binary32.
    C64,
    /// Complex numbers of two binary64.
    C128,
    /// Signed integers.
    I64,
    /// Signed integers.
    I32,
    /// Signed integers.
    I16,
    /// Signed integers.
    I8,
    /// Unsigned integers.
    U64,
    /// Unsigned integers.
    U32,
    /// Unsigned integers.
    U16,
    /// Unsigned integers.
    U8,
    /// One byte, 0 or 1.
    Bool,
    /// Blocks of ggml, by its type number; see `ggml.h`.
    Ggml(u32),
}
