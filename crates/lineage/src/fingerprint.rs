//! What stays of a model when it is trained on, merged, quantised, pruned, rescaled or rearranged: a few kibibytes that
//! recognise a base without its file.
//!
//! Three kinds of evidence, from cheap to robust:
//!
//! - **Signs** of a fixed sample of weights. Training, rounding, merging and scaling leave nearly all of them; two
//!   models that began differently agree on half. Putting units in another order destroys them.
//! - **Kinship of tokens**: the inner products of the embeddings of fixed tokens. They survive every rotation of the
//!   embedding space. Models of one tokenizer and one kind of text are alike to some degree, so only a high likeness
//!   counts. (AWM, arXiv 2510.06738, compares embeddings with centred kernel alignment, which is the same in this form.)
//! - **Invariant terms** of layers, after HuRef (arXiv 2312.04828): what a layer makes of one token for another, through
//!   queries and keys, values and outputs, or the feed-forward pair. They do not depend on how hidden units, heads or
//!   the embedding space are arranged.
//!
//! It recognises; it does not judge. It is no signature: who wants to forge a likeness can.

mod compute;
mod likeness;

pub use compute::fingerprint;
pub(crate) use compute::{Parts, dot, fingerprint_of};
pub use likeness::{Likeness, Relatedness};

use serde::{Deserialize, Serialize};

/// Changes when fingerprints of two versions cannot be compared.
pub const VERSION: u32 = 1;

/// The signs of 64 weights of one matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// A hash of the key and the shape.
    pub tensor: u64,
    /// Which are negative.
    pub negative: u64,
    /// Which are not small, so that their sign means something.
    pub clear: u64,
}

/// What one layer makes of one token for another, in eight bits each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Which layer and part.
    pub name: String,
    /// A square table by tokens.
    pub values: Vec<i8>,
}

/// A model in a few kibibytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// See [`VERSION`].
    pub version: u32,
    /// Elements of all tensors.
    pub parameters: u64,
    /// Layers.
    pub layers: u32,
    /// Width of the embedding.
    pub width: u64,
    /// Rows of the embedding.
    pub vocabulary: u64,
    /// Signs of sampled weights.
    pub signs: Vec<Signs>,
    /// Cosines between the embeddings of fixed tokens, upper triangle.
    pub tokens: Vec<i8>,
    /// Invariant terms of a few layers.
    pub terms: Vec<Term>,
}
