//! The digest of a document or blob; SHA-256 alone, as every registry has it.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:` and 64 lower-case digits; `None` for anything else, so that none can be a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_hex(text.strip_prefix("sha256:")?)
    }

    /// Reads 64 lower-case digits.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
        if !odd.is_empty() || pairs.len() != bytes.len() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(bytes))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The digits alone.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The tag under which things about this digest lie: `sha256-…` with a suffix such as `.sig`.
    #[must_use]
    pub fn tag(&self, suffix: &str) -> String {
        format!("sha256-{}{suffix}", self.hex())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

fn digit(symbol: u8) -> Option<u8> {
    match symbol {
        b'0'..=b'9' => symbol.checked_sub(b'0'),
        b'a'..=b'f' => symbol.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_by_the_specification_is_a_digest() {
        let digest = Digest::of(b"{}");
        let text = digest.to_string();
        assert_eq!(
            text,
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(Digest::parse(&text), Some(digest));
        assert_eq!(digest.tag(".sig"), text.replace(':', "-") + ".sig");
        for other in [
            "",
            "sha256:",
            &text.to_uppercase(),
            &text.replace("sha256", "sha512"),
            text.get(..70).unwrap(),
            &format!("{text}0"),
            &text.replace("44136f", "../../"),
        ] {
            assert_eq!(Digest::parse(other), None, "{other}");
        }
    }
}
