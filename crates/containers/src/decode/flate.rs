//! Deflate in its wrappers, and bzip2.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

use super::pull::{Input, Pull, Push, Pushed};
use super::{Decoder, Feed, broken};
use crate::fields::array_at;

impl Push for Decompress {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let before = (self.total_in(), self.total_out());
        let result = self.decompress(input, output, FlushDecompress::None);
        let ended = result
            .map(|status| status == Status::StreamEnd)
            .map_err(|error| broken(error.to_string()));
        Pushed::between(before, (self.total_in(), self.total_out()), ended)
    }
}

impl Push for bzip2::Decompress {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let before = (self.total_in(), self.total_out());
        let result = self.decompress(input, output);
        let ended = result
            .map(|status| status == bzip2::Status::StreamEnd)
            .map_err(|error| broken(error.to_string()));
        Pushed::between(before, (self.total_in(), self.total_out()), ended)
    }
}

pub(super) fn deflate(input: Input) -> Decoder {
    Box::new(Pull::new(Decompress::new(false), input))
}

pub(super) fn zlib(input: Input) -> Decoder {
    Box::new(Pull::new(Decompress::new(true), input))
}

pub(super) fn bzip2(input: Input) -> Decoder {
    Box::new(Bzip2 {
        stream: Pull::new(bzip2::Decompress::new(false), input),
    })
}

/// All streams of a bzip2 file; what follows and is no stream is left alone, as Python does.
struct Bzip2 {
    stream: Pull<bzip2::Decompress, Input>,
}

impl Read for Bzip2 {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.stream.pull(out)?;
            if count > 0 || out.is_empty() || !self.stream.ended {
                return Ok(count);
            }
            if !self.stream.input.fill_buf()?.starts_with(b"B") {
                return Ok(0);
            }
            self.stream.push = bzip2::Decompress::new(false);
            self.stream.ended = false;
        }
    }
}

pub(super) fn gzip(feed: Feed) -> Decoder {
    Box::new(Gzip {
        member: Pull::new(Decompress::new(false), feed),
        state: GzipState::Header,
        checksum: Hasher::new(),
        amount: 0,
    })
}

/// All members of a gzip file; padding and anything else behind the last one is left alone.
struct Gzip {
    member: Pull<Decompress, Feed>,
    state: GzipState,
    checksum: Hasher,
    /// Bytes of the member, modulo 2^32.
    amount: u32,
}

enum GzipState {
    Header,
    Body,
    Done,
}

impl Read for Gzip {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.state {
                GzipState::Header => {
                    skip_gzip_header(&mut self.member.input)?;
                    self.member.push.reset(false);
                    self.member.ended = false;
                    self.checksum.reset();
                    self.amount = 0;
                    self.state = GzipState::Body;
                }
                GzipState::Body => {
                    let count = self.member.pull(out)?;
                    self.checksum.update(out.get(..count).unwrap_or_default());
                    let added = u32::try_from(count & 0xffff_ffff).unwrap_or_default();
                    self.amount = self.amount.wrapping_add(added);
                    if count > 0 || out.is_empty() {
                        return Ok(count);
                    }
                    self.finish_member()?;
                }
                GzipState::Done => return Ok(0),
            }
        }
    }
}

impl Gzip {
    fn finish_member(&mut self) -> io::Result<()> {
        let feed = &mut self.member.input;
        let mut trailer = [0; 8];
        feed.read_exact(&mut trailer)?;
        let checksum = array_at(&trailer, 0).map(u32::from_le_bytes);
        let size = array_at(&trailer, 4).map(u32::from_le_bytes);
        let made = std::mem::take(&mut self.checksum).finalize();
        if checksum != Some(made) || size != Some(self.amount) {
            feed.shared().note_wrong_trailer();
        }
        while feed.fill_buf()?.first() == Some(&0) {
            feed.consume(1);
        }
        let is_followed = feed.peek::<2>()? == [0x1f, 0x8b];
        self.state = if is_followed {
            GzipState::Header
        } else {
            GzipState::Done
        };
        Ok(())
    }
}

/// RFC 1952 section 2.3; reserved flags and unknown methods are ignored, as lenient readers do.
fn skip_gzip_header(feed: &mut Feed) -> io::Result<()> {
    let mut fixed = [0; 10];
    feed.read_exact(&mut fixed)?;
    let flags = fixed.get(3).copied().unwrap_or_default();
    if flags & 4 != 0 {
        let mut size = [0; 2];
        feed.read_exact(&mut size)?;
        let size = u64::from(u16::from_le_bytes(size));
        io::copy(&mut feed.by_ref().take(size), &mut io::sink())?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            while feed.next_byte()?.is_some_and(|byte| byte != 0) {}
        }
    }
    if flags & 2 != 0 {
        feed.read_exact(&mut [0; 2])?;
    }
    Ok(())
}
