//! TensorFlow: graphs that read, write, call back and hide it; and what stock exporters write.

use crate::corpus::{Case, Label};
use crate::protobuf::Message;
use crate::tensorflow::{
    BOOL, FLOAT, STRING, bundle_entry, bundle_header, constant, function, graph, keras_metadata,
    meta_graph, node, numbers, packed_text, saved_model, shape, stock, table, text, texts,
    with_asset, with_function, with_init, with_text, with_texts,
};

const CALL: &str = "StatefulPartitionedCall";

pub(super) fn cases() -> Vec<Case> {
    [
        reads(),
        writes(),
        hidden(),
        disguised(),
        callbacks(),
        networks(),
        resources(),
        structures(),
        keras(),
        checkpoints(),
        texts_and_json(),
        honest(),
        honest_old(),
    ]
    .concat()
}

fn bad(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

fn good(name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single("tensorflow-honest", name, Label::Benign, file, bytes)
}

/// A stock SavedModel with a function of these nodes that a signature calls.
fn serving(nodes: Vec<Message>) -> Vec<u8> {
    let inner = function(
        "__inference_serve_7",
        &["x"],
        nodes,
        &[("out", "y:output:0")],
    );
    let call = with_function(
        node("StatefulPartitionedCall", CALL, &["serving_x"]),
        "f",
        "__inference_serve_7",
    );
    saved_model([stock(
        vec![node("serving_x", "Placeholder", &[]), call],
        vec![inner],
    )])
}

/// A SavedModel whose signature runs one operator over a constant.
fn operator(op: &str, operand: &str) -> Vec<u8> {
    serving(vec![text("c", operand), node("y", op, &["c:output:0"])])
}

/// One whose second input is the constant.
fn second(op: &str, operand: &str) -> Vec<u8> {
    serving(vec![
        text("c", operand),
        node("y", op, &["x", "c:output:0"]),
    ])
}

fn reads() -> Vec<Case> {
    const CLASS: &str = "tensorflow-file-read";
    let one =
        |name: &str, op: &str, path: &str| bad(CLASS, name, "saved_model.pb", operator(op, path));
    let two =
        |name: &str, op: &str, path: &str| bad(CLASS, name, "saved_model.pb", second(op, path));
    let vocabulary = with_text(
        node("y", "FixedUnigramCandidateSampler", &["x"]),
        "vocab_file",
        b"/etc/passwd",
    );
    let descriptor = with_text(
        node("y", "DecodeProtoV2", &["x"]),
        "descriptor_source",
        b"/etc/hostname",
    );
    let region = with_text(
        node("y", "ImmutableConst", &[]),
        "memory_region_name",
        b"/etc/hostname",
    );
    let pattern = with_text(
        node("y", "RecordInput", &[]),
        "file_pattern",
        b"/home/*/.ssh/*",
    );
    vec![
        one("read-file", "ReadFile", "/etc/passwd"),
        one("read-file-relative", "ReadFile", "../../.env"),
        one(
            "read-file-windows",
            "ReadFile",
            "C:\\Users\\me\\secrets.txt",
        ),
        one("read-file-scheme", "ReadFile", "file:///etc/passwd"),
        one("matching-files", "MatchingFiles", "/home/*/.ssh/*"),
        one("text-line-dataset", "TextLineDataset", "/etc/passwd"),
        one(
            "record-dataset",
            "TFRecordDatasetV2",
            "/data/private.tfrecord",
        ),
        one(
            "fixed-length-dataset",
            "FixedLengthRecordDatasetV2",
            "/dev/mem",
        ),
        one("csv-dataset", "CSVDatasetV2", "/srv/customers.csv"),
        two("sql-dataset", "SqlDataset", "/srv/customers.sqlite"),
        one("load-dataset", "LoadDataset", "/srv/saved"),
        two(
            "vocabulary-constant",
            "InitializeTableFromTextFileV2",
            "/etc/passwd",
        ),
        one("whole-file-reader", "WholeFileReaderV2", ""),
        bad(
            CLASS,
            "vocabulary-attribute",
            "saved_model.pb",
            serving(vec![vocabulary]),
        ),
        bad(
            CLASS,
            "descriptor-file",
            "saved_model.pb",
            serving(vec![descriptor]),
        ),
        bad(
            CLASS,
            "memory-region",
            "saved_model.pb",
            serving(vec![region]),
        ),
        bad(
            CLASS,
            "record-input",
            "saved_model.pb",
            serving(vec![pattern]),
        ),
        bad(
            CLASS,
            "caller-chosen",
            "saved_model.pb",
            serving(vec![node("y", "ReadFile", &["x"])]),
        ),
        bad(
            CLASS,
            "frozen-graph",
            "frozen.pb",
            graph(
                [text("c", "/etc/passwd"), node("y", "ReadFile", &["c"])],
                [],
            ),
        ),
        bad(
            CLASS,
            "meta-graph-secret",
            "model.meta",
            meta_graph(graph(
                [
                    text("c", "/root/.aws/credentials"),
                    node("y", "ReadFile", &["c"]),
                ],
                [],
            )),
        ),
    ]
}

fn writes() -> Vec<Case> {
    const CLASS: &str = "tensorflow-file-write";
    let one =
        |name: &str, op: &str, path: &str| bad(CLASS, name, "saved_model.pb", operator(op, path));
    let two =
        |name: &str, op: &str, path: &str| bad(CLASS, name, "saved_model.pb", second(op, path));
    let print = |target: &[u8]| with_text(node("y", "PrintV2", &["x"]), "output_stream", target);
    let debug = with_texts(
        node("y", "DebugIdentity", &["x"]),
        "debug_urls",
        &["file:///srv/dump"],
    );
    let dump = with_text(
        node("y", "DumpTensor", &["x"]),
        "log_dir_path",
        b"/srv/dump",
    );
    vec![
        one("write-file", "WriteFile", "/etc/cron.d/inert"),
        one("write-file-relative", "WriteFile", "notes.txt"),
        one("save-v2-constant", "SaveV2", "/home/me/.bashrc"),
        one("save-constant", "Save", "/srv/dump"),
        one("save-slices-constant", "SaveSlices", "../../dump"),
        two("merge-constant", "MergeV2Checkpoints", "/srv/dump"),
        two("save-dataset", "SaveDatasetV2", "/srv/dump"),
        two("dataset-to-records", "DatasetToTFRecord", "/srv/dump"),
        two("cache-dataset", "CacheDatasetV2", "/srv/dump"),
        two("snapshot-dataset", "SnapshotDatasetV2", "/srv/dump"),
        two("summary-writer", "CreateSummaryFileWriter", "/srv/dump"),
        bad(
            CLASS,
            "print-to-file",
            "saved_model.pb",
            serving(vec![print(b"file:///srv/dump")]),
        ),
        bad(
            CLASS,
            "debug-to-file",
            "saved_model.pb",
            serving(vec![debug]),
        ),
        bad(CLASS, "dump-tensor", "saved_model.pb", serving(vec![dump])),
        bad(
            CLASS,
            "caller-chosen",
            "saved_model.pb",
            serving(vec![node("y", "WriteFile", &["x", "x"])]),
        ),
        bad(
            CLASS,
            "frozen-graph",
            "graph.pb",
            graph(
                [text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])],
                [],
            ),
        ),
        bad(
            CLASS,
            "init-op",
            "saved_model.pb",
            saved_model([with_init(
                stock(
                    vec![text("c", "/srv/x"), node("init", "WriteFile", &["c", "c"])],
                    vec![],
                ),
                "init",
            )]),
        ),
        bad(
            CLASS,
            "meta-graph",
            "model.meta",
            meta_graph(graph(
                [text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])],
                [],
            )),
        ),
    ]
}

/// The same effects where a list of operators of the main graph does not show them.
fn hidden() -> Vec<Case> {
    const CLASS: &str = "tensorflow-hidden-effect";
    let case = |name: &str, bytes: Vec<u8>| bad(CLASS, name, "saved_model.pb", bytes);
    let joined = vec![
        text("a", "/etc"),
        text("b", "passwd"),
        with_text(
            node("j", "StringJoin", &["a:output:0", "b:output:0"]),
            "separator",
            b"/",
        ),
        node("y", "ReadFile", &["j:output:0"]),
    ];
    let decoded = vec![
        text("a", "L2V0Yy9wYXNzd2Q"),
        node("d", "DecodeBase64", &["a:output:0"]),
        node("y", "ReadFile", &["d:output:0"]),
    ];
    let saved = vec![
        text("a", "/SRV/DUMP"),
        node("l", "StringLower", &["a:output:0"]),
        node("y", "SaveV2", &["l:output:0", "x", "x", "x"]),
    ];
    let inner = function(
        "inner",
        &["p"],
        [node("y", "WriteFile", &["p", "p"])],
        &[("out", "y:output:0")],
    );
    let branch = with_function(
        node("y", "StatelessIf", &["x", "x"]),
        "then_branch",
        "inner",
    );
    let outer = function("outer", &["x"], [branch], &[("out", "y:output:0")]);
    let nested = saved_model([stock(vec![], vec![inner.clone(), outer])]);
    let list = with_in_list(node("y", "Case", &["x", "x"]), "branches", "inner");
    let in_list = saved_model([stock(vec![list], vec![inner.clone()])]);
    let direct = saved_model([stock(
        vec![text("c", "/srv/x"), node("y", "inner", &["c"])],
        vec![inner],
    )]);
    let second = stock(
        vec![text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])],
        vec![],
    );
    let mut late = stock(vec![], vec![]);
    late = late.message(
        2,
        graph(
            [text("c", "/srv/x"), node("z", "WriteFile", &["c", "c"])],
            [],
        ),
    );
    let twice = Message::new()
        .text(1, "z")
        .text(2, "WriteFile")
        .text(2, "NoOp")
        .text(3, "w");
    let element = vec![
        texts("c", &[b"/etc/passwd", b"/etc/shadow"]),
        node("d", "TensorSliceDataset", &["c:output:0"]),
        with_function(node("y", "MapDataset", &["d:handle:0"]), "f", "read_one"),
    ];
    let read_one = function(
        "read_one",
        &["p"],
        [node("r", "ReadFile", &["p"])],
        &[("out", "r:contents:0")],
    );
    let mapped = saved_model([stock(
        vec![],
        vec![function("f", &["x"], element, &[]), read_one],
    )]);
    vec![
        case("joined-path", serving(joined)),
        case("encoded-path", serving(decoded)),
        case("computed-save", serving(saved)),
        case(
            "packed-constant",
            serving(vec![
                packed_text("c", "/etc/passwd"),
                node("y", "ReadFile", &["c:output:0"]),
            ]),
        ),
        case("nested-branch", nested),
        case("branch-list", in_list),
        case("function-as-operator", direct),
        case(
            "second-meta-graph",
            saved_model([stock(vec![], vec![]), second]),
        ),
        case("second-graph", saved_model([late])),
        case("operator-twice", saved_model([stock(vec![twice], vec![])])),
        case("mapped-data-set", mapped),
        case(
            "passed-through-identity",
            serving(vec![
                text("c", "/etc/passwd"),
                node("i", "Identity", &["c:output:0"]),
                node("y", "ReadFile", &["i:output:0"]),
            ]),
        ),
        bad(
            CLASS,
            "renamed",
            "weights.bin",
            operator("WriteFile", "/srv/x"),
        ),
        bad(
            CLASS,
            "fields-out-of-order",
            "saved_model.pb",
            Message::new()
                .message(
                    2,
                    stock(
                        vec![text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])],
                        vec![],
                    ),
                )
                .varint(1, 1)
                .build(),
        ),
        bad(
            CLASS,
            "unknown-operator-with-path",
            "saved_model.pb",
            operator("Acme>LoadPlugin", "/srv/plugin.so"),
        ),
        bad(
            CLASS,
            "unknown-operator-with-address",
            "saved_model.pb",
            serving(vec![with_text(
                node("y", "Acme>Fetch", &[]),
                "source",
                b"http://example.test/x",
            )]),
        ),
        case(
            "graph-in-text",
            serving(vec![
                texts(
                    "c",
                    &[&graph(
                        [text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])],
                        [],
                    )
                    .build()],
                ),
                node("y", "DatasetFromGraph", &["c:output:0"]),
                node("z", "WriteFile", &["x", "x"]),
            ]),
        ),
    ]
}

/// The same where the beginning of the file does not look like what writers make of it.
fn disguised() -> Vec<Case> {
    const CLASS: &str = "tensorflow-disguise";
    let nodes = || [text("c", "/srv/x"), node("y", "WriteFile", &["c", "c"])];
    let polluted = nodes().map(|node| node.varint(99, 1).text(60, "inert"));
    let weights = Message::new()
        .varint(1, FLOAT)
        .message(2, shape(&[1 << 15]))
        .bytes(4, &[7; 1 << 17]);
    let late = crate::tensorflow::with(Message::new(), "value", Message::new().message(8, weights));
    let late = late.text(1, "w").text(2, "Const");
    let debug = Message::new()
        .bytes(5, &[b'x'; 1 << 17])
        .raw(&graph(nodes(), []).build());
    vec![
        bad(
            CLASS,
            "unknown-fields-in-nodes",
            "graph.pb",
            graph(polluted, []),
        ),
        bad(
            CLASS,
            "field-of-another-type",
            "graph.pb",
            Message::new().varint(1, 7).raw(&graph(nodes(), []).build()),
        ),
        bad(
            CLASS,
            "name-behind-weights",
            "weights.bin",
            graph([late.clone()].into_iter().chain(nodes()), []),
        ),
        bad(CLASS, "padding-before-nodes", "graph.pb", debug),
        Case::single(
            CLASS,
            "name-behind-weights-honest",
            Label::Benign,
            "weights.bin",
            graph([late], []),
        ),
    ]
}

fn with_in_list(node: Message, key: &str, function: &str) -> Message {
    let list = Message::new().message(9, Message::new().text(1, function));
    crate::tensorflow::with(node, key, Message::new().message(1, list))
}

fn callbacks() -> Vec<Case> {
    const CLASS: &str = "tensorflow-python-callback";
    let python = |op: &str| serving(vec![with_text(node("y", op, &["x"]), "token", b"pyfunc_0")]);
    let module = |target: &str| {
        let bytes = [b"ML\xefR\rStableHLO".as_slice(), target.as_bytes()].concat();
        serving(vec![with_text(
            node("y", "XlaCallModule", &["x"]),
            "module",
            &bytes,
        )])
    };
    let target = with_text(
        node("y", "XlaCustomCallV2", &["x"]),
        "call_target_name",
        b"xla_python_cpu_callback",
    );
    vec![
        bad(CLASS, "py-func", "saved_model.pb", python("PyFunc")),
        bad(
            CLASS,
            "py-func-stateless",
            "saved_model.pb",
            python("PyFuncStateless"),
        ),
        bad(
            CLASS,
            "eager-py-func",
            "saved_model.pb",
            python("EagerPyFunc"),
        ),
        bad(
            CLASS,
            "compiled-module",
            "saved_model.pb",
            module("xla_python_cpu_callback"),
        ),
        bad(
            CLASS,
            "compiled-module-ffi",
            "saved_model.pb",
            module("xla_ffi_python_cpu_callback"),
        ),
        bad(
            CLASS,
            "custom-call",
            "saved_model.pb",
            serving(vec![target]),
        ),
        bad(
            CLASS,
            "meta-graph",
            "model.meta",
            meta_graph(graph(
                [with_text(node("y", "PyFunc", &[]), "token", b"pyfunc_0")],
                [],
            )),
        ),
    ]
}

fn networks() -> Vec<Case> {
    const CLASS: &str = "tensorflow-network";
    let one = |name: &str, op: &str, address: &str| {
        bad(CLASS, name, "saved_model.pb", operator(op, address))
    };
    let service = serving(vec![
        text("c", "example.test:5000"),
        node("y", "DataServiceDatasetV4", &["x", "x", "c:output:0", "x"]),
    ]);
    let debug = with_texts(
        node("y", "DebugNanCount", &["x"]),
        "debug_urls",
        &["grpc://example.test:1"],
    );
    vec![
        one("rpc-client", "RpcClient", "example.test:80"),
        one("rpc-server", "RpcServer", "0.0.0.0:80"),
        one("try-rpc", "TryRpc", "example.test:80"),
        one("read-address", "ReadFile", "http://example.test/x"),
        one("read-share", "ReadFile", "\\\\example.test\\share\\x"),
        one("remote-call", "RemoteCall", "/job:worker/replica:0/task:1"),
        bad(CLASS, "data-service", "saved_model.pb", service),
        bad(
            CLASS,
            "debug-address",
            "saved_model.pb",
            serving(vec![debug]),
        ),
    ]
}

fn resources() -> Vec<Case> {
    const CLASS: &str = "tensorflow-exhaustion";
    let case = |name: &str, bytes: Vec<u8>| bad(CLASS, name, "saved_model.pb", bytes);
    let itself = with_function(node("y", CALL, &["x"]), "f", "again");
    let again = function("again", &["x"], [itself], &[("out", "y:output:0")]);
    let mut levels = vec![function(
        "f0",
        &["x"],
        [node("y", "Neg", &["x"])],
        &[("out", "y:y:0")],
    )];
    for level in 1..40 {
        let below = format!("f{}", level - 1);
        let calls =
            ["a", "b", "c"].map(|name| with_function(node(name, CALL, &["x"]), "f", &below));
        levels.push(function(
            &format!("f{level}"),
            &["x"],
            calls,
            &[("out", "a:output:0")],
        ));
    }
    let truth = Message::new()
        .varint(1, BOOL)
        .message(2, shape(&[]))
        .varint(11, 1);
    let always = function(
        "always",
        &["x"],
        [constant("t", truth)],
        &[("out", "t:output:0")],
    );
    let body = function("body", &["x"], [], &[("out", "x")]);
    let endless = with_function(node("y", "StatelessWhile", &["x"]), "cond", "always");
    let endless = with_function(endless, "body", "body");
    let huge = |sizes: &[i64]| {
        Message::new()
            .varint(1, FLOAT)
            .message(2, shape(sizes))
            .fixed32(5, 0)
    };
    let short = Message::new()
        .varint(1, FLOAT)
        .message(2, shape(&[1000]))
        .bytes(4, &[0; 4]);
    vec![
        case(
            "function-calls-itself",
            saved_model([stock(vec![], vec![again])]),
        ),
        case("functions-unfold", saved_model([stock(vec![], levels)])),
        case(
            "endless-loop",
            saved_model([stock(vec![endless], vec![always, body])]),
        ),
        case(
            "constant-expands",
            serving(vec![constant("y", huge(&[1 << 20, 1 << 14]))]),
        ),
        case(
            "constant-overflows",
            serving(vec![constant("y", huge(&[1 << 40, 1 << 40]))]),
        ),
        case(
            "constant-negative",
            serving(vec![constant("y", huge(&[-5]))]),
        ),
        case("constant-too-short", serving(vec![constant("y", short)])),
        case(
            "fill-huge",
            serving(vec![
                numbers("c", &[1 << 20, 1 << 20, 64]),
                node("y", "Fill", &["c:output:0", "x"]),
            ]),
        ),
    ]
}

fn structures() -> Vec<Case> {
    const CLASS: &str = "tensorflow-structure";
    let case = |name: &str, bytes: Vec<u8>| bad(CLASS, name, "saved_model.pb", bytes);
    let asset = |file: &str| saved_model([with_asset(stock(vec![], vec![]), "asset:0", file)]);
    let same = vec![node("n", "NoOp", &[]), node("n", "Abort", &[])];
    let other = function(
        "MatMul",
        &["a"],
        [node("y", "Neg", &["a"])],
        &[("out", "y:y:0")],
    );
    let once = function("f", &["a"], [node("y", "Neg", &["a"])], &[("out", "y:y:0")]);
    let again = function("f", &["a"], [node("y", "Abs", &["a"])], &[("out", "y:y:0")]);
    let twice = with_text(node("n", "PrintV2", &["w"]), "output_stream", b"stderr");
    let twice = with_text(twice, "output_stream", b"stdout");
    vec![
        case("asset-climbs", asset("../../../etc/passwd")),
        case("asset-absolute", asset("/etc/passwd")),
        case("asset-share", asset("\\\\host\\share\\x")),
        case("node-twice", saved_model([stock(same, vec![])])),
        case(
            "function-shadows-operator",
            saved_model([stock(vec![], vec![other])]),
        ),
        case(
            "function-twice",
            saved_model([stock(vec![], vec![once, again])]),
        ),
        case("attribute-twice", saved_model([stock(vec![twice], vec![])])),
    ]
}

const DENSE: &str = r#"{"class_name": "Dense", "name": "dense", "trainable": true, "config": {"name": "dense", "units": 4, "activation": "linear"}}"#;
const LAMBDA: &str = r#"{"class_name": "Lambda", "name": "lambda", "config": {"name": "lambda", "function": {"class_name": "__tuple__", "items": ["4wEAAAAAAAAAAAAAAAAAAAAAAAAAAABpbmVydCBpbmVydCBpbmVydA==\n", null, null]}, "function_type": "lambda", "module": "__main__", "output_shape": null, "arguments": {}}}"#;

fn keras() -> Vec<Case> {
    const CLASS: &str = "tensorflow-keras-lambda";
    let model = format!(
        r#"{{"class_name": "Sequential", "name": "s", "config": {{"name": "s", "layers": [{DENSE}, {LAMBDA}]}}}}"#
    );
    let user = Message::new().text(1, "_tf_keras_layer").text(3, LAMBDA);
    let objects = Message::new().message(1, Message::new().message(4, user));
    vec![
        bad(
            CLASS,
            "metadata",
            "keras_metadata.pb",
            keras_metadata(&[("_tf_keras_network", DENSE), ("_tf_keras_layer", LAMBDA)]),
        ),
        bad(
            CLASS,
            "metadata-nested",
            "keras_metadata.pb",
            keras_metadata(&[("_tf_keras_sequential", &model)]),
        ),
        bad(
            CLASS,
            "metadata-renamed",
            "extra.bin",
            keras_metadata(&[("_tf_keras_layer", LAMBDA)]),
        ),
        bad(
            CLASS,
            "user-object",
            "saved_model.pb",
            saved_model([stock(vec![], vec![]).message(7, objects)]),
        ),
    ]
}

fn index(entries: &[(&str, Message)]) -> Vec<u8> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(key, value)| (*key, value.clone().build()))
        .collect();
    table(&entries)
}

fn checkpoints() -> Vec<Case> {
    const CLASS: &str = "tensorflow-checkpoint";
    let file = "variables.index";
    let entry =
        |sizes: &[i64], shard, offset, size| bundle_entry(FLOAT, sizes, shard, offset, size);
    let case = |name: &str, value: Message| {
        bad(
            CLASS,
            name,
            file,
            index(&[("", bundle_header(1)), ("w", value)]),
        )
    };
    vec![
        case("shard-that-is-not", entry(&[2], 7, 0, 8)),
        case("offset-negative", entry(&[2], 0, -8, 8)),
        case("size-lies", entry(&[2], 0, 0, 1 << 40)),
        case("shape-lies", entry(&[1 << 30, 1 << 30], 0, 0, 8)),
        bad(
            CLASS,
            "stretches-overlap",
            file,
            index(&[
                ("", bundle_header(1)),
                ("a", entry(&[4], 0, 0, 16)),
                ("b", entry(&[4], 0, 8, 16)),
            ]),
        ),
        bad(
            CLASS,
            "name-twice",
            file,
            index(&[
                ("", bundle_header(1)),
                ("a", entry(&[4], 0, 0, 16)),
                ("a", entry(&[4], 0, 16, 16)),
            ]),
        ),
        bad(
            CLASS,
            "state-names-other-machine",
            "checkpoint",
            "model_checkpoint_path: \"\\\\\\\\example.test\\\\share\\\\model\"\n",
        ),
    ]
}

const NODE_TEXT: &str = r#"node {
  name: "c"
  op: "Const"
  attr { key: "dtype" value { type: DT_STRING } }
  attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { } string_val: "PATH" } } }
}
node { name: "y" op: "OPERATOR" input: "c" input: "c" }
versions { producer: 1395 }
"#;

fn graph_text(op: &str, path: &str) -> String {
    NODE_TEXT.replace("OPERATOR", op).replace("PATH", path)
}

fn texts_and_json() -> Vec<Case> {
    const CLASS: &str = "tensorflow-text";
    let meta = format!("graph_def {{ {} }}", graph_text("WriteFile", "/srv/x"));
    let saved = format!("saved_model_schema_version: 1\nmeta_graphs {{ {meta} }}\n");
    let js = |paths: &str| {
        format!(
            r#"{{"format": "layers-model", "generatedBy": "keras v2.15.0", "convertedBy": "TensorFlow.js Converter v4.0.0", "modelTopology": {{"keras_version": "2.15.0", "backend": "tensorflow", "model_config": {{"class_name": "Sequential", "config": {{"name": "s", "layers": [{DENSE}]}}}}}}, "weightsManifest": [{{"paths": [{paths}], "weights": []}}]}}"#
        )
    };
    let graph_js = r#"{"format": "graph-model", "modelTopology": {"node": [{"name": "c", "op": "Const", "attr": {"value": {"tensor": {"dtype": "DT_STRING", "tensorShape": {}, "stringVal": ["L3Nydi94"]}}}}, {"name": "y", "op": "WriteFile", "input": ["c", "c"]}], "versions": {"producer": 1395}}, "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": []}]}"#;
    vec![
        bad(
            CLASS,
            "graph",
            "frozen.pbtxt",
            graph_text("WriteFile", "/srv/x"),
        ),
        bad(
            CLASS,
            "graph-read-escaped",
            "frozen.pbtxt",
            graph_text("ReadFile", "\\057etc\\x2fpasswd"),
        ),
        bad(
            CLASS,
            "graph-read-joined",
            "frozen.pbtxt",
            graph_text("ReadFile", "/et\" 'c/passwd' \""),
        ),
        bad(
            CLASS,
            "graph-behind-comment",
            "frozen.pbtxt",
            format!("# inert\n{}", graph_text("WriteFile", "/srv/x")),
        ),
        bad(CLASS, "saved-model", "saved_model.pbtxt", saved),
        bad(CLASS, "meta-graph", "model.meta", meta),
        bad(
            CLASS,
            "javascript-path-climbs",
            "model.json",
            js("\"../../secret.bin\""),
        ),
        bad(
            CLASS,
            "javascript-address",
            "model.json",
            js("\"https://example.test/w.bin\""),
        ),
        bad(CLASS, "javascript-graph-writes", "model.json", graph_js),
        good(
            "javascript-layers",
            "model.json",
            js("\"group1-shard1of2.bin\", \"group1-shard2of2.bin\""),
        ),
        good(
            "javascript-graph",
            "model.json",
            graph_js.replace("WriteFile", "StringSplit"),
        ),
        good(
            "text-graph",
            "frozen.pbtxt",
            graph_text("StringSplit", "a b"),
        ),
    ]
}

fn honest() -> Vec<Case> {
    let file = "saved_model.pb";
    let print = |target: &[u8]| with_text(node("y", "PrintV2", &["x"]), "output_stream", target);
    let table_init = function(
        "init_table",
        &["table", "file"],
        [node(
            "y",
            "InitializeTableFromTextFileV2",
            &["table", "file"],
        )],
        &[],
    );
    let vocabulary = vec![
        text("asset_path", "/home/me/train/vocab.txt"),
        node("table", "HashTableV2", &[]),
        with_function(
            node("init", CALL, &["table", "asset_path"]),
            "f",
            "init_table",
        ),
    ];
    let vocabulary = with_init(stock(vocabulary, vec![table_init]), "init");
    let read_asset = vec![
        text("asset_path", "/home/me/x"),
        node("r", "ReadFile", &["asset_path"]),
    ];
    let zeros = Message::new()
        .varint(1, FLOAT)
        .message(2, shape(&[1024, 1024]))
        .fixed32(5, 0);
    let custom = vec![
        with_text(
            node("y", "SentencepieceOp", &[]),
            "model",
            b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02",
        ),
        node("z", "CaseFoldUTF8", &["x"]),
    ];
    let regex = vec![
        with_text(
            node("y", "StaticRegexReplace", &["x"]),
            "pattern",
            b"[!\"#$%&()\\*/:;<=>\\?]",
        ),
        node("z", "StringSplitV2", &["y:output:0", "x"]),
        node("a", "Assert", &["x", "x"]),
    ];
    let cache = vec![
        text("c", ""),
        node("d", "TensorSliceDataset", &["x"]),
        node("y", "CacheDatasetV2", &["d:handle:0", "c:output:0", "x"]),
    ];
    let module = with_text(
        node("y", "XlaCallModule", &["x"]),
        "module",
        b"ML\xefR\rStableHLO_v1.0.0 stablehlo.add",
    );
    vec![
        good("stock", file, saved_model([stock(vec![], vec![])])),
        good("print-to-stderr", file, serving(vec![print(b"stderr")])),
        good("print-to-log", file, serving(vec![print(b"log(info)")])),
        good(
            "vocabulary-asset",
            file,
            saved_model([with_asset(vocabulary, "asset_path:0", "vocab.txt")]),
        ),
        good(
            "read-asset",
            file,
            saved_model([with_asset(
                stock(read_asset, vec![]),
                "asset_path:0",
                "x.txt",
            )]),
        ),
        good("zeros", file, serving(vec![constant("y", zeros)])),
        good("operators-of-other-libraries", file, serving(custom)),
        good("text-preprocessing", file, serving(regex)),
        good("cache-in-memory", file, serving(cache)),
        good("compiled-module", file, serving(vec![module])),
        good(
            "descriptor-in-process",
            file,
            serving(vec![with_text(
                node("y", "DecodeProtoV2", &["x"]),
                "descriptor_source",
                b"local://",
            )]),
        ),
        good(
            "keras-metadata",
            "keras_metadata.pb",
            keras_metadata(&[("_tf_keras_sequential", DENSE), ("_tf_keras_layer", DENSE)]),
        ),
        good(
            "checkpoint",
            "variables.index",
            index(&[
                ("", bundle_header(1)),
                (
                    "_CHECKPOINTABLE_OBJECT_GRAPH",
                    bundle_entry(STRING, &[], 0, 24, 99),
                ),
                (
                    "w/.ATTRIBUTES/VARIABLE_VALUE",
                    bundle_entry(FLOAT, &[2, 3], 0, 0, 24),
                ),
            ]),
        ),
    ]
}

fn honest_old() -> Vec<Case> {
    let saver = [
        text("save/Const", "model"),
        texts("save/names", &[b"w"]),
        node("w", "VariableV2", &[]),
        node(
            "save/SaveV2",
            "SaveV2",
            &["save/Const", "save/names", "save/names", "w"],
        ),
        node(
            "save/RestoreV2",
            "RestoreV2",
            &["save/Const", "save/names", "save/names"],
        ),
    ];
    let pipeline = [
        texts("files", &[b"/data/train-00000", b"/data/train-00001"]),
        node("queue", "FIFOQueueV2", &[]),
        node("enqueue", "QueueEnqueueManyV2", &["queue", "files"]),
        node("reader", "TFRecordReaderV2", &[]),
        node("read", "ReaderReadV2", &["reader", "queue"]),
        node("records", "TFRecordDataset", &["files"]),
    ];
    let warm = [
        text("init/prefix", "/home/me/bert/bert_model.ckpt"),
        node(
            "init/RestoreV2",
            "RestoreV2",
            &["init/prefix", "init/prefix", "init/prefix"],
        ),
    ];
    let vocabulary = [
        text("file", "/home/me/vocab.txt"),
        node("table", "HashTableV2", &[]),
        node("init", "InitializeTableFromTextFileV2", &["table", "file"]),
    ];
    vec![
        good(
            "frozen",
            "frozen.pb",
            graph([numbers("w", &[1, 2]), node("y", "Neg", &["w"])], []),
        ),
        good("frozen-with-saver", "graph.pb", graph(saver.clone(), [])),
        good(
            "meta-graph-with-saver",
            "model.ckpt-7.meta",
            meta_graph(graph(saver, [])),
        ),
        good(
            "meta-graph-with-pipeline",
            "model.meta",
            meta_graph(graph(pipeline, [])),
        ),
        good(
            "warm-start",
            "saved_model.pb",
            saved_model([stock(warm.to_vec(), vec![])]),
        ),
        good("frozen-vocabulary", "graph.pb", graph(vocabulary, [])),
        good(
            "checkpoint-state",
            "checkpoint",
            "model_checkpoint_path: \"/home/me/train/model.ckpt-7\"\nall_model_checkpoint_paths: \"/home/me/train/model.ckpt-7\"\n",
        ),
    ]
}
