"""Imports a package and lists the classes and functions that sources don't show: compiled types, ufuncs, named tuples.

Run as a program, once per package, so that a package that breaks or exits takes nothing with it:

    python live.py TOP MODULE…

prints one JSON object: `classes` and `functions`, each a sorted list of `[module, name, home]`. The home is the module whose
source holds the definition, whatever `__module__` says; it is empty for what has no Python source.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import os
import pkgutil
import signal
import sys
import types
import warnings

SKIPPED = ("tests", "testing", "test", "conftest", "_vendor", "vendored", "setup", "__main__", "benchmarks", "f2py", "distutils",
           "examples", "cli", "scripts", "_inductor", "_dynamo", "distributed", "onnx", "_export", "_refs", "_decomp", "fx", "cuda",
           "utils.benchmark", "tensorboard", "dask", "_numba", "spark", "_prims", "_vendored_packages", "lib2to3", "idlelib")
UFUNC_LIKE = ("ufunc", "_ArrayFunctionDispatcher", "cython_function_or_method", "fused_cython_function")


def modules_of(package: types.ModuleType) -> list[str]:
    """The names of a package's modules, without tests and programs."""
    names = [package.__name__]
    if hasattr(package, "__path__"):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".", onerror=lambda _: None):
            parts = found.name.split(".")[1:]
            if not any(part in SKIPPED for part in parts):
                names.append(found.name)
    return sorted(set(names))


def is_function(value: object) -> bool:
    """A function, whatever it is written in; never a bound method or an instance with `__call__`."""
    if isinstance(value, types.MethodType):
        return False
    if isinstance(value, types.BuiltinFunctionType) and not isinstance(value.__self__, (types.ModuleType, type(None))):
        return False
    return inspect.isroutine(value) or type(value).__name__ in UFUNC_LIKE


def home_of(value: object) -> str:
    """Where the source of a function, or of the first method of a class, says that it is."""
    if isinstance(value, type):
        own = [item for item in vars(value).values() if isinstance(item, (types.FunctionType, classmethod, staticmethod, property))]
        parts = [getattr(item, "__func__", None) or getattr(item, "fget", None) or item for item in own]
        parts = [inspect.unwrap(part) if callable(part) else part for part in parts if getattr(part, "__qualname__", "").startswith(f"{value.__qualname__}.")]
    else:
        parts = [inspect.unwrap(value)] if callable(value) else []
    homes = [part.__globals__.get("__name__", "") for part in parts if isinstance(part, types.FunctionType)]
    return next((home for home in homes if home and not home.startswith("namedtuple_")), "")


def importable(module: str, name: str, value: object) -> bool:
    """Whether the unpickler would find exactly this object under the name."""
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


Found = set[tuple[str, str, str]]


def look(module: types.ModuleType, top: str, listed: frozenset[str]) -> tuple[Found, Found]:
    """The classes and functions that a module defines, or publishes for another module of the same package."""
    classes, functions = set(), set()
    public = set(getattr(module, "__all__", ()) or ())
    for name, value in sorted(vars(module).items()):
        home = getattr(value, "__module__", None)
        own = getattr(value, "__qualname__", None) or name
        if isinstance(value, types.ModuleType):
            continue
        if home is not None and home.split(".")[0] not in (top, "builtins") and home not in listed:
            continue
        source = home_of(value)
        if isinstance(value, type):
            if home and home.split(".")[0] == top and importable(home, own, value):
                classes.add((home, own, source))
            published = home and home != module.__name__ and home.split(".")[0] == top and name in public
            if published or (home == "builtins" and module.__name__ == "builtins") or home == module.__name__:
                classes.add((module.__name__, name, source))
        elif is_function(value):
            inner = home in (None, "builtins") and not isinstance(value, types.BuiltinFunctionType)
            if home and home.split(".")[0] == top and importable(home, own, value):
                functions.add((home, own, source))
            if home == module.__name__ or inner or (name in public and home and home.split(".")[0] == top):
                functions.add((module.__name__, name, source))
            elif isinstance(value, types.BuiltinFunctionType) and isinstance(value.__self__, types.ModuleType):
                if value.__self__.__name__.split(".")[0] in (top, top.lstrip("_")):
                    functions.add((module.__name__, name, source))
    return classes, functions


def too_slow(*_: object) -> None:
    """A module that takes this long to import is left out."""
    raise TimeoutError


def main() -> None:
    """Looks at the modules named, or at every module of the package."""
    top, named = sys.argv[1], sys.argv[2:]
    os.environ.update(CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", MPLBACKEND="agg", DO_NOT_TRACK="1")
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, too_slow)
    classes: Found = set()
    functions: Found = set()
    failed = []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        names = named or modules_of(importlib.import_module(top))
        for name in names:
            signal.alarm(40)
            try:
                module = importlib.import_module(name)
            except BaseException:  # noqa: BLE001 - whatever a foreign module does at import, the others are still wanted
                failed.append(name)
                continue
            finally:
                signal.alarm(0)
            with contextlib.suppress(Exception):
                found = look(module, name.split(".")[0] if named else top, frozenset(names))
                classes |= found[0]
                functions |= found[1]
    json.dump({"classes": sorted(classes), "functions": sorted(functions), "failed": failed}, sys.stdout)


if __name__ == "__main__":
    main()
