//! ncnn: the layers of a network, as text (`.param`) or numbers (`.param.bin`).
//!
//! Layers are built in or registered by the application; there is nothing that reaches further. The loader makes
//! room for as many layers, blobs and elements of an array as the file announces. The weights (`.bin`) have no
//! mark of their own and are not recognised.
//!
//! Source: `src/net.cpp` and `src/paramdict.cpp` of Tencent/ncnn 20261020.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{Cursor, SharedBytes};
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;

use crate::facts::{lie, whole_text};

/// The number that begins both forms.
pub(crate) const MAGIC: u32 = 7_767_517;
/// The first line of the text.
pub(crate) const FIRST_LINE: &[u8] = b"7767517";
/// Layers, blobs or elements beyond which a number is none.
const MOST: u64 = 1 << 22;

/// Layers of ncnn, sorted.
const LAYERS: &[&str] = &[
    "AbsVal",
    "ArgMax",
    "BNLL",
    "BatchNorm",
    "Bias",
    "BinaryOp",
    "CELU",
    "Cast",
    "Clip",
    "Concat",
    "Convolution",
    "Convolution1D",
    "Convolution3D",
    "ConvolutionDepthWise",
    "ConvolutionDepthWise1D",
    "ConvolutionDepthWise3D",
    "CopyTo",
    "Crop",
    "CumulativeSum",
    "Deconvolution",
    "Deconvolution1D",
    "Deconvolution3D",
    "DeconvolutionDepthWise",
    "DeconvolutionDepthWise1D",
    "DeconvolutionDepthWise3D",
    "DeepCopy",
    "DeformableConv2D",
    "Dequantize",
    "DetectionOutput",
    "Diag",
    "Dropout",
    "ELU",
    "Einsum",
    "Eltwise",
    "Embed",
    "Erf",
    "Exp",
    "ExpandDims",
    "Flatten",
    "Flip",
    "Fold",
    "GELU",
    "GLU",
    "GRU",
    "Gemm",
    "GridSample",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "InnerProduct",
    "Input",
    "InstanceNorm",
    "Interp",
    "InverseSpectrogram",
    "LRN",
    "LSTM",
    "LayerNorm",
    "Log",
    "MVN",
    "MatMul",
    "MemoryData",
    "Mish",
    "MultiHeadAttention",
    "Noop",
    "Normalize",
    "PReLU",
    "PSROIPooling",
    "Packing",
    "Padding",
    "Permute",
    "PixelShuffle",
    "Pooling",
    "Pooling1D",
    "Pooling3D",
    "Power",
    "PriorBox",
    "Proposal",
    "Quantize",
    "RMSNorm",
    "RNN",
    "ROIAlign",
    "ROIPooling",
    "ReLU",
    "Reduction",
    "Reorg",
    "Requantize",
    "Reshape",
    "RotaryEmbed",
    "SDPA",
    "SELU",
    "SPP",
    "Scale",
    "Shrink",
    "ShuffleChannel",
    "Sigmoid",
    "Silence",
    "Slice",
    "Softmax",
    "SoftmaxLoss",
    "Softplus",
    "Spectrogram",
    "Split",
    "Squeeze",
    "StatisticsPooling",
    "Swish",
    "TanH",
    "Threshold",
    "Tile",
    "UnaryOp",
    "Unfold",
    "YoloDetectionOutput",
    "Yolov3DetectionOutput",
];

/// Reads the text.
pub(crate) fn read_text(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Ncnn);
    let Some(text) = whole_text(bytes, budget, &mut facts) else {
        return facts;
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().zip(1_u32..);
    lines.next();
    let counts: Vec<i64> = lines
        .next()
        .map(|(line, _)| words(line).filter_map(|word| word.parse().ok()).collect())
        .unwrap_or_default();
    let [layers, blobs] = counts.as_slice() else {
        let detail = "the line with the numbers of layers and blobs is missing";
        facts.problem(ProblemKind::Malformed, line(2), detail);
        return facts;
    };
    facts.version = "text".to_owned();
    for (number, line) in lines {
        if !number.trim().is_empty() {
            layer(number, line, &mut facts);
        }
    }
    let held = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let is_absurd = |count: i64| count < 0 || count > held;
    if is_absurd(*layers) || is_absurd(*blobs) {
        let subject = format!("{layers} layers, {blobs} blobs");
        let detail = "more layers or blobs are announced than the file can hold";
        say(&mut facts, 2, &subject, detail);
    } else if u64::try_from(*layers).is_ok_and(|layers| layers != facts.operators) {
        let detail = format!(
            "{layers} layers are announced, {} are there",
            facts.operators
        );
        facts.problem(ProblemKind::Malformed, line(2), detail);
    }
    facts
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_ascii_whitespace()
}

const fn line(line: u32) -> Place {
    Place::Line { line, column: 1 }
}

fn say(facts: &mut ModelFacts, at: u32, subject: &str, detail: &str) {
    facts.hazard(ModelHazard::new(
        Kind::SizeLie,
        Effect::OnLoad,
        line(at),
        subject,
        detail,
        "CWE-789",
    ));
}

/// `type name inputs outputs names… parameters…`
fn layer(text: &str, at: u32, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    let words: Vec<&str> = words(text).collect();
    let kind = words.first().copied().unwrap_or_default();
    known(kind, line(at), facts);
    let count = |index: usize| words.get(index).and_then(|word| word.parse::<i64>().ok());
    let (Some(inputs), Some(outputs)) = (count(2), count(3)) else {
        let detail = "a layer does not say how many inputs and outputs it has";
        facts.problem(ProblemKind::Malformed, line(at), detail);
        return;
    };
    let held = i64::try_from(words.len()).unwrap_or(i64::MAX);
    let names = inputs.checked_add(outputs);
    if inputs < 0 || outputs < 0 || names.is_none_or(|names| names > held.saturating_sub(4)) {
        let subject = format!("{kind} with {inputs} inputs, {outputs} outputs");
        say(
            facts,
            at,
            &subject,
            "a layer announces more inputs or outputs than it names",
        );
        return;
    }
    for word in &words {
        array(word, at, facts);
    }
}

/// `-23303=3,1,2,3`: an array with its length first.
fn array(word: &str, at: u32, facts: &mut ModelFacts) {
    let Some((key, value)) = word.split_once('=') else {
        return;
    };
    if !key.parse::<i64>().is_ok_and(|key| key <= -23300) {
        return;
    }
    let mut parts = value.split(',');
    let stated = parts.next().and_then(|length| length.parse::<i64>().ok());
    let held = i64::try_from(parts.count()).unwrap_or(i64::MAX);
    // Texts are arrays as well: their length counts characters.
    if stated.is_some_and(|stated| {
        stated < 0 || stated > held.max(i64::try_from(value.len()).unwrap_or(0))
    }) {
        say(
            facts,
            at,
            word,
            "an array announces more elements than it has",
        );
    }
}

fn known(kind: &str, place: Place, facts: &mut ModelFacts) {
    // The same text carries what pnnx has not lowered yet: operators of PyTorch by their own names.
    let is_from_pytorch = [
        "pnnx.", "nn.", "F.", "torch.", "Tensor.", "aten::", "prim::",
    ]
    .iter()
    .any(|start| kind.starts_with(start));
    if !is_from_pytorch && LAYERS.binary_search(&kind).is_err() {
        facts.hazard(ModelHazard::new(
            Kind::CustomOperator,
            Effect::OnUse,
            place,
            kind,
            "a layer that the application has to register",
            "",
        ));
    }
}

/// Reads the numbers.
pub(crate) fn read_binary(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Ncnn);
    facts.version = "binary".to_owned();
    let mut reader = Numbers {
        cursor: Cursor::at(bytes.as_ref(), 4),
    };
    if reader.walk(budget, &mut facts).is_none() && facts.hazards.is_empty() {
        let place = Place::Byte(reader.cursor.position());
        let detail = "the file ends within a layer";
        facts.problem(ProblemKind::Truncated, place, detail);
    }
    facts
}

struct Numbers<'a> {
    cursor: Cursor<'a>,
}

impl Numbers<'_> {
    fn next(&mut self) -> Option<i32> {
        let mut raw = [0_u8; 4];
        for slot in &mut raw {
            *slot = self.cursor.next_byte().ok()??;
        }
        Some(i32::from_le_bytes(raw))
    }

    /// A count, if as many numbers can follow; otherwise it is noted.
    fn count(&mut self, what: &str, facts: &mut ModelFacts) -> Option<u64> {
        let at = self.cursor.position();
        let stated = self.next()?;
        let count = u64::try_from(stated)
            .ok()
            .filter(|count| count.saturating_mul(4) <= self.cursor.remaining() && *count <= MOST);
        if count.is_none() {
            let subject = format!("{stated} {what}");
            lie(
                facts,
                at,
                &subject,
                "more is announced than the file can hold",
                "CWE-789",
            );
        }
        count
    }

    fn pass(&mut self, count: u64) {
        self.cursor.skip(count.saturating_mul(4));
    }

    fn walk(&mut self, budget: &Budget, facts: &mut ModelFacts) -> Option<()> {
        let layers = self.count("layers", facts)?;
        self.count("blobs", facts)?;
        for _ in 0..layers {
            budget.check_time().ok()?;
            let kind = self.next()?;
            if kind < 0 || kind & 0x100 != 0 || kind > 1000 {
                let place = Place::Byte(self.cursor.position());
                facts.hazard(ModelHazard::new(
                    Kind::CustomOperator,
                    Effect::OnUse,
                    place,
                    &format!("layer type {kind}"),
                    "a layer that the application has to register",
                    "",
                ));
            }
            facts.operators = facts.operators.saturating_add(1);
            let (inputs, outputs) = (self.count("inputs", facts)?, self.count("outputs", facts)?);
            self.pass(inputs.saturating_add(outputs));
            self.parameters(facts)?;
        }
        Some(())
    }

    /// Parameters until the mark -233; keys at and below -23300 begin arrays.
    fn parameters(&mut self, facts: &mut ModelFacts) -> Option<()> {
        for _ in 0..=64 {
            let key = self.next()?;
            if key == -233 {
                return Some(());
            }
            if key <= -23300 {
                let length = self.count("elements", facts)?;
                self.pass(length);
            } else {
                self.next()?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_sorted() {
        assert!(LAYERS.is_sorted());
    }
}
