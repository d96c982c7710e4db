//! What a model file is made of and what it makes its runtime do, in words that all model formats share.
//!
//! Most formats that hold a network hold more than numbers: operators that touch files, names of classes to import,
//! serialised functions, paths of side files. The parsers of every such format answer with [`ModelFacts`], so that
//! one rule asks "does it run code?" of all of them. What is particular to one format stays in its parser's words
//! (`subject`, `detail`); what is common (which kind of danger, where) is an enum.

use serde::{Deserialize, Serialize};

use crate::location::Place;
use crate::problem::{Problem, ProblemKind};
use crate::text::visible;

/// Hazards that are kept of each kind; the rest is counted.
const KEPT_PER_KIND: usize = 16;
/// Parts and outside files that are kept.
const KEPT_ITEMS: usize = 256;
/// Characters of a quoted text that are kept.
const QUOTED: usize = 200;

/// The formats that a model is written in; content decides which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ModelFormat {
    /// Keras: an architecture as JSON, alone or inside `.keras`.
    KerasConfig,
    /// HDF5, with or without a Keras model in it.
    Hdf5,
    /// TensorFlow `saved_model.pb`.
    SavedModel,
    /// TensorFlow `GraphDef`: a frozen graph.
    GraphDef,
    /// TensorFlow `MetaGraphDef`.
    MetaGraph,
    /// `keras_metadata.pb` beside a SavedModel.
    KerasMetadata,
    /// The index of a TensorFlow checkpoint.
    TensorFlowCheckpoint,
    /// TensorFlow Lite flatbuffer.
    TfLite,
    /// ONNX protobuf.
    Onnx,
    /// Core ML protobuf or package manifest.
    CoreMl,
    /// PaddlePaddle program.
    Paddle,
    /// Caffe and Caffe2 networks.
    Caffe,
    /// Microsoft Cognitive Toolkit.
    Cntk,
    /// OpenVINO intermediate representation.
    OpenVino,
    /// TensorRT engine plan.
    TensorRt,
    /// ExecuTorch program.
    ExecuTorch,
    /// MXNet symbol (JSON) or parameters.
    Mxnet,
    /// ncnn parameters.
    Ncnn,
    /// Rockchip network.
    Rknn,
    /// MessagePack, as Flax writes it.
    Msgpack,
    /// Orbax checkpoint metadata.
    Orbax,
    /// Predictive Model Markup Language.
    Pmml,
    /// XGBoost, binary, JSON or UBJSON.
    Xgboost,
    /// LightGBM text.
    LightGbm,
    /// CatBoost binary or JSON.
    CatBoost,
    /// Lua Torch.
    Torch7,
    /// R serialisation (`rds`, `RData`).
    RData,
    /// skops schema.
    Skops,
    /// spaCy pipeline.
    Spacy,
    /// GGML, GGMF, GGJT, GGLA.
    Ggml,
    /// A llamafile: a program with weights appended.
    Llamafile,
    /// SentencePiece vocabulary.
    SentencePiece,
    /// TorchScript mobile (flatbuffer) program.
    TorchMobile,
    /// PyTorch export archive (`pt2`): its serialised program.
    TorchExport,
    /// TensorFlow.js topology.
    TensorFlowJs,
    /// Any other model format that a parser names in `detail`.
    Other,
}

impl ModelFormat {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KerasConfig => "keras-config",
            Self::Hdf5 => "hdf5",
            Self::SavedModel => "saved-model",
            Self::GraphDef => "graph-def",
            Self::MetaGraph => "meta-graph",
            Self::KerasMetadata => "keras-metadata",
            Self::TensorFlowCheckpoint => "tensorflow-checkpoint",
            Self::TfLite => "tflite",
            Self::Onnx => "onnx",
            Self::CoreMl => "core-ml",
            Self::Paddle => "paddle",
            Self::Caffe => "caffe",
            Self::Cntk => "cntk",
            Self::OpenVino => "openvino",
            Self::TensorRt => "tensorrt",
            Self::ExecuTorch => "executorch",
            Self::Mxnet => "mxnet",
            Self::Ncnn => "ncnn",
            Self::Rknn => "rknn",
            Self::Msgpack => "msgpack",
            Self::Orbax => "orbax",
            Self::Pmml => "pmml",
            Self::Xgboost => "xgboost",
            Self::LightGbm => "lightgbm",
            Self::CatBoost => "catboost",
            Self::Torch7 => "torch7",
            Self::RData => "r-data",
            Self::Skops => "skops",
            Self::Spacy => "spacy",
            Self::Ggml => "ggml",
            Self::Llamafile => "llamafile",
            Self::SentencePiece => "sentencepiece",
            Self::TorchMobile => "torch-mobile",
            Self::TorchExport => "torch-export",
            Self::TensorFlowJs => "tensorflow-js",
            Self::Other => "other-model",
        }
    }
}

/// What loading or running a model does beyond arithmetic, or what is wrong with how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ModelHazardKind {
    /// Code that lies in the file itself runs: bytecode, source, an expression, a serialised function.
    EmbeddedCode,
    /// A function or class that is known to run commands, load code or touch files is named to be called.
    DangerousCallable,
    /// A function or class outside what the format's own library provides is named to be imported or called.
    UnknownCallable,
    /// The model needs a custom class, layer or operator that the user must provide; nothing is imported by it.
    CustomOperator,
    /// An operator calls back into the interpreter (`PyFunc`, `py_func`, a Python operator).
    InterpreterCallback,
    /// A native library or plugin is loaded by name or path, or lies in the file as bytes.
    NativeLibrary,
    /// A process is started.
    ProcessStart,
    /// An operator or a field makes the runtime read a file that it names.
    FileRead,
    /// An operator or a field makes the runtime write, move or delete files.
    FileWrite,
    /// Something is fetched from or sent to a network.
    NetworkUse,
    /// A side file is named by a path that leaves the model's folder (`..`, a link).
    PathEscape,
    /// A side file is named by an absolute path, a drive or a network share.
    PathAbsolute,
    /// An XML document declares external entities or loads an external document type.
    ExternalEntity,
    /// An XML document declares entities that expand.
    EntityExpansion,
    /// A declared size or count overflows, or asks for far more than the file holds.
    SizeLie,
    /// An offset points outside the file or its structure.
    OutOfBounds,
    /// Two things share bytes, a name or an index so that loaders disagree about which one counts.
    Ambiguous,
    /// What users write or the model answers is changed on its way: words are replaced, dropped, or put in.
    TextRewriting,
    /// Loading takes far more time or memory than the file's size justifies: nesting, recursion, huge outputs.
    ResourceExhaustion,
    /// Bytes that belong to no part of the format.
    StrayData,
    /// The structure is broken in a way that honest writers never produce.
    Malformed,
    /// A protection of the loader is switched off from inside the file.
    ProtectionOff,
}

/// How sure it is that a hazard acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// When the file is loaded.
    OnLoad,
    /// When the model is run or trained.
    OnUse,
    /// Only with settings that users must choose (`safe_mode=False`), or in loaders that are fixed by now.
    Conditional,
}

/// One hazard of a model file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ModelHazard {
    /// What it is.
    pub kind: ModelHazardKind,
    /// When it acts.
    pub effect: Effect,
    /// Where it stands.
    pub place: Place,
    /// The operator, layer, class, path or key, made visible and shortened.
    pub subject: String,
    /// One plain sentence part that says what happens, without the subject.
    pub detail: String,
    /// A CVE, GHSA or specification section that describes the class; empty if there is none.
    pub reference: String,
}

impl ModelHazard {
    /// A hazard; hostile text is made visible and shortened here.
    #[must_use]
    pub fn new(
        kind: ModelHazardKind,
        effect: Effect,
        place: Place,
        subject: &str,
        detail: impl Into<String>,
        reference: &str,
    ) -> Self {
        Self {
            kind,
            effect,
            place,
            subject: visible(subject, QUOTED),
            detail: detail.into(),
            reference: reference.to_owned(),
        }
    }
}

/// Bytes inside a model file that are a thing of their own and have to be inspected as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPart {
    /// What it is called inside the file.
    pub name: String,
    /// Where the bytes are.
    pub content: PartContent,
}

/// Where the bytes of a part are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartContent {
    /// A stretch of the file.
    Stretch {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// Bytes that had to be decoded (base64, chunked, escaped); at most a mebibyte.
    Decoded(Vec<u8>),
}

/// A file beside the model that it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SideFile {
    /// The path as written, made visible and shortened.
    pub path: String,
    /// Where it is named.
    pub place: Place,
}

/// A model file as its parser saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// What it is.
    pub format: ModelFormat,
    /// The version of the format, as written; empty if it has none.
    pub version: String,
    /// Who wrote it (library and version), as written; empty if unknown.
    pub producer: String,
    /// How many operators, layers or nodes.
    pub operators: u64,
    /// How many elements its tensors hold, as far as they are known.
    pub parameters: u64,
    /// Files beside it that it names, whether they stay in the folder or not.
    pub side_files: Vec<SideFile>,
    /// What it does beyond arithmetic, and what is wrong with it.
    pub hazards: Vec<ModelHazard>,
    /// Hazards beyond those that are kept.
    pub hazards_left_out: u64,
    /// Bytes to inspect on their own.
    pub parts: Vec<ModelPart>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl ModelFacts {
    /// Facts without content.
    #[must_use]
    pub const fn new(format: ModelFormat) -> Self {
        Self {
            format,
            version: String::new(),
            producer: String::new(),
            operators: 0,
            parameters: 0,
            side_files: Vec::new(),
            hazards: Vec::new(),
            hazards_left_out: 0,
            parts: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Keeps a hazard, or counts it if there are many of its kind already; the same one is kept once.
    pub fn hazard(&mut self, hazard: ModelHazard) {
        if self.hazards.contains(&hazard) {
            return;
        }
        let same = self.hazards.iter().filter(|each| each.kind == hazard.kind);
        if same.count() < KEPT_PER_KIND {
            self.hazards.push(hazard);
        } else {
            self.hazards_left_out = self.hazards_left_out.saturating_add(1);
        }
    }

    /// Keeps a side file; beyond a bound they are passed over.
    pub fn side_file(&mut self, path: &str, place: Place) {
        let side = SideFile {
            path: visible(path, QUOTED),
            place,
        };
        if self.side_files.len() < KEPT_ITEMS && !self.side_files.contains(&side) {
            self.side_files.push(side);
        }
    }

    /// Keeps a part; one too many is a problem, since it will not be inspected.
    pub fn part(&mut self, name: &str, content: PartContent) {
        if self.parts.len() < KEPT_ITEMS {
            self.parts.push(ModelPart {
                name: visible(name, QUOTED),
                content,
            });
        } else {
            let detail = "more embedded parts than are inspected";
            self.problem(ProblemKind::LimitReached, Place::Whole, detail);
        }
    }

    /// Notes what could not be read; the same one once.
    pub fn problem(&mut self, kind: ProblemKind, place: Place, detail: impl Into<String>) {
        let problem = Problem::new(kind, place, detail);
        if self.problems.len() < KEPT_ITEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Whether a hazard of this kind was seen.
    #[must_use]
    pub fn has(&self, kind: ModelHazardKind) -> bool {
        self.hazards.iter().any(|hazard| hazard.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_hazards_are_counted_not_kept() {
        let mut facts = ModelFacts::new(ModelFormat::Onnx);
        for index in 0..100_u64 {
            facts.hazard(ModelHazard::new(
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                Place::Byte(index),
                "a\nb",
                "asks for too much",
                "",
            ));
        }
        assert_eq!(facts.hazards.len(), KEPT_PER_KIND);
        assert_eq!(facts.hazards_left_out, 84);
        assert!(facts.has(ModelHazardKind::SizeLie));
        assert_eq!(facts.hazards[0].subject, "a\\nb");
    }
}
