//! What the numbers of a tensor look like, measured in one pass.
//!
//! An [`Accumulator`] takes the bytes of a tensor in blocks of [`BLOCK`] bytes and can be merged with the one of the
//! bytes that follow, so that large tensors are split across threads. Cut at the same places (see
//! [`Review`](crate::review::Review)), the result is the same to the last bit, whoever measured what.
//!
//! How it is fast: elements of 16 bits are counted by code, one table entry each; moments, extremes, exponents, byte
//! planes and the smoothness of their lowest bits all follow from the 65,536 counts. Wider floats are counted by
//! their upper 16 bits, with sums beside. Low bits are added up by their place modulo eight, which is where the bytes
//! of a payload leave a rhythm; only blocks with a rhythm are looked at more closely.
//!
//! All counts cover all elements. What is sampled: the content of low bits is assembled for the head of a tensor and
//! for at most [`CONFIRMED`] blocks with a rhythm in each accumulator; moments of ggml's blocks come from every
//! [`QUANTISED_STEP`]th block of bytes.

use serde::{Deserialize, Serialize};

use crate::dtype::{Dtype, Family};

mod accumulate;
mod finish;
mod hidden;
mod kernel;
mod pairs;
mod rows;

pub use accumulate::Accumulator;
pub use hidden::{Content, Hidden, Order};
pub use pairs::PairTest;
pub use rows::RowStats;

/// Bytes that are measured at a time.
pub const BLOCK: usize = 64 * 1024;
/// Blocks with a rhythm in their low bits whose content is assembled, per accumulator.
pub const CONFIRMED: u32 = 64;
/// Of ggml's blocks, one in so many stretches of [`BLOCK`] bytes is decoded.
pub const QUANTISED_STEP: u64 = 4;
/// Planes of low bits that are looked at.
pub const PLANES: usize = 8;

/// The statistics of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorStats {
    /// Elements that were seen; complex numbers count twice.
    pub count: u64,
    /// Of them, those whose value went into the moments; fewer only for ggml's blocks.
    pub sampled: u64,
    /// Elements that are no number.
    pub nan: u64,
    /// Different bit patterns among them, at most 256.
    pub nan_contents: u32,
    /// Positive infinities.
    pub positive_infinities: u64,
    /// Negative infinities.
    pub negative_infinities: u64,
    /// Zeros of both signs.
    pub zeros: u64,
    /// Numbers too small for a normal representation, zero aside.
    pub subnormals: u64,
    /// Numbers at the end of their type's range (`finfo.min`, `finfo.max`), as masks have them.
    pub extremes: u64,
    /// Other numbers of 2^20 and beyond, which trained weights never reach (2^12 for binary16).
    pub enormous: u64,
    /// The smallest finite number; 0 without any.
    pub min: f64,
    /// The largest finite number; 0 without any.
    pub max: f64,
    /// The mean of the finite numbers.
    pub mean: f64,
    /// Their variance.
    pub variance: f64,
    /// Their excess kurtosis: 0 for a normal distribution, -1.2 for a uniform one.
    pub kurtosis: f64,
    /// Whether all elements are the same.
    pub is_constant: bool,
    /// Different values, exact for types of at most 16 bits; of wider types, different upper 16 bits.
    pub distinct: u32,
    /// How often each power of two occurs as magnitude, smallest first; subnormals as the smallest.
    pub exponents: Vec<(i16, u64)>,
    /// The entropy of each byte of an element in bits, lowest byte first; one for all bytes of packed types.
    pub byte_entropy: Vec<f32>,
    /// How far the bytes are from a uniform distribution: chi-square over its expectation, so 1 is random; 0 when
    /// there are too few to say.
    pub byte_chi_square: f32,
    /// The share of bytes that are ASCII text.
    pub text_share: f32,
    /// A hash of the content; equal for equal bytes.
    pub content: u64,
    /// What the lowest bits look like; for floats and small integers.
    pub low: Option<LowBits>,
    /// Rows, for matrices that look like embeddings.
    pub rows: Option<RowStats>,
    /// Blocks of [`BLOCK`] bytes that are unlike the rest.
    pub blocks: BlockProfile,
    /// What was assembled from low bits and recognised.
    pub hidden: Vec<Hidden>,
}

/// The lowest bits of all elements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LowBits {
    /// The share of ones in each plane, the lowest first.
    pub ones: Vec<f32>,
    /// Bits that are set in any element that is neither zero, infinite nor NaN.
    pub union: u64,
    /// Elements with a bit set below the precision of the next narrower type: the low 16 of binary32 (bfloat16), the
    /// low 3 of binary16 (bfloat16), the low 29 of binary64 (binary32).
    pub beyond: u64,
    /// The first of them.
    pub first_beyond: u64,
    /// The last of them.
    pub last_beyond: u64,
    /// Elements with a bit set in the low 13 of binary32, below the precision of binary16.
    pub beyond_half: u64,
    /// The smoothness of each plane that could be tested.
    pub pairs: Vec<PairTest>,
    /// The same for the stretch that deviates most.
    pub worst_pairs: Vec<PairTest>,
    /// How far exponents come in equal pairs, as random lowest exponent bits make them: the share of elements in
    /// pairs that are equal within chance although neighbouring pairs differ.
    pub exponent_pairing: f32,
    /// The share of elements in octaves that are evenly filled although the density falls around them, as it does
    /// when whole mantissas were replaced.
    pub flat_octaves: f32,
}

/// Blocks that are unlike the rest of their tensor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockProfile {
    /// Blocks that were measured.
    pub count: u64,
    /// Blocks whose low bits have a rhythm of eight elements or fewer.
    pub rhythmic: u64,
    /// The first byte of the first of them.
    pub first_rhythmic: u64,
    /// The strongest rhythm: chi-square with 7 degrees of freedom, corrected for repetition.
    pub strongest_rhythm: f32,
    /// Blocks whose low eight bits are not evenly used.
    pub uneven: u64,
    /// The first byte of the first of them.
    pub first_uneven: u64,
    /// Blocks of which a hundredth or more are enormous numbers.
    pub enormous: u64,
    /// The first byte of the first of them.
    pub first_enormous: u64,
    /// Blocks of ASCII text.
    pub text: u64,
    /// The first byte of the first of them.
    pub first_text: u64,
    /// Blocks in which neighbours follow each other smoothly, as in tables of sines, of the few that were asked.
    pub smooth: u64,
    /// Blocks that were asked whether they are smooth: every sixteenth.
    pub asked: u64,
    /// Blocks whose bytes are perfectly uniform.
    pub uniform: u64,
    /// The lowest and highest entropy of the lowest byte (of planes, for 16-bit types) over whole blocks.
    pub entropy: (f32, f32),
}

impl TensorStats {
    /// Infinities of both signs.
    #[must_use]
    pub const fn infinities(&self) -> u64 {
        self.positive_infinities
            .saturating_add(self.negative_infinities)
    }

    /// The standard deviation.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }
}

/// How elements lie in memory, as far as the kernels care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// One byte each: counted by code.
    Byte,
    /// Two bytes each: counted by code.
    Short,
    /// binary32: counted by their upper half.
    Float,
    /// binary64: counted by their upper quarter.
    Double,
    /// Wider integers: values and bytes.
    Wide,
    /// Blocks of ggml and packed small floats: bytes in full, values from samples.
    Packed,
}

const fn layout(dtype: Dtype) -> Layout {
    match dtype.plain() {
        Dtype::F32 | Dtype::C64 => Layout::Float,
        Dtype::F64 | Dtype::C128 => Layout::Double,
        Dtype::F16 | Dtype::Bf16 | Dtype::I16 | Dtype::U16 => Layout::Short,
        Dtype::F8E4M3
        | Dtype::F8E4M3Fnuz
        | Dtype::F8E5M2
        | Dtype::F8E5M2Fnuz
        | Dtype::F8E8M0
        | Dtype::I8
        | Dtype::U8
        | Dtype::Bool => Layout::Byte,
        Dtype::I64 | Dtype::U64 | Dtype::I32 | Dtype::U32 => Layout::Wide,
        Dtype::F4 | Dtype::F6E2M3 | Dtype::F6E3M2 | Dtype::Ggml(_) => Layout::Packed,
    }
}

/// Whether low bits of this type are worth looking at.
const fn has_low_bits(dtype: Dtype) -> bool {
    matches!(dtype.family(), Family::Float)
        || matches!(
            dtype.plain(),
            Dtype::I8 | Dtype::U8 | Dtype::I16 | Dtype::U16
        )
}

#[cfg(test)]
mod tests;
