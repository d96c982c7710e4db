//! TensorFlow kernels that reach beyond arithmetic, for the formats that can run them.
//!
//! A table of names and a reader of the serialised node (`NodeDef`) that carries one. TensorFlow's own formats are
//! read elsewhere; this serves only the operators that other runtimes hand to TensorFlow.
//!
//! Sources: the op definitions of TensorFlow 2.21 (`core/ops/*.cc`), `core/framework/node_def.proto`.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::narrow;

/// What a kernel reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaches {
    /// It reads files.
    FileRead,
    /// It writes, renames or deletes files.
    FileWrite,
    /// It calls into the Python interpreter.
    Python,
    /// It talks to other machines.
    Network,
}

const READERS: &[&str] = &[
    "CSVDataset",
    "CSVDatasetV2",
    "FileSystemSetConfiguration",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "GenerateVocabRemapping",
    "ImmutableConst",
    "InitializeTableFromTextFile",
    "InitializeTableFromTextFileV2",
    "ListDataset",
    "ListSnapshotChunksDataset",
    "LMDBDataset",
    "LMDBReader",
    "LoadAllTPUEmbeddingParameters",
    "LoadAndRemapMatrix",
    "LoadDataset",
    "LookupTableImportFromFile",
    "MatchingFiles",
    "MatchingFilesDataset",
    "ReadFile",
    "Restore",
    "RestoreSlice",
    "RestoreV2",
    "SnapshotChunkDataset",
    "SnapshotDatasetReader",
    "SnapshotNestedDatasetReader",
    "SqlDataset",
    "SSTableReader",
    "SstableReaderV2",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "WholeFileReader",
    "WholeFileReaderV2",
    "DecodeProtoV2",
    "EncodeProto",
];

const WRITERS: &[&str] = &[
    "CacheDataset",
    "CacheDatasetV2",
    "CreateSummaryDbWriter",
    "CreateSummaryFileWriter",
    "DatasetToTFRecord",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "DistributedSave",
    "DumpTensor",
    "ExperimentalDatasetToTFRecord",
    "MergeV2Checkpoints",
    "Save",
    "SaveDataset",
    "SaveDatasetV2",
    "SaveSlices",
    "SaveV2",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "WriteAudioSummary",
    "WriteFile",
    "WriteGraphSummary",
    "WriteHistogramSummary",
    "WriteImageSummary",
    "WriteRawProtoSummary",
    "WriteScalarSummary",
    "WriteSummary",
    "ImportEvent",
];

const CALLBACKS: &[&str] = &[
    "EagerPyFunc",
    "MapPyFunc",
    "NumpyFunction",
    "PyFunc",
    "PyFuncStateless",
    "GeneratorDataset",
    "PythonCustomCall",
];

const NETWORK: &[&str] = &[
    "BigQueryReader",
    "CloudBigtableTable",
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "GcsConfigureBlockCache",
    "GcsConfigureCredentials",
    "GrpcServer",
    "KafkaDataset",
    "RegisterDataset",
    "RegisterDatasetV2",
    "RemoteCall",
    "RemoteFusedGraphExecute",
    "Rpc",
    "RpcCall",
    "RpcClient",
    "RpcServer",
    "TryRpc",
];

/// What a kernel reaches beyond the model, as far as the catalogue knows.
pub(crate) fn reaches(kernel: &str, catalogue: Catalogue) -> Option<Reaches> {
    [
        (READERS, Reaches::FileRead, "read"),
        (WRITERS, Reaches::FileWrite, "write"),
        (CALLBACKS, Reaches::Python, "python"),
        (NETWORK, Reaches::Network, "network"),
    ]
    .iter()
    .filter(|(.., family)| catalogue.has_part("flex", family))
    .find(|(names, ..)| names.contains(&kernel))
    .map(|(_, reaches, _)| *reaches)
}

/// Whether a kernel of TensorFlow reaches nothing outside its graph, by the table that TensorFlow's own formats use.
pub(crate) fn is_plain(kernel: &str) -> bool {
    static PLAIN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("../../networks/data/tensorflow_ops.tsv").lines();
        let plain = lines.filter(|line| line.ends_with("\tplain"));
        plain.filter_map(|line| line.split('\t').next()).collect()
    });
    // What `PrintV2` prints to stands in its node, which is looked at.
    kernel == "PrintV2"
        || PLAIN.contains(kernel)
        || TEXT.iter().any(|start| kernel.starts_with(start))
}

/// Namespaces of TensorFlow Text and its tokenizers, which converted models bring along.
const TEXT: &[&str] = &["TFText>", "Sentencepiece"];

/// What a serialised node says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// The kernel that it runs.
    pub(crate) kernel: String,
    /// Texts among its attributes.
    pub(crate) texts: Vec<String>,
}

/// Texts that are kept of one node.
const TEXTS: usize = 32;

/// Reads a serialised node; none if the bytes are no such message.
pub(crate) fn node(bytes: &[u8]) -> Option<Node> {
    let mut node = Node::default();
    for (number, value) in fields(bytes)? {
        match number {
            2 => value.clone_into_text(&mut node.kernel),
            5 => {
                let attribute = value.bytes().and_then(fields).unwrap_or_default();
                let inner = attribute
                    .iter()
                    .filter(|(number, _)| *number == 2)
                    .filter_map(|(_, value)| fields(value.bytes()?))
                    .flatten();
                for (number, value) in inner {
                    if number == 2 && node.texts.len() < TEXTS {
                        let mut text = String::new();
                        value.clone_into_text(&mut text);
                        node.texts.push(text);
                    }
                }
            }
            _ => {}
        }
    }
    (!node.kernel.is_empty()).then_some(node)
}

/// A field of a protobuf message: its bytes if it has any.
#[derive(Debug, Clone, Copy)]
struct Value<'a>(Option<&'a [u8]>);

impl<'a> Value<'a> {
    const fn bytes(self) -> Option<&'a [u8]> {
        self.0
    }

    fn clone_into_text(self, text: &mut String) {
        if let Some(bytes) = self.0 {
            let bytes = bytes.get(..256).unwrap_or(bytes);
            *text = String::from_utf8_lossy(bytes).into_owned();
        }
    }
}

/// Fields of one message that are looked at.
const FIELDS: usize = 4096;

fn fields(bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while at < bytes.len() && found.len() < FIELDS {
        let key = varint(bytes, &mut at)?;
        let value = match key & 7 {
            0 => {
                varint(bytes, &mut at)?;
                None
            }
            1 => {
                at = at.checked_add(8)?;
                None
            }
            5 => {
                at = at.checked_add(4)?;
                None
            }
            2 => {
                let length = narrow(varint(bytes, &mut at)?);
                let end = at.checked_add(length)?;
                let value = bytes.get(at..end)?;
                at = end;
                Some(value)
            }
            _ => return None,
        };
        found.push((key >> 3, Value(value)));
    }
    Some(found)
}

fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64_u32).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at = at.checked_add(1)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_names_its_kernel_and_its_texts() {
        let mut bytes = vec![0x0a, 1, b'n', 0x12, 7];
        bytes.extend(b"PrintV2");
        bytes.extend([0x2a, 14, 0x0a, 1, b'k', 0x12, 9, 0x12, 7]);
        bytes.extend(b"file://");
        let expected = Node {
            kernel: "PrintV2".to_owned(),
            texts: vec!["file://".to_owned()],
        };
        assert_eq!(node(&bytes), Some(expected));
        assert_eq!(node(&bytes[..6]), None);
    }
}
