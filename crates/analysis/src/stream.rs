//! One pass over the bytes of a file, shared by both hash functions and the search for what hides in weights.

use chainwright_core::digest::{Blake3, Digests, Sha256};
use chainwright_formats::carve::{Carver, EmbeddedFacts};
use sha2::Digest as _;

/// Takes the bytes of a file in order.
#[derive(Debug, Default)]
pub struct Pass {
    sha256: Sha256Half,
    others: OtherHalf,
}

/// The slower half of the pass.
#[derive(Debug, Default)]
pub struct Sha256Half(sha2::Sha256);

/// The faster half of the pass.
#[derive(Debug, Default)]
pub struct OtherHalf {
    blake3: blake3::Hasher,
    carver: Carver,
}

/// What one pass over a file gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The digests of the file.
    pub digests: Digests,
    /// Programs and payloads found anywhere in its bytes.
    pub embedded: EmbeddedFacts,
}

impl Sha256Half {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl OtherHalf {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.blake3.update(bytes);
        self.carver.feed(bytes);
    }
}

impl Pass {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.others.update(bytes);
    }

    /// Both halves, so that a caller can run them on two threads; each takes all the bytes.
    pub const fn halves(&mut self) -> (&mut Sha256Half, &mut OtherHalf) {
        (&mut self.sha256, &mut self.others)
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> Passed {
        let digests = Digests {
            sha256: Sha256(self.sha256.0.finalize().into()),
            blake3: Blake3(*self.others.blake3.finalize().as_bytes()),
        };
        Passed {
            digests,
            embedded: self.others.carver.finish(),
        }
    }
}
