//! What a witness is asked and what it answers (c2sp.org/tlog-witness): requests, and the judgement of them.
//!
//! The judgement is a function of the request and of what the witness remembers; keeping that, and speaking HTTP, is for
//! others. A refusal knows its status code.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::decimal::{self, Fault};
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{MOST_BYTES, Note, NoteError, VerifyError};
use crate::tree::{self, LONGEST_PROOF, ProofError};

/// The type of the body that tells a size.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// The body of `POST add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is thought to know.
    pub old: u64,
    /// The proof from there to the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed by its log.
    pub checkpoint: Note,
}

/// Why a body is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is longer than any request.
    #[error("the request is longer than any that is read")]
    TooLong,
    /// It is not UTF-8.
    #[error("the request is not UTF-8")]
    NotUtf8,
    /// The first line is not `old` and a size.
    #[error("the first line is not `old` and a size without leading zeros")]
    Old,
    /// A line of the proof is not a hash.
    #[error("line {0} of the proof is not 32 bytes in Base 64")]
    Hash(usize),
    /// There are more hashes than any tree has levels.
    #[error("the proof has more than {LONGEST_PROOF} hashes")]
    TooManyHashes,
    /// No empty line and no checkpoint follows.
    #[error("the request ends before its checkpoint")]
    NoCheckpoint,
    /// The checkpoint is no note.
    #[error("the checkpoint of the request: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint is none.
    #[error("the checkpoint of the request: {0}")]
    Checkpoint(#[from] CheckpointError),
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The log is not one that this witness watches.
    #[error("this witness does not watch `{origin}`")]
    UnknownOrigin {
        /// The log.
        origin: String,
    },
    /// The log did not sign.
    #[error(transparent)]
    Signature(#[from] VerifyError),
    /// The old size is beyond the new one.
    #[error("the old size {old} is beyond the size {new} of the checkpoint")]
    OldBeyondNew {
        /// The size that the request begins with.
        old: u64,
        /// The size of the checkpoint.
        new: u64,
    },
    /// The witness knows another size.
    #[error("this witness knows size {known}")]
    Conflict {
        /// Which one.
        known: u64,
    },
    /// The checkpoint does not follow from what the witness knows.
    #[error("the checkpoint does not follow from the one that was cosigned before: {0}")]
    Inconsistent(#[from] ProofError),
}

impl Refusal {
    /// The status code of HTTP.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Request(_) | Self::OldBeyondNew { .. } => 400,
            Self::UnknownOrigin { .. } => 404,
            Self::Signature(_) => 403,
            Self::Conflict { .. } => 409,
            Self::Inconsistent(_) => 422,
        }
    }

    /// Whether the log signed something that it must not have signed, so that the request is worth keeping.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        matches!(self, Self::Inconsistent(_))
    }
}

impl AddCheckpoint {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// If it is not exactly what the specification allows.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MOST_BYTES {
            return Err(RequestError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| RequestError::NotUtf8)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(RequestError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .ok_or(RequestError::Old)?;
        let old = decimal::read(old).map_err(|_: Fault| RequestError::Old)?;
        let mut proof = Vec::new();
        for (number, line) in lines.enumerate() {
            if number >= LONGEST_PROOF {
                return Err(RequestError::TooManyHashes);
            }
            proof.push(Hash::read(line).ok_or(RequestError::Hash(number.saturating_add(1)))?);
        }
        let checkpoint = Note::parse(checkpoint.as_bytes())?;
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            old,
            proof,
            checkpoint,
        })
    }

    /// Whether a witness cosigns: it trusts `keys`, and `known` is the checkpoint of this origin that it cosigned last.
    ///
    /// # Errors
    ///
    /// If it does not, with the first reason in the order of the specification.
    pub fn judge(
        &self,
        keys: &[VerifierKey],
        known: Option<&Checkpoint>,
    ) -> Result<Checkpoint, Refusal> {
        let new = Checkpoint::parse(self.checkpoint.text()).map_err(RequestError::Checkpoint)?;
        let trusted: Vec<&VerifierKey> = keys
            .iter()
            .filter(|key| key.name.as_str() == new.origin)
            .collect();
        if trusted.is_empty() {
            return Err(Refusal::UnknownOrigin { origin: new.origin });
        }
        self.checkpoint.verify(&trusted)?;
        if self.old > new.size {
            return Err(Refusal::OldBeyondNew {
                old: self.old,
                new: new.size,
            });
        }
        let (size, root) = known.map_or((0, Hash::of_nothing()), |known| (known.size, known.root));
        if self.old != size {
            return Err(Refusal::Conflict { known: size });
        }
        tree::check_consistency(size, &root, new.size, &new.root, &self.proof)?;
        Ok(new)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(out, "{hash}")?;
        }
        write!(out, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
