"""Writes the tables of names that honest skops schemas and spaCy pipelines refer to.

Run with an interpreter that has scikit-learn, numpy, scipy, skops and spacy installed:

    python mine_trusted.py FOLDER

It imports the libraries, walks their modules and writes `skops_names.txt` and `spacy_names.txt`, sorted, one name per
line. Lines that earlier runs with other versions wrote are kept, so that the tables grow into the union of versions.
Only classes and pure functions are listed: modules that read or write files, fetch data, compile or run code are left
out below, so a name from them stays unknown.
"""

import importlib
import inspect
import pkgutil
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

# Parts of module names that hold no model state, or functions with effects.
LEFT_OUT = (
    "tests", "test", "testing", "_testing", "conftest", "externals", "datasets", "f2py", "distutils", "npyio",
    "_npyio_impl", "format", "_datasource", "memmap", "io", "misc", "_mocking", "_build_utils", "setup", "_available_if",
    "parallel", "_joblib", "ctypeslib", "_show_versions", "__config__", "_plotting", "eval", "fixes", "discovery",
    "_config", "_internal", "_dtype_ctypes", "_multiarray_tests", "_utils_impl", "_iotools", "inspection", "_iobase",
    "compat", "py3k", "plotting", "_uarray", "uarray", "_pep440", "cobyqa", "_docscrape", "_ccallback", "_readers", "widget", "estimator_checks", "_testutils", "cython_special", "utils_impl",
)
# Packages of scipy whose functions are arithmetic.
SCIPY = ("special", "spatial", "stats", "linalg", "sparse", "signal", "ndimage", "integrate", "interpolate", "fft", "cluster")
# Functions that do more than arithmetic, by last name.
EFFECTS = (
    "load", "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt", "fromfile", "tofile", "fromregex",
    "fromstring", "frombuffer", "memmap", "open_memmap", "DataSource", "source", "info", "lookfor", "show_config",
    "show_runtime", "get_include", "deprecate", "vectorize", "piecewise", "apply_along_axis", "apply_over_axes",
    "fromfunction", "frompyfunc", "fromiter", "runstring", "all_estimators", "all_functions", "all_displays", "show_versions",
    "load_npz", "save_npz", "safe_eval", "npy_load_module", "open_latin1", "LazyLoader", "fromtextfile", "openfile", "_TempFile", "__getattr__", "__dir__", "delayed", "Parallel", "import_module", "_safe_call", "getattr",
)


def modules(package):
    yield package
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if any(part in LEFT_OUT for part in found.name.split(".")):
            continue
        try:
            yield importlib.import_module(found.name)
        except BaseException:
            continue


def is_plain(owner, name):
    """Whether a function may stand for arithmetic: public by name, and from a package of arithmetic."""
    parts = owner.split(".")
    if parts[0] == "sklearn":
        return not name.startswith("__") and name not in EFFECTS
    if name.startswith("_") or any(part in EFFECTS for part in (name, parts[-1])):
        return False
    if parts[0] == "scipy":
        return len(parts) > 1 and parts[1] in SCIPY
    if parts[0] == "numpy":
        return not any(part.startswith("_") and part != "_core" for part in parts)
    return True


def names_of(package, functions):
    for module in modules(package):
        for name, member in vars(module).items():
            owner = getattr(member, "__module__", None) or ""
            if not isinstance(owner, str) or owner.split(".")[0] != package.__name__:
                continue
            if any(part in LEFT_OUT for part in owner.split(".")) or getattr(member, "__name__", name) in EFFECTS:
                continue
            if "ctypes" in name.lower() or name == "LowLevelCallable":
                continue
            is_ufunc = type(member).__name__ == "ufunc"
            is_function = (inspect.isroutine(member) and is_plain(owner, name)) or is_ufunc
            if inspect.isclass(member) or (functions and is_function):
                yield f"{owner}.{getattr(member, '__name__', name)}"
            if is_ufunc:
                yield f"{module.__name__}.{member.__name__}"


def skops_names():
    import numpy
    import scipy
    import scipy.special
    import scipy.stats
    import sklearn

    # A name that newer scikit-learn stores although it lies in a vendored package.
    found = {"scipy._lib.array_api_compat.numpy._aliases.asarray"}
    for package in (sklearn, numpy, scipy):
        found.update(names_of(package, True))
    for name in dir(scipy.special):
        if type(getattr(scipy.special, name)).__name__ == "ufunc":
            found.add(f"scipy.special._ufuncs.{name}")
    for name in dir(numpy):
        if type(getattr(numpy, name)).__name__ == "ufunc":
            found.update((f"numpy.{name}", f"numpy.core._multiarray_umath.{name}", f"numpy._core._multiarray_umath.{name}"))
    for kind in set(numpy.sctypeDict.values()):
        found.add(f"numpy.{kind.__name__}")
    for dtype in vars(getattr(numpy, "dtypes", object)).values():
        if inspect.isclass(dtype):
            found.add(f"{dtype.__module__}.{dtype.__name__}")
    # The classes of other libraries that skops is used with.
    for name in ("lightgbm", "xgboost", "catboost", "quantile_forest", "imblearn"):
        try:
            found.update(names_of(importlib.import_module(name), False))
        except ImportError:
            continue
    return {name for name in found if name.isascii() and "<" not in name}


def spacy_names():
    import spacy
    from spacy.util import registry

    found = set()
    spacy.blank("en")
    for kind, entries in vars(registry).items():
        if hasattr(entries, "get_all"):
            found.update(f"{kind} {name}" for name in entries.get_all())
    return found


def write(path, names):
    before = set(path.read_text().splitlines()) if path.exists() else set()
    path.write_text("\n".join(sorted(before | set(names))) + "\n")
    print(path.name, len(before | set(names)))


def main():
    folder = Path(sys.argv[1])
    for file, miner in (("skops_names.txt", skops_names), ("spacy_names.txt", spacy_names)):
        try:
            write(folder / file, miner())
        except ImportError as error:
            print(f"{file} left as it is: {error}")


if __name__ == "__main__":
    main()
