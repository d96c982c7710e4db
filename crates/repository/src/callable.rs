//! Judges a dotted Python name that a document asks a loader to import, build or call.
//!
//! The lists speak of names as configuration uses them (Hydra targets, module types, YAML tags); pickles have a
//! larger table of their own. A name in neither list is *unknown*, which is no accusation: projects name their own
//! classes.

use serde::{Deserialize, Serialize};

/// What we know of a dotted name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Callable {
    /// A class or function of a well-known library, harmless to build.
    Known,
    /// Neither known to be harmless nor to be dangerous.
    Unknown,
    /// Runs commands, evaluates code, loads pickles, or touches files or the network.
    Dangerous,
}

/// Top-level modules of the standard library (and a few others) that no model configuration has to name.
const DANGEROUS_MODULES: &[&str] = &[
    "IPython",
    "_aix_support",
    "_osx_support",
    "_posixsubprocess",
    "_pyrepl",
    "_thread",
    "antigravity",
    "ast",
    "asyncio",
    "atexit",
    "bdb",
    "builtins",
    "__builtin__",
    "__builtins__",
    "cProfile",
    "cffi",
    "cloudpickle",
    "cmd",
    "code",
    "codeop",
    "commands",
    "concurrent",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fabric",
    "ftplib",
    "gc",
    "getpass",
    "glob",
    "http",
    "httplib",
    "httpx",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "invoke",
    "io",
    "lib2to3",
    "linecache",
    "marshal",
    "mmap",
    "multiprocessing",
    "nt",
    "nturl2path",
    "operator",
    "_operator",
    "os",
    "paramiko",
    "pathlib",
    "pdb",
    "pexpect",
    "pickle",
    "_pickle",
    "cPickle",
    "pickletools",
    "pip",
    "pkg_resources",
    "pkgutil",
    "platform",
    "plumbum",
    "poplib",
    "popen2",
    "posix",
    "posixpath",
    "profile",
    "pty",
    "py_compile",
    "pyclbr",
    "pydoc",
    "requests",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "select",
    "setuptools",
    "sh",
    "shelve",
    "shlex",
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
    "telnetlib",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "trace",
    "traceback",
    "types",
    "urllib",
    "urllib2",
    "urllib3",
    "venv",
    "webbrowser",
    "wsgiref",
    "xmlrpc",
    "zipapp",
    "zipimport",
];

/// Exact names of the modules above that are harmless to build.
const HARMLESS_NAMES: &[&str] = &[
    "builtins.bool",
    "builtins.bytes",
    "builtins.complex",
    "builtins.dict",
    "builtins.float",
    "builtins.frozenset",
    "builtins.int",
    "builtins.len",
    "builtins.list",
    "builtins.max",
    "builtins.min",
    "builtins.range",
    "builtins.round",
    "builtins.set",
    "builtins.slice",
    "builtins.str",
    "builtins.sum",
    "builtins.tuple",
    "builtins.zip",
    "operator.add",
    "operator.mul",
    "os.path.basename",
    "os.path.dirname",
    "os.path.join",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.PurePath",
    "pathlib.PurePosixPath",
    "pathlib.WindowsPath",
    "types.SimpleNamespace",
    "ast.literal_eval",
    "io.BytesIO",
    "io.StringIO",
    "multiprocessing.cpu_count",
    "operator.itemgetter",
    "operator.sub",
    "operator.truediv",
    "os.cpu_count",
    "os.getcwd",
    "os.path.abspath",
    "os.path.exists",
    "os.path.expanduser",
    "os.path.realpath",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
];

/// Exact names of otherwise harmless libraries that run code, load pickles or open what they are told.
const DANGEROUS_NAMES: &[&str] = &[
    "joblib.load",
    "numpy.load",
    "numpy.lib.npyio.load",
    "numpy.testing._private.utils.runstring",
    "pandas.read_pickle",
    "pandas.io.pickle.read_pickle",
    "pandas.eval",
    "torch.hub.load",
    "torch.hub.load_state_dict_from_url",
    "torch.hub.download_url_to_file",
    "torch.jit.load",
    "torch.load",
    "torch.package.PackageImporter",
    "torch.classes.load_library",
    "torch.ops.load_library",
    "torch.serialization.load",
    "torch.utils.model_zoo.load_url",
    "yaml.full_load",
    "yaml.load",
    "yaml.unsafe_load",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "logging.FileHandler",
    "transformers.dynamic_module_utils.get_class_from_dynamic_module",
    "transformers.utils.hub.cached_file",
    "nemo.core.classes.common.Serialization.from_config_dict",
    "jax.numpy.load",
    "sklearn.externals.joblib.load",
    "tensorflow.io.read_file",
    "tensorflow.load_op_library",
    "tensorflow.saved_model.load",
    "keras.models.load_model",
    "tensorflow.keras.models.load_model",
];

/// Functions that call, or return, whatever their first argument names; honest configurations use them for functions
/// of `torch`, so the argument decides.
const INDIRECT_NAMES: &[&str] = &[
    "functools.partial",
    "functools.reduce",
    "hydra._internal.utils._locate",
    "hydra.utils.call",
    "hydra.utils.get_class",
    "hydra.utils.get_method",
    "hydra.utils.get_object",
    "hydra.utils.get_static_method",
    "hydra.utils.instantiate",
    "omegaconf.OmegaConf.register_new_resolver",
];

/// Whether `name` calls or returns what its first argument names.
#[must_use]
pub fn is_indirect(name: &str) -> bool {
    INDIRECT_NAMES.contains(&name.trim())
}

/// Prefixes (with their dot) of libraries whose insides run code.
const DANGEROUS_PREFIXES: &[&str] = &[
    "numpy.f2py.",
    "numpy.distutils.",
    "torch.utils.cpp_extension.",
    "torch._inductor.",
    "torch._dynamo.",
    "torch.utils.collect_env.",
    "torch.utils.bottleneck.",
    "torch.distributed.run.",
    "torch.distributed.launch",
    "torch.multiprocessing.",
    "test.support.",
    "tensorflow.py_function",
    "tensorflow.raw_ops.",
    "boto3.",
    "botocore.",
    "paramiko.",
    "lib2to3.",
];

/// Names without a module that evaluate or open.
const DANGEROUS_BUILTINS: &[&str] = &[
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
    "open",
    "setattr",
    "vars",
];

/// Top-level packages whose classes models and training runs are built from.
const KNOWN_PACKAGES: &[&str] = &[
    "accelerate",
    "apex",
    "audiocraft",
    "bitsandbytes",
    "cosmos_predict1",
    "cosmos_predict2",
    "datasets",
    "deepspeed",
    "detectron2",
    "diffusers",
    "einops",
    "fairscale",
    "fairseq",
    "fairseq2",
    "flash_attn",
    "flax",
    "fvcore",
    "jax",
    "k_diffusion",
    "keras",
    "keras_hub",
    "keras_nlp",
    "kornia",
    "ldm",
    "lightning",
    "lightning_fabric",
    "lightning_utilities",
    "litgpt",
    "megatron",
    "mlflow",
    "mmcv",
    "mmdet",
    "mmengine",
    "mmseg",
    "monai",
    "nemo",
    "nemo_automodel",
    "nemo_text_processing",
    "numpy",
    "omegaconf",
    "open_clip",
    "optax",
    "optimum",
    "peft",
    "pl_bolts",
    "pyannote",
    "pytorch_lightning",
    "sam2",
    "scipy",
    "sentence_transformers",
    "sgm",
    "sklearn",
    "spacy",
    "speechbrain",
    "tensorflow",
    "timm",
    "tokenizers",
    "torch",
    "torch_ema",
    "torchaudio",
    "torchdata",
    "torchmetrics",
    "torchtune",
    "torchvision",
    "transformer_engine",
    "transformers",
    "trl",
    "vllm",
    "wandb",
    "xformers",
];

/// What is known of `name`, a dotted name such as `torch.optim.AdamW`.
#[must_use]
pub fn judge(name: &str) -> Callable {
    let name = name.trim().replace(':', ".");
    let name = name.as_str();
    if HARMLESS_NAMES.contains(&name) {
        return Callable::Known;
    }
    if is_dangerous(name) {
        return Callable::Dangerous;
    }
    let top = name.split('.').next().unwrap_or_default();
    if name.contains('.') && KNOWN_PACKAGES.contains(&top) {
        return Callable::Known;
    }
    Callable::Unknown
}

fn is_dangerous(name: &str) -> bool {
    let (top, rest) = name.split_once('.').unwrap_or((name, ""));
    let has_dunder = name.split('.').any(|part| {
        part.len() > 4 && part.starts_with("__") && part.ends_with("__") && part != "__main__"
    });
    // A module of the standard library reached through another package: `random._os.system`, `torch.os.system`.
    let reaches_inside = rest.split('.').rev().skip(1).any(|part| {
        let part = part.trim_start_matches('_');
        matches!(
            part,
            "os" | "sys"
                | "subprocess"
                | "builtins"
                | "importlib"
                | "pickle"
                | "shutil"
                | "ctypes"
                | "runpy"
                | "socket"
        )
    });
    has_dunder
        || reaches_inside
        || DANGEROUS_MODULES.contains(&top)
        || DANGEROUS_NAMES.contains(&name)
        || DANGEROUS_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
        || (rest.is_empty() && DANGEROUS_BUILTINS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_three_groups() {
        for name in [
            "os.system",
            "subprocess.Popen",
            "builtins.eval",
            "eval",
            "__import__",
            "posix:system",
            "pydoc.locate",
            "torch.load",
            "random._os.system",
            "numpy.f2py.crackfortran.x",
            "foo.__class__.__base__",
            "nemo.core.os.system",
        ] {
            assert_eq!(judge(name), Callable::Dangerous, "{name}");
        }
        for name in [
            "torch.optim.AdamW",
            "nemo.collections.asr.models.EncDecCTCModel",
            "builtins.dict",
            "pathlib.Path",
            "lightning.pytorch.callbacks.ModelCheckpoint",
        ] {
            assert_eq!(judge(name), Callable::Known, "{name}");
        }
        for name in [
            "src.models.MyNet",
            "my_project.data.Loader",
            "os_helper.run",
            "torch",
        ] {
            assert_eq!(judge(name), Callable::Unknown, "{name}");
        }
    }
}
