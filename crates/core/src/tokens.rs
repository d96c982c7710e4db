//! What the words of a tokenizer are, for every parser of tokenizers: ordinary words, marks, and maps of characters.

pub mod charsmap;
pub mod words;
