//! Arguments that act: paths and addresses, operators by name, dimensions that no memory holds, names that are paths.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::model::{Effect, ModelHazardKind};

use super::advisory;
use super::judge::Judge;
use super::names;
use super::value::Value;
use crate::hdf5::leads;

/// Keys of a configuration whose text is opened as a file.
const OPENED: &[&str] = &[
    "vocabulary",
    "vocabulary_file",
    "vocab_file",
    "merges",
    "proto",
    "filepath",
    "file_path",
    "filename",
    "model_path",
    "savedmodel_path",
    "idf_weights",
    "weights_path",
    "checkpoint",
    "checkpoint_path",
    "export_dir",
];

/// Keys that say how much memory a layer takes.
const ALLOCATING: &[&str] = &[
    "units",
    "filters",
    "input_dim",
    "output_dim",
    "num_heads",
    "key_dim",
    "value_dim",
    "max_tokens",
    "n",
    "rank",
    "intermediate_dim",
    "hidden_dim",
    "vocabulary_size",
    "max_sequence_length",
    "sequence_length",
    "depth_multiplier",
    "num_layers",
    "mask_length",
];

/// Keys whose list is a shape.
const SHAPES: &[&str] = &[
    "batch_input_shape",
    "batch_shape",
    "input_shape",
    "target_shape",
    "shape",
    "kernel_size",
    "size",
    "padding",
];

/// What no single dimension of a real model reaches.
const DIMENSION: f64 = 2_147_483_648.0;
/// What no product of dimensions of a real model reaches.
const PRODUCT: f64 = 1_099_511_627_776.0;

/// Judges the arguments of an object.
pub(super) fn judge(
    map: &Value,
    class: &str,
    config: &Value,
    pointer: &str,
    judge: &mut Judge<'_>,
) {
    let Value::Map(entries) = config else {
        return;
    };
    for (key, value) in entries {
        if let Value::Text(path) = value
            && OPENED.contains(&key.as_str())
            && class != "TFSMLayer"
        {
            opened(class, path, &format!("{pointer}/config/{key}"), judge);
        }
        if key == "handle" && class.ends_with("KerasLayer") {
            handle(value, pointer, judge);
        }
    }
    if let Some(name) = config.get("name").and_then(Value::text)
        && name.split(['/', '\\']).any(|part| part == "..")
    {
        judge.report(
            ModelHazardKind::PathEscape,
            Effect::OnLoad,
            pointer,
            name,
            advisory::LAYER_NAME,
        );
    }
    sizes(map, class, config, pointer, judge);
}

/// A path that a layer opens. One that stays beside the model is what older releases wrote themselves.
fn opened(class: &str, path: &str, pointer: &str, judge: &mut Judge<'_>) {
    let is_content = path.len() > 1_024 || path.contains('\n') || path.is_empty();
    if is_content {
        return;
    }
    judge.facts.side_file(path, judge.origin.place(pointer));
    let kind = leads(path);
    let effect = if kind == ModelHazardKind::FileRead {
        Effect::Conditional
    } else {
        Effect::OnLoad
    };
    judge.report(
        kind,
        effect,
        pointer,
        &format!("{class}: {path}"),
        advisory::VOCABULARY,
    );
}

/// TensorFlow Hub fetches what its layer's handle names.
fn handle(value: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let Some(handle) = value.text() else {
        return;
    };
    let usual = [
        "https://tfhub.dev/",
        "https://www.kaggle.com/models/",
        "https://kaggle.com/models/",
    ];
    let kind = leads(handle);
    judge.facts.side_file(handle, judge.origin.place(pointer));
    if !usual.iter().any(|start| handle.starts_with(start)) {
        let detail = "a layer loads a SavedModel from where its handle leads";
        judge.note(kind, Effect::Conditional, pointer, handle, detail);
    }
}

/// `TFSMLayer`: a SavedModel by path.
pub(super) fn saved_model(config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let path = config
        .get("filepath")
        .and_then(Value::text)
        .unwrap_or_default();
    judge.facts.side_file(path, judge.origin.place(pointer));
    let kind = leads(path);
    judge.report(
        kind,
        Effect::OnLoad,
        pointer,
        &format!("TFSMLayer: {path}"),
        advisory::SAVED_MODEL,
    );
}

/// Operators of TensorFlow that leave the graph, as `NodeDef.op` names them.
const OPERATORS: &[(&[&str], ModelHazardKind)] = &[
    (
        &[
            "ReadFile",
            "MatchingFiles",
            "FixedLengthRecordReader",
            "FixedLengthRecordReaderV2",
            "TFRecordReader",
            "TextLineReader",
            "WholeFileReader",
            "InitializeTableFromTextFile",
            "InitializeTableFromTextFileV2",
            "RestoreV2",
            "Restore",
            "LMDBReader",
        ],
        ModelHazardKind::FileRead,
    ),
    (
        &[
            "WriteFile",
            "Save",
            "SaveV2",
            "SaveSlices",
            "PrintV2",
            "Print",
            "MergeV2Checkpoints",
            "DeleteFile",
        ],
        ModelHazardKind::FileWrite,
    ),
    (
        &["PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction"],
        ModelHazardKind::InterpreterCallback,
    ),
    (
        &["LoadLibrary", "RemoteCall"],
        ModelHazardKind::NativeLibrary,
    ),
];

/// A graph operator as a layer (TensorFlow 2.0 to 2.4): its `NodeDef`, as an object or as text inside the text.
pub(super) fn op_layer(config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let node = config.get("node_def");
    let operator = match node {
        Some(Value::Text(text)) => super::value::json(text)
            .root
            .and_then(|node| node.get("op").and_then(Value::text).map(str::to_owned))
            .or_else(|| {
                let (_, rest) = text.split_once("op:")?;
                rest.split('"').nth(1).map(str::to_owned)
            }),
        Some(node) => node.get("op").and_then(Value::text).map(str::to_owned),
        None => None,
    };
    let Some(operator) = operator else {
        return;
    };
    let known = OPERATORS
        .iter()
        .find(|(operators, _)| operators.contains(&operator.as_str()));
    match known.filter(|_| judge.catalogue.has("keras:operators")) {
        Some((_, kind)) => {
            let detail = "an operator of the graph leaves it";
            judge.note(*kind, Effect::OnUse, pointer, &operator, detail);
        }
        None if is_plain(&operator) => {}
        None => {
            let detail = "an operator of the graph whose effect is not known";
            let kind = ModelHazardKind::UnknownCallable;
            judge.note(kind, Effect::OnUse, pointer, &operator, detail);
        }
    }
}

/// Whether an operator of TensorFlow reaches nothing outside its graph, by the table that TensorFlow's own formats use.
fn is_plain(operator: &str) -> bool {
    static PLAIN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("../../../networks/data/tensorflow_ops.tsv").lines();
        let plain = lines.filter(|line| line.ends_with("\tplain"));
        plain.filter_map(|line| line.split('\t').next()).collect()
    });
    PLAIN.contains(operator)
}

/// Parts of TensorFlow's API that compute.
const COMPUTING: &[&str] = &[
    "math",
    "nn",
    "linalg",
    "image",
    "strings",
    "sparse",
    "ragged",
    "random",
    "signal",
    "bitwise",
    "__operators__",
    "quantization",
    "sets",
    "debugging",
    "experimental",
    "compat",
    "keras",
    "autodiff",
    "dtypes",
    "audio",
    "numpy",
    "errors",
    "initializers",
    "losses",
    "metrics",
    "layers",
    "rnn",
    "lookup",
];

/// Functions of TensorFlow's API that leave the graph, at the top or in a part.
const LEAVING: &[&str] = &[
    "py_function",
    "numpy_function",
    "py_func",
    "load_library",
    "load_op_library",
    "read_file",
    "write_file",
    "matching_files",
    "print",
    "function",
    "get_file",
    "load_model",
    "while_loop",
    "map_fn",
];

/// A function of TensorFlow's API as a layer (TensorFlow 2.4 to 2.15).
pub(super) fn op_lambda(config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let Some(function) = config.get("function").and_then(Value::text) else {
        return;
    };
    let plain = function
        .trim_start_matches("tf.")
        .trim_start_matches("compat.v1.")
        .trim_start_matches("compat.v2.");
    let last = plain.rsplit('.').next().unwrap_or(plain);
    let part = plain.split_once('.').map_or("", |(part, _)| part);
    let subject = format!("tf.{plain}");
    let is_known = judge.catalogue.has("keras:functions");
    match (part, last) {
        ("io", "read_file" | "matching_files") if is_known => {
            judge.note(
                ModelHazardKind::FileRead,
                Effect::OnUse,
                pointer,
                &subject,
                "a layer reads files",
            );
        }
        ("io", "write_file") if is_known => {
            judge.note(
                ModelHazardKind::FileWrite,
                Effect::OnUse,
                pointer,
                &subject,
                "a layer writes files",
            );
        }
        (_, "py_function" | "numpy_function" | "py_func") if is_known => {
            let detail = "a layer calls back into Python";
            judge.note(
                ModelHazardKind::InterpreterCallback,
                Effect::OnUse,
                pointer,
                &subject,
                detail,
            );
        }
        (
            "io",
            "decode_raw"
            | "decode_base64"
            | "encode_base64"
            | "decode_jpeg"
            | "decode_png"
            | "decode_image"
            | "parse_tensor"
            | "serialize_tensor"
            | "parse_example"
            | "parse_single_example"
            | "decode_csv",
        ) => {}
        _ if LEAVING.contains(&last) || !(part.is_empty() || COMPUTING.contains(&part)) => {
            let advisory = advisory::REUSE;
            judge.report(
                ModelHazardKind::UnknownCallable,
                Effect::OnLoad,
                pointer,
                &subject,
                advisory,
            );
        }
        _ if part == "keras" && names::gadget("keras.utils", last, judge.catalogue).is_some() => {
            judge.report(
                ModelHazardKind::DangerousCallable,
                Effect::OnLoad,
                pointer,
                &subject,
                advisory::REUSE,
            );
        }
        _ => {}
    }
}

/// Dimensions that ask for more than any memory holds.
fn sizes(map: &Value, class: &str, config: &Value, pointer: &str, judge: &mut Judge<'_>) {
    let Value::Map(entries) = config else {
        return;
    };
    let mut product = 1.0_f64;
    let mut worst = 0.0_f64;
    for (key, value) in entries {
        if ALLOCATING.contains(&key.as_str()) {
            let number = value.number().unwrap_or(0.0);
            worst = worst.max(number);
            if [
                "units",
                "filters",
                "input_dim",
                "output_dim",
                "num_heads",
                "key_dim",
            ]
            .contains(&key.as_str())
                && number > 1.0
            {
                product *= number;
            }
        }
        if SHAPES.contains(&key.as_str()) {
            worst = worst.max(elements(value) / (PRODUCT / DIMENSION));
        }
    }
    if let Some(shape) = map
        .get("build_config")
        .and_then(|build| build.get("input_shape"))
        .and_then(Value::list)
        && let Some(last) = shape.last().and_then(Value::number)
    {
        product *= last.max(1.0);
    }
    if worst >= DIMENSION || product >= PRODUCT {
        judge.report(
            ModelHazardKind::ResourceExhaustion,
            Effect::OnLoad,
            pointer,
            class,
            advisory::SHAPE,
        );
    }
}

/// The product of the known dimensions of a shape.
fn elements(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.max(1.0),
        Value::List(items) => items
            .iter()
            .map(|item| item.number().unwrap_or(1.0).max(1.0))
            .product(),
        Value::Map(_) => value.get("items").map_or(1.0, elements),
        Value::Null | Value::Bool(_) | Value::Text(_) => 1.0,
    }
}
