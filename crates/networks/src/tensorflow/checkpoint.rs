//! The index of a checkpoint: a LevelDB table from names of tensors to stretches of data files.
//!
//! The data files lie beside it and are not opened; that their stretches are possible is asked here. Tables of
//! TensorFlow's first checkpoint format hold the tensors themselves and are recognised, not taken apart.
//!
//! Sources: `tensorflow/core/util/tensor_bundle`, `tensorflow/core/lib/io/{format,block,table}.cc`.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::fields::{narrow, u32_le, wide};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::snappy;
use super::tensor::{Shape, varint};
use crate::wire::{Value, Wire};

/// Bytes of the footer.
pub(super) const FOOTER: u64 = 48;
/// Bytes behind a block: its compression and its checksum.
pub(super) const TRAILER: u64 = 5;
/// Bytes of one block, unpacked.
pub(super) const BLOCK: u64 = 64 << 20;
/// Bytes of all keys of a block.
const KEYS: usize = 64 << 20;
/// Entries that are read.
pub(super) const ENTRIES: u64 = 2_000_000;
/// Shards beyond which no writer goes.
const SHARDS: u64 = 100_000;

/// Reads an index.
pub(super) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut table = Table {
        source,
        budget,
        facts: ModelFacts::new(ModelFormat::TensorFlowCheckpoint),
        shards: None,
        is_first_format: false,
        last: None,
        stretches: Vec::new(),
    };
    table.read();
    table.overlaps();
    table.facts
}

struct Table<'t> {
    source: &'t dyn ByteSource,
    budget: &'t Budget,
    facts: ModelFacts,
    shards: Option<u64>,
    is_first_format: bool,
    /// The key before, since keys are sorted.
    last: Option<Vec<u8>>,
    /// Shard, first byte, byte behind the last.
    stretches: Vec<(u64, u64, u64)>,
}

impl Table<'_> {
    fn problem(&mut self, kind: ProblemKind, at: u64, detail: impl Into<String>) {
        self.facts.problem(kind, Place::Byte(at), detail);
    }

    fn hazard(&mut self, kind: ModelHazardKind, key: &[u8], detail: &str) {
        let name = visible(&String::from_utf8_lossy(key), 200);
        let place = Place::Key(name.clone());
        let hazard = ModelHazard::new(kind, Effect::OnLoad, place, &name, detail, "");
        self.facts.hazard(hazard);
    }

    fn read(&mut self) {
        let start = self.source.size().saturating_sub(FOOTER);
        let Ok(footer) = read_range(self.source, start, narrow(FOOTER)) else {
            self.problem(
                ProblemKind::Unreadable,
                start,
                "the footer could not be read",
            );
            return;
        };
        let index = || {
            let (_, next) = varint(&footer, 0)?;
            let (_, next) = varint(&footer, next)?;
            handle(footer.get(next..)?)
        };
        let Some((offset, size)) = index() else {
            self.problem(ProblemKind::Malformed, start, "the footer names no index");
            return;
        };
        for (_, value) in self.block(offset, size) {
            if self.facts.operators >= ENTRIES {
                self.problem(
                    ProblemKind::LimitReached,
                    offset,
                    "more entries than are read",
                );
                return;
            }
            if let Err(error) = self.budget.check_time() {
                self.problem(ProblemKind::LimitReached, offset, error.to_string());
                return;
            }
            let Some((offset, size)) = handle(&value) else {
                self.problem(
                    ProblemKind::Malformed,
                    offset,
                    "an entry of the index is no block",
                );
                continue;
            };
            for (key, value) in self.block(offset, size) {
                self.entry(&key, &value);
            }
        }
    }

    /// The entries of a block.
    fn block(&mut self, offset: u64, size: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
        let end = offset
            .checked_add(size)
            .and_then(|end| end.checked_add(TRAILER));
        if end.is_none_or(|end| end > self.source.size()) {
            self.hazard(
                ModelHazardKind::OutOfBounds,
                b"",
                "a block lies outside of the file",
            );
            return Vec::new();
        }
        if size > BLOCK {
            self.problem(
                ProblemKind::LimitReached,
                offset,
                "a block is larger than what is read",
            );
            return Vec::new();
        }
        let length = narrow(size.saturating_add(TRAILER));
        let Ok(mut bytes) = read_range(self.source, offset, length) else {
            self.problem(ProblemKind::Unreadable, offset, "a block could not be read");
            return Vec::new();
        };
        let packing = bytes.get(narrow(size)).copied();
        bytes.truncate(narrow(size));
        let bytes = match packing {
            Some(0) => Some(bytes),
            Some(1) => snappy::unpack(&bytes, narrow(BLOCK)),
            _ => None,
        };
        match bytes.as_deref().and_then(entries) {
            Some(entries) => entries,
            None => {
                self.problem(
                    ProblemKind::Malformed,
                    offset,
                    "a block could not be unpacked",
                );
                Vec::new()
            }
        }
    }

    fn entry(&mut self, key: &[u8], value: &Vec<u8>) {
        if self.last.as_deref().is_some_and(|last| last == key) {
            let detail = "two entries have this name";
            self.hazard(ModelHazardKind::Ambiguous, key, detail);
        } else if self.last.as_deref().is_some_and(|last| last > key) {
            let detail = "entries are not sorted, so that readers do not find them all";
            self.hazard(ModelHazardKind::Malformed, key, detail);
        }
        self.last = Some(key.to_vec());
        if key.is_empty() {
            self.header(value);
        } else if !self.is_first_format {
            self.tensor(key, value);
        } else {
            self.facts.operators = self.facts.operators.saturating_add(1);
        }
    }

    fn header(&mut self, value: &Vec<u8>) {
        let wire = Wire::new(value, self.budget);
        let mut shards = 0;
        for field in wire.fields(wire.whole()) {
            match (field.number, field.value) {
                (1, Value::Varint(count)) => shards = count,
                (1, Value::Bytes(_)) => self.is_first_format = true,
                _ => {}
            }
        }
        if self.is_first_format {
            "1".clone_into(&mut self.facts.version);
            return;
        }
        "2".clone_into(&mut self.facts.version);
        self.shards = Some(shards);
        if shards > SHARDS {
            let detail = "the checkpoint claims more data files than any writer makes";
            self.hazard(ModelHazardKind::SizeLie, b"", detail);
        }
    }

    fn tensor(&mut self, key: &[u8], value: &Vec<u8>) {
        self.facts.operators = self.facts.operators.saturating_add(1);
        let wire = Wire::new(value, self.budget);
        let (mut kind, mut shard, mut offset, mut size) = (0, 0_u64, 0_u64, 0_u64);
        let mut shape = Shape::default();
        let mut is_sliced = false;
        for field in wire.fields(wire.whole()) {
            match (field.number, field.value) {
                (1, Value::Varint(number)) => kind = number,
                (2, Value::Bytes(message)) => shape = Shape::read(&wire, message),
                (3, Value::Varint(number)) => shard = number,
                (4, Value::Varint(number)) => offset = number,
                (5, Value::Varint(number)) => size = number,
                (7, Value::Bytes(_)) => is_sliced = true,
                _ => {}
            }
        }
        let elements = shape.elements();
        self.facts.parameters = self.facts.parameters.saturating_add(elements.unwrap_or(0));
        if is_sliced {
            return;
        }
        let most = i64::MAX.cast_unsigned();
        let end = offset
            .checked_add(size)
            .filter(|end| offset <= most && *end <= most);
        if self.shards.is_some_and(|shards| shard >= shards.max(1)) {
            self.hazard(
                ModelHazardKind::OutOfBounds,
                key,
                "lies in a data file that there is not",
            );
        }
        let Some(end) = end else {
            self.hazard(ModelHazardKind::OutOfBounds, key, "lies beyond any file");
            return;
        };
        let asked = elements.and_then(|count| count.checked_mul(width(kind)?));
        if width(kind).is_some() && asked != Some(size) {
            let detail = "its stretch is not as long as its shape says";
            self.hazard(ModelHazardKind::SizeLie, key, detail);
        }
        if size > 0 {
            self.stretches.push((shard, offset, end));
        }
    }

    /// Two tensors never share bytes.
    fn overlaps(&mut self) {
        self.stretches.sort_unstable();
        let pairs = self.stretches.windows(2).filter(|pair| match pair {
            [(left, _, end), (right, start, _)] => left == right && start < end,
            _ => false,
        });
        if pairs.count() > 0 {
            let detail = "two tensors share bytes of a data file";
            self.hazard(ModelHazardKind::Ambiguous, b"", detail);
        }
    }
}

/// How many bytes one element takes in a data file; `None` for texts and variants.
const fn width(kind: u64) -> Option<u64> {
    Some(match kind {
        4 | 6 | 10 | 11 | 12 => 1,
        5 | 14 | 15 | 16 | 17 | 19 => 2,
        1 | 3 | 13 | 22 => 4,
        2 | 8 | 9 | 23 => 8,
        18 => 16,
        _ => return None,
    })
}

pub(super) fn handle(bytes: &[u8]) -> Option<(u64, u64)> {
    let (offset, next) = varint(bytes, 0)?;
    let (size, _) = varint(bytes, next)?;
    Some((offset, size))
}

/// The entries of an unpacked block: each key shares its beginning with the one before.
pub(super) fn entries(block: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let restarts = u32_le(block, block.len().checked_sub(4)?)?;
    let tail = narrow(u64::from(restarts)).checked_mul(4)?.checked_add(4)?;
    let end = block.len().checked_sub(tail)?;
    let mut list = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    let mut at = 0_usize;
    let mut held = 0_usize;
    while at < end {
        let (shared, next) = varint(block, at)?;
        let (own, next) = varint(block, next)?;
        let (length, next) = varint(block, next)?;
        let own_end = next.checked_add(narrow(own))?;
        let value_end = own_end.checked_add(narrow(length))?;
        if value_end > end || narrow(shared) > key.len() || wide(key.len()) > 1 << 16 {
            return None;
        }
        key.truncate(narrow(shared));
        key.extend_from_slice(block.get(next..own_end)?);
        // Keys that share their beginnings are longer than the block that holds them.
        held = held.checked_add(key.len()).filter(|held| *held <= KEYS)?;
        list.push((key.clone(), block.get(own_end..value_end)?.to_vec()));
        at = value_end;
    }
    Some(list)
}
