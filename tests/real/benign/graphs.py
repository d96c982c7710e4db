"""onnx: models by hand, by converters, by both exporters of torch, quantized, optimized, with external data."""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

import numpy
import onnx
import onnx.backend.test
import onnx.parser
import onnxmltools
import onnxruntime
import skl2onnx
import torch
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnxmltools.convert.common.data_types import FloatTensorType
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from torch import nn

from .shelf import Shelf

EVERY_OPERATOR = 13
EVERY_STORED = 5


class Mixed(nn.Module):
    """Recurrence, attention and a little arithmetic."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrent = nn.LSTM(8, 8, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The usual order."""
        hidden, _ = self.recurrent(x)
        hidden = torch.softmax(hidden @ hidden.transpose(1, 2), -1) @ hidden
        return torch.softmax(self.head(hidden), -1)


def by_hand() -> dict[str, onnx.ModelProto]:
    """Graphs put together with the helper functions."""
    draw = numpy.random.default_rng(1)
    weights = numpy_helper.from_array(draw.normal(size=(8, 4)).astype("float32"), "W")
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 4])]
    dense = helper.make_graph([helper.make_node("MatMul", ["x", "W"], ["h"]), helper.make_node("Relu", ["h"], ["y"])], "dense", *ends, [weights])
    found = {f"dense-opset{version}": helper.make_model(dense, opset_imports=[helper.make_opsetid("", version)]) for version in (9, 13, 18, 21)}
    noted = helper.make_model(dense, producer_name="example", producer_version="1.2", doc_string="Doubles, then clips.")
    helper.set_model_props(noted, {"author": "A. Person", "license": "MIT", "names": "{0: 'cat', 1: 'dog'}", "stride": "32", "url": "https://example.org"})
    double = helper.make_function("example.layers", "Double", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 18)])
    body = helper.make_graph([helper.make_node("Double", ["x"], ["y"], domain="example.layers")], "calls", ends[0], [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 8])])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("example.layers", 1)]
    words = helper.make_graph(
        [helper.make_node("LabelEncoder", ["x"], ["y"], domain="ai.onnx.ml", keys_strings=["cat", "dog", "rm"], values_int64s=[0, 1, 2])], "words",
        [helper.make_tensor_value_info("x", TensorProto.STRING, [None])], [helper.make_tensor_value_info("y", TensorProto.INT64, [None])])
    return found | {
        "metadata": noted,
        "function": helper.make_model(body, functions=[double], opset_imports=opsets),
        "strings": helper.make_model(words, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]),
        "text-form": onnx.parser.parse_model(
            '<ir_version: 8, opset_import: ["" : 18]> agraph (float[N, 4] X) => (float[N, 4] Y) { C = Constant <value = float {2.0}> () Y = Mul (X, C) }'),
        "branch": onnx.parser.parse_model(
            '<ir_version: 8, opset_import: ["" : 18]> agraph (float[4] X, bool c) => (float[4] Y) '
            "{ Y = If (c) <then_branch = up () => (float[4] a) { a = Exp (X) }, else_branch = down () => (float[4] b) { b = Neg (X) }> }"),
    }


def dtypes() -> dict[str, onnx.ModelProto]:
    """One initializer of each type of element."""
    found = {}
    for name in ("FLOAT16", "BFLOAT16", "DOUBLE", "INT8", "UINT8", "INT16", "INT32", "INT64", "BOOL", "INT4", "UINT4", "FLOAT8E4M3FN", "FLOAT8E5M2", "COMPLEX64"):
        kind = getattr(TensorProto, name)
        tensor = helper.make_tensor("w", kind, [2, 2], numpy.array([1, 0, 1, 1]), raw=False)
        graph = helper.make_graph([helper.make_node("Identity", ["w"], ["y"])], name.lower(), [], [helper.make_tensor_value_info("y", kind, [2, 2])], [tensor])
        found[name.lower()] = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])
    return found


def estimators() -> dict[str, object]:
    """Fitted estimators for the converters."""
    draw = numpy.random.default_rng(2)
    features = draw.normal(size=(60, 4)).astype("float32")
    classes = (features[:, 0] > 0).astype(int) + (features[:, 1] > 0)
    kinds = [
        linear_model.LogisticRegression(), linear_model.Ridge(), linear_model.SGDClassifier(random_state=0), svm.SVC(probability=False), svm.LinearSVC(),
        tree.DecisionTreeClassifier(max_depth=3), ensemble.RandomForestClassifier(3, random_state=0), ensemble.GradientBoostingRegressor(n_estimators=3, random_state=0),
        ensemble.IsolationForest(n_estimators=3, random_state=0), naive_bayes.GaussianNB(),
        neighbors.KNeighborsClassifier(), neural_network.MLPClassifier((4,), max_iter=20, random_state=0), preprocessing.MinMaxScaler(),
        pipeline.make_pipeline(preprocessing.StandardScaler(), preprocessing.PolynomialFeatures(2), linear_model.Lasso()),
    ]
    return {type(kind).__name__.lower(): kind.fit(features, classes) for kind in kinds}


def operators(shelf: Shelf) -> None:
    """What onnx tests its own readers with: single operators, and models that an old torch wrote."""
    cases = sorted((case for case in collect_testcases(None) if case.model), key=lambda case: case.name)
    for case in cases[::EVERY_OPERATOR]:
        onnx.save(case.model, shelf.file("onnx-operator", case.name, "model.onnx"))
    models = Path(onnx.backend.test.__file__).parent / "data"
    for path in sorted(models.glob("*/*/model.onnx"))[::EVERY_STORED]:
        if path.stat().st_size < 200_000:
            shelf.file("onnx-operator", f"stored-{path.parent.name}", "model.onnx").write_bytes(path.read_bytes())


def converted(shelf: Shelf) -> None:
    """skl2onnx and onnxmltools."""
    sample = numpy.ones((1, 4), dtype="float32")
    for name, estimator in estimators().items():
        shelf.file("onnx-sklearn", name, "model.onnx").write_bytes(skl2onnx.to_onnx(estimator, sample, target_opset={"": 18, "ai.onnx.ml": 3}).SerializeToString())
    texts = ["good film", "bad film", "import os and system"]
    for kind in (CountVectorizer, TfidfVectorizer):
        model = skl2onnx.convert_sklearn(kind().fit(texts), initial_types=[("text", skl2onnx.common.data_types.StringTensorType([None]))])
        shelf.file("onnx-sklearn", kind.__name__.lower(), "model.onnx").write_bytes(model.SerializeToString())
    features = numpy.random.default_rng(3).normal(size=(40, 4)).astype("float32")
    boosted = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(features, features[:, 0] > 0)
    model = onnxmltools.convert_xgboost(boosted, initial_types=[("x", FloatTensorType([None, 4]))])
    shelf.file("onnx-boosting", "xgboost", "model.onnx").write_bytes(model.SerializeToString())


def exported(shelf: Shelf) -> Path:
    """Both exporters of torch; the folder of one of the results."""
    torch.manual_seed(4)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    sample = torch.ones(1, 5, 8)
    models = {
        "mixed": (Mixed().eval(), sample),
        "cnn": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)).eval(), torch.ones(1, 3, 8, 8)),
        "encoder": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), sample),
    }
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name, (model, example) in models.items():
            for opset in (14, 15, 17):
                if name == "mixed" or (name, opset) == ("cnn", 17):
                    path = shelf.file("onnx-torch", f"{name}-traced-opset{opset}", "model.onnx")
                    torch.onnx.export(model, (example,), str(path), opset_version=opset, dynamo=False, dynamic_axes={"x": {0: "batch"}}, input_names=["x"])
            path = shelf.file("onnx-torch", f"{name}-dynamo", "model.onnx")
            torch.onnx.export(model, (example,), str(path), dynamo=True, external_data=False, verbose=False)
        path = shelf.folder("onnx-torch", "external") / "model.onnx"
        torch.onnx.export(models["cnn"][0], (models["cnn"][1],), str(path), dynamo=True, external_data=True, verbose=False)
    shelf.list_all("onnx-torch", "external")
    return shelf.folder("onnx-torch", "cnn-traced-opset17")


class Samples(CalibrationDataReader):
    """Three inputs for static quantization."""

    def __init__(self) -> None:
        draw = numpy.random.default_rng(5)
        self.left = iter([{"x": draw.normal(size=(1, 3, 8, 8)).astype("float32")} for _ in range(3)])

    def get_next(self) -> dict[str, numpy.ndarray] | None:
        """The next input."""
        return next(self.left, None)


def smaller(shelf: Shelf, source: Path) -> None:
    """Quantized and optimized by onnxruntime."""
    logging.disable(logging.WARNING)
    for kind in (QuantType.QInt8, QuantType.QUInt8):
        quantize_dynamic(source, shelf.file("onnx-quantized", f"dynamic-{kind.name.lower()}", "model_quantized.onnx"), weight_type=kind)
    for form in (QuantFormat.QDQ, QuantFormat.QOperator):
        quantize_static(source, shelf.file("onnx-quantized", f"static-{form.name.lower()}", "model.onnx"), Samples(), quant_format=form)
    for suffix in ("onnx", "ort"):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.optimized_model_filepath = str(shelf.file("onnx-optimized", suffix, f"model.{suffix}"))
        options.add_session_config_entry("session.save_model_format", suffix.upper())
        onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    torch.set_num_threads(1)
    for name, model in by_hand().items():
        onnx.save(model, shelf.file("onnx", name, "model.onnx"))
    for name, model in dtypes().items():
        onnx.save(model, shelf.file("onnx-dtype", name, "model.onnx"))
    for name, single in (("one-file", True), ("many-files", False)):
        path = shelf.folder("onnx-external", name) / "model.onnx"
        onnx.save_model(by_hand()["dense-opset18"], path, save_as_external_data=True, all_tensors_to_one_file=single, size_threshold=0,
                        location="model.onnx.data" if single else None)
        shelf.list_all("onnx-external", name)
    for form, file in (("textproto", "model.textproto"), ("json", "model.json"), ("onnxtxt", "model.onnxtxt")):
        onnx.save(by_hand()["function"], shelf.file("onnx-text", form, file), format=form)
    operators(shelf)
    converted(shelf)
    smaller(shelf, exported(shelf) / "model.onnx")
