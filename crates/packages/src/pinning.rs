//! How firmly a constraint holds a package in place.

use serde::{Deserialize, Serialize};

/// How much room a constraint leaves, from the firmest to the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pinning {
    /// Content is fixed: a digest, or a full commit hash.
    Hash,
    /// One version.
    Exact,
    /// Several versions, with an upper end.
    Bounded,
    /// Whatever is published next is admitted.
    Open,
}

/// A URL holds its content if it names a full commit or a digest.
pub(crate) fn of_url(url: &str) -> Pinning {
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let digest = fragment.split('&').any(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let length = match name {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => 0,
        };
        length > 0 && value.len() == length && is_hex(value)
    });
    let revision = address
        .rsplit_once('@')
        .map_or("", |(_, revision)| revision);
    if digest || is_commit(revision) {
        Pinning::Hash
    } else {
        Pinning::Open
    }
}

/// A whole commit of git, in SHA-1 or SHA-256.
pub(crate) fn is_commit(text: &str) -> bool {
    (text.len() == 40 || text.len() == 64) && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
