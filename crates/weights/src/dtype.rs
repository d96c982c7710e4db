//! Element types of tensors, as files name them, and how many bytes they take.
//!
//! Sizes of ggml's types are those of the blocks in `ggml-common.h`; types that only live in memory (`Q8_1`, the
//! repacked ones) or were removed have no size here, so that nobody decodes them by guess.

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
    /// OCP 6-bit float, two exponent bits, four to three bytes.
    F6E2M3,
    /// OCP 6-bit float, three exponent bits, four to three bytes.
    F6E3M2,
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

/// The smallest piece of a tensor that can be decoded on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Elements in it.
    pub elements: u32,
    /// Bytes it takes.
    pub bytes: u32,
}

/// What kind of numbers a type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Floating point of at least 16 bits, also complex.
    Float,
    /// Floating point of at most 8 bits.
    SmallFloat,
    /// Whole numbers.
    Integer,
    /// Truth values.
    Bool,
    /// Blocks of small integers with their scales.
    Quantised,
}

const fn block(elements: u32, bytes: u32) -> Option<Block> {
    Some(Block { elements, bytes })
}

impl Dtype {
    /// The type for a number of ggml: plain types are named plainly.
    #[must_use]
    pub const fn from_ggml(number: u32) -> Self {
        match number {
            0 => Self::F32,
            1 => Self::F16,
            24 => Self::I8,
            25 => Self::I16,
            26 => Self::I32,
            27 => Self::I64,
            28 => Self::F64,
            30 => Self::Bf16,
            other => Self::Ggml(other),
        }
    }

    /// The type for a name of safetensors.
    #[must_use]
    pub fn from_safetensors(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "F8_E4M3" => Self::F8E4M3,
            "F8_E4M3FNUZ" => Self::F8E4M3Fnuz,
            "F8_E5M2" => Self::F8E5M2,
            "F8_E5M2FNUZ" => Self::F8E5M2Fnuz,
            "F8_E8M0" => Self::F8E8M0,
            "F6_E2M3" => Self::F6E2M3,
            "F6_E3M2" => Self::F6E3M2,
            "F4" => Self::F4,
            "C64" => Self::C64,
            "C128" => Self::C128,
            "I64" => Self::I64,
            "I32" => Self::I32,
            "I16" => Self::I16,
            "I8" => Self::I8,
            "U64" => Self::U64,
            "U32" => Self::U32,
            "U16" => Self::U16,
            "U8" => Self::U8,
            "BOOL" => Self::Bool,
            _ => return None,
        })
    }

    /// The same type, with ggml's plain types named plainly.
    #[must_use]
    pub const fn plain(self) -> Self {
        match self {
            Self::Ggml(number) => Self::from_ggml(number),
            other => other,
        }
    }

    /// The smallest piece that can be decoded; `None` when the layout is not known.
    #[must_use]
    pub const fn block(self) -> Option<Block> {
        match self.plain() {
            Self::F64 | Self::I64 | Self::U64 | Self::C64 => block(1, 8),
            Self::C128 => block(1, 16),
            Self::F32 | Self::I32 | Self::U32 => block(1, 4),
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => block(1, 2),
            Self::F8E4M3
            | Self::F8E4M3Fnuz
            | Self::F8E5M2
            | Self::F8E5M2Fnuz
            | Self::F8E8M0
            | Self::I8
            | Self::U8
            | Self::Bool => block(1, 1),
            Self::F6E2M3 | Self::F6E3M2 => block(4, 3),
            Self::F4 => block(2, 1),
            Self::Ggml(number) => ggml_block(number),
        }
    }

    /// The bytes of a tensor with this many elements; `None` when it does not fill whole blocks, or overflows.
    #[must_use]
    pub const fn bytes_of(self, elements: u64) -> Option<u64> {
        let Some(Block {
            elements: each,
            bytes,
        }) = self.block()
        else {
            return None;
        };
        match elements.checked_rem(each as u64) {
            Some(0) => match elements.checked_div(each as u64) {
                Some(blocks) => blocks.checked_mul(bytes as u64),
                None => None,
            },
            _ => None,
        }
    }

    /// What kind of numbers these are.
    #[must_use]
    pub const fn family(self) -> Family {
        match self.plain() {
            Self::F64 | Self::F32 | Self::F16 | Self::Bf16 | Self::C64 | Self::C128 => {
                Family::Float
            }
            Self::F8E4M3
            | Self::F8E4M3Fnuz
            | Self::F8E5M2
            | Self::F8E5M2Fnuz
            | Self::F8E8M0
            | Self::F6E2M3
            | Self::F6E3M2
            | Self::F4 => Family::SmallFloat,
            Self::I64
            | Self::I32
            | Self::I16
            | Self::I8
            | Self::U64
            | Self::U32
            | Self::U16
            | Self::U8 => Family::Integer,
            Self::Bool => Family::Bool,
            Self::Ggml(_) => Family::Quantised,
        }
    }

    /// The name for reports; types of ggml as llama.cpp writes them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.plain() {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F8E4M3 => "F8_E4M3",
            Self::F8E4M3Fnuz => "F8_E4M3FNUZ",
            Self::F8E5M2 => "F8_E5M2",
            Self::F8E5M2Fnuz => "F8_E5M2FNUZ",
            Self::F8E8M0 => "F8_E8M0",
            Self::F6E2M3 => "F6_E2M3",
            Self::F6E3M2 => "F6_E3M2",
            Self::F4 => "F4",
            Self::C64 => "C64",
            Self::C128 => "C128",
            Self::I64 => "I64",
            Self::I32 => "I32",
            Self::I16 => "I16",
            Self::I8 => "I8",
            Self::U64 => "U64",
            Self::U32 => "U32",
            Self::U16 => "U16",
            Self::U8 => "U8",
            Self::Bool => "BOOL",
            Self::Ggml(number) => ggml_name(number),
        }
    }
}

const fn ggml_block(number: u32) -> Option<Block> {
    match number {
        2 | 20 => block(32, 18),
        3 => block(32, 20),
        6 => block(32, 22),
        7 => block(32, 24),
        8 => block(32, 34),
        10 => block(256, 84),
        11 | 21 => block(256, 110),
        12 => block(256, 144),
        13 => block(256, 176),
        14 => block(256, 210),
        15 => block(256, 292),
        16 | 35 => block(256, 66),
        17 => block(256, 74),
        18 => block(256, 98),
        19 => block(256, 50),
        22 => block(256, 82),
        23 => block(256, 136),
        29 => block(256, 56),
        34 => block(256, 54),
        39 => block(32, 17),
        40 => block(64, 36),
        41 => block(128, 18),
        _ => None,
    }
}

const fn ggml_name(number: u32) -> &'static str {
    match number {
        2 => "Q4_0",
        3 => "Q4_1",
        6 => "Q5_0",
        7 => "Q5_1",
        8 => "Q8_0",
        9 => "Q8_1",
        10 => "Q2_K",
        11 => "Q3_K",
        12 => "Q4_K",
        13 => "Q5_K",
        14 => "Q6_K",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        40 => "NVFP4",
        41 => "Q1_0",
        _ => "unknown ggml type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_from_blocks() {
        for (dtype, elements, bytes) in [
            (Dtype::F32, 3, Some(12)),
            (Dtype::F4, 3, None),
            (Dtype::F4, 4, Some(2)),
            (Dtype::F6E2M3, 8, Some(6)),
            (Dtype::Ggml(0), 2, Some(8)),
            (Dtype::Ggml(2), 64, Some(36)),
            (Dtype::Ggml(2), 33, None),
            (Dtype::Ggml(9), 32, None),
            (Dtype::F64, u64::MAX, None),
        ] {
            assert_eq!(dtype.bytes_of(elements), bytes, "{dtype:?} {elements}");
        }
    }

    #[test]
    fn names_of_safetensors_are_read_back() {
        for name in ["F64", "BF16", "F8_E4M3FNUZ", "F6_E3M2", "BOOL", "C128"] {
            assert_eq!(Dtype::from_safetensors(name).map(Dtype::name), Some(name));
        }
        assert_eq!(Dtype::from_safetensors("f32"), None);
    }
}
