//! The numbered types of values and tensors.
//!
//! Tensor types are those of `ggml.h` (`ggml_type`) as of October 2026; sizes are those of the blocks that
//! `ggml-common.h` defines. Numbers that were removed or that only forks use are listed without a size.

/// A type of tensor: its name, the elements of a block, and the bytes of a block (0 if unknown).
pub(super) struct TensorType {
    pub name: &'static str,
    pub block: u64,
    pub bytes: u64,
}

const fn tensor(name: &'static str, block: u64, bytes: u64) -> Option<TensorType> {
    Some(TensorType { name, block, bytes })
}

/// A type of tensor by its number.
pub(super) const fn tensor_type(number: u32) -> Option<TensorType> {
    match number {
        0 => tensor("F32", 1, 4),
        1 => tensor("F16", 1, 2),
        2 => tensor("Q4_0", 32, 18),
        3 => tensor("Q4_1", 32, 20),
        4 => tensor("Q4_2", 16, 0),
        5 => tensor("Q4_3", 16, 0),
        6 => tensor("Q5_0", 32, 22),
        7 => tensor("Q5_1", 32, 24),
        8 => tensor("Q8_0", 32, 34),
        9 => tensor("Q8_1", 32, 0),
        10 => tensor("Q2_K", 256, 84),
        11 => tensor("Q3_K", 256, 110),
        12 => tensor("Q4_K", 256, 144),
        13 => tensor("Q5_K", 256, 176),
        14 => tensor("Q6_K", 256, 210),
        15 => tensor("Q8_K", 256, 292),
        16 => tensor("IQ2_XXS", 256, 66),
        17 => tensor("IQ2_XS", 256, 74),
        18 => tensor("IQ3_XXS", 256, 98),
        19 => tensor("IQ1_S", 256, 50),
        20 => tensor("IQ4_NL", 32, 18),
        21 => tensor("IQ3_S", 256, 110),
        22 => tensor("IQ2_S", 256, 82),
        23 => tensor("IQ4_XS", 256, 136),
        24 => tensor("I8", 1, 1),
        25 => tensor("I16", 1, 2),
        26 => tensor("I32", 1, 4),
        27 => tensor("I64", 1, 8),
        28 => tensor("F64", 1, 8),
        29 => tensor("IQ1_M", 256, 56),
        30 => tensor("BF16", 1, 2),
        31 => tensor("Q4_0_4_4", 32, 18),
        32 => tensor("Q4_0_4_8", 32, 18),
        33 => tensor("Q4_0_8_8", 32, 18),
        34 => tensor("TQ1_0", 256, 54),
        35 => tensor("TQ2_0", 256, 66),
        36 => tensor("IQ4_NL_4_4", 32, 0),
        37 => tensor("IQ4_NL_4_8", 32, 0),
        38 => tensor("IQ4_NL_8_8", 32, 0),
        39 => tensor("MXFP4", 32, 17),
        40 => tensor("NVFP4", 64, 36),
        41 => tensor("Q1_0", 128, 18),
        42 => tensor("Q2_0", 1, 0),
        _ => None,
    }
}

/// The largest number that a fork of llama.cpp might use for a type of its own.
pub(super) const LARGEST_FORK_TYPE: u32 = 1023;

/// A type of value in the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl ValueType {
    pub(super) const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::String,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Array => "array",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }

    /// The bytes of one value; `None` for texts and arrays.
    pub(super) const fn size(self) -> Option<u64> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::String | Self::Array => None,
        }
    }
}

/// `general.file_type` (`llama_ftype`) by name.
pub(super) fn file_type(number: u64) -> String {
    let name = match number {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4_MOE",
        39 => "NVFP4",
        40 => "Q1_0",
        _ => return format!("unknown ({number})"),
    };
    name.to_owned()
}
