//! Callables of machine-learning and other libraries.

use super::With::{Command, Module, Nothing, Path, Payload, Source, Url};
use super::{Case, gadget, table};
use crate::pickle::{Py, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = table("gadget-ml-library", ML);
    cases.extend(table("gadget-third-party", THIRD_PARTY));
    // A constructor that only reads a file.
    let file = || text("/tmp/example/model.bin");
    for (module, name, arguments) in [
        (
            "xgboost.core",
            "Booster",
            vec![Py::None, Py::Tuple(Vec::new()), file()],
        ),
        (
            "lightgbm.basic",
            "Booster",
            vec![Py::None, Py::None, file()],
        ),
        ("sentencepiece", "SentencePieceProcessor", vec![file()]),
        ("dateutil.tz.tz", "tzfile", vec![file()]),
    ] {
        cases.push(gadget("gadget-ml-library", 4, module, name, arguments));
    }
    cases
}

const ML: &[(&str, &str, super::With)] = &[
    ("torch.utils.bottleneck.__main__", "run_cprofile", Source),
    (
        "torch.utils.bottleneck.__main__",
        "run_autograd_prof",
        Source,
    ),
    ("torch._dynamo.guards", "GuardBuilder.get", Source),
    (
        "torch.fx.experimental.symbolic_shapes",
        "ShapeEnv.evaluate_guards_expression",
        Source,
    ),
    ("torch.utils.collect_env", "run", Command),
    ("torch.utils.collect_env", "run_and_read_all", Command),
    (
        "torch.utils.data.datapipes.utils.decoder",
        "basichandlers",
        Payload,
    ),
    ("torch.jit.unsupported_tensor_ops", "execWrapper", Source),
    (
        "torch.utils._config_module",
        "ConfigModule.load_config",
        Payload,
    ),
    ("torch.serialization", "load", Path),
    ("torch", "load", Path),
    ("torch.hub", "load", Url),
    ("torch.hub", "load_state_dict_from_url", Url),
    ("torch.package", "PackageImporter", Path),
    ("torch.ops", "load_library", Path),
    ("torch.fx.graph_module", "reduce_graph_module", Source),
    ("torch._inductor.codecache", "compile_file", Path),
    ("torch.distributed.rpc", "rpc_sync", Url),
    ("torch.utils.cpp_extension", "load_inline", Source),
    ("torch.multiprocessing.spawn", "spawn", Source),
    ("numpy.testing._private.utils", "runstring", Source),
    ("numpy.testing", "rundocs", Path),
    ("numpy.f2py.crackfortran", "getlincoef", Source),
    ("numpy.f2py.crackfortran", "param_eval", Source),
    ("numpy.f2py.crackfortran", "_eval_length", Source),
    ("numpy.distutils.exec_command", "exec_command", Command),
    ("numpy", "load", Path),
    ("numpy", "memmap", Path),
    ("numpy", "fromfile", Path),
    ("numpy.ctypeslib", "load_library", Path),
    ("numpy", "apply_along_axis", Source),
    ("pandas", "read_pickle", Path),
    ("pandas", "eval", Source),
    ("pandas.io.pickle", "read_pickle", Path),
    ("pandas.core.computation.eval", "eval", Source),
    ("joblib", "load", Path),
    ("joblib.numpy_pickle", "load", Path),
    ("sklearn.datasets", "load_files", Path),
    ("scipy.io", "loadmat", Path),
    ("sympy", "sympify", Source),
    ("keras.models", "load_model", Path),
    ("keras.src.utils.python_utils", "func_load", Payload),
    ("tensorflow", "load_op_library", Path),
    (
        "transformers.dynamic_module_utils",
        "get_class_from_dynamic_module",
        Module,
    ),
    ("transformers", "pipeline", Module),
    ("huggingface_hub", "snapshot_download", Module),
    ("spacy", "load", Path),
    ("gensim.utils", "unpickle", Path),
    ("mlflow.pyfunc", "load_model", Path),
    ("ultralytics", "YOLO", Path),
];

const THIRD_PARTY: &[(&str, &str, super::With)] = &[
    ("django.utils.module_loading", "import_string", Module),
    ("werkzeug.utils", "import_string", Module),
    ("hydra.utils", "instantiate", Source),
    ("yaml", "unsafe_load", Source),
    ("jsonpickle", "decode", Source),
    ("dill", "loads", Payload),
    ("cloudpickle", "loads", Payload),
    ("IPython", "start_ipython", Nothing),
    ("pexpect", "spawn", Command),
    ("sh", "bash", Command),
    ("paramiko", "SSHClient", Nothing),
    ("requests", "get", Url),
    ("requests.api", "post", Url),
    ("httpx", "get", Url),
    ("fsspec", "open", Url),
    ("psutil", "Popen", Command),
    ("numexpr", "evaluate", Source),
    ("asteval", "Interpreter", Nothing),
    ("jinja2", "Template", Source),
    ("mako.template", "Template", Source),
    ("cffi", "FFI", Nothing),
    ("lxml.etree", "parse", Path),
    ("PIL.Image", "open", Path),
    ("PIL.ImageMath", "eval", Source),
    // Names that nobody lists: what is unknown must not come out clean.
    ("acme_tools.runner", "launch", Command),
    ("fabrikam.deploy.hooks", "after_load", Nothing),
    ("contoso_ml", "rebuild", Command),
    ("northwind.util", "Shell", Command),
    ("torch_extras.ops", "boot", Command),
    ("sklearn.contoso_plugin", "rebuild_estimator", Command),
    ("numpy.contoso", "_reconstruct", Command),
    ("transformers.models.contoso.loading", "restore", Command),
    ("my_package.serializers", "revive", Command),
];
