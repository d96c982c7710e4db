//! What the rules about model files of all formats share: which hazards call for which severity, and in which words.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_analysis::rule::Sink;
use chainwright_core::finding::Evidence;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::severity::{Confidence, Severity};

use crate::shared::{SHOWN, quoted};

pub(crate) fn models(artifact: &Inspected) -> impl Iterator<Item = &ModelFacts> {
    artifact.facts.iter().filter_map(|facts| match facts {
        Facts::Model(facts) => Some(facts),
        _ => None,
    })
}

/// Reports the hazards of these kinds as one finding, which is as bad as the worst of them.
pub(crate) fn report_kinds(artifact: &Inspected, kinds: &[ModelHazardKind], sink: &mut Sink<'_>) {
    let mut found: Vec<(Severity, ModelFormat, &ModelHazard)> = Vec::new();
    for facts in models(artifact) {
        let wanted = facts
            .hazards
            .iter()
            .filter(|hazard| kinds.contains(&hazard.kind));
        found.extend(wanted.map(|hazard| (severity(hazard), facts.format, hazard)));
    }
    found.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let Some((worst, format, first)) = found.first() else {
        return;
    };
    let message = format!("{} in {}", told(first), format_name(*format));
    let told = found.iter().take(SHOWN).map(|(.., hazard)| Evidence {
        place: hazard.place.clone(),
        text: evidence(hazard),
    });
    sink.report_as(*worst, confidence(first), message, told.collect());
}

/// How bad a hazard is: by what it does, and by when it acts.
const fn severity(hazard: &ModelHazard) -> Severity {
    use ModelHazardKind as K;
    let severity = match hazard.kind {
        K::EmbeddedCode | K::DangerousCallable => match hazard.effect {
            Effect::OnLoad => Severity::Critical,
            Effect::OnUse | Effect::Conditional => Severity::High,
        },
        K::ProcessStart
        | K::NativeLibrary
        | K::FileWrite
        | K::NetworkUse
        | K::InterpreterCallback
        | K::PathEscape => Severity::High,
        K::FileRead
        | K::PathAbsolute
        | K::ExternalEntity
        | K::SizeLie
        | K::OutOfBounds
        | K::Ambiguous
        | K::TextRewriting
        | K::ResourceExhaustion
        | K::EntityExpansion
        | K::ProtectionOff
        | K::Malformed
        | K::UnknownCallable => Severity::Medium,
        K::CustomOperator | K::StrayData => Severity::Low,
    };
    match hazard.effect {
        Effect::OnLoad | Effect::OnUse => severity,
        Effect::Conditional => milder(severity),
    }
}

const fn milder(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}

const fn confidence(hazard: &ModelHazard) -> Confidence {
    match hazard.effect {
        Effect::OnLoad | Effect::OnUse => Confidence::High,
        Effect::Conditional => Confidence::Medium,
    }
}

fn told(hazard: &ModelHazard) -> String {
    if hazard.subject.is_empty() {
        hazard.detail.clone()
    } else {
        format!("{} {}", quoted(&hazard.subject), hazard.detail)
    }
}

fn evidence(hazard: &ModelHazard) -> String {
    let when = match hazard.effect {
        Effect::OnLoad => "when it is loaded",
        Effect::OnUse => "when it is used",
        Effect::Conditional => "with settings or versions that allow it",
    };
    if hazard.reference.is_empty() {
        format!("{} ({when})", told(hazard))
    } else {
        format!("{} ({when}; {})", told(hazard), hazard.reference)
    }
}

/// The format in words.
pub(crate) const fn format_name(format: ModelFormat) -> &'static str {
    match format {
        ModelFormat::KerasConfig => "a Keras model",
        ModelFormat::Hdf5 => "an HDF5 file",
        ModelFormat::SavedModel => "a TensorFlow SavedModel",
        ModelFormat::GraphDef => "a TensorFlow graph",
        ModelFormat::MetaGraph => "a TensorFlow meta graph",
        ModelFormat::KerasMetadata => "the Keras metadata of a SavedModel",
        ModelFormat::TensorFlowCheckpoint => "a TensorFlow checkpoint",
        ModelFormat::TfLite => "a TensorFlow Lite model",
        ModelFormat::Onnx => "an ONNX model",
        ModelFormat::CoreMl => "a Core ML model",
        ModelFormat::Paddle => "a Paddle model",
        ModelFormat::Caffe => "a Caffe model",
        ModelFormat::Cntk => "a CNTK model",
        ModelFormat::OpenVino => "an OpenVINO model",
        ModelFormat::TensorRt => "a TensorRT engine",
        ModelFormat::ExecuTorch => "an ExecuTorch program",
        ModelFormat::Mxnet => "an MXNet model",
        ModelFormat::Ncnn => "an ncnn model",
        ModelFormat::Rknn => "an RKNN model",
        ModelFormat::Msgpack => "a MessagePack checkpoint",
        ModelFormat::Orbax => "an Orbax checkpoint",
        ModelFormat::Pmml => "a PMML model",
        ModelFormat::Xgboost => "an XGBoost model",
        ModelFormat::LightGbm => "a LightGBM model",
        ModelFormat::CatBoost => "a CatBoost model",
        ModelFormat::Torch7 => "a Torch7 file",
        ModelFormat::RData => "an R data file",
        ModelFormat::Skops => "a skops model",
        ModelFormat::Spacy => "a spaCy pipeline",
        ModelFormat::Ggml => "a GGML file",
        ModelFormat::Llamafile => "a llamafile",
        ModelFormat::SentencePiece => "a SentencePiece vocabulary",
        ModelFormat::TorchMobile => "a PyTorch mobile program",
        ModelFormat::TorchExport => "a PyTorch export",
        ModelFormat::TensorFlowJs => "a TensorFlow.js model",
        _ => "a model file",
    }
}
