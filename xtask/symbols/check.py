#!/usr/bin/env python3
"""Compares the names that honest pickles use with the symbol database.

    python xtask/symbols/check.py CORPUS DATA

Loads every pickle of a corpus made by `tests/real/make_benign.py` (never of any other: loading runs it) with an unpickler that
notes the names, and prints those the database doesn't know and those that are called although they are listed as gadgets.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import sys
import types
import warnings
from collections import defaultdict
from pathlib import Path

Seen = dict[tuple[str, str], set[str]]
TORCH = ("torch-", "trainer-checkpoint")


def noting(imported: Seen, called: Seen, subject: list[str]) -> type[pickle._Unpickler]:
    """An unpickler written in Python that notes what is imported and what is called."""

    class Noting(pickle._Unpickler):
        """Notes, then does what its parent does."""

        dispatch = dict(pickle._Unpickler.dispatch)

        def find_class(self, module: str, name: str) -> object:
            """Every import."""
            imported[module, name].add(subject[0])
            value = super().find_class(module, name)
            with contextlib.suppress(TypeError):
                names[id(value)] = (module, name)
            return value

        def load_reduce(self) -> None:
            """Every call."""
            if key := names.get(id(self.stack[-2])):
                called[key].add(subject[0])
            pickle._Unpickler.load_reduce(self)

    names: dict[int, tuple[str, str]] = {}
    Noting.dispatch[pickle.REDUCE[0]] = Noting.load_reduce
    return Noting


def load(path: Path, kind: str, unpickler: type[pickle._Unpickler]) -> None:
    """Loads one artifact the way its users do."""
    if kind.startswith(TORCH):
        import torch

        module = types.SimpleNamespace(Unpickler=unpickler, __name__="noting", load=lambda file, **options: unpickler(file, **options).load())
        torch.load(path, weights_only=False, pickle_module=module)
    elif "joblib" in kind:
        import joblib
        from joblib import numpy_pickle

        numpy_pickle.NumpyUnpickler.find_class = unpickler.find_class
        numpy_pickle.NumpyUnpickler.__bases__ = (unpickler,)
        numpy_pickle.NumpyUnpickler.dispatch[pickle.REDUCE[0]] = unpickler.load_reduce
        joblib.load(path)
    elif kind in ("npy", "npz"):
        return
    else:
        unpickler(io.BytesIO(path.read_bytes())).load()


def read(data: Path) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """The database as dictionaries."""
    text = (data / "names.txt").read_text()
    symbols = {}
    for line in (data / "modules.txt").read_text().splitlines():
        module, start, end = line.split(" ")
        for entry in text[int(start):int(end)].splitlines():
            symbols[module, entry[1:]] = entry[0]
    gadgets = {tuple(line.split(" ")[:2]): line[-1] for line in (data / "gadgets.txt").read_text().splitlines()}
    return symbols, gadgets


def main() -> None:
    """Loads, compares, prints."""
    corpus, data = Path(sys.argv[1]), Path(sys.argv[2])
    warnings.simplefilter("ignore")
    imported: Seen = defaultdict(set)
    called: Seen = defaultdict(set)
    subject = [""]
    unpickler = noting(imported, called, subject)
    for line in (corpus / "labels.tsv").read_text().splitlines()[1:]:
        _, kind, name, path = line.split("\t")
        subject[0] = f"{kind}/{name}"
        if not any(word in kind for word in ("pickle", "joblib", "torch-", "own-classes", "-data", "serialized-code", "trainer")):
            continue
        if path.endswith((".json", ".pt2")):
            continue
        try:
            load(corpus / path, kind, unpickler)
        except Exception as error:  # noqa: BLE001 - a file that cannot be loaded here is worth a line, no more
            print(f"not loaded: {path}: {type(error).__name__}: {error}"[:200])
    symbols, gadgets = read(data)
    for title, names in (
        ("unknown", {key for key in imported if key not in symbols}),
        ("called and a gadget", {key for key in called if key in gadgets}),
        ("imported and a gadget", {key for key in imported if key in gadgets and key not in called}),
        ("called, only a function", {key for key in called if symbols.get(key) == "F"}),
        ("called, class without safe constructor", {key for key in called if symbols.get(key) == "C"}),
    ):
        print(f"\n{title}: {len(names)}")
        for key in sorted(names):
            print(f"  {key[0]} {key[1]} {gadgets.get(key, '')}  called={key in called} in {sorted(imported[key])[:2]}")


if __name__ == "__main__":
    main()
