//! What would be called with which arguments, as evidence.

use chainwright_pickle::{AnomalyKind, Tier};

use crate::{facts, facts_of, uses};

#[test]
fn every_call_style_names_callable_and_arguments() {
    for (recipe, expected) in [
        (
            "GLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP",
            "Dangerous Reduce os.system('id') Catalogued\n",
        ),
        (
            "MARK\nUNICODE id\nINST posix system\nSTOP",
            "Dangerous Inst posix.system('id') Catalogued\n",
        ),
        (
            "PROTO 2\nMARK\nGLOBAL os system\nBINUNICODE 'id'\nOBJ\nPOP\nNONE\nSTOP",
            "Dangerous Obj os.system('id') Catalogued\n",
        ),
        (
            "PROTO 2\nGLOBAL subprocess Popen\nBINUNICODE 'id'\nTUPLE1\nNEWOBJ\nSTOP",
            "Dangerous NewObj subprocess.Popen('id') Catalogued\n",
        ),
        (
            "PROTO 4\nGLOBAL acme.x Y\nEMPTY_TUPLE\nEMPTY_DICT\nNEWOBJ_EX\nSTOP",
            "UnknownClass NewObjEx acme.x.Y() UnknownName\n",
        ),
        (
            "GLOBAL acme.x y\nMARK\nINT 3\nNONE\nTUPLE\nREDUCE\nSTOP",
            "UnknownCall Reduce acme.x.y(3, None) UnknownName\n",
        ),
        (
            "GLOBAL acme.x Y\nSTOP",
            "UnknownClass Import acme.x.Y UnknownName\n",
        ),
        (
            "PROTO 2\nGLOBAL numpy size\nEMPTY_DICT\nBUILD\nSTOP",
            "Dangerous Mutation numpy.size({}) StateOfGlobal\n",
        ),
    ] {
        assert_eq!(uses(&facts_of(recipe)), expected, "{recipe}");
    }
}

#[test]
fn old_names_are_shown_as_python_3_sees_them() {
    let seen = facts_of("GLOBAL commands getoutput\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP");
    assert_eq!(
        uses(&seen),
        "Dangerous Reduce subprocess.getoutput('id') Catalogued\n"
    );
}

#[test]
fn chains_of_indirection_are_followed_to_their_end() {
    let seen = facts_of(
        "PROTO 2\nGLOBAL __builtin__ getattr\nGLOBAL importlib import_module\nBINUNICODE 'os'\nTUPLE1\nREDUCE\n\
         BINUNICODE 'system'\nTUPLE2\nREDUCE\nBINUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP",
    );
    insta::assert_snapshot!(uses(&seen), @r"
    Dangerous Reduce importlib.import_module('os') Catalogued
    Dangerous Reduce builtins.getattr(<module os>, 'system') Catalogued
    Dangerous Reduce os.system('id') Catalogued
    ");
}

#[test]
fn names_assembled_by_calls_are_resolved_but_never_approved() {
    let seen = facts_of(
        "PROTO 4\nSHORT_BINUNICODE 'os'\nSHORT_BINUNICODE 'codecs'\nSHORT_BINUNICODE 'decode'\nSTACK_GLOBAL\n\
         SHORT_BINUNICODE 'flfgrz'\nSHORT_BINUNICODE 'rot13'\nTUPLE2\nREDUCE\nSTACK_GLOBAL\n\
         SHORT_BINUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP",
    );
    insta::assert_snapshot!(uses(&seen), @r"
    Dangerous Reduce os.system('id') Catalogued
    UnknownCall Reduce codecs.decode('flfgrz', 'rot13') NotApproved
    ");
}

#[test]
fn payloads_in_payloads_keep_their_place_and_depth() {
    let seen = facts_of(
        "PROTO 4\nGLOBAL pickle loads\nBINBYTES {\nGLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP\n}\n\
         TUPLE1\nREDUCE\nSTOP",
    );
    let inner = seen
        .uses
        .iter()
        .find(|it| it.depth == 1)
        .expect("a nested use");
    assert_eq!(
        (
            inner.module.as_str(),
            inner.name.as_str(),
            inner.arguments.as_str()
        ),
        ("os", "system", "('id')")
    );
    // PROTO, GLOBAL with its lines, the length of the literal, then GLOBAL, MARK, STRING and TUPLE inside it.
    assert_eq!(inner.offset, 2 + 14 + 5 + 11 + 1 + 6 + 1);
    assert_eq!((seen.nested_count, seen.stream_count), (1, 1));
}

#[test]
fn repeated_uses_are_counted_not_listed() {
    let seen = facts_of(
        "PROTO 2\nGLOBAL acme.x Y\nBINPUT 0\nREPEAT 1 POP\nBINGET 0\nEMPTY_TUPLE\nNEWOBJ\nPOP\nBINGET 0\nEMPTY_TUPLE\nNEWOBJ\nSTOP",
    );
    assert_eq!(seen.uses.len(), 1);
    assert_eq!(seen.uses[0].count, 2);
}

#[test]
fn hostile_names_are_made_visible_and_cut() {
    let long = "x".repeat(1000);
    let seen = facts_of(&format!("GLOBAL acme {long}\nSTOP"));
    assert_eq!(seen.uses[0].name.chars().count(), 201);
    let seen = facts(b"cac\x1b[2Jme\nx\n.");
    assert_eq!(seen.uses[0].module, "ac\\u{1b}[2Jme");
    assert_eq!(seen.worst(), Tier::UnknownCall);
}

#[test]
fn approved_calls_are_only_counted() {
    let seen = facts_of("PROTO 2\nGLOBAL collections OrderedDict\nEMPTY_TUPLE\nREDUCE\nSTOP");
    assert_eq!((seen.uses.len(), seen.safe_uses), (0, 1));
    assert_eq!(seen.packages, ["collections"]);
    assert_eq!(seen.streams[0].root, "collections.OrderedDict");
}

#[test]
fn both_readings_of_a_frame_are_taken() {
    // In one piece the module is `jsonos`; with the rest of the frame dropped it is `os`.
    let seen = facts_of(
        "PROTO 4\nFRAME 5\nRAW 636a736f6e\nRAW 6f730a73797374656d0a\nMARK\nUNICODE id\nTUPLE\nREDUCE\nSTOP",
    );
    let names: Vec<_> = seen
        .uses
        .iter()
        .map(|it| (it.tier, it.module.as_str()))
        .collect();
    assert!(names.contains(&(Tier::Dangerous, "os")), "{names:?}");
    assert!(names.contains(&(Tier::UnknownCall, "jsonos")), "{names:?}");
    assert_eq!(seen.anomalies[0].kind, AnomalyKind::FrameStraddle);
}

#[test]
fn the_last_line_may_lack_its_line_feed() {
    // Pure Python cuts the last byte of what it reads, whatever that is.
    assert_eq!(
        uses(&facts(b"(Vid\nios\nsystemX")),
        "Dangerous Inst os.system('id') Catalogued\n"
    );
}
