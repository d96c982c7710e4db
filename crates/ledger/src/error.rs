//! What can go wrong with a log.

use chainwright_transparency::bundle::BundleError;
use chainwright_transparency::checkpoint::{CheckpointError, OpenError};
use chainwright_transparency::key::SignError;
use chainwright_transparency::note::NoteError;
use chainwright_transparency::tile::{Tile, TileError};
use chainwright_transparency::tree::ProofError;

use crate::storage::StorageError;

/// Why something could not be done with a log. Variants that blame a log for what it signed say so in
/// [`LedgerError::is_misbehaviour`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The storage refuses.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no log here.
    #[error("there is no log here")]
    NoLog,
    /// There is a log here already.
    #[error("there is a log here already: `{0}`")]
    Exists(String),
    /// The checkpoint cannot be believed.
    #[error("the checkpoint of the log cannot be believed: {0}")]
    Checkpoint(#[from] OpenError),
    /// The text of a remembered checkpoint is none.
    #[error("a checkpoint that was remembered cannot be read")]
    Remembered,
    /// The checkpoint could not be signed.
    #[error("the checkpoint could not be signed: {0}")]
    Sign(#[from] SignError),
    /// A tile is missing.
    #[error("`{0}` is missing")]
    Missing(Tile),
    /// A tile is damaged.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// A bundle of entries is damaged.
    #[error("`{tile}` is damaged: {source}")]
    Bundle {
        /// Which one.
        tile: Tile,
        /// How.
        source: BundleError,
    },
    /// An entry is not the one whose hash is in the tree.
    #[error("entry {0} is not the one whose hash is in the tree")]
    Entry(u64),
    /// The tiles do not lead to the root that was signed.
    #[error("the tiles do not lead to the root that was signed for {size} entries")]
    Root {
        /// The size of the tree.
        size: u64,
    },
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// There is no such entry.
    #[error("the log has no entry {index}, it has {size}")]
    NoEntry {
        /// The position asked for.
        index: u64,
        /// The size of the log.
        size: u64,
    },
    /// The entry is too long.
    #[error("an entry has {0} bytes, more than 65,535")]
    TooLong(usize),
    /// The entry cannot be written.
    #[error("the entry cannot be written as canonical JSON")]
    Unwritable,
    /// Other writers were faster every time.
    #[error("other writers were faster {0} times")]
    Contended(u32),
    /// The log is smaller than it was.
    #[error(
        "the log `{origin}` was rolled back: it had {remembered} entries when last seen, it has {found}"
    )]
    RolledBack {
        /// Which log.
        origin: String,
        /// The size that was seen.
        remembered: u64,
        /// The size that it shows.
        found: u64,
    },
    /// The log tells two stories.
    #[error(
        "the log `{origin}` equivocated: what it signed for {found} entries does not follow from what it signed for {remembered}"
    )]
    Equivocated {
        /// Which log.
        origin: String,
        /// The size that was seen.
        remembered: u64,
        /// The size that does not fit.
        found: u64,
    },
    /// The checkpoint changed while signatures for an older one were collected.
    #[error("the log has moved on")]
    MovedOn,
}

impl LedgerError {
    /// Whether this shows that the log did what no log may do.
    #[must_use]
    pub fn is_misbehaviour(&self) -> bool {
        matches!(self, Self::RolledBack { .. } | Self::Equivocated { .. })
    }

    /// Whether the log is there but not what it should be.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Checkpoint(_)
                | Self::Missing(_)
                | Self::Tile(_)
                | Self::Bundle { .. }
                | Self::Entry(_)
                | Self::Root { .. }
                | Self::Proof(_)
        )
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Storage(error) if error.is_full() => {
                "make room; what was acknowledged is safe, and the batch can be appended again"
            }
            Self::NoLog => "make one with `chainwright log init`, or name another with --log",
            Self::RolledBack { .. } => {
                "do not append: restore the newer state, or find out who put the older one back; both checkpoints are kept as evidence"
            }
            Self::Equivocated { .. } => {
                "do not trust this log; both checkpoints are kept as evidence and can be shown to anybody"
            }
            Self::Checkpoint(OpenError::Signature(_) | OpenError::WrongOrigin { .. }) => {
                "check that this is the key of this log"
            }
            Self::Missing(_)
            | Self::Tile(_)
            | Self::Bundle { .. }
            | Self::Entry(_)
            | Self::Root { .. } => {
                "the files of the log were changed or lost: restore them, then run `chainwright log verify`"
            }
            Self::TooLong(_) => "log a digest and keep the bytes beside the log",
            _ => return None,
        })
    }
}

impl From<NoteError> for LedgerError {
    fn from(error: NoteError) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl From<CheckpointError> for LedgerError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error.into())
    }
}
