//! What is known about an adapter once its configuration and its weights were read.

use std::collections::BTreeMap;

use chainwright_core::problem::Problem;
use chainwright_core::severity::Severity;
use serde::{Deserialize, Serialize};

/// Which matrix of a layer a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Projection {
    /// Queries of attention.
    Query,
    /// Keys of attention.
    Key,
    /// Values of attention.
    Value,
    /// The output of attention.
    Output,
    /// Queries, keys and values in one matrix.
    Fused,
    /// The gate of the feed-forward part.
    Gate,
    /// Into the feed-forward part.
    Up,
    /// Out of the feed-forward part.
    Down,
    /// Token embeddings.
    Embedding,
    /// The head that yields words.
    Head,
    /// Any other.
    Other,
}

impl Projection {
    /// The short name, as the screening's features use it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "q",
            Self::Key => "k",
            Self::Value => "v",
            Self::Output => "o",
            Self::Fused => "qkv",
            Self::Gate => "gate",
            Self::Up => "up",
            Self::Down => "down",
            Self::Embedding => "embedding",
            Self::Head => "head",
            Self::Other => "other",
        }
    }
}

/// The spectrum of one module's change in five numbers; sizes are divided out, so that modules compare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    /// Logarithm of the largest singular value over the fourth root of rows × columns.
    pub sigma: f64,
    /// Logarithm of the Frobenius norm over the square root of rows × columns.
    pub frobenius: f64,
    /// Share of the energy in the first singular value, 0 to 1.
    pub concentration: f64,
    /// Entropy of the energy over the singular values, over its maximum for this rank; 0 to 1.
    pub entropy: f64,
    /// Logarithm of the kurtosis of the entries.
    pub kurtosis: f64,
}

/// One module of the base that the adapter changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModuleFacts {
    /// The module's name without PEFT's wrapping, made visible and shortened.
    pub name: String,
    /// Which matrix of its layer it is.
    pub projection: Projection,
    /// The layer, from 0, if the name tells.
    pub layer: Option<u32>,
    /// The inner size of the change; `None` for methods without one.
    pub rank: Option<u64>,
    /// Rows of the change.
    pub rows: u64,
    /// Columns of the change.
    pub columns: u64,
    /// What the product is multiplied by when it is applied.
    pub scale: Option<f64>,
    /// The Frobenius norm of the change, scale included; `None` if it could not be measured.
    pub norm: Option<f64>,
    /// The norm over that of the base's own weight, if the base is at hand.
    pub relative: Option<f64>,
    /// The share of the adapter's energy that this module has, 0 to 1.
    pub share: Option<f64>,
    /// Its spectrum, for changes that are a product of two matrices.
    pub spectrum: Option<Spectrum>,
}

/// How much of the adapter's energy falls on a layer or projection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The layer's number or the projection's name.
    pub of: String,
    /// 0 to 1.
    pub share: f64,
}

/// What a weight is that an adapter ships whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FullTensorKind {
    /// Token or position embeddings.
    Embedding,
    /// The head that yields words.
    OutputHead,
    /// The head of a task such as classification.
    TaskHead,
    /// A normalisation.
    Norm,
    /// A bias.
    Bias,
    /// Any other matrix.
    Matrix,
}

/// A weight of the base that the adapter replaces as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullTensor {
    /// The tensor's name, made visible and shortened.
    pub name: String,
    /// What it is.
    pub kind: FullTensorKind,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Whether the configuration says that it is shipped.
    pub is_declared: bool,
}

/// The base that the adapter says it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseClaim {
    /// `base_model_name_or_path`, made visible and shortened.
    pub name: Option<String>,
    /// `revision`.
    pub revision: Option<String>,
    /// Whether the revision is a commit, which cannot move.
    pub is_pinned: bool,
}

/// The base that lies at hand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BaseInfo {
    /// What it is called, if known.
    pub name: Option<String>,
    /// Shapes of its tensors by name, in PyTorch's order.
    pub shapes: BTreeMap<String, Vec<u64>>,
    /// Frobenius norms of its tensors by name, as far as they were measured.
    pub norms: BTreeMap<String, f64>,
    /// Digest of its weights, for the record.
    pub digest: Option<String>,
    /// The commit it was fetched at.
    pub revision: Option<String>,
}

/// Whether the adapter fits the base at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaseMatch {
    /// No base was at hand.
    NotCompared,
    /// Every module exists there with the same shape.
    Fits,
    /// At least one module is missing or has another shape.
    Differs,
    /// The names of the modules are not those of the base, so nothing was compared.
    Unrelated,
}

/// What a reviewer should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AdapterSignKind {
    /// A matrix of the base is shipped whole and nothing declares it. PEFT loads it over the base without a word.
    HiddenOverride,
    /// Embeddings or the output head are shipped whole, undeclared, and no tokenizer explains it.
    HiddenEmbedding,
    /// Embeddings or the output head are shipped whole, undeclared, beside a tokenizer or with another vocabulary.
    UndeclaredEmbedding,
    /// Norms or biases are shipped whole and undeclared.
    HiddenSmallOverride,
    /// Whole matrices are shipped and declared: they can replace the behaviour wholesale.
    FullWeights,
    /// A tensor that is neither part of an adapter nor a weight of a base.
    ForeignTensor,
    /// A tensor that no table knows, in a file without a PEFT configuration (other tools have words of their own) or
    /// with the prefix of its method (releases differ).
    UnknownTensor,
    /// Elements of a type that trained parameters never have.
    ForeignType,
    /// The configuration names one method, the tensors are those of another.
    KindMismatch,
    /// The method is none that is known; its tensors were not judged.
    UnknownKind,
    /// A file for adapters that holds none.
    NoAdapter,
    /// The rank is not the declared one.
    RankMismatch,
    /// The inner sizes of A and B disagree, or a shape is not one the method has.
    ShapeMismatch,
    /// The rank is larger than the matrix allows; more parameters than the change can use.
    OversizedRank,
    /// The scale multiplies the change by far more than training does, or inverts it.
    ExtremeScale,
    /// Modules are changed that `target_modules` does not name; loaders differ in what they do with them.
    UndeclaredModule,
    /// Modules outside a pattern that only PEFT can judge with certainty.
    ModuleOutsidePattern,
    /// Declared modules or layers are not touched.
    DeclaredUntouched,
    /// A without B or B without A.
    MissingHalf,
    /// A tensor without elements: an export of a sharded training that failed.
    EmptyTensor,
    /// Values that are not finite.
    NotFinite,
    /// Values so large that 16-bit arithmetic overflows.
    HugeValues,
    /// The same tensor twice, or one module in two spellings.
    Duplicate,
    /// Nothing was trained: the change is zero everywhere.
    Untrained,
    /// A module or shape is not that of the base at hand.
    BaseMismatch,
    /// The base at hand is another revision than the declared one.
    RevisionMismatch,
    /// One module has nearly all of the change's energy, as edits of single facts do.
    Concentrated,
    /// The change is larger than the base's own weight.
    Overpowering,
    /// Embeddings of chosen tokens are replaced.
    TokenRows,
    /// The chosen tokens and the rows shipped for them disagree.
    TokenRowsMismatch,
    /// The adapter acts only after certain tokens were seen (activated LoRA).
    ActivationTokens,
    /// Layers of the base are repeated or reordered.
    LayerReplication,
    /// The initialisation changed the base itself (PiSSA, OLoRA, CorDA, LoftQ).
    AlteredBase,
    /// Norms or biases are trained, as declared.
    SmallOverride,
    /// A tokenizer or chat template is shipped beside the adapter.
    TokenizerShipped,
}

impl AdapterSignKind {
    /// How bad it is if true.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::HiddenOverride => Severity::High,
            Self::HiddenEmbedding
            | Self::HiddenSmallOverride
            | Self::ForeignTensor
            | Self::ForeignType
            | Self::KindMismatch
            | Self::RankMismatch
            | Self::ShapeMismatch
            | Self::ExtremeScale
            | Self::UndeclaredModule
            | Self::NotFinite
            | Self::HugeValues
            | Self::Duplicate
            | Self::BaseMismatch
            | Self::Overpowering
            | Self::TokenRowsMismatch => Severity::Medium,
            Self::UndeclaredEmbedding
            | Self::FullWeights
            | Self::UnknownTensor
            | Self::UnknownKind
            | Self::NoAdapter
            | Self::OversizedRank
            | Self::ModuleOutsidePattern
            | Self::DeclaredUntouched
            | Self::MissingHalf
            | Self::EmptyTensor
            | Self::RevisionMismatch
            | Self::Concentrated
            | Self::ActivationTokens
            | Self::LayerReplication => Severity::Low,
            Self::Untrained
            | Self::TokenRows
            | Self::AlteredBase
            | Self::SmallOverride
            | Self::TokenizerShipped => Severity::Info,
        }
    }

    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HiddenOverride => "hidden-override",
            Self::HiddenEmbedding => "hidden-embedding",
            Self::UndeclaredEmbedding => "undeclared-embedding",
            Self::HiddenSmallOverride => "hidden-small-override",
            Self::FullWeights => "full-weights",
            Self::ForeignTensor => "foreign-tensor",
            Self::UnknownTensor => "unknown-tensor",
            Self::ForeignType => "foreign-type",
            Self::KindMismatch => "kind-mismatch",
            Self::UnknownKind => "unknown-kind",
            Self::NoAdapter => "no-adapter",
            Self::RankMismatch => "rank-mismatch",
            Self::ShapeMismatch => "shape-mismatch",
            Self::OversizedRank => "oversized-rank",
            Self::ExtremeScale => "extreme-scale",
            Self::UndeclaredModule => "undeclared-module",
            Self::ModuleOutsidePattern => "module-outside-pattern",
            Self::DeclaredUntouched => "declared-untouched",
            Self::MissingHalf => "missing-half",
            Self::EmptyTensor => "empty-tensor",
            Self::NotFinite => "not-finite",
            Self::HugeValues => "huge-values",
            Self::Duplicate => "duplicate",
            Self::Untrained => "untrained",
            Self::BaseMismatch => "base-mismatch",
            Self::RevisionMismatch => "revision-mismatch",
            Self::Concentrated => "concentrated",
            Self::Overpowering => "overpowering",
            Self::TokenRows => "token-rows",
            Self::TokenRowsMismatch => "token-rows-mismatch",
            Self::ActivationTokens => "activation-tokens",
            Self::LayerReplication => "layer-replication",
            Self::AlteredBase => "altered-base",
            Self::SmallOverride => "small-override",
            Self::TokenizerShipped => "tokenizer-shipped",
        }
    }
}

/// One thing for a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdapterSign {
    /// What it is.
    pub kind: AdapterSignKind,
    /// The module, tensor or key, made visible and shortened; empty for the adapter as a whole.
    pub module: String,
    /// One plain part of a sentence with the evidence.
    pub detail: String,
}

impl AdapterSign {
    /// How bad it is if true.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// An adapter as its review found it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdapterFacts {
    /// The method: `peft_type` as declared, or as the tensors say.
    pub kind: Option<String>,
    /// The base it says it is for.
    pub base: BaseClaim,
    /// Whether it fits the base at hand.
    pub base_match: BaseMatch,
    /// The digest of the base it was compared with.
    pub base_digest: Option<String>,
    /// The declared rank.
    pub declared_rank: Option<u64>,
    /// The declared alpha.
    pub declared_alpha: Option<f64>,
    /// How many tensors the file holds.
    pub tensors: u64,
    /// How many elements they hold.
    pub parameters: u64,
    /// The changed modules, by name; at most 4,096.
    pub modules: Vec<ModuleFacts>,
    /// Changed modules in all.
    pub modules_in_all: u64,
    /// Weights that are replaced as a whole; at most 256.
    pub full: Vec<FullTensor>,
    /// How the energy of the change spreads over layers.
    pub layers: Vec<Share>,
    /// How it spreads over projections.
    pub projections: Vec<Share>,
    /// What a reviewer should look at, worst first.
    pub signs: Vec<AdapterSign>,
    /// Signs beyond those that are kept.
    pub signs_left_out: u64,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl AdapterFacts {
    /// Whether a sign of this kind was seen.
    #[must_use]
    pub fn has(&self, kind: AdapterSignKind) -> bool {
        self.signs.iter().any(|sign| sign.kind == kind)
    }

    /// The worst severity of all signs.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.signs.iter().map(AdapterSign::severity).max()
    }
}
