//! NumPy arrays: objects, types that hide or lie, stowaways behind the array, code in the header.

use super::{CALLING_PICKLE, benign, framed_pickle, malicious, small_zip, weights};
use crate::corpus::Case;
use crate::npy::Builder;

const CLASS: &str = "npy-object";
const FILE: &str = "weights.npy";

pub(super) fn cases() -> Vec<Case> {
    [objects(), lies(), headers(), honest()].concat()
}

fn bad(name: &str, builder: &Builder) -> Case {
    malicious(CLASS, name, FILE, builder.build())
}

fn good(name: &str, builder: &Builder) -> Case {
    benign(CLASS, name, FILE, builder.build())
}

fn objects() -> Vec<Case> {
    let with =
        |name: &str, descr: &str| bad(name, &Builder::array(descr, "(1,)").data(&framed_pickle()));
    vec![
        with("object-array", "'|O'"),
        with("object-array-sized", "'|O8'"),
        with("object-in-structure", "[('a', '<f4'), ('b', '|O')]"),
        with(
            "object-in-nested-structure",
            "[('a', [('b', [('c', 'O')])])]",
        ),
        with("object-in-sub-array", "[('a', '|O', (2, 2))]"),
        with("object-by-name", "'object'"),
        with("object-in-comma-list", "'i4,O'"),
        with("object-in-repeated-code", "'f4,(2,3)O'"),
        with("object-by-escape", "'\\x4f'"),
        with("object-by-character-name", "'\\N{LATIN CAPITAL LETTER O}'"),
        with("object-behind-comment", "# float\n'|O'"),
        bad(
            "object-array-protocol-0",
            &Builder::array("'|O'", "(1,)").data(CALLING_PICKLE),
        ),
        bad(
            "object-array-version-2",
            &Builder::array("'|O'", "(1,)")
                .version(2)
                .data(&framed_pickle()),
        ),
        bad(
            "object-array-version-3",
            &Builder::array("'|O'", "(1,)")
                .version(3)
                .data(&framed_pickle()),
        ),
        bad(
            "object-array-without-elements",
            &Builder::array("'|O'", "(0,)").data(&framed_pickle()),
        ),
        bad(
            "second-descr-wins",
            &Builder::new("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'descr': '|O'}")
                .data(&framed_pickle()),
        ),
    ]
}

fn lies() -> Vec<Case> {
    vec![
        bad(
            "float-array-is-pickle",
            &Builder::array("'<f4'", "(16,)").data(&framed_pickle()),
        ),
        bad(
            "bytes-array-is-pickle",
            &Builder::array("'|S64'", "(1,)").data(CALLING_PICKLE),
        ),
        bad(
            "void-array-is-pickle",
            &Builder::array("'|V64'", "(1,)").data(&framed_pickle()),
        ),
        bad(
            "pickle-behind-array",
            &Builder::array("'<f4'", "(8,)")
                .data(&weights(8))
                .data(&framed_pickle()),
        ),
        bad(
            "zip-behind-array",
            &Builder::array("'<f4'", "(8,)")
                .data(&weights(8))
                .data(&small_zip("a", b"b")),
        ),
        bad(
            "pickle-behind-empty-array",
            &Builder::array("'<f4'", "(0,)").data(CALLING_PICKLE),
        ),
        bad(
            "shape-beyond-file",
            &Builder::array("'<f8'", "(1000000000,)").data(&weights(8)),
        ),
        bad(
            "shape-overflows",
            &Builder::array("'<f8'", "(4294967296, 4294967296)").data(&weights(8)),
        ),
        bad(
            "negative-shape",
            &Builder::array("'<f8'", "(-1, 8)").data(&weights(8)),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let with = |name: &str, header: &str| bad(name, &Builder::new(header).data(&weights(2)));
    vec![
        with("call-in-header", "__import__('os').system('echo test')"),
        with(
            "call-in-shape",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (eval('2'),), }",
        ),
        with(
            "call-in-descr",
            "{'descr': getattr(__builtins__, 'eval'), 'fortran_order': False, 'shape': (2,), }",
        ),
        with(
            "comprehension-in-header",
            "{'descr': '<f4', 'fortran_order': False, 'shape': tuple([x for x in (2,)])}",
        ),
        with(
            "header-is-nested-deeply",
            &format!("{}{}", "[".repeat(4000), "]".repeat(4000)),
        ),
        bad(
            "header-beyond-file",
            &Builder::array("'<f4'", "(2,)")
                .version(2)
                .length(0x7fff_ffff)
                .data(&weights(2)),
        ),
        bad(
            "version-9",
            &Builder::array("'|O'", "(1,)")
                .version(9)
                .data(&framed_pickle()),
        ),
    ]
}

fn honest() -> Vec<Case> {
    let mut cases = vec![
        good(
            "structured",
            &Builder::array("[('x', '<f4'), ('y', '<i8', (2,)), ('', '|V4')]", "(2,)")
                .data(&[0; 48]),
        ),
        good(
            "structured-with-title",
            &Builder::array("[(('title', 'x'), '<f4')]", "(2,)").data(&[0; 8]),
        ),
        good("scalar", &Builder::array("'<f8'", "()").data(&[0; 8])),
        good("empty", &Builder::array("'<f8'", "(0, 5)")),
        good(
            "version-2",
            &Builder::array("'<f4'", "(2,)").version(2).data(&weights(2)),
        ),
        good(
            "version-3",
            &Builder::array("[('größe', '<f4')]", "(2,)")
                .version(3)
                .data(&weights(2)),
        ),
        good(
            "two-arrays-in-one-file",
            &Builder::array("'<f4'", "(2,)")
                .data(&weights(2))
                .data(&Builder::array("'<f4'", "(2,)").data(&weights(2)).build()),
        ),
        good(
            "python-2",
            &Builder::array("'<f4'", "(2L,)").data(&weights(2)),
        ),
        good(
            "fortran-order",
            &Builder::new("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }")
                .data(&weights(2)),
        ),
    ];
    for (descr, size) in [
        ("|b1", 1),
        ("|i1", 1),
        ("|u1", 1),
        ("<i2", 2),
        (">i4", 4),
        ("<u8", 8),
        ("<f2", 2),
        (">f8", 8),
        ("<f16", 16),
        ("<c8", 8),
        ("<c16", 16),
        ("|S5", 5),
        ("<U3", 12),
        ("<M8[ns]", 8),
        ("<m8[25us]", 8),
        ("|V2", 2),
    ] {
        let name = format!(
            "type-{}",
            descr.replace(['<', '>', '|', '[', ']'], "").to_lowercase()
        );
        let bytes = Builder::array(&format!("'{descr}'"), "(3,)").data(&vec![0; size * 3]);
        cases.push(good(&name, &bytes));
    }
    cases
}
