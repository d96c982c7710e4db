//! One execution plan: its values, and the calls that use them.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind as Kind};

use super::{BOUNDS, OVERFLOW, Program};
use crate::facts::{bad_index, elements, lie, outside};
use crate::flat::{Table, Vector};

/// Namespaces of the kernels that ExecuTorch 1.5, its backends and the libraries that export to it register.
const NAMESPACES: &[&str] = &[
    "aten",
    "cadence",
    "channels_last",
    "coreml",
    "cortex_m",
    "dim_order_ops",
    "edge",
    "et_copy",
    "et_vk",
    "executorch",
    "executorch_cuda",
    "executorch_prim",
    "executorch_utils",
    "kvcache",
    "llama",
    "mlx",
    "mps",
    "neutron",
    "prims",
    "qaisw",
    "qnn_custom",
    "quant_fusion",
    "quantized",
    "quantized_decomposed",
    "tosa",
    "torchao",
    "torchvision",
    "triton",
    "xnnpack",
    "_quantized",
    "quantized_decomposed_channels_last",
];

/// Delegates of ExecuTorch 1.5 and its partners.
const BACKENDS: &[&str] = &[
    "AotiBackend",
    "ArmBackend",
    "CadenceExecutorchBackend",
    "CoreAIBackend",
    "CoreMLBackend",
    "CudaBackend",
    "EnnBackend",
    "EthosUBackend",
    "MLXBackend",
    "MPSBackend",
    "MetalBackend",
    "NativeBackend",
    "NeuropilotBackend",
    "NeutronBackend",
    "NXPNeutronBackend",
    "OpenvinoBackend",
    "QnnBackend",
    "SamsungBackend",
    "TOSABackend",
    "TensorRTBackend",
    "VgfBackend",
    "VulkanBackend",
    "WebGPUBackend",
    "XnnpackBackend",
];

/// A tensor or arena larger than this is a lie: 1 TiB.
const HUGE: u64 = 1 << 40;

/// What can be referred to in one plan.
struct Plan<'a> {
    values: i64,
    operators: i64,
    delegates: i64,
    arenas: Option<Vector<'a>>,
}

/// Checks one plan.
pub(super) fn read(plan: Table<'_>, program: &Program<'_>, facts: &mut ModelFacts) {
    let count = |list: u16| i64::try_from(plan.count(list, 4)).unwrap_or(i64::MAX);
    let known = Plan {
        values: count(2),
        operators: count(6),
        delegates: count(7),
        arenas: plan.vector(8, 8),
    };
    for size in known.arenas.into_iter().flat_map(Vector::u64s) {
        if size > HUGE {
            let detail = "memory of an impossible size is planned";
            lie(
                facts,
                plan.start(),
                &format!("{size} bytes"),
                detail,
                OVERFLOW,
            );
        }
    }
    for value in plan.tables(2).flatten() {
        read_value(value, &known, program, facts);
    }
    check(plan.start(), "input", plan.i32s(3), known.values, facts);
    check(plan.start(), "output", plan.i32s(4), known.values, facts);
    for operator in plan.tables(6).flatten() {
        read_operator(operator, facts);
    }
    for delegate in plan.tables(7).flatten() {
        read_delegate(delegate, program, facts);
    }
    for chain in plan.tables(5).flatten() {
        check(
            chain.start(),
            "chain input",
            chain.i32s(0),
            known.values,
            facts,
        );
        check(
            chain.start(),
            "chain output",
            chain.i32s(1),
            known.values,
            facts,
        );
        let length = i64::try_from(chain.count(2, 4)).unwrap_or(i64::MAX);
        for instruction in chain.tables(2).flatten() {
            facts.operators = facts.operators.saturating_add(1);
            read_instruction(instruction, &known, length, facts);
        }
    }
}

fn check(at: u64, what: &str, list: impl Iterator<Item = i32>, count: i64, facts: &mut ModelFacts) {
    for index in list.map(i64::from) {
        if index < 0 || index >= count {
            bad_index(facts, at, what, index, BOUNDS);
        }
    }
}

fn one(at: u64, what: &str, index: i32, count: i64, facts: &mut ModelFacts) {
    check(at, what, std::iter::once(index), count, facts);
}

fn read_instruction(instruction: Table<'_>, plan: &Plan<'_>, length: i64, facts: &mut ModelFacts) {
    let Some(call) = instruction.table(1) else {
        return;
    };
    let at = call.start();
    match instruction.u8(0) {
        1 => {
            one(at, "operator", call.i32(0), plan.operators, facts);
            check(at, "argument", call.i32s(1), plan.values, facts);
        }
        2 => {
            one(at, "delegate", call.i32(0), plan.delegates, facts);
            check(at, "argument", call.i32s(1), plan.values, facts);
        }
        3 => {
            one(at, "value to move", call.i32(0), plan.values, facts);
            one(at, "value to move to", call.i32(1), plan.values, facts);
        }
        4 => {
            one(at, "condition", call.i32(0), plan.values, facts);
            // A jump to the end leaves the chain.
            one(at, "jump", call.i32(1), length.saturating_add(1), facts);
        }
        5 => one(at, "value to free", call.i32(0), plan.values, facts),
        kind => bad_index(facts, at, "kind of instruction", i64::from(kind), BOUNDS),
    }
}

fn read_operator(operator: Table<'_>, facts: &mut ModelFacts) {
    let name = operator.text(0).unwrap_or_default();
    let namespace = name.split_once("::").map_or("", |(first, _)| first);
    if !NAMESPACES.contains(&namespace) {
        needed(
            facts,
            operator.start(),
            &name,
            "a kernel that the application has to register",
        );
    }
}

fn needed(facts: &mut ModelFacts, at: u64, subject: &str, detail: &str) {
    let place = Place::Byte(at);
    facts.hazard(ModelHazard::new(
        Kind::CustomOperator,
        Effect::OnUse,
        place,
        subject,
        detail,
        "",
    ));
}

fn read_delegate(delegate: Table<'_>, program: &Program<'_>, facts: &mut ModelFacts) {
    let id = delegate.text(0).unwrap_or_default();
    if !BACKENDS.contains(&id.as_str()) {
        let detail = "a delegate that the application has to bring along";
        needed(facts, delegate.start(), &id, detail);
    }
    let Some(data) = delegate.table(1) else {
        return;
    };
    let (what, count) = match data.u8(0) {
        0 => ("delegate data", program.inline_data),
        _ => ("segment of delegate data", program.segments),
    };
    if u64::from(data.u32(1)) >= count {
        bad_index(facts, data.start(), what, i64::from(data.u32(1)), BOUNDS);
    }
}

fn read_value(value: Table<'_>, plan: &Plan<'_>, program: &Program<'_>, facts: &mut ModelFacts) {
    let kind = value.u8(0);
    let Some(inner) = value.table(1) else {
        return;
    };
    match kind {
        5 => read_tensor(inner, plan, program, facts),
        10 => check(
            inner.start(),
            "tensor in a list",
            inner.i32s(0),
            plan.values,
            facts,
        ),
        11 => {
            // -1 stands for a tensor that is left out.
            for index in inner.i32s(0).map(i64::from) {
                if index < -1 || index >= plan.values {
                    bad_index(facts, inner.start(), "tensor in a list", index, BOUNDS);
                }
            }
        }
        7 => {
            let items = inner.vector(0, 8).into_iter().flat_map(Vector::u64s);
            for index in items.map(u64::cast_signed) {
                if index < 0 || index >= plan.values {
                    bad_index(facts, inner.start(), "number in a list", index, BOUNDS);
                }
            }
        }
        0..=11 => {}
        _ => bad_index(
            facts,
            value.start(),
            "kind of value",
            i64::from(kind),
            BOUNDS,
        ),
    }
}

/// Bytes of an element by the number of its type.
const fn width(kind: u8) -> Option<u64> {
    Some(match kind {
        0 | 1 | 11 | 12 | 13 | 16 | 17 | 23..=26 => 1,
        2 | 5 | 15 | 22 | 27 => 2,
        3 | 6 | 14 | 28 | 8 => 4,
        4 | 7 | 29 | 9 => 8,
        10 => 16,
        _ => return None,
    })
}

fn read_tensor(tensor: Table<'_>, plan: &Plan<'_>, program: &Program<'_>, facts: &mut ModelFacts) {
    let sizes: Vec<i64> = tensor.i32s(2).map(i64::from).collect();
    let at = tensor.start();
    let Some(width) = width(tensor.u8(0)) else {
        bad_index(facts, at, "scalar type", i64::from(tensor.u8(0)), BOUNDS);
        return;
    };
    let bytes = elements(sizes.iter().copied()).and_then(|count| count.checked_mul(width));
    let Some(bytes) = bytes.filter(|bytes| *bytes <= HUGE) else {
        let detail = "the size of a tensor is negative, overflows or cannot be";
        lie(facts, at, &format!("{sizes:?}"), detail, "CVE-2025-54952");
        return;
    };
    order(tensor, sizes.len(), facts);
    if tensor.i32(1) < 0 {
        let detail = "a tensor begins before its storage";
        outside(
            facts,
            at,
            &format!("offset {}", tensor.i32(1)),
            detail,
            BOUNDS,
        );
    }
    let extra = tensor.table(9);
    if let Some(extra) = extra {
        let index = extra.u64(0);
        if index != 0 && index >= program.mutable_segments {
            let shown = index.cast_signed();
            bad_index(facts, extra.start(), "mutable segment", shown, BOUNDS);
        }
    }
    let is_external = extra.is_some_and(|extra| extra.u8(2) == 1);
    match tensor.table(6) {
        Some(place) => planned(place, bytes, plan, facts),
        None if !is_external => {
            if tensor.u32(5) != 0 {
                let count = bytes.checked_div(width).unwrap_or(0);
                facts.parameters = facts.parameters.saturating_add(count);
            }
            constant(tensor, bytes, program, facts);
        }
        None => {}
    }
}

/// The order of dimensions is a permutation of them.
fn order(tensor: Table<'_>, rank: usize, facts: &mut ModelFacts) {
    let Some(list) = tensor.vector(3, 1) else {
        return;
    };
    let mut order = list.bytes(256).unwrap_or_default();
    let shown = format!("{order:?}");
    order.sort_unstable();
    let is_permutation = order.len() == rank
        && order
            .iter()
            .enumerate()
            .all(|(at, each)| at == usize::from(*each));
    if !is_permutation {
        let detail = "the order of dimensions does not fit the shape";
        outside(facts, tensor.start(), &shown, detail, BOUNDS);
    }
}

/// A tensor whose memory is planned lies within an arena.
fn planned(place: Table<'_>, bytes: u64, plan: &Plan<'_>, facts: &mut ModelFacts) {
    let offset = u64::from(place.u32(1)) | u64::from(place.u32(2)) << 32;
    let arena = plan
        .arenas
        .and_then(|arenas| arenas.u64(u64::from(place.u32(0))));
    let end = offset.checked_add(bytes);
    if arena.is_none() || end.is_none_or(|end| arena.is_some_and(|arena| end > arena)) {
        outside(
            facts,
            place.start(),
            &format!("{offset}+{bytes} in arena {}", place.u32(0)),
            "a tensor is planned outside its memory",
            "CVE-2025-30405",
        );
    }
}

fn constant(tensor: Table<'_>, bytes: u64, program: &Program<'_>, facts: &mut ModelFacts) {
    let index = u64::from(tensor.u32(5));
    if index == 0 {
        return;
    }
    if index >= program.constants {
        let shown = i64::from(tensor.u32(5));
        bad_index(facts, tensor.start(), "constant", shown, BOUNDS);
        return;
    }
    let start = program
        .constant_offsets
        .and_then(|offsets| offsets.u64(index));
    if let Some(start) = start
        && start
            .checked_add(bytes)
            .is_none_or(|end| end > program.constant_segment_size)
    {
        outside(
            facts,
            tensor.start(),
            &format!("constant {index} at {start}+{bytes}"),
            "a constant reaches beyond its segment",
            BOUNDS,
        );
    }
}
