//! Tables of tensors: what networks hold as numbers, and where the bytes lie.
//!
//! Judging models is the business of the rest of this crate; here tensors are listed for whoever wants their numbers.
//! Nothing is decoded or copied, and files that lie beside a model are named, not opened.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::problem::Problem;

use crate::{onnx, tensorflow};

/// The tensors of an ONNX model.
#[derive(Debug, Clone, Default)]
pub struct OnnxTable {
    /// Initializers of all graphs, and large constants, in the order of the file.
    pub tensors: Vec<OnnxTensor>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A tensor of an ONNX model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxTensor {
    /// Its name, or the value that a constant gives; hostile text.
    pub name: String,
    /// `TensorProto.DataType`.
    pub data_type: u64,
    /// The dimensions, outermost first; negative ones are kept as huge numbers.
    pub shape: Vec<u64>,
    /// Where the elements are.
    pub data: OnnxData,
}

/// Where the elements of an ONNX tensor are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnnxData {
    /// In one stretch of the file, little-endian, as they lie in memory.
    Plain {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// Numbers of variable length, in these stretches of the file one behind the other.
    Varints(Vec<(u64, u64)>),
    /// In a file beside the model.
    External {
        /// Its name, relative to the folder of the model; hostile text.
        location: String,
        /// The first byte.
        offset: u64,
        /// How many bytes, if it is told.
        length: Option<u64>,
    },
    /// Texts.
    Texts,
    /// They cannot be read, and why.
    Unreadable(&'static str),
}

/// Whether the first bytes of a file are those of an ONNX model; `is_whole` if they are all there is.
#[must_use]
pub fn is_onnx(head: &[u8], is_whole: bool) -> bool {
    !onnx::recognise(head, is_whole, "").is_empty()
}

/// Whether the last bytes of a file are those of a table, as the index of a TensorFlow checkpoint is one.
#[must_use]
pub fn is_bundle(tail: &[u8]) -> bool {
    tail.len() >= 48 && tail.ends_with(&TABLE_MAGIC.to_le_bytes())
}

/// `kTableMagicNumber` of `tensorflow/core/lib/io/format.h`.
const TABLE_MAGIC: u64 = 0xdb47_7524_8b80_fb57;

/// The tensors of an ONNX model.
#[must_use]
pub fn onnx(bytes: &SharedBytes, budget: &Budget) -> OnnxTable {
    onnx::table::read(bytes, budget)
}

/// The tensors that the index of a TensorFlow checkpoint names.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Data files: numbers of tensors' shards are below it.
    pub shards: u64,
    /// Whether the data files have the most significant byte first.
    pub is_big_endian: bool,
    /// Whether it is a checkpoint of TensorFlow's first format, which keeps its tensors in the table itself.
    pub is_first_format: bool,
    /// The tensors in the order of their names.
    pub tensors: Vec<BundleTensor>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A tensor of a TensorFlow checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleTensor {
    /// The key in the checkpoint; hostile text.
    pub key: String,
    /// `DataType` of TensorFlow.
    pub data_type: u64,
    /// The dimensions, outermost first; `None` if one of them is unknown.
    pub shape: Option<Vec<u64>>,
    /// The number of its data file.
    pub shard: u64,
    /// The first byte there.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Whether it is kept in slices under other keys.
    pub is_sliced: bool,
}

/// The tensors that the index of a TensorFlow checkpoint (`*.index`) names.
#[must_use]
pub fn bundle(bytes: &SharedBytes, budget: &Budget) -> Bundle {
    tensorflow::table::read(bytes.as_ref(), budget)
}
