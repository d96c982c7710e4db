//! Honest pickles that look odd: plain data in every protocol, what numpy, scikit-learn and PyTorch write, near misses.

use super::{Case, benign, streams};
use crate::corpus::Label;
use crate::pickle::{Assembler, Py, call, dumps, name, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(standard_library());
    cases.extend(numpy());
    cases.extend(frameworks());
    cases.extend(texts());
    cases
}

fn plain() -> Vec<Case> {
    let value = Py::Dict(vec![
        (text("command"), text("os.system('rm -rf /')")),
        (text("note"), text("cos\nsystem\n(S'id'\ntR.")),
        (
            text("layers"),
            Py::List(vec![Py::Int(1), Py::Int(-7), Py::Float(0.25)]),
        ),
        (
            text("shape"),
            Py::Tuple(vec![Py::Int(3), Py::Tuple(vec![])]),
        ),
        (text("flag"), Py::Bool(true)),
        (text("nothing"), Py::None),
    ]);
    let mut cases: Vec<Case> = (0..=5)
        .map(|protocol| {
            benign(
                "plain-data",
                format!("dict-protocol-{protocol}"),
                dumps(protocol, &value),
            )
        })
        .collect();
    cases.push(benign("plain-data", "random-bytes", {
        let mut state = 7_u32;
        let bytes = (0..4000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_le_bytes()[3]
            })
            .collect();
        dumps(4, &Py::Bytes(bytes))
    }));
    cases.push(benign("plain-data", "bytes-that-are-a-pickle", {
        dumps(
            4,
            &Py::Dict(vec![(
                text("blob"),
                Py::Bytes(dumps(2, &Py::List(vec![Py::Int(1)]))),
            )]),
        )
    }));
    cases.push(benign("plain-data", "several-streams", {
        [
            dumps(2, &Py::Int(1)),
            dumps(2, &text("two")),
            dumps(2, &Py::List(vec![])),
        ]
        .concat()
    }));
    cases.push(benign("plain-data", "shared-values", {
        Assembler::new(2)
            .op("EMPTY_LIST")
            .raw(b"q\0")
            .raw(b"h\0")
            .op("APPEND")
            .stop()
    }));
    cases
}

fn standard_library() -> Vec<Case> {
    let class = "standard-library";
    let delta = || {
        call(
            "datetime",
            "timedelta",
            vec![Py::Int(1), Py::Int(0), Py::Int(0)],
        )
    };
    let made: Vec<(&str, Py)> = vec![
        (
            "ordered-dict",
            call(
                "collections",
                "OrderedDict",
                vec![Py::List(vec![Py::List(vec![text("a"), Py::Int(1)])])],
            ),
        ),
        (
            "defaultdict-of-lists",
            call("collections", "defaultdict", vec![name("builtins", "list")]),
        ),
        (
            "counter",
            call(
                "collections",
                "Counter",
                vec![Py::Dict(vec![(text("a"), Py::Int(2))])],
            ),
        ),
        (
            "deque",
            call("collections", "deque", vec![Py::List(vec![]), Py::Int(5)]),
        ),
        (
            "set",
            call("builtins", "set", vec![Py::List(vec![Py::Int(1)])]),
        ),
        (
            "python-2-set",
            call("__builtin__", "set", vec![Py::List(vec![Py::Int(1)])]),
        ),
        (
            "complex",
            call("builtins", "complex", vec![Py::Float(1.0), Py::Float(2.0)]),
        ),
        (
            "slice",
            call("builtins", "slice", vec![Py::Int(1), Py::Int(2), Py::None]),
        ),
        (
            "datetime",
            call(
                "datetime",
                "datetime",
                vec![Py::Bytes(b"\x07\xe8\x01\x02\x03\x04\x05\0\0\0".to_vec())],
            ),
        ),
        ("timezone", call("datetime", "timezone", vec![delta()])),
        ("decimal", call("decimal", "Decimal", vec![text("1.5")])),
        (
            "uuid",
            Py::Object(
                Box::new(name("uuid", "UUID")),
                Vec::new(),
                Some(Box::new(Py::Dict(vec![(text("int"), Py::Int(5))]))),
            ),
        ),
        (
            "path",
            call(
                "pathlib",
                "PosixPath",
                vec![text("/"), text("etc"), text("passwd")],
            ),
        ),
        (
            "regular-expression",
            call("re", "_compile", vec![text("a+b"), Py::Int(32)]),
        ),
        (
            "latin-text",
            call(
                "_codecs",
                "encode",
                vec![text("\u{e9}\u{ff}"), text("latin1")],
            ),
        ),
        ("none-type", call("builtins", "type", vec![Py::None])),
        (
            "partial-of-a-ufunc",
            call("functools", "partial", vec![name("numpy", "log1p")]),
        ),
        (
            "partial-of-a-builtin",
            call(
                "functools",
                "partial",
                vec![name("builtins", "round"), Py::Float(1.0)],
            ),
        ),
        (
            "item-getter",
            call("operator", "itemgetter", vec![Py::Int(1)]),
        ),
        ("length-function", Py::List(vec![name("builtins", "len")])),
        (
            "future-annotations",
            Py::List(vec![name("__future__", "annotations")]),
        ),
        (
            "namespace",
            Py::Object(
                Box::new(name("argparse", "Namespace")),
                Vec::new(),
                Some(Box::new(Py::Dict(vec![
                    (text("lr"), Py::Float(0.1)),
                    (text("eval"), Py::Bool(true)),
                ]))),
            ),
        ),
        (
            "logger",
            call("logging", "getLogger", vec![text("trainer")]),
        ),
        (
            "exception",
            call("builtins", "ValueError", vec![text("bad shape")]),
        ),
        (
            "generic-type",
            call(
                "operator",
                "getitem",
                vec![name("typing", "List"), name("builtins", "int")],
            ),
        ),
        (
            "array",
            call(
                "array",
                "array",
                vec![text("d"), Py::List(vec![Py::Float(1.0)])],
            ),
        ),
    ];
    made.into_iter()
        .map(|(it, value)| benign(class, it, dumps(2, &value)))
        .collect()
}

fn dtype(code: &str) -> Py {
    call(
        "numpy",
        "dtype",
        vec![text(code), Py::Bool(false), Py::Bool(true)],
    )
}

/// An array before its state.
fn ndarray(multiarray: &str) -> Py {
    let empty = Py::Tuple(vec![Py::Int(0)]);
    call(
        multiarray,
        "_reconstruct",
        vec![name("numpy", "ndarray"), empty, Py::Bytes(b"b".to_vec())],
    )
}

fn numpy() -> Vec<Case> {
    let class = "numpy";
    let with_state = |multiarray: &str| {
        Assembler::new(3)
            .value(&ndarray(multiarray))
            .value(&Py::Tuple(vec![
                Py::Int(1),
                Py::Tuple(vec![Py::Int(2)]),
                dtype("f8"),
                Py::Bool(false),
                Py::Bytes(1.5_f64.to_le_bytes().repeat(2)),
            ]))
            .op("BUILD")
            .stop()
    };
    let scalar = |module: &str| {
        call(
            module,
            "scalar",
            vec![dtype("f8"), Py::Bytes(1.0_f64.to_le_bytes().to_vec())],
        )
    };
    vec![
        benign(class, "array-old-path", with_state("numpy.core.multiarray")),
        benign(
            class,
            "array-new-path",
            with_state("numpy._core.multiarray"),
        ),
        benign(
            class,
            "scalar-old-path",
            dumps(2, &scalar("numpy.core.multiarray")),
        ),
        benign(
            class,
            "scalar-new-path",
            dumps(4, &scalar("numpy._core.multiarray")),
        ),
        benign(
            class,
            "buffer",
            dumps(
                5,
                &call(
                    "numpy.core.numeric",
                    "_frombuffer",
                    vec![
                        Py::Bytes(vec![0; 16]),
                        dtype("f8"),
                        Py::Tuple(vec![Py::Int(2)]),
                        text("C"),
                    ],
                ),
            ),
        ),
        benign(
            class,
            "ufunc",
            dumps(
                2,
                &call(
                    "numpy.core",
                    "_ufunc_reconstruct",
                    vec![text("numpy.core._multiarray_umath"), text("log1p")],
                ),
            ),
        ),
        benign(
            class,
            "random-state",
            dumps(
                4,
                &call(
                    "numpy.random._pickle",
                    "__randomstate_ctor",
                    vec![
                        text("MT19937"),
                        name("numpy.random._pickle", "__bit_generator_ctor"),
                    ],
                ),
            ),
        ),
        Case::single(
            class,
            "joblib-array",
            Label::Benign,
            "model.joblib",
            streams::with_array(40).op("LIST").stop(),
        ),
    ]
}

fn frameworks() -> Vec<Case> {
    let class = "framework";
    let object = |module: &str, it: &str| {
        let state = Py::Dict(vec![
            (text("n_features_in_"), Py::Int(4)),
            (text("_sklearn_version"), text("1.5.0")),
        ]);
        dumps(
            4,
            &Py::Object(
                Box::new(name(module, it)),
                Vec::new(),
                Some(Box::new(state)),
            ),
        )
    };
    vec![
        benign(
            class,
            "linear-regression",
            object("sklearn.linear_model._base", "LinearRegression"),
        ),
        benign(
            class,
            "random-forest",
            object("sklearn.ensemble._forest", "RandomForestClassifier"),
        ),
        benign(
            class,
            "torch-linear",
            object("torch.nn.modules.linear", "Linear"),
        ),
        benign(
            class,
            "xgboost-classifier",
            object("xgboost.sklearn", "XGBClassifier"),
        ),
        benign(
            class,
            "score-function",
            dumps(
                4,
                &Py::Dict(vec![(
                    text("score_func"),
                    name(
                        "sklearn.feature_selection._univariate_selection",
                        "f_classif",
                    ),
                )]),
            ),
        ),
        benign(class, "class-of-the-script", object("__main__", "Net")),
        benign(class, "class-of-a-package", object("acme.models", "Net")),
        Case::single(
            class,
            "torch-legacy",
            Label::Benign,
            "model.pt",
            streams::legacy_honest(),
        ),
    ]
}

/// Texts that begin like pickles.
fn texts() -> Vec<Case> {
    [
        ("word-list", "words.txt", "cat\ndog\nelephant\nfish\n"),
        ("shell", "setup.sh", "cd model\nls\nrm -f old\n"),
        (
            "prose",
            "README.md",
            "I never said that.\nNot once. (Really.)\n",
        ),
        ("numbers", "data.txt", "I1\nI2\nI3\n"),
        ("brackets", "list.txt", "].\n"),
        ("yaml", "config.yaml", "(none)\n.\n"),
        (
            "python-about-pickle",
            "notes.py",
            "# cos\n# system\nPAYLOAD = None\n",
        ),
    ]
    .into_iter()
    .map(|(it, file, content)| {
        Case::single(
            "text-look-alike",
            it,
            Label::Benign,
            file,
            content.as_bytes(),
        )
    })
    .collect()
}
