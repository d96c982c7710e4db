//! Keras: code and callables in configurations, files that weights reach, and honest models that look like both.

use super::{Case, Label};
use crate::hdf5::{Data, Dataset, Element, Group};
use crate::keras::{
    archive, base64, bytecode, dense, function, lambda, legacy, legacy_h5, legacy_lambda,
    legacy_sequential, object, sequential, weights,
};

mod benign;
mod weights;

/// Every case of the area.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        code(),
        callables(),
        arguments(),
        texts(),
        weights::cases(),
        benign::cases(),
    ]
    .concat()
}

fn malicious(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

fn model(class: &'static str, name: &str, layers: &[String]) -> Case {
    malicious(
        class,
        name,
        "model.keras",
        archive(&sequential(layers), &self::weights()),
    )
}

fn telling() -> Vec<u8> {
    bytecode(&["os", "system", "echo inert"])
}

/// A Lambda layer that calls a function of any module.
fn calls(function: &str) -> String {
    object(
        "keras.layers",
        "Lambda",
        &format!(
            r#"{{"name": "lambda", "function": {function}, "arguments": {{"x": "echo inert"}}}}"#
        ),
    )
}

fn code() -> Vec<Case> {
    let class = "keras-lambda";
    let quiet = bytecode(&["x"]);
    let tuple = legacy(
        "Lambda",
        &format!(
            r#"{{"function": {{"class_name": "__tuple__", "items": ["{}", null, null]}}, "function_type": "lambda"}}"#,
            base64(&telling())
        ),
    );
    let shape = legacy(
        "Lambda",
        &format!(
            r#"{{"function": "relu", "function_type": "function", "output_shape": ["{}", null, null], "output_shape_type": "lambda"}}"#,
            base64(&telling())
        ),
    );
    let mask = object(
        "keras.layers",
        "Lambda",
        &format!(
            r#"{{"function": {}, "mask": {{"class_name": "__lambda__", "config": {{"code": "{}"}}}}}}"#,
            function("keras.activations", "relu"),
            base64(&telling())
        ),
    );
    let value = format!(
        r#"{{"class_name": "__lambda__", "config": {{"value": ["{}", null, null]}}}}"#,
        base64(&telling())
    );
    let hidden = object(
        "keras.layers",
        "Dense",
        &format!(r#"{{"units": 3, "note": "{}"}}"#, base64(&telling())),
    );
    let nested = object(
        "keras",
        "Functional",
        &format!(r#"{{"layers": [{}]}}"#, sequential(&[lambda(&telling())])),
    );
    let spaced = base64(&telling()).replace('w', "w!\\n");
    let garbled = legacy(
        "Lambda",
        &format!(r#"{{"function": ["{spaced}", null, null], "function_type": "lambda"}}"#),
    );
    let escaped =
        legacy_sequential(&[legacy_lambda(&telling())]).replace("\"Lambda\"", "\"\\u004cambda\"");
    let layer = legacy_h5(&legacy_sequential(&[legacy_lambda(&telling())]));
    let newer = legacy_h5(&sequential(&[lambda(&telling())]));
    vec![
        model(class, "keras3-bytecode", &[lambda(&telling())]),
        model(class, "keras3-quiet-bytecode", &[lambda(&quiet)]),
        model(class, "keras3-mask", &[mask]),
        model(
            class,
            "keras3-initializer",
            &[object(
                "keras.layers",
                "Dense",
                &format!(r#"{{"units": 3, "kernel_initializer": {value}}}"#),
            )],
        ),
        model(class, "keras3-nested-model", &[nested]),
        model(class, "hidden-in-another-layer", &[hidden]),
        malicious(class, "hdf5-list", "model.h5", layer.build()),
        malicious(class, "hdf5-keras3-object", "model.h5", newer.build()),
        malicious(
            class,
            "json-list",
            "model.json",
            legacy_sequential(&[legacy_lambda(&quiet)]),
        ),
        malicious(
            class,
            "json-tuple",
            "model.json",
            legacy_sequential(&[tuple]),
        ),
        malicious(
            class,
            "json-output-shape",
            "model.json",
            legacy_sequential(&[shape]),
        ),
        malicious(class, "json-escaped-class", "model.json", escaped),
        malicious(
            class,
            "json-garbled-base64",
            "model.json",
            legacy_sequential(&[garbled]),
        ),
        model(
            "keras-torch-module",
            "pickled-module",
            &[object(
                "keras.layers",
                "TorchModuleWrapper",
                &format!(
                    r#"{{"module": "{}", "name": "torch"}}"#,
                    base64(b"\x80\x02.inert")
                ),
            )],
        ),
    ]
}

fn callables() -> Vec<Case> {
    let class = "keras-import";
    let compiled = sequential(&[dense()]).replace(
        "\"registered_name\": null}",
        "\"registered_name\": null, \"compile_config\": {\"loss\": {\"module\": \"os\", \"class_name\": \"function\", \"config\": \"system\", \"registered_name\": \"system\"}}}",
    );
    let registered = r#"{"module": "some_package.tools", "class_name": "function", "config": "run", "registered_name": "run"}"#;
    vec![
        model(class, "os-system", &[calls(&function("os", "system"))]),
        model(class, "builtins-eval", &[calls(&function("builtins", "eval"))]),
        model(class, "subprocess-class", &[object("subprocess", "Popen", r#"{"args": ["echo", "inert"]}"#)]),
        model(class, "importlib", &[calls(&function("importlib", "import_module"))]),
        model(class, "stdlib-unlisted", &[calls(&function("antigravity", "geohash"))]),
        model(class, "stdlib-class-unlisted", &[object("wsgiref.simple_server", "WSGIServer", "{}")]),
        model(class, "numpy-testing", &[calls(&function("numpy.testing._private.utils", "runstring"))]),
        model(class, "unknown-function", &[calls(registered)]),
        model(class, "dotted-class", &[object("torch", "hub.load", "{}")]),
        model(class, "activation-object", &[object("keras.layers", "Dense", &format!(r#"{{"units": 1, "activation": {}}}"#, function("posix", "system")))]),
        model(class, "typespec", &[r#"{"class_name": "__typespec__", "spec_name": "Popen", "module": "subprocess", "registered_name": null, "config": []}"#.to_owned()]),
        malicious(class, "compile-config", "config.json", compiled),
        malicious(class, "activation-path", "model.json", legacy_sequential(&[legacy("Activation", r#"{"activation": "os.system"}"#)])),
        malicious(class, "tensorflow-io", "model.json", legacy_sequential(&[object("tensorflow.python.ops.gen_io_ops", "function", "\"write_file\"")])),
        model("keras-reuse", "get-file", &[calls(&function("keras.utils", "get_file"))]),
        model("keras-reuse", "get-file-source-module", &[calls(&function("keras.src.utils.file_utils", "get_file"))]),
        model("keras-reuse", "load-model", &[calls(&function("keras.models", "load_model"))]),
        model("keras-reuse", "unsafe-deserialization", &[calls(&function("keras.config", "enable_unsafe_deserialization"))]),
        model("keras-reuse", "func-load", &[calls(&function("keras.src.utils.python_utils", "func_load"))]),
        model("keras-reuse", "unlisted-utility", &[calls(&function("keras.src.utils.io_utils", "ask_to_proceed_with_overwrite"))]),
        model("keras-reuse", "extract-archive", &[calls(&function("keras.src.utils.file_utils", "extract_archive"))]),
    ]
}

fn arguments() -> Vec<Case> {
    let lookup = |class: &str, path: &str| {
        object(
            "keras.layers",
            class,
            &format!(r#"{{"name": "lookup", "vocabulary": "{path}"}}"#),
        )
    };
    let op = |name: &str| {
        legacy(
            "TFOpLambda",
            &format!(r#"{{"name": "op", "function": "{name}"}}"#),
        )
    };
    let node = legacy(
        "TensorFlowOpLayer",
        r#"{"name": "op", "node_def": {"name": "op", "op": "WriteFile"}}"#,
    );
    vec![
        model(
            "keras-file-read",
            "string-lookup-absolute",
            &[lookup("StringLookup", "/etc/hostname")],
        ),
        model(
            "keras-file-read",
            "integer-lookup-parent",
            &[lookup("IntegerLookup", "../../secret.txt")],
        ),
        model(
            "keras-file-read",
            "text-vectorization-url",
            &[lookup("TextVectorization", "http://example.invalid/x")],
        ),
        model(
            "keras-file-read",
            "lookup-bucket",
            &[lookup("StringLookup", "gs://example-bucket/vocabulary.txt")],
        ),
        model(
            "keras-saved-model",
            "tfsm-layer",
            &[object(
                "keras.layers",
                "TFSMLayer",
                r#"{"filepath": "assets/hidden", "call_endpoint": "serve"}"#,
            )],
        ),
        model(
            "keras-saved-model",
            "tfsm-layer-share",
            &[object(
                "keras.layers",
                "TFSMLayer",
                r#"{"filepath": "\\\\host\\share\\model"}"#,
            )],
        ),
        malicious(
            "keras-graph-operator",
            "write-file",
            "model.json",
            legacy_sequential(&[op("io.write_file")]),
        ),
        malicious(
            "keras-graph-operator",
            "py-function",
            "model.json",
            legacy_sequential(&[op("py_function")]),
        ),
        malicious(
            "keras-graph-operator",
            "unlisted-part",
            "model.json",
            legacy_sequential(&[op("saved_model.load")]),
        ),
        malicious(
            "keras-graph-operator",
            "node-definition",
            "model.json",
            legacy_sequential(&[node]),
        ),
        model(
            "keras-resources",
            "units",
            &[object(
                "keras.layers",
                "Dense",
                r#"{"units": 9000000000000}"#,
            )],
        ),
        model(
            "keras-resources",
            "embedding-product",
            &[object(
                "keras.layers",
                "Embedding",
                r#"{"input_dim": 2000000000, "output_dim": 2000000}"#,
            )],
        ),
        model(
            "keras-layer-name",
            "parent-folder",
            &[object(
                "keras.layers",
                "Dense",
                r#"{"units": 1, "name": "../../escape"}"#,
            )],
        ),
    ]
}

fn texts() -> Vec<Case> {
    let doubled = sequential(&[dense()]).replacen(
        "\"class_name\": \"Dense\"",
        "\"class_name\": \"Dense\", \"class_name\": \"Lambda\"",
        1,
    );
    let deep = format!(
        "{{\"class_name\": \"Sequential\", \"module\": \"keras\", \"config\": {}{}}}",
        "{\"layers\": [".repeat(5_000),
        "]}".repeat(5_000)
    );
    let tagged = "backend: tensorflow\nclass_name: Sequential\nconfig:\n  layers:\n  - class_name: Dense\n    config:\n      units: !!python/object/apply:os.system ['echo inert']\nkeras_version: 2.4.0\n";
    let named = "backend: tensorflow\nclass_name: Sequential\nconfig:\n  layers:\n  - !!python/name:os.system ''\nkeras_version: 2.4.0\n";
    vec![
        malicious("keras-duplicate-key", "class-twice", "config.json", doubled),
        malicious("keras-resources", "nesting", "config.json", deep),
        malicious("keras-yaml", "object-apply", "model.yaml", tagged),
        malicious("keras-yaml", "name", "model.yaml", named),
    ]
}
