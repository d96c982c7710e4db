//! The digests that a manifest is made of.

use std::fmt;

use serde::Serialize;

/// How files are hashed (algorithm registry of the specification).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hash {
    /// SHA-256; every verifier has it.
    Sha256,
    /// BLAKE2b with 512 bits (RFC 7693).
    Blake2b,
    /// BLAKE3 with 256 bits.
    Blake3,
}

impl Hash {
    /// The name in `hash_type` and `algorithm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
        }
    }

    /// The hash with this name. `blake2` is what the options of model-signing call BLAKE2b.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "blake2b" | "blake2" => Some(Self::Blake2b),
            "blake3" => Some(Self::Blake3),
            _ => None,
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Blake2b => 64,
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A digest together with how it was made, so that digests of different kinds are never equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Digest {
    /// By SHA-256.
    Sha256([u8; 32]),
    /// By BLAKE2b.
    Blake2b([u8; 64]),
    /// By BLAKE3.
    Blake3([u8; 32]),
}

impl Digest {
    /// How it was made.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        match self {
            Self::Sha256(_) => Hash::Sha256,
            Self::Blake2b(_) => Hash::Blake2b,
            Self::Blake3(_) => Hash::Blake3,
        }
    }

    /// The digest as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) | Self::Blake3(bytes) => bytes,
            Self::Blake2b(bytes) => bytes,
        }
    }

    /// A digest from its bytes, if there are as many as this hash gives.
    #[must_use]
    pub fn from_bytes(hash: Hash, bytes: &[u8]) -> Option<Self> {
        match hash {
            Hash::Sha256 => bytes.try_into().ok().map(Self::Sha256),
            Hash::Blake2b => bytes.try_into().ok().map(Self::Blake2b),
            Hash::Blake3 => bytes.try_into().ok().map(Self::Blake3),
        }
    }

    /// A digest from lower-case hexadecimal digits, the only form that the specification knows.
    #[must_use]
    pub fn from_hex(hash: Hash, text: &str) -> Option<Self> {
        Self::from_bytes(hash, &hex_bytes(text)?)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.hash())
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The bytes behind lower-case hexadecimal digits; at most as many as the longest digest has.
fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 128 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(hex_value(*high)? << 4 | hex_value(*low)?),
            _ => None,
        })
        .collect()
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.saturating_sub(b'0')),
        b'a'..=b'f' => Some(digit.saturating_sub(b'a').saturating_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_lower_case_and_as_long_as_the_hash_says() {
        let text = "a5".repeat(32);
        let digest = Digest::from_hex(Hash::Sha256, &text).unwrap();
        assert_eq!(digest.to_string(), text);
        assert_ne!(Some(digest), Digest::from_hex(Hash::Blake3, &text));
        for (hash, text) in [
            (Hash::Sha256, "A5".repeat(32)),
            (Hash::Sha256, "a5".repeat(31)),
            (Hash::Sha256, "a5".repeat(64)),
            (Hash::Blake2b, "a5".repeat(32)),
            (Hash::Blake3, "é".repeat(32)),
            (Hash::Blake3, format!("{} ", "a5".repeat(32))),
        ] {
            assert_eq!(Digest::from_hex(hash, &text), None, "{text}");
        }
    }
}
