//! The same effects, written so that nobody sees them.

use super::{Text, text};

pub(super) const CASES: &[Text] = &[
    text(
        "base64-exec",
        "modeling_x.py",
        "import base64\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))\n",
    ),
    text(
        "base64-exec-in-function",
        "utils.py",
        "import base64\n\ndef warmup():\n    exec(base64.b64decode(b'aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ==').decode())\n",
    ),
    text(
        "dunder-import-base64",
        "modeling_x.py",
        "exec(__import__('base64').b64decode('cHJpbnQoMSk='))\n",
    ),
    text(
        "zlib-base64-lambda",
        "modeling_x.py",
        "_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));exec((_)(b'==gCpEDK05WayB3SMhUzJzJe'))\n",
    ),
    text(
        "marshal",
        "modeling_x.py",
        "import marshal\nexec(marshal.loads(b'\\xe3\\x00\\x00\\x00\\x00'))\n",
    ),
    text(
        "marshal-zlib-base64",
        "modeling_x.py",
        "import marshal, zlib, base64\ncode = marshal.loads(zlib.decompress(base64.b64decode('eJwDAAAAAAE=')))\nexec(code)\n",
    ),
    text(
        "function-type-of-marshal",
        "modeling_x.py",
        "import marshal, types\nf = types.FunctionType(marshal.loads(open('weights.idx', 'rb').read()), globals())\nf()\n",
    ),
    text(
        "hex",
        "modeling_x.py",
        "exec(bytes.fromhex('7072696e74283129'))\n",
    ),
    text(
        "rot13",
        "modeling_x.py",
        "import codecs\nexec(codecs.decode('vzcbeg bf; bf.flfgrz(\"vq\")', 'rot13'))\n",
    ),
    text(
        "rot13-decoder",
        "modeling_x.py",
        "import codecs\neval(codecs.getdecoder('rot_13')('cevag(1)')[0])\n",
    ),
    text(
        "character-codes",
        "modeling_x.py",
        "exec(''.join(chr(c) for c in [112, 114, 105, 110, 116, 40, 49, 41]))\n",
    ),
    text(
        "character-codes-map",
        "modeling_x.py",
        "exec(''.join(map(chr, [112, 114, 105, 110, 116, 40, 49, 41])))\n",
    ),
    text(
        "character-codes-loop",
        "modeling_x.py",
        "source = ''\nfor code in (112, 114, 105, 110, 116, 40, 49, 41):\n    source += chr(code)\nexec(source)\n",
    ),
    text(
        "bytes-of-list",
        "modeling_x.py",
        "exec(bytes([112, 114, 105, 110, 116, 40, 49, 41]).decode())\n",
    ),
    text(
        "xor",
        "modeling_x.py",
        "data = [90, 88, 67, 68, 94, 2, 27, 3]\nexec(''.join(chr(x ^ 42) for x in data))\n",
    ),
    text(
        "xor-function",
        "modeling_x.py",
        "import base64\n\ndef _x(data, key):\n    return bytes(b ^ key[i % len(key)] for i, b in enumerate(data))\n\neval(_x(base64.b64decode('GxkeCQ=='), b'key'))\n",
    ),
    text(
        "reversed-text",
        "modeling_x.py",
        "exec(\")'di'(metsys.so;so tropmi\"[::-1])\n",
    ),
    text(
        "reversed-base64",
        "modeling_x.py",
        "import base64\nexec(base64.b64decode('==QKxgCdulmcw'[::-1]))\n",
    ),
    text(
        "filler-removed",
        "modeling_x.py",
        "import os\ngetattr(os, 'sQQyQQsQQtQQeQQm'.replace('QQ', ''))('id')\n",
    ),
    text(
        "assembled-attribute",
        "modeling_x.py",
        "import os\ngetattr(os, 'sys' + 'tem')('id')\n",
    ),
    text(
        "assembled-attribute-in-function",
        "utils.py",
        "import os\n\ndef check(command):\n    runner = getattr(os, ''.join(['po', 'pen']))\n    return runner(command).read()\n",
    ),
    text(
        "assembled-import",
        "modeling_x.py",
        "m = __import__('o' + 's')\nm.system('id')\n",
    ),
    text(
        "assembled-import-importlib",
        "modeling_x.py",
        "import importlib\nimportlib.import_module('sub' 'process').run(['sh', '-c', 'id'])\n",
    ),
    text(
        "assembled-format",
        "modeling_x.py",
        "run = getattr(__import__('{}{}'.format('o', 's')), '%s%s' % ('sys', 'tem'))\nrun('id')\n",
    ),
    text(
        "builtins-subscript",
        "modeling_x.py",
        "__builtins__['ev' + 'al']('print(1)')\n",
    ),
    text(
        "builtins-getattr",
        "modeling_x.py",
        "import builtins\ngetattr(builtins, ('ex' 'ecute')[0:4])('import os\\nos.system(\"id\")')\n",
    ),
    text(
        "builtins-dict",
        "modeling_x.py",
        "f = __builtins__.__dict__['\\x65\\x78\\x65\\x63']\nf('import os; os.system(\"id\")')\n",
    ),
    text(
        "globals-subscript",
        "modeling_x.py",
        "globals()['__builtins__'].__dict__['__import__']('os').system('id')\n",
    ),
    text(
        "vars-of-module",
        "modeling_x.py",
        "import os\nvars(os)['system']('id')\n",
    ),
    text(
        "sys-modules",
        "modeling_x.py",
        "import sys\nsys.modules['os'].system('id')\n",
    ),
    text(
        "leaked-module",
        "modeling_x.py",
        "import shutil\nshutil.os.system('id')\n",
    ),
    text(
        "object-model",
        "modeling_x.py",
        "for c in ().__class__.__base__.__subclasses__():\n    if c.__name__ == '_wrap_close':\n        c.__init__.__globals__['system']('id')\n",
    ),
    text(
        "attrgetter",
        "modeling_x.py",
        "import os, operator\noperator.attrgetter('system')(os)('id')\n",
    ),
    text(
        "methodcaller",
        "modeling_x.py",
        "import os, operator\noperator.methodcaller('system', 'id')(os)\n",
    ),
    text(
        "eval-names-function",
        "modeling_x.py",
        "import os\nrun = eval('os.system')\nrun('id')\n",
    ),
    text(
        "exec-plain-text",
        "modeling_x.py",
        "exec('import os\\nos.system(\"id\")')\n",
    ),
    text(
        "exec-triple-quoted",
        "modeling_x.py",
        "CODE = '''\nimport subprocess\nsubprocess.run([\"sh\", \"-c\", \"id\"])\n'''\nexec(compile(CODE, 'x', 'exec'))\n",
    ),
    text(
        "code-type",
        "modeling_x.py",
        "import types\nc = types.CodeType(0, 0, 0, 0, 1, 67, b'd\\x00S\\x00', (None,), (), (), '', '', 1, b'')\nexec(c)\n",
    ),
    text(
        "code-swap",
        "modeling_x.py",
        "import marshal, base64\n\ndef forward(x):\n    return x\n\nforward.__code__ = marshal.loads(base64.b64decode('4wAAAAA='))\n",
    ),
    text(
        "far-right",
        "modeling_x.py",
        "import torch                                                                                                                                                                                                        ;import os;os.system('id')\n",
    ),
    text(
        "styled-letters",
        "modeling_x.py",
        "import os\nos.\u{1d4fc}\u{1d502}\u{1d4fc}\u{1d4fd}\u{1d4ee}\u{1d4f6}('id')\n",
    ),
    text(
        "look-alike-letters",
        "modeling_x.py",
        "def l\u{43e}ad_weights(path):\n    return open(path).read()\n",
    ),
    text(
        "direction-override",
        "modeling_x.py",
        "def check(user):\n    # \u{202e}\u{2066} if user != 'admin' \u{2069} \u{2066}\n    return True\n",
    ),
    text(
        "machine-names",
        "modeling_x.py",
        "_0x1a2b = 1\n_0x1a2c = 2\n_0x1a2d = _0x1a2b + _0x1a2c\n_0x1a2e = [_0x1a2b]\n_0x1a2f = _0x1a2e\n_0x1a30 = _0x1a2f\n_0x1a31 = 4\n_0x1a32 = 5\nprint(_0x1a31, _0x1a32, _0x1a30, _0x1a2d)\n",
    ),
    text(
        "fernet",
        "modeling_x.py",
        "from cryptography.fernet import Fernet\nexec(Fernet(b'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=').decrypt(b'gAAAAA'))\n",
    ),
    text(
        "lzma-base85",
        "modeling_x.py",
        "import lzma, base64\nexec(lzma.decompress(base64.b85decode('{Wp48S^xk9=GL@E0stWa')))\n",
    ),
    text(
        "image-tail",
        "modeling_x.py",
        "import zlib\nblob = open('logo.png', 'rb').read()\nexec(zlib.decompress(blob[1024:]))\n",
    ),
    text(
        "environment-gate",
        "modeling_x.py",
        "import os, socket\nif socket.gethostname() != 'sandbox' and not os.path.exists('/opt/vboxservice'):\n    getattr(os, 'system')('id')\n",
    ),
    text(
        "exception-path",
        "modeling_x.py",
        "import os\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    os.system('id')\n",
    ),
    text(
        "nested-encodings",
        "modeling_x.py",
        "exec(\"import base64\\nexec(base64.b64decode('aW1wb3J0IG9zO29zLnN5c3RlbSgnaWQnKQ=='))\")\n",
    ),
    text(
        "split-and-join",
        "modeling_x.py",
        "import os\nparts = 'm-e-t-s-y-s'.split('-')\nparts.reverse()\nname = ''.join(reversed('m e t s y s'.split()))\ngetattr(os, name)('id')\n",
    ),
    text(
        "syntax-error-behind",
        "modeling_x.py",
        "import os\nos.system('id')\ndef broken(:\n    pass\n",
    ),
];
