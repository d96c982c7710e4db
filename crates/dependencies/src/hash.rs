//! Digests in the ways that lock files write them, brought into lower-case hexadecimal digits.

use crate::document::Node;
use crate::facts::{Artifact, Hash};
use crate::sink::{MAX_ARTIFACTS, cut};

/// `sha256:hex`, `sha256=hex`, `sha256-base64`; nothing for anything else.
pub(crate) fn named(text: &str) -> Option<Hash> {
    let (algorithm, digest) = text.trim().split_once([':', '=', '-'])?;
    hash(algorithm, digest)
}

/// A digest of an algorithm, in hexadecimal or Base64.
pub(crate) fn hash(algorithm: &str, digest: &str) -> Option<Hash> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if algorithm.is_empty() || !algorithm.bytes().all(is_name) || digest.is_empty() {
        return None;
    }
    let mut algorithm = cut(algorithm);
    algorithm.make_ascii_lowercase();
    // Without an early exit the loop runs over many bytes at once.
    let is_hex = |text: &str| {
        let digits = text.bytes().fold(true, |all, byte| {
            let letter = byte | 0x20;
            all & (byte.is_ascii_digit() | (b'a'..=b'f').contains(&letter))
        });
        text.len().is_multiple_of(2) && digits
    };
    let size = size_of(&algorithm);
    let fits = |length: usize| size.is_none_or(|size| size == length);
    let digest = if is_hex(digest) && fits(digest.len() / 2) {
        digest.to_ascii_lowercase()
    } else {
        match from_base64(digest) {
            Some(bytes) if size == Some(bytes.len()) => to_hex(&bytes),
            _ => cut(digest),
        }
    };
    Some(Hash { algorithm, digest })
}

/// Every digest of a subresource integrity (`sha512-… sha1-…`).
pub(crate) fn integrity(text: &str) -> Vec<Hash> {
    let parts = text.split_ascii_whitespace().take(16);
    parts
        .filter_map(|part| named(part.split('?').next().unwrap_or(part)))
        .collect()
}

/// A file with the digests of its integrity; the file alone if there are none.
pub(crate) fn with_integrity(location: &str, text: Option<&str>) -> Vec<Artifact> {
    of_file(location, text.map(integrity).unwrap_or_default())
}

/// Files as lock files list them, each with its location under the first of some keys and its digest under `hash`.
pub(crate) fn listed<'n>(
    files: impl IntoIterator<Item = &'n Node<'n>>,
    location: &[&str],
) -> Vec<Artifact> {
    let artifact = |file: &Node<'_>| Artifact {
        location: location
            .iter()
            .find_map(|key| file.text_of(key))
            .map(cut)
            .unwrap_or_default(),
        hash: file.text_of("hash").and_then(named),
    };
    files
        .into_iter()
        .take(MAX_ARTIFACTS)
        .map(artifact)
        .collect()
}

/// Digests of one file, all of which must fit; the file alone if there are none.
pub(crate) fn of_file(location: &str, hashes: impl IntoIterator<Item = Hash>) -> Vec<Artifact> {
    let artifacts: Vec<Artifact> = hashes
        .into_iter()
        .take(MAX_ARTIFACTS)
        .map(|hash| Artifact {
            location: cut(location),
            hash: Some(hash),
        })
        .collect();
    match artifacts.is_empty() {
        true => plain(location, None),
        false => artifacts,
    }
}

/// One file, unless nothing is known about it.
pub(crate) fn plain(location: &str, hash: Option<Hash>) -> Vec<Artifact> {
    if location.is_empty() && hash.is_none() {
        return Vec::new();
    }
    vec![Artifact {
        location: cut(location),
        hash,
    }]
}

/// Bytes of a digest.
fn size_of(algorithm: &str) -> Option<usize> {
    Some(match algorithm {
        "md5" => 16,
        "sha1" => 20,
        "sha224" => 28,
        "sha256" | "sha3_256" | "blake3" | "blake2s" => 32,
        "sha384" => 48,
        "sha512" | "blake2b" | "sha3_512" => 64,
        _ => return None,
    })
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 in either alphabet, padded or not.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() > 128 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held.wrapping_shl(6) | u32::from(value)) & 0xffff;
        bits = bits.wrapping_add(6);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            let byte = held.wrapping_shr(bits) & 0xff;
            bytes.push(u8::try_from(byte).unwrap_or_default());
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_hexadecimal_digits() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for text in [
            format!("sha256:{hex}"),
            format!("SHA256={}", hex.to_uppercase()),
            "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
        ] {
            assert_eq!(named(&text).unwrap().digest, hex, "{text}");
        }
        assert_eq!(named("h1:abc=").unwrap().digest, "abc=");
        assert_eq!(named("nothing"), None);
    }
}
