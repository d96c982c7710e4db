//! Readers over push decompressors, which tell how far they came even when they fail.

use std::io::{self, BufRead, ErrorKind, Read};

use super::broken;
use crate::fields::length;

/// The compressed side of a decompressor.
pub(super) type Input = Box<dyn BufRead + Send>;

/// A decompressor that is given bytes; an empty input means that there are no more.
pub(super) trait Push: Send {
    fn push(&mut self, input: &[u8], output: &mut [u8]) -> Pushed;
}

/// What came of a push.
pub(super) struct Pushed {
    used: usize,
    made: usize,
    ended: io::Result<bool>,
}

impl Pushed {
    /// From the counters of the decompressor before and after, which are right also when it fails.
    pub(super) fn between(before: (u64, u64), after: (u64, u64), ended: io::Result<bool>) -> Self {
        Self {
            used: length(after.0.saturating_sub(before.0)),
            made: length(after.1.saturating_sub(before.1)),
            ended,
        }
    }
}

/// Pulls through a push decompressor until its stream ends.
pub(super) struct Pull<P, R> {
    pub(super) push: P,
    pub(super) input: R,
    pub(super) ended: bool,
    failure: Option<(ErrorKind, String)>,
}

impl<P: Push, R: BufRead> Pull<P, R> {
    pub(super) const fn new(push: P, input: R) -> Self {
        Self {
            push,
            input,
            ended: false,
            failure: None,
        }
    }

    pub(super) fn pull(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !out.is_empty() {
            if let Some((kind, failure)) = &self.failure {
                return Err(io::Error::new(*kind, failure.clone()));
            }
            let input = self.input.fill_buf()?;
            let is_at_end = input.is_empty();
            let pushed = self.push.push(input, out);
            self.input.consume(pushed.used);
            match pushed.ended {
                Ok(ended) => self.ended = ended,
                Err(failure) => self.failure = Some((failure.kind(), failure.to_string())),
            }
            if pushed.made > 0 {
                return Ok(pushed.made.min(out.len()));
            }
            let is_stuck = pushed.used == 0 && !self.ended && self.failure.is_none();
            if is_stuck && is_at_end {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if is_stuck {
                return Err(broken("the decompressor is stuck"));
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
