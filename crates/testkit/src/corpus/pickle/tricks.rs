//! Tricks with opcodes: memo, stack, marks, extensions, padding, frames, odd literals.

use super::{Case, malicious};
use crate::pickle::{Assembler, Py, name, text};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = memo();
    cases.extend(stack());
    cases.extend(extensions());
    cases.extend(frames());
    cases.extend(padding());
    cases.extend(errors());
    cases
}

const CLASS: &str = "opcode-tricks";

fn reduce(it: Assembler) -> Vec<u8> {
    it.text("echo example").op("TUPLE1").op("REDUCE").stop()
}

fn memo() -> Vec<Case> {
    let parts = || {
        Assembler::new(4)
            .text("os")
            .op("MEMOIZE")
            .op("POP")
            .text("system")
            .op("MEMOIZE")
            .op("POP")
    };
    vec![
        malicious(
            CLASS,
            "name-from-the-memo",
            reduce(parts().raw(b"h\0h\x01").op("STACK_GLOBAL")),
        ),
        malicious(
            CLASS,
            "name-from-a-far-memo-entry",
            reduce(
                Assembler::new(4)
                    .text("os")
                    .raw(b"r\xff\xff\xff\xff0")
                    .text("system")
                    .raw(b"r\xfe\xff\xff\xff0")
                    .raw(b"j\xff\xff\xff\xffj\xfe\xff\xff\xff")
                    .op("STACK_GLOBAL"),
            ),
        ),
        malicious(
            CLASS,
            "memo-entry-overwritten",
            reduce(
                Assembler::new(4)
                    .text("collections")
                    .raw(b"q\x070")
                    .text("os")
                    .raw(b"q\x070")
                    .raw(b"h\x07")
                    .text("system")
                    .op("STACK_GLOBAL"),
            ),
        ),
        malicious(
            CLASS,
            "text-memo-with-odd-index",
            b"\x80\x04\x8c\x02osp1_0\n0g10\n\x8c\x06system\x93\x8c\x04echo\x85R.".to_vec(),
        ),
        malicious(
            CLASS,
            "callable-from-the-memo",
            Assembler::new(2)
                .import("os", "system")
                .raw(b"q\x050")
                .raw(b"h\x05")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .stop(),
        ),
        malicious(
            CLASS,
            "argument-at-position-zero",
            b"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.".to_vec(),
        ),
    ]
}

fn stack() -> Vec<Case> {
    vec![
        malicious(
            CLASS,
            "obj-result-popped",
            Assembler::new(2)
                .op("MARK")
                .import("os", "system")
                .text("echo")
                .op("OBJ")
                .op("POP")
                .op("NONE")
                .stop(),
        ),
        malicious(
            CLASS,
            "reduce-then-build",
            Assembler::new(2)
                .import("os", "system")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .op("EMPTY_DICT")
                .op("BUILD")
                .stop(),
        ),
        malicious(
            CLASS,
            "result-below-a-mark",
            Assembler::new(2)
                .op("MARK")
                .import("os", "system")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .op("POP_MARK")
                .op("EMPTY_DICT")
                .stop(),
        ),
        malicious(
            CLASS,
            "arguments-from-a-list",
            Assembler::new(2)
                .import("os", "system")
                .value(&Py::List(vec![text("echo")]))
                .op("REDUCE")
                .stop(),
        ),
        malicious(
            CLASS,
            "callable-duplicated",
            Assembler::new(2)
                .import("os", "system")
                .op("DUP")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .op("TUPLE2")
                .stop(),
        ),
        malicious(
            CLASS,
            "quoted-escapes",
            b"cos\nsystem\n(S'ec\\x68o'\ntR.".to_vec(),
        ),
        malicious(
            CLASS,
            "escaped-unicode-name",
            b"V\\u006fs\nVsyst\\u0065m\n\x93(Vecho\ntR.".to_vec(),
        ),
        malicious(
            CLASS,
            "string-opcodes-for-names",
            b"U\x02osU\x06system\x93U\x04echo\x85R.".to_vec(),
        ),
        malicious(
            CLASS,
            "frozenset-around",
            Assembler::new(4)
                .op("MARK")
                .import("os", "system")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .op("FROZENSET")
                .stop(),
        ),
        malicious(
            CLASS,
            "protocol-raised-in-between",
            Assembler::new(2)
                .raw(b"\x80\x04")
                .import("os", "system")
                .raw(b"\x80\x00")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .stop(),
        ),
        malicious(
            CLASS,
            "renamed-because-the-protocol-is-lowered",
            Assembler::new(4)
                .raw(b"\x80\x00")
                .raw(b"ccommands\ngetoutput\n")
                .text("echo")
                .op("TUPLE1")
                .op("REDUCE")
                .stop(),
        ),
    ]
}

fn extensions() -> Vec<Case> {
    let register = Assembler::new(2)
        .import("copyreg", "add_extension")
        .value(&Py::Tuple(vec![text("os"), text("system"), Py::Int(200)]))
        .op("REDUCE")
        .op("POP");
    vec![
        malicious(
            CLASS,
            "registered-extension",
            reduce(register.raw(&[0x82, 200])),
        ),
        malicious(
            CLASS,
            "unregistered-extension",
            reduce(Assembler::new(2).raw(&[0x82, 7])),
        ),
        malicious(
            CLASS,
            "wide-extension",
            reduce(Assembler::new(2).raw(&[0x84, 1, 2, 3, 0])),
        ),
        malicious(
            CLASS,
            "two-byte-extension",
            reduce(Assembler::new(2).raw(&[0x83, 1, 2])),
        ),
    ]
}

/// Loaders disagree about what lies across the end of a frame.
fn frames() -> Vec<Case> {
    let frame = |length: u64| [&[0x95][..], &length.to_le_bytes()].concat();
    let call = b"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.";
    // Read in one piece this is a text line; dropped at the end of the frame, the lines behind it are.
    let dropped = [
        &b"\x80\x04"[..],
        &frame(5),
        b"cjson",
        b"os\nsystem\n(Vecho\ntR.",
    ]
    .concat();
    let contiguous = [&b"\x80\x04"[..], &frame(3), call].concat();
    vec![
        malicious(CLASS, "frame-dropped", dropped),
        malicious(CLASS, "frame-straddled", contiguous),
        malicious(
            CLASS,
            "frame-too-long",
            [&b"\x80\x04"[..], &frame(5000), call].concat(),
        ),
        malicious(
            CLASS,
            "frame-in-a-frame",
            [&b"\x80\x04"[..], &frame(40), &frame(20), call].concat(),
        ),
        malicious(
            CLASS,
            "frame-of-nothing",
            [&b"\x80\x04"[..], &frame(0), call].concat(),
        ),
    ]
}

fn padding() -> Vec<Case> {
    let behind = |padding: &[u8]| reduce(Assembler::new(4).raw(padding).import("os", "system"));
    vec![
        malicious(CLASS, "padded-with-none", behind(&b"N0".repeat(100_000))),
        malicious(CLASS, "padded-with-marks", behind(&b"(".repeat(100_000))),
        malicious(CLASS, "padded-with-lists", behind(&b"]".repeat(100_000))),
        malicious(
            CLASS,
            "padded-with-memo",
            behind(&[&b"]"[..], &b"\x94".repeat(100_000)].concat()),
        ),
        malicious(
            CLASS,
            "padded-with-frames",
            behind(&[0x95, 0, 0, 0, 0, 0, 0, 0, 0].repeat(5_000)),
        ),
        malicious(CLASS, "behind-a-long-text", {
            let text = "x".repeat(300_000);
            reduce(
                Assembler::new(1)
                    .text(&text)
                    .op("POP")
                    .import("os", "system"),
            )
        }),
        malicious(CLASS, "deep-tuple", {
            reduce(
                Assembler::new(2)
                    .op("NONE")
                    .raw(&b"\x85".repeat(50_000))
                    .op("POP")
                    .import("os", "system"),
            )
        }),
    ]
}

/// What stood before an error has run.
fn errors() -> Vec<Case> {
    let call = || {
        Assembler::new(2)
            .import("os", "system")
            .text("echo")
            .op("TUPLE1")
            .op("REDUCE")
    };
    let class = "broken-stream";
    vec![
        malicious(class, "without-stop", call().unfinished()),
        malicious(
            class,
            "invalid-opcode-behind",
            call().raw(&[0xff, 0xfe]).unfinished(),
        ),
        malicious(class, "underflow-behind", call().raw(b"000000").stop()),
        malicious(class, "missing-memo-behind", call().raw(b"h\x63").stop()),
        malicious(
            class,
            "cut-in-a-literal",
            call().raw(b"X\xff\0\0\0abc").unfinished(),
        ),
        malicious(
            class,
            "cut-behind-the-call-in-protocol-0",
            b"cos\nsystem\n(S'echo'\ntR".to_vec(),
        ),
        malicious(
            class,
            "garbage-behind-protocol-0",
            b"cos\nsystem\n(S'echo'\ntR\xff\xff\xff".to_vec(),
        ),
        malicious(class, "result-of-nothing-called", {
            let value = Py::Call(
                Box::new(Py::None),
                vec![Py::Call(Box::new(name("os", "system")), vec![text("echo")])],
            );
            crate::pickle::dumps(2, &value)
        }),
    ]
}
