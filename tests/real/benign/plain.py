"""Pickles of plain data: what scripts dump between two steps, in every protocol."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import operator
import pathlib
import pickle
import re
import sys
import types
import uuid
import zoneinfo

from .shelf import Shelf

Interval = collections.namedtuple("Interval", "low high")


class Split(enum.Enum):
    """An enum of the user's own, as training scripts define them."""

    TRAIN = "train"
    TEST = "test"


def everyday() -> dict[str, tuple[str, object]]:
    """File name and value of each case."""
    shared = [1, 2, 3]
    loop: list[object] = []
    loop.append(loop)
    return {
        "metrics": ("metrics.pkl", {"accuracy": 0.93, "loss": [0.9, 0.4, 0.2], "epochs": 3, "best": None}),
        "vocabulary": ("vocab.pkl", {f"token{i}": i for i in range(300)}),
        "label-list": ("labels.pickle", ["cat", "dog", "os.system", "eval", "it's", "naïve", "日本語"]),
        "sets": ("stopwords.pkl", {"a", "the", "of"}),
        "frozenset": ("frozen.pkl", frozenset({1, 2, 3})),
        "bytes": ("blob.bin.pkl", bytes(range(256)) * 4),
        "bytearray": ("buffer.pkl", bytearray(b"\x00\x01model")),
        "numbers": ("numbers.pkl", [0, -1, 2**31, 2**63, -(2**200), 1e300, float("inf"), 3 + 4j, True, None]),
        "nested-tuples": ("tree.pkl", (((), (1,)), ((2, 3), (4, 5, 6, 7)))),
        "shared-and-cyclic": ("graph.pkl", {"a": shared, "b": shared, "loop": loop}),
        "long-text": ("corpus.pkl", ["lorem ipsum " * 40, "x" * 70000]),
        "slices-and-ranges": ("index.pkl", [slice(1, 9, 2), range(5), range(0, 100, 7)]),
        "embeddings": ("embeddings.pkl", {f"word{i}": [((i * j) % 97) / 97 for j in range(32)] for i in range(40)}),
        "source-code-as-text": ("snippets.pkl", {"code": "import os\nos.system('ls')\n", "lang": "python"}),
    }


def typed() -> dict[str, tuple[str, object]]:
    """Values whose pickles name a class of the standard library."""
    counter = collections.Counter("mississippi")
    default = collections.defaultdict(list, {"a": [1]})
    nested = collections.defaultdict(int, {"x": 1})
    utc = datetime.timezone.utc
    return {
        "ordered-dict": ("config.pkl", collections.OrderedDict(lr=0.1, depth=3)),
        "defaultdict": ("groups.pkl", default),
        "defaultdict-int": ("counts.pkl", nested),
        "counter": ("freq.pkl", counter),
        "deque": ("replay_buffer.pkl", collections.deque([1, 2, 3], maxlen=10)),
        "chainmap": ("settings.pkl", collections.ChainMap({"a": 1}, {"b": 2})),
        "dates": ("dates.pkl", [datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 12), datetime.time(3, 4)]),
        "aware-dates": ("events.pkl", [datetime.datetime(2024, 1, 1, tzinfo=utc), datetime.timedelta(days=2)]),
        "zoneinfo": ("zone.pkl", datetime.datetime(2024, 6, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))),
        "decimal": ("prices.pkl", [decimal.Decimal("19.99"), decimal.Decimal("NaN")]),
        "fraction": ("ratios.pkl", fractions.Fraction(22, 7)),
        "uuid": ("ids.pkl", uuid.UUID("12345678123456781234567812345678")),
        "paths": ("files.pkl", [pathlib.PurePosixPath("data/train.csv"), pathlib.PureWindowsPath("C:/data")]),
        "concrete-path": ("root.pkl", pathlib.Path("data/train.csv")),
        "ip-addresses": ("hosts.pkl", [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_network("10.0.0.0/8")]),
        "array": ("samples.pkl", array.array("d", [1.0, 2.5, -3.0])),
        "regex": ("pattern.pkl", re.compile(r"\w+@\w+\.com", re.IGNORECASE)),
        "simple-namespace": ("args.pkl", types.SimpleNamespace(lr=0.1, name="run")),
        "partial": ("scorer.pkl", functools.partial(int, base=16)),
        "itemgetter": ("key.pkl", [operator.itemgetter(1), operator.attrgetter("name")]),
        "builtin-types": ("schema.pkl", {"id": int, "name": str, "score": float, "tags": list}),
        "builtin-functions": ("aggregations.pkl", {"len": len, "max": max, "sum": sum, "abs": abs}),
        "exception": ("error.pkl", ValueError("bad value", 3)),
        "complex": ("roots.pkl", [1j, 2 + 3j]),
        "http-status": ("statuses.pkl", __import__("http").HTTPStatus.NOT_FOUND),
        "namespace-of-argparse": ("opts.pkl", __import__("argparse").Namespace(lr=1e-3, epochs=10)),
    }


def own() -> dict[str, tuple[str, object]]:
    """Values of classes that only their author has, defined in the script that was run."""
    for kind in (Interval, Split):
        kind.__module__ = "__main__"
        setattr(sys.modules["__main__"], kind.__name__, kind)
    return {
        "own-namedtuple": ("intervals.pkl", [Interval(0, 1), Interval(2, 5)]),
        "own-enum": ("split.pkl", {"split": Split.TRAIN}),
    }


def make(shelf: Shelf) -> None:
    """Writes the plain data in protocols 0-5, the typed values in the common ones."""
    for name, (file, value) in everyday().items():
        for protocol in range(6):
            path = shelf.file("plain-pickle", f"{name}-p{protocol}", file)
            path.write_bytes(pickle.dumps(value, protocol=protocol))
    for position, (name, (file, value)) in enumerate(sorted(typed().items())):
        for protocol in sorted({0, 2 + position % 3, 5}):
            path = shelf.file("stdlib-pickle", f"{name}-p{protocol}", file)
            path.write_bytes(pickle.dumps(value, protocol=protocol))
    for name, (file, value) in own().items():
        path = shelf.file("own-classes", name, file)
        path.write_bytes(pickle.dumps(value))
    path = shelf.file("plain-pickle", "stacked-streams", "log.pkl")
    path.write_bytes(b"".join(pickle.dumps({"step": step, "loss": 1 / (step + 1)}) for step in range(5)))
    path = shelf.file("plain-pickle", "no-extension", "cache")
    path.write_bytes(pickle.dumps({"cached": True}))
