//! Targets that have to be fetched first: the seam to builds with and without a network client.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};

use chainwright_core::limits::Limits;

/// Fetches a target such as `hf://org/name@revision`.
pub type Fetch = fn(&str, &Limits) -> anyhow::Result<Fetched>;

/// A fetched target; its files go away with it.
pub struct Fetched {
    folder: PathBuf,
    _keeper: Box<dyn Any>,
}

impl Fetched {
    /// Files in `folder`, removed when `keeper` is dropped.
    #[must_use]
    pub fn new(folder: PathBuf, keeper: Box<dyn Any>) -> Self {
        Self {
            folder,
            _keeper: keeper,
        }
    }

    /// Where the files lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
