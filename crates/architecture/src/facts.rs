//! What was found by comparing.

use chainwright_core::text::visible;
use serde::{Deserialize, Serialize};

use crate::TensorEntry;

/// LIMIT: disagreements kept of one kind.
const KEPT: usize = 12;
/// Characters of hostile text that are quoted.
const QUOTED: usize = 160;

/// What a configuration and its weights say of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DisagreementKind {
    /// The weights have more or fewer layers than declared, or one in the middle is missing.
    Layers,
    /// One layer lacks tensors that all its sisters have.
    LayerIncomplete,
    /// A tensor has a width that no declared size explains.
    Width,
    /// The embedding has another number of rows than the vocabulary is declared to have.
    Vocabulary,
    /// The tokenizer gives ids that the embedding has no rows for; only padding and the like.
    FillerBeyondEmbedding,
    /// The tokenizer gives ids that the embedding has no rows for.
    TokensBeyondEmbedding,
    /// The same for a model too small to be of use and a tokenizer far too large for it: a stub for tests.
    TokensBeyondStub,
    /// One layer has a tensor that none of its sisters has.
    LayerExtra,
    /// A tensor whose name the family does not use.
    Foreign,
    /// A tensor beside the weight of a module that the family has, as methods of quantisation keep them.
    ForeignBeside,
    /// The shards hold tensors that the index does not map.
    BeyondIndex,
    /// The index maps tensors that the shards do not hold.
    IndexTensors,
    /// The shards hold another number of bytes than the index states.
    IndexSize,
}

/// One disagreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Disagreement {
    /// What kind.
    pub kind: DisagreementKind,
    /// The tensor or stack of layers that shows it, made visible and shortened; empty for the model as a whole.
    pub tensor: String,
    /// What disagrees with what, one line.
    pub detail: String,
    /// Elements that are concerned; how much could be hidden there.
    pub elements: u64,
}

/// A configuration against its weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchitectureFacts {
    /// The files that were compared with the configuration, sorted.
    pub files: Vec<String>,
    /// Tensors in them.
    pub tensors: u64,
    /// Elements in them, saturating.
    pub parameters: u64,
    /// What disagrees, sorted; at most a dozen of each kind.
    pub disagreements: Vec<Disagreement>,
    /// Disagreements beyond that.
    pub left_out: u64,
}

impl ArchitectureFacts {
    pub(crate) fn of(tensors: &[TensorEntry]) -> Self {
        let elements = tensors.iter().map(TensorEntry::elements);
        Self {
            tensors: u64::try_from(tensors.len()).unwrap_or(u64::MAX),
            parameters: elements.fold(0, u64::saturating_add),
            ..Self::default()
        }
    }

    pub(crate) fn add(
        &mut self,
        kind: DisagreementKind,
        tensor: &str,
        elements: u64,
        detail: impl FnOnce() -> String,
    ) {
        let known = self.disagreements.iter();
        if known.filter(|known| known.kind == kind).count() >= KEPT {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.disagreements.push(Disagreement {
            kind,
            tensor: visible(tensor, QUOTED),
            detail: detail(),
            elements,
        });
    }

    pub(crate) fn finish(&mut self) {
        self.disagreements.sort();
        self.disagreements.dedup();
    }
}
