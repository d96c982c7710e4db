//! GGUF: header, metadata and tensor table of every version and byte order, checked against the file's real size.
//!
//! Readers of this format are written in C and trust its counts and lengths; most of its CVEs are one unchecked
//! number (CVE-2024-21802, -21825, -21836, -23496, -23605, -32878, CVE-2025-53630, CVE-2025-66959, -66960,
//! CVE-2026-7482, -27940, -33298). Every such number is compared with what the file can hold. Arrays are passed
//! over without storing them, so a vocabulary costs no memory. Tensor data are not read. Chat templates are handed
//! out as text for the template engine.
//!
//! Sources: `docs/gguf.md` of ggml, and `gguf.cpp` of llama.cpp for what is enforced there.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use serde::{Deserialize, Serialize};

use crate::flaw::{Flaws, Stretch};
use crate::signs::TextSign;
use chainwright_core::fields::Order;

mod layout;
mod metadata;
mod reader;
mod tensors;
mod types;

use reader::{Reader, Stop};

/// Alignment of tensor data if the file states none.
const DEFAULT_ALIGNMENT: u64 = 32;

/// What is wrong with a GGUF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GgufFlaw {
    /// The file ends within its header.
    Truncated,
    /// A version that does not exist.
    BadVersion,
    /// More metadata entries or tensors are announced than the file can hold.
    CountBeyondFile,
    /// The length of a text reaches beyond the file.
    StringBeyondFile,
    /// The elements of an array reach beyond the file.
    ArrayBeyondFile,
    /// The size of an array does not fit into 64 bits.
    ArrayOverflow,
    /// Arrays in arrays, which llama.cpp refuses.
    NestedArray,
    /// A type of value that does not exist.
    UnknownValueType,
    /// A truth value that is neither 0 nor 1.
    BadBool,
    /// A key without characters.
    EmptyKey,
    /// A key longer than the format allows.
    KeyTooLong,
    /// A key or tensor name with control characters, paths or code.
    OddName,
    /// A key that stands there twice: readers disagree about which one counts.
    DuplicateKey,
    /// A key or tensor name that is not UTF-8.
    InvalidUtf8,
    /// `general.alignment` is no power of two, is absurdly large, or has the wrong type.
    BadAlignment,
    /// A tensor that stands there twice.
    DuplicateTensor,
    /// A tensor name that llama.cpp refuses and some other programs write (64 to 127 bytes).
    LongTensorName,
    /// A tensor name that no known reader has room for.
    TensorNameTooLong,
    /// More than four dimensions.
    TooManyDimensions,
    /// The number of elements or bytes of a tensor does not fit into 63 bits.
    SizeOverflow,
    /// A tensor without elements.
    EmptyTensor,
    /// A type of tensor that is unknown; forks of llama.cpp have their own below 1024.
    UnknownTensorType,
    /// A type of tensor that nobody has.
    AbsurdTensorType,
    /// Rows that do not fill whole blocks of their type.
    PartialBlock,
    /// A tensor that does not start at a multiple of the alignment.
    UnalignedOffset,
    /// A tensor that reaches beyond the file.
    OutOfBounds,
    /// Two tensors that share bytes.
    Overlap,
    /// Bytes between two tensors that belong to none.
    Hole,
    /// Bytes behind the last tensor.
    TrailingData,
}

/// An entry of the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GgufEntry {
    /// The key, made visible and shortened.
    pub key: String,
    /// The type, such as `u32`, `string` or `string[32000]`.
    pub kind: String,
    /// The value of a scalar or the beginning of a text, made visible; empty for arrays.
    pub value: String,
    /// What a text shows; empty for chat templates, which have their own engine.
    pub signs: Vec<TextSign>,
}

/// A template found in the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GgufTemplate {
    /// The key as written.
    pub key: String,
    /// The text, complete unless a limit was reached (then there is a problem too).
    pub text: String,
    /// Where the text begins in the file.
    pub offset: u64,
}

/// Tensors of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorTypeCount {
    /// The name of the type, such as `Q4_K`; the number for unknown types.
    pub name: String,
    /// How many tensors.
    pub tensors: u64,
    /// How many elements.
    pub parameters: u64,
}

/// What a GGUF file says about itself, and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GgufFacts {
    /// The version.
    pub version: u32,
    /// Whether the numbers are big-endian.
    pub is_big_endian: bool,
    /// Announced metadata entries.
    pub entry_count: u64,
    /// Announced tensors.
    pub tensor_count: u64,
    /// `general.architecture`.
    pub architecture: Option<String>,
    /// `general.name`.
    pub name: Option<String>,
    /// `general.license`.
    pub license: Option<String>,
    /// `general.file_type` by name, such as `Q4_K_M`.
    pub file_type: Option<String>,
    /// `general.base_model.*` as key and value.
    pub base_models: Vec<(String, String)>,
    /// The first entries of the metadata, and every further one that shows a sign, up to a bound.
    pub entries: Vec<GgufEntry>,
    /// Chat templates, and other texts that hold template syntax.
    pub templates: Vec<GgufTemplate>,
    /// Elements of all tensors together.
    pub parameters: u64,
    /// Tensors by type, sorted by name.
    pub tensor_types: Vec<TensorTypeCount>,
    /// The names of the first tensors, made visible and shortened.
    pub tensor_names: Vec<String>,
    /// The alignment of tensor data.
    pub alignment: u64,
    /// Where the tensor data begin; the end of what was read if the header is broken.
    pub data_offset: u64,
    /// Bytes between or behind tensors.
    pub strays: Vec<Stretch>,
    /// What is wrong.
    pub flaws: Flaws<GgufFlaw>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl GgufFacts {
    fn flaw(&mut self, kind: GgufFlaw, place: Place, detail: impl FnOnce() -> String) {
        self.flaws.add(kind, place, detail);
    }

    fn problem(&mut self, kind: ProblemKind, place: Place, detail: String) {
        self.problems.push(Problem::new(kind, place, detail));
    }
}

/// Reads the header of a GGUF file.
#[must_use]
pub fn read(source: &dyn ByteSource, limits: &Limits, budget: &Budget) -> GgufFacts {
    read_all(source, limits, budget).0
}

fn read_all(
    source: &dyn ByteSource,
    limits: &Limits,
    budget: &Budget,
) -> (GgufFacts, Vec<tensors::Claim>) {
    let mut facts = GgufFacts {
        alignment: DEFAULT_ALIGNMENT,
        ..GgufFacts::default()
    };
    let mut reader = Reader::new(source, limits, budget);
    let tensors = match header(&mut reader, &mut facts) {
        Ok(tensors) => tensors,
        Err(stop) => {
            note_stop(&stop, &reader, &mut facts);
            facts.data_offset = reader.position();
            return (facts, Vec::new());
        }
    };
    layout::check(source, &reader, &tensors, &mut facts);
    (facts, tensors)
}

/// A tensor as the table of a GGUF file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GgufTensor {
    /// The name as written; hostile text.
    pub name: String,
    /// The dimensions, outermost first: the other way round than they are written.
    pub shape: Vec<u64>,
    /// The number of the element type (`ggml_type`).
    pub type_number: u32,
    /// Offset of the first byte in the file.
    pub offset: u64,
    /// How many bytes; `None` for a type that is not known.
    pub length: Option<u64>,
}

/// Reads the whole table of tensors, with the facts that [`read`] gives.
#[must_use]
pub fn tensors(
    source: &dyn ByteSource,
    limits: &Limits,
    budget: &Budget,
) -> (GgufFacts, Vec<GgufTensor>) {
    let (facts, claims) = read_all(source, limits, budget);
    let start = facts.data_offset;
    let tensors = claims
        .into_iter()
        .map(|claim| GgufTensor {
            name: claim.name,
            shape: claim.shape.into_iter().rev().collect(),
            type_number: claim.number,
            offset: start.saturating_add(claim.begin),
            length: claim.length,
        })
        .collect();
    (facts, tensors)
}

fn header(reader: &mut Reader<'_>, facts: &mut GgufFacts) -> Result<Vec<tensors::Claim>, Stop> {
    reader.seek_to(4);
    let version = reader.u32()?;
    let (order, version) = if version & 0xffff == 0 {
        (Order::Big, version.swap_bytes())
    } else {
        (Order::Little, version)
    };
    reader.set_form(order, version == 1);
    facts.version = version;
    facts.is_big_endian = order == Order::Big;
    if !(1..=3).contains(&version) {
        facts.flaw(GgufFlaw::BadVersion, Place::Byte(4), || {
            format!("version {version}")
        });
        if version == 0 || version > 16 {
            return Err(Stop::Broken);
        }
        facts.problem(
            ProblemKind::Unsupported,
            Place::Byte(4),
            format!("gguf version {version}"),
        );
    }
    facts.tensor_count = reader.length()?;
    facts.entry_count = reader.length()?;
    check_count(reader, facts, facts.entry_count, 13, "metadata entries");
    check_count(reader, facts, facts.tensor_count, 24, "tensors");
    metadata::read(reader, facts)?;
    tensors::read(reader, facts)
}

/// Compares a count with the least number of bytes that so many take.
fn check_count(reader: &Reader<'_>, facts: &mut GgufFacts, count: u64, least: u64, what: &str) {
    let fits = count
        .checked_mul(least)
        .is_some_and(|bytes| bytes <= reader.remaining());
    // Version 1 has shorter lengths; half as much is its least.
    let fits = fits
        || (facts.version == 1
            && count
                .checked_mul(least / 2)
                .is_some_and(|bytes| bytes <= reader.remaining()));
    if !fits {
        facts.flaw(GgufFlaw::CountBeyondFile, Place::Byte(8), || {
            format!("{count} {what} in {} bytes", reader.remaining())
        });
    }
}

fn note_stop(stop: &Stop, reader: &Reader<'_>, facts: &mut GgufFacts) {
    let place = Place::Byte(reader.position());
    match stop {
        Stop::End => {
            facts.flaw(GgufFlaw::Truncated, place.clone(), || {
                "the file ends within the header".to_owned()
            });
            facts.problem(
                ProblemKind::Truncated,
                place,
                "the file ends within the header".to_owned(),
            );
        }
        Stop::Broken => {
            facts.problem(
                ProblemKind::Malformed,
                place,
                "the header cannot be read on from here".to_owned(),
            );
        }
        Stop::Limit(detail) => facts.problem(ProblemKind::LimitReached, place, detail.clone()),
        Stop::Unreadable(detail) => facts.problem(ProblemKind::Unreadable, place, detail.clone()),
    }
}

#[cfg(test)]
mod tests;
