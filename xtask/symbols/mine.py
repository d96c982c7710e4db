#!/usr/bin/env python3
"""Mines the offline symbol database of the pickle policy from installed packages.

    python xtask/symbols/mine.py --site SITE_PACKAGES… --out crates/pickle/data [--cache FOLDER]

Writes, sorted and without dates, so that two runs over the same packages give the same bytes:

* `modules.txt`   one line per module: its name and the byte range of its names in `names.txt`;
* `names.txt`     one line per name, `C` class, `S` class with a harmless constructor, `F` function, then the name;
* `gadgets.txt`   `module name call state`: callables whose arguments reach a sink, with the worst capability, and classes
                  whose state does while it is set; `-` for neither;
* `packages.txt`  which distribution in which version was read.

How a name gets in. Sources are parsed (`source.py`), a data flow over the call graph says which argument reaches which sink
(`flow.py`), and packages with compiled parts are imported and looked at (`live.py`). A class is listed unless unpickling its
state could do something: its `__setstate__`, `__new__`, `__del__`, item setters and the like must reach no sink. It is a safe
class if its constructor reaches none either and calls nothing that it was handed. A name whose value is a module, or that
belongs to another package, is never listed. Hand-kept knowledge, old module paths included, is in `tables.py`.

LIMIT: calls on objects of unknown type are followed only for method names that mean one thing (`write_text`, `exec_module`).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import pickle
import subprocess
import sys
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path

from flow import CONSTRUCTORS, Flow
from source import Index
from tables import (
    ALIASES, FUNCTION_PACKAGES, GADGETS_ONLY, LIVE, NEVER_GADGETS, PACKAGES, REVIEWED_CLASSES, REVIEWED_METHODS, SINKS, HARMLESS_BUILTINS, MACHINERY, PRIVATE_FUNCTIONS, PYTHON2, RECONSTRUCTORS, REFUSED_CLASSES, REFUSED_FUNCTIONS, STDLIB_CLASSES_ONLY, STDLIB_LIVE,
    STDLIB_REFUSED, STDLIB_GADGETS, COMPILED_REFUSED, COMPILED_SAFE, EFFECT_BASES, KNOWN_OBJECTS, STDLIB_SAFE, SAFE_BUILTIN_BASES,
)

Name = tuple[str, str]  # module, qualified name
WORST = "XPLDINF"
ON_LOAD = ("__setstate__", "__new__", "__del__", "__setitem__", "append", "extend", "__setattr__", "__hash__", "__eq__",
           "__getattr__", "__getattribute__", "add")
SELDOM = frozenset({"__hash__", "__eq__"})  # only as keys of a dictionary
TESTS = frozenset("tests test testing _testing conftest examples example benchmarks idle_test".split())


def sources(root: Path, top: str) -> list[tuple[Path, str]]:
    """The source files of a package with their module names; tests and programs of packages are left out."""
    if (root / f"{top}.py").is_file():
        return [(root / f"{top}.py", top)]
    found = []
    for path in sorted((root / top).rglob("*.py")):
        parts = list(path.relative_to(root).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if all(part.isidentifier() for part in parts) and not TESTS & set(parts[1:]):
            found.append((path, ".".join(parts)))
    return found


def read_everything(sites: list[Path], cache: Path | None) -> Index:
    """Parses the standard library and every package of the table that is installed."""
    kept = cache / "index.pickle" if cache else None
    if kept and kept.is_file():
        return pickle.loads(kept.read_bytes())
    index = Index()
    standard = Path(sysconfig.get_paths()["stdlib"])
    for top in sorted(sys.stdlib_module_names):
        for path, name in sources(standard, top):
            index.read(path, name)
    for top in PACKAGES:
        home = next((site for site in sites if (site / top).exists() or (site / f"{top}.py").exists()), None)
        for path, name in sources(home, top) if home else ():
            index.read(path, name)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(index))
    return index


def look_at(top: str, modules: tuple[str, ...], cache: Path | None) -> dict[str, list[list[str]]]:
    """What importing a package shows, from a process of its own."""
    kept = cache / f"seen-{top}.json" if cache else None
    if kept and kept.is_file():
        return json.loads(kept.read_text())
    program = str(Path(__file__).with_name("live.py"))
    done = subprocess.run([sys.executable, program, top, *modules], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        print(f"  {top}: could not be imported ({done.stderr.strip().splitlines()[-1:]})")
        return {"classes": [], "functions": [], "failed": []}
    if kept:
        kept.write_text(done.stdout)
    return json.loads(done.stdout)


class Judge:
    """Decides for each class and function of the index what the database says about it."""

    def __init__(self, index: Index, flow: Flow) -> None:
        self.index, self.flow = index, flow

    def effects(self, function: str | None) -> set[str]:
        """Every capability that calling a function may use."""
        if function is None:
            return set()
        kinds = set(self.flow.touched.get(function, ()))
        for found in self.flow.tainted.get(function, {}).values():
            kinds |= found
        return kinds

    def steered(self, function: str | None) -> set[str]:
        """The capabilities that the arguments of a function steer."""
        return set().union(*self.flow.tainted.get(function, {}).values()) if function else set()

    def acts_on_load(self, name: str) -> set[str]:
        """What making an instance without its constructor and setting its state could do."""
        found = set()
        for method in ON_LOAD:
            effects = self.dispatched(name, self.index.method(name, method), set())
            if method in SELDOM:
                effects &= set("XPLD")
            found |= effects - ({"A"} if method not in ("__setstate__", "__del__") else set())
        return found

    def dispatched(self, name: str, function: str | None, seen: set[str]) -> set[str]:
        """The effects of a method on an instance of exactly this class: calls on itself find the overriding methods."""
        if function is None or function in seen or function in REVIEWED_METHODS:
            return set()
        seen.add(function)
        found = self.effects(function)
        for call in self.index.functions[function].calls:
            if call.target and call.target.startswith("self:"):
                found |= self.dispatched(name, self.index.method(name, call.target.rsplit(":", 1)[1]), seen)
            elif call.target and call.target.startswith("super:"):
                found |= self.dispatched(name, self.flow.looked_up(call.target), seen)
        return found

    def has_odd_parent(self, name: str) -> bool:
        """Whether it inherits from a class whose instances act by themselves."""
        return any(ancestor in EFFECT_BASES for ancestor in self.index.ancestors(name))

    def has_safe_constructor(self, name: str) -> bool:
        """Whether calling the class does nothing but fill an instance."""
        ancestors = self.index.ancestors(name)
        if any(ancestor not in self.index.classes and ancestor not in SAFE_BUILTIN_BASES for ancestor in ancestors):
            return False
        if any((known := self.index.classes.get(ancestor)) and known.metaclass not in SAFE_METACLASSES for ancestor in ancestors):
            return False
        return not any(self.effects(self.index.method(name, method)) for method in CONSTRUCTORS)

    def classes(self) -> dict[Name, str]:
        """The classes of all listed packages, with their tag."""
        found: dict[Name, str] = {}
        for dotted, known in self.index.classes.items():
            top = known.module.split(".")[0]
            if top in GADGETS_ONLY or top not in PACKAGES or is_machinery(known.module):
                continue
            if dotted in REFUSED_CLASSES:
                continue
            reviewed = dotted in REVIEWED_CLASSES
            if not reviewed and (self.has_odd_parent(dotted) or self.acts_on_load(dotted)):
                continue
            found[known.module, known.name] = "S" if not reviewed and self.has_safe_constructor(dotted) else "C"
        return found

    def functions(self) -> set[Name]:
        """The public functions of packages whose functions honest pickles refer to."""
        found = set()
        for name, function in self.index.functions.items():
            top = function.module.split(".")[0]
            if function.owner or top not in FUNCTION_PACKAGES or is_machinery(function.module) or name in REFUSED_FUNCTIONS:
                continue
            if function.name.startswith("_") and top not in PRIVATE_FUNCTIONS and not function.name.startswith(RECONSTRUCTORS):
                continue
            if not self.steered(name) - {"A"}:
                found.add((function.module, function.name))
        return found

    def state_gadgets(self) -> dict[Name, str]:
        """Classes whose state steers a sink while it is set."""
        found = {}
        for dotted, known in self.index.classes.items():
            kinds = self.steered_by_state(dotted, self.index.method(dotted, "__setstate__"), set()) - {"A"}
            if kinds and dotted not in REVIEWED_CLASSES:
                found[known.module, known.name] = min(kinds, key=WORST.index)
        return found

    def steered_by_state(self, name: str, function: str | None, seen: set[str]) -> set[str]:
        """What the state of an instance of exactly this class steers: like `dispatched`, for arguments only."""
        if function is None or function in seen:
            return set()
        seen.add(function)
        found = self.steered(function)
        for call in self.index.functions[function].calls:
            if call.target and call.target.startswith("self:"):
                found |= self.steered_by_state(name, self.index.method(name, call.target.rsplit(":", 1)[1]), seen)
            elif call.target and call.target.startswith("super:"):
                found |= self.steered_by_state(name, self.flow.looked_up(call.target), seen)
        return found

    def gadgets(self) -> dict[Name, str]:
        """Callables whose arguments steer a sink, with the worst capability."""
        found = {}
        for name, function in self.index.functions.items():
            kinds = self.steered(name) - {"A"}
            if kinds and not function.owner and name not in NEVER_GADGETS:
                found[function.module, function.name] = min(kinds, key=WORST.index)
        for name, known in self.index.classes.items():
            kinds = set().union(*(self.steered(self.index.method(name, method)) for method in CONSTRUCTORS)) - {"A"}
            if kinds and "." not in known.name and name not in NEVER_GADGETS:
                found[known.module, known.name] = min(kinds, key=WORST.index)
        return found


SAFE_METACLASSES = frozenset({None, "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"})


def is_machinery(module: str) -> bool:
    """Whether a module's classes are parts of a program rather than data."""
    last = module.rsplit(".", 1)[-1]
    return any(module == part or module.startswith(f"{part}.") for part in MACHINERY) or last.startswith(("modular_", "convert_", "dummy_"))


def add_live(found: dict[Name, str], functions: set[Name], cache: Path | None, gadgets: dict[Name, str], index: Index) -> None:
    """Adds what only an import shows."""
    for top in LIVE:
        seen = look_at(top, (), cache)
        for module, name, home in seen["classes"]:
            read = f"{home}.{name}" if home else index.resolve(f"{module}.{name}")
            known = index.classes.get(read)
            if is_machinery(module) or is_machinery(home) or "<" in name:
                continue
            if known:  # judged from its source; a published name is as good as the one it stands for
                if tag := found.get((known.module, known.name)):
                    found.setdefault((module, name), tag)
            elif not home and not any(word in name for word in COMPILED_REFUSED):
                found.setdefault((module, name), "S" if top in COMPILED_SAFE else "C")
        for module, name, home in seen["functions"]:
            read = (home, name) if home else (module, name)
            public = not name.startswith("_") or name.startswith(RECONSTRUCTORS)
            if f"{module}.{name}" in REFUSED_FUNCTIONS:
                continue
            if (module, name) in gadgets or read in gadgets:
                gadgets.setdefault((module, name), gadgets.get(read, "F"))
            elif public and "<" not in name and "." not in name and not is_machinery(module) and not is_machinery(home):
                functions.add((module, name))


def add_stdlib(found: dict[Name, str], functions: set[Name], cache: Path | None, gadgets: dict[Name, str]) -> None:
    """Adds the data classes and harmless functions of the standard library, under the names of Python 2 as well."""
    seen = look_at("stdlib", STDLIB_LIVE, cache)
    for module, name, _ in seen["classes"]:
        dotted = f"{module}.{name}"
        if dotted not in STDLIB_REFUSED and not name.startswith("_") and (module, name) not in gadgets:
            found[module, name] = "S" if module in STDLIB_SAFE else "C"
    for module, name, _ in seen["functions"]:
        if module not in STDLIB_CLASSES_ONLY and not name.startswith("_") and (module, name) not in gadgets:
            functions.add((module, name))
    for module, name in [key for key in found if key[0] == "builtins"]:
        found["__builtin__", name] = "S"
        if name.endswith(("Error", "Exception", "Warning")):
            found["exceptions", name] = "S"
    found |= {("__builtin__", name): "S" for name in PYTHON2} | {("torch", name): "S" for name in ("Size", "device")}
    functions.update(("builtins", name) for name in HARMLESS_BUILTINS)
    functions.update(("__builtin__", name) for name in HARMLESS_BUILTINS)
    functions.update(KNOWN_OBJECTS)


def add_published(index: Index, flow: Flow, gadgets: dict[Name, str]) -> None:
    """Gadgets and sinks are reachable under the names by which other modules of a package hold them, too."""
    for module in index.modules.values():
        top = module.name.split(".")[0]
        near = module.package and module.name.count(".") <= (0 if top == "sympy" else 1)
        for name, bound in module.bindings.items() if top in PACKAGES else ():
            home, _, own = index.resolve(bound).rpartition(".")
            if kind := flow.sink(f"{home}.{own}", bound):
                if module.package or kind in "XPLD":
                    gadgets.setdefault((module.name, name), kind)
            elif near and not name.startswith("_") and home.split(".")[0] == top and (home, own) in gadgets:
                gadgets.setdefault((module.name, name), gadgets[home, own])


def add_historic(found: dict[Name, str]) -> None:
    """Lists the names that only older releases had."""
    for line in Path(__file__).with_name("historic.txt").read_text().splitlines():
        module, *names = line.split() if line and not line.startswith("#") else [""]
        for name in names:
            found.setdefault((module, name), "C")


def add_aliases(found: dict[Name, str], functions: set[Name]) -> None:
    """Lists names under the module paths of older releases as well."""
    for old, new in ALIASES:
        for module, name in list(found):
            if module == new or module.startswith(f"{new}."):
                found.setdefault((old + module[len(new):], name), found[module, name])
        for module, name in list(functions):
            if module == new or module.startswith(f"{new}."):
                functions.add((old + module[len(new):], name))


def emit(out: Path, tags: dict[Name, str], gadgets: dict[Name, str], states: dict[Name, str]) -> None:
    """Writes the data files. Sorted by bytes, because the reader searches bytes."""
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (module, name), tag in tags.items():
        if module.isascii() and name.isascii() and not set(" \n\t") & set(module + name):
            grouped[module].append((name, tag))
    modules, names, at = [], [], 0
    for module in sorted(grouped):
        block = "".join(f"{tag}{name}\n" for name, tag in sorted(grouped[module]))
        modules.append(f"{module} {at} {at + len(block)}\n")
        names.append(block)
        at += len(block)
    out.mkdir(parents=True, exist_ok=True)
    (out / "modules.txt").write_text("".join(modules))
    (out / "names.txt").write_text("".join(names))
    listed = sorted(gadgets.keys() | states.keys())
    rows = [f"{module} {name} {gadgets.get((module, name), '-')} {states.get((module, name), '-')}\n" for module, name in listed]
    (out / "gadgets.txt").write_text("".join(rows))


def versions(sites: list[Path]) -> str:
    """The distributions that were read, one per line."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for distribution in importlib.metadata.distributions(path=[str(site) for site in sites]):
        if distribution.name in PACKAGES.values():
            found.setdefault(distribution.name, distribution.version)
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items(), key=lambda row: row[0].lower()))


def main() -> None:
    """Mines, writes, and prints statistics."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, action="append", required=True, help="a site-packages folder; may be repeated")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keeps what was read, to try other rules quickly")
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    index = read_everything(options.site, options.cache)
    flow = Flow(index)
    judge = Judge(index, flow)
    direct = {tuple(name.rsplit(".", 1)): kind for name, kind in SINKS.items() if not name.endswith("*")}
    gadgets = direct | judge.gadgets() | STDLIB_GADGETS
    gadgets = {key: kind for key, kind in gadgets.items() if ".".join(key) not in NEVER_GADGETS}
    add_published(index, flow, gadgets)
    tags, functions = judge.classes(), judge.functions()
    add_live(tags, functions, options.cache, gadgets, index)
    add_stdlib(tags, functions, options.cache, gadgets)
    gadgets = {key: kind for key, kind in gadgets.items() if ".".join(key) not in NEVER_GADGETS}
    functions -= set(gadgets)
    add_aliases(tags, functions)
    add_historic(tags)
    for name in functions:
        tags.setdefault(name, "F")
    states = judge.state_gadgets()
    emit(options.out, tags, gadgets, states)
    (options.out / "packages.txt").write_text(versions(options.site))
    print(f"{len(index.modules)} modules, {len(index.classes)} classes, {len(index.functions)} functions read")
    print("symbols:", dict(Counter(tags.values())), "gadgets:", dict(Counter(gadgets.values())), "by state:", dict(Counter(states.values())))
    print("largest:", Counter(module.split(".")[0] for module, _ in tags).most_common(12))
    print({path.name: path.stat().st_size for path in sorted(options.out.iterdir())})


if __name__ == "__main__":
    main()
