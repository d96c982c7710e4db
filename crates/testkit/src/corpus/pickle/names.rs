//! Tricks with names: Python 2 spellings, second names of modules, attribute paths, re-exported modules, computed names.

use super::With::{Command, Nothing, Path, Payload, Source, Url};
use super::{Case, malicious, table};
use crate::pickle::{Assembler, Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = PYTHON_2
        .iter()
        .map(|(module, name, with)| super::gadget("py2-alias", 2, module, name, with.arguments()))
        .collect();
    cases.extend(table("nested-attribute", PATHS));
    cases.extend(imported_only());
    cases.extend(computed());
    cases
}

const PYTHON_2: &[(&str, &str, super::With)] = &[
    ("__builtin__", "eval", Source),
    ("__builtin__", "execfile", Path),
    ("__builtin__", "apply", Source),
    ("__builtin__", "file", Path),
    ("__builtin__", "reduce", Source),
    ("__builtin__", "input", Source),
    ("cPickle", "loads", Payload),
    ("cPickle", "load", Path),
    ("commands", "getoutput", Command),
    ("commands", "getstatusoutput", Command),
    ("popen2", "popen3", Command),
    ("os", "popen2", Command),
    ("urllib", "urlopen", Url),
    ("urllib", "urlretrieve", Url),
    ("urllib2", "urlopen", Url),
    ("httplib", "HTTPConnection", Url),
    ("xmlrpclib", "ServerProxy", Url),
    ("SocketServer", "TCPServer", Url),
    ("thread", "start_new_thread", Source),
    ("itertools", "imap", Source),
    ("test.test_support", "run_unittest", Source),
    ("Tkinter", "Tk", Nothing),
    ("copy_reg", "add_extension", Source),
    ("_winreg", "CreateKey", Path),
];

const PATHS: &[(&str, &str, super::With)] = &[
    ("random", "_os.system", Command),
    ("collections", "_sys.modules", Nothing),
    ("logging", "os.system", Command),
    ("torch", "serialization.os.system", Command),
    ("torch", "serialization.load", Path),
    ("torch.storage", "io.FileIO", Path),
    ("numpy", "f2py.crackfortran.eval", Source),
    ("numpy", "testing._private.utils.runstring", Source),
    ("sklearn", "utils._testing.os.system", Command),
    ("joblib", "numpy_pickle.pickle.loads", Payload),
    ("pandas", "io.common.os.system", Command),
    ("builtins", "object.__subclasses__", Nothing),
    ("builtins", "getattr.__self__.eval", Source),
    ("functools", "partial.__class__", Nothing),
    ("numpy", "ndarray.__class__.__mro__", Nothing),
    ("collections", "OrderedDict.__init__.__globals__", Nothing),
    ("sys", "modules.get", Command),
    ("os", "path.os.system", Command),
    ("types", "FunctionType.__globals__", Nothing),
    ("foo.bar", "Baz.qux.system", Command),
];

/// References that are kept and never called: an import runs code, and the object is armed.
fn imported_only() -> Vec<Case> {
    [
        ("os", "system"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
        ("random", "_os"),
        ("torch", "os"),
        ("numpy", "__builtins__"),
        ("sklearn.utils", "_joblib.joblib.load"),
        ("heapq", "__builtins__"),
    ]
    .into_iter()
    .map(|(module, it)| {
        let value = Py::Dict(vec![(text("activation"), name(module, it))]);
        malicious(
            "import-only",
            super::case_name(module, it),
            dumps(4, &value),
        )
    })
    .collect()
}

/// The name is only known once something has run.
fn computed() -> Vec<Case> {
    let system = || vec![text("echo example")];
    let by_stack = |module: Py, name: Py| {
        Assembler::new(4)
            .value(&module)
            .value(&name)
            .op("STACK_GLOBAL")
            .value(&Py::Tuple(system()))
            .op("REDUCE")
            .stop()
    };
    let module = |name: &str| call("importlib", "import_module", vec![text(name)]);
    vec![
        malicious(
            "computed-name",
            "joined-text",
            by_stack(
                text("os"),
                call(
                    "builtins",
                    "str.join",
                    vec![text(""), Py::List(vec![text("sys"), text("tem")])],
                ),
            ),
        ),
        malicious(
            "computed-name",
            "rot13",
            by_stack(
                text("os"),
                call("codecs", "decode", vec![text("flfgrz"), text("rot13")]),
            ),
        ),
        malicious(
            "computed-name",
            "operator-add",
            by_stack(
                call("operator", "add", vec![text("o"), text("s")]),
                text("system"),
            ),
        ),
        malicious("computed-name", "str-of-bytes", {
            by_stack(
                call(
                    "builtins",
                    "str",
                    vec![Py::Bytes(b"os".to_vec()), text("ascii")],
                ),
                text("system"),
            )
        }),
        malicious("computed-name", "unknown-function", {
            by_stack(call("acme.names", "pick", vec![Py::Int(3)]), text("system"))
        }),
        malicious(
            "computed-name",
            "getattr-of-module",
            dumps(
                2,
                &Py::Call(
                    Box::new(call(
                        "builtins",
                        "getattr",
                        vec![module("os"), text("system")],
                    )),
                    system(),
                ),
            ),
        ),
        malicious(
            "computed-name",
            "attrgetter-of-module",
            dumps(
                2,
                &Py::Call(
                    Box::new(Py::Call(
                        Box::new(call("operator", "attrgetter", vec![text("system")])),
                        vec![call("builtins", "__import__", vec![text("os")])],
                    )),
                    system(),
                ),
            ),
        ),
        malicious(
            "computed-name",
            "resolve-name",
            dumps(
                2,
                &Py::Call(
                    Box::new(call("pkgutil", "resolve_name", vec![text("os:system")])),
                    system(),
                ),
            ),
        ),
        malicious(
            "computed-name",
            "locate",
            dumps(
                2,
                &Py::Call(
                    Box::new(call("pydoc", "locate", vec![text("os.system")])),
                    system(),
                ),
            ),
        ),
        malicious(
            "computed-name",
            "ufunc-reconstruct",
            dumps(
                2,
                &Py::Call(
                    Box::new(call(
                        "numpy.core",
                        "_ufunc_reconstruct",
                        vec![text("os"), text("system")],
                    )),
                    system(),
                ),
            ),
        ),
    ]
}
