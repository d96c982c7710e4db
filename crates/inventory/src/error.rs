//! What can go wrong with an inventory, told so that nobody takes it for an all-clear.

use std::io;
use std::path::{Path, PathBuf};

/// The inventory, or a question to it, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// There is none.
    #[error("there is no inventory at `{}`", .0.display())]
    Missing(PathBuf),
    /// The file is no inventory.
    #[error("`{}` is no inventory", .0.display())]
    NoInventory(PathBuf),
    /// Made by a newer program.
    #[error("the inventory has format {found}, this program knows formats up to {known}")]
    Newer {
        /// What the file has.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// Cut, changed or written badly.
    #[error("the inventory is damaged: {0}")]
    Damaged(String),
    /// Somebody else has been writing for too long.
    #[error("the inventory is in use by another program")]
    Busy,
    /// The disk is full, the file may not be written, or the like.
    #[error("cannot use the inventory `{}`: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The system refused.
    #[error("cannot {what} `{}`", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something that is asked about has no such name.
    #[error("the inventory holds nothing named `{0}`")]
    Unknown(String),
    /// Several things have the name.
    #[error("`{name}` is deployed as {environments}; say which with NAME/ENVIRONMENT")]
    Ambiguous {
        /// The name.
        name: String,
        /// Where it is deployed.
        environments: String,
    },
    /// A question that cannot be understood.
    #[error("{0}")]
    Question(String),
}

impl InventoryError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) => Some("make one with `chainwright inventory add TARGET`"),
            Self::NoInventory(_) => Some("give the file that `chainwright inventory add` made"),
            Self::Damaged(_) => {
                Some("restore the file from a backup, or add the documents to a new one")
            }
            Self::Newer { .. } => Some("use the program that wrote it, or a newer one"),
            Self::Busy => Some("try again when the other program is done"),
            Self::Unknown(_) => Some("`chainwright inventory list` shows the names"),
            Self::Unusable { .. }
            | Self::Io { .. }
            | Self::Ambiguous { .. }
            | Self::Question(_) => None,
        }
    }

    pub(crate) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }
}
