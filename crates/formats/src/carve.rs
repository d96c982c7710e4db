//! Finds programs, scripts, archives and pickles inside weight data, while the bytes stream by.
//!
//! Random floats contain every short magic by chance: over 10 GB, `MZ` stands there 150,000 times. So a find needs
//! its whole structure ([`executable`](crate::executable), [`payload`]), and
//! nothing is reported for a magic alone. Encrypted or encoded payloads are not seen here.
//!
//! The carver is fed by whoever reads the file anyway, in pieces of any size; one multi-pattern search over each
//! piece finds the candidates. LIMIT: a structure is judged by the 4 KiB behind its start, and a DOS header is
//! looked for in the 4 KiB before its PE header.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError};
use serde::{Deserialize, Serialize};

use crate::executable;
use chainwright_core::fields::{narrow, wide};

pub mod payload;

/// What was found inside other data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EmbeddedKind {
    /// An ELF program.
    Elf,
    /// A Windows program.
    Pe,
    /// A Mach-O program.
    MachO,
    /// A script with an interpreter line.
    Script,
    /// Lines of Python or shell code that start processes or connections.
    CodeText,
    /// A pickle that imports something.
    Pickle,
    /// A zip member.
    Zip,
}

impl EmbeddedKind {
    /// The name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elf => "ELF program",
            Self::Pe => "Windows program",
            Self::MachO => "Mach-O program",
            Self::Script => "script",
            Self::CodeText => "program text",
            Self::Pickle => "pickle",
            Self::Zip => "zip member",
        }
    }
}

/// One find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// What.
    pub kind: EmbeddedKind,
    /// Where it starts, counted from the first byte that was fed.
    pub offset: u64,
}

/// Everything that was found: the first few of each kind, sorted by offset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedFacts {
    /// The finds.
    pub found: Vec<Embedded>,
    /// Finds that were counted and not kept.
    pub left_out: u64,
    /// Whether the search ended early, because the data are full of beginnings that lead nowhere. What lies
    /// behind was not searched.
    pub gave_up: bool,
}

/// Candidates without structure that are looked at in any stream, and how many bytes allow for one more. Chance
/// gives one in megabytes; data made to keep us busy hold one every few bytes.
const FREE_MISSES: u64 = 16_384;
const BYTES_PER_MISS: u64 = 256;
/// Finds of one kind that are kept.
const KEPT_PER_KIND: usize = 8;
/// Bytes behind a candidate that its structure is judged by.
const LOOK_AHEAD: usize = 4096;
/// Bytes before a candidate that are kept for looking back.
const LOOK_BACK: usize = 4096;
/// Bytes that are searched at once; small enough to stay in the processor's cache.
const BLOCK: usize = 256 * 1024;

#[derive(Debug, Clone, Copy)]
enum Lead {
    Elf,
    PeHeader,
    MachO,
    Script,
    Code,
    Pickle,
    Zip,
}

/// What to search for. Every pattern has three bytes or more, which keeps chance candidates rare.
const PATTERNS: [(&[u8], Lead); 29] = [
    (b"\x7fELF", Lead::Elf),
    (b"PE\0\0", Lead::PeHeader),
    (b"\xce\xfa\xed\xfe", Lead::MachO),
    (b"\xcf\xfa\xed\xfe", Lead::MachO),
    (b"PK\x03\x04", Lead::Zip),
    (b"#!/", Lead::Script),
    (b"#! /", Lead::Script),
    (b"os.system(", Lead::Code),
    (b"subprocess.", Lead::Code),
    (b"__import__(", Lead::Code),
    (b"exec(", Lead::Code),
    (b"socket.socket(", Lead::Code),
    (b"/dev/tcp/", Lead::Code),
    (b"powershell", Lead::Code),
    (b"curl ", Lead::Code),
    (b"wget ", Lead::Code),
    (b"cos\nsystem\n", Lead::Pickle),
    (b"cnt\nsystem\n", Lead::Pickle),
    (b"cposix\nsystem\n", Lead::Pickle),
    (b"c__builtin__\n", Lead::Pickle),
    (b"cbuiltins\n", Lead::Pickle),
    (b"csubprocess\n", Lead::Pickle),
    (b"\x80\x02c", Lead::Pickle),
    (b"\x80\x03c", Lead::Pickle),
    (b"\x80\x04\x95", Lead::Pickle),
    (b"\x80\x05\x95", Lead::Pickle),
    (b"\x80\x04\x8c", Lead::Pickle),
    (b"\x80\x05\x8c", Lead::Pickle),
    (b"\x80\x04c", Lead::Pickle),
];

fn searcher() -> Option<&'static AhoCorasick> {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || {
        // The leftmost match, unlike the one that ends first, can be looked for many bytes at a time. No pattern begins
        // another.
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(PATTERNS.map(|(pattern, _)| pattern))
            .ok()
    };
    SEARCHER.get_or_init(build).as_ref()
}

/// Searches a stream of bytes. Feed it everything in order, then ask for the facts.
#[derive(Debug, Default)]
pub struct Carver {
    /// History that was searched already, then bytes that still have to be.
    buffer: Vec<u8>,
    /// Length of the history in `buffer`.
    searched: usize,
    /// Offset in the stream of the first byte of `buffer`.
    start: u64,
    fed: u64,
    misses: u64,
    facts: EmbeddedFacts,
}

impl Carver {
    /// A carver at offset 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A carver whose first byte lies at `offset` of the artifact.
    #[must_use]
    pub fn starting_at(offset: u64) -> Self {
        Self {
            start: offset,
            ..Self::default()
        }
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, chunk: &[u8]) {
        if self.facts.gave_up {
            return;
        }
        self.fed = self.fed.saturating_add(wide(chunk.len()));
        for piece in chunk.chunks(BLOCK) {
            self.buffer.extend_from_slice(piece);
            if self.buffer.len() >= BLOCK {
                self.search(self.buffer.len().saturating_sub(LOOK_AHEAD));
                self.forget();
            }
        }
    }

    /// Searches what is left and returns everything that was found.
    #[must_use]
    pub fn finish(mut self) -> EmbeddedFacts {
        self.search(self.buffer.len());
        self.facts
            .found
            .sort_by_key(|find| (find.offset, find.kind));
        self.facts
    }

    /// Judges the candidates that start before `end` of the buffer.
    fn search(&mut self, end: usize) {
        let Some(searcher) = searcher() else {
            return;
        };
        let mut from = self.searched;
        while from < end && !self.facts.gave_up {
            let Some(found) = self.buffer.get(from..).and_then(|rest| searcher.find(rest)) else {
                break;
            };
            let at = from.saturating_add(found.start());
            if at >= end {
                break;
            }
            let lead = PATTERNS
                .get(found.pattern().as_usize())
                .map(|(_, lead)| *lead);
            match lead.and_then(|lead| judge(&self.buffer, at, lead)) {
                Some((kind, start)) => self.keep(kind, self.start.saturating_add(wide(start))),
                None => self.miss(),
            }
            from = at.saturating_add(1);
        }
        self.searched = end.max(self.searched);
    }

    const fn miss(&mut self) {
        self.misses = self.misses.saturating_add(1);
        let allowed = FREE_MISSES.saturating_add(self.fed / BYTES_PER_MISS);
        self.facts.gave_up = self.misses > allowed;
    }

    fn keep(&mut self, kind: EmbeddedKind, offset: u64) {
        let find = Embedded { kind, offset };
        let same = self
            .facts
            .found
            .iter()
            .filter(|other| other.kind == kind)
            .count();
        if self.facts.found.contains(&find) {
            return;
        }
        if same < KEPT_PER_KIND {
            self.facts.found.push(find);
        } else {
            self.facts.left_out = self.facts.left_out.saturating_add(1);
        }
    }

    /// Drops the history that no later candidate can look back to.
    fn forget(&mut self) {
        let surplus = self.searched.saturating_sub(LOOK_BACK);
        self.buffer.drain(..surplus);
        self.searched = self.searched.saturating_sub(surplus);
        self.start = self.start.saturating_add(wide(surplus));
    }
}

fn judge(buffer: &[u8], at: usize, lead: Lead) -> Option<(EmbeddedKind, usize)> {
    let ahead = at.saturating_add(LOOK_AHEAD).min(buffer.len());
    let bytes = buffer.get(at..ahead)?;
    let found = |kind, holds: bool| holds.then_some((kind, at));
    match lead {
        Lead::Elf => found(EmbeddedKind::Elf, executable::is_elf(bytes)),
        Lead::MachO => found(EmbeddedKind::MachO, executable::is_mach_o(bytes)),
        Lead::Script => found(EmbeddedKind::Script, payload::is_script(bytes)),
        Lead::Pickle => found(EmbeddedKind::Pickle, payload::is_importing_pickle(bytes)),
        Lead::Zip => found(EmbeddedKind::Zip, payload::is_zip_member(bytes)),
        Lead::Code => {
            let start = at.saturating_sub(256);
            let around = buffer.get(start..ahead.min(at.saturating_add(512)))?;
            found(
                EmbeddedKind::CodeText,
                payload::is_code_text(around, at.saturating_sub(start)),
            )
        }
        Lead::PeHeader => {
            let back = at.saturating_sub(LOOK_BACK);
            executable::is_pe_header(bytes)
                .then(|| dos_header_before(buffer, back..at))
                .flatten()
                .map(|start| (EmbeddedKind::Pe, start))
        }
    }
}

/// The nearest DOS header in `range` that leads to the end of the range.
fn dos_header_before(buffer: &[u8], range: Range<usize>) -> Option<usize> {
    let pe_offset = range.end;
    range
        .rev()
        .find(|start| executable::dos_header_leads_to(buffer, *start, pe_offset))
}

/// Reads `range` of a source through a carver; offsets are those of the source.
///
/// # Errors
/// When the bytes cannot be had or time is up.
pub fn find_embedded(
    source: &dyn ByteSource,
    range: Range<u64>,
    budget: &Budget,
) -> Result<EmbeddedFacts, ReadError> {
    let mut carver = Carver::starting_at(range.start);
    let end = range.end.min(source.size());
    let mut position = range.start;
    if let Some(slice) = source.as_slice() {
        let whole = narrow(range.start)..narrow(end);
        for piece in slice.get(whole).unwrap_or_default().chunks(BLOCK) {
            budget.check_time()?;
            carver.feed(piece);
        }
        return Ok(carver.finish());
    }
    let mut buffer = vec![0; narrow(end.saturating_sub(position)).min(BLOCK)];
    while position < end {
        budget.check_time()?;
        let count = narrow(end.saturating_sub(position)).min(BLOCK);
        let read = source.read_at(position, buffer.get_mut(..count).unwrap_or_default())?;
        if read == 0 {
            break;
        }
        carver.feed(buffer.get(..read).unwrap_or_default());
        position = position.saturating_add(wide(read));
    }
    Ok(carver.finish())
}

#[cfg(test)]
mod tests;
