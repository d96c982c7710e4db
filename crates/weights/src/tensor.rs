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

impl Tensor {
    /// How many elements the shape promises; saturates, since shapes lie.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.shape
            .iter()
            .fold(1, |product: u64, size| product.saturating_mul(*size))
    }

    /// The last dimension: how many elements lie in a row. A number without dimensions is a row of one.
    #[must_use]
    pub fn row_length(&self) -> u64 {
        self.shape.last().copied().unwrap_or(1)
    }

    /// How many rows the shape promises: all dimensions but the last, folded.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let outer = self.shape.split_last().map_or(&[][..], |(_, outer)| outer);
        outer
            .iter()
            .fold(1, |product: u64, size| product.saturating_mul(*size))
    }
}
