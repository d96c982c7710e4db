//! Decompressors as plain readers that keep what they produced before an error.
//!
//! A loader that unpickles from a stream has run the payload before the decompressor notices that the stream is
//! broken, so every byte in front of the damage counts. Memory is bounded: dictionaries and windows that a stream
//! asks for are refused above a limit. The crates underneath have assertions of their own; a panic in one is caught
//! here and becomes a broken stream.

mod feed;
mod flate;
mod lzma;
mod pull;
mod zstandard;

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use feed::{Feed, Shared};

/// LIMIT: memory for the dictionary or window of one decompressor.
pub(crate) const MOST_DICTIONARY: u64 = 128 * 1024 * 1024;

/// How bytes are compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codec {
    /// As they are.
    Stored,
    /// RFC 1951 without a wrapper.
    Deflate,
    /// RFC 1952, all members.
    Gzip,
    /// RFC 1950.
    Zlib,
    /// All streams.
    Bzip2,
    /// Method 14 of zip: a little header, raw LZMA.
    ZipLzma,
    /// `.lzma`.
    LzmaAlone,
    /// All streams.
    Xz,
    /// LZ4 frames.
    Lz4,
    /// All frames.
    Zstd,
    /// The coders of a 7z block; they know where their packed streams lie.
    Coders(Coder),
}

/// One coder of a 7z block, with the streams it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coder {
    pub(crate) method: CoderMethod,
    pub(crate) properties: Vec<u8>,
    pub(crate) unpacked_size: u64,
    pub(crate) inputs: Vec<CoderInput>,
}

/// What a coder reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CoderInput {
    /// A stretch of the archive.
    Packed {
        /// Where it begins.
        start: u64,
        /// How long it is.
        length: u64,
    },
    /// What another coder makes.
    Coder(Coder),
}

/// The 7z coders we run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoderMethod {
    Copy,
    Lzma,
    Lzma2,
    Deflate,
    Bzip2,
    Delta,
    BcjX86,
    BcjPpc,
    BcjIa64,
    BcjArm,
    BcjArmThumb,
    BcjSparc,
    BcjArm64,
    BcjRiscv,
    Bcj2,
}

/// A decompressor.
pub(crate) type Decoder = Box<dyn Read + Send>;

impl Codec {
    /// Starts decompressing.
    pub(crate) fn decoder(&self, feed: Feed) -> io::Result<Decoder> {
        let codec = self.clone();
        let opened = catch_unwind(AssertUnwindSafe(move || codec.unguarded(feed)));
        let inner = opened.unwrap_or_else(|_| Err(broken("the decompressor gave up")))?;
        Ok(Box::new(Guarded { inner: Some(inner) }))
    }

    fn unguarded(self, feed: Feed) -> io::Result<Decoder> {
        Ok(match self {
            Self::Stored => Box::new(feed),
            Self::Deflate => flate::deflate(Box::new(feed)),
            Self::Zlib => flate::zlib(Box::new(feed)),
            Self::Gzip => flate::gzip(feed),
            Self::Bzip2 => flate::bzip2(Box::new(feed)),
            Self::ZipLzma => lzma::zip_member(feed)?,
            Self::LzmaAlone => lzma::alone(feed)?,
            Self::Xz => lzma::xz(Box::new(feed)),
            Self::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(feed)),
            Self::Zstd => zstandard::frames(feed)?,
            Self::Coders(main) => coder(&main, &feed)?,
        })
    }
}

/// INVARIANT: the coders form a tree of bounded depth; the reader of the directory makes sure of it.
fn coder(coder: &Coder, feed: &Feed) -> io::Result<Decoder> {
    use lzma_rust2::filter::{bcj::BcjReader, bcj2::Bcj2Reader, delta::DeltaReader};
    let mut inputs = Vec::new();
    for input in &coder.inputs {
        inputs.push(match input {
            CoderInput::Packed { start, length } => Box::new(feed.of(*start, *length)),
            CoderInput::Coder(inner) => self::coder(inner, feed)?,
        });
    }
    if coder.method == CoderMethod::Bcj2 {
        if inputs.len() != 4 {
            return Err(broken("bcj2 needs four streams"));
        }
        return Ok(Box::new(Bcj2Reader::try_new(inputs, coder.unpacked_size)?));
    }
    let Some(packed) = inputs.pop().filter(|_| inputs.is_empty()) else {
        return Err(broken("a coder with several streams"));
    };
    Ok(match coder.method {
        CoderMethod::Copy | CoderMethod::Bcj2 => packed,
        CoderMethod::Lzma => {
            let input = Box::new(io::BufReader::new(packed));
            lzma::raw(input, &coder.properties, coder.unpacked_size)?
        }
        CoderMethod::Lzma2 => {
            let input = Box::new(io::BufReader::new(packed));
            lzma::raw2(input, &coder.properties)?
        }
        CoderMethod::Deflate => flate::deflate(Box::new(io::BufReader::new(packed))),
        CoderMethod::Bzip2 => flate::bzip2(Box::new(io::BufReader::new(packed))),
        CoderMethod::Delta => {
            let distance = coder.properties.first().copied().map_or(1, usize::from);
            Box::new(DeltaReader::new(packed, distance.saturating_add(1)))
        }
        CoderMethod::BcjX86 => Box::new(BcjReader::new_x86(packed, 0)),
        CoderMethod::BcjPpc => Box::new(BcjReader::new_ppc(packed, 0)),
        CoderMethod::BcjIa64 => Box::new(BcjReader::new_ia64(packed, 0)),
        CoderMethod::BcjArm => Box::new(BcjReader::new_arm(packed, 0)),
        CoderMethod::BcjArmThumb => Box::new(BcjReader::new_arm_thumb(packed, 0)),
        CoderMethod::BcjSparc => Box::new(BcjReader::new_sparc(packed, 0)),
        CoderMethod::BcjArm64 => Box::new(BcjReader::new_arm64(packed, 0)),
        CoderMethod::BcjRiscv => Box::new(BcjReader::new_riscv(packed, 0)),
    })
}

/// Compressed data that contradicts its format.
pub(crate) fn broken(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// A stream that asks for more memory than we give.
pub(crate) fn too_large(bytes: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!("the stream asks for a dictionary of {bytes} bytes"),
    )
}

/// Turns a panic of a decompressor into a broken stream.
struct Guarded {
    inner: Option<Decoder>,
}

impl Read for Guarded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // After a panic the decompressor is dropped, so its broken state is never looked at again.
        let Some(mut inner) = self.inner.take() else {
            return Err(broken("the decompressor gave up"));
        };
        let result = catch_unwind(AssertUnwindSafe(move || {
            let result = inner.read(out);
            (inner, result)
        }));
        match result {
            Ok((inner, result)) => {
                self.inner = Some(inner);
                result
            }
            Err(_) => Err(broken("the decompressor gave up")),
        }
    }
}
