//! Repositories on the Hugging Face hub as scan targets: `hf://org/name[@revision]`.
//!
//! Fetches a revision into a private temporary folder that goes away with the [`Fetched`] value. Names that the
//! server gives are hostile: only plain relative paths are accepted, so that nothing lands outside the folder.
//! The crate never talks to anybody unless it is asked for a repository. It stands apart because of its weight:
//! an HTTP client and a TLS stack.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use hf_hub::repository::RepoTreeEntry;
use hf_hub::{HFClient, HFError, HFRepositorySync, RepoType};
use tempfile::TempDir;

/// The prefix of targets on the hub.
pub const SCHEME: &str = "hf://";

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryKind {
    /// A model; the usual case.
    Model,
    /// A dataset: `hf://datasets/org/name`.
    Dataset,
    /// A space: `hf://spaces/org/name`.
    Space,
}

/// A repository at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubTarget {
    /// What it holds.
    pub kind: RepositoryKind,
    /// The organisation or user; empty for the oldest models, such as `gpt2`.
    pub owner: String,
    /// The name of the repository.
    pub name: String,
    /// Branch, tag or commit; `main` if none is given.
    pub revision: Option<String>,
}

impl fmt::Display for HubTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.kind {
            RepositoryKind::Model => "",
            RepositoryKind::Dataset => "datasets/",
            RepositoryKind::Space => "spaces/",
        };
        let owner = if self.owner.is_empty() { "" } else { "/" };
        write!(f, "{SCHEME}{prefix}{}{owner}{}", self.owner, self.name)?;
        self.revision
            .iter()
            .try_for_each(|revision| write!(f, "@{revision}"))
    }
}

/// A repository cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The target does not name a repository.
    #[error("`{0}` does not name a repository")]
    Target(String),
    /// The server gave a file name that would leave the folder.
    #[error("the hub names a file `{0}`, which is not a plain relative path")]
    FileName(String),
    /// More files or bytes than allowed.
    #[error("the repository has more than {0}")]
    TooLarge(String),
    /// The temporary folder cannot be made.
    #[error("cannot make a temporary folder")]
    Folder(#[source] std::io::Error),
    /// The hub refuses, or cannot be reached.
    #[error("cannot fetch {target}")]
    Hub {
        /// The repository.
        target: String,
        /// What went wrong.
        #[source]
        source: Box<HFError>,
    },
}

impl FromStr for HubTarget {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || HubError::Target(text.to_owned());
        let rest = text.strip_prefix(SCHEME).ok_or_else(malformed)?;
        let (path, revision) = match rest.split_once('@') {
            Some((path, revision)) => (path, Some(revision)),
            None => (rest, None),
        };
        let mut parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let kind = match parts.first() {
            Some(&"datasets") => RepositoryKind::Dataset,
            Some(&"spaces") => RepositoryKind::Space,
            Some(&"models") => RepositoryKind::Model,
            _ => {
                parts.insert(0, "models");
                RepositoryKind::Model
            }
        };
        let (owner, name) = match parts.as_slice() {
            [_, name] => ("", *name),
            [_, owner, name] => (*owner, *name),
            _ => return Err(malformed()),
        };
        let is_revision = |text: &str| text.split('/').all(is_name);
        if !is_name(name)
            || !(owner.is_empty() || is_name(owner))
            || !revision.is_none_or(is_revision)
        {
            return Err(malformed());
        }
        Ok(Self {
            kind,
            owner: owner.to_owned(),
            name: name.to_owned(),
            revision: revision.map(str::to_owned),
        })
    }
}

/// Whether the hub allows the text as a name: letters, digits, `-`, `_`, `.`, but no dots alone.
fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty()
        && text.len() <= 128
        && text.bytes().all(allowed)
        && !text.bytes().all(|byte| byte == b'.')
}

/// What may be fetched at most.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// Files.
    pub files: u64,
    /// Bytes, as announced by the hub.
    pub bytes: u64,
}

/// A fetched repository; the folder is removed when this value goes.
#[derive(Debug)]
pub struct Fetched {
    folder: TempDir,
    files: PathBuf,
}

impl Fetched {
    /// Where the files lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.files
    }

    /// The temporary folder that holds everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Fetches every file of a repository.
///
/// The endpoint is the public hub, or `HF_ENDPOINT`; the token is that of the Hugging Face tools, if there is one.
///
/// # Errors
/// When the hub refuses or cannot be reached, or when what it offers is not acceptable.
pub fn fetch(target: &HubTarget, limits: FetchLimits) -> Result<Fetched, HubError> {
    fetch_from(target, limits, None)
}

/// Fetches from a certain endpoint, without any token; `fetch` is this with the user's settings.
///
/// # Errors
/// Like [`fetch`].
pub fn fetch_from(
    target: &HubTarget,
    limits: FetchLimits,
    endpoint: Option<&str>,
) -> Result<Fetched, HubError> {
    let failed = |source| HubError::Hub {
        target: target.to_string(),
        source: Box::new(source),
    };
    let folder = tempfile::Builder::new()
        .prefix("chainwright-")
        .tempdir()
        .map_err(HubError::Folder)?;
    let mut builder = HFClient::builder()
        .cache_dir(folder.path().join(".hub"))
        .retry_max_attempts(2);
    if let Some(endpoint) = endpoint {
        builder = builder.endpoint(endpoint);
    }
    let client = builder.build_sync().map_err(failed)?;
    let files = folder.path().join("files");
    std::fs::create_dir(&files).map_err(HubError::Folder)?;
    let (owner, name) = (target.owner.clone(), target.name.clone());
    match target.kind {
        RepositoryKind::Model => fetch_all(&client.model(owner, name), target, limits, &files)?,
        RepositoryKind::Dataset => fetch_all(&client.dataset(owner, name), target, limits, &files)?,
        RepositoryKind::Space => fetch_all(&client.space(owner, name), target, limits, &files)?,
    }
    Ok(Fetched { folder, files })
}

fn fetch_all<Kind: RepoType>(
    repository: &HFRepositorySync<Kind>,
    target: &HubTarget,
    limits: FetchLimits,
    folder: &Path,
) -> Result<(), HubError> {
    let failed = |source| HubError::Hub {
        target: target.to_string(),
        source: Box::new(source),
    };
    let most = usize::try_from(limits.files).unwrap_or(usize::MAX);
    let entries = repository
        .list_tree()
        .maybe_revision(target.revision.clone())
        .recursive(true)
        .limit(most.saturating_add(1))
        .send()
        .map_err(failed)?;
    if entries.len() > most {
        return Err(HubError::TooLarge(format!("{most} files")));
    }
    let mut bytes: u64 = 0;
    let mut names = Vec::new();
    for entry in entries {
        if let RepoTreeEntry::File { path, size, .. } = entry {
            bytes = bytes.saturating_add(size);
            names.push(plain(&path).ok_or_else(|| HubError::FileName(path.clone()))?);
        }
    }
    if bytes > limits.bytes {
        return Err(HubError::TooLarge(format!("{} bytes", limits.bytes)));
    }
    for name in names {
        repository
            .download_file()
            .filename(name.to_string_lossy().into_owned())
            .maybe_revision(target.revision.clone())
            .local_dir(folder)
            .send()
            .map_err(failed)?;
    }
    Ok(())
}

/// The path, if it stays in its folder on every system.
fn plain(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let stays = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let portable = !name.is_empty() && !name.contains(['\\', ':', '\0']) && !name.starts_with('/');
    (stays && portable).then(|| path.to_owned())
}
