//! Digests that package managers record of the files they install, and the files that were put aside for others.
//!
//! dpkg keeps `PACKAGE.md5sums` (deb-md5sums(5)): a digest, two spaces and a path on each line; files that administrators may
//! edit are not in it. What `dpkg-divert` has renamed stands in `diversions`, three lines each: the path, where its file lies
//! instead, and the package that asked (`:` for the administrator). apk writes a SHA-1 digest behind each file, rpm a list of
//! digests into the header of the package.

use std::fmt;

use chainwright_core::digest::Sha256;
use serde::{Deserialize, Serialize};

use super::{Database, InstalledFacts};

/// A digest that a record names, or that was made of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sum {
    /// MD5, as dpkg records it.
    Md5([u8; 16]),
    /// SHA-1, as apk records it.
    Sha1([u8; 20]),
    /// SHA-256, as rpm records it.
    Sha256(Sha256),
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, bytes: &[u8]| {
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        };
        match self {
            Self::Md5(bytes) => hex(f, bytes),
            Self::Sha1(bytes) => hex(f, bytes),
            Self::Sha256(digest) => digest.fmt(f),
        }
    }
}

impl Sum {
    /// A digest written in hexadecimal digits; the algorithm by its length, as far as it is one of ours.
    #[must_use]
    pub fn of_hex(text: &str) -> Option<Self> {
        match text.len() {
            32 => bytes_of(text).map(Self::Md5),
            40 => bytes_of(text).map(Self::Sha1),
            64 => bytes_of(text).map(|bytes| Self::Sha256(Sha256(bytes))),
            _ => None,
        }
    }

    /// Whether both were made by the same algorithm, so that they can be compared.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let digits = text.as_bytes().chunks_exact(2);
    for (byte, pair) in bytes.iter_mut().zip(digits) {
        let pair = std::str::from_utf8(pair).ok()?;
        let is_hex = pair.bytes().all(|each| each.is_ascii_hexdigit());
        *byte = u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)?;
    }
    Some(bytes)
}

/// A file and the digest that its package records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// The path, without leading `/`.
    pub path: String,
    /// The digest.
    pub sum: Sum,
}

/// Reads `PACKAGE.md5sums`.
#[must_use]
pub fn read(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::DpkgSums);
    for line in String::from_utf8_lossy(bytes).lines() {
        if let Some((digest, path)) = line.split_once("  ")
            && let Some(sum @ Sum::Md5(_)) = Sum::of_hex(digest)
        {
            facts.push_sum(path.trim_end_matches('\r'), sum);
        }
    }
    facts
}

/// Reads `diversions`.
#[must_use]
pub fn read_diversions(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::DpkgDiversions);
    let text = String::from_utf8_lossy(bytes);
    for path in text.lines().step_by(3) {
        facts.push_diverted(path.trim_end_matches('\r'));
    }
    facts
}

/// A digest as apk writes it: `Q1` for SHA-1 and 28 characters of base64.
pub(super) fn of_apk(text: &str) -> Option<Sum> {
    let encoded = text.trim_end().strip_prefix("Q1")?;
    let mut bytes = Vec::with_capacity(21);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in encoded.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => letter.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count = count.saturating_add(6);
        if count >= 8 {
            count = count.saturating_sub(8);
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
        if bytes.len() > 20 {
            return None;
        }
    }
    bytes.try_into().ok().map(Sum::Sha1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_digests_name_files_without_their_root() {
        let facts = read(
            b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/x y\n\
              not a digest  usr/bin/z\n\
              900150983cd24fb0d6963f7d28e17f72  ./bin/abc\r\n\
              zz0150983cd24fb0d6963f7d28e17f72  bin/no\n",
        );
        let shown: Vec<String> = facts
            .sums
            .iter()
            .map(|each| format!("{} {:?}", each.path, each.sum))
            .collect();
        assert_eq!(
            shown,
            [
                "usr/bin/x y d41d8cd98f00b204e9800998ecf8427e",
                "bin/abc 900150983cd24fb0d6963f7d28e17f72"
            ]
        );
        assert!(facts.files.is_empty());
    }

    #[test]
    fn diversions_name_the_path_that_another_file_has_taken() {
        let facts = read_diversions(
            b"/sbin/initctl\n/sbin/initctl.distrib\n:\n/usr/bin/a\n/usr/bin/a.real\nb\n",
        );
        assert_eq!(facts.diverted, ["sbin/initctl", "usr/bin/a"]);
    }

    #[test]
    fn digests_of_apk_are_base64() {
        // SHA-1 of nothing and of `abc`.
        let cases = [
            (
                "Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=",
                Some("da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ),
            (
                "Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                Some("a9993e364706816aba3e25717850c26c9cd0d89d"),
            ),
            ("Q1abc=", None),
            ("Q2qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", None),
            ("Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0AAAA", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let shown = of_apk(text).map(|sum| format!("{sum:?}"));
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
