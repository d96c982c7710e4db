//! Documents as a registry serves them.

use std::fmt::Write as _;

use chainwright_images::document::{self, ImageDocument};
use sha2::{Digest as _, Sha256};

/// Media types of manifests and indexes that are understood.
pub(crate) const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A document, and the digest of its bytes.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) digest: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) document: Option<ImageDocument>,
}

impl Received {
    /// `None` if it is neither a manifest nor an index.
    pub(crate) fn read(digest: String, bytes: Vec<u8>) -> Option<Self> {
        let document = document::read(std::str::from_utf8(&bytes).ok()?)?;
        let is_wanted = matches!(
            document,
            ImageDocument::Index(_) | ImageDocument::Manifest(_)
        );
        is_wanted.then_some(Self {
            digest,
            bytes,
            document: Some(document),
        })
    }

    /// What the document calls itself.
    pub(crate) fn media_type(&self) -> String {
        let value: Option<serde_json::Value> = serde_json::from_slice(&self.bytes).ok();
        let named = value
            .as_ref()
            .and_then(|value| value.get("mediaType")?.as_str());
        named
            .filter(|named| MANIFESTS.contains(named))
            .unwrap_or("application/vnd.oci.image.manifest.v1+json")
            .to_owned()
    }
}

/// `sha256:…` of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    shown(&Sha256::digest(bytes))
}

/// `sha256:…` of a finished digest.
pub(crate) fn shown(digest: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in digest {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The digits of a SHA-256 digest; `None` for any other, so that none can be a path.
pub(crate) fn hexadecimal(digest: &str) -> Option<&str> {
    let digits = digest.strip_prefix("sha256:")?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == 64 && digits.bytes().all(is_digit)).then_some(digits)
}
