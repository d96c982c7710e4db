//! Zstandard frames, one after the other; skippable frames are skipped.
//!
//! The blocks are decompressed by libzstd, which is linked in. It writes down how far it came only when a call succeeds, so
//! each call gets one block: what came before a broken block is not lost. A dictionary that a frame asks for is not
//! there, and formats from before version 1 are not built in.

use std::io::{self, BufRead, ErrorKind, Read};

use chainwright_core::fields::Order;
use zstd::stream::raw::{DParameter, Decoder as Frame, InBuffer, Operation, OutBuffer};

use super::{Decoder, Feed, MOST_DICTIONARY, broken, too_large};

/// The logarithm of [`MOST_DICTIONARY`].
const WINDOW_LOG: u32 = MOST_DICTIONARY.ilog2();

/// Bytes of the longest header of a frame (RFC 8878 section 3.1.1.1), with the magic number.
const HEADER: usize = 18;

pub(super) fn frames(feed: Feed) -> io::Result<Decoder> {
    let mut frame = Frame::new()?;
    frame.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
    Ok(Box::new(Frames {
        feed,
        blocks: Blocks {
            frame,
            state: State::Between,
            failure: None,
        },
    }))
}

/// What is offered of a frame before libzstd asks for more: the magic number and the first byte of the header.
const FIRST: usize = 5;

/// Where the reader stands.
#[derive(Clone, Copy)]
enum State {
    /// In front of a frame, or at the end.
    Between,
    /// In a frame, of which libzstd wants this many bytes to make the next block.
    Inside(usize),
    /// In a frame of which more may be ready than there was room for.
    Full,
}

struct Frames {
    feed: Feed,
    blocks: Blocks,
}

/// The frame that is being read.
struct Blocks {
    frame: Frame<'static>,
    state: State,
    failure: Option<String>,
}

impl Read for Frames {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(failure) = &self.blocks.failure {
                return Err(broken(failure.clone()));
            }
            let made = match self.blocks.state {
                State::Between => match self.next_frame()? {
                    true => 0,
                    false => return Ok(0),
                },
                State::Inside(wanted) => self.block(wanted, out)?,
                // What is ready is taken out first: what a call has made before it fails is lost.
                State::Full => self.blocks.run(&[], out).1,
            };
            if made > 0 || out.is_empty() {
                return Ok(made);
            }
        }
    }
}

impl Frames {
    fn block(&mut self, wanted: usize, out: &mut [u8]) -> io::Result<usize> {
        let ahead = self.feed.fill_buf()?;
        if ahead.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let ahead = ahead.get(..wanted).unwrap_or(ahead);
        let (used, made) = self.blocks.run(ahead, out);
        self.feed.consume(used);
        Ok(made)
    }

    /// Starts the next frame; `false` at the end or when something else follows.
    fn next_frame(&mut self) -> io::Result<bool> {
        let ahead = self.feed.peek::<HEADER>()?;
        let is_skippable = ahead.first().is_some_and(|first| first & 0xf0 == 0x50);
        if is_skippable && ahead.get(1..4) == Some(&SKIPPABLE) {
            let skipped = Order::Little.u32(&ahead, 4).unwrap_or_default();
            let skipped = u64::from(skipped).saturating_add(8);
            io::copy(&mut self.feed.by_ref().take(skipped), &mut io::sink())?;
            return Ok(true);
        }
        if !ahead.starts_with(&MAGIC) {
            return Ok(false);
        }
        if let Some(window) = window_of(&ahead).filter(|window| *window > MOST_DICTIONARY) {
            return Err(too_large(window));
        }
        self.blocks.frame.reinit()?;
        self.blocks.state = State::Inside(FIRST);
        Ok(true)
    }
}

impl Blocks {
    /// How many bytes were used and made.
    fn run(&mut self, input: &[u8], out: &mut [u8]) -> (usize, usize) {
        let room = out.len();
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(out);
        let result = self.frame.run(&mut input, &mut output);
        let (used, made) = (input.pos(), output.pos());
        match result {
            Ok(0) => self.state = State::Between,
            Ok(_) if made == room => self.state = State::Full,
            Ok(wanted) => self.state = State::Inside(wanted),
            Err(error) => self.failure = Some(error.to_string()),
        }
        (used, made)
    }
}

/// How far back a frame looks, by its header (RFC 8878 sections 3.1.1.1.1 to 3.1.1.1.4).
fn window_of(header: &[u8]) -> Option<u64> {
    let descriptor = *header.get(4)?;
    let is_single = descriptor & 0x20 != 0;
    if !is_single {
        let window = *header.get(5)?;
        let base = 1_u64 << u32::from(window >> 3).saturating_add(10);
        return base.checked_add((base >> 3).checked_mul(u64::from(window & 7))?);
    }
    let dictionary = *[0_usize, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let at = dictionary.checked_add(5)?;
    match descriptor >> 6 {
        0 => header.get(at).copied().map(u64::from),
        1 => Some(u64::from(Order::Little.u16(header, at)?).saturating_add(256)),
        2 => Order::Little.u32(header, at).map(u64::from),
        _ => Order::Little.u64(header, at),
    }
}

/// RFC 8878 section 3.1.1.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// RFC 8878 section 3.1.2, without the first byte `0x50..=0x5f`.
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Bytes that compress somewhat.
    fn numbers(count: u32) -> Vec<u8> {
        (0..count)
            .flat_map(|number| format!("{number},").into_bytes())
            .collect()
    }

    fn pack(content: &[u8], level: i32) -> Vec<u8> {
        zstd::encode_all(content, level).expect("libzstd packs")
    }

    /// What comes out before the end or an error.
    fn unpacked(packed: &[u8], piece: usize) -> (Vec<u8>, Option<ErrorKind>) {
        let length = crate::fields::offset(packed.len());
        let shared = Arc::default();
        let feed = Feed::new(Arc::new(packed.to_vec()), 0, length, shared);
        let mut frames = frames(feed).expect("libzstd starts");
        let (mut out, mut chunk) = (Vec::new(), vec![0; piece]);
        loop {
            match frames.read(&mut chunk) {
                Ok(0) => return (out, None),
                Ok(count) => out.extend_from_slice(&chunk[..count]),
                Err(error) => return (out, Some(error.kind())),
            }
        }
    }

    #[test]
    fn frames_of_every_level_come_out_whole_whatever_the_room() {
        let content = numbers(60_000);
        for level in [1, 3, 19] {
            let packed = pack(&content, level);
            for piece in [1000, 64 * 1024, 4 * 1024 * 1024] {
                assert_eq!(unpacked(&packed, piece), (content.clone(), None));
            }
        }
    }

    #[test]
    fn frames_follow_each_other_and_skippable_ones_hold_nothing() {
        let mut packed = b"\x5f\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        packed.extend(pack(b"first ", 3));
        packed.extend(pack(b"", 3));
        packed.extend(b"\x50\x2a\x4d\x18\0\0\0\0");
        packed.extend(pack(b"second", 3));
        for rest in [&b""[..], b"\0\0\0\0", b"anything else"] {
            let packed = [&packed, rest].concat();
            assert_eq!(unpacked(&packed, 100), (b"first second".to_vec(), None));
        }
    }

    #[test]
    fn every_block_before_a_cut_is_given() {
        const BLOCK: usize = 128 * 1024;
        let content = numbers(100_000);
        let packed = pack(&content, 3);
        let mut lengths = std::collections::BTreeSet::new();
        for end in (20..packed.len()).step_by(499) {
            let (out, error) = unpacked(&packed[..end], 50_000);
            assert_eq!(error, Some(ErrorKind::UnexpectedEof));
            assert!(content.starts_with(&out));
            lengths.insert(out.len());
        }
        let whole: Vec<usize> = (0..=content.len() / BLOCK).map(|at| at * BLOCK).collect();
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), whole);
    }

    #[test]
    fn what_lies_before_damage_is_given() {
        let content = numbers(100_000);
        let packed = pack(&content, 3);
        let mut met = 0;
        for at in (packed.len() / 2..packed.len()).step_by(499) {
            let mut broken = packed.clone();
            broken[at] ^= 0x55;
            let (out, error) = unpacked(&broken, 64 * 1024);
            let same = out.iter().zip(&content).take_while(|(a, b)| a == b).count();
            let (before, _) = unpacked(&packed[..at], 64 * 1024);
            assert!(same >= before.len(), "{same} at {at}");
            met += usize::from(error.is_some());
        }
        assert!(met > 0);
    }

    #[test]
    fn a_window_beyond_the_limit_is_refused() {
        let of = |header: &[u8]| unpacked(&[&MAGIC, header].concat(), 100);
        // 2^28, 2^41 with all eighths, and frames of one segment with 4 GiB and 2^63 bytes.
        for header in [
            &b"\x00\x90"[..],
            b"\x00\xff",
            b"\xa0\xff\xff\xff\xff",
            b"\xe0\0\0\0\0\0\0\0\x80",
        ] {
            assert_eq!(of(header), (Vec::new(), Some(ErrorKind::OutOfMemory)));
        }
        // The largest window that is allowed, with an empty last block.
        assert_eq!(of(b"\x00\x88\x01\0\0"), (Vec::new(), None));
    }

    #[test]
    fn frames_that_need_a_dictionary_are_broken() {
        let frame = [&MAGIC[..], b"\x01\x50\x07\x01\0\0"].concat();
        assert_eq!(unpacked(&frame, 100).1, Some(ErrorKind::InvalidData));
    }
}
