//! Adapter configuration.

use super::table;
use crate::corpus::{Case, Label};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = table("repo-config", Label::Malicious, MALICIOUS);
    cases.extend(table("repo-config", Label::Benign, HONEST));
    cases
}

const MALICIOUS: &[(&str, &str, &str)] = &[
    (
        "adapter-imports-os",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "auto_mapping": {"base_model_class": "system", "parent_library": "os"}}"#,
    ),
    (
        "adapter-imports-subprocess",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "auto_mapping": {"base_model_class": "Popen", "parent_library": "subprocess"}}"#,
    ),
    (
        "adapter-imports-pip",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "auto_mapping": {"base_model_class": "main", "parent_library": "pip._internal"}}"#,
    ),
    (
        "adapter-megatron-core",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "megatron_config": {}, "megatron_core": "runpy"}"#,
    ),
    (
        "adapter-base-url",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "http://203.0.113.9/base", "r": 8}"#,
    ),
    (
        "adapter-base-network-share",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "\\\\files.example\\models\\base", "r": 8}"#,
    ),
    (
        "adapter-pattern-exponential",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "target_modules": "^(([a-z_])+.)+layers$"}"#,
    ),
    (
        "adapter-renamed",
        "lora_settings.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "auto_mapping": {"base_model_class": "loads", "parent_library": "pickle"}}"#,
    ),
    (
        "adapter-class-dotted",
        "adapter_config.json",
        r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base", "auto_mapping": {"base_model_class": "os.system", "parent_library": "transformers"}}"#,
    ),
];

const HONEST: &[(&str, &str, &str)] = &[
    (
        "adapter-lora",
        "adapter_config.json",
        r#"{"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "meta-llama/Llama-3.2-1B", "bias": "none", "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layers_pattern": null, "lora_alpha": 32, "lora_dropout": 0.05, "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA", "r": 16, "rank_pattern": {}, "revision": null, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", "use_dora": false, "use_rslora": false}"#,
    ),
    (
        "adapter-local-base",
        "adapter_config.json",
        r#"{"base_model_name_or_path": "/root/models/Qwen2-7B", "peft_type": "LORA", "r": 8, "target_modules": ["c_attn"], "task_type": "CAUSAL_LM"}"#,
    ),
    (
        "adapter-auto-mapping-bert",
        "adapter_config.json",
        r#"{"auto_mapping": {"base_model_class": "BertModel", "parent_library": "transformers.models.bert.modeling_bert"}, "base_model_name_or_path": "bert-base-uncased", "peft_type": "LORA", "r": 4, "target_modules": ["query", "value"]}"#,
    ),
    (
        "adapter-auto-mapping-remote-code",
        "adapter_config.json",
        r#"{"auto_mapping": {"base_model_class": "ChatGLMForConditionalGeneration", "parent_library": "transformers_modules.THUDM.chatglm2-6b.b1502f4f75c71499a3d566b14463edd62620ce9f.modeling_chatglm"}, "base_model_name_or_path": "THUDM/chatglm2-6b", "peft_type": "LORA"}"#,
    ),
    (
        "adapter-auto-mapping-unet",
        "adapter_config.json",
        r#"{"auto_mapping": {"base_model_class": "UNet2DConditionModel", "parent_library": "diffusers.models.unets.unet_2d_condition"}, "base_model_name_or_path": "stabilityai/stable-diffusion-xl-base-1.0", "peft_type": "LORA"}"#,
    ),
    (
        "adapter-target-pattern",
        "adapter_config.json",
        r#"{"base_model_name_or_path": "google/gemma-3-4b-it", "peft_type": "LORA", "revision": "9a4e3b1c", "target_modules": "(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense).*?(?:k_proj|v_proj|q_proj|out_proj|fc1|fc2|o_proj|gate_proj|up_proj|down_proj).*?)"}"#,
    ),
    (
        "adapter-prefix-tuning",
        "adapter_config.json",
        r#"{"peft_type": "PREFIX_TUNING", "base_model_name_or_path": "t5-large", "num_virtual_tokens": 20, "task_type": "SEQ_2_SEQ_LM"}"#,
    ),
];
