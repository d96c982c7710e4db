//! What a dataset or an attribute looks like: datatype, dataspace, storage layout and filters.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.b, d, i, l.

use chainwright_core::fields::wide;
use serde::{Deserialize, Serialize};

use super::file::File;
use super::header::{self, Header, Message};
use crate::data::Fields;

/// What elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Integers; signed or not is told by the name.
    Integer,
    /// Floating-point numbers.
    Float,
    /// Time, never written by any library.
    Time,
    /// Text of a fixed length.
    Text,
    /// Bits.
    Bits,
    /// Bytes without meaning to the library.
    Opaque,
    /// Several named fields.
    Compound,
    /// A reference to an object or a region.
    Reference,
    /// Named numbers; `bool` is one.
    Enumeration,
    /// A sequence of a length of its own, in the global heap.
    Sequence,
    /// A text of a length of its own, in the global heap.
    VariableText,
    /// An array of a fixed shape.
    Array,
    /// A complex number (HDF5 2.0).
    Complex,
    /// Not known to the specification.
    Unknown,
}

/// A datatype as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Datatype {
    pub(super) class: Class,
    /// Bytes of one element in the file.
    pub(super) size: u64,
    pub(super) big: bool,
    pub(super) signed: bool,
    /// Precision and exponent bits of a float, which tell `bfloat16` from `float16`.
    pub(super) exponent: u8,
}

impl Datatype {
    /// Reads a datatype message.
    pub(super) fn parse(data: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(data);
        let first = fields.byte()?;
        let bits = fields.byte()?;
        fields.skip(2)?;
        let size = u64::from(fields.word()?);
        let class = match first & 15 {
            0 => Class::Integer,
            1 => Class::Float,
            2 => Class::Time,
            3 => Class::Text,
            4 => Class::Bits,
            5 => Class::Opaque,
            6 => Class::Compound,
            7 => Class::Reference,
            8 => Class::Enumeration,
            9 if bits & 15 == 1 => Class::VariableText,
            9 => Class::Sequence,
            10 => Class::Array,
            11 => Class::Complex,
            _ => Class::Unknown,
        };
        // Bit offset (2), precision (2), exponent location, exponent size.
        let exponent = if class == Class::Float {
            fields.skip(5)?;
            fields.byte()?
        } else {
            0
        };
        Some(Self {
            class,
            size,
            big: bits & 1 != 0,
            signed: bits & 8 != 0,
            exponent,
        })
    }

    /// The name that NumPy would give: `<f4`, `|u1`, `bfloat16`.
    pub(super) fn name(self) -> String {
        let order = match (self.size, self.big) {
            (0 | 1, _) => '|',
            (_, false) => '<',
            (_, true) => '>',
        };
        let size = self.size;
        match self.class {
            Class::Integer if self.signed => format!("{order}i{size}"),
            Class::Integer => format!("{order}u{size}"),
            Class::Float if size == 2 && self.exponent == 8 => "bfloat16".to_owned(),
            Class::Float => format!("{order}f{size}"),
            Class::Text => format!("|S{size}"),
            Class::Opaque => format!("|V{size}"),
            Class::Enumeration => "enum".to_owned(),
            Class::Compound => "compound".to_owned(),
            Class::Reference => "reference".to_owned(),
            Class::Sequence => "sequence".to_owned(),
            Class::VariableText => "text".to_owned(),
            Class::Array => "array".to_owned(),
            Class::Complex => format!("complex{size}"),
            Class::Time | Class::Bits | Class::Unknown => "unknown".to_owned(),
        }
    }
}

/// The message's own data, or those of the committed type that it refers to.
pub(super) fn resolve(file: &File, message: &Message) -> Option<Vec<u8>> {
    if !message.shared {
        return Some(message.data.clone());
    }
    let mut fields = Fields::new(&message.data);
    let version = fields.byte()?;
    let kind = fields.byte()?;
    match (version, kind) {
        (1, _) => fields.skip(6)?,
        // Kind 1 of version 3 lies in the file's heap of shared messages, which is not read.
        (3, 1) => return None,
        _ => {}
    }
    let address = file.address(&mut fields)?;
    let target = header::read(file, address)?;
    let found = target.find(message.kind)?;
    (!found.shared).then(|| found.data.clone())
}

/// A dataspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dataspace {
    pub(super) dimensions: Vec<u64>,
    /// Holds no element at all, whatever the dimensions.
    pub(super) is_null: bool,
}

impl Dataspace {
    /// Reads a dataspace message; how many of its bytes were used does not matter.
    pub(super) fn parse(file: &File, data: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(data);
        let version = fields.byte()?;
        let rank = fields.byte()?;
        fields.skip(1)?;
        let kind = fields.byte()?;
        match version {
            1 => fields.skip(4)?,
            2 => {}
            _ => return None,
        }
        let dimensions = (0..rank)
            .map(|_| file.length(&mut fields))
            .collect::<Option<_>>()?;
        Some(Self {
            dimensions,
            is_null: version == 2 && kind == 2,
        })
    }

    /// How many elements; `None` if that does not fit into 64 bits.
    pub(super) fn elements(&self) -> Option<u64> {
        if self.is_null || self.dimensions.contains(&0) {
            return Some(0);
        }
        self.dimensions
            .iter()
            .try_fold(1_u64, |product, &each| product.checked_mul(each))
    }
}

/// How chunks are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// A version 1 B-tree.
    Tree,
    /// One chunk, with its filtered size and the filters that it did not go through, if it is filtered.
    Single(Option<(u64, u32)>),
    /// All chunks one behind the other, without filters.
    Implicit,
    /// A fixed array.
    Fixed,
    /// A version 2 B-tree.
    Tree2,
    /// An extensible array: not followed.
    Other,
}

/// Where the data of a dataset lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    Compact {
        address: u64,
        length: u64,
    },
    Contiguous {
        address: u64,
        length: Option<u64>,
    },
    Chunked {
        address: u64,
        chunk: Vec<u64>,
        index: Index,
        plain_edges: bool,
    },
    Virtual {
        heap: u64,
        object: u64,
    },
}

impl Layout {
    /// Reads a data layout message (0x0008).
    pub(super) fn parse(file: &File, message: &Message) -> Option<Self> {
        let mut fields = Fields::new(&message.data);
        let version = fields.byte()?;
        match version {
            1 | 2 => Self::old(file, message, fields),
            3..=5 => Self::recent(file, message, fields, version),
            _ => None,
        }
    }

    fn old(file: &File, message: &Message, mut fields: Fields<'_>) -> Option<Self> {
        let rank = fields.byte()?;
        let class = fields.byte()?;
        fields.skip(5)?;
        let address = if class == 0 {
            0
        } else {
            file.address(&mut fields)?
        };
        let dimensions: Vec<u64> = (0..rank)
            .map(|_| fields.word().map(u64::from))
            .collect::<Option<_>>()?;
        match class {
            0 => {
                let length = u64::from(fields.word()?);
                let address = message.address.checked_add(wide(fields.position()))?;
                Some(Self::Compact { address, length })
            }
            1 => Some(Self::Contiguous {
                address,
                length: None,
            }),
            2 => Some(Self::Chunked {
                address,
                chunk: dimensions,
                index: Index::Tree,
                plain_edges: false,
            }),
            _ => None,
        }
    }

    fn recent(file: &File, message: &Message, mut fields: Fields<'_>, version: u8) -> Option<Self> {
        match fields.byte()? {
            0 => {
                let length = u64::from(fields.short()?);
                let address = message.address.checked_add(wide(fields.position()))?;
                Some(Self::Compact { address, length })
            }
            1 => Some(Self::Contiguous {
                address: file.address(&mut fields)?,
                length: file.length(&mut fields),
            }),
            2 if version == 3 => {
                let rank = fields.byte()?;
                let address = file.address(&mut fields)?;
                let chunk = (0..rank)
                    .map(|_| fields.word().map(u64::from))
                    .collect::<Option<_>>()?;
                Some(Self::Chunked {
                    address,
                    chunk,
                    index: Index::Tree,
                    plain_edges: false,
                })
            }
            2 => Self::indexed(file, fields),
            3 => Some(Self::Virtual {
                heap: file.address(&mut fields)?,
                object: u64::from(fields.word()?),
            }),
            _ => None,
        }
    }

    fn indexed(file: &File, mut fields: Fields<'_>) -> Option<Self> {
        let flags = fields.byte()?;
        let rank = fields.byte()?;
        let width = usize::from(fields.byte()?);
        let chunk = (0..rank)
            .map(|_| fields.number(width))
            .collect::<Option<_>>()?;
        let index = match fields.byte()? {
            1 if flags & 2 != 0 => {
                let stored = file.length(&mut fields)?;
                Index::Single(Some((stored, fields.word()?)))
            }
            1 => Index::Single(None),
            2 => Index::Implicit,
            3 => {
                fields.skip(1)?;
                Index::Fixed
            }
            4 => {
                fields.skip(5)?;
                Index::Other
            }
            5 => {
                fields.skip(6)?;
                Index::Tree2
            }
            _ => return None,
        };
        Some(Self::Chunked {
            address: file.address(&mut fields)?,
            chunk,
            index,
            // Bit 0: chunks at the edge do not go through the filters.
            plain_edges: flags & 1 != 0,
        })
    }
}

/// A filter that chunks went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Its registered number.
    pub id: u16,
    /// What it was set to.
    pub values: Vec<u32>,
}

/// The filters of a dataset in the order in which they were applied (message 0x000B); `None` if they cannot be read.
pub(super) fn pipeline(header: &Header) -> Option<Vec<Filter>> {
    header
        .find(0x0b)
        .map_or_else(|| Some(Vec::new()), |message| parse_filters(&message.data))
}

/// The identifiers of a dataset's filters, in order.
pub(super) fn filters(header: &Header) -> Vec<u16> {
    let found = pipeline(header).unwrap_or_default();
    found.into_iter().map(|filter| filter.id).collect()
}

fn parse_filters(data: &[u8]) -> Option<Vec<Filter>> {
    let mut fields = Fields::new(data);
    let version = fields.byte()?;
    let count = fields.byte()?;
    if version == 1 {
        fields.skip(6)?;
    }
    let mut found = Vec::new();
    for _ in 0..count {
        let id = fields.short()?;
        let name = if version == 1 || id >= 256 {
            fields.short()?
        } else {
            0
        };
        fields.skip(2)?;
        let count = fields.short()?;
        fields.skip(usize::from(name))?;
        let values = (0..count)
            .map(|_| fields.word())
            .collect::<Option<Vec<u32>>>()?;
        if version == 1 && count % 2 == 1 {
            fields.skip(4)?;
        }
        found.push(Filter { id, values });
    }
    Some(found)
}
