//! Functions that travel as bytecode, by dill and cloudpickle: honest ones are for review, these are not honest.

use super::{Case, benign, malicious};
use crate::pickle::{Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let class = "serialized-code";
    let sinks: &[(&str, &[&str])] = &[
        ("system", &["os", "system"]),
        ("popen", &["subprocess", "Popen", "communicate"]),
        ("eval", &["eval", "input"]),
        ("exec", &["exec", "compile"]),
        ("import", &["__import__", "getattr"]),
        ("socket", &["socket", "connect", "send"]),
        ("urlopen", &["urllib", "request", "urlopen"]),
    ];
    let mut cases = Vec::new();
    for (it, names) in sinks {
        cases.push(malicious(
            class,
            format!("cloudpickle-{it}"),
            dumps(4, &cloudpickle(names)),
        ));
        cases.push(malicious(
            class,
            format!("dill-{it}"),
            dumps(4, &dill(names)),
        ));
    }
    let square = &["scale", "offset"];
    cases.push(malicious(class, "function-called-at-load", {
        dumps(
            4,
            &Py::Call(Box::new(cloudpickle(square)), vec![Py::Int(3)]),
        )
    }));
    cases.push(malicious(class, "code-type", {
        dumps(4, &call("types", "CodeType", code(&["os", "system"])))
    }));
    cases.push(malicious(class, "import-of-subprocess", {
        dumps(
            4,
            &call(
                "cloudpickle.cloudpickle",
                "subimport",
                vec![text("subprocess")],
            ),
        )
    }));
    cases.push(malicious(class, "dill-repr-evaluated", {
        dumps(4, &call("dill._dill", "_eval_repr", vec![text("print(1)")]))
    }));
    let honest = "serialized-code-honest";
    cases.push(benign(
        honest,
        "cloudpickle-function",
        dumps(4, &cloudpickle(square)),
    ));
    cases.push(benign(honest, "dill-function", dumps(4, &dill(square))));
    cases.push(benign(honest, "cloudpickle-import-of-numpy", {
        dumps(
            4,
            &call("cloudpickle.cloudpickle", "subimport", vec![text("numpy")]),
        )
    }));
    cases
}

/// The arguments of a code object of Python 3.11.
fn code(names: &[&str]) -> Vec<Py> {
    let names = Py::Tuple(names.iter().map(|it| text(it)).collect());
    vec![
        Py::Int(1),
        Py::Int(0),
        Py::Int(0),
        Py::Int(1),
        Py::Int(2),
        Py::Int(67),
        Py::Bytes(vec![0x97, 0, 0x74, 0, 0x53, 0]),
        Py::Tuple(vec![Py::None]),
        names,
        Py::Tuple(vec![text("value")]),
        text("<stdin>"),
        text("step"),
        text("step"),
        Py::Int(1),
        Py::Bytes(vec![0x80, 0]),
        Py::Bytes(Vec::new()),
        Py::Tuple(Vec::new()),
        Py::Tuple(Vec::new()),
    ]
}

fn cloudpickle(names: &[&str]) -> Py {
    let kind = call(
        "cloudpickle.cloudpickle",
        "_builtin_type",
        vec![text("CodeType")],
    );
    let body = Py::Call(Box::new(kind), code(names));
    let globals = Py::Dict(vec![(text("__name__"), text("__main__"))]);
    call(
        "cloudpickle.cloudpickle",
        "_make_function",
        vec![body, globals, Py::None, Py::None, Py::None],
    )
}

fn dill(names: &[&str]) -> Py {
    let mut arguments = vec![Py::Bytes(vec![4, 1])];
    arguments.extend(code(names));
    let body = call("dill._dill", "_create_code", arguments);
    let globals = Py::Dict(vec![(text("scale"), name("numpy", "float64"))]);
    call(
        "dill._dill",
        "_create_function",
        vec![body, globals, text("step"), Py::None, Py::None],
    )
}
