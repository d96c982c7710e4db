//! One tensor of a weight file.

use chainwright_core::bytes::SharedBytes;

use crate::dtype::Dtype;

/// A tensor in row-major order without gaps.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// The name as written; hostile text.
    pub name: String,
    /// How the elements are stored.
    pub dtype: Dtype,
    /// The dimensions, outermost first (PyTorch order, also for GGUF, which writes them the other way round).
    pub shape: Vec<u64>,
    /// Exactly the bytes of this tensor.
    pub bytes: SharedBytes,
}
