//! One table of a SQLite database, read without SQLite: its rows' only blobs, from bytes that may lie.
//!
//! Source: "Database File Format" of sqlite.org: a header of 100 bytes; pages of B-trees; the schema in the tree at
//! page 1; cells with variable-length integers; overflow pages. Indexes, views and write-ahead logs are not read.

use std::collections::BTreeSet;

use chainwright_core::fields::{Order, narrow};

/// Begins every database.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Bytes of one blob that are kept; headers of rpm are below 16 MiB (`HEADER_DATA_MAX` is 256 MiB, never met).
const MOST_BLOB: usize = 16 * 1024 * 1024;

/// Levels of a tree; a database of the largest size has fewer than 20.
const MOST_DEPTH: usize = 32;

/// The database cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SqliteError {
    /// It does not begin as a database does.
    #[error("not a SQLite database")]
    NotADatabase,
    /// The table is not in its schema.
    #[error("the SQLite database has no table of packages")]
    NoTable,
}

/// The blobs of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The first blob of each row, in the order of row numbers.
    pub blobs: Vec<Vec<u8>>,
    /// Whether pages were missing or broken.
    pub is_cut: bool,
}

/// The blobs of the table of this name.
///
/// # Errors
/// When the bytes are no database or have no such table.
pub fn blobs(bytes: &[u8], table: &str) -> Result<Table, SqliteError> {
    let database = Database::open(bytes).ok_or(SqliteError::NotADatabase)?;
    let mut schema = Walk::default();
    database.walk(1, 0, &mut schema);
    let root = schema
        .rows
        .iter()
        .find_map(|row| row.root_of(table))
        .ok_or(SqliteError::NoTable)?;
    let mut walk = Walk::default();
    database.walk(root, 0, &mut walk);
    let blobs = walk
        .rows
        .into_iter()
        .filter_map(|row| {
            row.values.into_iter().find_map(|value| match value {
                Value::Blob(blob) => Some(blob),
                Value::Integer(_) | Value::Text(_) | Value::Other => None,
            })
        })
        .collect();
    Ok(Table {
        blobs,
        is_cut: walk.is_cut,
    })
}

#[derive(Debug)]
enum Value {
    Integer(u64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
    Other,
}

struct Row {
    values: Vec<Value>,
}

impl Row {
    /// The root page if this row of the schema (type, name, table, root page, SQL) describes the table.
    fn root_of(&self, table: &str) -> Option<u32> {
        let is = |index: usize, expected: &str| matches!(self.values.get(index), Some(Value::Text(text)) if text == expected.as_bytes());
        match self.values.get(3) {
            Some(Value::Integer(root)) if is(0, "table") && is(1, table) => {
                u32::try_from(*root).ok()
            }
            _ => None,
        }
    }
}

#[derive(Default)]
struct Walk {
    rows: Vec<Row>,
    seen: BTreeSet<u32>,
    is_cut: bool,
}

struct Database<'a> {
    bytes: &'a [u8],
    page: usize,
    usable: usize,
}

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(MAGIC) {
            return None;
        }
        let page = match Order::Big.u16(bytes, 16)? {
            1 => 65_536,
            size if size >= 512 && size.is_power_of_two() => usize::from(size),
            _ => return None,
        };
        let reserved = usize::from(*bytes.get(20)?);
        let usable = page.checked_sub(reserved).filter(|usable| *usable >= 480)?;
        Some(Self {
            bytes,
            page,
            usable,
        })
    }

    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let start = narrow(number.checked_sub(1)?.into()).checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.page)?)
    }

    /// Visits the rows below a page; each page once, whatever the pointers say.
    fn walk(&self, number: u32, depth: usize, walk: &mut Walk) {
        if depth > MOST_DEPTH || !walk.seen.insert(number) {
            walk.is_cut = true;
            return;
        }
        if self.visit(number, depth, walk).is_none() {
            walk.is_cut = true;
        }
    }

    fn visit(&self, number: u32, depth: usize, walk: &mut Walk) -> Option<()> {
        let page = self.page(number)?;
        let header = if number == 1 { 100 } else { 0 };
        let kind = *page.get(header)?;
        let cells = usize::from(Order::Big.u16(page, header.checked_add(3)?)?);
        let pointers = match kind {
            5 => header.checked_add(12)?,
            13 => header.checked_add(8)?,
            _ => return None,
        };
        for cell in 0..cells {
            let at = Order::Big.u16(page, pointers.checked_add(cell.checked_mul(2)?)?)?;
            let at = usize::from(at);
            if kind == 5 {
                self.walk(Order::Big.u32(page, at)?, depth.saturating_add(1), walk);
            } else if let Some(row) = self.row(page, at) {
                walk.rows.push(row);
            } else {
                walk.is_cut = true;
            }
        }
        if kind == 5 {
            let last = Order::Big.u32(page, header.checked_add(8)?)?;
            self.walk(last, depth.saturating_add(1), walk);
        }
        Some(())
    }

    /// A leaf cell: payload length, row number, payload.
    fn row(&self, page: &[u8], at: usize) -> Option<Row> {
        let (length, at) = varint(page, at)?;
        let (_number, at) = varint(page, at)?;
        let payload = self.payload(page, at, narrow(length))?;
        let (header_length, mut at) = varint(&payload, 0)?;
        let mut value_at = narrow(header_length);
        let header_end = value_at;
        let mut values = Vec::new();
        while at < header_end && values.len() < 64 {
            let (kind, next) = varint(&payload, at)?;
            at = next;
            let (value, length) = value(&payload, value_at, kind)?;
            values.push(value);
            value_at = value_at.checked_add(length)?;
        }
        Some(Row { values })
    }

    /// The bytes of a cell, with those on overflow pages ("1.6. B-tree Pages", payload of table leaf cells).
    fn payload(&self, page: &[u8], at: usize, length: usize) -> Option<Vec<u8>> {
        if length > MOST_BLOB || length > self.bytes.len() {
            return None;
        }
        let most = self.usable.checked_sub(35)?;
        if length <= most {
            return Some(page.get(at..at.checked_add(length)?)?.to_vec());
        }
        let least = self
            .usable
            .checked_sub(12)?
            .checked_mul(32)?
            .checked_div(255)?
            .checked_sub(23)?;
        let body = self.usable.checked_sub(4)?;
        let rest = length.checked_sub(least)?.checked_rem(body)?;
        let local = Some(least.checked_add(rest)?)
            .filter(|local| *local <= most)
            .unwrap_or(least);
        let mut payload = page.get(at..at.checked_add(local)?)?.to_vec();
        let mut next = Order::Big.u32(page, at.checked_add(local)?)?;
        while payload.len() < length {
            let overflow = self.page(next)?;
            let wanted = length.checked_sub(payload.len())?.min(body);
            payload.extend(overflow.get(4..wanted.checked_add(4)?)?);
            next = Order::Big.u32(overflow, 0)?;
        }
        Some(payload)
    }
}

/// A value of a record by its serial type ("2.1. Record Format"), and how many bytes it takes.
fn value(payload: &[u8], at: usize, kind: u64) -> Option<(Value, usize)> {
    let integer = |length: usize| -> Option<(Value, usize)> {
        let bytes = payload.get(at..at.checked_add(length)?)?;
        let number = bytes
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Some((Value::Integer(number), length))
    };
    match kind {
        0 | 10 | 11 => Some((Value::Other, 0)),
        1 => integer(1),
        2 => integer(2),
        3 => integer(3),
        4 => integer(4),
        5 => integer(6),
        6 => integer(8),
        7 => Some((Value::Other, 8)),
        8 => Some((Value::Integer(0), 0)),
        9 => Some((Value::Integer(1), 0)),
        _ => {
            let length = narrow(kind.checked_sub(12)? >> 1);
            let bytes = payload.get(at..at.checked_add(length)?)?.to_vec();
            let value = if kind & 1 == 0 {
                Value::Blob(bytes)
            } else {
                Value::Text(bytes)
            };
            Some((value, length))
        }
    }
}

/// A number of one to nine bytes, seven bits each, the last one eight; and where the next begins.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for step in 0..9_usize {
        let place = at.checked_add(step)?;
        let byte = *bytes.get(place)?;
        if step == 8 {
            return Some((number << 8 | u64::from(byte), place.checked_add(1)?));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, place.checked_add(1)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_to_nine_bytes() {
        type Read = Option<(u64, usize)>;
        let cases: [(&[u8], Read); 5] = [
            (&[0x7f], Some((127, 1))),
            (&[0x81, 0x00], Some((128, 2))),
            (&[0xff; 9], Some((u64::MAX, 9))),
            (&[0x80], None),
            (&[], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(varint(bytes, 0), expected, "{bytes:?}");
        }
    }

    #[test]
    fn other_bytes_are_no_database() {
        for bytes in [&b""[..], b"SQLite format 3", MAGIC] {
            assert_eq!(blobs(bytes, "Packages"), Err(SqliteError::NotADatabase));
        }
    }
}
