//! Tricks with streams: several in a file, what trails, persistent ids, joblib's arrays, the old PyTorch format, file names.

use super::{Case, malicious};
use crate::corpus::Label;
use crate::pickle::{Assembler, Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = stacked();
    cases.extend(joblib());
    cases.extend(torch_legacy());
    cases.extend(file_names());
    cases
}

const CLASS: &str = "stream-tricks";

fn payload(protocol: u8) -> Vec<u8> {
    dumps(protocol, &call("os", "system", vec![text("echo example")]))
}

fn honest(protocol: u8) -> Vec<u8> {
    dumps(
        protocol,
        &Py::Dict(vec![(
            text("weights"),
            Py::List(vec![Py::Int(1), Py::Int(2)]),
        )]),
    )
}

fn stacked() -> Vec<Case> {
    let zeros = vec![0; 5000];
    vec![
        malicious(CLASS, "second-stream", [honest(2), payload(2)].concat()),
        malicious(
            CLASS,
            "second-stream-protocol-0",
            [honest(0), payload(0)].concat(),
        ),
        malicious(
            CLASS,
            "hundredth-stream",
            [honest(2).repeat(100), payload(4)].concat(),
        ),
        malicious(
            CLASS,
            "behind-zeros",
            [honest(4), zeros, payload(4)].concat(),
        ),
        malicious(
            CLASS,
            "behind-garbage",
            [honest(4), b"\xde\xad\xbe\xef\x01".to_vec(), payload(4)].concat(),
        ),
        malicious(
            CLASS,
            "garbage-behind",
            [payload(4), vec![0xab; 300]].concat(),
        ),
        malicious(CLASS, "memo-of-the-stream-before", {
            let first = Assembler::new(2)
                .import("os", "system")
                .raw(b"q\x05")
                .stop();
            let second = Assembler::new(2)
                .raw(b"h\x05")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .stop();
            [first, second].concat()
        }),
        malicious(CLASS, "broken-second-stream", {
            let broken = Assembler::new(2)
                .import("os", "system")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE");
            [honest(2), broken.raw(b"\xff").unfinished()].concat()
        }),
        malicious(CLASS, "payload-in-a-persistent-id", {
            let id = call("os", "system", vec![text("echo")]);
            Assembler::new(2).value(&id).op("BINPERSID").stop()
        }),
        malicious(CLASS, "storage-type-is-a-callable", {
            let id = Py::Tuple(vec![
                text("storage"),
                name("os", "system"),
                text("0"),
                text("cpu"),
                Py::Int(1),
            ]);
            Assembler::new(2).value(&id).op("BINPERSID").stop()
        }),
    ]
}

/// The wrapper of an array, up to its state, as joblib writes it.
fn wrapper(dtype: &str, shape: i32) -> Assembler {
    let kind = Py::Call(
        Box::new(name("numpy", "dtype")),
        vec![text(dtype), Py::Bool(false), Py::Bool(true)],
    );
    let state = Py::Dict(vec![
        (text("subclass"), name("numpy", "ndarray")),
        (text("shape"), Py::Tuple(vec![Py::Int(shape)])),
        (text("order"), text("C")),
        (text("dtype"), kind),
        (text("allow_mmap"), Py::Bool(true)),
        (text("numpy_array_alignment_bytes"), Py::Int(16)),
    ]);
    Assembler::new(4)
        .op("MARK")
        .import("joblib.numpy_pickle", "NumpyArrayWrapper")
        .op("EMPTY_TUPLE")
        .op("NEWOBJ")
        .value(&state)
        .op("BUILD")
}

/// A raw array behind its wrapper: the length of the padding, the padding, the numbers.
pub(super) fn with_array(count: i32) -> Assembler {
    let raw: Vec<u8> = (0..count)
        .flat_map(|index| f64::from(index).to_le_bytes())
        .collect();
    wrapper("f8", count).raw(&[3, 0xff, 0xff, 0xff]).raw(&raw)
}

fn joblib() -> Vec<Case> {
    let case = |name: &str, bytes: Vec<u8>| {
        Case::single(
            "joblib-array",
            name,
            Label::Malicious,
            "model.joblib",
            bytes,
        )
    };
    let attack = call("os", "system", vec![text("echo example")]);
    vec![
        case(
            "behind-the-array",
            with_array(40).value(&attack).op("LIST").stop(),
        ),
        case("before-the-array", {
            let array = with_array(8).unfinished();
            let body = array.get(2..).unwrap_or_default();
            Assembler::new(4)
                .value(&attack)
                .op("POP")
                .raw(body)
                .op("LIST")
                .stop()
        }),
        case(
            "in-an-array-of-objects",
            wrapper("O8", 1).raw(&payload(4)).op("LIST").stop(),
        ),
        case("behind-an-array-of-objects", {
            wrapper("O8", 1)
                .raw(&honest(4))
                .value(&attack)
                .op("LIST")
                .stop()
        }),
        case("instead-of-the-array", {
            let code = Assembler::new(0).value(&attack).op("LIST").stop();
            wrapper("f8", 1000)
                .raw(&code)
                .raw(&vec![0; 9000])
                .unfinished()
        }),
        case(
            "second-stream",
            [with_array(4).op("LIST").stop(), payload(4)].concat(),
        ),
    ]
}

/// The five pickles before the storages.
fn legacy(data: &[u8], behind: &[u8]) -> Vec<u8> {
    let magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    let version = b"\x80\x02M\xe9\x03.";
    let system = dumps(2, &Py::Dict(vec![(text("little_endian"), Py::Bool(true))]));
    let keys = dumps(2, &Py::List(vec![text("94001")]));
    let storage = [
        &2_u64.to_le_bytes()[..],
        &1.5_f32.to_le_bytes(),
        &2.5_f32.to_le_bytes(),
    ]
    .concat();
    [
        magic.as_slice(),
        version,
        &system,
        data,
        &keys,
        &storage,
        behind,
    ]
    .concat()
}

/// A tensor whose storage is announced by a persistent id.
pub(super) fn legacy_honest() -> Vec<u8> {
    legacy(&legacy_data(None), b"")
}

fn legacy_data(extra: Option<Py>) -> Vec<u8> {
    let storage = Py::Tuple(vec![
        text("storage"),
        name("torch", "FloatStorage"),
        text("94001"),
        text("cpu"),
        Py::Int(2),
        Py::None,
    ]);
    let tensor = Assembler::new(2)
        .op("MARK")
        .text("weight")
        .import("torch._utils", "_rebuild_tensor_v2")
        .op("MARK")
        .value(&storage)
        .op("BINPERSID")
        .values(&[
            Py::Int(0),
            Py::Tuple(vec![Py::Int(2)]),
            Py::Tuple(vec![Py::Int(1)]),
            Py::Bool(false),
        ])
        .value(&call("collections", "OrderedDict", Vec::new()))
        .op("TUPLE")
        .op("REDUCE");
    let tensor = match extra {
        Some(extra) => tensor.text("extra").value(&extra),
        None => tensor,
    };
    tensor.op("DICT").stop()
}

fn torch_legacy() -> Vec<Case> {
    let case = |name: &str, bytes: Vec<u8>| {
        Case::single("torch-legacy", name, Label::Malicious, "model.pt", bytes)
    };
    let attack = call("os", "system", vec![text("echo example")]);
    vec![
        case(
            "in-the-data",
            legacy(&legacy_data(Some(attack.clone())), b""),
        ),
        case(
            "behind-the-storages",
            legacy(&legacy_data(None), &payload(2)),
        ),
        case("as-the-magic-number", {
            let magic = call("builtins", "eval", vec![text("0x1950a86a20f9469cfc6c")]);
            let rest = legacy(&legacy_data(None), b"");
            [
                dumps(2, &magic),
                rest.get(15..).unwrap_or_default().to_vec(),
            ]
            .concat()
        }),
        case("as-the-system-info", {
            let magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
            [magic.to_vec(), dumps(2, &attack), legacy_data(None)].concat()
        }),
        case("as-the-keys", {
            let magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.";
            [magic.to_vec(), legacy_data(None), dumps(2, &attack)].concat()
        }),
    ]
}

/// The same pickle under other names.
fn file_names() -> Vec<Case> {
    [
        ("pytorch_model.bin", 2),
        ("model.pt", 4),
        ("model.pth", 0),
        ("last.ckpt", 5),
        ("model.joblib", 3),
        ("model.sav", 2),
        ("notes.txt", 0),
        ("README.md", 2),
        ("weights.safetensors", 4),
        ("model.onnx", 2),
        ("weights.h5", 4),
        ("image.png", 3),
        ("config.json", 0),
        ("vectors.npy", 2),
        ("model.gguf", 4),
        ("model", 1),
        (".cache", 2),
        ("data.dat", 0),
        ("model.PKL", 4),
        ("model.pdparams", 2),
        ("model.dill", 4),
        ("model.pkl.bak", 2),
    ]
    .into_iter()
    .map(|(file, protocol)| {
        let class = "extension-tricks";
        Case::single(
            class,
            super::case_name("as", file),
            Label::Malicious,
            file,
            payload(protocol),
        )
    })
    .collect()
}
