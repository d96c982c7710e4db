//! What Keras and its own packages provide, by exact name, and which names of Python are dangerous.
//!
//! The lists of the packages are mined by `data/mine_names.py`, which says from which releases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chainwright_core::catalogue::Catalogue;
use chainwright_core::model::ModelHazardKind;

use super::advisory::{self, Advisory};

static LIBRARY: LazyLock<BTreeMap<&str, BTreeSet<&str>>> = LazyLock::new(|| {
    include_str!("../../data/library.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(module, names)| (module, names.split(' ').collect()))
        .collect()
});

static LEGACY: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("../../data/legacy.txt")
        .lines()
        .chain(EXTRA_LEGACY.iter().copied())
        .collect()
});

/// Names of objects without a class of their own: op layers of TensorFlow's functional models and plain values.
const EXTRA_LEGACY: [&str; 26] = [
    "TensorFlowOpLayer",
    "TFOpLambda",
    "SlicingOpLambda",
    "ClassMethod",
    "InstanceProperty",
    "InstanceMethod",
    "InputLayer",
    "Functional",
    "Sequential",
    "Model",
    "Lambda",
    "Graph",
    "Merge",
    "TensorShape",
    "TypeSpec",
    "CompositeTensor",
    "__tuple__",
    "__ellipsis__",
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__bytes__",
    "__slice__",
    "__typespec__",
    "DTypePolicy",
    "Policy",
];

/// Packages whose classes are Keras' own.
const FAMILY: [&str; 8] = [
    "keras",
    "tf_keras",
    "keras_nlp",
    "keras_hub",
    "keras_cv",
    "keras_core",
    "keras_tuner",
    "tensorflow_addons",
];

/// A module path as the mined lists spell it.
fn spelled(module: &str) -> Vec<String> {
    let mut forms = vec![module.to_owned()];
    let renamed = [
        ("tensorflow.python.keras.", "keras."),
        ("tensorflow.python.keras.", "keras.src."),
        ("tensorflow.keras.", "keras."),
        ("tensorflow_core.python.keras.", "keras."),
        ("tf_keras.", "keras."),
        ("keras.", "tf_keras."),
        ("keras.api._v2.keras.", "keras."),
        ("keras.api.", "keras."),
        ("keras_core.src.", "keras.src."),
        ("keras_core.", "keras."),
        ("keras.src.engine.", "keras.engine."),
        ("keras_nlp.src.", "keras_hub.src."),
        ("keras_nlp.", "keras_hub."),
    ];
    for (from, to) in renamed {
        if let Some(rest) = module.strip_prefix(from) {
            forms.push(format!("{to}{rest}"));
        }
    }
    if module == "tensorflow.keras" || module == "tf_keras" || module == "keras.api" {
        forms.push("keras".to_owned());
    }
    forms
}

/// Whether a module of Keras' packages, or an operator module of TensorFlow, provides the name.
pub(super) fn is_library(module: &str, name: &str) -> bool {
    spelled(module).iter().any(|form| {
        LIBRARY
            .get(form.as_str())
            .is_some_and(|names| names.contains(name))
    })
}

/// Whether any release of Keras knows the name without a module.
pub(super) fn is_legacy(name: &str) -> bool {
    LEGACY.contains(name)
}

/// The package of a module path.
pub(super) fn root(module: &str) -> &str {
    module.split('.').next().unwrap_or_default()
}

/// Whether a module belongs to Keras' packages, known name or not.
pub(super) fn is_family(module: &str) -> bool {
    FAMILY.contains(&root(module))
        || module.starts_with("tensorflow.keras")
        || module.starts_with("tensorflow.python.keras")
}

/// The parts of Keras whose classes are built from a configuration: an unknown name there is a newer release.
pub(super) fn is_modelling(module: &str) -> bool {
    const PARTS: [&str; 14] = [
        "layers",
        "losses",
        "metrics",
        "optimizers",
        "initializers",
        "regularizers",
        "constraints",
        "activations",
        "models",
        "dtype_policies",
        "ops",
        "quantizers",
        "random",
        "tokenizers",
    ];
    is_family(module) && module.split('.').any(|part| PARTS.contains(&part))
}

/// The parts of Keras whose functions compute: an unknown name there is a newer release.
pub(super) fn is_computing(module: &str) -> bool {
    const PARTS: [&str; 8] = [
        "activations",
        "losses",
        "metrics",
        "ops",
        "initializers",
        "regularizers",
        "constraints",
        "random",
    ];
    is_family(module) && module.split('.').any(|part| PARTS.contains(&part))
}

/// Packages that are installed beside Keras and that an honest configuration never names.
pub(super) fn is_foreign(module: &str) -> bool {
    let root = root(module);
    STANDARD
        .lines()
        .chain(INSTALLED.lines())
        .any(|each| each == root)
}

/// Top-level modules of Python's standard library.
const STANDARD: &str = include_str!("../../data/standard.txt");

/// Packages that are commonly installed with Keras and are full of functions to reuse.
const INSTALLED: &str = include_str!("../../data/installed.txt");

/// Builtins that compute and touch nothing.
const HARMLESS_BUILTINS: [&str; 22] = [
    "abs",
    "all",
    "any",
    "bool",
    "complex",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "int",
    "len",
    "list",
    "max",
    "min",
    "pow",
    "range",
    "reversed",
    "round",
    "sorted",
    "sum",
    "tuple",
    "zip",
];

/// Whether a builtin only computes.
pub(super) fn is_harmless_builtin(name: &str) -> bool {
    HARMLESS_BUILTINS.contains(&name)
}

/// Whether Python has a builtin of the name that does more than compute.
pub(super) fn is_other_builtin(name: &str) -> bool {
    const OTHERS: [&str; 56] = [
        "aiter",
        "anext",
        "apply",
        "ascii",
        "basestring",
        "bin",
        "breakpoint",
        "buffer",
        "bytearray",
        "bytes",
        "callable",
        "chr",
        "classmethod",
        "coerce",
        "compile",
        "copyright",
        "credits",
        "delattr",
        "dir",
        "eval",
        "exec",
        "execfile",
        "exit",
        "file",
        "filter",
        "format",
        "frozenset",
        "getattr",
        "globals",
        "hasattr",
        "hash",
        "help",
        "hex",
        "id",
        "input",
        "intern",
        "isinstance",
        "issubclass",
        "iter",
        "license",
        "locals",
        "map",
        "memoryview",
        "object",
        "open",
        "print",
        "quit",
        "raw_input",
        "reduce",
        "reload",
        "setattr",
        "type",
        "unichr",
        "unicode",
        "vars",
        "xrange",
    ];
    OTHERS.contains(&name)
}

/// A callable that is known to reach beyond the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gadget {
    /// The module, or the root of modules if it ends in a dot.
    module: &'static str,
    /// The names; none means every name.
    names: &'static [&'static str],
    pub(super) kind: ModelHazardKind,
    pub(super) advisory: Advisory,
}

const fn any(module: &'static str) -> Gadget {
    of(module, &[])
}

const fn of(module: &'static str, names: &'static [&'static str]) -> Gadget {
    Gadget {
        module,
        names,
        kind: ModelHazardKind::DangerousCallable,
        advisory: advisory::IMPORT,
    }
}

const fn keras(
    names: &'static [&'static str],
    kind: ModelHazardKind,
    advisory: Advisory,
) -> Gadget {
    Gadget {
        module: "",
        names,
        kind,
        advisory,
    }
}

/// Modules and functions of Python that run commands, load code, open files or sockets.
const PYTHON: &[Gadget] = &[
    any("os"),
    any("posix"),
    any("nt"),
    any("os.path"),
    any("subprocess"),
    any("_posixsubprocess"),
    any("pty"),
    any("sys"),
    any("shutil"),
    any("socket"),
    any("_socket"),
    any("ssl"),
    any("ctypes"),
    any("ctypes."),
    any("importlib"),
    any("importlib."),
    any("imp"),
    any("_imp"),
    any("runpy"),
    any("code"),
    any("codeop"),
    any("pickle"),
    any("_pickle"),
    any("marshal"),
    any("shelve"),
    any("dill"),
    any("dill."),
    any("cloudpickle"),
    any("cloudpickle."),
    any("joblib"),
    any("joblib."),
    any("webbrowser"),
    any("urllib"),
    any("urllib."),
    any("http.client"),
    any("ftplib"),
    any("smtplib"),
    any("telnetlib"),
    any("xmlrpc."),
    any("requests"),
    any("requests."),
    any("timeit"),
    any("pdb"),
    any("bdb"),
    any("cProfile"),
    any("profile"),
    any("trace"),
    any("multiprocessing"),
    any("multiprocessing."),
    any("threading"),
    any("asyncio"),
    any("asyncio."),
    any("concurrent."),
    any("tempfile"),
    any("pathlib"),
    any("io"),
    any("_io"),
    any("zipfile"),
    any("tarfile"),
    any("zipimport"),
    any("pkgutil"),
    any("pydoc"),
    any("site"),
    any("sysconfig"),
    any("platform"),
    any("commands"),
    any("popen2"),
    any("signal"),
    any("gc"),
    any("inspect"),
    any("types"),
    any("copyreg"),
    any("codecs"),
    any("doctest"),
    any("unittest"),
    any("unittest."),
    any("test."),
    any("idlelib."),
    any("lib2to3."),
    any("distutils."),
    any("ensurepip"),
    any("venv"),
    any("pip"),
    any("pip."),
    any("setuptools."),
    any("pkg_resources"),
    any("logging.config"),
    any("sqlite3"),
    any("yaml"),
    any("glob"),
    any("fileinput"),
    any("linecache"),
    of(
        "operator",
        &["attrgetter", "methodcaller", "itemgetter", "call"],
    ),
    of(
        "_operator",
        &["attrgetter", "methodcaller", "itemgetter", "call"],
    ),
    of(
        "functools",
        &["partial", "reduce", "partialmethod", "singledispatch"],
    ),
    of(
        "builtins",
        &[
            "eval",
            "exec",
            "compile",
            "__import__",
            "open",
            "getattr",
            "setattr",
            "delattr",
            "globals",
            "input",
            "breakpoint",
            "memoryview",
            "execfile",
            "file",
            "apply",
            "exit",
            "quit",
        ],
    ),
    of("__builtin__", &[]),
    of("torch", &["load", "compile"]),
    any("torch.hub"),
    any("torch.utils.cpp_extension"),
    of("torch.jit", &["load"]),
    of(
        "numpy",
        &["load", "save", "fromfile", "memmap", "loadtxt", "savetxt"],
    ),
    any("numpy.testing."),
    any("numpy.f2py."),
    any("numpy.distutils."),
    any("numpy.ctypeslib"),
    of(
        "pandas",
        &["read_pickle", "eval", "read_csv", "read_html", "read_sql"],
    ),
    any("pandas.io."),
    of(
        "tensorflow",
        &[
            "load_library",
            "load_op_library",
            "py_function",
            "numpy_function",
        ],
    ),
    any("tensorflow.io."),
    any("tensorflow.python.lib.io."),
    any("tensorflow.python.platform."),
    any("tensorflow.python.ops.io_ops"),
    any("tensorflow.python.ops.gen_io_ops"),
    any("tensorflow.python.ops.script_ops"),
    any("tensorflow.python.framework.load_library"),
    any("tensorflow.python.saved_model."),
    any("tensorflow.python.data."),
    any("IPython."),
    any("paramiko"),
    any("fabric"),
    any("invoke"),
];

use ModelHazardKind as K;

/// Functions of Keras' packages that are no part of a model, wherever in the packages they are named.
const KERAS: &[Gadget] = &[
    keras(&["get_file"], K::NetworkUse, advisory::DOWNLOAD),
    keras(
        &[
            "extract_archive",
            "_extract_archive",
            "extract_open_archive",
        ],
        K::FileWrite,
        advisory::EXTRACT,
    ),
    keras(
        &["enable_unsafe_deserialization"],
        K::ProtectionOff,
        advisory::UNSAFE,
    ),
    keras(
        &[
            "load_model",
            "load_model_from_hdf5",
            "model_from_json",
            "model_from_yaml",
            "model_from_config",
            "deserialize_keras_object",
            "deserialize",
            "func_load",
            "load_from_keras_archive",
            "from_pretrained",
            "_load_model_from_fileobj",
            "_load_model_from_dir",
            "import_from_string",
            "run_function",
            "exec_fn",
        ],
        K::DangerousCallable,
        advisory::REUSE,
    ),
    keras(
        &[
            "save_model",
            "save_weights",
            "save_img",
            "array_to_img",
            "model_to_dot",
            "plot_model",
            "save_to_hdf5",
            "makedirs",
            "remove",
            "rmtree",
            "copy",
            "rename",
            "export",
        ],
        K::FileWrite,
        advisory::REUSE,
    ),
    keras(
        &[
            "load_weights",
            "load_img",
            "image_dataset_from_directory",
            "text_dataset_from_directory",
            "audio_dataset_from_directory",
            "timeseries_dataset_from_array",
            "load_data",
            "load_image",
            "load_audio",
            "listdir",
            "File",
            "join",
            "load_state_tree",
            "pack_x_y_sample_weight",
        ],
        K::FileRead,
        advisory::REUSE,
    ),
];

/// What is known about a callable.
pub(super) fn gadget(module: &str, name: &str, catalogue: Catalogue) -> Option<Gadget> {
    let named = |gadget: &&Gadget| gadget.names.is_empty() || gadget.names.contains(&name);
    if is_family(module) {
        let own = KERAS.iter().find(named).copied();
        return own.filter(|_| catalogue.has("keras:own"));
    }
    if !catalogue.has("keras:python") {
        return None;
    }
    PYTHON
        .iter()
        .filter(|gadget| match gadget.module.strip_suffix('.') {
            Some(root) => module
                .strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
            None => module == gadget.module,
        })
        .find(named)
        .copied()
}
