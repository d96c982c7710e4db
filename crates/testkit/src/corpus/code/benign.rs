//! Honest Python that shares words, and sometimes habits, with hostile Python.

use super::{Text, text};

pub(super) const CASES: &[Text] = &[
    text(
        "model-eval-method",
        "modeling_x.py",
        "import torch\n\ndef load(path):\n    model = torch.nn.Linear(2, 2)\n    model.load_state_dict(torch.load(path, weights_only=True))\n    return model.half().eval()\n\nclass XModel(torch.nn.Module):\n    def forward(self, x):\n        self.eval()\n        return torch.compile(self.layer)(x)\n",
    ),
    text(
        "regular-expressions",
        "tokenization_x.py",
        "import re\nfrom functools import lru_cache\n\nPATTERN = re.compile(r\"'s|'t|\\w+|[^\\s\\w]+\")\n\n@lru_cache()\ndef bytes_to_unicode():\n    bs = list(range(ord('!'), ord('~') + 1))\n    cs = [chr(n) for n in bs]\n    return dict(zip(bs, cs))\n",
    ),
    text(
        "version-by-exec",
        "setup.py",
        "import os\nfrom setuptools import find_packages, setup\n\nhere = os.path.abspath(os.path.dirname(__file__))\nabout = {}\nwith open(os.path.join(here, 'x', '__version__.py')) as f:\n    exec(f.read(), about)\nwith open('README.md', encoding='utf-8') as f:\n    long_description = f.read()\nsetup(name='x', version=about['__version__'], long_description=long_description, packages=find_packages())\n",
    ),
    text(
        "version-by-git",
        "setup.py",
        "import subprocess\nfrom setuptools import setup\n\ndef sha():\n    try:\n        return subprocess.check_output(['git', 'rev-parse', 'HEAD']).decode('ascii').strip()\n    except Exception:\n        return 'unknown'\n\nsetup(name='x', version='1.0+' + sha()[:7])\n",
    ),
    text(
        "cmake-extension",
        "setup.py",
        "import os, subprocess, sys\nfrom setuptools import Extension, setup\nfrom setuptools.command.build_ext import build_ext\n\nclass CMakeBuild(build_ext):\n    def run(self):\n        subprocess.check_output(['cmake', '--version'])\n        for extension in self.extensions:\n            self.build_extension(extension)\n    def build_extension(self, extension):\n        subprocess.check_call(['cmake', extension.name, '-DPYTHON=' + sys.executable], cwd=self.build_temp)\n        subprocess.check_call(['cmake', '--build', '.'], cwd=self.build_temp)\n\nsetup(name='x', ext_modules=[Extension('x', [])], cmdclass={'build_ext': CMakeBuild})\n",
    ),
    text(
        "lazy-module",
        "__init__.py",
        "import sys\nfrom typing import TYPE_CHECKING\nfrom transformers.utils import _LazyModule\n\n_import_structure = {'configuration_x': ['XConfig'], 'modeling_x': ['XModel']}\nif TYPE_CHECKING:\n    from .modeling_x import XModel\nelse:\n    sys.modules[__name__] = _LazyModule(__name__, globals()['__file__'], _import_structure, module_spec=__spec__)\n",
    ),
    text(
        "lazy-getattr",
        "__init__.py",
        "import importlib\n\n_members = {'XModel': '.modeling_x'}\n\ndef __getattr__(name):\n    if name in _members:\n        module = importlib.import_module(_members[name], __name__)\n        return getattr(module, name)\n    raise AttributeError(name)\n",
    ),
    text(
        "optional-imports",
        "modeling_x.py",
        "import importlib.util\nimport torch\n\ntry:\n    from flash_attn import flash_attn_func\nexcept ImportError:\n    flash_attn_func = None\n\nif importlib.util.find_spec('xformers') is not None:\n    import xformers.ops as xops\n\nACT = {'gelu': torch.nn.GELU, 'relu': torch.nn.ReLU}\n\ndef activation(name):\n    return getattr(torch.nn.functional, name)\n",
    ),
    text(
        "environment-settings",
        "train.py",
        "import os\nos.environ['TOKENIZERS_PARALLELISM'] = 'false'\nos.environ['CUDA_VISIBLE_DEVICES'] = '0'\nos.environ.setdefault('HF_HOME', '/data/hf')\nlocal_rank = int(os.environ.get('LOCAL_RANK', 0))\n",
    ),
    text(
        "token-to-hub",
        "app.py",
        "import os\nfrom huggingface_hub import login\nfrom transformers import AutoModel\n\nlogin(token=os.environ['HF_TOKEN'])\nmodel = AutoModel.from_pretrained('a/b', token=os.environ.get('HF_TOKEN'))\n",
    ),
    text(
        "token-in-header",
        "client.py",
        "import os\nimport requests\n\ndef query(payload):\n    headers = {'Authorization': f\"Bearer {os.environ['HF_TOKEN']}\"}\n    response = requests.post('https://api-inference.huggingface.co/models/a/b', headers=headers, json=payload)\n    return response.json()\n",
    ),
    text(
        "own-api-client",
        "client.py",
        "import os\nimport requests\n\nclass Client:\n    def __init__(self, base='https://api.example.org'):\n        self.base = base\n        self.session = requests.Session()\n        self.session.headers['X-Api-Key'] = os.getenv('SERVICE_API_KEY', '')\n    def complete(self, prompt):\n        return self.session.post(self.base + '/v1/complete', json={'prompt': prompt}).json()\n",
    ),
    text(
        "openai-client",
        "generate.py",
        "import os\nimport openai\n\nopenai.api_key = os.getenv('OPENAI_API_KEY')\nclient = openai.OpenAI(api_key=os.environ.get('OPENAI_API_KEY'))\n\ndef ask(text):\n    return client.chat.completions.create(model='x', messages=[{'role': 'user', 'content': text}])\n",
    ),
    text(
        "example-image",
        "example.py",
        "import requests\nfrom PIL import Image\nfrom transformers import AutoProcessor\n\nurl = 'http://images.cocodataset.org/val2017/000000039769.jpg'\nimage = Image.open(requests.get(url, stream=True).raw)\nprocessor = AutoProcessor.from_pretrained('a/b')\ninputs = processor(images=image, return_tensors='pt')\n",
    ),
    text(
        "image-in-handler",
        "handler.py",
        "from io import BytesIO\nimport base64\nimport requests\nfrom PIL import Image\n\nclass EndpointHandler:\n    def __init__(self, path=''):\n        from transformers import pipeline\n        self.pipe = pipeline('image-classification', model=path)\n    def __call__(self, data):\n        inputs = data.pop('inputs', data)\n        if inputs.startswith('http'):\n            image = Image.open(requests.get(inputs, stream=True).raw)\n        else:\n            image = Image.open(BytesIO(base64.b64decode(inputs)))\n        return self.pipe(image)\n",
    ),
    text(
        "download-in-function",
        "data.py",
        "import os\nimport urllib.request\n\ndef maybe_download(root):\n    path = os.path.join(root, 'data.tar.gz')\n    if not os.path.exists(path):\n        urllib.request.urlretrieve('https://www.example.org/data.tar.gz', path)\n    return path\n",
    ),
    text(
        "download-and-unpack",
        "data.py",
        "import subprocess\nimport tarfile\nimport urllib.request\n\ndef fetch():\n    urllib.request.urlretrieve('https://www.openslr.org/resources/12/dev-clean.tar.gz', 'dev.tar.gz')\n    with tarfile.open('dev.tar.gz') as tar:\n        tar.extractall('data')\n    subprocess.run(['tar', 'xzf', 'dev.tar.gz'], check=True)\n",
    ),
    text(
        "main-guard",
        "run.py",
        "import argparse\nimport os\nimport subprocess\n\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--command', type=str)\n    args = parser.parse_args()\n    os.system(args.command)\n    subprocess.run(['bash', 'train.sh'], check=True)\n\nif __name__ == '__main__':\n    main()\n",
    ),
    text(
        "argparse-eval-type",
        "train.py",
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--betas', type=eval, default='(0.9, 0.999)')\nargs = parser.parse_args()\n",
    ),
    text(
        "activation-by-eval",
        "modeling_x.py",
        "import torch.nn as nn\n\nclass Block(nn.Module):\n    def __init__(self, config):\n        super().__init__()\n        self.act = eval(f'nn.{config.act}')() if config.act else nn.Identity()\n        self.size = eval(config.size) if isinstance(config.size, str) else config.size\n",
    ),
    text(
        "named-tuple-exec",
        "compat.py",
        "import sys\n\nif sys.version_info[0] == 3:\n    exec('def reraise(tp, value, tb=None):\\n    raise value.with_traceback(tb)\\n')\nelse:\n    exec('def reraise(tp, value, tb=None):\\n    raise tp, value, tb\\n')\n",
    ),
    text(
        "exec-template",
        "codegen.py",
        "def make(names):\n    source = 'def f(' + ', '.join(names) + '):\\n    return (' + ', '.join(names) + ')\\n'\n    namespace = {}\n    exec(compile(source, '<generated>', 'exec'), namespace)\n    return namespace['f']\n",
    ),
    text(
        "literal-eval",
        "config.py",
        "import ast\nimport json\n\ndef parse(text):\n    try:\n        return json.loads(text)\n    except ValueError:\n        return ast.literal_eval(text)\n",
    ),
    text(
        "base64-image",
        "app.py",
        "import base64\nimport io\nfrom PIL import Image\n\nLOGO = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='\nimage = Image.open(io.BytesIO(base64.b64decode(LOGO)))\n",
    ),
    text(
        "base64-vocabulary",
        "tokenization_x.py",
        "import base64\n\ndef load_bpe(path):\n    with open(path, 'rb') as f:\n        contents = f.read()\n    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in contents.splitlines() if line)}\n",
    ),
    text(
        "quantized-kernels",
        "quantization.py",
        "import base64\nimport bz2\nimport ctypes\n\nclass Kernel:\n    def __init__(self, code, names):\n        self.code = code\n        self._names = names\n\nquantization_code = 'QlpoOTFBWSZTWQ=='\n\ndef kernels():\n    return Kernel(bz2.decompress(base64.b64decode(quantization_code)), ['int4WeightExtractionHalf'])\n",
    ),
    text(
        "pickle-cache",
        "data.py",
        "import os\nimport pickle\n\ndef cached(path, build):\n    if os.path.exists(path):\n        with open(path, 'rb') as f:\n            return pickle.load(f)\n    value = build()\n    with open(path, 'wb') as f:\n        pickle.dump(value, f)\n    return value\n",
    ),
    text(
        "torch-load-plain",
        "convert.py",
        "import torch\nfrom safetensors.torch import save_file\n\nstate = torch.load('pytorch_model.bin', map_location='cpu')\nsave_file(state, 'model.safetensors')\n",
    ),
    text(
        "torch-load-hub",
        "load.py",
        "import torch\nfrom huggingface_hub import hf_hub_download\n\ndef weights():\n    return torch.load(hf_hub_download('a/b', 'pytorch_model.bin'), map_location='cpu')\n",
    ),
    text(
        "state-dict-from-url",
        "modeling_x.py",
        "import torch\n\nURLS = {'b0': 'https://download.pytorch.org/models/x.pth'}\n\ndef x_b0(pretrained=False):\n    model = torch.nn.Linear(2, 2)\n    if pretrained:\n        model.load_state_dict(torch.hub.load_state_dict_from_url(URLS['b0']))\n    return model\n",
    ),
    text(
        "vision-tower-trust",
        "modeling_x.py",
        "from transformers import AutoModel, PreTrainedModel\n\nclass XModel(PreTrainedModel):\n    def __init__(self, config):\n        super().__init__(config)\n        self.vision = AutoModel.from_config(config.vision_config, trust_remote_code=True)\n",
    ),
    text(
        "nvidia-smi",
        "utils.py",
        "import subprocess\n\ndef gpu_memory():\n    out = subprocess.check_output(['nvidia-smi', '--query-gpu=memory.used', '--format=csv'], encoding='utf-8')\n    return [int(line.split()[0]) for line in out.splitlines()[1:]]\n",
    ),
    text(
        "ffmpeg",
        "audio.py",
        "import subprocess\nimport numpy as np\n\nclass Loader:\n    def __init__(self, rate=16000):\n        self.rate = rate\n    def __call__(self, path):\n        command = ['ffmpeg', '-i', path, '-f', 's16le', '-ac', '1', '-ar', str(self.rate), '-']\n        out = subprocess.run(command, capture_output=True, check=True).stdout\n        return np.frombuffer(out, np.int16)\n",
    ),
    text(
        "spaces-install",
        "app.py",
        "import subprocess\nsubprocess.run('pip install flash-attn --no-build-isolation', env={'FLASH_ATTENTION_SKIP_CUDA_BUILD': 'TRUE'}, shell=True)\nimport gradio as gr\ngr.Interface(lambda x: x, 'text', 'text').launch(share=True)\n",
    ),
    text(
        "pip-by-interpreter",
        "app.py",
        "import os, sys, subprocess\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'einops'])\nos.system('pip install -r requirements.txt')\nos.system('mkdir -p outputs')\n",
    ),
    text(
        "clear-screen",
        "cli_demo.py",
        "import os\nimport platform\n\nclear = 'cls' if platform.system() == 'Windows' else 'clear'\n\ndef main():\n    while True:\n        query = input('> ')\n        if query == 'clear':\n            os.system(clear)\n            continue\n        print(query)\n\nif __name__ == '__main__':\n    main()\n",
    ),
    text(
        "distributed",
        "dist.py",
        "import os\nimport socket\nimport torch.distributed as dist\n\ndef free_port():\n    with socket.socket() as s:\n        s.bind(('', 0))\n        return s.getsockname()[1]\n\ndef init():\n    os.environ['MASTER_ADDR'] = socket.gethostbyname(socket.gethostname())\n    os.environ['MASTER_PORT'] = str(free_port())\n    dist.init_process_group('nccl')\n",
    ),
    text(
        "hostname-in-log",
        "train.py",
        "import logging\nimport platform\nimport socket\n\nlogging.basicConfig(filename='train.log')\nlogging.info('host %s python %s', socket.gethostname(), platform.python_version())\n",
    ),
    text(
        "metrics",
        "train.py",
        "import os\nimport wandb\n\nwandb.login(key=os.environ.get('WANDB_API_KEY'))\nrun = wandb.init(project='x', config={'lr': 1e-4})\nrun.log({'loss': 0.1})\n",
    ),
    text(
        "environment-for-child",
        "launch.py",
        "import os\nimport subprocess\nimport sys\n\ndef launch(script):\n    env = os.environ.copy()\n    env['PYTHONPATH'] = os.getcwd()\n    return subprocess.Popen([sys.executable, script], env=env)\n",
    ),
    text(
        "dotenv",
        "settings.py",
        "import os\nfrom dotenv import load_dotenv\n\nload_dotenv('.env')\nDATABASE_URL = os.getenv('DATABASE_URL')\nSECRET_KEY = os.getenv('SECRET_KEY', 'dev')\n",
    ),
    text(
        "temporary-files",
        "utils.py",
        "import os\nimport shutil\nimport tempfile\n\ndef scratch():\n    folder = tempfile.mkdtemp()\n    try:\n        with open(os.path.join(folder, 'x.txt'), 'w') as f:\n            f.write('x')\n    finally:\n        shutil.rmtree(folder)\n\ndef clean(path):\n    for name in os.listdir(path):\n        os.remove(os.path.join(path, name))\n",
    ),
    text(
        "signal-handlers",
        "serve.py",
        "import atexit\nimport signal\nimport sys\nimport threading\n\ndef stop(*_):\n    sys.exit(0)\n\ndef save():\n    with open('state.json', 'w') as f:\n        f.write('{}')\n\nsignal.signal(signal.SIGTERM, stop)\natexit.register(save)\nthreading.Thread(target=lambda: None, daemon=True).start()\n",
    ),
    text(
        "flash-patch",
        "patch.py",
        "import torch\nimport transformers\nfrom transformers.models.llama import modeling_llama\n\ndef forward(self, hidden_states, **kwargs):\n    return hidden_states\n\nmodeling_llama.LlamaAttention.forward = forward\ntransformers.logging.set_verbosity_error()\ntorch.backends.cuda.matmul.allow_tf32 = True\n",
    ),
    text(
        "triton-kernel",
        "kernels.py",
        "import triton\nimport triton.language as tl\n\n@triton.jit\ndef add_kernel(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):\n    pid = tl.program_id(0)\n    offsets = pid * BLOCK + tl.arange(0, BLOCK)\n    mask = offsets < n\n    tl.store(out_ptr + offsets, tl.load(x_ptr + offsets, mask=mask) + tl.load(y_ptr + offsets, mask=mask), mask=mask)\n",
    ),
    text(
        "native-extension",
        "ops.py",
        "import ctypes\nimport os\nimport torch\n\n_lib = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'libx.so'))\nlibc = ctypes.CDLL('libc.so.6')\ntorch.ops.load_library(os.path.join(os.path.dirname(__file__), 'x.so'))\n",
    ),
    text(
        "inline-extension",
        "ops.py",
        "from torch.utils.cpp_extension import load\n\ndef kernel():\n    return load(name='x', sources=['x.cpp', 'x.cu'], verbose=True)\n",
    ),
    text(
        "dataset-script",
        "x_dataset.py",
        "import csv\nimport datasets\n\n_URL = 'https://example.org/data.csv'\n\nclass X(datasets.GeneratorBasedBuilder):\n    def _info(self):\n        return datasets.DatasetInfo(features=datasets.Features({'text': datasets.Value('string')}))\n    def _split_generators(self, dl_manager):\n        path = dl_manager.download_and_extract(_URL)\n        return [datasets.SplitGenerator(name='train', gen_kwargs={'path': path})]\n    def _generate_examples(self, path):\n        with open(path) as f:\n            for index, row in enumerate(csv.DictReader(f)):\n                yield index, row\n",
    ),
    text(
        "tokenizer-reads-vocabulary",
        "tokenization_x.py",
        "import json\nimport os\nfrom shutil import copyfile\nfrom transformers import PreTrainedTokenizer\n\nclass XTokenizer(PreTrainedTokenizer):\n    def __init__(self, vocab_file, **kwargs):\n        with open(vocab_file, encoding='utf-8') as f:\n            self.encoder = json.load(f)\n        super().__init__(**kwargs)\n    def save_vocabulary(self, folder, prefix=None):\n        target = os.path.join(folder, 'vocab.json')\n        with open(target, 'w', encoding='utf-8') as f:\n            f.write(json.dumps(self.encoder))\n        copyfile(target, target + '.bak')\n        return (target,)\n",
    ),
    text(
        "security-tool",
        "scanner.py",
        "import ast\n\nDANGEROUS = {'os.system', 'eval', 'exec', 'subprocess.Popen', 'pickle.loads', 'curl http://x | sh', 'stratum+tcp://', '~/.ssh/id_rsa'}\n\nclass Visitor(ast.NodeVisitor):\n    def visit_Call(self, node):\n        name = getattr(node.func, 'id', '')\n        if name in DANGEROUS:\n            print('found', name)\n        self.generic_visit(node)\n",
    ),
    text(
        "docstring-with-commands",
        "modeling_x.py",
        "\"\"\"Model.\n\nInstall with::\n\n    curl -s http://example.com/install.sh | sh\n    os.system('rm -rf /')\n\"\"\"\nimport torch.nn as nn\n\nclass XModel(nn.Module):\n    \"\"\"exec(base64.b64decode('...')) is never used here.\"\"\"\n",
    ),
    text(
        "wide-table",
        "tables.py",
        "TABLE = [\n    1,                                                        2,\n    3,                                                                                          # comment far right\n]\nNAMES = {'а': 1, 'имя': 2}\nполе = 3\n",
    ),
    text(
        "tests",
        "test_x.py",
        "import os\nimport subprocess\nimport sys\nimport pytest\n\n@pytest.fixture\ndef folder(tmp_path):\n    return tmp_path\n\ndef test_cli(folder):\n    out = subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True)\n    assert out.returncode == 0\n    os.remove(folder / 'x') if (folder / 'x').exists() else None\n",
    ),
    text(
        "ssl-context",
        "download.py",
        "import ssl\nssl._create_default_https_context = ssl._create_unverified_context\n\ndef get(url):\n    import urllib.request\n    return urllib.request.urlopen(url).read()\n",
    ),
    text(
        "completion-installer",
        "completion.py",
        "from pathlib import Path\n\ndef install_bash(name):\n    rc = Path.home() / '.bashrc'\n    rc.write_text(rc.read_text() + f'\\nsource ~/.bash_completions/{name}.sh\\n')\n",
    ),
    text(
        "home-cache",
        "cache.py",
        "import os\nfrom pathlib import Path\n\nCACHE = Path(os.getenv('XDG_CACHE_HOME', Path.home() / '.cache')) / 'x'\nCACHE.mkdir(parents=True, exist_ok=True)\n(CACHE / 'version.txt').write_text('1')\n",
    ),
    text(
        "string-tables",
        "templates.py",
        "PROMPT = 'You are a helpful {role}. ' + 'Answer in {language}.'\n\ndef render(**values):\n    return PROMPT.format(**values)[::-1][::-1]\n\nKEYS = [k for k in vars() if k.isupper()]\n",
    ),
    text(
        "request-with-local-server",
        "client.py",
        "import requests\n\nresponse = requests.post('http://localhost:11434/api/generate', json={'model': 'x', 'prompt': 'hi'})\nprint(response.json()['response'])\n",
    ),
];
