//! Shard indexes, diffusers pipelines and sentence-transformers modules.

use super::table;
use crate::corpus::{Case, Label};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = table("repo-config", Label::Malicious, MALICIOUS);
    cases.extend(table("repo-config", Label::Benign, HONEST));
    cases
}

const MALICIOUS: &[(&str, &str, &str)] = &[
    (
        "shard-index-traversal",
        "model.safetensors.index.json",
        r#"{"metadata": {"total_size": 10}, "weight_map": {"a.weight": "model-00001-of-00001.safetensors", "b.weight": "../../other/model.bin"}}"#,
    ),
    (
        "shard-index-absolute",
        "pytorch_model.bin.index.json",
        r#"{"metadata": {}, "weight_map": {"a.weight": "/tmp/evil/pytorch_model.bin"}}"#,
    ),
    (
        "shard-index-url",
        "diffusion_pytorch_model.safetensors.index.json",
        r#"{"metadata": {}, "weight_map": {"a": "https://evil.example/model.safetensors"}}"#,
    ),
    (
        "shard-index-network-share",
        "model.safetensors.index.json",
        r#"{"metadata": {}, "weight_map": {"a": "\\\\203.0.113.7\\share\\model.safetensors"}}"#,
    ),
    (
        "shard-index-windows-traversal",
        "model.safetensors.index.json",
        r#"{"metadata": {}, "weight_map": {"a": "sub\\..\\..\\model.safetensors"}}"#,
    ),
    (
        "shard-index-drive",
        "model.safetensors.index.json",
        r#"{"metadata": {}, "weight_map": {"a": "C:\\models\\model.safetensors"}}"#,
    ),
    (
        "shard-index-pickle-among-safetensors",
        "model.safetensors.index.json",
        r#"{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.bin"}}"#,
    ),
    (
        "pipeline-component-stdlib",
        "model_index.json",
        r#"{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.31.0", "unet": ["os", "system"]}"#,
    ),
    (
        "pipeline-component-traversal",
        "model_index.json",
        r#"{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.31.0", "unet": ["../../evil", "UNet"]}"#,
    ),
    (
        "pipeline-class-traversal",
        "model_index.json",
        r#"{"_class_name": ["../../tmp/pipeline", "FluxPipeline"], "_diffusers_version": "0.31.0"}"#,
    ),
    (
        "pipeline-custom-remote",
        "model_index.json",
        r#"{"_class_name": "FluxPipeline", "custom_pipeline": "evil/pipeline", "unet": ["diffusers", "UNet2DConditionModel"]}"#,
    ),
    (
        "pipeline-component-dunder",
        "model_index.json",
        r#"{"_class_name": "FluxPipeline", "vae": ["diffusers", "__loader__.load_module"]}"#,
    ),
    (
        "sentence-module-stdlib",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1", "type": "subprocess.Popen"}]"#,
    ),
    (
        "sentence-module-remote",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "evil/repo--custom_st.Transformer"}]"#,
    ),
    (
        "sentence-module-antigravity",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "antigravity.fly"}]"#,
    ),
    (
        "sentence-module-path",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "../../other", "type": "sentence_transformers.models.Transformer"}]"#,
    ),
    (
        "sentence-module-reexport",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.util.os.system"}]"#,
    ),
];

const HONEST: &[(&str, &str, &str)] = &[
    (
        "shard-index-safetensors",
        "model.safetensors.index.json",
        r#"{"metadata": {"total_size": 16060522496}, "weight_map": {"lm_head.weight": "model-00004-of-00004.safetensors", "model.embed_tokens.weight": "model-00001-of-00004.safetensors", "model.norm.weight": "model-00004-of-00004.safetensors"}}"#,
    ),
    (
        "shard-index-bin",
        "pytorch_model.bin.index.json",
        r#"{"metadata": {"total_size": 26031728640}, "weight_map": {"lm_head.weight": "pytorch_model-00003-of-00003.bin", "model.embed_tokens.weight": "pytorch_model-00001-of-00003.bin"}}"#,
    ),
    (
        "pipeline-sdxl",
        "model_index.json",
        r#"{"_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.19.0.dev0", "force_zeros_for_empty_prompt": true, "scheduler": ["diffusers", "EulerDiscreteScheduler"], "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"], "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"], "feature_extractor": [null, null]}"#,
    ),
    (
        "pipeline-sd-safety-checker",
        "model_index.json",
        r#"{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.6.0", "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "unet": ["diffusers", "UNet2DConditionModel"], "requires_safety_checker": true}"#,
    ),
    (
        "pipeline-custom-file-beside",
        "model_index.json",
        r#"{"_class_name": ["pipeline", "MyPipeline"], "_diffusers_version": "0.31.0", "unet": ["diffusers", "UNet2DConditionModel"]}"#,
    ),
    (
        "pipeline-onnx",
        "model_index.json",
        r#"{"_class_name": "OnnxStableDiffusionPipeline", "_diffusers_version": "0.8.0", "unet": ["diffusers", "OnnxRuntimeModel"], "vae_decoder": ["diffusers", "OnnxRuntimeModel"]}"#,
    ),
    (
        "sentence-modules-standard",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}, {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]"#,
    ),
    (
        "sentence-modules-sparse",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.sparse_encoder.models.MLMTransformer"}, {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": "sentence_transformers.sparse_encoder.models.SpladePooling"}]"#,
    ),
    (
        "sentence-modules-local-code",
        "modules.json",
        r#"[{"idx": 0, "name": "transformer", "path": "", "type": "custom_st.Transformer"}, {"idx": 1, "name": "pooler", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#,
    ),
    (
        "sentence-modules-pylate",
        "modules.json",
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"}]"#,
    ),
    (
        "sentence-dense-activation",
        "2_Dense/config.json",
        r#"{"in_features": 768, "out_features": 128, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh"}"#,
    ),
];
