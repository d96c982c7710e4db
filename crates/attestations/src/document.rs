//! Whatever carries signatures: recognised by its shape, alone or one on each line (`.jsonl`).

use serde_json::Value;

use crate::bundle::Bundle;
use crate::cosign;
use crate::dsse::Envelope;
use crate::error::ReadError;
use crate::json::{self, Limits};

/// A document that carries signatures.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A Sigstore bundle, or a legacy cosign bundle turned into one.
    Bundle(Bundle),
    /// An envelope without anything to check it by, as in `.intoto.jsonl`.
    Envelope(Envelope),
}

impl Document {
    /// Reads one document of any kind.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        Self::of(json::parse(bytes, limits)?)
    }

    /// Reads one document or many, one on each line. A line that cannot be read doesn't hide the others; no line at
    /// all is an empty list.
    #[must_use]
    pub fn read_all(bytes: &[u8], limits: &Limits) -> Vec<Result<Self, ReadError>> {
        match json::parse(bytes, limits) {
            Ok(value) => vec![Self::of(value)],
            Err(whole) => Self::lines(bytes, limits).unwrap_or_else(|| vec![Err(whole)]),
        }
    }

    /// The lines as documents, if the first of them is JSON by itself.
    fn lines(bytes: &[u8], limits: &Limits) -> Option<Vec<Result<Self, ReadError>>> {
        if bytes.len() > limits.bytes {
            return None;
        }
        let lines = bytes.split(|byte| *byte == b'\n');
        let mut lines = lines
            .filter(|line| !line.trim_ascii().is_empty())
            .peekable();
        let Some(first) = lines.peek() else {
            return Some(Vec::new());
        };
        match json::parse(first, limits) {
            Err(ReadError::NotJson { .. }) => None,
            _ => Some(lines.map(|line| Self::read(line, limits)).collect()),
        }
    }

    fn of(value: Value) -> Result<Self, ReadError> {
        if value.get("mediaType").is_some() {
            Bundle::of(value).map(Self::Bundle)
        } else if value.get("payloadType").is_some() {
            Envelope::of(value, "").map(Self::Envelope)
        } else if cosign::is_legacy(&value) {
            cosign::of(value).map(Self::Bundle)
        } else {
            Err(ReadError::UnknownDocument)
        }
    }

    /// The envelope, if there is one.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        match self {
            Self::Bundle(bundle) => bundle.envelope(),
            Self::Envelope(envelope) => Some(envelope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = r#"{"payloadType":"t","payload":"eA==","signatures":[{"sig":"eA=="}]}"#;

    fn read_all(text: &str) -> Vec<Result<Document, ReadError>> {
        Document::read_all(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn lines_are_read_one_by_one() {
        assert_eq!(read_all("\n \n").len(), 0);
        assert_eq!(read_all(ENVELOPE).len(), 1);
        let read = read_all(&format!("{ENVELOPE}\n\n{{}}\n{ENVELOPE}\n"));
        assert!(matches!(
            read.as_slice(),
            [
                Ok(Document::Envelope(_)),
                Err(ReadError::UnknownDocument),
                Ok(_)
            ]
        ));
    }

    #[test]
    fn one_broken_document_is_one_error() {
        let cut = ENVELOPE.split_at(20).0;
        assert!(matches!(
            read_all(cut).as_slice(),
            [Err(ReadError::NotJson { .. })]
        ));
        let pretty = "{\n\"payloadType\": \n}";
        assert_eq!(read_all(pretty).len(), 1);
    }
}
