//! All tensors of one file, fed while the file is read.
//!
//! Two ways in, one result. [`Review::update`] takes the file's bytes in order, cut anywhere: it goes into the pass that
//! hashes the file. [`Review::pieces`] lists stretches of at most [`PIECE`] bytes, which [`Review::measure`] measures on
//! any thread and [`Review::take`] takes back in order. Both join the same stretches in the same order, so that the
//! results are equal to the last bit however many threads took part. Several tensors at once would be simpler, but the
//! largest tensor of a file often holds a third of it.
//!
//! Every byte of a file is measured once: where tensors share bytes, as tied weights do, the first one in the file is
//! measured; one that covers exactly the same bytes gets the same statistics, one that overlaps gets none.
//! Memory is 0.8 MB for each stretch in the making.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError, read_full};
use chainwright_core::fields::narrow;

use crate::dtype::Dtype;
use crate::stats::{Accumulator, BLOCK, TensorStats};
use crate::tensor::Tensor;

/// Bytes that are measured in one go: a multiple of [`BLOCK`].
pub const PIECE: u64 = 256 * BLOCK as u64;

/// Where a tensor lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name as written; hostile text.
    pub name: String,
    /// How the elements are stored.
    pub dtype: Dtype,
    /// The dimensions, outermost first.
    pub shape: Vec<u64>,
    /// The first byte in the file.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// A tensor and what was measured of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorSummary {
    /// The name as written; hostile text.
    pub name: String,
    /// How the elements are stored.
    pub dtype: Dtype,
    /// The dimensions, outermost first.
    pub shape: Vec<u64>,
    /// The first byte in the file.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Another tensor lies on the same bytes and comes before.
    pub is_alias: bool,
    /// What was measured; `None` for empty tensors, and for tensors that were cut off or overlap another one.
    pub stats: Option<TensorStats>,
}

/// A stretch of one tensor that is measured in one go.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The first byte in the file.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    tensor: usize,
    entry: Arc<Entry>,
}

/// The statistics of a piece.
#[derive(Debug)]
pub struct Measured {
    tensor: usize,
    accumulator: Accumulator,
}

/// Measures the tensors of one file.
#[derive(Debug)]
pub struct Review {
    entries: Vec<Arc<Entry>>,
    /// The indexes of the tensors that are measured, by offset.
    order: Vec<usize>,
    /// For each tensor that is not measured itself, the one that covers the same bytes.
    aliases: Vec<Option<usize>>,
    running: Option<Measured>,
    done: Vec<Option<TensorStats>>,
    stream: Stream,
}

/// Where the sequential way stands.
#[derive(Debug, Default)]
struct Stream {
    /// Position in `order`.
    at: usize,
    /// The accumulator of the piece that is being fed.
    piece: Option<Accumulator>,
    /// Bytes of its tensor that went into accumulators or wait.
    seen: u64,
    /// Bytes that wait for a block to fill.
    waiting: Vec<u8>,
}

impl Review {
    /// For these tensors, in any order, of a file of `size` bytes. Tensors that do not lie within are not measured.
    #[must_use]
    pub fn new(entries: Vec<Entry>, size: u64) -> Self {
        let entries: Vec<Arc<Entry>> = entries.into_iter().map(Arc::new).collect();
        let mut sorted: Vec<(u64, u64, usize)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.length > 0)
            .map(|(index, entry)| (entry.offset, entry.length, index))
            .collect();
        sorted.sort_unstable();
        let mut order: Vec<usize> = Vec::new();
        let mut aliases = vec![None; entries.len()];
        let (mut end, mut last) = (0, None);
        for (offset, length, index) in sorted {
            let Some(behind) = offset.checked_add(length).filter(|end| *end <= size) else {
                continue;
            };
            if offset >= end {
                order.push(index);
                end = behind;
                last = Some((offset, length, index));
            } else if let Some((begin, size, first)) = last
                && (begin, size) == (offset, length)
                && let Some(alias) = aliases.get_mut(index)
            {
                *alias = Some(first);
            }
        }
        let done = vec![None; entries.len()];
        Self {
            entries,
            order,
            aliases,
            running: None,
            done,
            stream: Stream::default(),
        }
    }

    /// The stretches to measure, in file order. Every byte of a tensor lies in at most one of them.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + '_ {
        self.order
            .iter()
            .filter_map(|tensor| Some((*tensor, self.entries.get(*tensor)?)))
            .flat_map(|(tensor, entry)| {
                let count = entry.length.div_ceil(PIECE);
                (0..count).map(move |number| {
                    let begin = number.saturating_mul(PIECE);
                    Piece {
                        offset: entry.offset.saturating_add(begin),
                        length: entry.length.saturating_sub(begin).min(PIECE),
                        tensor,
                        entry: Arc::clone(entry),
                    }
                })
            })
    }

    /// Measures a piece; `bytes` are those of its stretch, and one that is cut off counts as not there.
    #[must_use]
    pub fn measure(piece: &Piece, bytes: &[u8]) -> Measured {
        let begin = piece.offset.saturating_sub(piece.entry.offset);
        let mut accumulator = accumulator(&piece.entry, begin);
        for block in bytes.chunks(BLOCK) {
            accumulator.block(block);
        }
        Measured {
            tensor: piece.tensor,
            accumulator,
        }
    }

    /// Takes what was measured; pieces must come in their order.
    pub fn take(&mut self, measured: Measured) {
        match &mut self.running {
            Some(running) if running.tensor == measured.tensor => {
                running.accumulator.merge(measured.accumulator);
            }
            _ => {
                self.close();
                self.running = Some(measured);
            }
        }
    }

    /// Takes the next bytes of the file: `chunk` starts at `offset`, which must not go back.
    pub fn update(&mut self, offset: u64, chunk: &[u8]) {
        let mut offset = offset;
        let mut chunk = chunk;
        while !chunk.is_empty() {
            let Some((tensor, entry)) = self.current() else {
                return;
            };
            let wanted = entry.offset.saturating_add(self.stream.seen);
            let end = entry.offset.saturating_add(entry.length);
            if offset > wanted {
                // Bytes are missing: this tensor cannot be measured.
                self.stream.piece = None;
                self.stream.waiting.clear();
                self.running.take_if(|running| running.tensor == tensor);
                self.next_tensor();
                continue;
            }
            let skip = narrow(wanted.saturating_sub(offset)).min(chunk.len());
            let (_, rest) = chunk.split_at(skip);
            offset = offset.saturating_add(skip as u64);
            let (part, behind) = rest.split_at(narrow(end.saturating_sub(offset)).min(rest.len()));
            self.feed(tensor, &entry, part);
            offset = offset.saturating_add(part.len() as u64);
            chunk = behind;
            if self.stream.seen >= entry.length {
                self.next_tensor();
            }
        }
    }

    /// The statistics of all tensors, in the order they were given in.
    #[must_use]
    pub fn finish(mut self) -> Vec<TensorSummary> {
        self.close();
        let done = self.done;
        let aliases = self.aliases;
        self.entries
            .iter()
            .zip(&aliases)
            .enumerate()
            .map(|(index, (entry, alias))| TensorSummary {
                name: entry.name.clone(),
                dtype: entry.dtype,
                shape: entry.shape.clone(),
                offset: entry.offset,
                length: entry.length,
                is_alias: alias.is_some(),
                stats: done.get(alias.unwrap_or(index)).cloned().flatten(),
            })
            .collect()
    }

    fn current(&self) -> Option<(usize, Arc<Entry>)> {
        let tensor = *self.order.get(self.stream.at)?;
        Some((tensor, Arc::clone(self.entries.get(tensor)?)))
    }

    fn next_tensor(&mut self) {
        self.stream.at = self.stream.at.saturating_add(1);
        self.stream.seen = 0;
    }

    /// Feeds bytes of the current tensor, block by block.
    fn feed(&mut self, tensor: usize, entry: &Entry, part: &[u8]) {
        let mut rest = part;
        while !rest.is_empty() {
            let held = self.stream.waiting.len();
            let room = BLOCK.saturating_sub(held);
            let (now, behind) = rest.split_at(room.min(rest.len()));
            rest = behind;
            self.stream.seen = self.stream.seen.saturating_add(now.len() as u64);
            let is_last = self.stream.seen >= entry.length;
            if held == 0 && (now.len() == BLOCK || is_last) {
                self.block(tensor, entry, now, is_last);
            } else {
                self.stream.waiting.extend_from_slice(now);
                if self.stream.waiting.len() == BLOCK || is_last {
                    let block = std::mem::take(&mut self.stream.waiting);
                    self.block(tensor, entry, &block, is_last);
                    self.stream.waiting = block;
                    self.stream.waiting.clear();
                }
            }
        }
    }

    fn block(&mut self, tensor: usize, entry: &Entry, bytes: &[u8], is_last: bool) {
        let begin = self.stream.seen.saturating_sub(bytes.len() as u64);
        let piece = self
            .stream
            .piece
            .get_or_insert_with(|| accumulator(entry, begin));
        piece.block(bytes);
        if (is_last || self.stream.seen.is_multiple_of(PIECE))
            && let Some(accumulator) = self.stream.piece.take()
        {
            self.take(Measured {
                tensor,
                accumulator,
            });
        }
    }

    /// Ends the tensor whose pieces were being joined.
    fn close(&mut self) {
        if let Some(running) = self.running.take() {
            let length = self.entries.get(running.tensor).map(|entry| entry.length);
            let is_whole = length == Some(running.accumulator.taken());
            if let Some(slot) = self.done.get_mut(running.tensor)
                && is_whole
            {
                *slot = Some(running.accumulator.finish());
            }
        }
    }
}

fn accumulator(entry: &Entry, begin: u64) -> Accumulator {
    Accumulator::new(&entry.name, entry.dtype, &entry.shape, begin, entry.length)
}

/// Measures one tensor from its own bytes.
///
/// # Errors
/// When the bytes cannot be had or time is up.
pub fn measure(tensor: &Tensor, budget: &Budget) -> Result<TensorSummary, ReadError> {
    let length = tensor.bytes.size();
    let entry = Entry {
        name: tensor.name.clone(),
        dtype: tensor.dtype,
        shape: tensor.shape.clone(),
        offset: 0,
        length,
    };
    let mut review = Review::new(vec![entry], length);
    read(&mut review, tensor.bytes.as_ref(), budget)?;
    let mut summaries = review.finish();
    Ok(summaries.swap_remove(0))
}

/// Measures all tensors of a file on this thread, reading only their bytes.
///
/// # Errors
/// When the bytes cannot be had or time is up.
pub fn read(
    review: &mut Review,
    source: &dyn ByteSource,
    budget: &Budget,
) -> Result<(), ReadError> {
    let pieces: Vec<Piece> = review.pieces().collect();
    let mut buffer = Vec::new();
    for piece in pieces {
        budget.check_time()?;
        let begin = narrow(piece.offset);
        let held = source
            .as_slice()
            .and_then(|slice| slice.get(begin..begin.checked_add(narrow(piece.length))?));
        let measured = match held {
            Some(bytes) => Review::measure(&piece, bytes),
            None => {
                buffer.resize(narrow(piece.length), 0);
                let filled = read_full(source, piece.offset, &mut buffer)?;
                Review::measure(&piece, buffer.get(..filled).unwrap_or_default())
            }
        };
        review.take(measured);
    }
    Ok(())
}
