//! Configuration as honest repositories have it, chosen to sit close to what attacks look like.

use super::table;
use crate::corpus::{Case, Label};

pub(super) fn cases() -> Vec<Case> {
    table("repo-config", Label::Benign, HONEST)
}

const HONEST: &[(&str, &str, &str)] = &[
    (
        "config-llama",
        "config.json",
        r#"{"architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256}"#,
    ),
    (
        "config-qwen",
        "config.json",
        r#"{"architectures": ["Qwen2ForCausalLM"], "_name_or_path": "/data/checkpoints/qwen2-7b-sft", "model_type": "qwen2", "sliding_window": 131072, "_attn_implementation": "flash_attention_2", "vocab_size": 152064}"#,
    ),
    (
        "config-bert",
        "config.json",
        r#"{"architectures": ["BertForMaskedLM"], "hidden_act": "gelu", "model_type": "bert", "vocab_size": 30522, "id2label": {"0": "NEG", "1": "POS"}}"#,
    ),
    (
        "config-local-auto-map",
        "config.json",
        r#"{"architectures": ["Phi3ForCausalLM"], "model_type": "phi3", "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config", "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"}}"#,
    ),
    (
        "config-hub-kernel-collection",
        "config.json",
        r#"{"architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss", "_attn_implementation": "kernels-community/vllm-flash-attn3"}"#,
    ),
    (
        "config-attention-by-part",
        "config.json",
        r#"{"model_type": "gemma3", "_attn_implementation": {"text_config": "sdpa", "vision_config": "eager"}, "_attn_implementation_autoset": true}"#,
    ),
    (
        "config-remote-code-off",
        "config.json",
        r#"{"model_type": "lightglue", "trust_remote_code": false, "keypoint_detector_config": {"model_type": "superpoint"}}"#,
    ),
    (
        "config-quantised",
        "config.json",
        r#"{"model_type": "llama", "quantization_config": {"bits": 4, "group_size": 128, "quant_method": "gptq", "modules_in_block_to_quantize": null}}"#,
    ),
    (
        "config-custom-pipeline-local",
        "config.json",
        r#"{"model_type": "bert", "custom_pipelines": {"pair-classification": {"impl": "pair_classification.PairClassificationPipeline", "pt": ["AutoModelForSequenceClassification"], "tf": []}}}"#,
    ),
    (
        "config-not-a-number",
        "config.json",
        r#"{"model_type": "x", "initializer_range": NaN, "limit": Infinity}"#,
    ),
    (
        "config-cross-encoder",
        "config.json",
        r#"{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}"#,
    ),
    (
        "config-mlx-model-file",
        "config.json",
        r#"{"model_type": "mlx_custom", "model_file": "model.py"}"#,
    ),
    (
        "config-vision-hidden-act",
        "config.json",
        r#"{"model_type": "clip", "text_config": {"hidden_act": "quick_gelu"}, "vision_config": {"hidden_act": "quick_gelu", "image_size": 224}}"#,
    ),
    (
        "generation-config",
        "generation_config.json",
        r#"{"bos_token_id": 1, "do_sample": true, "eos_token_id": 2, "max_length": 4096, "temperature": 0.6, "top_p": 0.9, "transformers_version": "4.37.0"}"#,
    ),
    (
        "generation-config-local-decoder",
        "generation_config.json",
        r#"{"eos_token_id": 2, "custom_generate": "."}"#,
    ),
    (
        "processor-clip",
        "preprocessor_config.json",
        r#"{"crop_size": {"height": 224, "width": 224}, "do_resize": true, "image_mean": [0.48, 0.45, 0.4], "image_processor_type": "CLIPImageProcessor", "processor_class": "CLIPProcessor"}"#,
    ),
    (
        "tokenizer-config-cached-path",
        "tokenizer_config.json",
        r#"{"add_bos_token": true, "tokenizer_class": "LlamaTokenizer", "tokenizer_file": "/root/.cache/huggingface/hub/models--org--m/tokenizer.json", "special_tokens_map_file": "/root/x.json"}"#,
    ),
    (
        "tokenizer-config-named-templates",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "CohereTokenizerFast", "chat_template": [{"name": "default", "template": "{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}"}, {"name": "rag", "template": "{{ documents | length }}"}]}"#,
    ),
    (
        "tokenizer-config-local-auto-map",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "ChatGLM4Tokenizer", "auto_map": {"AutoTokenizer": ["tokenization_chatglm.ChatGLM4Tokenizer", null]}}"#,
    ),
    (
        "hydra-known-targets",
        "config.yaml",
        "model:\n  _target_: torchvision.models.resnet50\n  pretrained: true\noptimizer:\n  _target_: torch.optim.AdamW\n  lr: 1e-4\ntrainer:\n  _target_: lightning.pytorch.Trainer\n",
    ),
    (
        "hydra-own-targets",
        "conf/model/net.yaml",
        "_target_: src.models.components.simple_dense_net.SimpleDenseNet\ninput_size: 784\n",
    ),
    (
        "nemo-config",
        "model_config.yaml",
        "target: nemo.collections.asr.models.hybrid_rnnt_ctc_bpe_models.EncDecHybridRNNTCTCBPEModel\npreprocessor:\n  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor\n  sample_rate: 16000\nencoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n",
    ),
    (
        "latent-diffusion-config",
        "v1-inference.yaml",
        "model:\n  base_learning_rate: 1.0e-04\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n    unet_config:\n      target: ldm.modules.diffusionmodules.openaimodel.UNetModel\n      params: {image_size: 32}\n",
    ),
    (
        "torchtune-recipe",
        "recipe.yaml",
        "model:\n  _component_: torchtune.models.llama3_2.lora_llama3_2_1b\ntokenizer:\n  _component_: torchtune.models.llama3.llama3_tokenizer\n",
    ),
    (
        "lightning-hparams",
        "hparams.yaml",
        "lr: 0.001\nargs: !!python/object:argparse.Namespace\n  batch_size: 8\nbetas: !!python/tuple\n- 0.9\n- 0.999\n",
    ),
    (
        "lightning-device",
        "hparams.yaml",
        "device: !!python/object/apply:torch.device\n- cuda\n",
    ),
    (
        "training-settings",
        "axolotl.yaml",
        "base_model: org/base\ntrust_remote_code: true\nadapter: lora\ndatasets:\n- path: ../data/train.jsonl\n  type: alpaca\n",
    ),
    (
        "serving-settings",
        "vllm.yaml",
        "model: org/m\nport: 8000\ntrust-remote-code: false\nmax-model-len: 4096\n",
    ),
    (
        "harness-task",
        "task.yaml",
        "task: my_task\ndataset_path: org/data\ndoc_to_text: \"{{question}}\\nAnswer:\"\nprocess_docs: !function utils.process_docs\n",
    ),
    (
        "mlflow-sklearn",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    predict_fn: predict\n    python_version: 3.11.9\n  sklearn:\n    code: null\n    pickled_model: model.pkl\n    serialization_format: cloudpickle\nmlflow_version: 2.15.1\n",
    ),
    (
        "mlflow-own-loader",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    code: code\n    data: data\n    loader_module: my_loader\n    python_version: 3.11.9\n",
    ),
    (
        "mlflow-artifacts",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n    artifacts:\n      weights:\n        path: artifacts/w.bin\n        uri: /home/me/w.bin\n",
    ),
    (
        "dataset-infos",
        "dataset_infos.json",
        r#"{"default": {"description": "", "features": {"text": {"dtype": "string", "_type": "Value"}}, "splits": {"train": {"name": "train", "num_bytes": 10, "num_examples": 1}}, "download_checksums": {"https://example.org/data.zip": {"num_bytes": 10, "checksum": "3f9a1c7e"}}}}"#,
    ),
    (
        "yaml-anchors",
        "docker-compose.yml",
        "x-common: &common\n  restart: always\nservices:\n  a:\n    <<: *common\n    image: org/a\n  b:\n    <<: *common\n    image: org/b\n",
    ),
    (
        "hydra-get-method",
        "config.yaml",
        "act:\n  _target_: hydra.utils.get_method\n  path: torch.nn.functional.relu\nworkers:\n  _target_: os.cpu_count\nopt:\n  _target_: functools.partial\n  _args_: ['${get_class:torch.optim.Adam}']\n",
    ),
    (
        "hydra-hub-download",
        "config.yaml",
        "ckpt:\n  _target_: huggingface_hub.hf_hub_download\n  repo_id: org/m\n  filename: model.safetensors\n",
    ),
    (
        "same-key-same-value",
        "config.json",
        r#"{"model_type": "bert", "vocab_size": 3, "vocab_size": 3}"#,
    ),
];
