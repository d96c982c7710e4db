//! Core ML: files outside the package, parameters that are more than numbers, nesting; and honest models.

use super::super::{Case, Label};
use crate::protobuf::Message;

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [paths(), custom(), structures(), honest()].concat()
}

fn case(class: &'static str, name: &str, label: Label, model: Message) -> Case {
    Case::single(class, name, label, "model.mlmodel", model)
}

/// A model of a type.
fn model(kind: u32, content: Message) -> Message {
    let metadata = Message::new().text(1, "a model").entry(
        100,
        "com.github.apple.coremltools.version",
        |entry| entry.text(2, "8.0"),
    );
    let description = Message::new()
        .message(1, Message::new().text(1, "x"))
        .message(10, Message::new().text(1, "y"))
        .message(100, metadata);
    Message::new()
        .varint(1, 6)
        .message(2, description)
        .message(kind, content)
}

fn network(layer: Message) -> Message {
    model(500, Message::new().message(1, layer))
}

fn linked(name: &str, search: &str) -> Message {
    let file = Message::new()
        .message(1, Message::new().text(1, name))
        .message(2, Message::new().text(1, search));
    model(556, Message::new().message(1, file))
}

/// A program whose one constant lies in a blob.
fn program(blob: &str) -> Message {
    let value = Message::new().message(5, Message::new().text(1, blob).varint(2, 64));
    let operation = Message::new()
        .text(1, "const")
        .entry(5, "val", |entry| entry.message(2, value));
    let block = Message::new().message(3, operation);
    let function = Message::new()
        .text(2, "CoreML7")
        .entry(3, "CoreML7", |entry| entry.message(2, block));
    let program = Message::new()
        .varint(1, 1)
        .entry(2, "main", |entry| entry.message(2, function));
    model(502, program)
}

fn layer(class: &str, parameter: &str) -> Message {
    let custom = Message::new()
        .text(10, class)
        .entry(30, "resource", |entry| {
            entry.message(2, Message::new().text(20, parameter))
        });
    Message::new().text(1, "layer").message(500, custom)
}

fn manifest(path: &str) -> Vec<u8> {
    format!(
        r#"{{"fileFormatVersion": "1.0.0", "itemInfoEntries": {{"A1": {{"author": "com.apple.CoreML",
        "name": "model.mlmodel", "path": "{path}"}}}}, "rootModelIdentifier": "A1"}}"#
    )
    .into_bytes()
}

fn paths() -> Vec<Case> {
    let bad = |name: &str, model| case("coreml-path", name, Label::Malicious, model);
    let manifest_case = |name: &str, path: &str| {
        Case::single(
            "coreml-path",
            name,
            Label::Malicious,
            "Manifest.json",
            manifest(path),
        )
    };
    let text = "program(1.0)\n{\n  func main<ios15>() {\n    tensor<fp16, [4]> w = const()[val = \
        tensor<fp16, [4]>(BLOBFILE(path = string(\"@model_path/../../secret.bin\"), offset = uint64(64)))];\n  }\n}\n";
    vec![
        bad("linked-parent", linked("../../other.mlmodelc", "")),
        bad(
            "linked-absolute",
            linked("/Library/Models/other.mlmodelc", ""),
        ),
        bad(
            "linked-search-path",
            linked("other.mlmodelc", "./models:../../../tmp"),
        ),
        bad("blob-parent", program("@model_path/../../../secret.bin")),
        bad("blob-absolute", program("/etc/passwd")),
        bad("blob-without-folder", program("../weights/weight.bin")),
        manifest_case("manifest-parent", "../../../model.mlmodel"),
        manifest_case("manifest-absolute", "/etc/passwd"),
        manifest_case("manifest-inner-parent", "com.apple.CoreML/../../x.mlmodel"),
        Case::single(
            "coreml-path",
            "compiled-text",
            Label::Malicious,
            "model.mil",
            text,
        ),
    ]
}

fn custom() -> Vec<Case> {
    let metadata =
        Message::new().entry(100, "names", |entry| entry.text(2, "__import__('os').name"));
    let coded = Message::new()
        .varint(1, 4)
        .message(2, Message::new().message(100, metadata))
        .message(900, Message::new());
    [
        (
            "library-parameter",
            network(layer("Loader", "/tmp/libinert.dylib")),
        ),
        (
            "address-parameter",
            network(layer("Fetcher", "http://c2.example/stage")),
        ),
        (
            "code-parameter",
            network(layer("Runner", "import os\nos.system('echo inert')")),
        ),
        (
            "class-that-is-no-name",
            network(layer("../Frameworks/x", "1")),
        ),
        ("code-in-metadata", coded),
        (
            "custom-model-with-library",
            model(
                555,
                Message::new().text(10, "Model").entry(30, "path", |entry| {
                    entry.message(2, Message::new().text(20, "libinert.so"))
                }),
            ),
        ),
    ]
    .into_iter()
    .map(|(name, model)| case("coreml-custom", name, Label::Malicious, model))
    .collect()
}

fn structures() -> Vec<Case> {
    let pipeline = (0..20).fold(model(900, Message::new()), |inner, _| {
        model(202, Message::new().message(1, inner))
    });
    [
        ("deep-pipelines", pipeline),
        (
            "two-types",
            model(900, Message::new()).message(500, Message::new()),
        ),
        (
            "linked-in-a-pipeline",
            model(202, Message::new().message(1, linked("../x.mlmodelc", ""))),
        ),
        (
            "custom-in-a-branch",
            network(
                Message::new().message(
                    605,
                    Message::new()
                        .message(1, Message::new().message(1, layer("Loader", "libinert.so"))),
                ),
            ),
        ),
    ]
    .into_iter()
    .map(|(name, model)| case("coreml-structure", name, Label::Malicious, model))
    .collect()
}

fn honest() -> Vec<Case> {
    let good = |name: &str, model| case("coreml-honest", name, Label::Benign, model);
    vec![
        good(
            "network",
            network(Message::new().text(1, "fc").message(140, Message::new())),
        ),
        good("program", program("@model_path/weights/weight.bin")),
        good("custom-layer", network(layer("AAPLSwish", "1.0"))),
        good("linked", linked("other.mlmodelc", "./models")),
        good(
            "pipeline",
            model(202, Message::new().message(1, model(900, Message::new()))),
        ),
        Case::single(
            "coreml-honest",
            "manifest",
            Label::Benign,
            "Manifest.json",
            manifest("com.apple.CoreML/model.mlmodel"),
        ),
    ]
}
