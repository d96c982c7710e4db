//! Whether an entry of a log is about the signature that it comes with.
//!
//! An entry proves nothing about a signature that it doesn't name: a verifier that checks the log's promise alone
//! accepts an honest entry for something else (GHSA-whqx-f9j3-ch6m in cosign). Nothing is trusted here; a bundle whose
//! parts contradict each other is wrong whoever made it.
//!
//! Sources: `sigstore/rekor` pkg/types (hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.1 and 0.0.2, rekord 0.0.1),
//! `sigstore/rekor-tiles` (hashedrekord 0.0.2, dsse 0.0.2).

use chainwright_attestations::base64;
use chainwright_attestations::json::{self, Limits};
use chainwright_attestations::{Bundle, Content, LogEntry};
use serde_json::Value;

use crate::digest::Digest;

/// What an entry says of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// It names this signature or these bytes, and nothing that contradicts.
    This,
    /// It names another signature or other bytes.
    Another(&'static str),
    /// It is of a kind that is not known, or has no body.
    Unknown,
}

/// Holds every entry of a bundle against its signature; `signed` is the artifact of a signature over a message.
#[must_use]
pub fn entries(bundle: &Bundle, signed: &[u8]) -> About {
    let mut answer = About::Unknown;
    for entry in &bundle.log_entries {
        match about(entry, &bundle.content, signed) {
            another @ About::Another(_) => return another,
            About::This => answer = About::This,
            About::Unknown => {}
        }
    }
    answer
}

fn about(entry: &LogEntry, content: &Content, signed: &[u8]) -> About {
    let Ok(body) = json::parse(&entry.canonical_body, &Limits::default()) else {
        return About::Unknown;
    };
    let kind = body.get("kind").and_then(Value::as_str).unwrap_or_default();
    let spec = body.get("spec").unwrap_or(&Value::Null);
    let (signatures, payload): (Vec<&[u8]>, &[u8]) = match content {
        Content::Message(message) => (vec![&message.signature], signed),
        Content::Envelope(envelope) => (
            envelope
                .signatures
                .iter()
                .map(|one| one.signature.as_slice())
                .collect(),
            &envelope.payload,
        ),
    };
    let held = Held {
        spec,
        signatures: &signatures,
        digest: Digest::of(payload),
    };
    match (kind, content) {
        ("hashedrekord" | "rekord", Content::Message(_)) => held.message(),
        ("dsse" | "intoto", Content::Envelope(_)) => held.envelope(),
        // cosign put attestations of blobs into the log as what was signed over their encoding.
        ("hashedrekord" | "rekord", Content::Envelope(_)) => held.signature_alone(),
        ("dsse" | "intoto", Content::Message(_)) => About::Another("it is about an envelope"),
        _ => About::Unknown,
    }
}

struct Held<'a> {
    spec: &'a Value,
    signatures: &'a [&'a [u8]],
    digest: Digest,
}

impl Held<'_> {
    fn message(&self) -> About {
        let digest = self.digest_at(&["/data/hash", "/hashedRekordV002/data"]);
        match digest {
            Some(false) => About::Another("it is about other bytes"),
            _ => self.signature_alone(),
        }
    }

    fn envelope(&self) -> About {
        let payload = self.digest_at(&[
            "/payloadHash",
            "/content/payloadHash",
            "/dsseV002/payloadHash",
        ]);
        let named = self.list(&["/signatures", "/dsseV002/signatures"]);
        let is_ours = |item: &Value| {
            let text = item.get("signature").or_else(|| item.get("content"));
            let decoded = text.and_then(Value::as_str).and_then(base64::decode);
            decoded.is_some_and(|bytes| self.signatures.contains(&bytes.as_slice()))
        };
        match (payload, named) {
            (Some(false), _) => About::Another("it is about another payload"),
            (_, Some(named)) if !named.iter().any(is_ours) => {
                About::Another("it is about another signature")
            }
            (Some(true), _) | (_, Some(_)) => About::This,
            (None, None) => About::Unknown,
        }
    }

    fn signature_alone(&self) -> About {
        let places = ["/signature/content", "/hashedRekordV002/signature/content"];
        let named = places.iter().find_map(|place| self.spec.pointer(place));
        let Some(named) = named.and_then(Value::as_str) else {
            return About::Unknown;
        };
        let is_ours =
            base64::decode(named).is_some_and(|bytes| self.signatures.contains(&bytes.as_slice()));
        if is_ours {
            About::This
        } else {
            About::Another("it is about another signature")
        }
    }

    fn list(&self, places: &[&str]) -> Option<&Vec<Value>> {
        let mut found = places.iter().filter_map(|place| self.spec.pointer(place));
        found.next()?.as_array()
    }

    /// Whether the digest there is that of our bytes; `None` if there is none of SHA-256.
    fn digest_at(&self, places: &[&str]) -> Option<bool> {
        let found = places.iter().find_map(|place| self.spec.pointer(place))?;
        let algorithm = found.get("algorithm").and_then(Value::as_str)?;
        if algorithm == "sha256" {
            let hex = found.get("value").and_then(Value::as_str)?;
            return Some(hex.eq_ignore_ascii_case(&self.digest.hex()));
        }
        let raw = found.get("digest").and_then(Value::as_str)?;
        (algorithm == "SHA2_256")
            .then(|| base64::decode(raw).is_some_and(|raw| raw == self.digest.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use chainwright_attestations::{Envelope, Material, MessageSignature};
    use serde_json::json;

    use super::*;

    fn with(content: Content, body: &Value) -> Bundle {
        Bundle {
            log_entries: vec![LogEntry {
                canonical_body: body.to_string().into_bytes(),
                ..LogEntry::default()
            }],
            ..Bundle::new(Material::public_key(""), content)
        }
    }

    fn message() -> Content {
        Content::Message(MessageSignature {
            digest: None,
            signature: b"sig".to_vec(),
        })
    }

    fn hashed(bytes: &[u8], signature: &[u8]) -> Value {
        json!({ "kind": "hashedrekord", "apiVersion": "0.0.1", "spec": {
            "data": { "hash": { "algorithm": "sha256", "value": Digest::of(bytes).hex() } },
            "signature": { "content": base64::encode(signature) },
        }})
    }

    #[test]
    fn an_entry_for_something_else_is_found_out() {
        let about = |body: &Value| entries(&with(message(), body), b"data");
        assert_eq!(about(&hashed(b"data", b"sig")), About::This);
        assert!(matches!(
            about(&hashed(b"other", b"sig")),
            About::Another(_)
        ));
        assert!(matches!(about(&hashed(b"data", b"gis")), About::Another(_)));
        assert_eq!(about(&json!({ "kind": "new" })), About::Unknown);
        assert!(matches!(
            about(&json!({ "kind": "dsse", "spec": {} })),
            About::Another(_)
        ));
        let second = json!({ "kind": "hashedrekord", "apiVersion": "0.0.2", "spec": {
            "hashedRekordV002": {
                "data": { "algorithm": "SHA2_256", "digest": base64::encode(&Digest::of(b"x").bytes()) },
                "signature": { "content": base64::encode(b"sig") },
            },
        }});
        assert!(matches!(about(&second), About::Another(_)));
    }

    #[test]
    fn an_entry_for_another_envelope_is_found_out() {
        let envelope = Content::Envelope(Envelope::signed("t", b"p".to_vec(), b"sig".to_vec()));
        let about = |body: &Value| entries(&with(envelope.clone(), body), b"");
        let body = |payload: &[u8], signature: &[u8]| {
            json!({ "kind": "dsse", "spec": {
                "payloadHash": { "algorithm": "sha256", "value": Digest::of(payload).hex() },
                "signatures": [{ "signature": base64::encode(signature) }],
            }})
        };
        assert_eq!(about(&body(b"p", b"sig")), About::This);
        assert!(matches!(about(&body(b"q", b"sig")), About::Another(_)));
        assert!(matches!(about(&body(b"p", b"gis")), About::Another(_)));
        let old = json!({ "kind": "intoto", "spec": { "content": {
            "payloadHash": { "algorithm": "sha256", "value": Digest::of(b"q").hex() },
        }}});
        assert!(matches!(about(&old), About::Another(_)));
    }

    #[test]
    fn one_contradiction_among_several_entries_counts() {
        let mut bundle = with(message(), &hashed(b"data", b"sig"));
        bundle
            .log_entries
            .extend(with(message(), &hashed(b"other", b"sig")).log_entries);
        assert!(matches!(entries(&bundle, b"data"), About::Another(_)));
    }
}
