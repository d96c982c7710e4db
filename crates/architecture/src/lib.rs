//! What a model configuration declares against the tensors that its weights hold.
//!
//! A loader builds the model that `config.json` declares and fills it with the tensors of that name and shape. What does
//! not fit is refused by one loader, passed over by the next and read out of bounds by a third; and a tensor that no
//! module asks for is a place to hide something. [`check`] compares both sides. It reasons from what the stacks of a
//! model have in common and from the sizes that the configuration declares, so that it needs no table of formulas; only
//! which names a family uses ([`outside`]) is data, generated from the library that defines the families.
//!
//! Not done here: reading files, looking at numbers, adapters. What the configuration leaves to defaults of a library
//! is not known and is not judged; neither are models that bring code of their own.

mod count;
mod declared;
mod facts;
mod gguf;
mod layers;
mod names;
mod outside;
mod vocabulary;
mod width;

pub use declared::Declared;
pub use facts::{ArchitectureFacts, Disagreement, DisagreementKind};
pub use gguf::{GgufDeclared, check_gguf};

/// A tensor, as far as its place in the model is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorEntry {
    /// The name as written; hostile text.
    pub name: String,
    /// The dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Whether the elements are numbers of a model rather than packed bits, indexes or marks.
    pub is_float: bool,
    /// Bytes that it takes.
    pub bytes: u64,
}

impl TensorEntry {
    /// How many elements, saturating.
    #[must_use]
    pub fn elements(&self) -> u64 {
        let sizes = self.shape.iter();
        sizes.fold(1, |product, size| product.saturating_mul(*size))
    }
}

/// What an index of shards says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexClaims {
    /// How many tensors it maps to shards.
    pub tensors: u64,
    /// Bytes of all tensors, as stated.
    pub total_size: Option<u64>,
}

/// What the tokenizer beside the model can produce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenizerClaims {
    /// The largest id of a word.
    pub largest_word: Option<u64>,
    /// The largest id of an added token, and the text where it is known.
    pub added: Vec<(u64, String)>,
}

/// One model as it is loaded: its configuration, and all files that hold its weights.
#[derive(Debug, Clone)]
pub struct Model<'a> {
    /// What the configuration declares.
    pub declared: &'a Declared,
    /// The tensors of all its files; of a name that stands in several files one.
    pub tensors: &'a [TensorEntry],
    /// What the index of the shards says, where there is one and all its shards are here.
    pub index: Option<IndexClaims>,
    /// What the tokenizer in the folder can produce.
    pub tokenizer: Option<&'a TokenizerClaims>,
}

/// Compares what a model declares with what it holds.
#[must_use]
pub fn check(model: &Model<'_>) -> ArchitectureFacts {
    let mut facts = ArchitectureFacts::of(model.tensors);
    let names = names::Names::of(model.tensors);
    if let Some(index) = model.index {
        count::check(index, model.tensors, &mut facts);
    }
    layers::check(model.declared, &names, &mut facts);
    width::check(model.declared, &names, &mut facts);
    vocabulary::check(model, &names, &mut facts);
    outside::check(model.declared, &names, &mut facts);
    facts.finish();
    facts
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "tests compute with sizes that they chose"
)]
mod tests;
