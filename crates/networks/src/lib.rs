//! Formats that hold a network in protobuf: ONNX, TensorFlow, Core ML, Paddle, Caffe, CNTK.
//!
//! All of them are read with one streaming walker of the wire format ([`wire`]): no message is decoded as a whole,
//! nothing grows with the size of the file, and unknown fields are passed over as protobuf wants it. The texts that
//! some of these formats have beside protobuf (prototxt, Paddle's JSON, Core ML's manifest) are read here as well.
//! Tensor data are not looked at; where they lie is told by [`tables`]. Files that lie beside a model are named, not
//! opened.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::ModelFacts;

pub mod tables;
pub mod wire;

mod caffe;
mod cntk;
mod code_text;
mod coreml;
mod onnx;
mod paddle;
mod path;
mod tensorflow;

/// The formats of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An ONNX `ModelProto`.
    Onnx,
    /// TensorFlow `saved_model.pb`.
    SavedModel,
    /// TensorFlow `GraphDef`.
    GraphDef,
    /// TensorFlow `MetaGraphDef`.
    MetaGraph,
    /// `keras_metadata.pb` beside a SavedModel.
    KerasMetadata,
    /// `fingerprint.pb` beside a SavedModel: hashes and versions.
    Fingerprint,
    /// The index of a TensorFlow checkpoint.
    Checkpoint,
    /// A Core ML `Model`.
    CoreMl,
    /// `Manifest.json` of an `.mlpackage`.
    CoreMlManifest,
    /// A compiled Core ML program as text (`model.mil`).
    CoreMlProgramText,
    /// A Paddle `ProgramDesc`.
    PaddleProgram,
    /// A stream of Paddle tensors (`.pdiparams`).
    PaddleTensors,
    /// A Paddle program as JSON.
    PaddleJson,
    /// A Caffe network or solver as text.
    CaffeText,
    /// A Caffe network in protobuf.
    CaffeModel,
    /// A Caffe2 `NetDef`.
    Caffe2Net,
    /// A CNTK v2 dictionary.
    Cntk,
}

/// The formats that these bytes may be: `head` and `tail` are the first and last 64 KiB (`tail` is empty if `head`
/// is everything), `name` is only a hint for formats without any signature.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    let mut kinds = tensorflow::recognise(head, tail, name);
    let is_whole = tail.is_empty();
    kinds.extend(onnx::recognise(head, is_whole, name));
    kinds.extend(coreml::recognise(head, is_whole, name));
    kinds.extend(paddle::recognise(head, is_whole));
    kinds.extend(caffe::recognise(head, is_whole));
    kinds.extend(cntk::recognise(head, is_whole));
    kinds
}

/// Reads one of the formats of this crate; bytes that are something else give facts with problems.
#[must_use]
pub fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::Onnx => onnx::read(bytes, budget),
        Kind::SavedModel
        | Kind::GraphDef
        | Kind::MetaGraph
        | Kind::KerasMetadata
        | Kind::Fingerprint
        | Kind::Checkpoint => tensorflow::read(kind, bytes, budget),
        Kind::CoreMl | Kind::CoreMlManifest | Kind::CoreMlProgramText => {
            coreml::read(kind, bytes, budget)
        }
        Kind::PaddleProgram | Kind::PaddleTensors | Kind::PaddleJson => {
            paddle::read(kind, bytes, budget)
        }
        Kind::CaffeText | Kind::CaffeModel | Kind::Caffe2Net => caffe::read(kind, bytes, budget),
        Kind::Cntk => cntk::read(bytes, budget),
    }
}

#[cfg(test)]
mod tests;
