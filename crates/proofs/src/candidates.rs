//! Which files may carry signatures: first by name, so that not every file is opened again, then by their first bytes.

/// LIMIT: bytes of one document with signatures.
pub const MAX_CARRIER: u64 = 64 << 20;

/// The words that an envelope or bundle begins with, whatever order its fields stand in.
const WORDS: [&[u8]; 10] = [
    b"\"mediaType\"",
    b"\"media_type\"",
    b"\"verificationMaterial\"",
    b"\"dsseEnvelope\"",
    b"\"messageSignature\"",
    b"\"payloadType\"",
    b"\"payload\"",
    b"\"signatures\"",
    b"\"base64Signature\"",
    b"\"rekorBundle\"",
];

/// Whether a file of this name may carry signatures.
#[must_use]
pub fn may_carry(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(
        ending,
        "sig" | "json" | "jsonl" | "sigstore" | "bundle" | "att" | "dsse" | "intoto" | "signature"
    )
}

/// Whether bytes from the start of a file may begin a document with signatures.
#[must_use]
pub fn is_carrier(head: &[u8]) -> bool {
    let trimmed = head.trim_ascii_start();
    let trimmed = trimmed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(trimmed);
    // The first key of the document stands near its start; the longest value before a second one is not waited for.
    let near = trimmed.get(..256).unwrap_or(trimmed);
    trimmed.first() == Some(&b'{')
        && WORDS
            .iter()
            .any(|word| near.windows(word.len()).any(|part| part == *word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriers_are_told_by_name_and_first_key() {
        for (name, expected) in [
            ("model.sig", true),
            ("a/b.intoto.jsonl", true),
            ("b.SIGSTORE.json", true),
            ("model.safetensors", false),
            ("sig", false),
        ] {
            assert_eq!(may_carry(name), expected, "{name}");
        }
        for (head, expected) in [
            (&b"{\"mediaType\":\"x\""[..], true),
            (b"\n {\n  \"payload\": \"", true),
            (b"{\"architectures\": [\"x\"]", false),
            (b"[{\"payload\": 1}]", false),
            (b"-----BEGIN PGP SIGNATURE-----", false),
            (b"", false),
        ] {
            assert_eq!(is_carrier(head), expected);
        }
    }
}
