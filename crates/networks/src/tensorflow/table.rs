//! The tensors that the index of a checkpoint names, and which stretch of which data file holds each.
//!
//! What is wrong with an index is told by `checkpoint`; here the entries that can be read are listed.
//!
//! Source: `tensorflow/core/protobuf/tensor_bundle.proto`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use super::checkpoint::{BLOCK, ENTRIES, FOOTER, TRAILER, entries, handle};
use super::snappy;
use super::tensor::{Shape, varint};
use crate::tables::{Bundle, BundleTensor};
use crate::wire::{Value, Wire};

/// Bytes of all keys of an index.
const NAMES: usize = 64 << 20;

pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> Bundle {
    let mut bundle = Bundle::default();
    if let Err((kind, detail)) = walk(source, budget, &mut bundle) {
        let problem = Problem::new(kind, Place::Whole, detail);
        bundle.problems.push(problem);
    }
    bundle
}

type Stop = (ProblemKind, String);
/// Keys and values.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn malformed(detail: &str) -> Stop {
    (ProblemKind::Malformed, detail.to_owned())
}

fn walk(source: &dyn ByteSource, budget: &Budget, bundle: &mut Bundle) -> Result<(), Stop> {
    let start = source.size().saturating_sub(FOOTER);
    let footer = read_range(source, start, narrow(FOOTER))
        .map_err(|error| (ProblemKind::Unreadable, error.to_string()))?;
    let index = || {
        let (_, next) = varint(&footer, 0)?;
        let (_, next) = varint(&footer, next)?;
        handle(footer.get(next..)?)
    };
    let (offset, size) = index().ok_or_else(|| malformed("the footer names no index"))?;
    let mut steps = 0_u64;
    let (mut held, mut names) = (0_u64, 0_usize);
    for (_, value) in block(source, offset, size)? {
        budget
            .check_time()
            .map_err(|error| (ProblemKind::LimitReached, error.to_string()))?;
        let (offset, size) =
            handle(&value).ok_or_else(|| malformed("an entry of the index is no block"))?;
        // Many entries may lead to one block: what is read in all is bounded.
        held = held.saturating_add(size);
        for (key, value) in block(source, offset, size)? {
            steps = steps.saturating_add(1);
            names = names.saturating_add(key.len());
            if steps > ENTRIES || names > NAMES || held > source.size().saturating_mul(2) {
                let detail = "more entries than are read".to_owned();
                return Err((ProblemKind::LimitReached, detail));
            }
            if key.is_empty() {
                header(&value, budget, bundle);
            } else if !bundle.is_first_format {
                bundle.tensors.push(tensor(&key, &value, budget));
            }
        }
    }
    Ok(())
}

/// The entries of a block.
fn block(source: &dyn ByteSource, offset: u64, size: u64) -> Result<Entries, Stop> {
    let end = offset
        .checked_add(size)
        .and_then(|end| end.checked_add(TRAILER));
    if end.is_none_or(|end| end > source.size()) {
        return Err(malformed("a block lies outside of the file"));
    }
    if size > BLOCK {
        let detail = "a block is larger than what is read".to_owned();
        return Err((ProblemKind::LimitReached, detail));
    }
    let length = narrow(size.saturating_add(TRAILER));
    let mut bytes = read_range(source, offset, length)
        .map_err(|error| (ProblemKind::Unreadable, error.to_string()))?;
    let packing = bytes.get(narrow(size)).copied();
    bytes.truncate(narrow(size));
    let bytes = match packing {
        Some(0) => Some(bytes),
        Some(1) => snappy::unpack(&bytes, narrow(BLOCK)),
        _ => None,
    };
    bytes
        .as_deref()
        .and_then(entries)
        .ok_or_else(|| malformed("a block could not be unpacked"))
}

/// `BundleHeaderProto`; a message in its first field is the header of the first format.
fn header(value: &Vec<u8>, budget: &Budget, bundle: &mut Bundle) {
    let wire = Wire::new(value, budget);
    for field in wire.fields(wire.whole()) {
        match (field.number, field.value) {
            (1, Value::Varint(count)) => bundle.shards = count,
            (1, Value::Bytes(_)) => bundle.is_first_format = true,
            (2, Value::Varint(order)) => bundle.is_big_endian = order == 1,
            _ => {}
        }
    }
}

/// `BundleEntryProto`.
fn tensor(key: &[u8], value: &Vec<u8>, budget: &Budget) -> BundleTensor {
    let wire = Wire::new(value, budget);
    let mut tensor = BundleTensor {
        key: String::from_utf8_lossy(key).into_owned(),
        data_type: 0,
        shape: Some(Vec::new()),
        shard: 0,
        offset: 0,
        length: 0,
        is_sliced: false,
    };
    for field in wire.fields(wire.whole()) {
        match (field.number, field.value) {
            (1, Value::Varint(number)) => tensor.data_type = number,
            (2, Value::Bytes(message)) => {
                let shape = Shape::read(&wire, message);
                let sizes = shape.sizes.iter().map(|size| u64::try_from(*size).ok());
                tensor.shape = sizes.collect::<Option<_>>().filter(|_| !shape.is_unknown);
            }
            (3, Value::Varint(number)) => tensor.shard = number,
            (4, Value::Varint(number)) => tensor.offset = number,
            (5, Value::Varint(number)) => tensor.length = number,
            (7, Value::Bytes(_)) => tensor.is_sliced = true,
            _ => {}
        }
    }
    tensor
}
