//! What is known of a document after reading it.

use chainwright_core::location::Place;
use chainwright_core::problem::Problem;
use serde::{Deserialize, Serialize};

use super::DocumentKind;
use crate::bounded::{Capped, quote};
use crate::document::{Node, Visit};
use crate::hazard::{Hazard, HazardKind};

/// LIMIT: templates kept from one document.
const MAX_TEMPLATES: usize = 64;
/// LIMIT: bytes of one template.
const MAX_TEMPLATE_BYTES: usize = 1 << 20;

/// What is known of one document, read as one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// As what it was read.
    pub kind: DocumentKind,
    /// What it makes a loader do.
    pub hazards: Capped<Hazard>,
    /// Jinja templates it carries, for the template engine to judge.
    pub templates: Vec<NamedTemplate>,
    /// What it names outside itself.
    pub references: Capped<Reference>,
    /// What only this kind of document says.
    pub details: Details,
    /// What was broken or left unread.
    pub problems: Vec<Problem>,
}

impl DocumentFacts {
    pub(super) fn new(kind: DocumentKind) -> Self {
        Self {
            kind,
            hazards: Capped::default(),
            templates: Vec::new(),
            references: Capped::default(),
            details: Details::None,
            problems: Vec::new(),
        }
    }

    pub(super) fn hazard(&mut self, kind: HazardKind, visit: &Visit<'_>, value: &str) {
        self.hazard_at(kind, visit.pointer, visit.node, value);
    }

    pub(super) fn hazard_at(&mut self, kind: HazardKind, pointer: &str, node: &Node, value: &str) {
        let place = Place::Pointer(pointer.to_owned());
        self.hazards
            .push(Hazard::new(kind, place, node.line, value));
    }

    pub(super) fn template(&mut self, name: &str, text: &str, place: Place) {
        let is_known = self.templates.iter().any(|known| known.place == place);
        if is_known || self.templates.len() >= MAX_TEMPLATES {
            return;
        }
        let end = (0..=text.len().min(MAX_TEMPLATE_BYTES))
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        self.templates.push(NamedTemplate {
            name: quote(name),
            text: text.get(..end).unwrap_or_default().to_owned(),
            place,
        });
    }

    pub(super) fn reference(
        &mut self,
        kind: ReferenceKind,
        name: &str,
        revision: Option<&str>,
        pointer: &str,
    ) {
        self.references.push(Reference {
            kind,
            name: quote(name),
            revision: revision.map(quote),
            place: Place::Pointer(pointer.to_owned()),
        });
    }
}

/// A template inside a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedTemplate {
    /// Its name, or the key that carries it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// What a reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// The base model of an adapter or a fine-tuned model.
    BaseModel,
    /// Another model, such as the source of a component.
    Model,
    /// A dataset.
    Dataset,
    /// A repository whose code is loaded.
    Code,
    /// A file beside the document.
    File,
}

/// Something that a document names outside itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// What it leads to.
    pub kind: ReferenceKind,
    /// Its name: `org/name`, a URL or a file.
    pub name: String,
    /// The revision, when the document gives one.
    pub revision: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// What only one kind of document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Details {
    /// Nothing further.
    None,
    /// Of a model configuration.
    Model(ModelDetails),
    /// Of a tokenizer or its configuration.
    Tokenizer(TokenizerDetails),
    /// Of an adapter configuration.
    Adapter(AdapterDetails),
    /// Of a shard index.
    ShardIndex(ShardIndexDetails),
    /// Of the index of a pipeline: the components that it names, at most 256.
    Pipeline(Vec<String>),
    /// Of a list of digests.
    Digests(Vec<NamedDigest>),
}

/// A file and the SHA-256 that a list says it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDigest {
    /// The file, as the list names it.
    pub file: String,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// What a model configuration says of the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelDetails {
    /// The classes that implement it.
    pub architectures: Vec<String>,
    /// The family, such as `llama`.
    pub model_type: Option<String>,
    /// The type of the weights, such as `bfloat16`.
    pub dtype: Option<String>,
    /// The method of quantisation, if any.
    pub quantization: Option<String>,
    /// From where it was loaded when it was saved.
    pub name_or_path: Option<String>,
    /// The version of transformers that wrote it.
    pub transformers_version: Option<String>,
    /// The number of words in the vocabulary.
    pub vocab_size: Option<u64>,
    /// Every size that it declares.
    pub sizes: DeclaredSizes,
}

/// What a model configuration declares in numbers, for whoever compares it with the weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredSizes {
    /// Whole numbers by their JSON pointer, those in lists as well, at most 1024.
    pub numbers: Vec<(String, u64)>,
    /// Lists and texts by their JSON pointer with their lengths, at most 256.
    pub lists: Vec<(String, u64)>,
    /// Objects inside the configuration by their JSON pointer, at most 256.
    pub objects: Vec<String>,
    /// Whether it names code of its own.
    pub has_code: bool,
    /// How much more it declares.
    pub left_out: u64,
}

/// What a tokenizer says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenizerDetails {
    /// The class that implements it.
    pub class: Option<String>,
    /// The class of the processor around it.
    pub processor_class: Option<String>,
    /// The algorithm, such as `BPE`.
    pub algorithm: Option<String>,
    /// How many tokens were added to the vocabulary.
    pub added_tokens: u64,
    /// The largest id of an added token.
    pub largest_added_id: Option<u64>,
    /// Special tokens beyond the usual ones.
    pub extra_special_tokens: Vec<String>,
    /// Tokens with an id or a role, at most 512, in the order of the text.
    pub tokens: Vec<TokenFact>,
    /// Of the vocabulary, where the document holds it.
    pub vocabulary: Option<VocabularyDetails>,
}

/// A token that a tokenizer's file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFact {
    /// Its id, when the file says it.
    pub id: Option<u64>,
    /// Its text, shortened.
    pub text: String,
    /// Its role, such as `eos_token`.
    pub role: Option<String>,
}

/// The size and the order of a vocabulary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyDetails {
    /// How many words.
    pub words: u64,
    /// The largest id; at or above the model's `vocab_size` it reads beyond the embeddings.
    pub largest_id: u64,
    /// Ids below the largest that no word has.
    pub missing_ids: u64,
    /// How many merges.
    pub merges: u64,
    /// Words of several characters that no merge makes and no added token is.
    pub unmade: u64,
}

/// What an adapter configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdapterDetails {
    /// The method, such as `LORA`.
    pub peft_type: Option<String>,
    /// The base model.
    pub base_model: Option<String>,
    /// The revision of the base model.
    pub revision: Option<String>,
    /// The task.
    pub task_type: Option<String>,
    /// The rank.
    pub rank: Option<u64>,
    /// The scaling factor, as written.
    pub alpha: Option<String>,
    /// The layers that are changed; one pattern or several names.
    pub target_modules: Vec<String>,
    /// Layers that are replaced as a whole.
    pub modules_to_save: Vec<String>,
}

/// What a shard index says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardIndexDetails {
    /// The shards, sorted, at most 4096; whether they are there is for the caller to see.
    pub shards: Vec<String>,
    /// Shards beyond that.
    pub shards_left_out: u64,
    /// How many tensors it maps.
    pub tensors: u64,
    /// The size of all tensors in bytes, as stated.
    pub total_size: Option<u64>,
}

/// Short texts of a list, or the text itself.
pub(super) fn texts(node: Option<&Node>) -> Vec<String> {
    const KEPT: usize = 64;
    let Some(node) = node else { return Vec::new() };
    match node.text() {
        Some(text) => vec![quote(text)],
        None => node
            .items()
            .iter()
            .filter_map(Node::text)
            .take(KEPT)
            .map(quote)
            .collect(),
    }
}
