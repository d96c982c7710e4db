//! Callables of Python's own library.

use super::With::{Command, Module, Nothing, Path, Payload, Source, Url};
use super::{Case, malicious, table};
use crate::pickle::{Assembler, CallStyle, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = direct();
    cases.extend(table("gadget-picklescan-ghsa", PICKLESCAN));
    cases.extend(table("gadget-fickling-ghsa", FICKLING));
    cases.extend(table("gadget-stdlib", STDLIB));
    cases
}

/// The plainest attacks, in every protocol and call style.
fn direct() -> Vec<Case> {
    let styles = [
        (CallStyle::Reduce, "reduce", 0..=5),
        (CallStyle::Inst, "inst", 0..=5),
        (CallStyle::Obj, "obj", 1..=5),
        (CallStyle::NewObj, "newobj", 2..=5),
        (CallStyle::NewObjEx, "newobj-ex", 4..=5),
    ];
    let callables = [
        ("os", "system"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
    ];
    let mut cases = Vec::new();
    for (style, style_name, protocols) in styles {
        for protocol in protocols {
            let (module, name) = callables
                .get(usize::from(protocol) % 3)
                .copied()
                .unwrap_or(("os", "system"));
            let bytes = Assembler::new(protocol)
                .call(style, module, name, &[text("echo example")])
                .stop();
            cases.push(malicious(
                "gadget-direct",
                format!("{style_name}-protocol-{protocol}"),
                bytes,
            ));
        }
    }
    cases
}

/// Published as missing from picklescan.
const PICKLESCAN: &[(&str, &str, super::With)] = &[
    ("pip", "main", Command),
    ("pip._internal.cli.main", "main", Command),
    ("timeit", "timeit", Source),
    ("timeit", "Timer", Source),
    ("trace", "Trace.run", Source),
    ("trace", "Trace.runctx", Source),
    ("profile", "run", Source),
    ("profile", "Profile.run", Source),
    ("profile", "Profile.runctx", Source),
    ("cProfile", "run", Source),
    ("cProfile", "runctx", Source),
    ("doctest", "debug_script", Source),
    ("idlelib.pyshell", "ModifiedInterpreter.runcode", Source),
    ("idlelib.autocomplete", "AutoComplete.get_entity", Source),
    (
        "idlelib.autocomplete",
        "AutoComplete.fetch_completions",
        Source,
    ),
    ("idlelib.calltip", "Calltip.fetch_tip", Source),
    ("idlelib.calltip", "get_entity", Source),
    ("idlelib.debugobj", "ObjectTreeItem.SetText", Source),
    ("idlelib.run", "Executive.runcode", Source),
    ("lib2to3.pgen2.grammar", "Grammar.loads", Payload),
    ("lib2to3.pgen2.pgen", "ParserGenerator.make_label", Source),
    ("code", "InteractiveInterpreter.runcode", Source),
    ("ensurepip", "_run_pip", Command),
    (
        "asyncio.unix_events",
        "_UnixSubprocessTransport._start",
        Command,
    ),
    ("pty", "spawn", Command),
    ("ctypes", "CDLL", Path),
    ("uuid", "_get_command_stdout", Command),
    ("_osx_support", "_read_output", Command),
    ("_osx_support", "_find_build_tool", Command),
    ("_aix_support", "_read_cmd_output", Command),
    ("imaplib", "IMAP4_stream", Command),
    ("_pyrepl.pager", "pipe_pager", Command),
    ("test.support.script_helper", "assert_python_ok", Command),
    ("pkgutil", "resolve_name", Module),
    ("pydoc", "locate", Module),
    ("_operator", "methodcaller", Command),
    ("operator", "methodcaller", Command),
    ("ssl", "get_server_certificate", Url),
    ("distutils.file_util", "write_file", Path),
    ("io", "FileIO", Path),
    ("urllib.request", "urlopen", Url),
    ("logging", "FileHandler", Path),
    ("importlib", "import_module", Module),
    ("marshal", "loads", Payload),
    ("bdb", "Bdb.run", Source),
    ("asyncio", "create_subprocess_shell", Command),
];

/// Published as missing from fickling.
const FICKLING: &[(&str, &str, super::With)] = &[
    ("runpy", "run_path", Path),
    ("runpy", "_run_code", Source),
    ("cProfile", "Profile", Source),
    ("pydoc", "pipepager", Command),
    ("pydoc", "tempfilepager", Command),
    ("_posixsubprocess", "fork_exec", Command),
    ("site", "execsitecustomize", Nothing),
    ("site", "addsitedir", Path),
    ("atexit", "register", Command),
    ("platform", "_syscmd_file", Command),
    ("platform", "popen", Command),
    ("linecache", "getlines", Path),
    ("difflib", "restore", Source),
    ("gc", "get_objects", Nothing),
    ("types", "FunctionType", Source),
    ("ctypes.util", "find_library", Command),
    ("_aix_support", "aix_platform", Nothing),
    ("uuid", "_popen", Command),
    ("importlib.machinery", "SourceFileLoader", Path),
    ("_frozen_importlib_external", "SourcelessFileLoader", Path),
    ("imp", "load_source", Path),
    ("code", "interact", Nothing),
    ("codeop", "compile_command", Source),
    ("multiprocessing.util", "spawnv_passfds", Command),
    ("smtplib", "SMTP", Url),
    ("sqlite3", "connect", Path),
];

/// Not in any advisory: found by following Python's own library.
const STDLIB: &[(&str, &str, super::With)] = &[
    ("shutil", "rmtree", Path),
    ("shutil", "copyfile", Path),
    ("tempfile", "NamedTemporaryFile", Nothing),
    ("glob", "glob", Path),
    ("fileinput", "input", Path),
    ("zipfile", "ZipFile", Path),
    ("tarfile", "open", Path),
    ("gzip", "open", Path),
    ("bz2", "BZ2File", Path),
    ("lzma", "LZMAFile", Path),
    ("shelve", "open", Path),
    ("dbm", "open", Path),
    ("configparser", "ConfigParser.read", Path),
    ("mailbox", "mbox", Path),
    ("logging.config", "dictConfig", Source),
    ("logging.config", "fileConfig", Path),
    ("logging.handlers", "SocketHandler", Url),
    ("socket", "create_connection", Url),
    ("http.client", "HTTPConnection", Url),
    ("ftplib", "FTP", Url),
    ("poplib", "POP3", Url),
    ("telnetlib", "Telnet", Url),
    ("xmlrpc.client", "ServerProxy", Url),
    ("webbrowser", "open", Url),
    ("multiprocessing", "Process", Source),
    ("multiprocessing.reduction", "ForkingPickler.loads", Payload),
    ("threading", "Thread", Source),
    ("threading", "Timer", Source),
    ("sched", "scheduler", Source),
    ("signal", "signal", Source),
    ("weakref", "finalize", Source),
    ("unittest.mock", "_importer", Module),
    ("unittest.mock", "patch", Module),
    ("contextlib", "ExitStack.callback", Source),
    ("functools", "reduce", Source),
    ("itertools", "starmap", Source),
    ("builtins", "map", Source),
    ("inspect", "getsource", Module),
    ("traceback", "walk_stack", Nothing),
    ("sys", "settrace", Source),
    ("os", "execv", Command),
    ("os", "putenv", Command),
    ("os", "listdir", Path),
    ("posix", "popen", Command),
    ("nt", "system", Command),
    ("venv", "create", Path),
    ("zipapp", "create_archive", Path),
    ("zipimport", "zipimporter", Path),
    ("compileall", "compile_dir", Path),
    ("py_compile", "compile", Path),
    ("xml.etree.ElementTree", "parse", Path),
    ("mmap", "mmap", Nothing),
    ("builtins", "breakpoint", Nothing),
    ("builtins", "open", Path),
    ("codecs", "open", Path),
    ("tokenize", "open", Path),
    ("pdb", "run", Source),
    ("rlcompleter", "Completer.attr_matches", Source),
    ("cgitb", "enable", Nothing),
    ("asyncio", "run", Source),
    ("concurrent.futures", "ThreadPoolExecutor", Nothing),
    ("gettext", "c2py", Source),
];
