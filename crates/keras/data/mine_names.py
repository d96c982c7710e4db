"""Mines the names that Keras' own packages provide, for `library.txt` and `legacy.txt`.

Usage: mine_names.py WHEEL... [--tensorflow SITE_PACKAGES]

The wheels are read, never imported: every Python file is parsed, and its top-level classes and functions are listed
under the module path that a Keras config would hold, together with the public names of `@keras_export`. Classes count
only in folders whose classes are built from a config; functions only where they compute and touch nothing else.

    keras 2.0.9 2.2.4 2.3.1 2.4.3 2.6.0 2.8.0 2.11.0 2.15.0 3.0.5 3.3.3 3.6.0 3.10.0 3.15.1, tf_keras 2.16.0 2.21.0,
    keras_hub 0.19.3 0.32.0, keras_nlp 0.6.4 0.14.4, keras_cv 0.6.4 0.9.0, tensorflow_addons 0.23.0,
    tensorflow 2.15.1 (functions of its operator modules)

`library.txt`: one module on each line, then its names. `legacy.txt`: one name on each line, for configs that give no
module (Keras 2). Both are sorted; run it again with more wheels to extend them.
"""

import ast
import pathlib
import sys
import zipfile

CLASS_FOLDERS = {
    "layers", "models", "engine", "optimizers", "losses", "metrics", "initializers", "regularizers", "constraints",
    "dtype_policies", "quantizers", "random", "ops", "trainers", "legacy", "mixed_precision", "premade_models",
    "premade", "feature_column", "applications", "wrappers", "tokenizers", "samplers", "preprocessing", "src_models",
    "activations", "seq2seq", "rnn", "optimizer_v2", "optimizer_v1", "modeling", "quantization",
}
FUNCTION_FOLDERS = {"activations", "losses", "metrics", "ops", "initializers", "regularizers", "constraints", "random"}
# Functions elsewhere that only compute.
FUNCTION_NAMES = {"preprocess_input", "to_categorical", "normalize", "standardize_dtype"}
# Names that reach beyond arithmetic, or that call what they are given; judged by other tables or left unknown.
LEFT_OUT = {
    "TFSMLayer", "TorchModuleWrapper", "OpenvinoLayer", "Lambda", "FlaxLayer", "JaxLayer", "KerasFileEditor", "deserialize",
    "get_file", "load_model", "save_model", "deserialize_keras_object", "custom_gradient", "map", "scan", "cond",
    "while_loop", "fori_loop", "vectorized_map", "switch", "associative_scan", "get", "serialize", "py_function", "numpy_function",
    "Wrapper_load", "print_tensor", "saveable", "HDF5Matrix", "H5IOStore", "DiskIOStore", "SavedModelBuilder",
}
TF_OPS = [
    "math_ops", "nn_ops", "nn_impl", "array_ops", "clip_ops", "special_math_ops", "image_ops_impl", "linalg_ops",
    "gen_math_ops", "gen_nn_ops", "gen_array_ops", "random_ops", "sort_ops", "string_ops", "bitwise_ops",
    "init_ops_v2", "embedding_ops", "sparse_ops", "gen_image_ops", "signal.spectral_ops", "numpy_ops.np_math_ops",
    "numpy_ops.np_array_ops", "ragged.ragged_tensor", "ragged.ragged_string_ops", "weak_tensor_ops",
    "array_ops_stack", "linalg.linalg_impl", "math_ops_impl",
]


def exports(decorators):
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", getattr(decorator.func, "attr", "")).endswith("export"):
            for each in ast.walk(decorator):
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value:
                    yield each.value


def keep(modules, legacy, module, name):
    if not name.startswith("_") and name not in LEFT_OUT:
        modules.setdefault(module, set()).add(name)
        legacy.add(name)


def mine(path, text, modules, legacy):
    parts = list(path.with_suffix("").parts)
    if any(part.endswith("_test") or part in {"tests", "test", "testing", "integration_tests", "datasets", "callbacks"} for part in parts):
        return
    if parts[-1] == "__init__":
        parts.pop()
    folders = set(parts)
    module = ".".join(parts)
    hub = parts[0] in {"keras_hub", "keras_nlp", "keras_cv", "tensorflow_addons"}
    classes = hub or bool(folders & CLASS_FOLDERS) or any(part in {"compile_utils", "operation", "functional", "training", "sequential", "model", "optimizer_v2", "optimizers", "losses", "metrics", "layers", "feature_space", "seed_generator"} for part in parts)
    functions = bool(folders & FUNCTION_FOLDERS) or parts[-1] in FUNCTION_FOLDERS
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            public = list(exports(node.decorator_list))
            if not classes or "callback" in node.name.lower() or node.name.endswith(("Store", "Saver", "Editor", "Loader", "Scope", "Context", "Archive", "Adapter", "Mixin")):
                continue
            keep(modules, legacy, module, node.name)
        elif isinstance(node, ast.FunctionDef):
            if not functions and node.name not in FUNCTION_NAMES:
                continue
            public = list(exports(node.decorator_list))
            keep(modules, legacy, module, node.name)
        else:
            continue
        for name in public:
            parent, _, last = name.rpartition(".")
            keep(modules, legacy, parent, last)


def tensorflow(site, modules):
    for each in TF_OPS:
        path = pathlib.Path(site, "tensorflow", "python", "ops", *each.split(".")).with_suffix(".py")
        if path.exists():
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not any(bad in node.name for bad in ("file", "py_func", "while", "map_fn", "deprecat", "fallback")):
                    modules.setdefault("tensorflow.python.ops." + each, set()).add(node.name)


def main():
    arguments = sys.argv[1:]
    site = None
    if "--tensorflow" in arguments:
        at = arguments.index("--tensorflow")
        site = arguments[at + 1]
        del arguments[at : at + 2]
    modules, legacy = {}, set()
    for wheel in arguments:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(".py"):
                    try:
                        mine(pathlib.PurePosixPath(name), archive.read(name).decode("utf-8", "replace"), modules, legacy)
                    except SyntaxError:
                        continue
    if site:
        tensorflow(site, modules)
    here = pathlib.Path(__file__).parent
    lines = [module + " " + " ".join(sorted(names)) for module, names in sorted(modules.items())]
    here.joinpath("library.txt").write_text("\n".join(lines) + "\n")
    here.joinpath("legacy.txt").write_text("\n".join(sorted(legacy)) + "\n")


main()
