//! Compressed members as random-access bytes, decompressed as they are read.
//!
//! Small content is kept whole while its session lives; of large content the head and a sliding window are kept, and
//! a seek backwards starts over. Every decompressed byte is charged to the budget, also when it is decompressed
//! again. Few sessions live at once, so ten thousand members cost no more memory than two.

use std::collections::VecDeque;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use chainwright_core::budget::{Budget, Exhausted};
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes};
use crc32fast::Hasher;

use crate::decode::{Codec, Decoder, Feed, Shared};
use crate::fields::{length, offset};

const CHUNK: usize = 128 * 1024;
/// Kept from the start of large content: headers and magic numbers are asked for again and again.
const HEAD: usize = 256 * 1024;
/// Kept behind the reading position of large content.
const WINDOW: usize = 1024 * 1024;
/// LIMIT: memory of the sessions of one container, as far as more than one lives.
const SESSION_MEMORY: u64 = 48 * 1024 * 1024;
const FREE_OF_RATIO: u64 = 1024 * 1024;

/// Why content ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The compressed bytes contradict their format.
    Corrupt(String),
    /// The compressed bytes end too early.
    Truncated,
    /// The stream asks for more memory than we give.
    TooLarge(String),
    /// A limit was reached.
    Exhausted(Exhausted),
    /// The compressed bytes could not be had.
    Unreadable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(reason) => write!(f, "the compressed data is broken: {reason}"),
            Self::Truncated => f.write_str("the compressed data ends early"),
            Self::TooLarge(reason) | Self::Unreadable(reason) => f.write_str(reason),
            Self::Exhausted(exhausted) => exhausted.fmt(f),
        }
    }
}

impl Fault {
    fn as_error(&self) -> ReadError {
        match self {
            Self::Corrupt(reason) => ReadError::Corrupt(reason.clone()),
            Self::Truncated => ReadError::Corrupt(self.to_string()),
            Self::TooLarge(reason) | Self::Unreadable(reason) => {
                ReadError::Io(std::io::Error::other(reason.clone()))
            }
            Self::Exhausted(exhausted) => ReadError::Exhausted(*exhausted),
        }
    }
}

/// What reading has brought to light.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) fault: Option<Fault>,
    pub(crate) wrong_size: Option<u64>,
    pub(crate) wrong_checksum: bool,
}

/// Where compressed bytes lie and what is claimed about their content.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) source: SharedBytes,
    pub(crate) start: u64,
    pub(crate) length: u64,
    pub(crate) codec: Codec,
    pub(crate) declared: Option<u64>,
    pub(crate) checksum: Option<u32>,
}

/// Decompressed content.
pub(crate) struct Unpacked {
    packed: Packed,
    budget: Budget,
    sessions: Arc<Sessions>,
    state: Mutex<State>,
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked")
            .field("packed", &self.packed)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    end: Option<End>,
}

#[derive(Clone)]
struct End {
    size: u64,
    fault: Option<Fault>,
    checksum: u32,
    wrong_trailer: bool,
}

impl Unpacked {
    pub(crate) fn new(packed: Packed, budget: &Budget, sessions: &Arc<Sessions>) -> Arc<Self> {
        Arc::new(Self {
            packed,
            budget: budget.clone(),
            sessions: Arc::clone(sessions),
            state: Mutex::default(),
        })
    }

    /// As a source, which keeps its session in the common count.
    pub(crate) fn shared(self: &Arc<Self>) -> SharedBytes {
        Arc::new(Handle(Arc::clone(self)))
    }

    /// As a source for reading forwards, whose size is not asked for before its end was reached.
    pub(crate) fn streamed(self: &Arc<Self>) -> SharedBytes {
        Arc::new(Streamed(Arc::clone(self)))
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let state = self.lock();
        let Some(end) = &state.end else {
            return Outcome::default();
        };
        let was_read = end.fault.is_none();
        let has_size = |declared: u64| declared != end.size;
        Outcome {
            fault: end.fault.clone(),
            wrong_size: Some(end.size)
                .filter(|_| was_read && self.packed.declared.is_some_and(has_size)),
            wrong_checksum: was_read
                && (end.wrong_trailer
                    || self.packed.checksum.is_some_and(|sum| sum != end.checksum)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The size when it is known or cheap to believe; otherwise decompresses to the end.
    fn known_size(self: &Arc<Self>) -> u64 {
        let mut state = self.lock();
        if let Some(end) = &state.end {
            return end.size;
        }
        let is_small = |declared: u64| declared <= self.budget.limits().member_bytes;
        match self.packed.declared {
            Some(declared) if !is_small(declared) => {
                declared.max(state.session.as_ref().map_or(0, |session| session.position))
            }
            _ => {
                while state.end.is_none() {
                    self.advance(&mut state);
                }
                state.end.as_ref().map_or(0, |end| end.size)
            }
        }
    }

    fn read(self: &Arc<Self>, at: u64, out: &mut [u8]) -> Result<usize, ReadError> {
        if out.is_empty() {
            return Ok(0);
        }
        let mut state = self.lock();
        loop {
            if let Some(end) = &state.end
                && at >= end.size
            {
                return end
                    .fault
                    .as_ref()
                    .map_or(Ok(0), |fault| Err(fault.as_error()));
            }
            if let Some(session) = &state.session {
                let count = session.copy(at, out);
                if count > 0 {
                    return Ok(count);
                }
                if at < session.position {
                    state.session = None;
                }
            }
            self.advance(&mut state);
        }
    }

    /// Decompresses another chunk; starts a session if there is none. Always makes progress or sets the end.
    fn advance(self: &Arc<Self>, state: &mut State) {
        if state.session.is_none() {
            match self.begin() {
                Ok(session) => state.session = Some(session),
                Err(fault) => {
                    state.end = Some(End {
                        size: 0,
                        fault: Some(fault),
                        checksum: 0,
                        wrong_trailer: false,
                    });
                    return;
                }
            }
        }
        let Some(session) = &mut state.session else {
            return;
        };
        let step = session.step(&self.budget);
        if let Err(ended) = step {
            let mut fault = ended;
            // Raw LZMA in zip has no end mark: the end of the bytes is the end of the content.
            let is_complete = self.packed.declared == Some(session.position);
            if is_complete && matches!(fault, Some(Fault::Truncated)) {
                fault = None;
            }
            let known = End {
                size: session.position,
                fault,
                checksum: session.checksum.clone().map_or(0, Hasher::finalize),
                wrong_trailer: session.feed.wrong_trailer(),
            };
            // A second run that ends earlier than the first has met a limit; nothing more is to be had.
            if state.end.as_ref().is_none_or(|end| known.size < end.size) {
                state.end = Some(known);
            }
        }
    }

    fn begin(self: &Arc<Self>) -> Result<Session, Fault> {
        self.budget.check_time().map_err(Fault::Exhausted)?;
        self.sessions.enter(self);
        Session::begin(&self.packed, length(self.budget.limits().member_bytes))
    }

    /// What a session of this content may take.
    fn memory(&self) -> u64 {
        let limit = self.budget.limits().member_bytes;
        let content = self.packed.declared.unwrap_or(limit).min(limit);
        let codec = match &self.packed.codec {
            Codec::Stored | Codec::Deflate | Codec::Gzip | Codec::Zlib => 64 * 1024,
            Codec::Bzip2 | Codec::Lz4 => 8 * 1024 * 1024,
            Codec::ZipLzma | Codec::LzmaAlone | Codec::Xz | Codec::Zstd | Codec::Coders(_) => {
                24 * 1024 * 1024
            }
        };
        content.saturating_add(codec)
    }
}

#[derive(Debug)]
struct Handle(Arc<Unpacked>);

impl ByteSource for Handle {
    fn size(&self) -> u64 {
        self.0.known_size()
    }

    fn is_sequential(&self) -> bool {
        true
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        self.0.read(offset, buffer)
    }
}

#[derive(Debug)]
struct Streamed(Arc<Unpacked>);

impl ByteSource for Streamed {
    fn size(&self) -> u64 {
        self.0.lock().end.as_ref().map_or(u64::MAX, |end| end.size)
    }

    fn is_sequential(&self) -> bool {
        true
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        self.0.read(offset, buffer)
    }
}

/// The sessions of one container that are alive.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    alive: Mutex<VecDeque<Weak<Unpacked>>>,
}

impl Sessions {
    /// Makes room for a session of `newcomer` by ending the oldest ones that nobody is reading just now.
    fn enter(&self, newcomer: &Arc<Unpacked>) {
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let this = Arc::downgrade(newcomer);
        alive.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&this));
        let mut memory = newcomer.memory();
        let mut kept = VecDeque::new();
        while let Some(other) = alive.pop_back() {
            let Some(content) = other.upgrade() else {
                continue;
            };
            memory = memory.saturating_add(content.memory());
            if memory <= SESSION_MEMORY {
                kept.push_front(other);
            } else if let Ok(mut state) = content.state.try_lock() {
                state.session = None;
            }
        }
        kept.push_back(this);
        *alive = kept;
    }
}

/// A running decompression.
struct Session {
    decoder: Decoder,
    feed: Arc<Shared>,
    position: u64,
    /// The whole content up to `most_whole` bytes, afterwards only its beginning.
    head: Vec<u8>,
    most_whole: usize,
    /// What was decompressed last, once `head` is only the beginning.
    window: Vec<u8>,
    window_start: u64,
    /// Room for what is being decompressed.
    chunk: Vec<u8>,
    /// Only where somebody has announced a checksum that the decompressor does not see.
    checksum: Option<Hasher>,
}

impl Session {
    fn begin(packed: &Packed, most_whole: usize) -> Result<Self, Fault> {
        let feed = Arc::new(Shared::default());
        let decoder = start(packed, &feed)?;
        Ok(Self {
            decoder,
            feed,
            position: 0,
            head: Vec::new(),
            most_whole,
            window: Vec::new(),
            window_start: 0,
            chunk: vec![0; CHUNK],
            checksum: packed.checksum.map(|_| Hasher::new()),
        })
    }

    /// Copies what is held at an offset; 0 when nothing is.
    fn copy(&self, at: u64, out: &mut [u8]) -> usize {
        let in_head = self.head.get(length(at)..).unwrap_or_default();
        let in_window = at
            .checked_sub(self.window_start)
            .and_then(|at| self.window.get(length(at)..))
            .unwrap_or_default();
        let held = if in_head.is_empty() {
            in_window
        } else {
            in_head
        };
        let count = held.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        count
    }

    /// Decompresses a chunk; `Err` with the fault, if any, at the end.
    fn step(&mut self, budget: &Budget) -> Result<(), Option<Fault>> {
        let mut chunk = std::mem::take(&mut self.chunk);
        let filled = self.fill(&mut chunk);
        let made = filled.as_ref().map_or(0, |count| *count);
        self.keep(chunk.get(..made).unwrap_or_default());
        self.chunk = chunk;
        let count = filled.map_err(|error| Some(fault_of(&error, &self.feed)))?;
        if count == 0 {
            return Err(None);
        }
        let made = offset(count);
        budget
            .unpack(made)
            .map_err(|exhausted| Some(Fault::Exhausted(exhausted)))?;
        let ratio = budget.limits().ratio;
        let allowed = self.feed.consumed().saturating_mul(ratio);
        if self.position.saturating_sub(FREE_OF_RATIO) > allowed {
            return Err(Some(Fault::Exhausted(Exhausted::Ratio(ratio))));
        }
        Ok(())
    }

    fn fill(&mut self, chunk: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.decoder.read(chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn keep(&mut self, chunk: &[u8]) {
        if let Some(checksum) = &mut self.checksum {
            checksum.update(chunk);
        }
        self.position = self.position.saturating_add(offset(chunk.len()));
        let is_whole = self.window.is_empty() && self.window_start == 0;
        if is_whole {
            self.head.extend_from_slice(chunk);
            if self.head.len() > self.most_whole.max(HEAD) {
                let start = self.head.len().saturating_sub(WINDOW);
                self.window = self.head.get(start..).unwrap_or_default().to_vec();
                self.window_start = offset(start);
                self.head.truncate(HEAD);
                self.head.shrink_to_fit();
            }
            return;
        }
        self.window.extend_from_slice(chunk);
        if self.window.len() > WINDOW.saturating_mul(3) {
            let surplus = self.window.len().saturating_sub(WINDOW);
            self.window.drain(..surplus);
            self.window_start = self.window_start.saturating_add(offset(surplus));
        }
    }
}

fn start(packed: &Packed, feed: &Arc<Shared>) -> Result<Decoder, Fault> {
    let end = packed.start.saturating_add(packed.length);
    let source = Feed::new(
        Arc::clone(&packed.source),
        packed.start,
        end,
        Arc::clone(feed),
    );
    packed
        .codec
        .decoder(source)
        .map_err(|error| fault_of(&error, feed))
}

fn fault_of(error: &std::io::Error, feed: &Shared) -> Fault {
    match feed.take_failure() {
        Some(ReadError::Exhausted(exhausted)) => return Fault::Exhausted(exhausted),
        Some(ReadError::Corrupt(reason)) => return Fault::Corrupt(reason),
        Some(other) => return Fault::Unreadable(other.to_string()),
        None => {}
    }
    match error.kind() {
        ErrorKind::UnexpectedEof => Fault::Truncated,
        ErrorKind::OutOfMemory => Fault::TooLarge(error.to_string()),
        _ => Fault::Corrupt(chainwright_core::text::visible(&error.to_string(), 200)),
    }
}

/// The beginning of compressed content, for telling what it is; empty when it cannot be decoded at all.
pub(crate) fn peek(packed: &Packed, most: usize) -> Vec<u8> {
    let feed = Arc::new(Shared::default());
    let mut out = vec![0; most];
    let mut filled = 0;
    if let Ok(mut decoder) = start(packed, &feed) {
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match decoder.read(rest) {
                Ok(count) if count > 0 => filled = filled.saturating_add(count),
                _ => break,
            }
        }
    }
    out.truncate(filled);
    out
}
