//! Targets that have to be fetched first: the seam to builds with and without a network client.

use std::any::Any;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;

/// Fetches a target.
pub type Fetch = fn(&Wanted<'_>) -> anyhow::Result<Fetched>;

/// What targets that can be fetched begin with.
const SCHEMES: [&str; 3] = ["hf://", "oci://", "docker://"];

/// What is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The target, such as `hf://org/name@revision` or `oci://registry/repository:tag`.
    pub target: &'a str,
    /// The platform of an image, as `os/architecture`.
    pub platform: Option<&'a str>,
    /// How much may be fetched.
    pub limits: &'a Limits,
}

impl Wanted<'_> {
    /// Fetches the target if that is allowed and this build can.
    pub(crate) fn fetch(&self, is_offline: bool, fetch: Option<Fetch>) -> anyhow::Result<Fetched> {
        let shown = visible(self.target, 200);
        if is_offline {
            bail!("`{shown}` needs the network, and --offline was given");
        }
        if !SCHEMES.iter().any(|scheme| self.target.starts_with(scheme)) {
            bail!(
                "`{shown}` is of a kind that cannot be fetched; use hf://org/name, \
                 oci://registry/repository or a local path"
            );
        }
        let fetch = fetch.ok_or_else(|| anyhow!("`{shown}`: this build cannot fetch targets"))?;
        fetch(self)
    }
}

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
