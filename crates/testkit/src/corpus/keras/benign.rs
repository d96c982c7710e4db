//! Honest models and files with features that attacks use as well.

use super::{
    Case, Data, Dataset, Element, Group, Label, archive, dense, function, legacy, legacy_h5,
    legacy_sequential, object, sequential, weights,
};

fn benign(name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single("keras-benign", name, Label::Benign, file, bytes)
}

fn model(name: &str, layers: &[String]) -> Case {
    benign(
        name,
        "model.keras",
        archive(&sequential(layers), &weights()),
    )
}

pub(super) fn cases() -> Vec<Case> {
    let lookup = object(
        "keras.layers",
        "StringLookup",
        r#"{"name": "lookup", "vocabulary": ["/etc/hostname", "http", "os.system"], "vocabulary_size": 5}"#,
    );
    let lambda = object(
        "keras.layers",
        "Lambda",
        &format!(
            r#"{{"name": "lambda", "function": {}, "arguments": {{}}}}"#,
            function("keras.activations", "relu")
        ),
    );
    let custom = r#"{"module": null, "class_name": "MyLayer", "config": {"units": 4}, "registered_name": "MyLayer"}"#;
    let registered = r#"{"module": "my_project.layers", "class_name": "MyLayer", "config": {"units": 4}, "registered_name": "my_project>MyLayer"}"#;
    let yaml = "backend: tensorflow\nclass_name: Sequential\nconfig:\n  layers:\n  - class_name: InputLayer\n    config:\n      batch_input_shape: !!python/tuple\n      - null\n      - 4\n  - class_name: Dense\n    config:\n      activation: relu\n      units: 3\nkeras_version: 2.4.0\n";
    let compiled = object("keras", "Sequential", r#"{"layers": []}"#)
        .trim_end_matches('}')
        .to_owned()
        + r#", "compile_config": {"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {"learning_rate": 0.001}, "registered_name": null}, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}}"#;
    let wide = Dataset::zeros(&[64, 64]);
    let loop_back = Group::default()
        .dataset("data", Dataset::zeros(&[4]))
        .root("self");
    let science = Group::default()
        .attribute("NX_class", "NXroot")
        .attribute("HDF5_Version", "1.14.3")
        .group(
            "entry",
            Group::default().external("data_000001", "scan_data_000001.h5", "/entry/data"),
        );
    vec![
        model("dense", &[dense()]),
        model("lookup-with-words", &[lookup]),
        model("lambda-of-a-builtin", &[lambda]),
        model("custom-layer", &[custom.to_owned()]),
        model("registered-layer", &[registered.to_owned()]),
        model(
            "operation",
            &[object("keras.src.ops.numpy", "Add", r#"{"name": "add"}"#)],
        ),
        model(
            "function-in-builtins",
            &[object(
                "keras.layers",
                "Activation",
                &format!(r#"{{"activation": {}}}"#, function("builtins", "gelu")),
            )],
        ),
        model(
            "large-vocabulary",
            &[object(
                "keras.layers",
                "Embedding",
                r#"{"input_dim": 256000, "output_dim": 8192}"#,
            )],
        ),
        benign("compiled", "config.json", compiled),
        benign(
            "metadata",
            "metadata.json",
            r#"{"keras_version": "3.10.0", "date_saved": "2025-06-01@12:00:00"}"#,
        ),
        benign(
            "legacy-json",
            "model.json",
            legacy_sequential(&[legacy("Dense", r#"{"units": 3, "activation": "linear"}"#)]),
        ),
        benign("legacy-yaml", "model.yaml", yaml),
        benign(
            "legacy-operator",
            "model.json",
            legacy_sequential(&[legacy(
                "TFOpLambda",
                r#"{"name": "op", "function": "math.reduce_mean"}"#,
            )]),
        ),
        benign(
            "legacy-custom-object",
            "model.json",
            legacy_sequential(&[legacy("Custom>TransformerBlock", r#"{"heads": 4}"#)]),
        ),
        benign(
            "legacy-lambda-by-name",
            "model.json",
            legacy_sequential(&[legacy(
                "Lambda",
                r#"{"function": "scale", "function_type": "function", "module": "__main__"}"#,
            )]),
        ),
        benign(
            "legacy-hdf5",
            "model.h5",
            legacy_h5(&legacy_sequential(&[legacy("Dense", r#"{"units": 3}"#)])).build(),
        ),
        benign("weights", "model.weights.h5", weights().build()),
        benign(
            "soft-link",
            "data.h5",
            Group::default()
                .dataset("data", wide)
                .soft("latest", "/data")
                .build(),
        ),
        benign("loop", "data.h5", loop_back.build()),
        benign("instrument-links", "scan_master.h5", science.build()),
        benign(
            "unwritten",
            "data.h5",
            Group::default()
                .dataset(
                    "data",
                    Dataset::new(
                        Element::Float32,
                        &[1000, 1000],
                        Data::Chunked(vec![100, 100]),
                    ),
                )
                .build(),
        ),
    ]
}
