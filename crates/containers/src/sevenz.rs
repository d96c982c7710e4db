//! 7-Zip archives (7-Zip's `7zFormat.txt`).
//!
//! The directory is read leniently: where readers disagree about what is required, such as the list of substreams,
//! the reading that shows more wins. A solid block is one stream, and its members are windows into it, so that they
//! stay lazy and bounded. PPMd and encryption are reported, not read.

mod directory;

use std::sync::Arc;

use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, Window, read_range};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};

use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::decode::{Codec, Coder, CoderInput, CoderMethod};
use crate::digester::Made;
use crate::fields::{length, u32_at, u64_at};
use crate::member::{Entry, Member, Views};
use crate::unpacked::{Packed, Unpacked};

use directory::{Directory, File, Folder, Header, Streams};

const SIGNATURE_HEADER: u64 = 32;
/// LIMIT: an encoded directory may be encoded again; real ones are not.
const MOST_ENCODINGS: usize = 3;
/// LIMIT: the directory is read as a whole.
const MOST_DIRECTORY: u64 = 64 * 1024 * 1024;
const UNIX_EXTENSION: u32 = 0x8000;
const WINDOWS_FOLDER: u32 = 0x10;
const TYPE_BITS: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;
const LONGEST_TARGET: u64 = 4096;

/// Lists the members.
pub(crate) fn open(collector: &mut Collector<'_>) {
    match read_directory(collector) {
        Ok(directory) => members(collector, &directory),
        Err(problem) => collector.problem(problem),
    }
}

fn problem(kind: ProblemKind, detail: &str) -> Problem {
    Problem::new(
        kind,
        Place::Whole,
        format!("the 7z directory cannot be read: {detail}"),
    )
}

fn read_directory(collector: &mut Collector<'_>) -> Result<Directory, Problem> {
    let start = collector.read(0, length(SIGNATURE_HEADER));
    let fields = (u64_at(&start, 12), u64_at(&start, 20));
    let (Some(at), Some(size)) = fields else {
        return Err(problem(ProblemKind::Truncated, "the header is cut"));
    };
    if size == 0 {
        return Ok(Directory::default());
    }
    let at = SIGNATURE_HEADER.saturating_add(at);
    if at.saturating_add(size) > collector.source.size() {
        return Err(problem(
            ProblemKind::Truncated,
            "it lies behind the end of the file",
        ));
    }
    let limit = MOST_DIRECTORY.min(collector.budget.limits().header_bytes);
    if size > limit {
        return Err(problem(ProblemKind::LimitReached, "it is too long"));
    }
    let mut bytes = collector.read(at, length(size));
    let mut checksum = flate2::Crc::new();
    checksum.update(&bytes);
    if checksum.sum() != u32_at(&start, 28) {
        let detail = "the directory doesn't match its checksum";
        collector.anomaly(AnomalyKind::ChecksumMismatch, at, "", detail);
    }
    for _ in 0..MOST_ENCODINGS {
        match directory::read(&bytes) {
            Some(Header::Plain(directory)) => return Ok(directory),
            Some(Header::Encoded(streams)) => bytes = decoded(collector, &streams, limit)?,
            None => {
                return Err(problem(
                    ProblemKind::Unsupported,
                    "it follows no known form",
                ));
            }
        }
    }
    Err(problem(
        ProblemKind::LimitReached,
        "it is encoded again and again",
    ))
}

/// The directory that is packed like a member.
fn decoded(
    collector: &mut Collector<'_>,
    streams: &Streams,
    limit: u64,
) -> Result<Vec<u8>, Problem> {
    let folder = streams
        .folders
        .first()
        .ok_or_else(|| problem(ProblemKind::Malformed, "it is empty"))?;
    let main = coder(folder, streams, 0).map_err(|kind| problem(kind, "its coder is not read"))?;
    let size = folder.unpacked_size();
    if size > limit {
        return Err(problem(ProblemKind::LimitReached, "it is too long"));
    }
    let packed = packed(collector, main, size);
    let unpacked = Unpacked::new(packed, collector.budget, &collector.sessions);
    let bytes = read_range(unpacked.shared().as_ref(), 0, length(size));
    bytes.map_err(|error| problem(ProblemKind::Malformed, &error.to_string()))
}

fn packed(collector: &Collector<'_>, main: Coder, size: u64) -> Packed {
    Packed {
        source: collector.source.clone(),
        start: 0,
        length: collector.source.size(),
        codec: Codec::Coders(main),
        declared: Some(size),
        checksum: None,
    }
}

/// A stream of one or many members.
struct Block {
    at: u64,
    size: u64,
    bytes: SharedBytes,
    unpacked: Option<Arc<Unpacked>>,
}

fn members(collector: &mut Collector<'_>, directory: &Directory) {
    let streams = &directory.streams;
    let mut pack_index = 0;
    let mut slots = Vec::new();
    let mut sizes = streams.substream_sizes.iter();
    for folder in &streams.folders {
        let block = block(collector, folder, streams, pack_index).map(Arc::new);
        pack_index = pack_index.saturating_add(folder.packed_inputs.len());
        let mut start: u64 = 0;
        for size in sizes.next().into_iter().flatten() {
            slots.push((block.clone(), start, *size, folder.is_encrypted()));
            start = start.saturating_add(*size);
        }
    }
    let mut slots = slots.into_iter();
    for file in directory.files() {
        if !collector.may_enter(0) {
            return;
        }
        let slot = if file.has_stream { slots.next() } else { None };
        member(collector, &file, slot);
    }
    // Content that no file claims: listed readers don't see it, a reader of blocks does.
    for (block, start, size, is_encrypted) in slots {
        if !collector.may_enter(0) {
            return;
        }
        let detail = format!("{size} bytes that no file claims");
        let at = block.as_ref().map_or(0, |block| block.at);
        collector.anomaly(AnomalyKind::UnlistedMember, at, "", detail);
        let name = format!("unlisted@{at}");
        let file = File {
            name: name.into_bytes(),
            has_stream: true,
            ..File::default()
        };
        member(collector, &file, Some((block, start, size, is_encrypted)));
    }
}

type Slot = (Option<Arc<Block>>, u64, u64, bool);

fn member(collector: &mut Collector<'_>, file: &File, slot: Option<Slot>) {
    let (block, start, size, is_encrypted) = slot.unwrap_or((None, 0, 0, false));
    let bytes = block.as_ref().map(|block| -> SharedBytes {
        if start == 0 && size == block.size {
            Arc::clone(&block.bytes)
        } else {
            Arc::new(Slice {
                block: Arc::clone(&block.bytes),
                start,
                length: size,
            })
        }
    });
    let attributes = file.attributes.unwrap_or_default();
    let mode = (attributes & UNIX_EXTENSION != 0).then_some(attributes >> 16);
    let is_link = mode.is_some_and(|mode| mode & TYPE_BITS == SYMLINK);
    let is_folder = file.is_folder || (!file.has_stream && attributes & WINDOWS_FOLDER != 0);
    let entry = match &bytes {
        _ if is_folder => Entry::Directory,
        Some(bytes) if is_link && size <= LONGEST_TARGET => {
            let target = read_range(bytes.as_ref(), 0, length(LONGEST_TARGET));
            Entry::Symlink {
                target: crate::names::text(&target.unwrap_or_default()),
            }
        }
        _ => Entry::File,
    };
    let name = crate::names::text(&file.name);
    collector.member(Member {
        name,
        raw_name: file.name.clone(),
        entry,
        size,
        bytes,
        views: Views {
            central: true,
            ..Views::default()
        },
        encrypted: is_encrypted,
        stored: block.as_ref().is_some_and(|block| block.unpacked.is_none()),
        offset: block.as_ref().map_or(0, |block| block.at),
        mode: mode.map(|mode| mode & 0o7777),
        hazards: Vec::new(),
        unpacked: block.and_then(|block| block.unpacked.clone()),
        digests: Made::default(),
    });
}

fn block(
    collector: &mut Collector<'_>,
    folder: &Folder,
    streams: &Streams,
    pack_index: usize,
) -> Option<Block> {
    let at = streams.packed(pack_index).map_or(0, |(start, _)| start);
    let main = match coder(folder, streams, pack_index) {
        Ok(main) => main,
        Err(kind) => {
            let detail = match kind {
                ProblemKind::Encrypted => "a 7z block is encrypted",
                _ => "a 7z block uses a coder that is not read",
            };
            collector.problem(Problem::new(kind, Place::Byte(at), detail));
            return None;
        }
    };
    for index in pack_index..pack_index.saturating_add(folder.packed_inputs.len()) {
        let length = streams.packed(index).map_or(0, |(_, length)| length);
        collector.facts.packed_bytes = collector.facts.packed_bytes.saturating_add(length);
    }
    let size = folder.unpacked_size();
    let only_copies = main.method == CoderMethod::Copy;
    if let (true, [CoderInput::Packed { start, length }]) = (only_copies, main.inputs.as_slice()) {
        let window = Window::new(collector.source.clone(), *start, (*length).max(size));
        return Some(Block {
            at,
            size,
            bytes: Arc::new(window),
            unpacked: None,
        });
    }
    let mut packed = packed(collector, main, size);
    packed.checksum = folder.checksum;
    let unpacked = Unpacked::new(packed, collector.budget, &collector.sessions);
    Some(Block {
        at,
        size,
        bytes: unpacked.shared(),
        unpacked: Some(unpacked),
    })
}

/// The coders of a folder as a tree, from the one that makes the content.
fn coder(folder: &Folder, streams: &Streams, pack_index: usize) -> Result<Coder, ProblemKind> {
    let main = folder.main_coder().ok_or(ProblemKind::Unsupported)?;
    coder_at(folder, streams, pack_index, main, 0)
}

fn coder_at(
    folder: &Folder,
    streams: &Streams,
    pack_index: usize,
    index: usize,
    depth: usize,
) -> Result<Coder, ProblemKind> {
    // Deeper than there are coders: the bonds form a circle.
    if depth > folder.coders.len() {
        return Err(ProblemKind::Malformed);
    }
    let coder = folder.coders.get(index).ok_or(ProblemKind::Malformed)?;
    let method = method(&coder.method)?;
    let mut inputs = Vec::new();
    for input in folder.inputs_of(index) {
        if let Some(other) = folder.maker_of(input) {
            let inner = coder_at(folder, streams, pack_index, other, depth.saturating_add(1))?;
            inputs.push(CoderInput::Coder(inner));
            continue;
        }
        let position = folder
            .packed_inputs
            .iter()
            .position(|packed| *packed == input);
        let packed = position.and_then(|at| streams.packed(pack_index.checked_add(at)?));
        let (start, length) = packed.ok_or(ProblemKind::Malformed)?;
        inputs.push(CoderInput::Packed { start, length });
    }
    Ok(Coder {
        method,
        properties: coder.properties.clone(),
        unpacked_size: folder.sizes.get(index).copied().unwrap_or_default(),
        inputs,
    })
}

/// The ids of 7-Zip's `Methods.txt`.
const fn method(id: &[u8]) -> Result<CoderMethod, ProblemKind> {
    match id {
        [0] => Ok(CoderMethod::Copy),
        [3] => Ok(CoderMethod::Delta),
        [4] | [3, 3, 1, 3] => Ok(CoderMethod::BcjX86),
        [3, 3, 1, 0x1b] => Ok(CoderMethod::Bcj2),
        [5] | [3, 3, 2, 5] => Ok(CoderMethod::BcjPpc),
        [6] | [3, 3, 4, 1] => Ok(CoderMethod::BcjIa64),
        [7] | [3, 3, 5, 1] => Ok(CoderMethod::BcjArm),
        [8] | [3, 3, 7, 1] => Ok(CoderMethod::BcjArmThumb),
        [9] | [3, 3, 8, 5] => Ok(CoderMethod::BcjSparc),
        [0xa] => Ok(CoderMethod::BcjArm64),
        [0xb] => Ok(CoderMethod::BcjRiscv),
        [0x21] => Ok(CoderMethod::Lzma2),
        [3, 1, 1] => Ok(CoderMethod::Lzma),
        [4, 1, 8] => Ok(CoderMethod::Deflate),
        [4, 2, 2] => Ok(CoderMethod::Bzip2),
        [6, 0xf1, 7, 1] => Err(ProblemKind::Encrypted),
        _ => Err(ProblemKind::Unsupported),
    }
}

/// A member of a solid block. Unlike [`Window`] it doesn't ask the block for its size, which would decompress it.
#[derive(Debug)]
struct Slice {
    block: SharedBytes,
    start: u64,
    length: u64,
}

impl ByteSource for Slice {
    fn size(&self) -> u64 {
        self.length
    }

    fn is_sequential(&self) -> bool {
        self.block.is_sequential()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let count = buffer.len().min(length(self.length.saturating_sub(at)));
        match buffer.get_mut(..count) {
            Some(part) if count > 0 => self.block.read_at(self.start.saturating_add(at), part),
            _ => Ok(0),
        }
    }
}

/// Where the packed streams begin; the archive counts from behind its first header.
const fn packed_start(position: u64) -> u64 {
    SIGNATURE_HEADER.saturating_add(position)
}
