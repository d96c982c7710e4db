//! What honest packages do while they are built, installed and imported.

/// `setup.py` of sdists: name, code.
pub(super) const SETUPS: &[(&str, &str)] = &[
    ("plain", "from setuptools import setup\nsetup(name='a')\n"),
    (
        "version-regex",
        "import re\nfrom setuptools import setup\nv = re.search(r\"__version__ = '(.*?)'\", open('a/__init__.py').read()).group(1)\nsetup(name='a', version=v)\n",
    ),
    (
        "version-exec",
        "from setuptools import setup\nns = {}\nwith open('a/version.py') as f:\n    exec(f.read(), ns)\nsetup(name='a', version=ns['__version__'])\n",
    ),
    (
        "version-compile",
        "import os\nfrom setuptools import setup\nwith open(os.path.join('a', '_version.py')) as f:\n    code = compile(f.read(), 'a/_version.py', 'exec')\n    exec(code)\nsetup(name='a')\n",
    ),
    (
        "git-describe",
        "import subprocess\nfrom setuptools import setup\ntry:\n    v = subprocess.check_output(['git', 'describe', '--tags']).decode().strip()\nexcept Exception:\n    v = '0.0.0'\nsetup(name='a', version=v)\n",
    ),
    (
        "git-sha",
        "import os, subprocess\nfrom setuptools import setup\nsha = subprocess.run(['git', 'rev-parse', 'HEAD'], capture_output=True).stdout.decode()\nwith open('a/version.py', 'w') as f:\n    f.write(\"git = '%s'\\n\" % sha)\nsetup(name='a')\n",
    ),
    (
        "cmake",
        "import os, subprocess, sys\nfrom setuptools import setup, Extension\nfrom setuptools.command.build_ext import build_ext\nclass B(build_ext):\n    def build_extension(self, ext):\n        subprocess.check_call(['cmake', ext.sourcedir, '-DCMAKE_BUILD_TYPE=Release'], cwd=self.build_temp)\n        subprocess.check_call(['cmake', '--build', '.', '-j4'], cwd=self.build_temp)\nsetup(name='a', ext_modules=[Extension('a', [])], cmdclass={'build_ext': B})\n",
    ),
    (
        "configure-make",
        "import subprocess\nfrom setuptools import setup\nfrom distutils.command.build_clib import build_clib\nclass B(build_clib):\n    def run(self):\n        subprocess.check_call(['./configure', '--disable-shared'], cwd='src')\n        subprocess.check_call(['make'], cwd='src')\nsetup(name='a', cmdclass={'build_clib': B})\n",
    ),
    (
        "pybind11",
        "from pybind11.setup_helpers import Pybind11Extension, build_ext\nfrom setuptools import setup\nsetup(name='a', ext_modules=[Pybind11Extension('a', ['a.cpp'])], cmdclass={'build_ext': build_ext})\n",
    ),
    (
        "torch-extension",
        "import os\nimport torch\nfrom setuptools import setup\nfrom torch.utils.cpp_extension import BuildExtension, CUDAExtension, CUDA_HOME\nflags = ['-O3'] if os.getenv('DEBUG', '0') == '0' else ['-g']\nsetup(name='a', ext_modules=[CUDAExtension('a._C', ['a.cu'], extra_compile_args={'nvcc': flags})], cmdclass={'build_ext': BuildExtension})\n",
    ),
    (
        "nvcc-version",
        "import subprocess, os\nfrom setuptools import setup\nout = subprocess.check_output([os.path.join('/usr/local/cuda', 'bin', 'nvcc'), '-V'], universal_newlines=True)\nrelease = out.split('release')[1]\nsetup(name='a')\n",
    ),
    (
        "prebuilt-wheel",
        "import os, urllib.request, urllib.error, platform, sys\nfrom setuptools import setup\nfrom wheel.bdist_wheel import bdist_wheel as _b\nclass B(_b):\n    def run(self):\n        url = f'https://github.com/a/a/releases/download/v1/a-1-{sys.platform}.whl'\n        try:\n            urllib.request.urlretrieve(url, 'a.whl')\n            os.rename('a.whl', os.path.join(self.dist_dir, 'a.whl'))\n        except urllib.error.HTTPError:\n            super().run()\nsetup(name='a', cmdclass={'bdist_wheel': B})\n",
    ),
    (
        "pkg-config",
        "import subprocess\nfrom setuptools import setup, Extension\nflags = subprocess.check_output('pkg-config --cflags --libs gtk+-3.0', shell=True).decode().split()\nsetup(name='a', ext_modules=[Extension('a', ['a.c'], extra_compile_args=flags)])\n",
    ),
    (
        "mysql-config",
        "import os, subprocess\nfrom setuptools import setup\nf = os.popen('mysql_config --cflags')\nflags = f.read().strip().split()\nf.close()\nsetup(name='a')\n",
    ),
    (
        "cythonize",
        "from setuptools import setup, Extension\nfrom Cython.Build import cythonize\nimport numpy\nsetup(name='a', ext_modules=cythonize([Extension('a', ['a.pyx'])]), include_dirs=[numpy.get_include()])\n",
    ),
    (
        "numpy-distutils",
        "def configuration(parent_package='', top_path=None):\n    from numpy.distutils.misc_util import Configuration\n    config = Configuration('a', parent_package, top_path)\n    config.add_extension('b', sources=['b.f'])\n    return config\nif __name__ == '__main__':\n    from numpy.distutils.core import setup\n    setup(**configuration(top_path='').todict())\n",
    ),
    (
        "publish",
        "import os, sys\nfrom setuptools import setup\nif sys.argv[-1] == 'publish':\n    os.system('python setup.py sdist bdist_wheel')\n    os.system('twine upload dist/*')\n    sys.exit()\nsetup(name='a')\n",
    ),
    (
        "clean",
        "import os, shutil\nfrom setuptools import setup, Command\nclass Clean(Command):\n    user_options = []\n    def run(self):\n        shutil.rmtree('build', ignore_errors=True)\n        os.system('rm -rf ./*.egg-info ./dist')\nsetup(name='a', cmdclass={'clean': Clean})\n",
    ),
    (
        "compiler-probe",
        "import tempfile, os, subprocess\nfrom setuptools import setup\nd = tempfile.mkdtemp()\nsrc = os.path.join(d, 't.c')\nwith open(src, 'w') as f:\n    f.write('int main(void) { return 0; }')\nok = subprocess.call(['cc', '-fopenmp', src, '-o', os.path.join(d, 't'), ]) == 0\nsetup(name='a')\n",
    ),
    (
        "npm-build",
        "import subprocess\nfrom setuptools import setup\nfrom setuptools.command.build_py import build_py\nclass B(build_py):\n    def run(self):\n        subprocess.check_call(['npm', 'install'], cwd='js')\n        subprocess.check_call(['npm', 'run', 'build'], cwd='js')\n        super().run()\nsetup(name='a', cmdclass={'build_py': B})\n",
    ),
    (
        "rust",
        "from setuptools import setup\nfrom setuptools_rust import Binding, RustExtension\nsetup(name='a', rust_extensions=[RustExtension('a._a', binding=Binding.PyO3)])\n",
    ),
    (
        "submodules",
        "import os, subprocess\nfrom setuptools import setup\nif os.path.exists('.git') and not os.path.exists('third_party/x/README'):\n    subprocess.check_call(['git', 'submodule', 'update', '--init', '--recursive'])\nsetup(name='a')\n",
    ),
    (
        "dos2unix",
        "import os\nfrom setuptools import setup\nos.system('dos2unix a/*.txt')\nsetup(name='a')\n",
    ),
    (
        "cpu-count",
        "import os\nfrom setuptools import setup\ncores = os.popen('cat /proc/cpuinfo | grep cores | head -1').read()\nsetup(name='a')\n",
    ),
];

/// `__init__.py` of wheels: name, code.
pub(super) const MODULES: &[(&str, &str)] = &[
    ("version", "__version__ = '1.0'\nfrom .core import *\n"),
    (
        "lazy",
        "import importlib\ndef __getattr__(name):\n    return importlib.import_module('.' + name, __name__)\n",
    ),
    (
        "optional",
        "try:\n    import ujson as json\nexcept ImportError:\n    import json\n",
    ),
    (
        "env",
        "import os\nDEBUG = os.environ.get('A_DEBUG', '0') == '1'\nTOKEN = os.environ.get('A_TOKEN')\n",
    ),
    (
        "client",
        "import os, requests\nclass Client:\n    def __init__(self, key=None):\n        self.key = key or os.environ['A_API_KEY']\n    def get(self, path):\n        return requests.get('https://api.a.example.invalid' + path, headers={'Authorization': self.key})\n",
    ),
    (
        "dll-folder",
        "import os, sys\nif sys.platform == 'win32':\n    os.add_dll_directory(os.path.join(os.path.dirname(__file__), 'lib'))\n",
    ),
    (
        "ctypes",
        "import ctypes, ctypes.util\n_lib = ctypes.CDLL(ctypes.util.find_library('c'))\n",
    ),
    (
        "collect-env",
        "import subprocess\ndef gpu():\n    return subprocess.check_output(['nvidia-smi', '-L']).decode()\n",
    ),
    (
        "namedtuple-exec",
        "def make(name, fields):\n    ns = {}\n    exec('def f(%s): pass' % ','.join(fields), ns)\n    return ns['f']\n",
    ),
    (
        "resources",
        "import base64\nICON = base64.b64decode('iVBORw0KGgo=')\n",
    ),
    (
        "crash-report",
        "import platform, requests\ndef report(text):\n    requests.post('https://telemetry.a.example.invalid', json={'v': platform.python_version(), 't': text})\n",
    ),
    (
        "docstring-link",
        "\"\"\"See https://bit.ly/abc and https://pastebin.com/abc for examples.\"\"\"\n",
    ),
    (
        "download-model",
        "import os, urllib.request\ndef fetch(name):\n    path = os.path.expanduser('~/.cache/a/' + name)\n    urllib.request.urlretrieve('https://huggingface.co/a/a/resolve/main/' + name, path)\n    return path\n",
    ),
    (
        "plugin",
        "from importlib.metadata import entry_points\ndef load():\n    return [e.load() for e in entry_points(group='a.plugins')]\n",
    ),
];

/// `.pth` files of honest wheels: name, text.
pub(super) const PATHS: &[(&str, &str)] = &[
    ("editable", "/home/user/project/src\n"),
    (
        "editable-finder",
        "import __editable___a_1_0_finder; __editable___a_1_0_finder.install()\n",
    ),
    (
        "distutils-precedence",
        "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('_distutils_hack').add_shim();\n",
    ),
    (
        "coloredlogs",
        "import os;exec('try: __import__(\"coloredlogs\").auto_install() if \"COLOREDLOGS_AUTO_INSTALL\" in os.environ else None\\nexcept ImportError: pass')\n",
    ),
    (
        "namespace",
        "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google',));importlib = has_mfs and __import__('importlib.util');has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('google', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('google', [os.path.dirname(p)])));m = m or sys.modules.setdefault('google', types.ModuleType('google'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n",
    ),
    ("coverage", "import coverage; coverage.process_startup()\n"),
    (
        "matplotlib",
        "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('mpl_toolkits',));sys.modules.setdefault('mpl_toolkits', types.ModuleType('mpl_toolkits'))\n",
    ),
];

/// Hooks of `package.json` and the file that they run: name, hook, command, code.
pub(super) const HOOKS: &[(&str, &str, &str, &str)] = &[
    ("node-gyp", "install", "node-gyp rebuild", ""),
    (
        "prebuild",
        "install",
        "prebuild-install || node-gyp rebuild",
        "",
    ),
    (
        "node-pre-gyp",
        "install",
        "node-pre-gyp install --fallback-to-build",
        "",
    ),
    ("husky", "prepare", "husky install", ""),
    ("patch-package", "postinstall", "patch-package", ""),
    ("build", "prepare", "npm run build && tsc -p .", ""),
    ("only-allow", "preinstall", "npx only-allow pnpm", ""),
    ("true", "postinstall", "node install.js || true", ""),
    (
        "banner",
        "postinstall",
        "node install.js",
        "const env = process.env;\nif (!env.CI && !env.ADBLOCK) {\n  console.log('\\u001B[96mThank you for using a ( \\u001B[94m https://github.com/a/a \\u001B[96m )\\u001B[0m');\n}\n",
    ),
    (
        "esbuild",
        "postinstall",
        "node install.js",
        "const https = require('https'), fs = require('fs'), zlib = require('zlib'), cp = require('child_process');\nfunction fetch(url) {\n  return new Promise((resolve, reject) => {\n    https.get(url, (res) => {\n      const chunks = [];\n      res.on('data', (c) => chunks.push(c));\n      res.on('end', () => resolve(Buffer.concat(chunks)));\n    }).on('error', reject);\n  });\n}\nasync function main() {\n  const url = `https://registry.npmjs.org/@a/${process.platform}-${process.arch}/-/a-1.0.0.tgz`;\n  const data = zlib.unzipSync(await fetch(url));\n  fs.writeFileSync('bin/a', data);\n  fs.chmodSync('bin/a', 0o755);\n  cp.execFileSync('bin/a', ['--version']);\n}\nmain();\n",
    ),
    (
        "github-binary",
        "postinstall",
        "node install.js",
        "const fs = require('fs'), https = require('https'), os = require('os');\nconst url = 'https://github.com/a/a/releases/download/v1.0.0/a-' + os.platform() + '-' + os.arch();\nhttps.get(url, (r) => r.pipe(fs.createWriteStream('bin/a', { mode: 0o755 })));\n",
    ),
    (
        "cdn-binary",
        "install",
        "node install.js",
        "const got = require('got'), fs = require('fs'), { promisify } = require('util');\nconst stream = require('stream');\nconst base = process.env.A_CDNURL || 'https://downloads.a.example.invalid';\npromisify(stream.pipeline)(got.stream(base + '/1.0.0/a'), fs.createWriteStream('vendor/a'));\n",
    ),
    (
        "optional-native",
        "install",
        "node install.js",
        "try {\n  require('./build/Release/a.node');\n} catch (e) {\n  require('child_process').spawnSync('node-gyp', ['rebuild'], { stdio: 'inherit', shell: true });\n}\n",
    ),
    (
        "proxy-token",
        "postinstall",
        "node install.js",
        "const token = process.env.GITHUB_TOKEN;\nconst headers = token ? { Authorization: 'token ' + token } : {};\nrequire('https').get({ hostname: 'api.github.com', path: '/repos/a/a/releases', headers }, (r) => { r.resume(); });\n",
    ),
    (
        "checksum",
        "postinstall",
        "node install.js",
        "const crypto = require('crypto'), fs = require('fs');\nconst sum = crypto.createHash('sha256').update(fs.readFileSync('bin/a')).digest('hex');\nif (sum !== require('./checksums.json')['bin/a']) process.exit(1);\n",
    ),
    (
        "glibc",
        "install",
        "node install.js",
        "const { execSync } = require('child_process');\nlet libc = '';\ntry { libc = execSync('ldd --version').toString(); } catch (e) {}\nif (/musl/.test(libc)) console.log('musl');\n",
    ),
];

/// `index.js` of honest npm packages: name, code.
pub(super) const SCRIPTS: &[(&str, &str)] = &[
    (
        "client",
        "const axios = require('axios');\nmodule.exports = (key) => axios.create({ baseURL: 'https://api.a.example.invalid', headers: { Authorization: key || process.env.A_KEY } });\n",
    ),
    (
        "debug",
        "const enabled = Object.keys(process.env).filter((k) => /^debug_/i.test(k));\nmodule.exports = enabled;\n",
    ),
    (
        "global",
        "var root = Function('return this')();\nroot.a = 1;\n",
    ),
    (
        "template",
        "module.exports = function compile(text) { return new Function('data', 'return `' + text + '`'); };\n",
    ),
    (
        "eval-require",
        "let req; try { req = eval('require'); } catch (e) {}\nmodule.exports = req;\n",
    ),
    (
        "spawn",
        "const { spawn } = require('child_process');\nmodule.exports = (args) => spawn('git', args, { stdio: 'inherit' });\n",
    ),
    (
        "notifier",
        "const { spawn } = require('child_process');\nmodule.exports = () => spawn(process.execPath, ['check.js'], { detached: true, stdio: 'ignore' }).unref();\n",
    ),
    (
        "source-map",
        "module.exports = (s) => JSON.parse(Buffer.from(s.split('base64,')[1], 'base64').toString());\n",
    ),
    (
        "worker",
        "const { Worker } = require('worker_threads');\nmodule.exports = () => new Worker(require.resolve('./worker.js'));\n",
    ),
    (
        "telemetry",
        "const os = require('os'), https = require('https');\nmodule.exports.send = (event) => https.request({ hostname: 'telemetry.a.example.invalid', method: 'POST' }).end(JSON.stringify({ event, platform: os.platform() }));\n",
    ),
];

/// Whole wheels: name, files.
pub(super) const WHEELS: &[(&str, &[(&str, &str)])] = &[
    (
        "script-for-builders",
        &[
            ("a/__init__.py", "import json\n"),
            (
                "a/build-index.js",
                "const https = require('https'), vm = require('vm');\nhttps.get('https://cdn.a.example.invalid/lunr.js', (res) => {\n  let text = '';\n  res.on('data', (c) => { text += c; });\n  res.on('end', () => { vm.runInNewContext(text, {}); });\n});\n",
            ),
        ],
    ),
    (
        "command-that-evaluates-lines",
        &[
            ("a/__init__.py", ""),
            (
                "a/bin/repl",
                "#!/usr/bin/env python\nimport sys, base64\nfor line in sys.stdin:\n    eval(base64.b64decode(line))\n",
            ),
        ],
    ),
    (
        "browser-at-its-own-server",
        &[(
            "a/__init__.py",
            "import socket, webbrowser\nport = 8000\nwebbrowser.open_new('http://%s:%s' % (socket.gethostname(), port))\n",
        )],
    ),
    (
        "description-with-an-example",
        &[
            ("a/__init__.py", ""),
            (
                "a-1.0.egg-info/PKG-INFO",
                "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n\nimport requests\nrequests.get('https://b.example.invalid/user/{}'.format(name))\n",
            ),
        ],
    ),
];

/// `binding.gyp`: name, text.
pub(super) const GYPS: &[(&str, &str)] = &[
    (
        "napi",
        "{'targets': [{'target_name': 'a', 'sources': ['a.cc'], 'include_dirs': [\"<!@(node -p \\\"require('node-addon-api').include\\\")\"], 'dependencies': [\"<!(node -p \\\"require('node-addon-api').gyp\\\")\"]}]}",
    ),
    (
        "nan",
        "{'targets': [{'target_name': 'a', 'sources': ['a.cc'], 'include_dirs': ['<!(node -e \"require(\\'nan\\')\")']}]}",
    ),
    (
        "pkg-config",
        "{'targets': [{'target_name': 'a', 'libraries': ['<!@(pkg-config --libs cairo)'], 'actions': [{'action_name': 'c', 'inputs': [], 'outputs': [], 'action': ['python', 'gen.py', '<@(_outputs)']}]}]}",
    ),
];
