//! Digests of what comes through a pipe: read once, in order, without knowing how much there is.

use std::io::{self, Read};

use blake2::Blake2b512;
use chainwright_oms::{Digest, Hash, Method, Piece};
use sha2::Sha256;
use sha2::digest::Digest as _;

use crate::read::Plan;

/// Bytes that are read at once.
const WINDOW: usize = 256 * 1024;

enum Hasher {
    Sha256(Sha256),
    Blake2b(Box<Blake2b512>),
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    fn new(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256(Sha256::new()),
            Hash::Blake2b => Self::Blake2b(Box::new(Blake2b512::new())),
            Hash::Blake3 => Self::Blake3(Box::new(blake3::Hasher::new())),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Blake2b(hasher) => hasher.update(bytes),
            Self::Blake3(hasher) => drop(hasher.update(bytes)),
        }
    }

    fn finish(self) -> Digest {
        match self {
            Self::Sha256(hasher) => Digest::Sha256(hasher.finalize().into()),
            Self::Blake2b(hasher) => Digest::Blake2b(hasher.finalize().into()),
            Self::Blake3(hasher) => Digest::Blake3(*hasher.finalize().as_bytes()),
        }
    }
}

/// Reads to the end: the digests of the whole or of its stretches, and how many bytes there were. An empty whole has one
/// digest; it has no stretches.
pub fn digest_stream(from: &mut dyn Read, plan: Plan) -> io::Result<(Vec<Piece>, u64)> {
    let length = match plan.method {
        Method::Files => u64::MAX,
        Method::Shards(length) => length.max(1),
    };
    let (mut pieces, mut window) = (Vec::new(), vec![0; WINDOW]);
    let (mut start, mut at) = (0_u64, 0_u64);
    let mut hasher = Hasher::new(plan.hash);
    loop {
        let count = match from.read(&mut window) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut rest = window.get(..count).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        while !rest.is_empty() {
            let room = usize::try_from(length - (at - start)).unwrap_or(usize::MAX);
            let (part, after) = rest.split_at(rest.len().min(room));
            hasher.take(part);
            at += part.len() as u64;
            rest = after;
            if at - start == length {
                let digest = std::mem::replace(&mut hasher, Hasher::new(plan.hash)).finish();
                pieces.push(Piece {
                    start,
                    end: at,
                    digest,
                });
                start = at;
            }
        }
    }
    if at > start || plan.method == Method::Files {
        let digest = hasher.finish();
        pieces.push(Piece {
            start,
            end: at,
            digest,
        });
    }
    Ok((pieces, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as pipes do.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (part, rest) = self.0.split_at(count);
            buffer[..count].copy_from_slice(part);
            self.0 = rest;
            Ok(count)
        }
    }

    #[test]
    fn a_pipe_gives_what_a_file_gives_however_it_is_cut() {
        let bytes: Vec<u8> = (0..1000_u32).flat_map(u32::to_le_bytes).collect();
        for hash in [Hash::Sha256, Hash::Blake2b, Hash::Blake3] {
            for (length, count) in [(u64::MAX, 1), (4000, 1), (4001, 1), (3999, 2), (7, 572)] {
                let method = match length {
                    u64::MAX => Method::Files,
                    length => Method::Shards(length),
                };
                let plan = Plan { hash, method };
                let read = |step| digest_stream(&mut Slow(&bytes, step), plan).unwrap();
                let (pieces, size) = read(1 << 20);
                assert_eq!((pieces.len(), size), (count, 4000), "{length}");
                assert_eq!(read(1), (pieces.clone(), size));
                assert_eq!(read(13), (pieces, size));
            }
        }
        let plan = Plan {
            hash: Hash::Sha256,
            method: Method::Files,
        };
        let (pieces, size) = digest_stream(&mut io::empty(), plan).unwrap();
        assert_eq!((pieces.len(), size), (1, 0));
    }
}
