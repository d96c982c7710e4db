//! Hostile input costs bounded time, memory and stack, and is never called understood.

use chainwright_core::limits::Limits;
use chainwright_core::problem::ProblemKind;
use chainwright_templates::{Certainty, Family, TemplateFacts, inspect};
use chainwright_testkit::corpus::templates::samples;
use proptest::prelude::*;

fn facts(text: &str) -> TemplateFacts {
    inspect(text, &Limits::default())
}

fn has_problem(facts: &TemplateFacts, kind: ProblemKind) -> bool {
    facts.problems.iter().any(|problem| problem.kind == kind)
}

#[test]
fn truncation_anywhere_is_survived() {
    for sample in samples().iter().step_by(6) {
        for end in 0..sample.template.len() {
            if let Some(part) = sample.template.get(..end) {
                facts(part);
            }
        }
    }
}

#[test]
fn deep_nesting_is_a_problem_and_not_a_crash() {
    let count = 20_000;
    let nests = [
        format!("{{{{ {}1{} }}}}", "(".repeat(count), ")".repeat(count)),
        format!("{{{{ {}1{} }}}}", "[".repeat(count), "]".repeat(count)),
        format!("{{{{ {}1 }}}}", "not ".repeat(count)),
        format!("{{{{ {}1 }}}}", "-".repeat(count)),
        format!("{{{{ a{} }}}}", ".b".repeat(count)),
        format!("{{{{ a{} }}}}", "[0]".repeat(count)),
        format!("{{{{ a{} }}}}", "|trim".repeat(count)),
        format!("{{{{ a{} }}}}", "()".repeat(count)),
        format!("{{{{ {}b }}}}", "a if b else ".repeat(count)),
        format!("{{% if a %}}{}", "{% if a %}".repeat(count)),
        format!("{{% for a in b %}}{}", "{% for a in b %}".repeat(count)),
        format!("{{% macro a() %}}{}", "{% macro a() %}".repeat(count)),
    ];
    for nest in &nests {
        let facts = facts(nest);
        let start: String = nest.chars().take(20).collect();
        assert!(has_problem(&facts, ProblemKind::LimitReached), "{start}");
        assert!(!facts.parsed, "{start}");
    }
}

#[test]
fn long_but_flat_templates_are_read_whole() {
    let parts = " ~ 'a'".repeat(5_000);
    let long = format!(
        "{{{{ ''{parts} }}}}{}{{{{ ''.__class__ }}}}",
        "{% if a %}b{% elif c %}d{% endif %}".repeat(5_000)
    );
    assert_eq!(facts(&long).worst(Family::Escape), Some(Certainty::Proven));
    assert_eq!(facts(&long).problems, []);
}

#[test]
fn floods_of_findings_are_capped() {
    let flood = facts(&"{{ ''.__class__ }}".repeat(3_000));
    assert_eq!(flood.behaviours.len(), 64);
    assert!(flood.omitted > 0);
}

#[test]
fn expensive_templates_stay_cheap_to_judge() {
    let nested: String = (0..40)
        .map(|level| format!("{{% for x{level} in [1, 2, 3, 4, 5, 6, 7, 8, 9] %}}"))
        .collect();
    let bomb = format!("{nested}{{{{ 'x' }}}}{}", "{% endfor %}".repeat(40));
    let macros: String = (0..40)
        .map(|level| {
            format!(
                "{{% macro m{}() %}}{{{{ m{level}() }}}}{{{{ m{level}() }}}}{{% endmacro %}}",
                level + 1
            )
        })
        .collect();
    let doubling = format!(
        "{{% set a = 'x' %}}{}{{{{ a }}}}",
        "{% set a = a ~ a %}".repeat(60)
    );
    for text in [bomb, format!("{macros}{{{{ m40() }}}}"), doubling] {
        // Without a budget none of these would come to an end.
        assert!(facts(&text).behaviours.len() <= 64);
    }
}

#[test]
fn text_beyond_the_limit_is_reported() {
    let limits = Limits {
        text_bytes: 10,
        ..Limits::default()
    };
    let facts = inspect("äääääääää{{ ''.__class__ }}", &limits);
    assert!(has_problem(&facts, ProblemKind::LimitReached));
}

#[test]
fn facts_survive_storage() {
    for sample in samples() {
        let facts = facts(&sample.template);
        let stored = serde_json::to_string(&facts).expect("facts are plain data");
        assert_eq!(
            serde_json::from_str::<TemplateFacts>(&stored).expect("stored facts load"),
            facts
        );
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{{ "),
        Just(" }}"),
        Just("{% "),
        Just(" %}"),
        Just("{# "),
        Just(" #}"),
        Just("if "),
        Just("for x in "),
        Just("endif"),
        Just("endfor"),
        Just("set a = "),
        Just("macro m(a) "),
        Just("endmacro"),
        Just("'"),
        Just("\""),
        Just("\\x5f"),
        Just("\\N{"),
        Just("__class__"),
        Just("["),
        Just("]"),
        Just("("),
        Just(")"),
        Just("{"),
        Just("}"),
        Just("|attr"),
        Just("|map"),
        Just("a"),
        Just(".b"),
        Just(" ~ "),
        Just(" * "),
        Just(" ** "),
        Just("99999999999"),
        Just("range"),
        Just("messages"),
        Just("content"),
        Just(" in "),
        Just(" is "),
        Just(" not "),
        Just(", "),
        Just("="),
        Just("-"),
        Just(":"),
        Just("é"),
        Just("\u{200b}"),
        Just("\u{e0041}"),
        Just("\n"),
        Just("{% raw %}"),
        Just("{% endraw %}"),
        Just("m("),
        Just("loop("),
    ];
    proptest::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn same_text_same_facts(text in pieces()) {
        prop_assert_eq!(facts(&text), facts(&text));
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let facts = facts(&text);
        prop_assert!(facts.behaviours.len() <= 64);
    }
}
