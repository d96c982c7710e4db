"""Converts weight files of every kind, and compares with what the library that wrote them reads, exactly.

    python tests/convert/check.py PATH_TO_CHAINWRIGHT [FOLDER ...]

The files are made by PyTorch, NumPy, joblib, h5py, Keras, ONNX, TensorFlow and Flax, as far as they are installed;
files of these libraries that lie in FOLDER are compared as well. Every tensor has to have the same name, type, shape
and bytes. Prints one line for each file; exits with 1 if one differs.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import formats
import joblib
import numpy as np
import torch
from safetensors import safe_open

torch.manual_seed(0)

DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2,
    torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.complex64, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool,
]


def raw(tensor):
    """The bytes of a tensor in row-major order."""
    return tensor.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def filled(dtype, *shape):
    count = int(np.prod(shape)) if shape else 1
    size = torch.empty((), dtype=dtype).element_size()
    if dtype == torch.bool:
        return (torch.arange(count) % 3 == 0).reshape(shape)
    data = torch.randint(0, 255, (count * size,), dtype=torch.uint8)
    return data.view(dtype).reshape(shape)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(16, 8)
        self.norm = torch.nn.BatchNorm1d(8)
        self.layers = torch.nn.ModuleList([torch.nn.Linear(8, 8, bias=False) for _ in range(3)])
        self.head = torch.nn.Linear(8, 4)
        self.head.weight = torch.nn.Parameter(torch.randn(4, 8))
        self.register_buffer("steps", torch.arange(5))


def flatten(value, name=""):
    """Every tensor and array below a value, with its dotted name."""
    join = (lambda key: f"{name}.{key}") if name else str
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(inner, join(key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from flatten(inner, join(index))
    elif isinstance(value, torch.nn.Module):
        yield from value.state_dict(prefix=f"{name}." if name else "", keep_vars=True).items()


def cases():
    base = torch.randn(6, 5, 4)
    shared = torch.randn(32, 8)
    model = Net()
    optimiser = torch.optim.AdamW(model.parameters())
    model.first(torch.randn(2, 16)).sum().backward()
    optimiser.step()
    yield "every-dtype", {str(dtype): filled(dtype, 3, 4) for dtype in DTYPES}
    yield "shapes", {"scalar": torch.tensor(3.5), "empty": torch.zeros(0, 7), "long": torch.randn(100_003), "one": torch.ones(1, 1, 1)}
    yield "strides", {
        "transposed": base.transpose(0, 2), "permuted": base.permute(1, 2, 0), "sliced": base[1:5:2, :, ::3],
        "expanded": torch.randn(1, 4).expand(5, 4), "offset": base[3:], "column": base[:, 2, 1], "diagonal": torch.randn(7, 7).diagonal(),
        "channels": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    }
    yield "shared", {"embed.weight": shared, "lm_head.weight": shared, "rows": shared[4:9], "again": shared.view(8, 32)}
    yield "parameters", {"w": torch.nn.Parameter(torch.randn(3)), "b": torch.nn.Parameter(torch.zeros(2), requires_grad=False)}
    yield "state-dict", model.state_dict()
    yield "checkpoint", {
        "epoch": 3, "model": model.state_dict(), "optimizer": optimiser.state_dict(), "args": {"lr": 0.1, "name": "run"},
        "history": [0.5, 0.25], "rng": torch.get_rng_state(), "nothing": None,
    }
    yield "numpy-inside", {"array": np.arange(12, dtype=np.float32).reshape(3, 4), "big": np.arange(6, dtype=">i4"), "fortran": np.asfortranarray(np.random.rand(4, 3)), "t": torch.ones(2)}
    yield "ordered", collections.OrderedDict(a=torch.ones(2), b=collections.OrderedDict(c=torch.zeros(3)))
    yield "list", [torch.ones(2), (torch.zeros(1), {"k": torch.eye(3)})]
    yield "module", model


def expected(value):
    found = {}
    for name, tensor in flatten(value):
        if isinstance(tensor, np.ndarray):
            tensor = torch.from_numpy(np.ascontiguousarray(tensor.astype(tensor.dtype.newbyteorder("="))))
        found[name or "tensor"] = (str(tensor.dtype), tuple(tensor.shape), raw(tensor))
    return found


def converted(program, path, folder, *options):
    out = folder / "out.safetensors"
    run = subprocess.run([program, "convert", str(path), str(out), "--overwrite", "--format", "json", *options], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        return None, run.stderr
    report = json.loads(run.stdout)[0]
    found = {}
    with safe_open(out, framework="pt") as tensors:
        for name in tensors.keys():
            tensor = tensors.get_tensor(name)
            found[name] = (str(tensor.dtype), tuple(tensor.shape), raw(tensor))
        metadata = tensors.metadata()
    for tied in report["tied"]:
        assert metadata[tied["name"]] == tied["kept"]
        found[tied["name"]] = found[tied["kept"]]
    refused = [each["name"] for each in report["refused"]]
    return (found, refused), run.stderr


NAMES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL", "complex64": "C64", "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
    "float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ", "float8_e8m0fnu": "F8_E8M0",
}


def plain(path):
    """A safetensors file by its own header, since PyTorch does not know every type."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    start = 8 + length
    return {name: (entry["dtype"], tuple(entry["shape"]), data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]]) for name, entry in header.items()}


def differences(program, path, wanted, folder):
    """What a conversion gets wrong, in words; nothing if it is exact."""
    out = folder / "out.safetensors"
    run = subprocess.run([program, "convert", str(path), str(out), "--overwrite", "--format", "json", "--tied", "keep"], capture_output=True, text=True)
    if all(value is None or value.dtype == np.complex128 for value in wanted.values()):
        return [] if run.returncode == 2 else ["converted, though there is nothing to convert"]
    if run.returncode not in (0, 1):
        return [run.stderr.strip()]
    found = plain(out)
    refused = {each["name"]: each["reason"] for each in json.loads(run.stdout)[0]["refused"]}
    wrong = [f"{name} is too much" for name in found.keys() - wanted.keys()]
    for name, array in wanted.items():
        if array is None or array.dtype == np.complex128:
            if name not in refused:
                wrong.append(f"{name} is not refused")
            continue
        if name not in found:
            wrong.append(f"{name} is missing: {refused.get(name)}")
            continue
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"))) if array.dtype.byteorder == ">" else array
        kind, shape, data = found[name]
        if kind == "F4":
            same = data == array.tobytes()
        else:
            same = (kind, shape, data) == (NAMES[array.dtype.name], array.shape, array.tobytes())
        if not same:
            wrong.append(f"{name} differs: {kind} {shape}, not {array.dtype} {array.shape}")
    return wrong


def main():
    program = sys.argv[1]
    failures = 0
    checked = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def check(name, path, value, *options):
            nonlocal failures, checked
            checked += 1
            wanted = expected(value)
            result, error = converted(program, path, folder, *options)
            if result is None:
                failures += 1
                print(f"FAIL {name}: {error.strip()}")
                return
            found, refused = result
            differing = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key) and key not in refused)
            if differing or refused:
                failures += 1
                print(f"FAIL {name}: differs in {differing[:5]}, refused {refused[:5]}")
            else:
                print(f"ok   {name}: {len(wanted)} tensors")

        for name, value in cases():
            variants = {"zip": {}, "zip-protocol-3": {"pickle_protocol": 3}, "zip-protocol-4": {"pickle_protocol": 4}, "zip-protocol-5": {"pickle_protocol": 5}, "legacy": {"_use_new_zipfile_serialization": False}}
            for variant, settings in variants.items():
                path = folder / "in.pt"
                try:
                    torch.save(value, path, **settings)
                    loaded = torch.load(path, weights_only=False)
                except Exception as error:  # PyTorch cannot write or read this combination itself.
                    print(f"skip {name}/{variant}: {type(error).__name__}")
                    continue
                check(f"{name}/{variant}", path, loaded)
                if name == "shared":
                    check(f"{name}/{variant}/keep", path, loaded, "--tied", "keep")

        arrays = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "f": np.asfortranarray(np.random.rand(5, 3)), "b": np.array([True, False]), "big": np.arange(4, dtype=">f8")}
        np.savez(folder / "plain.npz", **arrays)
        np.savez_compressed(folder / "packed.npz", **arrays)
        for archive in ("plain.npz", "packed.npz"):
            check(archive, folder / archive, dict(np.load(folder / archive)))
        np.save(folder / "one.npy", arrays["f"])
        check("one.npy", folder / "one.npy", arrays["f"])
        import pickle
        for protocol in range(0, 6):
            path = folder / "arrays.pkl"
            path.write_bytes(pickle.dumps(arrays, protocol))
            check(f"pickle-{protocol}", path, arrays)
        joblib.dump(arrays, folder / "arrays.joblib")
        check("joblib", folder / "arrays.joblib", arrays)
        large = {"t": torch.randn(5000, 3000).t(), "p": torch.randn(40, 500, 700).permute(2, 0, 1)}
        torch.save(large, folder / "large.pt")
        check("large-transposed", folder / "large.pt", large)

        files = [formats.cases(folder)] + [formats.found(pathlib.Path(each)) for each in sys.argv[2:]]
        for name, path, wanted in (each for family in files for each in family):
            checked += 1
            wrong = differences(program, path, wanted, folder)
            failures += bool(wrong)
            print(f"FAIL {name}: {wrong[:5]}" if wrong else f"ok   {name}: {len(wanted)} tensors")

    print(f"{checked - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


main()
