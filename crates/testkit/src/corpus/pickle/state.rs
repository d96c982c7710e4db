//! Attacks without a call of their own: state that is written into what was imported, planted methods, held callables.

use super::{Case, malicious};
use crate::pickle::{Assembler, Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = writes();
    cases.extend(planted());
    cases.extend(passed_on());
    cases
}

/// BUILD and items on imported objects.
fn writes() -> Vec<Case> {
    let payload = || Py::Dict(vec![(text("shape"), name("numpy", "__builtins__"))]);
    let harmless = || Py::Dict(vec![(text("shape"), text("x"))]);
    let build = |module: &str, it: &str, state: Py| {
        Assembler::new(4)
            .import(module, it)
            .value(&state)
            .op("BUILD")
            .stop()
    };
    let class = "state-overwrite";
    vec![
        malicious(
            class,
            "slots-of-a-numpy-function",
            build("numpy", "size", Py::Tuple(vec![Py::None, payload()])),
        ),
        malicious(
            class,
            "dict-of-a-numpy-function",
            build("numpy", "size", harmless()),
        ),
        malicious(
            class,
            "class-attribute",
            build(
                "collections",
                "OrderedDict",
                Py::Tuple(vec![Py::None, harmless()]),
            ),
        ),
        malicious(
            class,
            "torch-load-replaced",
            build("torch", "serialization", harmless()),
        ),
        malicious(
            class,
            "unknown-class",
            build("acme.models", "Net", Py::Tuple(vec![Py::None, harmless()])),
        ),
        malicious(
            class,
            "setitem-on-environ",
            Assembler::new(2)
                .import("os", "environ")
                .text("PATH")
                .text("/tmp/example")
                .op("SETITEM")
                .stop(),
        ),
        malicious(
            class,
            "setitems-on-modules",
            Assembler::new(2)
                .import("sys", "modules")
                .op("MARK")
                .text("json")
                .op("NONE")
                .op("SETITEMS")
                .stop(),
        ),
        malicious(
            class,
            "append-to-path",
            Assembler::new(2)
                .import("sys", "path")
                .text("/tmp/example")
                .op("APPEND")
                .stop(),
        ),
        malicious(
            class,
            "appends-to-meta-path",
            Assembler::new(2)
                .import("sys", "meta_path")
                .op("MARK")
                .op("NONE")
                .op("APPENDS")
                .stop(),
        ),
        malicious(
            class,
            "setitem-on-a-class-dict",
            Assembler::new(4)
                .import("collections", "OrderedDict.__dict__")
                .text("__reduce__")
                .op("NONE")
                .op("SETITEM")
                .stop(),
        ),
        malicious(
            class,
            "setattr-call",
            dumps(
                2,
                &call(
                    "builtins",
                    "setattr",
                    vec![name("torch", "load"), text("x"), Py::None],
                ),
            ),
        ),
        malicious(
            class,
            "reduce-then-build-on-function",
            Assembler::new(2)
                .value(&call("collections", "OrderedDict", Vec::new()))
                .op("POP")
                .import("numpy", "dot")
                .value(&harmless())
                .op("BUILD")
                .stop(),
        ),
    ]
}

/// Attributes that the unpickler itself calls afterwards.
fn planted() -> Vec<Case> {
    let class = "planted-method";
    let plant = |attribute: &str, module: &str, it: &str| {
        Assembler::new(2)
            .import("argparse", "Namespace")
            .op("EMPTY_TUPLE")
            .op("NEWOBJ")
            .value(&Py::Dict(vec![(text(attribute), name(module, it))]))
            .op("BUILD")
    };
    vec![
        malicious(
            class,
            "setstate",
            plant("__setstate__", "acme.hooks", "boot")
                .text("x")
                .op("BUILD")
                .stop(),
        ),
        malicious(
            class,
            "setstate-system",
            plant("__setstate__", "os", "system")
                .text("echo")
                .op("BUILD")
                .stop(),
        ),
        malicious(
            class,
            "append",
            plant("append", "acme.hooks", "boot")
                .text("echo")
                .op("APPEND")
                .stop(),
        ),
        malicious(
            class,
            "extend",
            plant("extend", "acme.hooks", "boot")
                .op("MARK")
                .text("echo")
                .op("APPENDS")
                .stop(),
        ),
        malicious(
            class,
            "slot-class",
            Assembler::new(2)
                .import("argparse", "Namespace")
                .op("EMPTY_TUPLE")
                .op("NEWOBJ")
                .value(&Py::Tuple(vec![
                    Py::None,
                    Py::Dict(vec![(text("__class__"), name("acme.x", "Y"))]),
                ]))
                .op("BUILD")
                .stop(),
        ),
        malicious(
            class,
            "distribution-template",
            Assembler::new(2)
                .import("scipy.stats._continuous_distns", "norm_gen")
                .op("EMPTY_TUPLE")
                .op("NEWOBJ")
                .value(&Py::Dict(vec![(
                    text("_parse_arg_template"),
                    text("import os\nos.getcwd()\n"),
                )]))
                .op("BUILD")
                .stop(),
        ),
    ]
}

/// Callables that approved callables call, or keep to be called.
fn passed_on() -> Vec<Case> {
    let class = "passed-on";
    let command = || text("echo example");
    let system = || name("os", "system");
    let unknown = || name("acme.hooks", "boot");
    vec![
        malicious(
            class,
            "partial",
            dumps(2, &call("functools", "partial", vec![system(), command()])),
        ),
        malicious(
            class,
            "partial-called",
            dumps(
                2,
                &Py::Call(
                    Box::new(call("functools", "partial", vec![unknown(), command()])),
                    Vec::new(),
                ),
            ),
        ),
        malicious(
            class,
            "partial-by-state",
            dumps(
                2,
                &Py::Call(
                    Box::new(Py::Object(
                        Box::new(name("functools", "partial")),
                        vec![name("builtins", "len")],
                        Some(Box::new(Py::Tuple(vec![
                            unknown(),
                            Py::Tuple(vec![command()]),
                            Py::None,
                            Py::None,
                        ]))),
                    )),
                    Vec::new(),
                ),
            ),
        ),
        malicious(
            class,
            "defaultdict",
            dumps(2, &call("collections", "defaultdict", vec![unknown()])),
        ),
        malicious(
            class,
            "rebuild-from-type",
            dumps(
                2,
                &call(
                    "torch._tensor",
                    "_rebuild_from_type_v2",
                    vec![
                        unknown(),
                        name("torch", "Tensor"),
                        Py::Tuple(vec![command()]),
                        Py::None,
                    ],
                ),
            ),
        ),
        malicious(
            class,
            "rebuild-from-type-system",
            dumps(
                2,
                &call(
                    "torch._tensor",
                    "_rebuild_from_type_v2",
                    vec![
                        system(),
                        name("torch", "Tensor"),
                        Py::Tuple(vec![command()]),
                        Py::None,
                    ],
                ),
            ),
        ),
        malicious(
            class,
            "generator-constructor",
            dumps(
                2,
                &call(
                    "numpy.random._pickle",
                    "__generator_ctor",
                    vec![command(), unknown()],
                ),
            ),
        ),
        malicious(
            class,
            "reconstructor-base",
            dumps(
                2,
                &call(
                    "copyreg",
                    "_reconstructor",
                    vec![name("collections", "OrderedDict"), unknown(), command()],
                ),
            ),
        ),
        malicious(
            class,
            "reconstructor-class",
            dumps(
                2,
                &call(
                    "copyreg",
                    "_reconstructor",
                    vec![
                        name("subprocess", "Popen"),
                        name("builtins", "object"),
                        Py::None,
                    ],
                ),
            ),
        ),
        malicious(
            class,
            "newobj-function",
            dumps(
                2,
                &call(
                    "copyreg",
                    "__newobj__",
                    vec![name("logging", "FileHandler"), command()],
                ),
            ),
        ),
        malicious(
            class,
            "map",
            dumps(
                2,
                &call(
                    "builtins",
                    "map",
                    vec![unknown(), Py::List(vec![command()])],
                ),
            ),
        ),
        malicious(
            class,
            "method-caller",
            dumps(
                2,
                &Py::Call(
                    Box::new(call(
                        "operator",
                        "methodcaller",
                        vec![text("boot"), command()],
                    )),
                    vec![name("acme.hooks", "Runner")],
                ),
            ),
        ),
        malicious(
            class,
            "instance-called",
            dumps(
                2,
                &Py::Call(
                    Box::new(call("collections", "OrderedDict", Vec::new())),
                    vec![command()],
                ),
            ),
        ),
        malicious(
            class,
            "dill-array",
            dumps(
                2,
                &call(
                    "dill._dill",
                    "_create_array",
                    vec![unknown(), Py::Tuple(vec![command()]), Py::None, Py::None],
                ),
            ),
        ),
        malicious(
            class,
            "held-function-called",
            dumps(2, &call("numpy", "load", vec![text("/tmp/example/x.npy")])),
        ),
        malicious(class, "partial-made-by-copyreg", {
            let made = call(
                "copyreg",
                "__newobj__",
                vec![name("functools", "partial"), name("builtins", "len")],
            );
            let state = Py::Tuple(vec![
                system(),
                Py::Tuple(vec![command()]),
                Py::None,
                Py::None,
            ]);
            Assembler::new(2)
                .value(&made)
                .value(&state)
                .op("BUILD")
                .op("EMPTY_TUPLE")
                .op("REDUCE")
                .stop()
        }),
        malicious(class, "set-items-of-an-instance", {
            Assembler::new(4)
                .import("acme.queue", "Jobs")
                .op("EMPTY_TUPLE")
                .op("NEWOBJ")
                .op("MARK")
                .value(&command())
                .op("ADDITEMS")
                .stop()
        }),
        malicious(
            class,
            "encode-to-module",
            dumps(2, &call("_codecs", "lookup", vec![name("acme", "x")])),
        ),
    ]
}
