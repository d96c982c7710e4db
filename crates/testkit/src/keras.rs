//! Keras configurations, and bytecode that looks marshalled and calls nothing.

use crate::archive::{Zip, ZipEntry};
use crate::hdf5::{Dataset, Group};

/// An object of the format of Keras 3.
#[must_use]
pub fn object(module: &str, class: &str, config: &str) -> String {
    format!(
        r#"{{"module": "{module}", "class_name": "{class}", "config": {config}, "registered_name": null}}"#
    )
}

/// A function by reference.
#[must_use]
pub fn function(module: &str, name: &str) -> String {
    format!(
        r#"{{"module": "{module}", "class_name": "function", "config": "{name}", "registered_name": "{name}"}}"#
    )
}

/// An object of the format of Keras 2.
#[must_use]
pub fn legacy(class: &str, config: &str) -> String {
    format!(r#"{{"class_name": "{class}", "config": {config}}}"#)
}

/// A Keras 3 model of these layers.
#[must_use]
pub fn sequential(layers: &[String]) -> String {
    let input = object(
        "keras.layers",
        "InputLayer",
        r#"{"batch_shape": [null, 4], "dtype": "float32", "name": "input"}"#,
    );
    let layers = [&[input], layers].concat().join(", ");
    object(
        "keras",
        "Sequential",
        &format!(r#"{{"name": "sequential", "trainable": true, "layers": [{layers}]}}"#),
    )
}

/// A Keras 2 model of these layers.
#[must_use]
pub fn legacy_sequential(layers: &[String]) -> String {
    let input = legacy(
        "InputLayer",
        r#"{"batch_input_shape": [null, 4], "dtype": "float32", "name": "input"}"#,
    );
    let layers = [&[input], layers].concat().join(", ");
    let model = legacy(
        "Sequential",
        &format!(r#"{{"name": "sequential", "layers": [{layers}]}}"#),
    );
    format!(
        r#"{}, "keras_version": "2.15.0", "backend": "tensorflow"}}"#,
        model.trim_end_matches('}').to_owned() + "}"
    )
}

/// A dense layer of Keras 3.
#[must_use]
pub fn dense() -> String {
    let initializer = object("keras.initializers", "GlorotUniform", r#"{"seed": null}"#);
    object(
        "keras.layers",
        "Dense",
        &format!(
            r#"{{"name": "dense", "units": 3, "activation": "relu", "use_bias": true, "kernel_initializer": {initializer}}}"#
        ),
    )
}

/// Bytes that begin like a marshalled code object and hold these names; no interpreter could run them.
#[must_use]
pub fn bytecode(names: &[&str]) -> Vec<u8> {
    let mut code = vec![0xe3];
    for count in [1_u32, 0, 0, 1, 2, 0x43] {
        code.extend(count.to_le_bytes());
    }
    code.extend([b's', 4, 0, 0, 0, b'd', 1, b'S', 0]);
    code.extend([b')', u8::try_from(names.len()).expect("few names")]);
    for name in names {
        code.extend([0xda, u8::try_from(name.len()).expect("a short name")]);
        code.extend(name.as_bytes());
    }
    code.extend([0xfa, 7]);
    code.extend(b"<stdin>");
    code
}

/// Base64 as Python's codec writes it, in lines.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, index| {
            word << 8 | u32::from(chunk.get(index).copied().unwrap_or(0))
        });
        for index in 0..4_usize {
            let sextet = word >> (18 - 6 * index) & 63;
            if index > chunk.len() {
                text.push('=');
            } else {
                text.push(char::from(ALPHABET[usize::try_from(sextet).unwrap_or(0)]));
            }
        }
    }
    text
}

/// A Lambda layer of Keras 3 around bytecode.
#[must_use]
pub fn lambda(code: &[u8]) -> String {
    let code = base64(code);
    let function = format!(
        r#"{{"class_name": "__lambda__", "config": {{"code": "{code}\n", "defaults": null, "closure": null}}}}"#
    );
    object(
        "keras.layers",
        "Lambda",
        &format!(r#"{{"name": "lambda", "function": {function}, "arguments": {{}}}}"#),
    )
}

/// A Lambda layer of Keras 2 around bytecode.
#[must_use]
pub fn legacy_lambda(code: &[u8]) -> String {
    let code = base64(code);
    legacy(
        "Lambda",
        &format!(
            r#"{{"name": "lambda", "function": ["{code}\n", null, null], "function_type": "lambda", "module": "__main__", "output_shape": null, "output_shape_type": "raw", "arguments": {{}}}}"#
        ),
    )
}

/// A `.keras` archive with a configuration and weights.
#[must_use]
pub fn archive(config: &str, weights: &Group) -> Vec<u8> {
    let metadata = r#"{"keras_version": "3.10.0", "date_saved": "2025-06-01@12:00:00"}"#;
    Zip::of([
        ZipEntry::stored("metadata.json", metadata),
        ZipEntry::stored("config.json", config),
        ZipEntry::stored("model.weights.h5", weights.build()),
    ])
    .build()
}

/// Weights as Keras 3 stores them.
#[must_use]
pub fn weights() -> Group {
    let vars = Group::default()
        .dataset("0", Dataset::zeros(&[4, 3]))
        .dataset("1", Dataset::zeros(&[3]));
    Group::default().group(
        "layers",
        Group::default().group("dense", Group::default().group("vars", vars)),
    )
}

/// A whole model as Keras 2 stores it in HDF5.
#[must_use]
pub fn legacy_h5(config: &str) -> Group {
    Group::default()
        .attribute("keras_version", "2.15.0")
        .attribute("backend", "tensorflow")
        .attribute("model_config", config)
        .group(
            "model_weights",
            Group::default().group(
                "dense",
                Group::default().dataset("kernel:0", Dataset::zeros(&[4, 3])),
            ),
        )
}
