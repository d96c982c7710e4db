"""keras 3: `.keras`, `.h5`, weights and JSON, of layers, optimizers, applications and preprocessing of every kind."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy
from keras import layers

from .shelf import Shelf

SHAPES = {"flat": (8,), "line": (12, 4), "picture": (8, 8, 4), "volume": (6, 6, 6, 2), "film": (3, 6, 6, 2), "words": (6,)}
LAYERS: dict[str, dict[str, object]] = {
    "flat": {
        "dense": lambda: layers.Dense(4, "relu", kernel_regularizer="l2", kernel_constraint="max_norm", kernel_initializer=keras.initializers.HeNormal(1)),
        "dropout": lambda: layers.Dropout(0.1, seed=1), "alpha-dropout": lambda: layers.AlphaDropout(0.1, seed=1),
        "gaussian": lambda: layers.GaussianNoise(0.1, seed=1), "batch-norm": layers.BatchNormalization, "layer-norm": layers.LayerNormalization,
        "unit-norm": layers.UnitNormalization, "activity": lambda: layers.ActivityRegularization(0.1), "prelu": layers.PReLU, "elu": layers.ELU,
        "leaky": layers.LeakyReLU, "softmax": layers.Softmax, "gelu": lambda: layers.Activation("gelu"), "silu": lambda: layers.Activation(keras.activations.silu),
        "repeat": lambda: layers.RepeatVector(3), "reshape": lambda: layers.Reshape((2, 4)), "identity": layers.Identity,
        "einsum": lambda: layers.EinsumDense("ab,bc->ac", 4), "spectral": lambda: layers.SpectralNormalization(layers.Dense(3)),
        "discretize": lambda: layers.Discretization([0.0, 1.0, 2.0]), "normalize": lambda: layers.Normalization(mean=0.0, variance=1.0),
        "category": lambda: layers.CategoryEncoding(4), "hashing": lambda: layers.Hashing(7),
    },
    "line": {
        "conv": lambda: layers.Conv1D(4, 3), "separable": lambda: layers.SeparableConv1D(4, 3), "depthwise": lambda: layers.DepthwiseConv1D(3),
        "pool": layers.MaxPooling1D, "upsample": layers.UpSampling1D, "pad": layers.ZeroPadding1D, "crop": layers.Cropping1D,
        "time": lambda: layers.TimeDistributed(layers.Dense(3)), "lstm": lambda: layers.LSTM(3, seed=1), "gru": lambda: layers.GRU(3, seed=1),
        "simple": lambda: layers.SimpleRNN(3, seed=1), "both-ways": lambda: layers.Bidirectional(layers.LSTM(2, seed=1), merge_mode="sum"),
        "cells": lambda: layers.RNN([layers.GRUCell(3, seed=1), layers.LSTMCell(2, seed=1)]), "masking": layers.Masking, "permute": lambda: layers.Permute((2, 1)),
    },
    "picture": {
        "conv": lambda: layers.Conv2D(4, 3, padding="same", dilation_rate=2), "transpose": lambda: layers.Conv2DTranspose(2, 3), "separable": lambda: layers.SeparableConv2D(4, 3),
        "depthwise": lambda: layers.DepthwiseConv2D(3), "group-norm": lambda: layers.GroupNormalization(2), "spatial": lambda: layers.SpatialDropout2D(0.1, seed=1),
        "average": lambda: layers.AveragePooling2D(2), "global": layers.GlobalMaxPooling2D, "upsample": lambda: layers.UpSampling2D(interpolation="bilinear"),
        "pad": layers.ZeroPadding2D, "crop": layers.Cropping2D, "rescale": lambda: layers.Rescaling(1 / 255.0), "resize": lambda: layers.Resizing(6, 6),
        "flip": lambda: layers.RandomFlip(seed=1), "rotate": lambda: layers.RandomRotation(0.1, seed=1), "zoom": lambda: layers.RandomZoom(0.1, seed=1),
        "contrast": lambda: layers.RandomContrast(0.1, seed=1), "center": lambda: layers.CenterCrop(6, 6), "flatten": layers.Flatten,
    },
    "volume": {"conv": lambda: layers.Conv3D(2, 3), "pool": layers.MaxPooling3D, "global": layers.GlobalAveragePooling3D, "transpose": lambda: layers.Conv3DTranspose(2, 3)},
    "film": {"convlstm": lambda: layers.ConvLSTM2D(2, 3, seed=1)},
    "words": {"embedding": lambda: layers.Embedding(50, 8, mask_zero=True)},
}
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Adafactor", "Nadam", "Ftrl", "Lion", "Lamb", "Muon", "LossScaleOptimizer")
LOSSES = ("MeanSquaredError", "BinaryCrossentropy", "CategoricalCrossentropy", "Huber", "KLDivergence", "CosineSimilarity", "Hinge", "Poisson", "LogCosh", "Dice", "Tversky")
APPLICATIONS = ("MobileNetV3Small", "EfficientNetB0", "ResNet50", "DenseNet121", "ConvNeXtTiny", "Xception", "InceptionV3", "VGG16")
FORMS = ("model.keras", "model.h5", "model.weights.h5", "model.json")


def write(shelf: Shelf, name: str, model: keras.Model, forms: tuple[str, ...] = FORMS) -> None:
    """Writes a model in some of the library's own forms."""
    for form in forms:
        kind = "keras-" + form.removeprefix("model.").replace(".", "-")
        path = shelf.file(kind, name, form)
        if form.endswith("json"):
            path.write_text(model.to_json(), encoding="utf-8")
        elif "weights" in form:
            model.save_weights(path)
        else:
            model.save(path)


def single(shelf: Shelf) -> None:
    """One model for each layer, in one or two forms each; one with all layers of a shape that fit behind each other."""
    position = 0
    for shape, kinds in LAYERS.items():
        for name, kind in kinds.items():
            model = keras.Sequential([keras.Input(SHAPES[shape]), kind()])
            if position % 2:
                model.compile("adam", "mse", metrics=["mae"])
            write(shelf, f"{shape}-{name}", model, ("model.keras", FORMS[1 + position % 3]) if position % 3 else ("model.keras",))
            position += 1


def functional() -> dict[str, keras.Model]:
    """Graphs of layers, operations and nested models."""
    left, right = keras.Input((4, 8), name="left"), keras.Input((4, 8), name="right")
    x = layers.Add()([layers.MultiHeadAttention(2, 4, seed=1)(left, right), left])
    x = layers.Dense(8)(layers.Concatenate()([x, right])) * 2
    x = keras.ops.mean(keras.ops.softmax(keras.ops.exp(x))[:, 1:3], axis=-1, keepdims=True)
    x = layers.AdditiveAttention()([x, x])
    inner = keras.Sequential([keras.Input((1,)), layers.Dense(3)], name="inner")
    graph = keras.Model([left, right], layers.TimeDistributed(inner)(x), name="graph")
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    graph.compile(keras.optimizers.AdamW(schedule), {"time_distributed": keras.losses.Huber()}, metrics=[["mae"]])
    pair = keras.Input((6,))
    named = keras.Model(pair, {"score": layers.Dense(1, name="score")(pair), "class": layers.Dense(2, name="class")(pair)})
    named.compile("sgd", {"score": "mse", "class": keras.losses.CategoricalCrossentropy(label_smoothing=0.1)}, loss_weights={"score": 0.1, "class": 1})
    trained = keras.Sequential([keras.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(1)])
    trained.compile(keras.optimizers.Adam(clipnorm=1.0), "mse", metrics=["mse", keras.metrics.RootMeanSquaredError()])
    trained.fit(numpy.ones((8, 4)), numpy.ones((8, 1)), verbose=0)
    quantized = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    quantized.quantize("int8")
    lora = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    lora.layers[0].enable_lora(2)
    mixed = keras.Sequential([keras.Input((4,)), layers.Dense(4, dtype="mixed_float16"), layers.Dense(2, dtype="bfloat16")])
    table = layers.StringLookup(vocabulary=["cat", "dog", "eval"])
    numbers = layers.IntegerLookup(vocabulary=[3, 5, 7])
    text = layers.TextVectorization(20)
    text.adapt(["a good film", "import os; a bad film"])
    return {
        "graph": graph, "named-outputs": named, "trained": trained, "quantized": quantized, "lora": lora, "mixed-precision": mixed,
        "string-lookup": keras.Sequential([keras.Input((1,), dtype="string"), table]), "integer-lookup": keras.Sequential([keras.Input((1,), dtype="int64"), numbers]),
        "text-vectors": keras.Sequential([keras.Input((1,), dtype="string"), text]),
    }


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    keras.utils.set_random_seed(1)
    single(shelf)
    for name, model in functional().items():
        write(shelf, name, model, FORMS if name in ("graph", "named-outputs", "trained", "mixed-precision") else ("model.keras",))
    for name in OPTIMIZERS:
        kind = getattr(keras.optimizers, name)
        model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
        model.compile(kind(keras.optimizers.Adam()) if name == "LossScaleOptimizer" else kind(), "mse")
        write(shelf, f"optimizer-{name.lower()}", model, FORMS[:2])
    for name in LOSSES:
        model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
        model.compile("adam", getattr(keras.losses, name)(), metrics=[keras.metrics.AUC(), keras.metrics.TopKCategoricalAccuracy(3)])
        write(shelf, f"loss-{name.lower()}", model, FORMS[:2])
    for name in APPLICATIONS:
        model = getattr(keras.applications, name)(weights=None, classes=3, input_shape=(75, 75, 3))
        write(shelf, f"application-{name.lower()}", model, ("model.json",))
        keras.backend.clear_session()
