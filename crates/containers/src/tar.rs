//! Tape archives: v7, ustar, GNU and pax headers, read as Python's `tarfile` and GNU tar read them.
//!
//! Python stops at the first broken header and at the first block of zeros; GNU tar goes on behind a broken header.
//! The walk follows the one that sees more. Sparse files are listed, not put together.

mod header;
mod pax;

use chainwright_core::bytes::Window;
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use std::sync::Arc;

use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::digester::Made;
use crate::fields::{length, offset};
use crate::held::{self, Held};
use crate::member::{Entry, Member, Views};
use crate::names;

use header::{Checksum, Header, Kind};
use pax::Overrides;

pub(crate) const BLOCK: usize = 512;
const BLOCK_SIZE: u64 = 512;
/// LIMIT: a long name or a pax record set is kept whole.
const MOST_META: u64 = 1024 * 1024;
/// LIMIT: how many bytes are searched for headers behind broken ones and behind the end, all together.
const MOST_SEARCHED: u64 = 256 * 1024 * 1024;
/// Blocks that are looked at together, at first and at most.
const SHORTEST_SEARCH: usize = 4;
const LONGEST_SEARCH: usize = 512;
/// LIMIT: blocks with maps of one sparse file.
const MOST_MAPS: u32 = 10_000;

/// Whether the first block is a tar header.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.get(..BLOCK)
        .and_then(Header::parse)
        .is_some_and(|header| header.checksum == Checksum::Right && header.is_plausible())
}

/// Is shown every member behind its header.
pub(crate) type Look<'a> = &'a mut dyn FnMut(&Member);

/// Lists the members; whoever wants to look at them gets them on the way, and they lose their content.
pub(crate) fn open(collector: &mut Collector<'_>, look: Option<Look<'_>>) {
    let mut walk = Walk {
        collector,
        look,
        at: 0,
        next: Overrides::default(),
        global: Overrides::default(),
        after_broken: false,
        searched: 0,
    };
    walk.run();
}

struct Walk<'a, 'b, 'c> {
    collector: &'a mut Collector<'b>,
    look: Option<Look<'c>>,
    at: u64,
    /// What `x`, `L` and `K` headers say about the member that follows.
    next: Overrides,
    /// What `g` headers say about all that follow.
    global: Overrides,
    after_broken: bool,
    searched: u64,
}

impl Walk<'_, '_, '_> {
    fn run(&mut self) {
        while !self.collector.is_full() {
            let block = self.collector.read(self.at, BLOCK);
            let Ok(block) = <[u8; BLOCK]>::try_from(block.as_slice()) else {
                self.report_short_end(block.len());
                return;
            };
            if block.iter().all(|byte| *byte == 0) {
                if !self.look_behind_end() {
                    return;
                }
                continue;
            }
            let header = Header::parse(&block)
                .filter(|header| header.is_plausible() && header.checksum == Checksum::Right);
            let Some(header) = header else {
                self.report_broken();
                if !self.skip_to_next_header() {
                    return;
                }
                continue;
            };
            self.header(&header);
        }
    }

    fn report_short_end(&mut self, found: usize) {
        if found == 0 && self.at >= self.collector.source.size() {
            return;
        }
        self.collector.problem(Problem::new(
            ProblemKind::Truncated,
            Place::Byte(self.at),
            "the tar ends within a header",
        ));
    }

    fn report_broken(&mut self) {
        self.after_broken = true;
        self.collector.problem(Problem::new(
            ProblemKind::Malformed,
            Place::Byte(self.at),
            "not a tar header",
        ));
    }

    /// Handles one header and moves behind its content.
    fn header(&mut self, header: &Header) {
        let content = self.content_of(header);
        let size = match header.kind {
            Kind::PaxNext | Kind::PaxGlobal | Kind::LongName | Kind::LongLink => header.size,
            Kind::Directory | Kind::Symlink | Kind::Hardlink | Kind::Special => {
                // Links and devices have no content whatever they declare; of folders CPython skips it.
                if header.kind == Kind::Directory {
                    header.size
                } else {
                    0
                }
            }
            Kind::File | Kind::Sparse | Kind::Other => self.size_of(header),
        };
        match header.kind {
            Kind::PaxNext => {
                let records = self.meta(content, size);
                self.next.read_records(&records);
            }
            Kind::PaxGlobal => {
                let records = self.meta(content, size);
                self.global.read_records(&records);
            }
            Kind::LongName => self.next.path = Some(trimmed(self.meta(content, size))),
            Kind::LongLink => self.next.link = Some(trimmed(self.meta(content, size))),
            Kind::Directory
            | Kind::Symlink
            | Kind::Hardlink
            | Kind::Special
            | Kind::File
            | Kind::Sparse
            | Kind::Other => {
                if !self.collector.may_enter(self.at) {
                    return;
                }
                self.member(header, content, size);
                self.next = Overrides::default();
            }
        }
        let padded = size
            .checked_next_multiple_of(BLOCK_SIZE)
            .unwrap_or(u64::MAX);
        self.at = content.saturating_add(padded);
        if content.saturating_add(size) > self.collector.source.size() {
            self.collector.problem(Problem::new(
                ProblemKind::Truncated,
                Place::Byte(content),
                "a tar member reaches behind the end of the file",
            ));
        }
    }

    /// Where the content begins: behind the header, and behind the extra maps of an old GNU sparse file.
    fn content_of(&mut self, header: &Header) -> u64 {
        let mut content = self.at.saturating_add(BLOCK_SIZE);
        let mut is_continued = header.is_continued;
        let mut blocks: u32 = 0;
        while is_continued && blocks < MOST_MAPS {
            let block = self.collector.read(content, BLOCK);
            is_continued = block.get(504).is_some_and(|flag| *flag != 0);
            content = content.saturating_add(BLOCK_SIZE);
            blocks = blocks.saturating_add(1);
        }
        content
    }

    fn size_of(&mut self, header: &Header) -> u64 {
        let Some(pax) = self.next.size.or(self.global.size) else {
            return header.size;
        };
        // Writers need a pax size from 8 GiB on, where the plain field overflows.
        let is_needed = pax >= 8 << 30;
        if pax != header.size && !is_needed {
            self.collector.anomaly(
                AnomalyKind::PaxSizeMismatch,
                self.at,
                &names::text(&header.name),
                format!("pax says {pax} bytes, the header says {}", header.size),
            );
        }
        pax
    }

    fn meta(&mut self, at: u64, size: u64) -> Vec<u8> {
        if size > MOST_META {
            self.collector.problem(Problem::new(
                ProblemKind::LimitReached,
                Place::Byte(at),
                "a tar header extension is too long",
            ));
        }
        self.collector.read(at, length(size.min(MOST_META)))
    }

    fn member(&mut self, header: &Header, content: u64, size: u64) {
        let path = self.next.path.take().or_else(|| self.global.path.clone());
        let raw_name = path.unwrap_or_else(|| header.name.clone());
        let link = self.next.link.take().or_else(|| self.global.link.clone());
        let link = names::text(&link.unwrap_or_else(|| header.link.clone()));
        let name = names::text(&raw_name);
        let entry = entry(header.kind, &name, link);
        if header.kind == Kind::Sparse || self.next.is_sparse {
            self.collector.problem(Problem::new(
                ProblemKind::Unsupported,
                Place::Byte(self.at),
                "a sparse file is not put together",
            ));
        }
        if self.after_broken {
            self.collector.anomaly(
                AnomalyKind::BadHeaderChecksum,
                self.at,
                &name,
                "a member behind a broken header: Python stops before it, GNU tar goes on",
            );
            self.after_broken = false;
        }
        let has_content = matches!(entry, Entry::File);
        if entry == Entry::Directory && size > 0 {
            let detail = format!("a folder with {size} bytes of content");
            self.collector
                .anomaly(AnomalyKind::FolderWithContent, self.at, &name, detail);
        }
        let held = (has_content || size > 0).then(|| self.content(&name, content, size));
        let (bytes, digests) = match held {
            Some(held) => (Some(held.bytes), held.digests),
            None => (None, Made::default()),
        };
        self.collector.facts.packed_bytes = self.collector.facts.packed_bytes.saturating_add(size);
        let mut member = Member {
            name,
            raw_name,
            entry,
            size,
            bytes,
            views: Views {
                central: true,
                ..Views::default()
            },
            encrypted: false,
            stored: true,
            offset: self.at,
            mode: Some(header.mode),
            hazards: Vec::new(),
            unpacked: None,
            digests,
        };
        if let Some(look) = &mut self.look {
            look(&member);
            member.forget();
        }
        self.collector.member(member);
    }

    /// The content of a member. Whoever looks at once gets it in memory as far as that spares going back.
    fn content(&self, name: &str, at: u64, size: u64) -> Held {
        let window = Window::new(self.collector.source.clone(), at, size);
        if self.look.is_some() {
            let wants = self.collector.digests.map(|wants| wants(name));
            let most = self.collector.budget.limits().member_bytes;
            held::hold(window, most, wants.unwrap_or_default())
        } else {
            Held {
                bytes: Arc::new(window),
                digests: Made::default(),
            }
        }
    }

    /// Searches block by block for the next header with a right checksum.
    fn skip_to_next_header(&mut self) -> bool {
        let mut at = self.at.saturating_add(BLOCK_SIZE);
        let mut blocks = SHORTEST_SEARCH;
        while self.collector.budget.check_time().is_ok() {
            if self.searched > MOST_SEARCHED {
                self.collector.problem(Problem::new(
                    ProblemKind::LimitReached,
                    Place::Byte(at),
                    "too much of the tar is no member",
                ));
                return false;
            }
            let piece = self.collector.read(at, BLOCK.saturating_mul(blocks));
            self.searched = self.searched.saturating_add(offset(piece.len()));
            for (index, block) in piece.chunks_exact(BLOCK).enumerate() {
                // Without the magic, chance would find headers in any data.
                if block.get(257..262) == Some(b"ustar".as_slice()) && is_tar(block) {
                    self.at = at.saturating_add(offset(index).saturating_mul(BLOCK_SIZE));
                    return true;
                }
            }
            if piece.len() < BLOCK.saturating_mul(blocks) {
                return false;
            }
            at = at.saturating_add(offset(piece.len()));
            blocks = blocks.saturating_mul(2).min(LONGEST_SEARCH);
        }
        false
    }

    /// Python stops at the first block of zeros. Goes to members behind it, or reports other data there.
    fn look_behind_end(&mut self) -> bool {
        let end = self.at;
        self.next = Overrides::default();
        if self.skip_to_next_header() {
            self.collector.anomaly(
                AnomalyKind::UnlistedMember,
                self.at,
                "",
                "tar members behind the end of the archive",
            );
            return true;
        }
        let rest = self.collector.read(end, BLOCK.saturating_mul(40));
        if let Some(first) = rest.iter().position(|byte| *byte != 0) {
            self.collector.anomaly(
                AnomalyKind::TrailingData,
                end.saturating_add(offset(first)),
                "",
                "data behind the end of the archive",
            );
        }
        false
    }
}

fn entry(kind: Kind, name: &str, link: String) -> Entry {
    match kind {
        Kind::Directory => Entry::Directory,
        Kind::Symlink => Entry::Symlink { target: link },
        Kind::Hardlink => Entry::Hardlink { target: link },
        Kind::Special => Entry::Special,
        // v7 marks folders by a trailing slash only.
        Kind::File if name.ends_with('/') => Entry::Directory,
        Kind::File
        | Kind::Sparse
        | Kind::Other
        | Kind::PaxNext
        | Kind::PaxGlobal
        | Kind::LongName
        | Kind::LongLink => Entry::File,
    }
}

fn trimmed(mut raw: Vec<u8>) -> Vec<u8> {
    let end = memchr::memchr(0, &raw).unwrap_or(raw.len());
    raw.truncate(end);
    raw
}
