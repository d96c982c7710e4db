//! A chunked dataset as bytes in row-major order, decoded where it is read.
//!
//! Chunks are tiles; rows run through many of them. So a *slab* is put together at a time: the chunks that lie side by
//! side in one row of the grid, which is a stretch of the tensor without gaps. A slab is held while it is read, and
//! all tensors of a file share one bounded store of slabs, so that memory does not grow with their number. Datasets
//! whose slabs are too large to be held are refused; h5py's own choice of chunks never makes such.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, read_range};
use chainwright_core::fields::{narrow, wide};
use chainwright_keras::hdf5::{Chunk, Chunks};

use super::filters;

/// Bytes of a slab or a chunk.
const SLAB: u64 = 32 * 1024 * 1024;
/// Bytes of all slabs that are held for one file.
const HELD: usize = 128 * 1024 * 1024;
/// Bytes for each stored byte, which is what deflate gives at most, beyond what is always allowed: chunks that nobody
/// wrote are honest.
const RATIO: u64 = 1_100;
const ALWAYS: u64 = 64 * 1024 * 1024;

/// A slab: the tensor, its number there, its bytes.
type Slab = (u64, u64, Arc<Vec<u8>>);

/// The slabs of one file that are being read.
#[derive(Debug, Default)]
pub(super) struct Slabs(Mutex<VecDeque<Slab>>);

impl Slabs {
    fn get(&self, tensor: u64, slab: u64) -> Option<Arc<Vec<u8>>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.iter().find(|each| (each.0, each.1) == (tensor, slab));
        found.map(|(_, _, bytes)| bytes.clone())
    }

    fn put(&self, tensor: u64, slab: u64, bytes: Arc<Vec<u8>>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|each| (each.0, each.1) != (tensor, slab));
        held.push_back((tensor, slab, bytes));
        let mut sum = held.iter().map(|each| each.2.len()).sum::<usize>();
        while sum > HELD
            && let Some((_, _, oldest)) = held.pop_front()
        {
            sum = sum.saturating_sub(oldest.len());
        }
    }

    /// Whoever reads in order does not come back.
    fn release(&self, tensor: u64, slab: u64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|each| (each.0, each.1) != (tensor, slab));
    }
}

/// A chunked dataset.
#[derive(Debug)]
pub(super) struct Chunked {
    file: SharedBytes,
    chunks: Chunks,
    /// The dimensions of the array.
    shape: Vec<u64>,
    fill: Vec<u8>,
    slabs: Arc<Slabs>,
    id: u64,
    budget: Budget,
    element: u64,
    /// The first dimension along which a chunk is longer than one.
    along: usize,
    /// Bytes of one step along it.
    row: u64,
    /// Bytes of a whole chunk.
    chunk_bytes: u64,
    /// Chunks in a slab.
    in_slab: u64,
    length: u64,
}

impl Chunked {
    pub(super) fn new(
        file: SharedBytes,
        chunks: Chunks,
        shape: Vec<u64>,
        element: u64,
        fill: Vec<u8>,
        (slabs, id): (Arc<Slabs>, u64),
        budget: Budget,
    ) -> Result<Self, String> {
        if let Some(reason) = filters::unfit(&chunks.filters) {
            return Err(reason);
        }
        let product = |sizes: &[u64], start: u64| {
            let mut sizes = sizes.iter();
            sizes.try_fold(start, |product, size| product.checked_mul(*size))
        };
        let along = chunks.shape.iter().position(|size| *size > 1);
        let along = along.unwrap_or_else(|| shape.len().saturating_sub(1));
        let inner = shape.get(along.saturating_add(1)..).unwrap_or_default();
        let deep = chunks
            .shape
            .get(along.saturating_add(1)..)
            .unwrap_or_default();
        let counts = inner
            .iter()
            .zip(deep)
            .map(|(size, chunk)| size.div_ceil(*chunk));
        let counts: Vec<u64> = counts.collect();
        let sizes = || {
            let row = product(inner, element)?;
            let rows = *chunks.shape.get(along)?.min(shape.get(along)?);
            Some((
                row,
                row.checked_mul(rows)?,
                product(&chunks.shape, element)?,
                product(&counts, 1)?,
                product(&shape, element)?,
            ))
        };
        let (row, slab, chunk_bytes, in_slab, length) = sizes().ok_or("its size overflows")?;
        if slab > SLAB || chunk_bytes > SLAB {
            return Err("its chunks are too large to be put together piece by piece".to_owned());
        }
        let stored = chunks.list.iter().map(|chunk| chunk.length);
        let stored = stored.fold(0_u64, u64::saturating_add).min(file.size());
        if length > stored.saturating_mul(RATIO).max(ALWAYS) {
            return Err("it is enormous, and hardly any of it is in the file".to_owned());
        }
        Ok(Self {
            file,
            chunks,
            shape,
            fill,
            slabs,
            id,
            budget,
            element,
            along,
            row,
            chunk_bytes,
            in_slab,
            length,
        })
    }

    /// The slab that a byte lies in: its number, its first byte, how many bytes.
    fn slab_at(&self, offset: u64) -> Option<(u64, u64, u64)> {
        let size = *self.shape.get(self.along)?;
        let chunk = *self.chunks.shape.get(self.along)?;
        let row = offset.checked_div(self.row)?;
        let outer = row.checked_div(size)?;
        let place = row.checked_rem(size)?.checked_div(chunk)?;
        let number = outer
            .checked_mul(size.div_ceil(chunk))?
            .checked_add(place)?;
        let first = place.checked_mul(chunk)?;
        let rows = chunk.min(size.checked_sub(first)?);
        let start = outer.checked_mul(size)?.checked_add(first)?;
        Some((
            number,
            start.checked_mul(self.row)?,
            rows.checked_mul(self.row)?,
        ))
    }

    fn decode(&self, number: u64, length: u64) -> Result<Vec<u8>, ReadError> {
        self.budget.unpack(length)?;
        let mut slab = vec![0; narrow(length)];
        repeat(&self.fill, 0, &mut slab);
        let first = number.saturating_mul(self.in_slab);
        let behind = first.saturating_add(self.in_slab);
        let list = &self.chunks.list;
        let from = list.partition_point(|chunk| chunk.number < first);
        let found = list.get(from..).unwrap_or_default();
        for chunk in found.iter().take_while(|chunk| chunk.number < behind) {
            self.budget.check_time()?;
            let bytes = self.chunk(chunk)?;
            self.lay(&mut slab, &bytes, chunk.number.saturating_sub(first))
                .ok_or_else(filters::corrupt)?;
        }
        Ok(slab)
    }

    fn chunk(&self, chunk: &Chunk) -> Result<Vec<u8>, ReadError> {
        let expected = narrow(self.chunk_bytes);
        // Filters that make things longer do so by little.
        let most = self.chunk_bytes.saturating_mul(2).saturating_add(4096);
        let length = chunk.length.min(most);
        let raw = read_range(self.file.as_ref(), chunk.offset, narrow(length))?;
        if wide(raw.len()) < length || length < chunk.length {
            return Err(filters::corrupt());
        }
        let element = narrow(self.element);
        let bytes = filters::undo(raw, &self.chunks.filters, chunk.skipped, element, expected)?;
        if bytes.len() < expected {
            return Err(filters::corrupt());
        }
        Ok(bytes)
    }

    /// Copies a chunk to its place in the slab, row by row, without what hangs over the edge of the array.
    fn lay(&self, slab: &mut [u8], bytes: &[u8], place: u64) -> Option<()> {
        let shape = self.shape.get(self.along..)?;
        let chunk = self.chunks.shape.get(self.along..)?;
        // For each dimension: where the chunk begins in the slab, its extent in the array, its full extent, and the
        // bytes of one step in the slab.
        let mut left = place;
        let mut step = self.element;
        let mut dimensions = Vec::with_capacity(shape.len());
        for (index, (size, full)) in shape.iter().zip(chunk).enumerate().rev() {
            let start = if index == 0 {
                0
            } else {
                let count = size.div_ceil(*full);
                let at = left.checked_rem(count)?;
                left = left.checked_div(count)?;
                at.checked_mul(*full)?
            };
            let rows = wide(slab.len()).checked_div(self.row)?;
            let end = if index == 0 { rows } else { *size };
            let extent = (*full).min(end.checked_sub(start)?);
            dimensions.push((start, extent, *full, step));
            step = step.checked_mul(*size)?;
        }
        let (&(start, extent, full, _), outer) = dimensions.split_first()?;
        let run = narrow(extent.checked_mul(self.element)?);
        let begin = start.checked_mul(self.element)?;
        let line = narrow(full.checked_mul(self.element)?);
        let mut counters = vec![0_u64; outer.len()];
        loop {
            let mut to = begin;
            let mut from = 0_u64;
            let mut lines = 1_u64;
            for (counter, (start, _, full, step)) in counters.iter().zip(outer) {
                to = to.checked_add(start.checked_add(*counter)?.checked_mul(*step)?)?;
                from = from.checked_add(counter.checked_mul(lines)?)?;
                lines = lines.checked_mul(*full)?;
            }
            let (to, from) = (narrow(to), narrow(from).checked_mul(line)?);
            slab.get_mut(to..to.checked_add(run)?)?
                .copy_from_slice(bytes.get(from..from.checked_add(run)?)?);
            let mut is_done = true;
            for (counter, (_, extent, ..)) in counters.iter_mut().zip(outer) {
                *counter = counter.checked_add(1)?;
                if *counter < *extent {
                    is_done = false;
                    break;
                }
                *counter = 0;
            }
            if is_done {
                return Some(());
            }
        }
    }
}

impl ByteSource for Chunked {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        if offset >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let (number, start, length) = self.slab_at(offset).ok_or_else(filters::corrupt)?;
        let slab = match self.slabs.get(self.id, number) {
            Some(slab) => slab,
            None => {
                let slab = Arc::new(self.decode(number, length)?);
                self.slabs.put(self.id, number, slab.clone());
                slab
            }
        };
        let rest = slab
            .get(narrow(offset.saturating_sub(start))..)
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        if count == rest.len() {
            self.slabs.release(self.id, number);
        }
        Ok(count)
    }

    fn is_sequential(&self) -> bool {
        true
    }
}

/// A dataset that was never written: the same element everywhere.
#[derive(Debug)]
pub(super) struct Filled {
    pattern: Vec<u8>,
    length: u64,
}

impl Filled {
    /// An empty pattern stands for zero.
    pub(super) const fn new(pattern: Vec<u8>, length: u64) -> Self {
        Self { pattern, length }
    }
}

impl ByteSource for Filled {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = narrow(self.length.saturating_sub(offset));
        let count = rest.min(buffer.len());
        let part = buffer.get_mut(..count).unwrap_or_default();
        part.fill(0);
        repeat(&self.pattern, offset, part);
        Ok(count)
    }
}

/// Writes a pattern over and over, as if from the start of the array; an empty one leaves everything as it is.
fn repeat(pattern: &[u8], offset: u64, to: &mut [u8]) {
    if pattern.iter().all(|byte| *byte == 0) {
        return;
    }
    let skipped = narrow(offset.checked_rem(wide(pattern.len())).unwrap_or(0));
    for (to, from) in to.iter_mut().zip(pattern.iter().cycle().skip(skipped)) {
        *to = *from;
    }
}
