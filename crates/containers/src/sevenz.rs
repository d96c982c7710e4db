//! 7-Zip archives. The directory is read by `sevenz-rust2`, the content by our own chain of decompressors, so that
//! members stay lazy and bounded.
//!
//! A solid block is one stream; its members are windows into it. BCJ2, PPMd and encryption are reported, not read.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chainwright_core::bytes::{SharedBytes, Window};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use sevenz_rust2::{Archive, ArchiveEntry, Error, Password};

use crate::collector::Collector;
use crate::decode::{Codec, Coder, CoderMethod};
use crate::fields::offset;
use crate::member::{Entry, Member, Views};
use crate::unpacked::{Packed, Unpacked};

/// LIMIT: memory for the directory and its decompressor.
const MEMORY_KIB: usize = 96 * 1024;
const SIGNATURE_HEADER: u64 = 32;
const UNIX_EXTENSION: u32 = 0x8000;
const TYPE_BITS: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;
const LONGEST_TARGET: u64 = 4096;

/// Lists the members.
pub(crate) fn open(collector: &mut Collector<'_>) {
    let mut reader = Seeking {
        source: collector.source.clone(),
        position: 0,
    };
    // The reader's own assertions must not end the run.
    let archive = catch_unwind(AssertUnwindSafe(|| {
        Archive::read_with_memory_limit(&mut reader, &Password::empty(), MEMORY_KIB)
    }));
    match archive {
        Ok(Ok(archive)) => members(collector, &archive),
        Ok(Err(error)) => collector.problem(problem(&error)),
        Err(_) => collector.problem(Problem::new(
            ProblemKind::Malformed,
            Place::Whole,
            "the 7z directory is broken",
        )),
    }
}

fn problem(error: &Error) -> Problem {
    let kind = match error {
        Error::MaxMemLimited { .. } => ProblemKind::LimitReached,
        Error::PasswordRequired | Error::MaybeBadPassword(_) => ProblemKind::Encrypted,
        Error::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            ProblemKind::Encrypted
        }
        Error::UnsupportedCompressionMethod(_) | Error::ExternalUnsupported => {
            ProblemKind::Unsupported
        }
        _ => ProblemKind::Malformed,
    };
    let detail = chainwright_core::text::visible(&error.to_string(), 200);
    Problem::new(
        kind,
        Place::Whole,
        format!("the 7z directory cannot be read: {detail}"),
    )
}

fn members(collector: &mut Collector<'_>, archive: &Archive) {
    let blocks: Vec<Option<Block>> = (0..archive.blocks.len())
        .map(|index| block(collector, archive, index))
        .collect();
    let mut positions = vec![0_u64; blocks.len()];
    for (index, file) in archive.files.iter().enumerate() {
        if !collector.may_enter(0) {
            return;
        }
        let block_index = archive
            .stream_map
            .file_block_index
            .get(index)
            .copied()
            .flatten();
        let block = block_index.and_then(|at| blocks.get(at)?.as_ref());
        let position = block_index.and_then(|at| positions.get_mut(at));
        let start = position.as_deref().copied().unwrap_or_default();
        if let Some(position) = position.filter(|_| file.has_stream) {
            *position = position.saturating_add(file.size);
        }
        let is_encrypted = archive.is_file_encrypted(index);
        member(
            collector,
            file,
            block.filter(|_| file.has_stream),
            start,
            is_encrypted,
        );
    }
}

fn member(
    collector: &mut Collector<'_>,
    file: &ArchiveEntry,
    block: Option<&Block>,
    start: u64,
    is_encrypted: bool,
) {
    let bytes = block.map(|block| -> SharedBytes {
        if block.is_whole(start, file.size) {
            Arc::clone(&block.bytes)
        } else {
            Arc::new(Slice {
                block: Arc::clone(&block.bytes),
                start,
                length: file.size,
            })
        }
    });
    let mode = (file.has_windows_attributes && file.windows_attributes & UNIX_EXTENSION != 0)
        .then_some(file.windows_attributes >> 16);
    let is_link = mode.is_some_and(|mode| mode & TYPE_BITS == SYMLINK);
    let entry = match &bytes {
        _ if file.is_directory => Entry::Directory,
        Some(bytes) if is_link && file.size <= LONGEST_TARGET => {
            let target = chainwright_core::bytes::read_range(bytes.as_ref(), 0, 4096);
            Entry::Symlink {
                target: crate::names::text(&target.unwrap_or_default()),
            }
        }
        _ => Entry::File,
    };
    collector.member(Member {
        name: crate::names::text(file.name.as_bytes()),
        raw_name: file.name.clone().into_bytes(),
        entry,
        size: file.size,
        bytes,
        views: Views {
            central: true,
            ..Views::default()
        },
        encrypted: is_encrypted,
        stored: block.is_some_and(|block| block.unpacked.is_none()),
        offset: block.map_or(0, |block| block.at),
        mode: mode.map(|mode| mode & 0o7777),
        hazards: Vec::new(),
        unpacked: block.and_then(|block| block.unpacked.clone()),
    });
}

/// A stream of one or many members.
struct Block {
    at: u64,
    size: u64,
    bytes: SharedBytes,
    unpacked: Option<Arc<Unpacked>>,
}

impl Block {
    const fn is_whole(&self, start: u64, length: u64) -> bool {
        start == 0 && length == self.size
    }
}

fn block(collector: &mut Collector<'_>, archive: &Archive, index: usize) -> Option<Block> {
    let block = archive.blocks.get(index)?;
    let stream = *archive
        .stream_map
        .block_first_pack_stream_index()
        .get(index)?;
    let packed_at = *archive.stream_map.pack_stream_offsets().get(stream)?;
    let at = SIGNATURE_HEADER
        .saturating_add(archive.pack_pos())
        .saturating_add(packed_at);
    let length = *archive.pack_sizes().get(stream)?;
    collector.facts.packed_bytes = collector.facts.packed_bytes.saturating_add(length);
    let coders = match coders(block) {
        Ok(coders) => coders,
        Err(kind) => {
            let detail = match kind {
                ProblemKind::Encrypted => "a 7z block is encrypted",
                _ => "a 7z block uses a coder that is not read",
            };
            collector.problem(Problem::new(kind, Place::Byte(at), detail));
            return None;
        }
    };
    let size = block.get_unpack_size();
    let is_stored = coders.iter().all(|coder| coder.method == CoderMethod::Copy);
    if is_stored {
        let window = Window::new(collector.source.clone(), at, length);
        return Some(Block {
            at,
            size,
            bytes: Arc::new(window),
            unpacked: None,
        });
    }
    let packed = Packed {
        source: collector.source.clone(),
        start: at,
        length,
        codec: Codec::Chain(coders),
        declared: Some(size),
        checksum: block
            .has_crc
            .then(|| u32::try_from(block.crc).unwrap_or_default()),
    };
    let unpacked = Unpacked::new(packed, collector.budget, &collector.sessions);
    Some(Block {
        at,
        size,
        bytes: unpacked.shared(),
        unpacked: Some(unpacked),
    })
}

fn coders(block: &sevenz_rust2::Block) -> Result<Vec<Coder>, ProblemKind> {
    let ordered: Vec<_> = block.ordered_coder_iter().collect();
    if ordered.is_empty() || ordered.len() != block.coders.len() {
        return Err(ProblemKind::Unsupported);
    }
    ordered
        .into_iter()
        .map(|(index, coder)| {
            Ok(Coder {
                method: method(coder.encoder_method_id())?,
                properties: coder.properties().to_vec(),
                unpacked_size: block.get_unpack_size_at_index(index),
            })
        })
        .collect()
}

/// The ids of 7-Zip's `Methods.txt`.
const fn method(id: &[u8]) -> Result<CoderMethod, ProblemKind> {
    match id {
        [0] => Ok(CoderMethod::Copy),
        [3] => Ok(CoderMethod::Delta),
        [4] | [3, 3, 1, 3] => Ok(CoderMethod::BcjX86),
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

impl chainwright_core::bytes::ByteSource for Slice {
    fn size(&self) -> u64 {
        self.length
    }

    fn read_at(
        &self,
        at: u64,
        buffer: &mut [u8],
    ) -> Result<usize, chainwright_core::bytes::ReadError> {
        let rest = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = buffer.len().min(rest);
        match buffer.get_mut(..count) {
            Some(part) if count > 0 => self.block.read_at(self.start.saturating_add(at), part),
            _ => Ok(0),
        }
    }
}

/// A source as the reader of the directory wants it.
struct Seeking {
    source: SharedBytes,
    position: u64,
}

impl Read for Seeking {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self
            .source
            .read_at(self.position, out)
            .map_err(io::Error::from)?;
        self.position = self.position.saturating_add(offset(count));
        Ok(count)
    }
}

impl Seek for Seeking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.source.size().checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
