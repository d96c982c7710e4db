//! Names of Python code that run commands, load code or touch files, and signs of code in texts that hold none.
//!
//! The lists only raise what is unknown to what is dangerous: a name outside a format's own library is reported
//! without them.

use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};

use crate::note::hazard;
use crate::value::Value;

/// Modules whose every function is dangerous to call with chosen arguments.
const DANGEROUS_MODULES: &[&str] = &[
    "_aix_support",
    "_io",
    "_osx_support",
    "_pickle",
    "_posixsubprocess",
    "_pyrepl",
    "_winapi",
    "asyncio",
    "bdb",
    "cProfile",
    "cffi",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "compileall",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fileinput",
    "ftplib",
    "gc",
    "glob",
    "http",
    "idlelib",
    "imp",
    "importlib",
    "inspect",
    "io",
    "joblib",
    "lib2to3",
    "linecache",
    "logging",
    "marshal",
    "mmap",
    "multiprocessing",
    "nt",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pip",
    "pkg_resources",
    "pkgutil",
    "platform",
    "popen2",
    "posix",
    "profile",
    "pty",
    "py_compile",
    "pydoc",
    "requests",
    "runpy",
    "setuptools",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "sysconfig",
    "tarfile",
    "tempfile",
    "threading",
    "timeit",
    "trace",
    "types",
    "urllib",
    "urllib2",
    "uuid",
    "venv",
    "webbrowser",
    "xmlrpc",
    "zipfile",
    "zipimport",
];

/// Names of `builtins` that run, import or open.
const DANGEROUS_BUILTINS: &[&str] = &[
    "__build_class__",
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "execfile",
    "getattr",
    "globals",
    "input",
    "locals",
    "memoryview",
    "open",
    "setattr",
    "vars",
    "file",
    "help",
    "apply",
];

/// Single functions of other modules that load, run or write.
const DANGEROUS_FUNCTIONS: &[&str] = &[
    "builtins.map",
    "functools.reduce",
    "operator.call",
    "operator.methodcaller",
    "operator.setitem",
    "numpy.load",
    "numpy.fromfile",
    "numpy.save",
    "numpy.savez",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "numpy.memmap",
    "numpy.savetxt",
    "numpy.testing._private.utils.runstring",
    "numpy.f2py.compile",
    "numpy.lib._utils_impl.safe_eval",
    "pandas.read_pickle",
    "pandas.eval",
    "torch.load",
    "torch.hub.load",
    "torch.storage._load_from_bytes",
    "sklearn.datasets.fetch_openml",
    "sklearn.utils._joblib.load",
    "skops.io.load",
];

/// Whether calling what this name stands for with chosen arguments runs code, or reaches files or the network.
pub(crate) fn is_dangerous(catalogue: Catalogue, module: &str, name: &str) -> bool {
    if !catalogue.has("python-names") {
        return false;
    }
    let top = module.split('.').next().unwrap_or_default();
    if matches!(top, "builtins" | "__builtin__" | "__builtins__") {
        return DANGEROUS_BUILTINS.contains(&name.split('.').next().unwrap_or_default())
            || name.contains("__");
    }
    let whole = format!("{module}.{name}");
    let reaches_through = module
        .split('.')
        .chain(name.split('.'))
        .skip(1)
        .any(|part| {
            part.starts_with("__")
                || matches!(
                    part,
                    "os" | "_os" | "sys" | "_sys" | "subprocess" | "importlib" | "f2py"
                )
        });
    DANGEROUS_MODULES.contains(&top)
        || DANGEROUS_FUNCTIONS.contains(&whole.as_str())
        || reaches_through
}

/// Code where a model holds names and notes.
const CODE_SIGNS: &[&str] = &[
    "__import__(",
    "__import__ (",
    "os.system(",
    "os.popen(",
    "subprocess.popen(",
    "subprocess.run(",
    "subprocess.call(",
    "subprocess.check_output(",
    "builtins.exec",
    "builtins.eval",
    "exec(compile(",
    "eval(compile(",
    "exec(base64",
    "eval(base64",
    "pickle.loads(",
    "marshal.loads(",
    "runtime.getruntime(",
    "__globals__",
    "__subclasses__",
    "__builtins__",
    "java.lang.runtime",
    "processbuilder(",
    "<script",
    "powershell -",
    "/bin/sh -c",
    "/bin/bash -c",
    "| sh",
    "|sh",
    "| bash",
    "|bash",
    "system(\"",
    "exec(\"",
    "eval(\"",
    "exec('",
    "eval('",
    "system('",
];

/// Reports a text that holds code although the format gives it none to hold.
pub(crate) fn check_text(text: &str, place: Place, facts: &mut ModelFacts) {
    if !text.contains(['(', '_', '<', '|', '/', '.']) {
        return;
    }
    let start: String = text.chars().take(4096).collect();
    let lower = start.to_ascii_lowercase();
    if CODE_SIGNS.iter().any(|sign| lower.contains(sign)) {
        hazard(
            facts,
            ModelHazardKind::EmbeddedCode,
            Effect::Conditional,
            place,
            text,
            "a note or a name in the model is program code, which waits for a reader that evaluates it",
            "",
        );
    }
}

/// Looks at every text of a tree.
pub(crate) fn check_texts(value: &Value, facts: &mut ModelFacts) {
    value.visit("", &mut |key, each| {
        if let Some(text) = each.text() {
            check_text(text, Place::Key(key.to_owned()), facts);
        }
        check_text(key, Place::Key(key.to_owned()), facts);
    });
}
