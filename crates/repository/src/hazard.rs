//! What a text makes its loader, or its reader, do.

use chainwright_core::location::Place;
use serde::{Deserialize, Serialize};

use crate::bounded::quote;

/// One dangerous thing in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hazard {
    /// What it is.
    pub kind: HazardKind,
    /// Where: a JSON pointer in a document, a line in prose.
    pub place: Place,
    /// The line, from 1; 0 when unknown.
    pub line: u32,
    /// What stands there, cut to 200 characters.
    pub value: String,
}

impl Hazard {
    pub(crate) fn new(kind: HazardKind, place: Place, line: u32, value: &str) -> Self {
        Self {
            kind,
            place,
            line,
            value: quote(value),
        }
    }
}

/// The kinds of hazards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HazardKind {
    /// Loading runs code that the text names.
    RunsCode {
        /// The key that leads to it.
        mechanism: CodeMechanism,
        /// Where the code comes from.
        origin: CodeOrigin,
    },
    /// A configuration that a loader reads switches `trust_remote_code` on for itself (CVE-2026-5241).
    RemoteCodeFlag,
    /// Settings of a training or serving tool switch `trust_remote_code` on; people write such files themselves.
    RemoteCodeSetting,
    /// A file name leaves the folder (`..`), as in CVE-2026-65920.
    PathTraversal,
    /// A file name starts at the root, a drive or a home folder.
    AbsolutePath,
    /// A tokenizer names a file by its absolute path on the machine where it was saved; loaders look elsewhere.
    SavedPath,
    /// A file name is a URL or a network share; loading fetches from there.
    UrlReference,
    /// A YAML tag that makes PyYAML's unsafe loaders build or call a Python object.
    UnsafeYamlTag {
        /// The dotted name, such as `os.system`.
        callable: String,
        /// Whether the name is known to run commands, load code or touch files.
        dangerous: bool,
    },
    /// A key stands twice with different values: loaders disagree about which one counts.
    DuplicateKey,
    /// The tokenizer rewrites words of the user's text before the model sees them.
    NormalizerRewritesText,
    /// The tokenizer drops words of the user's text.
    TokenizerDropsText,
    /// The tokenizer inserts text that nobody typed.
    TokenizerInsertsText,
    /// The tokenizer rewrites words of the model's answer.
    DecoderRewritesText,
    /// Two added tokens share an id or a text.
    AddedTokenConflict,
    /// The vocabulary, its merges and the added tokens contradict each other: one id for two words, one word with two
    /// ids, a merge that makes no word.
    VocabularyConflict,
    /// A word of the vocabulary that training does not leave: a sentence or an address that no merge makes, a merge far
    /// out of the order of all others.
    VocabularyTampered,
    /// An added or special token is an ordinary word: it is cut out of the user's text or left out of answers.
    TokenTakesWord,
    /// A number that no machine can serve, such as a billion tokens or a picture of a million lines.
    UnreasonableSize,
    /// Generation may never end: each token that ends an answer is forbidden.
    GenerationNeverEnds,
    /// Generation is pushed to or from whole sequences: forced words, decisive biases.
    GenerationSteersText,
    /// Packages are installed from elsewhere than the public index.
    PackageSource {
        /// From where.
        origin: PackageOrigin,
    },
    /// A manifest names content by no digest that can be checked, or by a broken one (MD5, SHA-1).
    DigestUnusable,
    /// A pattern that takes exponential or high polynomial time in a backtracking engine (CWE-1333).
    RegexBacktracking,
    /// A shard index for safetensors names files of a format that runs code on load.
    ShardFormatMismatch,
    /// The base model of an adapter is a URL.
    BaseIsUrl,
    /// The base model of an adapter is a path on somebody's machine, so that nobody can tell which one it was.
    BaseIsLocalPath,
    /// The base model of an adapter is named without a revision.
    BaseRevisionMissing,
    /// Text of a document that is hidden from readers and speaks to an agent or a model.
    HiddenInstruction,
    /// Visible text of a document that gives orders to an agent or a model that reads it.
    AgentInstruction,
    /// A command that downloads and runs something in one go.
    DownloadAndRun {
        /// From where.
        origin: DownloadOrigin,
    },
    /// A document tells its reader to switch `trust_remote_code` on.
    RemoteCodeAdvice,
    /// A document tells its reader to switch off the protection of a loader, such as `weights_only=False`.
    LoaderProtectionOff,
    /// A document tells its reader to switch off the protection of the machine, such as its virus scanner.
    SystemProtectionOff,
}

/// Where a command of a document downloads from what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DownloadOrigin {
    /// A file of a code or model hub.
    Hub,
    /// Any other host.
    Unknown,
    /// An address without a name, without encryption, shortened, from a paste site, or an encoded command.
    Suspicious,
}

/// From where a list of packages has them installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PackageOrigin {
    /// A public index of a known library beside or in place of PyPI.
    KnownIndex,
    /// Another index beside or in place of PyPI: whoever runs it, or takes a free name on either, decides what is
    /// installed (dependency confusion).
    ForeignIndex,
    /// A file of a code or model hub.
    HubFile,
    /// A repository without a commit: what is installed can change at any time.
    UnpinnedRepository,
    /// A file of any other host.
    ForeignFile,
    /// An address without encryption or without a name, or a host that is trusted without a certificate.
    Unprotected,
}

/// The keys and files through which configuration leads to code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CodeMechanism {
    /// `auto_map` of transformers configuration, tokenizers and processors.
    AutoMap,
    /// `auto_map` inside a nested configuration, which loaders resolve without asking (CVE-2025-66448).
    NestedAutoMap,
    /// `custom_pipelines` of transformers, `custom_pipeline` or `_class_name` of diffusers.
    CustomPipeline,
    /// `custom_generate` of a generation configuration.
    CustomGenerate,
    /// An attention or layer kernel fetched from a hub (CVE-2026-4372).
    Kernel,
    /// The type of a sentence-transformers module (CVE-2026-68770).
    SentenceModule,
    /// An activation function or tokenizer class that is imported by name.
    NamedClass,
    /// A component of a diffusers pipeline outside the known libraries (CVE-2026-44513).
    PipelineComponent,
    /// `model_file` of mlx-lm (CVE-2026-5843).
    ModelFile,
    /// `auto_mapping` or `megatron_core` of a PEFT adapter.
    AdapterImport,
    /// `_target_` and its relatives in Hydra, Lightning, torchtune and NeMo (CVE-2025-23304).
    Instantiation,
    /// `loader_module` and code paths of an MLflow model.
    MlflowLoader,
    /// A plug-in of a serving or evaluation tool.
    Plugin,
}

/// Where the code comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CodeOrigin {
    /// A file beside the configuration.
    Local {
        /// The file, relative to the configuration.
        file: String,
    },
    /// A file in another repository, fetched when loading.
    Remote {
        /// The repository, such as `org/name`, with a revision if one is given.
        repository: String,
    },
    /// A kernel of the hub's own collection (`kernels-community/…`).
    HubCollection {
        /// The repository.
        repository: String,
    },
    /// A module that must be installed and that we do not know.
    Unknown {
        /// The dotted name.
        callable: String,
    },
    /// A callable that runs commands, evaluates code, loads pickles, or touches files or the network.
    Dangerous {
        /// The dotted name.
        callable: String,
    },
    /// A file outside the folder, by `..`, an absolute path or a URL.
    Outside {
        /// As written.
        path: String,
    },
}
