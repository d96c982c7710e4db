"""HDF5, netCDF, zarr and Arrow files of the libraries that share extensions with models."""

from __future__ import annotations

import anndata
import h5py
import netCDF4
import numpy
import pandas
import pyarrow
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet
import scipy.io
import scipy.sparse
import tables
import zarr

from .shelf import Shelf

VERSIONS = ("earliest", "v108", "v110", "v112", "latest")


def everything(file: h5py.File) -> None:
    """Datasets of each type, filter and layout."""
    draw = numpy.random.default_rng(1)
    group = file.create_group("layer/inner")
    group.create_dataset("kernel:0", data=draw.normal(size=(3, 4)).astype("f4"))
    file.attrs["names"] = numpy.array([b"layer", b"other"])
    file.attrs["note"] = "hello"
    file.attrs["texts"] = numpy.array(["x", "yy"], dtype=h5py.string_dtype())
    file.create_dataset("gzip", data=draw.normal(size=(40, 40)), chunks=(10, 10), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("lzf", data=numpy.zeros(1000, "f4"), compression="lzf")
    file.create_dataset("growing", data=numpy.ones((50, 50), "i2"), chunks=(5, 5), maxshape=(None, None))
    file.create_dataset("scaled", data=numpy.arange(1000), scaleoffset=0, chunks=(100,))
    file.create_dataset("scalar", data=3.0)
    file.create_dataset("empty", data=h5py.Empty("f4"))
    file.create_dataset("strings", data=numpy.array(["a", "bcd"], dtype=object), dtype=h5py.string_dtype())
    file.create_dataset("ragged", shape=(3,), dtype=h5py.vlen_dtype("i4"))
    file.create_dataset("compound", data=numpy.zeros(4, [("a", "i4"), ("b", "f8", (3,)), ("s", "S5")]))
    file.create_dataset("enumeration", data=numpy.zeros(4, "i1"), dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}))
    file.create_dataset("bool", data=numpy.array([True, False]))
    file.create_dataset("complex", data=numpy.zeros(4, "c8"))
    file.create_dataset("big-endian", data=numpy.zeros(3, ">f4"))
    file.create_dataset("reference", data=file["gzip"].ref, dtype=h5py.ref_dtype)
    file["soft"] = h5py.SoftLink("/layer/inner")
    file["hard"] = file["gzip"]
    file["type"] = numpy.dtype("f8")


def crowded(file: h5py.File) -> None:
    """More attributes and links than the compact forms hold."""
    for number in range(60):
        file.create_group(f"group{number:03}")
        file["group000"].attrs[f"key{number:02}"] = f"value {number}"
    file.attrs["long"] = "y" * 3000


def hdf5(shelf: Shelf) -> None:
    """Both of them in each version of the format, and in files with other settings."""
    for version in VERSIONS:
        span = version if version in ("earliest", "latest") else (version, "latest")
        for name, fill in (("everything", everything), ("crowded", crowded)):
            with h5py.File(shelf.file("hdf5", f"{name}-{version}", f"{name}.h5"), "w", libver=span) as file:
                fill(file)
    settings = {"tracked": {"track_order": True}, "user-block": {"userblock_size": 512}, "paged": {"fs_strategy": "page"}, "free-space": {"fs_strategy": "fsm", "fs_persist": True}}
    for name, options in settings.items():
        with h5py.File(shelf.file("hdf5", name, "data.hdf5"), "w", **options) as file:
            everything(file)


def parts(shelf: Shelf) -> None:
    """A virtual dataset over files beside it."""
    folder = shelf.folder("hdf5", "virtual")
    layout = h5py.VirtualLayout((3, 10), "f4")
    for part in range(3):
        with h5py.File(folder / f"part{part}.h5", "w") as file:
            file["data"] = numpy.full(10, part, "f4")
        layout[part] = h5py.VirtualSource(f"part{part}.h5", "data", shape=(10,))
    with h5py.File(folder / "all.h5", "w") as file:
        file.create_virtual_dataset("data", layout)
    shelf.list_all("hdf5", "virtual")


def table() -> pandas.DataFrame:
    """Numbers, text, categories, times and gaps."""
    rows = 30
    return pandas.DataFrame({
        "number": numpy.arange(rows) * 0.5, "text": [f"row {row}" for row in range(rows)], "kind": pandas.Categorical(["cat", "dog", "eval"] * 10),
        "when": pandas.date_range("2024-01-01", periods=rows), "flag": numpy.arange(rows) % 2 == 0, "gap": [None, 1.0] * 15,
    })


def tabular(shelf: Shelf) -> None:
    """PyTables, pandas, Arrow."""
    frame = table()
    simple = frame[["number", "flag"]].assign(text=frame["text"].astype(object))
    for name, options in {"fixed": {}, "table": {"format": "table", "data_columns": True}, "blosc": {"complib": "blosc", "complevel": 5, "format": "table"}}.items():
        simple.to_hdf(shelf.file("pandas-hdf", name, "frame.h5"), key="frame", mode="w", **options)
    with tables.open_file(shelf.file("pytables", "arrays", "arrays.h5"), "w") as file:
        file.create_array("/", "x", numpy.arange(10)).attrs.unit = "m"
        file.create_earray("/", "e", tables.Float64Atom(), (0, 3)).append(numpy.zeros((4, 3)))
        file.create_carray("/", "c", tables.Int32Atom(), (100, 100), filters=tables.Filters(5, "zlib"))
        file.create_soft_link("/", "link", "/x")
        file.create_table("/", "t", numpy.zeros(3, [("a", "i4"), ("b", "f8")]))
    arrow = pyarrow.Table.from_pandas(frame)
    for codec in ("snappy", "zstd", "gzip", "none"):
        pyarrow.parquet.write_table(arrow, shelf.file("parquet", codec, "train.parquet"), compression=codec)
    for codec in ("lz4", "uncompressed"):
        pyarrow.feather.write_feather(arrow, shelf.file("feather", codec, "train.feather"), compression=codec)
    pyarrow.orc.write_table(pyarrow.table({"x": [1, 2, 3], "y": ["a", "b", "c"]}), shelf.file("orc", "table", "train.orc"))
    with pyarrow.OSFile(str(shelf.file("arrow", "stream", "data.arrow")), "wb") as out, pyarrow.ipc.new_stream(out, arrow.schema) as writer:
        writer.write_table(arrow)


def science(shelf: Shelf) -> None:
    """netCDF, AnnData, MATLAB, zarr."""
    for form in ("NETCDF4", "NETCDF4_CLASSIC", "NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET"):
        with netCDF4.Dataset(shelf.file("netcdf", form.lower(), "field.nc"), "w", format=form) as data:
            data.createDimension("time", None)
            data.createDimension("x", 10)
            data.createVariable("v", "f4", ("time", "x"))[:] = numpy.zeros((5, 10))
            data.title = "A field"
    pandas.options.future.infer_string = False  # anndata knows text in objects only
    for compression in (None, "gzip", "lzf"):
        cells = anndata.AnnData(scipy.sparse.random(50, 20, 0.1, format="csr", random_state=1))
        cells.obs["kind"] = pandas.Categorical(["a", "b"] * 25)
        cells.uns["method"] = {"name": "pca", "n": 3}
        cells.write_h5ad(shelf.file("anndata", compression or "plain", "cells.h5ad"), compression=compression)
    scipy.io.savemat(shelf.file("matlab", "level-5", "data.mat"), {"x": numpy.eye(3), "names": numpy.array(["a", "b"], dtype=object)}, do_compression=True)
    scipy.io.savemat(shelf.file("matlab", "level-4", "data.mat"), {"x": numpy.eye(3)}, format="4")
    for version in (2, 3):
        store = zarr.storage.ZipStore(shelf.file("zarr", f"version-{version}", "data.zarr.zip"), mode="w")
        zarr.create_group(store, zarr_format=version).create_array("x", shape=(20, 20), chunks=(10, 10), dtype="f4", fill_value=1.0)[:5] = 2.0
        store.close()


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    hdf5(shelf)
    parts(shelf)
    tabular(shelf)
    science(shelf)
