//! NumPy arrays: what the header says, what the file holds, and where a pickle begins.
//!
//! An array of objects is a pickle behind a header, run by `numpy.load(allow_pickle=True)` (CVE-2019-6446); its
//! offset is handed out for the pickle parser. The header is a Python literal that NumPy gives to
//! `ast.literal_eval`; here it is parsed by a small bounded parser that notes anything but literals. Array data are
//! not read, except for a look at their head.
//!
//! Source: NEP 1 and `numpy/lib/_format_impl.py` of NumPy 2.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::limits::Limits;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::text::visible;
use serde::{Deserialize, Serialize};

use crate::carve::payload;
use crate::flaw::{Flaws, Stretch};
use chainwright_core::fields::{narrow, u16_le, u32_le};

mod descr;
mod literal;

use literal::Literal;

/// Longer headers are refused by NumPy unless pickles are allowed (`_MAX_HEADER_SIZE`).
const REFERENCE_HEADER: u64 = 10_000;
/// Bytes of the header that are parsed at most.
const LONGEST_HEADER: u64 = 1024 * 1024;
/// Bytes of the data that are looked at.
const DATA_HEAD: usize = 4096;
/// Dimensions that are listed; NumPy has at most 64.
const DIMENSIONS: usize = 64;

/// What is wrong with an array file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NpyFlaw {
    /// A version of the format that does not exist.
    BadVersion,
    /// The header reaches beyond the file.
    HeaderBeyondFile,
    /// The header is longer than NumPy reads without being told to trust the file.
    HeaderTooLong,
    /// The header is no Python literal.
    NotALiteral,
    /// The header holds names, calls or operators: code where a literal belongs.
    CodeInHeader,
    /// The header is no dictionary of exactly `descr`, `fortran_order` and `shape`.
    WrongKeys,
    /// A key of the header is given twice.
    DuplicateKey,
    /// The shape is no tuple of non-negative integers.
    BadShape,
    /// The order is no truth value.
    BadOrder,
    /// The element type is none that NumPy writes.
    BadDescr,
    /// The element type hides an object inside a form that NumPy never writes.
    HiddenObject,
    /// The size of the array does not fit into 63 bits.
    SizeOverflow,
    /// The file holds fewer bytes than the array needs.
    DataTooShort,
    /// Bytes behind the array.
    TrailingData,
    /// The element type is no object, but the data are a pickle that imports something.
    PickleInData,
}

/// What an array file says about itself, and where it lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpyFacts {
    /// Major and minor version.
    pub version: (u8, u8),
    /// The element type as written, made visible and shortened.
    pub descr: String,
    /// Whether elements are or contain Python objects.
    pub has_object: bool,
    /// Bytes of an element, if that is known.
    pub item_size: Option<u64>,
    /// The dimensions.
    pub shape: Vec<u64>,
    /// Whether the first dimension varies fastest.
    pub is_fortran_order: bool,
    /// Where the data begin.
    pub data_offset: u64,
    /// Where a pickle begins that loading would run: the data of an object array.
    pub pickle_offset: Option<u64>,
    /// Bytes behind the array.
    pub trailing: Option<Stretch>,
    /// What is wrong.
    pub flaws: Flaws<NpyFlaw>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Reads the header of an array file and compares it with the file's size.
#[must_use]
pub fn read(source: &dyn ByteSource, limits: &Limits, budget: &Budget) -> NpyFacts {
    let mut facts = NpyFacts::default();
    let Some(header) = header(source, limits, &mut facts) else {
        return facts;
    };
    if let Err(reason) = budget.check_time() {
        facts.problem(ProblemKind::LimitReached, Place::Whole, reason.to_string());
        return facts;
    }
    interpret(&header, &mut facts);
    compare_with_data(source, &mut facts);
    facts
}

/// The text of the header.
fn header(source: &dyn ByteSource, limits: &Limits, facts: &mut NpyFacts) -> Option<String> {
    let prefix = match read_range(source, 0, 12) {
        Ok(prefix) => prefix,
        Err(error) => {
            facts.problem(ProblemKind::Unreadable, Place::Byte(0), error.to_string());
            return None;
        }
    };
    let (Some(major), Some(minor)) = (prefix.get(6).copied(), prefix.get(7).copied()) else {
        facts.truncated(Place::Byte(0), "the file ends within its first bytes");
        return None;
    };
    facts.version = (major, minor);
    if !(1..=3).contains(&major) || minor != 0 {
        facts.flaw(NpyFlaw::BadVersion, Place::Byte(6), || {
            format!("version {major}.{minor}")
        });
    }
    let (length, start) = if major == 1 {
        (u16_le(&prefix, 8).map(u64::from), 10)
    } else {
        (u32_le(&prefix, 8).map(u64::from), 12)
    };
    let Some(length) = length else {
        facts.truncated(Place::Byte(8), "the file ends within its first bytes");
        return None;
    };
    facts.data_offset = length.saturating_add(start).min(source.size());
    if length > source.size().saturating_sub(start) {
        facts.flaw(NpyFlaw::HeaderBeyondFile, Place::Byte(8), || {
            format!("header of {length} bytes in a file of {}", source.size())
        });
        facts.truncated(Place::Byte(8), "the header is cut");
    }
    if length > REFERENCE_HEADER {
        facts.flaw(NpyFlaw::HeaderTooLong, Place::Byte(8), || {
            format!("header of {length} bytes")
        });
    }
    let wanted = length.min(LONGEST_HEADER).min(limits.header_bytes);
    if wanted < length {
        facts.problem(
            ProblemKind::LimitReached,
            Place::Byte(start),
            format!("header of {length} bytes, read {wanted}"),
        );
    }
    match read_range(source, start, narrow(wanted)) {
        // Versions 1 and 2 are Latin-1, where every byte is a character; version 3 is UTF-8.
        Ok(raw) if major >= 3 => Some(String::from_utf8_lossy(&raw).into_owned()),
        Ok(raw) => Some(raw.into_iter().map(char::from).collect()),
        Err(error) => {
            facts.problem(
                ProblemKind::Unreadable,
                Place::Byte(start),
                error.to_string(),
            );
            None
        }
    }
}

fn interpret(header: &str, facts: &mut NpyFacts) {
    let parsed = literal::parse(header);
    let place = Place::Byte(if facts.version.0 == 1 { 10 } else { 12 });
    if parsed.has_code {
        facts.flaw(NpyFlaw::CodeInHeader, place.clone(), || {
            visible(header.trim_end(), 200)
        });
    } else if parsed.value.is_none() {
        facts.flaw(NpyFlaw::NotALiteral, place.clone(), || {
            visible(header.trim_end(), 200)
        });
    }
    let Some(Literal::Dict(entries)) = parsed.value else {
        facts.flaw(NpyFlaw::WrongKeys, place, || {
            "the header is no dictionary".to_owned()
        });
        return;
    };
    let names: Vec<&str> = entries
        .iter()
        .map(|(key, _)| match key {
            Literal::Text(name) => name.as_str(),
            _ => "?",
        })
        .collect();
    for wanted in ["descr", "fortran_order", "shape"] {
        match names.iter().filter(|name| **name == wanted).count() {
            0 => facts.flaw(NpyFlaw::WrongKeys, place.clone(), || {
                format!("the header has no `{wanted}`")
            }),
            1 => {}
            _ => facts.flaw(NpyFlaw::DuplicateKey, place.clone(), || {
                format!("the header has `{wanted}` twice")
            }),
        }
    }
    if let Some(other) = names
        .iter()
        .find(|name| !["descr", "fortran_order", "shape"].contains(name))
    {
        let shown = visible(other, 64);
        facts.flaw(NpyFlaw::WrongKeys, place.clone(), || {
            format!("the header has `{shown}`")
        });
    }
    // Python keeps the last of two equal keys.
    let value = |wanted: &str| {
        let index = names.iter().rposition(|name| *name == wanted)?;
        entries.get(index).map(|(_, value)| value)
    };
    if let Some(shape) = value("shape") {
        read_shape(shape, &place, facts);
    }
    match value("fortran_order") {
        Some(Literal::Bool(order)) => facts.is_fortran_order = *order,
        Some(_) => facts.flaw(NpyFlaw::BadOrder, place.clone(), || {
            "`fortran_order` is no truth value".to_owned()
        }),
        None => {}
    }
    if let Some(descr) = value("descr") {
        read_descr(descr, place, facts);
    }
}

fn read_shape(shape: &Literal, place: &Place, facts: &mut NpyFacts) {
    let sizes: Option<Vec<u64>> = match shape {
        Literal::Tuple(items) if items.len() <= DIMENSIONS => items
            .iter()
            .map(|item| match item {
                Literal::Integer(size) => u64::try_from(*size).ok(),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match sizes {
        Some(sizes) => facts.shape = sizes,
        None => facts.flaw(NpyFlaw::BadShape, place.clone(), || {
            "the shape is no tuple of non-negative integers".to_owned()
        }),
    }
}

fn read_descr(descr: &Literal, place: Place, facts: &mut NpyFacts) {
    let element = descr::read(descr);
    facts.descr = visible(&descr.to_string(), 200);
    facts.has_object = element.has_object;
    facts.item_size = element.size;
    if !element.is_known {
        let shown = facts.descr.clone();
        facts.flaw(NpyFlaw::BadDescr, place.clone(), || {
            format!("element type {shown}")
        });
    }
    if element.hides_object {
        let shown = facts.descr.clone();
        facts.flaw(NpyFlaw::HiddenObject, place, || {
            format!("element type {shown}")
        });
    }
}

fn compare_with_data(source: &dyn ByteSource, facts: &mut NpyFacts) {
    let available = source.size().saturating_sub(facts.data_offset);
    let place = Place::Byte(facts.data_offset);
    if facts.has_object {
        facts.pickle_offset = (available > 0).then_some(facts.data_offset);
        return;
    }
    let head = read_range(source, facts.data_offset, DATA_HEAD).unwrap_or_default();
    if payload::is_importing_pickle(&head) {
        let descr = facts.descr.clone();
        facts.flaw(NpyFlaw::PickleInData, place.clone(), || {
            format!("the data of an array of {descr} are a pickle")
        });
        facts.pickle_offset = Some(facts.data_offset);
    }
    let (Some(item_size), false) = (facts.item_size, facts.flaws.has(NpyFlaw::BadShape)) else {
        return;
    };
    let needed = facts
        .shape
        .iter()
        .try_fold(item_size, |bytes, size| bytes.checked_mul(*size))
        .filter(|bytes| i64::try_from(*bytes).is_ok());
    // A dimension of zero makes any other one harmless.
    let needed = if facts.shape.contains(&0) {
        Some(0)
    } else {
        needed
    };
    match needed {
        None => facts.flaw(NpyFlaw::SizeOverflow, place, || {
            "the size of the array overflows".to_owned()
        }),
        Some(needed) if needed > available => {
            facts.flaw(NpyFlaw::DataTooShort, place, || {
                format!("the array needs {needed} bytes, the file holds {available}")
            });
        }
        Some(needed) if needed < available => {
            let offset = facts.data_offset.saturating_add(needed);
            let trailing = Stretch::look(source, offset, available.saturating_sub(needed));
            facts.flaw(NpyFlaw::TrailingData, Place::Byte(offset), || {
                format!("{} bytes behind the array", trailing.length)
            });
            facts.trailing = Some(trailing);
        }
        Some(_) => {}
    }
}

impl NpyFacts {
    fn flaw(&mut self, kind: NpyFlaw, place: Place, detail: impl FnOnce() -> String) {
        self.flaws.add(kind, place, detail);
    }

    fn problem(&mut self, kind: ProblemKind, place: Place, detail: String) {
        self.problems.push(Problem::new(kind, place, detail));
    }

    fn truncated(&mut self, place: Place, detail: &str) {
        self.problem(ProblemKind::Truncated, place, detail.to_owned());
    }
}

#[cfg(test)]
mod tests;
