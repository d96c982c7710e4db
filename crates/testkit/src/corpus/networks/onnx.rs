//! ONNX: side files outside the folder, operators from nowhere, lies about sizes; and what honest exporters write.

use super::super::{Case, Label};
use crate::onnx::{
    FLOAT, INT64, external, external_tensor, function, graph, graph_attribute, model, node,
    number_attribute, opset, pair, raw_tensor, shaped, tensor, tensor_attribute, text_attribute,
};
use crate::protobuf::Message;

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [
        locations(),
        places(),
        entries(),
        operators(),
        sizes(),
        structures(),
        honest(),
    ]
    .concat()
}

fn case(class: &'static str, name: &str, label: Label, model: Message) -> Case {
    Case::single(class, name, label, "model.onnx", model)
}

fn bad(class: &'static str, name: &str, model: Message) -> Case {
    case(class, name, Label::Malicious, model)
}

fn matmul() -> Message {
    node("", "MatMul")
}

fn with_weights(weights: Message) -> Message {
    model(graph([matmul()], [weights]))
}

fn located(location: &str) -> Message {
    external_tensor(
        "W",
        &[("location", location), ("offset", "0"), ("length", "64")],
    )
}

/// One operator and nothing else.
fn running(domain: &str, operator: &str) -> Message {
    model(graph([node(domain, operator)], [])).message(8, opset(domain, 1))
}

fn locations() -> Vec<Case> {
    [
        ("parent", "../../../../etc/passwd"),
        ("inner-parent", "weights/../../secret.bin"),
        ("backslash-parent", "..\\..\\secret.bin"),
        ("mixed-separators", "weights\\..\\../secret.bin"),
        ("parent-that-stays", "weights/../link/secret.bin"),
        ("absolute", "/etc/shadow"),
        ("drive", "C:\\Windows\\win.ini"),
        ("drive-relative", "C:secret.bin"),
        ("network-share", "\\\\files.example\\share\\w.bin"),
        ("address", "https://models.example/w.bin"),
        ("file-address", "file:///etc/passwd"),
        ("percent-encoded", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
        ("percent-encoded-twice", "%252e%252e%252fsecret"),
        ("full-width-dots", "\u{ff0e}\u{ff0e}\u{ff0f}secret"),
        ("home-folder", "~/.ssh/id_rsa"),
        ("variable", "${HOME}/.netrc"),
        ("hidden-file", ".env"),
        ("repository-secrets", ".git/config"),
        ("device", "NUL"),
        ("cut-by-zero", "weights.bin\0/../../secret"),
        ("trailing-space-parent", ".. /secret.bin"),
        ("empty", ""),
        ("process-memory", "/proc/self/mem"),
        ("runtime-memory", "*/_ORT_MEM_ADDR_/*"),
    ]
    .into_iter()
    .map(|(name, location)| bad("onnx-external-path", name, with_weights(located(location))))
    .collect()
}

/// The same path wherever a tensor may stand.
fn places() -> Vec<Case> {
    let escape = || located("../../secret.bin");
    let constant = || node("", "Constant").message(5, tensor_attribute("value", escape()));
    let inner = |operator: &str, attribute: &str| {
        let body = graph([constant()], []);
        node("", operator).message(5, graph_attribute(attribute, body))
    };
    let sparse = || {
        Message::new()
            .message(1, escape())
            .message(2, tensor("i", &[1]))
            .varint(3, 4)
    };
    let in_graph = |node: Message| model(graph([node], []));
    let plain = || model(graph([matmul()], [tensor("W", &[4, 4])]));
    let list = Message::new()
        .text(1, "values")
        .message(10, escape())
        .varint(20, 9);
    let graphs = Message::new()
        .text(1, "branches")
        .message(11, graph([constant()], []))
        .varint(20, 10);
    let deep = node("", "Loop").message(
        5,
        graph_attribute("body", graph([inner("If", "then_branch")], [])),
    );
    let default =
        function("local", "F", [matmul()]).message(11, tensor_attribute("value", escape()));
    [
        ("node-attribute", in_graph(constant())),
        (
            "attribute-list",
            in_graph(node("", "Constant").message(5, list)),
        ),
        ("if-branch", in_graph(inner("If", "else_branch"))),
        ("loop-body", in_graph(inner("Loop", "body"))),
        ("scan-body", in_graph(inner("Scan", "body"))),
        ("graph-list", in_graph(node("", "If").message(5, graphs))),
        ("nested-subgraph", in_graph(deep)),
        (
            "local-function",
            plain().message(25, function("local", "F", [constant()])),
        ),
        ("function-default", plain().message(25, default)),
        (
            "training-graph",
            plain().message(20, Message::new().message(1, graph([matmul()], [escape()]))),
        ),
        (
            "training-algorithm",
            plain().message(20, Message::new().message(2, graph([constant()], []))),
        ),
        (
            "sparse-initializer",
            model(graph([matmul()], []).message(15, sparse())),
        ),
        (
            "sparse-attribute",
            in_graph(node("", "Constant").message(
                5,
                Message::new().text(1, "sparse_value").message(22, sparse()),
            )),
        ),
        (
            "sparse-attribute-list",
            in_graph(
                node("", "Constant").message(5, Message::new().text(1, "v").message(23, sparse())),
            ),
        ),
        (
            "without-the-flag",
            with_weights(
                shaped("W", &[4, 4], FLOAT).message(13, pair("location", "../secret.bin")),
            ),
        ),
        (
            "behind-an-unknown-field",
            Message::new()
                .bytes(900, &[7; 70_000])
                .raw(&with_weights(escape()).build()),
        ),
    ]
    .into_iter()
    .map(|(name, model)| bad("onnx-external-place", name, model))
    .collect()
}

fn entries() -> Vec<Case> {
    let with = |entries: &[(&str, &str)]| with_weights(external_tensor("W", entries));
    [
        (
            "unknown-key",
            with(&[("location", "w.bin"), ("file_size", "999999999")]),
        ),
        (
            "dunder-key",
            with(&[("location", "w.bin"), ("__class__", "x")]),
        ),
        (
            "method-key",
            with(&[("location", "w.bin"), ("__init__", "x")]),
        ),
        (
            "two-locations",
            with(&[("location", "w.bin"), ("location", "v.bin")]),
        ),
        (
            "negative-offset",
            with(&[("location", "w.bin"), ("offset", "-4096"), ("length", "64")]),
        ),
        (
            "negative-length",
            with(&[("location", "w.bin"), ("length", "-1")]),
        ),
        (
            "overflowing-end",
            with(&[
                ("location", "w.bin"),
                ("offset", "9223372036854775807"),
                ("length", "64"),
            ]),
        ),
        (
            "huge-length",
            with(&[
                ("location", "w.bin"),
                ("offset", "0"),
                ("length", "1099511627776"),
            ]),
        ),
        (
            "no-number",
            with(&[("location", "w.bin"), ("offset", "0x10"), ("length", "64")]),
        ),
        (
            "length-that-lies",
            with(&[("location", "w.bin"), ("offset", "0"), ("length", "65")]),
        ),
        ("no-location", with(&[("offset", "0"), ("length", "64")])),
        (
            "base-path",
            with(&[("location", "w.bin"), ("basepath", "../..")]),
        ),
        (
            "data-inside-too",
            with_weights(external(tensor("W", &[4, 4]), &[("location", "w.bin")])),
        ),
    ]
    .into_iter()
    .map(|(name, model)| bad("onnx-external-entry", name, model))
    .collect()
}

fn operators() -> Vec<Case> {
    let with = |domain: &str, operator: &str, attribute: Message| {
        model(graph([node(domain, operator).message(5, attribute)], []))
            .message(8, opset(domain, 1))
    };
    let context = node("com.microsoft", "EPContext")
        .message(5, number_attribute("embed_mode", 0))
        .message(5, text_attribute("ep_cache_context", "../../libplugin.so"));
    [
        ("unknown-domain", running("com.attacker.ops", "Relu")),
        (
            "look-alike-domain",
            running("com.microsoft_", "FusedMatMul"),
        ),
        ("look-alike-standard-domain", running("ai.onnx.", "Relu")),
        ("unknown-standard-operator", running("", "BackdoorTrigger")),
        ("case-of-standard-operator", running("", "conv")),
        ("python-operator", running("com.microsoft", "PythonOp")),
        (
            "python-operator-of-extensions",
            running("ai.onnx.contrib", "PyReverseMatrix"),
        ),
        (
            "python-function-of-extensions",
            running("ai.onnx.contrib", "MyPreprocessing"),
        ),
        (
            "python-function-of-nobody",
            running("my.ops", "NumpyPyFunc"),
        ),
        ("shell-operator", running("my.ops", "ShellExec")),
        (
            "service-operator",
            running("com.microsoft.extensions", "AzureTextToText"),
        ),
        (
            "library-attribute",
            with(
                "mmdeploy",
                "Plugin",
                text_attribute("library", "plugins/libevil.so"),
            ),
        ),
        (
            "code-attribute",
            with(
                "prim",
                "Run",
                text_attribute("body", "__import__('os').name"),
            ),
        ),
        (
            "address-attribute",
            with(
                "trt.plugins",
                "Fetch",
                text_attribute("url", "http://c2.example/x"),
            ),
        ),
        ("compiled-context-outside", model(graph([context], []))),
        (
            "in-a-subgraph",
            model(graph(
                [node("", "If").message(
                    5,
                    graph_attribute("then_branch", graph([node("evil", "Op")], [])),
                )],
                [],
            )),
        ),
        (
            "in-a-function",
            model(graph([node("local", "F")], []))
                .message(25, function("local", "F", [node("evil", "Op")])),
        ),
        (
            "function-of-another-name",
            model(graph([node("evil", "Op")], [])).message(25, function("evil", "Op2", [matmul()])),
        ),
    ]
    .into_iter()
    .map(|(name, model)| bad("onnx-operator", name, model))
    .collect()
}

fn sizes() -> Vec<Case> {
    [
        ("raw-shorter", raw_tensor("W", &[64, 64], FLOAT, &[0; 16])),
        ("raw-longer", raw_tensor("W", &[2], FLOAT, &[0; 64])),
        ("negative", raw_tensor("W", &[u64::MAX, 4], FLOAT, &[0; 16])),
        (
            "overflow",
            raw_tensor("W", &[1 << 40, 1 << 40], FLOAT, &[0; 16]),
        ),
        (
            "wrapping-overflow",
            raw_tensor("W", &[1 << 62, 4], FLOAT, &[]),
        ),
        ("hollow-terabyte", shaped("W", &[1 << 20, 1 << 20], FLOAT)),
        (
            "typed-shorter",
            shaped("W", &[1000], INT64).packed(7, &[1, 2, 3]),
        ),
        (
            "two-kinds-of-data",
            tensor("W", &[4]).packed(7, &[1, 2, 3, 4]),
        ),
        ("impossible-type", raw_tensor("W", &[4], 4000, &[0; 16])),
    ]
    .into_iter()
    .map(|(name, tensor)| bad("onnx-size", name, with_weights(tensor)))
    .chain([
        bad("onnx-size", "sparse-bomb", {
            let sparse = Message::new()
                .message(1, tensor("v", &[1]))
                .message(2, raw_tensor("i", &[1], INT64, &[0; 8]))
                .packed(3, &[1 << 20, 1 << 20]);
            model(graph([matmul()], []).message(15, sparse))
        }),
        bad("onnx-size", "shape-bomb", {
            let shape = raw_tensor(
                "x",
                &[2],
                INT64,
                &[[0, 0, 16, 0, 0, 0, 0, 0], [0, 0, 16, 0, 0, 0, 0, 0]].concat(),
            );
            model(graph([node("", "ConstantOfShape")], [shape]))
        }),
        bad("onnx-size", "constant-node-shape-bomb", {
            let shape = shaped("s", &[2], INT64).packed(7, &[1 << 20, 1 << 20]);
            let constant = Message::new()
                .text(2, "shape")
                .text(4, "Constant")
                .message(5, tensor_attribute("value", shape));
            let expand = Message::new()
                .text(1, "x")
                .text(1, "shape")
                .text(2, "y")
                .text(4, "Expand");
            model(graph([constant, expand], []))
        }),
        bad("onnx-size", "generated-bomb", {
            let shape = Message::new()
                .text(1, "shape")
                .packed(8, &[1 << 30, 1 << 30])
                .varint(20, 7);
            model(graph([node("", "RandomNormal").message(5, shape)], []))
        }),
    ])
    .collect()
}

fn structures() -> Vec<Case> {
    let nested = (0..30).fold(graph([matmul()], []), |inner, _| {
        graph(
            [node("", "If").message(5, graph_attribute("then_branch", inner))],
            [],
        )
    });
    let calling = |name: &str, callee: &str, times: usize| {
        let calls = std::iter::repeat_n(node("local", callee), times);
        function("local", name, calls)
    };
    let growing = (1..12).fold(
        model(graph([node("local", "f11")], [])).message(25, function("local", "f0", [matmul()])),
        |model, index| {
            let callee = format!("f{}", index - 1);
            model.message(25, calling(&format!("f{index}"), &callee, 10))
        },
    );
    let base = || model(graph([node("local", "F")], []));
    [
        ("deep-subgraphs", model(nested)),
        (
            "function-that-calls-itself",
            base().message(25, calling("F", "F", 1)),
        ),
        (
            "functions-in-a-circle",
            base()
                .message(25, calling("F", "G", 1))
                .message(25, calling("G", "F", 1)),
        ),
        ("functions-that-grow", growing),
        (
            "two-initializers-of-one-name",
            model(graph(
                [matmul()],
                [tensor("W", &[4]), raw_tensor("W", &[4], FLOAT, &[1; 16])],
            )),
        ),
        (
            "two-graphs",
            model(graph([matmul()], [])).message(7, graph([node("", "Relu")], [])),
        ),
        (
            "two-operators",
            model(graph([matmul().text(4, "Relu")], [])),
        ),
        (
            "tensor-in-pieces",
            model(graph(
                [node("", "Constant").message(
                    5,
                    tensor_attribute("value", tensor("a", &[4]))
                        .message(5, Message::new().varint(14, 1)),
                )],
                [],
            )),
        ),
        (
            "function-instead-of-standard",
            model(graph([matmul()], [])).message(25, function("", "MatMul", [node("", "Relu")])),
        ),
        (
            "impossible-version",
            Message::new()
                .varint(1, 99_999)
                .message(7, graph([matmul()], [])),
        ),
        (
            "code-in-metadata",
            model(graph([matmul()], []))
                .message(14, pair("names", "__import__('os').system('echo inert')")),
        ),
    ]
    .into_iter()
    .map(|(name, model)| bad("onnx-structure", name, model))
    .collect()
}

fn honest() -> Vec<Case> {
    let plain = || model(graph([matmul(), node("", "Relu")], [tensor("W", &[4, 4])]));
    let labels = "{0: 'person', 1: 'import', 2: 'system'}";
    let sub = graph(
        [node("", "Constant").message(5, tensor_attribute("value", tensor("c", &[2])))],
        [],
    );
    let context = node("com.microsoft", "EPContext")
        .message(5, number_attribute("embed_mode", 0))
        .message(5, text_attribute("ep_cache_context", "model_qnn_ctx.bin"));
    [
        ("plain", plain()),
        (
            "constant-shape",
            model(graph(
                [node("", "ConstantOfShape")],
                [raw_tensor("x", &[1], INT64, &[4, 0, 0, 0, 0, 0, 0, 0])],
            )),
        ),
        ("unknown-field", plain().bytes(900, &[7; 200])),
        ("side-file", with_weights(located("model.onnx.data"))),
        (
            "side-file-in-folder",
            with_weights(located("./weights/w_0.bin")),
        ),
        (
            "side-file-named-after-tensor",
            with_weights(located("onnx__MatMul_123")),
        ),
        (
            "side-file-with-checksum",
            with_weights(external_tensor(
                "W",
                &[
                    ("location", "w.bin"),
                    ("offset", "4096"),
                    ("length", "64"),
                    ("checksum", "da39a3ee5e6b"),
                ],
            )),
        ),
        (
            "side-file-without-length",
            with_weights(external_tensor("W", &[("location", "w.bin")])),
        ),
        (
            "prepacked-weights",
            with_weights(external_tensor(
                "W",
                &[
                    ("location", "w.bin"),
                    ("offset", "0"),
                    ("length", "64"),
                    ("prepacked_0", "key|0;64;"),
                ],
            )),
        ),
        (
            "two-tensors-in-one-file",
            model(graph(
                [matmul()],
                [
                    located("w.bin"),
                    external_tensor("V", &[("location", "w.bin"), ("offset", "64")]),
                ],
            )),
        ),
        (
            "local-functions",
            model(graph([node("pkg.onnxscript.torch_lib", "aten_relu")], [])).message(
                25,
                function("pkg.onnxscript.torch_lib", "aten_relu", [node("", "Relu")]),
            ),
        ),
        ("runtime-operators", running("com.microsoft", "FusedMatMul")),
        (
            "later-runtime-operator",
            running("com.microsoft", "OperatorOfTomorrow"),
        ),
        (
            "tokenizer-operators",
            running("ai.onnx.contrib", "BertTokenizer"),
        ),
        (
            "classical-operators",
            running("ai.onnx.ml", "TreeEnsembleClassifier"),
        ),
        ("vendor-operators", running("mmdeploy", "grid_sampler")),
        ("plugin-operator", running("", "EfficientNMS_TRT")),
        ("old-operator", running("", "ThresholdedRelu")),
        (
            "subgraphs",
            model(graph(
                [node("", "If").message(5, graph_attribute("then_branch", sub))],
                [],
            )),
        ),
        (
            "metadata-with-labels",
            plain().message(14, pair("names", labels)),
        ),
        (
            "metadata-with-address",
            plain().message(14, pair("docs", "https://docs.example/models")),
        ),
        (
            "packed-int4",
            with_weights(raw_tensor("W", &[3, 3], 22, &[0; 5])),
        ),
        (
            "empty-tensor",
            with_weights(raw_tensor("W", &[0, 7], FLOAT, &[])),
        ),
        ("scalar", with_weights(raw_tensor("W", &[], FLOAT, &[0; 4]))),
        (
            "typed-data",
            with_weights(shaped("W", &[3], INT64).packed(7, &[1, 300, u64::MAX])),
        ),
        (
            "same-initializer-twice",
            model(graph([matmul()], [tensor("W", &[4]), tensor("W", &[4])])),
        ),
        ("compiled-context", model(graph([context], []))),
        (
            "text-tensor-with-words-of-code",
            with_weights(
                shaped("vocab", &[2], 8)
                    .text(6, "import os")
                    .text(6, "eval("),
            ),
        ),
    ]
    .into_iter()
    .map(|(name, model)| case("onnx-honest", name, Label::Benign, model))
    .collect()
}
