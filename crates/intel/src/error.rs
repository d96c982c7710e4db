//! What can go wrong with a store, told so that nobody takes it for an all-clear.

use std::io;
use std::path::PathBuf;

/// The store, an update or a snapshot failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntelError {
    /// There is no store.
    #[error("there is no advisory store at `{}`", .0.display())]
    Missing(PathBuf),
    /// The file is no store.
    #[error("`{}` is no advisory store", .0.display())]
    NoStore(PathBuf),
    /// Another version of the format.
    #[error("the advisory store has format {found}, this program reads format {expected}")]
    OtherVersion {
        /// What the file has.
        found: u32,
        /// What we read.
        expected: u32,
    },
    /// Cut, changed or written badly.
    #[error("the advisory store is damaged: {0}")]
    Damaged(String),
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
    /// Somebody else is updating.
    #[error("another update of `{}` is running", .0.display())]
    Locked(PathBuf),
    /// Nothing in the source is an advisory or a feed.
    #[error("nothing in `{0}` is an advisory, a feed or a snapshot that we know")]
    NothingFound(String),
    /// The source could not be read to its end.
    #[error("`{origin}` could not be read to its end: {reason}")]
    Incomplete {
        /// Where it came from.
        origin: String,
        /// Why not.
        reason: String,
    },
    /// A key is required and there is no signature.
    #[error("`{0}` has no signature, and a key is given")]
    Unsigned(String),
    /// The signature is not of this key over these bytes.
    #[error("the signature of `{origin}` does not hold: {reason}")]
    BadSignature {
        /// What was signed.
        origin: String,
        /// Why not.
        reason: String,
    },
    /// The key is none.
    #[error("the public key cannot be read: {0}")]
    BadKey(String),
    /// A snapshot is older than what the store has.
    #[error("the snapshot of {snapshot} is older than the store, which knows of {store}")]
    Older {
        /// The newest change in the snapshot.
        snapshot: String,
        /// The newest change in the store.
        store: String,
    },
    /// A download failed.
    #[error("cannot fetch `{url}`: {reason}")]
    Fetch {
        /// The address.
        url: String,
        /// Why not.
        reason: String,
    },
}

impl IntelError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) => Some("build one with `chainwright intel update --from PATH`"),
            Self::NoStore(_) | Self::Damaged(_) => Some(
                "delete the file and build it again with `chainwright intel update --from PATH`",
            ),
            Self::OtherVersion { .. } => {
                Some("build the store again with `chainwright intel update --from PATH`")
            }
            Self::Locked(_) => Some("wait until it is done; the store itself stays readable"),
            Self::NothingFound(_) => Some(
                "give OSV documents or archives of them, RustSec advisories, KEV, EPSS, ATLAS, popular names, or a snapshot",
            ),
            Self::Incomplete { .. } => Some("the store stays as it was; fetch the source again"),
            Self::Unsigned(_) => {
                Some("put the signature beside it as FILE.minisig, or give it with --signature")
            }
            Self::BadSignature { .. } => {
                Some("the store stays as it was; make sure that source and key belong together")
            }
            Self::BadKey(_) => Some("give a minisign public key: the file, or its line of base64"),
            Self::Older { .. } => Some("use --allow-older if you mean it"),
            Self::Fetch { .. } => {
                Some("check the address and the network; the store stays as it was")
            }
            Self::Io { .. } => None,
        }
    }

    pub(crate) fn io(what: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }
}
