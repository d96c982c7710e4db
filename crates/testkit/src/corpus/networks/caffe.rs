//! Caffe, Caffe2 and CNTK: layers and functions that import Python, operators that touch files; and honest networks.

use super::super::{Case, Label};
use crate::protobuf::Message;

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [texts(), binaries(), operators(), dictionaries(), honest()].concat()
}

fn text(class: &'static str, name: &str, label: Label, layer: &str) -> Case {
    let content = format!(
        "# a small network\nname: \"net\"\nlayer {{\n  name: \"data\"\n  type: \"Input\"\n  top: \"data\"\n}}\n{layer}\n"
    );
    Case::single(class, name, label, "deploy.prototxt", content)
}

fn python(module: &str, class: &str, parameter: &str) -> String {
    format!(
        "layer {{ name: 'p' type: 'Python' bottom: 'data' top: 'p'\n  python_param {{ module: '{module}' layer: \
         '{class}' param_str: \"{parameter}\" }} }}"
    )
}

fn texts() -> Vec<Case> {
    let bad = |name: &str, layer: &str| text("caffe-text", name, Label::Malicious, layer);
    vec![
        bad(
            "python-layer",
            &python("helper.layers", "ProposalLayer", ""),
        ),
        bad("dangerous-module", &python("os", "system", "")),
        bad("dangerous-submodule", &python("subprocess", "Popen", "")),
        bad(
            "code-parameter",
            &python("layers", "L", "__import__('os').name"),
        ),
        bad(
            "yaml-parameter",
            &python("layers", "L", "!!python/object/apply:os.getcwd []"),
        ),
        bad(
            "escaped-type",
            "layer { name: 'p' type: '\\120ython' python_param { module: 'm' layer: 'L' } }",
        ),
        bad(
            "old-syntax",
            "layers { name: 'p' type: PYTHON python_param < module: 'm' layer: 'L' > }",
        ),
        bad(
            "type-left-out",
            "layer { name: 'p' python_param { module: 'm' layer: 'L' } }",
        ),
        bad(
            "sensitive-source",
            "layer { name: 'd' type: 'ImageData' image_data_param { source: '/etc/shadow' } }",
        ),
        bad(
            "sensitive-list",
            "layer { name: 'd' type: 'HDF5Data' hdf5_data_param { source: '/proc/self/environ' } }",
        ),
        bad(
            "output-outside",
            "layer { name: 'o' type: 'HDF5Output' hdf5_output_param { file_name: '/root/.ssh/authorized_keys' } }",
        ),
        Case::single(
            "caffe-text",
            "solver-snapshot",
            Label::Malicious,
            "solver.prototxt",
            "net: \"train.prototxt\"\nbase_lr: 0.01\nsnapshot_prefix: \"/etc/cron.d/net\"\nmax_iter: 10\n",
        ),
        bad(
            "deep-blocks",
            &format!("layer {{ {} }}", "a { ".repeat(200)),
        ),
    ]
}

fn binaries() -> Vec<Case> {
    let net = |layer: Message| Message::new().text(1, "net").message(100, layer);
    let layer = |kind: &str| {
        Message::new()
            .text(1, "l")
            .text(2, kind)
            .text(3, "data")
            .text(4, "out")
    };
    let python = Message::new()
        .text(1, "helper")
        .text(2, "Layer")
        .text(3, "");
    let blob = |count: u64| {
        Message::new()
            .bytes(5, &[0; 16])
            .message(7, Message::new().packed(1, &[count]))
    };
    let case = |name: &str, label, message: Message| {
        Case::single("caffe-model", name, label, "net.caffemodel", message)
    };
    vec![
        case(
            "python-layer",
            Label::Malicious,
            net(layer("Python").message(130, python.clone())),
        ),
        case(
            "python-without-type",
            Label::Malicious,
            net(layer("ReLU").message(130, python)),
        ),
        case(
            "sensitive-source",
            Label::Malicious,
            net(layer("Data").message(107, Message::new().text(1, "/etc/shadow"))),
        ),
        case(
            "output-outside",
            Label::Malicious,
            net(layer("HDF5Output").message(113, Message::new().text(1, "../../x.h5"))),
        ),
        case(
            "blob-that-lies",
            Label::Malicious,
            net(layer("InnerProduct").message(7, blob(4000))),
        ),
        case(
            "honest",
            Label::Benign,
            net(layer("InnerProduct").message(7, blob(4))),
        ),
        case("layer-of-a-fork", Label::Benign, net(layer("PriorBox"))),
    ]
}

fn operators() -> Vec<Case> {
    let operator = |kind: &str| {
        Message::new()
            .text(1, "x")
            .text(2, "y")
            .text(3, "")
            .text(4, kind)
    };
    let net = |operator: Message| Message::new().text(1, "net").message(2, operator);
    let db = Message::new().text(1, "db").text(4, "/tmp/x.db");
    let inner = net(operator("Python"));
    let branch = Message::new().text(1, "then_net").message(8, inner);
    let case = |name: &str, label, message: Message| {
        Case::single("caffe2-net", name, label, "predict_net.pb", message)
    };
    vec![
        case("python", Label::Malicious, net(operator("Python"))),
        case(
            "python-tensors",
            Label::Malicious,
            net(operator("PythonDLPack")),
        ),
        case(
            "load",
            Label::Malicious,
            net(operator("Load").message(5, db.clone())),
        ),
        case(
            "save",
            Label::Malicious,
            net(operator("Save").message(5, db.clone())),
        ),
        case(
            "create-database",
            Label::Malicious,
            net(operator("CreateDB").message(5, db)),
        ),
        case(
            "store",
            Label::Malicious,
            net(operator("RedisStoreHandlerCreate")),
        ),
        case(
            "in-a-branch",
            Label::Malicious,
            net(operator("If").message(5, branch)),
        ),
        Case::single(
            "caffe2-net",
            "as-text",
            Label::Malicious,
            "predict_net.pbtxt",
            "name: \"net\"\nop {\n  input: \"x\"\n  output: \"y\"\n  type: \"Python\"\n}\n",
        ),
        case("honest", Label::Benign, net(operator("Conv"))),
        case("filled", Label::Benign, net(operator("GivenTensorFill"))),
    ]
}

fn word(text: &str) -> Message {
    Message::new().varint(1, 1).varint(2, 6).text(8, text)
}

fn dictionary(entries: Vec<(&str, Message)>) -> Message {
    entries
        .into_iter()
        .fold(Message::new().varint(1, 1), |whole, (key, value)| {
            whole.entry(2, key, |entry| entry.message(2, value))
        })
}

/// A model with one function of its user.
fn composite(function: Message) -> Message {
    let wrapped = Message::new()
        .varint(1, 1)
        .varint(2, 10)
        .message(12, function);
    let vector = Message::new()
        .varint(1, 1)
        .varint(2, 9)
        .message(11, Message::new().message(1, wrapped));
    dictionary(vec![
        ("type", word("CompositeFunction")),
        ("primitive_functions", vector),
    ])
}

fn user_function(state: Message) -> Message {
    let state = Message::new().varint(1, 1).varint(2, 10).message(12, state);
    composite(dictionary(vec![
        ("type", word("UserDefinedFunction")),
        ("user_defined_state", state),
    ]))
}

fn dictionaries() -> Vec<Case> {
    let python = |module: &str, class: &str| {
        user_function(dictionary(vec![
            ("class", word(class)),
            ("module", word(module)),
            ("op_name", word("op")),
        ]))
    };
    let native = |module: &str| {
        user_function(dictionary(vec![
            ("module", word(module)),
            ("deserialize_method", word("CreateFunction")),
            ("op", word("op")),
        ]))
    };
    let case = |name: &str, label, message: Message| {
        Case::single("cntk-function", name, label, "model.cntk", message)
    };
    vec![
        case(
            "python-module",
            Label::Malicious,
            python("helper", "MyFunction"),
        ),
        case("dangerous-module", Label::Malicious, python("os", "system")),
        case(
            "statement-as-module",
            Label::Malicious,
            python("os import name; print", "x"),
        ),
        case(
            "statement-as-class",
            Label::Malicious,
            python("os", "name\nprint('inert')"),
        ),
        case("native-library", Label::Malicious, native("Plugin-1.0")),
        case(
            "native-library-outside",
            Label::Malicious,
            native("..\\..\\plugin.dll"),
        ),
        case(
            "honest",
            Label::Benign,
            composite(dictionary(vec![
                ("type", word("PrimitiveFunction")),
                ("name", word("conv1")),
            ])),
        ),
    ]
}

fn honest() -> Vec<Case> {
    let good = |name: &str, layer: &str| text("caffe-honest", name, Label::Benign, layer);
    vec![
        good(
            "inner-product",
            "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' }",
        ),
        good(
            "old-syntax",
            "layers { name: 'c' type: CONVOLUTION bottom: 'data' top: 'c' }",
        ),
        good(
            "layer-of-a-fork",
            "layer { name: 'n' type: 'Normalize' bottom: 'data' top: 'n' }",
        ),
        good(
            "training-data-anywhere",
            "layer { name: 'd' type: 'Data' data_param { source: '/home/me/data/train_lmdb' } \
             transform_param { mean_file: '../../data/mean.binaryproto' } }",
        ),
        good(
            "python-in-a-comment",
            "# type: 'Python' python_param { module: 'os' }",
        ),
        Case::single(
            "caffe-honest",
            "solver",
            Label::Benign,
            "solver.prototxt",
            "net: \"examples/mnist/lenet.prototxt\"\nbase_lr: 0.01\nlr_policy: \"inv\"\nsnapshot_prefix: \
             \"/home/me/snapshots/lenet\"\n",
        ),
    ]
}
