"""Formats of runtimes: Core ML, OpenVINO, Paddle, ncnn, MNN, ExecuTorch, torch's lite interpreter, exported programs."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys

sys.modules["tensorflow"] = None  # coremltools would load it, and its LLVM ends a process that holds another

import coremltools
import ncnn
import numpy
import openvino
import openvino.opset13 as operators
import torch
from coremltools.converters.mil import Builder
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder, quantization_utils
from executorch.exir import ExecutorchBackendConfig, to_edge
from onnx.backend.test.case.node import collect_testcases
from torch import nn

from .shelf import Shelf


class Words(nn.Module):
    """Embeds, projects, counts."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.linear = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(3))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Two outputs, and a buffer that changes."""
        self.calls.add_(1)
        return torch.relu(self.linear(self.embed(x))) + self.calls, torch.cat([x, x])


class Branch(nn.Module):
    """A branch that survives export."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One of two functions."""
        return torch.cond(x.sum() > 0, lambda y: y.sin(), lambda y: y.cos(), (x,))


def programs() -> dict[str, tuple[nn.Module, tuple[torch.Tensor, ...], object]]:
    """Modules, their inputs and what is dynamic about them."""
    words = torch.tensor([1, 2, 3])
    size = torch.export.Dim("size", min=2, max=20)
    picture = torch.ones(1, 3, 8, 8)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    return {
        "words": (Words(), (words,), None), "words-dynamic": (Words(), (words,), {"x": {0: size}}), "branch": (Branch(), (torch.ones(2),), None),
        "picture": (network, (picture,), None), "encoder": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (torch.ones(1, 5, 8),), None),
        "recurrent": (nn.GRU(4, 4), (torch.ones(3, 1, 4),), None),
    }


def torch_family(shelf: Shelf) -> None:
    """`.pt2`, `.pte`, `.ptl`."""
    logging.disable(logging.WARNING)
    torch.manual_seed(1)
    for name, (module, inputs, dynamic) in programs().items():
        module = module.eval()
        program = torch.export.export(module, inputs, dynamic_shapes=dynamic)
        torch.export.save(program, shelf.file("torch-export", f"phone-{name}", "model.pt2"))
        if name != "recurrent":
            shelf.file("executorch", name, "model.pte").write_bytes(to_edge(program).to_executorch().buffer)
        if name not in ("branch", "words-dynamic"):
            script = torch.jit.script(module) if name == "words" else torch.jit.trace(module, inputs, check_trace=False)
            script._save_for_lite_interpreter(str(shelf.file("torch-lite", name, "model.ptl")))
            shelf.file("torch-lite", f"{name}-flatbuffer", "model.ptl").write_bytes(script._save_to_buffer_for_lite_interpreter(_use_flatbuffer=True))
    folder = shelf.folder("executorch", "external-constants")
    module, inputs, _ = programs()["words"]
    program = to_edge(torch.export.export(module.eval(), inputs)).to_executorch(ExecutorchBackendConfig(external_constants=True))
    (folder / "model.pte").write_bytes(program.buffer)
    program.write_tensor_data_to_file(str(folder))
    shelf.list_all("executorch", "external-constants")


def core_ml(shelf: Shelf) -> None:
    """Neural networks, programs, pipelines, quantized weights."""
    draw = numpy.random.default_rng(2)
    builder = NeuralNetworkBuilder([("x", datatypes.Array(4))], [("y", datatypes.Array(2))])
    builder.add_inner_product("dense", draw.normal(size=(2, 4)), numpy.zeros(2), 4, 2, True, "x", "h")
    builder.add_softmax("soft", "h", "y")
    builder.spec.description.metadata.author = "A. Person"
    builder.spec.description.metadata.userDefined["source"] = "https://example.org"
    coremltools.utils.save_spec(builder.spec, str(shelf.file("coreml", "network", "model.mlmodel")))
    model = coremltools.models.MLModel(builder.spec, skip_model_load=True)
    for bits in (8, 16):
        small = quantization_utils.quantize_weights(model, bits)
        coremltools.utils.save_spec(getattr(small, "_spec", small), str(shelf.file("coreml", f"network-{bits}-bit", "model.mlmodel")))
    pipeline = coremltools.proto.Model_pb2.Model(specificationVersion=1)
    pipeline.pipeline.models.add().CopyFrom(builder.spec)
    pipeline.pipeline.models.add().CopyFrom(builder.spec)
    shelf.file("coreml", "pipeline", "model.mlmodel").write_bytes(pipeline.SerializeToString())
    weights = draw.normal(size=(32, 32)).astype("float32")
    for name, target in (("ios15", coremltools.target.iOS15), ("ios17", coremltools.target.iOS17)):
        @Builder.program(input_specs=[Builder.TensorSpec(shape=(1, 32))], opset_version=target)
        def program(x):  # noqa: ANN001, ANN202 - the decorator reads the signature
            return Builder.softmax(x=Builder.relu(x=Builder.matmul(x=x, y=weights)), axis=-1)

        package = coremltools.convert(program, convert_to="mlprogram", skip_model_load=True, minimum_deployment_target=target)
        package.save(str(shelf.folder("coreml-package", name) / "model.mlpackage"))
        shelf.list_all("coreml-package", name)


def open_vino(shelf: Shelf) -> None:
    """Graphs with and without compression, branches, packed types; a converted model."""
    draw = numpy.random.default_rng(3)

    def save(name: str, model: openvino.Model, **settings: object) -> None:
        openvino.save_model(model, shelf.folder("openvino", name) / "openvino_model.xml", **settings)
        shelf.list_all("openvino", name)

    x = operators.parameter([1, 3, 8, 8], numpy.float32, name="x")
    hidden = operators.relu(operators.convolution(x, operators.constant(draw.normal(size=(4, 3, 3, 3)).astype("float32")), [1, 1], [0, 0], [0, 0], [1, 1]))
    model = openvino.Model([operators.result(hidden)], [x], "conv")
    model.set_rt_info("text-generation", ["conversion", "task"])
    save("float16", model)
    save("float32", model, compress_to_fp16=False)
    a, b, y = (operators.parameter([2], numpy.float32, name=name) for name in "aby")
    condition = operators.parameter([], bool, name="c")
    branch = operators.if_op(condition)
    yes = openvino.Model([operators.result(operators.add(a, operators.constant(numpy.float32(1))))], [a], "yes")
    no = openvino.Model([operators.result(operators.multiply(b, operators.constant(numpy.float32(2))))], [b], "no")
    branch.set_then_body(yes)
    branch.set_else_body(no)
    branch.set_input(y.output(0), a, b)
    save("branch", openvino.Model([branch.set_output(yes.results[0], no.results[0])], [condition, y], "branch"))
    for kind in ("u4", "i8", "bf16"):
        weights = operators.constant(draw.integers(0, 15, (8, 8)).astype("uint8"), getattr(openvino.Type, kind))
        save(f"weights-{kind}", openvino.Model([operators.result(operators.convert(weights, "f32"))], [], kind))
    wanted = ("test_relu", "test_softmax_axis_1", "test_gelu_default_1_expanded", "test_lstm_defaults", "test_loop11")
    for case in collect_testcases(None):
        if case.name in wanted:
            save("from-onnx-" + case.name.removeprefix("test_").replace("_", "-"), openvino.Core().read_model(case.model.SerializeToString()))


def small_runtimes(shelf: Shelf) -> None:
    """ncnn's text and weights, as its own library writes them."""
    draw = numpy.random.default_rng(4)
    text = "7767517\n3 3\nInput data 0 1 data 0=4\nInnerProduct dense 1 1 data hidden 0=2 1=1 2=8\nSoftmax soft 1 1 hidden output 0=0\n"
    shelf.file("ncnn", "param", "model.ncnn.param").write_text(text, encoding="utf-8")
    shelf.file("ncnn", "weights", "model.ncnn.bin").write_bytes(bytes(4) + draw.normal(size=10).astype("<f4").tobytes())
    network = ncnn.Net()
    assert network.load_param(str(shelf.root / "ncnn/param/model.ncnn.param")) == 0, "ncnn reads the text"


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    torch.set_num_threads(1)
    os.environ["TORCH_LOGS"] = "-all"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        core_ml(shelf)
        open_vino(shelf)
        small_runtimes(shelf)
        torch_family(shelf)
