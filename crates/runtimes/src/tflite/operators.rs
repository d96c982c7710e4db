//! Operators: which are built in, which must be provided, and which run TensorFlow kernels.

use std::collections::BTreeSet;

use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind as Kind};

use super::tensors::Tensor;
use super::{BUILTINS, CUSTOM, DELEGATE, malformed, needs_operator};
use crate::flat::{Flat, Table, flex};
use crate::kernels::{self, Reaches};

/// An entry of the table of operator codes.
#[derive(Debug)]
pub(super) struct Code {
    builtin: i32,
    name: String,
}

/// Custom operators that Google's own runtimes and converters bring along: LiteRT's `register.cc` and
/// `kernels/custom_ops_register.h`, the Edge TPU compiler, MediaPipe, TensorFlow Text, TensorFlow.js and the
/// audio frontend of `experimental/microfrontend`.
const KNOWN: &[&str] = &[
    "AddsV2",
    "Atan2",
    "AvgPool3D",
    "Bias",
    "Complex",
    "Convolution2DTransposeBias",
    "Cumsum",
    "DenseImageWarp",
    "Einsum",
    "EnergyFilterbank",
    "HashTableV2",
    "Imag",
    "IRFFT2D",
    "Irfft2d",
    "KmeansEmbeddingLookup",
    "Landmarks2TransformMatrix",
    "MaxPool3D",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "Mfcc",
    "NumericVerify",
    "PerformPadding",
    "Predict",
    "RFFT2D",
    "RandomStandardNormal",
    "RandomUniform",
    "Multinomial",
    "Real",
    "Resampler",
    "RoiToTransformMatrix",
    "Sign",
    "SignalFft",
    "SignalRfft",
    "SignalWindow",
    "SignalFramer",
    "SignalFilterBank",
    "SignalFilterBankLog",
    "SignalFilterBankSpectralSubtraction",
    "SignalFilterBankSquareRoot",
    "SignalMfcc",
    "SignalOverlapAdd",
    "SignalPCAN",
    "SignalStacker",
    "SignalDelay",
    "SignalEnergy",
    "SignalFftAutoScale",
    "SignalIfft",
    "SignalIrfft",
    "SignalPcan",
    "SignalRfft2d",
    "SignalIrfft2d",
    "TFLite_Detection_PostProcess",
    "TfLite_Detection_PostProcess",
    "TFText>WordpieceTokenizeWithOffsets",
    "TFText>WhitespaceTokenizeWithOffsetsV2",
    "TFSentencepieceTokenizeOp",
    "TFSentencepieceDetokenizeOp",
    "TFSentencepieceVocabSize",
    "Table",
    "TransformLandmarks",
    "TransformTensor",
    "TransformTensorBilinear",
    "UnsortedSegmentSum",
    "AudioSpectrogram",
    "AudioMicrofrontend",
    "CTC_GREEDY_DECODER",
    "CTCBeamSearchDecoder",
    "NON_MAX_SUPPRESSION",
    "Ngrams",
    "aeq.update_cache",
    "odml.update_kv_cache",
    "edgetpu-custom-op",
    "edgetpu-custom-op-2",
    "ethos-u",
    "tftext:Ngrams",
    "tftext:WhitespaceTokenizer",
    "tftext:CustomSgnn",
    "xla_custom_call",
    "DISPATCH_OP",
];

/// Reads the table of operator codes.
pub(super) fn codes(root: Table<'_>, facts: &mut ModelFacts) -> Vec<Code> {
    root.tables(1)
        .map(|code| match code {
            Some(code) => one(code, facts),
            None => Code {
                builtin: 0,
                name: String::new(),
            },
        })
        .collect()
}

/// Files of old schemas know the first field only, which has 8 bits; new ones write both, and the larger counts.
fn one(code: Table<'_>, facts: &mut ModelFacts) -> Code {
    let builtin = i32::from(code.i8(0)).max(code.i32(3));
    let name = code.text(1);
    if builtin < 0 || builtin == DELEGATE {
        let detail = "an operator code that no writer writes";
        malformed(
            facts,
            code.start(),
            &format!("operator code {builtin}"),
            detail,
        );
    }
    if builtin > BUILTINS {
        let shown = format!("builtin {builtin}");
        let detail = "the number of a builtin operator that is not known";
        needs_operator(facts, code.start(), &shown, detail);
    }
    if builtin == CUSTOM && name.as_deref().is_none_or(str::is_empty) {
        let detail = "a custom operator without a name, which old interpreters look up through a null pointer";
        malformed(facts, code.start(), "operator code 32", detail);
    }
    Code {
        builtin,
        name: name.unwrap_or_default(),
    }
}

/// Says what one operator of a graph does.
pub(super) fn judge(
    flat: &Flat<'_>,
    code: &Code,
    operator: Table<'_>,
    graph_inputs: &BTreeSet<i32>,
    tensors: &[Tensor],
    facts: &mut ModelFacts,
) {
    if code.builtin != CUSTOM {
        return;
    }
    options_in_file(flat, operator, facts);
    let Some(kernel) = code.name.strip_prefix("Flex") else {
        if !KNOWN.contains(&code.name.as_str()) {
            let detail = "a custom operator that the application has to bring along";
            needs_operator(facts, operator.start(), &code.name, detail);
        }
        return;
    };
    let node = options(flat, operator).and_then(|options| node_of(&options));
    let first_input = operator.i32s(1).next();
    let has_callers_path = first_input.is_some_and(|input| {
        graph_inputs.contains(&input)
            && usize::try_from(input)
                .ok()
                .and_then(|input| tensors.get(input))
                .is_some_and(|tensor| !tensor.is_constant)
    });
    let at = operator.start();
    kernel_hazard(flat, facts, at, kernel, has_callers_path);
    if let Some(node) = node {
        judge_node(flat, facts, at, kernel, &node, has_callers_path);
    }
}

/// The node that a Flex operator carries says which kernel runs; its own name is only looked up.
fn judge_node(
    flat: &Flat<'_>,
    facts: &mut ModelFacts,
    at: u64,
    kernel: &str,
    node: &kernels::Node,
    has_callers_path: bool,
) {
    if node.kernel != kernel {
        facts.hazard(ModelHazard::new(
            Kind::Ambiguous,
            Effect::OnUse,
            Place::Byte(at),
            &format!("Flex{kernel} runs {}", node.kernel),
            "the name of an operator is not the kernel that it runs",
            "",
        ));
        kernel_hazard(flat, facts, at, &node.kernel, has_callers_path);
    }
    for path in node.texts.iter().filter(|text| text.starts_with("file://")) {
        facts.hazard(ModelHazard::new(
            Kind::FileWrite,
            Effect::OnUse,
            Place::Byte(at),
            path,
            "an operator writes its output to a file",
            "",
        ));
    }
}

fn kernel_hazard(
    flat: &Flat<'_>,
    facts: &mut ModelFacts,
    at: u64,
    kernel: &str,
    has_callers_path: bool,
) {
    let name = format!("Flex{kernel}");
    let reaches = kernels::reaches(kernel, flat.catalogue());
    // Models that train on the device save to and restore from a path that the caller passes at run time.
    let is_checkpoint = matches!(kernel, "Save" | "SaveV2" | "Restore" | "RestoreV2");
    let kind = match reaches {
        _ if is_checkpoint && has_callers_path => Kind::CustomOperator,
        Some(Reaches::FileRead) => Kind::FileRead,
        Some(Reaches::FileWrite) => Kind::FileWrite,
        Some(Reaches::Python) => Kind::InterpreterCallback,
        Some(Reaches::Network) => Kind::NetworkUse,
        None if kernels::is_plain(kernel) => Kind::CustomOperator,
        None => Kind::UnknownCallable,
    };
    let detail = match kind {
        Kind::UnknownCallable => {
            "an operator that runs a TensorFlow kernel whose effect is not known"
        }
        Kind::CustomOperator => "an operator that runs a TensorFlow kernel",
        _ => "an operator that runs a TensorFlow kernel which reaches beyond the model",
    };
    let place = Place::Byte(at);
    facts.hazard(ModelHazard::new(
        kind,
        Effect::OnUse,
        place,
        &name,
        detail,
        "",
    ));
}

/// Options of large models lie outside the flatbuffer.
fn options_in_file(flat: &Flat<'_>, operator: Table<'_>, facts: &mut ModelFacts) {
    let (offset, size) = (operator.u64(9), operator.u64(10));
    let is_inside = offset <= 1
        || offset
            .checked_add(size)
            .is_some_and(|end| end <= flat.size());
    if !is_inside {
        let subject = format!("custom options at {offset}+{size}");
        let detail = "the options of an operator reach beyond the end of the file";
        crate::facts::outside(facts, operator.start(), &subject, detail, "CWE-125");
    }
}

/// Bytes of custom options that are read.
const OPTIONS: u64 = 1 << 20;

fn options(flat: &Flat<'_>, operator: Table<'_>) -> Option<Vec<u8>> {
    if let Some(inside) = operator.vector(5, 1).filter(|list| list.count > 0) {
        return inside.bytes(OPTIONS);
    }
    let (offset, size) = (operator.u64(9), operator.u64(10));
    (offset > 1 && size <= OPTIONS)
        .then(|| flat.bytes(offset, size))
        .flatten()
}

/// The options of a Flex operator: a list of its name and the serialised node.
fn node_of(options: &[u8]) -> Option<kernels::Node> {
    let texts = flex::texts(options);
    let node = texts.get(1)?;
    kernels::node(node.get(..narrow(OPTIONS)).unwrap_or(node))
}
