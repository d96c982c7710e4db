//! The operators that TensorFlow registers, and what some of them do to the world outside the graph.
//!
//! All is data: `data/tensorflow_ops.tsv` is mined from releases and says which operators reach nothing outside the
//! graph, `data/tensorflow_effects.tsv` is filled from the arguments of the others. An operator that is neither plain nor
//! has known effects is unknown, whether TensorFlow registers it or not; only operators of libraries that are commonly
//! loaded beside TensorFlow are told from those of nobody.

use std::collections::HashMap;
use std::sync::OnceLock;

use chainwright_core::catalogue::Catalogue;
use chainwright_core::model::ModelHazardKind;

/// The table of effects in the catalogue; its parts are the words of [`Does`].
const FAMILY: &str = "tensorflow";

/// How the names of a library's operators begin: a namespace as TensorFlow wants it, or what the library used before.
const LIBRARIES: &[&str] = &[
    "Addons>",
    "Bigquery",
    "Examples>",
    "HorovodAll",
    "HorovodBroadcast",
    "HorovodReducescatter",
    "HorovodJoin",
    "HorovodSize",
    "HorovodRank",
    "HorovodLocal",
    "HorovodProcessSet",
    "IO>",
    "Neuron",
    "Sentencepiece",
    "TFRA>",
    "TFText>",
    "TfqAdjoint",
    "TfqAppend",
    "TfqCalculate",
    "TfqFrom",
    "TfqInner",
    "TfqNoisy",
    "TfqPs",
    "TfqResolve",
    "TfqSimulate",
    "Tfra",
    "TFBsl>",
];

/// Operators of TensorFlow Text before it had a namespace, of `DeePMD`, and of TensorRT's integration.
const LIBRARY_OPS: &[&str] = &[
    "CaseFoldUTF8",
    "ConstrainedSequence",
    "CreateTRTResourceHandle",
    "Descrpt",
    "DescrptSeA",
    "DescrptSeR",
    "FastWordpieceTokenizeWithOffsets",
    "GetCalibrationDataOp",
    "InitializeTRTResource",
    "NormalizeUTF8",
    "NormalizeUTF8WithOffsetsMap",
    "ProdEnvMatA",
    "ProdEnvMatR",
    "ProdForceSeA",
    "ProdForceSeR",
    "ProdVirialSeA",
    "ProdVirialSeR",
    "RegexSplitWithOffsets",
    "RougeL",
    "SentenceFragments",
    "SerializeTRTResource",
    "SimpleMLCheckStatus",
    "SimpleMLCreateModelResource",
    "SimpleMLInferenceLeafIndexOpWithHandle",
    "SimpleMLInferenceOp",
    "SimpleMLInferenceOpWithHandle",
    "SimpleMLShowModel",
    "SimpleMLUnloadModel",
    "SplitMergeTokenizeWithOffsets",
    "TRTEngineOp",
    "TabulateFusion",
    "TabulateFusionSeA",
    "UnicodeScriptTokenizeWithOffsets",
    "WhitespaceTokenizeWithOffsets",
    "WordpieceTokenizeWithOffsets",
];

const REGISTERED: &str = include_str!("../../data/tensorflow_ops.tsv");
const EFFECTS: &str = include_str!("../../data/tensorflow_effects.tsv");

/// What an operator does with its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Does {
    /// Reads a whole file into a tensor.
    Read,
    /// Lists files.
    Match,
    /// Reads records in a data pipeline.
    Records,
    /// Fills a table from a file; honest models bind an asset.
    Table,
    /// Reads a checkpoint; the loader binds its name.
    Restore,
    /// Writes a checkpoint; the loader binds its name.
    Save,
    /// Writes a file.
    Write,
    /// Writes a cache, unless the name is empty.
    Cache,
    /// Writes a log of training.
    Log,
    /// Prints to a stream that may be a file.
    Print,
    /// Sends what it sees to addresses.
    Urls,
    /// Calls into Python.
    Python,
    /// Talks to an address.
    Network,
    /// Runs a function on a device, which may be another machine's.
    Remote,
    /// Reads a descriptor of messages.
    Descriptor,
    /// Maps a region of memory by name.
    Region,
    /// Starts a program (`ffmpeg`).
    Process,
    /// Holds a compiled module.
    Module,
    /// Calls native code by its registered name.
    Target,
    /// Holds another graph.
    Graph,
}

impl Does {
    /// The word in the table, which is also the name of the family.
    const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Match => "match",
            Self::Records => "records",
            Self::Table => "table",
            Self::Restore => "restore",
            Self::Save => "save",
            Self::Write => "write",
            Self::Cache => "cache",
            Self::Log => "log",
            Self::Print => "print",
            Self::Urls => "urls",
            Self::Python => "python",
            Self::Network => "network",
            Self::Remote => "remote",
            Self::Descriptor => "descriptor",
            Self::Region => "region",
            Self::Process => "process",
            Self::Module => "module",
            Self::Target => "target",
            Self::Graph => "graph",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "read" => Self::Read,
            "match" => Self::Match,
            "records" => Self::Records,
            "table" => Self::Table,
            "restore" => Self::Restore,
            "save" => Self::Save,
            "write" => Self::Write,
            "cache" => Self::Cache,
            "log" => Self::Log,
            "print" => Self::Print,
            "urls" => Self::Urls,
            "python" => Self::Python,
            "network" => Self::Network,
            "remote" => Self::Remote,
            "descriptor" => Self::Descriptor,
            "region" => Self::Region,
            "process" => Self::Process,
            "module" => Self::Module,
            "target" => Self::Target,
            "graph" => Self::Graph,
            _ => return None,
        })
    }

    /// Whether it only reads, so that a constant name in a graph for training is what honest pipelines have.
    pub(super) const fn only_reads(self) -> bool {
        matches!(
            self,
            Self::Read | Self::Match | Self::Records | Self::Table | Self::Restore
        )
    }

    /// The hazard of touching a file by a constant name.
    pub(super) const fn file_hazard(self) -> ModelHazardKind {
        match self {
            Self::Save | Self::Write | Self::Cache | Self::Log | Self::Print | Self::Urls => {
                ModelHazardKind::FileWrite
            }
            Self::Read
            | Self::Match
            | Self::Records
            | Self::Table
            | Self::Restore
            | Self::Python
            | Self::Network
            | Self::Remote
            | Self::Descriptor
            | Self::Region
            | Self::Process
            | Self::Module
            | Self::Target
            | Self::Graph => ModelHazardKind::FileRead,
        }
    }
}

/// Where an operator finds a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    /// An input, counted from 0.
    Input(usize),
    /// An attribute.
    Attribute(&'static str),
}

/// What one operator does.
#[derive(Debug)]
pub(super) struct Effects {
    /// The sort of effect.
    pub(super) does: Does,
    /// Where the names are; empty if they are out of sight.
    pub(super) operands: Vec<Operand>,
    /// A CVE that describes the class.
    pub(super) reference: &'static str,
}

/// What an operator does to the world; `None` for arithmetic and for operators that nobody knows.
pub(super) fn effects(op: &str) -> Option<&'static Effects> {
    static TABLE: OnceLock<HashMap<&'static str, Effects>> = OnceLock::new();
    TABLE
        .get_or_init(|| EFFECTS.lines().filter_map(effects_line).collect())
        .get(op)
}

fn effects_line(line: &'static str) -> Option<(&'static str, Effects)> {
    let mut columns = line.split('\t');
    let op = columns.next()?;
    let does = Does::from_word(columns.next()?)?;
    let operands = columns.next()?.split(',').filter_map(operand).collect();
    let reference = columns.next().unwrap_or_default();
    let effects = Effects {
        does,
        operands,
        reference,
    };
    Some((op, effects))
}

fn operand(word: &'static str) -> Option<Operand> {
    if let Some(name) = word.strip_prefix('@') {
        return Some(Operand::Attribute(name));
    }
    word.parse().ok().map(Operand::Input)
}

/// What is known of an operator.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing {
    /// It reaches nothing outside the graph.
    Plain,
    /// It does this.
    Acts(&'static Effects),
    /// TensorFlow has it, and nobody has said what it does.
    Unjudged,
    /// A library that is commonly loaded beside TensorFlow has it.
    Library,
    /// Nobody is known to have it.
    Stranger,
}

/// What is known of an operator, as far as the catalogue goes.
pub(super) fn standing(op: &str, catalogue: Catalogue) -> Standing {
    let known = |effects: &&'static Effects| catalogue.has_part(FAMILY, effects.does.word());
    match (effects(op).filter(known), registered().get(op)) {
        (Some(effects), _) => Standing::Acts(effects),
        (None, Some(true)) => Standing::Plain,
        (None, Some(false)) => Standing::Unjudged,
        (None, None) if is_of_library(op) => Standing::Library,
        (None, None) => Standing::Stranger,
    }
}

/// Whether a release of TensorFlow registers the operator.
pub(super) fn is_registered(op: &str) -> bool {
    registered().contains_key(op)
}

/// Every operator of TensorFlow, and whether it is plain.
fn registered() -> &'static HashMap<&'static str, bool> {
    static NAMES: OnceLock<HashMap<&'static str, bool>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let lines = REGISTERED.lines().filter(|line| !line.starts_with('#'));
        let named =
            |line: &'static str| Some((line.split('\t').next()?, line.ends_with("\tplain")));
        lines.filter_map(named).collect()
    })
}

/// Whether the operator has the namespace or the name of a library that is commonly loaded beside TensorFlow:
/// TensorFlow Text, Addons, I/O, Recommenders Addons, Decision Forests, Quantum, Horovod, `DeePMD` and others.
fn is_of_library(op: &str) -> bool {
    LIBRARIES
        .iter()
        .any(|start| op.strip_prefix(start).is_some_and(|rest| !rest.is_empty()))
        || LIBRARY_OPS.binary_search(&op).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        let lines = EFFECTS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (op, effects) = effects_line(line).expect(line);
            let needs_operand =
                !matches!(effects.does, Does::Records | Does::Network | Does::Process);
            assert_eq!(line.split('\t').count(), 4, "{line}");
            assert!(!needs_operand || !effects.operands.is_empty(), "{op}");
            let is_other_library = op.starts_with("SimpleML");
            assert!(is_registered(op) || is_other_library, "{op}");
        }
        for op in [
            "MatMul",
            "Conv2D",
            "_Arg",
            "VarHandleOp",
            "KafkaDataset",
            "SaveV2",
        ] {
            assert!(is_registered(op), "{op}");
        }
        assert!(!is_registered("SentencepieceOp") && !is_registered(""));
        assert!(LIBRARY_OPS.is_sorted());
    }

    #[test]
    fn plain_and_acting_operators_are_apart() {
        let is_apart = |(op, is_plain): (&&str, &bool)| !is_plain || effects(op).is_none();
        assert!(registered().iter().all(is_apart));
    }

    #[test]
    fn without_the_table_of_effects_nothing_in_it_is_plain() {
        let without = Catalogue::without(&[FAMILY]);
        for line in EFFECTS.lines().filter(|line| !line.starts_with('#')) {
            let (op, _) = effects_line(line).expect(line);
            let standing = standing(op, without);
            assert!(
                matches!(standing, Standing::Unjudged | Standing::Stranger),
                "{op}: {standing:?}"
            );
        }
    }

    #[test]
    fn what_is_left_out_is_unjudged() {
        let without = Catalogue::without(&["tensorflow:write"]);
        let all = Catalogue::default();
        assert!(matches!(standing("WriteFile", all), Standing::Acts(_)));
        assert!(matches!(standing("WriteFile", without), Standing::Unjudged));
        assert!(matches!(standing("ReadFile", without), Standing::Acts(_)));
        assert!(matches!(standing("MatMul", without), Standing::Plain));
        assert!(matches!(standing("TFText>Any", all), Standing::Library));
        assert!(matches!(standing("TFText>", all), Standing::Stranger));
        assert!(matches!(standing("ShellOp", all), Standing::Stranger));
    }
}
