//! Which operators exist, and what one that does not exist means.
//!
//! The tables hold what ONNX, ONNX Runtime and its extensions register themselves. Everything else needs code that
//! somebody must bring: from a known vendor that is a custom operator, from nowhere it is unknown.

use chainwright_core::catalogue::Catalogue;
use chainwright_core::model::ModelHazardKind;

use crate::code_text::{names_process, names_python};

/// Every operator of the standard domain in any version of ONNX up to opset 28, removed and experimental ones too,
/// and those that ONNX Runtime registers there.
#[rustfmt::skip]
const STANDARD: &[&str] = &[
    "ATen", "Abs", "Acos", "Acosh", "Add", "Affine", "AffineGrid", "And", "ArgMax", "ArgMin", "Asin",
    "Asinh", "Atan", "Atanh", "Attention", "AveragePool", "BatchNormalization", "Bernoulli", "BitCast",
    "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "BlackmanWindow", "Cast", "CastLike",
    "CausalConvWithState", "Ceil", "Celu", "CenterCropPad", "Clip", "Col2Im", "Compress", "Concat",
    "ConcatFromSequence", "Constant", "ConstantFill", "ConstantOfShape", "Conv", "ConvInteger",
    "ConvTranspose", "Cos", "Cosh", "Crop", "CumProd", "CumSum", "DFT", "DeformConv", "DepthToSpace",
    "DequantizeLinear", "Det", "Div", "Dropout", "DynamicQuantizeLinear", "DynamicSlice", "Einsum", "Elu",
    "Equal", "Erf", "Exp", "Expand", "EyeLike", "FC", "Flatten", "Floor", "GRU", "GRUUnit", "Gather",
    "GatherElements", "GatherND", "Gelu", "Gemm", "GivenTensorFill", "GlobalAveragePool", "GlobalLpPool",
    "GlobalMaxPool", "Greater", "GreaterOrEqual", "GridSample", "GroupNormalization", "HammingWindow",
    "HannWindow", "HardSigmoid", "HardSwish", "Hardmax", "Identity", "If", "ImageDecoder", "ImageScaler",
    "InstanceNormalization", "IsInf", "IsNaN", "LRN", "LSTM", "LayerNormalization", "LeakyRelu", "Less",
    "LessOrEqual", "LinearAttention", "Log", "LogSoftmax", "Loop", "LoopIndexTensor", "LpNormalization",
    "LpPool", "MatMul", "MatMulInteger", "Max", "MaxPool", "MaxRoiPool", "MaxUnpool", "Mean",
    "MeanVarianceNormalization", "MelWeightMatrix", "MemcpyFromHost", "MemcpyToHost", "Min", "Mish", "Mod",
    "Mul", "Multinomial", "Neg", "NegativeLogLikelihoodLoss", "NonMaxSuppression", "NonZero", "Not",
    "OneHot", "Optional", "OptionalGetElement", "OptionalHasElement", "Or", "PRelu", "Pad",
    "ParametricSoftplus", "Pow", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RMSNormalization",
    "RNN", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Range", "Reciprocal",
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare", "RegexFullMatch", "Relu", "Reshape", "Resize",
    "ReverseSequence", "RoiAlign", "RotaryEmbedding", "Round", "STFT", "Scale", "ScaledTanh", "Scan",
    "Scatter", "ScatterElements", "ScatterND", "Selu", "SequenceAt", "SequenceConstruct", "SequenceEmpty",
    "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "Shape", "Shrink", "Sigmoid",
    "Sign", "SimplifiedLayerNormalization", "Sin", "Sinh", "Size", "Slice", "Softmax",
    "SoftmaxCrossEntropyLoss", "Softplus", "Softsign", "SpaceToDepth", "SpatialBN", "Split",
    "SplitToSequence", "Sqrt", "Squeeze", "StringConcat", "StringNormalizer", "StringSplit", "Sub", "Sum",
    "SwiGLU", "Swish", "Tan", "Tanh", "TensorScatter", "TfIdfVectorizer", "ThresholdedRelu", "Tile", "TopK",
    "Transpose", "Trilu", "Unique", "Unsqueeze", "Upsample", "Where", "Xor",
];

/// The operators of `ai.onnx.ml`.
#[rustfmt::skip]
const LEARNING: &[&str] = &[
    "ArrayFeatureExtractor", "Binarizer", "CastMap", "CategoryMapper", "DictVectorizer",
    "FeatureVectorizer", "Imputer", "LabelEncoder", "LinearClassifier", "LinearRegressor", "Normalizer",
    "OneHotEncoder", "SVMClassifier", "SVMRegressor", "Scaler", "TreeEnsemble", "TreeEnsembleClassifier",
    "TreeEnsembleRegressor", "ZipMap",
];

/// The operators of `com.microsoft` in ONNX Runtime 1.32.
#[rustfmt::skip]
const MICROSOFT: &[&str] = &[
    "Attention", "AttnLSTM", "BeamSearch", "BiasAdd", "BiasDropout", "BiasGelu", "BiasSoftmax",
    "BiasSplitGelu", "BifurcationDetector", "BitmaskBiasDropout", "BitmaskDropout", "BranchwiseRMSNorm",
    "CDist", "CausalConvWithState", "ComplexMul", "ComplexMulConj", "ConvStateReplay",
    "ConvTransposeWithDynamicPads", "CropAndResize", "DecoderAttention", "DecoderMaskedMultiHeadAttention",
    "DecoderMaskedSelfAttention", "DequantizeBFP", "DequantizeLinear", "DequantizeWithOrder",
    "DynamicQuantizeLSTM", "DynamicQuantizeMatMul", "DynamicSparseAttention", "DynamicTimeWarping",
    "EmbedLayerNormalization", "EngramGate", "ExpandDims", "FastGelu", "FusedConv",
    "FusedGemm", "FusedMatMul", "FusedMatMulActivation", "GatedAdd", "GatedDeltaNet",
    "GatedDeltaNetStateReplay", "GatedRMSNorm", "GatedRelativePositionBias", "GatherBlockQuantized",
    "GatherND", "GatherPacked", "Gelu", "GemmFastGelu", "GemmFloat8", "GemmaRotaryEmbedding",
    "GreedySearch", "GridSample", "GroupNorm", "GroupQueryAttention", "HyperConnectionLowRankMix",
    "HyperConnectionPostMix", "HyperConnectionPreMix", "Inverse", "Irfft", "IsAllFinite", "LinearAttention",
    "LinearAttentionGate", "LongformerAttention", "MRotaryEmbedding", "Mamba2Verify",
    "MatMulBlockQuantizedFp4Weight", "MatMulBlockQuantizedFp8Weight", "MatMulBnb4", "MatMulFpQ4",
    "MatMulInteger16", "MatMulIntegerToFloat", "MatMulNBits", "MatMulNBitsMlp", "MatMulNBitsQLoRA",
    "MatMulNBitsQkv", "MatMulPacked", "MaxpoolWithMask", "MoE", "MoEGroupRouter", "MoEPacked", "MulInteger",
    "MultiHeadAttention", "MurmurHash3", "NGramHashMapping", "NGramRepeatBlock", "NhwcConv",
    "NhwcFusedConv", "NhwcMaxPool", "PackedAttention", "PackedMultiHeadAttention",
    "PackedSparseAttentionIndexer", "PackedSparseAttentionIndexerMerge", "Pad", "PagedAttention",
    "QAttention", "QEmbedLayerNormalization", "QGemm", "QLinearAdd", "QLinearAveragePool", "QLinearConcat",
    "QLinearConv", "QLinearGlobalAveragePool", "QLinearLeakyRelu", "QLinearMul", "QLinearReduceMean",
    "QLinearSigmoid", "QLinearSoftmax", "QLinearWhere", "QMoE", "QOrderedAttention", "QOrderedGelu",
    "QOrderedLayerNormalization", "QOrderedLongformerAttention", "QOrderedMatMul", "QuantizeBFP",
    "QuantizeLinear", "QuantizeWithOrder", "QuickGelu", "RMSNormRotary", "Range", "ReduceSumInteger",
    "RelativePositionBias", "RemovePadding", "RestorePadding", "Rfft", "RotaryEmbedding",
    "RouterGateUpProj", "SampleOp", "Sampling", "ScaledSiLU", "SkipGroupNorm", "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization", "Snpe", "SparseAttention", "SparseAttentionIndexer",
    "SparsePagedAttention", "SparseToDenseMatMul", "SpeculativePrefixCommit", "SwiGLU", "Tokenizer",
    "TorchEmbedding", "TransposeMatMul", "Trilu", "UnfoldTensor", "Unique", "VarlenCausalConvWithState",
    "VarlenNGramHashMapping", "WhisperBeamSearch", "WordConvEmbedding",
];

/// Operators of `com.microsoft` that ONNX Runtime registers as well and that do not only compute.
const MICROSOFT_OTHERS: &[&str] = &["EPContext", "PythonOp", "PythonOpGrad", "TritonOp"];

/// The operators of `ai.onnx.contrib` that `onnxruntime-extensions` implements in C++.
#[rustfmt::skip]
const EXTENSIONS: &[&str] = &[
    "AddAdd", "AddAndSoftmax", "AddMul", "AddSharedInput", "AudioDecoder", "BasicTokenizer",
    "BertTokenizer", "BertTokenizerDecoder", "BlingFireSentenceBreaker", "BpeDecoder", "CLIPTokenizer",
    "DecodeImage", "DrawBoundingBoxes", "EncodeImage", "GPT2Tokenizer", "GaussianBlur", "HfBertTokenizer",
    "HfJsonTokenizer", "ImageDecoder", "Inverse", "MaskedFill", "MaskedScatterNDOfShape", "MulAdd",
    "MulAndSoftmax", "MulMul", "MulMulSigmoid", "MulSharedInput", "MulSigmoid", "MulSub", "NegPos",
    "NegXPlus1", "PhonemeTokenizer", "RaggedTensorToDense", "RaggedTensorToSparse", "ReplaceZero",
    "RobertaTokenizer", "RotaryEmbedding", "ScatterNDOfShape", "SegmentExtraction", "SegmentSum",
    "SentencepieceDecoder", "SentencepieceTokenizer", "SpaceToDepth", "SpmTokenizer", "StftNorm",
    "StringConcat", "StringECMARegexReplace", "StringECMARegexSplitWithOffsets", "StringEqual",
    "StringHash", "StringHashFast", "StringJoin", "StringLength", "StringLower", "StringMapping",
    "StringRaggedTensorToDense", "StringRegexReplace", "StringRegexSplitWithOffsets", "StringSlice",
    "StringSplit", "StringStrip", "StringToHashBucket", "StringToHashBucketFast", "StringToVector",
    "StringUpper", "SubMul", "Tokenizer", "Transpose2DCastFP16", "TrieDetokenizer", "TrieTokenizer",
    "VectorToString", "WordpieceTokenizer",
];

/// The newest version of the standard domain that [`STANDARD`] covers; later ones may have more operators.
const STANDARD_VERSION: i64 = 28;

/// Domains that ONNX Runtime implements itself besides those with a table.
const BUILT_IN_DOMAINS: &[&str] = &[
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft.dml",
    "com.microsoft.experimental",
    "com.microsoft.mlfeaturizers",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
];

/// Domains of known exporters and runtimes: their operators need a plugin that users install on purpose.
const VENDOR_DOMAINS: &[&str] = &[
    "Paddle",
    "ai.graphcore",
    "ai.onnx.converters.sklearn",
    "ai.onnx.converters.sparkml",
    "aten",
    "caffe2",
    "com.amd.quark",
    "com.qti.aisw",
    "com.vai.quantize",
    "com.xilinx.quark",
    "finn.custom_op.fpgadataflow",
    "finn.custom_op.general",
    "mmcv",
    "mmdeploy",
    "mmdet",
    "onnx.brevitas",
    "onnxscript.atenlib",
    "onnxscript.atenlib.internal",
    "org.openvinotoolkit",
    "org.pytorch._caffe2",
    "org.pytorch.aten",
    "prim",
    "qonnx.custom_op.channels_last",
    "qonnx.custom_op.general",
    "qti_aisw",
    "quantized",
    "torchvision",
    "trt",
    "trt.plugins",
];

/// What an operator is to a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    /// The format's own library or the reference runtime has it.
    Known,
    /// It calls back into Python.
    Interpreter,
    /// It sends its input to a service.
    Network,
    /// It holds or names a compiled network for a device.
    CompiledContext,
    /// It is not built in; the hazard says how bad that is.
    Foreign(ModelHazardKind, &'static str),
}

impl Provider {
    /// The family that an operator with an effect belongs to.
    const fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Interpreter => "interpreter",
            Self::Network => "network",
            Self::CompiledContext => "context",
            Self::Foreign(..) => "process",
        }
    }
}

/// Judges an operator by its exact domain and name; `version` is what the model imports of the standard domain.
pub(super) fn provider(domain: &str, name: &str, version: i64, catalogue: Catalogue) -> Provider {
    if let Some(doing) =
        doing(domain, name).filter(|doing| catalogue.has_part("onnx", doing.word()))
    {
        return doing;
    }
    match domain {
        "" | "ai.onnx" => standard(name, version),
        "ai.onnx.ml" if has(LEARNING, name) => Provider::Known,
        "com.microsoft" if has(MICROSOFT, name) => Provider::Known,
        "ai.onnx.contrib" if has(EXTENSIONS, name) => Provider::Known,
        "com.microsoft" if has(MICROSOFT_OTHERS, name) => Provider::Foreign(
            ModelHazardKind::UnknownCallable,
            "is an operator of ONNX Runtime whose effect is not known",
        ),
        // Every release adds some, and training builds have more.
        "com.microsoft" => Provider::Foreign(
            ModelHazardKind::CustomOperator,
            "is no operator of `com.microsoft` that is known",
        ),
        // The extensions let any Python function register under any name in this domain.
        "ai.onnx.contrib" => Provider::Foreign(
            ModelHazardKind::UnknownCallable,
            "is no operator of the extensions, so a Python function must be registered for it",
        ),
        "com.microsoft.extensions" => Provider::Foreign(
            ModelHazardKind::UnknownCallable,
            "is no operator of the extensions that only computes",
        ),
        _ if has(BUILT_IN_DOMAINS, domain) => Provider::Known,
        _ => foreign(domain),
    }
}

/// What the name of an operator says that it does beyond arithmetic.
fn doing(domain: &str, name: &str) -> Option<Provider> {
    match domain {
        "com.microsoft" if name == "EPContext" => Some(Provider::CompiledContext),
        "com.microsoft" if matches!(name, "PythonOp" | "PythonOpGrad") => {
            Some(Provider::Interpreter)
        }
        "ai.onnx.contrib" if name.starts_with("Py") => Some(Provider::Interpreter),
        "com.microsoft.extensions" | "ai.onnx.contrib" if is_service(name) => {
            Some(Provider::Network)
        }
        "" | "ai.onnx" if has(STANDARD, name) => None,
        _ if has(BUILT_IN_DOMAINS, domain) => None,
        _ => by_name(name),
    }
}

/// Whether the standard domain has an operator of this name.
pub(super) fn is_standard(name: &str) -> bool {
    has(STANDARD, name)
}

fn standard(name: &str, version: i64) -> Provider {
    // Plugins of TensorRT are put into the standard domain by their exporters.
    let is_plugin = name.ends_with("_TRT") || name.starts_with("TRT");
    if has(STANDARD, name) {
        Provider::Known
    } else if is_plugin || version > STANDARD_VERSION {
        let detail = "is an operator of a plugin or of a later version of the standard";
        Provider::Foreign(ModelHazardKind::CustomOperator, detail)
    } else {
        let detail = "claims to be a standard operator, and no version of the standard has it";
        Provider::Foreign(ModelHazardKind::UnknownCallable, detail)
    }
}

fn is_service(name: &str) -> bool {
    name.starts_with("Azure") || name.starts_with("OpenAI")
}

fn by_name(name: &str) -> Option<Provider> {
    if names_python(name) {
        Some(Provider::Interpreter)
    } else if names_process(name) {
        let detail = "is named after running or loading a program";
        Some(Provider::Foreign(
            ModelHazardKind::DangerousCallable,
            detail,
        ))
    } else {
        None
    }
}

fn foreign(domain: &str) -> Provider {
    let is_vendor = has(VENDOR_DOMAINS, domain) || domain.starts_with("com.microsoft.");
    if is_vendor {
        let detail = "needs an operator library that is installed beside the runtime";
        Provider::Foreign(ModelHazardKind::CustomOperator, detail)
    } else {
        let detail = "needs native code of an operator domain that no known library has";
        Provider::Foreign(ModelHazardKind::UnknownCallable, detail)
    }
}

fn has(table: &[&str], name: &str) -> bool {
    table.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        for table in [
            STANDARD,
            LEARNING,
            MICROSOFT,
            EXTENSIONS,
            BUILT_IN_DOMAINS,
            VENDOR_DOMAINS,
            MICROSOFT_OTHERS,
        ] {
            assert!(table.is_sorted(), "{table:?}");
        }
    }

    #[test]
    fn operators_are_judged_by_exact_name() {
        use ModelHazardKind::{CustomOperator, DangerousCallable, UnknownCallable};
        let all = Catalogue::default();
        let kind = |domain, name, version| match provider(domain, name, version, all) {
            Provider::Foreign(kind, _) => Some(kind),
            _ => None,
        };
        let cases = [
            ("", "Conv", 13, None),
            ("ai.onnx", "FC", 1, None),
            ("", "Convv", 13, Some(UnknownCallable)),
            ("", "EfficientNMS_TRT", 13, Some(CustomOperator)),
            ("", "OfTomorrow", 99, Some(CustomOperator)),
            ("", "ShellExec", 99, Some(DangerousCallable)),
            ("ai.onnx.ml", "TreeEnsemble", 5, None),
            ("ai.onnx.ml", "TreeEnsembles", 5, Some(UnknownCallable)),
            ("com.microsoft", "FusedMatMul", 1, None),
            ("com.microsoft", "OfTomorrow", 1, Some(CustomOperator)),
            ("com.microsofts", "FusedMatMul", 1, Some(UnknownCallable)),
            ("ai.onnx.contrib", "BertTokenizer", 1, None),
            ("ai.onnx.contrib", "MyFunction", 1, Some(UnknownCallable)),
            ("mmdeploy", "grid_sampler", 1, Some(CustomOperator)),
            ("nobody", "Op", 1, Some(UnknownCallable)),
        ];
        for (domain, name, version, expected) in cases {
            assert_eq!(kind(domain, name, version), expected, "{domain}::{name}");
        }
        for (domain, name) in [
            ("com.microsoft", "PythonOp"),
            ("ai.onnx.contrib", "PyReverse"),
            ("x", "PyFunc"),
        ] {
            assert_eq!(
                provider(domain, name, 1, all),
                Provider::Interpreter,
                "{domain}::{name}"
            );
        }
        assert_eq!(
            provider("com.microsoft.extensions", "AzureTextToText", 1, all),
            Provider::Network
        );
    }
}
