//! The bundle that cosign wrote for blobs before the Sigstore bundle: signature, certificate, and the log's promise.
//!
//! Source: `sigstore/cosign` specs/SIGNATURE_SPEC.md and pkg/cosign/fetch.go (`LocalSignedPayload`), `RekorBundle`. It
//! is turned into a [`Bundle`] of version 0.1, so that one verifier suffices. The parts of it that cosign also puts into
//! annotations of images (certificates as PEM, the log's promise as JSON) are read and written one by one.

use serde_json::Value;

use crate::base64;
use crate::bundle::{Bundle, Content, Der, Material, MessageSignature, Version};
use crate::error::ReadError;
use crate::fields::Fields;
use crate::json::{self, Limits, Object};
use crate::log_entry::LogEntry;

/// True if the document has the shape of a legacy bundle.
pub(crate) fn is_legacy(value: &Value) -> bool {
    value.get("base64Signature").is_some()
}

/// Reads a legacy bundle.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Bundle, ReadError> {
    of(json::parse(bytes, limits)?)
}

pub(crate) fn of(value: Value) -> Result<Bundle, ReadError> {
    let mut fields = Fields::of(value, "")?;
    let signature = fields.needed_bytes("base64Signature")?;
    let material = match fields.text("cert")? {
        Some(text) if !text.is_empty() => material(&text)?,
        _ => Material::public_key(""),
    };
    let mut log_entries = Vec::new();
    if let Some(bundle) = fields.object("rekorBundle")? {
        log_entries.push(log_entry(bundle)?);
    }
    Ok(Bundle {
        version: Version::V0_1,
        material,
        log_entries,
        timestamps: Vec::new(),
        content: Content::Message(MessageSignature {
            digest: None,
            signature,
        }),
        rest: Object::new(),
    })
}

/// A certificate or a key as PEM, mostly wrapped in base64 once more.
fn material(text: &str) -> Result<Material, ReadError> {
    let unwrapped = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = unwrapped.as_deref().unwrap_or(text);
    if let Some(block) = pem_block(text, "PUBLIC KEY") {
        return Ok(Material::PublicKey {
            hint: String::new(),
            raw: Some(block.as_bytes().to_vec()),
        });
    }
    let refused = || ReadError::NotPem {
        field: "cert".to_owned(),
    };
    let block = pem_block(text, "CERTIFICATE").ok_or_else(refused)?;
    let body = block.lines().filter(|line| !line.starts_with("-----"));
    let body: String = body.map(str::trim).collect();
    let der = base64::decode(&body).filter(|der| !der.is_empty());
    der.map(|der| Material::Certificate(Der(der)))
        .ok_or_else(refused)
}

/// The certificates in a text, in order; none if one of them is broken, or there is none.
#[must_use]
pub fn certificates(text: &str) -> Option<Vec<Der>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(block) = pem_block(rest, "CERTIFICATE") {
        let body = block.lines().filter(|line| !line.starts_with("-----"));
        let body: String = body.map(str::trim).collect();
        found.push(Der(base64::decode(&body).filter(|der| !der.is_empty())?));
        rest = rest.get(rest.find(block)?.checked_add(block.len())?..)?;
    }
    (!found.is_empty()).then_some(found)
}

/// Certificates as PEM text, lines of 64.
#[must_use]
pub fn write_certificates(certificates: &[Der]) -> String {
    let mut text = String::new();
    for certificate in certificates {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = base64::encode(&certificate.0);
        for line in encoded.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

/// Reads the log's promise as it stands in annotations of images.
pub fn read_log_entry(bytes: &[u8], limits: &Limits) -> Result<LogEntry, ReadError> {
    log_entry(Fields::of(json::parse(bytes, limits)?, "")?)
}

/// The log's promise for an annotation; `None` for an entry without one.
#[must_use]
pub fn write_log_entry(entry: &LogEntry) -> Option<Vec<u8>> {
    let promise = entry.inclusion_promise.as_ref()?;
    let id: String = entry
        .log_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let value = serde_json::json!({
        "SignedEntryTimestamp": base64::encode(promise),
        "Payload": {
            "body": base64::encode(&entry.canonical_body),
            "integratedTime": entry.integrated_time,
            "logIndex": entry.log_index,
            "logID": id,
        },
    });
    Some(value.to_string().into_bytes())
}

/// The bundle as JSON of version 0.1, in which the log's promise suffices. Of a chain only the leaf is written: the
/// verifier of an identity has the others.
#[must_use]
pub fn write_0_1(bundle: &Bundle) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&bundle.write()).unwrap_or_default();
    let leaf = bundle.material.certificates().first();
    if let Value::Object(top) = &mut value {
        let version = "application/vnd.dev.sigstore.bundle+json;version=0.1";
        crate::write::text(top, "mediaType", version.to_owned());
        crate::write::edit(top, "verificationMaterial", |material| {
            if let Some(leaf) = leaf {
                material.remove("certificate");
                let leaf = crate::write::wrapped("rawBytes", &leaf.0);
                let chain =
                    Object::from_iter([("certificates".to_owned(), Value::from(vec![leaf]))]);
                material.insert("x509CertificateChain".to_owned(), Value::Object(chain));
            }
        });
    }
    value.to_string().into_bytes()
}

/// The first block of a label, with its borders.
fn pem_block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let block = text.get(text.find(&begin)?..)?;
    block.get(..block.find(&end)?.checked_add(end.len())?)
}

fn log_entry(mut bundle: Fields) -> Result<LogEntry, ReadError> {
    let promise = bundle.needed_bytes("SignedEntryTimestamp")?;
    let payload = bundle.object("Payload")?;
    let mut payload = payload.ok_or_else(|| bundle.missing("Payload"))?;
    let body = payload.needed_bytes("body")?;
    let log_id = payload.needed_text("logID")?;
    let field = payload.path("logID");
    let (kind, kind_version) = kind(&body);
    Ok(LogEntry {
        log_index: payload.number("logIndex")?.unwrap_or(0),
        log_id: hex(&log_id).ok_or(ReadError::NotHex { field })?,
        kind,
        kind_version,
        integrated_time: payload.number("integratedTime")?.unwrap_or(0),
        inclusion_promise: Some(promise),
        canonical_body: body,
        ..LogEntry::default()
    })
}

/// Kind and version stand in the entry itself.
fn kind(body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| {
        body.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (text("kind"), text("apiVersion"))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |symbol: &u8| {
        char::from(*symbol)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        let body = json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {}}).to_string();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            base64::encode(b"leaf")
        );
        json!({
            "base64Signature": "c2ln",
            "cert": base64::encode(pem.as_bytes()),
            "rekorBundle": {
                "SignedEntryTimestamp": "c2V0",
                "Payload": {
                    "body": base64::encode(body.as_bytes()),
                    "integratedTime": 1_700_000_000,
                    "logIndex": 7,
                    "logID": "c0d2",
                },
            },
        })
    }

    #[test]
    fn a_legacy_bundle_becomes_one_of_version_0_1() {
        let bundle = read(sample().to_string().as_bytes(), &Limits::default()).unwrap();
        assert_eq!(bundle.version, Version::V0_1);
        assert_eq!(
            bundle.material,
            Material::Certificate(Der(b"leaf".to_vec()))
        );
        let entry = &bundle.log_entries[0];
        assert_eq!(
            (entry.kind.as_str(), entry.kind_version.as_str()),
            ("hashedrekord", "0.0.1")
        );
        assert_eq!(entry.log_id, [0xc0, 0xd2]);
        assert_eq!((entry.log_index, entry.integrated_time), (7, 1_700_000_000));
        assert_eq!(entry.inclusion_promise.as_deref(), Some(b"set".as_slice()));
    }

    #[test]
    fn the_parts_survive_alone() {
        let bundle = of(sample()).unwrap();
        let entry = &bundle.log_entries[0];
        let written = write_log_entry(entry).unwrap();
        assert_eq!(
            read_log_entry(&written, &Limits::default()).as_ref(),
            Ok(entry)
        );
        let chain = vec![Der(vec![1; 100]), Der(vec![2; 3])];
        assert_eq!(certificates(&write_certificates(&chain)), Some(chain));
        assert_eq!(certificates("nothing"), None);
        let again = Bundle::read(&write_0_1(&bundle), &Limits::default()).unwrap();
        assert_eq!(again.version, Version::V0_1);
        assert_eq!(again.material, Material::Chain(vec![Der(b"leaf".to_vec())]));
        assert_eq!(again.log_entries, bundle.log_entries);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |pointer: &str, value: Value| {
            let mut bundle = sample();
            *bundle.pointer_mut(pointer).unwrap() = value;
            of(bundle).unwrap_err()
        };
        assert!(matches!(
            refused("/cert", json!("nothing")),
            ReadError::NotPem { .. }
        ));
        assert!(matches!(
            refused("/rekorBundle/Payload/logID", json!("c0d")),
            ReadError::NotHex { .. }
        ));
        assert!(matches!(
            refused("/rekorBundle/Payload/logIndex", json!(-1)),
            ReadError::Negative { .. }
        ));
        assert!(matches!(
            refused("/base64Signature", json!("")),
            ReadError::Empty { .. }
        ));
    }

    #[test]
    fn a_public_key_in_place_of_a_certificate_is_kept() {
        let mut bundle = sample();
        bundle["cert"] = json!("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        let Material::PublicKey { raw: Some(raw), .. } = of(bundle).unwrap().material else {
            panic!("a key");
        };
        assert!(raw.starts_with(b"-----BEGIN PUBLIC KEY-----\nAAAA"));
    }
}
