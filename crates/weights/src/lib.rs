//! Weights as numbers: element types, dequantisation, statistics, linear algebra.
//!
//! A [`Tensor`] is a name, an element type, a shape and bytes; where the bytes come from is not this crate's matter.
//! Nothing here judges: it measures.

pub mod decode;
pub mod dtype;
pub mod linear;
pub mod review;
pub mod signs;
pub mod stats;
pub mod tensor;

pub use dtype::Dtype;
pub use tensor::Tensor;
