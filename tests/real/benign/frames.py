"""pandas: frames, series, indexes, and `to_pickle` with every compression."""

from __future__ import annotations

import pickle

import numpy
import pandas

from .shelf import Shelf


def frames() -> dict[str, object]:
    """Frames and their parts, with every common kind of column."""
    draw = numpy.random.default_rng(4)
    days = pandas.date_range("2024-01-01", periods=6, freq="D")
    table = pandas.DataFrame({"x": draw.normal(size=6), "n": range(6), "name": list("abcdef")})
    pairs = pandas.MultiIndex.from_product([["a", "b", "c"], [1, 2]], names=["key", "rank"])
    return {
        "frame": table,
        "frame-of-dates": table.set_index(days),
        "frame-multi-index": table.set_index(pairs),
        "frame-of-extension-types": table.convert_dtypes(),
        "frame-of-objects": pandas.DataFrame({"a": [[1], {"b": 2}, None], "b": ["x", 2, 3.0]}),
        "frame-with-missing": pandas.DataFrame({"a": [1, None, pandas.NA], "b": [pandas.NaT, days[0], days[1]]}),
        "series": table["x"],
        "series-of-strings": table["name"].astype("string"),
        "series-nullable": pandas.Series([1, None, 3], dtype="Int64"),
        "series-sparse": pandas.Series([0, 0, 1], dtype=pandas.SparseDtype("int64", 0)),
        "categorical": pandas.Categorical(["low", "high", "low"], categories=["low", "high"], ordered=True),
        "categorical-column": table["name"].astype("category"),
        "index": pandas.Index(["a", "b"], name="id"),
        "range-index": pandas.RangeIndex(10),
        "multi-index": pairs,
        "date-index": days,
        "date-index-zoned": days.tz_localize("UTC"),
        "period-index": pandas.period_range("2024-01", periods=3, freq="M"),
        "timedelta-index": pandas.timedelta_range("1h", periods=3),
        "interval-index": pandas.interval_range(0, 3),
        "timestamp": [pandas.Timestamp("2024-01-01", tz="UTC"), pandas.Timedelta("1h"), pandas.Period("2024-01", "M")],
        "offset": [pandas.offsets.BusinessDay(2), pandas.offsets.MonthEnd(), pandas.DateOffset(months=1)],
        "interval": pandas.Interval(0, 1, closed="left"),
        "dtype": [pandas.Int64Dtype(), pandas.CategoricalDtype(["a", "b"]), pandas.StringDtype()],
        "dict-of-frames": {"train": table.head(3), "test": table.tail(3)},
    }


def make(shelf: Shelf) -> None:
    """Writes each value as a pickle and some through `to_pickle` with a compression."""
    values = frames()
    for position, (name, value) in enumerate(sorted(values.items())):
        protocol = 2 + position % 4
        path = shelf.file("pandas-pickle", f"{name}-p{protocol}", f"{name}.pkl")
        path.write_bytes(pickle.dumps(value, protocol))
    for suffix in ("pkl", "pkl.gz", "pkl.bz2", "pkl.xz", "pkl.zip", "pkl.tar", "pickle"):
        method = {"pkl.gz": {"method": "gzip", "mtime": 1}}.get(suffix, "infer")
        for name in ("frame", "frame-of-dates", "categorical-column"):
            path = shelf.file("pandas-compressed", f"{name}-{suffix.replace('.', '-')}", f"{name}.{suffix}")
            pandas.to_pickle(values[name], path, compression=method)
