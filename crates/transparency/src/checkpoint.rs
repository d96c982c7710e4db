//! Checkpoints (c2sp.org/tlog-checkpoint): the size and root of a log, signed by it.

use std::fmt;

use crate::decimal::{self, Fault};
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{Note, NoteError, Signed, VerifyError};

/// The state of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// Further lines; they mean nothing here.
    pub extensions: Vec<String>,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It has fewer than three lines, or an empty one.
    #[error("a checkpoint has three lines or more, none of them empty")]
    Lines,
    /// The second line is not a number as it must be written.
    #[error("the size of the checkpoint is not a decimal number without leading zeros")]
    Size,
    /// The size is larger than any log.
    #[error("the size of the checkpoint is beyond what any log has")]
    HugeSize,
    /// The third line is not 32 bytes of Base 64.
    #[error("the root of the checkpoint is not 32 bytes in Base 64")]
    Root,
    /// An empty log has one root only.
    #[error("the checkpoint has no entries but the root of some")]
    EmptyRoot,
}

/// Why a signed checkpoint is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its text is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It is the checkpoint of another log.
    #[error("this is the checkpoint of `{found}`, not of `{expected}`")]
    WrongOrigin {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The log did not sign it.
    #[error(transparent)]
    Signature(#[from] VerifyError),
}

impl Checkpoint {
    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    ///
    /// If it is not exactly what the specification allows.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = body.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let origin = next().ok_or(CheckpointError::Lines)?;
        let size = next().ok_or(CheckpointError::Lines)?;
        let root = next().ok_or(CheckpointError::Lines)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Lines);
        }
        let size = decimal::read(size).map_err(|fault| match fault {
            Fault::Form => CheckpointError::Size,
            Fault::Size => CheckpointError::HugeSize,
        })?;
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root: Hash::read(root).ok_or(CheckpointError::Root)?,
            extensions,
        })
    }

    /// Reads a checkpoint that must be signed by the key of its log. The origin must be the name of the key, as it is
    /// with every log that follows the specification.
    ///
    /// # Errors
    ///
    /// If it is not what it should be; see [`OpenError`].
    pub fn open<'a>(
        bytes: &[u8],
        key: &'a VerifierKey,
    ) -> Result<(Self, Note, Vec<Signed<'a>>), OpenError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != key.name.as_str() {
            return Err(OpenError::WrongOrigin {
                found: checkpoint.origin,
                expected: key.name.to_string(),
            });
        }
        let signed = note.verify(&[key])?;
        if checkpoint.size == 0 && checkpoint.root != Hash::of_nothing() {
            return Err(CheckpointError::EmptyRoot.into());
        }
        Ok((checkpoint, note, signed))
    }
}

impl fmt::Display for Checkpoint {
    /// The text of the note, with its last newline.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"))
    }
}

#[cfg(test)]
mod tests;
