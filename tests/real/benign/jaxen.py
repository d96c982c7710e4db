"""JAX and its libraries: msgpack by flax, orbax checkpoints, exported functions, optimizer states."""

from __future__ import annotations

import logging
import pickle

import flax.serialization
import jax
import jax.export
import jax.numpy
import msgpack
import numpy
import optax
import orbax.checkpoint
from flax import linen, nnx

from .shelf import Shelf


class Network(linen.Module):
    """Two layers and a normalization."""

    @linen.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Forward."""
        x = linen.relu(linen.Dense(8)(x))
        x = linen.BatchNorm(use_running_average=True)(x)
        return linen.Dense(2)(x)


def trees() -> dict[str, object]:
    """Trees of arrays as they are saved."""
    variables = Network().init(jax.random.PRNGKey(0), jax.numpy.ones((1, 4)))
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(optax.warmup_cosine_decay_schedule(0, 1e-3, 10, 100)))
    kinds = ("float32", "float16", "bfloat16", "int8", "uint8", "int32", "bool", "complex64", "float8_e4m3fn")
    return {
        "variables": variables, "params": variables["params"], "optimizer": flax.serialization.to_state_dict(optimizer.init(variables["params"])),
        "dtypes": {kind: jax.numpy.ones((2, 3)).astype(kind) for kind in kinds},
        "train-state": {"step": numpy.int64(3), "params": variables["params"], "name": "run", "rate": 0.1, "done": False, "nothing": None, "scale": numpy.float32(1.5)},
        "lists": {"layers": [{"w": numpy.ones(3)}, {"w": numpy.zeros(3)}], "shape": (2, 3)},
    }


def flax_files(shelf: Shelf) -> None:
    """msgpack, also in chunks; states of nnx; pickles of trees."""
    for name, tree in trees().items():
        shelf.file("flax", name, "flax_model.msgpack").write_bytes(flax.serialization.to_bytes(tree))
        plain = jax.tree_util.tree_map(lambda leaf: numpy.asarray(leaf) if isinstance(leaf, jax.Array) else leaf, tree)
        shelf.file("jax-pickle", name, "params.pkl").write_bytes(pickle.dumps(plain))
        shelf.file("jax-pickle", f"{name}-arrays", "params.pkl").write_bytes(pickle.dumps(tree))
    flax.serialization.MAX_CHUNK_SIZE = 1000
    shelf.file("flax", "chunked", "flax_model.msgpack").write_bytes(flax.serialization.to_bytes({"params": {"w": numpy.ones((100, 20), "f4")}}))
    _, state = nnx.split(nnx.Linear(4, 3, rngs=nnx.Rngs(0)))
    shelf.file("flax", "nnx", "state.msgpack").write_bytes(flax.serialization.to_bytes(nnx.to_pure_dict(state)))
    plain = {"vocab": ["cat", "dog"], "size": 2, "raw": b"\x00\x01", "nested": {"a": [1, 2.5, None, True]}}
    shelf.file("msgpack", "plain", "vocab.msgpack").write_bytes(msgpack.packb(plain))


def functions(shelf: Shelf) -> None:
    """`jax.export` and the text of a lowered function."""
    shape = jax.ShapeDtypeStruct((4, 4), "float32")
    for name, function in {"sine": lambda x: jax.numpy.sin(x) @ x, "softmax": jax.nn.softmax, "loop": lambda x: jax.lax.fori_loop(0, 3, lambda _, y: y * 2, x)}.items():
        exported = jax.export.export(jax.jit(function))(shape)
        shelf.file("jax-export", name, "function.jax").write_bytes(exported.serialize())
        shelf.file("stablehlo", f"{name}-text", "function.mlir").write_text(exported.mlir_module(), encoding="utf-8")
        shelf.file("stablehlo", f"{name}-bytecode", "function.mlirbc").write_bytes(exported.mlir_module_serialized)


def checkpoints(shelf: Shelf) -> None:
    """orbax in both layouts, and with a manager."""
    tree = {"params": {"w": jax.numpy.ones((8, 8)), "b": jax.numpy.zeros(8)}, "step": 3}
    with orbax.checkpoint.StandardCheckpointer() as saver:
        saver.save(shelf.folder("orbax", "standard") / "checkpoint", tree)
        saver.wait_until_finished()
    orbax.checkpoint.PyTreeCheckpointer(use_ocdbt=False).save(shelf.folder("orbax", "zarr") / "checkpoint", {"w": numpy.ones((4, 4)), "name": "run"})
    with orbax.checkpoint.CheckpointManager(shelf.folder("orbax", "manager")) as manager:
        arguments = orbax.checkpoint.args
        manager.save(0, args=arguments.Composite(state=arguments.StandardSave({"w": numpy.ones(3)}), meta=arguments.JsonSave({"lr": 0.1, "data": "train"})))
        manager.wait_until_finished()
    for name in ("standard", "zarr", "manager"):
        folder = shelf.folder("orbax", name)
        named = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name != "d"]  # those in "d" are named at random
        for path in named:
            shelf.list("orbax", f"{name}/{path.relative_to(folder).as_posix()}", path)


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    logging.disable(logging.WARNING)
    flax_files(shelf)
    functions(shelf)
    checkpoints(shelf)
