//! Proof files (c2sp.org/tlog-proof): everything that shows that an entry is in a log, to be checked offline.

use std::fmt;

use crate::base64;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::decimal::{self, Fault};
use crate::hash::Hash;
use crate::note::{MOST_BYTES, Note, NoteError};
use crate::tree::{self, LONGEST_PROOF, ProofError};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof as its file holds it. Nothing in it is to be believed before the checkpoint was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    /// Whatever the application put there; no signature covers it.
    pub extra: Option<Vec<u8>>,
    /// The position of the entry.
    pub index: u64,
    /// The hashes from the sibling of the leaf up to the child of the root.
    pub path: Vec<Hash>,
    /// The checkpoint, with signatures of the log and of witnesses.
    pub checkpoint: Note,
}

/// Why bytes are no proof file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogProofError {
    /// It is longer than any proof.
    #[error("the proof has {size} bytes, more than is read")]
    TooLong {
        /// The bytes it has.
        size: usize,
    },
    /// It is not UTF-8 or holds control characters.
    #[error("the proof is not plain text")]
    NotText,
    /// The first line is another.
    #[error("the first line is not `{HEADER}`")]
    Header,
    /// The line of extra data is not Base 64.
    #[error("the line of extra data is not Base 64")]
    Extra,
    /// There is no line with an index, or not a number as it must be written.
    #[error("the index is missing or not a decimal number without leading zeros")]
    Index,
    /// A hash is not 32 bytes of Base 64.
    #[error("hash {0} of the proof is not 32 bytes in Base 64")]
    Hash(usize),
    /// There are more hashes than any tree has levels.
    #[error("the proof has more than {LONGEST_PROOF} hashes")]
    TooManyHashes,
    /// No empty line and no checkpoint follows.
    #[error("the proof ends before its checkpoint")]
    NoCheckpoint,
    /// The checkpoint is no note.
    #[error("the checkpoint of the proof: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint is none.
    #[error("the checkpoint of the proof: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl LogProof {
    /// Reads a proof file.
    ///
    /// # Errors
    ///
    /// If it is not exactly what the specification allows.
    pub fn parse(bytes: &[u8]) -> Result<Self, LogProofError> {
        if bytes.len() > MOST_BYTES {
            return Err(LogProofError::TooLong { size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| LogProofError::NotText)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(LogProofError::NoCheckpoint)?;
        if head.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(LogProofError::NotText);
        }
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(LogProofError::Header);
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(encoded) => {
                lines.next();
                Some(base64::decode(encoded).ok_or(LogProofError::Extra)?)
            }
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .ok_or(LogProofError::Index)?;
        let index = decimal::read(index).map_err(|_: Fault| LogProofError::Index)?;
        let mut path = Vec::new();
        for (number, line) in lines.enumerate() {
            if number >= LONGEST_PROOF {
                return Err(LogProofError::TooManyHashes);
            }
            path.push(Hash::read(line).ok_or(LogProofError::Hash(number.saturating_add(1)))?);
        }
        let checkpoint = Note::parse(checkpoint.as_bytes())?;
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            extra,
            index,
            path,
            checkpoint,
        })
    }

    /// What the checkpoint says. It was read already, so it can be read again.
    ///
    /// # Errors
    ///
    /// If the note was put together by hand from something else.
    pub fn claimed(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::parse(self.checkpoint.text())
    }

    /// Checks that the leaf is in the tree of this checkpoint, which must have been verified.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn check(&self, leaf: &Hash, checkpoint: &Checkpoint) -> Result<(), ProofError> {
        tree::check_inclusion(
            self.index,
            checkpoint.size,
            leaf,
            &self.path,
            &checkpoint.root,
        )
    }
}

impl fmt::Display for LogProof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(out, "extra {}", base64::encode(extra))?;
        }
        writeln!(out, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(out, "{hash}")?;
        }
        write!(out, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
