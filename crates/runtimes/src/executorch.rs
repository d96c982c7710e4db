//! ExecuTorch programs (`.pte`, `ET12`) and their tensors (`.ptd`, `FT01`).
//!
//! A program is a list of calls to kernels and delegates that the runtime was built with, so it cannot bring code
//! along, save for delegates whose data are a native library. What it can do is lie: most advisories for this
//! runtime are one number that was not compared with the file. Every offset, index and size is. What delegates
//! make of their data is not judged.
//!
//! Sources: `schema/program.fbs`, `schema/extended_header.h`, `extension/flat_tensor/serialize/flat_tensor.fbs` of
//! pytorch/executorch 1.5.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::facts::{bad_index, close_flat, lie, outside};
use crate::flat::{Flat, Table, Vector};

mod plan;

/// Out-of-bounds access while a program or method is loaded.
const BOUNDS: &str = "CVE-2025-54950";
/// Sizes that overflow.
const OVERFLOW: &str = "CVE-2025-30404";

/// What stands before the flatbuffer's root: where the program ends and the segments begin.
#[derive(Debug, Clone, Copy)]
struct Header {
    program_size: u64,
    segment_base: u64,
    segment_size: Option<u64>,
}

/// What plans refer to.
struct Program<'a> {
    constants: u64,
    segments: u64,
    inline_data: u64,
    mutable_segments: u64,
    constant_offsets: Option<Vector<'a>>,
    constant_segment_size: u64,
}

/// Reads a program.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::ExecuTorch);
    let whole = Flat::new(bytes, bytes.size(), budget);
    let header = header(&whole, b"eh00", &mut facts);
    let size = header.map_or(bytes.size(), |header| header.program_size);
    let flat = Flat::new(bytes, size, budget);
    if let Some(root) = flat.root() {
        program(root, header, bytes.size(), &mut facts);
    }
    close_flat(&flat, &mut facts, "CVE-2025-30402");
    facts
}

/// Reads a file of tensors.
pub(crate) fn read_tensors(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::ExecuTorch);
    let whole = Flat::new(bytes, bytes.size(), budget);
    let header = header(&whole, b"FH01", &mut facts);
    let size = header.map_or(bytes.size(), |header| header.program_size);
    let flat = Flat::new(bytes, size, budget);
    if let Some(root) = flat.root() {
        facts.version = root.u32(0).to_string();
        let count = root.count(1, 4);
        segments(root.tables(1), header, bytes.size(), &mut facts);
        for named in root.tables(2).flatten() {
            if u64::from(named.u32(1)) >= count {
                let index = i64::from(named.u32(1));
                bad_index(&mut facts, named.start(), "segment", index, BOUNDS);
            }
        }
    }
    close_flat(&flat, &mut facts, "CVE-2025-30402");
    facts
}

/// Reads the extended header, which stands between the identifier and the flatbuffer's first table.
fn header(flat: &Flat<'_>, magic: &[u8; 4], facts: &mut ModelFacts) -> Option<Header> {
    let is_program = magic == b"eh00";
    if flat.bytes(8, 4)?.as_slice() != magic {
        return None;
    }
    let length = flat.u32(12)?;
    let least = if is_program { 24 } else { 40 };
    if length < least || length > 4096 {
        let subject = format!("header of {length} bytes");
        lie(
            facts,
            12,
            &subject,
            "the length of the header cannot be",
            BOUNDS,
        );
        return None;
    }
    let header = if is_program {
        Header {
            program_size: flat.u64(16)?,
            segment_base: flat.u64(24)?,
            segment_size: (length >= 32).then(|| flat.u64(32)).flatten(),
        }
    } else {
        let (start, size) = (flat.u64(16)?, flat.u64(24)?);
        Header {
            program_size: start.saturating_add(size),
            segment_base: flat.u64(32)?,
            segment_size: flat.u64(40),
        }
    };
    if header.program_size > flat.size() {
        let subject = format!("program of {} bytes", header.program_size);
        let detail = "the program reaches beyond the end of the file";
        outside(facts, 16, &subject, detail, "CVE-2025-30402");
    }
    let end = header
        .segment_base
        .checked_add(header.segment_size.unwrap_or(0));
    if end.is_none_or(|end| end > flat.size()) {
        let subject = format!("segments from {}", header.segment_base);
        let detail = "the segments reach beyond the end of the file";
        outside(facts, 24, &subject, detail, BOUNDS);
    }
    Some(header)
}

fn segments<'a>(
    list: impl Iterator<Item = Option<Table<'a>>>,
    header: Option<Header>,
    file: u64,
    facts: &mut ModelFacts,
) {
    for (index, segment) in list.enumerate() {
        let Some(segment) = segment else { continue };
        let (offset, size) = (segment.u64(0), segment.u64(1));
        let base = header.map_or(0, |header| header.segment_base);
        let area = header.and_then(|header| header.segment_size);
        let end = offset.checked_add(size);
        let is_inside = end
            .and_then(|end| base.checked_add(end))
            .is_some_and(|end| end <= file)
            && end.is_some_and(|end| area.is_none_or(|area| end <= area));
        if !is_inside {
            outside(
                facts,
                segment.start(),
                &format!("segment {index} at {offset}+{size}"),
                "a segment reaches beyond the data of the file",
                BOUNDS,
            );
        }
    }
}

fn program<'a>(root: Table<'a>, header: Option<Header>, file: u64, facts: &mut ModelFacts) {
    facts.version = root.u32(0).to_string();
    let segment_count = root.count(4, 4);
    let is_used = root.tables(4).flatten().any(|segment| segment.u64(1) > 0);
    if is_used && header.is_none() {
        let detail = "a program with segments but without the header that says where they begin";
        outside(facts, root.start(), "segments", detail, BOUNDS);
    }
    segments(root.tables(4), header, file, facts);
    let constants = constant_segment(root, segment_count, facts);
    let shared = Program {
        constants: root
            .count(2, 4)
            .max(constants.map_or(0, |(offsets, _)| offsets.count)),
        segments: segment_count,
        inline_data: root.count(3, 4),
        mutable_segments: root.count(6, 4),
        constant_offsets: constants.map(|(offsets, _)| offsets),
        constant_segment_size: constants.map_or(0, |(_, size)| size),
    };
    for list in [2, 3] {
        for buffer in root.tables(list).flatten() {
            buffer.vector(0, 1);
        }
    }
    for mutable in root.tables(6).flatten() {
        // Entry 0 of the list is a placeholder, as are its offsets.
        check_segment(mutable, 0, segment_count, facts);
    }
    named_data(root, segment_count, facts);
    for plan in root.tables(1).flatten() {
        plan::read(plan, &shared, facts);
    }
}

fn check_segment(table: Table<'_>, field: u16, count: u64, facts: &mut ModelFacts) {
    let index = table.u32(field);
    let is_used = table.field(field).is_some() && index != 0;
    if is_used && u64::from(index) >= count {
        bad_index(facts, table.start(), "segment", i64::from(index), BOUNDS);
    }
}

/// The offsets of constants in their segment, and its size.
fn constant_segment<'a>(
    root: Table<'a>,
    count: u64,
    facts: &mut ModelFacts,
) -> Option<(Vector<'a>, u64)> {
    let table = root.table(5)?;
    let offsets = table.vector(1, 8)?;
    let index = u64::from(table.u32(0));
    if offsets.count == 0 {
        return None;
    }
    // Programs whose constants all went to delegates keep the placeholder offset without a segment.
    if index >= count && offsets.count > 1 {
        let shown = i64::from(table.u32(0));
        bad_index(facts, table.start(), "constant segment", shown, BOUNDS);
    }
    let size = root
        .vector(4, 4)
        .and_then(|segments| segments.table(index))
        .map_or(0, |segment| segment.u64(1));
    if let Some(worst) = offsets.u64s().filter(|offset| *offset > size).max() {
        outside(
            facts,
            table.start(),
            &format!("constant at {worst}"),
            "a constant begins behind the end of its segment",
            BOUNDS,
        );
    }
    Some((offsets, size))
}

/// Data by name; libraries that a delegate compiled ahead of time are among them.
fn named_data(root: Table<'_>, count: u64, facts: &mut ModelFacts) {
    for named in root.tables(7).flatten() {
        let index = u64::from(named.u32(1));
        if index >= count {
            let shown = i64::from(named.u32(1));
            bad_index(facts, named.start(), "segment of named data", shown, BOUNDS);
        }
        let key = named.text(0).unwrap_or_default();
        if key.contains("so_blob") {
            facts.hazard(ModelHazard::new(
                Kind::NativeLibrary,
                Effect::Conditional,
                Place::Byte(named.start()),
                &key,
                "a delegate writes a native library from the file to disk and loads it",
                "",
            ));
        }
    }
}
