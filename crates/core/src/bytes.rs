//! Random access to the bytes of an artifact, wherever they come from.
//!
//! The seam between the pure parsers and the outside: a file, a buffer, a member of an archive and a ranged
//! download all look the same. A source may lie about nothing but its content; it never panics.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// Bytes could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The bytes had to be decompressed and the compressed stream is broken.
    #[error("compressed data is broken: {0}")]
    Corrupt(String),
    /// A limit was reached.
    #[error(transparent)]
    Exhausted(#[from] crate::budget::Exhausted),
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            ReadError::Corrupt(_) => Self::new(io::ErrorKind::InvalidData, error),
            ReadError::Exhausted(_) => Self::other(error),
        }
    }
}

/// Bytes that can be read at any offset, from several threads.
pub trait ByteSource: Send + Sync + Debug {
    /// The number of bytes; a source whose length is found out by reading reports what it knows.
    fn size(&self) -> u64;

    /// Reads at most `buffer.len()` bytes from `offset`; 0 only at or behind the end, or for an empty buffer.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError>;

    /// The whole content if it already lies in memory, so that nothing needs to be copied.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    /// Whether going back costs as much as reading everything before once more, as in compressed content.
    fn is_sequential(&self) -> bool {
        false
    }
}

/// A source that is shared between the parsers and members that look into it.
pub type SharedBytes = Arc<dyn ByteSource>;

/// Fills `buffer` from `offset` as far as the source goes; returns how many bytes were read.
///
/// # Errors
/// When the bytes cannot be had.
pub fn read_full(
    source: &dyn ByteSource,
    offset: u64,
    buffer: &mut [u8],
) -> Result<usize, ReadError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read_at(offset.saturating_add(filled as u64), rest)? {
            0 => break,
            count => filled += count.min(rest.len()),
        }
    }
    Ok(filled)
}

/// Reads at most `length` bytes from `offset` into a new buffer; shorter at the end of the source.
///
/// The buffer grows with what is there, so a hostile `length` costs nothing.
///
/// # Errors
/// When the bytes cannot be had.
pub fn read_range(
    source: &dyn ByteSource,
    offset: u64,
    length: usize,
) -> Result<Vec<u8>, ReadError> {
    let available = usize::try_from(source.size().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut buffer = vec![0; length.min(available)];
    let filled = read_full(source, offset, &mut buffer)?;
    buffer.truncate(filled);
    Ok(buffer)
}

impl ByteSource for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        Ok(copy_at(self, offset, buffer))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ByteSource for &'static [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        Ok(copy_at(self, offset, buffer))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

fn copy_at(bytes: &[u8], offset: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| bytes.get(offset..))
        .unwrap_or_default();
    let count = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
        to.copy_from_slice(from);
    }
    count
}

/// A stretch of another source, such as a stored archive member.
#[derive(Debug, Clone)]
pub struct Window {
    source: SharedBytes,
    start: u64,
    length: u64,
}

impl Window {
    /// The stretch of `source` from `start`, at most `length` bytes and never past its end.
    #[must_use]
    pub fn new(source: SharedBytes, start: u64, length: u64) -> Self {
        let length = length.min(source.size().saturating_sub(start));
        Self {
            source,
            start,
            length,
        }
    }
}

impl ByteSource for Window {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let rest = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(rest);
        match buffer.get_mut(..count) {
            Some(part) if count > 0 => self.source.read_at(self.start.saturating_add(offset), part),
            _ => Ok(0),
        }
    }

    fn is_sequential(&self) -> bool {
        self.source.is_sequential()
    }

    fn as_slice(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.start).ok()?;
        let end = start.checked_add(usize::try_from(self.length).ok()?)?;
        self.source.as_slice()?.get(start..end)
    }
}

const CURSOR_BUFFER: usize = 64 * 1024;

/// Sequential reading over a source, with a small buffer and free skipping.
#[derive(Debug)]
pub struct Cursor<'a> {
    source: &'a dyn ByteSource,
    position: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of `source`.
    #[must_use]
    pub fn new(source: &'a dyn ByteSource) -> Self {
        Self::at(source, 0)
    }

    /// Starts at `position`.
    #[must_use]
    pub fn at(source: &'a dyn ByteSource, position: u64) -> Self {
        Self {
            source,
            position,
            buffer: Vec::new(),
            buffer_start: 0,
        }
    }

    /// The offset of the next byte.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Moves to an offset without reading; offsets behind the end read as nothing.
    pub const fn seek_to(&mut self, position: u64) {
        self.position = position;
    }

    /// Skips bytes without reading them.
    pub const fn skip(&mut self, count: u64) {
        self.position = self.position.saturating_add(count);
    }

    /// How many bytes lie ahead.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.source.size().saturating_sub(self.position)
    }

    /// The next bytes as far as the buffer holds them, refilled when empty; empty only at the end.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    pub fn fill(&mut self) -> Result<&[u8], ReadError> {
        let held = self.buffer_start..self.buffer_start.saturating_add(self.buffer.len() as u64);
        if !held.contains(&self.position) {
            // A source whose size is not known yet may hold more than it says.
            let wanted = match usize::try_from(self.remaining()) {
                Ok(ahead @ 1..CURSOR_BUFFER) => ahead,
                _ => CURSOR_BUFFER,
            };
            self.buffer.resize(wanted, 0);
            let count = self.source.read_at(self.position, &mut self.buffer)?;
            self.buffer.truncate(count);
            self.buffer_start = self.position;
        }
        let start =
            usize::try_from(self.position.saturating_sub(self.buffer_start)).unwrap_or(usize::MAX);
        Ok(self.buffer.get(start..).unwrap_or_default())
    }

    /// The next byte, or `None` at the end.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    pub fn next_byte(&mut self) -> Result<Option<u8>, ReadError> {
        let byte = self.fill()?.first().copied();
        if byte.is_some() {
            self.position = self.position.saturating_add(1);
        }
        Ok(byte)
    }
}

impl io::Read for Cursor<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let held = self.fill().map_err(io::Error::from)?;
        let count = held.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_window_never_leaves_its_stretch() {
        let source: SharedBytes = Arc::new(b"0123456789".to_vec());
        let window = Window::new(source, 3, 4);
        assert_eq!(window.size(), 4);
        assert_eq!(window.as_slice(), Some(b"3456".as_slice()));
        assert_eq!(read_range(&window, 2, 100).expect("memory"), b"56");
        assert_eq!(read_range(&window, u64::MAX, 100).expect("memory"), b"");
        let beyond = Window::new(Arc::new(vec![1, 2, 3]), 9, u64::MAX);
        assert_eq!((beyond.size(), beyond.as_slice()), (0, None));
    }

    #[test]
    fn a_cursor_reads_skips_and_ends() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|index| (index % 251) as u8).collect();
        let mut cursor = Cursor::new(&bytes);
        assert_eq!(cursor.next_byte().expect("memory"), Some(0));
        cursor.skip(150_000);
        assert_eq!(
            cursor.next_byte().expect("memory"),
            Some((150_001 % 251) as u8)
        );
        let mut rest = Vec::new();
        cursor.read_to_end(&mut rest).expect("memory");
        assert_eq!(rest.len(), 200_000 - 150_002);
        cursor.skip(u64::MAX);
        assert_eq!(cursor.next_byte().expect("memory"), None);
    }
}
