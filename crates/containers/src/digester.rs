//! Digests of members that are made while they pass.
//!
//! The algorithms are those in which package managers record their files; MD5 and SHA-1 prove nothing against whoever
//! chooses both sides.

use chainwright_core::digest::Sha256;
use sha2::Digest as _;

/// Which digests somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// SHA-256.
    pub sha256: bool,
    /// MD5.
    pub md5: bool,
    /// SHA-1.
    pub sha1: bool,
}

impl Wanted {
    /// Whether any is wanted.
    #[must_use]
    pub const fn any(self) -> bool {
        self.sha256 || self.md5 || self.sha1
    }
}

/// The digests that were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    /// SHA-256.
    pub sha256: Option<Sha256>,
    /// MD5.
    pub md5: Option<[u8; 16]>,
    /// SHA-1.
    pub sha1: Option<[u8; 20]>,
}

/// Takes the bytes of a member in order.
#[derive(Debug, Clone)]
pub struct Digester {
    sha256: Option<sha2::Sha256>,
    md5: Option<md5::Md5>,
    sha1: Option<sha1::Sha1>,
}

impl Digester {
    /// Makes what is wanted.
    #[must_use]
    pub fn new(wanted: Wanted) -> Self {
        Self {
            sha256: wanted.sha256.then(sha2::Sha256::new),
            md5: wanted.md5.then(md5::Md5::new),
            sha1: wanted.sha1.then(sha1::Sha1::new),
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(digest) = &mut self.sha256 {
            digest.update(bytes);
        }
        if let Some(digest) = &mut self.md5 {
            digest.update(bytes);
        }
        if let Some(digest) = &mut self.sha1 {
            digest.update(bytes);
        }
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> Made {
        Made {
            sha256: self.sha256.map(|digest| Sha256(digest.finalize().into())),
            md5: self.md5.map(|digest| digest.finalize().into()),
            sha1: self.sha1.map(|digest| digest.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_is_made() {
        let of = |wanted| {
            let mut digester = Digester::new(wanted);
            digester.update(b"a");
            digester.update(b"bc");
            digester.finish()
        };
        let all = of(Wanted {
            sha256: true,
            md5: true,
            sha1: true,
        });
        let sha256 = all.sha256.expect("wanted").to_string();
        assert!(sha256.starts_with("ba7816bf8f01cfea"));
        assert_eq!(all.md5.map(|md5| md5[..2].to_vec()), Some(vec![0x90, 0x01]));
        let sha1 = all.sha1.map(|sha1| sha1[..2].to_vec());
        assert_eq!(sha1, Some(vec![0xa9, 0x99]));
        assert_eq!(of(Wanted::default()), Made::default());
        assert!(!Wanted::default().any());
    }
}
