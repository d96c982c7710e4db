//! The operators that TensorFlow registers, and what some of them do to the world outside the graph.
//!
//! Both are data: `data/tensorflow_ops.tsv` is mined from releases, `data/tensorflow_effects.tsv` is filled from the
//! arguments in their definitions. An operator in neither comes from a library that its user must load.

use std::collections::HashMap;
use std::sync::OnceLock;

use chainwright_core::model::ModelHazardKind;

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

/// Whether a release of TensorFlow registers the operator.
pub(super) fn is_registered(op: &str) -> bool {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let lines = REGISTERED.lines().filter(|line| !line.starts_with('#'));
        let mut names: Vec<_> = lines.filter_map(|line| line.split('\t').next()).collect();
        names.sort_unstable();
        names
    });
    names.binary_search(&op).is_ok()
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
    }
}
