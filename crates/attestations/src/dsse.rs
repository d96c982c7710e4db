//! DSSE envelopes: a payload, what type it has, and signatures over both.
//!
//! Sources: `secure-systems-lab/dsse` protocol.md 1.0.2 and envelope.md.

use serde_json::Value;

use crate::base64;
use crate::error::ReadError;
use crate::fields::{Fields, wrong};
use crate::json::{self, Limits, Object};
use crate::write;

/// Payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A payload with signatures. The payload is kept byte for byte: it is what was signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Media type of the payload, part of what is signed.
    pub payload_type: String,
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// At least one when read.
    pub signatures: Vec<Signature>,
    /// Fields that this crate doesn't know.
    pub rest: Object,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signature {
    /// The signature itself.
    pub signature: Vec<u8>,
    /// A hint at the key, never proof of it. Absent, empty and `null` are all found in the field.
    pub key_id: Option<String>,
    /// Fields that this crate doesn't know, such as `cert`.
    pub rest: Object,
}

impl Signature {
    /// A signature without a key id.
    #[must_use]
    pub fn new(signature: Vec<u8>) -> Self {
        Self {
            signature,
            ..Self::default()
        }
    }
}

impl Envelope {
    /// An envelope around a payload with one signature.
    #[must_use]
    pub fn signed(payload_type: &str, payload: Vec<u8>, signature: Vec<u8>) -> Self {
        Self {
            payload_type: payload_type.to_owned(),
            payload,
            signatures: vec![Signature::new(signature)],
            rest: Object::new(),
        }
    }

    /// Reads a bare envelope.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        Self::of(json::parse(bytes, limits)?, "")
    }

    pub(crate) fn of(value: Value, path: &str) -> Result<Self, ReadError> {
        let mut fields = Fields::of(value, path)?;
        let payload_type = fields.needed_text("payloadType")?;
        let payload = fields.bytes("payload")?;
        let payload = payload.ok_or_else(|| fields.missing("payload"))?;
        let signatures = fields.list("signatures")?;
        if signatures.is_empty() {
            return Err(ReadError::Empty {
                field: fields.path("signatures"),
            });
        }
        let signatures = signatures
            .into_iter()
            .map(|(path, item)| signature(item, &path));
        Ok(Self {
            payload_type,
            payload,
            signatures: signatures.collect::<Result<_, _>>()?,
            rest: fields.rest(),
        })
    }

    /// The envelope as JSON in one line.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        write::bytes(&self.to_value())
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut object = self.rest.clone();
        write::text(&mut object, "payload", base64::encode(&self.payload));
        write::text(&mut object, "payloadType", self.payload_type.clone());
        let signatures = self.signatures.iter().map(|signature| {
            let mut object = signature.rest.clone();
            write::text(&mut object, "sig", base64::encode(&signature.signature));
            if let Some(key_id) = &signature.key_id {
                write::text(&mut object, "keyid", key_id.clone());
            }
            Value::Object(object)
        });
        object.insert("signatures".to_owned(), signatures.collect());
        Value::Object(object)
    }

    /// The bytes that a signature of this envelope covers.
    #[must_use]
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }
}

fn signature(value: Value, path: &str) -> Result<Signature, ReadError> {
    if !value.is_object() {
        return Err(wrong(path, "an object"));
    }
    let mut fields = Fields::of(value, path)?;
    Ok(Signature {
        signature: fields.needed_bytes("sig")?,
        key_id: fields.text("keyid")?,
        rest: fields.rest(),
    })
}

/// Pre-authentication encoding: what is signed instead of the payload alone, so that the type is covered too.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    encoded.extend_from_slice(payload);
    encoded
}

/// The encoding that model-signing 0.2 signed by mistake: `DSSEV1`, and the payload as Python shows `bytes`.
///
/// Only for reading signatures of that version; nothing is ever signed like this.
#[must_use]
pub fn faulty_pae_of_oms_0_2(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded = format!(
        "DSSEV1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    let quote = if payload.contains(&b'\'') && !payload.contains(&b'"') {
        b'"'
    } else {
        b'\''
    };
    encoded.extend([b'b', quote]);
    for byte in payload {
        match *byte {
            b'\\' => encoded.extend(b"\\\\"),
            b'\t' => encoded.extend(b"\\t"),
            b'\n' => encoded.extend(b"\\n"),
            b'\r' => encoded.extend(b"\\r"),
            byte if byte == quote => encoded.extend([b'\\', byte]),
            byte @ 0x20..=0x7e => encoded.push(byte),
            byte => encoded.extend(format!("\\x{byte:02x}").into_bytes()),
        }
    }
    encoded.push(quote);
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Envelope, ReadError> {
        Envelope::read(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn the_encoding_of_the_protocol_is_met() {
        let example = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            example,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
        assert_eq!(pae("\u{e4}", b"x"), "DSSEv1 2 \u{e4} 1 x".as_bytes());
    }

    #[test]
    fn the_faulty_encoding_shows_bytes_as_python_does() {
        let shown =
            |payload: &[u8]| String::from_utf8(faulty_pae_of_oms_0_2("t", payload)).unwrap();
        assert_eq!(shown(b"a\n\"b\""), r#"DSSEV1 1 t 5 b'a\n"b"'"#);
        assert_eq!(shown(b"it's"), r#"DSSEV1 1 t 4 b"it's""#);
        assert_eq!(shown(b"it's \"x\""), r#"DSSEV1 1 t 8 b'it\'s "x"'"#);
        assert_eq!(
            shown(&[0, 0x7f, 0xff, b'\\', b'\t', b'\r']),
            r"DSSEV1 1 t 6 b'\x00\x7f\xff\\\t\r'"
        );
    }

    #[test]
    fn a_key_id_may_be_absent_empty_or_null() {
        for (written, expected) in [
            ("", None),
            (r#","keyid":null"#, None),
            (r#","keyid":"""#, Some(String::new())),
            (r#","keyid":"a""#, Some("a".to_owned())),
        ] {
            let text = format!(
                r#"{{"payloadType":"t","payload":"eA","signatures":[{{"sig":"_-8="{written}}}]}}"#
            );
            let envelope = read(&text).unwrap();
            assert_eq!(envelope.signatures[0].key_id, expected);
            assert_eq!(envelope.signatures[0].signature, [0xff, 0xef]);
            assert_eq!(envelope.payload, b"x");
            assert_eq!(
                Envelope::read(&envelope.write(), &Limits::default()),
                Ok(envelope)
            );
        }
    }

    #[test]
    fn broken_envelopes_say_where() {
        let missing = |field: &str| {
            Err(ReadError::Missing {
                field: field.to_owned(),
            })
        };
        assert_eq!(
            read(r#"{"payloadType":"t","signatures":[{"sig":"eA=="}]}"#),
            missing("payload")
        );
        assert_eq!(
            read(r#"{"payload":"","signatures":[{"sig":"eA=="}]}"#),
            missing("payloadType")
        );
        assert_eq!(
            read(r#"{"payload":"","payloadType":"t","signatures":[{"sig":"e!"}]}"#),
            Err(ReadError::NotBase64 {
                field: "signatures[0].sig".to_owned()
            })
        );
        assert_eq!(
            read(r#"{"payload":"","payloadType":"t","signatures":[]}"#),
            Err(ReadError::Empty {
                field: "signatures".to_owned()
            })
        );
        assert!(matches!(
            read(r#"{"payload":"","payloadType":"t","signatures":[7]}"#),
            Err(ReadError::WrongType { .. })
        ));
        assert!(matches!(
            read(r#"{"payload":"","payload":""}"#),
            Err(ReadError::DuplicateKey { .. })
        ));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(payload in prop::collection::vec(any::<u8>(), 0..50), kind in "\\PC{0,20}") {
            let envelope = Envelope::signed(&kind, payload, vec![1, 2, 3]);
            prop_assert_eq!(Envelope::read(&envelope.write(), &Limits::default()), Ok(envelope));
        }
    }
}
