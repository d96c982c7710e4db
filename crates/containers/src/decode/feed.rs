//! The compressed side: an owned reader over a stretch of a source, which counts what is consumed.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chainwright_core::bytes::{ReadError, SharedBytes};

use crate::fields::{length, offset};

const BUFFER: u64 = 128 * 1024;

/// What the consumer of a decompressor may ask while it runs.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    consumed: AtomicU64,
    wrong_trailer: AtomicBool,
    failure: Mutex<Option<ReadError>>,
}

impl Shared {
    /// How many compressed bytes were used.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Whether a checksum inside the compressed stream was wrong.
    pub(crate) fn wrong_trailer(&self) -> bool {
        self.wrong_trailer.load(Ordering::Relaxed)
    }

    pub(crate) fn note_wrong_trailer(&self) {
        self.wrong_trailer.store(true, Ordering::Relaxed);
    }

    /// Why the compressed bytes could not be had, if that was the reason for an error.
    pub(crate) fn take_failure(&self) -> Option<ReadError> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Reads the compressed bytes.
#[derive(Debug)]
pub(crate) struct Feed {
    source: SharedBytes,
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
    shared: Arc<Shared>,
}

impl Feed {
    /// The bytes `start..end` of a source.
    pub(crate) fn new(source: SharedBytes, start: u64, end: u64, shared: Arc<Shared>) -> Self {
        Self {
            source,
            position: start,
            end,
            buffer: Vec::new(),
            used: 0,
            shared,
        }
    }

    /// Another stretch of the same source; what is consumed counts together.
    pub(crate) fn of(&self, start: u64, length: u64) -> Self {
        let end = start.saturating_add(length);
        Self::new(Arc::clone(&self.source), start, end, self.shared())
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Reads one byte, if there is one.
    pub(crate) fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.fill_buf()?.first().copied();
        if byte.is_some() {
            self.consume(1);
        }
        Ok(byte)
    }

    /// Looks at up to `N` bytes ahead without using them; fewer only at the end.
    pub(crate) fn peek<const N: usize>(&mut self) -> io::Result<Vec<u8>> {
        if self.fill_buf()?.len() < N {
            self.buffer.drain(..self.used);
            self.used = 0;
            let mut more = vec![0; N];
            let count = self.read_source(&mut more)?;
            self.buffer.extend(more.into_iter().take(count));
        }
        let ahead = self.buffer.get(self.used..).unwrap_or_default();
        Ok(ahead.iter().take(N).copied().collect())
    }

    fn read_source(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = length(self.end.saturating_sub(self.position)).min(out.len());
        let Some(out) = out.get_mut(..wanted).filter(|out| !out.is_empty()) else {
            return Ok(0);
        };
        match self.source.read_at(self.position, out) {
            Ok(count) => {
                let count = count.min(wanted);
                self.position = self.position.saturating_add(offset(count));
                Ok(count)
            }
            Err(error) => {
                let text = error.to_string();
                *self
                    .shared
                    .failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(io::Error::other(text))
            }
        }
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used >= self.buffer.len() {
            let mut buffer = std::mem::take(&mut self.buffer);
            let ahead = self.end.saturating_sub(self.position).min(BUFFER);
            buffer.resize(length(ahead), 0);
            let count = self.read_source(&mut buffer)?;
            buffer.truncate(count);
            self.buffer = buffer;
            self.used = 0;
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        let ahead = self.buffer.len().saturating_sub(self.used);
        let count = count.min(ahead);
        self.used = self.used.saturating_add(count);
        self.shared
            .consumed
            .fetch_add(offset(count), Ordering::Relaxed);
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ahead = self.fill_buf()?;
        let count = ahead.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), ahead.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}
