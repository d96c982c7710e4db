//! What a parser found wrong with a structure: a closed kind, a place and one line of text, in bounded lists.
//!
//! A flaw is a fact about the bytes and stays below any judgement. What could not be read at all is a
//! [`Problem`](chainwright_core::problem::Problem) instead.

use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::location::Place;
use serde::{Deserialize, Serialize};

use crate::signature::{self, Signature};

/// Flaws of one kind that are kept.
const KEPT_PER_KIND: usize = 8;
/// Bytes of a stray stretch that are looked at.
const STRETCH_HEAD: usize = 64 * 1024;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw<Kind> {
    /// What is wrong.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// One lower-case line; hostile text in it was made visible and shortened.
    pub detail: String,
}

/// The flaws of one artifact: the first few of each kind, and how many more there were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaws<Kind> {
    /// The first flaws of each kind, in the order in which they were found.
    pub kept: Vec<Flaw<Kind>>,
    /// Flaws that were counted and not kept.
    pub left_out: u64,
}

impl<Kind> Default for Flaws<Kind> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            left_out: 0,
        }
    }
}

impl<Kind: Copy + PartialEq> Flaws<Kind> {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there is a flaw of this kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.kept.iter().any(|flaw| flaw.kind == kind)
    }

    /// Records a flaw; `detail` is only asked for when it is kept.
    pub(crate) fn add(&mut self, kind: Kind, place: Place, detail: impl FnOnce() -> String) {
        let same = self.kept.iter().filter(|flaw| flaw.kind == kind).count();
        if same < KEPT_PER_KIND {
            self.kept.push(Flaw {
                kind,
                place,
                detail: detail(),
            });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

/// Bytes that belong to nothing: behind the last tensor, between two tensors, behind an array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Offset of the first byte in the artifact.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Whether its first 64 KiB are all zero.
    pub zeros: bool,
    /// What its content is recognised as.
    pub content: Vec<Signature>,
}

impl Stretch {
    /// Looks at the head of a stretch of `source`.
    pub(crate) fn look(source: &dyn ByteSource, offset: u64, length: u64) -> Self {
        let count = chainwright_core::fields::narrow(length).min(STRETCH_HEAD);
        let head = read_range(source, offset, count).unwrap_or_default();
        let zeros = head.iter().all(|byte| *byte == 0);
        let content = if zeros {
            Vec::new()
        } else {
            signature::recognise(&head, &[])
        };
        Self {
            offset,
            length,
            zeros,
            content,
        }
    }
}
