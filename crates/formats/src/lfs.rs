//! Git LFS pointers: small text files that stand for content that was not fetched.
//!
//! A scan of a clone without `git lfs pull` sees only pointers; calling such weights clean would be wrong.
//! Source: the Git LFS specification, `docs/spec.md`, "The Pointer".

use serde::{Deserialize, Serialize};

/// Pointers are smaller than this, by specification.
const MAX_POINTER: usize = 1024;

/// What a pointer says about the content that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LfsPointer {
    /// The SHA-256 of the content as 64 lower-case hexadecimal digits, if it is well-formed.
    pub sha256: Option<String>,
    /// The size of the content in bytes, if it is well-formed.
    pub size: Option<u64>,
}

/// Reads a pointer; `None` if the bytes are not one.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<LfsPointer> {
    if bytes.len() > MAX_POINTER {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let version = lines.next()?.strip_prefix("version ")?;
    let is_lfs = [
        "https://git-lfs.github.com/spec/v",
        "https://hawser.github.com/spec/v",
    ]
    .iter()
    .any(|prefix| version.starts_with(prefix));
    if !is_lfs {
        return None;
    }
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
    };
    Some(LfsPointer {
        sha256: value("oid")
            .and_then(|oid| oid.strip_prefix("sha256:"))
            .filter(|hex| {
                hex.len() == 64
                    && hex
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            })
            .map(str::to_owned),
        size: value("size").and_then(|size| size.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_the_content_that_is_missing() {
        let digest = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let text = format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12345\n"
        );
        assert_eq!(
            read(text.as_bytes()),
            Some(LfsPointer {
                sha256: Some(digest.to_owned()),
                size: Some(12345)
            })
        );
    }

    #[test]
    fn only_pointers_are_pointers() {
        assert_eq!(read(b"version 3\noid sha256:00\n"), None);
        assert_eq!(read(b"\xff\xfe"), None);
        assert_eq!(read(&[b' '; 2000]), None);
        let broken = read(b"version https://git-lfs.github.com/spec/v1\noid sha256:xyz\nsize -1\n");
        assert_eq!(
            broken,
            Some(LfsPointer {
                sha256: None,
                size: None
            })
        );
    }
}
