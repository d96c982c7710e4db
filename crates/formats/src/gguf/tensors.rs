//! The table of tensors.

use std::collections::{BTreeMap, HashSet};

use chainwright_core::location::Place;
use chainwright_core::text::visible;

use super::metadata::bounded_length;
use super::reader::{Reader, Stop};
use super::types::{LARGEST_FORK_TYPE, tensor_type};
use super::{GgufFacts, GgufFlaw, TensorTypeCount};
use crate::signs;

/// `GGML_MAX_NAME`, with its closing zero.
const REFERENCE_NAME: u64 = 64;
/// What the largest known patch of it allows.
const LARGEST_NAME: u64 = 128;
/// `GGML_MAX_DIMS`.
const DIMENSIONS: u32 = 4;
/// More dimensions than this and the table is not one.
const ABSURD_DIMENSIONS: u32 = 64;
/// Names that are listed in the facts.
const LISTED_NAMES: usize = 64;
/// Types that are counted one by one.
const COUNTED_TYPES: usize = 64;

/// The bytes that a tensor claims, relative to the start of the data.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// Where the tensor's entry lies in the file.
    pub entry: u64,
    /// The name as written.
    pub name: String,
    /// The dimensions as written: the fastest one first.
    pub shape: Vec<u64>,
    /// The number of the element type.
    pub number: u32,
    pub begin: u64,
    /// How many bytes; unknown for an unknown type.
    pub length: Option<u64>,
}

pub(super) fn read(reader: &mut Reader<'_>, facts: &mut GgufFacts) -> Result<Vec<Claim>, Stop> {
    let mut claims = Vec::new();
    let mut names: HashSet<Vec<u8>> = HashSet::new();
    let mut types: BTreeMap<String, TensorTypeCount> = BTreeMap::new();
    let mut outcome = Ok(());
    for _ in 0..facts.tensor_count {
        match tensor(reader, facts, &mut names, &mut types) {
            Ok(claim) => claims.push(claim),
            Err(stop) => {
                outcome = Err(stop);
                break;
            }
        }
    }
    facts.tensor_types = types.into_values().collect();
    outcome.map(|()| claims)
}

fn tensor(
    reader: &mut Reader<'_>,
    facts: &mut GgufFacts,
    names: &mut HashSet<Vec<u8>>,
    types: &mut BTreeMap<String, TensorTypeCount>,
) -> Result<Claim, Stop> {
    let entry = reader.position();
    let (name, shown) = name(reader, facts, names)?;
    let shape = shape(reader, facts, &shown)?;
    let number = reader.u32()?;
    let begin = reader.u64()?;
    let elements = shape.elements.unwrap_or(0);
    facts.parameters = facts.parameters.saturating_add(elements);
    let kind = tensor_type(number);
    let kind_name = kind
        .as_ref()
        .map_or_else(|| number.to_string(), |kind| kind.name.to_owned());
    count(types, kind_name, elements);
    if facts.tensor_names.len() < LISTED_NAMES {
        facts.tensor_names.push(shown.clone());
    }
    let place = || Place::Byte(entry);
    let Some(kind) = kind else {
        let flaw = if number <= LARGEST_FORK_TYPE {
            GgufFlaw::UnknownTensorType
        } else {
            GgufFlaw::AbsurdTensorType
        };
        facts.flaw(flaw, place(), || format!("`{shown}` has type {number}"));
        return Ok(Claim {
            entry,
            name,
            shape: shape.sizes,
            number,
            begin,
            length: None,
        });
    };
    if !shape.row.is_multiple_of(kind.block) {
        facts.flaw(GgufFlaw::PartialBlock, place(), || {
            format!(
                "rows of `{shown}` have {} elements, blocks of {} have {}",
                shape.row, kind.name, kind.block
            )
        });
    }
    let length = elements.div_ceil(kind.block.max(1)).checked_mul(kind.bytes);
    if shape.elements.is_none() || length.is_none_or(|length| i64::try_from(length).is_err()) {
        facts.flaw(GgufFlaw::SizeOverflow, place(), || {
            format!("the size of `{shown}` overflows")
        });
        return Ok(Claim {
            entry,
            name,
            shape: shape.sizes,
            number,
            begin,
            length: None,
        });
    }
    Ok(Claim {
        entry,
        name,
        shape: shape.sizes,
        number,
        begin,
        length: length.filter(|_| kind.bytes > 0),
    })
}

fn name(
    reader: &mut Reader<'_>,
    facts: &mut GgufFacts,
    names: &mut HashSet<Vec<u8>>,
) -> Result<(String, String), Stop> {
    let at = reader.position();
    let length = bounded_length(reader, facts, "a tensor name")?;
    let raw = reader.text(length, 65_536)?;
    let name = String::from_utf8_lossy(&raw).into_owned();
    let shown = visible(&name, 200);
    let place = || Place::Byte(at);
    if length >= LARGEST_NAME {
        facts.flaw(GgufFlaw::TensorNameTooLong, place(), || {
            format!("a name of {length} bytes")
        });
    } else if length >= REFERENCE_NAME {
        facts.flaw(GgufFlaw::LongTensorName, place(), || {
            format!("`{shown}` has {length} bytes")
        });
    }
    if std::str::from_utf8(&raw).is_err() {
        facts.flaw(GgufFlaw::InvalidUtf8, place(), || {
            format!("tensor name `{shown}`")
        });
    } else if signs::is_odd_name(&name) || name.is_empty() {
        facts.flaw(GgufFlaw::OddName, place(), || {
            format!("tensor name `{shown}`")
        });
    }
    if !names.insert(raw) {
        facts.flaw(GgufFlaw::DuplicateTensor, place(), || {
            format!("tensor `{shown}` stands here again")
        });
    }
    Ok((name, shown))
}

struct Shape {
    /// The dimensions as written.
    sizes: Vec<u64>,
    /// Elements of a row: the first dimension.
    row: u64,
    /// `None` if they do not fit into 63 bits.
    elements: Option<u64>,
}

fn shape(reader: &mut Reader<'_>, facts: &mut GgufFacts, shown: &str) -> Result<Shape, Stop> {
    let at = reader.position();
    let dimensions = reader.u32()?;
    if dimensions > DIMENSIONS {
        facts.flaw(GgufFlaw::TooManyDimensions, Place::Byte(at), || {
            format!("`{shown}` has {dimensions} dimensions")
        });
    }
    if dimensions > ABSURD_DIMENSIONS {
        return Err(Stop::Broken);
    }
    let mut shape = Shape {
        sizes: Vec::new(),
        row: 1,
        elements: Some(1),
    };
    for index in 0..dimensions {
        // Version 1 has 32-bit dimensions, like its lengths.
        let size = reader.length()?;
        shape.sizes.push(size);
        if index == 0 {
            shape.row = size;
        }
        shape.elements = shape
            .elements
            .and_then(|elements| elements.checked_mul(size))
            .filter(|elements| i64::try_from(*elements).is_ok() && i64::try_from(size).is_ok());
    }
    if shape.elements == Some(0) {
        facts.flaw(GgufFlaw::EmptyTensor, Place::Byte(at), || {
            format!("`{shown}` has no elements")
        });
    }
    Ok(shape)
}

fn count(types: &mut BTreeMap<String, TensorTypeCount>, name: String, elements: u64) {
    let name = if types.len() >= COUNTED_TYPES && !types.contains_key(&name) {
        "other".to_owned()
    } else {
        name
    };
    let count = types.entry(name.clone()).or_insert(TensorTypeCount {
        name,
        tensors: 0,
        parameters: 0,
    });
    count.tensors = count.tensors.saturating_add(1);
    count.parameters = count.parameters.saturating_add(elements);
}
