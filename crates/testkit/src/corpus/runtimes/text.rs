//! Text formats: programs of PyTorch export, OpenVINO, MXNet graphs, ncnn, Triton, TorchServe, llamafile arguments.

use super::{Case, bad, good};

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [
        torch_export(),
        openvino(),
        mxnet(),
        ncnn(),
        triton(),
        torchserve(),
        arguments(),
    ]
    .concat()
}

/// A program with one node, one symbolic size and one guard.
fn program(target: &str, size: &str, guard: &str) -> String {
    let size = size.replace('\\', "\\\\").replace('"', "\\\"");
    let guard = guard.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"{{"graph_module": {{"graph": {{"inputs": [], "outputs": [], "nodes": [{{"target": "{target}", "inputs": [], "outputs": [], "metadata": {{"stack_trace": "x = self.l(x)"}}}}], "tensor_values": {{"x": {{"dtype": 7, "sizes": [{{"as_expr": {{"expr_str": "{size}", "hint": {{"as_int": 3}}}}}}]}}}}}}, "signature": {{}}, "module_call_graph": []}}, "opset_version": {{"aten": 10}}, "range_constraints": {{"s77": {{"min_val": 2, "max_val": 64}}}}, "schema_version": {{"major": 8, "minor": 14}}, "verifiers": ["TRAINING"], "torch_version": "2.9.0", "guards_code": ["{guard}"]}}"#
    )
}

const ADD: &str = "torch.ops.aten.add.Tensor";
const SIZE: &str = "Symbol('s77', positive=True, integer=True)";
const GUARD: &str = "L['x'].size()[0] <= 64";

fn torch_export() -> Vec<Case> {
    let case = |name: &str, target: &str, size: &str, guard: &str| {
        bad(
            "torch-export",
            name,
            "models/model.json",
            program(target, size, guard),
        )
    };
    let honest = |name: &str, target: &str, size: &str, guard: &str| {
        good(
            "torch-export-honest",
            name,
            "models/model.json",
            program(target, size, guard),
        )
    };
    let payload = |path: &str| {
        format!(
            r#"{{"config": {{"l.weight": {{"path_name": "{path}", "is_param": true, "use_pickle": false, "tensor_meta": null}}}}}}"#
        )
    };
    vec![
        case("target-os-system", "torch.os.system", SIZE, GUARD),
        case("target-load", "torch.load", SIZE, GUARD),
        case("target-hub", "torch.hub.load", SIZE, GUARD),
        case("target-load-library", "torch.ops.load_library", SIZE, GUARD),
        case("target-methodcaller", "_operator.methodcaller", SIZE, GUARD),
        case(
            "target-globals",
            "torch.nn.functional.relu.__globals__",
            SIZE,
            GUARD,
        ),
        case("target-outside-ops", "torch.nn.utils.convert", SIZE, GUARD),
        case(
            "target-through-package",
            "torch._higher_order_ops.utils.sys.modules",
            SIZE,
            GUARD,
        ),
        case(
            "size-imports",
            ADD,
            "__import__('os').system('echo inert')",
            GUARD,
        ),
        case("size-eval", ADD, "eval(s77)", GUARD),
        case(
            "size-attribute",
            ADD,
            "Symbol('s77').__class__.__mro__",
            GUARD,
        ),
        case("size-lambda", ADD, "(lambda: s77)()", GUARD),
        case("size-text", ADD, "sympify('exec(1)')", GUARD),
        case("size-unknown-function", ADD, "acme_size(s77)", GUARD),
        case(
            "guard-closes-early",
            ADD,
            SIZE,
            "True, '') or print('inert'",
        ),
        case(
            "guard-imports",
            ADD,
            SIZE,
            "__import__('os').system('echo inert') == 0",
        ),
        case("guard-attribute", ADD, SIZE, "L['x'].__class__ == 1"),
        bad(
            "torch-export",
            "payload-escapes",
            "data/weights/model_weights_config.json",
            payload("../../../etc/inert"),
        ),
        bad(
            "torch-export",
            "payload-absolute",
            "data/weights/model_weights_config.json",
            payload("/etc/inert"),
        ),
        honest("plain", ADD, SIZE, GUARD),
        honest(
            "higher-order",
            "torch.ops.higher_order.cond",
            "FloorDiv(Symbol('s77', integer=True), Integer(2))",
            "(L['x'].size()[0] // 2) <= L['k']['a'].size()[0]",
        ),
        honest(
            "size-arithmetic",
            "_operator.floordiv",
            "Max(1, s77*2 - u0)",
            "L['mode'] == 'bilinear'",
        ),
        honest("own-operator", "torch.ops.acme.fused.default", SIZE, GUARD),
        good(
            "torch-export-honest",
            "payload",
            "data/weights/model_weights_config.json",
            payload("weight_0"),
        ),
    ]
}

fn network(layers: &str, edges: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<net name="n" version="11">
	<layers>
		<layer id="0" name="x" type="Parameter" version="opset1"><data shape="1,4" element_type="f32" /></layer>
		{layers}
		<layer id="9" name="r" type="Result" version="opset1" />
	</layers>
	<edges><edge from-layer="0" from-port="0" to-layer="9" to-port="0" />{edges}</edges>
	<rt_info><MO_version value="2024.1" /></rt_info>
</net>"#
    )
}

fn constant(shape: &str, offset: &str, size: &str) -> String {
    network(
        &format!(
            r#"<layer id="1" name="w" type="Const" version="opset1"><data element_type="f32" shape="{shape}" offset="{offset}" size="{size}" /></layer>"#
        ),
        "",
    )
}

fn openvino() -> Vec<Case> {
    let case = |name: &str, text: String| bad("openvino-xml", name, "model.xml", text);
    let typed =
        |declaration: &str| network("", "").replace("<net", &format!("{declaration}\n<net"));
    let deep = format!("{}{}", "<body>".repeat(400), "</body>".repeat(400));
    vec![
        case(
            "external-entity",
            typed(r#"<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/inert">]>"#),
        ),
        case(
            "external-type",
            typed(r#"<!DOCTYPE net SYSTEM "http://inert.invalid/net.dtd">"#),
        ),
        case(
            "entity-expansion",
            typed(r#"<!DOCTYPE net [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>"#),
        ),
        case(
            "constant-overflows",
            constant("2", "18446744073709551612", "8"),
        ),
        case("constant-negative-offset", constant("2", "-8", "8")),
        case(
            "constant-shape-overflows",
            constant("4294967296, 4294967296", "0", "8"),
        ),
        case(
            "constant-smaller-than-shape",
            constant("1024, 1024", "0", "8"),
        ),
        case(
            "edge-to-missing-layer",
            network(
                "",
                r#"<edge from-layer="0" from-port="0" to-layer="77" to-port="0" />"#,
            ),
        ),
        case(
            "duplicate-layer",
            network(
                r#"<layer id="0" name="y" type="Relu" version="opset1" />"#,
                "",
            ),
        ),
        case("bodies-without-end", network(&deep, "")),
        case(
            "library-in-layer",
            network(
                r#"<layer id="2" name="p" type="Custom" version="ext"><data library="/tmp/libinert.so" /></layer>"#,
                "",
            ),
        ),
        case(
            "weights-elsewhere",
            network("", "").replace(
                "<rt_info>",
                r#"<rt_info><weights_path value="../../w.bin" />"#,
            ),
        ),
        good(
            "openvino-honest",
            "plain",
            "model.xml",
            constant("2", "0", "8"),
        ),
        good(
            "openvino-honest",
            "empty-constant",
            "model.xml",
            constant("0, 3", "0", "1"),
        ),
        good(
            "openvino-honest",
            "own-layer",
            "model.xml",
            network(
                r#"<layer id="2" name="p" type="AcmeNorm" version="extension" />"#,
                "",
            ),
        ),
    ]
}

fn graph(node: &str) -> String {
    format!(
        r#"{{"nodes": [{{"op": "null", "name": "data", "inputs": []}}, {node}], "arg_nodes": [0], "heads": [[1, 0, 0]], "attrs": {{"mxnet_version": ["int", 10901]}}}}"#
    )
}

fn mxnet() -> Vec<Case> {
    let case = |name: &str, node: &str| bad("mxnet-symbol", name, "net-symbol.json", graph(node));
    vec![
        case(
            "custom-python-operator",
            r#"{"op": "Custom", "name": "c", "attrs": {"op_type": "acme_op"}, "inputs": [[0, 0, 0]]}"#,
        ),
        case(
            "custom-in-old-attributes",
            r#"{"op": "Custom", "param": {"op_type": "acme_op"}, "name": "c", "inputs": [[0, 0]], "backward_source_id": -1}"#,
        ),
        case(
            "native-pointer",
            r#"{"op": "_Native", "name": "c", "attrs": {"info": "0x7f0000001000"}, "inputs": [[0, 0, 0]]}"#,
        ),
        case(
            "ndarray-pointer",
            r#"{"op": "_NDArray", "name": "c", "attrs": {"info": "0x7f0000001000"}, "inputs": [[0, 0, 0]]}"#,
        ),
        case(
            "reads-image",
            r#"{"op": "_cvimread", "name": "c", "attrs": {"filename": "/etc/inert"}, "inputs": []}"#,
        ),
        case(
            "shape-overflows",
            r#"{"op": "_zeros", "name": "c", "attrs": {"shape": "(4294967296, 4294967296, 8)"}, "inputs": []}"#,
        ),
        case(
            "input-beyond",
            r#"{"op": "relu", "name": "c", "inputs": [[400, 0, 0]]}"#,
        ),
        case(
            "custom-in-subgraph",
            r#"{"op": "_CachedOp", "name": "s", "inputs": [[0, 0, 0]], "subgraphs": [{"nodes": [{"op": "Custom", "name": "c", "attrs": {"op_type": "acme_op"}, "inputs": []}]}]}"#,
        ),
        good(
            "mxnet-honest",
            "convolution",
            "net-symbol.json",
            graph(
                r#"{"op": "Convolution", "name": "c", "attrs": {"kernel": "(3, 3)", "num_filter": "8"}, "inputs": [[0, 0, 0]]}"#,
            ),
        ),
        good(
            "mxnet-honest",
            "own-operator",
            "net-symbol.json",
            graph(r#"{"op": "acme_gemm", "name": "c", "attrs": {}, "inputs": [[0, 0, 0]]}"#),
        ),
        good(
            "mxnet-honest",
            "unknown-shape",
            "net-symbol.json",
            graph(
                r#"{"op": "null", "name": "w", "attrs": {"__shape__": "(0, -1, 3, 3)", "__dtype__": "0"}, "inputs": []}"#,
            ),
        ),
    ]
}

fn ncnn() -> Vec<Case> {
    let net =
        |counts: &str, layer: &str| format!("7767517\n{counts}\nInput in 0 1 data 0=4\n{layer}\n");
    let case = |name: &str, text: String| bad("ncnn-structure", name, "net.param", text);
    vec![
        case(
            "layers-beyond-text",
            net("2147483647 2", "ReLU r 1 1 data out"),
        ),
        case("blobs-negative", net("2 -1", "ReLU r 1 1 data out")),
        case(
            "inputs-beyond-text",
            net("2 2", "ReLU r 100000000 1 data out"),
        ),
        case(
            "array-length-lies",
            net("2 2", "Slice s 1 1 data out -23300=100000000,1"),
        ),
        good(
            "ncnn-honest",
            "plain",
            "net.param",
            net("2 2", "ReLU r 1 1 data out"),
        ),
        good(
            "ncnn-honest",
            "own-layer",
            "net.param",
            net("2 2", "AcmeFocus r 1 1 data out -23303=2,4,5"),
        ),
    ]
}

fn triton() -> Vec<Case> {
    let head = "name: \"m\"\nmax_batch_size: 8\ninput [ { name: \"x\" data_type: TYPE_FP32 dims: [ 4 ] } ]\n";
    let case = |name: &str, rest: &str| {
        bad(
            "triton-config",
            name,
            "m/config.pbtxt",
            format!("{head}{rest}\n"),
        )
    };
    let honest = |name: &str, rest: &str| {
        good(
            "triton-honest",
            name,
            "m/config.pbtxt",
            format!("{head}{rest}\n"),
        )
    };
    let environment = |path: &str| {
        format!(
            "backend: \"python\"\nparameters: {{ key: \"EXECUTION_ENV_PATH\", value: {{ string_value: \"{path}\" }} }}"
        )
    };
    vec![
        case(
            "operator-library",
            "platform: \"tensorflow_savedmodel\"\nmodel_operations { op_library_filename: [ \"libinert.so\" ] }",
        ),
        case(
            "runtime-library",
            "backend: \"onnxruntime\"\nruntime: \"libinert.so\"",
        ),
        case("backend-path", "backend: \"../../tmp/inert\""),
        case(
            "file-escapes",
            "backend: \"onnxruntime\"\ndefault_model_filename: \"../../inert.onnx\"",
        ),
        case(
            "file-for-device-escapes",
            "platform: \"tensorrt_plan\"\ncc_model_filenames [ { key: \"8.0\" value: \"../../../inert.plan\" } ]",
        ),
        case(
            "environment-escapes",
            &environment("$$TRITON_MODEL_DIRECTORY/../../inert.tar.gz"),
        ),
        case(
            "environment-remote",
            &environment("https://inert.invalid/env.tar.gz"),
        ),
        case(
            "warm-up-escapes",
            "backend: \"onnxruntime\"\nmodel_warmup [ { name: \"w\" inputs { key: \"x\" value: { input_data_file: \"../../inert\" } } } ]",
        ),
        honest(
            "python-backend",
            &environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz"),
        ),
        honest(
            "plain",
            "backend: \"onnxruntime\"\ninstance_group [ { kind: KIND_GPU } ]\ndynamic_batching { }",
        ),
        honest(
            "own-backend",
            "backend: \"acme\"\noutput [ { name: \"y\" data_type: TYPE_FP32 dims: [ -1 ] } ]",
        ),
    ]
}

fn torchserve() -> Vec<Case> {
    let manifest = |handler: &str, file: &str| {
        format!(
            r#"{{"createdOn": "01/01/2024 00:00:00", "runtime": "python", "model": {{"modelName": "m", "serializedFile": "{file}", "handler": "{handler}", "modelVersion": "1.0"}}, "archiverVersion": "0.12.0"}}"#
        )
    };
    let case = |name: &str, handler: &str, file: &str| {
        bad(
            "torchserve-manifest",
            name,
            "MAR-INF/MANIFEST.json",
            manifest(handler, file),
        )
    };
    vec![
        case("handler-escapes", "../../tmp/inert.py", "m.pt"),
        case("handler-absolute", "/tmp/inert.py:handle", "m.pt"),
        case("weights-escape", "image_classifier", "../../../inert.pt"),
        case(
            "weights-remote",
            "image_classifier",
            "https://inert.invalid/m.pt",
        ),
        good(
            "torchserve-honest",
            "builtin-handler",
            "MAR-INF/MANIFEST.json",
            manifest("image_classifier", "m.pt"),
        ),
        good(
            "torchserve-honest",
            "own-handler",
            "MAR-INF/MANIFEST.json",
            manifest("handler.py:handle", "m.pt"),
        ),
    ]
}

fn arguments() -> Vec<Case> {
    let case = |name: &str, text: &str| bad("llamafile-args", name, ".args", text);
    vec![
        case("serves-the-root", "-m\nm.gguf\n--server\n--path\n/\n"),
        case("sandbox-off", "-m\nm.gguf\n--unsecure\n"),
        case(
            "fetches-weights",
            "--model-url\nhttps://inert.invalid/m.gguf\n",
        ),
        case("remote-workers", "-m\nm.gguf\n--rpc\ninert.invalid:50052\n"),
        case("writes-a-file", "-m\nm.gguf\n--log-file\n/etc/inert\n"),
        case("reads-a-prompt", "-m\nm.gguf\n-f\n/etc/inert\n"),
        good(
            "llamafile-honest",
            "as-the-readme-shows",
            ".args",
            "-m\nm.gguf\n--mmproj\nmm.gguf\n--host\n0.0.0.0\n-ngl\n9999\n...\n",
        ),
        good(
            "llamafile-honest",
            "chat",
            ".args",
            "-m\n/zip/m.gguf\n--temp\n0.7\n-c\n0\n",
        ),
    ]
}
