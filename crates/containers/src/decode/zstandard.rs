//! Zstandard frames, one after the other; skippable frames are skipped.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Decoder, Feed, MOST_DICTIONARY, broken, too_large};

/// An empty last block and a checksum: ends a broken frame so that what was decoded can be taken out.
const CLOSING: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

pub(super) fn frames(feed: Feed) -> Decoder {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MOST_DICTIONARY);
    Box::new(Frames {
        feed,
        decoder,
        is_in_frame: false,
        failure: None,
    })
}

struct Frames {
    feed: Feed,
    decoder: FrameDecoder,
    is_in_frame: bool,
    failure: Option<String>,
}

impl Read for Frames {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = if self.is_in_frame {
                self.decoder.read(out)?
            } else {
                0
            };
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            if self.is_in_frame && !self.decoder.is_finished() {
                self.decode_block();
                continue;
            }
            if let Some(failure) = &self.failure {
                return Err(broken(failure.clone()));
            }
            self.is_in_frame = false;
            if !self.next_frame()? {
                return Ok(0);
            }
        }
    }
}

impl Frames {
    fn decode_block(&mut self) {
        let one = BlockDecodingStrategy::UptoBlocks(1);
        if let Err(error) = self.decoder.decode_blocks(&mut self.feed, one) {
            self.failure = Some(error.to_string());
            let all = BlockDecodingStrategy::All;
            if self.decoder.decode_blocks(CLOSING.as_slice(), all).is_err() {
                self.is_in_frame = false;
            }
        }
    }

    /// Starts the next frame; `false` at the end or when something else follows.
    fn next_frame(&mut self) -> io::Result<bool> {
        let ahead = self.feed.peek::<4>()?;
        if ahead.len() < 4 || !(ahead.starts_with(&MAGIC) || ahead.get(1..) == Some(&SKIPPABLE)) {
            return Ok(false);
        }
        match self.decoder.init(&mut self.feed) {
            Ok(()) => self.is_in_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let skipped = u64::from(length);
                io::copy(&mut self.feed.by_ref().take(skipped), &mut io::sink())?;
            }
            Err(FrameDecoderError::WindowSizeTooBig { requested, .. }) => {
                return Err(too_large(requested));
            }
            Err(error) => return Err(broken(error.to_string())),
        }
        Ok(true)
    }
}

/// RFC 8878 section 3.1.1.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// RFC 8878 section 3.1.2, without the first byte `0x50..=0x5f`.
pub(crate) const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];
