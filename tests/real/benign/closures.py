"""dill and cloudpickle: functions with their code. Honest, but nobody can tell by looking: they deserve a review."""

from __future__ import annotations

import functools

import cloudpickle
import dill
import numpy

from .shelf import Shelf


def values() -> dict[str, object]:
    """Lambdas, closures, classes."""
    factor = 3

    def scale(x: float) -> float:
        return x * factor

    class Threshold:
        """A class of the notebook it was written in."""

        def __init__(self, level: float) -> None:
            self.level = level

        def predict(self, x: numpy.ndarray) -> numpy.ndarray:
            """Where the level is passed."""
            return x > self.level

    for item in (scale, Threshold):
        item.__module__ = "__main__"
    return {
        "lambda": lambda x: x + 1,
        "closure": scale,
        "partial-of-lambda": functools.partial(lambda x, y: x + y, 2),
        "class": Threshold,
        "instance": Threshold(0.5),
        "dict-of-functions": {"scale": scale, "square": lambda x: x * x},
    }


def make(shelf: Shelf) -> None:
    """Writes functions as `serialized-code`, plain data through the same libraries as ordinary pickles."""
    for name, value in values().items():
        shelf.file("serialized-code", f"cloudpickle-{name}", f"{name}.pkl").write_bytes(cloudpickle.dumps(value))
        shelf.file("serialized-code", f"dill-{name}", f"{name}.dill").write_bytes(dill.dumps(value, recurse=True))
    plain = {"array": numpy.arange(6.0), "dict": {"a": [1, 2], "b": {"c": None}}, "list": [1, "two", 3.0]}
    for name, value in plain.items():
        shelf.file("dill-data", name, f"{name}.dill").write_bytes(dill.dumps(value))
        shelf.file("cloudpickle-data", name, f"{name}.pkl").write_bytes(cloudpickle.dumps(value))
