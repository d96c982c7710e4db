//! The functions of Python's libraries that matter, by dotted name, and what they are for.
//!
//! A name ends in `()` where the result of a call is meant: `socket.socket().connect`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::decode::Codec;

/// What a known function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// Runs text or a code object.
    Exec,
    /// Compiles text.
    Compile,
    /// Imports by name.
    ImportModule,
    /// Runs or imports a file by path; the position of the path.
    RunPath(usize),
    /// Makes a code object from parts.
    CodeObject,
    /// Makes a function from a code object.
    FunctionObject,
    /// Hands a text to the shell.
    ShellText,
    /// Starts a program: a list, or text with `shell=True`.
    Arguments,
    /// Starts a program: the path, then its arguments as a list.
    PathAndList(usize),
    /// Starts a program: the path, then its arguments one by one.
    PathAndRest(usize),
    /// Decodes or decompresses.
    Decode(Codec),
    /// Makes a code object from marshalled bytes.
    Unmarshal,
    /// Unpickles bytes.
    Unpickle,
    /// Unpickles a file.
    UnpickleFile,
    /// Reads weights or data without running anything.
    LoadData,
    /// Loads a YAML document, perhaps with constructors.
    LoadYaml,
    /// Compiles and loads native source.
    CompileNative,
    /// Configures loggers, which can call anything.
    Configure,
    /// Makes another process of this one.
    Fork,
    /// Asks for an address: position of the address.
    Fetch(usize),
    /// Sends data: position of the address.
    Send(usize),
    /// Sends data on an open connection.
    SendOpen,
    /// Receives data on an open connection.
    Receive,
    /// Opens a connection.
    Connect,
    /// Makes a socket.
    Socket,
    /// Resolves a name, which carries data to whoever serves it.
    Resolve,
    /// Stores what an address serves: positions of address and path.
    Download(usize, usize),
    /// Gives the path of a file in a model repository.
    RemoteFile,
    /// Runs code of another repository.
    RemoteCode,
    /// A member of the environment.
    Getenv,
    /// The whole environment.
    Environment,
    /// Which machine or user this is.
    HostFact,
    /// A credential.
    Credential,
    /// The home folder.
    Home,
    /// Lists a folder and those below.
    Walk,
    /// Opens a file: `open(path, mode)`.
    Open,
    /// Deletes a file.
    Remove,
    /// Deletes a tree.
    RemoveTree,
    /// Changes permissions.
    Chmod,
    /// Copies or moves a file.
    Copy,
    /// Loads a native library.
    LoadLibrary,
    /// Gets memory that can be executed, or starts a thread in it.
    ExecutableMemory,
    /// Joins a descriptor to another.
    Duplicate,
    /// Writes the registry.
    RegistryWrite,
    /// Calls the callable among its arguments, soon or later.
    HigherOrder,
    /// Installs packages.
    Installer,
    /// Asks whether a debugger is there.
    DebuggerCheck,
    /// Waits.
    Sleep,
    /// Ends the process.
    Exit,
    /// Reads the clipboard, the screen, the keyboard or the camera.
    Spy,
    /// Changes which code `import` finds.
    SearchPath,
}

const GROUPS: &[(Api, &[&str])] = &[
    (
        Api::LoadData,
        &[
            "safetensors.torch.load_file",
            "safetensors.numpy.load_file",
            "safetensors.safe_open",
            "numpy.fromfile",
            "numpy.loadtxt",
            "numpy.memmap",
            "PIL.Image.open",
            "cv2.imread",
            "gguf.GGUFReader",
            "h5py.File",
            "onnx.load",
            "wave.open",
        ],
    ),
    (
        Api::LoadYaml,
        &[
            "yaml.load",
            "yaml.full_load",
            "yaml.load_all",
            "yaml.unsafe_load",
        ],
    ),
    (
        Api::CompileNative,
        &[
            "torch.utils.cpp_extension.load_inline",
            "cffi.FFI().verify",
            "cffi.FFI().set_source",
        ],
    ),
    (Api::Configure, &["logging.config.dictConfig"]),
    (Api::Fork, &["os.fork", "os.forkpty"]),
    (
        Api::Exec,
        &[
            "builtins.exec",
            "builtins.eval",
            "builtins.execfile",
            "code.InteractiveInterpreter().runsource",
            "code.InteractiveInterpreter().runcode",
            "code.InteractiveConsole().push",
            "timeit.timeit",
            "timeit.repeat",
            "timeit.Timer",
            "cProfile.run",
            "cProfile.runctx",
            "profile.run",
            "profile.runctx",
            "trace.Trace().run",
            "pdb.run",
            "pdb.runeval",
            "bdb.Bdb().run",
            "doctest.debug_script",
            "idlelib.pyshell.ModifiedInterpreter().runcode",
            "IPython.get_ipython().run_cell",
            "numpy.testing.runstring",
            "numpy.testing._private.utils.runstring",
        ],
    ),
    (
        Api::Compile,
        &[
            "builtins.compile",
            "code.compile_command",
            "codeop.compile_command",
        ],
    ),
    (
        Api::ImportModule,
        &[
            "builtins.__import__",
            "importlib.import_module",
            "importlib.__import__",
            "pydoc.locate",
            "pkgutil.resolve_name",
            "pydoc.safeimport",
            "imp.load_module",
            "zipimport.zipimporter().load_module",
            "pkgutil.get_loader",
            "runpy.run_module",
        ],
    ),
    (
        Api::RunPath(0),
        &[
            "runpy.run_path",
            "importlib.machinery.SourcelessFileLoader().load_module",
            "zipimport.zipimporter",
        ],
    ),
    (
        Api::RunPath(1),
        &[
            "importlib.util.spec_from_file_location",
            "imp.load_source",
            "imp.load_compiled",
            "imp.load_dynamic",
            "importlib.machinery.SourceFileLoader",
            "importlib.machinery.SourcelessFileLoader",
            "importlib.machinery.ExtensionFileLoader",
        ],
    ),
    (Api::CodeObject, &["types.CodeType"]),
    (
        Api::FunctionObject,
        &["types.FunctionType", "types.LambdaType"],
    ),
    (
        Api::ShellText,
        &[
            "os.system",
            "os.popen",
            "os.popen2",
            "os.popen3",
            "os.popen4",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "commands.getoutput",
            "commands.getstatusoutput",
            "asyncio.create_subprocess_shell",
            "platform.popen",
            "os.startfile",
            "ctypes.CDLL().system",
            "ctypes.CDLL().popen",
            "ctypes.cdll.msvcrt.system",
            "ctypes.windll.kernel32.WinExec",
            "ctypes.windll.shell32.ShellExecuteW",
            "IPython.get_ipython().system",
            "IPython.get_ipython().getoutput",
            "pexpect.run",
            "invoke.run",
            "popen2.popen2",
            "asyncio.get_event_loop().subprocess_shell",
            "IPython.utils.process.system",
        ],
    ),
    (
        Api::Arguments,
        &[
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "psutil.Popen",
            "pty.spawn",
            "pexpect.spawn",
            "distutils.spawn.spawn",
            "gevent.subprocess.Popen",
            "trio.run_process",
            "anyio.run_process",
            "torch.utils.collect_env.run",
            "torch.utils.bottleneck.run",
        ],
    ),
    (
        Api::PathAndList(0),
        &[
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.execvpe",
            "os.posix_spawn",
            "os.posix_spawnp",
        ],
    ),
    (
        Api::PathAndList(1),
        &["os.spawnv", "os.spawnve", "os.spawnvp", "os.spawnvpe"],
    ),
    (
        Api::PathAndRest(0),
        &[
            "os.execl",
            "os.execle",
            "os.execlp",
            "os.execlpe",
            "asyncio.create_subprocess_exec",
        ],
    ),
    (
        Api::PathAndRest(1),
        &["os.spawnl", "os.spawnle", "os.spawnlp", "os.spawnlpe"],
    ),
    (
        Api::Decode(Codec::Base64),
        &[
            "base64.b64decode",
            "base64.urlsafe_b64decode",
            "base64.standard_b64decode",
            "base64.decodebytes",
            "base64.decodestring",
            "binascii.a2b_base64",
        ],
    ),
    (Api::Decode(Codec::Base32), &["base64.b32decode"]),
    (Api::Decode(Codec::Base16), &["base64.b16decode"]),
    (Api::Decode(Codec::Base85), &["base64.b85decode"]),
    (Api::Decode(Codec::Ascii85), &["base64.a85decode"]),
    (
        Api::Decode(Codec::Hex),
        &[
            "binascii.unhexlify",
            "binascii.a2b_hex",
            "builtins.bytes.fromhex",
            "builtins.bytearray.fromhex",
        ],
    ),
    (
        Api::Decode(Codec::Zlib),
        &["zlib.decompress", "zlib.decompressobj().decompress"],
    ),
    (Api::Decode(Codec::Gzip), &["gzip.decompress"]),
    (
        Api::Decode(Codec::Opaque),
        &[
            "bz2.decompress",
            "lzma.decompress",
            "lz4.frame.decompress",
            "zstandard.decompress",
            "brotli.decompress",
            "binascii.a2b_uu",
            "cryptography.fernet.Fernet().decrypt",
            "Crypto.Cipher.AES.new().decrypt",
            "Cryptodome.Cipher.AES.new().decrypt",
            "Crypto.Cipher.ARC4.new().decrypt",
            "Crypto.Util.Padding.unpad",
            "nacl.secret.SecretBox().decrypt",
            "compression.zstd.decompress",
            "snappy.decompress",
            "quopri.decodestring",
        ],
    ),
    (Api::Unmarshal, &["marshal.loads", "marshal.load"]),
    (
        Api::Unpickle,
        &[
            "pickle.loads",
            "dill.loads",
            "cloudpickle.loads",
            "jsonpickle.decode",
            "torch.storage._load_from_bytes",
        ],
    ),
    (
        Api::UnpickleFile,
        &[
            "pickle.load",
            "dill.load",
            "cloudpickle.load",
            "joblib.load",
            "torch.load",
            "numpy.load",
            "pandas.read_pickle",
            "pickle.Unpickler",
        ],
    ),
    (
        Api::Fetch(0),
        &[
            "requests.get",
            "requests.head",
            "requests.options",
            "requests.Session().get",
            "requests.session().get",
            "requests.sessions.Session().get",
            "urllib.request.urlopen",
            "urllib.urlopen",
            "urllib.request.build_opener().open",
            "urllib.request.OpenerDirector().open",
            "httpx.get",
            "httpx.Client().get",
            "httpx.AsyncClient().get",
            "aiohttp.ClientSession().get",
            "pycurl.Curl().perform",
            "webbrowser.open",
            "webbrowser.open_new",
            "feedparser.parse",
            "cloudscraper.create_scraper().get",
            "niquests.get",
        ],
    ),
    (
        Api::Fetch(1),
        &[
            "requests.request",
            "requests.Session().request",
            "requests.session().request",
            "httpx.request",
            "httpx.stream",
            "httpx.Client().request",
            "urllib3.PoolManager().request",
            "urllib3.PoolManager().urlopen",
            "urllib3.request",
            "aiohttp.ClientSession().request",
            "aiohttp.request",
            "http.client.HTTPSConnection().request",
            "http.client.HTTPConnection().request",
        ],
    ),
    (
        Api::Send(0),
        &[
            "requests.post",
            "requests.put",
            "requests.patch",
            "requests.delete",
            "requests.Session().post",
            "requests.session().post",
            "requests.Session().put",
            "requests.sessions.Session().post",
            "httpx.post",
            "httpx.put",
            "httpx.patch",
            "httpx.Client().post",
            "httpx.AsyncClient().post",
            "httpx.AsyncClient().put",
            "httpx.Client().put",
            "aiohttp.ClientSession().post",
            "aiohttp.ClientSession().put",
            "cloudscraper.create_scraper().post",
            "niquests.post",
            "discord_webhook.DiscordWebhook",
            "discord.SyncWebhook.from_url",
            "discord.Webhook.from_url",
            "websocket.create_connection",
            "websockets.connect",
            "socketio.Client().connect",
            "telebot.TeleBot().send_message",
            "telegram.Bot().send_message",
        ],
    ),
    (
        Api::SendOpen,
        &[
            "socket.socket().send",
            "socket.socket().sendall",
            "socket.socket().sendto",
            "socket.socket().sendfile",
            "socket.create_connection().send",
            "socket.create_connection().sendall",
            "ssl.wrap_socket().send",
            "ssl.create_default_context().wrap_socket().send",
            "ssl.create_default_context().wrap_socket().sendall",
            "smtplib.SMTP().sendmail",
            "smtplib.SMTP().send_message",
            "smtplib.SMTP_SSL().sendmail",
            "smtplib.SMTP_SSL().send_message",
            "ftplib.FTP().storbinary",
            "ftplib.FTP().storlines",
            "ftplib.FTP_TLS().storbinary",
            "paramiko.SSHClient().exec_command",
            "paramiko.SFTPClient.from_transport().put",
            "boto3.client().upload_file",
            "boto3.client().put_object",
            "boto3.client().upload_fileobj",
            "huggingface_hub.HfApi().upload_file",
            "huggingface_hub.HfApi().upload_folder",
            "huggingface_hub.upload_file",
            "huggingface_hub.upload_folder",
            "websocket.create_connection().send",
            "xmlrpc.client.ServerProxy",
            "paho.mqtt.publish.single",
        ],
    ),
    (
        Api::Receive,
        &[
            "socket.socket().recv",
            "socket.socket().recvfrom",
            "socket.create_connection().recv",
            "websocket.create_connection().recv",
        ],
    ),
    (
        Api::Connect,
        &[
            "socket.socket().connect",
            "socket.socket().connect_ex",
            "socket.create_connection",
            "asyncio.open_connection",
            "http.client.HTTPSConnection",
            "http.client.HTTPConnection",
            "smtplib.SMTP",
            "smtplib.SMTP_SSL",
            "ftplib.FTP",
            "ftplib.FTP_TLS",
            "telnetlib.Telnet",
            "paramiko.SSHClient().connect",
            "imaplib.IMAP4_SSL",
            "poplib.POP3",
        ],
    ),
    (Api::Socket, &["socket.socket"]),
    (
        Api::Resolve,
        &[
            "socket.gethostbyname",
            "socket.gethostbyname_ex",
            "socket.getaddrinfo",
            "dns.resolver.resolve",
            "dns.resolver.query",
            "dns.resolver.Resolver().resolve",
        ],
    ),
    (
        Api::Download(0, 1),
        &[
            "urllib.request.urlretrieve",
            "urllib.urlretrieve",
            "urllib.request.URLopener().retrieve",
            "wget.download",
            "torch.hub.download_url_to_file",
            "torchvision.datasets.utils.download_url",
            "gdown.download",
            "urllib.request.FancyURLopener().retrieve",
        ],
    ),
    (
        Api::RemoteFile,
        &[
            "huggingface_hub.hf_hub_download",
            "huggingface_hub.snapshot_download",
            "huggingface_hub.cached_download",
            "transformers.utils.cached_file",
            "transformers.utils.hub.cached_file",
            "modelscope.snapshot_download",
            "huggingface_hub.hf_hub_url",
            "tensorflow.keras.utils.get_file",
            "keras.utils.get_file",
            "pooch.retrieve",
        ],
    ),
    (
        Api::RemoteCode,
        &[
            "torch.hub.load",
            "transformers.dynamic_module_utils.get_class_from_dynamic_module",
            "evaluate.load",
            "diffusers.utils.dynamic_modules_utils.get_class_from_dynamic_module",
        ],
    ),
    (
        Api::Getenv,
        &[
            "os.getenv",
            "os.environ.get",
            "os.environb.get",
            "os.getenvb",
            "os.environ.pop",
            "os.environ.setdefault",
            "os.environ.__getitem__",
        ],
    ),
    (
        Api::Environment,
        &[
            "os.environ",
            "os.environb",
            "posix.environ",
            "os.environ.copy",
            "os.environ.items",
            "os.environ.values",
            "os.environ.keys",
            "dotenv.dotenv_values",
        ],
    ),
    (
        Api::HostFact,
        &[
            "socket.gethostname",
            "socket.getfqdn",
            "platform.node",
            "platform.uname",
            "getpass.getuser",
            "os.getlogin",
            "os.uname",
            "uuid.getnode",
            "pwd.getpwuid",
            "psutil.users",
            "psutil.net_if_addrs",
            "netifaces.interfaces",
            "win32api.GetUserName",
        ],
    ),
    (
        Api::Credential,
        &[
            "keyring.get_password",
            "browser_cookie3.chrome",
            "browser_cookie3.firefox",
            "browser_cookie3.load",
            "browsercookie.load",
            "win32crypt.CryptUnprotectData",
            "secretstorage.get_all_items",
            "huggingface_hub.get_token",
            "huggingface_hub.HfFolder.get_token",
            "huggingface_hub.utils.get_token",
            "netrc.netrc",
            "getpass.getpass",
            "boto3.Session().get_credentials",
            "spwd.getspall",
            "botocore.session.get_session().get_credentials",
            "boto3.session.Session().get_credentials",
        ],
    ),
    (
        Api::Home,
        &[
            "pathlib.Path.home",
            "pathlib.PosixPath.home",
            "pathlib.WindowsPath.home",
        ],
    ),
    (
        Api::Walk,
        &[
            "os.walk",
            "os.listdir",
            "os.scandir",
            "glob.glob",
            "glob.iglob",
            "os.fwalk",
        ],
    ),
    (
        Api::Open,
        &[
            "builtins.open",
            "io.open",
            "codecs.open",
            "io.FileIO",
            "_io.open",
            "gzip.open",
            "bz2.open",
            "lzma.open",
            "aiofiles.open",
        ],
    ),
    (
        Api::Remove,
        &["os.remove", "os.unlink", "os.rmdir", "os.truncate"],
    ),
    (
        Api::RemoveTree,
        &[
            "shutil.rmtree",
            "os.removedirs",
            "distutils.dir_util.remove_tree",
        ],
    ),
    (Api::Chmod, &["os.chmod", "os.fchmod", "os.lchmod"]),
    (
        Api::Copy,
        &[
            "shutil.copy",
            "shutil.copyfile",
            "shutil.copy2",
            "shutil.move",
            "os.rename",
            "os.replace",
            "os.symlink",
            "os.link",
            "shutil.copytree",
        ],
    ),
    (
        Api::LoadLibrary,
        &[
            "ctypes.CDLL",
            "ctypes.cdll.LoadLibrary",
            "ctypes.WinDLL",
            "ctypes.PyDLL",
            "ctypes.windll.LoadLibrary",
            "ctypes.OleDLL",
            "torch.ops.load_library",
            "torch.classes.load_library",
            "cffi.FFI().dlopen",
            "numpy.ctypeslib.load_library",
            "_ctypes.dlopen",
            "tensorflow.load_op_library",
            "_imp.create_dynamic",
        ],
    ),
    (
        Api::ExecutableMemory,
        &[
            "ctypes.windll.kernel32.VirtualAlloc",
            "ctypes.windll.kernel32.VirtualAllocEx",
            "ctypes.windll.kernel32.CreateThread",
            "ctypes.windll.kernel32.CreateRemoteThread",
            "ctypes.windll.kernel32.RtlMoveMemory",
            "ctypes.windll.kernel32.VirtualProtect",
            "ctypes.windll.kernel32.WriteProcessMemory",
            "ctypes.windll.ntdll.NtAllocateVirtualMemory",
            "ctypes.CDLL().mprotect",
            "ctypes.pythonapi.mprotect",
            "ctypes.CDLL().memfd_create",
            "os.memfd_create",
            "ctypes.CDLL().ptrace",
        ],
    ),
    (Api::Duplicate, &["os.dup2", "os.dup3"]),
    (
        Api::RegistryWrite,
        &[
            "winreg.SetValueEx",
            "winreg.SetValue",
            "winreg.CreateKey",
            "winreg.CreateKeyEx",
            "_winreg.SetValueEx",
            "winreg.OpenKey",
        ],
    ),
    (
        Api::HigherOrder,
        &[
            "threading.Thread",
            "threading.Timer",
            "multiprocessing.Process",
            "multiprocessing.Pool().map",
            "multiprocessing.Pool().apply",
            "multiprocessing.Pool().apply_async",
            "concurrent.futures.ThreadPoolExecutor().submit",
            "concurrent.futures.ThreadPoolExecutor().map",
            "concurrent.futures.ProcessPoolExecutor().submit",
            "_thread.start_new_thread",
            "thread.start_new_thread",
            "atexit.register",
            "signal.signal",
            "builtins.map",
            "builtins.filter",
            "functools.reduce",
            "asyncio.run",
            "asyncio.get_event_loop().run_until_complete",
            "asyncio.get_event_loop().run_in_executor",
            "asyncio.create_task",
            "asyncio.ensure_future",
            "asyncio.to_thread",
            "weakref.finalize",
            "sys.settrace",
            "sys.setprofile",
            "sys.addaudithook",
            "threading.settrace",
            "builtins.sorted",
            "builtins.max",
            "builtins.min",
            "os.register_at_fork",
            "itertools.starmap",
            "operator.call",
            "contextlib.ExitStack().callback",
            "asyncio.new_event_loop().run_until_complete",
            "multiprocessing.dummy.Pool().map",
            "sched.scheduler().enter",
            "unittest.mock.patch",
            "builtins.iter",
            "tkinter.Tk().after",
        ],
    ),
    (
        Api::Installer,
        &[
            "pip.main",
            "pip._internal.main",
            "pip._internal.cli.main.main",
            "ensurepip.bootstrap",
            "setuptools.command.easy_install.main",
        ],
    ),
    (
        Api::DebuggerCheck,
        &[
            "ctypes.windll.kernel32.IsDebuggerPresent",
            "ctypes.windll.kernel32.CheckRemoteDebuggerPresent",
        ],
    ),
    (Api::Sleep, &["time.sleep"]),
    (
        Api::Exit,
        &["sys.exit", "os._exit", "builtins.exit", "builtins.quit"],
    ),
    (
        Api::Spy,
        &[
            "pynput.keyboard.Listener",
            "keyboard.on_press",
            "keyboard.record",
            "PIL.ImageGrab.grab",
            "pyautogui.screenshot",
            "pyperclip.paste",
            "mss.mss().shot",
            "win32clipboard.GetClipboardData",
        ],
    ),
    (
        Api::SearchPath,
        &[
            "sys.path.insert",
            "sys.path.append",
            "sys.meta_path.insert",
            "sys.meta_path.append",
            "sys.path_hooks.insert",
            "sys.path_hooks.append",
            "site.addsitedir",
        ],
    ),
];

/// Names that lead somewhere but are no functions of the table.
const PREFIXES: &[&str] = &[
    "os.path.join",
    "os.path.expanduser",
    "os.path.expandvars",
    "os.path.abspath",
    "os.path.realpath",
    "os.path.dirname",
    "os.path.basename",
    "os.path.normpath",
    "os.fspath",
    "os.sep",
    "os.name",
    "os.devnull",
    "os.curdir",
    "sys.modules",
    "sys.gettrace",
    "sys.executable",
    "sys.argv",
    "sys.stdin",
    "sys._getframe().f_globals",
    "sys._getframe().f_locals",
    "sys._getframe().f_builtins",
    "sys._getframe().f_back",
    "inspect.currentframe().f_globals",
    "inspect.currentframe().f_back",
    "pathlib.Path.cwd",
    "pathlib.PurePath",
    "pathlib.PosixPath",
    "string.ascii_letters",
    "json.load",
    "ast.parse",
    "random.choice",
    "secrets.choice",
    "yaml.safe_load",
    "csv.reader",
    "operator.attrgetter",
    "flask.request",
    "flask.request.args",
    "bottle.request",
    "os.system",
    "os.fork",
    "operator.methodcaller",
    "operator.itemgetter",
    "operator.add",
    "operator.concat",
    "operator.xor",
    "functools.partial",
    "tempfile.gettempdir",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
    "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryDirectory",
    "site.getsitepackages",
    "site.getusersitepackages",
    "site.USER_SITE",
    "sysconfig.get_path",
    "sysconfig.get_paths",
    "distutils.sysconfig.get_python_lib",
    "codecs.decode",
    "codecs.encode",
    "codecs.getdecoder",
    "codecs.lookup().decode",
    "json.dumps",
    "json.loads",
    "urllib.parse.quote",
    "urllib.parse.urlencode",
    "urllib.request.Request",
    "urllib.parse.quote_plus",
    "urllib.parse.urljoin",
    "base64.b64encode",
    "base64.urlsafe_b64encode",
    "base64.b32encode",
    "base64.b16encode",
    "binascii.hexlify",
    "zlib.compress",
    "gzip.compress",
    "io.BytesIO",
    "io.StringIO",
    "builtins.str.join",
    "builtins.bytes",
    "builtins.str",
    "types.MethodType",
    "types.ModuleType",
    "ssl._create_default_https_context",
    "ssl._create_unverified_context",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.strftime",
    "shlex.split",
    "shlex.quote",
    "shlex.join",
    "textwrap.dedent",
    "importlib.util.module_from_spec",
    "importlib.resources.read_text",
    "importlib.resources.files",
    "pkgutil.get_data",
    "socket.socket().fileno",
    "socket.socket().makefile",
    "socket.create_connection().fileno",
    "mmap.mmap",
    "mmap.PROT_EXEC",
    "ctypes.CFUNCTYPE",
    "ctypes.WINFUNCTYPE",
    "ctypes.memmove",
    "ctypes.cast",
    "ctypes.cdll",
    "ctypes.windll",
    "ctypes.string_at",
    "ctypes.create_string_buffer",
    "ctypes.util.find_library",
    "cryptography.fernet.Fernet().encrypt",
    "torch.load",
    "pickle.load",
    "safetensors.torch.load_file",
    "struct.pack",
    "itertools.chain",
    "collections.deque",
    "sys.path",
    "sys.meta_path",
    "locale.getpreferredencoding",
    "gc.get_objects",
    "ast.literal_eval",
    "string.Template",
    "string.Template().substitute",
    "warnings.warn",
    "re.sub",
    "re.compile",
];

static APIS: LazyLock<HashMap<&'static str, Api>> = LazyLock::new(|| {
    GROUPS
        .iter()
        .flat_map(|(api, names)| names.iter().map(|name| (*name, *api)))
        .collect()
});

static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let names = GROUPS
        .iter()
        .flat_map(|(_, names)| names.iter())
        .chain(PREFIXES);
    let mut known = HashSet::new();
    for name in names {
        known.insert(*name);
        for (at, character) in name.char_indices() {
            if matches!(character, '.' | '(') {
                known.extend(name.get(..at));
            }
            if character == ')' {
                known.extend(name.get(..=at));
            }
        }
    }
    known
});

/// What the function of that name does.
pub(super) fn api(path: &str) -> Option<Api> {
    APIS.get(path).copied()
}

/// Whether the name is in the table or leads to one that is.
pub(super) fn is_known(path: &str) -> bool {
    KNOWN.contains(path)
}

/// Whether calling the function does harm by itself, so that hiding its name says something.
pub(super) fn is_dangerous(path: &str) -> bool {
    matches!(
        api(path),
        Some(
            Api::Exec
                | Api::ShellText
                | Api::Arguments
                | Api::PathAndList(_)
                | Api::PathAndRest(_)
                | Api::Unmarshal
                | Api::ExecutableMemory
                | Api::CodeObject
                | Api::Duplicate
        )
    )
}

/// Modules whose name nobody has an honest reason to assemble.
pub(super) fn is_telling_module(name: &str) -> bool {
    matches!(
        name,
        "os" | "subprocess"
            | "socket"
            | "ctypes"
            | "builtins"
            | "pty"
            | "marshal"
            | "base64"
            | "zlib"
            | "requests"
            | "urllib.request"
            | "pickle"
            | "code"
            | "runpy"
            | "posix"
            | "nt"
            | "importlib"
            | "sys"
            | "shutil"
    )
}

/// The module that a name stands for: aliases of Python 2, private twins, `six.moves`.
pub(super) fn canonical_module(name: &str) -> &str {
    match name {
        "posix" | "nt" => "os",
        "_socket" => "socket",
        "_posixsubprocess" | "subprocess32" => "subprocess",
        "cPickle" | "_pickle" | "six.moves.cPickle" => "pickle",
        "__builtin__" | "__builtins__" | "six.moves.builtins" => "builtins",
        "urllib2" | "six.moves.urllib.request" => "urllib.request",
        "httplib" | "six.moves.http_client" => "http.client",
        "_ctypes" => "ctypes",
        "_codecs" => "codecs",
        "_operator" => "operator",
        "_thread" | "thread" => "_thread",
        "importlib._bootstrap" => "importlib",
        "posixpath" | "ntpath" | "genericpath" => "os.path",
        "curl_cffi.requests" => "requests",
        "transformers.utils.import_utils" => "importlib.util",
        other => other,
    }
}

/// The function that a dotted name stands for, where libraries re-export one.
pub(super) fn canonical_member(path: &str) -> &str {
    match path {
        "concurrent.futures.thread.ThreadPoolExecutor" => "concurrent.futures.ThreadPoolExecutor",
        "requests.api.post" => "requests.post",
        "requests.api.get" => "requests.get",
        "requests.sessions.Session" | "requests.session" => "requests.Session",
        "asyncio.subprocess.create_subprocess_shell" => "asyncio.create_subprocess_shell",
        "asyncio.subprocess.create_subprocess_exec" => "asyncio.create_subprocess_exec",
        "huggingface_hub.file_download.hf_hub_download" => "huggingface_hub.hf_hub_download",
        "os.path.os" | "subprocess.os" => "os",
        "os.sys" | "subprocess.sys" => "sys",
        other => other,
    }
}

/// Built-in functions that the evaluation knows.
pub(super) fn builtin(name: &str) -> Option<&'static str> {
    const BUILTINS: &[(&str, &str)] = &[
        ("exec", "builtins.exec"),
        ("eval", "builtins.eval"),
        ("execfile", "builtins.execfile"),
        ("compile", "builtins.compile"),
        ("__import__", "builtins.__import__"),
        ("__builtins__", "builtins"),
        ("getattr", "builtins.getattr"),
        ("setattr", "builtins.setattr"),
        ("globals", "builtins.globals"),
        ("locals", "builtins.locals"),
        ("vars", "builtins.vars"),
        ("dir", "builtins.dir"),
        ("open", "builtins.open"),
        ("chr", "builtins.chr"),
        ("ord", "builtins.ord"),
        ("bytes", "builtins.bytes"),
        ("bytearray", "builtins.bytearray"),
        ("str", "builtins.str"),
        ("repr", "builtins.repr"),
        ("int", "builtins.int"),
        ("len", "builtins.len"),
        ("range", "builtins.range"),
        ("reversed", "builtins.reversed"),
        ("sorted", "builtins.sorted"),
        ("list", "builtins.list"),
        ("tuple", "builtins.tuple"),
        ("dict", "builtins.dict"),
        ("set", "builtins.set"),
        ("zip", "builtins.zip"),
        ("enumerate", "builtins.enumerate"),
        ("map", "builtins.map"),
        ("filter", "builtins.filter"),
        ("iter", "builtins.iter"),
        ("next", "builtins.next"),
        ("sum", "builtins.sum"),
        ("format", "builtins.format"),
        ("input", "builtins.input"),
        ("print", "builtins.print"),
        ("exit", "builtins.exit"),
        ("quit", "builtins.quit"),
        ("type", "builtins.type"),
        ("object", "builtins.object"),
        ("memoryview", "builtins.memoryview"),
        ("max", "builtins.max"),
        ("min", "builtins.min"),
        ("get_ipython", "IPython.get_ipython"),
    ];
    BUILTINS
        .iter()
        .find(|(builtin, _)| *builtin == name)
        .map(|(_, path)| *path)
}

/// Modules that other modules leak as attributes.
pub(super) fn leaked_module(attribute: &str) -> Option<&'static str> {
    match attribute {
        "os" | "_os" => Some("os"),
        "sys" | "_sys" => Some("sys"),
        "subprocess" => Some("subprocess"),
        "builtins" | "__builtins__" => Some("builtins"),
        "socket" => Some("socket"),
        "importlib" => Some("importlib"),
        _ => None,
    }
}

/// Functions that a framework calls by itself when it loads or runs a model.
pub(super) fn is_entry(name: &str) -> bool {
    // Methods with such names are called by the interpreter itself.
    let is_implicit = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    is_implicit
        || matches!(
            name,
            "__init__"
                | "__new__"
                | "__post_init__"
                | "__init_subclass__"
                | "__set_name__"
                | "__class_getitem__"
                | "__call__"
                | "__del__"
                | "__getattr__"
                | "__getattribute__"
                | "__setstate__"
                | "__getstate__"
                | "__reduce__"
                | "__reduce_ex__"
                | "__enter__"
                | "__exit__"
                | "__len__"
                | "__getitem__"
                | "__iter__"
                | "__next__"
                | "__repr__"
                | "__str__"
                | "__torch_function__"
                | "__dir__"
                | "from_pretrained"
                | "from_config"
                | "_from_config"
                | "save_pretrained"
                | "post_init"
                | "_init_weights"
                | "forward"
                | "generate"
                | "prepare_inputs_for_generation"
                | "setup"
                | "build"
                | "call"
                | "handle"
                | "handler"
                | "initialize"
                | "preprocess"
                | "postprocess"
                | "inference"
                | "predict"
                | "predict_fn"
                | "model_fn"
                | "input_fn"
                | "output_fn"
                | "load_model"
                | "load_context"
                | "load"
                | "init"
                | "tokenize"
                | "_tokenize"
                | "encode"
                | "decode"
                | "_encode"
                | "batch_encode_plus"
                | "convert_tokens_to_ids"
                | "_convert_token_to_id"
                | "_load_from_state_dict"
                | "load_state_dict"
                | "_generate_examples"
                | "_split_generators"
                | "_info"
                | "pytest_configure"
                | "load_ipython_extension"
                | "_load_pyfunc"
                | "collate_fn"
                | "compute_loss"
                | "training_step"
                | "__prepare_scriptable__"
                | "do_GET"
                | "do_POST"
                | "do_PUT"
        )
}

/// Methods of a request handler whose instance carries the request (`http.server`).
pub(super) fn answers_requests(name: &str) -> bool {
    matches!(name, "do_GET" | "do_POST" | "do_PUT")
}

/// Entries whose arguments come from whoever uses the served model.
pub(super) fn takes_requests(name: &str) -> bool {
    matches!(
        name,
        "__call__"
            | "forward"
            | "handle"
            | "handler"
            | "preprocess"
            | "inference"
            | "predict"
            | "predict_fn"
            | "input_fn"
            | "tokenize"
            | "_tokenize"
            | "encode"
            | "decode"
            | "generate"
            | "call"
            | "load_state_dict"
            | "_load_from_state_dict"
            | "__setstate__"
            | "__missing__"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_one_meaning() {
        let mut seen = HashSet::new();
        for (_, names) in GROUPS {
            for name in *names {
                assert!(seen.insert(name), "{name} is listed twice");
            }
        }
    }

    #[test]
    fn names_lead_to_what_lies_behind_them() {
        for name in [
            "socket",
            "socket.socket",
            "socket.socket()",
            "socket.socket().connect",
            "os.environ",
            "torch",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "torch.nn",
            "numpy.array",
            "os.cpu_count",
            "socket.socket().x",
        ] {
            assert!(!is_known(name), "{name}");
        }
        assert!(is_dangerous("os.system") && !is_dangerous("os.getenv"));
    }
}
