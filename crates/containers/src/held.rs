//! Members of an archive that is read forwards, held in memory as far as that spares going back.
//!
//! Going back in compressed content means to decompress everything before once more. A member of moderate size is
//! held whole. Of a larger one its beginning and its end are held: headers of weights, directories of archives and
//! magic numbers lie there, and what lies between is rarely asked for.

use std::sync::Arc;

use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, Window, read_full};

use crate::digester::{Digester, Made, Wanted};
use crate::fields::{length, offset};

/// Members of this size are held even where going back is cheap: one read of the system instead of many.
const SMALL: u64 = 1024 * 1024;

/// Bytes held of the end of a large member.
const TAIL: u64 = 512 * 1024;

/// Bytes between the ends that are digested at a time.
const PIECE: usize = 1024 * 1024;

/// Content, and the digest of what was passed over on the way.
pub(crate) struct Held {
    pub(crate) bytes: SharedBytes,
    pub(crate) digests: Made,
}

impl Held {
    fn plain(bytes: SharedBytes) -> Self {
        Self {
            bytes,
            digests: Made::default(),
        }
    }
}

/// Holds the content, at most `most` bytes and an end of it. What is too large to be held whole is digested on the way
/// as `wanted`; everything else can be read again.
pub(crate) fn hold(window: Window, most: u64, wanted: Wanted) -> Held {
    let is_sequential = window.is_sequential();
    let held = if is_sequential { most } else { SMALL };
    if window.as_slice().is_some() || (!is_sequential && window.size() > held) {
        return Held::plain(Arc::new(window));
    }
    let mut head = vec![0; length(window.size().min(held))];
    let Ok(filled) = read_full(&window, 0, &mut head) else {
        return Held::plain(Arc::new(window));
    };
    let is_whole = filled < head.len() || window.size() <= held;
    head.truncate(filled);
    if is_whole {
        return Held::plain(Arc::new(head));
    }
    let tail_start = window.size().saturating_sub(TAIL).max(held);
    let mut digest = wanted.any().then(|| Digester::new(wanted));
    if let Some(digest) = &mut digest {
        digest.update(&head);
    }
    let is_passed = digest
        .as_mut()
        .is_some_and(|digest| pass_over(&window, held, tail_start, digest));
    let mut tail = vec![0; length(window.size().saturating_sub(tail_start))];
    let filled = read_full(&window, tail_start, &mut tail).unwrap_or_default();
    tail.truncate(filled);
    let is_read = tail_start.saturating_add(offset(filled)) == window.size();
    let digests = digest.filter(|_| is_passed && is_read).map(|mut digest| {
        digest.update(&tail);
        digest.finish()
    });
    Held {
        bytes: Arc::new(Ends {
            window,
            head,
            tail_start,
            tail,
        }),
        digests: digests.unwrap_or_default(),
    }
}

/// Digests what lies between the ends; `false` if it ends early.
fn pass_over(window: &Window, from: u64, to: u64, digest: &mut Digester) -> bool {
    let mut piece = vec![0; PIECE];
    let mut at = from;
    while at < to {
        let wanted = length(to.saturating_sub(at)).min(PIECE);
        let Some(part) = piece.get_mut(..wanted) else {
            return false;
        };
        match read_full(window, at, part) {
            Ok(filled) if filled == wanted => digest.update(part),
            _ => return false,
        }
        at = at.saturating_add(offset(wanted));
    }
    true
}

/// A large member, of which both ends are held.
#[derive(Debug)]
struct Ends {
    window: Window,
    head: Vec<u8>,
    tail_start: u64,
    tail: Vec<u8>,
}

impl ByteSource for Ends {
    fn size(&self) -> u64 {
        self.window.size()
    }

    fn is_sequential(&self) -> bool {
        self.window.is_sequential()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let in_head = self.head.get(length(at)..).filter(|rest| !rest.is_empty());
        let in_tail = || {
            let at = at.checked_sub(self.tail_start)?;
            self.tail.get(length(at)..).filter(|rest| !rest.is_empty())
        };
        let Some(held) = in_head.or_else(in_tail) else {
            // Between the ends only as far as the tail, so that the tail is not decompressed again.
            let before_tail = length(self.tail_start.saturating_sub(at));
            let most = if offset(before_tail) == 0 {
                buffer.len()
            } else {
                before_tail.min(buffer.len())
            };
            return match buffer.get_mut(..most) {
                Some(part) => self.window.read_at(at, part),
                None => Ok(0),
            };
        };
        let count = held.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: Wanted = Wanted {
        sha256: true,
        md5: false,
        sha1: false,
    };

    /// Bytes that count how often somebody went back.
    #[derive(Debug)]
    struct Tape {
        bytes: Vec<u8>,
        position: std::sync::Mutex<(u64, u32)>,
    }

    impl ByteSource for Tape {
        fn size(&self) -> u64 {
            self.bytes.size()
        }

        fn is_sequential(&self) -> bool {
            true
        }

        fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
            let mut state = self.position.lock().expect("no thread has failed");
            if at < state.0 {
                state.1 = state.1.saturating_add(1);
            }
            let count = self.bytes.read_at(at, buffer)?;
            state.0 = at.saturating_add(offset(count));
            Ok(count)
        }
    }

    fn tape(size: usize) -> (Arc<Tape>, Vec<u8>) {
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(size).collect();
        let tape = Tape {
            bytes: bytes.clone(),
            position: std::sync::Mutex::default(),
        };
        (Arc::new(tape), bytes)
    }

    #[test]
    fn both_ends_are_read_again_without_going_back() {
        let (tape, bytes) = tape(3 * 1024 * 1024);
        let held = hold(
            Window::new(tape.clone(), 7, u64::MAX),
            64 * 1024,
            Wanted::default(),
        )
        .bytes;
        let size = held.size();
        assert_eq!(size, offset(bytes.len()) - 7);
        let mut piece = vec![0; 4096];
        for at in [size - 4096, 0, 100, size - 100_000, 60 * 1024] {
            read_full(held.as_ref(), at, &mut piece).expect("readable");
            assert_eq!(piece, bytes[length(at) + 7..length(at) + 7 + 4096]);
        }
        assert_eq!(tape.position.lock().expect("no failure").1, 0);
    }

    #[test]
    fn the_middle_is_read_rightly_across_all_borders() {
        let (tape, bytes) = tape(2 * 1024 * 1024);
        let held = hold(Window::new(tape, 0, u64::MAX), 64 * 1024, Wanted::default()).bytes;
        let mut all = vec![0; bytes.len()];
        assert_eq!(
            read_full(held.as_ref(), 0, &mut all).expect("readable"),
            bytes.len()
        );
        assert!(all == bytes);
    }

    #[test]
    fn a_member_that_is_shorter_than_it_claims_is_held_as_it_is() {
        let (tape, bytes) = tape(1000);
        let held = hold(Window::new(tape, 0, 1 << 40), 64 * 1024, SHA256);
        assert_eq!(held.bytes.as_slice(), Some(bytes.as_slice()));
        assert_eq!(held.digests, Made::default());
    }

    #[test]
    fn what_is_too_large_is_digested_without_going_back() {
        let (tape, bytes) = tape(3 * 1024 * 1024 + 17);
        let held = hold(Window::new(tape.clone(), 0, u64::MAX), 64 * 1024, SHA256);
        let expected: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        assert_eq!(held.digests.sha256.map(|made| made.0), Some(expected));
        let mut end = vec![0; 100];
        let at = offset(bytes.len()) - 100;
        read_full(held.bytes.as_ref(), at, &mut end).expect("readable");
        assert_eq!(tape.position.lock().expect("no failure").1, 0);
    }
}
