use chainwright_testkit::corpus::formats::framed_pickle;
use chainwright_testkit::npy::Builder;

use super::*;

fn facts(builder: &Builder) -> NpyFacts {
    let limits = Limits::default();
    read(&builder.build(), &limits, &Budget::untimed(limits.clone()))
}

fn kinds(builder: &Builder) -> Vec<NpyFlaw> {
    facts(builder)
        .flaws
        .kept
        .iter()
        .map(|flaw| flaw.kind)
        .collect()
}

#[test]
fn objects_are_seen_in_every_form_that_numpy_reads() {
    for descr in [
        "'|O'",
        "'O8'",
        "[('a', '<f4'), ('b', 'O')]",
        "('|O', (2,))",
        "[('a', [('b', '|O')])]",
        "'object'",
        "'object_'",
        "'i4,O'",
        "'3O'",
        "'(2,)O'",
        "'\\x4f'",
        "'\\117'",
        "'|' 'O'",
        "'\\N{LATIN CAPITAL LETTER O}'",
        "u'|O'",
        "'T'",
        "('O')",
        "'''|O'''",
        "'|O' # a comment\n",
    ] {
        let facts = facts(&Builder::array(descr, "(1,)").data(&framed_pickle()));
        assert!(facts.has_object, "{descr}: {facts:?}");
        assert_eq!(facts.pickle_offset, Some(facts.data_offset), "{descr}");
    }
}

#[test]
fn each_lie_has_its_own_name() {
    use NpyFlaw as F;
    let array =
        |descr: &str, shape: &str, size: usize| Builder::array(descr, shape).data(&vec![0; size]);
    let cases: [(Builder, &[F]); 13] = [
        (array("'<f4'", "(2,)", 8), &[]),
        (array("[('a', '<f4', (2, 2)), ('b', '<U3')]", "()", 28), &[]),
        (array("'<f4'", "(2,)", 7), &[F::DataTooShort]),
        (array("'<f4'", "(2,)", 9), &[F::TrailingData]),
        (
            array("'<f4'", "(9223372036854775807, 2)", 8),
            &[F::SizeOverflow],
        ),
        (array("'<f4'", "(-2,)", 8), &[F::BadShape]),
        (array("'<f4'", "[2]", 8), &[F::BadShape]),
        (array("'<q9'", "(2,)", 8), &[F::BadDescr]),
        (
            Builder::new("{'descr': '<f4', 'shape': (0,)}"),
            &[F::WrongKeys],
        ),
        (
            Builder::new("{'descr': '<f4', 'fortran_order': 1, 'shape': (0,)}"),
            &[F::BadOrder],
        ),
        (
            Builder::new("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), 'x': 1}"),
            &[F::WrongKeys],
        ),
        (
            Builder::new("__import__('os')"),
            &[F::CodeInHeader, F::WrongKeys],
        ),
        (Builder::new("{'descr'"), &[F::NotALiteral, F::WrongKeys]),
    ];
    for (builder, expected) in cases {
        assert_eq!(kinds(&builder), expected, "{builder:?}");
    }
}

#[test]
fn nesting_without_end_is_no_literal() {
    let deep = format!("{}1{}", "(".repeat(3000), ",)".repeat(3000));
    assert!(kinds(&Builder::new(&deep)).contains(&NpyFlaw::NotALiteral));
}
