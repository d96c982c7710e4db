"""Files of Keras, HDF5, ONNX, TensorFlow, Flax and TensorFlow Lite, and what their own libraries read from them.

`cases(folder)` writes files and yields for each a name, its path and the arrays that the conversion has to give; a value of `None`
stands for a tensor that has to be refused. `found(folder)` does the same for files that lie in a folder already.
"""

import contextlib
import os
import pathlib

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

NUMBERS = "fiub"
# Types of ONNX that safetensors has no counterpart for: INT4 and its kin, complex128.
WITHOUT_COUNTERPART = {15, 21, 22, 25, 26}


def attempt(generator):
    """A family whose library is not installed is skipped, visibly."""
    try:
        yield from generator
    except ImportError as error:
        print(f"skip {generator.__name__}: {error}")


def of_hdf5(path):
    """Every dataset of numbers, by path, as h5py reads it."""
    import h5py
    import ml_dtypes

    found = {}
    with h5py.File(path, "r") as file:
        def visit(group, name, above):
            for key in group:
                inside = f"{name}{key}"
                if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                    continue
                item = group[key]
                if isinstance(item, h5py.Group) and item.id not in above:
                    visit(item, f"{inside}/", [*above, item.id])
                elif isinstance(item, h5py.Dataset) and item.shape is not None:
                    add(inside, item)

        def add(name, item):
            is_bool = item.dtype.kind == "b"
            if item.attrs.get("dtype") == "bfloat16" and item.dtype.itemsize == 2:
                found[name] = np.asarray(item[()]).view(ml_dtypes.bfloat16)
            elif item.dtype.kind in NUMBERS and item.dtype.fields is None and (is_bool or h5py.check_enum_dtype(item.dtype) is None):
                plist = item.id.get_create_plist()
                filters = {plist.get_filter(index)[0] for index in range(plist.get_nfilters())}
                is_elsewhere = item.is_virtual or item.external
                found[name] = None if filters - {1, 2, 3, 32000} or is_elsewhere else np.asarray(item[()])

        visit(file, "", [file.id])
        is_whole_model = "model_config" in file.attrs or "layer_names" in file.get("model_weights", file).attrs or "keras_version" in file.attrs
    if is_whole_model:
        found = {name.removeprefix("model_weights/"): value for name, value in found.items()}
    return found


def of_keras(path):
    """The weights inside a .keras archive."""
    import io
    import zipfile

    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".weights.h5"):
                found |= of_hdf5(io.BytesIO(archive.read(name)))
    return found


def of_onnx(path):
    """Initializers of the graph and its subgraphs, and large constants."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    found = {}

    def value(tensor):
        if tensor.data_type in WITHOUT_COUNTERPART or (tensor.data_type == 23 and int(np.prod(tensor.dims)) % 2):
            return None
        if tensor.data_type == 23:
            return np.frombuffer(tensor.raw_data, np.uint8) if tensor.raw_data else np.array(tensor.int32_data, np.uint8)
        return numpy_helper.to_array(tensor)

    def graph(each):
        for tensor in each.initializer:
            if tensor.data_type != onnx.TensorProto.STRING:
                found[tensor.name] = value(tensor)
        for sparse in each.sparse_initializer:
            found[sparse.values.name] = None
        for node in each.node:
            for attribute in node.attribute:
                tensors = [attribute.t] if attribute.HasField("t") else list(attribute.tensors)
                for tensor in tensors:
                    if tensor.ByteSize() >= 1024 and tensor.data_type != onnx.TensorProto.STRING:
                        found[node.output[0]] = value(tensor)
                for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                    graph(inner)

    graph(model.graph)
    for training in model.training_info:
        graph(training.initialization)
        graph(training.algorithm)
    return found


def of_bundle(path):
    """The variables of a checkpoint that are numbers."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(path).removesuffix(".index"))
    found = {}
    for name, dtype in reader.get_variable_to_dtype_map().items():
        if dtype in (tf.string, tf.resource, tf.variant):
            continue
        found[name] = np.asarray(reader.get_tensor(name))
    return found


def of_flax(path):
    """Every array, its keys joined with slashes."""
    from flax import serialization, traverse_util

    tree = serialization.msgpack_restore(pathlib.Path(path).read_bytes())
    flat = traverse_util.flatten_dict(tree, sep="/") if isinstance(tree, dict) else {}
    return {name: np.asarray(value) for name, value in flat.items() if hasattr(value, "dtype")}


def of_tflite(path):
    """Constant tensors, as the schema that comes with TensorFlow reads them."""
    from tensorflow.lite.python import schema_py_generated as schema

    names = {0: "<f4", 1: "<f2", 2: "<i4", 3: "|u1", 4: "<i8", 6: "|b1", 7: "<i2", 8: "<c8", 9: "|i1", 10: "<f8", 12: "<u8", 15: "<u4", 16: "<u2"}
    raw = pathlib.Path(path).read_bytes()
    model = schema.Model.GetRootAs(raw, 0)
    found = {}
    for index in range(model.SubgraphsLength()):
        subgraph = model.Subgraphs(index)
        for at in range(subgraph.TensorsLength()):
            tensor = subgraph.Tensors(at)
            buffer = model.Buffers(tensor.Buffer())
            if tensor.Buffer() == 0 or tensor.Type() in (5, 13, 14):
                continue
            data = buffer.DataAsNumpy() if buffer.DataLength() else None
            if data is None and buffer.Size():
                data = np.frombuffer(raw[buffer.Offset():buffer.Offset() + buffer.Size()], np.uint8)
            if data is None:
                continue
            shape = tuple(tensor.Shape(each) for each in range(tensor.ShapeLength()))
            name = (tensor.Name() or b"").decode()
            if tensor.Type() not in names or tensor.Sparsity() is not None:
                found[name] = None
            else:
                found[name] = np.frombuffer(data.tobytes(), names[tensor.Type()]).reshape(shape)
    return found


def hdf5(folder):
    """Layouts, chunk indexes, filters and types that h5py writes."""
    import h5py

    random = np.random.default_rng(0)
    for version in ("earliest", "v110", "latest"):
        path = folder / f"layouts-{version}.h5"
        with h5py.File(path, "w", libver=(version, version if version != "earliest" else "v108")) as file:
            base = random.normal(size=(70, 90)).astype("f4")
            file["plain"] = base
            file["scalar"] = np.float64(3.5)
            file["empty"] = np.zeros((0, 5), "f4")
            for dtype in ("f2", "f4", "f8", ">f4", ">i8", "i1", "u2", "<u8", "bool"):
                file[f"types/{dtype.strip('<>')}{'-big' if dtype.startswith('>') else ''}"] = (random.random((3, 7)) * 100).astype(dtype)
            for name, options in {
                "chunked": {"chunks": (8, 9)}, "uneven": {"chunks": (32, 41)}, "whole": {"chunks": (70, 90)}, "larger": {"chunks": (80, 100), "maxshape": (None, None)},
                "deflate": {"chunks": (16, 16), "compression": "gzip"}, "shuffled": {"chunks": (16, 16), "compression": 9, "shuffle": True},
                "lzf": {"chunks": (16, 30), "compression": "lzf"}, "checked": {"chunks": (20, 20), "compression": "gzip", "fletcher32": True, "shuffle": True},
                "checked-only": {"chunks": (20, 20), "fletcher32": True}, "rows": {"chunks": (1, 90), "compression": "gzip"}, "columns": {"chunks": (70, 1)},
                "growing": {"chunks": (16, 16), "maxshape": (None, None), "compression": "gzip"},
                "one": {"chunks": (70, 90), "compression": "gzip"},
            }.items():
                file.create_dataset(f"filters/{name}", data=base, **options)
            file.create_dataset("zeros", data=np.zeros((100, 50), "f4"), compression="gzip")
            file.create_dataset("noise", data=random.integers(0, 255, (999,), "u1"), compression="lzf", chunks=(100,))
            file.create_dataset("deep", data=random.normal(size=(3, 4, 5, 6, 7)), chunks=(1, 2, 3, 4, 5), compression="gzip")
            file.create_dataset("thin", data=random.normal(size=(1, 1, 501)), chunks=(1, 1, 100), compression="gzip")
            file.create_dataset("many", data=random.normal(size=(3000, 3)), chunks=(1, 3))
            file.create_dataset("unwritten", (5, 6), "f4")
            file.create_dataset("filled", (5, 6), "f4", fillvalue=2.5)
            sparse = file.create_dataset("partly", (64, 64), "f8", chunks=(16, 16), fillvalue=-1.5, compression="gzip")
            sparse[10:20, 30:50] = 7
            file["text"] = "hello"
            file["records"] = np.zeros(3, [("a", "f4"), ("b", "i4")])
            if version != "earliest":
                file.create_dataset("refused/one-growing", data=base, chunks=(8, 9), maxshape=(None, 90))
        wanted = of_hdf5(path)
        for name in wanted:
            if name.startswith("refused/"):
                wanted[name] = None
        yield f"hdf5-{version}", path, wanted
    path = folder / "large.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("matrix", data=random.normal(size=(6000, 3000)).astype("f4"), compression="gzip", compression_opts=1, shuffle=True)
        file.create_dataset("tensor", data=random.normal(size=(40, 500, 300)).astype("f2"), chunks=True)
    yield "hdf5-large", path, of_hdf5(path)


def keras(folder):
    """Models of Keras 3 in its three formats and in several types."""
    import keras

    def model(dtype):
        keras.utils.set_random_seed(0)
        layers = keras.layers
        built = keras.Sequential([
            layers.Input((16, 16, 3)), layers.Conv2D(8, 3, dtype=dtype), layers.BatchNormalization(dtype=dtype), layers.Flatten(),
            layers.Dense(32, activation="relu", dtype=dtype), layers.Dropout(0.5, seed=3), layers.Dense(10, dtype=dtype),
        ])
        built.compile("adam", "mse")
        return built

    for dtype in ("float32", "float16", "bfloat16", "float64"):
        built = model(dtype)
        built.save(folder / f"{dtype}.keras")
        yield f"keras-{dtype}.keras", folder / f"{dtype}.keras", of_keras(folder / f"{dtype}.keras")
        built.save_weights(folder / f"{dtype}.weights.h5")
        yield f"keras-{dtype}.weights.h5", folder / f"{dtype}.weights.h5", of_hdf5(folder / f"{dtype}.weights.h5")
        if dtype != "bfloat16":
            built.save(folder / f"{dtype}.h5")
            yield f"keras-{dtype}.h5", folder / f"{dtype}.h5", of_hdf5(folder / f"{dtype}.h5")


def onnx(folder):
    """Every type, raw, number by number and in files beside the model."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])

    def built(name, tensors, nodes=nodes, **options):
        path = folder / name
        model = helper.make_model(helper.make_graph(nodes, "g", [value], [result], tensors))
        onnx.save(model, str(path), **options)
        return f"onnx-{name}", path, of_onnx(path)

    kinds = [number for number in range(1, 25) if number not in (8, 22, 21)]
    raw, typed = [], []
    for kind in kinds:
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        array = (random.random((3, 4)) * 60).astype(dtype)
        raw.append(numpy_helper.from_array(array, f"raw-{kind}"))
        with contextlib.suppress(Exception):
            typed.append(helper.make_tensor(f"typed-{kind}", kind, [3, 4], array.flatten().tolist()))
    yield built("raw.onnx", raw)
    yield built("typed.onnx", typed)
    four = numpy_helper.from_array((random.random((3, 4)) * 7).astype(helper.tensor_dtype_to_np_dtype(TensorProto.INT4)), "int4")
    texts = helper.make_tensor("texts", TensorProto.STRING, [2], [b"a", b"b"])
    yield built("others.onnx", [four, texts, numpy_helper.from_array(np.float32(3), "scalar"), numpy_helper.from_array(np.zeros((0, 3), "f4"), "empty"), numpy_helper.from_array(-np.arange(9), "negative")])
    weights = [numpy_helper.from_array(random.normal(size=(50, size)).astype("f4"), f"w{size}") for size in (10, 600)]
    yield built("one-file.onnx", weights, save_as_external_data=True, location="all.data", size_threshold=0)
    yield built("files.onnx", weights, save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)
    inner = helper.make_graph([helper.make_node("Identity", ["inner"], ["z"])], "i", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)], [numpy_helper.from_array(random.normal(size=9).astype("f4"), "inner")])
    branch = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    constant = helper.make_node("Constant", [], ["k"], value=numpy_helper.from_array(random.normal(size=(40, 40)), "unnamed"))
    yield built("nested.onnx", weights, [branch, constant])


def tensorflow(folder):
    """Object-based and name-based checkpoints, shards, and SavedModels."""
    import tensorflow as tf

    kinds = [tf.float32, tf.float64, tf.float16, tf.bfloat16, tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.complex64]
    holder = tf.Module()
    holder.variables_of = {kind.name: tf.Variable(tf.cast(tf.reshape(tf.range(24), (4, 6)), kind)) for kind in kinds}
    holder.scalar, holder.text = tf.Variable(7.0), tf.Variable("text")
    path = tf.train.Checkpoint(model=holder).write(str(folder / "objects"))
    yield "tensorflow-objects", pathlib.Path(f"{path}.index"), of_bundle(path)
    tf.saved_model.save(holder, str(folder / "saved"))
    yield "tensorflow-saved-index", folder / "saved/variables/variables.index", of_bundle(folder / "saved/variables/variables")
    yield "tensorflow-saved-model", folder / "saved/saved_model.pb", of_bundle(folder / "saved/variables/variables")
    names = [f"layer/{index:03}/weight" for index in range(300)]
    arrays = [np.random.default_rng(index).normal(size=(index, 3)).astype("f4") for index in range(300)]
    shards = []
    for part in range(3):
        prefix = str(folder / f"part-{part}")
        tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names[part::3], shape_and_slices=[""] * 100, tensors=arrays[part::3])
        shards.append(prefix)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=shards, destination_prefix=str(folder / "merged"), delete_old_dirs=False)
    yield "tensorflow-shards", folder / "merged.index", of_bundle(folder / "merged")


def flax(folder):
    """Nested parameters, states and arrays that are cut into chunks."""
    import flax.serialization as serialization
    import jax.numpy as jnp

    random = np.random.default_rng(0)
    tree = {"params": {"Dense_0": {"kernel": random.normal(size=(7, 5)).astype("f4"), "bias": np.zeros(5, "f4")}, "half": jnp.ones((2, 3), "bfloat16"), "eight": jnp.ones(4, "float8_e4m3fn")},
            "step": 3, "names": {"0": "a"}, "scalar": np.float32(2), "types": {name: np.arange(6).reshape(2, 3).astype(name) for name in ("f2", "f8", "i1", "i2", "i8", "u2", "u4", "bool", "c8")}}
    path = folder / "flax_model.msgpack"
    path.write_bytes(serialization.msgpack_serialize(tree))
    yield "flax", path, of_flax(path)
    before, serialization.MAX_CHUNK_SIZE = serialization.MAX_CHUNK_SIZE, 100
    try:
        path = folder / "chunked.msgpack"
        path.write_bytes(serialization.msgpack_serialize({"a": {"large": random.normal(size=(9, 11)), "small": np.ones(3)}}, in_place=False))
        wanted = of_flax(path)
    finally:
        serialization.MAX_CHUNK_SIZE = before
    yield "flax-chunked", path, wanted


def tflite(folder):
    """A converted model, plain and quantised."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([tf.keras.layers.Input((8, 8, 3)), tf.keras.layers.Conv2D(16, 3), tf.keras.layers.Flatten(), tf.keras.layers.Dense(64), tf.keras.layers.Dense(10)])
    for name, optimisations in {"plain": [], "quantised": [tf.lite.Optimize.DEFAULT]}.items():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = optimisations
        path = folder / f"{name}.tflite"
        path.write_bytes(converter.convert())
        yield f"tflite-{name}", path, of_tflite(path)


def cases(folder):
    """Every family whose library is there."""
    for family in (hdf5, keras, onnx, tensorflow, flax, tflite):
        place = folder / family.__name__
        place.mkdir()
        yield from attempt(family(place))


READERS = {".h5": of_hdf5, ".hdf5": of_hdf5, ".keras": of_keras, ".onnx": of_onnx, ".index": of_bundle, ".msgpack": of_flax, ".tflite": of_tflite}


def found(folder):
    """Files below a folder that their own library reads as numbers."""
    for path in sorted(folder.rglob("*")):
        reader = READERS.get(path.suffix)
        if reader is None or not path.is_file():
            continue
        try:
            wanted = reader(path)
        except Exception as error:  # The library itself cannot read it, or it is something else of that name.
            print(f"skip {path}: {type(error).__name__}")
            continue
        if wanted:
            yield str(path.relative_to(folder)), path, wanted
