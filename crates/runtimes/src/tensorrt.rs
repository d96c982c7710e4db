//! TensorRT engine plans: compiled GPU code in a form that NVIDIA does not document.
//!
//! What can be told from outside: the version that wrote the plan, and whether programs for the processor (not the
//! GPU) lie in it. Such plans carry plugin libraries or a lean runtime and load them when the application allows
//! code on the host. Kernels for the GPU are ELF files too; their machine number tells them apart.
//!
//! Sources: NVIDIA/TensorRT issue 3073 for where the version stands; `NvInfer.h` on `setEngineHostCodeAllowed`
//! and `setPluginsToSerialize`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, u16_le, u32_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind, PartContent,
};
use chainwright_core::problem::ProblemKind;

/// Marks at the start of plans, as written and as old versions swapped them.
pub(crate) const MARKS: &[&[u8; 4]] = &[b"ftrt", b"ptrt"];
/// Bytes that are searched at once.
const WINDOW: u64 = 1 << 20;
/// Bytes by which windows overlap.
const OVERLAP: u64 = 64 * 1024;
/// Machine number of code for NVIDIA GPUs.
const CUDA: u16 = 190;
/// Programs that are handed out.
const PROGRAMS: usize = 16;

/// Whether the head is that of a plan.
pub(crate) fn is_one(head: &[u8]) -> bool {
    let mark = head.first_chunk::<4>();
    mark.is_some_and(|mark| MARKS.contains(&mark))
        && head
            .get(4..32)
            .is_some_and(|rest| rest.iter().filter(|byte| **byte == 0).count() >= 4)
}

/// Reads what can be told of a plan.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TensorRt);
    let head = read_range(bytes.as_ref(), 0, 64).unwrap_or_default();
    let version = head.get(24..27).unwrap_or_default();
    if let [major @ 5..=99, minor, patch] = version {
        facts.version = format!("{major}.{minor}.{patch}");
    } else if let Some(serial) = u32_le(&head, 8) {
        facts.version = format!("serialization {serial}");
    }
    facts.problem(
        ProblemKind::Unsupported,
        Place::Whole,
        "what the compiled code of an engine plan does is not read",
    );
    search(bytes, budget, &mut facts);
    facts
}

fn search(bytes: &SharedBytes, budget: &Budget, facts: &mut ModelFacts) {
    let mut start = 0;
    let mut found = 0_usize;
    while start < bytes.size() {
        if budget.check_time().is_err() {
            let detail = "time was up within the plan";
            facts.problem(ProblemKind::LimitReached, Place::Byte(start), detail);
            return;
        }
        let window = read_range(
            bytes.as_ref(),
            start,
            narrow(WINDOW.saturating_add(OVERLAP)),
        )
        .unwrap_or_default();
        for at in programs(&window).filter(|at| wide(*at) < WINDOW) {
            let offset = start.saturating_add(wide(at));
            found = found.saturating_add(1);
            if found <= PROGRAMS {
                program(bytes, offset, facts);
            }
        }
        start = start.saturating_add(WINDOW);
    }
}

fn program(bytes: &SharedBytes, offset: u64, facts: &mut ModelFacts) {
    facts.hazard(ModelHazard::new(
        Kind::NativeLibrary,
        Effect::Conditional,
        Place::Byte(offset),
        &format!("program at byte {offset}"),
        "the plan carries a native library, which is loaded if the application allows code on the host",
        "",
    ));
    let length = bytes.size().saturating_sub(offset);
    facts.part(
        &format!("library-{offset}"),
        PartContent::Stretch { offset, length },
    );
}

/// Where programs for a processor begin.
fn programs(window: &[u8]) -> impl Iterator<Item = usize> {
    let elves = memchr::memmem::find_iter(window, b"\x7fELF").filter(|at| {
        let head = window.get(*at..).unwrap_or_default();
        let is_sane = matches!(head.get(4..7), Some([1 | 2, 1 | 2, 1]));
        let machine = u16_le(head, 18).unwrap_or_default();
        is_sane && machine != CUDA && machine != 0 && matches!(u16_le(head, 16), Some(2 | 3))
    });
    let windows = memchr::memmem::find_iter(window, b"MZ").filter(|at| {
        let head = window.get(*at..).unwrap_or_default();
        let next = u32_le(head, 0x3c).and_then(|next| usize::try_from(next).ok());
        next.and_then(|next| head.get(next..))
            .is_some_and(|rest| rest.starts_with(b"PE\0\0"))
    });
    elves.chain(windows)
}
