//! llamafile: a program that carries its weights and arguments in a zip behind its own code.
//!
//! People run such files on purpose, so that being a program is said once and quietly. What would be hidden in one
//! is more: libraries and scripts that no build puts there. The members are opened as those of any zip; the list of
//! arguments (`.args`) is judged as a text of its own.
//!
//! Sources: the README of Mozilla-Ocho/llamafile on `.args`; `APPNOTE.TXT` 6.3.10 for the directory of a zip.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, u16_le, u32_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;

pub(crate) mod arguments;

/// Bytes of the directory that are read.
const DIRECTORY: u64 = 16 << 20;
const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";

/// Whether a file is a program with a zip behind it that holds weights or arguments.
pub(crate) fn is_one(head: &[u8], tail: &[u8]) -> bool {
    let is_program =
        head.starts_with(b"MZ") || head.starts_with(b"\x7fELF") || head.starts_with(b"#!");
    if !is_program {
        return false;
    }
    let tail = if tail.is_empty() { head } else { tail };
    let Some(end) = memchr::memmem::rfind(tail, END) else {
        return false;
    };
    let directory = tail.get(..end).unwrap_or_default();
    names(directory).any(|name| name == b".args" || name.to_ascii_lowercase().ends_with(b".gguf"))
}

/// Names in a stretch of a directory.
fn names(directory: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(directory, ENTRY).filter_map(move |at| {
        let entry = directory.get(at..)?;
        let length = usize::from(u16_le(entry, 28)?);
        entry.get(46..46_usize.checked_add(length)?)
    })
}

/// Reads the directory of such a file.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Llamafile);
    facts.hazard(ModelHazard::new(
        Kind::CustomOperator,
        Effect::OnUse,
        Place::Whole,
        "llamafile",
        "the file is a program that people run as a whole, not weights that a runtime loads",
        "",
    ));
    let Some(directory) = directory(bytes) else {
        let detail = "the directory of the zip behind the program cannot be found";
        facts.problem(ProblemKind::Malformed, Place::Whole, detail);
        return facts;
    };
    for name in names(&directory) {
        if budget.check_time().is_err() {
            let detail = "time was up within the directory";
            facts.problem(ProblemKind::LimitReached, Place::Whole, detail);
            break;
        }
        member(&String::from_utf8_lossy(name), &mut facts);
    }
    facts
}

fn directory(bytes: &SharedBytes) -> Option<Vec<u8>> {
    let tail_start = bytes.size().saturating_sub(66 * 1024);
    let tail = read_range(bytes.as_ref(), tail_start, 66 * 1024).ok()?;
    let end = memchr::memmem::rfind(&tail, END)?;
    let record = tail.get(end..)?;
    let size = u64::from(u32_le(record, 12)?);
    let end = tail_start.checked_add(wide(end))?;
    // The directory ends where its end record begins, whatever its stated offset counts from; a zip64 has records
    // in between, whose offset then has to do.
    let start = match u32_le(record, 16)? {
        u32::MAX => end.saturating_sub(size.min(DIRECTORY)),
        offset if u64::from(offset).checked_add(size) == Some(end) => u64::from(offset),
        _ => end.saturating_sub(size.min(DIRECTORY)),
    };
    read_range(
        bytes.as_ref(),
        start,
        narrow(end.saturating_sub(start).min(DIRECTORY)),
    )
    .ok()
}

/// What builds of llamafile put beside the weights: accelerators and their sources.
fn member(name: &str, facts: &mut ModelFacts) {
    facts.operators = facts.operators.saturating_add(1);
    let lower = name.to_ascii_lowercase();
    let base = lower.rsplit('/').next().unwrap_or_default();
    let is_accelerator = base.starts_with("ggml-") || base.starts_with("libggml");
    let is_native = crate::paths::is_native_library(&lower)
        || [".exe", ".com", ".scr", ".elf"]
            .iter()
            .any(|end| base.ends_with(end));
    let is_script = [
        ".sh", ".bash", ".bat", ".cmd", ".ps1", ".py", ".vbs", ".lua",
    ]
    .iter()
    .any(|end| base.ends_with(end));
    let (kind, detail) = match () {
        () if is_native && !is_accelerator => (
            Kind::NativeLibrary,
            "a program or library lies in the file that no build of llamafile puts there",
        ),
        () if is_script => (
            Kind::UnknownCallable,
            "a script lies in the file that no build of llamafile puts there",
        ),
        () => return,
    };
    let place = Place::Key(chainwright_core::text::visible(name, 100));
    facts.hazard(ModelHazard::new(
        kind,
        Effect::OnUse,
        place,
        name,
        detail,
        "",
    ));
}
