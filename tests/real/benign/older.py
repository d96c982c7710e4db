"""What libraries of 2023 write otherwise than today's: Keras 2.12, xgboost's first binary form, old headers and tables."""

from __future__ import annotations

import io
import json
import pickle

import gguf
import h5py
import joblib
import keras
import numpy
import onnx
import safetensors.numpy
import skl2onnx
import skops.io
import statsmodels.api
import tensorflow as tf
import tokenizers
import xgboost
from sklearn import ensemble, linear_model, pipeline, preprocessing, svm
from tokenizers import models, normalizers, pre_tokenizers, trainers

from .shelf import Shelf

TEXT = [line.strip() for module in (io, json, pickle, numpy) for line in (module.__doc__ or "").split(".") if line.strip()] * 5


def networks() -> dict[str, keras.Model]:
    """Models with layers of every family."""
    layers = keras.layers
    inputs = keras.Input((6,), dtype="int32")
    hidden = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.Embedding(20, 4, mask_zero=True)(inputs))
    text = layers.TextVectorization(20)
    text.adapt(["a good film", "a bad film"])
    return {
        "dense": keras.Sequential([keras.Input((4,)), layers.Dense(4, "relu", kernel_regularizer="l2"), layers.BatchNormalization(), layers.Dropout(0.1), layers.Dense(2, "softmax")]),
        "picture": keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.ReLU(), layers.MaxPooling2D(), layers.SeparableConv2D(2, 2), layers.GlobalAveragePooling2D()]),
        "attention": keras.Model(inputs, layers.MultiHeadAttention(2, 3)(hidden, hidden)), "recurrent": keras.Model(inputs, layers.GRU(3)(hidden)),
        "augmented": keras.Sequential([keras.Input((8, 8, 3)), layers.RandomFlip(), layers.RandomRotation(0.1), layers.Rescaling(1 / 255.0)]),
        "operations": keras.Model(inputs, tf.reduce_mean(tf.cast(inputs, tf.float32) * 2.0 + 1.0, axis=-1)),
        "volume": keras.Sequential([keras.Input((6, 6, 6, 1)), layers.Conv3D(2, 3), layers.ZeroPadding3D(), layers.Flatten(), layers.Dense(1)]),
        "text": keras.Sequential([keras.Input((1,), dtype="string"), text, layers.Embedding(20, 4)]),
        "film": keras.Sequential([keras.Input((3, 6, 6, 1)), layers.ConvLSTM2D(2, 3), layers.LayerNormalization()]),
    }


def keras_files(shelf: Shelf) -> None:
    """h5, the first `.keras`, JSON, weights, SavedModel, TFLite."""
    keras.utils.set_random_seed(1)
    for position, (name, model) in enumerate(networks().items()):
        model.compile(("adam", "sgd", "rmsprop", "nadam")[position % 4], "mse", metrics=["mae"])
        if name != "text":
            model.save(shelf.file("keras2-h5", name, "model.h5"), save_format="h5")
            model.save_weights(shelf.file("keras2-weights", name, "weights.h5"))
            shelf.file("keras2-json", name, "model.json").write_text(model.to_json(), encoding="utf-8")
            model.save(shelf.file("keras2-keras", name, "model.keras"), save_format="keras")
        if name in ("dense", "recurrent", "text", "picture"):
            model.save(shelf.folder("keras2-savedmodel", name), save_format="tf")
            shelf.list_all("keras2-savedmodel", name)
        if name in ("dense", "picture", "volume"):
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            shelf.file("tflite", name, "model.tflite").write_bytes(converter.convert())


def boosters(shelf: Shelf) -> None:
    """xgboost's first binary form, JSON, UBJSON."""
    draw = numpy.random.default_rng(2)
    features = draw.normal(size=(60, 4))
    for name, settings in {"logistic": {"objective": "binary:logistic"}, "dart": {"booster": "dart"}, "linear": {"booster": "gblinear"}, "plain": {}}.items():
        booster = xgboost.train({"max_depth": 2, "nthread": 1, **settings}, xgboost.DMatrix(features, features[:, 0] > 0), 2)
        for file in ("model.bin", "model.deprecated", "model.model", "model.json", "model.ubj"):
            booster.save_model(shelf.file("xgboost", f"{name}-{file.split('.')[1]}", file))


def estimators(shelf: Shelf) -> None:
    """skops, skl2onnx, statsmodels."""
    features = numpy.random.default_rng(3).normal(size=(60, 3)).astype("float32")
    classes = (features[:, 0] > 0).astype(int)
    kinds = {"logistic": linear_model.LogisticRegression(), "forest": ensemble.RandomForestClassifier(3, random_state=0), "svm": svm.SVC(), "boosting": ensemble.GradientBoostingClassifier(n_estimators=2),
             "pipeline": pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()), "function": pipeline.make_pipeline(preprocessing.FunctionTransformer(numpy.exp), svm.SVC())}
    for name, kind in kinds.items():
        fitted = kind.fit(features, classes)
        skops.io.dump(fitted, shelf.file("skops", name, f"{name}.skops"))
        if name != "function":
            onnx.save(skl2onnx.to_onnx(fitted, features[:1], target_opset={"": 13, "ai.onnx.ml": 2}), str(shelf.file("onnx-sklearn", name, "model.onnx")))
    results = statsmodels.api.OLS(features[:, 1], features).fit()
    shelf.file("statsmodels-pickle", "ols", "ols.pkl").write_bytes(pickle.dumps(results))
    joblib.dump(results, shelf.file("statsmodels-joblib", "ols", "ols.joblib"))


def texts(shelf: Shelf) -> None:
    """`tokenizer.json` of each model."""
    special = ["[UNK]", "[CLS]", "[SEP]"]
    kinds = {"bpe": (models.BPE(), trainers.BpeTrainer), "pieces": (models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer), "unigram": (models.Unigram(), trainers.UnigramTrainer),
             "words": (models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer)}
    for name, (model, trainer) in kinds.items():
        tokenizer = tokenizers.Tokenizer(model)
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.Metaspace() if name == "unigram" else pre_tokenizers.ByteLevel()
        tokenizer.train_from_iterator(TEXT, trainer(vocab_size=150, special_tokens=special, show_progress=False))
        tokenizer.save(str(shelf.file("tokenizer", name, "tokenizer.json")))


def containers(shelf: Shelf) -> None:
    """safetensors, HDF5, ONNX by hand, GGUF of the second version."""
    draw = numpy.random.default_rng(4)
    kinds = ("float64", "float32", "float16", "int8", "int64", "uint8", "bool")
    safetensors.numpy.save_file({kind: draw.normal(size=(3, 4)).astype(kind) for kind in kinds}, str(shelf.file("safetensors", "all-dtypes", "model.safetensors")), metadata={"format": "np"})
    safetensors.numpy.save_file({"w": draw.normal(size=(64, 8)).astype("float32")}, str(shelf.file("safetensors", "one", "model.safetensors")))
    for version in ("earliest", "latest"):
        with h5py.File(shelf.file("hdf5", version, "data.h5"), "w", libver=version) as file:
            file.create_dataset("x", data=draw.normal(size=(40, 40)), chunks=(10, 10), compression="gzip")
            file.attrs["names"] = numpy.array([b"a", b"b"])
    helper = onnx.helper
    for opset in (7, 9, 11, 13, 17, 19):
        ends = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 4])] for name in "xy"]
        graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "relu", *ends)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), str(shelf.file("onnx", f"opset-{opset}", "model.onnx")))
    writer = gguf.GGUFWriter(str(shelf.file("gguf", "version-2", "tiny.gguf")), "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_tensor("output_norm.weight", draw.normal(size=32).astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    containers(shelf)
    texts(shelf)
    boosters(shelf)
    estimators(shelf)
    keras_files(shelf)
