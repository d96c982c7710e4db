//! What a layer of Caffe does, however it is written.

use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};

use crate::code_text::is_code;
use crate::path;

/// The layers of Caffe 1.0, by their name and by the name of the old enumeration.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "ABSVAL", "ACCURACY", "ARGMAX", "AbsVal", "Accuracy", "ArgMax", "BNLL", "BatchNorm", "BatchReindex", "Bias",
    "CONCAT", "CONTRASTIVE_LOSS", "CONVOLUTION", "Clip", "Concat", "ContrastiveLoss", "Convolution", "Crop", "DATA",
    "DECONVOLUTION", "DROPOUT", "DUMMY_DATA", "Data", "Deconvolution", "Dropout", "DummyData", "ELTWISE", "ELU",
    "EUCLIDEAN_LOSS", "EXP", "Eltwise", "Embed", "EuclideanLoss", "Exp", "FLATTEN", "Filter", "Flatten", "HDF5Data",
    "HDF5Output", "HDF5_DATA", "HDF5_OUTPUT", "HINGE_LOSS", "HingeLoss", "IM2COL", "IMAGE_DATA", "INFOGAIN_LOSS",
    "INNER_PRODUCT", "Im2col", "ImageData", "InfogainLoss", "InnerProduct", "Input", "LRN", "LSTM", "LSTMUnit", "Log",
    "MEMORY_DATA", "MULTINOMIAL_LOGISTIC_LOSS", "MVN", "MemoryData", "MultinomialLogisticLoss", "NONE", "POOLING",
    "POWER", "PReLU", "Parameter", "Pooling", "Power", "RELU", "RNN", "ReLU", "Reduction", "Reshape", "SIGMOID",
    "SIGMOID_CROSS_ENTROPY_LOSS", "SILENCE", "SLICE", "SOFTMAX", "SOFTMAX_LOSS", "SPLIT", "SPP", "Scale", "Sigmoid",
    "SigmoidCrossEntropyLoss", "Silence", "Slice", "Softmax", "SoftmaxWithLoss", "Split", "Swish", "TANH",
    "THRESHOLD", "TanH", "Threshold", "Tile", "WINDOW_DATA", "WindowData",
];

/// Modules whose members run programs, load code or touch the system.
const DANGEROUS: &[&str] = &[
    "_posixsubprocess",
    "builtins",
    "code",
    "commands",
    "ctypes",
    "importlib",
    "marshal",
    "nt",
    "os",
    "pdb",
    "pickle",
    "posix",
    "pty",
    "runpy",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "timeit",
    "webbrowser",
];

/// A layer as its parser read it.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// Its type; empty if it has none.
    pub(super) kind: String,
    /// The module of a Python layer.
    pub(super) module: String,
    /// The class in that module.
    pub(super) class: String,
    /// The text that the class gets.
    pub(super) parameter: String,
    /// What is read, by field and path.
    pub(super) sources: Vec<String>,
    /// What is written.
    pub(super) outputs: Vec<String>,
}

/// Paths of one layer that are kept.
pub(super) const KEPT_PATHS: usize = 64;

impl Layer {
    /// Judges the layer.
    pub(super) fn judge(&self, place: &Place, catalogue: Catalogue, facts: &mut ModelFacts) {
        facts.operators = facts.operators.saturating_add(1);
        let is_python = matches!(self.kind.as_str(), "Python" | "PYTHON");
        if is_python || !self.module.is_empty() {
            self.judge_python(place, catalogue, facts);
        } else if !self.kind.is_empty() && KNOWN.binary_search(&self.kind.as_str()).is_err() {
            let detail = "is no layer of Caffe itself, so a fork of it is needed";
            note(
                facts,
                ModelHazardKind::CustomOperator,
                Effect::OnLoad,
                place,
                &self.kind,
                detail,
            );
        }
        for source in &self.sources {
            judge_source(facts, source, place);
        }
        for output in &self.outputs {
            judge_output(facts, output, place);
        }
    }

    fn judge_python(&self, place: &Place, catalogue: Catalogue, facts: &mut ModelFacts) {
        let subject = format!("{}.{}", self.module, self.class);
        let root = self.module.split('.').next().unwrap_or_default();
        if catalogue.has("caffe:modules") && DANGEROUS.binary_search(&root).is_ok() {
            let detail = "is called when the network is built, and is no layer";
            note(
                facts,
                ModelHazardKind::DangerousCallable,
                Effect::OnLoad,
                place,
                &subject,
                detail,
            );
        } else {
            let detail = "is imported and called as a Python layer when the network is built";
            note(
                facts,
                ModelHazardKind::InterpreterCallback,
                Effect::Conditional,
                place,
                &subject,
                detail,
            );
        }
        if is_code(&self.parameter) || self.parameter.contains("!!python/") {
            let detail = "hands a Python layer text that is code; layers evaluate or load such texts as YAML";
            note(
                facts,
                ModelHazardKind::EmbeddedCode,
                Effect::OnLoad,
                place,
                &self.parameter,
                detail,
            );
        }
    }
}

/// Judges a path that is read while the network is used.
pub(super) fn judge_source(facts: &mut ModelFacts, source: &str, place: &Place) {
    facts.side_file(source, place.clone());
    if path::is_sensitive(source) {
        let detail = "is read as data, and is no data";
        note(
            facts,
            ModelHazardKind::FileRead,
            Effect::OnLoad,
            place,
            source,
            detail,
        );
    }
}

/// Judges a path that is written while the network is used.
pub(super) fn judge_output(facts: &mut ModelFacts, output: &str, place: &Place) {
    let is_outside = path::doubt(output).is_some() || path::is_sensitive(output);
    let effect = if is_outside {
        Effect::OnUse
    } else {
        Effect::Conditional
    };
    let detail = "is written when the network runs";
    note(
        facts,
        ModelHazardKind::FileWrite,
        effect,
        place,
        output,
        detail,
    );
}

/// Judges the prefix that a solver's snapshots get; honest ones lie anywhere.
pub(super) fn judge_snapshot(facts: &mut ModelFacts, prefix: &str, place: &Place) {
    if path::is_sensitive(prefix) {
        let detail = "is where snapshots are written while training";
        note(
            facts,
            ModelHazardKind::FileWrite,
            Effect::OnUse,
            place,
            prefix,
            detail,
        );
    }
}

pub(super) fn note(
    facts: &mut ModelFacts,
    kind: ModelHazardKind,
    effect: Effect,
    place: &Place,
    subject: &str,
    detail: &str,
) {
    facts.hazard(ModelHazard::new(
        kind,
        effect,
        place.clone(),
        subject,
        detail,
        "",
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(KNOWN.is_sorted());
        assert!(DANGEROUS.is_sorted());
    }
}
