//! Deflate in its wrappers, and bzip2: push decompressors that tell how far they came even when they fail.

use std::io::{self, BufRead, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Decoder, Feed, broken};
use crate::fields::{array_at, length};

/// A decompressor that is given bytes and tells how many it used and made, also when it fails.
trait Push: Send {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed;
}

struct Pushed {
    used: usize,
    made: usize,
    ended: Result<bool, String>,
}

impl Push for Decompress {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let (before_in, before_out) = (self.total_in(), self.total_out());
        let result = self.decompress(input, output, FlushDecompress::None);
        Pushed {
            used: length(self.total_in().saturating_sub(before_in)),
            made: length(self.total_out().saturating_sub(before_out)),
            ended: result
                .map(|status| status == Status::StreamEnd)
                .map_err(|error| error.to_string()),
        }
    }
}

impl Push for bzip2::Decompress {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed {
        let (before_in, before_out) = (self.total_in(), self.total_out());
        let result = self.decompress(input, output);
        Pushed {
            used: length(self.total_in().saturating_sub(before_in)),
            made: length(self.total_out().saturating_sub(before_out)),
            ended: result
                .map(|status| status == bzip2::Status::StreamEnd)
                .map_err(|error| error.to_string()),
        }
    }
}

/// Pulls through a push decompressor until its stream ends.
struct Pull<P, R> {
    push: P,
    input: R,
    ended: bool,
    failure: Option<String>,
}

impl<P: Push, R: BufRead> Pull<P, R> {
    const fn new(push: P, input: R) -> Self {
        Self {
            push,
            input,
            ended: false,
            failure: None,
        }
    }

    fn pull(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !out.is_empty() {
            if let Some(failure) = &self.failure {
                return Err(broken(failure.clone()));
            }
            let input = self.input.fill_buf()?;
            let is_at_end = input.is_empty();
            let pushed = self.push.push(input, out);
            self.input.consume(pushed.used);
            match pushed.ended {
                Ok(ended) => self.ended = ended,
                Err(failure) => self.failure = Some(failure),
            }
            if pushed.made > 0 {
                return Ok(pushed.made.min(out.len()));
            }
            let is_stuck = pushed.used == 0 && self.failure.is_none();
            if !self.ended && is_at_end && is_stuck {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if !self.ended && is_stuck {
                self.failure = Some("the decompressor is stuck".to_owned());
            }
        }
        Ok(0)
    }
}

impl<P: Push, R: BufRead> Read for Pull<P, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.pull(out)
    }
}

type Input = Box<dyn BufRead + Send>;

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
        checksum: Crc::new(),
    })
}

/// All members of a gzip file; padding and anything else behind the last one is left alone.
struct Gzip {
    member: Pull<Decompress, Feed>,
    state: GzipState,
    checksum: Crc,
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
                    self.state = GzipState::Body;
                }
                GzipState::Body => {
                    let count = self.member.pull(out)?;
                    self.checksum.update(out.get(..count).unwrap_or_default());
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
        if checksum != Some(self.checksum.sum()) || size != Some(self.checksum.amount()) {
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
