//! Parameters of Flax: nested maps in MessagePack, with arrays as an application type.
//!
//! An array is an extension of type 1 that holds shape, type and bytes in MessagePack again; arrays above a gigabyte
//! are maps of flat chunks. Names are joined with slashes, as Flax's own `flatten_dict(sep="/")` and the indexes of
//! sharded checkpoints have them.
//!
//! Source: `flax/serialization.py`; <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Dtype;

use crate::stored::{Leftover, Opened, Refused, StoredTensor, WeightFormat, elements};

/// Containers inside containers that are followed.
const DEEPEST: usize = 128;
/// Values of a file that are read.
const MOST_VALUES: u64 = 4_000_000;
/// Tensors of a file that are listed.
const MOST_TENSORS: usize = 200_000;
/// Bytes of all names: those of deep values are longer than the file that spells them.
const MOST_NAMES: usize = 64 * 1024 * 1024;
/// Chunked arrays that are put together.
const MOST_CHUNKED: usize = 1_000;
/// Bytes of a name.
const LONGEST_NAME: usize = 4096;
/// Bytes of an array's description.
const DESCRIPTION: usize = 1024;
/// Marks an array that is cut into chunks.
const CHUNKED: &str = "/__msgpack_chunked_array__";

/// Whether the first bytes begin a map whose first key is a text.
pub(crate) fn is_map(head: &[u8]) -> bool {
    let key = match head {
        [0x81..=0x8f, key, ..] | [0xde, _, _, key, ..] | [0xdf, _, _, _, _, key, ..] => *key,
        _ => return false,
    };
    matches!(key, 0xa1..=0xbf | 0xd9..=0xdb)
}

/// The arrays of a file; nothing if there is none in it.
pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let mut walk = Walk {
        file: bytes,
        at: 0,
        open: Vec::new(),
        opened: Opened::of(WeightFormat::Flax),
        sizes: BTreeMap::new(),
        chunked: Vec::new(),
        names: 0,
    };
    let ended = walk.run(budget);
    walk.join();
    let mut opened = walk.opened;
    if opened.tensors.is_empty() && opened.refused.is_empty() {
        return Opened::default();
    }
    if let Err((kind, detail)) = ended {
        let problem = Problem::new(kind, Place::Byte(walk.at), detail);
        opened.problems.push(problem);
    }
    opened
}

type Stop = (ProblemKind, String);

fn cut() -> Stop {
    (ProblemKind::Truncated, "a value is cut off".to_owned())
}

/// A container that is being read.
struct Open {
    is_map: bool,
    /// Values that are to come, keys of maps not counted.
    left: u64,
    next: u64,
    /// The length of the name around it.
    name: usize,
    /// Whether the key of the coming value was read.
    has_key: bool,
}

struct Walk<'a> {
    file: &'a SharedBytes,
    at: u64,
    open: Vec<Open>,
    opened: Opened,
    /// Numbers by their name, for the shapes of chunked arrays.
    sizes: BTreeMap<String, u64>,
    /// Names of chunked arrays.
    chunked: Vec<String>,
    /// Bytes of all names that are kept.
    names: usize,
}

/// What a value is.
enum Value {
    Map(u64),
    Array(u64),
    Text(u64, u64),
    Number(u64),
    True,
    Extension(u8, u64, u64),
    Other,
}

impl Walk<'_> {
    fn run(&mut self, budget: &Budget) -> Result<(), Stop> {
        let mut name = String::new();
        let mut count = 0_u64;
        loop {
            count = count.saturating_add(1);
            let tensors = self.opened.tensors.len().max(self.opened.refused.len());
            if count > MOST_VALUES || tensors >= MOST_TENSORS || self.names > MOST_NAMES {
                let detail = "more values than are read".to_owned();
                return Err((ProblemKind::LimitReached, detail));
            }
            if count.is_multiple_of(4096)
                && let Err(error) = budget.check_time()
            {
                return Err((ProblemKind::LimitReached, error.to_string()));
            }
            let value = self.value()?;
            if let Some(map) = self
                .open
                .last_mut()
                .filter(|open| open.is_map && !open.has_key)
            {
                map.has_key = true;
                name.truncate(map.name);
                let key = self.key(&value)?;
                push(&mut name, &key);
                continue;
            }
            if let Some(array) = self.open.last_mut().filter(|open| !open.is_map) {
                name.truncate(array.name);
                push(&mut name, &array.next.to_string());
            }
            self.take(&value, &name)?;
            if !self.close() {
                return Ok(());
            }
        }
    }

    /// Steps out of every container that has ended; whether there is more to read.
    fn close(&mut self) -> bool {
        while let Some(open) = self.open.last_mut() {
            if open.left > 0 {
                open.left = open.left.saturating_sub(1);
                open.next = open.next.wrapping_add(1);
                open.has_key = false;
                return true;
            }
            self.open.pop();
        }
        false
    }

    fn key(&self, value: &Value) -> Result<String, Stop> {
        match value {
            Value::Text(start, length) => {
                let raw = read_range(
                    self.file.as_ref(),
                    *start,
                    narrow(*length).min(LONGEST_NAME),
                );
                let raw = raw.map_err(|error| (ProblemKind::Unreadable, error.to_string()))?;
                Ok(String::from_utf8_lossy(&raw).into_owned())
            }
            Value::Number(number) => Ok(number.to_string()),
            _ => Err((ProblemKind::Malformed, "a key is no text".to_owned())),
        }
    }

    fn take(&mut self, value: &Value, name: &str) -> Result<(), Stop> {
        let is_size = matches!(*value, Value::Number(_)) && name.contains("/shape/");
        if is_size || matches!(*value, Value::Extension(..)) {
            self.names = self.names.saturating_add(name.len());
        }
        match *value {
            Value::Map(count) => self.enter(true, count, name)?,
            Value::Array(count) => self.enter(false, count, name)?,
            Value::Extension(1 | 3, start, length) => match self.array(name, start, length) {
                Ok(tensor) => self.opened.tensors.push(tensor),
                Err(reason) => self.opened.refused.push(Refused {
                    name: name.to_owned(),
                    reason,
                }),
            },
            Value::Number(number) => {
                if is_size {
                    self.sizes.insert(name.to_owned(), number);
                }
                self.leave(name, &number.to_string());
            }
            Value::True => match name.strip_suffix(CHUNKED) {
                Some(array) if self.chunked.len() < MOST_CHUNKED => {
                    self.chunked.push(array.to_owned());
                }
                _ => self.leave(name, "true"),
            },
            Value::Text(..) => self.leave(name, "a text"),
            Value::Extension(..) | Value::Other => self.leave(name, "no array"),
        }
        Ok(())
    }

    fn leave(&mut self, name: &str, value: &str) {
        self.opened.leave(Leftover {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }

    fn enter(&mut self, is_map: bool, count: u64, name: &str) -> Result<(), Stop> {
        if self.open.len() >= DEEPEST {
            let detail = "values are nested deeper than is followed".to_owned();
            return Err((ProblemKind::LimitReached, detail));
        }
        // The container itself is closed as a value of the one around it.
        self.open.push(Open {
            is_map,
            left: count,
            // The first step leads to zero.
            next: u64::MAX,
            name: name.len(),
            has_key: false,
        });
        Ok(())
    }

    fn value(&mut self) -> Result<Value, Stop> {
        let (value, next) = value(self.file.as_ref(), self.at)?;
        self.at = next;
        Ok(value)
    }

    /// `(shape, type, bytes)`.
    fn array(&self, name: &str, start: u64, length: u64) -> Result<StoredTensor, String> {
        let broken = || "its description is not complete".to_owned();
        let raw = read_range(self.file.as_ref(), start, DESCRIPTION.min(narrow(length)));
        let raw = raw.map_err(|error| error.to_string())?;
        let next = |at: u64| value(&raw, at).map_err(|_| broken());
        let (Value::Array(3), at) = next(0)? else {
            return Err(broken());
        };
        let (Value::Array(rank @ 0..=64), mut at) = next(at)? else {
            return Err(broken());
        };
        let mut shape = Vec::new();
        for _ in 0..rank {
            let (Value::Number(size), behind) = next(at)? else {
                return Err(broken());
            };
            shape.push(size);
            at = behind;
        }
        let (Value::Text(from, size), at) = next(at)? else {
            return Err(broken());
        };
        let to = from.saturating_add(size);
        let kind = raw.get(narrow(from)..narrow(to)).ok_or_else(broken)?;
        // The bytes themselves lie behind what was read of the description.
        let (held, offset) =
            payload(self.file.as_ref(), start.saturating_add(at)).ok_or_else(broken)?;
        let inside = offset.saturating_add(held) <= start.saturating_add(length);
        let kind = String::from_utf8_lossy(kind);
        let dtype = dtype(&kind).ok_or_else(|| {
            let kind = chainwright_core::text::visible(&kind, 40);
            format!("its element type `{kind}` has no counterpart")
        })?;
        let needed = elements(&shape).and_then(|count| dtype.bytes_of(count));
        if needed != Some(held) || !inside {
            return Err("its shape needs another number of bytes".to_owned());
        }
        Ok(StoredTensor {
            name: name.to_owned(),
            dtype,
            shape,
            strides: None,
            storage: self.file.clone(),
            storage_id: 0,
            offset,
            length: held,
            big_endian: false,
        })
    }

    /// Puts the chunks of arrays above a gigabyte together.
    fn join(&mut self) {
        for (index, name) in std::mem::take(&mut self.chunked).into_iter().enumerate() {
            let start = format!("{name}/chunks/");
            let (chunks, others) = std::mem::take(&mut self.opened.tensors)
                .into_iter()
                .partition(|tensor| tensor.name.starts_with(&start));
            self.opened.tensors = others;
            let mut shape = Vec::new();
            while let Some(size) = self.sizes.get(&format!("{name}/shape/{}", shape.len())) {
                shape.push(*size);
            }
            match joined(&name, chunks, shape, wide(index).saturating_add(1)) {
                Ok(tensor) => self.opened.tensors.push(tensor),
                Err(reason) => self.opened.refused.push(Refused { name, reason }),
            }
        }
    }
}

fn push(name: &mut String, part: &str) {
    if name.len().saturating_add(part.len()) < LONGEST_NAME {
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(part);
    }
}

fn joined(
    name: &str,
    chunks: Vec<StoredTensor>,
    shape: Vec<u64>,
    storage_id: u64,
) -> Result<StoredTensor, String> {
    let number = |tensor: &StoredTensor| {
        let (_, last) = tensor.name.rsplit_once('/')?;
        last.parse::<u64>().ok()
    };
    let mut parts: Vec<(u64, StoredTensor)> = Vec::new();
    for chunk in chunks {
        let number = number(&chunk).ok_or("its chunks are not numbered")?;
        parts.push((number, chunk));
    }
    parts.sort_by_key(|(number, _)| *number);
    let is_whole = parts.iter().zip(0..).all(|((number, _), at)| *number == at);
    let first = parts
        .first()
        .filter(|_| is_whole)
        .ok_or("a chunk is missing")?;
    let (storage, dtype) = (first.1.storage.clone(), first.1.dtype);
    let length = parts.iter().map(|(_, chunk)| chunk.length);
    let length = length.fold(0_u64, u64::saturating_add);
    let is_equal = parts.iter().all(|(_, chunk)| chunk.dtype == dtype);
    if !is_equal || elements(&shape).and_then(|count| dtype.bytes_of(count)) != Some(length) {
        return Err("its chunks do not fill its shape".to_owned());
    }
    let parts = parts.iter().map(|(_, chunk)| (chunk.offset, chunk.length));
    Ok(StoredTensor {
        name: name.to_owned(),
        dtype,
        shape,
        strides: None,
        storage: Arc::new(Joined {
            file: storage,
            parts: parts.collect(),
            length,
        }),
        storage_id,
        offset: 0,
        length,
        big_endian: false,
    })
}

/// Stretches of a file, one behind the other.
#[derive(Debug)]
struct Joined {
    file: SharedBytes,
    parts: Vec<(u64, u64)>,
    length: u64,
}

impl ByteSource for Joined {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let mut left = offset;
        for (start, length) in &self.parts {
            if left < *length {
                let most = narrow(length.saturating_sub(left)).min(buffer.len());
                let part = buffer.get_mut(..most).unwrap_or_default();
                return self.file.read_at(start.saturating_add(left), part);
            }
            left = left.saturating_sub(*length);
        }
        Ok(0)
    }
}

/// The value at an offset, and the offset behind it or, for containers, behind its head.
fn value(source: &dyn ByteSource, at: u64) -> Result<(Value, u64), Stop> {
    let raw =
        read_range(source, at, 9).map_err(|error| (ProblemKind::Unreadable, error.to_string()))?;
    let mark = *raw.first().ok_or_else(cut)?;
    let number = |from: usize, width: usize| {
        let end = from.checked_add(width)?;
        let part = raw.get(from..end)?;
        Some(part.iter().fold(0_u64, |value, byte| {
            value.wrapping_shl(8) | u64::from(*byte)
        }))
    };
    let low = |mask: u8| u64::from(mark & mask);
    let fixed = |width: u64| at.saturating_add(1).saturating_add(width);
    let (value, next) = match mark {
        0x00..=0x7f => (Value::Number(u64::from(mark)), fixed(0)),
        0x80..=0x8f => (Value::Map(low(15)), fixed(0)),
        0x90..=0x9f => (Value::Array(low(15)), fixed(0)),
        0xa0..=0xbf => stretch(at, 0, low(31)),
        0xc3 => (Value::True, fixed(0)),
        0xc0 | 0xc2 | 0xe0..=0xff => (Value::Other, fixed(0)),
        0xc4..=0xc6 | 0xd9..=0xdb => {
            let power = if mark < 0xd0 {
                mark.wrapping_sub(0xc4)
            } else {
                mark.wrapping_sub(0xd9)
            };
            let width = 1_usize.wrapping_shl(u32::from(power));
            stretch(at, width, number(1, width).ok_or_else(cut)?)
        }
        0xc7..=0xc9 => {
            let width = 1_usize.wrapping_shl(u32::from(mark.wrapping_sub(0xc7)));
            let length = number(1, width).ok_or_else(cut)?;
            let kind = number(width.saturating_add(1), 1).ok_or_else(cut)?;
            extension(kind, fixed(wide(width).saturating_add(1)), length)
        }
        0xd4..=0xd8 => {
            let length = 1_u64.wrapping_shl(u32::from(mark.wrapping_sub(0xd4)));
            extension(number(1, 1).ok_or_else(cut)?, fixed(1), length)
        }
        0xcc..=0xcf => {
            let width = 1_usize.wrapping_shl(u32::from(mark.wrapping_sub(0xcc)));
            (
                Value::Number(number(1, width).ok_or_else(cut)?),
                fixed(wide(width)),
            )
        }
        0xd0..=0xd3 => (
            Value::Other,
            fixed(1_u64.wrapping_shl(u32::from(mark.wrapping_sub(0xd0)))),
        ),
        0xca => (Value::Other, fixed(4)),
        0xcb => (Value::Other, fixed(8)),
        0xdc => (Value::Array(number(1, 2).ok_or_else(cut)?), fixed(2)),
        0xdd => (Value::Array(number(1, 4).ok_or_else(cut)?), fixed(4)),
        0xde => (Value::Map(number(1, 2).ok_or_else(cut)?), fixed(2)),
        0xdf => (Value::Map(number(1, 4).ok_or_else(cut)?), fixed(4)),
        0xc1 => {
            return Err((
                ProblemKind::Malformed,
                "a mark that is never used".to_owned(),
            ));
        }
    };
    if next > source.size() {
        return Err(cut());
    }
    Ok((value, next))
}

/// A text or bytes whose length stands in `width` bytes behind the mark.
fn stretch(at: u64, width: usize, length: u64) -> (Value, u64) {
    let start = at.saturating_add(1).saturating_add(wide(width));
    (Value::Text(start, length), start.saturating_add(length))
}

fn extension(kind: u64, start: u64, length: u64) -> (Value, u64) {
    let kind = u8::try_from(kind).unwrap_or(u8::MAX);
    (
        Value::Extension(kind, start, length),
        start.saturating_add(length),
    )
}

/// Length and first byte of the bytes at an offset.
fn payload(source: &dyn ByteSource, at: u64) -> Option<(u64, u64)> {
    match value(source, at).ok()? {
        (Value::Text(start, length), _) => Some((length, start)),
        _ => None,
    }
}

/// The type for a name of NumPy or `ml_dtypes`.
fn dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "float64" => Dtype::F64,
        "float32" => Dtype::F32,
        "float16" => Dtype::F16,
        "bfloat16" => Dtype::Bf16,
        "float8_e4m3fn" => Dtype::F8E4M3,
        "float8_e4m3fnuz" => Dtype::F8E4M3Fnuz,
        "float8_e5m2" => Dtype::F8E5M2,
        "float8_e5m2fnuz" => Dtype::F8E5M2Fnuz,
        "float8_e8m0fnu" => Dtype::F8E8M0,
        "complex64" => Dtype::C64,
        "complex128" => Dtype::C128,
        "int64" => Dtype::I64,
        "int32" => Dtype::I32,
        "int16" => Dtype::I16,
        "int8" => Dtype::I8,
        "uint64" => Dtype::U64,
        "uint32" => Dtype::U32,
        "uint16" => Dtype::U16,
        "uint8" => Dtype::U8,
        "bool" => Dtype::Bool,
        _ => return None,
    })
}
