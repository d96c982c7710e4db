//! Paddle: operators that call Python, touch files or talk, and tensors that lie; and honest programs.

use super::super::{Case, Label};
use crate::protobuf::Message;

/// Every case.
pub(super) fn cases() -> Vec<Case> {
    [operators(), json(), tensors(), honest()].concat()
}

/// An operator with text attributes.
fn operator(name: &str, attributes: &[(&str, &str)]) -> Message {
    let port = Message::new().text(1, "X").text(2, "x");
    let operator = Message::new()
        .message(1, port.clone())
        .message(2, port)
        .text(3, name);
    attributes.iter().fold(operator, |operator, (name, value)| {
        operator.message(4, Message::new().text(1, name).varint(2, 2).text(5, value))
    })
}

fn program(operators: impl IntoIterator<Item = Message>) -> Message {
    let tensor = Message::new().varint(1, 5).signed(2, -1).varint(2, 4);
    let kind = Message::new()
        .varint(1, 7)
        .message(3, Message::new().message(1, tensor));
    let variable = Message::new().text(1, "x").message(2, kind).varint(3, 0);
    let block = Message::new()
        .varint(1, 0)
        .signed(2, -1)
        .message(3, variable)
        .messages(4, operators);
    Message::new()
        .message(1, block)
        .message(4, Message::new().varint(1, 2_006_002))
}

fn program_case(class: &'static str, name: &str, label: Label, operators: Vec<Message>) -> Case {
    Case::single(class, name, label, "inference.pdmodel", program(operators))
}

/// A tensor of a stream.
fn tensor(sizes: &[i64], data: &[u8]) -> Vec<u8> {
    let description = sizes
        .iter()
        .fold(Message::new().varint(1, 5), |message, size| {
            message.signed(2, *size)
        })
        .build();
    let mut bytes = vec![0; 16];
    bytes.extend(u32::try_from(description.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(description);
    bytes.extend(data);
    bytes
}

fn operators() -> Vec<Case> {
    [
        ("python-function", "py_func", &[][..]),
        ("python-function-in-gradient", "py_func_grad", &[]),
        ("load", "load", &[("file_path", "/etc/passwd")]),
        (
            "load-combine",
            "load_combine",
            &[("file_path", "../../secret")],
        ),
        (
            "save",
            "save",
            &[("file_path", "/root/.ssh/authorized_keys")],
        ),
        (
            "save-combine",
            "save_combine",
            &[("file_path", "out/params")],
        ),
        ("server", "listen_and_serv", &[("endpoint", "0.0.0.0:6170")]),
        ("sender", "send", &[("epmap", "10.0.0.1:80")]),
        ("receiver", "recv", &[("endpoint", "10.0.0.1:80")]),
        ("custom-operator", "my_custom_relu", &[]),
        (
            "custom-operator-with-library",
            "my_op",
            &[("path", "libinert.so")],
        ),
        ("prefetch", "prefetch", &[("epmap", "10.0.0.1:80")]),
        (
            "endpoint-of-collective",
            "c_comm_init",
            &[("endpoint", "10.0.0.1:80")],
        ),
        (
            "file-reader",
            "read_file",
            &[("filename", "/proc/self/environ")],
        ),
    ]
    .into_iter()
    .map(|(name, kind, attributes)| {
        program_case(
            "paddle-operator",
            name,
            Label::Malicious,
            vec![operator(kind, attributes)],
        )
    })
    .collect()
}

fn json_program(operator: &str, attribute: &str) -> Vec<u8> {
    format!(
        r##"{{"base_code":{{"magic":"pir","trainable":true,"version":4}},"program":{{"regions":[{{"#":"region_0",
        "blocks":[{{"#":"block_0","args":[],"ops":[{{"#":"p","A":[0,1,1,"w"]}},{{"#":"{operator}","A":[{{"AT":
        {{"#":"0.a_str","D":"{attribute}"}},"N":"file_path"}}],"I":[],"O":[]}}]}}]}}]}}}}"##
    )
    .into_bytes()
}

fn json() -> Vec<Case> {
    [
        ("python-function", "1.py_func", "1", Label::Malicious),
        ("save", "1.save_combine", "out/params", Label::Malicious),
        (
            "load-outside",
            "1.load_combine",
            "../../secret",
            Label::Malicious,
        ),
        ("custom-operator", "custom_op.my_op", "", Label::Malicious),
        ("honest", "1.conv2d", "", Label::Benign),
    ]
    .into_iter()
    .map(|(name, operator, attribute, label)| {
        Case::single(
            "paddle-json",
            name,
            label,
            "inference.json",
            json_program(operator, attribute),
        )
    })
    .collect()
}

fn tensors() -> Vec<Case> {
    let good = tensor(&[2, 2], &[0; 16]);
    let mut bad_version = good.clone();
    bad_version.extend([0; 12]);
    bad_version.extend([9, 0, 0, 0, 0, 0, 0, 0]);
    [
        ("longer-than-the-file", tensor(&[1 << 30, 4], &[0; 16])),
        ("overflow", tensor(&[1 << 40, 1 << 40], &[0; 16])),
        ("negative", tensor(&[-4, 4], &[0; 16])),
        (
            "second-tensor-lies",
            [good, tensor(&[1 << 20], &[0; 4])].concat(),
        ),
        ("unknown-version", bad_version),
    ]
    .into_iter()
    .map(|(name, bytes)| {
        Case::single(
            "paddle-tensors",
            name,
            Label::Malicious,
            "inference.pdiparams",
            bytes,
        )
    })
    .collect()
}

fn honest() -> Vec<Case> {
    let good =
        |name: &str, operators| program_case("paddle-honest", name, Label::Benign, operators);
    vec![
        good(
            "inference",
            vec![
                operator("feed", &[]),
                operator("conv2d", &[]),
                operator("fetch", &[]),
            ],
        ),
        good(
            "in-place",
            vec![operator("relu_", &[]), operator("softmax", &[])],
        ),
        good(
            "training",
            vec![operator("conv2d_grad", &[]), operator("adam", &[])],
        ),
        good("engine", vec![operator("tensorrt_engine", &[])]),
        Case::single(
            "paddle-honest",
            "tensors",
            Label::Benign,
            "inference.pdiparams",
            [tensor(&[2, 2], &[0; 16]), tensor(&[3], &[0; 12])].concat(),
        ),
    ]
}
