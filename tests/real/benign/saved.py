"""TensorFlow: SavedModels, frozen graphs, checkpoints, records, TFLite; Keras 2 files by tf_keras."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy
import tensorflow as tf
import tf_keras
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from .shelf import Shelf

VECTOR = tf.TensorSpec([2], tf.float32)
STRINGS = tf.TensorSpec([None], tf.string)


class Module(tf.Module):
    """Variables, control flow, a lookup table with its vocabulary as an asset, strings."""

    def __init__(self, vocabulary: str) -> None:
        super().__init__()
        self.weights = tf.Variable([1.0, 2.0], name="weights")
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["cat", "dog"], tf.constant([1, 2], tf.int64)), -1)
        lines = tf.lookup.TextFileInitializer(vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
        self.words = tf.lookup.StaticVocabularyTable(lines, 3)

    @tf.function(input_signature=[VECTOR])
    def scale(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """A loop and a branch."""
        grown = tf.while_loop(lambda i, _: i < 5, lambda i, y: (i + 1, y * 2.0), (0, x))[1]
        return {"y": grown * self.weights + tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)}

    @tf.function(input_signature=[VECTOR])
    def learn(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """A step that changes the weights and asserts."""
        tf.debugging.assert_greater(tf.size(x), 0)
        self.weights.assign_add(x * 0.1)
        return {"y": tf.identity(self.weights)}

    @tf.function(input_signature=[STRINGS])
    def look(self, words: tf.Tensor) -> dict[str, tf.Tensor]:
        """Text to numbers."""
        low = tf.strings.regex_replace(tf.strings.lower(words), "[^a-z]", "")
        return {"id": self.table.lookup(low), "index": self.words.lookup(low), "hash": tf.strings.to_hash_bucket_fast(low, 9)}

    @tf.function(input_signature=[STRINGS])
    def picture(self, encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        """Pictures as serving takes them."""
        decode = lambda one: tf.image.resize(tf.io.decode_png(one, 3), [8, 8])
        return {"pixels": tf.map_fn(decode, encoded, fn_output_signature=tf.float32)}

    @tf.function(input_signature=[STRINGS])
    def parse(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Records as serving takes them."""
        return tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([2], tf.float32), "name": tf.io.VarLenFeature(tf.string)})["x"][tf.newaxis][0, :, :1]


def modules(shelf: Shelf) -> None:
    """`tf.saved_model.save` with changing signatures."""
    vocabulary = shelf.file("tf-asset", "vocabulary", "vocabulary.txt")
    vocabulary.write_text("cat\ndog\nsystem\n")
    module = Module(str(vocabulary))
    signatures = {name: getattr(module, name) for name in ("scale", "learn", "look", "picture", "parse")}
    for name in (*signatures, "all", "none"):
        chosen = signatures if name == "all" else {} if name == "none" else {"serving_default": signatures[name]}
        tf.saved_model.save(module, str(shelf.folder("tf-savedmodel", f"module-{name}")), chosen)
        shelf.list_all("tf-savedmodel", f"module-{name}")
    for name in ("scale", "look", "picture"):
        graph = signatures[name].get_concrete_function()
        frozen = convert_variables_to_constants_v2(graph).graph if name == "scale" else graph.graph
        shelf.file("tf-graph", f"frozen-{name}", "frozen_graph.pb").write_bytes(frozen.as_graph_def().SerializeToString())
        tf.io.write_graph(frozen, str(shelf.file("tf-graph", f"text-{name}", "graph.pbtxt").parent), "graph.pbtxt")


def networks() -> dict[str, keras.Model]:
    """Small models for export."""
    text = keras.layers.TextVectorization(20)
    text.adapt(["a good film", "a bad film"])
    return {
        "dense": keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.1, seed=1), keras.layers.Dense(2)]),
        "picture": keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.Flatten(), keras.layers.Dense(3)]),
        "recurrent": keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4, seed=1), keras.layers.Dense(2)]),
        "text": keras.Sequential([keras.Input((1,), dtype="string"), text, keras.layers.Embedding(20, 4)]),
        "augmented": keras.Sequential([keras.Input((8, 8, 3)), keras.layers.RandomFlip(seed=1), keras.layers.Rescaling(1 / 255.0), keras.layers.GlobalAveragePooling2D()]),
    }


def lite(shelf: Shelf, models: dict[str, keras.Model]) -> None:
    """TFLite with every kind of quantization, with strings and with operators of TensorFlow."""

    def samples() -> object:
        draw = numpy.random.default_rng(4)
        for _ in range(4):
            yield [draw.random((1, 8, 8, 3), dtype="float32")]

    def convert(name: str, model: str, **settings: object) -> None:
        converter = tf.lite.TFLiteConverter.from_keras_model(models[model])
        for key, value in settings.items():
            setattr(converter.target_spec if key.startswith("supported") else converter, key, value)
        shelf.file("tflite", name, "model.tflite").write_bytes(converter.convert())

    small = [tf.lite.Optimize.DEFAULT]
    convert("dense", "dense")
    convert("picture", "picture")
    convert("recurrent", "recurrent", supported_ops=[tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS], _experimental_lower_tensor_list_ops=False)
    convert("dynamic-range", "picture", optimizations=small)
    convert("float16", "picture", optimizations=small, supported_types=[tf.float16])
    convert("int8", "picture", optimizations=small, representative_dataset=samples, supported_ops=[tf.lite.OpsSet.TFLITE_BUILTINS_INT8])
    convert("int8-ends", "picture", optimizations=small, representative_dataset=samples, inference_input_type=tf.int8, inference_output_type=tf.uint8,
            supported_ops=[tf.lite.OpsSet.TFLITE_BUILTINS_INT8])
    convert("int16", "picture", optimizations=small, representative_dataset=samples,
            supported_ops=[tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8])
    module = Module(str(shelf.root / "tf-asset/vocabulary/vocabulary.txt"))
    for name in ("scale", "look"):
        converter = tf.lite.TFLiteConverter.from_concrete_functions([getattr(module, name).get_concrete_function()], module)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
        shelf.file("tflite", f"flex-{name}", "model.tflite").write_bytes(converter.convert())


def checkpoints(shelf: Shelf, models: dict[str, keras.Model]) -> None:
    """Checkpoints, records, events."""
    model = models["dense"]
    tf.train.Checkpoint(model=model, step=tf.Variable(3)).write(str(shelf.folder("tf-checkpoint", "object") / "model.ckpt"))
    shelf.list_all("tf-checkpoint", "object")
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(weights=tf.Variable(tf.ones([4]))), str(shelf.folder("tf-checkpoint", "manager")), 2)
    manager.save()
    shelf.list_all("tf-checkpoint", "manager")
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.compat.v1.get_variable("w", initializer=tf.ones([3, 3]))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(shelf.folder("tf-checkpoint", "version-1") / "model.ckpt"))
    shelf.list_all("tf-checkpoint", "version-1")
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"cat"]))
    record = tf.train.Example(features=tf.train.Features(feature={"label": feature})).SerializeToString()
    for compression in ("", "GZIP"):
        with tf.io.TFRecordWriter(str(shelf.file("tf-record", compression.lower() or "plain", "train.tfrecord")), compression) as writer:
            writer.write(record)
            writer.write(record)


def keras_2(shelf: Shelf) -> None:
    """Files of Keras 2."""
    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(2)
    encoder = [tf_keras.Input((4,)), layers.Dense(4, "relu", kernel_regularizer="l2"), layers.BatchNormalization(), layers.Dropout(0.1), layers.Dense(2, "softmax")]
    inputs = tf_keras.Input((6,), dtype="int32")
    hidden = layers.Bidirectional(layers.GRU(3, return_sequences=True))(layers.Embedding(20, 4, mask_zero=True)(inputs))
    models = {
        "dense": tf_keras.Sequential(encoder),
        "picture": tf_keras.Sequential([tf_keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.MaxPooling2D(), layers.SeparableConv2D(2, 2), layers.GlobalAveragePooling2D()]),
        "recurrent": tf_keras.Model(inputs, layers.Attention()([hidden, hidden])),
        "augmented": tf_keras.Sequential([tf_keras.Input((8, 8, 3)), layers.RandomFlip(), layers.RandomRotation(0.1), layers.Rescaling(1 / 255.0)]),
        "operations": tf_keras.Model(inputs, tf.reduce_mean(tf.cast(inputs, tf.float32) * 2.0 + 1.0, axis=-1)),
    }
    for name, model in models.items():
        model.compile(tf_keras.optimizers.Adam(1e-3), "mse", metrics=["mae"])
        model.save(shelf.file("keras2-h5", name, "model.h5"), save_format="h5")
        model.save(shelf.file("keras2-keras", name, "model.keras"), save_format="keras")
        model.save_weights(shelf.file("keras2-weights", name, "model.weights.h5"))
        shelf.file("keras2-json", name, "model.json").write_text(model.to_json(), encoding="utf-8")
        if name in ("dense", "recurrent"):
            model.save(shelf.folder("keras2-savedmodel", name), save_format="tf")
            shelf.list_all("keras2-savedmodel", name)


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    keras.utils.set_random_seed(1)
    modules(shelf)
    models = networks()
    for name, model in models.items():
        model.export(str(shelf.folder("tf-savedmodel", f"keras-{name}")), verbose=False)
        shelf.list_all("tf-savedmodel", f"keras-{name}")
    checkpoints(shelf, models)
    lite(shelf, models)
    keras_2(shelf)
