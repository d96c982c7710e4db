//! MXNet parameters: a list of arrays, then their names.
//!
//! Every array states its shape, type and place; sparse ones state more. Nothing is loaded: each length is held
//! against what is left of the file.
//!
//! Source: `NDArray::Save` and `Load` in `src/ndarray/ndarray.cc` of MXNet 0.9 to 2.0.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, u32_le, u64_le};
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat};
use chainwright_core::problem::ProblemKind;

use crate::facts::{elements, lie, outside};

/// The number that begins a list of arrays.
pub(crate) const MAGIC: u64 = 0x112;
const V1: u32 = 0xf993_fac8;
const V2: u32 = 0xf993_fac9;
const V3: u32 = 0xf993_faca;
/// Dimensions that an array may have.
const DIMENSIONS: u64 = 32;
/// Arrays that are looked at.
const ARRAYS: u64 = 1 << 20;

struct Reader<'a> {
    bytes: &'a SharedBytes,
    at: u64,
}

/// Why reading ends.
enum Stop {
    End,
    Lie(&'static str),
    Unknown(&'static str),
}

impl Reader<'_> {
    fn u32(&mut self) -> Result<u32, Stop> {
        let raw = read_range(self.bytes.as_ref(), self.at, 4).map_err(|_| Stop::End)?;
        let value = u32_le(&raw, 0).ok_or(Stop::End)?;
        self.at = self.at.saturating_add(4);
        Ok(value)
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        let raw = read_range(self.bytes.as_ref(), self.at, 8).map_err(|_| Stop::End)?;
        let value = u64_le(&raw, 0).ok_or(Stop::End)?;
        self.at = self.at.saturating_add(8);
        Ok(value)
    }

    const fn left(&self, size: u64) -> u64 {
        size.saturating_sub(self.at)
    }

    fn shape(&mut self, is_wide: bool) -> Result<Option<Vec<i64>>, Stop> {
        let rank = self.u32()?;
        if rank == u32::MAX {
            return Ok(None);
        }
        self.dimensions(rank, is_wide).map(Some)
    }

    fn dimensions(&mut self, rank: u32, is_wide: bool) -> Result<Vec<i64>, Stop> {
        if u64::from(rank) > DIMENSIONS {
            return Err(Stop::Lie("an array has more dimensions than any array"));
        }
        (0..rank)
            .map(|_| match is_wide {
                true => self.u64().map(u64::cast_signed),
                false => self.u32().map(i64::from),
            })
            .collect()
    }
}

/// Bytes of an element by the number of its type.
const fn width(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 4 => 4,
        1 | 6 => 8,
        2 | 8 | 9 | 12 => 2,
        3 | 5 | 7 => 1,
        10 => 4,
        11 => 8,
        _ => return None,
    })
}

/// Reads a list of arrays.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Mxnet);
    let mut reader = Reader { bytes, at: 16 };
    let at = match walk(&mut reader, budget, &mut facts) {
        Ok(()) => return facts,
        Err(stop) => {
            let at = reader.at;
            match stop {
                Stop::End => facts.problem(
                    ProblemKind::Truncated,
                    Place::Byte(at),
                    "the file ends within an array",
                ),
                Stop::Lie(detail) => lie(&mut facts, at, "array", detail, "CWE-190"),
                Stop::Unknown(detail) => {
                    facts.problem(ProblemKind::Unsupported, Place::Byte(at), detail);
                }
            }
            at
        }
    };
    if at > bytes.size() {
        outside(
            &mut facts,
            at,
            "array",
            "an array reaches beyond the end of the file",
            "CWE-125",
        );
    }
    facts
}

fn walk(reader: &mut Reader<'_>, budget: &Budget, facts: &mut ModelFacts) -> Result<(), Stop> {
    let size = reader.bytes.size();
    let count = reader.u64()?;
    if count
        .checked_mul(4)
        .is_none_or(|least| least > reader.left(size))
    {
        return Err(Stop::Lie(
            "more arrays are announced than the file can hold",
        ));
    }
    for index in 0..count {
        if index >= ARRAYS || budget.check_time().is_err() {
            let detail = "more arrays than are looked at, or time was up";
            facts.problem(ProblemKind::LimitReached, Place::Byte(reader.at), detail);
            return Ok(());
        }
        array(reader, size, facts)?;
    }
    names(reader, size, count, facts)
}

fn array(reader: &mut Reader<'_>, size: u64, facts: &mut ModelFacts) -> Result<(), Stop> {
    let magic = reader.u32()?;
    let mut aux = 0_u32;
    let mut stored = None;
    let shape = match magic {
        V2 | V3 => {
            let storage = reader.u32()?.cast_signed();
            aux = match storage {
                -1 | 0 => 0,
                1 => 1,
                2 => 2,
                _ => return Err(Stop::Unknown("a kind of storage that is not known")),
            };
            if aux > 0 {
                stored = reader.shape(true)?;
            }
            reader.shape(true)?
        }
        V1 => reader.shape(true)?,
        // The oldest form begins with the number of dimensions.
        rank => Some(reader.dimensions(rank, false)?),
    };
    let Some(shape) = shape else { return Ok(()) };
    if shape.is_empty() && magic != V3 {
        return Ok(());
    }
    reader.u32()?;
    reader.u32()?;
    let kind = reader.u32()?;
    let Some(width) = width(kind) else {
        return Err(Stop::Unknown("a type of element that is not known"));
    };
    let mut lengths = vec![(stored.unwrap_or(shape), width)];
    for _ in 0..aux {
        let width = self::width(reader.u32()?).ok_or(Stop::Unknown("a type of index"))?;
        lengths.push((reader.shape(true)?.unwrap_or_default(), width));
    }
    for (shape, width) in lengths {
        let count = elements(shape.iter().copied())
            .ok_or(Stop::Lie("the shape of an array overflows or cannot be"))?;
        let length = count
            .checked_mul(width)
            .ok_or(Stop::Lie("the size of an array overflows"))?;
        if length > reader.left(size) {
            return Err(Stop::Lie(
                "an array is larger than what is left of the file",
            ));
        }
        facts.parameters = facts.parameters.saturating_add(count);
        reader.at = reader.at.saturating_add(length);
    }
    Ok(())
}

fn names(
    reader: &mut Reader<'_>,
    size: u64,
    arrays: u64,
    facts: &mut ModelFacts,
) -> Result<(), Stop> {
    let count = reader.u64()?;
    if count != 0 && count != arrays {
        return Err(Stop::Lie("there are more names than arrays, or fewer"));
    }
    for _ in 0..count.min(ARRAYS) {
        let length = reader.u64()?;
        if length > reader.left(size) {
            return Err(Stop::Lie("a name is longer than what is left of the file"));
        }
        reader.at = reader.at.saturating_add(length);
    }
    if count < ARRAYS && reader.at < size {
        let place = Place::Byte(reader.at);
        let left = narrow(reader.left(size));
        facts.hazard(chainwright_core::model::ModelHazard::new(
            chainwright_core::model::ModelHazardKind::StrayData,
            chainwright_core::model::Effect::Conditional,
            place,
            &format!("{left} bytes"),
            "bytes behind the last name belong to nothing",
            "",
        ));
    }
    Ok(())
}
