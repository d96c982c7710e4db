//! One pass over the bytes of a file, shared by both hash functions and the search for what hides in weights.

use chainwright_core::digest::{Blake3, Digests, Sha256};
use chainwright_core::fields::wide;
use chainwright_formats::carve::{Carver, EmbeddedFacts};
use chainwright_weights::review::{Entry, Review, TensorSummary};
use sha2::Digest as _;

/// Takes the bytes of a file in order.
#[derive(Debug, Default)]
pub struct Pass {
    sha256: Sha256Part,
    others: OtherPart,
    weights: WeightsPart,
}

/// The slowest part of the pass.
#[derive(Debug, Default)]
pub struct Sha256Part(sha2::Sha256);

/// BLAKE3 and the search for programs.
#[derive(Debug, Default)]
pub struct OtherPart {
    blake3: blake3::Hasher,
    carver: Carver,
}

/// The statistics of weights, for files that are known to hold some.
#[derive(Debug, Default)]
pub struct WeightsPart {
    asked: bool,
    review: Option<Review>,
    offset: u64,
}

/// What one pass over a file gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// The digests of the file.
    pub digests: Digests,
    /// Programs and payloads found anywhere in its bytes.
    pub embedded: EmbeddedFacts,
    /// Whether its weights are looked at as numbers.
    pub weights: Measured,
}

/// Whether weights are looked at as numbers, and what came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Measured {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// The pass could not: the tensors do not lie plainly in the file, or it holds none.
    NotYet,
    /// The tensors of the file.
    Done(Vec<TensorSummary>),
}

impl Sha256Part {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl OtherPart {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.blake3.update(bytes);
        self.carver.feed(bytes);
    }
}

impl WeightsPart {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(review) = &mut self.review {
            review.update(self.offset, bytes);
            self.offset = self.offset.saturating_add(wide(bytes.len()));
        }
    }
}

impl Pass {
    /// A pass over a file of `size` bytes whose weights are looked at as numbers: these tensors on the way, others later.
    #[must_use]
    pub fn with_weights(places: Option<Vec<Entry>>, size: u64) -> Self {
        let weights = WeightsPart {
            asked: true,
            review: places.map(|places| Review::new(places, size)),
            offset: 0,
        };
        Self {
            weights,
            ..Self::default()
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.others.update(bytes);
        self.weights.update(bytes);
    }

    /// The parts, so that a caller can run them on several threads; each takes all the bytes.
    pub const fn parts(&mut self) -> (&mut Sha256Part, &mut OtherPart, &mut WeightsPart) {
        (&mut self.sha256, &mut self.others, &mut self.weights)
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
            weights: match self.weights.review {
                Some(review) => Measured::Done(review.finish()),
                None if self.weights.asked => Measured::NotYet,
                None => Measured::NotAsked,
            },
        }
    }
}
