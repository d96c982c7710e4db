//! PyTorch mobile programs as flatbuffers (`PTMF`).
//!
//! The bytecode of TorchScript: functions made of instructions, values that refer to each other by number, and
//! tensors in storages. The loader indexes with these numbers, so each is checked; operators are held against the
//! namespaces that PyTorch and its companions register. TorchScript sources and extra files that lie in the file
//! are handed out to be inspected on their own.
//!
//! Sources: `torch/csrc/jit/serialization/mobile_bytecode.fbs`, `torch/csrc/jit/mobile/flatbuffer_loader.cpp`,
//! `torch/csrc/jit/runtime/instruction.h` of PyTorch 2.15.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind, PartContent,
};

use crate::facts::{bad_index, close_flat, elements, lie, outside};
use crate::flat::{Flat, Table, Vector};

/// Reads outside of memory in the loader and the interpreter.
const BOUNDS: &str = "CVE-2024-31584";
/// Bytes of an instruction: a code, a padding byte, a 16-bit and a 32-bit number.
const INSTRUCTION: u64 = 8;

/// Namespaces of operators that PyTorch and its companions register.
const NAMESPACES: &[&str] = &[
    "_caffe2",
    "_nnapi",
    "_prepacked",
    "_quantized",
    "aten",
    "coreml",
    "fb",
    "inductor",
    "internal",
    "metal",
    "metal_prepack",
    "mkldnn",
    "mkldnn_prepacked",
    "onnx",
    "prepacked",
    "prim",
    "prims",
    "quantized",
    "quantized_decomposed",
    "sparse",
    "static_runtime",
    "tensorexpr",
    "torchaudio",
    "torchtext",
    "torchvision",
    "vulkan",
    "vulkan_prepack",
    "vulkan_quantized",
    "xnnpack",
];

/// Operators that PyTorch registers and that reach nothing outside the program: the schemas of PyTorch 2.15, those of
/// earlier releases by name.
static PLAIN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../data/torch_plain.txt").lines().collect());

/// Operators of PyTorch that reach files or the interpreter.
const REACHING: &[(&str, Kind)] = &[
    ("aten::from_file", Kind::FileRead),
    ("aten::load", Kind::FileRead),
    ("aten::open", Kind::FileRead),
    ("aten::save", Kind::FileWrite),
    ("image::read_file", Kind::FileRead),
    ("image::write_file", Kind::FileWrite),
    ("prim::PythonOp", Kind::InterpreterCallback),
    ("prim::CallFunction", Kind::UnknownCallable),
];

/// How many of each thing there are to refer to.
struct Counts {
    values: i64,
    storages: i64,
    types: i64,
}

/// Reads a program.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TorchMobile);
    let flat = Flat::new(bytes, bytes.size(), budget);
    if let Some(root) = flat.root() {
        module(&flat, root, &mut facts);
    }
    close_flat(&flat, &mut facts, "CVE-2025-3121");
    facts
}

fn module<'a>(flat: &'a Flat<'a>, root: Table<'a>, facts: &mut ModelFacts) {
    facts.version = root.u32(0).to_string();
    let count = |list: u16| i64::try_from(root.count(list, 4)).unwrap_or(i64::MAX);
    let counts = Counts {
        values: count(4),
        storages: count(6),
        types: count(7),
    };
    let stated = i64::from(root.i32(5));
    if stated < 0 || stated > counts.storages {
        let subject = format!("{stated} storages");
        let detail = "more storages are announced than there are";
        lie(facts, root.start(), &subject, detail, "CVE-2025-3121");
    }
    index(
        root.start(),
        "state",
        i64::from(root.u32(3)),
        counts.values,
        facts,
    );
    check(
        root.start(),
        "method",
        numbers(root, 2),
        counts.values,
        facts,
    );
    check(
        root.start(),
        "constant",
        numbers(root, 9),
        counts.values,
        facts,
    );
    let storages: Vec<u64> = root
        .tables(6)
        .map(|each| each.map_or(0, |each| each.count(0, 1)))
        .collect();
    for value in root.tables(4).flatten() {
        read_value(flat, value, &counts, &storages, facts);
    }
    for (list, folder) in [(1, "extra"), (8, "code")] {
        for file in root.tables(list).flatten() {
            hand_out(file, folder, facts);
        }
    }
}

fn hand_out(file: Table<'_>, folder: &str, facts: &mut ModelFacts) {
    let name = file.text(0).unwrap_or_default();
    if let Some(content) = file.vector(1, 1).filter(|content| content.count > 0) {
        let stretch = PartContent::Stretch {
            offset: content.first,
            length: content.count,
        };
        facts.part(&format!("{folder}/{name}"), stretch);
    }
}

/// Numbers without a sign.
fn numbers<'a>(table: Table<'a>, list: u16) -> impl Iterator<Item = i64> + use<'a> {
    table
        .i32s(list)
        .map(|number| i64::from(number.cast_unsigned()))
}

fn check(at: u64, what: &str, list: impl Iterator<Item = i64>, count: i64, facts: &mut ModelFacts) {
    for each in list {
        index(at, what, each, count, facts);
    }
}

fn index(at: u64, what: &str, index: i64, count: i64, facts: &mut ModelFacts) {
    if index < 0 || index >= count {
        bad_index(facts, at, what, index, BOUNDS);
    }
}

fn read_value(
    flat: &Flat<'_>,
    value: Table<'_>,
    counts: &Counts,
    storages: &[u64],
    facts: &mut ModelFacts,
) {
    let kind = value.u8(0);
    // Structs (numbers) are no tables; 0 is the null value.
    if matches!(kind, 0..=4) {
        return;
    }
    let Some(inner) = value.table(1) else { return };
    let at = inner.start();
    match kind {
        5 => tensor(inner, counts, storages, facts),
        7 | 8 => check(at, "item", numbers(inner, 0), counts.values, facts),
        9 => {
            check(at, "key", numbers(inner, 0), counts.values, facts);
            check(at, "item", numbers(inner, 1), counts.values, facts);
            if inner.count(0, 4) != inner.count(1, 4) {
                let detail = "a dictionary has more keys than values, or fewer";
                outside(facts, at, "dictionary", detail, BOUNDS);
            }
        }
        10 => object(inner, counts, facts),
        15 => index(
            at,
            "enum value",
            i64::from(inner.u32(1)),
            counts.values,
            facts,
        ),
        16 => function(flat, inner, counts, facts),
        6 | 11..=14 => {}
        _ => bad_index(
            facts,
            value.start(),
            "kind of value",
            i64::from(kind),
            BOUNDS,
        ),
    }
}

fn object(object: Table<'_>, counts: &Counts, facts: &mut ModelFacts) {
    let at = object.start();
    index(at, "type", i64::from(object.u32(0)), counts.types, facts);
    check(at, "attribute", numbers(object, 2), counts.values, facts);
    for field in [1, 3] {
        if object.field(field).is_some() {
            index(
                at,
                "state",
                i64::from(object.u32(field)),
                counts.values,
                facts,
            );
        }
    }
}

/// Bytes of an element by PyTorch's number of its type.
const fn width(kind: u8) -> Option<u64> {
    Some(match kind {
        0 | 1 | 11..=13 | 16 | 17 | 18..=21 | 23..=26 | 44 => 1,
        2 | 5 | 15 | 22 | 27 => 2,
        3 | 6 | 8 | 14 | 28 => 4,
        4 | 7 | 9 | 29 => 8,
        10 => 16,
        _ => return None,
    })
}

fn tensor(tensor: Table<'_>, counts: &Counts, storages: &[u64], facts: &mut ModelFacts) {
    let at = tensor.start();
    let storage = i64::from(tensor.u32(0));
    index(at, "storage", storage, counts.storages, facts);
    let Some(width) = width(tensor.u8(1)) else {
        bad_index(facts, at, "scalar type", i64::from(tensor.u8(1)), BOUNDS);
        return;
    };
    let sizes: Vec<i64> = tensor.i32s(3).map(i64::from).collect();
    let strides: Vec<i64> = tensor.i32s(4).map(i64::from).collect();
    let count = elements(sizes.iter().copied());
    facts.parameters = facts.parameters.saturating_add(count.unwrap_or(0));
    let shown = format!("{sizes:?} by {strides:?} from {}", tensor.i32(2));
    if count.is_none() || tensor.i32(2) < 0 || strides.len() != sizes.len() {
        let detail = "the size of a tensor is negative, overflows or does not fit its strides";
        lie(facts, at, &shown, detail, "CVE-2025-3121");
        return;
    }
    // The last element that shape and strides reach.
    let mut last = i128::from(tensor.i32(2));
    for (size, stride) in sizes.iter().zip(&strides) {
        let reach = i128::from(*stride).saturating_mul(i128::from(size.saturating_sub(1)));
        last = last.saturating_add(reach.max(0));
        if *stride < 0 {
            last = i128::MAX;
        }
    }
    let held = usize::try_from(storage)
        .ok()
        .and_then(|storage| storages.get(storage));
    let end = last.saturating_add(1).saturating_mul(i128::from(width));
    if count != Some(0) && held.is_some_and(|held| end > i128::from(*held)) {
        let detail = "a tensor reaches beyond its storage";
        outside(facts, at, &shown, detail, "CVE-2024-31584");
    }
}

fn function(flat: &Flat<'_>, function: Table<'_>, counts: &Counts, facts: &mut ModelFacts) {
    let at = function.start();
    let operators = i64::try_from(function.count(2, 4)).unwrap_or(i64::MAX);
    let constants = i64::try_from(function.count(3, 4)).unwrap_or(i64::MAX);
    let annotations = i64::try_from(function.count(4, 4)).unwrap_or(i64::MAX);
    check(at, "constant", numbers(function, 3), counts.values, facts);
    for operator in function.tables(2).flatten() {
        judge(operator, flat.catalogue(), facts);
    }
    let Some(code) = function.vector(1, INSTRUCTION) else {
        return;
    };
    let length = i64::try_from(code.count).unwrap_or(i64::MAX);
    let registers = i64::from(function.i32(5));
    for (row, (op, many, x)) in instructions(flat, code).enumerate() {
        facts.operators = facts.operators.saturating_add(1);
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        match op {
            // OP, OPN: an operator of the function.
            0 | 1 => index(at, "operator", x, operators, facts),
            // LOAD, MOVE, STORE, DROPR: a register, from 1.
            2 | 3 | 5 | 7 => index(at, "register", x, registers.saturating_add(1), facts),
            // STOREN: several.
            4 => index(
                at,
                "register",
                x.saturating_add(many),
                registers.saturating_add(2),
                facts,
            ),
            // LOADC: a constant.
            8 => index(at, "constant", x, constants, facts),
            // JF, JMP, LOOP: relative jumps.
            9..=11 => {
                let to = row.saturating_add(x);
                index(at, "jump", to, length.saturating_add(1), facts);
            }
            // LIST_CONSTRUCT, DICT_CONSTRUCT, CREATE_OBJECT, ISINSTANCE: a type.
            26..=29 => index(at, "type", x, annotations, facts),
            0..=50 => {}
            _ => bad_index(facts, at, "instruction", i64::from(op), "CVE-2024-31583"),
        }
    }
}

/// Code, second and first operand of each instruction.
fn instructions(flat: &Flat<'_>, code: Vector<'_>) -> impl Iterator<Item = (u8, i64, i64)> {
    (0..code.count).map_while(move |index| {
        let at = code.at(index).filter(|_| flat.step())?;
        let op = flat.u8(at)?;
        let many = flat.u16(at.checked_add(2)?)?;
        let x = flat.u32(at.checked_add(4)?)?.cast_signed();
        Some((op, i64::from(many), i64::from(x)))
    })
}

fn judge(operator: Table<'_>, catalogue: Catalogue, facts: &mut ModelFacts) {
    let name = operator.text(0).unwrap_or_default();
    let namespace = name.split_once("::").map_or("", |(first, _)| first);
    let known = REACHING
        .iter()
        .find(|(each, _)| *each == name)
        .filter(|_| catalogue.has("torch-mobile"));
    let (kind, detail) = match known {
        Some((_, kind)) => (*kind, "an operator that reaches beyond the model"),
        None if PLAIN.contains(name.as_str()) => return,
        None if matches!(namespace, "aten" | "prim") => (
            Kind::UnknownCallable,
            "an operator in a namespace of PyTorch whose effect is not known",
        ),
        None if NAMESPACES.contains(&namespace) => return,
        None => (
            Kind::CustomOperator,
            "an operator that the application has to register",
        ),
    };
    facts.hazard(ModelHazard::new(
        kind,
        Effect::OnUse,
        Place::Byte(operator.start()),
        &name,
        detail,
        "",
    ));
}
