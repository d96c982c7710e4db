"""numpy and scipy: arrays, scalars, generators, `.npy` and `.npz`."""

from __future__ import annotations

import functools
import pickle

import numpy
import scipy.interpolate
import scipy.sparse
import scipy.spatial
import scipy.stats

from .shelf import Shelf


def arrays() -> dict[str, numpy.ndarray]:
    """Arrays of every common kind of element."""
    draw = numpy.random.default_rng(7)
    record = numpy.dtype([("id", "<i4"), ("name", "U8"), ("box", "<f4", (4,))])
    return {
        "float64": draw.normal(size=(30, 4)),
        "float32": draw.normal(size=(16, 16)).astype("float32"),
        "float16": draw.normal(size=64).astype("float16"),
        "big-endian": numpy.arange(20, dtype=">i4"),
        "fortran-order": numpy.asfortranarray(draw.normal(size=(5, 6))),
        "complex": draw.normal(size=8) + 1j,
        "bool": draw.normal(size=33) > 0,
        "uint8-image": draw.integers(0, 255, size=(8, 8, 3), dtype="uint8"),
        "unicode": numpy.array(["cat", "dog", "eval(1)"]),
        "byte-strings": numpy.array([b"cat", b"dog"]),
        "datetime64": numpy.array(["2024-01-01", "2024-02-29"], dtype="datetime64[D]"),
        "timedelta64": numpy.array([1, 2], dtype="timedelta64[s]"),
        "structured": numpy.zeros(4, dtype=record),
        "record": numpy.rec.array([(1, 2.0), (3, 4.0)], names="a,b"),
        "masked": numpy.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
        "empty": numpy.empty((0, 3)),
        "zero-dim": numpy.array(3.5),
        "matrix": numpy.matrix([[1, 2], [3, 4]]),
    }


def objects() -> dict[str, object]:
    """Values that are not plain numeric arrays."""
    draw = numpy.random.default_rng(8)
    legacy = numpy.random.RandomState(3)
    legacy.normal(size=3)
    return {
        "scalars": [numpy.float32(1.5), numpy.int64(7), numpy.bool_(True), numpy.str_("x"), numpy.complex64(1j)],
        "datetime-scalar": numpy.datetime64("2024-01-01T00:00"),
        "dtype": [numpy.dtype("float32"), numpy.dtype([("a", "i4")]), numpy.float64],
        "random-state": legacy,
        "generator": draw,
        "generator-philox": numpy.random.Generator(numpy.random.Philox(5)),
        "bit-generator": numpy.random.PCG64(9),
        "seed-sequence-state": numpy.random.SeedSequence(11).generate_state(4),
        "dict-of-arrays": {"mean": draw.normal(size=4), "std": draw.normal(size=4), "n": 40},
        "ufunc": numpy.log1p,
        "partial-of-ufunc": functools.partial(numpy.log1p),
        "numpy-function": {"agg": numpy.mean, "norm": numpy.linalg.norm},
        "object-array": numpy.array([{"a": 1}, [1, 2], "text", None], dtype=object),
        "ragged": numpy.array([draw.normal(size=2), draw.normal(size=3)], dtype=object),
        "polynomial": numpy.polynomial.Polynomial([1, 2, 3]),
    }


def science() -> dict[str, object]:
    """scipy objects that end up in pickles."""
    draw = numpy.random.default_rng(9)
    dense = (draw.random((12, 9)) > 0.7).astype("float64")
    points = draw.random((20, 2))
    line = numpy.linspace(0, 1, 9)
    formats = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")
    found: dict[str, object] = {
        f"sparse-{kind}": getattr(scipy.sparse, f"{kind}_matrix")(dense) for kind in formats
    }
    found |= {f"sparse-array-{kind}": getattr(scipy.sparse, f"{kind}_array")(dense) for kind in ("csr", "coo")}
    return found | {
        "kd-tree": scipy.spatial.cKDTree(points),
        "kd-tree-python": scipy.spatial.KDTree(points),
        "delaunay-simplices": scipy.spatial.Delaunay(points).simplices,
        "frozen-normal": scipy.stats.norm(0, 2),
        "frozen-loguniform": {"lr": scipy.stats.loguniform(1e-4, 1e-1), "depth": scipy.stats.randint(1, 9)},
        "gaussian-kde": scipy.stats.gaussian_kde(draw.normal(size=30)),
        "spline": scipy.interpolate.CubicSpline(line, numpy.sin(line)),
        "interp1d": scipy.interpolate.interp1d(line, numpy.cos(line)),
        "bspline": scipy.interpolate.make_interp_spline(line, numpy.sin(line)),
        "rotation": scipy.spatial.transform.Rotation.from_euler("z", 90, degrees=True),
        "line-fit": tuple(scipy.stats.linregress(line, numpy.sin(line))),
    }


def make(shelf: Shelf) -> None:
    """Writes pickles in changing protocols, and the same arrays as `.npy` and `.npz`."""
    for position, (name, value) in enumerate(sorted(arrays().items())):
        protocol = position % 6
        shelf.file("numpy-pickle", f"{name}-p{protocol}", f"{name}.pkl").write_bytes(pickle.dumps(value, protocol))
        if name not in ("matrix", "masked"):
            numpy.save(shelf.file("npy", name, f"{name}.npy"), value, allow_pickle=False)
    for position, (name, value) in enumerate(sorted(objects().items())):
        protocol = 2 + position % 4
        shelf.file("numpy-pickle", f"{name}-p{protocol}", f"{name}.pkl").write_bytes(pickle.dumps(value, protocol))
    for position, (name, value) in enumerate(sorted(science().items())):
        protocol = 2 + position % 4
        shelf.file("scipy-pickle", f"{name}-p{protocol}", f"{name}.pkl").write_bytes(pickle.dumps(value, protocol))
    everything = arrays()
    sparse = scipy.sparse.csr_matrix(everything["float64"] > 1)
    numpy.save(shelf.file("npy", "object-array", "mixed.npy"), objects()["object-array"], allow_pickle=True)
    numpy.save(shelf.file("npy", "ragged", "ragged.npy"), objects()["ragged"], allow_pickle=True)
    numpy.save(shelf.file("npy", "dict-in-object-array", "results.npy"), {"a": [1, 2], "b": everything["bool"]})
    numpy.savez(shelf.file("npz", "named", "dataset.npz"), x=everything["float32"], y=everything["bool"])
    numpy.savez(shelf.file("npz", "positional", "arrays.npz"), everything["float64"], everything["unicode"])
    numpy.savez_compressed(shelf.file("npz", "compressed", "features.npz"), x=everything["uint8-image"])
    numpy.savez(shelf.file("npz", "with-objects", "objects.npz"), meta=objects()["object-array"], x=everything["bool"])
    scipy.sparse.save_npz(shelf.file("npz", "scipy-sparse", "tfidf.npz"), sparse)
