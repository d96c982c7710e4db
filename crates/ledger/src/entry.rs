//! What chainwright writes into its own logs: canonical JSON (RFC 8785) that names bytes by their digests.
//!
//! A reader needs nothing but a JSON library. Logs of others may hold anything; only the digest of an entry matters to a
//! proof.

use chainwright_transparency::bundle::MOST_ENTRY;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::LedgerError;
use crate::log::NewEntry;

/// The version of the form.
pub const VERSION: u32 = 1;

/// An entry. Fields that are not there are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the form.
    pub v: u32,
    /// What kind of thing is logged: `file`, `attestation`, `model` or a word of the caller's.
    #[serde(rename = "type")]
    pub kind: String,
    /// `sha256:` and the SHA-256 of the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The root digest of a model (OpenSSF Model Signing), in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oms_root: Option<String>,
    /// The SHA-256 of a statement about it, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_sha256: Option<String>,
    /// Who logs it, as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When, as they say: RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// A small envelope itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Value>,
    /// The path, below the log, of an envelope that is too big.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

impl Entry {
    /// An entry of this kind.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self {
            v: VERSION,
            kind: kind.to_owned(),
            ..Self::default()
        }
    }

    /// Puts an envelope into the entry, or beside the log if the entry would become too long.
    ///
    /// # Errors
    ///
    /// If it cannot be written either way.
    pub fn with_envelope(mut self, bytes: &[u8]) -> Result<NewEntry, LedgerError> {
        let digest = hex(&Sha256::digest(bytes));
        self.digest
            .get_or_insert_with(|| format!("sha256:{digest}"));
        // Numbers that JSON libraries disagree about would not come back as they were.
        if bytes.len() < MOST_ENTRY
            && let Ok(envelope) = serde_json::from_slice(bytes)
        {
            let inside = Self {
                envelope: Some(envelope),
                ..self.clone()
            };
            if let Ok(entry) = inside.write()
                && Self::read(&entry).is_some_and(|read| read == inside)
            {
                return Ok(NewEntry {
                    bytes: entry,
                    beside: None,
                });
            }
        }
        if bytes.len() > crate::log::MOST_BESIDE {
            return Err(LedgerError::TooLong(bytes.len()));
        }
        let path = format!("beside/{digest}");
        self.beside = Some(path.clone());
        Ok(NewEntry {
            bytes: self.write()?,
            beside: Some((path, bytes.to_vec())),
        })
    }

    /// The bytes of the entry.
    ///
    /// # Errors
    ///
    /// If it is too long, or holds what canonical JSON cannot.
    pub fn write(&self) -> Result<Vec<u8>, LedgerError> {
        let bytes = serde_json_canonicalizer::to_vec(self).map_err(|_| LedgerError::Unwritable)?;
        if bytes.len() > MOST_ENTRY {
            return Err(LedgerError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads an entry that this program wrote; nothing if it is something else.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let entry: Self = serde_json::from_slice(bytes).ok()?;
        let same = entry.v == VERSION && entry.write().is_ok_and(|written| written == bytes);
        same.then_some(entry)
    }
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_canonical() {
        let mut entry = Entry::new("file");
        entry.digest = Some("sha256:00".to_owned());
        entry.actor = Some("caf\u{e9} \u{1}".to_owned());
        let bytes = entry.write().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(
            text,
            "{\"actor\":\"caf\u{e9} \\u0001\",\"digest\":\"sha256:00\",\"type\":\"file\",\"v\":1}"
        );
        assert_eq!(Entry::read(&bytes), Some(entry));
        for other in [
            "{\"v\":1,\"type\":\"file\"}",
            "{\"type\":\"file\",\"v\":2}",
            "[]",
            "",
            "{\"type\":\"file\",\"v\":1}\n",
            "{\"a\":1,\"type\":\"file\",\"v\":1}",
        ] {
            assert_eq!(Entry::read(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn envelopes_lie_inside_or_beside() {
        let small =
            json!({"payload": "e30=", "payloadType": "application/vnd.in-toto+json"}).to_string();
        let inside = Entry::new("attestation")
            .with_envelope(small.as_bytes())
            .unwrap();
        assert_eq!(inside.beside, None);
        let read = Entry::read(&inside.bytes).unwrap();
        assert_eq!(read.envelope, Some(serde_json::from_str(&small).unwrap()));
        for big in [
            json!({"payload": "A".repeat(70_000)}).to_string(),
            format!("\"{}\"", "\u{1}".repeat(3)),
            "no json".to_owned(),
            json!("\n".repeat(40_000)).to_string(),
        ] {
            let beside = Entry::new("attestation")
                .with_envelope(big.as_bytes())
                .unwrap();
            let (path, bytes) = beside.beside.unwrap();
            assert_eq!(bytes, big.as_bytes());
            let entry = Entry::read(&beside.bytes).unwrap();
            assert_eq!(entry.beside, Some(path.clone()));
            assert_eq!(
                entry.digest,
                Some(format!("sha256:{}", path.strip_prefix("beside/").unwrap()))
            );
        }
    }
}
