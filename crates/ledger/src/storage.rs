//! The seam behind which a log is kept.
//!
//! A storage holds objects by their paths, which are those of the HTTP layout, and one checkpoint that is the truth.
//! Objects that the checkpoint covers never change. Writers take turns: whoever has the [`Turn`] sees the newest
//! checkpoint and may commit one batch after it; a storage without locks may find at the commit that another was faster.

use std::io;

/// Where a log is kept.
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// The bytes of an object; nothing if there is none.
    ///
    /// # Errors
    ///
    /// If the storage cannot say.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// The checkpoint that readers see; nothing if there is no log yet.
    ///
    /// # Errors
    ///
    /// If the storage cannot say.
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, StorageError>;

    /// Waits for this writer's turn, and finishes what a writer before left unfinished.
    ///
    /// # Errors
    ///
    /// If the storage does not let anybody write.
    fn turn(&self) -> Result<Box<dyn Turn + '_>, StorageError>;

    /// The paths of all objects whose path begins with this, in no order.
    ///
    /// # Errors
    ///
    /// If the storage cannot say.
    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError>;
}

/// The right to write.
pub trait Turn {
    /// The newest checkpoint, which is durable; nothing if there is no log yet.
    fn head(&self) -> Option<&[u8]>;

    /// Makes the objects durable, then the checkpoint, then lets readers see it. When this returns without an error the
    /// batch cannot be lost. After an error it may have been committed or not; the next turn shows which.
    ///
    /// # Errors
    ///
    /// If it could not be done; [`StorageError::Conflict`] if another writer was faster.
    fn commit(self: Box<Self>, batch: &Batch) -> Result<(), StorageError>;
}

/// What one commit writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The objects and their paths.
    pub objects: Vec<(String, Vec<u8>)>,
    /// The signed checkpoint that covers them.
    pub checkpoint: Vec<u8>,
    /// Folders that nothing covers yet, so that whatever lies in them was left by a writer that did not finish.
    pub unclaimed: Vec<String>,
    /// Folders of partial tiles that full ones replace once the batch is committed.
    pub replaced: Vec<String>,
}

/// What goes wrong with a storage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The system refuses.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The database refuses.
    #[error("the database `{path}` refuses")]
    Database {
        /// Which one.
        path: String,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A service refuses.
    #[error("cannot {action} `{path}`")]
    Service {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another writer committed first.
    #[error("another writer was faster")]
    Conflict,
    /// There is nothing of this kind here.
    #[error("`{0}` is not a log")]
    NotALog(String),
    /// Something of the storage's own cannot be read.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// What it is.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl StorageError {
    /// Whether the disk or the quota is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ),
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::Service { .. } | Self::Conflict | Self::NotALog(_) | Self::Damaged { .. } => {
                false
            }
        }
    }
}
