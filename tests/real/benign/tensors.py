"""torch: state dicts, checkpoints, whole modules, the legacy format, TorchScript, exported programs; safetensors."""

from __future__ import annotations

import argparse
import io
import collections
import json
import random

import numpy
import safetensors.numpy
import safetensors.torch
import torch
from torch import nn

from .shelf import Shelf


class Scaled(nn.Module):
    """A small module for scripting."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """A branch, so that scripting and tracing differ."""
        if x.sum() > 0:
            return self.linear(x) * self.scale
        return x


def modules() -> dict[str, nn.Module]:
    """Small modules of the kinds that are saved whole."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return {
        "mlp": nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2)),
        "cnn": nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.GELU(), nn.MaxPool2d(2), nn.Flatten()),
        "lstm": nn.LSTM(4, 8, num_layers=2, bidirectional=True),
        "gru": nn.GRU(4, 8),
        "embedding": nn.ModuleDict({"word": nn.Embedding(20, 4), "bag": nn.EmbeddingBag(20, 4)}),
        "transformer": nn.TransformerEncoder(layer, 2),
        "attention": nn.MultiheadAttention(8, 2),
        "activations": nn.Sequential(nn.SiLU(), nn.Tanh(), nn.Sigmoid(), nn.Softmax(-1), nn.LeakyReLU(0.1), nn.PReLU()),
        "norms": nn.ModuleList([nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.RMSNorm(4), nn.InstanceNorm1d(4)]),
        "losses": nn.ModuleList([nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss()]),
        "parametrized": nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)).eval(),
        "pruned": pruned(),
        "quantized-dynamic": torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4)), {nn.Linear}),
    }


def pruned() -> nn.Module:
    """A layer with a pruning hook and mask."""
    from torch.nn.utils import prune

    return prune.l1_unstructured(nn.Linear(4, 4), "weight", amount=0.3)


def checkpoints() -> dict[str, tuple[str, object]]:
    """What training loops save."""
    model = modules()["mlp"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    scheduler.step()
    random_states = {
        "python": random.Random(0).getstate(), "numpy": numpy.random.RandomState(0).get_state(), "cpu": torch.get_rng_state(),
    }
    whole = {
        "epoch": 3, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.9,
        "scheduler": scheduler.state_dict(), "args": argparse.Namespace(lr=1e-3, data="./data", arch="mlp"),
    }
    lightning = {
        "epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.4.0", "state_dict": model.state_dict(),
        "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_path": ""}},
        "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()], "hyper_parameters": {"lr": 1e-3},
    }
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return {
        "whole": ("checkpoint.pth.tar", whole),
        "lightning": ("last.ckpt", lightning),
        "optimizer": ("optimizer.pt", optimizer.state_dict()),
        "optimizer-object": ("optimizer.bin", sgd),
        "scheduler": ("scheduler.pt", scheduler.state_dict()),
        "rng-state": ("rng_state.pth", random_states),
        "averaged": ("ema.pt", torch.optim.swa_utils.AveragedModel(model).state_dict()),
        "textual-inversion": ("learned_embeds.bin", {"<cat-toy>": torch.ones(8)}),
        "counter-and-paths": ("extra.pt", {"seen": collections.Counter("aab"), "shape": torch.Size([2, 3]), "dtype": torch.float16}),
        "device": ("meta.pt", {"device": torch.device("cpu"), "layout": torch.strided}),
        "plain-list": ("labels.pt", ["a", "b", 3]),
        "numpy-inside": ("stats.pt", {"mean": numpy.ones(3), "n": numpy.int64(4)}),
    }


def tensors() -> dict[str, object]:
    """Tensors of every kind of storage."""
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    kinds = ("float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "float8_e4m3fn")
    found: dict[str, object] = {kind: base.to(getattr(torch, kind)) for kind in kinds}
    return found | {
        "float32": base,
        "views-of-one-storage": [base, base.T, base[1:, ::2]],
        "parameter": nn.Parameter(base),
        "buffer": {"w": nn.Buffer(base)},
        "requires-grad": base.clone().requires_grad_(),
        "sparse-coo": base.to_sparse(),
        "sparse-csr": base.to_sparse_csr(),
        "quantized-tensor": torch.quantize_per_tensor(base, 0.1, 0, torch.qint8),
        "quantized-channel": torch.quantize_per_channel(base, torch.ones(3), torch.zeros(3), 0, torch.quint8),
        "meta": torch.empty(3, device="meta"),
        "empty": torch.empty(0),
        "scalar": torch.tensor(3.5),
        "storage": base.untyped_storage(),
        "typed-storage": torch.FloatStorage([1.0, 2.0]),
        "named-tuple-result": base.max(dim=0),
        "packed-sequence": nn.utils.rnn.pack_sequence([torch.ones(3), torch.ones(2)]),
        "dataset": torch.utils.data.TensorDataset(base, base),
        "distribution": torch.distributions.Normal(0.0, 1.0),
        "generator-state": torch.Generator().manual_seed(3).get_state(),
    }


def make(shelf: Shelf) -> None:
    """Writes every value through the writers of torch, and state dicts as safetensors."""
    torch.set_num_threads(1)
    for name, module in modules().items():
        torch.save(module.state_dict(), shelf.file("torch-state-dict", name, "pytorch_model.bin"))
        if name != "parametrized":  # torch refuses to pickle it whole
            torch.save(module, shelf.file("torch-module", name, "model.pt"))
        if name in ("mlp", "cnn", "lstm", "quantized-dynamic"):
            for kind, value in (("state", module.state_dict()), ("module", module)):
                path = shelf.file("torch-legacy", f"{kind}-{name}", "model.pth")
                torch.save(value, path, _use_new_zipfile_serialization=False)
    for name, (file, value) in checkpoints().items():
        torch.save(value, shelf.file("torch-checkpoint", name, file))
        if name != "optimizer-object":
            torch.save(value, shelf.file("torch-legacy", f"checkpoint-{name}", file), _use_new_zipfile_serialization=False)
    for position, (name, value) in enumerate(sorted(tensors().items())):
        torch.save(value, shelf.file("torch-tensor", name, "tensor.pt"), pickle_protocol=2 + position % 4)
    programs(shelf)
    safe(shelf)


def programs(shelf: Shelf) -> None:
    """TorchScript by scripting and by tracing, and an exported program."""
    torch.manual_seed(1)
    sample = torch.ones(2, 4)
    model = Scaled().eval()
    script = torch.jit.script(model)
    script.save(str(shelf.file("torchscript", "script", "model.pt")))
    torch.jit.save(script, str(shelf.file("torchscript", "extra-files", "model.ts")), _extra_files={"labels.txt": b"cat\ndog"})
    torch.jit.trace(modules()["mlp"].eval(), sample).save(str(shelf.file("torchscript", "trace", "traced.pt")))
    torch.jit.freeze(script).save(str(shelf.file("torchscript", "frozen", "frozen.pt")))
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(modules()["mlp"].eval(), (sample,)), buffer)
    shelf.file("torch-export", "program", "model.pt2").write_bytes(buffer.getvalue())


def safe(shelf: Shelf) -> None:
    """safetensors with and without metadata, with shards and their index."""
    state = modules()["mlp"].state_dict()
    safetensors.torch.save_file(state, shelf.file("safetensors", "state", "model.safetensors"), metadata={"format": "pt"})
    notes = {"format": "pt", "ss_base_model": "sd15", "ss_tag_frequency": json.dumps({"10_cat": {"cat": 3}}), "url": "https://example.org/m"}
    safetensors.torch.save_file(state, shelf.file("safetensors", "with-notes", "lora.safetensors"), metadata=notes)
    mixed = {name: tensor.contiguous() for name, tensor in tensors().items() if isinstance(tensor, torch.Tensor) and name in (
        "float64", "float16", "bfloat16", "int8", "int64", "bool", "float8_e4m3fn", "empty", "scalar")}
    safetensors.torch.save_file(mixed, shelf.file("safetensors", "all-dtypes", "mixed.safetensors"))
    safetensors.numpy.save_file({"x": numpy.ones((2, 3))}, shelf.file("safetensors", "numpy", "weights.safetensors"))
    safetensors.torch.save_file({}, shelf.file("safetensors", "no-tensors", "empty.safetensors"))
    folder = shelf.folder("safetensors", "sharded")
    names = sorted(state)
    shards = {f"model-0000{part + 1}-of-00002.safetensors": names[part::2] for part in range(2)}
    for file, keys in shards.items():
        safetensors.torch.save_file({key: state[key] for key in keys}, folder / file, metadata={"format": "pt"})
    size = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    index = {"metadata": {"total_size": size}, "weight_map": {key: file for file, keys in shards.items() for key in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
    shelf.list_all("safetensors", "sharded")
