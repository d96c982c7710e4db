//! Safetensors: the header as the reference reader sees it, and as other readers might.
//!
//! The reference implementation (crate and package `safetensors` 0.8) rejects a file at the first thing that is
//! wrong. Here everything that is wrong is reported: what the reference rejects, what only other readers pass
//! over, and what honest writers never write. Tensor data are not read; whoever reads the file anyway can feed
//! them to the [`Carver`](crate::carve::Carver).
//!
//! Source: the format description in the reference's README, and its `validate` for what is really enforced.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};

use crate::flaw::{Flaws, Stretch};
use crate::signs::TextSign;
use chainwright_core::fields::{narrow, u64_le, wide};

mod dtype;
mod header;
mod layout;

/// The largest header that the reference reads.
pub const REFERENCE_HEADER_LIMIT: u64 = 100_000_000;

/// What is wrong with a safetensors file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SafetensorsFlaw {
    /// Fewer than the eight bytes of the header length.
    FileTooShort,
    /// The header length is above what the reference reads.
    HeaderTooLarge,
    /// The header length reaches beyond the file.
    HeaderBeyondFile,
    /// The header does not begin with `{`.
    HeaderStart,
    /// The header is not UTF-8.
    InvalidUtf8,
    /// The header is not JSON.
    InvalidJson,
    /// The header is nested deeper than any reader needs.
    TooDeep,
    /// The header ends in other white space than spaces, or in more than a kibibyte of it.
    OddPadding,
    /// A tensor is named twice: readers disagree about which one counts.
    DuplicateTensor,
    /// A field of a tensor is given twice.
    DuplicateField,
    /// `__metadata__`, or a key in it, is given twice.
    DuplicateMetadata,
    /// `__metadata__` is no object, or a value in it is no string.
    MetadataType,
    /// A tensor lacks a field.
    MissingField,
    /// A field has the wrong type, such as a negative size.
    WrongType,
    /// A tensor has a field that the format does not know.
    UnknownField,
    /// An element type that the format does not know.
    UnknownDtype,
    /// The number of elements or bytes does not fit into 64 bits.
    Overflow,
    /// Elements smaller than a byte do not fill whole bytes.
    PartialByte,
    /// The shape needs another number of bytes than the offsets give.
    SizeMismatch,
    /// The offsets end before they begin.
    NegativeRange,
    /// A tensor reaches beyond the file.
    OutOfBounds,
    /// Two tensors share bytes.
    Overlap,
    /// Bytes between two tensors belong to none.
    Hole,
    /// Bytes behind the last tensor belong to none.
    TrailingData,
    /// A name with control characters, paths or code.
    OddName,
}

/// Tensors of one element type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DtypeCount {
    /// The type as written.
    pub dtype: String,
    /// How many tensors.
    pub tensors: u64,
    /// How many elements.
    pub parameters: u64,
}

/// An entry of `__metadata__`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// The key, made visible and shortened.
    pub key: String,
    /// The beginning of the value, made visible.
    pub value: String,
    /// The length of the whole value in bytes.
    pub length: u64,
    /// What the whole key and value show.
    pub signs: Vec<TextSign>,
}

/// Where one tensor lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorEntry {
    /// The name, made visible and shortened.
    pub name: String,
    /// The element type as written.
    pub dtype: String,
    /// The first dimensions, at most eight.
    pub shape: Vec<u64>,
    /// Offset of the first byte in the file.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// What a safetensors file says about itself, and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetensorsFacts {
    /// The header length as stated.
    pub header_length: u64,
    /// Where the tensor data begin.
    pub data_offset: u64,
    /// How many tensors.
    pub tensor_count: u64,
    /// Elements of all tensors together.
    pub parameters: u64,
    /// Tensors by element type, sorted by type.
    pub dtypes: Vec<DtypeCount>,
    /// The first tensors, in the order of the header.
    pub tensors: Vec<TensorEntry>,
    /// Entries of `__metadata__`: the first ones, and every one that shows a sign, up to a bound.
    pub metadata: Vec<MetadataEntry>,
    /// Entries of `__metadata__` in all.
    pub metadata_count: u64,
    /// Bytes between or behind tensors.
    pub strays: Vec<Stretch>,
    /// What is wrong.
    pub flaws: Flaws<SafetensorsFlaw>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Reads the header of a safetensors file.
#[must_use]
pub fn read(source: &dyn ByteSource, limits: &Limits, budget: &Budget) -> SafetensorsFacts {
    let mut facts = SafetensorsFacts::default();
    let Some(text) = header_bytes(source, limits, &mut facts) else {
        return facts;
    };
    let text = match String::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let at = wide(error.utf8_error().valid_up_to()).saturating_add(8);
            facts.flaw(SafetensorsFlaw::InvalidUtf8, Place::Byte(at), || {
                "the header is not UTF-8".to_owned()
            });
            // LIMIT: what a lenient reader would make of it is still looked at.
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    check_frame(&text, &mut facts);
    let tensors = header::parse(&text, budget, &mut facts);
    layout::check(source, &tensors, &mut facts);
    facts
}

/// The bytes of the header, as many as there are.
fn header_bytes(
    source: &dyn ByteSource,
    limits: &Limits,
    facts: &mut SafetensorsFacts,
) -> Option<Vec<u8>> {
    let prefix = match read_range(source, 0, 8) {
        Ok(prefix) => prefix,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Byte(0), error.to_string());
            return None;
        }
    };
    let Some(length) = u64_le(&prefix, 0) else {
        facts.flaw(SafetensorsFlaw::FileTooShort, Place::Whole, || {
            format!(
                "only {} bytes, the header length alone needs 8",
                prefix.len()
            )
        });
        facts.problem(
            ProblemKind::Truncated,
            Place::Whole,
            "no header length".to_owned(),
        );
        return None;
    };
    facts.header_length = length;
    facts.data_offset = length.saturating_add(8).min(source.size());
    let available = source.size().saturating_sub(8);
    if length > REFERENCE_HEADER_LIMIT {
        facts.flaw(SafetensorsFlaw::HeaderTooLarge, Place::Byte(0), || {
            format!("header of {length} bytes, readers accept {REFERENCE_HEADER_LIMIT}")
        });
    }
    if length > available {
        facts.flaw(SafetensorsFlaw::HeaderBeyondFile, Place::Byte(0), || {
            format!("header of {length} bytes in a file of {}", source.size())
        });
        facts.problem(
            ProblemKind::Truncated,
            Place::Byte(0),
            "the header is cut".to_owned(),
        );
    }
    let wanted = length.min(available).min(limits.header_bytes);
    if wanted < length.min(available) {
        let detail = format!("header of {length} bytes, read {wanted}");
        facts.problem(ProblemKind::LimitReached, Place::Byte(8), detail);
    }
    match read_range(source, 8, narrow(wanted)) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Byte(8), error.to_string());
            None
        }
    }
}

/// Checks what surrounds the JSON: it must begin at once and may only be padded with spaces at its end.
fn check_frame(text: &str, facts: &mut SafetensorsFacts) {
    if !text.starts_with('{') {
        facts.flaw(SafetensorsFlaw::HeaderStart, Place::Byte(8), || {
            let start: String = text.chars().take(16).collect();
            format!(
                "the header begins with `{}`",
                chainwright_core::text::visible(&start, 16)
            )
        });
    }
    let body = text.trim_end_matches([' ', '\t', '\r', '\n']);
    let padding = text.get(body.len()..).unwrap_or_default();
    if padding.len() > 1024 || padding.contains(['\t', '\r', '\n']) {
        let at = wide(body.len()).saturating_add(8);
        facts.flaw(SafetensorsFlaw::OddPadding, Place::Byte(at), || {
            format!("{} bytes of padding behind the header", padding.len())
        });
    }
}

impl SafetensorsFacts {
    fn flaw(&mut self, kind: SafetensorsFlaw, place: Place, detail: impl FnOnce() -> String) {
        self.flaws.add(kind, place, detail);
    }

    fn problem(&mut self, kind: ProblemKind, place: Place, detail: String) {
        self.problems.push(Problem::new(kind, place, detail));
    }
}

#[cfg(test)]
mod tests;
