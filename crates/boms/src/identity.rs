//! Names that follow from content: references, serial numbers, identifiers in URIs.
//!
//! The same inventory must give the same document, so nothing here is random.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::inventory::{Component, Reference};

/// Bytes of text that a reference keeps before it is cut and told apart by a digest.
const REFERENCE_LENGTH: usize = 400;

/// The reference of a component: its package URL, else kind, name and version.
pub(crate) fn reference(component: &Component) -> Reference {
    let text = match component.purl.text().filter(|purl| !purl.is_empty()) {
        Some(purl) => purl.to_owned(),
        None => {
            let mut text = format!("{}:{}", component.kind, component.full_name());
            if let Some(version) = component.version.text() {
                text.push('@');
                text.push_str(version);
            }
            text
        }
    };
    if text.len() <= REFERENCE_LENGTH {
        return Reference::new(text);
    }
    let kept: String = text
        .char_indices()
        .take_while(|(index, _)| *index < REFERENCE_LENGTH)
        .map(|(_, character)| character)
        .collect();
    let digest = hex(&digest(text.as_bytes()), 8);
    Reference::new(format!("{kept}~{digest}"))
}

/// Sixteen digits of a digest over everything that is known of a component.
pub(crate) fn short_digest(component: &Component) -> String {
    let bytes = serde_json::to_vec(component).unwrap_or_default();
    hex(&digest(&bytes), 8)
}

/// A UUID of version 8 (RFC 9562, section 5.8) made from a digest over a label and content.
pub(crate) fn uuid(label: &str, content: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(label.as_bytes());
    hasher.update([0]);
    hasher.update(content);
    let mut bytes: [u8; 32] = hasher.finalize().into();
    if let Some(byte) = bytes.get_mut(6) {
        *byte = (*byte & 0x0f) | 0x80;
    }
    if let Some(byte) = bytes.get_mut(8) {
        *byte = (*byte & 0x3f) | 0x80;
    }
    let digits = hex(&bytes, 16);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// A whole SHA-256 in digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&digest(bytes), 32)
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8], count: usize) -> String {
    bytes
        .iter()
        .take(count)
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Kind;

    #[test]
    fn serial_numbers_are_uuids_of_version_8() {
        let serial = uuid("cyclonedx", b"content");
        assert_eq!(serial.len(), 36);
        assert_eq!(serial.as_bytes()[14], b'8');
        assert!(matches!(serial.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_eq!(serial, uuid("cyclonedx", b"content"));
        assert_ne!(serial, uuid("spdx", b"content"));
    }

    #[test]
    fn long_names_are_cut_and_still_told_apart() {
        let long = "é".repeat(5000);
        let first = reference(&Component::new(Kind::File, format!("{long}a")));
        let second = reference(&Component::new(Kind::File, format!("{long}b")));
        assert_ne!(first, second);
        assert!(first.as_str().len() < 500);
    }
}
