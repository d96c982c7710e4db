//! Streams of tensors (`.pdiparams`): each is a version, levels of detail, a description in protobuf and raw bytes.
//!
//! Readers allocate by the description before they read; every size is compared with what the file still holds.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, SharedBytes, read_range};
use chainwright_core::fields::{u32_le, u64_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::wire::{Head, Value, Wire};

/// Levels of detail that are believable.
const LEVELS: u64 = 64;
/// The longest description of a tensor that is believable: a type and a few dozen sizes.
const DESCRIPTION: u32 = 4096;
/// Bytes before the levels: version and count.
const START: u64 = 12;

/// A tensor as its description says.
struct Description {
    data_type: u64,
    elements: Option<u64>,
}

/// Whether the file begins like a tensor; all of it is zero up to the length of the description.
pub(super) fn is_stream(head: &[u8]) -> bool {
    let levels = u64_le(head, 4);
    let length = u32_le(head, 16).filter(|length| (2..=DESCRIPTION).contains(length));
    let (Some(0), Some(0), Some(0), Some(length)) =
        (u32_le(head, 0), levels, u32_le(head, 12), length)
    else {
        return false;
    };
    let end = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(20));
    let raw = end.and_then(|end| head.get(20..end));
    raw.is_some_and(|raw| description(raw).is_some())
}

/// Reads a `TensorDesc`; `None` if it is none.
fn description(raw: &[u8]) -> Option<Description> {
    let head = Head(raw);
    let wire = Wire::over_head(&head);
    let mut data_type = None;
    let mut elements = Some(1_u64);
    let mut fields = wire.fields(wire.whole());
    for field in fields.by_ref() {
        match (field.number, field.value) {
            (1, Value::Varint(number)) if number < 64 => data_type = Some(number),
            (2, value @ (Value::Varint(_) | Value::Bytes(_))) => {
                for size in wire.numbers(value) {
                    let size = i64::try_from(size)
                        .ok()
                        .and_then(|size| u64::try_from(size).ok());
                    elements = match (elements, size) {
                        (Some(product), Some(size)) => product.checked_mul(size),
                        _ => None,
                    };
                }
            }
            _ => return None,
        }
    }
    let is_whole = fields.ending() == crate::wire::Ending::Whole;
    data_type.filter(|_| is_whole).map(|data_type| Description {
        data_type,
        elements,
    })
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Paddle);
    let mut offset = 0_u64;
    while offset < bytes.size() {
        if let Err(error) = budget.check_time() {
            facts.problem(
                ProblemKind::LimitReached,
                Place::Byte(offset),
                error.to_string(),
            );
            break;
        }
        match tensor(bytes.as_ref(), offset, &mut facts) {
            Some(next) if next > offset => offset = next,
            _ => break,
        }
    }
    facts
}

/// Reads one tensor; where the next begins, or `None` if the stream ends here.
fn tensor(source: &dyn ByteSource, offset: u64, facts: &mut ModelFacts) -> Option<u64> {
    let place = Place::Byte(offset);
    let mut hazard = |kind, subject: &str, detail: &str| {
        facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place.clone(),
            subject,
            detail,
            "",
        ));
    };
    let Some(at) = behind_levels(source, offset) else {
        let detail = "is no tensor of the stream";
        hazard(ModelHazardKind::StrayData, "bytes", detail);
        return None;
    };
    let raw = read_range(source, at, 8).unwrap_or_default();
    let (version, length) = (u32_le(&raw, 0)?, u32_le(&raw, 4)?);
    if version != 0 || length > DESCRIPTION {
        hazard(
            ModelHazardKind::SizeLie,
            "description",
            "has a length that no description has",
        );
        return None;
    }
    let data = at.checked_add(8)?.checked_add(u64::from(length))?;
    let raw =
        read_range(source, at.checked_add(8)?, usize::try_from(length).ok()?).unwrap_or_default();
    let Some(described) = description(&raw) else {
        hazard(
            ModelHazardKind::StrayData,
            "description",
            "is no description of a tensor",
        );
        return None;
    };
    let size = described
        .elements
        .zip(width(described.data_type))
        .and_then(|(count, width)| count.checked_mul(width));
    let Some(next) = size.and_then(|size| data.checked_add(size)) else {
        hazard(
            ModelHazardKind::SizeLie,
            "dims",
            "has sizes that cannot be multiplied",
        );
        return None;
    };
    if next > source.size() {
        hazard(
            ModelHazardKind::SizeLie,
            "dims",
            "asks for more bytes than the file holds",
        );
        return None;
    }
    facts.operators = facts.operators.saturating_add(1);
    facts.parameters = facts
        .parameters
        .saturating_add(described.elements.unwrap_or(0));
    Some(next)
}

/// Where the tensor begins behind its levels of detail.
fn behind_levels(source: &dyn ByteSource, offset: u64) -> Option<u64> {
    let raw = read_range(source, offset, 12).ok()?;
    let count = u64_le(&raw, 4).filter(|count| *count <= LEVELS)?;
    if u32_le(&raw, 0)? != 0 {
        return None;
    }
    let mut at = offset.checked_add(START)?;
    for _ in 0..count {
        let raw = read_range(source, at, 8).ok()?;
        let size = u64_le(&raw, 0)?;
        at = at.checked_add(wide(raw.len()))?.checked_add(size)?;
        if at > source.size() {
            return None;
        }
    }
    Some(at)
}

/// Bytes of one element by `VarType.Type`.
const fn width(data_type: u64) -> Option<u64> {
    match data_type {
        0 | 20 | 21 | 32 | 33 => Some(1),
        1 | 4 | 22 => Some(2),
        2 | 5 => Some(4),
        3 | 6 | 19 | 23 => Some(8),
        24 => Some(16),
        _ => None,
    }
}
