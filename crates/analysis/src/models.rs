//! Asks the parsers of model formats, one after the other, whether the content is theirs.
//!
//! They all answer in the same words ([`ModelFacts`]), so this is the one place that knows their names.

use chainwright_classical as classical;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;
use chainwright_formats::sentencepiece;
use chainwright_keras as keras;
use chainwright_networks as networks;
use chainwright_runtimes as runtimes;

/// A parser that claims some content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Networks(networks::Kind),
    Keras(keras::Kind),
    Classical(classical::Kind),
    Runtimes(runtimes::Kind),
    SentencePiece,
}

/// Every parser that claims the content: by its head, its tail, and for what has no mark of its own by the name.
pub(crate) fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Reader> {
    let networks = networks::recognise(head, tail, name).into_iter();
    let keras = keras::recognise(head, tail, name).into_iter();
    let classical = classical::recognise(head, tail, name).into_iter();
    let runtimes = runtimes::recognise(head, tail, name).into_iter();
    networks
        .map(Reader::Networks)
        .chain(keras.map(Reader::Keras))
        .chain(classical.map(Reader::Classical))
        .chain(runtimes.map(Reader::Runtimes))
        .chain(sentencepiece::recognise(head, name).then_some(Reader::SentencePiece))
        .collect()
}

impl Reader {
    /// Reads the content as the format that was claimed.
    pub(crate) fn read(self, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
        match self {
            Self::Networks(kind) => networks::read(kind, bytes, budget),
            Self::Keras(kind) => keras::read(kind, bytes, budget),
            Self::Classical(kind) => classical::read(kind, bytes, budget),
            Self::Runtimes(kind) => runtimes::read(kind, bytes, budget),
            Self::SentencePiece => sentencepiece::read(bytes, budget),
        }
    }
}
