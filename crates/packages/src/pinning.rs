//! How firmly a constraint holds a package in place.

use serde::{Deserialize, Serialize};

/// How far a requirement ties down what will be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pinning {
    /// One version of a registry, and the digests of its files.
    Hash,
    /// One version of a registry.
    Exact,
    /// A range with an upper end, a wildcard, or a tag that can be moved.
    Bounded,
    /// Any version, or anything from some version on.
    Open,
    /// A file behind a URL; whether it has a digest is told by the artifacts.
    Url,
    /// A source repository.
    Vcs {
        /// Whether a whole commit is named rather than a branch or tag.
        commit: bool,
    },
    /// A file or folder beside the manifest.
    Path,
    /// A folder beside the manifest that is used where it lies.
    Editable,
}

/// What a URL behind a name says: a repository, or a file.
pub(crate) fn of_url(url: &str) -> Pinning {
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let scheme = address.split(':').next().unwrap_or_default();
    let system = scheme.split('+').next().unwrap_or_default();
    if matches!(
        system,
        "git" | "hg" | "svn" | "bzr" | "github" | "gitlab" | "bitbucket" | "gist"
    ) {
        let revision = address
            .rsplit_once('@')
            .map_or("", |(_, revision)| revision);
        return Pinning::Vcs {
            commit: is_commit(revision) || is_commit(fragment),
        };
    }
    match scheme {
        "file" => Pinning::Path,
        _ if address.contains("://") => Pinning::Url,
        _ => Pinning::Open,
    }
}

/// Whether a text is a whole commit of git or Mercurial (SHA-1 or SHA-256), not a branch, tag or short form.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
